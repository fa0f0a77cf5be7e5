"""A new course is made whole or not at all, its hidden tests are its own, and it is checked."""

import re
import shutil

import nbformat
import pytest

from rmsprop_course.classroom import Course, CourseError, RosterError, new_course, release
from rmsprop_course.classroom._seeds import redraw
from rmsprop_course.cli import shipped

pytestmark = pytest.mark.usefixtures("fast_database")

TEXT = """seed = 7
### BEGIN HIDDEN TESTS
seed = 101
for seed in (1, 2):
    seed = 102
reseed = 103
seed = 104 + 1
### END HIDDEN TESTS
seed = 8
### BEGIN HIDDEN TESTS
seed = 105
### END HIDDEN TESTS
seed = 9"""


def cell(text, grade_id="test"):
    settings = {
        "grade": True,
        "grade_id": grade_id,
        "locked": True,
        "points": 1,
        "schema_version": 3,
        "solution": False,
        "task": False,
        "cell_type": "code",
    }
    return nbformat.v4.new_code_cell(text, id=grade_id, metadata={"nbgrader": settings})


def notebook(*cells):
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(metadata={"kernelspec": kernel}, cells=list(cells))


def add_source(sources, name, *cells):
    folder = sources / "source" / name
    folder.mkdir(parents=True)
    nbformat.write(notebook(*cells), folder / f"{name}.ipynb")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    """Return sources with one assignment that has seeds, and one that has none."""
    sources = tmp_path_factory.mktemp("sources")
    shutil.copy(shipped.assignments_folder() / "nbgrader_config.py", sources)
    add_source(sources, "1_with", cell(TEXT), cell(TEXT, "other"))
    add_source(sources, "2_without", cell("assert True"))
    (sources / "source" / "1_with" / "data.csv").write_text("1,2")
    (sources / "source" / "1_with" / ".ipynb_checkpoints").mkdir()
    return sources


@pytest.fixture(scope="module")
def made(pristine, tmp_path_factory):
    """Return a course, for tests that change nothing in it."""
    root = tmp_path_factory.mktemp("made") / "course"
    new_course(root, pristine, seed=1)
    return root


@pytest.fixture
def course(made, tmp_path):
    """Return a copy of a course, to change."""
    return shutil.copytree(made, tmp_path / "course")


