"""How nbgrader runs a submission: in the sandbox, to the end whatever it does, and tested itself.

It takes the place of nbgrader's own step of the same kind. What goes wrong becomes an error in the
cells that did not run, and a note.
"""

from pathlib import Path
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.classroom import _canaries, _notes, _sandbox
from rmsprop_course.classroom._kernel import Limits, WatchedKernelManager

with extra("classroom"):
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from nbformat import NotebookNode, v4
    from nbgrader.preprocessors import Execute
    from nbgrader.utils import find_all_files, is_grade, is_solution
    from traitlets import Bool, Float, Integer

_STATUS_OF_CPU = (128 + 24, -24)  # after SIGXCPU, as the sandbox and as Python report it
_STATUS_OF_CRASH = (128 + 6, -6, 128 + 11, -11)  # after SIGABRT and SIGSEGV
_SHOWN = 20_000  # characters of one text that are kept
_SHOWS = {"stream", "display_data", "update_display_data", "execute_result", "error"}


class ExecuteInSandbox(Execute):  # type: ignore[misc] # nbgrader has no types
    """Run the cells of a submission in a kernel of its own, inside a sandbox and its limits."""

    unsafe = Bool(
        False, help="Run without a sandbox where there is none: submissions run as you."
    ).tag(config=True)
    memory = Integer(3 * 2**30, help="Bytes of memory that a submission may use.").tag(config=True)
    cpu = Integer(300, help="Seconds of processor time that a submission may use.").tag(config=True)
    wall = Float(180.0, help="Seconds that a submission may take.").tag(config=True)
    processes = Integer(64, help="Processes that a submission may have.").tag(config=True)
    max_output = Integer(
        2_000_000,
        help="Characters of output after which no more is kept; ten times as many end it.",
    ).tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: Any = None, km: Any = None
    ) -> tuple[NotebookNode, Any]:
        """Run all cells, and after each test those that must fail."""
        problem = _sandbox.trial()
        if problem and not self.unsafe:
            raise _sandbox.NoSandboxError(f"no sandbox: {problem}")
        self._sandboxed = not problem
        self._files = self._files_of(resources["nbgrader"]["assignment"])
        self._ended, self._n_shown = "", 0
        self._failed: dict[int, Any] = {}
        self.shutdown_kernel = "immediate"  # it has nothing to save
        nb, resources = super().preprocess(nb, resources, km)
        for index, cell in enumerate(nb.cells):
            _tidy(cell, self._failed.get(index))
        return nb, resources

    def create_kernel_manager(self) -> Any:
        """Return a manager of a kernel that knows its limits."""
        limits = Limits(self.memory, self.cpu, self.wall, self.processes)
        self.km = WatchedKernelManager(
            files=self._files,
            limits=limits,
            sandboxed=self._sandboxed,
            kernel_name="python3",
            config=self.config,
        )
        return self.km

    def preprocess_cell(self, cell: NotebookNode, resources: Any, index: int) -> tuple[Any, Any]:
        """Run one cell, or say in it why it did not run."""
        if not self._ended:
            try:
                done = super().preprocess_cell(cell, resources, index)
                if _is_test(cell):
                    self._run_canaries(cell, index)
                return done  # type: ignore[no-any-return]
            except CellTimeoutError:  # the cell took no notice of being interrupted
                self.km.end(f"a cell did not stop after {self.timeout} seconds")
            except DeadKernelError:
                pass
            self._ended = self._reason()
            _notes.needs_look(self.nb, self._ended)
        if cell.cell_type == "code":
            said = [f"NotRun: {self._ended}"]
            error = v4.new_output("error", ename="NotRun", evalue=self._ended, traceback=said)
            cell.outputs = [*cell.get("outputs", []), error]
        return cell, resources

    def process_message(self, msg: Any, cell: NotebookNode, cell_index: int) -> Any:
        """Take what the kernel shows, up to the limit; an error always."""
        if msg["msg_type"] in _SHOWS:
            self._n_shown += _length(msg["content"])
            if self._n_shown > 10 * self.max_output and not self.km.ended:
                self.km.end(
                    f"it printed more than {10 * self.max_output // 10**6} million characters"
                )
            if self._n_shown > self.max_output and msg["msg_type"] in _SHOWS - {"error"}:
                _notes.remark(self.nb, "part of its output was cut off")
                if msg["msg_type"] != "execute_result":  # which may be points
                    return None
        return super().process_message(msg, cell, cell_index)

    def on_cell_executed(self, **settings: Any) -> None:
        """Note a cell that took too long."""
        super().on_cell_executed(**settings)
        reply = settings["execute_reply"]["content"]
        if reply["status"] == "error":
            self._failed[settings["cell_index"]] = reply
        if reply.get("ename") == "CellTimeoutError":
            _notes.remark(self.nb, f"a cell was stopped after {self.timeout} seconds")
        if reply.get("ename") == "MemoryError":
            _notes.remark(self.nb, "a cell ran out of memory")

    def _run_canaries(self, cell: NotebookNode, index: int) -> None:
        """Run what must fail in a test's place, and hold the points back if it passes."""
        failed = self._failed.get(index)
        try:
            for source in _canaries.sources():
                canary = v4.new_code_cell(source)
                self.execute_cell(canary, index, store_history=False)
                if not _canaries.failed(canary):
                    _notes.hold_back(self.nb, _canaries.MESSAGE)
        finally:
            self.nb.cells[index] = cell  # where nbclient puts what it ran last
            self._failed[index] = failed

    def _reason(self) -> str:
        """Say why the kernel is no more."""
        if self.km.ended:
            return str(self.km.ended)
        if self.km.status in _STATUS_OF_CPU:
            return f"it used more than {self.cpu} seconds of processor time"
        if self.km.status in _STATUS_OF_CRASH:
            return "its code ended the Python process by a crash, as where memory runs out"
        return "its code ended the Python process, as os._exit does"

    def _files_of(self, assignment: str) -> dict[str, Path]:
        """Return the files that lie beside the notebook in the assignment's source."""
        course = self.parent.parent.coursedir
        folder = course.format_path(course.source_directory, ".", assignment)
        found = find_all_files(folder, [*course.ignore, "*.ipynb"])
        return {str(Path(path).relative_to(folder)): Path(path) for path in found}


