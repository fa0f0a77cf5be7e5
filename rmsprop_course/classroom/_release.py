"""The students' version of an assignment."""

from pathlib import Path

from rmsprop_course.classroom._course import Course, CourseError


def release(root: Path, assignment: str) -> list[Path]:
    """Make the students' version of an assignment, without solutions and hidden tests.

    What is there already is replaced. nbgrader keeps the assignment, with its tests, in the
    gradebook; submissions are graded by what is kept there.

    Parameters
    ----------
    root : Path
        Folder of the course.
    assignment : str
        Its name or number.

    Returns
    -------
    list of Path
        The notebooks to hand out.

    Raises
    ------
    CourseError
        If there is no such course or assignment, or its source is not as nbgrader wants it.
    """
    course = Course(root)
    assignment = course.require(assignment)
    done = course.run(course.api.generate_assignment, assignment, force=True)
    if not done.success:
        raise CourseError(f"nbgrader cannot release {assignment}: {done.reason}")
    folder = course.folder("release", assignment)
    return sorted(folder.glob("*.ipynb"))
