"""``rmsprop-course doctor``: what is missing is named, with its remedy, and only that fails."""

import collections
import importlib.metadata
import json
import subprocess
import sys
import types
from pathlib import Path

import pytest
from click.testing import CliRunner

from rmsprop_course import cli
from rmsprop_course.cli import doctor, shipped
from rmsprop_course.cli.doctor import Finding, format_table


@pytest.fixture
def installed(monkeypatch):
    """Let the tests ran with torch 2.13.0 and NumPy 2.4.6; a test says what is installed."""
    versions = {}

    def version(name):
        if name not in versions:
            raise importlib.metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(doctor, "version", version)
    monkeypatch.setattr(shipped, "read_constraints", lambda: {"torch": "2.13.0", "numpy": "2.4.6"})
    monkeypatch.setattr(doctor, "required_packages", lambda: ["numpy", "torch"])
    return versions


def hide(monkeypatch, *packages):
    """Make importing some packages fail as if they were not installed."""
    for package in packages:
        for name in [name for name in sys.modules if name.partition(".")[0] == package]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, package, None)


def pretend(monkeypatch, **findings):
    """Replace the findings of a whole machine."""
    rows = [Finding(name, status, remedy=f"mend {name}") for name, status in findings.items()]
    monkeypatch.setattr(doctor, "examine", lambda: rows)


def run(*args):
    return CliRunner().invoke(cli.main, ["doctor", *args])


# --- Packages ---


def test_packages_as_tested_are_ok(installed):
    installed.update(numpy="2.4.6", torch="2.13.0+cpu")
    assert doctor.check_packages() == [
        Finding("numpy", "ok", "2.4.6"),
        Finding("torch", "ok", "2.13.0+cpu"),
    ]


def test_other_version_is_a_warning(installed):
    installed.update(numpy="2.5.0", torch="2.13.0")
    assert doctor.check_packages()[0] == Finding(
        "numpy",
        "warning",
        "2.5.0; the tests ran with 2.4.6",
        "python -m pip install numpy==2.4.6",
    )


def test_missing_package_comes_with_the_command_that_installs_it(installed):
    installed.update(numpy="2.4.6")
    assert doctor.check_packages()[1] == Finding(
        "torch", "missing", "not installed", "python -m pip install torch==2.13.0"
    )


def test_required_packages_are_those_of_the_base_and_the_course(monkeypatch):
    metadata = [
        "click>=8.1",
        'NumPy_Like[fast]>=2.0; python_version >= "3.8"',
        "jupyterlab>=4.5; extra == 'course'",
        'rmsprop-course[torch]; extra == "course"',
        "torch>=2.9; extra == 'torch'",
        'pytest>=8.3; (sys_platform == "linux") and extra == "test"',
    ]
    monkeypatch.setattr(doctor, "requires", lambda _: metadata)
    assert doctor.required_packages() == ["click", "jupyterlab", "numpy-like", "torch"]


@pytest.mark.parametrize(("system", "needed"), [("linux", ["triton"]), ("win32", [])])
def test_a_package_for_another_system_is_not_required(monkeypatch, system, needed):
    metadata = ["triton>=3.5; (sys_platform == 'linux') and extra == 'course'"]
    monkeypatch.setattr(doctor, "requires", lambda _: metadata)
    monkeypatch.setattr(doctor.sys, "platform", system)
    assert doctor.required_packages() == needed


def test_every_required_package_has_a_tested_version():
    assert set(doctor.required_packages()) <= set(shipped.read_constraints())


