"""Execute the lessons and the assignments, and keep them in one form.

``python tools/notebooks.py build [--refresh] [NAMES…]`` runs notebooks and writes what they show;
``python tools/notebooks.py check [NAMES…]`` reports, line by line, what breaks a rule.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from lessons import form, rules
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

ROOT = Path(__file__).resolve().parents[1]
CELL_TIMEOUT = 300  # seconds, as for nbval in pyproject.toml


class NoSuchNotebookError(Exception):
    """A name that fits no lesson and no assignment."""


class BuildError(Exception):
    """A notebook did not run, or showed what it must not store."""


def lesson_paths() -> list[Path]:
    """The lessons of the course, in order."""
    return sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))


def assignment_paths() -> list[Path]:
    """The assignments, with their solutions and hidden tests, in order."""
    return sorted((ROOT / "notebooks" / "assignments" / "source").glob("*/[0-9]*.ipynb"))


def select(names: list[str]) -> list[Path]:
    """Notebooks that are named by a path, a file name or its beginning; all if there is no name.

    An assignment is named as if it lay in a folder ``assignments``: ``assignments/2`` is the
    second one, ``assignments`` are all.

    Raises
    ------
    NoSuchNotebookError
        If a name fits no notebook, or there is none.
    """
    known = {path.name: path for path in lesson_paths()}
    known |= {f"assignments/{path.name}": path for path in assignment_paths()}
    found = []
    for name in names or [""]:
        fits = [path for known_as, path in known.items() if known_as.startswith(name)]
        if name and Path(name).is_file():
            fits = [Path(name)]
        if not fits:
            raise NoSuchNotebookError(f"no lesson or assignment in notebooks/ begins with {name!r}")
        found += fits
    return list(dict.fromkeys(found))


def build(path: Path, *, refresh: bool = False) -> bool:
    """Execute one notebook and write its canonical form; False if not a byte changed.

    Parameters
    ----------
    path
        The notebook, executed or not.
    refresh
        Whether cells tagged `nbval-ignore-output` get new outputs too. Otherwise they keep those
        that are stored for the source they have now.

    Raises
    ------
    BuildError
        If a cell fails or shows what must not be stored. The file is then left as it is.
    """
    stored = form.canonical(form.load(path).notebook)
    fresh = form.canonical(execute(stored, path))
    _keep_outputs(stored, fresh, refresh=refresh)
    notebook = form.canonical(fresh)
    found = rules.problems(form.Lesson(path.name, "", notebook), rules.RUN_RULES)
    if found:
        raise BuildError("\n".join(map(str, found)))
    return form.write(notebook, path)


def execute(notebook: NotebookNode, path: Path) -> NotebookNode:
    """Run all cells in the notebook's folder with a fresh kernel of this interpreter.

    Raises
    ------
    BuildError
        If a cell fails, takes too long or ends the kernel; it names notebook, cell and error.
    """
    position = 0

    def remember(cell: NotebookNode, cell_index: int) -> None:
        nonlocal position
        position = cell_index

    result = form.canonical(notebook)
    client = NotebookClient(
        result,
        kernel_name="python3",
        config=Config({"KernelManager": {"transport_encryption": "auto"}}),
        timeout=CELL_TIMEOUT,
        record_timing=False,
        store_widget_state=False,
        coalesce_streams=True,
        resources={"metadata": {"path": str(path.parent.resolve())}},
        on_cell_start=remember,
    )
    try:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as progress:
            client.execute(env=_kernel_environment(Path(progress)))
    except (CellExecutionError, CellTimeoutError, DeadKernelError) as error:
        where = rules.place(form.Lesson(path.name, "", result), position)
        raise BuildError(f"{path.name}: {where}{_message(error)}") from error
    return result


def warm_font_cache() -> None:
    """Let matplotlib find the fonts now: the first import of all says on stderr that it does."""
    subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; 0 if all is well."""
    parser = argparse.ArgumentParser(description="Execute the notebooks and keep them in one form.")
    commands = parser.add_subparsers(dest="command", required=True)
    builder = commands.add_parser("build", help="execute notebooks and write their canonical form")
    builder.add_argument("names", nargs="*", help="file names or how they begin (all)")
    builder.add_argument(
        "--refresh", action="store_true", help=f"renew the outputs tagged {form.IGNORED_TAG} too"
    )
    checker = commands.add_parser("check", help="report each deviation from form and rules")
    checker.add_argument("names", nargs="*", help="file names or how they begin (all)")
    options = parser.parse_args(arguments)
    try:
        paths = select(options.names)
        if options.command == "check":
            return _check(paths)
        return _build(paths, refresh=options.refresh)
    except (NoSuchNotebookError, form.NotANotebookError) as error:
        print(error, file=sys.stderr)
        return 2


def _check(paths: list[Path]) -> int:
    found = [problem for path in paths for problem in rules.problems(form.load(path))]
    for problem in found:
        print(problem)
    return 1 if found else 0


def _build(paths: list[Path], *, refresh: bool) -> int:
    warm_font_cache()
    failed = 0
    for path in paths:
        print(f"{path.name}: running …", flush=True)
        start = time.perf_counter()
        try:
            outcome = "written" if build(path, refresh=refresh) else "unchanged"
        except BuildError as error:
            failed += 1
            outcome = "failed, nothing written"
            print(error, file=sys.stderr)
        print(f"{path.name}: {outcome} ({time.perf_counter() - start:.1f} s)", flush=True)
    return 1 if failed else 0


def _keep_outputs(stored: NotebookNode, fresh: NotebookNode, *, refresh: bool) -> None:
    """Give cells whose output may vary the stored one, and note which source it belongs to."""
    for before, cell in zip(stored.cells, fresh.cells, strict=True):
        if form.IGNORED_TAG not in form.tags(cell):
            continue
        source = form.fingerprint(cell.source)
        same = before.metadata.get(form.SOURCE_OF_OUTPUT) == source
        if before.outputs and same and not refresh:
            cell.outputs = before.outputs
        cell.metadata[form.SOURCE_OF_OUTPUT] = source


def _kernel_environment(progress: Path) -> dict[str, Any]:
    """Environment of a kernel, with a folder in which nothing was passed yet.

    A backend that the user chose would draw no inline figure.
    """
    own = {"PYDEVD_DISABLE_FILE_VALIDATION": "1", "RMSPROP_COURSE_PROGRESS": str(progress)}
    return {**{k: v for k, v in os.environ.items() if k != "MPLBACKEND"}, **own}


def _message(error: Exception) -> str:
    """Kind and text of an error, and the traceback of the cell without its colors."""
    if not isinstance(error, CellExecutionError):
        return f"{type(error).__name__}: {error}"
    traceback = re.sub(r"\x1b\[[0-9;]*m", "", error.traceback)
    return f"{error.ename}: {error.evalue}\n{traceback}"


if __name__ == "__main__":
    sys.exit(main())
