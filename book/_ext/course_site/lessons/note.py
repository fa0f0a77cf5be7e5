"""What a reader of the site must know of a lesson: it ran elsewhere, and here no kernel runs."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from course_site.lessons.map import lessons

_OPENING = (nodes.title, nodes.paragraph, nodes.target)
_GUIDE = "book/how_to_use"
_TEXT = (
    "You see this lesson as it ran. Figures with sliders are alive, and the quiz answers; to "
    "change code and to have your exercises checked, ",
    "run it on your machine",
    ". A folded solution opens when you click on it.",
)


def connect(app: Sphinx) -> None:
    """Add the note where the pages are put together, so that no notebook holds it."""
    app.connect("doctree-resolved", _add_note)


def _add_note(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    known = {lesson.document for lesson in lessons(Path(app.srcdir))}
    if docname in known and _GUIDE in app.env.all_docs:
        lesson = next(iter(doctree.findall(nodes.section)))
        lesson.insert(_end_of_opening(lesson), _note(app, docname))


def _end_of_opening(lesson: nodes.section) -> int:
    """Place before the first cell of code, or before the first section."""
    places = (place for place, node in enumerate(lesson) if not isinstance(node, _OPENING))
    return next(places, len(lesson))


def _note(app: Sphinx, docname: str) -> nodes.Node:
    before, link, after = _TEXT
    address = app.builder.get_relative_uri(docname, _GUIDE)
    reference = nodes.reference("", link, refuri=address, internal=True)
    text = nodes.paragraph("", "", nodes.Text(before), reference, nodes.Text(after))
    return nodes.container("", text, classes=["reading-note", "d-print-none"])
