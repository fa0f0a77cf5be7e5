"""Grades as files: for people, and in the forms that Canvas and Moodle import."""

import csv
import io
import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from rmsprop_course.classroom._grades import Grades
from rmsprop_course.classroom._roster import Student

_FORMULA_SIGNS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # ASCII, full width
_COLUMNS = (
    *("assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email"),
    *("raw_score", "late_submission_penalty", "score", "max_score"),  # so far nbgrader's own
    *("status", "note"),
)


def as_csv(grades: Grades) -> str:
    """Write all grades as CSV, a row for each student and assignment.

    The columns are those of ``nbgrader export`` and two more, `status` and `note`. The numbers
    are nbgrader's too: a submission that is missing has the score 0.0, and the status says that
    it is missing. Text that a spreadsheet would take for a formula has an apostrophe before it.

    Parameters
    ----------
    grades : Grades

    Returns
    -------
    str
        As `write_grades` puts it into ``grades.csv``.
    """
    student_of = {student.id: student for student in grades.students}
    rows: list[tuple[object, ...]] = [_COLUMNS]
    for grade in grades.table.values():
        student = student_of[grade.student_id]
        about = (student.id, student.last_name, student.first_name, student.email)
        points = (grade.raw_score, grade.late_submission_penalty, grade.score, grade.max_score)
        dates = (grade.duedate, grade.timestamp)
        rows.append((grade.assignment, *dates, *about, *points, grade.status, grade.note))
    return _csv(rows)


def as_canvas_csv(grades: Grades, *, include_unfinished: bool = False) -> str:
    """Write the scores in the form that Canvas's gradebook imports.

    Canvas finds a student by ID (``lms_user_id``, where that is a number), then by SIS Login ID
    (the student's id), then by name. It finds an assignment by its title, and offers to make one
    with the points of the second row where no title is the same.

    A score that is not final is an empty cell, which is no grade to Canvas: a 0 would count in
    the total at once, though the student may have an extension. What a submission that is
    missing is worth is said in Canvas, by its policy for missing work. An assignment without a
    final score has no column, a student without one no row.

    Parameters
    ----------
    grades : Grades
    include_unfinished : bool, default False
        Whether a score counts as final while a cell waits for a manual grade.

    Returns
    -------
    str
        As `write_grades` puts it into ``grades-canvas.csv``.
    """
    final = _final_scores(grades, include_unfinished=include_unfinished)
    rows: list[tuple[object, ...]] = [
        ("Student", "ID", "SIS User ID", "SIS Login ID", "Section", *final),
        ("    Points Possible", *[""] * 4, *(_points(grades.assignments[name]) for name in final)),
    ]
    for student in _students(grades, final):
        # Canvas reads the digits that a text begins with as an ID: perhaps another student's.
        number = student.lms_user_id if (student.lms_user_id or "").isdecimal() else ""
        name = ", ".join(filter(None, [student.last_name, student.first_name])) or student.id
        scores = (scores_by_id.get(student.id, "") for scores_by_id in final.values())
        rows.append((name, number, "", student.id, "", *scores))
    return _csv(rows)


def as_moodle_csv(grades: Grades, *, include_unfinished: bool = False) -> str:
    """Write the scores in the form that Moodle's grade import takes.

    Moodle asks which column tells the students apart: map Username, ID number or Email address,
    whichever your roster came from, and each assignment to a grade item. A grade item that the
    import makes is worth 100 points, so make yours before it.

    A score that is not final is ``-``, which is no grade to Moodle; an empty cell would be a 0 in
    a new grade item. What a submission that is missing is worth is said in Moodle. An assignment
    without a final score has no column; a student without one has no row, as one row whose
    student Moodle does not know stops the import. ID number and Email address are there if all
    rows have one: a row without the value that Moodle looks for counts for the row before.

    Parameters
    ----------
    grades : Grades
    include_unfinished : bool, default False
        Whether a score counts as final while a cell waits for a manual grade.

    Returns
    -------
    str
        As `write_grades` puts it into ``grades-moodle.csv``.
    """
    final = _final_scores(grades, include_unfinished=include_unfinished)
    students = _students(grades, final)
    about = {"First name": "first_name", "Last name": "last_name", "Username": "id"}
    for column, field in {"ID number": "lms_user_id", "Email address": "email"}.items():
        if all(getattr(student, field) for student in students):
            about[column] = field
    rows: list[tuple[object, ...]] = [(*about, *final)]
    for student in students:
        cells = (getattr(student, field) for field in about.values())
        scores = (scores_by_id.get(student.id, "-") for scores_by_id in final.values())
        rows.append((*cells, *scores))
    return _csv(rows)


def write_grades(
    grades: Grades, folder: Path, *, include_unfinished: bool = False
) -> tuple[Path, Path, Path]:
    """Write ``grades.csv``, ``grades-canvas.csv`` and ``grades-moodle.csv`` into a folder.

    Each is replaced in one step: it is never seen half written. The first has a byte order mark,
    without which Excel takes UTF-8 for something else; read it with the encoding ``utf-8-sig``.

    Parameters
    ----------
    grades : Grades
    folder : Path
        Is there already.
    include_unfinished : bool, default False
        See `as_canvas_csv`.

    Returns
    -------
    tuple of Path
        The three files.
    """
    canvas = as_canvas_csv(grades, include_unfinished=include_unfinished)
    moodle = as_moodle_csv(grades, include_unfinished=include_unfinished)
    return (
        _replace(folder / "grades.csv", as_csv(grades), "utf-8-sig"),
        _replace(folder / "grades-canvas.csv", canvas, "utf-8"),
        _replace(folder / "grades-moodle.csv", moodle, "utf-8"),
    )


def _final_scores(grades: Grades, *, include_unfinished: bool) -> dict[str, dict[str, str]]:
    """Return the scores that are final by assignment and student, where there are any."""
    final = {"graded", "needs a manual grade"} if include_unfinished else {"graded"}
    scores = {
        name: {g.student_id: _points(g.score) for g in grades.of(name) if g.status in final}
        for name in grades.assignments
    }
    return {name: scores_by_id for name, scores_by_id in scores.items() if scores_by_id}


def _students(grades: Grades, final: Mapping[str, Mapping[str, str]]) -> list[Student]:
    """Return the students who have a final score."""
    return [s for s in grades.students if any(s.id in scores for scores in final.values())]


def _points(number: float) -> str:
    """Return a number with at most five decimals, which is what Moodle keeps."""
    return f"{number:.5f}".rstrip("0").rstrip(".")


def _csv(rows: Iterable[Iterable[object]]) -> str:
    """Return rows as CSV whose text no spreadsheet takes for a formula."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    for row in rows:
        writer.writerow([_inert(cell) if isinstance(cell, str) else cell for cell in row])
    return text.getvalue()


def _inert(text: str) -> str:
    """Return text with an apostrophe before it if a spreadsheet took it for a formula."""
    begins = text.lstrip()
    is_formula = begins.startswith(_FORMULA_SIGNS) and begins != "-"
    return f"'{text}" if is_formula or text.startswith(("\t", "\r", "\n")) else text


def _replace(path: Path, text: str, encoding: str) -> Path:
    """Put a whole file in a file's place."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        # A folder's name need not be text, and one that is not must not cost the class its grades.
        draft.write_bytes(text.encode(encoding, errors="backslashreplace"))
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    return path
