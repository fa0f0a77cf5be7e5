"""Links between code cells and the reference, with sphinx-codeautolink.

It makes the links of code cells; here they are mended where the name is that of an entry itself,
and each entry gets the list of the lessons whose code leads to it.
"""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.ext.doctest import doctestopt_re

from course_site.reference.text_links import documented, entries

_LESSONS = "notebooks/"


def connect(app: Sphinx) -> None:
    """Work before and after sphinx-codeautolink does."""
    names = EntriesByName()
    app.connect("env-updated", names.find, priority=400)
    app.connect("env-updated", names.keep, priority=600)
    app.connect("doctree-resolved", _list_lessons)


class EntriesByName:
    """Names in code that are those of entries, and no others.

    sphinx-codeautolink goes by types. It would take ``rmsprop.step`` for no more than a field of
    `Optimizer`, and link every variable to the class of what it holds.
    """

    def __init__(self) -> None:
        self._direct: list[tuple[Any, Any, str]] = []

    def find(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Note the names that are entries as they stand."""
        known = documented(env)
        self._direct = [
            (block, name, whole)
            for block in _blocks(env)
            for name in block.names
            if (whole := ".".join(name.import_components)) in known
        ]
        for block in _blocks(env):  # which Sphinx shows without the flags of a doctest
            block.source = doctestopt_re.sub("", block.source)

    def keep(self, app: Sphinx, env: BuildEnvironment) -> None:
        """Keep these and the methods that were found, by the names that the reference has."""
        public = {(entry.document, entry.anchor): name for name, entry in documented(env).items()}
        for block, name, whole in self._direct:
            name.resolved_location = whole
            if name not in block.names:
                block.names.append(name)
        for block in _blocks(env):
            for name in block.names:
                entry = entries(env)[name.resolved_location]
                name.resolved_location = public[entry.docname, entry.node_id]
            block.names = [name for name in block.names if _says_its_entry(name)]


def _says_its_entry(name: Any) -> bool:
    said, entry = (whole.rpartition(".")[2] for whole in (name.code_str, name.resolved_location))
    return bool(said == entry)


def _blocks(env: BuildEnvironment, folder: str = "") -> Iterator[Any]:
    """Blocks of code that sphinx-codeautolink has read; it reads them for HTML alone."""
    by_document: dict[str, list[Any]] = getattr(env, "sphinx_codeautolink_transforms", {})
    for document, blocks in sorted(by_document.items()):
        if document.startswith(folder):
            yield from blocks


def _list_lessons(app: Sphinx, tree: nodes.document, here: str) -> None:
    """Say in each entry in which lessons it is used."""
    builder = app.builder
    for content in list(tree.findall(addnodes.desc_content)):
        links = [
            nodes.reference(
                text=PurePosixPath(document).name.partition("_")[0],
                internal=True,
                refuri=f"{builder.get_relative_uri(here, document)}#{section}",
            )
            for document, section in _first_uses(app.env, _names(content)).items()
        ]
        if links:
            content += _sentence(links)


def _names(content: addnodes.desc_content) -> set[str]:
    signatures = content.parent.findall(addnodes.desc_signature)
    return {name for one in signatures if one.parent is content.parent for name in one["ids"]}


def _first_uses(env: BuildEnvironment, names: set[str]) -> dict[str, str]:
    """Lessons in whose code one of the names occurs, and the section where it does first."""
    uses = dict[str, str]()
    for block in _blocks(env, _LESSONS):
        if any(name.resolved_location in names for name in block.names):
            uses.setdefault(block.example.document, block.example.ref_id)
    return uses


def _sentence(links: list[nodes.reference]) -> nodes.paragraph:
    start = "Used in lesson " if len(links) == 1 else "Used in lessons "
    paragraph = nodes.paragraph("", start, classes=["used-in-lessons"])
    for link in links:
        paragraph += [link, nodes.Text(", ")]
    paragraph[-1] = nodes.Text(".")
    return paragraph
