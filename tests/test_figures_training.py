"""The figures of training runs show the runs that they are given."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines_by_label(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_the_loss_of_one_run_is_a_line_from_step_zero():
    ax = figures.plot_loss_curves({"loss": [4.0, 2.0, 1.0]}, title="Message", ylabel="nats")
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), [[0, 4], [1, 2], [2, 1]])
    assert list(ax.collections) == []  # one run has no spread
    assert (ax.get_title(loc="left"), ax.get_xlabel()) == ("Message", "step")
    assert (ax.get_ylabel(), ax.get_yscale()) == ("nats (logarithmic)", "log")


def test_of_several_runs_the_line_is_the_mean_and_the_band_holds_them_all():
    runs = np.array([[4.0, 8.0, 6.0], [1.0, 3.0, 2.0]])
    ax = figures.plot_loss_curves({"RMSProp": runs}, title="t")
    (line,), (band,) = ax.get_lines(), ax.collections
    np.testing.assert_array_equal(line.get_xydata(), [[0, 6], [1, 2]])
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(0, 4), (0, 8), (1, 1), (1, 3)}
    color = figures.optimizer_style("rmsprop")["color"]
    assert line.get_color() == color
    assert tuple(band.get_facecolor()[0][:3]) == mpl.colors.to_rgb(color)


def test_loss_curves_differ_in_color_and_marker():
    ax = figures.plot_loss_curves(
        {"RMSProp": [2.0, 1.0], "gradient descent": [3.0, 2.0]}, title="t"
    )
    first, second = ax.get_lines()
    assert first.get_color() != second.get_color()
    assert first.get_marker() != second.get_marker()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == [
        "RMSProp",
        "gradient descent",
    ]


def test_a_sweep_shows_a_dot_a_run_and_a_line_through_the_means():
    rates, runs = [0.01, 0.1, 1.0], np.array([[60.0, 70.0], [90.0, 94.0], [10.0, 30.0]])
    ax = figures.plot_learning_rates(
        {"RMSProp": (rates, runs)}, title="Message", ylabel="accuracy on test images (%)"
    )
    *dots, mean = ax.get_lines()
    np.testing.assert_array_equal(mean.get_xydata(), [[0.01, 65], [0.1, 92], [1, 20]])
    np.testing.assert_array_equal(np.stack([line.get_ydata() for line in dots]).T, runs)
    assert ax.get_xscale() == "log"
    assert (ax.get_title(loc="left"), ax.get_ylabel()) == ("Message", "accuracy on test images (%)")


def test_each_sweep_has_its_optimizers_color_and_one_entry_in_the_legend():
    sweep = ([0.1], [[50.0, 60.0]])
    names = ["RMSProp", "gradient descent (SGD)"]
    ax = figures.plot_learning_rates(dict.fromkeys(names, sweep), title="t")
    lines = lines_by_label(ax)
    assert [text.get_text() for text in ax.get_legend().get_texts()] == names
    assert lines[names[0]].get_color() == figures.optimizer_style("rmsprop")["color"]
    assert lines[names[1]].get_color() == figures.optimizer_style("gradient descent")["color"]


RATES = np.array([0.01, 0.1, 1.0])
LOSSES = np.array([[2.0, 4.0], [0.5, 0.7], [1.0, 3.0]])


def test_the_chosen_rate_has_a_ring_that_is_no_entry_of_the_legend():
    sweep = {"Adam": (RATES, LOSSES)}
    ax = figures.plot_learning_rates(sweep, chosen={"Adam": 0.1}, title="t")
    ring = lines_by_label(ax)["_chosen"]
    np.testing.assert_allclose(ring.get_xydata(), [[0.1, 0.6]])
    assert ring.get_markerfacecolor() == "none"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Adam"]


def test_a_chosen_rate_that_was_not_tried_is_refused():
    with pytest.raises(ValueError, match=r"chosen must be rates of the sweeps, got 0\.2"):
        figures.plot_learning_rates({"Adam": (RATES, LOSSES)}, chosen={"Adam": 0.2}, title="t")


def test_losses_can_have_a_logarithmic_axis():
    sweep = {"Adam": (RATES, LOSSES)}
    ax = figures.plot_learning_rates(sweep, logarithmic=True, title="t", ylabel="loss (nats)")
    assert (ax.get_yscale(), ax.get_ylabel()) == ("log", "loss (nats) (logarithmic)")


def test_the_legend_of_many_sweeps_covers_none_of_them():
    sweeps = dict.fromkeys("abcd", (RATES, LOSSES))
    ax = figures.plot_learning_rates(sweeps, title="t")
    ax.figure.canvas.draw()
    assert ax.get_legend().get_window_extent().x0 >= ax.get_window_extent().x1


def gallery(n_wrong=6):
    losses = {"right": [1.0, 0.1]}
    losses |= {f"wrong {index}": [2.0, 3.0 + index] for index in range(n_wrong)}
    return figures.plot_gallery(losses, reference="right", title="Message")


def test_a_gallery_has_a_panel_for_each_wrong_version_over_the_right_one():
    ax = gallery()
    assert [panel.get_title(loc="left") for panel in ax.child_axes] == [
        f"wrong {index}" for index in range(6)
    ]
    for index, panel in enumerate(ax.child_axes):
        lines = lines_by_label(panel)
        np.testing.assert_array_equal(lines["correct"].get_xydata(), [[1, 1], [2, 0.1]])
        np.testing.assert_array_equal(lines["this version"].get_xydata(), [[1, 2], [2, 3 + index]])
        assert lines["correct"].get_color() != lines["this version"].get_color()
        assert lines["correct"].get_linestyle() != lines["this version"].get_linestyle()


def test_panels_can_be_compared_because_they_share_their_limits_and_do_not_overlap():
    ax = gallery()
    assert len({panel.get_ylim() for panel in ax.child_axes}) == 1
    ax.figure.draw_without_rendering()
    boxes = [panel.get_position() for panel in ax.child_axes]
    assert not any(
        first.overlaps(second) for i, first in enumerate(boxes) for second in boxes[i + 1 :]
    )


def test_a_loss_that_is_no_number_is_said_in_its_panel_only():
    losses = {"right": [1.0, 0.5], "nan": [np.nan, np.nan], "slow": [1.0, 0.9]}
    ax = figures.plot_gallery(losses, reference="right", title="t")
    assert [[text.get_text() for text in panel.texts] for panel in ax.child_axes] == [
        ["not a number"],
        [],
    ]


def test_an_unknown_reference_is_refused_with_the_names():
    with pytest.raises(ValueError, match="reference must be one of a, b, got 'correct'"):
        figures.plot_gallery({"a": [1.0], "b": [2.0]}, reference="correct", title="t")


def test_all_draw_into_the_given_axes():
    _, (left, middle, right) = plt.subplots(1, 3)
    assert figures.plot_loss_curves({"a": [2.0, 1.0]}, title="t", ax=middle) is middle
    assert figures.plot_learning_rates({"a": ([1.0], [[2.0]])}, title="t", ax=left) is left
    losses = {"right": [1.0], "wrong": [2.0]}
    assert figures.plot_gallery(losses, reference="right", title="t", ax=right) is right
