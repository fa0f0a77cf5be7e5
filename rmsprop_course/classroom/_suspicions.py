"""What a person should see before the points of a submission count, found by reading its code.

It is no proof of anything: nothing here changes a point. A submission that is right has no need of
what is looked for.
"""

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence

from rmsprop_course._extras import extra
from rmsprop_course.classroom._seeds import hidden_tests, without_hidden_tests

with extra("classroom"):
    from IPython.core.inputtransformer2 import TransformerManager

# What is used to look into, or to change, the program that the tests run in.
_NAMES = {
    "__builtins__": "the built-in functions",
    "__import__": "imports by hand",
    "_ih": "the cells that were run",
    "_i": "the cells that were run",
    "In": "the cells that were run",
    "compile": "compiled code",
    "eval": "code in text",
    "exec": "code in text",
    "get_ipython": "IPython itself",
    "globals": "names by hand",
    "locals": "names by hand",
    "vars": "names by hand",
}
_MODULES = {
    "IPython": "IPython itself",
    "atexit": "the end of the program",
    "builtins": "the built-in functions",
    "ctypes": "the memory of the program",
    "faulthandler": "the end of the program",
    "gc": "the objects of the program",
    "importlib": "imports by hand",
    "inspect": "the code that calls it",
    "ipykernel": "the kernel",
    "multiprocessing": "other processes",
    "pickle": "code in data",
    "signal": "signals",
    "socket": "the network",
    "subprocess": "other processes",
    "urllib": "the network",
    "requests": "the network",
    "http": "the network",
    "zmq": "the kernel",
}
_ATTRIBUTES = {
    "__closure__": "the insides of functions",
    "__code__": "the insides of functions",
    "__dict__": "names by hand",
    "__globals__": "the insides of functions",
    "__subclasses__": "the objects of the program",
    "_exit": "the end of the process",
    "_getframe": "the code that calls it",
    "abort": "the end of the process",
    "fork": "other processes",
    "kill": "other processes",
    "killpg": "other processes",
    "modules": "the modules that are loaded",
    "popen": "other processes",
    "set_custom_exc": "how errors are reported",
    "setprofile": "the code that calls it",
    "settrace": "the code that calls it",
    "system": "other processes",
}
_FRAMES = {"ag_frame", "cr_frame", "f_back", "f_builtins", "f_globals", "f_locals", "gi_frame"}
_FRAMES |= {"tb_frame", "tb_next"}
_TOOLS = {"np": "numpy", "numpy": "numpy", "torch": "torch"}  # which the assignments import
_OPTIONS = re.compile(r"^(-\w+( \d+)? +)+")
_RUNNING = {"capture", "time", "timeit"}  # IPython's commands that run a cell's own code
_SHOWING = {"config", "html", "latex", "markdown", "matplotlib", "pinfo", "pinfo2", "svg"}
_COMPARISONS = {"__array__", "__array_function__", "__array_ufunc__", "__bool__", "__float__"}
_COMPARISONS |= {"__eq__", "__ge__", "__gt__", "__le__", "__lt__", "__ne__"}
_BUILT_IN = {"abs", "all", "any", "float", "int", "isinstance", "len", "max", "min", "round", "sum"}
_BUILT_IN |= {"AssertionError", "Exception", "BaseException", "type", "range", "zip"}


def suspicions(
    sources: Iterable[str], forbidden: Sequence[str] = (), locked: Iterable[str] = ()
) -> list[str]:
    r"""Return the reasons to look at code, in sentences, each once.

    Parameters
    ----------
    sources : iterable of str
        The cells that a student wrote. What is no Python has no effect and is left out.
    forbidden : sequence of str
        Whole names of what the assignment asks to write, such as ``torch.optim.RMSprop``.
    locked : iterable of str
        The assignment's own cells with their hidden tests. What these alone define, no answer can
        know but from the public sources.

    Examples
    --------
    >>> suspicions(["import numpy as np", "np.allclose = lambda *given: True"])
    ['its code sets np.allclose']
    >>> suspicions(["from torch.optim import RMSprop"], ["torch.optim.RMSprop"])
    ['its code uses torch.optim.RMSprop, which it should write itself']
    >>> suspicions(["def mean(values):\n    return sum(values) / len(values)"])
    []
    """
    trees = [tree for tree in map(_tree, sources) if tree]
    modules: dict[str, str] = dict(_TOOLS)
    for tree in trees:
        modules |= _imported(tree)
    own = set[str]().union(*map(_bound, trees))
    found: dict[str, None] = {}
    for tree in trees:
        for node in _nodes(tree):
            if isinstance(node, ast.Name) and node.id == "_i" and "_i" in own:
                continue  # a variable that nobody uses, as many write it
            found |= dict.fromkeys(_of(node, modules))
            found |= dict.fromkeys(_of_forbidden(node, modules, forbidden))
        found |= dict.fromkeys(f"its code replaces {name}" for name in _replaced(tree))
    for name in sorted(_borrowed(trees, list(locked))):
        found[f"its code uses {name}, which the hidden tests define"] = None
    return list(found)


