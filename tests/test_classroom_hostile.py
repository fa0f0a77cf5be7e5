"""Hostile code in submissions, graded in one run in the sandbox between honest students.

By default those kinds run that differ in what they reach; RMSPROP_COURSE_TEST_HOSTILE=1 runs all,
which takes minutes. `python bench/classroom_batch.py --hostile` prints what became of each.
"""

import ast
import os
import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import psutil
import pytest
from assignment_runs import failures, grade_id, source
from classroom_hostile_code import (
    HONEST_CODE,
    HOSTILE_CODE,
    REACHES,
    Traps,
)
from classroom_hostile_files import COMPANIONS
from classroom_submissions import (
    FULL,
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

import rmsprop_course
from rmsprop_course import classroom

LIMITS = """
c.ExecuteInSandbox.timeout = 2
c.ExecuteInSandbox.wall = 20.0
c.ExecuteInSandbox.cpu = 15
c.ExecuteInSandbox.memory = 700 * 2**20
c.ExecuteInSandbox.max_output = 300_000
"""

# Students who come first, in the middle and last, and their answers and points.
HONEST = {
    "aaron": (RIGHT, FULL),
    "mia": ({**RIGHT, "average": WRONG["average"]}, POINTS["test-step"]),
    "zoe": (WRONG, 0.0),
}
KINDS = {**HOSTILE_CODE, **HONEST_CODE, **COMPANIONS}
CHOSEN = {
    *("loops", "ignores-interrupts"),
    *("takes-memory-at-once", "takes-memory-in-many-processes", "forks", "os-exit"),
    *REACHES,
    *("prints-a-million-lines", "warns", "publishes-points"),
    *("replaces-allclose-behind-a-name", "strips-assertions"),
    *("has-an-error-of-its-own", "carries-modules-and-settings"),
}
RUN = KINDS if os.environ.get("RMSPROP_COURSE_TEST_HOSTILE") else {k: KINDS[k] for k in CHOSEN}


class Done(NamedTuple):
    """What a run of grading left behind."""

    records: dict[str, classroom.Record]
    seconds: float
    before: dict[str, str]  # what stood in all files, but for those that grading writes
    after: dict[str, str]
    heard: int  # how many connections the listeners got


@pytest.fixture(scope="module")
def traps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Traps]:
    """Return a course, a home and a folder beside it, and two sockets that listen."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("home", "outside"):
        (folder / name).mkdir()
        (folder / name / ".bashrc").write_text("a canary")
    abstract = f"rmsprop-course-{os.getpid()}"
    with socket.socket() as port, socket.socket(socket.AF_UNIX) as unix:
        port.bind(("127.0.0.1", 0))
        unix.bind(f"\0{abstract}")
        for listener in (port, unix):
            listener.listen()
            listener.setblocking(False)
        LISTENERS[:] = [port, unix]
        course = make_course(folder, LIMITS)
        number = port.getsockname()[1]
        yield Traps(course, folder / "home", folder / "outside", "aaron", number, abstract)


LISTENERS: list[socket.socket] = []


def _heard() -> int:
    """Return how many connections wait at the listeners."""
    count = 0
    for listener in LISTENERS:
        try:
            listener.accept()[0].close()
            count += 1
        except BlockingIOError:
            pass
    return count


@pytest.fixture(scope="module")
def done(sandbox: None, traps: Traps) -> Done:
    """Grade all submissions in one run."""
    for student, (answers, _) in HONEST.items():
        put(traps.course, student, answered(released(traps.course), answers))
    for student, hostile in RUN.items():
        hostile.put(traps, student)
    before = _all_files(traps)
    begin = time.monotonic()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RMSPROP_COURSE_SECRET", f"of the instructor: {traps.course}")
        grading = classroom.grade(traps.course, TINY)
    seconds = time.monotonic() - begin
    records = {record.student: record for record in grading.records}
    return Done(records, seconds, before, _all_files(traps), _heard())


def _all_files(traps: Traps) -> dict[str, str]:
    """Return what stands in all files that a submission might go for."""
    folders = (traps.course, traps.home, traps.outside)
    found = {f"{at.name}/{name}": text for at in folders for name, text in snapshot(at).items()}
    outside = ("/tmp/written", "/tmp/rmsprop-was-here", "/usr/bin/written")
    packages = (np.__file__, rmsprop_course.__file__)
    return (
        found
        | {name: str(os.path.lexists(name)) for name in outside}
        | {name: Path(name).read_text() for name in packages}
    )


def test_none_is_lost(done: Done) -> None:
    assert set(done.records) == {*HONEST, *RUN}


@pytest.mark.parametrize("student", HONEST)
def test_others_are_graded_as_if_it_was_not_there(done: Done, student: str) -> None:
    record = done.records[student]
    assert (record.status, record.score) == ("graded", HONEST[student][1]), record


@pytest.mark.parametrize("student", sorted(RUN))
def test_it_ends_in_a_score_or_in_a_reason(done: Done, student: str) -> None:
    record, must = done.records[student], RUN[student]
    reasons = " · ".join(record.reasons)
    if must.score is not None:
        assert record.score == must.score, record
    if must.look is not None:
        assert record.status == ("needs a look" if must.look else "graded"), record
        assert re.search(must.look, reasons), record
    assert "Traceback" not in reasons
    assert "could not grade" not in reasons, record
    for reason in record.reasons:
        assert any(phrase in reason for phrase in explained()), reason


def test_nothing_outside_is_changed(done: Done) -> None:
    changed = {
        name for name in done.before | done.after if done.before.get(name) != done.after.get(name)
    }
    assert not changed


def test_nothing_is_reached_through_a_socket(done: Done) -> None:
    assert done.heard == 0


def test_no_process_goes_on(done: Done) -> None:
    going_on = [
        process
        for process in psutil.Process().children(recursive=True)
        if any("rmsprop-kernel-" in argument for argument in process.cmdline())
    ]
    assert not going_on


def test_each_ends_at_the_limits(
    done: Done, record_property: Callable[[str, object], None]
) -> None:
    """Twenty seconds are given; to start and to end takes a while on a busy machine."""
    times = sorted(record.seconds for record in done.records.values())
    told = (
        f"{len(times)} submissions in {done.seconds:.0f} s, median {times[len(times) // 2]:.1f} s"
    )
    record_property("hostile", told)
    assert times[-1] < 60


# What an answer may return instead of numbers: as many, all of them wrong, and equal to everything.
_SPOILED = """
import functools as _functools
import numpy as _np

