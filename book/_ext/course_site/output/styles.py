"""Style sheets beside site.css: one for paper on every page, and those that only one page needs."""

from typing import Any

from sphinx.application import Sphinx

_STYLES = {
    "404": "not_found.css",
    "book/glossary": "glossary.css",
    "book/index": "landing.css",
}


def connect(app: Sphinx) -> None:
    """Add that for paper after the theme's own, and a page's sheet when the page is written."""
    app.add_css_file("print.css", priority=900, media="print")
    app.add_js_file("print.js", loading_method="defer")  # paper is white: no page prints dark
    app.connect("html-page-context", _add)


def _add(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if page in _STYLES:
        app.add_css_file(_STYLES[page])
