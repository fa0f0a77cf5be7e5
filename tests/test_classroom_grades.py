"""Grades are nbgrader's, and reach a person, Canvas and Moodle as they are or not at all."""

import csv
import io
import os
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook
from nbgrader.plugins.export import CsvExportPlugin

from rmsprop_course.classroom import _grade_files
from rmsprop_course.classroom._grades import Grade, Grades, collect_grades, summarize
from rmsprop_course.classroom._roster import Student

# nbgrader's own, in its add_submission
pytestmark = pytest.mark.filterwarnings("ignore:Object of type <Submitted:Warning")

ONE, TWO, THREE = "1_one", "2_two", "3_three"  # the third has no submission
DUE, HANDED_IN = datetime(2030, 1, 1, 12), datetime(2030, 1, 2, 12, 30)
STUDENTS = {
    "ada": ("Ada", "Lovelace, Countess", "ada@example.edu", "11"),
    "bob": ('Robert "Bob"', "Müller", "bob@example.edu", "12"),
    "eve": ("+Eve", '=HYPERLINK("http://example.org","x")', "eve@example.edu", "13"),
    "kim": ("Kim", None, "kim@example.edu", "14"),
    "zoe": ("Zoe", "Zed", None, None),
}


def hand_in(gradebook, assignment, student, code, *, written=None, extra=None, penalty=None):
    """A submission with 0 to 4 points of code and 0 to 6 for a text, None if that waits."""
    submission = gradebook.add_submission(assignment, student, timestamp=HANDED_IN)
    grades = {grade.name: grade for grade in submission.notebooks[0].grades}
    grades["code"].auto_score, grades["code"].needs_manual_grade = code, False
    grades["text"].manual_score, grades["text"].needs_manual_grade = written, written is None
    grades["text"].extra_credit = extra
    submission.notebooks[0].late_submission_penalty = penalty
    gradebook.db.commit()


@pytest.fixture
def empty(fast_database):
    with Gradebook("sqlite://") as gradebook:
        yield gradebook


@pytest.fixture
def gradebook(empty):
    """Ada has done all, Bob was late, of Eve a text waits, Kim and Zoe are missing in part."""
    for name, (first, last, email, number) in STUDENTS.items():
        about = {"first_name": first, "last_name": last, "email": email, "lms_user_id": number}
        empty.add_student(name, **about)
    for name in (ONE, TWO, THREE):
        empty.add_assignment(name, duedate=DUE)
        empty.add_notebook(name, name)
        empty.add_grade_cell("code", name, name, max_score=4, cell_type="code")
        empty.add_grade_cell("text", name, name, max_score=6, cell_type="markdown")
    hand_in(empty, ONE, "ada", 4, written=5.5)
    hand_in(empty, ONE, "bob", 4, written=3, penalty=2.25)
    hand_in(empty, ONE, "eve", 3)
    hand_in(empty, ONE, "kim", 0, written=1, penalty=5)
    hand_in(empty, TWO, "ada", 4, written=6, extra=1)
    hand_in(empty, TWO, "zoe", 0, written=0)
    return empty


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def records(text):
    return list(csv.DictReader(io.StringIO(text, newline="")))


def by_key(grades):
    return {key: (grade.score, grade.status) for key, grade in grades.table.items()}


def test_a_grade_is_what_nbgrader_gave_less_the_penalty(gradebook):
    grades = collect_grades(gradebook)
    assert grades.assignments == {ONE: 10.0, TWO: 10.0, THREE: 10.0}
    assert by_key(grades) == {
        (ONE, "ada"): (9.5, "graded"),
        (ONE, "bob"): (4.75, "graded"),
        (ONE, "eve"): (3.0, "needs a manual grade"),
        (ONE, "kim"): (0.0, "graded"),  # 1 less 5
        (ONE, "zoe"): (0.0, "missing"),
        (TWO, "ada"): (11.0, "graded"),  # extra credit
        (TWO, "zoe"): (0.0, "graded"),
        **{(TWO, name): (0.0, "missing") for name in ("bob", "eve", "kim")},
        **{(THREE, name): (0.0, "missing") for name in STUDENTS},
    }
    bob = grades.table[ONE, "bob"]
    assert (bob.raw_score, bob.late_submission_penalty, bob.max_score) == (7.0, 2.25, 10.0)
    assert (bob.duedate, bob.timestamp) == (DUE, HANDED_IN)


