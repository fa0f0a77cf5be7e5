"""``rmsprop-course lab``: a learner's work survives everything, and the new lessons arrive."""

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from click.testing import CliRunner

from rmsprop_course import cli
from rmsprop_course.cli import lab, lessons, shipped
from rmsprop_course.cli.lessons import RECORD_NAME, Event, copy_lessons

START, AVERAGE = "00_start_here.ipynb", "02_the_moving_average.ipynb"


def notebook(text, **metadata):
    """Return the bytes of a lesson with one cell."""
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": [text]}
    content = {"cells": [cell], "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(content).encode()


V1 = {START: notebook("start 1"), AVERAGE: notebook("average 1")}
V2 = {START: notebook("start 2"), AVERAGE: notebook("average 2")}
V3 = {START: notebook("start 3"), AVERAGE: notebook("average 3")}
MINE = notebook("average 1, and my answer")


def contents(folder):
    """Return what a learner sees in a folder, by name; hidden files are left out."""
    return {p.name: p.read_bytes() for p in folder.iterdir() if not p.name.startswith(".")}


@pytest.fixture
def folder(tmp_path):
    """Return a folder with spaces and letters beyond ASCII, which holds version 0.1.0."""
    folder = tmp_path / "meine Übungen γ"
    copy_lessons(V1, folder, version="0.1.0")
    return folder


def test_absent_lessons_are_copied(tmp_path):
    events = copy_lessons(V1, tmp_path / "a" / "b", version="0.1.0")
    assert events == [Event("copied", START), Event("copied", AVERAGE)]
    assert contents(tmp_path / "a" / "b") == V1


def test_second_run_does_nothing(folder):
    record = folder / RECORD_NAME
    before = record.stat().st_mtime_ns
    assert copy_lessons(V1, folder, version="0.1.0") == []
    assert contents(folder) == V1
    assert record.stat().st_mtime_ns == before


def test_untouched_lesson_is_updated(folder):
    events = copy_lessons(V2, folder, version="0.2.0")
    assert events == [Event("updated", START), Event("updated", AVERAGE)]
    assert contents(folder) == V2


def test_lesson_that_jupyterlab_only_saved_counts_as_untouched(folder):
    (folder / AVERAGE).write_bytes(notebook("average 1", language_info={"version": "3.12.4"}))
    copy_lessons(V2, folder, version="0.2.0")
    assert contents(folder) == V2


def test_changed_lesson_is_kept_and_the_new_one_put_beside_it(folder):
    (folder / AVERAGE).write_bytes(MINE)
    beside = "02_the_moving_average.new-0.2.0.ipynb"
    events = copy_lessons(V2, folder, version="0.2.0")
    assert events == [Event("updated", START), Event("new", AVERAGE, beside)]
    assert contents(folder) == {START: V2[START], AVERAGE: MINE, beside: V2[AVERAGE]}


def test_changed_lesson_is_left_in_peace_without_a_new_version(folder):
    (folder / AVERAGE).write_bytes(MINE)
    assert copy_lessons(V1, folder, version="0.1.0") == []
    assert contents(folder) == {START: V1[START], AVERAGE: MINE}


@pytest.mark.parametrize("what_the_learner_does", ["keeps", "edits", "deletes"])
def test_new_version_is_put_beside_only_once(folder, what_the_learner_does):
    (folder / AVERAGE).write_bytes(MINE)
    copy_lessons(V2, folder, version="0.2.0")
    beside = folder / "02_the_moving_average.new-0.2.0.ipynb"
    if what_the_learner_does == "edits":
        beside.write_bytes(b"my notes")
    if what_the_learner_does == "deletes":
        beside.unlink()
    before = contents(folder)
    assert copy_lessons(V2, folder, version="0.2.0") == []
    assert contents(folder) == before


def test_each_new_version_is_put_beside_a_changed_lesson(folder):
    (folder / AVERAGE).write_bytes(MINE)
    copy_lessons(V2, folder, version="0.2.0")
    copy_lessons(V3, folder, version="0.3.0")
    assert contents(folder) == {
        START: V3[START],
        AVERAGE: MINE,
        "02_the_moving_average.new-0.2.0.ipynb": V2[AVERAGE],
        "02_the_moving_average.new-0.3.0.ipynb": V3[AVERAGE],
    }


def test_new_lessons_of_one_version_get_numbered_names(folder):
    """In a source tree the lessons change more often than the version."""
    (folder / AVERAGE).write_bytes(MINE)
    copy_lessons(V2, folder, version="0.1.0")
    copy_lessons(V3, folder, version="0.1.0")
    assert contents(folder)["02_the_moving_average.new-0.1.0.ipynb"] == V2[AVERAGE]
    assert contents(folder)["02_the_moving_average.new-0.1.0-2.ipynb"] == V3[AVERAGE]


def test_edited_copy_beside_a_lesson_is_not_overwritten_by_an_upgrade(folder):
    (folder / AVERAGE).write_bytes(MINE)
    beside = folder / "02_the_moving_average.new-0.2.0.ipynb"
    beside.write_bytes(b"my notes")
    copy_lessons(V2, folder, version="0.2.0")
    assert contents(folder) == {START: V2[START], AVERAGE: MINE, beside.name: b"my notes"}


def test_lesson_that_took_over_the_new_version_is_updated_next_time(folder):
    (folder / AVERAGE).write_bytes(MINE)
    copy_lessons(V2, folder, version="0.2.0")
    (folder / "02_the_moving_average.new-0.2.0.ipynb").replace(folder / AVERAGE)
    copy_lessons(V2, folder, version="0.2.0")
    copy_lessons(V3, folder, version="0.3.0")
    assert contents(folder) == V3


def test_deleted_lesson_comes_back(folder):
    (folder / AVERAGE).unlink()
    assert copy_lessons(V2, folder, version="0.2.0")[1] == Event("copied", AVERAGE)
    assert contents(folder) == V2


def test_other_files_stay(folder):
    (folder / "notes.txt").write_text("mine")
    (folder / "03_renamed_since.ipynb").write_bytes(MINE)
    copy_lessons(V2, folder, version="0.2.0")
    assert contents(folder) == {
        **V2,
        "notes.txt": b"mine",
        "03_renamed_since.ipynb": MINE,
    }


BROKEN_RECORDS = [
    pytest.param(None, id="missing"),
    pytest.param(b"", id="empty"),
    pytest.param(b'{"format": 1, "deliv', id="half"),
    pytest.param(b"\xff\xfe\x00", id="not text"),
    pytest.param(b"[1, 2]", id="another shape"),
    pytest.param(b'{"format": 1, "delivered": [], "offered": {"02": 3}}', id="other types"),
]


@pytest.mark.parametrize("record", BROKEN_RECORDS)
def test_broken_record_loses_nothing(folder, record):
    (folder / AVERAGE).write_bytes(MINE)
    (folder / RECORD_NAME).unlink()
    if record is not None:
        (folder / RECORD_NAME).write_bytes(record)
    copy_lessons(V2, folder, version="0.2.0")
    assert contents(folder) == {
        START: V1[START],
        "00_start_here.new-0.2.0.ipynb": V2[START],
        AVERAGE: MINE,
        "02_the_moving_average.new-0.2.0.ipynb": V2[AVERAGE],
    }
    assert copy_lessons(V2, folder, version="0.2.0") == []


@pytest.mark.parametrize("record", BROKEN_RECORDS)
def test_broken_record_mends_itself_for_lessons_as_shipped(folder, record):
    (folder / RECORD_NAME).unlink()
    if record is not None:
        (folder / RECORD_NAME).write_bytes(record)
    assert copy_lessons(V1, folder, version="0.1.0") == []
    copy_lessons(V2, folder, version="0.2.0")
    assert contents(folder) == V2


def test_record_of_a_newer_course_is_respected(folder):
    newer = json.dumps({"format": 99, "version": "9.0.0"}).encode()
    (folder / RECORD_NAME).write_bytes(newer)
    (folder / START).unlink()
    notice, copied = copy_lessons(V2, folder, version="0.2.0")
    assert notice.note == "a newer course wrote it, so only absent lessons are copied"
    assert copied == Event("copied", START)
    assert contents(folder) == {START: V2[START], AVERAGE: V1[AVERAGE]}
    assert (folder / RECORD_NAME).read_bytes() == newer


def test_killed_before_the_record_is_written(folder, monkeypatch):
    def kill(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(lessons, "_write_record", kill)
        with pytest.raises(KeyboardInterrupt):
            copy_lessons(V2, folder, version="0.2.0")
    assert copy_lessons(V2, folder, version="0.2.0") == []
    copy_lessons(V3, folder, version="0.3.0")
    assert contents(folder) == V3


def test_killed_while_a_lesson_is_written(folder, monkeypatch):
    def kill(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", kill)
        with pytest.raises(KeyboardInterrupt):
            copy_lessons(V2, folder, version="0.2.0")
    assert contents(folder) == V1
    assert sorted(p.name for p in folder.iterdir()) == sorted([*V1, RECORD_NAME])


def test_folder_in_the_place_of_a_lesson_is_left_alone(tmp_path):
    (tmp_path / START).mkdir()
    events = copy_lessons(V1, tmp_path, version="0.1.0", reset=[START])
    assert events == [Event("left alone", START, "it is not a file"), Event("copied", AVERAGE)]
    assert (tmp_path / START).is_dir()


def test_reset_puts_a_fresh_copy_beside_the_old_one(folder):
    (folder / AVERAGE).write_bytes(MINE)
    for name in ("02_the_moving_average.fresh-0.1.0", "02_the_moving_average.fresh-0.1.0-2"):
        events = copy_lessons(V1, folder, version="0.1.0", reset=[AVERAGE])
        assert events == [Event("fresh", AVERAGE, f"{name}.ipynb")]
        assert contents(folder)[f"{name}.ipynb"] == V1[AVERAGE]
    assert contents(folder)[AVERAGE] == MINE


def test_reset_after_an_upgrade_puts_one_copy_beside(folder):
    (folder / AVERAGE).write_bytes(MINE)
    copy_lessons(V2, folder, version="0.2.0", reset=[AVERAGE])
    copy_lessons(V2, folder, version="0.2.0")
    beside = "02_the_moving_average.fresh-0.2.0.ipynb"
    assert contents(folder) == {START: V2[START], AVERAGE: MINE, beside: V2[AVERAGE]}


def test_reset_of_an_unchanged_lesson_says_so(folder):
    events = copy_lessons(V1, folder, version="0.1.0", reset=[AVERAGE])
    assert events == [Event("left alone", AVERAGE, "it is as shipped")]
    assert contents(folder) == V1


# --- The command ---


@pytest.fixture
def source(tmp_path, monkeypatch):
    """Ship version 1 of the lessons from a folder, and work in an empty one."""
    source = tmp_path / "shipped"
    source.mkdir()
    for name, content in V1.items():
        (source / name).write_bytes(content)
    monkeypatch.setattr(shipped, "lessons_folder", lambda: source)
    monkeypatch.setattr(lab, "__version__", "0.1.0")
    work = tmp_path / "work"
    work.mkdir()
    monkeypatch.chdir(work)
    return source


@pytest.fixture
def launches(monkeypatch):
    """Collect the launches of JupyterLab instead of starting it."""
    launches = []
    monkeypatch.setattr(
        lab, "open_jupyterlab", lambda folder, **settings: launches.append((folder, settings))
    )
    return launches


def run(*args):
    result = CliRunner().invoke(cli.main, ["lab", *map(str, args)])
    assert result.exception is None or isinstance(result.exception, SystemExit)
    return result


def error_of(result, *, exit_code):
    """Return the error of a command, which is one line."""
    assert result.exit_code == exit_code
    assert re.fullmatch(r"Error: [^\n]+\n", result.stderr)
    return result.stderr


def test_command_copies_to_a_folder_with_a_sensible_name(source, tmp_path):
    result = run("--no-open")
    assert result.exit_code == 0
    folder = tmp_path / "work" / "rmsprop-lessons"
    assert contents(folder) == V1
    assert result.output.splitlines() == [
        f"copied      {START}",
        f"copied      {AVERAGE}",
        f"The lessons are in {folder}",
    ]


def test_command_is_quiet_about_unchanged_lessons(source):
    run("Übungen γ", "--no-open")
    assert len(run("Übungen γ", "--no-open").output.splitlines()) == 1


def test_command_names_what_was_put_beside(source, monkeypatch):
    run("a", "--no-open")
    (source.parent / "work" / "a" / AVERAGE).write_bytes(MINE)
    (source / AVERAGE).write_bytes(V2[AVERAGE])
    monkeypatch.setattr(lab, "__version__", "0.2.0")
    assert (
        f"kept        {AVERAGE} is yours; the new version is 02_the_moving_average.new-0.2.0.ipynb"
        in run("a", "--no-open").output
    )


@pytest.mark.parametrize(
    "lesson", ["2", "02", "the_moving_average", "02_the_moving_average", AVERAGE]
)
def test_reset_knows_lessons_by_number_and_name(source, lesson):
    run("a", "--no-open")
    (source.parent / "work" / "a" / AVERAGE).write_bytes(MINE)
    output = run("a", "--no-open", "--reset", lesson).output
    assert "a fresh copy is 02_the_moving_average.fresh-0.1.0.ipynb" in output


@pytest.mark.parametrize("lesson", ["7", "", "½", "start"])
def test_reset_of_an_unknown_lesson_lists_the_lessons(source, lesson):
    error = error_of(run("a", "--no-open", "--reset", lesson), exit_code=2)
    assert "00_start_here, 02_the_moving_average" in error
    assert not (source.parent / "work" / "a").exists()


def test_source_of_the_lessons_is_refused(source, launches):
    for folder in (source, source / "below", source / ".." / source.name):
        assert "is the source of the lessons" in error_of(run(folder), exit_code=1)
    assert contents(source) == V1


def test_source_tree_says_how_to_edit(launches, monkeypatch):
    if not shipped.is_source_tree():
        pytest.skip("the course is installed from a wheel")
    monkeypatch.setattr(shipped, "read_lessons", lambda: V1)
    assert "`make edit` opens it" in error_of(run(shipped.lessons_folder()), exit_code=1)


def test_file_in_the_place_of_the_folder_is_an_error(source, launches):
    (source.parent / "work" / "a").write_text("a file")
    error_of(run("a"), exit_code=2)
    error_of(run("a/b", "--no-open"), exit_code=1)


@pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)
def test_read_only_folder_is_an_error(source):
    folder = source.parent / "work" / "a"
    folder.mkdir(mode=0o500)
    assert "Permission denied" in error_of(run("a", "--no-open"), exit_code=1)


def test_full_disk_is_an_error_of_one_line(source, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    assert "No space left on device" in error_of(run("a", "--no-open"), exit_code=1)


def test_unreadable_lesson_is_an_error_of_one_line(source):
    (source / "01_a_folder.ipynb").mkdir()
    assert "01_a_folder.ipynb" in error_of(run("a", "--no-open"), exit_code=1)


def test_installation_without_lessons_is_an_error(source):
    for lesson in source.iterdir():
        lesson.unlink()
    assert "no lessons in" in error_of(run("a", "--no-open"), exit_code=1)


@pytest.mark.parametrize(
    ("args", "browser"), [([], True), (["--no-browser"], False)], ids=["default", "no browser"]
)
def test_jupyterlab_opens_in_the_copy(source, launches, monkeypatch, args, browser):
    monkeypatch.setenv("DISPLAY", ":0")
    result = run("a", *args, "--", "--port", "9000")
    assert result.exit_code == 0
    [(folder, settings)] = launches
    assert folder.name == "a"
    assert settings == {"browser": browser, "options": ["--port", "9000"]}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems always have a screen")
def test_no_browser_without_a_screen(source, launches, monkeypatch):
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    run()
    assert launches[0][1]["browser"] is False


def test_options_after_dashes_are_not_the_folder(source, launches):
    run("--", "--port=9000")
    assert launches[0][0].name == "rmsprop-lessons"
    assert launches[0][1]["options"] == ["--port=9000"]


def test_edit_opens_a_folder_in_place(source, launches):
    assert run("--edit", source).exit_code == 0
    assert launches[0][0] == source
    assert sorted(p.name for p in source.iterdir()) == sorted(V1)


@pytest.mark.parametrize(
    "args", [["--edit", "nowhere"], ["--edit", ".", "--no-open"], ["--edit", ".", "--reset", "2"]]
)
def test_edit_refuses_what_it_cannot_do(source, launches, args):
    error_of(run(*args), exit_code=2)
    assert launches == []


def test_missing_jupyterlab_names_the_extra_after_copying(source, monkeypatch, tmp_path):
    for name in [name for name in sys.modules if name.partition(".")[0] == "jupyterlab"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "jupyterlab", None)
    error = error_of(run("a"), exit_code=1)
    assert 'jupyterlab is not installed: pip install "rmsprop-course[course]"' in error
    assert contents(tmp_path / "work" / "a") == V1


def test_lesson_00_is_the_first_page(tmp_path):
    (tmp_path / "00 é.ipynb").write_bytes(V1[START])
    (tmp_path / "01_b.ipynb").write_bytes(V1[START])
    options = lab.jupyterlab_options(tmp_path, browser=True, is_root=False)
    assert "--LabApp.default_url=/lab/tree/00%20%C3%A9.ipynb" in options
    assert f"--ServerApp.root_dir={tmp_path}" in options
    assert "--no-browser" not in options
    assert "--allow-root" not in options


def test_options_of_the_user_take_the_place_of_ours(tmp_path):
    options = ["--log-level=DEBUG", "--port", "9000"]
    result = lab.jupyterlab_options(tmp_path, browser=True, is_root=False, options=options)
    assert result[-3:] == options
    assert not [option for option in result[:-3] if "log-level" in option]


def test_root_is_allowed(tmp_path):
    assert "--allow-root" in lab.jupyterlab_options(tmp_path, browser=True, is_root=True)


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C cannot be sent to one process")
def test_jupyterlab_serves_lesson_00_without_questions_until_ctrl_c(tmp_path):
    pytest.importorskip("jupyterlab")
    folder = tmp_path / "my lessons"
    copy_lessons(V1, folder, version="0.1.0")
    process = serve(folder, config=tmp_path, options=["--IdentityProvider.token=secret"])
    deadline = threading.Timer(60, process.kill)
    deadline.start()
    output = ""
    while "/lab/tree/00_start_here.ipynb" not in output and (line := process.stdout.readline()):
        output += line
    address = re.search(r"http://localhost:\d+/", output)
    assert address, output
    question = settings_of("@jupyterlab/apputils-extension:notification", address[0])
    process.send_signal(signal.SIGINT)
    output += process.communicate()[0]
    deadline.cancel()
    assert question["fetchNews"]["default"] == "false"
    assert question["checkForUpdates"]["default"] is False
    assert process.returncode == 0, output
    assert "Traceback" not in output


def serve(folder, *, config, options):
    """Start JupyterLab in a terminal as ``make edit`` does, without the user's own settings."""
    _, terminal = os.openpty()  # in a terminal, JupyterLab may ask before it stops
    command = [sys.executable, "-m", "rmsprop_course.cli", "lab", "--edit", str(folder)]
    return subprocess.Popen(
        [*command, "--no-browser", "--", *options],
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(config), "PYTHONUNBUFFERED": "1"},
        stdin=terminal,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def settings_of(plugin, address):
    """Return the settings that JupyterLab gives one of its plugins, once it answers."""
    for _ in range(100):
        try:
            url = f"{address}lab/api/settings/{plugin}?token=secret"
            with urllib.request.urlopen(url, timeout=30) as reply:
                return json.load(reply)["schema"]["properties"]
        except urllib.error.URLError as refused:
            if not isinstance(refused.reason, ConnectionRefusedError):
                raise
            time.sleep(0.2)
    raise TimeoutError(address)
