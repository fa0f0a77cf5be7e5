"""What a program sees in the sandbox, what it can change, and what is said where there is none."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pytest

import rmsprop_course
from rmsprop_course.classroom import _limited, _sandbox

PACKAGE = Path(rmsprop_course.__file__).parent
PATIENCE = 60  # seconds


def inside(code, **settings):
    """Run code in the sandbox, and return what it prints, read as JSON."""
    command = _sandbox.wrap([sys.executable, "-IS", "-c", code], **settings)
    done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def is_there(*paths):
    """Tell of each path whether a program in the sandbox sees it."""
    return inside(
        f"import json, os; print(json.dumps([os.path.lexists(p) for p in {list(map(str, paths))}]))"
    )


WRITABLE = """
import json, os
found = []
with open("/proc/self/mounts") as mounts:
    folders = [line.split()[1] for line in mounts]
for folder in folders + ["/etc", "/tmp/home", "/tmp/own"]:
    probe = os.path.join(folder, "probe")
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_EXCL | os.O_WRONLY))
    except OSError:
        continue
    os.unlink(probe)
    found.append(folder)
print(json.dumps(sorted(found)))
"""


@pytest.mark.usefixtures("sandbox")
class TestInside:
    """Each test runs a program in the sandbox."""

    def test_the_machines_files_are_not_there(self):
        tree = PACKAGE.parent
        paths = [Path.home() / name for name in os.listdir(Path.home())]
        paths += [tree / "tests", tree / "notebooks", tree / "pyproject.toml", tree / ".git"]
        paths += [Path(name) for name in ("/etc/passwd", "/etc/shadow", "/var", "/run", "/mnt")]
        needed = {folder for path in _sandbox._python_folders() for folder in path.parents}
        paths = [path for path in paths if path not in needed]
        assert is_there(*paths) == [False] * len(paths)

    def test_a_course_and_another_students_folder_are_not_there(self, tmp_path):
        elsewhere = Path(tempfile.mkdtemp(dir="/var/tmp"))
        try:
            for root in (tmp_path, elsewhere):
                (root / "gradebook.db").write_text("grades")
            paths = [tmp_path / "gradebook.db", elsewhere / "gradebook.db", tmp_path, elsewhere]
            assert is_there(*paths) == [False] * 4
        finally:
            (elsewhere / "gradebook.db").unlink()
            elsewhere.rmdir()

    def test_the_assignments_that_a_wheel_brings_are_not_seen(self, tmp_path, monkeypatch):
        package = tmp_path / "site" / "rmsprop_course"
        (package / "assignments" / "source").mkdir(parents=True)
        (package / "__init__.py").touch()
        monkeypatch.setattr(_sandbox, "_PACKAGE", package)
        there = is_there(package / "__init__.py", package / "assignments" / "source")
        assert there == [True, False]
        assert str(package / "assignments") not in inside(WRITABLE), "memory without a limit"

    def test_only_the_package_of_a_source_tree_is_seen(self):
        assert is_there(PACKAGE / "moving_average.py") == [True]
        listed = inside(f"import json, os; print(json.dumps(os.listdir({str(PACKAGE.parent)!r})))")
        prefixes = {Path(sys.prefix), Path(sys.base_prefix), PACKAGE}
        assert set(listed) <= {path.name for path in prefixes if path.parent == PACKAGE.parent}

    def test_nothing_but_the_folders_in_memory_can_be_written(self):
        assert inside(WRITABLE) == ["/dev/shm", "/tmp", "/tmp/home", "/tmp/own"]

    def test_the_folders_in_memory_are_limited(self):
        sizes = inside(
            "import json, os\n"
            "stats = [os.statvfs(path) for path in ('/tmp', '/dev/shm')]\n"
            "print(json.dumps([s.f_blocks * s.f_frsize for s in stats]))"
        )
        assert max(sizes) == sizes[0] == _sandbox._TMP_BYTES

    def test_what_is_written_is_gone_afterwards(self):
        write = "import json; open('/tmp/left', 'w').write('x'); print(json.dumps('done'))"
        inside(write)
        assert is_there("/tmp/left") == [False]
        assert not Path("/tmp/left").exists()

    def test_the_settings_of_the_kernel_cannot_be_changed(self):
        names = ["sys/kernel/core_pattern", "sys/vm/swappiness", "sys/kernel/hostname"]
        names += ["sysrq-trigger"]
        code = (  # opened and closed, never written: a hole here would change this machine
            "import json, os\n"
            "def opens(path):\n"
            "    try:\n"
            "        os.close(os.open(path, os.O_WRONLY))\n"
            "    except OSError:\n"
            "        return False\n"
            "    return True\n"
            f"print(json.dumps([opens('/proc/' + name) for name in {names}]))"
        )
        assert inside(code) == [False] * len(names)

    def test_there_is_no_network_but_a_loopback_of_its_own(self):
        code = (
            "import json, socket\n"
            "names = [name for _, name in socket.if_nameindex()]\n"
            "def reach(address):\n"
            "    with socket.socket() as one:\n"
            "        one.settimeout(5)\n"
            "        return one.connect_ex(address)\n"
            "print(json.dumps([names, reach(('127.0.0.1', PORT)), reach(('192.0.2.1', 80))]))"
        )
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            names, local, remote = inside(code.replace("PORT", str(port)))
        assert names == ["lo"]
        assert local != 0 and remote != 0

    def test_no_other_process_is_seen_and_none_outlives_it(self, tmp_path):
        mark = f"mark-{os.getpid()}-{time.time_ns()}"
        code = (
            "import json, os, subprocess, sys\n"
            f"wait = [sys.executable, '-IS', '-c', 'import time; time.sleep(600)', {mark!r}]\n"
            "subprocess.Popen(wait, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,\n"
            "                 stderr=subprocess.DEVNULL, start_new_session=True)\n"
            "seen = [name for name in os.listdir('/proc') if name.isdigit()]\n"
            "print(json.dumps([len(seen), os.getppid()]))"
        )
        number, parent = inside(code)
        assert number <= 4 and parent <= 2
        assert _becomes(lambda: not _runs(mark))

    def test_it_ends_with_the_process_that_started_it(self):
        mark = f"mark-{os.getpid()}-{time.time_ns()}"
        wait = "import time; print('ready', flush=True); time.sleep(600)"
        starter = (
            "import subprocess, sys\n"
            f"subprocess.run({_sandbox.wrap([sys.executable, '-IS', '-c', wait, mark])!r})"
        )
        command = [sys.executable, "-IS", "-c", starter]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"ready\n"
            assert _runs(mark)
            process.kill()
        assert _becomes(lambda: not _runs(mark))

    def test_it_holds_no_capability(self):
        code = (
            "import json\n"
            "lines = open('/proc/self/status').read().splitlines()\n"
            "print(json.dumps([line.split()[1] for line in lines if line[:4] in "
            "('CapE', 'CapP', 'CapB', 'CapI')]))"
        )
        assert {int(mask, 16) for mask in inside(code)} <= {0}

    def test_the_environment_is_cleared(self, monkeypatch):
        monkeypatch.setenv("RMSPROP_SECRET", "token")
        seen = inside(
            "import json, os; print(json.dumps(dict(os.environ)))", environment={"GIVEN": "yes"}
        )
        assert seen.pop("GIVEN") == "yes"
        assert seen.pop("HOME") == "/tmp/home" and seen.pop("TMPDIR") == "/tmp"
        assert seen.keys() <= {"PATH", "PWD", "LC_CTYPE"}

    def test_files_lie_in_its_folder_and_cannot_be_changed(self, tmp_path):
        data = tmp_path / "source" / "numbers.csv"
        data.parent.mkdir()
        data.write_text("1,2")
        code = (
            "import json, os\n"
            "said = [os.getcwd(), open('data/numbers.csv').read()]\n"
            "for change in (lambda: open('data/numbers.csv', 'a'),\n"
            "               lambda: os.unlink('data/numbers.csv')):\n"
            "    try:\n"
            "        change()\n"
            "    except OSError as error:\n"
            "        said.append(type(error).__name__)\n"
            "print(json.dumps(said))"
        )
        said = inside(code, files={"data/numbers.csv": data})
        assert said[:2] == ["/tmp/own", "1,2"] and len(said) == 4
        assert data.read_text() == "1,2"

    def test_a_shared_folder_is_the_same_on_both_sides(self, tmp_path):
        (tmp_path / "there").write_text("from outside")
        code = (
            "import json\n"
            f"print(json.dumps(open('{tmp_path}/there').read()))\n"
            f"open('{tmp_path}/back', 'w').write('from inside')"
        )
        assert inside(code, shared=tmp_path) == "from outside"
        assert (tmp_path / "back").read_text() == "from inside"


def _runs(mark):
    """Tell whether a process has an argument, on this side."""
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if mark.encode() in path.read_bytes().split(b"\0"):
                return True
        except OSError:  # it has just ended
            continue
    return False


def _becomes(condition):
    deadline = time.monotonic() + 20
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


@pytest.fixture
def bwrap(tmp_path, monkeypatch):
    """Put a script in bubblewrap's place."""

    def put(script):
        program = tmp_path / "bwrap"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    _sandbox.trial.cache_clear()
    yield put
    _sandbox.trial.cache_clear()


