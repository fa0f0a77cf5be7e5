"""``rmsprop-course doctor``: what the course needs, what is there, and how to mend the rest.

Every ``check_*`` function returns findings and prints nothing, so that lesson 00 can show some of
them. All of it works when only the base dependencies are installed.
"""

import json
import re
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import click

from rmsprop_course.cli import shipped

Status = Literal["ok", "note", "warning", "missing", "failed"]
Column = Literal["name", "status", "detail", "remedy"]

_COURSE = "rmsprop-course"
_OLDEST_PYTHON = (3, 11)
_BROWSERS = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
)
_ENOUGH_MEMORY = 2**30  # bytes

# One requirement in a package's metadata, such as: rmsprop-course[torch]; extra == "course"
_REQUIREMENT = re.compile(
    r"(?P<name>[\w.-]+)"
    r"(\[(?P<brings>[\w.-]+)\])?"
    r"[^;]*"
    r"""(;.*\bextra *== *['"](?P<extra>[\w.-]+))?"""
)
_SYSTEM = re.compile(r"""sys_platform *== *['"](\w+)""")  # for which alone one is needed


@dataclass(frozen=True)
class Finding:
    """One row of the doctor's table.

    Parameters
    ----------
    name : str
        What was looked at.
    status : {"ok", "note", "warning", "missing", "failed"}
        The course cannot run if anything is missing or failed.
    detail : str
        What was found.
    remedy : str
        The command that mends it; empty if there is nothing to mend.
    """

    name: str
    status: Status
    detail: str = ""
    remedy: str = ""

    @property
    def stops_the_course(self) -> bool:
        """Whether the lessons cannot run until this is mended."""
        return self.status in ("missing", "failed")


def examine() -> list[Finding]:
    """Return every finding about this machine, in the order of the doctor's table."""
    return [
        check_python(),
        *check_packages(),
        check_torch_device(),
        *check_widgets(),
        check_kernel(),
        check_browser(),
        check_memory(),
        check_folder(),
    ]


def check_python() -> Finding:
    """Check that Python is new enough."""
    found = ".".join(str(part) for part in sys.version_info[:3])
    if sys.version_info < _OLDEST_PYTHON:
        oldest = ".".join(map(str, _OLDEST_PYTHON))
        return Finding("Python", "failed", f"{found}; must be at least {oldest}")
    return Finding("Python", "ok", found)


def check_packages() -> list[Finding]:
    """Compare the packages that the lessons need with the versions that the tests ran with.

    Returns
    -------
    list of Finding
        One for each package, in alphabetical order; another version than the tested one is a
        warning.
    """
    return [_check_package(name) for name in required_packages()]


def required_packages() -> list[str]:
    """Return the names of the packages that the base and the ``course`` extra need.

    Examples
    --------
    >>> "jupyterlab" in required_packages()
    True
    """
    return sorted(_brought_by(None) | _brought_by("course"))


def _brought_by(extra: str | None) -> set[str]:
    """Return the normalized names that an extra brings; None is the base."""
    names: set[str] = set()
    for requirement in map(_REQUIREMENT.match, requires(_COURSE) or ()):
        if requirement is None or requirement["extra"] != extra:
            continue
        if (system := _SYSTEM.search(requirement.string)) and system[1] != sys.platform:
            continue
        if requirement["name"] == _COURSE:
            names |= _brought_by(requirement["brings"])
        else:
            names.add(re.sub(r"[-_.]+", "-", requirement["name"]).lower())
    return names


def _check_package(name: str) -> Finding:
    """Compare one package with its tested version; it is not imported."""
    remedy = f"python -m pip install {_pinned(name)}"
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, "missing", "not installed", remedy)
    tested = shipped.read_constraints().get(name)
    if tested not in (None, found.partition("+")[0]):
        return Finding(name, "warning", f"{found}; the tests ran with {tested}", remedy)
    return Finding(name, "ok", found)


def _pinned(package: str) -> str:
    """Return the requirement that installs a package in its tested version."""
    tested = shipped.read_constraints().get(package)
    return f"{package}=={tested}" if tested else package


def check_torch_device() -> Finding:
    """Name the fastest device that torch can use; this imports torch."""
    name = "torch device"
    try:
        import torch
    except ModuleNotFoundError:
        return Finding(name, "note", "torch is not installed")
    except (ImportError, OSError) as error:  # a shared library is missing or damaged
        remedy = f"python -m pip install --force-reinstall {_pinned('torch')}"
        return Finding(name, "failed", str(error).partition("\n")[0], remedy)
    if torch.cuda.is_available():
        return Finding(name, "ok", f"CUDA: {torch.cuda.get_device_name()}")
    if torch.backends.mps.is_available():
        return Finding(name, "ok", "MPS: Apple's graphics processor")
    if torch.xpu.is_available():
        return Finding(name, "ok", f"XPU: {torch.xpu.get_device_name()}")
    return Finding(name, "ok", f"CPU, {torch.get_num_threads()} threads")


