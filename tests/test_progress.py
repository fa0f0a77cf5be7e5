"""Progress: what was passed is kept with its first date, and damaged files are mended.

That it survives kills, full disks, lacking permissions and other processes is tested in
`test_progress_survives`.
"""

import itertools
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import nbformat
import platformdirs
import psutil
import pytest

import notebooks
from rmsprop_course import progress
from rmsprop_course.progress import _copies, _file

ROOT = Path(__file__).parent.parent
MAIN, COPY, LOCK = _copies.MAIN, _copies.COPY, _copies.LOCK
ITEMS = [f"exercise/number-{i}" for i in range(20)]
GARBAGE = b"This is not a database. " * 400


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The folder that the user chose, which does not exist yet."""
    folder = tmp_path / "progress of a learner"
    monkeypatch.setenv(progress.VARIABLE, str(folder))
    return folder


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files of some progress, by name."""
    folder = tmp_path_factory.mktemp("progress")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(progress.VARIABLE, str(folder))
        assert [progress.keep(item) for item in ITEMS] == [""] * len(ITEMS)
    return contents(folder)


@pytest.fixture
def filled(folder, files):
    """The folder with some progress in it."""
    return fill(folder, files)


def fill(folder, files):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def names(folder):
    return {path.name for path in folder.iterdir()}


def setting(path, name):
    with closing(sqlite3.connect(path)) as database:
        return database.execute(f"PRAGMA {name}").fetchone()[0]


def passed():
    """What is passed, when nothing needs to be said."""
    kept = progress.load()
    assert kept.message == ""
    return set(kept.passed)


def aside(folder):
    return sorted(path.name for path in folder.glob("*-damaged-*"))


# What is kept


def test_what_was_kept_is_loaded_with_its_date_in_utc(folder):
    before = datetime.now(UTC).replace(microsecond=0)
    assert progress.keep("quiz/02") == ""
    (date,) = progress.load().passed.values()
    assert date.utcoffset() == timedelta(0)
    assert before <= date <= datetime.now(UTC)


def test_the_first_date_stays(folder):
    folder.mkdir()
    first = datetime(2020, 2, 29, 12, tzinfo=UTC)
    _copies.update(folder, {"quiz/02": first})
    assert progress.keep("quiz/02") == ""
    assert progress.load().passed == {"quiz/02": first}


def test_the_first_date_stays_when_the_clock_is_set_back(folder):
    folder.mkdir()
    first = datetime(2999, 1, 1, tzinfo=UTC)
    _copies.update(folder, {"quiz/02": first})
    progress.keep("quiz/02")
    assert progress.load().passed == {"quiz/02": first}


@pytest.mark.parametrize("name", [MAIN, COPY])
def test_the_first_date_stays_when_the_two_copies_differ(folder, name):
    first, later = (datetime(year, 1, 1, tzinfo=UTC) for year in (2020, 2021))
    folder.mkdir()
    _file.create(folder / MAIN, {"quiz/02": later})
    _file.create(folder / COPY, {"quiz/02": later})
    _file.create(folder / name, {"quiz/02": first})
    assert progress.load() == progress.Kept({"quiz/02": first}, "")
    (folder / name).unlink()
    assert progress.load().passed == {"quiz/02": first}


def test_what_is_passed_again_changes_no_byte(filled, files):
    assert progress.keep(ITEMS[0]) == ""
    assert contents(filled) == files


def test_items_come_in_the_order_of_their_dates(folder):
    folder.mkdir()
    dates = {f"quiz/{i:02}": datetime(2020, 1, 30 - i, tzinfo=UTC) for i in range(5)}
    _copies.update(folder, dates)
    assert list(progress.load().passed) == sorted(dates, reverse=True)


@pytest.mark.parametrize("item", ["quiz/02", "exercise/größe-ε", "a'b\"; DROP TABLE passed", ""])
def test_any_text_is_kept_as_it_is(folder, item):
    progress.keep(item)
    assert passed() == {item}


