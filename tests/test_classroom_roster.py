"""A roster is read from what nbgrader, Canvas and Moodle write, and never half."""

import glob
import re
from pathlib import PurePosixPath, PureWindowsPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbgrader.api import Gradebook

from rmsprop_course.classroom import _roster
from rmsprop_course.classroom._roster import Imported, RosterError, Student

# What Canvas exports: a row on posting, points, a student of its own, columns that are read only
CANVAS = (
    "\ufeffStudent,ID,SIS User ID,SIS Login ID,Section,"
    '"Quiz, first (901)",1_moving_average (902),Current Score,Final Score\r\n'
    ",,,,,Manual Posting,,,\r\n"
    "    Points Possible,,,,,5.00,10.00,(read only),(read only)\r\n"
    '"Lovelace, Ada",4711,U0007,ada@example.edu,A,4.00,,80.00,80.00\r\n'
    '"Gödel, Kurt Friedrich",4712,,kurt,A and B,,,,\r\n'
    "Plato,4713,U0009,plato,A,N/A,EX,,\r\n"
    f'"Student, Test",4714,,{"0a" * 20},A,,,,\r\n'
)
MOODLE = (
    'Surname;"First name";"ID number";Institution;"Email address";"Assignment: One (Real)"\n'
    'Lovelace;Ada;;"Moodle HQ; 1";ada@example.edu;56,00\n'
    "Gödel;Kurt;;;kurt@example.edu;-\n"
)


