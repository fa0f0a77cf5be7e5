"""Figures of the update show the lengths that they are given."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures

SIZES = np.array([1e-8, 1e-4, 1.0])
LENGTHS = {"inside": np.array([1e-4, 0.7, 1.0]), "outside": np.array([0.5, 0.9, 1.0])}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines_by_label(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_step_lengths_stand_against_gradient_size_on_two_logarithmic_axes():
    ax = figures.plot_step_lengths(LENGTHS, grad_sizes=SIZES, title="Message")
    for label, lengths in LENGTHS.items():
        line = lines_by_label(ax)[label]
        np.testing.assert_array_equal(line.get_xydata(), np.column_stack([SIZES, lengths]))
    assert (ax.get_xscale(), ax.get_yscale()) == ("log", "log")
    assert ax.get_xlim() == (1e-8, 1.0)
    assert ax.get_title(loc="left") == "Message"
    assert "units of η" in ax.get_ylabel()


def test_half_speed_is_marked_on_its_own_curve_at_half_of_eta():
    ax = figures.plot_step_lengths(
        LENGTHS, grad_sizes=SIZES, title="t", half_speed={"outside": 1e-8}
    )
    points = [line for line in ax.get_lines() if len(line.get_xdata()) == 1]
    assert [line.get_xydata().tolist() for line in points] == [[[1e-8, 0.5]]]
    assert points[0].get_color() == lines_by_label(ax)["outside"].get_color()
    assert [text.get_text() for text in ax.texts] == ["1.0e-08"]


def test_without_half_speed_only_the_curves_and_the_line_at_one_half_are_drawn():
    ax = figures.plot_step_lengths(LENGTHS, grad_sizes=SIZES, title="t")
    heights = [set(line.get_ydata()) for line in ax.get_lines()]
    assert len(heights) == 3 and heights[-1] == {0.5}
    assert ax.texts[:] == []


def test_the_curves_differ_in_color_and_line_style():
    ax = figures.plot_step_lengths(LENGTHS, grad_sizes=SIZES, title="t")
    inside, outside = (lines_by_label(ax)[label] for label in LENGTHS)
    assert inside.get_color() != outside.get_color()
    assert inside.get_linestyle() != outside.get_linestyle()


def test_half_speed_of_a_curve_that_is_not_drawn_is_refused():
    with pytest.raises(ValueError, match="half_speed must name curves among inside, outside"):
        figures.plot_step_lengths(LENGTHS, grad_sizes=SIZES, title="t", half_speed={"in": 1.0})


def test_step_lengths_are_drawn_into_the_given_axes():
    _, ax = plt.subplots()
    assert figures.plot_step_lengths(LENGTHS, grad_sizes=SIZES, title="t", ax=ax) is ax
