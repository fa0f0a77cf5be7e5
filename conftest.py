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

LONGEST = (
    "test_book_pages",
    "test_classroom_guide",
    "08_train_real_networks",
    "test_torch_optim_fused",
    "test_classroom_hostile",
    "test_classroom_jupyterhub",
    "test_classroom_odd_files",
    "test_classroom_survives",
)
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
    if hasattr(config, "workerinput"):  # in a worker of pytest-xdist
        os.environ.setdefault("OMP_NUM_THREADS", "1")  # workers share the processors already
    else:
        _find_fonts()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Start one worker more than there are processors: at any time, one waits for a server."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take longest, so that no worker is left alone with one at the end.

    The first one builds the site, for which other files would wait. Lessons come next.
    """
    place = {name: number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: (place.get(item.path.stem, len(place)), item.path.suffix == ".py"))


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
