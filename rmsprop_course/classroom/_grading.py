"""Grading all submissions of an assignment, one after the other, whatever is in them.

nbgrader does it, in this process, for one student at a time; the student's code runs elsewhere, in
the sandbox. What cannot be graded gets a reason, and the next one's turn comes.
"""

import hashlib
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.classroom import _kernel, _look, _notes, _records, _sandbox
from rmsprop_course.classroom._course import Course, CourseError
from rmsprop_course.classroom._records import Record

with extra("classroom"):
    import nbformat
    from filelock import FileLock, Timeout
    from nbgrader.api import Gradebook, GradeCell, MissingEntry
    from nbgrader.utils import rmtree
    from traitlets.config import Config

_OF_THE_MACHINE = re.compile(r"could not grade it: .*(OperationalError|OSError|MemoryError)")

Progress = Callable[[Record], object]


class Grading(NamedTuple):
    """What a run of grading did.

    Attributes
    ----------
    records : list of Record
        One for each submission, in the order of students.
    fresh : frozenset of str
        Students whose submissions were graded in this run; the others had not changed.
    missing : list of str
        Students of the roster who submitted nothing.
    sandboxed : bool
        Whether the sandbox was used.
    """

    records: list[Record]
    fresh: frozenset[str]
    missing: list[str]
    sandboxed: bool


def grade(
    root: Path,
    assignment: str,
    *,
    students: Collection[str] = (),
    again: bool = False,
    unsafe: bool = False,
    begin: Callable[[int], object] | None = None,
    progress: Progress | None = None,
) -> Grading:
    """Grade the submissions of an assignment that are new or have changed.

    Parameters
    ----------
    root : Path
        Folder of the course.
    assignment : str
        Its name or number.
    students : collection of str, optional
        Only these; all by default.
    again : bool, default: False
        Whether to grade also what has not changed. Points given by hand stay.
    unsafe : bool, default: False
        Whether submissions may run without a sandbox where there is none.
    begin : callable, optional
        Is told first how many submissions there are.
    progress : callable, optional
        Is told each record, as soon as it is known.

    Returns
    -------
    Grading

    Raises
    ------
    NoSandboxError
        If there is no sandbox, and `unsafe` is false.
    CourseError
        If there is no such course, assignment or submission, or another run is under way.
    """
    problem = _sandbox.trial()
    if problem and not unsafe:
        raise _sandbox.NoSandboxError(problem)
    settings = Config()
    settings.ExecuteInSandbox.unsafe = unsafe
    course = Course(root, settings)
    assignment = course.require(assignment)
    notebooks = course.notebooks(assignment)
    submissions = course.submissions(assignment)
    if unknown := set(students) - submissions.keys():
        raise CourseError(f"no submission of {assignment} by {', '.join(sorted(unknown))}")
    chosen = {name: submissions[name] for name in submissions if not students or name in students}
    with _alone(course):
        _kernel.sweep()
        if begin:
            begin(len(chosen))
        run = _Run(course, assignment, notebooks, again=again)
        for student, folder in chosen.items():
            run.add(student, folder)
            if progress:
                progress(run.records[-1])
    missing = sorted(set(run.roster) - submissions.keys())
    return Grading(run.records, frozenset(run.fresh), missing, not problem)


