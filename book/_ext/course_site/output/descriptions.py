"""What a page says of itself to search engines and to those who share a link to it.

The description is the field `description` of a page's front matter, else the page's first
paragraph; of a page that Sphinx makes it stands here. It is plain text.
"""

import html
import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from rmsprop_course.literature import SYMBOLS

LONGEST = 200  # characters; search engines show fewer
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+")
_MADE_BY_SPHINX = {
    "404": "There is no page at this address. Search the RMSProp course, or choose a lesson.",
    "genindex": "Every function, class and setting of rmsprop_course, and every term of the "
    "RMSProp course, from A to Z.",
    "search": "Search the RMSProp course: its lessons, its glossary and its library's reference.",
}
_SYMBOLS = {tex: entry.name for entry in SYMBOLS for tex in entry.spellings if tex[0] == "\\"}


def connect(app: Sphinx) -> None:
    """Add the description when a page is written."""
    app.connect("html-page-context", _describe)


def _describe(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    said = _MADE_BY_SPHINX.get(page, "") if tree is None else description(app, page, tree)
    if not said:
        return
    title = _plain_title(context.get("title", ""))
    tags = [
        ("name", "description", said),
        ("property", "og:type", "website" if page == app.config.root_doc else "article"),
        ("property", "og:site_name", app.config.html_title),
        ("property", "og:title", title),
        ("property", "og:description", said),
    ]
    if app.config.html_baseurl:
        address = app.config.html_baseurl + app.builder.get_target_uri(page)
        tags.append(("property", "og:url", address))
    context["metatags"] = context.get("metatags", "") + "".join(
        f'\n<meta {kind}="{name}" content="{html.escape(value)}" />' for kind, name, value in tags
    )


def _plain_title(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]+>", "", markup))


def description(app: Sphinx, page: str, tree: nodes.document) -> str:
    """Return what the page says of itself, of its sentences as many as fit."""
    written = app.env.metadata.get(page, {}).get("description")
    if written:
        return shortened(written)
    return shortened(next(map(plain, tree.findall(_is_text)), ""))


def _is_text(node: nodes.Node) -> bool:
    return isinstance(node, nodes.paragraph) and isinstance(node.parent, nodes.section)


def plain(node: nodes.Node) -> str:
    """Return the text of a node, its formulas in the symbols of the glossary."""
    if isinstance(node, nodes.math):
        return _without_tex(node.astext())
    if isinstance(node, nodes.Text):
        return str(node.astext())
    return "".join(map(plain, node.children))


def _without_tex(formula: str) -> str:
    r"""Write a formula of a few letters without TeX.

    Examples
    --------
    >>> _without_tex(r"\eta"), _without_tex(r"\sqrt v")
    ('η', '√v')
    """
    for tex, symbol in _SYMBOLS.items():
        formula = formula.replace(tex, symbol)
    return re.sub(r"\\sqrt\s*", "√", formula)


def shortened(text: str) -> str:
    """Return the first sentences that fit, or the first words and an ellipsis.

    Examples
    --------
    >>> shortened(f"A {30 * 'long '}sentence. {20 * 'Another '}")[-14:]
    'long sentence.'
    >>> shortened(50 * "word ")[-10:]
    'word word…'
    """
    text = " ".join(text.split())
    if len(text) <= LONGEST:
        return text
    ends = [end.start() for end in _SENTENCE_END.finditer(text) if end.start() <= LONGEST]
    if ends and ends[-1] >= LONGEST / 2:
        return text[: ends[-1]]
    return text[: text.rindex(" ", 0, LONGEST)] + "…"
