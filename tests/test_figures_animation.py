"""A race for a picture file shows each optimizer where it stands at the step of the frame."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.animation import PillowWriter
from PIL import Image

from rmsprop_course import figures
from rmsprop_course.objectives import long_valley, quadratic

LONG = np.stack([np.linspace(-5, 0, 8), np.linspace(1, 0, 8)], axis=-1)
SHORT = LONG[:3] / 2


@pytest.fixture
def race(tmp_path):
    """A race of a path of 7 steps and one of 2, saved, and its file."""
    _, ax = plt.subplots(figsize=(2, 1))
    paths = {"Adam": LONG, "RMSProp": SHORT}
    animation = figures.animate_paths(long_valley(), paths, title="t", steps_per_frame=3, ax=ax)
    path = tmp_path / "race.gif"
    animation.save(path, writer=PillowWriter(fps=20), dpi=40)
    yield animation, ax, path
    plt.close("all")


def test_a_frame_shows_the_way_so_far_and_the_step(race):
    animation, ax, _ = race
    lines = {line.get_label(): line for line in ax.get_lines()}
    for step in (0, 1, 6, 7):
        animation._func(step)
        np.testing.assert_array_equal(lines["Adam"].get_xydata(), LONG[: step + 1])
        np.testing.assert_array_equal(lines["RMSProp"].get_xydata(), SHORT[: step + 1])
        assert [text.get_text() for text in ax.texts] == [f"step {step}"]


def test_only_the_place_where_an_optimizer_stands_is_marked(race):
    _, ax, _ = race
    lines = {line.get_label(): line for line in ax.get_lines()}
    assert lines["Adam"].get_markevery() == lines["RMSProp"].get_markevery() == [-1]
    assert lines["RMSProp"].get_color() == figures.optimizer_style("rmsprop")["color"]


def test_frames_are_steps_apart_and_the_last_step_stays_a_while(race):
    animation, _, _ = race
    steps = list(animation.new_frame_seq())
    assert steps[:4] == [0, 3, 6, 7]
    assert len(steps) > 10 and set(steps[3:]) == {7}


def test_the_file_loops_for_ever(race):
    *_, path = race
    with Image.open(path) as picture:
        assert picture.info["loop"] == 0
        assert picture.n_frames > 3


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(ValueError, match="steps_per_frame must be at least 1, got 0"):
        figures.animate_paths(long_valley(), {"a": LONG}, title="t", steps_per_frame=0)
    with pytest.raises(ValueError, match="objective must have 2 parameters, got 1"):
        figures.animate_paths(quadratic([1.0]), {}, title="t")
