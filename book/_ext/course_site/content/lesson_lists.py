"""Lists of the lessons: all of them part by part, and ways through them."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx_design.shared import create_component

from course_site.lessons.map import Lesson, lessons


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
