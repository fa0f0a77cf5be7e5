"""What a learner has passed, kept on this machine, and nothing else of the course.

`keep` notes that an exercise or a quiz was passed, `load` returns what was, `reset` forgets it.
None of them raises for what a machine does, so that a lesson goes on: they return a sentence
instead. Nothing stays open between two calls, and nothing leaves the machine.

Notes
-----
``RMSPROP_COURSE_PROGRESS`` is the whole path of a folder to use instead of the user's data folder;
``off`` means that nothing is read or written.
"""

# A folder, because that takes three things: `_file` reads, judges and writes one SQLite file,
# `_copies` keeps two of them equal and mends one by the other, and this module talks to the
# learner.

import errno
import os
import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.progress import _copies, _file

__all__ = ["VARIABLE", "Forgotten", "Kept", "is_off", "keep", "load", "reset"]

VARIABLE = "RMSPROP_COURSE_PROGRESS"
"""Environment variable that holds the whole path of another folder, or ``off``."""

_NEWER = (
    "Your progress was kept by a newer version of this course and stays as it is: "
    f"update rmsprop-course, or name another folder in {VARIABLE}."
)
_SQLITE_REASONS = {
    sqlite3.SQLITE_BUSY: "another program is using it",
    sqlite3.SQLITE_CANTOPEN: "its files cannot be opened",
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_IOERR: "the disk cannot be read or written",
    sqlite3.SQLITE_READONLY: "it is read-only",
}
_SYSTEM_REASONS = {
    errno.EACCES: "you may not read or change it",
    errno.EROFS: "it is read-only",
    errno.EDQUOT: "the disk is full",
    errno.ENOSPC: "the disk is full",
    errno.EPERM: "you may not read or change it",
}


class Kept(NamedTuple):
    """What `load` found.

    Attributes
    ----------
    passed : mapping of str to datetime
        When each item was passed first, in UTC.
    message : str
        What happened to the files and what it means, or "".
    """

    passed: Mapping[str, datetime]
    message: str


class Forgotten(NamedTuple):
    """What `reset` did.

    Attributes
    ----------
    put_aside : Path or None
        File with what was forgotten; None if nothing was.
    message : str
        Why nothing was forgotten, or what else happened, or "".
    """

    put_aside: Path | None
    message: str


def keep(item: str) -> str:
    """Note that an item was passed now; if it was passed before, its first date stays.

    Parameters
    ----------
    item : str
        Such as ``"exercise/rmsprop-step"`` or ``"quiz/02"``.

    Returns
    -------
    str
        What happened to the files and what it means, or "".

    Examples
    --------
    >>> keep("exercise/rmsprop-step")
    ''
    >>> "exercise/rmsprop-step" in load().passed
    True
    """
    now = datetime.now(UTC).replace(microsecond=0)
    folder, message = _folder()
    if folder is None:
        return message
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with _copies.locked(folder):
            outcome = _copies.update(folder, {item: now})
    except (sqlite3.Error, OSError) as error:
        return (
            f"What you passed just now could not be kept in {folder}: {_reason(error, folder)}; "
            "what you passed earlier is not changed, and the lesson goes on."
        )
    return _sentence(outcome, folder)


def load() -> Kept:
    """Return all that was passed, mending damaged files if there are any.

    Returns
    -------
    Kept
        What was passed, and what happened to the files.

    Examples
    --------
    >>> load().message
    ''
    """
    folder, message = _folder()
    if folder is None:
        return Kept({}, message)
    try:
        if not folder.is_dir():
            return Kept({}, "")
        with _copies.locked(folder):
            outcome = _copies.update(folder)
    except (sqlite3.Error, OSError) as error:
        passed, complete = _copies.peek(folder)
        if complete:
            return Kept(passed, "")
        return Kept(
            passed,
            f"Your progress in {folder} may be shown in part: {_reason(error, folder)}; "
            "its files are not changed, and the lesson goes on.",
        )
    return Kept(outcome.passed, _sentence(outcome, folder))


def reset() -> Forgotten:
    """Forget all that was passed, keeping the file under another name.

    Returns
    -------
    Forgotten
        Where the file is now. Given back its old name, ``progress.sqlite3``, it counts again, and
        so does what was passed since.
    """
    folder, message = _folder()
    if folder is None:
        return Forgotten(None, message)
    try:
        if not folder.is_dir():
            return Forgotten(None, "")
        with _copies.locked(folder):
            outcome = _copies.update(folder)
            put_aside = None if outcome.is_newer else _copies.forget(folder)
    except (sqlite3.Error, OSError) as error:
        return Forgotten(
            None, f"Your progress in {folder} stays as it is: {_reason(error, folder)}."
        )
    return Forgotten(put_aside, _sentence(outcome, folder))


def is_off() -> bool:
    """Tell whether the user wants nothing to be kept."""
    return _chosen().lower() == "off"


def _chosen() -> str:
    return os.environ.get(VARIABLE, "").strip()


def _folder() -> tuple[Path | None, str]:
    """Folder of the files; if there is none, why, or "" if the user wants none."""
    if is_off():
        return None, ""
    if chosen := _chosen():
        folder = Path(os.path.expanduser(chosen))
        if not folder.is_absolute():  # a notebook would keep it beside itself, a terminal elsewhere
            rule = f"{VARIABLE} must be off or a folder's whole path, got {chosen!r}"
            return None, f"Your progress is not kept: {rule}."
        return folder, ""
    try:
        with extra("course"):
            import platformdirs
    except ModuleNotFoundError as error:
        return None, f"Your progress is not kept: {error}"
    folder = platformdirs.user_data_path("rmsprop-course", appauthor=False)
    if not folder.is_absolute():  # such as ~/.local/share, where no home is known
        return None, f"Your progress is not kept: you have no home folder; name one in {VARIABLE}."
    return folder, ""


def _reason(error: sqlite3.Error | OSError, folder: Path) -> str:
    """Say in a learner's words why the machine refused."""
    if isinstance(error, OSError):
        return _SYSTEM_REASONS.get(error.errno or 0, error.strerror or str(error))
    if not os.access(folder, os.W_OK):  # of which SQLite may say that it cannot open a file
        return "it is read-only"
    return _SQLITE_REASONS.get(_file.code(error), str(error))


def _sentence(outcome: _copies.Outcome, folder: Path) -> str:
    """Say what happened to the files, or nothing if all was well."""
    if outcome.is_newer:
        return _NEWER
    if outcome.copy_failed is not None:
        return (
            f"Your progress is kept in {folder}, but its second copy could not be written: "
            f"{_reason(outcome.copy_failed, folder)}."
        )
    aside = f"kept in {folder} as {' and '.join(path.name for path in outcome.put_aside)}"
    match outcome.main, outcome.copy:
        case "damaged", "sound":
            return (
                "The file of your progress was damaged; all of it is restored from its second "
                f"copy, and the damaged file is {aside}."
            )
        case "absent", "sound":
            return "The file of your progress was missing; it is restored from its second copy."
        case ("damaged", _) | ("absent", "damaged"):
            return (
                "Your progress and its second copy were damaged or missing; it begins anew with "
                f"what could still be read ({outcome.n_saved} passed), and what was damaged is "
                f"{aside}."
            )
        case "sound", "damaged":
            return (
                "The second copy of your progress was damaged and is written anew; nothing is "
                f"lost, and the damaged copy is {aside}."
            )
    return ""
