"""The progress board: none, some and all passed, as text and as a table."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from rmsprop_course import explorers, progress
from rmsprop_course.checks import EXERCISES
from rmsprop_course.explorers import Board
from rmsprop_course.explorers._lessons import LESSONS

ROOT = Path(__file__).parents[1]
ALL = [f"exercise/{name}" for name in EXERCISES] + [f"quiz/{lesson}" for lesson in LESSONS]
SOME = ["exercise/decay-from-half-life", "quiz/02", "quiz/99", "exercise/of-a-newer-version"]


def cells_of(board: Board) -> list[list[str]]:
    """Text of the table's cells, row by row, the items of a list apart."""
    rows = re.findall(r"<tr>(.*?)</tr>", board._repr_html_(), re.DOTALL)
    plain = [re.sub(r"</td>|</th>", "\n", row).replace("<li>", " ") for row in rows]
    return [re.sub(r"<[^>]*>", "", row).replace("&nbsp;", " ").split("\n")[:-1] for row in plain]


def test_the_lessons_are_those_of_the_map_and_of_the_folder():
    rows = re.findall(
        r"^\| (\d\d) \| \[(.+?)\]\(notebooks/\1_\w+\.ipynb\) \|",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        re.MULTILINE,
    )
    assert dict(rows) == LESSONS
    assert sorted(path.name[:2] for path in (ROOT / "notebooks").glob("[0-9]*.ipynb")) == [*LESSONS]


def test_every_exercise_has_a_place_on_the_board():
    titles = [(exercise.lesson, exercise.title) for exercise in EXERCISES.values()]
    assert len(set(titles)) == len(titles)
    shown = [(row.lesson, title) for row in Board().rows() for title in row.exercises]
    assert sorted(shown) == sorted(titles)
    assert {lesson for lesson, _ in shown} == set(LESSONS)


@pytest.mark.parametrize(("passed", "n_passed"), [([], 0), (SOME, 2), (ALL, len(ALL))])
def test_the_total_counts_exercises_and_quizzes(passed, n_passed):
    board = Board(passed)
    assert board.count() == (n_passed, len(EXERCISES) + len(LESSONS))
    assert str(board).splitlines()[-1] == f"{n_passed} of {len(ALL)} passed"
    bar = f'<progress value="{n_passed}" max="{len(ALL)}"></progress>'
    assert f"<label>{bar} {n_passed} of {len(ALL)}</label> passed</caption>" in board._repr_html_()


def test_the_text_is_an_aligned_table():
    lines = str(Board(SOME)).splitlines()
    assert lines[:2] == [
        "Lesson                                 Exercises   Quiz",
        "00  Start here                            0 of 1   ·",
    ]
    start = lines.index("02  The moving average                    1 of 4   ✓")
    assert lines[start + 1 : start + 5] == [
        "      · Write the average",
        "      ✓ From γ to half-life and back",
        "      · Start without bias",
        "      · Two signals of different scale",
    ]
    assert max(map(len, lines)) <= 60


def test_the_table_shows_each_exercise_and_the_quiz():
    heads, *rows = cells_of(Board(SOME))
    assert heads == ["Lesson", "Exercises", "Quiz"]
    assert [row[0] for row in rows] == [f"{number} {title}" for number, title in LESSONS.items()]
    assert rows[2] == [
        "02 The moving average",
        " 1 of 4 · Write the average ✓ From γ to half-life and back"
        " · Start without bias · Two signals of different scale",
        "✓ passed",
    ]
    assert {row[2] for row in rows[:2] + rows[3:]} == {"· not yet"}


@pytest.mark.parametrize(("passed", "sign", "word"), [([], "·", "not yet"), (ALL, "✓", "passed")])
def test_none_or_all_of_it_is_passed(passed, sign, word):
    board = Board(passed)
    other = {"·", "✓"} - {sign}
    assert {row.quiz for row in board.rows()} == {bool(passed)}
    assert str(board).count(sign) == len(ALL)
    assert other.isdisjoint(str(board))
    assert other.isdisjoint(board._repr_html_())
    assert {row[2] for row in cells_of(board)[1:]} == {f"{sign} {word}"}


def test_the_table_says_what_its_heads_and_bars_belong_to():
    page = Board(SOME)._repr_html_()
    assert page.count("<caption ") == 1
    assert page.count('<th scope="col"') == 3
    assert page.count('<th scope="row"') == len(LESSONS)
    assert page.count("<label><progress ") == page.count("<progress ") == len(LESSONS) + 1
    tags = "caption div label li progress table tbody td th thead tr ul"
    assert " ".join(sorted(set(re.findall(r"<(\w+)", page)))) == tags


def test_the_board_reads_what_was_kept():
    assert explorers.board() == Board({}, "")
    progress.keep("quiz/03")
    shown = [row.quiz for row in explorers.board().rows()]
    assert shown == [lesson == "03" for lesson in LESSONS]


def test_the_message_stands_below_the_board(monkeypatch):
    said = "The file was damaged; it is kept in a < b."
    monkeypatch.setattr(progress, "load", lambda: progress.Kept({}, said))
    assert str(explorers.board()).splitlines()[-1] == said
    assert "<p>The file was damaged; it is kept in a &lt; b.</p>" in explorers.board()._repr_html_()
    assert "<p>" not in Board()._repr_html_()


def test_the_board_needs_neither_widgets_nor_anything_heavy():
    code = (
        "import json, sys; from rmsprop_course import explorers; str(explorers.board());"
        "print(json.dumps(sorted(sys.modules)))"
    )
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    loaded = set(json.loads(process.stdout))
    assert "rmsprop_course.progress" in loaded
    assert loaded.isdisjoint({"IPython", "anywidget", "ipywidgets", "matplotlib", "numba", "torch"})