def files(root):
    """Return what lies below a folder, by name; the database holds times and is left out."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {
        str(path.relative_to(root)): path.read_bytes()
        for path in paths
        if path.name != "gradebook.db"
    }


def seeds(root, name="1_with"):
    text = (root / "source" / name / f"{name}.ipynb").read_text()
    return [int(number) for number in re.findall(r'(?<!\w)seed = (\d+)(?=\\n|")', text)]


def test_a_course_holds_all_that_nbgrader_needs(made, pristine):
    assert (made / "nbgrader_config.py").read_bytes() == (
        pristine / "nbgrader_config.py"
    ).read_bytes()
    assert (made / "submitted").is_dir()
    assert (made / "source" / "1_with" / "data.csv").read_text() == "1,2"
    assert not list(made.rglob(".ipynb_checkpoints"))
    assert Course(made).assignments() == ["1_with", "2_without"]


def test_what_was_made_is_said(pristine, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id,first_name\nada,Ada\nbob,\n")
    told = new_course(tmp_path / "a" / "b", pristine, seed=3, roster=roster)
    assert told == (tmp_path / "a" / "b", 3, ["1_with", "2_without"], 2)
    assert Course(tmp_path / "a" / "b").roster() == ["ada", "bob"]


def test_the_roster_is_what_the_gradebook_holds_if_there_is_one(course, tmp_path):
    with Course(course).gradebook() as gradebook:
        gradebook.add_student("eve")  # as nbgrader does with whom it grades
    assert Course(course).roster() == []
    shutil.copy(_roster(tmp_path), course / "roster.csv")
    assert Course(course).roster() == ["eve"]


def _roster(tmp_path):
    (tmp_path / "roster.csv").write_text("id\nada\n")
    return tmp_path / "roster.csv"


def test_only_the_seeds_of_hidden_tests_are_redrawn():
    one = notebook(cell(TEXT))
    assert redraw(one, 1) == 3
    lines, were = one.cells[0].source.splitlines(), TEXT.splitlines()
    changed = [n for n, (now, was) in enumerate(zip(lines, were, strict=True)) if now != was]
    assert changed == [2, 4, 10]
    assert all(re.fullmatch(r"( {4})?seed = \d+", lines[n]) for n in changed)
    assert lines[4].startswith("    ")


def test_cells_get_seeds_of_their_own():
    one = notebook(cell(TEXT), cell(TEXT, "other"))
    redraw(one, 1)
    assert one.cells[0].source != one.cells[1].source


def test_the_same_seed_makes_the_same_course(made, pristine, tmp_path):
    new_course(tmp_path / "again", pristine, seed=1)
    assert files(tmp_path / "again") == files(made)


def test_another_seed_makes_other_hidden_tests(made, pristine, tmp_path):
    new_course(tmp_path / "two", pristine, seed=2)
    assert new_course(tmp_path / "zero", pristine, seed=0).seed == 0
    now, was = files(tmp_path / "two"), files(made)
    assert [name for name in was if now[name] != was[name]] == ["source/1_with/1_with.ipynb"]
    drawn = [seeds(root) for root in (made, tmp_path / "two", tmp_path / "zero", pristine)]
    kept = [n for n, row in enumerate(zip(*drawn, strict=True)) if len(set(row)) == 1]
    assert len(drawn[0]) == 12 and kept == [0, 3, 5, 6, 9, 11]  # outside the hidden tests


def test_without_a_seed_each_course_differs(pristine, tmp_path):
    told = [new_course(tmp_path / name, pristine) for name in ("a", "b")]
    assert told[0].seed != told[1].seed and min(one.seed for one in told) >= 0
    assert seeds(tmp_path / "a") != seeds(tmp_path / "b")


def test_a_source_without_seeds_stays_as_it_is(made, pristine):
    name = "source/2_without/2_without.ipynb"
    assert nbformat.read(made / name, 4) == nbformat.read(pristine / name, 4)


def test_an_empty_folder_will_do(pristine, tmp_path):
    (tmp_path / "course").mkdir()
    assert new_course(tmp_path / "course", pristine, seed=1).assignments


@pytest.mark.parametrize("name", ["mine.txt", ".hidden"])
def test_a_folder_that_holds_anything_is_refused(pristine, tmp_path, name):
    (tmp_path / name).write_text("mine")
    with pytest.raises(CourseError, match="DIR must be new or empty, got"):
        new_course(tmp_path, pristine, seed=1)
    assert files(tmp_path) == {name: b"mine"}


def test_a_file_is_refused(pristine, tmp_path):
    (tmp_path / "file").write_text("mine")
    with pytest.raises(CourseError, match="DIR must be new or empty"):
        new_course(tmp_path / "file", pristine)


def test_a_bad_roster_makes_nothing(pristine, tmp_path):
    roster = tmp_path / "roster.csv"
    roster.write_text("id\nada\n../bob\n")
    with pytest.raises(RosterError, match="line 3"):
        new_course(tmp_path / "course", pristine, roster=roster)
    assert not (tmp_path / "course").exists()


def test_a_negative_seed_makes_nothing(pristine, tmp_path):
    with pytest.raises(CourseError, match="seed must be 0 or more, got -1"):
        new_course(tmp_path / "course", pristine, seed=-1)
    assert not (tmp_path / "course").exists()


def test_the_shipped_assignments_all_have_seeds(tmp_path):
    for path in sorted(shipped.assignments_folder().glob("source/*/*.ipynb")):
        one = nbformat.read(path, as_version=4)
        assert redraw(one, 1) > 0, path.name


def test_a_folder_that_is_no_course_is_told_apart(tmp_path):
    with pytest.raises(CourseError, match=r"nbgrader_config\.py.*`rmsprop-course classroom new"):
        Course(tmp_path)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("c = get_config(", "never closed"),
        ("c = get_config()\nc.Exchange.root = here", "here"),
        ("import no_such_module", "no_such_module"),
        ("from rmsprop_course.classroom import no_such_name", "no_such_name"),
        ("open('no_such_file')", "no_such_file"),
        ("{}['no_such_key']", "no_such_key"),
        ("int('many')", "many"),
        ("1 / 0", "division by zero"),
        ("raise RuntimeError('not today')", "not today"),
    ],
)
def test_settings_that_cannot_be_read_are_named(course, code, said):
    (course / "nbgrader_config.py").write_text(code)
    with pytest.raises(CourseError, match=rf"nbgrader_config\.py cannot be read: .*{said}"):
        Course(course)


def test_an_assignment_is_named_by_its_name_or_its_number(made):
    course = Course(made)
    assert course.require("1") == course.require("1_with") == "1_with"


@pytest.mark.parametrize("name", ["3", "1_", "with", "", "1_WITH", "../1_with"])
def test_an_unknown_assignment_is_named_with_those_there_are(made, name):
    with pytest.raises(CourseError) as caught:
        Course(made).require(name)
    assert str(caught.value) == f"ASSIGNMENT must be one of 1_with, 2_without, got {name!r}"


def test_a_number_that_two_assignments_have_is_refused(course):
    add_source(course, "1_other", cell("assert True"))
    with pytest.raises(CourseError, match=r"must be one of 1_other, 1_with, 2_without, got '1'"):
        Course(course).require("1")
    assert Course(course).require("1_other") == "1_other"


def test_a_whole_name_counts_before_a_number(course):
    add_source(course, "1", cell("assert True"))
    assert Course(course).require("1") == "1"


def test_a_course_without_sources_says_so(course):
    shutil.rmtree(course / "source")
    with pytest.raises(CourseError, match=r"source/ is empty"):
        Course(course).require("1")


def test_an_assignment_that_was_not_released_is_named_with_the_command(made):
    with pytest.raises(CourseError, match=r"1_with was not released: `rmsprop-course classroom re"):
        Course(made).notebooks("1_with")


def test_a_released_assignment_has_no_hidden_test_and_its_data(course):
    (path,) = release(course, "1")
    assert path == course / "release" / "1_with" / "1_with.ipynb"
    assert "HIDDEN" not in path.read_text() and seeds_of(path) == [7, 8, 9]
    assert (path.parent / "data.csv").is_file()
    assert Course(course).notebooks("1_with") == ["1_with.ipynb"]


def seeds_of(path):
    text = nbformat.read(path, as_version=4).cells[0].source
    return [int(number) for number in re.findall(r"seed = (\d+)", text)]


def test_a_source_that_nbgrader_cannot_release_is_named_with_the_reason(course):
    path = course / "source" / "1_with" / "1_with.ipynb"
    nbformat.write(notebook(cell("### BEGIN HIDDEN TESTS\nassert True")), path)
    with pytest.raises(CourseError, match=r"nbgrader cannot release 1_with: ") as caught:
        release(course, "1")
    assert "\n" not in str(caught.value)


def test_submissions_are_listed_by_student_whatever_they_are(course):
    (course / "submitted" / "bob" / "1_with").mkdir(parents=True)
    (course / "submitted" / "bob" / "2_without").mkdir()
    (course / "submitted" / "ada").mkdir()
    (course / "submitted" / "ada" / "1_with").symlink_to("nowhere")
    (course / "submitted" / "eve").mkdir()
    (course / "submitted" / "note.txt").write_text("a file among the folders")
    assert list(Course(course).submissions("1_with")) == ["ada", "bob"]


def test_a_course_without_submissions_has_none(course):
    shutil.rmtree(course / "submitted")
    assert Course(course).submissions("1_with") == {}


def test_a_damaged_gradebook_is_told_in_one_line(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()")
    (tmp_path / "gradebook.db").write_text("this is no database")
    with pytest.raises(CourseError, match=r"gradebook\.db cannot be used: file is not a database"):
        Course(tmp_path).notebooks("1_with")