def _tree(source: str) -> ast.AST | None:
    """Return what IPython makes of a cell, None where that is no Python."""
    try:
        with warnings.catch_warnings(action="ignore"):  # about odd ends of lines
            return ast.parse(TransformerManager().transform_cell(source))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _nodes(tree: ast.AST) -> Iterator[ast.AST]:
    """Yield all pieces of code, those in IPython's harmless commands instead of the commands."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Call(func=ast.Name(id="get_ipython"))),
                args=[ast.Constant(value=str(command)), *texts],
            ) if command in _RUNNING | _SHOWING:
                if command in _RUNNING:
                    waiting += filter(None, map(_tree, _texts(texts)))
            case _:
                yield node
                waiting += reversed(list(ast.iter_child_nodes(node)))


def _texts(nodes: Iterable[ast.AST]) -> Iterator[str]:
    """Yield the texts among constants, without the options of a command."""
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield _OPTIONS.sub("", node.value)


def _imported(tree: ast.AST) -> dict[str, str]:
    """Return the names by which code knows what it imports, and the whole names of that."""
    known = {}
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names):
                for name in names:
                    top = name.name.partition(".")[0]
                    known[name.asname or top] = name.name if name.asname else top
            case ast.ImportFrom(module=str(module), names=names):
                known |= {name.asname or name.name: f"{module}.{name.name}" for name in names}
    return known


def _borrowed(trees: Iterable[ast.AST], locked: Iterable[str]) -> set[str]:
    """Return the names that code uses, though only hidden tests give them a meaning."""
    shown = [tree for text in locked for tree in [_tree(without_hidden_tests(text))] if tree]
    hidden = [tree for text in locked for tree in map(_tree, hidden_tests(text)) if tree]
    bound = set[str]().union(*map(_bound, [*trees, *shown]))
    used = {node.id for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return (used - bound) & set[str]().union(*map(_bound, hidden))


def _bound(tree: ast.AST) -> set[str]:
    """Return the names that code gives a meaning to, anywhere in it."""
    names = set(_imported(tree))
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.arg(arg=name):
                names.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
            case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)):
                names.add(name)
    return names


def _of(node: ast.AST, modules: Mapping[str, str]) -> Iterator[str]:
    """Return the reasons that one piece of code gives."""
    match node:
        case ast.Name(id=name) if name in _NAMES:
            yield f"its code uses {_NAMES[name]} ({name})"
        case ast.Attribute(attr=name) if name in _FRAMES:
            yield f"its code uses the code that calls it ({name})"
        case ast.Attribute(attr=name) if name in _ATTRIBUTES:
            if name.startswith("_") or _begins(node, modules):
                yield f"its code uses {_ATTRIBUTES[name]} ({ast.unparse(node)[:60]})"
        case ast.Import(names=names):
            yield from _of_imports(name.name for name in names)
        case ast.ImportFrom(module=str(module), names=names):
            yield from _of_imports(f"{module}.{name.name}" for name in names)
        case ast.Attribute(ctx=ast.Store() | ast.Del()):
            if node.attr.startswith("__") or _begins(node, modules):
                yield f"its code sets {ast.unparse(node)[:60]}"
        case ast.Call(func=ast.Name(id="setattr" | "delattr"), args=[target, *_]):
            if not (isinstance(target, ast.Name) and target.id == "self"):
                yield f"its code sets {ast.unparse(target)[:60]}.…"
        case ast.FunctionDef(name=name) | ast.Name(id=name) if name in _COMPARISONS:
            yield f"its code defines how its results compare ({name})"


def _chain(node: ast.AST) -> list[str]:
    """Return the names of ``a.b.c``, none if it begins with something else than a name."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


def _begins(node: ast.Attribute, modules: Mapping[str, str]) -> bool:
    """Tell whether ``a.b.c`` begins with something that was imported."""
    return _chain(node)[:1] in [[name] for name in modules]


def _of_imports(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        top, _, rest = name.partition(".")
        if top in _MODULES and not name.startswith("IPython.display"):
            yield f"its code uses {_MODULES[top]} (import {top})"
        elif rest in _ATTRIBUTES:
            yield f"its code uses {_ATTRIBUTES[rest]} ({name})"


def _of_forbidden(
    node: ast.AST, modules: Mapping[str, str], forbidden: Sequence[str]
) -> Iterator[str]:
    """Return what is imported, or named, of the things that are to be written."""
    match node:
        case ast.Import(names=names):
            used = [name.name for name in names]
        case ast.ImportFrom(module=str(module), names=names):
            used = [f"{module}.{name.name}" for name in names]
        case ast.Name(id=name) if name in modules:
            used = [modules[name]]
        case ast.Attribute():
            first, *rest = _chain(node) or [""]
            used = [".".join([modules.get(first, first), *rest])]
        case _:
            used = []
    for name in forbidden:
        if any(one == name or one.startswith(f"{name}.") for one in used):
            yield f"its code uses {name}, which it should write itself"


def _replaced(tree: ast.AST) -> Iterator[str]:
    """Yield the built-in names that code gives another meaning, but for local variables."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        match node:
            case ast.Name(id=name, ctx=ast.Store() | ast.Del()) if name in _BUILT_IN:
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                if name in _BUILT_IN:
                    yield name
                declared = [part for part in ast.walk(node) if isinstance(part, ast.Global)]
                yield from _BUILT_IN & {name for part in declared for name in part.names}
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp():
                pass
            case ast.GeneratorExp():
                pass
            case _:
                waiting += ast.iter_child_nodes(node)
