"""The map of a sweep shows the steps that it is given, on logarithmic axes."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures

RATES = np.array([0.01, 0.1, 1.0])
DECAYS = np.array([0.0, 0.9])
STEPS = np.array([[40.0, 30.0], [20.0, 10.0], [np.nan, 5.0]])


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def draw(steps=STEPS, **settings):
    settings = {"learning_rates": RATES, "decays": DECAYS, "title": "Message", **settings}
    return figures.plot_hyperparameter_map(steps, **settings)


def tick_labels(ax):
    return {
        text.get_text(): place
        for place, text in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }


def test_a_cell_has_the_steps_of_its_learning_rate_and_decay():
    ax = draw()
    (mesh,) = ax.collections
    np.testing.assert_array_equal(mesh.get_array().filled(np.nan), STEPS.T)
    corners = mesh.get_coordinates()
    for row, column in np.ndindex(2, 3):
        low, high = corners[row, column], corners[row + 1, column + 1]
        place = np.array([RATES[column], 1 - DECAYS[row]])
        assert (np.minimum(low, high) < place).all() and (place < np.maximum(low, high)).all()


def test_runs_that_did_not_converge_are_hatched_and_the_legend_says_so():
    ax = draw()
    (mesh,) = ax.collections
    assert mesh.get_array().mask.tolist() == [[False, False, True], [False, False, False]]
    (never,) = ax.get_legend().get_patches()
    assert never.get_hatch() == ax.patch.get_hatch() != ""
    assert never.get_facecolor() == ax.patch.get_facecolor()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["did not converge"]


def test_axes_and_colors_are_logarithmic_and_a_decay_is_written_where_it_belongs():
    ax = draw(decays=[0.0, 0.999])
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlim() == (0.01, 1.0)
    bottom, top = ax.get_ylim()
    assert bottom == 1.0 and top == pytest.approx(0.001)
    assert tick_labels(ax) == pytest.approx(
        {"0": 1, "0.5": 0.5, "0.9": 0.1, "0.99": 0.01, "0.999": 0.001}
    )
    (mesh,) = ax.collections
    assert mesh.norm(10.0) == pytest.approx(np.log(10 / 5) / np.log(40 / 5))


def test_a_map_says_its_message_and_what_its_axes_and_colors_are():
    ax = draw(ylabel="momentum μ")
    assert ax.get_title(loc="left") == "Message"
    assert ax.get_xlabel() == "learning rate η (logarithmic)"
    assert ax.get_ylabel() == "momentum μ"
    (bar,) = (other for other in ax.figure.axes if other is not ax)
    assert bar.get_ylabel() == "steps to converge (logarithmic)"


def test_an_edge_is_one_learning_rate_for_all_decays_or_one_for_each():
    ax = draw(edges={"all": 0.05, "each": [0.2, 0.3]})
    lines = {line.get_label(): line for line in ax.get_lines()}
    np.testing.assert_allclose(lines["all"].get_xydata(), [[0.05, 1.0], [0.05, 0.1]])
    np.testing.assert_allclose(lines["each"].get_xydata(), [[0.2, 1.0], [0.3, 0.1]])
    assert lines["all"].get_linestyle() != lines["each"].get_linestyle()
    named = [text.get_text() for text in ax.get_legend().get_texts()]
    assert named == ["did not converge", "all", "each"]


def test_a_map_is_drawn_into_the_given_axes():
    _, ax = plt.subplots()
    assert draw(ax=ax) is ax


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        (STEPS.T, r"steps must have shape \(3, 2\), got \(2, 3\)"),
        (np.full((3, 2), np.nan), "steps must hold a run that converged, got NaN alone"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_refused(steps, message):
    with pytest.raises(ValueError, match=message):
        draw(steps)
