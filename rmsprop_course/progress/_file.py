"""One SQLite file of passed items: how it is opened, read, judged and written.

Which files there are, and what becomes of a damaged one, stands in `_copies`.
"""

import errno
import os
import sqlite3
import zlib
from contextlib import ExitStack, closing
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote

Passed = dict[str, datetime]
Condition = Literal["absent", "sound", "damaged", "newer"]

VERSION = 1  # of the table below
PATIENCE = 5.0  # seconds to wait for another program
BESIDE = ("", "-journal", "-wal", "-shm")  # a file and what SQLite puts beside it

_MAGIC = b"SQLite format 3\0"
_JOURNALS = (b"\1\1", b"\2\2")  # bytes 18 and 19: a rollback journal, or a write-ahead log
_TABLE = (
    "CREATE TABLE passed (item TEXT PRIMARY KEY, passed_at TEXT, checksum INTEGER) WITHOUT ROWID"
)
# What SQLite reports about the machine; all else that it reports is about the file's content.
_OF_THE_MACHINE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_INTERRUPT,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_PROTOCOL,
    sqlite3.SQLITE_READONLY,
}


class Content(NamedTuple):
    """What a file is like, and what could be read of it."""

    condition: Condition
    passed: Passed


def code(error: Exception) -> int:
    """Return SQLite's primary result code, 0 if there is none."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def is_of_the_machine(error: Exception) -> bool:
    """Tell whether an error says nothing about the content of a file."""
    return code(error) in _OF_THE_MACHINE


def is_there(path: Path) -> bool:
    """Tell whether anything has this name; raise if that cannot be known."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def connect(path: Path, options: str) -> sqlite3.Connection:
    """Open a file in autocommit mode; `options` are those of SQLite's URIs."""
    absolute = path.absolute().as_posix()
    slash = "" if absolute.startswith("/") else "/"  # before the letter of a drive
    uri = f"file://{slash}{quote(os.fsencode(absolute))}?{options}"
    connection = sqlite3.connect(uri, uri=True, timeout=PATIENCE, isolation_level=None)
    connection.text_factory = lambda raw: raw.decode(errors="replace")  # the checksum judges it
    return connection


def read(path: Path, *, in_place: bool) -> Content:
    """Read and judge a file.

    Parameters
    ----------
    path : Path
        The file.
    in_place : bool
        Whether it is written in place, so that a log may lie beside it, and belongs to the caller
        alone now. Otherwise nothing but the file is read, and nothing at all is written.
    """
    if not is_there(path):
        return Content("absent", {})
    if not path.is_file():
        return Content("damaged", {})
    with path.open("rb") as file:
        header = file.read(100)
    if header[:16] != _MAGIC or header[18:20] not in _JOURNALS:
        return Content("damaged", {})
    if int.from_bytes(header[60:64], "big", signed=True) > VERSION:
        in_place = False  # else closing would write the log into a newer version's file
    condition: Condition = "damaged"
    passed: Passed = {}
    try:
        with closing(
            _open_to_write(path) if in_place else connect(path, "immutable=1")
        ) as database:
            if database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]:
                condition = _judge_version(database.execute("PRAGMA user_version").fetchone()[0])
            for row in database.execute("SELECT item, passed_at, checksum FROM passed"):
                if row[2] == _checksum(*row[:2]):
                    passed[row[0]] = datetime.fromisoformat(row[1])
                elif condition == "sound":
                    condition = "damaged"
    except (sqlite3.Error, UnicodeDecodeError) as error:  # the latter quoting a damaged schema
        if is_of_the_machine(error):
            raise
        if condition == "sound":
            condition = "damaged"
    return Content(condition, passed)


def create(path: Path, passed: Passed) -> None:
    """Write a whole new file where nobody looks for one."""
    for suffix in BESIDE:
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    with closing(connect(path, "mode=rwc")) as database:
        database.execute("PRAGMA journal_mode = MEMORY")
        database.execute("BEGIN")
        database.execute(_TABLE)
        database.execute(f"PRAGMA user_version = {VERSION}")
        _insert(database, passed)
        database.execute("COMMIT")


def add(path: Path, passed: Passed) -> None:
    """Add items to a sound file, or put their dates right."""
    with closing(_open_to_write(path)) as database:
        database.execute("BEGIN IMMEDIATE")
        _insert(database, passed)
        database.execute("COMMIT")


def demand_writable(path: Path) -> None:
    """Raise if a file is there and may not be written: SQLite would open it, and not lock it."""
    if is_there(path) and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))


def _open_to_write(path: Path) -> sqlite3.Connection:
    """Open a file with a write-ahead log, or where the file system cannot, with what it can."""
    demand_writable(path)
    try:
        return _with_log(path)
    except sqlite3.OperationalError as error:
        if code(error) == sqlite3.SQLITE_BUSY:
            raise
        return _with_log(path, "PRAGMA locking_mode = EXCLUSIVE")  # needs no shared memory


def _with_log(path: Path, *settings: str) -> sqlite3.Connection:
    with ExitStack() as if_it_fails:
        connection = if_it_fails.enter_context(closing(connect(path, "mode=rw")))
        for statement in (*settings, "PRAGMA journal_mode = WAL", "PRAGMA schema_version"):
            connection.execute(statement)
        if_it_fails.pop_all()
    return connection


def _insert(database: sqlite3.Connection, passed: Passed) -> None:
    dates = [(item, date.isoformat()) for item, date in passed.items()]
    rows = [(item, date, _checksum(item, date)) for item, date in dates]
    database.executemany("INSERT OR REPLACE INTO passed VALUES (?, ?, ?)", rows)


def _checksum(item: Any, passed_at: Any) -> int:
    """Tell a row that was written from one that was damaged: SQLite itself cannot."""
    return zlib.crc32(f"{item} {passed_at}".encode())


def _judge_version(version: int) -> Condition:
    if version == VERSION:
        return "sound"
    return "newer" if version > VERSION else "damaged"
