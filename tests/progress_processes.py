"""Processes that keep progress and are killed, cramped or shut out.

Run by `test_progress_survives`.

``python progress_processes.py JOB FOLDER`` runs one job and prints what it saw as JSON. A job forks
its processes from one that has imported everything, so that hundreds of them take seconds.
"""

import json
import os
import random
import resource
import shutil
import signal
import sqlite3
import sys
import time
from contextlib import closing
from pathlib import Path

from rmsprop_course import progress
from rmsprop_course.progress import _copies, _file

NOBODY = 65534
EARLIER = [f"exercise/earlier-{i}" for i in range(30)]
PACKAGE = str(Path(progress.__file__).parent)


# What the jobs share


def fork(function, *args):
    """The id of a new process that does nothing but one call."""
    pid = os.fork()
    if pid:
        return pid
    try:
        function(*args)
    finally:
        os._exit(0)


def ended_by(pid):
    """The signal that ended a process, 0 if none did."""
    status = os.waitpid(pid, 0)[1]
    return os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0


def tell(pipe, *values):
    os.write(pipe, (json.dumps(values) + "\n").encode())


def told(pipe):
    with os.fdopen(pipe, "rb") as lines:
        return [json.loads(line) for line in lines if line.endswith(b"\n")]


def use(folder):
    os.environ[progress.VARIABLE] = str(folder)


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def fill(folder, files):
    """Make a folder hold these files and no other."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)


def some_progress(folder, items=EARLIER):
    use(folder)
    for item in items:
        assert progress.keep(item) == ""
    return contents(folder)


def missing(items):
    """The items that are lost, and whether a next one cannot be kept."""
    lost = sorted(set(items) - set(progress.load().passed))
    message = progress.keep("exercise/next")
    return [*lost, message] if message else lost


def die():
    os.kill(os.getpid(), signal.SIGKILL)


# Several processes at once


def together(folder, *, rounds=10, n_processes=4):
    """The file is damaged, and several processes notice it at the same moment."""
    seen = {"lost": [], "damaged_files": [], "messages": []}
    files = some_progress(folder)
    for i in range(rounds):
        fill(folder, files)
        damaged = bytearray(files[_copies.MAIN])
        damaged[4096 : 4096 + 512] = bytes(512)
        (folder / _copies.MAIN).write_bytes(damaged)
        start = time.time() + 0.02
        reader, writer = os.pipe()
        items = [f"exercise/{i}-{j}" for j in range(n_processes)]
        pids = [fork(_keep_at, start, item, writer) for item in items]
        os.close(writer)
        messages = [message for (message,) in told(reader)]
        for pid in pids:
            os.waitpid(pid, 0)
        seen["lost"] += missing(EARLIER + items)
        seen["damaged_files"].append(len(list(folder.glob("*-damaged-*"))))
        seen["messages"].append(sum(map(bool, messages)))
    return seen


def _keep_at(start, item, pipe):
    time.sleep(max(0, start - time.time()))
    tell(pipe, progress.keep(item))


def after_a_fork(folder):
    """A process that kept something forks; both go on."""
    use(folder)
    progress.keep("exercise/before")
    with os.scandir("/dev/fd") as open_files:
        targets = [os.path.realpath(entry.path) for entry in open_files]
    pids = [fork(progress.keep, f"exercise/child-{i}") for i in range(3)]
    progress.keep("exercise/parent")
    for pid in pids:
        os.waitpid(pid, 0)
    return {
        "open": [path for path in targets if path.startswith(str(folder))],
        "kept": sorted(progress.load().passed),
    }


# Kills


def killed_at_random(folder, *, n_kills=200):
    """Processes keep one item after the other until they are killed, at any moment.

    The longest wait before a kill goes with the machine's pace, which changes with its load: longer
    after a kill that came before the first item, shorter after the others.
    """
    use(folder)
    progress.keep("exercise/first")
    begin = time.perf_counter()
    progress.keep("exercise/second")
    longest = 4 * (time.perf_counter() - begin)
    dice = random.Random(0)
    kept, seen = set(), {"kills": 0, "lost": [], "messages": []}
    for i in range(n_kills):
        reader, writer = os.pipe()
        pid = fork(_keep_on, i, writer)
        os.close(writer)
        time.sleep(dice.uniform(0, longest))
        os.kill(pid, signal.SIGKILL)
        seen["kills"] += ended_by(pid) == signal.SIGKILL
        items = list(told(reader))
        for item, message in items:
            seen["messages"] += [message] if message else []
            kept.add(item)
        longest *= 0.95 if items else 1.05
        if i % 3 == 0:  # elsewhere the next process finds what the kill left
            seen["lost"] += missing(kept)
    return {**seen, "items": len(kept), "lost": seen["lost"] + missing(kept)}


def _keep_on(i, pipe):
    j = 0
    while True:
        item = f"exercise/{i}-{j}"
        tell(pipe, item, progress.keep(item))
        j += 1


def killed_after_each_change(folder):
    """Kill a call after each change that a line of it makes to the files, from several states."""
    files = some_progress(folder, EARLIER[:2])
    damaged = bytes(8192)
    states = {
        "sound": (files, _keep_another),
        "no files": ({}, _keep_another),
        "first copy damaged": (files | {_copies.MAIN: damaged}, _keep_another),
        "first copy missing": (_without(files, _copies.MAIN), _keep_another),
        "second copy damaged": (files | {_copies.COPY: damaged}, _keep_another),
        "second copy missing": (_without(files, _copies.COPY), _keep_another),
        "reset": (files, progress.reset),
    }
    return {name: _kill_after_each_change(folder, *state) for name, state in states.items()}


def _without(files, name):
    return {other: content for other, content in files.items() if other != name}


def _keep_another():
    progress.keep("exercise/another")


def _kill_after_each_change(folder, files, call):
    """How often it was killed, and what was lost by it."""
    earlier = EARLIER[:2] if files else []
    kills, lost = 0, []
    while True:
        fill(folder, files)
        if ended_by(fork(_die_after_change, kills, call, folder)) != signal.SIGKILL:
            break
        kills += 1
        if call is progress.reset and not (folder / _copies.MAIN).exists():
            (aside,) = folder.glob("*-before-reset-*.sqlite3")
            aside.rename(folder / _copies.MAIN)  # it must hold everything
        lost += missing(earlier)
    return {"kills": kills, "lost": lost}


def _die_after_change(n_changes, call, folder):
    """Call a function and be killed after so many changes, before the next line of the package."""
    seen, n_left = contents(folder), n_changes

    def trace(frame, event, _):
        nonlocal seen, n_left
        if not frame.f_code.co_filename.startswith(PACKAGE):
            return None
        if event == "line" and (now := contents(folder)) != seen:
            seen, n_left = now, n_left - 1
            if n_left < 0:
                die()
        return trace

    sys.settrace(trace)
    call()
    sys.settrace(None)


def killed_in_a_write(folder):
    """The kernel kills the process in the middle of a write, at many places of the files."""
    with_log = _file._with_log
    # The log's index goes to memory: it is the longest file and would be the only one cut.
    _file._with_log = lambda path, *_: with_log(path, "PRAGMA locking_mode = EXCLUSIVE")
    return _with_short_files(folder, signal.SIG_DFL)


# Full disks


def no_room_for_a_longer_file(folder):
    """A write ends in the middle with an error, at many places of the files."""
    return _with_short_files(folder, signal.SIG_IGN)


def _with_short_files(folder, action):
    """Let no file grow beyond a limit, in steps; `action` is what a longer one does."""
    files = some_progress(folder)
    seen = {"kills": 0, "refusals": [], "lost": []}
    for limit in range(0, 14_000, 100):
        fill(folder, files)
        reader, writer = os.pipe()
        pid = fork(_keep_with_limit, limit, action, writer)
        os.close(writer)
        answers = told(reader)
        seen["kills"] += ended_by(pid) == signal.SIGXFSZ
        for message, passed in answers:
            seen["refusals"] += [message] if message else []
            seen["lost"] += sorted(set(EARLIER) - set(passed))
        kept = [item for message, _ in answers if not message for item in ["exercise/another"]]
        seen["lost"] += missing(EARLIER + kept)
    return {**seen, "refusals": len(seen["refusals"]), "said": sorted(set(seen["refusals"]))}


def _keep_with_limit(limit, action, pipe):
    signal.signal(signal.SIGXFSZ, action)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
    tell(pipe, progress.keep("exercise/another"), list(progress.load().passed))


def full_disk(folder):
    """Fill the disk of the folder up to some bytes, keep, and make room again."""
    some_progress(folder)
    filler = folder.parent / "filler"
    kept, seen = set(EARLIER), {"lost": [], "said": []}
    for n_free in range(0, 100, 4):  # KiB
        _fill_disk(filler, n_free)
        item = f"exercise/{n_free}"
        message = progress.keep(item)
        seen["said"] += [message] if message else []
        kept |= set() if message else {item}
        seen["lost"] += sorted(kept - set(progress.load().passed))
        filler.unlink()
        seen["lost"] += missing(kept)
    return {**seen, "refusals": len(seen["said"]), "said": sorted(set(seen["said"]))}


def _fill_disk(filler, n_free):
    with filler.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(1024))
        except OSError:
            file.truncate(max(0, file.tell() - 1024 * n_free))


# Without permission


def shut_out(folder):
    """What a user sees who may not read or write some of the files."""
    if os.geteuid() == 0:  # may do everything
        os.chown(folder.parent, NOBODY, NOBODY)
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    files = some_progress(folder)
    after_a_kill = _left_by_a_kill(folder, files)
    main, read_only = folder / _copies.MAIN, 0o555
    tries = {
        "folder": (files, folder, read_only),
        "folder without a lock": (_without(files, _copies.LOCK), folder, read_only),
        "folder after a kill": (after_a_kill, folder, read_only),
        "folder with a damaged file": (files | {_copies.MAIN: bytes(8192)}, folder, read_only),
        "file": (files, main, 0o444),
        "file after a kill": (after_a_kill, main, 0o444),
        "file that cannot be read": (files, main, 0o000),
        "folder that cannot be read": (files, folder, 0o000),
        "lock": (files, folder / _copies.LOCK, 0o444),
    }
    return {name: _try_with_mode(folder, *case) for name, case in tries.items()}


def _left_by_a_kill(folder, files):
    """The files after a kill with the log still beside the first copy."""
    fill(folder, files)
    ended_by(fork(_die_with_the_file_open, folder / _copies.MAIN))
    return contents(folder)


def _die_with_the_file_open(path):
    database = _file._open_to_write(path)
    _file._insert(database, progress.load().passed)
    die()


def _try_with_mode(folder, files, path, mode):
    """Keep and load while a path has a mode, then once more when it has its own again."""
    fill(folder, files)
    own_mode = path.stat().st_mode
    path.chmod(mode)
    kept, loaded = progress.keep("exercise/another"), progress.load()
    forgotten = progress.reset() if path == folder else progress.Forgotten(None, "")
    path.chmod(own_mode)
    return {
        "keeping": kept,
        "loading": loaded.message,
        "resetting": forgotten.message,
        "shown": len(loaded.passed),
        "unchanged": contents(folder) == files,
        "lost": missing(EARLIER),
    }


def no_folder(folder):
    """What a user sees whose data folder cannot be made."""
    if os.geteuid() == 0:
        os.setuid(NOBODY)
    use(folder)
    folder.parent.chmod(0o555) if os.access(folder.parent, os.W_OK) else None
    return {"keeping": progress.keep("exercise/another"), "loading": progress.load().message}


# Other programs


def holds(folder):
    """Hold the lock of the folder until somebody writes a line."""
    with _copies.locked(folder):
        print("held", flush=True)
        sys.stdin.readline()


def holds_file(folder):
    """Hold the file itself, as another program may, until somebody writes a line."""
    with closing(sqlite3.connect(folder / _copies.MAIN, isolation_level=None)) as database:
        database.execute("BEGIN IMMEDIATE")
        print("held", flush=True)
        sys.stdin.readline()


def keeps_many(folder, *, n_items=100):
    """Keep many items, beginning when somebody writes the line that names this process."""
    print("ready", flush=True)
    use(folder)
    name = sys.stdin.readline().strip()
    messages = [progress.keep(f"exercise/{name}-{i}") for i in range(n_items)]
    return {"items": n_items, "messages": [message for message in messages if message]}


if __name__ == "__main__":
    outcome = globals()[sys.argv[1]](Path(sys.argv[2]))
    print(json.dumps(outcome))
