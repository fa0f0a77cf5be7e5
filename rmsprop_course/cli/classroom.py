"""``rmsprop-course classroom``: an nbgrader course, from the first folder to the last grade."""

import sys
from collections.abc import Callable, Iterator, Sized
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TypeVar

import click

from rmsprop_course.cli import shipped

if TYPE_CHECKING:
    from rmsprop_course.classroom import Grading, Record

Command = TypeVar("Command", bound=Callable[..., Any])

_COURSE = click.Path(exists=True, file_okay=False, path_type=Path)


@click.group("classroom")
def classroom_command() -> None:
    """Hand out, grade and return assignments with nbgrader.

    \b
    From nothing to returned grades:
      rmsprop-course classroom new DIR --roster students.csv
      rmsprop-course classroom release DIR 1
      rmsprop-course classroom grade DIR 1     what lies in DIR/submitted
      rmsprop-course classroom feedback DIR 1
      rmsprop-course classroom grades DIR

    DIR is a course of nbgrader: its own commands, and formgrader in JupyterLab, work on it too.
    The instructor guide tells all of it: book/instructors.md.
    """


@classroom_command.command("new")
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--seed",
    metavar="N",
    type=click.IntRange(min=0),
    help="Redraws the numbers of the hidden tests; the same seed makes the same course. "
    "Default: a seed is drawn.",
)
@click.option(
    "--roster",
    metavar="CSV",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Students: nbgrader's columns (id, first_name, last_name, email, lms_user_id), or an "
    "export of Canvas or Moodle.",
)
def new_command(folder: Path, seed: int | None, roster: Path | None) -> None:
    """Make a course in DIR, with all assignments and their solutions.

    The assignments, their solutions and their tests are public. The seed gives the hidden tests
    other numbers, so that whoever knows the public ones knows nothing.
    """
    with _one_line_errors() as course:
        made = course.new_course(folder, shipped.assignments_folder(), seed=seed, roster=roster)
    click.echo(f"Made a course in {_shown(made.root)}, with the seed {made.seed}")
    click.echo(f"Assignments: {', '.join(made.assignments)}")
    if made.n_students:
        click.echo(f"Students: {made.n_students}")
    click.echo("The folder source/ holds the solutions: students must not see it")


def _on_assignment(command: Command) -> Command:
    """Give a command its two arguments."""
    command = click.argument("assignment", metavar="ASSIGNMENT")(command)
    return click.argument("folder", metavar="DIR", type=_COURSE)(command)


@classroom_command.command("release")
@_on_assignment
def release_command(folder: Path, assignment: str) -> None:
    """Make the students' version of an assignment, without solutions and hidden tests.

    ASSIGNMENT is its name, or its number. Hand out the folder that this names; where the course
    has an exchange, `nbgrader release_assignment` does it.
    """
    with _one_line_errors() as course:
        notebooks = course.release(folder, assignment)
    for notebook in notebooks:
        click.echo(f"Made {_shown(notebook)}")


@classroom_command.command("grade")
@_on_assignment
@click.option("--student", "students", metavar="ID", multiple=True, help="Only this. Repeatable.")
@click.option("--again", is_flag=True, help="Also what has not changed. Points by hand stay.")
@click.option(
    "--unsafe", is_flag=True, help="Without a sandbox, where there is none: submissions run as you."
)
def grade_command(
    folder: Path, assignment: str, students: tuple[str, ...], again: bool, unsafe: bool
) -> None:
    """Grade the submissions in DIR/submitted/STUDENT/ASSIGNMENT that are new or have changed.

    Each runs by itself in a sandbox (bubblewrap, on Linux): it sees no other file of yours and no
    network, and ends at the limits that DIR/nbgrader_config.py sets. Whatever a submission does,
    the next one is graded; one that cannot be graded, or should be read by a person, is listed
    with the reason. After an interruption, the same command goes on.
    """
    with _one_line_errors() as course:
        try:
            result = _grade(course, folder, assignment, students, again, unsafe)
        except course.NoSandboxError as error:
            raise click.ClickException(
                f"{error}. Without a sandbox a submission runs as you, and can read and change "
                "your files, the gradebook among them. To grade nevertheless, add --unsafe"
            ) from error
    if not result.sandboxed:
        click.echo("Graded WITHOUT a sandbox: each submission ran as you", err=True)
    _tell(result)


