"""The kernel of a submission: started in the sandbox, watched, and ended when it takes too much."""

import contextlib
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.classroom import _sandbox

with extra("classroom"):
    import psutil
    from jupyter_client.manager import AsyncKernelManager

_LIMITED = str(Path(__file__).with_name("_limited.py"))
_FILE_BYTES = 64 * 2**20  # the largest file that a submission may write
_GRACE = 60.0  # seconds after which a kernel ends that nobody watches
_PREFIX = "rmsprop-kernel-"  # of the folders of kernels
_OLD = 24 * 60 * 60  # seconds after which nobody needs such a folder
_PERIOD = 0.1  # seconds between two looks at a kernel
_SPARE = 256 * 2**20  # bytes of memory that the machine keeps
_N_SHARED = 30  # files in the folder of sockets; a kernel needs seven
_SHARED_BYTES = 2**20  # in all of them; a kernel needs few hundred
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class Limits(NamedTuple):
    """What one submission may use: bytes, seconds, seconds, and a number of processes."""

    memory: int
    cpu: int
    wall: float
    processes: int


def sweep() -> None:
    """Remove what kernels left whose graders were killed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - folder.lstat().st_mtime > _OLD:
                shutil.rmtree(folder)


class WatchedKernelManager(AsyncKernelManager):
    """Starts a kernel in the sandbox, or without one, and ends it at its limits.

    Attributes
    ----------
    files : mapping of str to Path
        What lies in the kernel's folder.
    limits : Limits
        What it may use.
    sandboxed : bool
        Whether it runs in a sandbox. If not, only the limits hold.
    ended : str
        Why it was ended, "" if it was not.
    """

    def __init__(
        self, *, files: Mapping[str, Path], limits: Limits, sandboxed: bool, **settings: Any
    ) -> None:
        super().__init__(**settings)
        self.files, self.limits, self.sandboxed = files, limits, sandboxed
        self.ended = ""
        self._watch: _Watch | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        (self._folder / "io").mkdir()
        if sandboxed:
            self.transport = "ipc"
        self.connection_file = str(self._folder / "io" / "kernel.json")

    async def _async_start_kernel(self, **settings: Any) -> None:
        if self.sandboxed:  # the sandbox's own environment can be read from inside it
            settings["env"] = _environment()
        else:
            settings["cwd"] = str(self._own_folder())
            settings["env"] = {**os.environ, **_environment()}
        settings |= {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if self.kernel_spec is not None:
            self.kernel_spec.interrupt_mode = "message"  # a signal would reach the sandbox only
        await super()._async_start_kernel(**settings)
        self._process = getattr(self.provisioner, "process", None)
        if self._process is not None:
            self._watch = _Watch(self, self._process.pid, self._folder / "io")
            self._watch.start()

    start_kernel = _async_start_kernel

    def format_kernel_cmd(self, extra_arguments: list[str] | None = None) -> list[str]:
        """Return the kernel's command, inside the sandbox and its limits."""
        command = super().format_kernel_cmd(extra_arguments)
        if self.sandboxed:
            # If the grader is killed in the moment in which the sandbox starts, nothing ends it.
            if timeout := shutil.which("timeout"):
                command = [timeout, "--signal=KILL", f"{self.limits.wall + _GRACE:.0f}", *command]
            command = _sandbox.wrap(
                command,
                files=self.files,
                shared=self._folder / "io",
                environment=_environment(),
            )
        if sys.platform == "win32":  # which has no such limits; the watch holds there too
            return command
        limits = (self.limits.memory, _FILE_BYTES, self.limits.cpu)
        return [sys.executable, "-IS", _LIMITED, *map(str, limits), *command]

    def end(self, reason: str) -> None:
        """Kill the kernel and all that it started; `ended` says why."""
        if self._watch is not None:
            self._watch.kill(reason)

    @property
    def status(self) -> int | None:
        """Exit status of the process, None while it runs."""
        return self._process.poll() if self._process is not None else None

    async def _async_cleanup_resources(self, restart: bool = False) -> None:
        if self._watch is not None:
            self._watch.stop()
        await super()._async_cleanup_resources(restart=restart)
        shutil.rmtree(self._folder, ignore_errors=True)

    cleanup_resources = _async_cleanup_resources

    def _own_folder(self) -> Path:
        """Return a folder with copies of the files, for a kernel that has no sandbox."""
        own = self._folder / "work"
        for name, path in self.files.items():
            (own / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, own / name)
        own.mkdir(exist_ok=True)
        return own


class _Watch(threading.Thread):
    """Looks at a kernel's processes until it is told to stop, and ends them at a limit."""

    def __init__(self, kernel: WatchedKernelManager, pid: int, shared: Path) -> None:
        super().__init__(daemon=True)
        self._kernel, self._shared = kernel, shared
        self._root = psutil.Process(pid)
        self._is_over = threading.Event()
        self._begin = time.monotonic()

    def stop(self) -> None:
        """Look no more."""
        self._is_over.set()
        self.join()

    def run(self) -> None:
        while not self._is_over.wait(_PERIOD):
            processes = self._processes()
            reason = self._reason(processes)
            if reason:
                self.kill(reason)
                return

    def kill(self, reason: str) -> None:
        """End all processes of the kernel."""
        self._kernel.ended = reason
        for process in self._processes():
            with contextlib.suppress(psutil.Error):
                process.kill()

    def _processes(self) -> list[Any]:
        try:
            return [self._root, *self._root.children(recursive=True)]
        except psutil.Error:  # it has ended
            return []

    def _reason(self, processes: list[Any]) -> str:
        """Say which limit is passed, "" if none is."""
        limits = self._kernel.limits
        if time.monotonic() - self._begin > limits.wall:
            return f"it ran longer than {limits.wall:g} seconds"
        if len(processes) > limits.processes:
            return f"it started more than {limits.processes} processes"
        if _resident(processes) > limits.memory:
            return f"it used more than {limits.memory / 2**20:.0f} MiB of memory"
        if psutil.virtual_memory().available < _SPARE:  # as what no process holds can use it up
            return "the machine ran out of memory while it ran"
        if _is_misused(self._shared):
            return "it wrote into the folder of the kernel's sockets"
        return ""


def _resident(processes: list[Any]) -> int:
    """Return the bytes of memory that processes hold."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def _is_misused(shared: Path) -> bool:
    """Tell whether there is more in the folder of the sockets than a kernel puts there."""
    with os.scandir(shared) as entries:
        found = list(itertools.islice(entries, _N_SHARED + 1))
    if len(found) > _N_SHARED or any(entry.is_dir(follow_symlinks=False) for entry in found):
        return True
    size = 0
    for entry in found:
        with contextlib.suppress(OSError):
            size += entry.stat(follow_symlinks=False).st_size
    return size > _SHARED_BYTES


def _environment() -> dict[str, str]:
    """Return the variables of a submission's kernel."""
    return {
        "IPYTHONDIR": "/tmp/home/ipython",
        "LANG": "C.UTF-8",
        "MPLBACKEND": "agg",
        "MPLCONFIGDIR": "/tmp/home/matplotlib",
        "NBGRADER_EXECUTION": "autograde",
        "PYTHONDONTWRITEBYTECODE": "1",
        "RMSPROP_COURSE_PROGRESS": "off",
        **dict.fromkeys(_THREADS, "2"),
    }
