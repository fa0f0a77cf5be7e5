"""The roster: students read from a CSV file and put into nbgrader's gradebook."""

import csv
import io
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import NamedTuple

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbgrader.api import Gradebook, MissingEntry

_ID_RULE = (
    "it names a folder: letters, digits, '.', '_', '-' and '@', a letter or digit first, "
    "at most 128 characters"
)
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,127}")
_NO_GRADES = re.compile(r"(Muted|Manual Posting.*)?")  # cells of a row of Canvas's
_TEST_LOGIN = re.compile(r"[0-9a-f]{40}")  # of the student that Canvas makes up

_Row = tuple[int, Mapping[str, str]]  # line, cells by column
# By field, the columns that may hold it, the best first, without case, spaces, '_' and '-'
_Fields = Mapping[str, tuple[str, ...]]
_NBGRADER: _Fields = {
    "id": ("id",),
    "first_name": ("firstname",),
    "last_name": ("lastname",),
    "email": ("email",),
    "lms_user_id": ("lmsuserid",),
}
_CANVAS: _Fields = {
    **_NBGRADER,
    "id": ("sisloginid", "sisuserid", "id"),
    "lms_user_id": ("id",),
}
_MOODLE: _Fields = {
    "id": ("username", "idnumber", "emailaddress"),
    "first_name": ("firstname",),
    "last_name": ("lastname", "surname"),
    "email": ("emailaddress",),
    "lms_user_id": ("idnumber",),
}


class RosterError(ValueError):
    """A roster cannot be read; the message names the line, the rule and the value."""


class Student(NamedTuple):
    """A student; None is what the roster does not say.

    Attributes
    ----------
    id : str
        Names the student's folders in nbgrader, and is the user's name on a JupyterHub.
    first_name, last_name, email : str or None
    lms_user_id : str or None
        What the learning management system knows the student by: Canvas's ``ID``, Moodle's
        ``ID number``.
    """

    id: str
    first_name: str | None = None
    last_name: str | None = None
    email: str | None = None
    lms_user_id: str | None = None


class Imported(NamedTuple):
    """How many students of a roster were new to the gradebook, changed in it, or neither."""

    n_new: int
    n_changed: int
    n_unchanged: int


def read_roster(path: Path) -> list[Student]:
    r"""Read the students from a CSV file.

    Parameters
    ----------
    path : Path
        UTF-8, with commas, semicolons or tabs between the cells, the names of the columns in the
        first line: nbgrader's (``id``, and if you like ``first_name``, ``last_name``, ``email``,
        ``lms_user_id``), or a gradebook that Canvas exported, or participants or grades that
        Moodle exported. Other columns do not matter.

    Returns
    -------
    list of Student
        In the order of the file. From Canvas, `id` is the first of SIS Login ID, SIS User ID and
        ID that is filled in; from Moodle, of Username, ID number and Email address. The rows of
        Canvas that are no student are left out: points possible, manual posting, Test Student.

    Raises
    ------
    RosterError
        If the file is not such a table, or an `id` is missing, names no folder or comes twice.
        Folders that differ in case alone are one on some systems, so such ids are the same.

    Examples
    --------
    >>> import tempfile
    >>> roster = Path(tempfile.mkdtemp(), "roster.csv")
    >>> _ = roster.write_text('Student,ID,SIS Login ID,Section\n"Lovelace, Ada",7,ada,A\n')
    >>> read_roster(roster)
    [Student(id='ada', first_name='Ada', last_name='Lovelace', email=None, lms_user_id='7')]
    """
    columns, rows = _table(path)
    fields = _fields(path, columns)
    if fields is _CANVAS:
        rows = [(line, _split_name(cells)) for line, cells in rows if not _is_no_student(cells)]
    filled = {column for _, cells in rows for column, text in cells.items() if text}
    id_column = next((name for name in fields["id"] if name in filled), fields["id"][0])
    students, line_of = [], dict[str, int]()
    for line, cells in rows:
        identifier = cells.get(id_column, "")
        _check_id(f"{path.name}, line {line}", identifier, line_of)
        line_of[identifier.casefold()] = line
        given = {
            field: next((cells[name] for name in names if cells.get(name)), None)
            for field, names in fields.items()
            if field != "id"
        }
        students.append(Student(identifier, **given))
    return students