def _grade(
    course: ModuleType,
    folder: Path,
    assignment: str,
    students: tuple[str, ...],
    again: bool,
    unsafe: bool,
) -> "Grading":
    """Grade under a bar that names the submission."""
    with ExitStack() as stack:
        bar: list[Any] = []

        def begin(count: int) -> None:
            bar.append(
                stack.enter_context(
                    click.progressbar(
                        length=count, label="Grading", show_pos=True, item_show_func=_shown_item
                    )
                )
            )

        def progress(record: "Record") -> None:
            bar[0].update(1, record.student)

        result: Grading = course.grade(
            folder,
            assignment,
            students=students,
            again=again,
            unsafe=unsafe,
            begin=begin,
            progress=progress,
        )
        return result


def _shown_item(student: str | None) -> str:
    return _plain(student or "")


def _tell(result: "Grading") -> None:
    """Print what a run did, and who needs a look and why."""
    needs_look = [record for record in result.records if record.status == "needs a look"]
    old = len(result.records) - len(result.fresh)
    click.echo(
        f"{_count(result.records, 'submission')}: {len(result.fresh)} graded now, {old} unchanged; "
        f"{len(needs_look)} need a look; {len(result.missing)} of the roster submitted nothing"
    )
    for record in needs_look:
        points = f"{record.score:g} of {record.max_score:g} by tests"
        click.echo(f"\n{_plain(record.student)}: {points}, needs a look")
        for reason in record.reasons:
            click.echo(f"  {_plain(reason)}")
    remarked = [record for record in result.records if record.remarks]
    if remarked:
        click.echo("\nAlso seen:")
    for record in remarked:
        click.echo(f"  {_plain(record.student)}: {_plain('; '.join(record.remarks))}")


@classroom_command.command("feedback")
@_on_assignment
def feedback_command(folder: Path, assignment: str) -> None:
    """Make a page for each student: points, comments, and what the failed tests say.

    The pages show no hidden test and need no network. They lie in DIR/feedback; where the course
    has an exchange, `nbgrader release_feedback` hands them out.
    """
    with _one_line_errors() as course:
        pages, failed = course.make_feedback(folder, assignment)
    click.echo(f"Made {_count(pages, 'page')} in {_shown(folder / 'feedback')}")
    for student, reason in failed.items():
        click.echo(f"  none for {_plain(student)}: {_plain(reason)}", err=True)


@classroom_command.command("grades")
@click.argument("folder", metavar="DIR", type=_COURSE)
@click.option(
    "--to",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the tables are written. Default: the course's folder.",
)
@click.option(
    "--include-unfinished",
    is_flag=True,
    help="Give Canvas and Moodle also the points of submissions that wait for a person.",
)
def grades_command(folder: Path, to: Path | None, include_unfinished: bool) -> None:
    """Write the grades as tables, and print a summary with their distribution.

    \b
    grades.csv          every student and assignment, for you
    grades-canvas.csv   to import into Canvas
    grades-moodle.csv   to import into Moodle
    """
    with _one_line_errors() as course:
        paths, summary = course.write_all_grades(
            folder,
            to or folder,
            include_unfinished=include_unfinished,
            encoding=sys.stdout.encoding or "ascii",
        )
    click.echo(summary)
    for path in paths:
        click.echo(f"Written to {_shown(path)}")


@contextmanager
def _one_line_errors() -> Iterator[ModuleType]:
    """Load what the commands need, and turn its errors into lines."""
    try:
        from rmsprop_course import classroom
    except ModuleNotFoundError as error:
        raise click.ClickException(str(error)) from error
    try:
        yield classroom
    except classroom.CourseError as error:
        raise click.ClickException(str(error)) from error
    except classroom.RosterError as error:
        raise click.ClickException(str(error)) from error


def _count(things: Sized, name: str) -> str:
    """Return how many there are, in words."""
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"


def _shown(name: Path | str) -> str:
    """Return a name that any terminal can print."""
    return click.format_filename(name)


def _plain(text: str) -> str:
    """Return a submission's text in one line, without what a terminal would obey or refuse."""
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
