"""The progress board: which exercises and quizzes were passed, as text and as a table.

It reads what `rmsprop_course.progress` keeps and changes nothing.
"""

import html
from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from rmsprop_course import progress
from rmsprop_course.checks import EXERCISES
from rmsprop_course.explorers._lessons import LESSONS

_HEADS = ("Lesson", "Exercises", "Quiz")
_SIGNS = {True: "✓", False: "·"}
# JupyterLab would align to the right and in the middle.
_CELL = 'style="text-align: left; vertical-align: top"'
_LIST = 'style="list-style: none; margin: 0; padding: 0"'


class Row(NamedTuple):
    """What was passed of a lesson.

    Attributes
    ----------
    lesson : str
        Two digits, such as "04".
    title : str
        What the lesson is called.
    exercises : dict of str to bool
        Whether each exercise was passed, by title.
    quiz : bool
        Whether the quiz was passed.
    """

    lesson: str
    title: str
    exercises: dict[str, bool]
    quiz: bool

    @property
    def n_passed(self) -> int:
        """Number of exercises that were passed."""
        return sum(self.exercises.values())


@dataclass(frozen=True, repr=False)
class Board:
    r"""Which exercises and quizzes of the course were passed.

    Attributes
    ----------
    passed : container of str
        Items such as "exercise/rmsprop-step" and "quiz/02"; others are not shown.
    message : str
        What to say below the board, or "".

    Examples
    --------
    >>> print("\n".join(str(Board({"quiz/00"})).splitlines()[:3]))
    Lesson                                 Exercises   Quiz
    00  Start here                            0 of 1   ✓
          · The mean square
    """

    passed: Container[str] = field(default_factory=frozenset)
    message: str = ""

    def rows(self) -> list[Row]:
        """Return a row for each lesson."""
        return [self._row(lesson, title) for lesson, title in LESSONS.items()]

    def count(self) -> tuple[int, int]:
        """Return how many exercises and quizzes were passed, and how many there are."""
        rows = self.rows()
        n_passed = sum(row.n_passed + row.quiz for row in rows)
        return n_passed, sum(len(row.exercises) + 1 for row in rows)

    def _row(self, lesson: str, title: str) -> Row:
        exercises = {
            exercise.title: f"exercise/{exercise.id}" in self.passed
            for exercise in EXERCISES.values()
            if exercise.lesson == lesson
        }
        return Row(lesson, title, exercises, f"quiz/{lesson}" in self.passed)

    def __repr__(self) -> str:
        n_passed, n_items = self.count()
        total = [f"{n_passed} of {n_items} passed"]
        return "\n".join([*_text_lines(self.rows()), "", *total, *filter(None, [self.message])])

    def _repr_html_(self) -> str:
        n_passed, n_items = self.count()
        heads = "".join(f'<th scope="col" {_CELL}>{head}</th>' for head in _HEADS)
        message = f"<p>{html.escape(self.message)}</p>\n" if self.message else ""
        return (
            '<div class="rmsprop-board">\n<table>\n'
            f"<caption {_CELL}>{_bar(n_passed, n_items)} passed</caption>\n"
            f"<thead><tr>{heads}</tr></thead>\n"
            f"<tbody>\n{''.join(map(_html_row, self.rows()))}</tbody>\n</table>\n{message}</div>"
        )


def board() -> Board:
    """Return the board of what was passed on this machine, which a cell shows.

    Returns
    -------
    Board
        ``print`` writes it as text.
    """
    kept = progress.load()
    return Board(kept.passed, kept.message)


def _text_lines(rows: list[Row]) -> Iterator[str]:
    named = [f"{row.lesson}  {row.title}" for row in rows]
    counts = [f"{row.n_passed} of {len(row.exercises)}" for row in rows]
    lesson, exercises, quiz = _HEADS
    wide, narrow = max(map(len, named)) + 2, len(exercises)
    yield f"{lesson:{wide}}  {exercises}   {quiz}"
    for row, name, count in zip(rows, named, counts, strict=True):
        yield f"{name:{wide}}  {count:>{narrow}}   {_SIGNS[row.quiz]}"
        for title, is_passed in row.exercises.items():
            yield f"      {_SIGNS[is_passed]} {title}"


def _html_row(row: Row) -> str:
    exercises = "".join(
        f"<li>{_SIGNS[is_passed]} {html.escape(title)}</li>"
        for title, is_passed in row.exercises.items()
    )
    count = _bar(row.n_passed, len(row.exercises))
    quiz = f"{_SIGNS[row.quiz]}&nbsp;{'passed' if row.quiz else 'not&nbsp;yet'}"
    return (
        f'<tr><th scope="row" {_CELL}>{row.lesson} {html.escape(row.title)}</th>'
        f"<td {_CELL}>{count}<ul {_LIST}>{exercises}</ul></td><td {_CELL}>{quiz}</td></tr>\n"
    )


def _bar(n_passed: int, n_items: int) -> str:
    """Return a progress bar labelled by the numbers beside it."""
    bar = f'<progress value="{n_passed}" max="{n_items}"></progress>'
    return f"<label>{bar} {n_passed} of {n_items}</label>"
