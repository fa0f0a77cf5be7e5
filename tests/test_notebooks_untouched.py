"""Run All on a lesson as it comes passes nothing, and what a learner solves in it is passed.

For every lesson, `conftest.py` asks the same after nbval has run it.
"""

from pathlib import Path

import nbformat
import pytest
from lessons import form

import notebooks

LESSONS = Path(__file__).parents[1] / "notebooks"
BOARD = "from rmsprop_course import explorers\n\nprint(explorers.board().count()[0])"


def n_passed_after(notebook: nbformat.NotebookNode, path: Path) -> int:
    """How many items the board shows as passed after all cells ran, beginning with none."""
    notebook.cells.append(nbformat.v4.new_code_cell(BOARD))
    return int(notebooks.execute(notebook, path).cells[-1].outputs[0].text)


@pytest.mark.parametrize("number", ["00", "01", "02"])
def test_run_all_on_an_untouched_lesson_leaves_the_board_at_0_passed(number):
    (path,) = LESSONS.glob(f"{number}_*.ipynb")
    notebook = form.load(path).notebook
    code = "".join(cell.source for cell in notebook.cells if cell.cell_type == "code")
    assert "check(" in code and "explorers.quiz(" in code
    assert n_passed_after(notebook, path) == 0


def test_run_all_after_solving_an_exercise_puts_it_on_the_board():
    (path,) = LESSONS.glob("00_*.ipynb")
    notebook = form.load(path).notebook
    (skeleton,) = (cell for cell in notebook.cells if "def mean_square(" in cell.source)
    assert skeleton.source.count("...") == 1
    skeleton.source = skeleton.source.replace("...", "np.mean(values**2)")
    assert n_passed_after(notebook, path) == 1
