"""The one form in which a lesson is kept: what stays in the file and how it is written.

Nothing here executes a notebook, and nothing judges what it says.
"""

import hashlib
import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode, from_dict
from nbformat.v4 import reads, writes

IGNORED_TAG = "nbval-ignore-output"
QUIZ = "quiz"  # id of its cell: questions in a call, so text rather than code
SOURCE_OF_OUTPUT = "source_of_output"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"

NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
CELL_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
REGION = re.compile(r"\b(BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)\b")


class NotANotebookError(ValueError):
    """A file that no rule can be applied to."""


# What a rule reports: the position of the cell (None for the whole lesson) and the offending value.
Finding = tuple[int | None, str]


class Lesson(NamedTuple):
    """A notebook as the rules see it: its name, the text of its file, and what the text holds."""

    name: str
    text: str
    notebook: NotebookNode


def load(path: Path) -> Lesson:
    """Read a notebook as it stands: nothing is repaired or given a random id.

    Raises
    ------
    NotANotebookError
        If the file is no JSON or no notebook of format 4.
    """
    text = path.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise NotANotebookError(f"{path.name}: not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("nbformat") != 4:
        raise NotANotebookError(f"{path.name}: not a notebook of format 4")
    return Lesson(path.name, text, reads(text))


def dumps(notebook: NotebookNode) -> str:
    """Text of a notebook: sorted keys, indent 1, one newline at the end."""
    return f"{writes(notebook)}\n"


def write(notebook: NotebookNode, path: Path) -> bool:
    """Put the notebook in place of the file in one step; False if not a byte would change."""
    data = dumps(notebook).encode()
    if path.exists() and path.read_bytes() == data:
        return False
    draft = path.with_name(f".{path.name}.new")
    draft.write_bytes(data)
    os.replace(draft, path)
    return True


def canonical(notebook: NotebookNode) -> NotebookNode:
    """The notebook in canonical form; the argument is left as it is.

    Empty cells go. Ids are kept where they are valid and unique and otherwise derived from the
    content. Executed cells are counted 1..n. Metadata and outputs keep what a reader needs.
    """
    cells = [cell for cell in notebook.cells if cell.source.strip()]
    written, count = [], 0
    for cell, cell_id in zip(cells, _ids(cells), strict=True):
        executed = cell.cell_type == "code" and cell.get("execution_count") is not None
        count += executed
        written.append(_cell(cell, cell_id, count if executed else None))
    document = {"cells": written, "metadata": NOTEBOOK_METADATA, "nbformat": 4, "nbformat_minor": 5}
    separate: NotebookNode = reads(writes(from_dict(document)))
    return separate


def fingerprint(source: str) -> str:
    """Twelve hexadecimal digits that change when the source does."""
    return hashlib.sha256(source.strip().encode()).hexdigest()[:12]


def tags(cell: NotebookNode) -> list[str]:
    """Tags of a cell, none if it has no list of them."""
    return list(cell.metadata.get("tags", []))


def is_assignment(notebook: NotebookNode) -> bool:
    """Whether a grader has to do with any cell of a notebook."""
    return any("nbgrader" in cell.metadata for cell in notebook.cells)


def parts(source: str) -> list[str]:
    """What a learner gets of a cell, then each region that a release leaves out, without marks."""
    given, regions, inside = "", [], False
    for line in source.split("\n"):
        if mark := REGION.search(line):
            inside = mark[1] == "BEGIN"
            regions += [""] if inside else []
        elif inside:
            regions[-1] += f"{line}\n"
        else:
            given += f"{line}\n"
    return [given, *regions]


def images(cell: NotebookNode) -> list[tuple[str, str | None]]:
    """Kind and alt text (None if there is none) of every picture among a cell's outputs."""
    return [
        (mime, output.get("metadata", {}).get(mime, {}).get("alt"))
        for output in cell.get("outputs", [])
        for mime in output.get("data", {})
        if mime.startswith("image/")
    ]


def _ids(cells: list[NotebookNode]) -> Iterator[str]:
    given = [str(cell.get("id", "")) for cell in cells]
    taken = set(given)
    for position, (cell, cell_id) in enumerate(zip(cells, given, strict=True)):
        if CELL_ID.fullmatch(cell_id) and cell_id not in given[:position]:
            yield cell_id
        else:
            base = fingerprint(cell.cell_type + cell.source)[:8]
            derived = next(i for i in _numbered(base) if i not in taken)
            taken.add(derived)
            yield derived


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 1
    while True:
        number += 1
        yield f"{base}-{number}"


def _cell(cell: NotebookNode, cell_id: str, count: int | None) -> dict[str, Any]:
    written = {
        "cell_type": cell.cell_type,
        "id": cell_id,
        "metadata": _cell_metadata(cell),
        "source": cell.source.strip("\n").rstrip(),
    }
    if cell.cell_type == "code":
        written["execution_count"] = count
        written["outputs"] = _outputs(cell.get("outputs", []), count)
    elif cell.get("attachments"):
        written["attachments"] = cell.attachments
    return written


def _cell_metadata(cell: NotebookNode) -> dict[str, Any]:
    metadata = cell.metadata
    hidden = {
        key: True
        for key in ("source_hidden", "outputs_hidden")
        if metadata.get("jupyter", {}).get(key)
    }
    kept = {
        "jupyter": hidden,
        "mystnb": _mystnb(cell),
        "nbgrader": metadata.get("nbgrader"),
        "tags": sorted(set(tags(cell))),
    }
    if IGNORED_TAG in kept["tags"]:
        kept[SOURCE_OF_OUTPUT] = metadata.get(SOURCE_OF_OUTPUT)
    return {key: value for key, value in kept.items() if value}


def _mystnb(cell: NotebookNode) -> dict[str, Any]:
    """Settings for the website; the alt text is the one that the figure was given in the code."""
    settings = {k: v for k, v in cell.metadata.get("mystnb", {}).items() if k != "image"}
    image = {
        k: v for k, v in cell.metadata.get("mystnb", {}).get("image", {}).items() if k != "alt"
    }
    alts = [alt for _, alt in images(cell) if alt]
    if alts:
        image["alt"] = alts[0]
    return {**settings, "image": image} if image else settings


def _outputs(outputs: list[NotebookNode], count: int | None) -> list[dict[str, Any]]:
    written: list[dict[str, Any]] = []
    for output in outputs:
        if output.output_type != "stream":
            written.append(_rich_output(output, count))
        elif written and written[-1].get("name") == output.name:
            written[-1]["text"] += output.text
        elif output.text:
            written.append({"output_type": "stream", "name": output.name, "text": output.text})
    return written


def _rich_output(output: NotebookNode, count: int | None) -> dict[str, Any]:
    if output.output_type == "error":
        return dict(output)
    data = {mime: _datum(mime, value) for mime, value in output.data.items()}
    if "text/html" in data or "text/plain" in data:
        data.pop(WIDGET_VIEW, None)
    written = {"output_type": output.output_type, "data": data, "metadata": output.metadata}
    if output.output_type == "execute_result":
        written["execution_count"] = count
    return written


def _datum(mime: str, value: Any) -> Any:
    is_base64 = mime.startswith("image/") and mime != "image/svg+xml"
    return "".join(value.split()) if is_base64 else value
