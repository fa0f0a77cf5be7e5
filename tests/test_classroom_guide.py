"""The instructor guide: its commands, run as they are written, from nothing to returned grades.

The test plays the students between the commands, and the instructor in formgrader.
"""

import contextlib
import csv
import importlib.util
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from playwright.sync_api import expect

if not importlib.util.find_spec("nbgrader"):
    pytest.skip("needs the extra classroom", allow_module_level=True)

from assignment_runs import grade_id, source

import rmsprop_course.classroom
from rmsprop_course.classroom import _collecting

GUIDE = Path(__file__).parents[1] / "book" / "instructors.md"
TEXT = GUIDE.read_text(encoding="utf-8")
ONE = "1_moving_average"
FILE = f"{ONE}.ipynb"
PATIENCE = 60  # seconds for a server to start on a busy machine
ROSTER = """id,first_name,last_name,email,lms_user_id
ada,Ada,Lovelace,ada@example.org,101
bob,Bob,Stone,bob@example.org,102
cem,Cem,Yilmaz,cem@example.org,103
dora,Dora,Quiet,dora@example.org,104
"""
SEEN = "the gradebook is there:"


def section(heading):
    """Return the text under a heading of the guide."""
    assert f"\n## {heading}\n" in TEXT
    return TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]


def blocks(heading, language):
    """Return the blocks of code in one language under a heading."""
    return re.findall(rf"```{language}\n(.*?)```", section(heading), re.DOTALL)


TEN = [
    line for block in blocks("From zero to returned grades", "bash") for line in block.splitlines()
]


def environment(folder):
    """Return variables with which this Python's programs are found, and no settings of a user."""
    home = folder / "home"
    (home / "jupyter").mkdir(parents=True, exist_ok=True)
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    return {
        **os.environ,
        "PATH": path,
        "JUPYTER_CONFIG_DIR": str(home / "jupyter"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "JUPYTER_RUNTIME_DIR": str(home / "runtime"),
        "IPYTHONDIR": str(home / "ipython"),
    }


def run(command, folder):
    """Run a command as it is written, and return what it printed."""
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}"
    return done.stdout


