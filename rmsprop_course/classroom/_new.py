"""A new course: a copy of the assignments whose hidden tests are its own, and a roster."""

import secrets
import shutil
from pathlib import Path
from typing import NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.classroom._course import CONFIG, ROSTER, Course, CourseError
from rmsprop_course.classroom._roster import import_roster, read_roster
from rmsprop_course.classroom._seeds import redraw

with extra("classroom"):
    import nbformat


class NewCourse(NamedTuple):
    """What was made.

    Attributes
    ----------
    root : Path
        Its folder.
    seed : int
        The seed of its hidden tests.
    assignments : list of str
        Names of its assignments.
    n_students : int
        How many students its roster holds.
    """

    root: Path
    seed: int
    assignments: list[str]
    n_students: int


def new_course(
    root: Path, sources: Path, *, seed: int | None = None, roster: Path | None = None
) -> NewCourse:
    """Make a course of nbgrader.

    Parameters
    ----------
    root : Path
        Its folder, which must not exist or be empty.
    sources : Path
        Folder with ``nbgrader_config.py`` and ``source/``.
    seed : int, optional
        Non-negative; redraws the probes of the hidden tests, for the sources are public. The same
        seed makes the same course. By default it is drawn.
    roster : Path, optional
        A CSV file of students: with nbgrader's columns, or exported by Canvas or Moodle. A copy
        stays in the course: where there is one, only students whom the gradebook knows are graded.

    Returns
    -------
    NewCourse

    Raises
    ------
    CourseError
        If the folder holds anything, or the seed is negative.
    RosterError
        If the roster cannot be read; nothing is made then.
    """
    students = read_roster(roster) if roster else []
    if seed is not None and seed < 0:
        raise CourseError(f"seed must be 0 or more, got {seed}")
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise CourseError(f"DIR must be new or empty, got {root}")
    seed = secrets.randbelow(10**9) if seed is None else seed
    root.mkdir(parents=True, exist_ok=True)
    shutil.copy(sources / CONFIG, root / CONFIG)
    shutil.copytree(
        sources / "source",
        root / "source",
        ignore=shutil.ignore_patterns(".*", "__pycache__"),
    )
    (root / "submitted").mkdir()
    for path in sorted((root / "source").glob("*/*.ipynb")):
        notebook = nbformat.read(path, as_version=4)
        redraw(notebook, seed)
        nbformat.write(notebook, path)
    course = Course(root)
    with course.gradebook() as gradebook:
        import_roster(gradebook, students)
    if roster:
        shutil.copy(roster, root / ROSTER)
    return NewCourse(course.root, seed, course.assignments(), len(students))
