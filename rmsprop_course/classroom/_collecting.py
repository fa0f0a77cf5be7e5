"""Whose a returned file is: a plugin of nbgrader's ``zip_collect`` that knows the roster."""

import re
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import Any

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbgrader.api import Gradebook
    from nbgrader.plugins import FileNameCollectorPlugin
    from nbgrader.utils import find_all_notebooks

# Canvas: lovelaceada_LATE_101_5533_1_moving_average.ipynb, where 101 is the student's ID
_CANVAS = re.compile(r"[^_]+_(?:LATE_)?(?P<number>\d+)_\d+_")
# Moodle: Ada Lovelace_12345_assignsubmission_file/1_moving_average.ipynb
_MOODLE = re.compile(r"(?P<name>.+)_\d+_assignsubmission_file")
_NOT_SUBMITTED = ("timestamp.txt",)  # nbgrader's own: a student must not choose the time
_NO_NAME = re.compile(r"[^A-Za-z0-9._@-]+")


class RosterCollector(FileNameCollectorPlugin):  # type: ignore[misc] # nbgrader has no types
    """Find whose a file is in the names of its folders and in its own.

    A name may be a student's id, alone or before the notebook's (``ada/…``,
    ``ada_1_moving_average.ipynb``), or as Canvas and Moodle write it. Notebooks of nobody on the
    roster are collected too, under the name that they have: grading then lists them.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        course = self.parent.coursedir
        released = course.format_path(course.release_directory, ".", course.assignment_id)
        self._notebooks = [PurePath(name).stem for name in find_all_notebooks(released)]
        self._notebooks.append(course.assignment_id)
        with Gradebook(course.db_url) as gradebook:
            self._roster = roster_keys(gradebook)
        self._taken: set[tuple[str, str]] = set()

    def collect(self, submitted_file: str) -> dict[str, str] | None:
        """Return a file's student and its name in the submission; None if it is none."""
        parts = self._parts(submitted_file)
        if any(part.startswith((".", "__MACOSX")) for part in parts) or parts[-1] in _NOT_SUBMITTED:
            return None
        student = owner(parts, self._roster, self._notebooks)
        is_notebook = parts[-1].endswith(".ipynb")
        if not student and not is_notebook:
            return None
        student = student or _nobody(parts, self._roster, self._notebooks)
        stem = PurePath(parts[-1]).stem
        named = next((name for name in self._notebooks if name in stem), stem)
        name = named if is_notebook else stem
        if (student, name) in self._taken and is_notebook:
            self.log.warning("%s handed in %s more than once; not used: %s", student, name, parts)
        while (student, name) in self._taken:
            name += "-another"
        self._taken.add((student, name))
        return {"student_id": student, "file_id": f"{name}{PurePath(parts[-1]).suffix}"}

    def _parts(self, path: str) -> tuple[str, ...]:
        """Return the names that a file has inside the archive."""
        step = self.parent._format_collect_path(self.parent.extracted_directory)
        return Path(path).relative_to(step).parts


def roster_keys(gradebook: Gradebook) -> dict[str, str]:
    """Return students' ids by what may stand in the name of a file.

    Keys are ``id:…`` and ``number:…``, and ``name:…`` where no two students share it.
    """
    keys: dict[str, str] = {}
    shared = set()
    for student in gradebook.students:
        keys[f"id:{student.id.casefold()}"] = student.id
        if student.lms_user_id:
            keys[f"number:{student.lms_user_id}"] = student.id
        first, last = student.first_name or "", student.last_name or ""
        for name in {_plain(f"{first} {last}"), _plain(f"{last} {first}")}:
            if keys.setdefault(f"name:{name}", student.id) != student.id:
                shared.add(f"name:{name}")
    return {key: student for key, student in keys.items() if key not in shared}


def owner(parts: tuple[str, ...], roster: Mapping[str, str], notebooks: list[str]) -> str:
    """Return the id of the student that a path names, "" if it names none.

    Parameters
    ----------
    parts : tuple of str
        Names of the folders, from outside in, and of the file.
    roster : mapping of str to str
        From `roster_keys`.
    notebooks : list of str
        Names that the assignment's notebooks have, without their ending.

    Examples
    --------
    >>> roster = {"id:ada": "ada", "number:101": "ada", "name:ada lovelace": "ada"}
    >>> owner(("returned", "ada_1_tiny.ipynb"), roster, ["1_tiny"])
    'ada'
    >>> owner(("lovelaceada_101_5533_1_tiny.ipynb",), roster, ["1_tiny"])
    'ada'
    >>> owner(("Ada Lovelace_12_assignsubmission_file", "1_tiny.ipynb"), roster, ["1_tiny"])
    'ada'
    >>> owner(("bob", "1_tiny.ipynb"), roster, ["1_tiny"])
    ''
    """
    for part in parts:
        for name in (part, _before(part, notebooks)):
            if f"id:{name.casefold()}" in roster:
                return roster[f"id:{name.casefold()}"]
        # What an LMS names so is of one student, also where a name inside it is another's
        if found := _CANVAS.match(part):
            return roster.get(f"number:{found['number']}", "")
        if found := _MOODLE.match(part):
            return roster.get(f"name:{_plain(found['name'])}", "")
    return ""


def _nobody(parts: tuple[str, ...], roster: Mapping[str, str], notebooks: list[str]) -> str:
    """Return the name that a file says of itself, where it is nobody's on the roster."""
    stem = PurePath(parts[-1]).stem
    said = _before(stem, notebooks) or "".join(parts[-2:-1]) or stem
    name = _NO_NAME.sub("-", said).strip("-._@")[:100]
    if not name or f"id:{name.casefold()}" in roster:
        return _NO_NAME.sub("-", f"of-nobody-{'-'.join(parts)}")[:100]
    return name


def _before(name: str, notebooks: list[str]) -> str:
    """Return what stands before a notebook's name in a file's."""
    return next((name.partition(one)[0] for one in notebooks if one in name), "").rstrip("_- ")


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
