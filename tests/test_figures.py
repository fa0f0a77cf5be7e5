"""The figures show the data that they are given, in one look, with a description."""

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest

from rmsprop_course import figures, objectives

OPTIMIZERS = ["gradient descent", "sign descent", "momentum", "rprop", "adagrad", "rmsprop", "adam"]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    plt.close("all")


@pytest.fixture
def shown(monkeypatch):
    """What `describe` hands to the notebook: objects and their metadata."""
    calls = []
    monkeypatch.setattr(
        "rmsprop_course.figures._look.display",
        lambda obj, metadata=None: calls.append((obj, metadata)),
    )
    return calls


def lines_by_label(ax):
    return {line.get_label(): line for line in ax.get_lines()}


def relative_luminance(color):
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("key", ["color", "marker"])
def test_no_two_optimizers_share_a_color_or_a_marker(key):
    assert len({figures.optimizer_style(name)[key] for name in OPTIMIZERS}) == len(OPTIMIZERS)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_an_optimizers_color_stands_out_on_white(name):
    color = mpl.colors.to_rgb(figures.optimizer_style(name)["color"])
    assert 1.05 / (relative_luminance(color) + 0.05) > 2


def test_a_style_that_the_caller_changes_stays_as_it_was():
    figures.optimizer_style("rmsprop")["color"] = "red"
    assert figures.optimizer_style("rmsprop")["color"] != "red"


def test_an_unknown_optimizer_is_refused_with_the_names():
    with pytest.raises(ValueError, match=r"name must be one of gradient descent, .*'sgd'"):
        figures.optimizer_style("sgd")


def test_describe_shows_the_figure_once_with_alt_text_and_the_same_line_below(shown):
    ax = figures.plot_weights({"a": [1.0]}, title="t")
    figures.describe(ax, "A single dot at one.")
    (figure, metadata), (line, _) = shown
    assert figure is ax.figure
    assert metadata == {"image/png": {"alt": "A single dot at one."}}
    assert line.data == "*A single dot at one.*"
    assert plt.get_fignums() == []  # the notebook would show an open figure a second time


@pytest.mark.parametrize("text", ["", "  ", "two\nlines", "*bold*", "$x$", "a_b", "<b>"])
def test_describe_refuses_markup_and_empty_text(shown, text):
    ax = figures.plot_weights({"a": [1.0]}, title="t")
    with pytest.raises(ValueError, match="text must be plain and not empty"):
        figures.describe(ax, text)
    assert shown == []


def test_weights_are_drawn_against_their_age_with_the_half_life_marked():
    ax = figures.plot_weights({"γ = 0.5": [0.5, 0.25], "b": [1.0]}, half_life=1.25, title="Message")
    dots = lines_by_label(ax)["γ = 0.5"]
    np.testing.assert_array_equal(dots.get_xydata(), [[0, 0.5], [1, 0.25]])
    assert [list(line.get_xdata()) for line in ax.get_lines()][-1] == [1.25, 1.25]
    assert [text.get_text() for text in ax.texts] == ["half-life 1.25"]
    assert (ax.get_title(loc="left"), ax.get_xlabel()) == ("Message", "age of the value (steps)")


def test_averages_start_at_step_one_with_signal_and_truth_behind_them():
    ax = figures.plot_averages({"avg": [3.0, 4.0]}, signal=[1.0, 2.0], truth=[5.0, 5.0], title="t")
    lines = lines_by_label(ax)
    np.testing.assert_array_equal(lines["avg"].get_xydata(), [[1, 3], [2, 4]])
    np.testing.assert_array_equal(lines["signal"].get_xydata(), [[1, 1], [2, 2]])
    np.testing.assert_array_equal(lines["truth"].get_xydata(), [[1, 5], [2, 5]])
    assert [text.get_text() for text in ax.get_legend().get_texts()] == ["signal", "truth", "avg"]


def test_two_averages_differ_in_color_and_line_style():
    first, second = figures.plot_averages({"a": [1.0], "b": [2.0]}, title="t").get_lines()
    assert first.get_color() != second.get_color()
    assert first.get_linestyle() != second.get_linestyle()


def test_digits_stand_side_by_side_with_their_labels():
    images = np.stack([np.zeros(64), np.ones(64)])
    ax = figures.plot_digits(images, [0, "8?"], title="t")
    picture = ax.get_images()[0].get_array()
    assert picture.shape == (10, 20)
    assert picture[:, :10].sum() == 0 and picture[:, 10:].sum() == 64
    assert [text.get_text() for text in ax.texts] == ["0", "8?"]


def test_plots_draw_into_the_given_axes_and_leave_the_readers_settings_alone():
    before = dict(mpl.rcParams)
    _, ax = plt.subplots()
    assert figures.plot_weights({"a": [1.0]}, title="t", ax=ax) is ax
    figures.plot_averages({"a": [1.0]}, title="t")
    assert dict(mpl.rcParams) == before


def test_paths_lie_on_the_contours_of_the_objective_in_their_optimizers_color():
    valley = objectives.long_valley()
    points = np.array([[-5.0, 1.0], [-4.0, 0.5], [0.0, 0.0]])
    ax = figures.plot_paths(valley, {"RMSProp, η = 0.1": points, "other": points[:2]}, title="t")
    lines = lines_by_label(ax)
    np.testing.assert_array_equal(lines["RMSProp, η = 0.1"].get_xydata(), points)
    assert lines["RMSProp, η = 0.1"].get_color() == figures.optimizer_style("rmsprop")["color"]
    np.testing.assert_array_equal(lines["minimum"].get_xydata(), [valley.minimum])
    assert (ax.get_xlim(), ax.get_ylim()) == valley.domain
    (contours,) = ax.collections
    level, path = contours.levels[9], contours.get_paths()[9]
    np.testing.assert_allclose(valley.value(path.vertices), level, rtol=0.02)


def test_a_saddle_has_no_minimum_to_mark():
    ax = figures.plot_paths(objectives.saddle(), {"a": np.zeros((1, 2))}, title="t")
    assert "minimum" not in lines_by_label(ax)


def test_paths_need_two_parameters():
    with pytest.raises(ValueError, match="objective must have 2 parameters, got 1"):
        figures.plot_paths(objectives.quadratic([1.0]), {}, title="t")