def test_a_missing_bubblewrap_is_named_with_the_way_to_get_it(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    reason = _sandbox.trial.__wrapped__()
    assert reason.startswith("bubblewrap is not installed")
    assert "apt install bubblewrap" in reason and "\n" not in reason


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (
            "echo first >&2; echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1",
            "bwrap: setting up uid map: Permission denied",
        ),
        ("exit 3", "it ended with status 3"),
        ("echo 'not yet'; echo 'No module named numpy' >&2", "No module named numpy"),
    ],
)
def test_a_bubblewrap_that_does_not_work_is_quoted(bwrap, script, said):
    bwrap(script)
    assert _sandbox.trial() == f"bubblewrap does not work on this machine: {said}"


def test_a_bubblewrap_that_hangs_is_given_up(bwrap, monkeypatch):
    monkeypatch.setattr(_sandbox, "_TRIAL_SECONDS", 0.3)
    bwrap("exec sleep 60")
    begin = time.monotonic()
    reason = _sandbox.trial()
    assert reason.startswith("bubblewrap does not work on this machine: ") and "0.3" in reason
    assert "\n" not in reason and time.monotonic() - begin < 20


def test_a_machine_is_tried_once(bwrap, tmp_path):
    bwrap(f"echo tried >> {tmp_path}/count; exit 1")
    assert _sandbox.trial() == _sandbox.trial() != ""
    assert (tmp_path / "count").read_text() == "tried\n"


