"""``rmsprop-course classroom``: from a new course to tables of grades, and what it says on the way.

What becomes of hostile submissions, and of runs that are killed, is tested elsewhere.
"""

import csv
import os
import re
import shutil
import signal
import subprocess
import sys

import classroom_submissions as tiny
import pytest
from click.testing import CliRunner
from filelock import FileLock

from rmsprop_course import cli
from rmsprop_course.classroom import _sandbox
from rmsprop_course.classroom._notes import Notes
from rmsprop_course.cli import shipped

pytestmark = pytest.mark.usefixtures("fast_database")

ROSTER = "id,first_name,last_name\nada,Ada,Lovelace\nbob,Bob,\neve,Eve,\nzoe,Zoë,\n"
REASON = "bubblewrap is not installed (Debian, Ubuntu: apt install bubblewrap; Linux only)"


def run(*arguments, status=0):
    """Run a command, and return what it printed to both streams."""
    result = CliRunner().invoke(cli.main, ["classroom", *map(str, arguments)])
    assert result.exit_code == status, result.output
    assert "Traceback" not in result.output
    return result.output


def refused(*arguments, status=1):
    """Run a command that must fail, and return the one line that it prints."""
    (line,) = run(*arguments, status=status).splitlines()
    assert line.startswith("Error: ")
    return line.removeprefix("Error: ")


def submit(root, student, answers):
    return tiny.put(root, student, tiny.answered(tiny.released(root), answers))


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    sources = tmp_path_factory.mktemp("sources")
    shutil.copy(shipped.assignments_folder() / "nbgrader_config.py", sources)
    tiny.write_tiny(sources)
    return sources


@pytest.fixture(scope="module")
def at_hand(sources, tmp_path_factory):
    """Return a course with two submissions, and what was said when it was made."""
    base = tmp_path_factory.mktemp("made")
    (base / "roster.csv").write_text(ROSTER)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shipped, "assignments_folder", lambda: sources)
        new = run("new", base / "course", "--seed", 5, "--roster", base / "roster.csv")
    release = run("release", base / "course", "tiny")
    submit(base / "course", "ada", tiny.RIGHT)
    submit(base / "course", "bob", tiny.WRONG)
    return base / "course", new, release


@pytest.fixture(scope="module")
def done(at_hand, sandbox, tmp_path_factory):
    """Return a graded course, and what was said when it was graded."""
    root = tmp_path_factory.mktemp("graded") / "course"
    shutil.copytree(at_hand[0], root)
    return root, run("grade", root, "tiny")


@pytest.fixture
def course(at_hand, tmp_path):
    return shutil.copytree(at_hand[0], tmp_path / "course")


@pytest.fixture
def graded(done, tmp_path):
    return shutil.copytree(done[0], tmp_path / "course")


@pytest.fixture
def no_sandbox(monkeypatch):
    monkeypatch.setattr(_sandbox, "trial", lambda: REASON)


@pytest.fixture
def any_sandbox(monkeypatch):
    """Let a command come to its error, on whatever machine; nothing is graded."""
    monkeypatch.setattr(_sandbox, "trial", lambda: "")


def autograded(root):
    return sorted(path.name for path in (root / "autograded").glob("*"))


def test_new_says_what_it_made(at_hand):
    root, said, _ = at_hand
    assert said.splitlines() == [
        f"Made a course in {root}, with the seed 5",
        "Assignments: tiny",
        "Students: 4",
        "The folder source/ holds the solutions: students must not see it",
    ]
    assert "seed = 101" not in (root / "source" / "tiny" / "tiny.ipynb").read_text()


def test_new_makes_the_courses_own_assignments(tmp_path):
    lines = run("new", tmp_path / "course").splitlines()
    names = [path.name for path in sorted(shipped.assignments_folder().glob("source/*"))]
    assert lines[1] == f"Assignments: {', '.join(names)}" and len(names) == 4
    assert len(lines) == 3


def test_release_names_what_to_hand_out(at_hand):
    root, _, said = at_hand
    path = root / "release" / "tiny" / "tiny.ipynb"
    assert said == f"Made {path}\n"
    assert "SOLUTION" not in path.read_text() and "HIDDEN" not in path.read_text()


def test_a_release_can_be_made_anew(course):
    assert run("release", course, "tiny") == run("release", course, "tiny")


def test_grade_tells_how_many_and_who_submitted_nothing(done):
    root, said = done
    assert "2 submissions: 2 graded now, 0 unchanged; 0 need a look; 2 of the roster" in said
    assert "WITHOUT" not in said
    assert autograded(root) == ["ada", "bob"]


def test_what_has_not_changed_is_not_graded_again(graded):
    said = run("grade", graded, "tiny", "--unsafe")
    assert "2 submissions: 0 graded now, 2 unchanged;" in said
    assert "WITHOUT" not in said, "the sandbox is used where there is one"