class _Run:
    """One run: what it needs to know, and what it did so far."""

    def __init__(
        self, course: Course, assignment: str, notebooks: list[str], *, again: bool
    ) -> None:
        self.course, self.assignment, self.notebooks = course, assignment, notebooks
        self.again = again
        self.roster = course.roster()
        self.records: list[Record] = []
        self.fresh: set[str] = set()
        with course.gradebook() as gradebook:
            self._assignment_print = _print_of_assignment(gradebook, assignment)

    def add(self, student: str, folder: Path) -> None:
        """Grade one submission, or find that it has not changed."""
        root = self.course.root
        reason = self._reason_of_name(student) or _look.problem(folder, self.notebooks)
        fingerprint = self._fingerprint(student, folder)
        kept = _records.read(root, self.assignment, student)
        if kept and kept.fingerprint == fingerprint and not self.again:
            self.records.append(kept)
            return
        _records.forget(root, self.assignment, student)
        begin = time.monotonic()
        notes = self._refuse(student, reason) if reason else self._autograde(student)
        max_score = self._max_score()
        record = Record(
            student=student,
            status="needs a look" if notes.needs_look else "graded",
            reasons=notes.needs_look,
            remarks=notes.remarks,
            score=0.0 if reason else self._score(student),
            max_score=max_score,
            seconds=round(time.monotonic() - begin, 3),
            fingerprint="" if _is_of_the_machine(notes.needs_look) else fingerprint,
        )
        _records.write(root, self.assignment, record)
        self.records.append(record)
        self.fresh.add(student)

    def _reason_of_name(self, student: str) -> str:
        if not _records.is_safe(student):
            return "the name of its folder is no student's id"
        if self.roster and student not in self.roster:
            return "no student of the roster has this id"
        return ""

    def _refuse(self, student: str, reason: str) -> _notes.Notes:
        """Keep nothing that nbgrader made of what was submitted before."""
        made = self.course.folder("autograded", self.assignment, student)
        if _records.is_safe(student) and made.is_dir():
            rmtree(str(made))
        return _notes.Notes((reason,), (), False)

    def _autograde(self, student: str) -> _notes.Notes:
        """Let nbgrader grade a submission, and return what its steps noted."""
        done = self.course.run(self.course.api.autograde, self.assignment, student, force=True)
        if not done.success:
            reason = f"nbgrader could not grade it: {done.reason}"
            return _notes.Notes((reason,), (), False)
        return self._notes(student)

    def _notes(self, student: str) -> _notes.Notes:
        folder = self.course.folder("autograded", self.assignment, student)
        notes = [_notes.read(nbformat.read(folder / name, as_version=4)) for name in self.notebooks]
        return _notes.Notes(
            tuple(text for one in notes for text in one.needs_look),
            tuple(text for one in notes for text in one.remarks),
            any(one.held_back for one in notes),
        )

    def _score(self, student: str) -> float:
        """Return the points that the tests gave."""
        with self.course.gradebook() as gradebook:
            try:
                submission = gradebook.find_submission(self.assignment, student)
            except MissingEntry:
                return 0.0
            ids = {cell.id for cell in _automatic_cells(gradebook, self.assignment)}
            grades = [grade for one in submission.notebooks for grade in one.grades]
            return sum(grade.auto_score or 0.0 for grade in grades if grade.cell_id in ids)

    def _max_score(self) -> float:
        """Return the points that the tests can give."""
        with self.course.gradebook() as gradebook:
            points = [cell.max_score for cell in _automatic_cells(gradebook, self.assignment)]
        return float(sum(points))

    def _fingerprint(self, student: str, folder: Path) -> str:
        """Return what changes when a grade might."""
        extra_time = self._extra_time(student) if _records.is_safe(student) else ""
        of_roster = str(bool(self._reason_of_name(student)))
        parts = (_look.fingerprint(folder), self._assignment_print, extra_time, of_roster)
        return hashlib.sha256("\0".join(parts).encode()).hexdigest()

    def _extra_time(self, student: str) -> str:
        """Return a student's extension, "" if there is none."""
        with self.course.gradebook() as gradebook:
            try:
                return str(gradebook.find_submission(self.assignment, student).extension or "")
            except MissingEntry:
                return ""


def _is_of_the_machine(reasons: Iterable[str]) -> bool:
    """Tell whether grading failed for what may be otherwise next time, such as a full disk."""
    return any(map(_OF_THE_MACHINE.search, reasons))


def _automatic_cells(gradebook: Gradebook, assignment: str) -> list[GradeCell]:
    """Return an assignment's cells whose points tests give."""
    return [
        cell
        for notebook in gradebook.find_assignment(assignment).notebooks
        for cell in notebook.grade_cells
        if cell.cell_type == "code"
    ]


def _print_of_assignment(gradebook: Gradebook, assignment: str) -> str:
    """Return what changes when the released assignment does."""
    found = gradebook.find_assignment(assignment)
    cells = [
        (notebook.name, cell.name, cell.checksum, cell.source)
        for notebook in found.notebooks
        for cell in notebook.source_cells
    ]
    points = [
        (cell.name, cell.max_score) for notebook in found.notebooks for cell in notebook.grade_cells
    ]
    return repr((found.duedate, sorted(cells), sorted(points)))


@contextmanager
def _alone(course: Course) -> Iterator[None]:
    """Let no other run of grading change the same course."""
    lock = FileLock(course.root / ".grading.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise CourseError(f"another run of grading is under way in {course.root}") from None
    try:
        yield
    finally:
        lock.release()
