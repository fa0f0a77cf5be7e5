"""What is kept of a submission comes back as it was, whatever the student's folder is called."""

import json
import string
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmsprop_course.classroom import _records
from rmsprop_course.classroom._records import Record

ONE = Record(
    student="ada",
    status="needs a look",
    reasons=("it is empty", "it is late"),
    remarks=("cut off",),
    score=4.5,
    max_score=10.0,
    seconds=1.25,
    fingerprint="f00",
)
# What os.listdir can return: any character but the two that no name holds, bytes that are no UTF-8
LETTERS = st.characters(exclude_characters="/\0", exclude_categories=())
NAMES = st.text(LETTERS, min_size=1, max_size=255)
TEXTS = st.lists(st.text(st.characters(exclude_categories=())), max_size=3).map(tuple)
NUMBERS = st.floats(0, 1e9)


@given(
    student=NAMES,
    reasons=TEXTS,
    remarks=TEXTS,
    score=NUMBERS,
    seconds=NUMBERS,
    status=st.sampled_from(["graded", "needs a look"]),
)
def test_any_record_comes_back_as_it_was(tmp_path_factory, **of):
    root = tmp_path_factory.mktemp("course")
    record = replace(ONE, **of)
    _records.write(root, "tiny", record)
    assert _records.read(root, "tiny", record.student) == record


@given(names=st.sets(NAMES, min_size=2, max_size=2))
def test_two_students_have_two_records(tmp_path_factory, names):
    root = tmp_path_factory.mktemp("course")
    for name in names:
        _records.write(root, "tiny", replace(ONE, student=name, reasons=(name,)))
    for name in names:
        assert _records.read(root, "tiny", name).reasons == (name,)


def test_bytes_that_are_no_text_are_told_apart(tmp_path):
    for name in ("a\udc80", "a\udc81", "a?", "a\ufffd"):
        _records.write(tmp_path, "tiny", replace(ONE, student=name))
    assert len(list(_records.folder(tmp_path, "tiny").iterdir())) == 4


def test_a_students_id_is_the_name_of_the_file(tmp_path):
    _records.write(tmp_path, "tiny", ONE)
    path = tmp_path / "grading" / "tiny" / "ada.json"
    assert json.loads(path.read_bytes())["reasons"] == ["it is empty", "it is late"]
    assert [other.name for other in path.parent.iterdir()] == ["ada.json"]  # no draft is left


@pytest.mark.parametrize("name", ["..", ".", "../../secret", "a/../../b", ".hidden", "+abc"])
def test_no_name_leads_out_of_the_folder(tmp_path, name):
    _records.write(tmp_path, "tiny", replace(ONE, student=name))
    (path,) = (path for path in tmp_path.rglob("*") if path.is_file())
    assert path.parent == _records.folder(tmp_path, "tiny")
    assert not _records.is_safe(path.stem), "no other student's record lies there"
    assert _records.read(tmp_path, "tiny", name).student == name


def test_assignments_are_kept_apart(tmp_path):
    _records.write(tmp_path, "one", ONE)
    assert _records.read(tmp_path, "two", "ada") is None


def test_a_new_record_takes_the_place_of_the_old_one(tmp_path):
    _records.write(tmp_path, "tiny", ONE)
    _records.write(tmp_path, "tiny", replace(ONE, score=1.0))
    assert _records.read(tmp_path, "tiny", "ada").score == 1.0


def test_a_forgotten_record_is_gone_and_forgetting_none_is_no_error(tmp_path):
    _records.write(tmp_path, "tiny", ONE)
    _records.forget(tmp_path, "tiny", "ada")
    assert _records.read(tmp_path, "tiny", "ada") is None
    _records.forget(tmp_path, "tiny", "ada")
    _records.forget(tmp_path, "tiny", "b" * 255)


WHOLE = json.dumps({field.name: getattr(ONE, field.name) for field in fields(ONE)})


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        "null",
        "3",
        WHOLE[:-5],
        WHOLE.replace('"score"', '"points"'),
        WHOLE.replace('"reasons"', '"causes"'),
        WHOLE.replace("{", '{"new": 1, ', 1),
        WHOLE.replace('["cut off"]', "7"),
        "\xff",
    ],
)
def test_a_file_that_is_no_record_counts_as_none(tmp_path, content):
    path = _records.folder(tmp_path, "tiny") / "ada.json"
    path.parent.mkdir(parents=True)
    path.write_bytes(content.encode("latin-1"))
    assert _records.read(tmp_path, "tiny", "ada") is None


def test_what_cannot_be_kept_leaves_the_old_record(tmp_path):
    _records.write(tmp_path, "tiny", ONE)
    with pytest.raises(TypeError):
        _records.write(tmp_path, "tiny", replace(ONE, score=object()))
    assert _records.read(tmp_path, "tiny", "ada") == ONE


@given(name=st.text(string.ascii_letters + string.digits + "._@-", max_size=140))
def test_a_safe_name_is_what_a_roster_allows(name):
    allowed = 1 <= len(name) <= 128 and name[0] not in "._@-"
    assert _records.is_safe(name) == allowed


@pytest.mark.parametrize("name", ["a b", "a\n", "a/b", "ä", "a\0", "", "a+b", "a\udc80"])
def test_other_names_are_not_safe(name):
    assert not _records.is_safe(name)
