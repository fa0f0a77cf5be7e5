"""For all tests, lessons and examples: they neither read nor change the user's own settings."""

import os
import shutil
import subprocess
import sys
import tempfile
import uuid
from pathlib import Path

import pytest

collect_ignore = ["book/classroom"]  # settings that other programs read, no modules

PROGRESS = pytest.StashKey[Path]()  # folder above those in which tests and lessons keep progress


def pytest_configure(config: pytest.Config) -> None:
    """Give this process, and each kernel and server that it starts, folders of their own."""
    folder = Path(tempfile.mkdtemp(prefix="rmsprop-course-"))
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        os.environ[name] = str(folder / name.lower())
    config.stash[PROGRESS] = folder / "progress"
    os.environ["RMSPROP_COURSE_PROGRESS"] = str(config.stash[PROGRESS] / "collection")
    os.environ.pop("MPLBACKEND", None)  # a kernel would draw no inline figure
    os.environ["MPLCONFIGDIR"] = str(config.cache.mkdir("matplotlib"))
    if not hasattr(config, "workerinput"):  # not in the workers of pytest-xdist
        _find_fonts()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Let no lesson or server of a file see what was passed in another file."""
    os.environ["RMSPROP_COURSE_PROGRESS"] = str(item.config.stash[PROGRESS] / item.path.name)


def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> None:
    """After the last cell of a lesson, fail if running all of it as it is has passed anything."""
    is_last = nextitem is None or nextitem.path != item.path
    if item.path.suffix != ".ipynb" or not is_last:
        return
    from rmsprop_course import progress

    if kept := progress.load().passed:
        pytest.fail(f"Run All must pass nothing, and it passed {', '.join(kept)}", pytrace=False)


@pytest.fixture(autouse=True)
def _progress_of_a_learner_who_begins(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Let no test see what another one passed."""
    folder = pytestconfig.stash[PROGRESS] / uuid.uuid4().hex
    monkeypatch.setenv("RMSPROP_COURSE_PROGRESS", str(folder))


def _find_fonts() -> None:
    """Let matplotlib find the fonts once, or the first lesson that draws would say that it does."""
    if not list(Path(os.environ["MPLCONFIGDIR"]).glob("fontlist*")):
        subprocess.run([sys.executable, "-c", "import matplotlib.font_manager"], check=True)
