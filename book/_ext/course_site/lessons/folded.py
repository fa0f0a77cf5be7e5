"""Folded cells: what the line that opens one says, on the page and to a screen reader."""

import html
from typing import Any

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode, depart_HideCellInput
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxTranslator


class NameSolutions(SphinxPostTransform):
    """A solution is called so; other cells hide no more than code."""

    default_priority = 198  # MyST-NB folds cells at 199
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Name the folded part of each cell with the tag ``solution``."""
        for cell in self.document.findall(nodes.container):
            if "tag_solution" in cell["classes"]:
                cell["prompt_show"], cell["prompt_hide"] = "Show solution", "Hide solution"


def _open(translator: SphinxTranslator, node: HideCodeCellNode) -> None:
    """Write what MyST-NB does, without a label that hides these words from a screen reader."""
    classes = " ".join(["admonition", "hide", *node["classes"]])
    lines = [("collapsed", node["prompt_show"]), ("expanded", node["prompt_hide"])]
    words = "".join(
        f'<p class="{state} admonition-title">{html.escape(prompt)}</p>' for state, prompt in lines
    )
    translator.body.append(f'<details class="{classes}">\n<summary>{words}</summary>\n')


def connect(app: Sphinx) -> None:
    """Take the place of what MyST-NB writes."""
    app.add_node(HideCodeCellNode, override=True, html=(_open, depart_HideCellInput))
    app.add_post_transform(NameSolutions)
