"""Grades as a table, taken from nbgrader's gradebook, and what the class did as a whole.

nbgrader has given the scores; nothing is graded here. `_grade_files` writes the table.
"""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.classroom._roster import Student

with extra("classroom"):
    from nbgrader.api import Assignment, Gradebook, SubmittedAssignment

Status = Literal["graded", "needs a manual grade", "needs a look", "missing"]

_N_BINS = 10
_WIDTH = 80  # columns of a summary


class Grade(NamedTuple):
    """What one student has for one assignment, in points.

    Attributes
    ----------
    assignment, student_id : str
    raw_score : float
        0 as long as nothing is graded.
    late_submission_penalty : float
    max_score : float
    status : str
        ``"graded"``; ``"needs a manual grade"``, where a cell waits for one and the score may
        rise; ``"needs a look"``, where a submission is there that could not be graded;
        ``"missing"``, where there is no submission.
    duedate, timestamp : datetime or None
        Of the assignment, without the student's extension; of the submission. In UTC.
    note : str
        Why it needs a look.
    """

    assignment: str
    student_id: str
    raw_score: float
    late_submission_penalty: float
    max_score: float
    status: Status
    duedate: datetime | None = None
    timestamp: datetime | None = None
    note: str = ""

    @property
    def score(self) -> float:
        """The raw score less the penalty, and not below 0."""
        return max(0.0, self.raw_score - self.late_submission_penalty)


@dataclass(frozen=True)
class Grades:
    """All grades of a course.

    Attributes
    ----------
    students : tuple of Student
        By last name, first name and id.
    assignments : mapping of str to float
        The points that each assignment is worth by its name, in nbgrader's order: by due date
        and name.
    table : mapping of (str, str) to Grade
        By assignment and student's id: of each assignment in turn, all students.
    """

    students: tuple[Student, ...]
    assignments: Mapping[str, float]
    table: Mapping[tuple[str, str], Grade]

    def of(self, assignment: str) -> tuple[Grade, ...]:
        """Return the grades of all students for an assignment."""
        return tuple(self.table[assignment, student.id] for student in self.students)


def collect_grades(
    gradebook: Gradebook, *, looks: Mapping[tuple[str, str], str] | None = None
) -> Grades:
    """Take all grades from nbgrader's gradebook.

    Parameters
    ----------
    gradebook : nbgrader.api.Gradebook
    looks : mapping of (str, str) to str, optional
        By assignment and student's id: why a submission that is there could not be graded. It
        may be unknown to the gradebook, and so may be its student; it is not missing.

    Returns
    -------
    Grades
    """
    looks = looks or {}
    students = [
        Student(held.id, held.first_name, held.last_name, held.email, held.lms_user_id)
        for held in gradebook.students
    ]
    known = {student.id for student in students}
    students += [Student(identifier) for identifier in {name for _, name in looks} - known]
    students.sort(key=_by_name)
    assignments = gradebook.assignments
    table = dict[tuple[str, str], Grade]()
    for assignment in assignments:
        held = {held.student_id: held for held in gradebook.assignment_submissions(assignment.name)}
        for student in students:
            key = (assignment.name, student.id)
            table[key] = _grade(assignment, student, held.get(student.id), looks.get(key))
    maxima = {assignment.name: float(assignment.max_score) for assignment in assignments}
    return Grades(tuple(students), maxima, table)


