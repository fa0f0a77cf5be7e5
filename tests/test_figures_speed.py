"""Figures of speed put each number where it belongs."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def lines(ax):
    return {line.get_label(): np.array(line.get_data()) for line in ax.get_lines()}


def roofline(**intensities):
    return figures.plot_roofline(1e9, 8e9, intensities, title="Message")


def test_the_roof_rises_with_the_bandwidth_until_the_peak():
    x, y = lines(roofline(step=0.5, product=100.0))["the roof"]
    np.testing.assert_allclose(y[x <= 8], x[x <= 8])
    np.testing.assert_allclose(y[x >= 8], 8.0)
    assert x[0] == pytest.approx(0.05)
    assert x[-1] == pytest.approx(1000.0)


def test_each_computation_stands_under_the_roof_and_the_ridge_between_its_parts():
    found = lines(roofline(step=0.5, product=100.0))
    np.testing.assert_allclose(found["step"], [[0.5], [0.5]])
    np.testing.assert_allclose(found["product"], [[100.0], [8.0]])
    np.testing.assert_allclose(found["the ridge: memory left, arithmetic right"][0], 8.0)


def test_a_roofline_says_what_it_shows():
    ax = roofline(step=0.5)
    assert (ax.get_xscale(), ax.get_yscale(), ax.get_title(loc="left")) == ("log", "log", "Message")
    assert ax.get_xlabel() == "operations per byte moved"


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0.0, 1.0, {"a": 1.0}), "bandwidth must be positive and finite, got 0.0"),
        ((1.0, np.inf, {"a": 1.0}), "peak must be positive and finite, got inf"),
        ((1.0, 1.0, {"a": -1.0}), "a must be positive and finite, got -1.0"),
        ((1.0, 1.0, {}), "at least one, got none"),
    ],
)
def test_a_roofline_of_impossible_numbers_is_refused(numbers, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_roofline(*numbers, title="t")


def test_each_path_has_a_row_from_the_top_and_each_machine_a_marker():
    paths = ["for-loop", "foreach", "fused"]
    here, there = {"fused": 1.1, "for-loop": 4.0}, {"foreach": 5.0}
    ax = figures.plot_multiples({"here": here, "there": there}, order=paths, title="Message")
    found = lines(ax)
    np.testing.assert_allclose(found["here"], [[1.1, 4.0], [2, 0]])
    np.testing.assert_allclose(found["there"], [[5.0], [1]])
    np.testing.assert_allclose(found["the floor"][0], 1.0)
    assert [label.get_text() for label in ax.get_yticklabels()] == paths
    assert ax.yaxis_inverted()
    markers = {line.get_marker() for line in ax.get_lines() if line.get_label() != "the floor"}
    assert len(markers) == 2


@pytest.mark.parametrize(
    ("found", "message"),
    [
        ({"fused": 0.0}, "multiples must be positive and finite, got 0.0 for fused"),
        ({"slow": 1.0}, "path must be one of fused, got 'slow'"),
    ],
)
def test_multiples_that_have_no_place_are_refused(found, message):
    with pytest.raises(ValueError, match=message):
        figures.plot_multiples({"here": found}, order=["fused"], title="t")
