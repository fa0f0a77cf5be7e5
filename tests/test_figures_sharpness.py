"""Figures of sharpness and of cuts show the numbers that they are given, and the predictions."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures

STEPS = np.array([0, 50, 100])


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines_of(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def legend_of(ax):
    return [text.get_text() for text in ax.get_legend().get_texts()]


def test_sharpness_is_drawn_against_the_step_with_its_limit():
    ax = figures.plot_sharpness({"γ = 0.9": (STEPS, [5.0, 1.0, 2.1])}, title="Message")
    np.testing.assert_array_equal(
        lines_of(ax)["γ = 0.9"].get_xydata(), [[0, 5.0], [50, 1.0], [100, 2.1]]
    )
    assert set(lines_of(ax)["predicted: 2"].get_ydata()) == {2.0}
    assert legend_of(ax) == ["predicted: 2", "γ = 0.9"]
    assert ax.get_ylim() == (0, 4)
    assert ax.get_title(loc="left") == "Message"
    assert (ax.get_xlabel(), ax.get_ylabel()) == ("step", "η × sharpness (dimensionless)")


def test_several_runs_share_a_color_and_one_entry_of_the_legend():
    runs = np.array([[1.0, 2.0], [3.0, 4.0], [2.0, 2.0]])
    ax = figures.plot_sharpness({"RMSProp, two seeds": (STEPS, runs)}, title="Message", limit=3)
    drawn = [line for line in ax.get_lines() if len(line.get_ydata()) == 3]
    np.testing.assert_array_equal([line.get_ydata() for line in drawn], runs.T)
    assert {line.get_color() for line in drawn} == {figures.optimizer_style("rmsprop")["color"]}
    assert legend_of(ax) == ["predicted: 3", "RMSProp, two seeds"]
    assert set(lines_of(ax)["predicted: 3"].get_ydata()) == {3.0}
    assert ax.get_ylim() == (0, 6)


def test_two_labels_differ_in_color_and_line_style():
    ax = figures.plot_sharpness(
        {"one": (STEPS, STEPS), "two": (STEPS, STEPS)}, title="Message", ylabel="other"
    )
    one, two = lines_of(ax)["one"], lines_of(ax)["two"]
    assert one.get_color() != two.get_color() and one.get_linestyle() != two.get_linestyle()
    assert ax.get_ylabel() == "other"


def test_values_for_other_steps_are_refused():
    with pytest.raises(ValueError, match="one: 3 steps and 2 rows of values"):
        figures.plot_sharpness({"one": (STEPS, [1.0, 2.0])}, title="Message")


def test_cuts_are_counted_and_their_mean_is_marked():
    ax = figures.plot_cuts({"signs": [4, 4, 2, 0], "vectors": [4, 4, 4, 4]}, title="Message")
    lines = lines_of(ax)
    np.testing.assert_allclose(
        lines["signs, mean 2.5"].get_xydata(), [[0, 0.25], [2, 0.25], [4, 0.5]]
    )
    np.testing.assert_allclose(lines["vectors, mean 4.0"].get_xydata(), [[4, 1.0]])
    means = [line.get_xdata()[0] for line in ax.get_lines() if line.get_marker() == "^"]
    assert 2.5 in means and 4 in means
    assert legend_of(ax) == ["signs, mean 2.5", "vectors, mean 4.0"]


def test_bounds_stand_where_they_are_and_look_different():
    marks = {"bound": 4.5, "largest": 4.0, "half": 2.5}
    ax = figures.plot_cuts({"signs": [4, 2]}, marks=marks, title="Message")
    lines = {label: lines_of(ax)[label] for label in marks}
    assert {label: line.get_xdata()[0] for label, line in lines.items()} == marks
    assert len({line.get_linestyle() for line in lines.values()}) == 3
    assert ax.get_xlabel() == "weight of the cut (edges)"
    assert ax.get_ylabel() == "share of the samples"


def test_cut_of_half_an_edge_is_refused():
    with pytest.raises(ValueError, match=r"cuts must be whole numbers, got 2\.5"):
        figures.plot_cuts({"signs": [1, 2.5]}, title="Message")


def test_figures_are_drawn_into_the_given_axes():
    _, (left, right) = plt.subplots(ncols=2)
    assert figures.plot_sharpness({"one": (STEPS, STEPS)}, title="M", ax=left) is left
    assert figures.plot_cuts({"one": [1, 2]}, title="M", ax=right) is right
