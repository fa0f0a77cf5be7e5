"""Links from “lesson 07” to its page: lessons name each other by number, as their files do."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx

from course_site.lessons.map import lessons

_MENTION = re.compile(r"\b[Ll]essons?\s+\d\d\b(?:(?:,|,?\s+(?:and|or|to)|\s*–)\s*\d\d\b)*")
_NUMBER = re.compile(r"(?:\b[Ll]essons?\s+)?\b(\d\d)\b")
_COLUMNS = ("lesson", "lessons")  # a table's column of this name holds bare numbers
_NOT_PROSE = (nodes.FixedTextElement, nodes.literal, nodes.math, nodes.raw, nodes.reference)

_Find = Callable[[str], Iterator[re.Match[str]]]
_Link = Callable[[re.Match[str]], nodes.Node]


def connect(app: Sphinx) -> None:
    """Add the links when all other text stands."""
    app.connect("doctree-resolved", _add_links, priority=800)


def _add_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    known = {lesson.number: lesson for lesson in lessons(Path(app.srcdir))}

    def link(found: re.Match[str]) -> nodes.Node:
        lesson = known.get(found[1])
        if lesson is None or lesson.document == docname:
            return nodes.Text(found[0])
        address = app.builder.get_relative_uri(docname, lesson.document)
        title = app.env.titles[lesson.document].astext()
        return nodes.reference("", found[0], refuri=address, reftitle=title, internal=True)

    for cell in _cells_of_numbers(doctree):
        _replace(cell, _NUMBER.finditer, link)
    _replace(doctree, _mentions, link)


def _mentions(text: str) -> Iterator[re.Match[str]]:
    """Each number in “lessons 02 and 03”, the first together with the word before it."""
    for mention in _MENTION.finditer(text):
        yield from _NUMBER.finditer(text, *mention.span())


def _replace(tree: nodes.Element, find: _Find, link: _Link) -> None:
    for text in list(tree.findall(nodes.Text)):
        if found := list(find(text)) if _is_prose(text) else []:
            text.parent.replace(text, list(_pieces(text, found, link)))


def _is_prose(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, (*_NOT_PROSE, nodes.title)):
            return False
    return True


def _pieces(text: str, found: Iterable[re.Match[str]], link: _Link) -> Iterator[nodes.Node]:
    end = 0
    for match in found:
        yield nodes.Text(text[end : match.start()])
        yield link(match)
        end = match.end()
    yield nodes.Text(text[end:])


def _cells_of_numbers(doctree: nodes.document) -> Iterator[nodes.entry]:
    """Cells of the tables' columns that are called “lesson”."""
    for table in doctree.findall(nodes.tgroup):
        header, *rows = table.findall(nodes.row)
        for column, name in enumerate(header):
            if name.astext().lower() in _COLUMNS:
                yield from (row[column] for row in rows)
