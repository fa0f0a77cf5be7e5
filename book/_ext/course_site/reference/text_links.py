"""Links in text to the reference: from the name of something documented to its entry.

Outside the reference a name needs a dot, and as much before it as makes it unambiguous:
``descent.run`` is a link, ``run`` is not. In an entry, names are those that its module knows, apart
from the entry's own parameters. Links in code cells are in `code_links`.
"""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.python import ObjectEntry, PythonDomain
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

_PACKAGE = "rmsprop_course"
_REFERENCE = "book/api/"
_WORD = re.compile(r"([A-Za-z_][\w.]*\w)")
_WITHOUT_LINKS = (nodes.title, nodes.reference, nodes.rubric, addnodes.desc_signature)


def connect(app: Sphinx) -> None:
    """Make the links when all pages have been read."""
    app.add_post_transform(NamesInText)


class Target(NamedTuple):
    """Where something is documented: an entry of the library, or a command."""

    name: str
    kind: str
    document: str
    anchor: str


class Scope(NamedTuple):
    """Where in the reference a text stands: what surrounds it, and names of parameters there."""

    within: tuple[str, ...]
    parameters: frozenset[str]


def entries(env: BuildEnvironment) -> dict[str, ObjectEntry]:
    """Return the entries of the library, also by the names of the modules that hold the code."""
    return cast(PythonDomain, env.get_domain("py")).objects


def documented(env: BuildEnvironment) -> dict[str, Target]:
    """Return everything documented, by the whole name under which it is imported."""
    found = {
        name: Target(name, entry.objtype, entry.docname, entry.node_id)
        for name, entry in entries(env).items()
        if not entry.aliased
    }
    labels: dict[str, tuple[str, str, str]] = env.domaindata["std"]["labels"]
    commands = {name: where for name, where in labels.items() if name.startswith("rmsprop-course")}
    return found | {name: Target(name, "command", *at[:2]) for name, at in commands.items()}


class NamesInText(SphinxPostTransform):
    """Makes links of names in text, and of classes among the types of parameters."""

    default_priority = 20  # after what a page itself refers to

    def run(self, **options: Any) -> None:
        """Replace the names of one page."""
        self._targets = documented(self.env)
        if self.env.docname.startswith(_REFERENCE):
            self.document["module"] = _PACKAGE
        for literal in list(self.document.findall(nodes.literal)):
            scope = _scope(literal)
            target = self._find(literal.astext().removesuffix("()"), scope)
            if target is None or target.name in scope.within[:1]:
                continue  # an entry does not lead to itself
            if not any(isinstance(node, _WITHOUT_LINKS) for node in _around(literal)):
                literal.replace_self(self._link(target, literal.deepcopy()))
        for type_ in list(self.document.findall(_is_type)):
            pieces = list(self._with_classes_linked(type_.astext(), _scope(type_)))
            type_.clear()
            type_ += pieces

    def _find(self, name: str, scope: Scope) -> Target | None:
        if name in scope.parameters:
            return None
        for whole in (*(f"{within}.{name}" for within in scope.within), name):
            if whole in self._targets:
                return self._targets[whole]
        return self._by_end(name) if "." in name else None

    def _by_end(self, name: str) -> Target | None:
        """Return what ends in this name, if it is one thing."""
        found = [target for whole, target in self._targets.items() if whole.endswith(f".{name}")]
        return found[0] if len(found) == 1 else None

    def _with_classes_linked(self, text: str, scope: Scope) -> Iterator[nodes.Node]:
        for piece in _WORD.split(text):
            target = None
            if piece[:1].isupper():
                target = self._find(piece, scope) or self._by_end(piece)
            if target and target.kind in ("class", "exception"):
                yield self._link(target, nodes.inline(text=piece))
            elif piece:
                yield nodes.Text(piece)

    def _link(self, target: Target, child: nodes.Node) -> nodes.reference:
        where, builder = (target.document, target.anchor), self.app.builder
        return make_refnode(builder, self.env.docname, *where, child, target.name)


def _around(node: nodes.Node) -> Iterator[nodes.Element]:
    while (node := node.parent) is not None:
        yield node


def _is_type(node: nodes.Node) -> bool:
    """Tell whether napoleon has made this of a type."""
    if not isinstance(node, nodes.emphasis):
        return False
    above = [type(element) for element in _around(node)]
    return nodes.field_body in above and addnodes.desc_content in above


def _scope(node: nodes.Node) -> Scope:
    within, parameters = list[str](), set[str]()
    for element in _around(node):
        if isinstance(element, addnodes.desc):
            for signature in element.findall(addnodes.desc_signature):
                if signature.parent is element:
                    within.append(f"{signature['module']}.{signature['fullname']}")
                    names = signature.findall(addnodes.desc_parameter)
                    parameters |= {name.astext().partition("=")[0].strip("*") for name in names}
        if module := element.get("module"):
            within += [module, module.rpartition(".")[0]]
    return Scope(tuple(within), frozenset(parameters))
