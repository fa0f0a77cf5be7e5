"""A course of nbgrader: its folder, its settings, its assignments and who submitted what."""

import logging
import os
import re
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbgrader.api import Gradebook, MissingEntry
    from nbgrader.apps.api import NbGraderAPI
    from sqlalchemy.exc import DatabaseError
    from traitlets.config import Config
    from traitlets.config.loader import ConfigFileNotFound, PyFileConfigLoader

CONFIG = "nbgrader_config.py"
ROSTER = "roster.csv"  # says that the gradebook's students are all that there are
_FAILURES = (  # of a program that sets things
    ArithmeticError,
    AttributeError,
    ConfigFileNotFound,
    ImportError,
    LookupError,
    NameError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)


class CourseError(ValueError):
    """Something is not as a course should be; the message names it and what to do."""


class Done(NamedTuple):
    """How one of nbgrader's steps went."""

    success: bool
    reason: str


class Course:
    """A course in a folder.

    Parameters
    ----------
    root : Path
        The folder, in which ``nbgrader_config.py`` lies.
    settings : Config, optional
        What stands above the course's own settings.

    Attributes
    ----------
    root : Path
        The folder, as an absolute path.
    api : NbGraderAPI
        nbgrader, set up for this course.

    Raises
    ------
    CourseError
        If the folder is no course, or its settings cannot be read.
    """

    def __init__(self, root: Path, settings: Config | None = None) -> None:
        self.root = root.resolve()
        if not (self.root / CONFIG).is_file():
            raise CourseError(
                f"DIR must be a course, with a file {CONFIG} in it, got {root}: "
                f"`rmsprop-course classroom new {root}` makes one"
            )
        config = _read_config(self.root)
        config.CourseDirectory.root = str(self.root)
        config.merge(settings or Config())
        with quiet():
            self.api: Any = NbGraderAPI(config=config)

    def assignments(self) -> list[str]:
        """Return the names of all assignments that have a source, in order."""
        return sorted(self.api.get_source_assignments())

    def require(self, assignment: str) -> str:
        """Return the whole name of an assignment that is named by it or by its number.

        Raises
        ------
        CourseError
            If there is no such assignment.
        """
        known = self.assignments()
        fits = [name for name in known if assignment == name] or [
            name for name in known if assignment == name.partition("_")[0]
        ]
        if len(fits) == 1:
            return fits[0]
        raise CourseError(
            f"ASSIGNMENT must be one of {', '.join(known) or '(none: source/ is empty)'}, "
            f"got {assignment!r}"
        )

    def notebooks(self, assignment: str) -> list[str]:
        """Return the file names of a released assignment's notebooks.

        Raises
        ------
        CourseError
            If it was not released yet.
        """
        with self.gradebook() as gradebook:
            try:
                found = gradebook.find_assignment(assignment).notebooks
            except MissingEntry:
                found = []
            names = sorted(f"{notebook.name}.ipynb" for notebook in found)
        if not names:
            raise CourseError(
                f"{assignment} was not released: "
                f"`rmsprop-course classroom release {self.root} {assignment}` does it"
            )
        return names

    def submissions(self, assignment: str) -> dict[str, Path]:
        """Return the folders that students submitted, by student, in order."""
        submitted = self.root / self.api.coursedir.submitted_directory
        students = sorted(submitted.iterdir()) if submitted.is_dir() else []
        folders = {student.name: student / assignment for student in students}
        return {name: path for name, path in folders.items() if os.path.lexists(path)}

    def folder(self, step: str, assignment: str, student: str = ".") -> Path:
        """Return a folder of nbgrader's.

        Parameters
        ----------
        step : {"source", "release", "submitted", "autograded", "feedback"}
        assignment : str
        student : str, default: "."
            "." where the step knows no students.
        """
        named = getattr(self.api.coursedir, f"{step}_directory")
        return Path(self.api.coursedir.format_path(named, student, assignment))

    def run(self, step: Callable[..., Any], *args: Any, **settings: Any) -> "Done":
        """Take one of nbgrader's steps, and say how it went; nothing is printed."""
        with quiet(), _heard_interrupts():
            result = step(*args, **settings)
        return Done(result["success"], last_error(f"{result.get('log')}\n{result.get('error')}"))

    def roster(self) -> list[str]:
        """Return the ids of all students; none if the course has no roster.

        They are those of the gradebook, where more can be added by hand. Without a roster the
        gradebook knows those who have been graded.
        """
        if not (self.root / ROSTER).is_file():
            return []
        with self.gradebook() as gradebook:
            return sorted(student.id for student in gradebook.students)

    @contextmanager
    def gradebook(self) -> Iterator[Gradebook]:
        """Open nbgrader's database inside the block.

        Raises
        ------
        CourseError
            If the database is damaged, or another program holds it.
        """
        try:
            with _own_programs():
                opened = self.api.gradebook
            with opened as gradebook:
                yield gradebook
        except DatabaseError as error:
            raise CourseError(
                f"{self.root / 'gradebook.db'} cannot be used: {error.orig}"
            ) from error


def _read_config(root: Path) -> Config:
    """Read a course's settings, a Python program of the instructor's."""
    try:
        return PyFileConfigLoader(CONFIG, path=str(root)).load_config()
    except _FAILURES as error:
        raise CourseError(f"{root / CONFIG} cannot be read: {error}") from error


@contextmanager
def _own_programs() -> Iterator[None]:
    """Let nbgrader, which makes a database by a program, find the one of this Python."""
    path = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), path])
    try:
        yield
    finally:
        os.environ["PATH"] = path


@contextmanager
def quiet() -> Iterator[None]:
    """Let nbgrader print nothing inside the block; what it logs can still be collected."""
    logger = logging.getLogger("traitlets")
    handlers, propagate = logger.handlers[:], logger.propagate
    logger.handlers, logger.propagate = [logging.NullHandler()], False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of nbgrader's sessions, and of submissions' ids
            yield
    finally:
        logger.handlers, logger.propagate = handlers, propagate


@contextmanager
def _heard_interrupts() -> Iterator[None]:
    """Raise after the block what came inside it by Ctrl-C: nbgrader takes it for an error."""
    came: list[int] = []

    def hear(number: int, frame: Any) -> None:
        came.append(number)
        raise KeyboardInterrupt

    in_main_thread = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGINT, hear) if in_main_thread else None
    try:
        yield
    finally:
        if in_main_thread:
            signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt


def last_error(log: str) -> str:
    """Return the line of a log that says what went wrong."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"[\w.]*(Error|Exception|Interrupt)\b", line)]
    named = [line for line in errors if "NbGraderException" not in line]  # which names no cause
    return (named or errors or lines or ["no reason is known"])[-1][:300]
