"""Markup of Sphinx and its theme that a screen reader or a browser takes in a wrong way."""

import re
from typing import Any

from sphinx.application import Sphinx

_REPAIRS = (
    # A signature of several lines is no list of definitions.
    (re.compile(r"<dl>\n((?:<dd>.*</dd>\n)+)</dl>"), r'<span class="sig-lines">\n\1</span>'),
    (re.compile(r"^<dd>(<(?:em|span) class=\"sig-param\">.*)</dd>$", re.M), r"<span>\1</span>"),
    # The arrow that unfolds a chapter in the table of contents has no name.
    (
        re.compile(r">([^<>]+)(</a><details[^>]*><summary)(?=><span class=\"toctree-toggle\")"),
        r'>\1\2 aria-label="Pages of \1"',
    ),
    # Doctest wants an empty line at the end of an example in Markdown.
    (re.compile(r"\n(?=\n</pre>)"), ""),
    # A server may send a notebook as text, which a browser shows instead of saving it.
    (re.compile(r"(?=class=\"[^\"]*btn-download-source-button)"), "download "),
)


def connect(app: Sphinx) -> None:
    """Offer the repairs to the templates."""
    app.connect("html-page-context", _offer)


def _offer(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    context["repaired"] = repaired


def repaired(markup: str) -> str:
    """Return the markup of a page with all repairs made."""
    for fault, mended in _REPAIRS:
        markup = fault.sub(mended, markup)
    return markup