def _yes(self, *given, **settings):
    return True

class _EqualFloat(float):
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _yes
    __hash__ = None
    __sub__ = __rsub__ = __abs__ = lambda self, *given: _EqualFloat(0.0)

class _EqualInt(int):
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _yes
    __hash__ = int.__hash__
    __sub__ = __rsub__ = __abs__ = lambda self, *given: _EqualInt(0)

class _EqualArray(_np.ndarray):
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = _yes
    def __array_ufunc__(self, *given, **settings):
        return _np.bool_(True)
    def __array_function__(self, *given, **settings):
        return True

def _spoiled(found):
    if isinstance(found, (tuple, list)):
        return type(found)(map(_spoiled, found))
    if isinstance(found, _np.ndarray):
        return _np.full(found.shape, -7.0).view(_EqualArray)
    return _EqualInt(-7) if isinstance(found, (int, _np.integer)) else _EqualFloat(-7.0)

def _spoil(function):
    @_functools.wraps(function)
    def spoiled(*given, **settings):
        return _spoiled(function(*given, **settings))
    return spoiled
"""


def _functions(text: str) -> list[str]:
    return [node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)]


@pytest.mark.parametrize(
    ("assignment", "name"),
    [
        (assignment, grade_id(cell))
        for assignment in ("1_moving_average", "2_rmsprop_in_numpy")
        for cell in source(assignment).cells
        if cell.cell_type == "code" and cell.metadata.get("nbgrader", {}).get("solution")
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_no_assignment_takes_wrong_values_that_equal_everything(assignment: str, name: str) -> None:
    (cell,) = [cell for cell in source(assignment).cells if grade_id(cell) == name]
    spoiled = [f"{function} = _spoil({function})" for function in _functions(cell.source)]
    answer = "\n".join([cell.source, _SPOILED, *spoiled])
    assert failures(assignment, {name: answer}), answer
