"""Figures of the lessons: each has an address of its own, the id of its cell in the notebook."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxTranslator
from sphinx.util.logging import getLogger

_LINK = (
    '<a class="figure-link" href="#{}" title="Link to this figure"'
    ' aria-label="Link to this figure">#</a>'
)

_Visit = Callable[[SphinxTranslator, nodes.Element], None]


class CellFigure(nodes.General, nodes.Element):  # type: ignore[misc] # docutils ships no types
    """What a cell shows, with its description if it has one below."""


class CellCaption(nodes.General, nodes.Element):  # type: ignore[misc] # docutils ships no types
    """The description of a figure."""


def connect(app: Sphinx) -> None:
    """Make figures of the pictures that the outputs of the cells have become."""
    app.add_node(CellFigure, html=(_open("figure"), _close("figure")))
    app.add_node(CellCaption, html=(_open("figcaption"), _close("figcaption")))
    app.connect("doctree-resolved", _make_figures)


def _open(tag: str) -> _Visit:
    def visit(translator: SphinxTranslator, node: nodes.Element) -> None:
        translator.body.append(translator.starttag(node, tag))

    return visit


def _close(tag: str) -> _Visit:
    def depart(translator: SphinxTranslator, node: nodes.Element) -> None:
        translator.body.append(f"</{tag}>\n")

    return depart


def _make_figures(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    source = Path(app.env.doc2path(docname))
    if source.suffix != ".ipynb":
        return
    cells = json.loads(source.read_text(encoding="utf-8"))["cells"]
    taken = {name for node in doctree.findall(nodes.Element) for name in node["ids"]}
    for index, output, picture in list(_pictures(doctree)):
        name = cells[index]["id"]
        if name in taken:
            getLogger(__name__).warning("%s: two elements have the id %s", docname, name)
        taken.add(name)
        _make_figure(output, picture, name)


def _pictures(doctree: nodes.document) -> Iterator[tuple[int, nodes.Element, nodes.Node]]:
    """Yield a cell's place in the notebook, the element of its output, and the picture in it."""
    for cell in doctree.findall(nodes.container):
        if "cell_index" in cell:
            for output in cell.findall(nodes.container):
                pictures = filter(_is_picture, output)
                yield from ((cell["cell_index"], output, picture) for picture in pictures)


def _is_picture(node: nodes.Node) -> bool:
    """Whether it is an image, or HTML with one in it, as the still of a live figure."""
    return isinstance(node, nodes.image) or (
        isinstance(node, nodes.raw) and "<img" in node.astext()
    )


def _make_figure(output: nodes.Element, picture: nodes.Node, name: str) -> None:
    start = output.index(picture)
    link = nodes.raw("", _LINK.format(name), format="html")
    figure = CellFigure("", picture, ids=[name], classes=["cell-figure"])
    description = output[start + 1 : start + 2]
    if description and isinstance(description[0], nodes.paragraph):
        description[0] += link
        figure += CellCaption("", *description)
    else:
        description = []
        figure += link
    output[start : start + 1 + len(description)] = [figure]
