"""Grades generated submissions, and tells what a submission costs and whether its score is right.

``python bench/classroom_batch.py [N]`` grades N of them (100 by default), right, wrong, partly
answered, untouched, late and hostile, whose scores are known beforehand. ``--hostile`` grades one
of each hostile kind instead, and prints what became of it. Both need a sandbox.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

TESTS = Path(__file__).parents[1] / "tests"
sys.path.insert(0, str(TESTS))  # where the submissions are made

import classroom_hostile_code as hostile_code  # noqa: E402
import classroom_hostile_files as hostile_files  # noqa: E402
import classroom_submissions as submissions  # noqa: E402

from rmsprop_course import classroom  # noqa: E402
from rmsprop_course.classroom import Record  # noqa: E402

LIMITS = """
c.ExecuteInSandbox.timeout = 3
c.ExecuteInSandbox.wall = 20.0
c.ExecuteInSandbox.memory = 700 * 2**20
"""


def grade(course: Path) -> tuple[dict[str, Record], float]:
    """Return what became of each submission, and the seconds that it took."""
    begin = time.perf_counter()
    done = classroom.grade(course, submissions.TINY, progress=_tell)
    print(file=sys.stderr)
    return {record.student: record for record in done.records}, time.perf_counter() - begin


def _tell(record: Record) -> None:
    print(f"\r{record.student:45.45}", end="", file=sys.stderr)


def grade_generated(folder: Path, number: int) -> None:
    """Grade a class, and print how it went."""
    course = submissions.make_course(folder, LIMITS)
    predicted = submissions.generated(number, seed=number)
    for student, one in predicted.items():
        one.put(course, student)
    records, seconds = grade(course)
    times = [record.seconds for record in records.values()]
    kinds = Counter(one.kind for one in predicted.values())
    right = Counter(
        one.kind
        for student, one in predicted.items()
        if (record := records.get(student)) and is_as_predicted(record, one)
    )
    print(f"{'kind':12}{'number':>8}{'as predicted':>14}")
    for kind, count in sorted(kinds.items()):
        print(f"{kind:12}{count:8}{right[kind]:14}")
    print(f"{'all':12}{number:8}{sum(right.values()):14}")
    print(f"lost: {len(predicted.keys() - records.keys())}")
    print(
        f"seconds: {seconds:.0f}; each: {statistics.median(times):.2f} (slowest {max(times):.2f})"
    )


def is_as_predicted(record: Record, predicted: submissions.Predicted) -> bool:
    """Tell whether a score is the one that was known, or a hostile one needs a look."""
    if predicted.score is None:
        return record.status == "needs a look"
    return record.status == "graded" and record.score == predicted.score


def grade_hostile(folder: Path) -> None:
    """Grade all hostile kinds between three right submissions, and print what became of them."""
    course = submissions.make_course(folder, LIMITS)
    right = submissions.answered(submissions.released(course), submissions.RIGHT)
    for student in ("aaron", "mia", "zoe"):
        submissions.put(course, student, right)
    for name in ("home", "outside"):
        (folder / name).mkdir()
    traps = hostile_code.Traps(course, folder / "home", folder / "outside", "aaron", 9, "none")
    for student, one in {**hostile_code.HOSTILE_CODE, **hostile_files.HOSTILE_FILES}.items():
        one.put(traps, student)
    records, seconds = grade(course)
    print("| submission | points | status | seconds | reasons |\n|---|---|---|---|---|")
    for record in records.values():
        reasons = "; ".join(record.reasons).replace("|", "\\|")
        points = f"{record.score:g} | {record.status} | {record.seconds:.1f}"
        print(f"| {record.student} | {points} | {reasons} |")
    print(f"\n{len(records)} submissions in {seconds:.0f} seconds")


def main() -> None:
    """Read the command line, and grade in a folder that is gone afterwards."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("number", nargs="?", type=int, default=100)
    parser.add_argument("--hostile", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        if given.hostile:
            grade_hostile(Path(folder))
        else:
            grade_generated(Path(folder), given.number)


if __name__ == "__main__":
    main()
