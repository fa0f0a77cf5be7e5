"""The figures of a comparison show the runs, means, spreads and predictions that they are given."""

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
    np.testing.assert_allclose(lines["linear"].get_xydata(), [[1, 1], [4, 2], [16, 4]])
    np.testing.assert_allclose(lines["linear, measured"].get_xydata(), [[4, 2.1], [16, 3.9]])
    assert lines["linear, measured"].get_linestyle() == "None"
    assert lines["linear, measured"].get_color() == lines["linear"].get_color()
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["1", "4", "16"]
    assert {"1", "2", "4"} <= {tick.get_text() for tick in ax.get_yticklabels()}


def test_rules_without_prediction_are_refused():
    with pytest.raises(ValueError, match=r"predicted must have rules \['linear'\], got \[\]"):
        figures.plot_scaling_rules([4], {"linear": [2.0]}, {}, title="t")


def test_all_draw_into_the_given_axes():
    _, axes = plt.subplots(1, 3)
    drawn = [
        figures.plot_final_results({"a": [1.0, 2.0]}, title="t", ax=axes[0]),
        figures.plot_class_losses([0.6, 0.4], {"a": [1.0, 2.0]}, title="t", ax=axes[1]),
        figures.plot_scaling_rules([4], {"a": [1.0]}, {"a": [1.0]}, title="t", ax=axes[2]),
    ]
    assert all(one is other for one, other in zip(drawn, axes, strict=True))
