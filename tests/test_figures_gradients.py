"""Figures of gradients show the shares and ways that they are given, zeros included."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def outlines(ax):
    """The drawn histograms by label; the pale filling below each has none."""
    return {patch.get_label(): patch for patch in ax.patches if not patch.get_fill()}


def test_each_share_stands_over_its_quarter_of_a_decade():
    ax = figures.plot_gradient_magnitudes({"W1": [[0.011, 0.012], [0.2, 0.9]]}, title="Message")
    shares, edges, _ = outlines(ax)["W1"].get_data()
    np.testing.assert_allclose(edges, [10 ** (-2 + k / 4) for k in range(9)])
    np.testing.assert_array_equal(shares, [0.5, 0, 0, 0, 0, 0.25, 0, 0.25])
    assert (ax.get_xscale(), ax.get_title(loc="left")) == ("log", "Message")


def test_histograms_that_are_compared_share_their_bins():
    ax = figures.plot_gradient_magnitudes({"a": [0.05], "b": [3e-4, 2.0]}, title="t")
    first, second = (patch.get_data() for patch in outlines(ax).values())
    np.testing.assert_array_equal(first.edges, second.edges)
    assert (first.edges[0], first.edges[-1]) == pytest.approx((1e-4, 10))
    assert ax.get_xlim() == pytest.approx((1e-4, 10))


def test_a_power_of_ten_is_not_left_out_at_the_edge():
    shares = outlines(figures.plot_gradient_magnitudes({"a": [0.1, 1.0]}, title="t"))["a"]
    assert shares.get_data().values.sum() == 1


def test_zeros_are_counted_in_the_legend_and_among_the_weights():
    ax = figures.plot_gradient_magnitudes({"W1": [0.0, 0.0, 0.0, 0.5], "W2": [0.5]}, title="t")
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["W1 (75% are 0)", "W2"]
    assert outlines(ax)["W1 (75% are 0)"].get_data().values.sum() == 0.25


def test_no_share_on_the_axis_is_rounded():
    ax = figures.plot_gradient_magnitudes({"W1": np.logspace(-2, 0, 9)[:8]}, title="t")
    ax.set_yticks([0.05, 0.125])
    assert [tick.get_text() for tick in ax.get_yticklabels()] == ["5.0%", "12.5%"]


def test_two_histograms_differ_in_color_and_line_style():
    ax = figures.plot_gradient_magnitudes({"a": [1.0], "b": [2.0]}, title="t")
    first, second = outlines(ax).values()
    assert first.get_edgecolor() != second.get_edgecolor()
    assert first.get_linestyle() != second.get_linestyle()


@pytest.mark.parametrize(
    ("values", "complaint"),
    [
        ([0.5, -1.0], "magnitudes must be finite and not negative, got -1"),
        ([0.5, np.nan], "magnitudes must be finite and not negative, got nan"),
        ([0.5, np.inf], "magnitudes must be finite and not negative, got inf"),
        ([0.0, 0.0], "magnitudes must hold a positive number, got none"),
        ([], "magnitudes must hold a positive number, got none"),
    ],
)
def test_what_has_no_place_on_the_axis_is_refused(values, complaint):
    with pytest.raises(ValueError, match=complaint):
        figures.plot_gradient_magnitudes({"a": values}, title="t")
    assert plt.get_fignums() == []


def test_a_weight_starts_at_zero_and_moves_in_its_optimizers_color():
    ax = figures.plot_drift({"RMSProp, γ = 0.9": [-1.0, 0.5], "other": [2.0]}, title="Message")
    first, second = ax.get_lines()
    np.testing.assert_array_equal(first.get_xydata(), [[0, 0], [1, -1], [2, 0.5]])
    np.testing.assert_array_equal(second.get_xydata(), [[0, 0], [1, 2]])
    assert first.get_color() == figures.optimizer_style("rmsprop")["color"]
    assert (ax.get_xlabel(), ax.get_title(loc="left")) == ("mini-batches", "Message")


@pytest.mark.parametrize("plot", [figures.plot_gradient_magnitudes, figures.plot_drift])
def test_gradients_are_drawn_into_the_given_axes(plot):
    _, ax = plt.subplots()
    assert plot({"a": [1.0]}, title="t", ax=ax) is ax
