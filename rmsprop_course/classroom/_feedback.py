"""The page that a student gets back: what nbgrader's `generate_feedback` is told to do.

Scores and comments come from nbgrader's gradebook, and the page from the template beside this
module. `_hidden_tests` keeps those off the page; how text that others wrote becomes harmless HTML
is in `_markup`.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.classroom import _notes
from rmsprop_course.classroom._hidden_tests import HideHiddenTests
from rmsprop_course.classroom._markup import sanitize

with extra("classroom"):
    from nbconvert.preprocessors import Preprocessor
    from nbformat import NotebookNode
    from nbgrader import utils
    from nbgrader.api import MissingEntry
    from nbgrader.preprocessors import ClearMarkScheme, GetGrades
    from traitlets import Bool
    from traitlets.config import Config

_TEMPLATES = Path(__file__).with_name("templates")
_LONGEST_OUTPUT = 60  # lines
_LONGEST_TEXT = 20_000  # characters
_LONGEST_MARKUP = 200_000  # characters of Markdown and HTML in one page

Resources = dict[str, Any]


def configure_feedback(config: Config) -> None:
    """Make nbgrader write this course's feedback pages.

    Parameters
    ----------
    config : traitlets.config.Config
        Of the course. What concerns other pages than feedback, such as formgrader's, stays as it
        is: the exporter is configured below ``GenerateFeedback`` alone.
    """
    config.GenerateFeedback.preprocessors = [
        Grades,
        HideHiddenTests,
        ShowMarkScheme,
        SafeOutputs,
    ]
    exporter = config.GenerateFeedback.HTMLExporter
    exporter.template_name = "course_feedback"
    exporter.extra_template_basedirs = [str(_TEMPLATES)]
    exporter.filters = {
        "markdown2html": "rmsprop_course.classroom._markup.markdown_to_html",
        "latex2html": "rmsprop_course.classroom._markup.latex_to_html",
    }


class Part(NamedTuple):
    """One graded cell, as the page shows it."""

    id: str
    heading: str
    kind: str
    score: float
    points: float
    is_marked: bool

    @property
    def name(self) -> str:
        """Its heading, or its id in words; that it is a test is said by its kind."""
        if self.heading:
            return self.heading
        words = re.sub(r"[_-]+", " ", self.id).strip()
        return words.removeprefix("test ").capitalize()

    @property
    def verdict(self) -> str:
        """How it went, in words."""
        if not self.is_marked:
            return "not marked yet"
        if self.score >= self.points:
            return "full points"
        return "some points" if self.score > 0 else "no points"


class Summary(NamedTuple):
    """What stands at the head of the page."""

    title: str
    parts: list[Part]
    is_marked: bool
    needs_look: bool
    remarks: tuple[str, ...]


class Grades(GetGrades):  # type: ignore[misc] # has no types
    """Adds scores and comments from the gradebook, and what of them is still open."""

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Put a `Part` into the metadata of each graded cell, and all into ``resources``."""
        for cell in nb.cells:
            cell.metadata.pop("part", None)  # whatever a student put there
        nb, resources = super().preprocess(nb, resources)
        parts = [cell.metadata.part for cell in nb.cells if "part" in cell.metadata]
        notes = _notes.read(nb)
        resources["feedback"] = Summary(
            title=_title(nb) or resources["nbgrader"]["notebook"],
            parts=parts,
            is_marked=all(part.is_marked for part in parts),
            needs_look=bool(notes.needs_look),
            remarks=notes.remarks,
        )
        return nb, resources

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        """Leave out cells that the gradebook does not know: students can make such cells."""
        try:
            if cell.metadata.get("nbgrader", {}).get("grade_id"):
                super().preprocess_cell(cell, resources, cell_index)
                return cell, resources
        except MissingEntry as missing:
            self.log.warning("Left out of the feedback: %s", missing)
        cell.metadata.pop("nbgrader", None)
        return cell, resources

    def _get_score(self, cell: NotebookNode, resources: Resources) -> None:
        super()._get_score(cell, resources)
        settings = cell.metadata.nbgrader
        grade = self.gradebook.find_grade(
            settings["grade_id"], self.notebook_id, self.assignment_id, self.student_id
        )
        cell.metadata["part"] = Part(
            id=settings["grade_id"],
            heading=_heading(cell) if cell.cell_type == "markdown" else "",
            kind=_kind(cell),
            score=float(grade.score or 0),
            points=float(grade.max_score or 0),
            is_marked=not grade.needs_manual_grade,
        )


