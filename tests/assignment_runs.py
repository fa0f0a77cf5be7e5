"""Runs an assignment in this process with other answers, and says which of its tests pass.

It stands in for nbgrader where hundreds of wrong answers are tried: the same cells, in the same
order, each test cell passed if it raises nothing.
"""

import copy
import sys
import types
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode

from rmsprop_course.classroom._seeds import redraw, without_hidden_tests

SOURCES = Path(__file__).parents[1] / "notebooks" / "assignments" / "source"

# An answer is the text of its cell, or the names that the cell would have defined.
Answer = str | Mapping[str, Any]


def source(assignment: str, seed: int | None = None) -> NotebookNode:
    """The source of an assignment, with the hidden probes of `seed` if one is given."""
    notebook = nbformat.read(SOURCES / assignment / f"{assignment}.ipynb", as_version=4)
    if seed is not None:
        redraw(notebook, seed)
    return notebook


def released(assignment: str) -> NotebookNode:
    """The source of an assignment without its hidden tests."""
    notebook = source(assignment)
    for cell in notebook.cells:
        cell.source = without_hidden_tests(cell.source)
    return notebook


def grade_id(cell: NotebookNode) -> str:
    """How nbgrader knows a cell, or ""."""
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def is_test(cell: NotebookNode) -> bool:
    """Whether a cell is code that gives points."""
    settings = cell.metadata.get("nbgrader", {})
    return bool(cell.cell_type == "code" and settings.get("grade") and not settings.get("solution"))


def failures(
    assignment: str,
    answers: Mapping[str, Answer] | None = None,
    *,
    seed: int | None = None,
    hidden: bool = True,
    tests: Collection[str] | None = None,
) -> dict[str, str]:
    """Run an assignment and return what each failed test says, by the test's grade id.

    Parameters
    ----------
    assignment
        Name of its folder.
    answers
        By the grade id of a solution cell. The other solution cells keep the model solution.
    seed
        Redraws the hidden probes.
    hidden
        Whether there are hidden tests.
    tests
        The grade ids of the tests to be run, or None for all.
    """
    answers = answers or {}
    notebook = source(assignment, seed) if hidden else released(assignment)
    if tests is not None:
        kept = [cell for cell in notebook.cells if not is_test(cell) or grade_id(cell) in tests]
        notebook.cells = kept
    unknown = set(answers) - {grade_id(cell) for cell in notebook.cells}
    if unknown:
        raise KeyError(f"{assignment} has no cells {sorted(unknown)}")
    module = types.ModuleType(f"{assignment}_answers")
    sys.modules[module.__name__] = module  # torch and pickle look a class's module up
    module.__dict__["__name__"] = module.__name__
    try:
        return _run(notebook, answers, module.__dict__)
    finally:
        del sys.modules[module.__name__]


def judged(
    assignment: str,
    cells: Mapping[str, tuple[str, str]],
    test: str,
    attempt: Any,
    seed: int | None = None,
    *,
    hidden: bool = True,
) -> dict[str, str]:
    """What the tests say of a function: `cells` has the cell and its name by the first test."""
    cell, function = cells[test]
    return failures(assignment, {cell: {function: attempt}}, seed=seed, hidden=hidden)


def _run(
    notebook: NotebookNode, answers: Mapping[str, Answer], names: dict[str, Any]
) -> dict[str, str]:
    failed: dict[str, str] = {}
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        answer = answers.get(grade_id(cell), cell.source)
        if not isinstance(answer, str):
            names.update(copy.deepcopy(dict(answer)))
            continue
        try:
            exec(compile(answer, f"<{grade_id(cell) or cell.id}>", "exec"), names)
        except Exception as error:  # noqa: BLE001 - an answer may raise anything
            if is_test(cell):
                failed[grade_id(cell)] = f"{type(error).__name__}: {error}"
    return failed