def import_roster(gradebook: Gradebook, students: Iterable[Student]) -> Imported:
    """Put students into nbgrader's gradebook.

    Nobody is removed, and what a roster does not say stays as it is.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    students : iterable of Student

    Returns
    -------
    Imported
    """
    n_new = n_changed = n_unchanged = 0
    for student in students:
        given = {field: text for field, text in student._asdict().items() if text is not None}
        del given["id"]
        try:
            held = gradebook.find_student(student.id)
        except MissingEntry:
            n_new += 1
        else:
            if all(getattr(held, field) == text for field, text in given.items()):
                n_unchanged += 1
                continue
            n_changed += 1
        gradebook.update_or_create_student(student.id, **given)
    return Imported(n_new, n_changed, n_unchanged)


def _table(path: Path) -> tuple[dict[str, str], list[_Row]]:
    """Return the names of the columns by their plain form, and the rows that are not empty."""
    lines = io.StringIO(_text(path), newline="")  # keeps the ends of lines, for csv
    header = lines.readline()
    lines.seek(0)
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        names = [" ".join(name.split()) for name in next(reader, [])]
        rows = [(reader.line_num, [" ".join(cell.split()) for cell in row]) for row in reader]
    except csv.Error as error:
        raise RosterError(f"{path.name}, line {reader.line_num}: must be CSV: {error}") from error
    for line, row in rows:
        if any(row[len(names) :]):
            raise RosterError(
                f"{path.name}, line {line}: must have at most {len(names)} cells as line 1, got "
                f"{len(row)} (a cell with {delimiter!r} in it needs quotes)"
            )
    plain = [re.sub(r"[\s_-]", "", name).casefold() for name in names]
    for name in {name for name in plain if plain.count(name) > 1} & {"id", *_MOODLE["id"]}:
        raise RosterError(f"{path.name}, line 1: a column must come once, got {name!r} twice")
    table: list[_Row] = [
        (line, dict(zip(plain, row, strict=False))) for line, row in rows if any(row)
    ]
    return dict(zip(plain, names, strict=True)), table


def _text(path: Path) -> str:
    """Return the text of a file, without a byte order mark."""
    data = path.read_bytes()
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise RosterError(
            f"{path.name}, line {line}: must be UTF-8 text, got the byte "
            f"{data[error.start]:#04x} (a spreadsheet saves it as 'CSV UTF-8')"
        ) from error
    if "\0" in text:
        line = text[: text.index("\0")].count("\n") + 1
        raise RosterError(f"{path.name}, line {line}: must be text, got the byte 0x00")
    return text


def _fields(path: Path, columns: Mapping[str, str]) -> _Fields:
    """Return where the fields are found: in nbgrader's columns, in Canvas's or in Moodle's."""
    if {"student", "sisloginid", "sisuserid"} & columns.keys():
        fields = _CANVAS
    else:
        fields = _NBGRADER if "id" in columns else _MOODLE
    if not columns.keys() & set(fields["id"]):
        found = ", ".join(columns.values()) or "none"
        raise RosterError(
            f"{path.name}, line 1: one column must be id, SIS Login ID, SIS User ID, Username, "
            f"ID number or Email address, got {found}"
        )
    return fields


def _is_no_student(cells: Mapping[str, str]) -> bool:
    """Whether a row of Canvas's gradebook is points, a note on posting or the test student."""
    name = cells.get("student", "")
    if name == "Student, Test":
        return _TEST_LOGIN.fullmatch(cells.get("sisloginid", "")) is not None
    return name == "Points Possible" or all(map(_NO_GRADES.fullmatch, cells.values()))


def _split_name(cells: Mapping[str, str]) -> Mapping[str, str]:
    """Return Canvas's cells with "Last, First" in two of them."""
    last, _, first = cells.get("student", "").partition(",")
    return {"lastname": last.strip(), "firstname": first.strip(), **cells}


def _check_id(where: str, identifier: str, line_of: Mapping[str, int]) -> None:
    """Reject an id that names no folder of its own."""
    if not identifier:
        raise RosterError(f"{where}: a student must have an id, got an empty cell")
    if not _ID.fullmatch(identifier):
        raise RosterError(f"{where}: an id must name a folder, got {identifier!r} ({_ID_RULE})")
    if (earlier := line_of.get(identifier.casefold())) is not None:
        raise RosterError(f"{where}: an id must come once, got {identifier!r} as in line {earlier}")
