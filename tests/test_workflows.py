"""The workflows, which run elsewhere: they agree with Makefile and pyproject.toml.

They cannot be run here. `check-jsonschema --builtin-schema vendor.github-workflows` knows their
form.
"""

import os
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / ".github" / "workflows"
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CI_RUN = ROOT / ".ci" / "run"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
WORKFLOWS = {
    path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in FOLDER.iterdir()
}
ON = True  # YAML 1.1 reads the key `on` so
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"].values()]
STEPS = [step for _, job in JOBS for step in job["steps"]]
COMMANDS = [step["run"] for step in STEPS if "run" in step]
# What may be written, and by which workflow.
WRITES = {"publish": {"pages", "id-token"}}


def make_words() -> list[str]:
    """What is given to make, in the workflows and in .ci/run."""
    text = "\n".join([*COMMANDS, CI_RUN.read_text(encoding="utf-8")])
    lines = re.findall(r"^\s*make (.+)$", text, re.MULTILINE)
    return [word for line in lines for word in line.split() if not word.startswith("<")]


def test_they_test_publish_and_look_ahead():
    assert sorted(WORKFLOWS) == ["newest", "publish", "test"]


def test_what_make_is_asked_for_is_a_target():
    targets = {word for word in make_words() if "=" not in word}
    known = set(re.findall(r"^([a-z-]+):", MAKEFILE, re.MULTILINE))
    assert {"book", "constraints", "test"} <= targets <= known


def test_variables_are_known_to_the_makefile():
    given = {word.partition("=")[0] for word in make_words() if "=" in word}
    given |= {name for step in STEPS for name in step.get("env", {})}
    assert given <= set(re.findall(r"\$\(([A-Z]+)\)", MAKEFILE))
    assert {"ARGS", "REPOSITORY", "SITE", "TORCH", "UPGRADE"} == given


@pytest.mark.parametrize("system", ["linux", "macos"])
def test_tests_run_on_every_python_that_the_project_names(system):
    job = WORKFLOWS["test"]["jobs"][system]
    prefix = "Programming Language :: Python :: 3."
    named = [text.rpartition(" ")[2] for text in PROJECT["classifiers"] if text.startswith(prefix)]
    assert job["strategy"]["matrix"]["python"] == named
    assert PROJECT["requires-python"] == f">={named[0]}"


def test_another_job_runs_on_a_python_that_the_project_supports():
    versions = [
        step["with"]["python-version"] for step in STEPS if "python-version" in step.get("with", {})
    ]
    fixed = [version for version in versions if "matrix" not in version]
    supported = Requirement(f"python{PROJECT['requires-python']}").specifier
    assert len(fixed) == 2
    assert all(supported.contains(version) for version in fixed)


def test_a_push_and_a_pull_request_are_tested():
    assert set(WORKFLOWS["test"][ON]) == {"push", "pull_request"}


def test_the_newest_versions_are_tried_once_a_week_and_by_hand():
    (when,) = WORKFLOWS["newest"][ON]["schedule"]
    minute, hour, day, month, weekday = when["cron"].split()
    assert (day, month) == ("*", "*")
    assert minute.isdecimal() and hour.isdecimal() and weekday.isdecimal()
    assert "workflow_dispatch" in WORKFLOWS["newest"][ON]


def test_a_failure_is_a_failure():
    assert [step for step in STEPS if "continue-on-error" in step] == []
    assert [command for command in COMMANDS if "||" in command or "set +e" in command] == []


@pytest.mark.parametrize("name", WORKFLOWS)
def test_a_workflow_may_read_and_a_job_writes_no_more_than_it_must(name):
    assert WORKFLOWS[name]["permissions"] == {"contents": "read"}
    given = [job.get("permissions", {}) for of, job in JOBS if of == name]
    writes = {what for each in given for what, access in each.items() if access == "write"}
    assert writes == WRITES.get(name, set())


def test_a_job_ends_and_a_newer_run_takes_the_place_of_an_older_one():
    assert [job for _, job in JOBS if not 0 < job["timeout-minutes"] <= 60] == []
    assert [name for name, workflow in WORKFLOWS.items() if "concurrency" not in workflow] == []


def test_actions_are_githubs_own_at_a_major_version():
    used = [step["uses"] for step in STEPS if "uses" in step]
    assert len(used) > 6
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []


def test_downloads_are_kept_for_the_versions_that_were_tested():
    kept = [step["with"] for step in STEPS if "cache" in step.get("with", {})]
    assert len(kept) == 3
    assert {each["cache-dependency-path"] for each in kept} == {"constraints.txt"}


def test_no_text_from_outside_becomes_a_command():
    assert [command for command in COMMANDS if "${{" in command] == []


def test_what_is_published_is_what_make_book_writes():
    (upload,) = [step for step in STEPS if "upload-pages-artifact" in step.get("uses", "")]
    assert upload["with"]["path"] == "book/_build/html"
    assert upload["with"]["path"] in MAKEFILE


def test_scripts_can_be_started():
    scripts = [command for command in COMMANDS if command.startswith(".")]
    assert scripts == [".ci/run"] * 2
    assert all(os.access(ROOT / script, os.X_OK) for script in scripts)