def test_versions_are_read_without_importing_torch():
    code = (
        "import sys; from rmsprop_course.cli import doctor; doctor.check_packages();"
        "sys.exit('torch' in sys.modules or 'matplotlib' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# --- Python, device, JupyterLab, machine ---


def test_old_python_fails(monkeypatch):
    release = collections.namedtuple("release", "major minor micro releaselevel serial")
    monkeypatch.setattr(sys, "version_info", release(3, 10, 4, "final", 0))
    finding = doctor.check_python()
    assert (finding.status, finding.detail) == ("failed", "3.10.4; must be at least 3.11")


@pytest.mark.parametrize(
    ("available", "detail"),
    [
        ({"cuda", "xpu"}, "CUDA: the card"),
        ({"mps"}, "MPS: Apple's graphics processor"),
        ({"xpu"}, "XPU: the card"),
        (set(), "CPU, 2 threads"),
    ],
)
def test_fastest_device_is_named(monkeypatch, available, detail):
    def device(name):
        return types.SimpleNamespace(
            is_available=lambda: name in available, get_device_name=lambda: "the card"
        )

    torch = types.SimpleNamespace(
        cuda=device("cuda"),
        xpu=device("xpu"),
        backends=types.SimpleNamespace(mps=device("mps")),
        get_num_threads=lambda: 2,
    )
    monkeypatch.setitem(sys.modules, "torch", torch)
    assert doctor.check_torch_device() == Finding("torch device", "ok", detail)


def test_damaged_torch_fails_with_a_remedy(monkeypatch, tmp_path):
    hide(monkeypatch, "torch")
    monkeypatch.delitem(sys.modules, "torch")
    (tmp_path / "torch.py").write_text("raise OSError('libtorch.so: not found\\nand more')")
    monkeypatch.syspath_prepend(tmp_path)
    finding = doctor.check_torch_device()
    assert (finding.status, finding.detail) == ("failed", "libtorch.so: not found")
    assert finding.remedy.startswith("python -m pip install --force-reinstall torch==")


def test_widgets_are_found_where_jupyterlab_finds_them(monkeypatch, tmp_path):
    pytest.importorskip("jupyter_core")
    extension = tmp_path / "labextensions" / "@jupyter-widgets" / "jupyterlab-manager"
    extension.mkdir(parents=True)
    (extension / "package.json").write_text('{"version": "5.0.16"}')
    monkeypatch.setattr("jupyter_core.paths.jupyter_path", lambda name: [str(tmp_path / name)])
    ipywidgets, anywidget = doctor.check_widgets()
    assert ipywidgets == Finding(
        "ipywidgets in JupyterLab", "ok", "@jupyter-widgets/jupyterlab-manager 5.0.16"
    )
    assert (anywidget.name, anywidget.status) == ("anywidget in JupyterLab", "warning")
    assert "--force-reinstall" in anywidget.remedy


@pytest.mark.parametrize(
    ("command", "status"),
    [
        (sys.executable, "ok"),
        ("python", "ok"),
        ("python3.11", "ok"),
        (str(Path("/elsewhere/bin/python")), "failed"),
        (None, "missing"),
    ],
)
def test_kernel_runs_this_python(monkeypatch, command, status):
    kernelspec = pytest.importorskip("jupyter_client.kernelspec")

    def get_kernel_spec(_, name):
        if command is None:
            raise kernelspec.NoSuchKernel(name)
        return types.SimpleNamespace(argv=[command, "-m", "ipykernel_launcher"])

    monkeypatch.setattr(kernelspec.KernelSpecManager, "get_kernel_spec", get_kernel_spec)
    finding = doctor.check_kernel()
    assert finding.status == status
    assert bool(finding.remedy) == (status != "ok")


def test_missing_chromium_is_only_a_note(monkeypatch):
    monkeypatch.setattr("shutil.which", lambda _: None)
    finding = doctor.check_browser()
    assert (finding.status, finding.stops_the_course) == ("note", False)
    assert finding.remedy


@pytest.mark.parametrize(("gib", "status"), [(0.5, "warning"), (2, "ok")])
def test_little_free_memory_is_a_warning(monkeypatch, gib, status):
    psutil = pytest.importorskip("psutil")
    memory = types.SimpleNamespace(available=gib * 2**30)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)
    finding = doctor.check_memory()
    assert finding.status == status
    assert finding.detail.startswith(f"{gib:.1f} GiB")


def test_folder_that_cannot_be_written_is_a_warning(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert doctor.check_folder().status == "ok"
    assert list(tmp_path.iterdir()) == []

    def refuse(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert doctor.check_folder().status == "warning"


# --- The command ---


@pytest.mark.parametrize(
    ("status", "exit_code"), [("ok", 0), ("note", 0), ("warning", 0), ("missing", 1), ("failed", 1)]
)
def test_exit_status_says_whether_the_course_can_run(monkeypatch, status, exit_code):
    pretend(monkeypatch, first="ok", second=status)
    result = run()
    assert result.exit_code == exit_code
    verdict = "The course cannot run yet: second." if exit_code else "The course can run."
    assert result.stdout.splitlines()[-1] == verdict


def test_table_and_remedies_are_printed(monkeypatch):
    rows = [Finding("numpy", "ok", "2.4.6"), Finding("torch", "missing", "", "install torch")]
    monkeypatch.setattr(doctor, "examine", lambda: rows)
    assert run().stdout.splitlines() == [
        "numpy  ok       2.4.6",
        "torch  missing",
        "",
        "To mend:",
        "torch  install torch",
        "",
        "The course cannot run yet: torch.",
    ]


def test_json_holds_the_same_findings(monkeypatch):
    pretend(monkeypatch, numpy="ok", torch="missing")
    result = run("--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == [
        {"name": "numpy", "status": "ok", "detail": "", "remedy": "mend numpy"},
        {"name": "torch", "status": "missing", "detail": "", "remedy": "mend torch"},
    ]


def test_table_of_names_and_status_holds_on_every_machine():
    rows = [Finding("numpy", "ok", "2.4.6"), Finding("free memory", "ok", "3.1 GiB")]
    assert format_table(rows, columns=("name", "status")) == "numpy        ok\nfree memory  ok"


def test_table_without_rows_is_empty():
    assert format_table([]) == ""


def test_this_machine_can_run_the_course():
    """The tests run with everything installed, so nothing is missing here."""
    result = run()
    assert result.exit_code == 0, result.output


def test_doctor_works_when_only_the_base_is_installed(monkeypatch):
    base = {"click", "numpy", "rmsprop-course"}

    def version(name):
        if name not in base:
            raise importlib.metadata.PackageNotFoundError(name)
        return importlib.metadata.version(name)

    monkeypatch.setattr(doctor, "version", version)
    hide(monkeypatch, "torch", "jupyter_core", "jupyter_client", "psutil", "jupyterlab")
    findings = {finding.name: finding for finding in doctor.examine()}
    missing = {name for name, finding in findings.items() if finding.status == "missing"}
    assert missing == set(doctor.required_packages()) - base
    assert {name for name, finding in findings.items() if finding.status == "note"} >= {
        "torch device",
        "widgets in JupyterLab",
        "kernel python3",
        "free memory",
    }
    assert all(findings[name].remedy for name in missing)
