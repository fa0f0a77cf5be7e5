"""What goes back: a page for each student, and tables of grades."""

from pathlib import Path

from rmsprop_course.classroom import _records
from rmsprop_course.classroom._course import Course
from rmsprop_course.classroom._grade_files import write_grades
from rmsprop_course.classroom._grades import collect_grades, summarize


def make_feedback(root: Path, assignment: str) -> tuple[list[Path], dict[str, str]]:
    """Make the feedback pages of an assignment.

    Parameters
    ----------
    root : Path
        Folder of the course.
    assignment : str
        Its name or number.

    Returns
    -------
    pages : list of Path
    failed : dict of str to str
        By student, why there is no page.

    Raises
    ------
    CourseError
        If there is no such course or assignment.
    """
    course = Course(root)
    assignment = course.require(assignment)
    pages: list[Path] = []
    failed: dict[str, str] = {}
    for student in course.submissions(assignment):
        if not course.folder("autograded", assignment, student).is_dir():
            failed[student] = "it was not graded"
            continue
        done = course.run(course.api.generate_feedback, assignment, student, force=True)
        if done.success:
            pages += sorted(course.folder("feedback", assignment, student).glob("*.html"))
        else:
            failed[student] = done.reason
    return pages, failed


def write_all_grades(
    root: Path, to: Path, *, include_unfinished: bool = False, encoding: str = "utf-8"
) -> tuple[tuple[Path, ...], str]:
    """Write the tables of grades into a folder, and return them with a summary in text.

    Parameters
    ----------
    root : Path
        Folder of the course.
    to : Path
        Is made if it is not there.
    include_unfinished : bool, default: False
        Whether a score counts as final while a cell waits for a manual grade.
    encoding : str, default: "utf-8"
        Of the stream that shows the summary.

    Returns
    -------
    paths : tuple of Path
    summary : str

    Raises
    ------
    CourseError
        If there is no such course.
    """
    course = Course(root)
    looks = {}
    for assignment in course.assignments():
        for student in course.submissions(assignment):
            if course.folder("autograded", assignment, student).is_dir():
                continue
            record = _records.read(course.root, assignment, student)
            reasons = record.reasons if record else ("it is not graded yet",)
            looks[assignment, student] = "; ".join(reasons)
    with course.gradebook() as gradebook:
        grades = collect_grades(gradebook, looks=looks)
    to.mkdir(parents=True, exist_ok=True)
    paths = write_grades(grades, to, include_unfinished=include_unfinished)
    return paths, summarize(grades, encoding=encoding)