def test_a_submission_that_was_never_graded_waits(gradebook):
    gradebook.add_submission(THREE, "ada")
    assert collect_grades(gradebook).table[THREE, "ada"].status == "needs a manual grade"


def test_a_submission_that_could_not_be_graded_is_not_missing(gradebook):
    looks = {(ONE, "bob"): "not JSON", (TWO, "kim"): "no notebook", (TWO, "new"): "who?"}
    grades = collect_grades(gradebook, looks=looks)
    looked = {key: grade.note for key, grade in grades.table.items() if grade.note}
    assert looked == looks
    assert all(grades.table[key].status == "needs a look" for key in looks)
    assert grades.table[ONE, "new"].status == "missing"
    as_before = by_key(collect_grades(gradebook))
    assert {key: by_key(grades)[key] for key in as_before.keys() - looks} == {
        key: as_before[key] for key in as_before.keys() - looks
    }


def test_a_student_without_a_final_score_is_not_sent_to_moodle_or_canvas(gradebook):
    grades = collect_grades(gradebook, looks={(ONE, "kim"): "not JSON", (ONE, "new"): "who?"})
    for write in (_grade_files.as_moodle_csv, _grade_files.as_canvas_csv):
        sent = {cell for row in rows(write(grades)) for cell in row} & {*STUDENTS, "new"}
        assert sent == {"ada", "bob", "zoe"}


def test_students_are_in_the_order_of_their_names(empty):
    names = {"d": "Zed", "b": "von Neumann", "a": "Adams", "f": None, "e": "Adams", "c": "Adams"}
    for identifier, last_name in names.items():
        empty.add_student(identifier, last_name=last_name)
    order = [student.id for student in collect_grades(empty).students]
    assert order == ["f", "a", "c", "e", "b", "d"]


def test_the_long_form_holds_what_nbgrader_exports(gradebook, tmp_path):
    for name in STUDENTS:  # nbgrader's export cannot write the others
        gradebook.update_or_create_student(name, first_name=name, last_name=name, email=None)
    exported = tmp_path / "exported.csv"
    CsvExportPlugin(to=str(exported)).export(gradebook)
    theirs = records(exported.read_text(encoding="utf-8"))
    ours = records(_grade_files.as_csv(collect_grades(gradebook)))
    assert list(ours[0]) == [*theirs[0], "status", "note"]
    assert [{name: row[name] for name in theirs[0]} for row in ours] == theirs


def test_names_reach_the_long_form_whole_and_are_no_formulas(gradebook):
    names = {
        row["student_id"]: (row["last_name"], row["first_name"])
        for row in records(_grade_files.as_csv(collect_grades(gradebook)))
    }
    assert names == {
        "ada": ("Lovelace, Countess", "Ada"),
        "bob": ("Müller", 'Robert "Bob"'),
        "eve": ('\'=HYPERLINK("http://example.org","x")', "'+Eve"),
        "kim": ("", "Kim"),
        "zoe": ("Zed", "Zoe"),
    }


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", " =", "\uff1d"])
def test_text_that_begins_as_a_formula_gets_an_apostrophe(start):
    student = Student("ada", last_name=f"{start}1+1")
    key = ("one", "ada")
    grades = Grades((student,), {"one": 1.0}, {key: Grade(*key, -1.0, 0.0, 1.0, "graded")})
    written = (_grade_files.as_csv, _grade_files.as_canvas_csv, _grade_files.as_moodle_csv)
    for text in (write(grades) for write in written):
        cells = rows(text)[-1]
        assert f"'{start}1+1" in cells
        assert "ada" in cells
    assert records(_grade_files.as_csv(grades))[0]["raw_score"] == "-1.0"  # a number stays one


def test_canvas_gets_what_its_import_matches_and_no_score_that_is_not_final(gradebook):
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", ONE, TWO]
    assert rows(_grade_files.as_canvas_csv(collect_grades(gradebook))) == [
        head,
        ["    Points Possible", "", "", "", "", "10", "10"],
        ["Kim", "14", "", "kim", "", "0", ""],
        ["Lovelace, Countess, Ada", "11", "", "ada", "", "9.5", "11"],
        ['Müller, Robert "Bob"', "12", "", "bob", "", "4.75", ""],
        ["Zed, Zoe", "", "", "zoe", "", "", "0"],
    ]


