"""Figures of the literature show the years and the curvatures that they are given."""

import matplotlib.pyplot as plt
import pytest
from matplotlib.colors import to_rgb

from rmsprop_course import figures

EVENTS = {"methods": [(2012, "slide"), (1993, "rprop")], "analyses": [(2021, "proof")]}
THRESHOLDS = {"flat": 0.01, "steep": 100.0}
RESTED = {"flat": [0.001, 0.009], "steep": [90.0]}
SWUNG = {"flat": [0.1], "steep": [110.0, 1000.0]}


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


def points_by_label(ax):
    return {line.get_label(): line.get_xydata().tolist() for line in ax.get_lines()}


def test_events_stand_at_their_years_one_a_row_the_earliest_on_top():
    ax = figures.plot_timeline(EVENTS, title="Message")
    points = points_by_label(ax)
    assert points == {"methods": [[1993, 0], [2012, 1]], "analyses": [[2021, 2]]}
    assert [text.get_text() for text in ax.texts] == ["rprop", "slide", "proof"]
    assert ax.yaxis_inverted()
    assert ax.get_title(loc="left") == "Message"


def test_a_name_stands_on_the_side_that_has_room():
    ax = figures.plot_timeline(EVENTS, title="t")
    sides = {text.get_text(): text.get_ha() for text in ax.texts}
    assert sides == {"rprop": "left", "slide": "right", "proof": "right"}
    (low, high), box = ax.get_xlim(), ax.get_window_extent()
    assert low < 1993 and high > 2021
    ax.figure.canvas.draw()
    for text, (x, y) in zip(ax.texts, [(1993, 0), (2012, 1), (2021, 2)], strict=True):
        extent, (point, _) = text.get_window_extent(), ax.transData.transform((x, y))
        assert box.x0 < extent.x0 and extent.x1 < box.x1
        assert extent.x0 > point or extent.x1 < point


def test_kinds_differ_in_color_and_marker():
    ax = figures.plot_timeline(EVENTS, title="t")
    one, other = ax.get_lines()
    assert one.get_color() != other.get_color()
    assert one.get_marker() != other.get_marker()


def test_a_new_timeline_grows_with_its_events_and_given_axes_keep_their_size():
    many = {"methods": [(2000 + number, f"event {number}") for number in range(20)]}
    small, large = (figures.plot_timeline(those, title="t") for those in (EVENTS, many))
    assert large.figure.get_figheight() > small.figure.get_figheight() + 3
    figure, ax = plt.subplots(figsize=(5, 2))
    assert figures.plot_timeline(many, title="t", ax=ax) is ax
    assert figure.get_figheight() == 2


def test_a_timeline_without_events_is_refused():
    with pytest.raises(ValueError, match="events must hold at least one, got none"):
        figures.plot_timeline({}, title="t")


def test_thresholds_and_measurements_stand_in_the_row_of_their_name():
    ax = figures.plot_thresholds(THRESHOLDS, rested=RESTED, swung=SWUNG, title="Message")
    points = points_by_label(ax)
    assert points["λ*"] == [[0.01, 0], [100.0, 1]]
    assert points["came to rest"] == [[0.001, 0], [0.009, 0], [90.0, 1]]
    assert points["kept swinging"] == [[0.1, 0], [110.0, 1], [1000.0, 1]]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["flat", "steep"]
    assert ax.get_xscale() == "log"


def test_what_was_measured_has_the_color_of_its_line_and_the_first_stands_on_top():
    ax = figures.plot_thresholds(THRESHOLDS, rested=RESTED, swung=SWUNG, title="t")
    inks = {line.get_label(): to_rgb(line.get_color()) for line in ax.get_lines()}
    below, above = (to_rgb(lines.get_color()[0]) for lines in ax.collections[:2])
    assert (inks["came to rest"], inks["kept swinging"]) == (below, above)
    assert below != above
    assert ax.yaxis_inverted()


def test_lines_change_at_the_threshold():
    ax = figures.plot_thresholds(THRESHOLDS, rested=RESTED, swung=SWUNG, title="t")
    low, high = ax.get_xlim()
    spans = [segments.get_segments()[0][:, 0].tolist() for segments in ax.collections]
    assert spans == [[low, 0.01], [0.01, high], [low, 100.0], [100.0, high]]


def test_the_axis_holds_all_that_was_measured():
    ax = figures.plot_thresholds(THRESHOLDS, rested=RESTED, swung=SWUNG, title="t")
    low, high = ax.get_xlim()
    assert low < 0.001 and high > 1000.0


@pytest.mark.parametrize("value", [0.0, -1.0, float("inf"), float("nan")])
def test_a_threshold_that_no_logarithmic_axis_can_show_is_refused(value):
    with pytest.raises(ValueError, match=r"thresholds must be positive and finite, got .* for a"):
        figures.plot_thresholds({"a": value}, rested={"a": [1.0]}, swung={"a": [2.0]}, title="t")


def test_a_measurement_of_an_unknown_setting_is_refused():
    with pytest.raises(ValueError, match="name must be one of flat, steep, got 'other'"):
        figures.plot_thresholds(THRESHOLDS, rested={"other": [1.0]}, swung=SWUNG, title="t")
