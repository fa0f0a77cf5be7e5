"""Steps that nbgrader takes with a submission besides its own, and how they are configured."""

import copy
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.classroom import _notes
from rmsprop_course.classroom._execute import ExecuteInSandbox
from rmsprop_course.classroom._feedback import configure_feedback
from rmsprop_course.classroom._suspicions import suspicions

with extra("classroom"):
    from nbformat import NotebookNode, v4
    from nbgrader import preprocessors as nbgrader
    from nbgrader.api import Gradebook, Notebook
    from nbgrader.nbgraderformat import SCHEMA_VERSION
    from nbgrader.utils import is_grade, is_locked, is_solution
    from traitlets import Dict
    from traitlets.config import Config


def configure(config: Config) -> None:
    """Set the steps of nbgrader's autograde and feedback, in nbgrader's own configuration.

    Parameters
    ----------
    config : Config
        Is changed in place; limits and other settings of a course are left to its own file.
    """
    config.Autograde.sanitize_preprocessors = [
        RestoreCells,
        nbgrader.ClearOutput,
        nbgrader.OverwriteKernelspec,
        nbgrader.OverwriteCells,
        nbgrader.CheckCellMetadata,
    ]
    config.Autograde.autograde_preprocessors = [
        ExecuteInSandbox,
        nbgrader.IgnorePattern,
        nbgrader.LimitOutput,
        nbgrader.SaveAutoGrades,
        MarkForALook,
        nbgrader.AssignLatePenalties,
        nbgrader.CheckCellMetadata,
    ]
    configure_feedback(config)


class RestoreCells(nbgrader.NbGraderPreprocessor):  # type: ignore[misc] # has no types
    """Give every cell of the assignment back what the release gave it, but for the answers.

    A submission may lack cells, hold them twice, under another type or with other metadata. What
    counts of it is the text of its answers and its own further cells. Twice in it, an answer
    counts where it stands last, and a test once.
    """

    forbidden = Dict(
        {}, help="By assignment, what its solutions may not use, such as torch.optim.RMSprop."
    ).tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Rebuild the list of cells."""
        of = resources["nbgrader"]
        nb.metadata = NotebookNode(kernelspec={"name": "python3", "display_name": "Python 3"})
        with Gradebook(of["db_url"]) as gradebook:
            notebook = gradebook.find_notebook(of["notebook"], of["assignment"])
            known = _known_cells(notebook)
        repeated = _repeated(nb.cells, known)
        cells = _restored(nb.cells, known)
        nb.cells, missing = _completed(cells, known)
        for name in repeated:
            _notes.remark(nb, f"the cell {name} stood in it more than once")
        for name in missing:
            add = _notes.needs_look if is_solution(known[name]) else _notes.remark
            add(nb, f"the cell {name} was missing from it")
        sources = [cell.source for cell in nb.cells if _is_of_the_student(cell)]
        locked = [cell.source for cell in known.values() if is_locked(cell)]
        for reason in suspicions(sources, self.forbidden.get(of["assignment"], ()), locked):
            _notes.needs_look(nb, reason)
        return nb, resources


class MarkForALook(nbgrader.NbGraderPreprocessor):  # type: ignore[misc] # has no types
    """Let a person confirm the points of a submission that needs a look; hold back what is void."""

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Change the entries of the gradebook."""
        of = resources["nbgrader"]
        notes = _notes.read(nb)
        if notes.needs_look:
            with Gradebook(of["db_url"]) as gradebook:
                for cell in filter(_is_automatic, nb.cells):
                    grade = gradebook.find_grade(
                        cell.metadata.nbgrader["grade_id"],
                        of["notebook"],
                        of["assignment"],
                        of["student"],
                    )
                    grade.needs_manual_grade = True
                    grade.auto_score = None if notes.held_back else grade.auto_score
                gradebook.db.commit()
        return nb, resources


def _known_cells(notebook: Notebook) -> dict[str, NotebookNode]:
    """Return the assignment's cells as they were released, by id, in their order."""
    points = {cell.name: cell.max_score for cell in [*notebook.grade_cells, *notebook.task_cells]}
    graded = {cell.name for cell in notebook.grade_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    tasks = {cell.name for cell in notebook.task_cells}
    known = {}
    for source in notebook.source_cells:
        name = source.name
        settings = {
            "grade": name in graded,
            "grade_id": name,
            "locked": bool(source.locked),
            "schema_version": SCHEMA_VERSION,
            "solution": name in solutions,
            "task": name in tasks,
            "checksum": source.checksum,
            "cell_type": source.cell_type,
        }
        if name in points:
            settings["points"] = points[name]
        known[name] = _cell(source.cell_type, source.source, nbgrader=settings)
    return known


def _restored(cells: list[NotebookNode], known: dict[str, NotebookNode]) -> list[NotebookNode]:
    """Return the submission's cells: the assignment's as they should be, the others bare."""
    ids = [_id(cell) for cell in cells]
    restored = []
    for place, (cell, name) in enumerate(zip(cells, ids, strict=True)):
        if name not in known:
            restored.append(_bare(cell))
        elif name not in ids[place + 1 :]:
            counts = copy.deepcopy(known[name])
            if is_solution(counts):
                counts.source = cell.source
            restored.append(counts)
        elif is_solution(known[name]):
            restored.append(_bare(cell))
    return restored


def _completed(
    cells: list[NotebookNode], known: dict[str, NotebookNode]
) -> tuple[list[NotebookNode], list[str]]:
    """Add the cells that are missing, each before the next one that is there; return their ids."""
    there = [_id(cell) for cell in cells]
    order = list(known)
    missing = [name for name in order if name not in there]
    for name in missing:
        place = order.index(name)
        after = set(order[place + 1 :])
        at = next((i for i, other in enumerate(there) if other in after), len(cells))
        cells.insert(at, known[name])
        there.insert(at, name)
    return cells, missing


def _repeated(cells: list[NotebookNode], known: dict[str, NotebookNode]) -> list[str]:
    """Return the ids that stand in a submission more than once."""
    ids = [_id(cell) for cell in cells]
    return [name for name in known if ids.count(name) > 1]


def _bare(cell: NotebookNode) -> NotebookNode:
    """Return a cell without metadata, whose tags could keep a test from running."""
    return _cell(cell.cell_type, cell.source)


def _cell(cell_type: str, source: str, **metadata: Any) -> NotebookNode:
    cell: NotebookNode
    if cell_type == "code":
        cell = v4.new_code_cell(source, metadata=metadata)
    else:
        cell = v4.new_markdown_cell(source, metadata=metadata)
    return cell


def _id(cell: NotebookNode) -> str:
    settings = cell.metadata.get("nbgrader", {})
    name = settings.get("grade_id", "") if isinstance(settings, dict) else ""
    return name if isinstance(name, str) else ""


def _is_of_the_student(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and (not _id(cell) or is_solution(cell))


def _is_automatic(cell: NotebookNode) -> bool:
    """Tell whether a test gives the points of a cell."""
    return bool(is_grade(cell) and not is_solution(cell) and cell.cell_type == "code")
