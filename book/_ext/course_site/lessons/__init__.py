"""What a lesson gets on the site that its notebook does not say, and the map of the lessons."""

from sphinx.application import Sphinx

from course_site.lessons import figures, folded, formulas, links, note, quiz


def connect(app: Sphinx) -> None:
    """Connect each part."""
    for part in (note, figures, folded, formulas, quiz, links):
        part.connect(app)
