"""The sandbox in which a submission's kernel runs: bubblewrap, and what it may see there.

A program inside sees the operating system, this Python and its packages, all read-only; a folder
of its own, which is kept in memory and gone afterwards; no network, no other process, no file of
the course or of the user. Whether bubblewrap works on a machine is known only after a trial.
"""

import os
import shutil
import site
import subprocess
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
_SETTINGS = ("alternatives", "fonts", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime")
_KERNEL = ("bus", "irq", "sys", "sysrq-trigger")  # of /proc: to root, they are the machine's
_TRIAL_SECONDS = 20.0
_TMP_BYTES = 256 * 2**20  # what a program may keep in /tmp
_SHM_BYTES = 64 * 2**20  # and in shared memory
_WORK = "/tmp/own"  # where it runs


class NoSandboxError(RuntimeError):
    """No sandbox can be used on this machine; the message says why, and what to do."""


@cache
def trial() -> str:
    """Start Python once in a sandbox as submissions are.

    Returns
    -------
    str
        "" if that worked, and else the reason in one line.
    """
    program = shutil.which("bwrap")
    if program is None:
        return "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap; Linux only)"
    inside = [sys.executable, "-c", "import encodings, numpy, ipykernel; print('ready')"]
    try:
        done = subprocess.run(
            wrap(inside), capture_output=True, text=True, timeout=_TRIAL_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"bubblewrap does not work on this machine: {error}"
    if done.stdout.strip() == "ready":
        return ""
    said = done.stderr.strip().splitlines() or [f"it ended with status {done.returncode}"]
    return f"bubblewrap does not work on this machine: {said[-1]}"


def wrap(
    command: Sequence[str],
    *,
    files: Mapping[str, Path] | None = None,
    shared: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[str]:
    """Return a command that runs another one in a sandbox.

    Parameters
    ----------
    command : sequence of str
        Program, by its whole path, and arguments.
    files : mapping of str to Path, optional
        What lies in its folder, by name, read-only.
    shared : Path, optional
        A folder that both sides see by the same name and may change.
    environment : mapping of str to str, optional
        All variables that it sees, besides a few that are the same for all.

    Returns
    -------
    list of str
    """
    home = "/tmp/home"
    variables = {"HOME": home, "PATH": os.defpath, "TMPDIR": "/tmp", **(environment or {})}
    return [
        shutil.which("bwrap") or "bwrap",
        *("--unshare-all", "--die-with-parent", "--new-session", "--cap-drop", "ALL"),
        *_flat(("--ro-bind-try", path, path) for path in _SYSTEM),
        *_flat(("--ro-bind-try", f"/etc/{name}", f"/etc/{name}") for name in _SETTINGS),
        *("--proc", "/proc", "--dev", "/dev"),
        *("--perms", "1777", "--size", str(_SHM_BYTES), "--tmpfs", "/dev/shm"),
        *_flat(("--ro-bind-try", f"/proc/{name}", f"/proc/{name}") for name in _KERNEL),
        *("--size", str(_TMP_BYTES), "--tmpfs", "/tmp", "--dir", home, "--dir", _WORK),
        *_flat(("--ro-bind", str(path), str(path)) for path in _python_folders()),
        *_flat(("--tmpfs", str(path), "--remount-ro", str(path)) for path in _solutions()),
        *_flat(("--ro-bind", str(at), f"{_WORK}/{name}") for name, at in (files or {}).items()),
        *(("--bind", str(shared), str(shared)) if shared else ()),
        *("--remount-ro", "/dev", "--remount-ro", "/"),  # else both are memory without a limit
        *("--chdir", _WORK),
        "--clearenv",
        *_flat(("--setenv", name, text) for name, text in variables.items()),
        "--",
        *command,
    ]


def _flat(groups: Iterable[tuple[str, ...]]) -> Iterator[str]:
    for group in groups:
        yield from group


def _solutions() -> list[Path]:
    """Return the folders inside the package that hold the assignments' solutions."""
    return [path for path in (_PACKAGE / "assignments",) if path.is_dir()]


def _python_folders() -> list[Path]:
    """Return the folders of this Python, its packages and this one, none inside another.

    Of a source tree, the package alone is seen: beside it lie the solutions of the assignments.
    """
    # Links are kept as well as what they lead to: Python looks itself up by the name it was given.
    named = [sys.prefix, sys.base_prefix, sysconfig.get_path("stdlib"), *site.getsitepackages()]
    folders = {Path(name) for name in named} | {Path(name).resolve() for name in named}
    folders |= {Path(sys.executable).resolve().parents[1], _PACKAGE}
    folders = {path for path in folders if path.is_dir() and path != Path("/")}
    inside = {path for path in folders if folders.intersection(path.parents)}
    system = {path for path in folders if str(path).startswith(tuple(f"{p}/" for p in _SYSTEM))}
    return sorted(folders - inside - system - {Path(path) for path in _SYSTEM})
