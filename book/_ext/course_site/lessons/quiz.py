"""The script that makes a quiz answer on the page."""

from sphinx.application import Sphinx


def connect(app: Sphinx) -> None:
    """Add it; ``output.scripts`` keeps it on pages with a quiz."""
    app.add_js_file("quiz.js", loading_method="defer")
