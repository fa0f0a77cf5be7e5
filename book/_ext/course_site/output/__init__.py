"""What is written: addresses, what a page loads and says of itself, and which files are shipped."""

from sphinx.application import Sphinx

from course_site.output import (
    addresses,
    descriptions,
    first_page,
    mathjax,
    not_found,
    repairs,
    scripts,
    shipped,
    styles,
)


def connect(app: Sphinx) -> None:
    """Connect each part."""
    pages = (repairs, first_page, not_found, descriptions)
    for part in (addresses, scripts, styles, *pages, mathjax, shipped):
        part.connect(app)