def test_canvas_gets_a_number_of_its_own_or_none():
    students = (Student("ada", lms_user_id="12ab"), Student("bob", lms_user_id="12"))
    keys = [("one", student.id) for student in students]
    table = {key: Grade(*key, 1.0, 0.0, 1.0, "graded") for key in keys}
    text = _grade_files.as_canvas_csv(Grades(students, {"one": 1.0}, table))
    assert [row[1] for row in rows(text)[2:]] == ["", "12"]


def test_moodle_gets_a_dash_where_there_is_no_final_score(gradebook):
    gradebook.update_or_create_student("zoe", lms_user_id="15")
    assert rows(_grade_files.as_moodle_csv(collect_grades(gradebook))) == [
        ["First name", "Last name", "Username", "ID number", ONE, TWO],
        ["Kim", "", "kim", "14", "0", "-"],
        ["Ada", "Lovelace, Countess", "ada", "11", "9.5", "11"],
        ['Robert "Bob"', "Müller", "bob", "12", "4.75", "-"],
        ["Zoe", "Zed", "zoe", "15", "-", "0"],
    ]


def test_moodle_gets_a_column_to_match_only_if_no_cell_of_it_is_empty(gradebook):
    def head():
        return rows(_grade_files.as_moodle_csv(collect_grades(gradebook)))[0][:-2]

    assert head() == ["First name", "Last name", "Username"]  # Zoe has neither
    gradebook.update_or_create_student("zoe", email="zoe@example.edu")
    assert head() == ["First name", "Last name", "Username", "Email address"]


@pytest.mark.parametrize(
    ("write", "none"), [(_grade_files.as_canvas_csv, ""), (_grade_files.as_moodle_csv, "-")]
)
def test_a_score_that_waits_is_written_if_asked_for(gradebook, write, none):
    grades = collect_grades(gradebook, looks={(ONE, "bob"): "not JSON"})
    table = rows(write(grades, include_unfinished=True))
    scores = {name: row[-2:] for row in table for name in STUDENTS.keys() & row}
    assert scores == {
        "ada": ["9.5", "11"],
        "eve": ["3", none],
        "kim": ["0", none],
        "zoe": [none, "0"],
    }


def test_a_score_has_the_decimals_that_moodle_keeps():
    key = ("one", "ada")
    table = {key: Grade(*key, 20 / 3, 0.0, 100.0, "graded")}
    grades = Grades((Student("ada"),), {"one": 100.0}, table)
    assert rows(_grade_files.as_moodle_csv(grades))[1][-1] == "6.66667"
    assert rows(_grade_files.as_canvas_csv(grades))[1][-1] == "100"


def test_no_students_and_no_assignments_are_empty_tables(empty):
    grades = collect_grades(empty)
    assert len(rows(_grade_files.as_csv(grades))) == 1
    assert len(rows(_grade_files.as_canvas_csv(grades))) == 2
    assert len(rows(_grade_files.as_moodle_csv(grades))) == 1
    assert summarize(grades) == "The gradebook has no assignment yet."
    empty.add_assignment("one")
    grades = collect_grades(empty)
    assert summarize(grades) == "one (0 points)\n  0 students: 0 submitted, 0 graded"
    assert len(rows(_grade_files.as_csv(grades))) == 1


NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(codec="utf-8"))


@given(st.lists(st.tuples(TEXTS, TEXTS, NUMBERS, NUMBERS, NUMBERS), max_size=5))
def test_the_long_form_is_read_back_as_it_was(drawn):
    students = tuple(Student(f"s{i}", first, last) for i, (first, last, *_) in enumerate(drawn))
    table = {
        ("one", f"s{i}"): Grade("one", f"s{i}", *numbers, "graded")
        for i, (_, _, *numbers) in enumerate(drawn)
    }
    read = records(_grade_files.as_csv(Grades(students, {"one": 1.0}, table)))
    columns = ("raw_score", "late_submission_penalty", "max_score", "score")
    assert [tuple(float(row[name]) for name in columns) for row in read] == [
        (g.raw_score, g.late_submission_penalty, g.max_score, g.score) for g in table.values()
    ]
    for row, student in zip(read, students, strict=True):
        assert row["last_name"].removeprefix("'") == student.last_name.removeprefix("'")


