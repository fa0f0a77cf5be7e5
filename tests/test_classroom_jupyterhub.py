"""The example of a JupyterHub: three students fetch, work and submit, the instructor grades."""

import os
import re
import sqlite3
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import hub_server
import psutil
import pytest
from assignment_runs import grade_id, is_test, source
from hub_server import User, processes, running_hub
from nbgrader.api import Gradebook

from rmsprop_course.classroom import _sandbox

WANTED = "RMSPROP_COURSE_TEST_HUB"
pytestmark = pytest.mark.skipif(
    not os.environ.get(WANTED), reason=f"takes a minute; {WANTED}=1 runs it"
)

ASSIGNMENT = "1_moving_average"
COURSE = "rmsprop"
STUDENTS = ("ada", "grace", "sofia")
FETCHED = f"{COURSE}/{ASSIGNMENT}"
WORK = f"{FETCHED}/{ASSIGNMENT}.ipynb"
ROSTER = "id,first_name,last_name\n" + "".join(f"{name},{name.title()},X\n" for name in STUDENTS)


def commands(heading):
    """Return the commands that the page shows under a heading, as one line for a shell."""
    page = (hub_server.CONFIG.parents[1] / "jupyterhub.md").read_text()
    section = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    block = re.search(r"```bash\n(.*?)```", section, re.DOTALL)[1]
    unsafe = " --unsafe" if _sandbox.trial() else ""
    return " && ".join(
        line + unsafe * line.startswith("rmsprop-course classroom grade ")
        for line in block.splitlines()
    )