def _title(notebook: NotebookNode) -> str:
    """Return the first heading of a notebook, "" if it has none."""
    texts = (_heading(cell, "#") for cell in notebook.cells if cell.cell_type == "markdown")
    return next(filter(None, texts), "")


def _heading(cell: NotebookNode, level: str = "#+") -> str:
    """Return the first heading of a cell without its points, "" if it has none."""
    said = cell.source.partition("### BEGIN MARK SCHEME")[0]
    found = re.search(rf"^{level}\s+(.+)$", said, re.MULTILINE)
    text = re.sub(r"[*`$#]", "", found[1]) if found else ""
    return re.sub(r"\s*\([\d.]+ points?\)\s*$", "", text).strip()


def _kind(cell: NotebookNode) -> str:
    """Say in words what is graded in a cell."""
    if utils.is_task(cell):
        return "Task"
    if not utils.is_solution(cell):
        return "Tests"
    return "Code" if cell.cell_type == "code" else "Written answer"


class ShowMarkScheme(ClearMarkScheme):  # type: ignore[misc] # has no types
    """Shows the mark scheme of a task, which says what its points are for, once it is marked."""

    def preprocess_cell(
        self, cell: NotebookNode, resources: Resources, cell_index: int
    ) -> tuple[NotebookNode, Resources]:
        """Put the scheme under a heading, or take it out."""
        if utils.is_task(cell):
            before, _, rest = cell.source.partition(self.begin_mark_scheme_delimeter)
            scheme, _, after = rest.partition(self.end_mark_scheme_delimeter)
            texts = [before.rstrip(" #"), after]
            if scheme and "part" in cell.metadata and cell.metadata.part.is_marked:
                texts.insert(1, f"### Mark scheme\n{scheme.rstrip(' #')}")
            cell.source = "\n\n".join(text.strip("\n") for text in texts)
        return cell, resources


class SafeOutputs(Preprocessor):
    """Makes outputs harmless and short: a submission decides what is in them, and how much."""

    enabled = Bool(True).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Resources) -> tuple[NotebookNode, Resources]:
        """Sanitize outputs. Markdown is sanitized as HTML, later; too much of it stays plain."""
        self._left = _LONGEST_MARKUP
        for cell in nb.cells:
            if cell.cell_type == "markdown" and not self._spend(cell.source):
                cell.cell_type, cell.source = "raw", _shortened(cell.source)
            for output in cell.get("outputs", []):
                self._sanitize(output)
        return nb, resources

    def _spend(self, markup: str) -> bool:
        """Say whether a text may still be rendered: that takes time."""
        self._left -= len(markup)
        return self._left >= 0

    def _sanitize(self, output: NotebookNode) -> None:
        if "text" in output:
            output.text = _shortened(output.text)
        if "traceback" in output:
            output.traceback = [_shortened(line) for line in output.traceback[:_LONGEST_OUTPUT]]
        if "data" in output:
            output.metadata = _harmless_metadata(output.metadata)
            output.data = {kind: text for kind, text in self._harmless(output.data)}

    def _harmless(self, data: dict[str, Any]) -> Iterator[tuple[str, str]]:
        """Give the forms of an output that can be shown."""
        for kind, text in data.items():
            if not isinstance(text, str):
                continue
            if kind == "text/html":
                clean = sanitize(text) if self._spend(text) else ""
                if clean.strip():
                    yield kind, clean
            elif kind == "text/plain":
                yield kind, _shortened(text)
            elif kind in ("text/latex", "text/markdown"):
                if self._spend(text):
                    yield kind, text
            elif kind in ("image/jpeg", "image/png", "image/svg+xml"):
                yield kind, text


def _harmless_metadata(metadata: dict[str, Any]) -> dict[str, Any]:
    """Keep of an output's metadata the sizes and descriptions of pictures."""
    kept: dict[str, Any] = {}
    for kind in ("image/png", "image/jpeg"):
        settings = metadata.get(kind)
        if isinstance(settings, dict):
            sizes = {name: settings.get(name) for name in ("width", "height")}
            kept[kind] = {name: n for name, n in sizes.items() if isinstance(n, int | float)}
            if isinstance(settings.get("alt"), str):
                kept[kind]["alt"] = settings["alt"]
    return kept


def _shortened(text: str) -> str:
    """Return the beginning of a long text, and say that it is one."""
    lines = text[:_LONGEST_TEXT].splitlines(keepends=True)[:_LONGEST_OUTPUT]
    begin = "".join(lines)
    return text if len(begin) == len(text) else f"{begin.rstrip()}\n… (the rest is not shown)"