def test_who_needs_a_look_is_listed_with_the_points_and_the_reason(graded):
    tiny.folder_of(graded, "eve").joinpath("tiny.ipynb").write_text("")
    tiny.folder_of(graded, "mallory")
    said = run("grade", graded, "tiny")
    assert "4 submissions: 2 graded now, 2 unchanged; 2 need a look; 1 of the roster" in said
    assert "\neve: 0 of 10 by tests, needs a look\n  tiny.ipynb is empty\n" in said
    assert (
        "\nmallory: 0 of 10 by tests, needs a look\n  no student of the roster has this id\n"
        in said
    )
    assert said == run("grade", graded, "tiny").replace("0 graded now, 4", "2 graded now, 2")


def test_again_grades_also_what_has_not_changed(graded, monkeypatch):
    monkeypatch.setattr("rmsprop_course.classroom._grading._Run._autograde", _counted(seen := []))
    assert "2 graded now, 0 unchanged" in run("grade", graded, "tiny", "--again")
    assert seen == ["ada", "bob"]


def test_a_bar_counts_the_submissions_and_names_each(graded, monkeypatch):
    monkeypatch.setattr("click._termui_impl.isatty", lambda stream: True)
    bar, summary, *_ = run("grade", graded, "tiny").split("\n")
    shown = [text for text in re.split(r"\r|\x1b\S+?[hlK]", bar) if text]
    assert [re.sub(r"\[.*\]", "", text).split() for text in shown] == [
        ["Grading", "0/2"],
        ["Grading", "1/2", "ada"],
        ["Grading", "2/2", "bob"],
    ]
    assert summary.startswith("2 submissions: ")


def test_a_student_can_be_chosen(graded):
    tiny.folder_of(graded, "eve")
    tiny.folder_of(graded, "zoe")
    said = run("grade", graded, "tiny", "--student", "eve", "--student", "ada")
    assert "2 submissions: 1 graded now, 1 unchanged; 1 need" in said
    assert "zoe" not in said


@pytest.mark.usefixtures("any_sandbox")
def test_a_student_who_submitted_nothing_cannot_be_chosen(course):
    assert refused("grade", course, "tiny", "--student", "eve") == "no submission of tiny by eve"


def test_names_that_a_terminal_would_obey_are_shown_harmless(graded):
    name = os.fsdecode(b"\xff\x1b[2J\n")
    tiny.folder_of(graded, name).joinpath(name).symlink_to("nowhere")
    said = run("grade", graded, "tiny")
    assert "\x1b" not in said and "1 graded now, 2 unchanged; 1 need a look" in said
    assert r"\udcff\x1b[2J\n: 0 of 10 by tests, needs a look" in said
    assert r"none for \udcff\x1b[2J\n: it was not graded" in run("feedback", graded, "tiny")
    assert "\x1b" not in run("grades", graded)


@pytest.mark.usefixtures("no_sandbox")
def test_without_a_sandbox_nothing_is_graded_and_the_way_out_is_named(course):
    line = refused("grade", course, "tiny")
    assert line.startswith(REASON) and "runs as you" in line and line.endswith("add --unsafe")
    assert not (course / "grading").exists() and not autograded(course)


@pytest.mark.usefixtures("no_sandbox")
def test_unsafe_grades_without_a_sandbox_and_says_so(course):
    result = CliRunner().invoke(
        cli.main, ["classroom", "grade", str(course), "tiny", "--unsafe", "--student", "ada"]
    )
    assert result.exit_code == 0
    assert "Graded WITHOUT a sandbox: each submission ran as you" in result.stderr
    assert "1 submission: 1 graded now, 0 unchanged; 0 need a look" in result.stdout
    assert '"score": 10.0' in (course / "grading" / "tiny" / "ada.json").read_text()


def test_an_interruption_ends_with_130_and_the_next_run_goes_on(graded, monkeypatch):
    broken_off = []

    def interrupted(api, assignment, student, **settings):
        try:
            signal.raise_signal(signal.SIGINT)
        except KeyboardInterrupt as error:  # nbgrader takes it for one of its errors
            broken_off.append(student)
            return {"success": False, "error": str(error), "log": "KeyboardInterrupt"}

    submit(graded, "bob", tiny.RIGHT)
    submit(graded, "zoe", tiny.RIGHT)
    with monkeypatch.context() as patch:
        patch.setattr("nbgrader.apps.api.NbGraderAPI.autograde", interrupted)
        said = run("grade", graded, "tiny", status=130)
    assert broken_off == ["bob"] and "need a look" not in said
    assert not (graded / "grading" / "tiny" / "bob.json").exists()
    monkeypatch.setattr("rmsprop_course.classroom._grading._Run._autograde", _counted(seen := []))
    assert "3 submissions: 2 graded now, 1 unchanged" in run("grade", graded, "tiny")
    assert seen == ["bob", "zoe"]


def _counted(seen):
    """Return what notes the students whose turn comes instead of grading them."""

    def autograde(self, student):
        seen.append(student)
        return Notes((), (), False)

    return autograde


def test_feedback_makes_pages_and_names_who_has_none(graded):
    tiny.folder_of(graded, "eve")
    said = run("feedback", graded, "tiny")
    assert said.splitlines() == [
        f"Made 2 pages in {graded / 'feedback'}",
        "  none for eve: it was not graded",
    ]
    for student in ("ada", "bob"):
        page = graded / "feedback" / student / "tiny" / "tiny.html"
        assert "true_average" not in page.read_text(encoding="utf-8")