@pytest.fixture(scope="module")
def proxy(pytestconfig):
    """Return the command of the proxy."""
    found = hub_server.find_proxy(pytestconfig.rootpath / ".venv" / "var" / "hub")
    if found is None:
        pytest.fail("needs configurable-http-proxy, and npm did not install it")
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the folder in which the hub keeps everything."""
    return tmp_path_factory.mktemp("hub")


@pytest.fixture(scope="module")
def hub(folder, proxy):
    """Run the hub and return its address; afterwards nothing of it runs."""
    with running_hub(folder, proxy) as url:
        yield url
    assert processes(folder) == []


def password(folder, name):
    """Return what a user of the hub logs in with."""
    kind = "instructor" if name == "instructor" else "students"
    return (folder / f"password_{kind}.txt").read_text()


def enter(hub, folder, name):
    """Log in and wait for the server."""
    user = User(hub, name, password(folder, name))
    user.start_server()
    return user


@pytest.fixture(scope="module")
def users(hub, folder):
    """Return the instructor, who has released an assignment, and three students, all logged in."""
    with ThreadPoolExecutor(len(STUDENTS)) as pool:
        students = pool.map(lambda name: enter(hub, folder, name), STUDENTS)
        instructor = enter(hub, folder, "instructor")
        roster = {"type": "file", "format": "text", "content": ROSTER}
        instructor.ask("PUT", "/api/contents/roster.csv", json=roster)
        instructor.run(commands("You release an assignment"))
        return {"instructor": instructor} | {student.name: student for student in students}


def act(student, action):
    """Click on a button of the list of assignments, and return what the list shows then."""
    asked = {"course_id": COURSE, "assignment_id": ASSIGNMENT}
    answer = student.ask("POST", f"/assignments/{action}", json=asked)
    assert answer["success"], answer["value"]
    return {shown["status"]: shown for shown in answer["value"]}


def put_answers(student):
    """Write the model solutions into a student's copy, as its editor saves them."""
    answers = {grade_id(cell): cell.source for cell in source(ASSIGNMENT).cells}
    model = student.ask("GET", f"/api/contents/{WORK}")
    for cell in model["content"]["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("solution"):
            cell["source"] = answers[cell["metadata"]["nbgrader"]["grade_id"]]
    student.ask("PUT", f"/api/contents/{WORK}", json=model)


def work(student):
    """Fetch, work and submit: ada is right, sofia at the second try, grace submits no answer."""
    assert act(student, "fetch")["fetched"]["path"] == FETCHED
    if student.name == "ada":
        put_answers(student)
        validated = student.ask("POST", "/assignments/validate", json={"path": WORK})
        assert "failed" not in validated["value"], validated
    act(student, "submit")
    if student.name == "sofia":
        put_answers(student)
        act(student, "submit")
    listed = student.ask("GET", f"/assignments?course_id={COURSE}")["value"]
    mine = [shown for shown in listed if shown["status"] == "submitted"]
    assert [shown["student_id"] for shown in mine] == [student.name]
    assert len(mine[0]["submissions"]) == (2 if student.name == "sofia" else 1)


@pytest.fixture(scope="module")
def graded(users, folder):
    """Let the students work side by side and the instructor grade; return the course's folder."""
    with ThreadPoolExecutor(len(STUDENTS)) as pool:
        list(pool.map(work, [users[name] for name in STUDENTS]))
    users["instructor"].run(commands("You collect and grade"))
    users["instructor"].run(commands("You return feedback"))
    return folder / "homes" / "instructor" / "course"


def test_each_student_gets_the_points_of_the_last_submission(graded):
    tests = {
        grade_id(cell): cell.metadata.nbgrader.points
        for cell in source(ASSIGNMENT).cells
        if is_test(cell)
    }
    with Gradebook(f"sqlite:///{graded}/gradebook.db") as gradebook:
        points = {
            found.student.id: {
                grade.name: grade.auto_score
                for grade in found.notebooks[0].grades
                if grade.name in tests
            }
            for found in gradebook.assignment_submissions(ASSIGNMENT)
        }
    assert points == {"ada": tests, "grace": dict.fromkeys(tests, 0), "sofia": tests}


def test_each_student_gets_the_own_feedback(users, graded):
    for name in STUDENTS:
        last = act(users[name], "fetch_feedback")["submitted"]["submissions"][-1]
        path = f"{last['local_feedback_path']}/{ASSIGNMENT}.html"
        page = users[name].ask("GET", f"/api/contents/{path}")["content"]
        released = graded / "feedback" / name / ASSIGNMENT / f"{ASSIGNMENT}.html"
        assert page == released.read_text(encoding="utf-8")


def test_formgrader_shows_a_course_that_is_younger_than_the_server(users, graded):
    (listed,) = [
        shown
        for shown in users["instructor"].ask("GET", "/formgrader/api/assignments")
        if shown["name"] == ASSIGNMENT
    ]
    assert (listed["num_submissions"], listed["status"]) == (3, "released")
    collected = users["instructor"].ask("POST", f"/formgrader/api/assignment/{ASSIGNMENT}/collect")
    assert collected["success"], collected
    assert "cheating" not in collected["log"]


def test_student_sees_in_jupyterlab_what_to_do_and_what_was_submitted(
    hub, folder, users, graded, browser
):
    page = browser.new_page()
    page.goto(hub)
    page.fill("#username_input", "ada")
    page.fill("#password_input", password(folder, "ada"))
    page.click("#login_submit")
    page.locator(".lm-MenuBar-itemLabel", has_text="Nbgrader").click(timeout=90_000)
    entries = page.locator(".lm-Menu-itemLabel:visible")
    assert entries.all_inner_texts() == ["Assignment List"]
    entries.click()
    page.get_by_role("button", name="Fetch Feedback").wait_for()
    assert page.get_by_role("button", name="Submit", exact=True).is_visible()
    assert page.get_by_role("button", name="Fetch", exact=True).count() == 0  # nothing is new
    page.close()


def test_instructor_grades_by_hand_in_a_tab_of_its_own(hub, folder, users, graded, browser):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{hub}/user/instructor/formgrader")
        page.fill("#username_input", "instructor")
        page.fill("#password_input", password(folder, "instructor"))
        page.click("#login_submit")
        page.get_by_role("link", name=ASSIGNMENT).first.wait_for()


def test_copy_of_the_gradebook_is_whole(users, graded, folder):
    users["instructor"].run(commands("Backups"))
    (copy,) = (folder / "homes" / "instructor").glob("gradebook-*.db")
    counted = "select count(*) from submitted_assignment"
    with sqlite3.connect(copy) as kept, sqlite3.connect(graded / "gradebook.db") as original:
        assert kept.execute(counted).fetchone() == original.execute(counted).fetchone() == (3,)


def test_no_student_reaches_the_server_of_another(users):
    with pytest.raises(hub_server.requests.HTTPError, match="403"):
        users["ada"].ask_server("GET", users["grace"].url + "/api/contents")


def test_students_have_no_formgrader(users):
    with pytest.raises(hub_server.requests.HTTPError, match="404"):
        users["ada"].ask("GET", "/formgrader/api/assignments")


@pytest.mark.parametrize(
    ("name", "kind"), [("nobody", "students"), ("instructor", "students"), ("ada", "instructor")]
)
def test_hub_lets_only_its_users_in(hub, folder, name, kind):
    with pytest.raises(PermissionError, match=name):
        User(hub, name, (folder / f"password_{kind}.txt").read_text())


def test_only_the_owner_reads_the_passwords(hub, folder):
    kept = list(folder.glob("password_*.txt"))
    assert len(kept) == 2
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in kept)


def test_only_this_machine_can_connect(users, folder):
    listening = {
        connection.laddr.ip
        for process in processes(folder)
        for connection in process.net_connections("tcp")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}


def test_nothing_is_left_when_the_test_itself_is_killed(tmp_path):
    stubborn = "import signal; signal.signal(15, signal.SIG_IGN); print(flush=True); signal.pause()"
    program = (  # a server that its hub leaves alone
        "import subprocess, sys\n"
        f"command = [sys.executable, '-c', {stubborn!r}]\n"
        "subprocess.Popen(command, start_new_session=True).wait()\n"
    )
    command = [sys.executable, hub_server.__file__, str(tmp_path), sys.executable, "-c", program]
    guard = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert guard.stdout.readline() == b"\n"
    assert len(processes(tmp_path)) == 2
    guard.communicate(timeout=20)  # closes the pipe, as the death of the test does
    assert processes(tmp_path) == []
