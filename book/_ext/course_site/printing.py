"""How a page prints: a style sheet for paper, and a script that turns a dark page light."""

from sphinx.application import Sphinx


def connect(app: Sphinx) -> None:
    """Add both to every page, after the theme's own."""
    app.add_css_file("print.css", priority=900, media="print")
    app.add_js_file("print.js", loading_method="defer")
