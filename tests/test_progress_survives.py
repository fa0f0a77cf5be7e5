"""Progress survives other processes, kills, full disks and lacking permissions: all of it is real.

The processes are those of `progress_processes`.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

from rmsprop_course import progress
from rmsprop_course.progress import _file

SCRIPT = Path(__file__).parent / "progress_processes.py"
TIME_LIMIT = 120  # seconds for one job on a busy machine; the longest takes about 5
EARLIER = 30  # items of `some_progress`

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="Windows has neither these signals nor these permissions"
)


@pytest.fixture
def folder(monkeypatch):
    """A folder for progress that every user may reach, unlike pytest's own."""
    with tempfile.TemporaryDirectory(prefix="rmsprop-course-") as parent:
        os.chmod(parent, 0o755)
        monkeypatch.setenv(progress.VARIABLE, str(Path(parent) / "progress"))
        yield Path(parent) / "progress"


def run(job, folder, *, before=()):
    """What a job saw."""
    command = [*before, sys.executable, str(SCRIPT), job, str(folder)]
    process = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def start(job, folder):
    """A job that has said its first word and waits for a line."""
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), job, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline().strip() in ("ready", "held")
    return process


# Several processes


def test_two_kernels_that_keep_many_items_at_once_lose_none(folder, record_property):
    kernels = {name: start("keeps_many", folder) for name in ("first", "second")}
    for name, kernel in kernels.items():
        kernel.stdin.write(f"{name}\n")
        kernel.stdin.flush()
    seen = [json.loads(kernel.communicate(timeout=TIME_LIMIT)[0]) for kernel in kernels.values()]
    assert seen == [{"items": 100, "messages": []}] * 2
    items = {f"exercise/{name}-{i}" for name in kernels for i in range(100)}
    assert progress.load().passed.keys() == items
    record_property("kernels", "2 kept 100 items each at once, none was lost")


def test_processes_that_mend_the_same_file_at_once_lose_nothing(folder):
    seen = run("together", folder)
    assert seen["lost"] == []
    assert seen["damaged_files"] == [1] * 10  # one of them found it, the others a mended file
    assert seen["messages"] == [1] * 10


def test_a_fork_is_harmless(folder):
    seen = run("after_a_fork", folder)
    children = [f"exercise/child-{i}" for i in range(3)]
    assert seen == {"open": [], "kept": ["exercise/before", *children, "exercise/parent"]}


@pytest.mark.parametrize("job", ["holds", "holds_file"])
def test_a_program_that_does_not_let_go_is_told_in_time(folder, monkeypatch, job):
    assert _file.PATIENCE <= 5  # seconds
    monkeypatch.setattr(_file, "PATIENCE", 0.3)
    progress.keep("quiz/02")
    holder = start(job, folder)
    begin = time.perf_counter()
    said = progress.keep("quiz/03")
    assert "another program is using it" in said and str(folder) in said
    assert time.perf_counter() - begin < 3
    assert progress.load().passed.keys() == {"quiz/02"}
    holder.communicate("\n", timeout=TIME_LIMIT)
    assert progress.keep("quiz/03") == ""
    assert progress.load().passed.keys() == {"quiz/02", "quiz/03"}


# Kills


def test_kills_at_any_moment_lose_nothing(folder, record_property):
    seen = run("killed_at_random", folder)
    assert seen["kills"] == 200
    assert seen["items"] > 20
    assert seen["messages"] == seen["lost"] == []
    record_property("kills", f"{seen['kills']} at random among {seen['items']} items, none lost")


def test_a_kill_after_any_change_of_the_files_loses_nothing(folder):
    seen = run("killed_after_each_change", folder)
    assert {state: outcome["lost"] for state, outcome in seen.items() if outcome["lost"]} == {}
    assert all(outcome["kills"] >= 3 for outcome in seen.values()), seen


def test_a_kill_in_the_middle_of_a_write_loses_nothing(folder):
    seen = run("killed_in_a_write", folder)
    assert seen["kills"] > 50
    assert seen["lost"] == []


# Full disks


def test_a_write_that_ends_halfway_loses_nothing_and_is_told(folder):
    seen = run("no_room_for_a_longer_file", folder)
    assert seen["refusals"] > 50
    assert seen["lost"] == []
    assert all("the disk cannot be" in said for said in seen["said"])


def test_a_full_disk_loses_nothing_and_is_told(folder):
    disk = folder.parent
    mount = f"mount -t tmpfs -o size=256k tmpfs '{disk}' && exec \"$@\""
    in_own_mounts = next(filter(can_mount, [["-m"], ["-Urm"]]), None)
    if in_own_mounts is None:
        pytest.skip("this user may not mount a small disk")
    seen = run("full_disk", folder, before=["unshare", *in_own_mounts, "sh", "-c", mount, "sh"])
    assert seen["refusals"] > 0
    assert seen["lost"] == []
    assert all("the disk is full" in said for said in seen["said"])


def can_mount(options):
    if shutil.which("unshare") is None:
        return False
    with tempfile.TemporaryDirectory() as folder:
        trial = ["unshare", *options, "mount", "-t", "tmpfs", "tmpfs", folder]
        return subprocess.run(trial, capture_output=True).returncode == 0


# Permissions


@pytest.fixture(scope="module")
def shut_out():
    with tempfile.TemporaryDirectory(prefix="rmsprop-course-") as parent:
        os.chmod(parent, 0o755)
        return run("shut_out", Path(parent) / "progress")


def test_without_permission_nothing_is_lost_and_it_works_again_with_it(shut_out):
    assert {name: seen["lost"] for name, seen in shut_out.items() if seen["lost"]} == {}


@pytest.mark.parametrize("place", ["folder", "folder without a lock", "folder with a damaged file"])
def test_in_a_read_only_folder_progress_is_shown_and_not_kept(shut_out, place):
    seen = shut_out[place]
    assert "could not be kept" in seen["keeping"] and "it is read-only" in seen["keeping"]
    assert "what you passed earlier is not changed" in seen["keeping"]
    assert seen["shown"] == EARLIER
    assert seen["unchanged"]
    assert "stays as it is" in seen["resetting"]
    assert ("may be shown in part" in seen["loading"]) == ("damaged" in place)


@pytest.mark.parametrize("place", ["file", "file after a kill", "file that cannot be read", "lock"])
def test_a_file_that_may_not_be_changed_is_shown_and_not_changed(shut_out, place):
    seen = shut_out[place]
    assert "could not be kept" in seen["keeping"] and "you may not" in seen["keeping"]
    assert seen["shown"] == EARLIER
    assert seen["unchanged"]
    assert ("may be shown in part" in seen["loading"]) == ("cannot be read" in place)


def test_a_folder_that_may_not_be_read_is_told(shut_out):
    seen = shut_out["folder that cannot be read"]
    assert "you may not" in seen["keeping"]
    assert "may be shown in part" in seen["loading"]
    assert seen["shown"] == 0
    assert seen["unchanged"]


def test_a_folder_that_may_not_be_made_is_told(folder):
    seen = run("no_folder", folder)
    assert "could not be kept" in seen["keeping"] and "you may not" in seen["keeping"]
    assert seen["loading"] == ""
