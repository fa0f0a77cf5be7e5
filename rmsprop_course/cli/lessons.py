"""Copies the lessons to a learner's folder and brings them up to date without losing any work.

A small record in the folder remembers which version of each lesson was put there. It only saves
work: when it is missing or unreadable, every lesson that is not exactly as shipped counts as the
learner's own. Opening JupyterLab is not done here.
"""

import hashlib
import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

RECORD_NAME = ".rmsprop-course.json"
_RECORD_FORMAT = 1

Action = Literal["copied", "updated", "new", "fresh", "left alone"]


@dataclass(frozen=True)
class Event:
    """One thing that happened to a lesson.

    Parameters
    ----------
    action : {"copied", "updated", "new", "fresh", "left alone"}
        ``new`` and ``fresh`` put a copy beside the learner's file: ``new`` because a new
        version is shipped, ``fresh`` because the learner asked for it.
    lesson : str
        File name of the lesson, or of the folder's record.
    note : str
        Name of the copy beside it, or the reason why nothing was done.
    """

    action: Action
    lesson: str
    note: str = ""


_NEWER_COURSE = Event(
    "left alone", RECORD_NAME, "a newer course wrote it, so only absent lessons are copied"
)


@dataclass(frozen=True)
class _Record:
    """What was put into a folder: the digest of the shipped lesson, by file name."""

    delivered: Mapping[str, str] = field(default_factory=dict)
    offered: Mapping[str, str] = field(default_factory=dict)
    is_newer: bool = False


def copy_lessons(
    shipped: Mapping[str, bytes], folder: Path, *, version: str, reset: Collection[str] = ()
) -> list[Event]:
    """Bring the lessons in a folder up to date; never change what the learner wrote.

    Parameters
    ----------
    shipped : mapping of str to bytes
        Content of each lesson by file name.
    folder : Path
        The learner's folder; created if it is absent.
    version : str
        Version of the course, used in the names of copies that are put beside a lesson.
    reset : collection of str
        File names of the lessons that get a fresh copy beside the learner's.

    Returns
    -------
    list of Event
        What happened, in the order of the lessons; lessons that stayed as they were are absent.

    Raises
    ------
    OSError
        If the folder or a file cannot be read or written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    record = _read_record(folder)
    delivered, offered = dict(record.delivered), dict(record.offered)
    events = [_NEWER_COURSE] if record.is_newer else []
    for lesson, content in shipped.items():
        event = _bring_up_to_date(lesson, content, folder, record, version, lesson in reset)
        if event is not None:
            events.append(event)
        digest = _digest(content)
        if event is not None and event.action in ("new", "fresh"):
            offered[lesson] = digest
        elif _is_file_with(folder / lesson, digest):
            delivered[lesson] = digest
    if not record.is_newer and (delivered, offered) != (record.delivered, record.offered):
        _write_record(folder, _Record(delivered, offered), version)
    return events


def _bring_up_to_date(
    lesson: str, content: bytes, folder: Path, record: _Record, version: str, reset: bool
) -> Event | None:
    """Apply the rules to one lesson."""
    file = folder / lesson
    if not os.path.lexists(file):
        _write_atomically(file, content)
        return Event("copied", lesson)
    if not file.is_file():
        return Event("left alone", lesson, "it is not a file")
    digest = _digest(content)
    if _is_file_with(file, digest):
        return Event("left alone", lesson, "it is as shipped") if reset else None
    if reset:
        return _put_beside("fresh", lesson, content, folder, version)
    if record.is_newer or digest in (record.delivered.get(lesson), record.offered.get(lesson)):
        return None
    if _is_file_with(file, record.delivered.get(lesson)):
        _write_atomically(file, content)
        return Event("updated", lesson)
    first_offer = folder / _name_beside(lesson, f"new-{version}")
    if lesson not in record.offered and os.path.lexists(first_offer):
        return None
    return _put_beside("new", lesson, content, folder, version)


def _put_beside(
    action: Literal["new", "fresh"], lesson: str, content: bytes, folder: Path, version: str
) -> Event:
    """Write a lesson under the first free name that says what it is."""
    name, n_taken = _name_beside(lesson, f"{action}-{version}"), 1
    while os.path.lexists(folder / name):
        n_taken += 1
        name = _name_beside(lesson, f"{action}-{version}-{n_taken}")
    _write_atomically(folder / name, content)
    return Event(action, lesson, name)


def _name_beside(lesson: str, label: str) -> str:
    return f"{Path(lesson).stem}.{label}{Path(lesson).suffix}"


def _digest(content: bytes) -> str:
    """Identify a lesson by its cells: JupyterLab rewrites the rest when it only opens one."""
    with suppress(ValueError, TypeError, KeyError):  # a damaged file is compared as it is
        content = json.dumps(json.loads(content)["cells"], sort_keys=True).encode()
    return hashlib.sha256(content).hexdigest()


def _is_file_with(file: Path, digest: str | None) -> bool:
    return file.is_file() and _digest(file.read_bytes()) == digest


def _write_atomically(file: Path, content: bytes) -> None:
    """Write a whole file or nothing: a reader never sees half of it."""
    temporary = file.with_name(f".{file.name}.{os.getpid()}.tmp")
    try:
        temporary.write_bytes(content)
        os.replace(temporary, file)
    finally:
        temporary.unlink(missing_ok=True)


def _read_record(folder: Path) -> _Record:
    """Read what was put into a folder; nothing is known if that cannot be read."""
    try:
        stored = json.loads((folder / RECORD_NAME).read_bytes())
    except (FileNotFoundError, ValueError):
        return _Record()
    if not isinstance(stored, dict) or not isinstance(stored.get("format"), int):
        return _Record()
    if stored["format"] > _RECORD_FORMAT:
        return _Record(is_newer=True)
    delivered, offered = stored.get("delivered"), stored.get("offered")
    if not isinstance(delivered, dict) or not isinstance(offered, dict):
        return _Record()
    return _Record(delivered, offered)


def _write_record(folder: Path, record: _Record, version: str) -> None:
    stored = {
        "format": _RECORD_FORMAT,
        "version": version,
        "delivered": record.delivered,
        "offered": record.offered,
    }
    _write_atomically(folder / RECORD_NAME, json.dumps(stored, indent=1).encode())
