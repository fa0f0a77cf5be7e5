"""Who may import what, what an import costs, and how the package is cut into files."""

import ast
import functools
import json
import re
import subprocess
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "rmsprop_course"
BASE = {"click", "numpy", "rmsprop_course"}
HEAVY = {"IPython", "ipywidgets", "matplotlib", "numba", "scipy", "sklearn", "sympy", "torch"}
NEEDS_NUMPY_ALONE = {
    "rmsprop_course",
    "rmsprop_course.analysis",
    "rmsprop_course.checks",
    "rmsprop_course.cli",
    "rmsprop_course.conventions",
    "rmsprop_course.descent",
    "rmsprop_course.explorers",
    "rmsprop_course.imbalance",
    "rmsprop_course.literature",
    "rmsprop_course.moving_average",
    "rmsprop_course.networks",
    "rmsprop_course.numpy_optimizers",
    "rmsprop_course.objectives",
    "rmsprop_course.progress",
    "rmsprop_course.training",
}


def in_fresh_python(code: str):
    """What `code` prints as JSON in a new interpreter."""
    command = [sys.executable, "-c", textwrap.dedent(code)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert process.returncode == 0, process.stderr
    return json.loads(process.stdout)


def module_names() -> list[str]:
    parts = [path.relative_to(ROOT).with_suffix("").parts for path in PACKAGE.rglob("*.py")]
    names = [".".join(part for part in names if part != "__init__") for names in parts]
    return sorted(name for name in names if not name.endswith("__main__"))


def test_imports_keep_the_contracts():
    config = str(ROOT / "pyproject.toml")
    assert lint_imports(config_filename=config, no_cache=True, no_logo=True) == EXIT_STATUS_SUCCESS


def test_the_modules_that_need_numpy_alone_load_nothing_heavier():
    loaded = in_fresh_python(f"""
        import importlib, json, sys
        for name in {sorted(NEEDS_NUMPY_ALONE)}:
            importlib.import_module(name)
        print(json.dumps(sorted({{name.partition(".")[0] for name in sys.modules}})))
    """)
    assert "numpy" in loaded
    assert HEAVY.isdisjoint(loaded)


@pytest.fixture(scope="module")
def without_extras() -> dict[str, str]:
    """What each module says when only the base packages are there; "" where it imports."""
    return in_fresh_python(f"""
        import importlib, json, sys
        from importlib import metadata

        import click, numpy

        missing = set(metadata.packages_distributions()) - {BASE} - sys.stdlib_module_names

        class Missing:
            def find_spec(self, name, path=None, target=None):
                if name.partition(".")[0] in missing:
                    raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

        sys.meta_path.insert(0, Missing())
        said = dict.fromkeys({module_names()}, "")
        for name in said:
            try:
                importlib.import_module(name)
            except ModuleNotFoundError as error:
                said[name] = str(error)
        print(json.dumps(said))
    """)


def test_the_ground_floor_and_the_command_line_need_no_extra(without_extras):
    said = {name: without_extras[name] for name in NEEDS_NUMPY_ALONE}
    assert said == dict.fromkeys(NEEDS_NUMPY_ALONE, "")


@functools.cache
def modules_by_distribution() -> dict[str, set[str]]:
    modules = defaultdict(set)
    for module, distributions in metadata.packages_distributions().items():
        for distribution in distributions:
            modules[canonicalize_name(distribution)].add(module)
    return modules


def modules_of(extra: str) -> set[str]:
    """The top-level modules that an extra brings, those of the extras in it too."""
    modules = set()
    for requirement in map(Requirement, metadata.requires("rmsprop-course")):
        if requirement.marker and requirement.marker.evaluate({"extra": extra}):
            modules |= modules_by_distribution()[canonicalize_name(requirement.name)]
            modules = modules.union(*map(modules_of, requirement.extras))
    return modules


def test_a_module_whose_extra_is_missing_names_it(without_extras):
    messages = {name: text for name, text in without_extras.items() if text}
    assert "rmsprop_course.figures" in messages
    for name, text in messages.items():
        match = re.fullmatch(r'(\w+) is not installed: pip install "rmsprop-course\[(\w+)\]"', text)
        assert match, f"{name} says {text!r}"
        assert match[1] in modules_of(match[2]), f"{name} says {text!r}"


def imports_optional_package(node: ast.AST) -> bool:
    match node:
        case ast.Import(names=aliases):
            modules = [alias.name for alias in aliases]
        case ast.ImportFrom(module=str(module), level=0):
            modules = [module]
        case _:
            modules = []
    roots = {module.partition(".")[0] for module in modules}
    return not roots <= BASE | sys.stdlib_module_names


def expects_missing_package(node: ast.AST) -> bool:
    """Whether the node is `with extra(…):` or `try: … except ModuleNotFoundError:`."""
    if isinstance(node, ast.With):
        return any(ast.unparse(item).startswith("extra(") for item in node.items)
    handlers = node.handlers if isinstance(node, ast.Try) else []
    return any("ModuleNotFoundError" in ast.unparse(h.type) for h in handlers if h.type)


def unexpected_imports(node: ast.AST) -> Iterator[str]:
    """The imports below a node that would end in a bare "No module named …"."""
    if imports_optional_package(node):
        yield ast.unparse(node)
    if not expects_missing_package(node):
        for child in ast.iter_child_nodes(node):
            yield from unexpected_imports(child)


def test_an_optional_package_is_imported_where_its_absence_is_expected():
    found = {
        str(path.relative_to(ROOT)): list(unexpected_imports(ast.parse(path.read_text("utf-8"))))
        for path in PACKAGE.rglob("*.py")
    }
    assert {path: imports for path, imports in found.items() if imports} == {}


def test_no_module_is_longer_than_400_lines():
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text("utf-8").splitlines())
        for path in PACKAGE.rglob("*.py")
    }
    assert {path: length for path, length in lengths.items() if length > 400} == {}


def test_no_module_is_a_drawer_for_leftovers():
    leftovers = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert leftovers.isdisjoint(part for name in module_names() for part in name.split("."))


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").is_file()
