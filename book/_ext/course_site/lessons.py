"""Lists of the lessons, from the map in README.md and from what each lesson says of itself."""

import json
import re
from collections.abc import Sequence
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx_design.shared import create_component

_ROW = re.compile(
    r"^\| (?P<number>\d\d) \| \[(?P<title>[^]]+)\]\((?P<document>\S+)\.ipynb\) "
    r"\| (?P<question>.+) \|$"
    r"|^\| \| \*\*(?P<part>.+)\*\* \| \|$",
    re.MULTILINE,
)
_TIME = re.compile(r"\*\*Time\*\* (\d+) minutes")
_BEFORE_THE_PARTS = "Begin"


class Lesson(NamedTuple):
    """A row of the map.

    Attributes
    ----------
    number : str
        Two digits.
    title, question : str
        As the map has them.
    document : str
        Name in Sphinx, such as ``notebooks/03_the_update``.
    part : str
        Title of the part that it belongs to.
    minutes : int
        How long it takes, as its first cell says.
    """

    number: str
    title: str
    question: str
    document: str
    part: str
    minutes: int

    def markdown(self) -> str:
        """Return a link with the title as its text."""
        return f"[{self.title}](/{self.document}.ipynb)"


@cache
def lessons(root: Path) -> tuple[Lesson, ...]:
    """Return the lessons in order; `root` is the folder of README.md."""
    found, part = [], _BEFORE_THE_PARTS
    for row in _ROW.finditer((root / "README.md").read_text(encoding="utf-8")):
        columns = row.groupdict()
        part = columns.pop("part") or part
        if columns["document"]:
            minutes = _minutes(root / f"{columns['document']}.ipynb")
            found.append(Lesson(**columns, part=part, minutes=minutes))
    return tuple(found)


def _minutes(notebook: Path) -> int:
    first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
    said = _TIME.search("".join(first["source"]))
    if said is None:
        raise ValueError(f"{notebook.name} must say in its first cell how long it takes")
    return int(said[1])


def in_words(minutes: int) -> str:
    """Write a time for people.

    Examples
    --------
    >>> in_words(45), in_words(60), in_words(125)
    ('45 min', '1 h', '2 h 5 min')
    """
    hours, rest = divmod(minutes, 60)
    return " ".join(f"{count} {unit}" for count, unit in ((hours, "h"), (rest, "min")) if count)


class LessonList(SphinxDirective):
    """All lessons, part by part, each with its question and its time."""

    def run(self) -> list[nodes.Node]:
        """Return a list for each part, all in one element."""
        by_part = groupby(lessons(Path(self.env.srcdir)), key=lambda lesson: lesson.part)
        parts = [self._part(part, list(of_it)) for part, of_it in by_part]
        return [create_component("lesson-list", ["lesson-list"], children=parts)]

    def _part(self, part: str, of_it: Sequence[Lesson]) -> nodes.Node:
        heading = nodes.rubric("", part)
        heading["heading-level"] = 3
        rows = "\n".join(
            f"- {lesson.number} {lesson.markdown()}\n\n"
            f"  {lesson.question} *{in_words(lesson.minutes)}*"
            for lesson in of_it
        )
        children = [heading, *self.parse_text_to_nodes(rows)]
        return create_component("lesson-part", ["lesson-part"], children=children)


class ReadingPaths(SphinxDirective):
    """A table of ways through the lessons: a line is ``what for: 00 03 06``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return a table with links to the lessons, and the time that they take together."""
        known = {lesson.number: lesson for lesson in lessons(Path(self.env.srcdir))}
        rows = ["| To | Lessons | Together |", "|---|---|---|"]
        for line in self.content:
            aim, _, numbers = line.partition(":")
            rows.append(_path(aim, [known[number] for number in numbers.split()]))
        return self.parse_text_to_nodes("\n".join(rows))


def _path(aim: str, way: Sequence[Lesson]) -> str:
    links = " · ".join(f"[{step.number}](/{step.document}.ipynb)" for step in way)
    return f"| {aim} | {links} | {in_words(sum(step.minutes for step in way))} |"


def connect(app: Sphinx) -> None:
    """Make the directives known."""
    app.add_directive("lesson-list", LessonList)
    app.add_directive("reading-paths", ReadingPaths)