def test_the_files_are_whole_and_nothing_is_left_beside_them(gradebook, tmp_path, monkeypatch):
    grades = collect_grades(gradebook)
    paths = _grade_files.write_grades(grades, tmp_path)
    assert [path.name for path in paths] == ["grades.csv", "grades-canvas.csv", "grades-moodle.csv"]
    assert set(tmp_path.iterdir()) == set(paths)
    written = [path.read_bytes() for path in paths]
    assert written[0] == b"\xef\xbb\xbf" + _grade_files.as_csv(grades).encode()
    assert written[1].decode() == _grade_files.as_canvas_csv(grades)
    assert written[2].decode() == _grade_files.as_moodle_csv(grades)

    def fail(source, target):
        raise OSError("No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    with pytest.raises(OSError, match="No space left"):
        _grade_files.write_grades(grades, tmp_path, include_unfinished=True)
    assert [path.read_bytes() for path in paths] == written
    assert set(tmp_path.iterdir()) == set(paths)


def test_a_name_that_is_no_text_costs_nobody_the_grades(gradebook, tmp_path):
    looks = {(ONE, os.fsdecode(b"ad\xff")): "its folder has an odd name"}
    path, *_ = _grade_files.write_grades(collect_grades(gradebook, looks=looks), tmp_path)
    written = {row["student_id"]: row for row in records(path.read_text("utf-8-sig"))}
    assert written.keys() == {*STUDENTS, "ad\\udcff"}


def test_a_summary_has_the_numbers_of_the_scores_that_are_final(gradebook):
    # (9.5 + 4.75 + 0) / 3 = 4.75; the root of (4.75^2 + 0 + 4.75^2) / 3 = 3.878
    one, two, three = summarize(collect_grades(gradebook)).split("\n\n")
    assert one.splitlines() == [
        "1_one (10 points)",
        "  5 students: 4 submitted, 3 graded",
        "  1 needs a manual grade",
        "  mean 4.75, standard deviation 3.88",
        "  minimum 0.00, median 4.75, maximum 9.50",
        "   0 to  1 │█ 1",
        "   1 to  2 │",
        "   2 to  3 │",
        "   3 to  4 │",
        "   4 to  5 │█ 1",
        "   5 to  6 │",
        "   6 to  7 │",
        "   7 to  8 │",
        "   8 to  9 │",
        "   9 to 10 │█ 1",
    ]
    assert two.splitlines()[1:4] == [
        "  5 students: 2 submitted, 2 graded",
        "  mean 5.50, standard deviation 5.50",
        "  minimum 0.00, median 5.50, maximum 11.00",
    ]
    assert two.endswith("│█ 1")  # extra credit, in the last bin
    assert three == "3_three (10 points)\n  5 students: 0 submitted, 0 graded"


def class_of(scores, maximum=10.0):
    students = tuple(Student(f"s{i}") for i in range(len(scores)))
    table = {
        ("one", f"s{i}"): Grade("one", f"s{i}", score, 0.0, maximum, "graded")
        for i, score in enumerate(scores)
    }
    return Grades(students, {"one": maximum}, table)


def bars(summary):
    return [line.partition("│")[2] for line in summary.splitlines() if "│" in line]


@pytest.mark.parametrize("maximum", [7.0, 10.0, 0.3, 1 / 3, 23.0])
def test_a_score_between_two_bins_is_in_the_upper_one(maximum):
    scores = [maximum * i / 10 for i in range(11)]
    assert bars(summarize(class_of(scores, maximum))) == ["█ 1"] * 9 + ["██ 2"]


def test_an_assignment_without_points_has_no_distribution():
    assert summarize(class_of([0.0], 0.0)).splitlines() == [
        "one (0 points)",
        "  1 student: 1 submitted, 1 graded",
        "  mean 0.00, standard deviation 0.00",
        "  minimum 0.00, median 0.00, maximum 0.00",
    ]


def test_bars_fit_in_80_columns_and_a_single_student_is_seen():
    summary = summarize(class_of([0.0] + [5.0] * 4000 + [9.0] * 2000))
    assert max(map(len, summary.splitlines())) == 80
    drawn = bars(summary)
    assert (drawn[0], drawn[1], drawn[5][-6:], drawn[9][-6:]) == ("█ 1", "", "█ 4000", "█ 2000")
    assert (drawn[5].count("█"), drawn[9].count("█")) == (63, 32)


def test_bars_are_plain_where_a_stream_has_no_blocks():
    summary = summarize(class_of([5.0, 5.0]), encoding="ascii")
    assert "  5 to  6 |## 2" in summary
    assert summary.isascii()
    assert "█" in summarize(class_of([5.0]), encoding="cp437")
