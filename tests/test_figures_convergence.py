"""Figures of convergence draw the predictions and the measurements that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures

PREDICTED = {"inside": ([1.0, 10.0], [0.1, 0.5]), "outside": ([1.0, 10.0], [0.2, 0.4])}
MEASURED = {"outside": ([2.0, 5.0, 8.0], [0.21, 0.3, 0.39])}
AXES = {"title": "Message", "xlabel": "curvature λ", "ylabel": "amplitude (units of η)"}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines_by_label(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_a_prediction_is_a_line_and_a_measurement_markers_of_its_color():
    ax = figures.plot_predictions(PREDICTED, MEASURED, **AXES)
    lines = lines_by_label(ax)
    for label, points in PREDICTED.items():
        np.testing.assert_array_equal(lines[label].get_xydata(), np.transpose(points))
        assert lines[label].get_marker() == "None" != lines[label].get_linestyle()
    dots = lines["outside, measured"]
    np.testing.assert_array_equal(dots.get_xydata(), np.transpose(MEASURED["outside"]))
    assert dots.get_linestyle() == "None"
    assert dots.get_color() == lines["outside"].get_color() != lines["inside"].get_color()
    assert "inside, measured" not in lines


def test_what_the_markers_are_can_be_said():
    ax = figures.plot_predictions(PREDICTED, MEASURED, dots="exact", **AXES)
    assert "exact" in lines_by_label(ax)


@pytest.mark.parametrize(
    ("log", "scales"),
    [("", ("linear", "linear")), ("x", ("log", "linear")), ("xy", ("log", "log"))],
)
def test_a_logarithmic_axis_says_so(log, scales):
    ax = figures.plot_predictions(PREDICTED, {}, log=log, **AXES)
    assert (ax.get_xscale(), ax.get_yscale()) == scales
    assert ("(logarithmic)" in ax.get_xlabel()) is ("x" in log)
    assert ("(logarithmic)" in ax.get_ylabel()) is ("y" in log)
    assert ax.get_xlabel().startswith("curvature λ")
    assert ax.get_title(loc="left") == "Message"


def test_marks_are_upright_lines_with_their_names():
    ax = figures.plot_predictions(PREDICTED, {}, marks={"λ*": 4.0}, **AXES)
    upright = [line for line in ax.get_lines() if len(set(line.get_xdata())) == 1]
    assert [set(line.get_xdata()) for line in upright] == [{4.0}]
    assert [text.get_text() for text in ax.texts] == ["λ*"]


def test_what_was_not_predicted_is_refused():
    with pytest.raises(ValueError, match="measured must name lines among inside, outside, got 'x'"):
        figures.plot_predictions(PREDICTED, {"x": ([1.0], [1.0])}, **AXES)
    with pytest.raises(ValueError, match="log must be one of '', 'x', 'y', 'xy', got 'z'"):
        figures.plot_predictions(PREDICTED, {}, log="z", **AXES)
    assert plt.get_fignums() == []


def test_a_projected_run_is_drawn_between_the_two_ends():
    run = np.array([0.0, 0.5, -0.25, 1.0])
    ax = figures.plot_projected_runs({"γ = 0.9": run}, title="Message")
    np.testing.assert_array_equal(
        lines_by_label(ax)["γ = 0.9"].get_xydata(), [[1, 0.5], [2, -0.25], [3, 1.0]]
    )
    assert {text.get_text() for text in ax.texts} == {"wrong end", "minimum"}
    assert (ax.get_xscale(), ax.get_title(loc="left")) == ("log", "Message")


def test_of_a_long_run_the_first_and_the_last_step_are_drawn():
    run = np.linspace(-1, 1, 100_001)
    line = lines_by_label(figures.plot_projected_runs({"a": run}, title="t"))["a"]
    assert len(line.get_xdata()) <= 400
    assert (line.get_xdata()[0], line.get_xdata()[-1]) == (1, 100_000)
    np.testing.assert_array_equal(line.get_ydata(), run[line.get_xdata()])


def test_convergence_is_drawn_into_the_given_axes():
    _, ax = plt.subplots()
    assert figures.plot_predictions(PREDICTED, {}, ax=ax, **AXES) is ax
    _, ax = plt.subplots()
    assert figures.plot_projected_runs({"a": [0.0, 1.0]}, title="t", ax=ax) is ax