@pytest.fixture
def roster(tmp_path):
    """Write a file and return its path."""

    def write(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


@pytest.fixture
def gradebook(fast_database):
    with Gradebook("sqlite://") as gradebook:
        yield gradebook


def test_the_columns_of_nbgrader_are_read(roster):
    path = roster(
        "id,first_name,last_name,email,lms_user_id\n"
        "ada,Ada,Lovelace,ada@example.edu,7\n"
        'bob,,"Smith, Jr.",,\n'
    )
    assert _roster.read_roster(path) == [
        Student("ada", "Ada", "Lovelace", "ada@example.edu", "7"),
        Student("bob", None, "Smith, Jr.", None, None),
    ]


def test_the_gradebook_of_canvas_is_read(roster):
    assert _roster.read_roster(roster(CANVAS)) == [
        Student("ada@example.edu", "Ada", "Lovelace", None, "4711"),
        Student("kurt", "Kurt Friedrich", "Gödel", None, "4712"),
        Student("plato", None, "Plato", None, "4713"),
    ]


@pytest.mark.parametrize(
    ("row", "identifier"), [("4711,U7,ada", "ada"), ("4711,U7,", "U7"), ("4711,,", "4711")]
)
def test_the_id_is_the_best_that_canvas_gives(roster, row, identifier):
    path = roster(f'Student,ID,SIS User ID,SIS Login ID,Section\n"Lovelace, Ada",{row},A\n')
    assert _roster.read_roster(path) == [Student(identifier, "Ada", "Lovelace", None, "4711")]


def test_canvas_may_write_the_names_in_two_columns(roster):
    path = roster("LastName,FirstName,ID,SIS Login ID,Section\nLovelace,Ada,4711,ada,A\n")
    assert _roster.read_roster(path) == [Student("ada", "Ada", "Lovelace", None, "4711")]


def test_a_person_named_test_student_is_a_student(roster):
    path = roster('Student,ID,SIS Login ID,Section\n"Student, Test",4711,tstudent,A\n')
    assert _roster.read_roster(path) == [Student("tstudent", "Test", "Student", None, "4711")]


def test_the_grades_of_moodle_are_read(roster):
    assert _roster.read_roster(roster(MOODLE)) == [
        Student("ada@example.edu", "Ada", "Lovelace", "ada@example.edu", None),
        Student("kurt@example.edu", "Kurt", "Gödel", "kurt@example.edu", None),
    ]


@pytest.mark.parametrize(
    ("row", "identifier"), [("ada,20240001", "ada"), (",20240001", "20240001")]
)
def test_the_id_is_the_best_that_moodle_gives(roster, row, identifier):
    header = "First name,Last name,Username,ID number,Email address,Groups\n"
    students = _roster.read_roster(roster(f"{header}Ada,Lovelace,{row},a@example.edu,G1\n"))
    expected = Student(identifier, "Ada", "Lovelace", "a@example.edu", "20240001")
    assert students == [expected]


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_separators_ends_of_lines_and_a_mark_do_not_matter(roster, mark, start, end):
    lines = ["id,last_name", "ada,Lovelace", "", ",", "  bob ,  von \u2028 Neumann "]
    path = roster(start + end.join(lines).replace(",", mark))
    students = [Student("ada", None, "Lovelace"), Student("bob", None, "von Neumann")]
    assert _roster.read_roster(path) == students


def test_a_roster_may_have_ids_alone_and_no_student(roster):
    assert _roster.read_roster(roster("ID\nada\nbob")) == [Student("ada"), Student("bob")]
    assert _roster.read_roster(roster("id\n")) == []


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: one column must be id, .* got none"),
        ("name,mail\nAda,a@b\n", "line 1: one column must be id, SIS Login ID, .* got name, mail"),
        ('"name\n1"\nAda\n', "line 1: one column must be id, .* got name 1"),
        ("id,id\nada,bob\n", "line 1: a column must come once, got 'id' twice"),
        ("id,email\nada,\n,b@c\n", "line 3: a student must have an id, got an empty cell"),
        ("id\nada\nbob\nada\n", "line 4: an id must come once, got 'ada' as in line 2"),
        ("id\nada\nAda\n", "line 3: an id must come once, got 'Ada' as in line 2"),
        ("id\nADA\nada\n", "line 3: an id must come once, got 'ada' as in line 2"),
        ("id\n../ada\n", "line 2: an id must name a folder, got '../ada'"),
        ("id\n.ada\n", "line 2: an id must name a folder, got '.ada'"),
        ("id\na+b@example.edu\n", "line 2: an id must name a folder, got 'a.b@example.edu'"),
        ("id\nädä\n", "line 2: an id must name a folder, got 'ädä'"),
        (f"id\n{'a' * 129}\n", "line 2: an id must name a folder, got 'a{129}'"),
        ("id,last\nada,Love,lace\n", "line 2: must have at most 2 cells as line 1, got 3"),
        ('id,last\nada,"Love\nbob,B\n', "line 3: must be CSV: unexpected end of data"),
        ("id\nada\nG\xf6del\n".encode("latin-1"), "line 3: must be UTF-8 text, got the byte 0xf6"),
        ("id\nada\n".encode("utf-16"), "line 1: must be UTF-8 text, got the byte 0xff"),
        (b"id\nada\0\n", "line 2: must be text, got the byte 0x00"),
        (b"PK\x03\x04\x14\x00\x06\x00", "line 1: must be text"),
    ],
)
def test_what_is_wrong_is_said_in_a_line_with_its_place(roster, content, message):
    with pytest.raises(RosterError, match=rf"^roster.csv, {message}") as caught:
        _roster.read_roster(roster(content))
    assert "\n" not in str(caught.value)


@given(st.from_regex(_roster._ID, fullmatch=True))
def test_an_id_that_is_accepted_is_one_folder_to_nbgrader(identifier):
    for path in (PurePosixPath, PureWindowsPath):
        assert path("submitted", identifier, "one").parts == ("submitted", identifier, "one")
    assert glob.escape(identifier) == identifier
    assert re.fullmatch(r"[^+,*\s]+", identifier)  # part a submission's name and lists of students


def test_students_are_new_or_changed_and_nobody_is_removed(gradebook):
    gradebook.add_student("eve", last_name="Old")
    gradebook.add_student("kurt", last_name="Goedel", email="k@example.edu")
    students = [
        Student("ada", "Ada", "Lovelace", None, "7"),
        Student("kurt", None, "Gödel", None, None),
    ]
    assert _roster.import_roster(gradebook, students) == Imported(1, 1, 0)
    held = {s.id: (s.first_name, s.last_name, s.email, s.lms_user_id) for s in gradebook.students}
    assert held == {
        "ada": ("Ada", "Lovelace", None, "7"),
        "eve": (None, "Old", None, None),
        "kurt": (None, "Gödel", "k@example.edu", None),
    }
    assert _roster.import_roster(gradebook, students) == Imported(0, 0, 2)
