"""The library's reference: its entries, the command line's, and the links that lead there."""

from sphinx.application import Sphinx

from course_site.reference import code_links, commands, entries, text_links


def connect(app: Sphinx) -> None:
    """Connect each part."""
    for part in (entries, commands, text_links, code_links):
        part.connect(app)
