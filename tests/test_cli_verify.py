"""``rmsprop-course verify``: it measures what was asked for, and fails if a number is off."""

import sys

import pytest
from click.testing import CliRunner

from rmsprop_course import cli, headlines
from rmsprop_course.headlines import Headline

HALF = Headline("half", "02", "a half", 0.5, 0.01, "we compute", lambda: 0.505)
OFF = Headline("off", "03", "another half", 0.5, 0.01, "we compute", lambda: 0.7)


@pytest.fixture
def run(monkeypatch):
    """Run the command on two headlines, one of which is off."""
    monkeypatch.setattr(headlines, "HEADLINES", (HALF, OFF))
    return lambda *args: CliRunner().invoke(cli.main, ["verify", *args])


def test_a_number_that_is_off_is_shown_and_fails_the_command(run):
    result = run()
    assert result.exit_code == 1
    assert result.stdout == headlines.format_table([HALF.run(), OFF.run()]) + "\n"
    assert "1 of 2 as predicted" in result.stdout


def test_one_lesson_alone_is_measured(run):
    result = run("--lesson", "02")
    assert result.exit_code == 0
    assert "another half" not in result.stdout
    assert result.stdout.endswith("1 of 1 as predicted\n")


def test_a_lesson_without_headlines_is_refused_by_name(run):
    result = run("--lesson", "9")
    assert result.exit_code == 2
    assert result.stderr.endswith("--lesson must be one of 02, 03, got 9\n")


def test_a_missing_extra_is_one_line(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("rmsprop_course.headlines")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "torch", None)
    result = CliRunner().invoke(cli.main, ["verify"])
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: torch is not installed: pip install ")
    assert result.stderr.count("\n") == 1
