"""Where the files that come with the course lie: in the wheel, or in a source tree."""

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[1]
_TREE = _PACKAGE.parent


def lessons_folder() -> Path:
    """Return the folder of the lessons: the wheel's copy, or ``notebooks`` in a source tree."""
    in_wheel = _PACKAGE / "lessons"
    return in_wheel if in_wheel.is_dir() else _TREE / "notebooks"


def assignments_folder() -> Path:
    """Return the folder of the assignments: the wheel's copy, or the one in a source tree."""
    in_wheel = _PACKAGE / "assignments"
    return in_wheel if in_wheel.is_dir() else _TREE / "notebooks" / "assignments"


def is_source_tree() -> bool:
    """Tell whether the lessons are the source tree's own notebooks."""
    return lessons_folder() == _TREE / "notebooks"


def read_lessons() -> dict[str, bytes]:
    """Return the content of every lesson by file name, in the order of the course."""
    lessons = sorted(lessons_folder().glob("[0-9]*.ipynb"))
    return {lesson.name: lesson.read_bytes() for lesson in lessons}


def constraints_file() -> Path:
    """Return the file of the versions that the tests ran with."""
    in_wheel = _PACKAGE / "constraints.txt"
    return in_wheel if in_wheel.is_file() else _TREE / "constraints.txt"


def read_constraints() -> dict[str, str]:
    """Return the version of each package that the tests ran with, by normalized name."""
    lines = constraints_file().read_text(encoding="utf-8").splitlines()
    pins = (line.partition(";")[0].partition("==") for line in lines)
    return {name.strip(): version.strip() for name, _, version in pins if version}
