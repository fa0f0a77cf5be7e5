"""Submissions for tests of grading: a tiny assignment, answers to it, and many with known points.

A submission is made from the released notebook, as a student makes it, and put where nbgrader
collects them. Hostile ones are in `classroom_hostile_code.py` and `classroom_hostile_files.py`.
"""

import copy
import hashlib
import json
import os
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import nbformat
from nbformat import NotebookNode, v4
from nbgrader.preprocessors import NbGraderPreprocessor

from rmsprop_course import classroom

TINY = "tiny"
POINTS = {"test-average": 4.0, "test-step": 6.0}  # what tests give; explain has 3 by hand
FULL = sum(POINTS.values())

_SETUP = "import numpy as np"

_AVERAGE = '''def average(values, decay):
    """Return the moving average after each value; it starts from 0."""
    ### BEGIN SOLUTION
    newest, averages = 0.0, []
    for value in values:
        newest = decay * newest + (1 - decay) * value
        averages.append(newest)
    return averages
    ### END SOLUTION'''

_TEST_AVERAGE = """assert average([1.0], 0.9)[0] < 1.0, "it starts from 0, not from its first value"
### BEGIN HIDDEN TESTS
def true_average(values, decay):
    powers = decay ** np.arange(len(values))
    return [(1 - decay) * powers[: n + 1][::-1] @ values[: n + 1] for n in range(len(values))]

seed = 101
rng = np.random.default_rng(seed)
for n_values in (1, 4, 9):
    values, decay = rng.normal(size=n_values), rng.uniform(0.3, 0.8)
    got = np.asarray(average(values.copy(), decay), dtype=float)
    np.testing.assert_allclose(got, true_average(values, decay), rtol=1e-4, err_msg="average")
### END HIDDEN TESTS"""

_STEP = '''def step(params, grad, square_avg, *, learning_rate=0.1, decay=0.9, eps=1e-8):
    """Return the parameters and the average of squares after one step of RMSProp."""
    ### BEGIN SOLUTION
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg
    ### END SOLUTION'''

_TEST_STEP = """after, _ = step(np.array([0.0]), np.array([1.0]), np.array([0.0]))
assert after[0] < 0, "a step goes down the gradient"
### BEGIN HIDDEN TESTS
seed = 101
rng = np.random.default_rng(seed)
for n_params in (1, 3):
    params, grad = rng.normal(size=(2, n_params))
    square_avg = rng.uniform(0.1, 2.0, size=n_params)
    rate, decay = rng.uniform(0.01, 0.5), rng.uniform(0.3, 0.8)
    got = step(params.copy(), grad.copy(), square_avg.copy(), learning_rate=rate, decay=decay)
    square = decay * square_avg + (1 - decay) * grad**2
    right = params - rate * grad / np.sqrt(square + 1e-8)
    for name, found, wanted in zip(("params", "square_avg"), got, (right, square), strict=True):
        found = np.asarray(found, dtype=float)
        np.testing.assert_allclose(found, wanted, rtol=1e-4, err_msg=name)
### END HIDDEN TESTS"""

_EXPLAIN = """Why is the first step of the same length for every gradient?

### BEGIN SOLUTION
The gradient is divided by the root of its own square.
### END SOLUTION"""


def _solved(source: str) -> str:
    """Return the text of a solution cell without the marks."""
    marks = ("    ### BEGIN SOLUTION\n", "\n    ### END SOLUTION")
    return source.replace(marks[0], "").replace(marks[1], "")


