"""The pages of the library's reference: a directive that documents a module, public names alone.

How autodoc reads the docstrings stands here too; links to the reference are in `text_links`.
"""

import sys
from collections.abc import Iterator
from importlib import import_module
from inspect import isclass, isroutine
from types import ModuleType
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.pycode import ModuleAnalyzer
from sphinx.util.docutils import SphinxDirective

from rmsprop_course.numpy_optimizers import Optimizer

_FIELD = type(Optimizer.init)  # what a class has for each field of a NamedTuple


def connect(app: Sphinx) -> None:
    """Add the directive with its style sheet, and what it needs of autodoc."""
    app.setup_extension("sphinx.ext.autosummary")
    app.add_css_file("api.css")
    app.add_directive("reference", Reference)
    app.connect("autodoc-process-docstring", _read_comment, priority=600)
    app.connect("autodoc-skip-member", _skip_fields)


class Reference(SphinxDirective):
    """The docstring of a module, a table of its public names, and an entry for each of them.

    What the page itself says stands below the docstring.
    """

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Element]:
        """Return them as autodoc and autosummary make them."""
        module = import_module(self.arguments[0])
        names = public_names(module)
        lines = [f".. automodule:: {module.__name__}", "", *self.content, ""]
        if len(names) > 2:
            lines += [".. autosummary::", "   :nosignatures:", "", *(f"   {n}" for n in names), ""]
        for name in names:
            lines += _entry(module, name)
        found = self.parse_text_to_nodes("\n".join(lines))
        for node in found:
            node["module"] = module.__name__  # in which the names of this text are looked up
        return found


def public_names(module: ModuleType) -> list[str]:
    """Return what a module lists in ``__all__``, otherwise what it defines; classes come last."""
    names = getattr(module, "__all__", None) or [
        name
        for name, value in vars(module).items()
        if not name.startswith("_") and (_is_own(module, value) or _comment(module, name))
    ]
    return sorted(names, key=lambda name: isclass(getattr(module, name)))


def _is_own(module: ModuleType, value: object) -> bool:
    return (isclass(value) or isroutine(value)) and value.__module__ == module.__name__


def _comment(module: ModuleType, name: str) -> list[str]:
    """Lines of the string that stands below an assignment in the source."""
    return ModuleAnalyzer.for_module(module.__name__).find_attr_docs().get(("", name), [])


def _entry(module: ModuleType, name: str) -> Iterator[str]:
    value, where = getattr(module, name), f"{module.__name__}::{name}"
    if isclass(value):
        kind = "exception" if issubclass(value, BaseException) else "class"
        yield from (f".. auto{kind}:: {where}", "   :members:", "")
    elif isroutine(value):
        yield from (f".. autofunction:: {where}", "")
    else:
        yield from (f".. autodata:: {where}", "   :no-value:", "")
        if isinstance(value, Optimizer):
            yield from (f"   .. autofunction:: {where}.{field}\n" for field in value._fields)


def _read_comment(
    app: Sphinx, what: str, name: str, value: Any, options: Any, lines: list[str]
) -> None:
    """Describe data by the string below it, also where a package imports it from its module.

    Napoleon has worked before; it takes what stands before a colon for a type.
    """
    if what != "data":
        return
    package, _, short = name.rpartition(".")
    below = [m for key, m in sys.modules.items() if f"{key}.".startswith(f"{package}.")]
    owners = (module for module in below if vars(module).get(short) is value)
    lines[:] = next(filter(None, (_comment(module, short) for module in owners)), [])


def _skip_fields(
    app: Sphinx, what: str, name: str, member: Any, skip: bool, options: Any
) -> bool | None:
    """Leave out a NamedTuple's fields: its docstring describes them."""
    return True if isinstance(member, _FIELD) else None