def test_nothing_is_written_before_something_is_passed(folder):
    assert progress.load() == progress.Kept({}, "")
    assert progress.reset() == progress.Forgotten(None, "")
    assert not folder.exists()


def test_the_file_has_a_write_ahead_log_and_a_version(folder):
    progress.keep("quiz/02")
    assert setting(folder / MAIN, "journal_mode") == "wal"
    assert setting(folder / MAIN, "user_version") == 1


def test_nothing_stays_open_and_nothing_lies_around(folder):
    progress.keep("quiz/02")
    progress.load()
    assert names(folder) == {MAIN, COPY, LOCK}
    assert (folder / LOCK).stat().st_size == 0
    opened = [Path(file.path) for file in psutil.Process().open_files()]
    assert [path for path in opened if folder in path.parents] == []


def test_threads_of_one_process_do_not_disturb_each_other(folder):
    messages = []

    def keep_some(name):
        messages.extend(progress.keep(f"exercise/{name}-{i}") for i in range(15))

    threads = [threading.Thread(target=keep_some, args=[name]) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert messages == [""] * 60
    assert len(passed()) == 60


def test_nothing_leaves_the_machine_and_nothing_is_printed(folder):
    code = """
        import sys
        from rmsprop_course import progress
        calls = set()
        sys.addaudithook(lambda event, _: calls.add(event))  # it stays as long as its process
        assert progress.keep("quiz/02") == progress.load().message == progress.reset().message == ""
        calls = sorted(calls)
        assert "sqlite3.connect" in calls, calls
        bad = [name for name in calls if name.startswith(("socket", "urllib", "subprocess"))]
        assert not bad, bad
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    process = subprocess.run(command, capture_output=True, text=True)
    assert (process.returncode, process.stdout, process.stderr) == (0, "", "")
    assert folder.is_dir()


# Where it is kept


@pytest.mark.parametrize("off", ["off", "OFF", " off "])
def test_off_reads_and_writes_nothing(tmp_path, monkeypatch, off):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(progress.VARIABLE, off)
    monkeypatch.setattr(_copies, "locked", lambda folder: pytest.fail(f"uses {folder}"))
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert progress.keep("quiz/02") == ""
    assert progress.load() == progress.Kept({}, "")
    assert progress.reset() == progress.Forgotten(None, "")
    assert names(tmp_path) == set()


@pytest.mark.parametrize("unset", [None, "", " "])
def test_the_place_is_the_users_data_folder(tmp_path, monkeypatch, unset):
    def user_data_path(name, appauthor):
        assert (name, appauthor) == ("rmsprop-course", False)
        return tmp_path / name

    monkeypatch.setattr(platformdirs, "user_data_path", user_data_path)
    if unset is None:
        monkeypatch.delenv(progress.VARIABLE)
    else:
        monkeypatch.setenv(progress.VARIABLE, unset)
    progress.keep("quiz/02")
    assert MAIN in names(tmp_path / "rmsprop-course")
    assert passed() == {"quiz/02"}


def test_another_folder_may_be_given_from_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setenv(progress.VARIABLE, "~/here")
    progress.keep("quiz/02")
    assert MAIN in names(tmp_path / "here")


@pytest.mark.parametrize("chosen", ["here", "0", "no", "./here", "~nobody-of-this-name/here"])
def test_a_folder_that_depends_on_where_you_are_is_refused(tmp_path, monkeypatch, chosen):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(progress.VARIABLE, chosen)
    said = progress.keep("quiz/02")
    assert f"{progress.VARIABLE} must be off or a folder's whole path, got {chosen!r}" in said
    assert progress.load() == progress.Kept({}, said)
    assert progress.reset() == progress.Forgotten(None, said)
    assert names(tmp_path) == set()


@pytest.mark.skipif(sys.platform == "win32", reason="such names are not allowed")
def test_a_folder_may_have_any_name(tmp_path, monkeypatch):
    folder = tmp_path / os.fsdecode(b"a?b#c %41 \xff \xc3\xa9")
    monkeypatch.setenv(progress.VARIABLE, str(folder))
    assert progress.keep("quiz/02") == ""
    assert passed() == {"quiz/02"}
    assert names(folder) == {MAIN, COPY, LOCK}


def test_a_missing_platformdirs_is_named_with_its_extra(monkeypatch):
    monkeypatch.delenv(progress.VARIABLE)
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    said = progress.keep("quiz/02")
    assert 'platformdirs is not installed: pip install "rmsprop-course[course]"' in said
    assert progress.load() == progress.Kept({}, said)
    assert progress.reset() == progress.Forgotten(None, said)


def test_a_chosen_folder_needs_no_platformdirs(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "platformdirs", None)
    assert progress.keep("quiz/02") == ""
    assert passed() == {"quiz/02"}


def test_a_user_without_a_home_is_told(monkeypatch):
    monkeypatch.delenv(progress.VARIABLE)
    monkeypatch.setattr(platformdirs, "user_data_path", lambda *_, **__: Path("~/.local/share"))
    assert "no home folder" in progress.keep("quiz/02")


def test_a_folder_that_cannot_be_made_is_no_error(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "file" / "below"))
    assert "could not be kept" in progress.keep("quiz/02")
    assert progress.load() == progress.Kept({}, "")
    monkeypatch.setenv(progress.VARIABLE, str(tmp_path / "file"))
    assert "could not be kept" in progress.keep("quiz/02")


# Tests and builds keep apart


def is_of_the_user(path):
    data = platformdirs.user_data_path("rmsprop-course", appauthor=False)
    return path == data or data in path.parents


def notebook_in(folder, source, *outputs):
    cell = nbformat.v4.new_code_cell(source, outputs=list(outputs), execution_count=1)
    notebook = nbformat.v4.new_notebook(cells=[cell])
    nbformat.write(notebook, folder / "notebook.ipynb")
    return notebook


def test_each_test_begins_with_an_empty_folder_of_its_own():
    mine = Path(os.environ[progress.VARIABLE])
    assert mine.is_absolute() and not is_of_the_user(mine)
    assert not mine.exists()


def test_a_lesson_that_passes_something_by_itself_is_an_error_and_not_the_users(
    tmp_path,
):
    """In a run of pytest with nothing set, a notebook passes something."""
    output = nbformat.v4.new_output("stream", name="stdout", text="0\n")
    source = (
        "from rmsprop_course import progress; "
        "print(len(progress.load().passed)); _ = progress.keep('quiz/02')"
    )
    notebook_in(tmp_path, source, output)
    environment = {name: value for name, value in os.environ.items() if name != progress.VARIABLE}
    homes = dict.fromkeys(["HOME", "USERPROFILE", "LOCALAPPDATA", "XDG_DATA_HOME"], str(tmp_path))
    options = ["-q", "-p", "conftest", "--rootdir", str(ROOT), "-c", str(ROOT / "pyproject.toml")]
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(tmp_path / "notebook.ipynb")],
        env=environment | homes | {"PYTHONPATH": str(ROOT)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert "1 passed, 1 error" in run.stdout, run.stdout
    assert "Run All must pass nothing, and it passed quiz/02" in run.stdout
    assert [path for path in tmp_path.rglob("*") if path.name == MAIN] == []


def test_a_lesson_is_built_with_nothing_passed(tmp_path):
    notebook = notebook_in(tmp_path, f"import os; print(os.environ[{progress.VARIABLE!r}])")
    built = notebooks.execute(notebook, tmp_path / "notebook.ipynb")
    folder = Path(built.cells[0].outputs[0].text.strip())
    assert folder != Path(os.environ[progress.VARIABLE]) and not is_of_the_user(folder)
    assert not folder.exists()  # any more: it was the build's own


# Damaged files


def damage(path, how):
    """Damage a file in one of the ways that `DAMAGES` lists."""
    content = path.read_bytes()
    if how == "missing":
        path.unlink()
    elif how == "a folder":
        path.unlink()
        path.mkdir()
        (path / "something").write_text("else")
    else:
        path.write_bytes(
            {
                "garbage": GARBAGE,
                "empty": b"",
                "too short": content[:50],
                "half": content[: len(content) // 2],
                "overwritten": content[:5000] + GARBAGE[:3000] + content[8000:],
                "another database": ANOTHER,
            }[how]
        )


def another_database():
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE songs (title TEXT)")
        return database.serialize()


ANOTHER = another_database()
DAMAGES = ["garbage", "empty", "too short", "half", "overwritten", "another database", "a folder"]


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_file_is_restored_from_its_second_copy(filled, how):
    damage(filled / MAIN, how)
    (filled / f"{MAIN}-wal").write_bytes(GARBAGE)
    before = contents_or_folder(filled / MAIN)
    kept = progress.load()
    assert set(kept.passed) == set(ITEMS)
    assert "damaged" in kept.message and "restored" in kept.message
    (name,) = (name for name in aside(filled) if name.endswith(".sqlite3"))
    assert name in kept.message
    assert contents_or_folder(filled / name) == before
    assert names(filled) - set(aside(filled)) == {MAIN, COPY, LOCK}
    assert progress.keep("quiz/02") == ""
    assert passed() == {*ITEMS, "quiz/02"}


def contents_or_folder(path):
    return path.read_bytes() if path.is_file() else sorted(path.iterdir(), key=str)[0].name


def test_what_was_passed_just_now_is_kept_in_the_restored_file(filled):
    damage(filled / MAIN, "garbage")
    assert "restored" in progress.keep("quiz/02")
    assert passed() == {*ITEMS, "quiz/02"}


def test_a_damaged_file_takes_its_log_along(filled):
    damage(filled / MAIN, "garbage")
    for suffix in ("-journal", "-wal", "-shm"):
        (filled / f"{MAIN}{suffix}").write_bytes(suffix.encode())
    progress.load()
    stem, *beside = sorted(aside(filled), key=len)
    assert set(beside) == {f"{stem}{suffix}" for suffix in ("-journal", "-wal", "-shm")}
    assert all((filled / name).read_bytes().decode() == name[len(stem) :] for name in beside)


@pytest.mark.parametrize("beside", [{}, {f"{MAIN}-wal": GARBAGE, f"{MAIN}-shm": GARBAGE}])
def test_a_missing_file_is_restored_from_its_second_copy(folder, files, beside):
    fill(folder, {COPY: files[COPY], **beside})
    kept = progress.load()
    assert set(kept.passed) == set(ITEMS)
    assert "missing" in kept.message and "restored" in kept.message
    assert len(aside(folder)) == len(beside)
    assert passed() == set(ITEMS)


@pytest.mark.parametrize("how", DAMAGES)
def test_a_damaged_second_copy_is_written_anew(filled, how):
    damage(filled / COPY, how)
    before = contents_or_folder(filled / COPY)
    kept = progress.load()
    assert set(kept.passed) == set(ITEMS)
    (name,) = aside(filled)
    assert "nothing is lost" in kept.message and name in kept.message
    assert contents_or_folder(filled / name) == before
    assert passed() == set(ITEMS)
    (filled / MAIN).unlink()
    assert set(progress.load().passed) == set(ITEMS)  # the new copy is good


def test_a_missing_second_copy_is_written_anew_in_silence(filled):
    (filled / COPY).unlink()
    assert passed() == set(ITEMS)
    (filled / MAIN).unlink()
    assert set(progress.load().passed) == set(ITEMS)


@pytest.mark.parametrize(
    "hows", [*itertools.product(["garbage", "empty", "a folder"], repeat=2), ("missing", "garbage")]
)
def test_with_both_copies_damaged_progress_begins_anew(filled, hows):
    damage(filled / MAIN, hows[0])
    damage(filled / COPY, hows[1])
    said = progress.keep("quiz/02")
    assert "begins anew" in said and "0 passed" in said
    assert len(aside(filled)) == 2 - hows.count("missing")
    assert all(name in said for name in aside(filled))
    assert passed() == {"quiz/02"}


def test_what_can_be_read_of_two_damaged_copies_is_saved(filled):
    for name, item in {MAIN: ITEMS[3], COPY: ITEMS[4]}.items():
        path = filled / name
        path.write_bytes(path.read_bytes().replace(item.encode(), b"x" * len(item)))
    kept = progress.load()
    assert set(kept.passed) == set(ITEMS)
    assert "20 passed" in kept.message
    assert passed() == set(ITEMS)


@pytest.mark.parametrize("name", [MAIN, COPY])
def test_no_overwritten_or_cut_file_loses_or_changes_anything(folder, files, name):
    """Everywhere in the file; SQLite alone does not see when a text has changed."""
    expected = load_from(folder, files).passed
    dice = random.Random(0)
    for n_bytes in (16, 128, 1024):
        for start in range(0, len(files[name]), n_bytes):
            if n_bytes == 16 and not is_used(files[name][start : start + 16]):
                continue
            content = bytearray(files[name])
            content[start : start + n_bytes] = dice.randbytes(n_bytes)
            assert load_from(folder, files | {name: bytes(content)}).passed == expected, start
            assert progress.keep("quiz/02") == "", start
    for size in range(0, len(files[name]), 256):
        assert load_from(folder, files | {name: files[name][:size]}).passed == expected, size
        assert progress.keep("quiz/02") == "", size


def is_used(block):
    return any(block)


def load_from(folder, files):
    fill(folder, files)
    return progress.load()


def test_garbage_beside_the_file_is_harmless(folder, files):
    for suffixes in (["-wal"], ["-shm"], ["-journal"], ["-wal", "-shm", "-journal"]):
        garbage = {f"{name}{suffix}": GARBAGE for suffix in suffixes for name in (MAIN, LOCK)}
        fill(folder, files | garbage)
        assert progress.keep("quiz/02") == ""
        assert passed() == {*ITEMS, "quiz/02"}


@pytest.mark.parametrize("how", ["garbage", "too short", "a folder"])
def test_a_damaged_lock_is_put_aside(filled, how):
    (filled / LOCK).write_bytes(GARBAGE)
    damage(filled / LOCK, how)
    assert progress.keep("quiz/02") == ""
    assert passed() == {*ITEMS, "quiz/02"}
    assert len(aside(filled)) == 1


def test_files_that_are_put_aside_in_one_second_have_names_of_their_own(filled):
    for _ in range(3):
        damage(filled / MAIN, "garbage")
        assert set(progress.load().passed) == set(ITEMS)
    assert len(aside(filled)) == 3


def test_a_second_copy_that_cannot_be_written_is_told_and_costs_nothing(filled):
    (filled / _copies.NEW).mkdir()  # where the copy is prepared
    said = progress.keep("quiz/02")
    assert "kept" in said and "second copy could not be written" in said
    assert set(progress.load().passed) == {*ITEMS, "quiz/02"}
    (filled / _copies.NEW).rmdir()
    assert progress.keep("quiz/03") == ""
    assert passed() == {*ITEMS, "quiz/02", "quiz/03"}


def test_a_damaged_file_that_cannot_be_restored_is_not_moved(filled):
    damage(filled / MAIN, "garbage")
    (filled / _copies.NEW).mkdir()
    kept = progress.load()
    assert set(kept.passed) == set(ITEMS)
    assert "may be shown in part" in kept.message
    assert "could not be kept" in progress.keep("quiz/02")
    assert (filled / MAIN).read_bytes() == GARBAGE


# Files of a newer version


def make_newer(path, *, change_table):
    with closing(sqlite3.connect(path)) as database:
        if change_table:
            database.execute("ALTER TABLE passed RENAME COLUMN item TO what")
        database.execute("PRAGMA user_version = 2")
        database.commit()


@pytest.mark.parametrize("change_table", [False, True])
@pytest.mark.parametrize("newer", [[MAIN], [COPY], [MAIN, COPY]])
def test_a_file_of_a_newer_version_stays_as_it_is(filled, newer, change_table):
    for name in newer:
        make_newer(filled / name, change_table=change_table)
    before = contents(filled)
    said = progress.keep("quiz/02")
    assert "newer version" in said and progress.VARIABLE in said
    kept = progress.load()
    assert kept.message == said
    assert progress.reset() == progress.Forgotten(None, said)
    assert contents(filled) == before
    is_readable = len(newer) == 1 or not change_table
    assert set(kept.passed) == (set(ITEMS) if is_readable else set())


def test_the_log_beside_a_file_of_a_newer_version_stays_too(folder, filled):
    make_newer(filled / MAIN, change_table=False)
    with closing(sqlite3.connect(filled / MAIN)) as database:
        database.execute("DELETE FROM passed")
        database.commit()
        after_a_kill = contents(filled)  # closing would write the log into the file
    assert after_a_kill[f"{MAIN}-wal"]
    fill(folder, after_a_kill)
    assert "newer version" in progress.load().message
    assert contents(folder) == after_a_kill


# File systems


def test_where_no_log_can_be_shared_a_journal_will_do(folder, monkeypatch):
    connect = _file.connect
    monkeypatch.setattr(_file, "connect", lambda p, o: connect(p, f"{o}&vfs={without_log()}"))
    assert [progress.keep(item) for item in ITEMS] == [""] * len(ITEMS)
    assert passed() == set(ITEMS)
    assert setting(folder / MAIN, "journal_mode") == "delete"


def without_log():
    """A file system layer of SQLite's that lacks what a log in shared memory needs."""
    if sys.platform == "win32":
        pytest.skip("SQLite has such a layer for Unix alone")
    return "unix-dotfile"


@pytest.mark.skipif(sys.platform == "win32", reason="needs a link that leads nowhere")
def test_where_no_memory_can_be_shared_the_log_does_without(filled):
    (filled / f"{MAIN}-shm").symlink_to(filled / "nowhere" / "shm")
    assert progress.keep("quiz/02") == ""
    assert passed() == {*ITEMS, "quiz/02"}


# Reset


def test_reset_puts_the_file_aside_under_a_name_that_says_so(filled):
    put_aside, message = progress.reset()
    assert message == ""
    assert put_aside.parent == filled and "before-reset" in put_aside.name
    assert names(filled) == {put_aside.name, LOCK}
    assert passed() == set()
    progress.keep("quiz/02")
    assert passed() == {"quiz/02"}


def test_a_reset_is_undone_by_the_old_name_and_what_came_since_stays(filled):
    before = dict(progress.load().passed)
    put_aside = progress.reset().put_aside
    progress.keep("quiz/02")
    os.replace(put_aside, filled / MAIN)
    assert passed() == {*ITEMS, "quiz/02"}
    assert before.items() <= progress.load().passed.items()


def test_a_second_reset_finds_nothing_to_forget(filled):
    progress.reset()
    assert progress.reset() == progress.Forgotten(None, "")


def test_a_reset_of_a_damaged_file_keeps_what_could_be_restored(filled):
    damage(filled / MAIN, "garbage")
    put_aside, message = progress.reset()
    assert "restored" in message
    os.replace(put_aside, filled / MAIN)
    assert passed() == set(ITEMS)
