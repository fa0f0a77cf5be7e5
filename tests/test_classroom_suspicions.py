"""What a person should look at is found by reading code, and honest code is left alone."""

import nbformat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmsprop_course.classroom._suspicions import suspicions
from rmsprop_course.cli import shipped

SUSPICIOUS = {
    # what the tests compare with
    "import numpy as np\nnp.allclose = lambda *given: True": "sets np.allclose",
    "np.testing.assert_allclose = print": "sets np.testing.assert_allclose",
    "torch.equal = lambda a, b: True": "sets torch.equal",
    "import numpy\nnumpy.testing.assert_allclose, x = print, 1": "sets numpy.testing.assert_a",
    "del np.allclose": "sets np.allclose",
    "np.abs += 1": "sets np.abs",
    "for np.abs in [print]: pass": "sets np.abs",
    "with open('x') as np.abs: pass": "sets np.abs",
    "average.__defaults__ = (1,)": "sets average.__defaults__",
    "setattr(np, 'allclose', print)": "sets np",
    "delattr(np.testing, 'assert_allclose')": "sets np.testing",
    "vars(np)['allclose'] = print": "names by hand (vars)",
    "np.__dict__['allclose'] = print": "names by hand (np.__dict__)",
    "globals()['abs'] = print": "names by hand (globals)",
    "abs = lambda value: 0.0": "replaces abs",
    "def isinstance(*given):\n    return True": "replaces isinstance",
    "class AssertionError(Exception): pass": "replaces AssertionError",
    "abs, rest = print, 1": "replaces abs",
    "def f():\n    global max\n    max = print": "replaces max",
    "class Same(float):\n    def __eq__(self, other):\n        return True": "compare (__eq__)",
    "class Same:\n    def __array__(self, *a):\n        return 0": "compare (__array__)",
    "class Same:\n    __lt__ = __gt__ = lambda self, other: True": "compare (__lt__)",
    # what the tests are
    "import inspect": "the code that calls it (import inspect)",
    "from inspect import currentframe": "the code that calls it (import inspect)",
    "import sys\nsys._getframe(1)": "the code that calls it (sys._getframe)",
    "from sys import _getframe": "the code that calls it (sys._getframe)",
    "try:\n    1 / 0\nexcept Exception as e:\n    e.__traceback__.tb_frame": "calls it (tb_frame)",
    "def g():\n    yield\ng().gi_frame.f_back": "the code that calls it (f_back)",
    "import sys\nsys.settrace(print)": "the code that calls it (sys.settrace)",
    "In[-1]": "the cells that were run (In)",
    "print(_ih)": "the cells that were run (_ih)",
    "import gc\ngc.get_objects()": "the objects of the program (import gc)",
    "().__class__.__base__.__subclasses__()": "the objects of the program",
    "print.__self__\nlen.__code__": "the insides of functions (len.__code__)",
    "def f(): pass\nf.__globals__": "the insides of functions (f.__globals__)",
    "eval('1 + 1')": "code in text (eval)",
    "exec('x = 1')": "code in text (exec)",
    "get_ipython().run_cell('1')": "IPython itself (get_ipython)",
    "from IPython import get_ipython": "IPython itself",
    "import IPython.core.interactiveshell": "IPython itself",
    "import sys\nsys.modules['numpy']": "the modules that are loaded (sys.modules)",
    "import sys as s\ns.modules['numpy']": "the modules that are loaded (s.modules)",
    "from sys import modules": "the modules that are loaded (sys.modules)",
    "import importlib": "imports by hand",
    "__import__('os')": "imports by hand (__import__)",
    "import builtins as b": "the built-in functions (import builtins)",
    "__builtins__": "the built-in functions",
    # the machine
    "import os\nos._exit(0)": "the end of the process (os._exit)",
    "import os\nos.system('ls')": "other processes (os.system)",
    "from os import system as run": "other processes (os.system)",
    "import os\nos.fork()": "other processes (os.fork)",
    "import subprocess": "other processes (import subprocess)",
    "import socket": "the network (import socket)",
    "from urllib.request import urlopen": "the network (import urllib)",
    "import ctypes": "the memory of the program",
    "import signal": "signals",
    "import atexit": "the end of the program",
    "!ls": "IPython itself (get_ipython)",
    "files = !ls": "IPython itself (get_ipython)",
    "%run other.ipynb": "IPython itself (get_ipython)",
    "%%bash\nls": "IPython itself (get_ipython)",
    # what hides in a harmless place
    "%%time\nimport subprocess": "other processes (import subprocess)",
    "%timeit -n 1 eval('1')": "code in text (eval)",
    "%%capture\nnp.allclose = print": "sets np.allclose",
    "%matplotlib inline\nimport subprocess": "other processes",
    "class A:\n    def f(self):\n        def g():\n            import subprocess": "other proc",
    "x = lambda: eval('1')": "code in text (eval)",
    "@eval\ndef f(): pass": "code in text (eval)",
    "def f(x=eval('1')): pass": "code in text (eval)",
    "f'{eval(\"1\")}'": "code in text (eval)",
}
HONEST = [
    "def average(values, decay):\n    return [decay * value for value in values]",
    "import numpy as np\nimport torch\nimport matplotlib.pyplot as plt\nimport math, copy, time",
    "from __future__ import annotations\nfrom typing import NamedTuple, Any\nx: list[int] = []",
    "from dataclasses import dataclass\n@dataclass(frozen=True)\nclass A:\n    b: float = 0.0",
    "class A:\n    def __init__(self, x):\n        self.x, self._y = x, 0\n        self.x += 1\n"
    "    def __call__(self):\n        return self._y\n    def __repr__(self):\n        return 'A'",
    "class Net(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
    "        self.layer = torch.nn.Linear(2, 1)\n    def forward(self, x):\n"
    "        return self.layer(x)\nnet = Net()\nnet.eval()\nnet.train()",
    "class RMSProp(torch.optim.Optimizer):\n    @torch.no_grad()\n"
    "    def step(self, closure=None):\n"
    "        for group in self.param_groups:\n            for p in group['params']:\n"
    "                state = self.state[p]\n                state['square_avg'] = p.grad**2\n"
    "                p.data = p.data - p.grad\n                p.grad = None",
    "for group in optimizer.param_groups:\n    group['lr'] = 0.1",
    "network.load_state_dict(own['network'])\ngenerator.set_state(own['generator'])",
    "torch.manual_seed(0)\nnp.random.seed(0)\nrng = np.random.default_rng(0)",
    "torch.set_default_dtype(torch.float64)\nnp.set_printoptions(precision=3)",
    "plt.rcParams['figure.figsize'] = (6, 4)\nplt.rcParams.update({'font.size': 12})",
    "fig, ax = plt.subplots()\nax.set_title('Loss')\nfig.suptitle('x')\nplt.show()",
    "with np.errstate(all='ignore'):\n    x = np.float64(1.0) / 0",
    "assert np.allclose(average([1.0], 0.9), 0.1), 'my own test'\nnp.testing.assert_allclose(1, 1)",
    "if __name__ == '__main__':\n    print('done')",
    "import re\nre.compile('a')\nf = torch.compile(f)",
    "import os\nprint(os.getcwd(), os.path.join('a', 'b'))",
    "from pathlib import Path\nPath('x').name",
    "import time\nbegin = time.perf_counter()\nprint(f'{time.perf_counter() - begin:.1f} s')",
    "import warnings\nwarnings.filterwarnings('ignore')",
    "from scipy.signal import lfilter\nfrom scipy import signal\nsignal.lfilter([1], [1], x)",
    "from functools import partial, reduce\nfrom itertools import accumulate\nimport collections",
    "try:\n    step()\nexcept ValueError as error:\n    print(error.args, type(error))",
    "print(average.__name__, average.__doc__)\nhelp(average)",
    "from IPython.display import display, HTML, Math\ndisplay(Math('x'))",
    "import IPython.display as show",
    "%matplotlib inline\nimport numpy as np",
    "%config InlineBackend.figure_format = 'retina'",
    "%timeit average([1.0], 0.9)",
    "%timeit -n 10 -r 3 average([1.0], 0.9)",
    "%%time\naverage([1.0], 0.9)",
    "average?",
    "def f(values, sum=0, max=None):\n    sum = sum + 1\n    len = 3\n    return sum",
    "def f():\n    for max in range(3):\n        min = max\n    return min",
    "class Average:\n    def sum(self):\n        return 0\n    def max(self):\n        return 1",
    "class Setting:\n    type = 'average'\n    min, max = 0, 1",
    "totals = [sum for sum in (1, 2)]",
    "for _i in range(3):\n    print('again')",
    "state = model.state_dict()\nmodel.system = 1\nmodel.modules()\nkernel.kill = 2",
    "setattr(self, 'x', 1)",
    "def step(params",  # no Python
    "return 3",
    "",
    "# YOUR CODE HERE\nraise NotImplementedError",
    "\x00",
    "(" * 2000,
    "-" * 100_000 + "1",
]


