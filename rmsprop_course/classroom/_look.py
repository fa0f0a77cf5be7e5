"""The files of a submission, looked at before anything of them is read by others or runs."""

import hashlib
import os
import stat
import warnings
from pathlib import Path

from rmsprop_course._extras import extra

with extra("classroom"):
    import nbformat
    from nbgrader.utils import parse_utc

_LARGEST = 10 * 2**20  # bytes of a whole submission
_MOST_CELLS = 1000
_MALFORMED = (AssertionError, AttributeError, LookupError, TypeError, ValueError)
_LONGEST_TIME = 100  # bytes


def problem(folder: Path, notebooks: list[str]) -> str:
    """Say why a submission cannot be graded.

    Parameters
    ----------
    folder : Path
        The folder that a student submitted.
    notebooks : list of str
        File names of the assignment's notebooks.

    Returns
    -------
    str
        One reason, "" if there is none. No file is opened that is no regular one.
    """
    if folder.is_symlink() or folder.parent.is_symlink() or not folder.is_dir():
        return "its folder is a link, or no folder"
    total = 0
    for path in sorted(folder.rglob("*")):
        kind = path.lstat().st_mode
        if not (stat.S_ISREG(kind) or stat.S_ISDIR(kind)):
            return f"{path.name} is a {_kind(kind)}, not a file"
        total += path.lstat().st_size
    if total > _LARGEST:
        size, largest = (number / 2**20 for number in (total, _LARGEST))
        return f"its files have {size:.1f} MiB, more than {largest:.0f}: are there large outputs?"
    reasons = [_of_notebook(folder, name) for name in notebooks]
    return next(filter(None, [*reasons, _of_time(folder / "timestamp.txt")]), "")


def fingerprint(folder: Path) -> str:
    """Return what changes when any file of a folder does; folders and odd files count by name."""
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        status = path.lstat()
        digest.update(f"{path.relative_to(folder)}\0{status.st_mode}\0".encode(errors="replace"))
        if stat.S_ISREG(status.st_mode):
            digest.update(f"{status.st_size}\0".encode())
            if status.st_size <= _LARGEST and os.access(path, os.R_OK):
                digest.update(path.read_bytes())
        elif stat.S_ISLNK(status.st_mode):
            digest.update(os.fsencode(os.readlink(path)))
    return digest.hexdigest()


def _of_notebook(folder: Path, name: str) -> str:
    path = folder / name
    if not path.is_file():
        others = sorted(other.name for other in folder.glob("*.ipynb"))
        found = f"there is {', '.join(others)}" if others else "there is no notebook"
        return f"{name} is missing; {found}"
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        return f"{name} cannot be read: {_line(error)}"
    if not text.strip():
        return f"{name} is empty"
    try:
        with warnings.catch_warnings(action="ignore"):  # such as about ids, which do not matter
            notebook = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook, relax_add_props=True)
    except nbformat.reader.NotJSONError:
        return f"{name} is no notebook: it is not JSON"
    except RecursionError:
        return f"{name} is no notebook: it is nested too deep"
    except (nbformat.ValidationError, *_MALFORMED) as error:
        return f"{name} is no notebook: {_line(error)}"
    if len(notebook.cells) > _MOST_CELLS:
        return f"{name} has {len(notebook.cells)} cells, more than {_MOST_CELLS}"
    return ""


def _of_time(path: Path) -> str:
    """Say what is wrong with the time of submission that nbgrader wrote, if it wrote one."""
    if not path.exists():
        return ""
    try:
        with path.open("rb") as file:
            content = file.read(_LONGEST_TIME + 1)
        text = content.decode().strip()
        if len(content) <= _LONGEST_TIME and (not text or parse_utc(text)):
            return ""
    except (OSError, ValueError, OverflowError):
        pass
    return f"{path.name} must hold a time such as 2030-01-31 12:00:00 UTC"


def _line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:200]


def _kind(mode: int) -> str:
    if stat.S_ISLNK(mode):
        return "link"
    return "pipe" if stat.S_ISFIFO(mode) else "special file"
