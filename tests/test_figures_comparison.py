"""The figures of a comparison show the runs, means, spreads and predictions that they are given."""

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


RATES = np.array([0.01, 0.1, 1.0])
LOSSES = np.array([[2.0, 4.0], [0.5, 0.7], [1.0, 3.0]])


def test_a_sweep_is_a_line_through_the_means_and_a_band_over_all_seeds():
    ax = figures.plot_sensitivity({"RMSProp": (RATES, LOSSES)}, title="Message", ylabel="nats")
    (line,), (band,) = ax.get_lines(), ax.collections
    np.testing.assert_allclose(line.get_xydata(), [[0.01, 3], [0.1, 0.6], [1, 2]])
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert {(0.01, 2.0), (0.01, 4.0), (0.1, 0.5), (0.1, 0.7), (1.0, 1.0), (1.0, 3.0)} == corners
    assert line.get_color() == figures.optimizer_style("rmsprop")["color"]
    assert tuple(band.get_facecolor()[0][:3]) == mpl.colors.to_rgb(line.get_color())
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert (ax.get_title(loc="left"), ax.get_ylabel()) == ("Message", "nats (logarithmic)")


def test_the_chosen_rate_has_a_ring_that_is_no_entry_of_the_legend():
    ax = figures.plot_sensitivity({"Adam": (RATES, LOSSES)}, chosen={"Adam": 0.1}, title="t")
    ring = lines_by_label(ax)["_chosen"]
    np.testing.assert_allclose(ring.get_xydata(), [[0.1, 0.6]])
    assert ring.get_markerfacecolor() == "none"
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["Adam"]


def test_a_chosen_rate_that_was_not_tried_is_refused():
    with pytest.raises(ValueError, match=r"chosen must be rates of the sweeps, got 0\.2"):
        figures.plot_sensitivity({"Adam": (RATES, LOSSES)}, chosen={"Adam": 0.2}, title="t")


def test_a_sweep_can_have_a_linear_axis():
    sweep = {"Adam": (RATES, LOSSES)}
    ax = figures.plot_sensitivity(sweep, logarithmic=False, title="t", ylabel="accuracy (%)")
    assert (ax.get_yscale(), ax.get_ylabel()) == ("linear", "accuracy (%)")


def test_final_results_have_a_dot_a_seed_and_mean_and_deviation_beside_them():
    results = {"RMSProp": [97.0, 99.0], "Adam": [95.0, 96.0, 97.0]}
    ax = figures.plot_final_results(results, title="Message")
    dots = [line for line in ax.get_lines() if line.get_label() == "_runs"]
    np.testing.assert_allclose(dots[0].get_xydata(), [[97, 0], [99, 0]])
    np.testing.assert_allclose(dots[1].get_xydata(), [[95, 1], [96, 1], [97, 1]])
    first, second = ax.containers
    assert list(first.lines[0].get_xdata()) == [98]
    half = np.sqrt(2)  # standard deviation of 97 and 99
    (bar,) = first.lines[2][0].get_segments()
    np.testing.assert_allclose(bar[:, 0], [98 - half, 98 + half])
    assert second.lines[0].get_color() == figures.optimizer_style("adam")["color"]
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["RMSProp", "Adam"]
    bottom, top = ax.get_ylim()
    assert bottom > top  # the first one is at the top


def test_class_losses_run_from_the_frequent_to_the_rare():
    shares, losses = [0.7, 0.2, 0.1], [0.01, 0.1, 1.0]
    ax = figures.plot_class_losses(shares, {"RMSProp, ε = 0": losses}, title="Message")
    (line,) = ax.get_lines()
    np.testing.assert_allclose(line.get_xydata(), np.column_stack([shares, losses]))
    left, right = ax.get_xlim()
    assert left > right
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")


def test_two_settings_of_one_optimizer_share_its_color_and_differ_in_style():
    curves = {"RMSProp, ε = 0": [0.1, 0.1], "RMSProp, ε = 1": [0.1, 0.5]}
    first, second = figures.plot_class_losses([0.7, 0.3], curves, title="t").get_lines()
    assert first.get_color() == second.get_color()
    assert first.get_linestyle() != second.get_linestyle()


def test_predictions_are_lines_from_one_and_measurements_are_marks():
    measured = {"square root": [1.1, 0.9], "linear": [2.1, 3.9]}
    predicted = {"square root": [1.0, 1.0], "linear": [2.0, 4.0]}
    ax = figures.plot_scaling_rules([4, 16], measured, predicted, title="Message")
    lines = lines_by_label(ax)
    np.testing.assert_allclose(lines["linear, predicted"].get_xydata(), [[1, 1], [4, 2], [16, 4]])
    np.testing.assert_allclose(lines["linear, measured"].get_xydata(), [[4, 2.1], [16, 3.9]])
    assert lines["linear, measured"].get_linestyle() == "None"
    assert lines["linear, measured"].get_color() == lines["linear, predicted"].get_color()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "4", "16"]
    assert {"1", "2", "4"} <= {tick.get_text() for tick in ax.get_yticklabels()}


def test_rules_without_prediction_are_refused():
    with pytest.raises(ValueError, match=r"predicted must have rules \['linear'\], got \[\]"):
        figures.plot_scaling_rules([4], {"linear": [2.0]}, {}, title="t")


def test_all_draw_into_the_given_axes():
    _, axes = plt.subplots(1, 4)
    drawn = [
        figures.plot_sensitivity({"a": (RATES, LOSSES)}, title="t", ax=axes[0]),
        figures.plot_final_results({"a": [1.0, 2.0]}, title="t", ax=axes[1]),
        figures.plot_class_losses([0.6, 0.4], {"a": [1.0, 2.0]}, title="t", ax=axes[2]),
        figures.plot_scaling_rules([4], {"a": [1.0]}, {"a": [1.0]}, title="t", ax=axes[3]),
    ]
    assert all(one is other for one, other in zip(drawn, axes, strict=True))
