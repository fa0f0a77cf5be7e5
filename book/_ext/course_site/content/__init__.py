"""What pages hold besides their text: directives and lists that read the project's own data."""

from sphinx.application import Sphinx

from course_site.content import (
    bibliography,
    conventions,
    glossary,
    lesson_lists,
    live_figure,
    speed,
)


def connect(app: Sphinx) -> None:
    """Connect each part."""
    for part in (bibliography, conventions, glossary, lesson_lists, live_figure, speed):
        part.connect(app)