def check_widgets() -> list[Finding]:
    """Look for the widget extensions in the folders where JupyterLab looks for them."""
    try:
        from jupyter_core.paths import jupyter_path
    except ModuleNotFoundError:
        return [Finding("widgets in JupyterLab", "note", "JupyterLab is not installed")]
    folders = [Path(folder) for folder in jupyter_path("labextensions")]
    return [
        _check_widget("ipywidgets", "@jupyter-widgets/jupyterlab-manager", folders),
        _check_widget("anywidget", "anywidget", folders),
    ]


def _check_widget(package: str, extension: str, folders: Sequence[Path]) -> Finding:
    """Look for the extension that draws one package's widgets."""
    name = f"{package} in JupyterLab"
    for folder in folders:
        description = folder / extension / "package.json"
        if description.is_file():
            found = json.loads(description.read_bytes())["version"]
            return Finding(name, "ok", f"{extension} {found}")
    source = "jupyterlab-widgets" if package == "ipywidgets" else package
    remedy = f"python -m pip install --force-reinstall --no-deps {_pinned(source)}"
    return Finding(name, "warning", f"{extension} not found: widgets show as text", remedy)


def check_kernel() -> Finding:
    """Check that the kernel of the lessons runs this Python, with these packages."""
    name = "kernel python3"
    remedy = "python -m ipykernel install --sys-prefix"
    try:
        from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
    except ModuleNotFoundError:
        return Finding(name, "note", "JupyterLab is not installed")
    try:
        command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    except NoSuchKernel:
        return Finding(name, "missing", "JupyterLab finds no kernel for Python", remedy)
    is_bare = re.fullmatch(r"python[\d.]*", command)  # Jupyter runs its own Python for it
    if is_bare or Path(command).parent.resolve() == Path(sys.executable).parent.resolve():
        return Finding(name, "ok", "runs this Python")
    return Finding(name, "failed", f"runs another Python: {command}", remedy)


def find_browser() -> str | None:
    """Return the path of Chromium, or of a Chrome that does the same; None if there is none."""
    return next(filter(None, map(shutil.which, _BROWSERS)), None)


def check_browser() -> Finding:
    """Look for Chromium, which tests in a browser and ``make pdf`` need."""
    if found := find_browser():
        return Finding("Chromium", "ok", found)
    detail = "not found; only the browser tests and make pdf need it, or Chrome in its usual place"
    return Finding("Chromium", "note", detail, "apt install chromium")


def check_memory() -> Finding:
    """Compare the free memory with what the lessons need."""
    try:
        import psutil
    except ModuleNotFoundError:
        return Finding("free memory", "note", "unknown: psutil is not installed")
    free = psutil.virtual_memory().available
    detail = f"{free / 2**30:.1f} GiB"
    if free < _ENOUGH_MEMORY:
        return Finding("free memory", "warning", f"{detail}; 1 GiB or more is better")
    return Finding("free memory", "ok", detail)


def check_folder() -> Finding:
    """Check that the lessons can be copied into the current folder."""
    try:
        with tempfile.TemporaryFile(dir="."):
            return Finding("current folder", "ok", "can be written to")
    except OSError as error:
        detail = f"cannot be written to: {error.strerror}"
        return Finding("current folder", "warning", detail, "cd to a folder of your own")


def format_table(
    findings: Sequence[Finding], *, columns: Sequence[Column] = ("name", "status", "detail")
) -> str:
    """Set findings as a table of plain text.

    Parameters
    ----------
    findings : sequence of Finding
        The rows.
    columns : sequence of {"name", "status", "detail", "remedy"}
        What to show of each; ``("name", "status")`` is the same on every machine that is ready.

    Returns
    -------
    str
        One line a finding, columns aligned.

    Examples
    --------
    >>> print(format_table([Finding("numpy", "ok", "2.4.6"), Finding("torch", "missing")]))
    numpy  ok       2.4.6
    torch  missing
    """
    rows = [[str(getattr(finding, column)) for column in columns] for finding in findings]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


@click.command("doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def doctor_command(as_json: bool) -> None:
    """Check what this machine needs to run the course.

    Prints what is there, what is missing and the command that mends it. The exit status is 1 if
    the course cannot run; warnings and notes leave it 0.
    """
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=1))
    else:
        click.echo(format_table(findings))
        click.echo(_advice(findings))
    if any(finding.stops_the_course for finding in findings):
        raise SystemExit(1)


def _advice(findings: Sequence[Finding]) -> str:
    """Say whether the course can run and list the commands that mend what is not there."""
    stops = [finding.name for finding in findings if finding.stops_the_course]
    verdict = f"The course cannot run yet: {', '.join(stops)}." if stops else "The course can run."
    to_mend = [finding for finding in findings if finding.remedy]
    if not to_mend:
        return f"\n{verdict}"
    if sum(finding.status == "missing" for finding in findings) > 1:
        to_mend.append(Finding("all that is missing", "note", remedy=_install_everything()))
    commands = format_table(to_mend, columns=("name", "remedy"))
    return f"\nTo mend:\n{commands}\n\n{verdict}"


def _install_everything() -> str:
    """Return the command that installs what the lessons need, as the tests ran with it."""
    return f'python -m pip install -c "{shipped.constraints_file()}" "{_COURSE}[course]"'
