"""Formulas: no line breaks before the comma that follows one, and wide ones scroll by keyboard."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform

_LAST_WORD = re.compile(r"\S*\Z")
_FIRST_WORD = re.compile(r"\A\S*")


class KeepTogether(SphinxPostTransform):
    """Put a formula and what touches it on both sides into one element, ``span.unbroken``."""

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        """Go through all formulas that stand in text."""
        for formula in list(self.document.findall(nodes.math)):
            before = _cut(_neighbor(formula, -1), _LAST_WORD)
            after = _cut(_neighbor(formula, +1), _FIRST_WORD)
            if before or after:
                together = nodes.inline("", classes=["unbroken"])
                formula.replace_self(together)
                together += [nodes.Text(before), formula, nodes.Text(after)]


def _neighbor(node: nodes.Node, step: int) -> nodes.Node | None:
    siblings = node.parent.children
    index = siblings.index(node) + step
    return siblings[index] if 0 <= index < len(siblings) else None


def _cut(text: nodes.Node | None, word: re.Pattern[str]) -> str:
    """Take the word at one end of a text away, and return it; other nodes stay as they are."""
    if not isinstance(text, nodes.Text):
        return ""
    found = word.search(text.astext())
    if found is None or not found[0]:
        return ""
    text.parent.replace(text, nodes.Text(word.sub("", text.astext(), count=1)))
    return found[0]


def connect(app: Sphinx) -> None:
    """Change documents before they are written, and add the script."""
    app.add_post_transform(KeepTogether)
    app.add_js_file("formulas.js", loading_method="defer")
