"""``rmsprop-course progress``: it shows the board, and forgets only what it was told to."""

import os
import subprocess
import sys

import pytest
from click.testing import CliRunner

from rmsprop_course import cli, explorers, progress
from rmsprop_course.progress import _copies


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path))
    progress.keep("exercise/mean-square")
    progress.keep("quiz/00")
    return tmp_path


def run(*args, answer=None):
    return CliRunner().invoke(cli.main, ["progress", *args], input=answer)


def test_it_prints_the_board(folder):
    result = run()
    assert result.exit_code == 0
    assert result.stdout == f"{explorers.board()}\n"
    assert "2 of " in result.stdout


def test_it_prints_what_happened_to_the_files(folder):
    (folder / _copies.MAIN).write_bytes(b"garbage")
    result = run()
    assert result.exit_code == 0
    assert result.stdout.count("restored from its second copy") == 1
    assert "2 of " in result.stdout


def test_it_says_that_nothing_is_kept_when_progress_is_off(monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, "off")
    result = run()
    assert result.exit_code == 0
    assert result.stdout.startswith(str(explorers.board()))
    assert result.stdout.endswith(f"{progress.VARIABLE} is off: nothing that you pass is kept.\n")


def test_it_works_from_a_terminal(folder):
    process = subprocess.run(
        [sys.executable, "-m", "rmsprop_course.cli", "progress"],
        capture_output=True,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONIOENCODING": "utf-8"},
    )
    assert (process.returncode, process.stderr) == (0, "")
    assert "2 of " in process.stdout


def test_a_missing_extra_is_one_line(monkeypatch):
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    result = run()
    assert result.exit_code == 1
    assert result.stderr == (
        'Error: platformdirs is not installed: pip install "rmsprop-course[course]"\n'
    )


# Reset


def test_reset_asks_first_and_says_where_the_old_file_is(folder):
    result = run("--reset", answer="y\n")
    assert result.exit_code == 0
    assert "Forget all that you passed (2)?" in result.stdout
    (aside,) = folder.glob("*-before-reset-*.sqlite3")
    assert str(aside) in result.stdout
    assert progress.load().passed == {}
    os.replace(aside, folder / "progress.sqlite3")  # as it says
    assert len(progress.load().passed) == 2


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_nothing_is_forgotten_without_a_yes(folder, answer):
    result = run("--reset", answer=answer)
    assert result.exit_code == 0
    assert "Nothing was forgotten." in result.stdout
    assert len(progress.load().passed) == 2


def test_nothing_is_forgotten_when_nobody_answers(folder):
    result = run("--reset", answer="")
    assert result.exit_code != 0
    assert len(progress.load().passed) == 2


def test_yes_skips_the_question(folder):
    result = run("--reset", "--yes")
    assert result.exit_code == 0
    assert "?" not in result.stdout
    assert progress.load().passed == {}


@pytest.mark.parametrize("answer", ["y\n", "n\n"])
def test_what_happened_to_the_files_is_said_once(folder, answer):
    (folder / _copies.MAIN).write_bytes(b"garbage")
    assert run("--reset", answer=answer).stdout.count("restored from its second copy") == 1


def test_why_there_is_nothing_to_forget_is_said_once(monkeypatch):
    monkeypatch.setenv(progress.VARIABLE, "here")
    result = run("--reset")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.count(f"{progress.VARIABLE} must be off or a folder's whole path") == 1


def test_where_nothing_was_passed_nothing_is_asked(folder):
    progress.reset()
    result = run("--reset", answer="")
    assert (result.exit_code, result.stdout) == (0, "There is nothing to forget.\n")


def test_while_progress_is_off_nothing_is_forgotten(folder, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setenv(progress.VARIABLE, "off")
        result = run("--reset", "--yes")
    assert result.exit_code == 1
    assert f"{progress.VARIABLE} is off: what was kept earlier stays." in result.stderr
    assert len(progress.load().passed) == 2


def test_a_reset_that_fails_is_an_error(folder, monkeypatch):
    monkeypatch.setattr(progress, "reset", lambda: progress.Forgotten(None, "It stays as it is."))
    result = run("--reset", "--yes")
    assert result.exit_code == 1
    assert result.stderr == "Error: It stays as it is.\n"
    assert len(progress.load().passed) == 2