def limited(memory, file, cpu, code):
    """Run code under limits."""
    command = [sys.executable, "-IS", _limited.__file__, *map(str, (memory, file, cpu))]
    return subprocess.run(
        [*command, sys.executable, "-IS", "-c", code],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )


MIB = 2**20


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux holds a program to all of them")
class TestLimits:
    """Each test runs a program under the limits that every kernel has."""

    def test_a_program_within_them_runs_as_ever(self):
        done = limited(200 * MIB, MIB, 10, "import sys; print(sys.argv); sys.exit(5)")
        assert (done.returncode, done.stdout) == (5, "['-c']\n")

    def test_memory(self):
        fits = limited(200 * MIB, MIB, 10, f"print(len(bytearray({100 * MIB})))")
        assert fits.returncode == 0
        done = limited(200 * MIB, MIB, 10, f"bytearray({300 * MIB})")
        assert "MemoryError" in done.stderr

    def test_the_size_of_a_file(self, tmp_path):
        path = tmp_path / "large"
        done = limited(200 * MIB, MIB, 10, f"open({str(path)!r}, 'wb').write(bytes({2 * MIB}))")
        assert done.returncode != 0
        assert path.stat().st_size <= MIB

    def test_processor_time(self):
        done = limited(200 * MIB, MIB, 1, "while True: pass")
        assert -done.returncode == signal.SIGXCPU  # and not SIGKILL, which has many senders

    def test_no_core_is_left(self):
        code = "import resource; print(resource.getrlimit(resource.RLIMIT_CORE))"
        assert limited(200 * MIB, MIB, 10, code).stdout == "(0, 0)\n"

    def test_they_cannot_be_raised_again(self):
        code = (
            "import resource\n"
            "for kind in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE, resource.RLIMIT_CPU):\n"
            "    print(*resource.getrlimit(kind))"
        )
        memory, file, cpu = limited(200 * MIB, MIB, 10, code).stdout.splitlines()
        assert memory == f"{200 * MIB} {200 * MIB}" and file == f"{MIB} {MIB}"
        soft, hard = map(int, cpu.split())
        assert soft == 10 < hard <= 20  # seconds to end by itself
