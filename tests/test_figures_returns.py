"""The figure of returns shows the agents that it is given."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


STEPS = [100, 200]


def lines_by_label(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def test_the_curve_of_one_agent_is_a_line_over_steps():
    ax = figures.plot_returns(STEPS, {"agent": [20.0, 60.0]}, title="Message")
    (line,) = ax.get_lines()
    np.testing.assert_array_equal(line.get_xydata(), [[100, 20], [200, 60]])
    assert list(ax.collections) == []  # one seed has no spread
    assert ax.get_title(loc="left") == "Message"
    assert ax.get_xlabel() == "steps in all environments together"
    assert ax.get_ylabel() == "mean return"
    assert (ax.get_xlim()[0], ax.get_ylim()[0]) == (0, 0)


def test_steps_are_written_in_full():
    ax = figures.plot_returns([10_000, 20_000], {"agent": [20.0, 60.0]}, title="t")
    ax.figure.draw_without_rendering()
    assert "20,000" in [label.get_text() for label in ax.get_xticklabels()]


def test_of_several_seeds_the_line_is_the_mean_and_the_band_their_middle_half():
    seeds = np.array([[0.0, 10.0, 20.0, 30.0, 90.0], [5.0, 5.0, 6.0, 7.0, 7.0]])
    ax = figures.plot_returns(STEPS, {"RMSProp": seeds}, title="t")
    (line,), (band,) = ax.get_lines(), ax.collections
    np.testing.assert_allclose(line.get_xydata(), [[100, 30], [200, 6]])
    corners = {tuple(corner) for corner in band.get_paths()[0].vertices.tolist()}
    assert corners == {(100, 10), (100, 30), (200, 5), (200, 7)}
    color = figures.optimizer_style("rmsprop")["color"]
    assert line.get_color() == color
    assert tuple(band.get_facecolor()[0][:3]) == mpl.colors.to_rgb(color)


def test_two_curves_of_one_optimizer_share_its_color_and_differ_in_line_and_marker():
    labels = ["RMSProp", "RMSProp, ε = 0.1", "Adam"]
    ax = figures.plot_returns(STEPS, dict.fromkeys(labels, (1.0, 2.0)), title="t")
    first, second, adam = (lines_by_label(ax)[label] for label in labels)
    assert first.get_color() == second.get_color() != adam.get_color()
    assert first.get_linestyle() != second.get_linestyle()
    assert first.get_markerfacecolor() != second.get_markerfacecolor()
    assert [text.get_text() for text in ax.get_legend().get_texts()] == labels


def test_so_they_do_in_a_sweep_of_learning_rates():
    labels = ["RMSProp", "RMSProp, ε = 0.1"]
    ax = figures.plot_learning_rates(dict.fromkeys(labels, ([1.0], [[2.0]])), title="t")
    first, second = (lines_by_label(ax)[label] for label in labels)
    assert first.get_color() == second.get_color()
    assert first.get_linestyle() != second.get_linestyle()


def test_the_most_possible_is_a_line_across():
    ax = figures.plot_returns(STEPS, {"agent": [20.0, 60.0]}, title="t", limit=500)
    assert lines_by_label(ax)["the most possible"].get_ydata() == [500, 500]


def test_a_curve_that_does_not_fit_the_windows_is_refused():
    with pytest.raises(ValueError, match="one row a window, 2, got 3 for agent"):
        figures.plot_returns(STEPS, {"agent": np.ones((3, 4))}, title="t")


def test_it_draws_into_the_given_axes():
    ax = plt.subplots()[1]
    assert figures.plot_returns(STEPS, {"agent": [1.0, 2.0]}, title="t", ax=ax) is ax