def test_grades_writes_three_tables_and_prints_a_summary(graded, tmp_path):
    said = run("grades", graded, "--to", tmp_path / "tables", "--include-unfinished")
    names = ["grades.csv", "grades-canvas.csv", "grades-moodle.csv"]
    assert sorted(path.name for path in (tmp_path / "tables").iterdir()) == sorted(names)
    assert [line for line in said.splitlines() if line.startswith("Written")] == [
        f"Written to {tmp_path / 'tables' / name}" for name in names
    ]
    assert "tiny" in said.partition("Written")[0]
    assert "ada" in (tmp_path / "tables" / "grades.csv").read_text(encoding="utf-8")


def test_points_that_wait_for_a_person_are_given_only_when_asked_for(graded, tmp_path):
    run("grades", graded, "--to", tmp_path / "without")
    run("grades", graded, "--to", tmp_path / "with", "--include-unfinished")
    points = {}
    for name in ("without", "with"):
        text = (tmp_path / name / "grades-moodle.csv").read_text(encoding="utf-8")
        rows = csv.DictReader(text.splitlines())
        points[name] = [row["tiny"] for row in rows if row["Username"] == "ada"]
    assert points == {"without": [], "with": ["10"]}


def test_grades_lie_in_the_course_unless_told_otherwise(course):
    run("grades", course)
    assert (course / "grades.csv").is_file()


@pytest.mark.usefixtures("any_sandbox")
@pytest.mark.parametrize("command", ["release", "grade", "feedback"])
def test_an_unknown_assignment_is_one_line(course, command):
    assert refused(command, course, "9") == "ASSIGNMENT must be one of tiny, got '9'"


@pytest.mark.usefixtures("any_sandbox")
@pytest.mark.parametrize("command", ["release", "grade", "feedback", "grades"])
def test_a_folder_that_is_no_course_is_one_line(tmp_path, command):
    arguments = [] if command == "grades" else ["1"]
    assert "DIR must be a course" in refused(command, tmp_path, *arguments)


@pytest.mark.parametrize("command", ["release", "grade", "feedback", "grades"])
def test_a_folder_that_is_not_there_is_named(tmp_path, command):
    arguments = [] if command == "grades" else ["1"]
    assert "gone" in refused(command, tmp_path / "gone", *arguments, status=2)


def test_settings_that_cannot_be_read_are_one_line(course):
    (course / "nbgrader_config.py").write_text("c = get_config()\nimport no_such_module\n")
    assert "nbgrader_config.py cannot be read: No module named" in refused("grades", course)


@pytest.mark.usefixtures("any_sandbox")
def test_an_unreleased_assignment_names_the_command(sources, tmp_path, monkeypatch):
    monkeypatch.setattr(shipped, "assignments_folder", lambda: sources)
    run("new", tmp_path / "course")
    line = refused("grade", tmp_path / "course", "tiny")
    assert line.startswith("tiny was not released: `rmsprop-course classroom release ")


def test_new_refuses_what_it_cannot_do(course, tmp_path):
    assert "DIR must be new or empty" in refused("new", course)
    assert "-1" in refused("new", tmp_path / "a", "--seed", -1, status=2)
    assert "gone.csv" in refused("new", tmp_path / "a", "--roster", tmp_path / "gone.csv", status=2)
    (tmp_path / "roster.csv").write_text("name\nAda\n")
    assert "roster.csv, line 1: " in refused(
        "new", tmp_path / "a", "--roster", tmp_path / "roster.csv"
    )
    assert not (tmp_path / "a").exists()


def test_a_place_that_no_folder_can_have_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    assert str(tmp_path / "file") in refused("new", tmp_path / "file" / "course")


@pytest.mark.usefixtures("any_sandbox")
def test_two_runs_do_not_grade_at_once(course):
    with FileLock(course / ".grading.lock"):
        said = run("grade", course, "tiny", status=1).splitlines()[-1]
    assert said == f"Error: another run of grading is under way in {course}"
    assert not autograded(course)


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ((), ("new", "release", "grade", "feedback", "grades", "formgrader")),
        (("new",), ("--seed", "--roster", "Canvas", "Moodle")),
        (("release",), ("ASSIGNMENT", "number")),
        (("grade",), ("--student", "--again", "--unsafe", "bubblewrap", "nbgrader_config.py")),
        (("feedback",), ("network",)),
        (("grades",), ("--to", "--include-unfinished", "grades-canvas.csv")),
    ],
)
def test_help_names_what_there_is_and_fits_a_terminal(command, names):
    said = run(*command, "--help")
    assert said.startswith("Usage: ")
    assert [name for name in names if name not in said] == []
    assert max(map(len, said.splitlines())) <= 80


def test_a_missing_extra_is_named():
    code = (
        "import sys; sys.modules['nbgrader'] = None\n"
        "from rmsprop_course.cli import main\n"
        "main(['classroom', 'grades', '.'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr == (
        'Error: nbgrader is not installed: pip install "rmsprop-course[classroom]"\n'
    )
