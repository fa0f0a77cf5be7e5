"""Two copies of what was passed, each of which mends the other.

The first, written in place, is a database with a write-ahead log. The second is replaced as a
whole by a file that was written beside it, so that no moment leaves it in halves. What counts is
what either holds; both are written until they agree. A damaged file is put aside under another
name, never deleted.

One process at a time does so. It holds the lock of a third file, which stays empty: SQLite's locks
work on every system and end with the process.
"""

import os
import random
import sqlite3
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from rmsprop_course.progress import _file
from rmsprop_course.progress._file import Condition, Content, Passed

MAIN, COPY, NEW, LOCK = (
    "progress.sqlite3",
    "progress-copy.sqlite3",
    "progress-new.sqlite3",
    "progress.lock",
)


class Outcome(NamedTuple):
    """What `update` found and did.

    Attributes
    ----------
    main, copy : {"absent", "sound", "damaged", "newer"}
        What the files were like before.
    passed : dict of str to datetime
        What they hold together now.
    n_saved : int
        Number of items that were read from them.
    put_aside : tuple of Path
        Where damaged files are now.
    copy_failed : exception or None
        Why the second copy could not be written.
    """

    main: Condition
    copy: Condition
    passed: Passed
    n_saved: int
    put_aside: tuple[Path, ...] = ()
    copy_failed: sqlite3.Error | OSError | None = None

    @property
    def is_newer(self) -> bool:
        """Whether a newer version of the course wrote a file, so that nothing was changed."""
        return "newer" in (self.main, self.copy)


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Keep every other process and thread out of the block for this folder."""
    path = folder / LOCK
    try:
        lock = _hold(path)
    except sqlite3.Error as error:
        if path.is_file() and _file.is_of_the_machine(error):
            raise
        put_aside(path, "damaged")
        lock = _hold(path)
    with closing(lock):
        yield


def _hold(path: Path) -> sqlite3.Connection:
    """Return a connection that holds the lock until it is closed, at the latest by the process."""
    _file.demand_writable(path)
    with ExitStack() as if_it_fails:
        lock = if_it_fails.enter_context(closing(_file.connect(path, "mode=rwc")))
        _begin(lock)
        if_it_fails.pop_all()
    return lock


def _begin(lock: sqlite3.Connection) -> None:
    """Take the lock, asking often: SQLite asks ever less often and may starve beside a busy one."""
    lock.execute("PRAGMA busy_timeout = 0")
    deadline = time.monotonic() + _file.PATIENCE
    while True:
        try:
            lock.execute("PRAGMA journal_mode = MEMORY")  # no file beside it
            lock.execute("BEGIN EXCLUSIVE")
            return
        except sqlite3.OperationalError as error:
            if _file.code(error) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(0.001, 0.003))  # seconds


def update(folder: Path, new: Passed | None = None) -> Outcome:
    """Add new items, and make both copies hold all that either of them holds.

    Call it inside `locked`. Errors of the machine are raised, except those of writing the second
    copy, after which nothing is missing yet.
    """
    main = _file.read(folder / MAIN, in_place=True)
    copy = _file.read(folder / COPY, in_place=False)
    earlier = _merge(main, copy)
    passed = {**(new or {}), **earlier}  # the first date stays
    outcome = Outcome(main.condition, copy.condition, passed, len(earlier))
    if outcome.is_newer:
        return outcome._replace(passed=earlier)
    if main.condition == copy.condition == "absent" and not new:
        return outcome
    aside = _bring_up(folder, main, earlier, passed)
    try:
        if copy != Content("sound", passed):
            aside += _replace(folder, COPY, passed, is_sound=copy.condition != "damaged")
    except (sqlite3.Error, OSError) as error:
        return outcome._replace(put_aside=aside, copy_failed=error)
    return outcome._replace(put_aside=aside)


def _merge(main: Content, copy: Content) -> Passed:
    """Return what either copy holds, with the first date of each item, in the order of dates."""
    items = {*main.passed, *copy.passed}
    contents = (main.passed, copy.passed)
    passed = {item: min(held[item] for held in contents if item in held) for item in items}
    return dict(sorted(passed.items(), key=lambda entry: (entry[1], entry[0])))


def _bring_up(folder: Path, main: Content, earlier: Passed, passed: Passed) -> tuple[Path, ...]:
    """Make the first copy sound, then add what it lacks."""
    aside: tuple[Path, ...] = ()
    if main.condition != "sound":
        aside = _replace(folder, MAIN, earlier, is_sound=False)
        main = Content("sound", earlier)
    if lacking := dict(passed.items() - main.passed.items()):
        _file.add(folder / MAIN, lacking)
    return aside


def _replace(folder: Path, name: str, passed: Passed, *, is_sound: bool) -> tuple[Path, ...]:
    """Put a whole new file in a file's place, and that one aside if it is not sound."""
    _file.create(folder / NEW, passed)
    aside = () if is_sound else put_aside(folder / name, "damaged")
    os.replace(folder / NEW, folder / name)
    return aside


def put_aside(path: Path, why: str) -> tuple[Path, ...]:
    """Rename a file and what SQLite put beside it; return the new path, or () if none is there."""
    stamp, n_taken = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}", 1
    target = path.with_name(f"{path.stem}-{why}-{stamp}{path.suffix}")
    while any(_file.is_there(_beside(target, suffix)) for suffix in _file.BESIDE):
        n_taken += 1
        target = path.with_name(f"{path.stem}-{why}-{stamp}-{n_taken}{path.suffix}")
    there = [suffix for suffix in _file.BESIDE if _file.is_there(_beside(path, suffix))]
    for suffix in there:
        os.rename(_beside(path, suffix), _beside(target, suffix))
    return (target,) if "" in there else ()


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


def forget(folder: Path) -> Path | None:
    """Put the first copy aside, after `update` has made it hold all; None if there is none."""
    (folder / COPY).unlink(missing_ok=True)  # first: alone, it would bring everything back
    return next(iter(put_aside(folder / MAIN, "before-reset")), None)


def peek(folder: Path) -> tuple[Passed, bool]:
    """Read both copies without the lock, changing nothing.

    Returns
    -------
    passed : dict of str to datetime
        What can be read.
    complete : bool
        Whether nothing speaks against that being all.
    """
    contents = [_peek(folder / name) for name in (MAIN, COPY)]
    complete = all(content.condition in ("sound", "absent") for content in contents)
    return _merge(*contents), complete


def _peek(path: Path) -> Content:
    try:
        return _file.read(path, in_place=False)
    except (sqlite3.Error, OSError):
        return Content("damaged", {})