RIGHT = {
    "average": _solved(_AVERAGE),
    "step": _solved(_STEP),
    "explain": "Its length cancels: it is divided by the root of its own square.",
}
WRONG = {
    "average": RIGHT["average"].replace("(1 - decay) * value", "0.5 * value"),
    "step": RIGHT["step"].replace("np.sqrt(square_avg + eps)", "(square_avg + eps)"),
}
_OTHER_RIGHT = {
    "average": (
        "def average(values, decay):\n"
        "    averages = np.zeros(len(values), dtype=np.float32)\n"
        "    for n in range(len(values)):\n"
        "        averages[n] = decay * (averages[n - 1] if n else 0) + (1 - decay) * values[n]\n"
        "    return averages",
        "def average(values, decay, newest=0.0):\n"
        "    return [newest := newest + (1 - decay) * (value - newest) for value in values]",
    ),
    "step": (
        "def step(params, grad, square_avg, *, learning_rate=0.1, decay=0.9, eps=1e-8):\n"
        "    square_avg *= decay\n"
        "    square_avg += (1 - decay) * grad * grad\n"
        "    params -= learning_rate * grad / np.sqrt(square_avg + eps)\n"
        "    return params, square_avg",
        "def step(params, grad, square_avg, *, learning_rate=0.1, decay=0.9, eps=1e-8):\n"
        "    params, square_avg = list(params), list(square_avg)\n"
        "    for i, slope in enumerate(grad):\n"
        "        square_avg[i] = decay * square_avg[i] + (1 - decay) * slope**2\n"
        "        params[i] -= learning_rate * slope / (square_avg[i] + eps) ** 0.5\n"
        "    return [params, square_avg]",
    ),
}
_OTHER_WRONG = {
    "average": (
        "def average(values, decay):\n    return list(np.cumsum(values) / len(values) * decay)",
        "def average(values, decay):\n    return [decay * value for value in values]",
        "def average(values, decay):\n    return values[::2] * 0.5 if len(values) > 1 else [0.5]",
    ),
    "step": (
        RIGHT["step"].replace("params -", "params +"),
        RIGHT["step"].replace("grad**2", "grad"),
        RIGHT["step"].replace("return", "print(")[:-1],  # no Python at all
    ),
}


def write_tiny(course: Path) -> None:
    """Write the source of the assignment into a course."""
    notebook = v4.new_notebook(
        metadata={
            "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
            "language_info": {"name": "python"},
        }
    )
    notebook.cells = [
        v4.new_markdown_cell("# A tiny assignment", id="title"),
        _cell("setup", _SETUP),
        _cell("average", _AVERAGE, solution=True),
        _cell("test-average", _TEST_AVERAGE, points=POINTS["test-average"]),
        _cell("step", _STEP, solution=True),
        _cell("test-step", _TEST_STEP, points=POINTS["test-step"]),
        _cell("explain", _EXPLAIN, solution=True, points=3.0, code=False),
    ]
    folder = course / "source" / TINY
    folder.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, folder / f"{TINY}.ipynb")


def make_course(folder: Path, settings: str = "") -> Path:
    """Make a course with the tiny assignment, released, and the settings of this project's own.

    Parameters
    ----------
    folder
        Where it is made, in ``course``, and what it is made from.
    settings
        Is added to the course's nbgrader_config.py.
    """
    sources = folder / "sources"
    write_tiny(sources)
    shipped = Path(__file__).parents[1] / "notebooks" / "assignments" / "nbgrader_config.py"
    (sources / shipped.name).write_text(f"{shipped.read_text()}\n{settings}\n")
    course = classroom.new_course(folder / "course", sources, seed=7).root
    classroom.release(course, TINY)
    return course


# Settings with which cells run in the process of the test: fast, and for honest code alone.
IN_THIS_PROCESS = """
from classroom_submissions import RunHere
from rmsprop_course.classroom._execute import ExecuteInSandbox

c.Autograde.autograde_preprocessors = [
    RunHere if step is ExecuteInSandbox else step for step in c.Autograde.autograde_preprocessors
]
"""


class RunHere(NbGraderPreprocessor):
    """Stands in for the step of nbgrader that runs a submission in a kernel."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Run all cells, and put errors where a kernel would put them."""
        names: dict[str, Any] = {}
        for cell in nb.cells:
            if cell.cell_type != "code":
                continue
            try:
                exec(compile(cell.source, "<cell>", "exec"), names)
            except Exception as error:  # noqa: BLE001 - as a kernel does
                name = type(error).__name__
                output = v4.new_output("error", ename=name, evalue=str(error), traceback=[])
                cell.outputs = [output]
        return nb, resources


def _cell(
    name: str,
    source: str,
    *,
    solution: bool = False,
    points: float | None = None,
    code: bool = True,
) -> NotebookNode:
    settings = {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
        "cell_type": "code" if code else "markdown",
    }
    if points is not None:
        settings["points"] = points
    new = v4.new_code_cell if code else v4.new_markdown_cell
    return new(source, id=name, metadata={"nbgrader": settings})