def _length(content: Any) -> int:
    """Return about how many characters a message holds."""
    if isinstance(content, str):
        return len(content)
    if isinstance(content, dict):
        return sum(map(_length, content.values()))
    return sum(map(_length, content)) if isinstance(content, list) else 8


def _tidy(cell: NotebookNode, failed: Any) -> None:
    """Cut long texts, and let the outputs of a test cell mean what they should to nbgrader.

    nbgrader takes all of stderr for a failure, and the first number that a cell returns for its
    points, even if the cell fails after it. `failed` is how the kernel said that it failed, which
    outputs that come later can clear.
    """
    outputs = cell.get("outputs", [])
    _cut(outputs)
    if not _is_test(cell):
        return
    for output in outputs:
        if output.get("name") == "stderr":
            output.name = "stdout"
    errors = [output for output in outputs if output.output_type == "error"]
    if failed and not errors:
        what = {name: failed[name] for name in ("ename", "evalue", "traceback")}
        errors = [v4.new_output("error", **what)]
    points = float(cell.metadata.nbgrader["points"])
    others = [output for output in outputs if output.output_type != "error"]
    cell.outputs = errors + [output for output in others if errors or _is_fit(output, points)]
    if errors:
        cell.outputs = [out for out in cell.outputs if out.output_type != "execute_result"]


def _is_test(cell: NotebookNode) -> bool:
    """Tell whether a cell is a test that gives points."""
    return bool(is_grade(cell) and not is_solution(cell) and cell.cell_type == "code")


def _is_fit(output: NotebookNode, points: float) -> bool:
    """Tell whether an output is none that nbgrader reads, or a number of points that there are."""
    if output.output_type != "execute_result":
        return True
    try:
        return 0.0 <= float(output.data["text/plain"]) <= points
    except (KeyError, TypeError, ValueError):
        return False


def _cut(holder: Any) -> None:
    entries = holder.items() if isinstance(holder, dict) else enumerate(holder)
    for key, entry in list(entries):
        if isinstance(entry, str) and len(entry) > _SHOWN:
            holder[key] = entry[:_SHOWN] + "\n… cut off …"
        elif isinstance(entry, dict | list):
            _cut(entry)