def summarize(grades: Grades, *, encoding: str = "utf-8") -> str:
    """Say in text how the class did in each assignment.

    Parameters
    ----------
    grades : Grades
    encoding : str, default "utf-8"
        Of the stream that shows the text. Bars are of ``#`` if it has no ``█``.

    Returns
    -------
    str
        At most 80 columns wide where names are. The statistics and the distribution are of the
        scores that are final; the standard deviation is of this class, not an estimate for a
        larger one.

    Examples
    --------
    >>> ada, bob = Student("ada"), Student("bob")
    >>> table = {
    ...     ("one", "ada"): Grade("one", "ada", 7.0, 1.0, 10.0, "graded"),
    ...     ("one", "bob"): Grade("one", "bob", 0.0, 0.0, 10.0, "missing"),
    ... }
    >>> print(summarize(Grades((ada, bob), {"one": 10.0}, table)).partition("   0 to")[0])
    one (10 points)
      2 students: 1 submitted, 1 graded
      mean 6.00, standard deviation 0.00
      minimum 6.00, median 6.00, maximum 6.00
    <BLANKLINE>
    """
    if not grades.assignments:
        return "The gradebook has no assignment yet."
    try:
        "█│".encode(encoding)
    except UnicodeEncodeError:
        bar, line = "#", "|"
    else:
        bar, line = "█", "│"
    return "\n\n".join(
        "\n".join(_summary(name, maximum, grades.of(name), bar=bar, line=line))
        for name, maximum in grades.assignments.items()
    )


def _by_name(student: Student) -> tuple[str, str, str]:
    last_name, first_name = student.last_name or "", student.first_name or ""
    return last_name.casefold(), first_name.casefold(), student.id


def _grade(
    assignment: Assignment, student: Student, held: SubmittedAssignment | None, look: str | None
) -> Grade:
    """Return a grade from what the gradebook holds and from what is known beside it."""
    status: Status = "missing"
    if look is not None:
        status = "needs a look"
    elif held is not None:
        status = "needs a manual grade" if held.needs_manual_grade else "graded"
    return Grade(
        assignment.name,
        student.id,
        float(held.score) if held else 0.0,
        float(held.late_submission_penalty) if held else 0.0,
        float(assignment.max_score),
        status,
        assignment.duedate,
        held.timestamp if held else None,
        look or "",
    )


def _summary(
    name: str, maximum: float, grades: Sequence[Grade], *, bar: str, line: str
) -> Iterator[str]:
    """Yield the lines on one assignment."""
    yield f"{name} ({maximum:g} points)"
    n_by_status = Counter[str](grade.status for grade in grades)
    n_submitted = len(grades) - n_by_status["missing"]
    counted = f"{n_submitted} submitted, {n_by_status['graded']} graded"
    yield f"  {len(grades)} student{'s' * (len(grades) != 1)}: {counted}"
    waiting = [
        f"{n} need{'s' * (n == 1)} {what}"
        for what in ("a manual grade", "a look")
        if (n := n_by_status[f"needs {what}"])
    ]
    if waiting:
        yield f"  {', '.join(waiting)}"
    scores = [grade.score for grade in grades if grade.status == "graded"]
    if not scores:
        return
    mean, deviation = statistics.fmean(scores), statistics.pstdev(scores)
    yield f"  mean {mean:.2f}, standard deviation {deviation:.2f}"
    median = statistics.median(scores)
    yield f"  minimum {min(scores):.2f}, median {median:.2f}, maximum {max(scores):.2f}"
    if maximum > 0:
        yield from _distribution(scores, maximum, bar=bar, line=line)


def _distribution(scores: Iterable[float], maximum: float, *, bar: str, line: str) -> Iterator[str]:
    """Yield ten bars; a score between two is in the upper one, extra credit in the last."""
    # 3 of 10 points is bin 3, whatever the last digits of the quotient are
    bins = Counter(min(int(_N_BINS * score / maximum + 1e-9), _N_BINS - 1) for score in scores)
    edges = [f"{maximum * i / _N_BINS:g}" for i in range(_N_BINS + 1)]
    wide = max(map(len, edges))
    n_most = max(bins.values())
    room = _WIDTH - len(f"  {'':{wide}} to {'':{wide}} {line} {n_most}")
    for i in range(_N_BINS):
        n = bins[i]
        length = n if n_most <= room else math.ceil(n * room / n_most)
        drawn = f"{bar * length} {n}" if n else ""
        yield f"  {edges[i]:>{wide}} to {edges[i + 1]:>{wide}} {line}{drawn}"
