"""Each exercise stands in its lesson: untouched it is not attempted, and its solution is right.

What a lesson has stored is compared with what it does by nbval, which runs all lessons.
"""

import re
from pathlib import Path

import nbformat
import pytest

from rmsprop_course.checks import EXERCISES

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"


def checks(exercise):
    """Sources and stored words of the cells that check an exercise, in their order."""
    (path,) = NOTEBOOKS.glob(f"{exercise.lesson}_*.ipynb")
    cells = [
        cell
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "code" and f'check("{exercise.id}"' in cell.source
    ]
    return [cell.source for cell in cells], [words(cell) for cell in cells]


def words(cell):
    """What a check says first, of all that a cell has stored."""
    plain = [
        output.data["text/plain"]
        for output in cell.outputs
        if output.output_type == "display_data" and "rmsprop-check" in output.data["text/html"]
    ]
    assert len(plain) == 1
    return plain[0].splitlines()[0]


@pytest.mark.parametrize("exercise", EXERCISES.values(), ids=EXERCISES)
def test_exercise_is_checked_untouched_and_solved(exercise):
    (attempt, solution), (first, second) = checks(exercise)
    assert "record=False" not in attempt
    assert first == "not attempted"
    assert re.search(r"record=False\)", solution)
    assert second.startswith("correct")