def released(course: Path, assignment: str = TINY) -> NotebookNode:
    """Return the notebook that students got."""
    path = course / "release" / assignment / f"{assignment}.ipynb"
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def grade_id(cell: NotebookNode) -> str:
    """Return how nbgrader knows a cell, or ""."""
    settings = cell.metadata.get("nbgrader", {})
    return str(settings.get("grade_id", "")) if isinstance(settings, dict) else ""


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    """Return the first cell that nbgrader knows by a name."""
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def answered(notebook: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    """Return a copy with answers put in: the text of cells by the name that nbgrader gave them."""
    notebook = copy.deepcopy(notebook)
    for name, answer in answers.items():
        cell_of(notebook, name).source = answer
    return notebook


def with_cells(notebook: NotebookNode, *, first: str = "", last: str = "") -> NotebookNode:
    """Return a copy with cells of the student's own: after the setup, and at the end."""
    notebook = copy.deepcopy(notebook)
    if first:
        notebook.cells.insert(2, v4.new_code_cell(first))
    if last:
        notebook.cells.append(v4.new_code_cell(last))
    return notebook


def folder_of(course: Path, student: str, assignment: str = TINY) -> Path:
    """Return where a student's submission lies, made if it is not there."""
    folder = course / "submitted" / student / assignment
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def put(course: Path, student: str, notebook: NotebookNode, assignment: str = TINY) -> Path:
    """Submit a notebook, and return its path."""
    path = folder_of(course, student, assignment) / f"{assignment}.ipynb"
    path.write_text(json.dumps(notebook, indent=1))  # as it is: nbformat mends what it writes
    return path


_OF_GRADING = {"autograded", "grading", "gradebook.db", ".grading.lock"}


def snapshot(folder: Path) -> dict[str, str]:
    """Return what the files of a folder hold, but for those of a course that grading writes."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if name.parts[0] in _OF_GRADING:
            continue
        if path.is_symlink():
            found[ascii(name)] = f"link to {os.readlink(path)}"
        elif path.is_file():
            found[ascii(name)] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[ascii(name)] = oct(path.stat().st_mode)
    return found


def explained() -> list[str]:
    """Return the phrases of reasons that the instructor guide explains."""
    guide = (Path(__file__).parents[1] / "book" / "instructors.md").read_text()
    section = guide.partition('## What "needs a look" means')[2].partition("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("| `")]
    return [phrase for row in rows for phrase in re.findall("`([^`]+)`", row.split(" | ")[0])]


class Predicted(NamedTuple):
    """A generated submission: of which kind it is, and the points that tests will give it."""

    kind: str
    score: float | None  # None: those of a hostile one, which a person has to look at
    put: Callable[[Path, str], object]


_KINDS = {  # and how many of each among twenty
    "right": 5,
    "wrong": 3,
    "partly": 4,
    "mixed": 4,
    "untouched": 1,
    "late": 2,
    "hostile": 1,
}


def generated(number: int, seed: int) -> dict[str, Predicted]:
    """Return submissions of the tiny assignment, by student, as a class might hand them in.

    About a quarter is right throughout, in loops or vectors, in place or not; others are wrong in
    a known way, answered in part, left as released, late or hostile. Equal seeds make equal ones.
    """
    rng = random.Random(seed)
    drawn = rng.choices(list(_KINDS), weights=list(_KINDS.values()), k=number)
    return {f"student-{n:03d}": _generated(kind, rng) for n, kind in enumerate(drawn)}


def _generated(kind: str, rng: random.Random) -> Predicted:
    if kind == "hostile":
        code = rng.choice(("import os; os._exit(0)", "import ctypes; ctypes.string_at(0)"))
        return Predicted(kind, None, _submits({**RIGHT, "average": code}))
    is_right = dict.fromkeys(("average", "step"), kind in ("right", "late"))
    if kind == "mixed":
        is_right[rng.choice(("average", "step"))] = True
    answers = {name: _answer(name, rng, right=right) for name, right in is_right.items()}
    if kind == "partly":
        is_right = dict.fromkeys(is_right, False)
        kept = rng.choice(("average", "step"))
        is_right[kept] = True
        answers = {kept: _answer(kept, rng, right=True)}
    if kind == "untouched":
        answers = {}
    if kind not in ("untouched", "partly"):
        answers["explain"] = RIGHT["explain"]
    score = sum(POINTS[f"test-{name}"] for name, right in is_right.items() if right)
    return Predicted(kind, score, _submits(answers, late=kind == "late"))


def _answer(name: str, rng: random.Random, *, right: bool) -> str:
    if right:
        return rng.choice((RIGHT[name], *_OTHER_RIGHT[name]))
    return rng.choice((WRONG[name], *_OTHER_WRONG[name]))


def _submits(answers: Mapping[str, str], *, late: bool = False) -> Callable[[Path, str], object]:
    def submit(course: Path, student: str) -> None:
        path = put(course, student, answered(released(course), answers))
        time = "2031-05-03 12:00:00 UTC" if late else "2031-04-30 12:00:00 UTC"
        path.with_name("timestamp.txt").write_text(time)

    return submit
