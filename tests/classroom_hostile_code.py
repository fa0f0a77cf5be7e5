"""What hostile code in a submission does, and what must become of each one.

Most are answers to `average` of the tiny assignment, beside a right answer to `step`. Run them in
a sandbox only. None does harm without bounds: what grows, stops growing by itself.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from classroom_submissions import FULL, POINTS, RIGHT, WRONG, answered, put, released, with_cells


class Traps(NamedTuple):
    """What a hostile submission goes for; the test watches all of it."""

    course: Path
    home: Path  # of the instructor
    outside: Path  # a folder beside the course
    victim: str  # another student
    port: int  # of a listener on 127.0.0.1
    abstract: str  # name of an abstract socket that listens


class Hostile(NamedTuple):
    """A hostile submission: how it is made, and what must become of it.

    `score` are the points of its tests, None where they cannot be known. `look` is a pattern that
    its reason to be looked at must fit; "" if nobody has to look, None if it may be either.
    """

    put: Callable[[Traps, str], object]
    score: float | None
    look: str | None = ""


def code(
    average: str = RIGHT["average"],
    step: str = RIGHT["step"],
    *,
    first: str = "",
    last: str = "",
    score: float | None = POINTS["test-step"],
    look: str | None = "",
) -> Hostile:
    """Return an entry made of answers, and of cells before and after all others.

    The words COURSE, HOME, OUTSIDE, VICTIM, PORT and ABSTRACT stand for what there is.
    """

    def submit(traps: Traps, student: str) -> None:
        words = {name.upper(): repr(_plain(value)) for name, value in traps._asdict().items()}
        texts = [_filled(text, words) for text in (average, step, first, last)]
        answers = {"average": texts[0], "step": texts[1], "explain": RIGHT["explain"]}
        notebook = answered(released(traps.course), answers)
        put(traps.course, student, with_cells(notebook, first=texts[2], last=texts[3]))

    return Hostile(submit, score, look)


def _plain(value: object) -> object:
    return str(value) if isinstance(value, Path) else value


def _filled(text: str, words: Mapping[str, str]) -> str:
    for word, value in words.items():
        text = text.replace(word, value)
    return text


def _does(*lines: str, imports: str = "") -> str:
    """Return an `average` that does something before it answers rightly."""
    head, *body = RIGHT["average"].splitlines()
    done = [f"    {line}" for line in (f"import {imports}" if imports else "pass", *lines)]
    return "\n".join([head, body[0], *done, *body[1:]])


def _attempts(*actions: str) -> str:
    """Return an `average` that fails if one of several actions works; it says which."""
    tried = "\n".join(f"attempt({action!r}, lambda: {action})" for action in actions)
    return (
        "import glob, os, pathlib, shutil, socket\n"
        "from pathlib import Path\n"
        "course, home, outside, victim = Path(COURSE), Path(HOME), Path(OUTSIDE), VICTIM\n"
        "port, abstract = PORT, ABSTRACT\n"
        "def text(at):\n"
        "    try:\n"
        "        return Path(at).read_text(errors='replace')\n"
        "    except OSError:\n"
        "        return ''\n"
        "def attempt(name, action):\n"
        "    try:\n"
        "        if action() not in ('', [], False):\n"
        "            worked.append(name)\n"
        "    except (OSError, ImportError, ValueError):\n"
        "        pass\n"
        f"worked = []\n{tried}\n"
    ) + _does("if worked:", "    raise RuntimeError('this worked: ' + '; '.join(worked))")


_ANY_TEST = "np.testing.assert_allclose"

TIME = {
    "loops": code(_does("while True:", "    pass")),
    "sleeps": code(_does("time.sleep(600)", imports="time")),
    "loops-in-a-cell-of-its-own": code(first="while True:\n    pass", score=FULL),
    "ignores-interrupts": code(
        "import time\ndef average(values, decay):\n"
        "    while True:\n"
        "        try:\n            time.sleep(600)\n"
        "        except KeyboardInterrupt:\n            pass",
        score=0,
        look="did not stop|longer",
    ),
    "loops-in-c": code(
        _does("sum(itertools.repeat(0))", imports="itertools"),
        score=0,
        look="processor|did not stop|longer",
    ),
    "stops-itself": code(
        _does("os.kill(os.getpid(), signal.SIGSTOP)", imports="os, signal"),
        score=0,
        look="did not stop|longer",
    ),
}

MEMORY = {
    "takes-memory-at-once": code(_does("np.ones(10**13)")),
    "takes-memory-bit-by-bit": code(  # ends in Python's error, or in that of a library
        _does("hoard = []", "while len(hoard) < 8000:", "    hoard.append(bytearray(2**20))"),
        score=None,
        look=None,
    ),
    "takes-memory-in-many-processes": code(
        _does(
            "for _ in range(12):",
            "    if os.fork() == 0:",
            "        hoard = b'x' * (200 * 2**20)",
            "        time.sleep(60)",
            "        os._exit(0)",
            "time.sleep(60)",
            imports="os, time",
        ),
        score=0,
        look="memory",
    ),
    "forks": code(
        _does("for _ in range(9):", "    os.fork()", "time.sleep(60)", imports="os, time"),
        score=0,
        look="processes",
    ),
    "starts-many-threads": code(
        _does(
            "for _ in range(20_000):",
            "    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
            imports="threading, time",
        ),
        score=None,
        look=None,
    ),
}

ENDS = {
    "os-exit": code(_does("os._exit(0)", imports="os"), score=0, look="ended"),
    "os-exit-after-the-tests": code(last="import os\nos._exit(0)", score=FULL, look="ended"),
    "sys-exit": code(_does("sys.exit()", imports="sys")),
    "system-exit": code(_does("raise SystemExit(0)")),
    "keyboard-interrupt": code(_does("raise KeyboardInterrupt")),
    "quit": code(_does("quit()"), score=None, look=None),
    "segmentation-fault": code(
        _does("ctypes.string_at(0)", imports="ctypes"), score=0, look="ended"
    ),
    "kills-its-parent": code(
        _does("os.kill(os.getppid(), 9)", imports="os"), score=FULL, look=None
    ),
    "kills-its-group": code(_does("os.killpg(0, 9)", imports="os"), score=0, look="ended"),
    "kills-all": code(_does("os.kill(-1, 9)", imports="os"), score=None, look=None),
    "becomes-another-program": code(
        _does("os.execv('/bin/true', ['true'])", imports="os"), score=0, look="ended"
    ),
    "closes-its-files": code(
        _does("os.closerange(3, 500)", "time.sleep(60)", imports="os, time"),
        score=0,
        look="ended|did not stop",
    ),
    "recurses": code("def average(values, decay):\n    return average(values, decay)"),
}

REACHES = {
    "reads": code(
        _attempts(
            "(course / 'gradebook.db').read_bytes()",
            "Path('../../../gradebook.db').read_bytes()",
            "Path('/proc/1/root' + str(course) + '/gradebook.db').read_bytes()",
            "Path(f'/proc/{os.getppid()}/root' + str(course) + '/gradebook.db').read_bytes()",
            "glob.glob('/proc/*/cwd/gradebook.db') + glob.glob('/proc/*/cwd/source')",
            "[at for at in glob.glob('/proc/*/environ') if str(course) in text(at)]",
            "[at for at in glob.glob('/proc/*/cmdline') if str(course) in text(at)]",
            "[name for name in Path('/proc').iterdir() if name.name.isdigit()][20:]",
            "(course / 'submitted' / victim).exists()",
            "os.listdir(course)",
            "os.listdir(course / 'source')",
            "os.listdir(outside)",
            "os.listdir(home)",
            "Path('/etc/shadow').read_bytes()",
            "list(Path(np.__file__).parents[1].glob('rmsprop_course/assignments/*'))",
            "[at for at in Path(__import__('rmsprop_course').__file__).parents[1].glob("
            "'notebooks/assignments/source/*')]",
            "list(Path(__import__('rmsprop_course').__file__).parent.glob('assignments/*'))",
            "[at for at in os.environ.values() if str(course) in at or str(home) in at]",
            "[at for at in glob.glob('/tmp/*') if at not in ('/tmp/own', '/tmp/home')]"
            " and glob.glob('/tmp/**/*.db', recursive=True)",
        ),
        score=FULL,
        look=None,
    ),
    "writes": code(
        _attempts(
            "(course / 'gradebook.db').write_text('')",
            "os.remove(course / 'gradebook.db') is None",
            "(course / 'source' / 'written').write_text('x')",
            "(course / 'submitted' / victim / 'written').write_text('x')",
            "(outside / 'written').write_text('x')",
            "(home / '.bashrc').write_text('x')",
            "Path(os.__file__).with_name('written.py').write_text('x')",
            "Path(np.__file__).write_text('x')",
            "Path(__import__('rmsprop_course').__file__).write_text('x')",
            "Path('/usr/bin/written').write_text('x')",
            "Path('/proc/sys/kernel/hostname').open('r+')",
            "Path('/proc/sys/kernel/core_pattern').open('r+')",
            "Path('/proc/sysrq-trigger').open('r+')",
            "os.symlink(course / 'gradebook.db', 'tiny.ipynb') is not None",
            "Path('tiny.ipynb').write_text('x') and False",
            "Path('/tmp/own/../written').write_text('x') and False",
            "os.mknod('disk', 0o60600, os.makedev(8, 0)) is None",
            "os.chroot('/proc/1/root') is None",
        ),
        score=FULL,
        look=None,
    ),
    "opens-sockets": code(
        _attempts(
            "socket.create_connection(('127.0.0.1', port), timeout=1)",
            "socket.create_connection(('localhost', port), timeout=1)",
            "socket.create_connection(('::1', port), timeout=1)",
            "socket.create_connection(('192.0.2.1', 80), timeout=1)",
            "socket.socket(socket.AF_UNIX).connect('\\0' + abstract) is None",
            "socket.getaddrinfo('example.org', 80)",
        ),
        score=FULL,
        look=None,
    ),
    "fills-the-disk": code(
        "import itertools\n"
        + _does(
            "size = 0",
            "for n, at in itertools.product(range(8), ('.', '/tmp', '/dev/shm', '/dev', '/')):",
            "    try:",
            "        with open(f'{at}/filled-{n}', 'wb') as file:",
            "            size += file.write(bytes(40 * 2**20))",
            "    except OSError:",
            "        pass",
            "if size > 700 * 2**20:",
            "    raise RuntimeError(f'{size / 2**20} MiB were written')",
        ),
        score=None,
        look=None,
    ),
    "fills-the-folder-of-its-sockets": code(
        "import os\nfrom pathlib import Path\nfrom ipykernel.connect import get_connection_file\n"
        "at = Path(get_connection_file()).parent\n"
        "at.joinpath('kernel.json').unlink()\n"
        "os.symlink(Path(COURSE) / 'gradebook.db', at / 'kernel.json')\n"
        "for n in range(200):\n"
        "    os.symlink(COURSE, at / f'link-{n}')\n" + RIGHT["average"],
        score=None,
        look="folder of the kernel|ended",
    ),
}

PRINTS = {
    "prints-a-million-lines": code(
        _does("for n in range(10**6):", "    print(n % 10)"), score=None, look=None
    ),
    "prints-without-end": code(  # faster than it can be read, or than memory lasts
        _does("while True:", "    print('again ' * 1000)"), score=0, look=None
    ),
    "prints-a-very-long-line": code(_does("print('x' * 2 * 10**7)"), score=0, look="print|memory"),
    "shows-large-pages": code(
        "from IPython.display import HTML, display\n"
        + _does("for _ in range(60):", "    display(HTML('<script>x</script>' * 30_000))"),
        score=0,
        look="print|memory",
    ),
    "warns": code(_does("warnings.warn('beware')", imports="warnings"), score=FULL),
    "writes-to-stderr": code(_does("print('note', file=sys.stderr)", imports="sys"), score=FULL),
    "shows-half-a-surrogate": code(_does("print('\\ud800')"), score=None, look=None),
    "shows-points": code(
        "from IPython.display import display\n" + _does("display(1000.0)"), score=FULL
    ),
    "publishes-points": code(
        "from IPython import get_ipython\n"
        + _does("get_ipython().displayhook(1000.0)", "get_ipython().displayhook(-3.0)"),
        score=None,
        look="IPython|could not|points",
    ),
    "publishes-no-text": code(
        "from IPython import get_ipython\n"
        "shell = get_ipython()\n"
        + _does(
            "shell.kernel.session.send(shell.kernel.iopub_socket, 'execute_result', {'data': {},"
            " 'metadata': {}, 'execution_count': 1}, parent=shell.kernel.get_parent())"
        ),
        score=None,
        look="IPython|could not|points",
    ),
}


def _cheats(*, first: str = "", average: str = "", last: str = "", look: str = "") -> Hostile:
    """Return an entry with wrong answers whose code lets the tests pass; someone has to look."""
    average = average or WRONG["average"]
    return code(average, WRONG["step"], first=first, last=last, score=None, look=look)


_CHANGED = "changed what the tests|sets np|replaces|IPython|loaded"
_STRIPS = (
    "import ast\n"
    "from IPython import get_ipython\n"
    "class Strip(ast.NodeTransformer):\n"
    "    def visit_Assert(self, node):\n"
    "        return ast.Pass()\n"
    "    def visit_Expr(self, node):\n"
    "        return ast.Pass() if 'testing' in ast.unparse(node) else node\n"
)

CHECKER = {
    "replaces-allclose": _cheats(
        first="np.testing.assert_allclose = lambda *given, **settings: None", look=_CHANGED
    ),
    "replaces-allclose-behind-a-name": _cheats(  # which reading the code does not find
        first="for tools in (np.testing,):\n    tools.assert_allclose = lambda *a, **b: None",
        look="changed what the tests",
    ),
    "replaces-allclose-by-other-names": _cheats(
        first="setattr(getattr(np, 'test' + 'ing'), 'assert_' + 'allclose', lambda *g, **s: None)",
        look=_CHANGED,
    ),
    "replaces-allclose-and-puts-it-back": _cheats(
        first="kept = np.testing.assert_allclose\n"
        "np.testing.assert_allclose = lambda *given, **settings: None",
        last="np.testing.assert_allclose = kept",
        look=_CHANGED,
    ),
    "replaces-allclose-once": _cheats(
        average="def average(values, decay):\n"
        "    kept, there = np.testing.assert_allclose, np.testing\n"
        "    def agree(*given, **settings):\n"
        "        there.__dict__['assert_allclose'] = kept\n"
        "    there.__dict__['assert_allclose'] = agree\n"
        "    return [0.0] * len(values)",
        look="__dict__|sets|changed",
    ),
    "replaces-asarray": _cheats(
        first="class Same(np.ndarray):\n"
        "    def __array_ufunc__(self, *given, **settings):\n        return np.bool_(True)\n"
        "old = np.asarray\n"
        "np.asarray = lambda *given, **settings: old(*given, **settings).view(Same)",
        look=_CHANGED,
    ),
    "replaces-numpy": _cheats(
        first="import sys, types\n"
        "class Fake(types.ModuleType):\n"
        "    def __getattr__(self, name):\n        return getattr(true, name)\n"
        "true, fake = np, Fake('numpy')\n"
        "fake.testing = types.SimpleNamespace(assert_allclose=lambda *given, **settings: None)\n"
        "np = sys.modules['numpy'] = fake",
        look=_CHANGED,
    ),
    "replaces-a-built-in": _cheats(
        first="import builtins\nbuiltins.AssertionError = Warning\nbuiltins.abs = lambda x: 0",
        look=f"{_CHANGED}|built-in",
    ),
    "catches-all-errors": _cheats(
        first="from IPython import get_ipython\n"
        "get_ipython().set_custom_exc((Exception,), lambda *given, **settings: None)",
        look=f"{_CHANGED}|errors",
    ),
    "hides-errors": _cheats(
        first="shell = get_ipython()\nshell.showtraceback = lambda *given, **settings: None",
        look=_CHANGED,
    ),
    "strips-assertions": _cheats(
        first=_STRIPS + "get_ipython().ast_transformers.append(Strip())", look=_CHANGED
    ),
    "strips-assertions-of-the-tests-alone": _cheats(
        first=_STRIPS + "class Some(Strip):\n"
        "    def visit_Module(self, node):\n"
        "        return self.generic_visit(node) if 'err_msg' in ast.unparse(node) else node\n"
        "get_ipython().ast_transformers.append(Some())",
        look="IPython",
    ),
    "rewrites-cells": _cheats(
        first="shell = get_ipython()\n"
        "shell.input_transformers_post.append(lambda lines: [] if 'seed' in str(lines) else lines)",
        look="IPython",
    ),
    "runs-no-cells": _cheats(
        first="shell = get_ipython()\n"
        "async def run(*given, **settings):\n    return await old('pass')\n"
        "old, shell.run_cell_async = shell.run_cell_async, run",
        look=_CHANGED,
    ),
    "traces": _cheats(
        first="import sys\n"
        "def trace(frame, event, value):\n"
        "    if frame.f_code.co_name == 'assert_allclose':\n"
        "        frame.f_trace_lines = False\n"
        "    return trace\n"
        "sys.settrace(trace)",
        look="calls it",
    ),
    "forges-replies": _cheats(
        average="def average(values, decay):\n"
        "    kernel = get_ipython().kernel\n"
        "    parent = kernel.get_parent()\n"
        "    reply = {'status': 'ok', 'execution_count': 1, 'payload': []}\n"
        "    kernel.session.send(kernel.shell_stream, 'execute_reply', reply, parent=parent,\n"
        "        ident=parent['header']['session'].encode())\n"
        "    kernel.session.send(kernel.iopub_socket, 'status', {'execution_state': 'idle'},\n"
        "        parent=parent)\n"
        "    return [0.0] * len(values)",
        look="IPython",
    ),
    "clears-errors": _cheats(
        average="import threading\n"
        "from IPython.display import clear_output\n"
        "def clear():\n"
        "    for _ in range(20_000):\n        clear_output()\n"
        "def average(values, decay):\n"
        "    threading.Thread(target=clear, daemon=True).start()\n"
        "    return [0.0] * len(values)",
    )._replace(score=0, look=None),
    "collects-garbage": _cheats(
        average="import gc\ndef average(values, decay):\n"
        "    return [f for f in gc.get_objects() if getattr(f, '__name__', '') == 'true_average']"
        "[0](values, decay)",
        look="objects",
    ),
    "reads-the-frame": _cheats(
        average="import sys\ndef average(values, decay):\n"
        "    there = sys._getframe(1).f_globals\n"
        "    return there['true_average'](values, decay) if 'true_average' in there else [0.0]",
        look="calls it",
    ),
    "reads-the-frame-of-an-error": _cheats(
        average="def average(values, decay):\n"
        "    try:\n        1 / 0\n"
        "    except ZeroDivisionError as error:\n"
        "        there = error.__traceback__.tb_frame.f_back.f_globals\n"
        "    return there.get('true_average', lambda *given: [0.0])(values, decay)",
        look="calls it|frame|traceback",
    ),
    "reads-the-history": _cheats(
        average="def average(values, decay):\n"
        "    hidden = In[-1].partition('seed')[0].partition('\\n')[2]\n"
        "    exec(hidden, globals())\n"
        "    return true_average(values, decay)",
        look="cells that were run|text",
    ),
    "calls-the-hidden-reference": _cheats(
        average="def average(values, decay):\n"
        "    return true_average(values, decay) if len(values) > 1 else [(1 - decay) * values[0]]",
        look="true_average",
    ),
    "calls-the-hidden-reference-by-globals": _cheats(
        average="def average(values, decay):\n"
        "    return globals().get('true_' + 'average', lambda *given: [0.0])(values, decay)",
        look="globals|names",
    ),
    "decodes-its-code": _cheats(
        first="import base64\nexec(base64.b64decode('"
        "bnAudGVzdGluZy5hc3NlcnRfYWxsY2xvc2UgPSBsYW1iZGEgKmEsICoqazogTm9uZQ=='))",
        look="text",
    ),
}

# These change the tools of the tests, which is found whatever the code looks like.
for _name in CHECKER:
    if _name.startswith(("replaces-", "strips-assertions")) and not _name.endswith("alone"):
        CHECKER[_name] = CHECKER[_name]._replace(score=0)

_EQUAL = (
    "class Equal(BASE):\n"
    "    def _yes(self, *given, **settings):\n        return True\n"
    "    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __bool__ = _yes\n"
    "    __hash__ = None\n"
    "    def __sub__(self, other):\n        return 0.0\n"
    "    __rsub__ = __sub__\n"
)
COMPARES = {
    "equals-everything": _cheats(
        average=_EQUAL.replace("BASE", "object")
        + "def average(values, decay):\n    return [Equal() for _ in values]",
        look=None,
    )._replace(score=0),
    "is-a-number-that-equals-everything": _cheats(
        average=_EQUAL.replace("BASE", "float")
        + "def average(values, decay):\n    return [Equal(0.5) for _ in values]",
        look=None,
    )._replace(score=0),
    "is-an-array-that-equals-everything": _cheats(
        average=_EQUAL.replace("BASE", "np.ndarray")
        + "    def __array_ufunc__(self, *given, **settings):\n        return np.bool_(True)\n"
        "    def __array_function__(self, *given, **settings):\n        return None\n"
        "def average(values, decay):\n    return np.zeros(len(values)).view(Equal)",
        look=None,
    )._replace(score=0),
    "becomes-an-array-late": _cheats(
        average="class Late:\n"
        "    def __init__(self, n):\n        self.n = n\n"
        "    def __getitem__(self, i):\n        return 0.5\n"
        "    def __array__(self, dtype=None, copy=None):\n        return np.zeros(self.n)\n"
        "def average(values, decay):\n    return Late(len(values))",
        look=None,
    )._replace(score=0),
}

HOSTILE_CODE = {**TIME, **MEMORY, **ENDS, **REACHES, **PRINTS, **CHECKER, **COMPARES}

# What honest students do besides answering; it costs nothing, and nobody has to look.
HONEST_CODE = {
    "plots-and-prints": code(
        first="%matplotlib inline\nimport matplotlib.pyplot as plt\n"
        "plt.plot([1, 2], [3, 4])\nplt.show()\nprint(np.arange(3))",
        score=FULL,
    ),
    "names-a-variable-sum": code(first="sum = 0\nmax = 3", score=FULL, look=None),
    "has-an-error-of-its-own": code(
        first="1 / 0", last="print(undefined)\nanswer = input('?')", score=FULL
    ),
    "measures-time": code(
        "%%time\n" + RIGHT["average"], last="%timeit -n 1 -r 1 average([1.0], 0.9)", score=FULL
    ),
    "sets-options": code(
        first="import warnings\nwarnings.simplefilter('error')\n"
        "np.set_printoptions(precision=2)\nnp.seterr(all='raise')\nnp.random.seed(0)\n"
        "assert average is not step if 'average' in dir() else True",
        score=FULL,
    ),
    "defines-helpers": code(
        "from functools import reduce\nfrom dataclasses import dataclass\n"
        "@dataclass\nclass Mean:\n    decay: float\n    value: float = 0.0\n"
        "    def add(self, new):\n"
        "        self.value = self.decay * self.value + (1 - self.decay) * new\n"
        "        return self.value\n"
        "def average(values, decay):\n    mean = Mean(decay)\n"
        "    return [mean.add(value) for value in values]",
        score=FULL,
    ),
}
