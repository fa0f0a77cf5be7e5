"""Grading that is killed goes on where it was, and what has not changed is not graded again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil
import pytest
from classroom_submissions import (
    FULL,
    IN_THIS_PROCESS,
    POINTS,
    RIGHT,
    TINY,
    WRONG,
    answered,
    generated,
    make_course,
    put,
    released,
)
from nbgrader.api import Gradebook

from rmsprop_course import classroom

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="processes are not killed alike")

SECONDS = 180.0  # after which a test gives up


def fill(course: Path, number: int) -> dict[str, float]:
    """Submit for some students, and return their points by student."""
    kinds = [kind for kind in generated(6 * number, seed=5).values() if kind.kind != "hostile"]
    students = {f"student-{n:03d}": kind for n, kind in enumerate(kinds[:number])}
    for student, kind in students.items():
        kind.put(course, student)
    return {student: float(kind.score or 0) for student, kind in students.items()}


def grade(course: Path) -> classroom.Grading:
    """Grade in this process."""
    return classroom.grade(course, TINY, unsafe=True)


def scores(grading: classroom.Grading) -> dict[str, float]:
    """Return the points of all students."""
    return {record.student: record.score for record in grading.records}


def in_the_gradebook(course: Path) -> dict[str, dict[str, tuple[float | None, bool]]]:
    """Return what nbgrader knows of each student's cells: points, and whether someone must look."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        return {
            one.student.id: {
                grade.name: (grade.auto_score, grade.needs_manual_grade)
                for notebook in one.notebooks
                for grade in notebook.grades
            }
            for one in gradebook.assignment_submissions(TINY)
        }


def kill_at(pid: int, moment: Callable[[], bool]) -> None:
    """Kill a process of ours as soon as a moment has come, and see that nothing of it goes on."""
    end = time.monotonic() + SECONDS
    try:
        while not moment():
            assert os.waitpid(pid, os.WNOHANG)[0] == 0, "it ended before that moment"
            assert time.monotonic() < end, "that moment did not come"
            time.sleep(0.002)
        children = psutil.Process(pid).children(recursive=True)
        sockets = {word for child in children for word in _command(child) if "kernel.json" in word}
    finally:
        with suppress(ProcessLookupError, ChildProcessError):
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
    end = time.monotonic() + 10
    while alive := [one for one in psutil.process_iter() if sockets & {*_command(one)}]:
        assert time.monotonic() < end, f"a submission goes on after its grader: {alive}"
        time.sleep(0.1)


def begin_grading(course: Path) -> int:
    """Grade in a copy of this process, for that begins at once, and return its number."""
    pid = os.fork()
    if pid == 0:
        try:
            grade(course)
        finally:
            os._exit(0)
    return pid


def graded(course: Path) -> list[Path]:
    """Return the records that are there."""
    return sorted((course / "grading" / TINY).glob("*.json"))


# A moment in the grading of the student with a number: it is begun, written, kept, recorded.
MOMENTS = (
    lambda course, n: (course / "autograded" / f"student-{n:03d}").is_dir(),
    lambda course, n: any((course / "autograded" / f"student-{n:03d}").rglob("*.ipynb")),
    lambda course, n: len(in_the_gradebook(course)) > n,
    lambda course, n: len(graded(course)) > n,
)


def test_killed_at_any_moment_it_goes_on(tmp_path: Path) -> None:
    undisturbed = make_course(tmp_path / "undisturbed", IN_THIS_PROCESS)
    predicted = fill(undisturbed, 6)
    grade(undisturbed)
    course = make_course(tmp_path / "killed", IN_THIS_PROCESS)
    fill(course, 6)
    for number, moment in enumerate(MOMENTS, 1):
        before = {path: path.read_bytes() for path in graded(course)}
        kill_at(begin_grading(course), partial(moment, course, number))
        assert number <= len(graded(course)) <= number + 1
        assert {path: path.read_bytes() for path in graded(course)}.items() >= before.items()
    kept = {path.stem for path in graded(course)}
    grading = grade(course)
    assert grading.fresh == predicted.keys() - kept
    assert scores(grading) == predicted
    assert in_the_gradebook(course) == in_the_gradebook(undisturbed)


@pytest.mark.usefixtures("sandbox")
def test_the_command_is_killed_and_given_again(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    loops = {**RIGHT, "average": "while True:\n    pass"}
    put(course, "adam", answered(released(course), WRONG))
    put(course, "mia", answered(released(course), loops))
    command = [sys.executable, "-m", "rmsprop_course.cli", "classroom", "grade", str(course), TINY]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        kill_at(process.pid, lambda: bool(graded(course)) and _is_busy(process.pid))
    assert [path.stem for path in graded(course)] == ["adam"]
    put(course, "mia", answered(released(course), RIGHT))
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True)
    assert "2 submissions: 1 graded now, 1 unchanged; 0 need a look" in done.stdout
    assert scores(grade(course)) == {"adam": 0.0, "mia": FULL}