def answers():
    """Return the model answers of the assignment, by the cell's id."""
    return {
        grade_id(cell): cell.source
        for cell in source(ONE).cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


SWAPPED = """def moving_averages(values, decay):
    averages, newest = [], np.zeros(values.shape[1])
    for row in values:
        newest = np.where(np.isnan(row), newest, (1 - decay) * newest + decay * row)
        averages.append(newest)
    return averages"""


def students(folder):
    """Fetch the handout, answer it rightly, wrongly and not at all, and hand in; dora does not."""
    with zipfile.ZipFile(folder / "handout.zip") as archive:
        archive.extractall(folder / "desk")
    text = (folder / "desk" / ONE / FILE).read_text(encoding="utf-8")
    gradebook = str(folder / "fall" / "gradebook.db")
    curious = f"from pathlib import Path\nprint({SEEN!r}, Path({gradebook!r}).exists())"
    right = answers()
    returned = {
        f"ada/{FILE}": (right, "About 0.095, so the first steps are 3.2 times as long.", ""),
        f"stonebob_LATE_102_5533_{ONE}-1.ipynb": (
            {**right, "moving-averages": SWAPPED},
            "Longer.",
            curious,
        ),
        f"Cem Yilmaz_77_assignsubmission_file/{FILE}": ({}, "", ""),
    }
    with zipfile.ZipFile(folder / "returned.zip", "w") as archive:
        for name, (given, words, more) in returned.items():
            notebook = nbformat.reads(text, as_version=4)
            for cell in notebook.cells:
                cell.source = given.get(grade_id(cell), cell.source)
                if words and cell.id.startswith("answer-"):
                    cell.source = words
            if more:
                notebook.cells.append(nbformat.v4.new_code_cell(more))
            archive.writestr(name, nbformat.writes(notebook))


@contextlib.contextmanager
def jupyter_lab(command, folder):
    """Run the command that opens JupyterLab, and yield its address; afterwards nothing runs."""
    settings = environment(folder)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = Path(settings["JUPYTER_CONFIG_DIR"], "jupyter_server_config.json")
    server = {"open_browser": False, "allow_root": True, "ip": "127.0.0.1", "port": port}
    config.write_text(json.dumps({"ServerApp": server}))
    log = folder / "lab.log"
    with log.open("wb") as printed:
        process = subprocess.Popen(
            ["bash", "-c", command],
            cwd=folder,
            env=settings,
            stdin=subprocess.DEVNULL,
            stdout=printed,
            stderr=printed,
            start_new_session=True,
        )
    try:
        yield address(Path(settings["JUPYTER_RUNTIME_DIR"]), process, log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        try:
            process.wait(20)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)


def address(runtime, process, log):
    """Wait until a server is up, and return its address and its token."""
    end = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < end:
        for file in runtime.glob("jpserver-*.json"):
            with contextlib.suppress(ValueError, OSError):
                server = json.loads(file.read_text())
                with socket.create_connection(("127.0.0.1", server["port"]), timeout=5):
                    return server["url"].rstrip("/"), server["token"]
        time.sleep(0.1)
    raise RuntimeError(f"JupyterLab is not up:\n{log.read_text()[-3000:]}")


def grade_by_hand(browser, url, token):
    """Give points and a comment to each written answer in formgrader; return how it lists them."""
    page = browser.new_page()
    page.goto(f"{url}/lab?token={token}")
    page.goto(f"{url}/formgrader/gradebook/{ONE}/{ONE}")
    links = page.locator("tbody tr td a:has-text('Submission')")
    expect(links).to_have_count(3)
    listed = page.locator("tbody").inner_text()
    for path in [link.get_attribute("href") for link in links.all()]:
        page.goto(f"{url}{path}")
        for kind in ("score", "comment"):  # from now on, what is typed is kept
            page.wait_for_selector(f"#notebook .{kind}[placeholder]")
        text = page.locator("#notebook").first.inner_text()
        assert "1 point:" in text  # the mark scheme, beside the answer
        points = {"About 0.095": "2", "Longer.": "0.5"}
        given = next((n for answer, n in points.items() if f"\n{answer}" in text), "0")
        save(page, "#explain-first-steps", given, "grade")
        if given == "0.5":
            save(page, "#explain-first-steps-comment", "And *why* longer?", "comment")
    page.close()
    return listed


def save(page, field, text, kind):
    """Fill in a field of formgrader, and wait until it is kept."""
    with page.expect_response(
        lambda got: f"/api/{kind}/" in got.url and got.request.method == "PUT"
    ) as response:
        page.fill(field, text)
        page.press(field, "Tab")
    assert response.value.ok


@pytest.fixture(scope="module")
def taught(sandbox, browser, tmp_path_factory):
    """Run the ten commands, and return their folder, what each printed, and what was seen."""
    folder = tmp_path_factory.mktemp("guide")
    (folder / "students.csv").write_text(ROSTER)
    printed, listed = [], ""
    for command in TEN:
        if command.endswith("jupyter lab)"):
            with jupyter_lab(command, folder) as (url, token):
                listed = grade_by_hand(browser, url, token)
            printed.append("")
            continue
        printed.append(run(command, folder))
        if "handout.zip" in command:
            students(folder)
    return SimpleNamespace(folder=folder, printed=printed, listed=listed)


@pytest.fixture
def copied(taught, tmp_path):
    """Return a copy of the folder, to change."""
    shutil.copytree(taught.folder / "fall", tmp_path / "fall")
    return tmp_path


def grades(folder, name="grades.csv"):
    """Return the rows of a table, by student."""
    with (folder / name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    key = {"grades.csv": "student_id", "grades-canvas.csv": "SIS Login ID"}.get(name, "Username")
    return {row[key]: row for row in rows}


# --- The ten commands ---


def test_there_are_ten_commands():
    assert len(TEN) == 10


def test_students_get_neither_solutions_nor_hidden_tests(taught):
    text = (taught.folder / "desk" / ONE / FILE).read_text(encoding="utf-8")
    assert "raise NotImplementedError" in text
    for word in ("SOLUTION", "HIDDEN", "MARK SCHEME", "default_rng", "np.where"):
        assert word not in text


def test_formgrader_lists_what_was_handed_in(taught):
    assert sorted(re.findall(r"([\d.]+) / 10\b", taught.listed)) == ["0", "4", "8"]


def test_all_grades_are_as_worked_out_by_hand(taught):
    found = grades(taught.folder / "fall")
    assert {name: (float(row["score"]), row["status"]) for name, row in found.items()} == {
        "ada": (8 + 2, "graded"),
        "bob": (8 - 4 + 0.5, "graded"),  # γ and 1 - γ swapped: both tests of task 1 fail
        "cem": (0, "graded"),
        "dora": (0, "missing"),
    }
    assert "3 submitted, 3 graded" in taught.printed[-1]
    assert "1 of the roster submitted nothing" in taught.printed[5]


def test_tables_for_canvas_and_moodle_hold_the_final_scores(taught):
    canvas = grades(taught.folder / "fall", "grades-canvas.csv")
    moodle = grades(taught.folder / "fall", "grades-moodle.csv")
    points = canvas.pop("")
    assert points["Student"].strip() == "Points Possible"
    assert points[ONE] == "10"
    expected = {"ada": "10", "bob": "4.5", "cem": "0"}
    assert {name: row[ONE] for name, row in canvas.items()} == expected
    assert {name: row[ONE] for name, row in moodle.items()} == expected
    assert canvas["bob"]["ID"] == "102"


def test_every_student_who_submitted_has_a_page_without_hidden_tests(taught):
    with zipfile.ZipFile(taught.folder / "feedback.zip") as archive:
        pages = {
            name.split("/")[1]: archive.read(name).decode()
            for name in archive.namelist()
            if name.endswith(".html")
        }
    assert sorted(pages) == ["ada", "bob", "cem"]
    assert "γ and 1 - γ are swapped" in pages["bob"]
    assert "And <em>why</em> longer?" in pages["bob"]
    for page in pages.values():
        assert "default_rng" not in page
        assert "check_each_signal" not in page


def test_a_submission_did_not_see_the_course(taught):
    text = (taught.folder / "fall" / "autograded" / "bob" / ONE / FILE).read_text()
    assert f"{SEEN} False" in text


# --- What else the guide shows ---


def test_late_work_an_extension_and_a_mended_test(copied, monkeypatch):
    fall, heading = copied / "fall", "Extensions, late work and regrading"
    for other in ("bob", "cem"):
        shutil.rmtree(fall / "submitted" / other)
    duedate, again = blocks(heading, "bash")
    policy, extension = blocks(heading, "python")
    with (fall / "nbgrader_config.py").open("a") as config:
        config.write(f"\n{policy}")
    late = re.search(r"2030-02-01 \d\d:\d\d:\d\d UTC", section(heading))[0]
    (fall / "submitted" / "ada" / ONE / "timestamp.txt").write_text(f"{late}\n")
    run(duedate, copied)
    assert "1 graded now, 0 unchanged; 0 need a look" in run(again, copied)
    assert score(fall) == pytest.approx(0.8 * 10)  # 30 hours late: two days have begun
    monkeypatch.chdir(copied)
    exec(extension, {})
    test = fall / "source" / ONE / FILE
    notebook = nbformat.read(test, as_version=4)
    cell = next(cell for cell in notebook.cells if grade_id(cell) == "test-decay-that-covers")
    cell.source += "\nassert False, 'nobody gets these two points'"
    nbformat.write(notebook, test)
    run(TEN[1], copied)
    assert "1 graded now" in run(TEN[5], copied)
    assert score(fall) == 10 - 2  # no penalty; the points given by hand are still there


def score(fall):
    """Return Ada's score without the penalty, from nbgrader's gradebook."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{fall / 'gradebook.db'}") as gradebook:
        found = gradebook.find_submission(ONE, "ada")
        return found.score - found.late_submission_penalty


def test_nbgraders_own_commands_work_on_the_same_course(copied):
    fall = copied / "fall"
    commands = re.findall(r"`(nbgrader [^`]+)`", section("nbgrader's own commands"))
    autograde, feedback, _, export = commands
    shutil.rmtree(fall / "autograded" / "bob")
    run(autograde.replace("ada", "bob"), fall)
    assert f"{SEEN} False" in (fall / "autograded" / "bob" / ONE / FILE).read_text()
    run(f"{feedback} {ONE} --student bob --force", fall)
    page = (fall / "feedback" / "bob" / ONE / f"{ONE}.html").read_text()
    assert "default_rng" not in page
    run(export, fall)
    plain = (fall / "plain.csv").read_text()
    assert re.search(r"bob,.*,4\.5,10\.0$", plain, re.MULTILINE)


# --- Whose file it is ---

ROSTER_KEYS = {
    "id:ada": "ada",
    "number:101": "ada",
    "name:ada lovelace": "ada",
    "id:5533": "not-ada",
    "number:77": "not-ada",
}
NAMES = re.findall(r"^\| `(.+?)`", section("Whose file is it?"), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_the_names_in_the_guide_are_adas(name):
    assert _collecting.owner(tuple(name.split("/")), ROSTER_KEYS, [ONE]) == "ada"
    assert _collecting.owner(("returned", *name.split("/")), ROSTER_KEYS, [ONE]) == "ada"


def test_four_forms_of_names_are_in_the_guide():
    assert len(NAMES) == 4


def test_students_of_the_same_name_are_told_apart_by_id_only():
    twins = [
        SimpleNamespace(id=name, lms_user_id=None, first_name="Ann", last_name="Li")
        for name in ("ann1", "ann2")
    ]
    keys = _collecting.roster_keys(SimpleNamespace(students=twins))
    assert keys == {"id:ann1": "ann1", "id:ann2": "ann2"}


def test_a_name_inside_what_an_lms_names_is_no_students():
    anns = f"Ann Li_77_assignsubmission_file/ada_{FILE}"  # a twin's, called after another
    for name in (anns, f"liann_999_5533_ada_{FILE}"):
        parts = tuple(name.split("/"))
        assert _collecting.owner(parts, ROSTER_KEYS, [ONE]) == ""
        assert _collecting._nobody(parts, ROSTER_KEYS, [ONE]).casefold() != "ada"


def test_collecting_loses_nothing_and_takes_no_time_from_a_student(copied):
    fall = copied / "fall"
    archive = fall / "downloaded" / ONE / "archive"
    notebook = (archive / "ada" / FILE).read_text()
    for name, text in {
        f"zoe/{FILE}": notebook,
        f"ada/{ONE} (2).ipynb": notebook,
        f"ada/.ipynb_checkpoints/{FILE}": "an older one",
        f"__MACOSX/ada/._{FILE}": "no notebook",
        "ada/timestamp.txt": "2001-01-01 00:00:00 UTC",
        "dora/answers.pdf": "no notebook",
    }.items():
        (archive / name).parent.mkdir(parents=True, exist_ok=True)
        (archive / name).write_text(text)
    printed = run(TEN[4], copied)
    submitted = fall / "submitted"
    assert sorted(str(file.relative_to(submitted)) for file in submitted.glob("*/*/*")) == [
        f"ada/{ONE}/{ONE}-another.ipynb",
        f"ada/{ONE}/{FILE}",
        f"bob/{ONE}/{FILE}",
        f"cem/{ONE}/{FILE}",
        f"dora/{ONE}/answers.pdf",
        f"zoe/{ONE}/{FILE}",
    ]
    assert "ada handed in 1_moving_average more than once" in printed


# --- The guide itself ---


def test_every_reason_in_the_table_is_one_that_grading_gives():
    folder = Path(rmsprop_course.classroom.__file__).parent
    code = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.py"))
    rows = re.findall(r"^\| (`.+?`) \| ", section('What "needs a look" means'), re.MULTILINE)
    reasons = [reason for row in rows for reason in re.findall(r"`(.+?)`", row)]
    assert len(reasons) > 15
    assert [reason for reason in reasons if reason not in code] == []


def test_the_table_of_assignments_says_what_they_say():
    for number, points, by_hand in re.findall(
        r"^\| (\d) .+? \| \d\d \| (\d+) \| (\d+) \|", TEXT, re.MULTILINE
    ):
        name = next(path.name for path in sources() if path.name.startswith(f"{number}_"))
        cells = [cell.metadata.get("nbgrader", {}) for cell in source(name).cells]
        assert sum(cell.get("points", 0) for cell in cells) == int(points)
        assert sum(cell["points"] for cell in cells if cell.get("task")) == int(by_hand)
    assert len(re.findall(r"^\| \d [A-Z].+ hours? \|$", TEXT, re.MULTILINE)) == 4


def sources():
    return sorted((GUIDE.parents[1] / "notebooks" / "assignments" / "source").iterdir())


def test_the_guide_is_short():
    assert len(TEXT.split()) <= 2500
