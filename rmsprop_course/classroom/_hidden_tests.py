"""What a feedback page must not say: the hidden tests, neither as text nor in an output."""

import html
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbformat import NotebookNode
    from nbgrader import utils
    from nbgrader.preprocessors import ClearHiddenTests

_NOT_SHOWN = "Hidden tests ran here. They are not shown."
_QUOTES = "This output quotes hidden tests. It is not shown."
_SHORTEST_QUOTE = 16  # characters of a line that give a hidden test away
_LONGEST_MESSAGE = 300  # characters
_FRAME = re.compile(r"Cell In ?\[(\d+)\], line (\d+)")
_ANSI = re.compile("\x1b\\[.*?[@-~]")


class HideHiddenTests(ClearHiddenTests):  # type: ignore[misc] # has no types
    """Takes hidden tests out of the page: their text, and what outputs tell of them.

    A failed test says its error's name and message in one line, the line of a visible test where
    it failed, and the line of the student's own code. A submission that sets out to smuggle hidden
    tests into its outputs can still encode them; this keeps them from being read in passing.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Hide the tests of all graded cells, then their quotations in other cells."""
        hidden: set[str] = set()
        own = {cell.execution_count: cell for cell in nb.cells if _is_own_code(cell)}
        for cell in nb.cells:
            if _is_test(cell):
                hidden |= self._hide(cell, own)
        shown = {line.strip() for cell in nb.cells for line in cell.source.splitlines()}
        quotes = {line for line in hidden - shown if len(line) >= _SHORTEST_QUOTE}
        for cell in nb.cells:
            for output in cell.get("outputs", []):
                if any(quote in text for text in _texts(output) for quote in quotes):
                    _silence(output)
        return nb, resources

    def _hide(self, cell: NotebookNode, own: dict[int | None, NotebookNode]) -> set[str]:
        """Hide one cell's tests, in place, and return their lines."""
        lines = cell.source.splitlines()
        visible = list(self._visible(lines))
        hidden = {line.strip() for n, line in enumerate(lines) if n not in visible}
        cell.source = "\n".join(lines[n] for n in visible)
        errors = [output for output in cell.outputs if output.output_type == "error"]
        for output in errors:
            at = _line(cell.execution_count, {n: lines[n] for n in visible}, output)
            _summarize(output, at, _own_line(own, output))
        if hidden:
            cell.outputs = errors
            cell.source = f"{cell.source.rstrip()}\n\n# {_NOT_SHOWN}".lstrip()
        return hidden

    def _visible(self, lines: list[str]) -> Iterator[int]:
        """Give the indices of the lines outside of hidden tests; a region may lack its end."""
        inside = False
        for n, line in enumerate(lines):
            if self.begin_test_delimeter in line:
                inside = True
            elif self.end_test_delimeter in line:
                inside = False
            elif not inside:
                yield n


def _is_test(cell: NotebookNode) -> bool:
    is_graded = utils.is_grade(cell) and not utils.is_solution(cell)
    return bool(cell.cell_type == "code" and is_graded)


def _is_own_code(cell: NotebookNode) -> bool:
    is_code = cell.cell_type == "code" and cell.execution_count is not None
    return bool(is_code and not utils.is_locked(cell))


def _frames(output: NotebookNode) -> list[tuple[int, int]]:
    """Return the cells, by their numbers, and lines through which an error came."""
    text = _ANSI.sub("", "\n".join(output.traceback))
    return [(int(found[1]), int(found[2])) for found in _FRAME.finditer(text)]


def _line(number: int | None, visible: dict[int, str], output: NotebookNode) -> str:
    """Return the visible line of a test cell at which it failed, "" if there is none."""
    at = [line for cell, line in _frames(output) if cell == number and line - 1 in visible]
    return visible[at[0] - 1].strip() if at else ""


class _OwnLine(NamedTuple):
    """A line of the student's code from which an error came."""

    where: str
    text: str
    cell: str


def _own_line(own: dict[int | None, NotebookNode], output: NotebookNode) -> _OwnLine | None:
    """Find the last line of the student's code through which an error came."""
    for number, line in reversed(_frames(output)):
        source = own[number].source.splitlines() if number in own else []
        if 0 < line <= len(source):
            text = source[line - 1].strip()
            return _OwnLine(f"cell [{number}], line {line}", text, own[number].source)
    return None


def _summarize(output: NotebookNode, failed_at: str, own: _OwnLine | None) -> None:
    """Reduce an error to its name, the first line of its message, and where it came from."""
    message = next(iter(output.evalue.strip().splitlines()), "")
    if own and own.text.startswith(("raise", "assert")) and message not in own.cell:
        message = ""  # written by the submission as it ran: it may hold what a hidden test gave it
    if len(message) > _LONGEST_MESSAGE:
        message = message[: _LONGEST_MESSAGE - 1] + "…"
    output.evalue = message
    name = output.ename[:_LONGEST_MESSAGE]
    output.traceback = [f"{name}: {message}" if message else name]
    if failed_at:
        output.traceback.append(f"Failed at: {failed_at}")
    if own:
        output.traceback.append(f"In your code, {own.where}: {own.text}")


def _texts(output: NotebookNode) -> Iterator[str]:
    """Give all text of an output, also as it reads without colors, entities and escapes."""
    texts = [output.get("text", ""), output.get("evalue", "")]
    texts += ["\n".join(output.get("traceback", [])), *output.get("data", {}).values()]
    for text in texts:
        if isinstance(text, str):
            plain = html.unescape(_ANSI.sub("", text))
            yield from (plain, plain.replace("\\'", "'").replace('\\"', '"'))


def _silence(output: NotebookNode) -> None:
    """Replace what an output says."""
    if output.output_type == "error":
        output.evalue, output.traceback = "", [output.ename, _QUOTES]
        return
    output.clear()
    output.update(output_type="stream", name="stdout", text=_QUOTES)
