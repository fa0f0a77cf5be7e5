"""Submissions that are no proper notebooks or hold what is not theirs, and what becomes of each.

Here nothing is wrong with what the code does. The answers are right, but where it says otherwise.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
from classroom_hostile_code import Hostile, Traps
from classroom_submissions import (
    FULL,
    POINTS,
    RIGHT,
    TINY,
    WRONG,
    answered,
    cell_of,
    folder_of,
    grade_id,
    put,
    released,
)
from nbformat import NotebookNode, v4

_FILE = f"{TINY}.ipynb"


def edited(
    change: Callable[[NotebookNode], object],
    score: float | None = FULL,
    look: str | None = "",
    **answers: str,
) -> Hostile:
    """Return an entry whose notebook was changed after its answers were put in."""

    def submit(traps: Traps, student: str) -> None:
        notebook = answered(released(traps.course), {**RIGHT, **answers})
        change(notebook)
        put(traps.course, student, notebook)

    return Hostile(submit, score, look)


def raw(content: bytes | str, look: str | None, score: float | None = 0) -> Hostile:
    """Return an entry whose notebook file holds something else."""
    content = content.encode() if isinstance(content, str) else content
    return _made(lambda path, traps: path.write_bytes(content), look, score)


def _made(
    make: Callable[[Path, Traps], object], look: str | None, score: float | None = 0
) -> Hostile:
    """Return an entry in which a function makes what is there instead of the notebook."""

    def submit(traps: Traps, student: str) -> None:
        make(folder_of(traps.course, student) / _FILE, traps)

    return Hostile(submit, score, look)


def _beside(
    make: Callable[[Path, Traps], object],
    look: str | None = "",
    score: float | None = FULL,
    **answers: str,
) -> Hostile:
    """Return an entry with a notebook and something else in its folder, which a function makes."""

    def submit(traps: Traps, student: str) -> None:
        path = put(traps.course, student, answered(released(traps.course), {**RIGHT, **answers}))
        make(path.parent, traps)

    return Hostile(submit, score, look)


def _sets(name: str, key: str, value: object) -> Callable[[NotebookNode], None]:
    """Return a change of what nbgrader knows of a cell."""

    def change(notebook: NotebookNode) -> None:
        cell_of(notebook, name).metadata.nbgrader[key] = value

    return change


def _without(*names: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        notebook.cells = [cell for cell in notebook.cells if grade_id(cell) not in names]

    return change


def _doubled(name: str, *, source: str | None = None) -> Callable[[NotebookNode], None]:
    """Return a change that puts a copy of a cell before it, with another text if one is given."""

    def change(notebook: NotebookNode) -> None:
        place = notebook.cells.index(cell_of(notebook, name))
        copied = nbformat.from_dict(cell_of(notebook, name))
        copied.source = copied.source if source is None else source
        notebook.cells.insert(place, copied)

    return change


def _retyped(name: str, kind: str) -> Callable[[NotebookNode], None]:
    def change(notebook: NotebookNode) -> None:
        cell = cell_of(notebook, name)
        new = getattr(v4, f"new_{kind}_cell")
        changed = new(cell.source, metadata=cell.metadata)
        notebook.cells[notebook.cells.index(cell)] = changed

    return change


def _all_cells(change: Callable[[NotebookNode], object]) -> Callable[[NotebookNode], None]:
    def change_all(notebook: NotebookNode) -> None:
        for cell in notebook.cells:
            change(cell)

    return change_all


def _forget_schema(cell: NotebookNode) -> None:
    cell.metadata.get("nbgrader", {}).pop("schema_version", None)


def _skip(cell: NotebookNode) -> None:
    cell.metadata["tags"] = ["skip-execution", "raises-exception", "nbgrader-ignore"]
    cell.metadata["nbclient"] = {"skip": True}


def _untrue_tests(notebook: NotebookNode) -> None:
    for name in POINTS:
        cell_of(notebook, name).source = "assert True"


def _forge_outputs(notebook: NotebookNode) -> None:
    for name in POINTS:
        text = {"text/plain": "100.0"}
        result = v4.new_output("execute_result", data=text, execution_count=1)
        cell_of(notebook, name).outputs = [result]


def _forge_notes(notebook: NotebookNode) -> None:
    forged = {"needs_look": [], "remarks": ["fine"], "held_back": False, "score": 1000}
    notebook.metadata["rmsprop_course"] = forged
    notebook.metadata["kernelspec"] = {"name": "bash", "display_name": "", "language": "bash"}


_WRONG_AVERAGE = {"average": WRONG["average"]}
_HALF = POINTS["test-step"]

SHAPES = {
    "has-no-test-cell": edited(_without("test-average")),
    "has-no-solution-cell": edited(_without("average"), _HALF, "average .* missing"),
    "has-no-written-answer": edited(_without("explain"), FULL, "missing"),
    "has-no-cells": edited(lambda notebook: notebook.cells.clear(), 0, "missing"),
    "has-a-test-twice": edited(_doubled("test-average")),
    "has-a-true-test-too": edited(
        _doubled("test-average", source="assert True"), _HALF, **_WRONG_AVERAGE
    ),
    "has-a-solution-twice": edited(_doubled("average", source=WRONG["average"])),
    "has-an-answer-twice": edited(_doubled("explain")),
    "has-a-locked-cell-twice": edited(_doubled("setup")),
    "has-all-cells-twice": edited(lambda notebook: notebook.cells.extend(notebook.cells)),
    "has-its-cells-in-another-order": edited(lambda notebook: notebook.cells.reverse(), None, None),
    "has-a-test-as-markdown": edited(_retyped("test-average", "markdown")),
    "has-a-test-as-raw-text": edited(_retyped("test-average", "raw")),
    "has-a-solution-as-markdown": edited(_retyped("average", "markdown"), look=None),
    "has-an-answer-as-code": edited(_retyped("explain", "code")),
    "has-true-tests": edited(_untrue_tests, 0, **WRONG),
    "has-many-points": edited(_sets("test-average", "points", 1000), _HALF, **_WRONG_AVERAGE),
    "has-no-points": edited(_sets("test-average", "points", None)),
    "has-a-number-as-id": edited(_sets("test-average", "grade_id", 7)),
    "has-a-list-as-id": edited(_sets("test-average", "grade_id", ["test-average"])),
    "has-an-unknown-id": edited(_sets("test-average", "grade_id", "test-../../x")),
    "has-an-id-of-another-cell": edited(_sets("test-average", "grade_id", "explain"), None, None),
    "has-a-test-as-solution": edited(
        _sets("test-average", "solution", True), _HALF, **_WRONG_AVERAGE
    ),
    "has-no-schema": edited(_all_cells(_forget_schema)),
    "has-an-old-schema": edited(_sets("test-average", "schema_version", 1)),
    "has-a-new-schema": edited(_sets("test-average", "schema_version", 99)),
    "has-a-list-as-metadata": edited(
        lambda notebook: cell_of(notebook, "test-average").metadata.update(nbgrader=["x"])
    ),
    "has-no-metadata": edited(
        _all_cells(lambda cell: cell.metadata.pop("nbgrader", None)), 0, "missing"
    ),
    "skips-cells": edited(_all_cells(_skip), 0, **WRONG),
    "has-outputs-of-its-own": edited(_forge_outputs, 0, **WRONG),
    "has-metadata-of-grading": edited(_forge_notes, 0, **WRONG),
    "has-one-id-for-all-cells": edited(_all_cells(lambda cell: cell.update(id="same"))),
    "has-half-a-surrogate": edited(lambda notebook: None, None, None, explain="\ud800"),
    "has-a-null": edited(lambda notebook: None, FULL, None, explain="nothing: \0"),
    "has-a-script": edited(
        lambda notebook: None, explain="<script>alert(1)</script><img src=x onerror=alert(1)>"
    ),
    "has-thousands-of-cells": edited(
        lambda notebook: notebook.cells.extend(v4.new_code_cell("") for _ in range(3_000)),
        0,
        "cells",
    ),
}


def _json(**parts: object) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [], **parts})


def _other_name(path: Path, traps: Traps) -> None:
    notebook = answered(released(traps.course), RIGHT)
    nbformat.write(notebook, path.with_name("my work.ipynb"))


def _of_another_coding(path: Path, traps: Traps) -> None:
    answers = {**RIGHT, "explain": "Die Länge hängt nicht davon ab."}
    path.write_text(nbformat.writes(answered(released(traps.course), answers)), "latin-1")


def _with_a_mark(path: Path, traps: Traps) -> None:
    path.write_text(nbformat.writes(answered(released(traps.course), RIGHT)), "utf-8-sig")


def _large_outputs(notebook: NotebookNode) -> None:
    output = v4.new_output("stream", text="0123456789abcdef\n" * 3_000_000)
    cell_of(notebook, "average").outputs = [output]


def _large_source(notebook: NotebookNode) -> None:
    cell_of(notebook, "average").source += "\n# " + "x" * 50_000_000


def _unreadable(path: Path, traps: Traps) -> None:
    nbformat.write(answered(released(traps.course), RIGHT), path)
    path.chmod(0)


def _links_folder(path: Path, traps: Traps) -> None:
    path.parent.rmdir()
    path.parent.symlink_to(traps.course / "submitted" / traps.victim / TINY)


def _links_student(path: Path, traps: Traps) -> None:
    shutil.rmtree(path.parents[1])
    path.parents[1].symlink_to(traps.course / "submitted" / traps.victim)


_IS_ROOT = hasattr(os, "geteuid") and os.geteuid() == 0  # who reads all files

FILES = {
    "is-not-json": raw("This is my homework.", "JSON"),
    "is-half-json": raw(_json()[:-20], "JSON"),
    "is-a-number": raw("7", "no notebook"),
    "is-an-empty-object": raw("{}", "no notebook"),
    "is-an-empty-list": raw("[]", "no notebook"),
    "is-a-string": raw('"notebook"', "no notebook"),
    "is-of-an-old-format": raw(
        json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []}),
        "missing|format",
    ),
    "is-of-a-future-format": raw(_json(nbformat=99), "no notebook"),
    "has-a-word-as-cells": raw(_json(cells="all of them"), "no notebook"),
    "has-numbers-as-cells": raw(_json(cells=[1, 2]), "no notebook"),
    "has-cells-without-text": raw(_json(cells=[{"cell_type": "code"}]), "no notebook"),
    "has-cells-of-no-type": raw(_json(cells=[{"source": "", "metadata": {}}]), "no notebook"),
    "is-empty": raw("", "empty"),
    "is-of-spaces": raw(" \n" * 1000, "empty"),
    "is-nested-deep": raw("[" * 100_000 + "]" * 100_000, "nested|JSON"),
    "is-nested-deep-in-metadata": raw(
        _json(metadata={"x": "DEEP"}).replace('"DEEP"', '{"x":' * 5_000 + "0" + "}" * 5_000),
        "nested|no notebook",
    ),
    "is-binary": raw(bytes(range(256)) * 10, "read"),
    "is-zeros": raw(bytes(1000), "JSON|notebook"),
    "is-of-another-coding": _made(_of_another_coding, "read"),
    "has-a-byte-order-mark": _made(_with_a_mark, "JSON"),
    "has-large-outputs": edited(_large_outputs, 0, "MiB"),
    "has-a-large-source": edited(_large_source, 0, "MiB"),
    "has-a-large-file-beside": _beside(
        lambda folder, traps: (folder / "data.bin").write_bytes(bytes(50_000_000)), "MiB", 0
    ),
    "is-missing": _made(lambda path, traps: None, "missing"),
    "has-another-name": _made(_other_name, "missing; there is my work.ipynb"),
    "has-another-notebook-too": _beside(
        lambda folder, traps: (folder / "tiny-Copy1.ipynb").write_text("no notebook")
    ),
    "is-a-folder": _made(lambda path, traps: path.mkdir(), "missing"),
    "is-a-link-to-another-submission": _made(
        lambda path, traps: path.symlink_to(
            traps.course / "submitted" / traps.victim / TINY / _FILE
        ),
        "link",
    ),
    "is-a-link-to-the-gradebook": _made(
        lambda path, traps: path.symlink_to(traps.course / "gradebook.db"), "link"
    ),
    "is-a-link-to-a-system-file": _made(lambda path, traps: path.symlink_to("/etc/passwd"), "link"),
    "is-a-link-to-a-folder": _made(lambda path, traps: path.symlink_to(traps.course), "link"),
    "is-a-link-to-nothing": _made(lambda path, traps: path.symlink_to("nowhere"), "link"),
    "is-a-link-to-itself": _made(lambda path, traps: path.symlink_to(_FILE), "link"),
    "has-a-link-beside": _beside(
        lambda folder, traps: (folder / "data").symlink_to(traps.home), "link", 0
    ),
    "has-a-link-of-an-odd-name": _beside(
        lambda folder, traps: os.symlink("nowhere", os.fsencode(folder) + b"/\xff"), "link", 0
    ),
    "has-a-file-of-an-odd-name": _beside(
        lambda folder, traps: Path(os.fsdecode(os.fsencode(folder) + b"/\xff\n.py")).write_text(""),
        None,
        None,
    ),
    "is-a-pipe": _made(lambda path, traps: os.mkfifo(path), "pipe"),
    "is-unreadable": _made(_unreadable, None if _IS_ROOT else "read", FULL if _IS_ROOT else 0),
    "is-in-a-linked-folder": _made(_links_folder, "folder|link"),
    "is-of-a-linked-student": _made(_links_student, "folder|link"),
    "has-a-folder-in-a-folder": _beside(
        lambda folder, traps: (folder / "/".join("d" * 300)).mkdir(parents=True), None, None
    ),
}

_BREAKS = "open('/tmp/rmsprop-was-here', 'w'); import builtins; builtins.AssertionError = Warning\n"
_CARRIED = {
    name: _BREAKS
    for name in (
        "numpy.py",
        "numpy/__init__.py",
        "rmsprop_course/__init__.py",
        "ipykernel_launcher.py",
        "nbgrader.py",
        "sitecustomize.py",
        "usercustomize.py",
        "conftest.py",
        "nbgrader_config.py",
        "jupyter_config.py",
        "jupyter_nbconvert_config.py",
        "ipython_kernel_config.py",
        ".ipython/profile_default/startup/00.py",
    )
} | {
    "kernel.json": '{"argv": ["/bin/false"], "display_name": "mine", "language": "python"}',
    "kernels/python3/kernel.json": '{"argv": ["/bin/false"], "display_name": "", "language": ""}',
    "pyvenv.cfg": "home = /nowhere",
    "timestamp.txt": "2020-01-01 00:00:00 UTC",
    "gradebook.db": "",
}


def _carries(folder: Path, traps: Traps) -> None:
    for name, text in _CARRIED.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)


COMPANIONS = {
    "carries-modules-and-settings": _beside(_carries, score=0, **WRONG),
    "carries-a-time-that-is-none": _beside(
        lambda folder, traps: (folder / "timestamp.txt").write_text("yesterday"), "timestamp", 0
    ),
    "carries-a-time-that-is-large": _beside(
        lambda folder, traps: (folder / "timestamp.txt").write_text("9" * 10**6), "timestamp", 0
    ),
}

# Names of folders that are no names of students; what is in them is right.
ODD_NAMES = ("Anna Lee", "Zoë", "-rf", "..x", ".hidden", "a+b", "$(reboot)", "%2e%2e", "x" * 200)
ODD_BYTES = b"\xff\xfe"

HOSTILE_FILES = {**SHAPES, **FILES, **COMPANIONS}
