"""What becomes of submissions that are no proper notebooks: a score, or a reason for a look.

All of them are graded in one run, between honest students, by nbgrader and the course's own steps;
only the cells run in this process, for there is nothing hostile in them.
"""

import os
import re
import sys
from pathlib import Path

import pytest
from classroom_hostile_code import Hostile, Traps
from classroom_hostile_files import (
    HOSTILE_FILES,
    ODD_BYTES,
    ODD_NAMES,
)
from classroom_submissions import (
    FULL,
    IN_THIS_PROCESS,
    POINTS,
    RIGHT,
    TINY,
    WRONG,
    answered,
    explained,
    make_course,
    put,
    released,
    snapshot,
)
from nbgrader.api import Gradebook

from rmsprop_course import classroom

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="links, pipes and names of files are as Linux has them"
)

HONEST = {  # students who come first, in the middle and last, and their answers
    "aaron": (RIGHT, FULL),
    "is-mia": ({**RIGHT, "average": WRONG["average"]}, POINTS["test-step"]),
    "zoe": (WRONG, 0),
}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a course with all submissions."""
    folder = tmp_path_factory.mktemp("odd")
    root = make_course(folder, IN_THIS_PROCESS)
    for student, (answers, _) in HONEST.items():
        put(root, student, answered(released(root), answers))
    traps = Traps(root, folder, folder, "aaron", 0, "")
    for student, hostile in HOSTILE_FILES.items():
        hostile.put(traps, student)
    for student in ODD_NAMES:
        put(root, student, answered(released(root), RIGHT))
    put(root, os.fsdecode(ODD_BYTES), answered(released(root), RIGHT))
    (root / "submitted" / "notes.txt").write_text("no student")
    return root


@pytest.fixture(scope="module")
def before(course: Path) -> dict[str, str]:
    """Return what the folders hold before anything is graded."""
    return snapshot(course)


@pytest.fixture(scope="module")
def records(course: Path, before: dict[str, str]) -> dict[str, classroom.Record]:
    """Return what became of each submission, by student."""
    grading = classroom.grade(course, TINY, unsafe=True)
    return {record.student: record for record in grading.records}


def test_none_is_lost(records: dict[str, classroom.Record]) -> None:
    assert set(records) == {*HONEST, *HOSTILE_FILES, *ODD_NAMES, os.fsdecode(ODD_BYTES)}


@pytest.mark.parametrize("student", HONEST)
def test_others_are_graded_as_if_it_was_not_there(
    records: dict[str, classroom.Record], student: str
) -> None:
    assert records[student].status == "graded"
    assert records[student].score == HONEST[student][1]


def assert_as_it_must_be(record: classroom.Record, must: Hostile) -> None:
    """Check what became of a hostile submission."""
    if must.score is not None:
        assert record.score == must.score, record
    if must.look is not None:
        assert record.status == ("needs a look" if must.look else "graded"), record
        assert re.search(must.look, " · ".join(record.reasons)), record
    assert bool(record.reasons) == (record.status == "needs a look"), record
    for reason in record.reasons:
        assert any(phrase in reason for phrase in explained()), reason


@pytest.mark.parametrize("student", HOSTILE_FILES)
def test_it_ends_in_a_score_or_in_a_reason(
    records: dict[str, classroom.Record], student: str
) -> None:
    assert_as_it_must_be(records[student], HOSTILE_FILES[student])


@pytest.mark.parametrize("student", [*ODD_NAMES, os.fsdecode(ODD_BYTES)])
def test_a_folder_that_is_named_oddly_is_not_graded(
    records: dict[str, classroom.Record], student: str
) -> None:
    assert records[student].status == "needs a look"
    assert "folder" in records[student].reasons[0]


def test_what_was_submitted_stays_as_it_was(
    course: Path, before: dict[str, str], records: dict[str, classroom.Record]
) -> None:
    assert snapshot(course) == before


def test_the_gradebook_says_the_same(course: Path, records: dict[str, classroom.Record]) -> None:
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        scores = {
            one.student.id: sum(
                grade.auto_score or 0
                for notebook in one.notebooks
                for grade in notebook.grades
                if grade.cell.cell_type == "code"
            )
            for one in gradebook.assignment_submissions(TINY)
        }
    known = {student: record.score for student, record in records.items() if record.score}
    assert {student: score for student, score in scores.items() if score} == known


def test_a_second_run_grades_nothing_again(
    course: Path, records: dict[str, classroom.Record]
) -> None:
    grading = classroom.grade(course, TINY, unsafe=True)
    assert not grading.fresh
    assert {record.student: record for record in grading.records} == records
