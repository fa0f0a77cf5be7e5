"""The wheel holds the lessons, and a learner gets them from it with no source tree."""

import importlib.metadata
import os
import re
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).resolve().parents[1]
LESSONS = sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))
ASSIGNMENTS = ROOT / "notebooks" / "assignments"


def python(*args, **settings):
    return subprocess.run(
        [sys.executable, *map(str, args)], capture_output=True, text=True, **settings
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    built = python("-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT)
    assert built.returncode == 0, built.stdout + built.stderr
    [wheel] = folder.glob("*.whl")
    return wheel


def test_wheel_holds_the_lessons_as_they_are(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if name.endswith(".ipynb")]
        lessons = [name for name in names if "/assignments/" not in name]
        shipped = {PurePosixPath(name).name: archive.read(name) for name in lessons}
    assert LESSONS
    assert sorted(lessons) == [f"rmsprop_course/lessons/{lesson.name}" for lesson in LESSONS]
    assert shipped == {lesson.name: lesson.read_bytes() for lesson in LESSONS}


def test_wheel_holds_the_assignments_as_they_are(wheel):
    sources = {
        f"rmsprop_course/assignments/{file.relative_to(ASSIGNMENTS).as_posix()}": file.read_bytes()
        for pattern in ("*.py", "source/*/*.ipynb")
        for file in ASSIGNMENTS.glob(pattern)
    }
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if "/assignments/" in name]
        shipped = {name: archive.read(name) for name in names}
    assert len(sources) > 1
    assert shipped == sources


def test_wheel_holds_the_tested_versions(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = archive.read("rmsprop_course/constraints.txt")
    assert shipped == (ROOT / "constraints.txt").read_bytes()


def test_wheel_holds_the_data_of_the_package(wheel):
    package = ROOT / "rmsprop_course"
    data = {file for kind in ("json", "toml") for file in package.rglob(f"*.{kind}")}
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.endswith((".json", ".toml"))}
    assert {"benchmark", "literature", "reinforcement"} <= {
        file.relative_to(package).parts[0] for file in data
    }
    assert shipped == {file.relative_to(ROOT).as_posix() for file in data}


def test_wheel_holds_nothing_but_the_package(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    [metadata] = {name.partition("/")[0] for name in names} - {"rmsprop_course"}
    assert metadata.endswith(".dist-info")
    folders = {folder for name in names for folder in PurePosixPath(name).parts[:-1]}
    assert not folders & {"notebooks", "tests", "tools"}
    assert {"rmsprop_course/py.typed", "rmsprop_course/cli/__init__.py"} <= set(names)


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory):
    """Install the wheel and the base dependencies, and nothing else; return its scripts folder."""
    environment = tmp_path_factory.mktemp("environment")
    venv.create(environment, symlinks=os.name != "nt")
    for package in ("click", "numpy"):
        link_package(package, path_in(environment, "purelib"))
    pip = ("-m", "pip", "--python", environment, "install", "--no-deps", "--no-index", wheel)
    installed = python(*pip)
    assert installed.returncode == 0, installed.stdout + installed.stderr
    return path_in(environment, "scripts")


def path_in(environment, kind):
    """Return a folder of a virtual environment, such as its ``scripts``."""
    base = {"base": str(environment), "platbase": str(environment)}
    return Path(sysconfig.get_path(kind, scheme="venv", vars=base))


def link_package(package, site_packages):
    """Lend a package of this environment to another one."""
    distribution = importlib.metadata.distribution(package)
    for name in {file.parts[0] for file in distribution.files} - {"..", "__pycache__"}:
        (site_packages / name).symlink_to(Path(distribution.locate_file(name)).resolve())


def run_course(scripts, *args, cwd):
    """Run the installed command, far from the source tree."""
    environment = {name: text for name, text in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [scripts / "rmsprop-course", *args],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
    )


def test_installed_course_brings_the_lessons(scripts, tmp_path):
    result = run_course(scripts, "lab", "my lessons", "--no-open", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    arrived = {p.name: p.read_bytes() for p in (tmp_path / "my lessons").glob("*.ipynb")}
    assert arrived == {lesson.name: lesson.read_bytes() for lesson in LESSONS}


def test_installed_course_refuses_to_work_in_its_own_lessons(scripts, tmp_path):
    lessons = path_in(scripts.parent, "purelib") / "rmsprop_course" / "lessons"
    result = run_course(scripts, "lab", str(lessons), cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.endswith("is the source of the lessons: choose another one\n")


def test_bare_installation_names_the_extra_that_brings_jupyterlab(scripts, tmp_path):
    result = run_course(scripts, "lab", "my lessons", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == (
        'Error: jupyterlab is not installed: pip install "rmsprop-course[course]"\n'
    )


def test_doctor_of_a_bare_installation_names_what_is_missing(scripts, tmp_path):
    result = run_course(scripts, "doctor", cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr == ""
    assert "python -m pip install torch==2.13.0" in result.stdout
    assert "The course cannot run yet: anywidget, gymnasium, ipython" in result.stdout
    all_at_once = re.search(r'install -c "(.+)" "rmsprop-course\[course\]"', result.stdout)
    assert Path(all_at_once[1]).read_bytes() == (ROOT / "constraints.txt").read_bytes()
