"""What became of each submission, kept so that a run that was cut off can go on.

One small file a submission lies in ``grading/ASSIGNMENT/`` of the course. It is written whole or
not at all, after nbgrader has kept the grades.
"""

import hashlib
import json
import os
import re
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Status = Literal["graded", "needs a look"]

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")  # as in a roster


@dataclass(frozen=True)
class Record:
    """What became of a submission.

    Attributes
    ----------
    student : str
        Who submitted it.
    status : str
        "graded" or "needs a look".
    reasons : tuple of str
        Why it needs a look.
    remarks : tuple of str
        What else was seen.
    score, max_score : float
        Points of the tests, and those that there are; written answers do not count here.
    seconds : float
        How long it took.
    fingerprint : str
        Of the submission and of all that its grade depends on.
    """

    student: str
    status: Status
    reasons: tuple[str, ...]
    remarks: tuple[str, ...]
    score: float
    max_score: float
    seconds: float
    fingerprint: str


def folder(root: Path, assignment: str) -> Path:
    """Return where the records of an assignment lie."""
    return root / "grading" / assignment


def is_safe(student: str) -> bool:
    """Tell whether a student's id can be the name of a folder everywhere."""
    return _SAFE.fullmatch(student) is not None


def read(root: Path, assignment: str, student: str) -> Record | None:
    """Return a record, None if there is none that can be read."""
    try:
        kept = json.loads(_path(root, assignment, student).read_bytes())
        kept |= {name: tuple(kept[name]) for name in ("reasons", "remarks")}
        return Record(**kept)
    except (OSError, ValueError, KeyError, TypeError):
        return None


def forget(root: Path, assignment: str, student: str) -> None:
    """Remove a record, before its submission is graded anew."""
    _path(root, assignment, student).unlink(missing_ok=True)


def write(root: Path, assignment: str, record: Record) -> None:
    """Keep a record, in one step."""
    at = folder(root, assignment)
    at.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", dir=at, delete=False) as draft:
        json.dump(asdict(record), draft, indent=1)
        draft.flush()
        os.fsync(draft.fileno())
    os.replace(draft.name, _path(root, assignment, record.student))


def _path(root: Path, assignment: str, student: str) -> Path:
    """Return the file of a record, whatever the student's folder is called."""
    name = student
    if not is_safe(student):
        name = "+" + hashlib.sha256(student.encode(errors="surrogatepass")).hexdigest()[:16]
    return folder(root, assignment) / f"{name}.json"