def _is_busy(pid: int) -> bool:
    """Tell whether a kernel has worked for longer than its start takes."""
    for one in psutil.Process(pid).children(recursive=True):
        with suppress(psutil.Error):
            if "ipykernel" in " ".join(one.cmdline()) and one.cpu_times().user > 2.5:
                return True
    return False


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course in which three students were graded."""
    course = make_course(tmp_path_factory.mktemp("unchanged"), IN_THIS_PROCESS)
    for student in ("adam", "mia", "zoe"):
        put(course, student, answered(released(course), RIGHT))
    assert scores(grade(course)) == dict.fromkeys(("adam", "mia", "zoe"), FULL)
    return course


def test_what_has_not_changed_is_not_graded_again(course: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in course.rglob("*.ipynb")}
    grading = grade(course)
    assert not grading.fresh
    assert scores(grading) == dict.fromkeys(("adam", "mia", "zoe"), FULL)
    assert {path: path.stat().st_mtime_ns for path in course.rglob("*.ipynb")} == before


def test_what_has_changed_is_graded_again_alone(course: Path) -> None:
    wrong = RIGHT["average"].replace("(1 - decay)", "(2 - decay)")  # as many characters
    put(course, "mia", answered(released(course), {**RIGHT, "average": wrong}))
    grading = grade(course)
    assert grading.fresh == {"mia"}
    assert scores(grading) == {"adam": FULL, "mia": POINTS["test-step"], "zoe": FULL}
    put(course, "mia", answered(released(course), RIGHT))
    assert grade(course).fresh == {"mia"}


def test_who_submits_later_is_graded_alone(course: Path) -> None:
    put(course, "noah", answered(released(course), WRONG))
    grading = grade(course)
    assert grading.fresh == {"noah"}
    assert scores(grading)["noah"] == 0


def test_a_broken_submission_that_is_mended_is_graded(course: Path) -> None:
    path = put(course, "ada", answered(released(course), RIGHT))
    whole = path.read_text()
    path.write_text(whole[:500])
    (record,) = [one for one in grade(course).records if one.student == "ada"]
    assert (record.status, record.score) == ("needs a look", 0)
    assert not grade(course).fresh
    path.write_text(whole)
    grading = grade(course)
    assert grading.fresh == {"ada"}
    assert scores(grading)["ada"] == FULL


def test_a_submission_that_breaks_later_keeps_no_page_of_the_old_one(course: Path) -> None:
    path = put(course, "lea", answered(released(course), RIGHT))
    assert scores(grade(course))["lea"] == FULL
    path.write_text("{")
    (record,) = [one for one in grade(course).records if one.student == "lea"]
    assert (record.status, record.score) == ("needs a look", 0)
    assert not (course / "autograded" / "lea" / TINY).exists()
    classroom.write_all_grades(course, course / "tables")
    rows = (course / "tables" / "grades.csv").read_text("utf-8-sig").splitlines()
    assert [row for row in rows if ",lea," in row and "needs a look" in row]
    path.unlink()
    path.parent.rmdir()


def test_what_failed_by_the_machine_is_tried_again(
    course: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(course, "ida", answered(released(course), RIGHT))
    locked = "sqlalchemy.exc.OperationalError: (sqlite3.OperationalError) database is locked"
    with monkeypatch.context() as patch:
        patch.setattr(
            "nbgrader.apps.api.NbGraderAPI.autograde",
            lambda *given, **settings: {"success": False, "log": locked, "error": ""},
        )
        (record,) = [one for one in grade(course).records if one.student == "ida"]
    assert record.status == "needs a look" and "database is locked" in record.reasons[0]
    grading = grade(course)
    assert grading.fresh == {"ida"}
    assert scores(grading)["ida"] == FULL
    assert not grade(course).fresh


def test_points_that_were_given_by_hand_stay(course: Path) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        given = gradebook.find_grade("explain", TINY, TINY, "zoe")
        given.manual_score, given.needs_manual_grade = 2.5, False
        gradebook.db.commit()
    assert grade(course).fresh == set()
    again = classroom.grade(course, TINY, students=["zoe"], again=True, unsafe=True)
    assert again.fresh == {"zoe"}
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        given = gradebook.find_grade("explain", TINY, TINY, "zoe")
        assert given.manual_score == 2.5
        assert gradebook.find_submission(TINY, "zoe").score == FULL + 2.5


def test_new_tests_grade_all_again(course: Path) -> None:
    source = course / "source" / TINY / f"{TINY}.ipynb"
    text = source.read_text()
    source.write_text(text.replace("seed = ", "seed = 1"))
    classroom.release(course, TINY)
    grading = grade(course)
    assert grading.fresh == scores(grading).keys()
    assert grade(course).fresh == set()