@pytest.mark.parametrize(("code", "reason"), SUSPICIOUS.items())
def test_suspicious_code_is_named_with_what_it_uses(code, reason):
    found = suspicions([code])
    assert any(reason in one for one in found), found
    assert all(one.startswith("its code ") and "\n" not in one for one in found)


@pytest.mark.parametrize("code", HONEST)
def test_honest_code_gives_no_reason(code):
    assert suspicions([code]) == []


def test_the_solutions_of_all_assignments_give_no_reason():
    folder = shipped.assignments_folder()
    for path in sorted(folder.glob("source/*/*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        code = [cell for cell in cells if cell.cell_type == "code"]
        is_locked = [cell.metadata.get("nbgrader", {}).get("locked", False) for cell in code]
        answers = [cell.source for cell, locked in zip(code, is_locked, strict=True) if not locked]
        given_out = [cell.source for cell, locked in zip(code, is_locked, strict=True) if locked]
        assert suspicions(answers, (), given_out) == [], path.name


def test_a_reason_is_given_once():
    assert suspicions(["import socket\nimport socket", "import socket"]) == [
        "its code uses the network (import socket)"
    ]


def test_a_module_that_another_cell_imports_is_known():
    assert suspicions(["import numpy as n", "n.allclose = print"])
    assert not suspicions(["n.allclose = print"])


def test_a_cell_that_is_no_python_hides_no_other():
    assert suspicions(["def broken(", "import socket"])


OPTIMIZER = ["torch.optim.RMSprop", "rmsprop_course.torch_optim"]


@pytest.mark.parametrize(
    "code",
    [
        "torch.optim.RMSprop(p)",
        "import torch\nbase = torch.optim.RMSprop",
        "from torch.optim import RMSprop as R",
        "from torch import optim\noptim.RMSprop(p)",
        "import torch.optim as o\no.RMSprop(p)",
        "class Mine(torch.optim.RMSprop): pass",
        "import torch as t\nt.optim.RMSprop",
    ],
)
def test_what_the_assignment_asks_to_write_is_named(code):
    assert suspicions([code], OPTIMIZER) == [
        "its code uses torch.optim.RMSprop, which it should write itself"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "import rmsprop_course.torch_optim",
        "from rmsprop_course import torch_optim",
        "from rmsprop_course.torch_optim import RMSProp",
        "import rmsprop_course\nrmsprop_course.torch_optim.RMSProp",
    ],
)
def test_a_part_of_a_forbidden_module_is_forbidden_too(code):
    assert suspicions([code], OPTIMIZER) == [
        "its code uses rmsprop_course.torch_optim, which it should write itself"
    ]


@pytest.mark.parametrize(
    "code",
    [
        "class RMSprop(torch.optim.Optimizer): pass\nRMSprop(p)",
        "torch.optim.RMSprop2\ntorch.optim.SGD(p)\ntorch.optim.lr_scheduler.StepLR",
        "'torch.optim.RMSprop'",
        "from rmsprop_course import torch_networks",
    ],
)
def test_what_has_a_similar_name_is_allowed(code):
    assert suspicions([code], OPTIMIZER) == []


LOCKED = """assert average([1.0]) < 1, "shown"
shown = 1
### BEGIN HIDDEN TESTS
def true_average(values):
    return values

rng = 3
### END HIDDEN TESTS"""


def test_a_name_that_only_hidden_tests_define_is_named():
    found = suspicions(["def average(values):\n    return true_average(values)"], (), [LOCKED])
    assert found == ["its code uses true_average, which the hidden tests define"]


@pytest.mark.parametrize(
    "code",
    [
        "def true_average(values):\n    return values\ntrue_average([1])",
        "rng = 4\nprint(rng)",
        "def f(rng):\n    return rng",
        "print(shown, unknown)",
        "for rng in [1]:\n    print(rng)",
        "from random import Random as rng\nrng()",
        "'true_average'",
    ],
)
def test_names_of_the_students_own_or_shown_are_not(code):
    assert suspicions([code], (), [LOCKED]) == []


PIECES = ["%", "%%", "!", "?", "\n", "\r", "\f", "\t", "    ", "(", ")", "'", '"""', "\\", "\0"]
PIECES += [
    "def f():",
    "x",
    "=",
    "eval",
    "time ",
    "get_ipython()",
    ".",
    ",",
    "0",
    "\ud800",
    "é",
    "#",
]


@pytest.mark.filterwarnings("ignore:`make_tokens_by_line`")
@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=99))
def test_no_text_stops_it(code):
    assert isinstance(suspicions([code], OPTIMIZER, [code]), list)
