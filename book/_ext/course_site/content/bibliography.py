"""The bibliography: how an entry reads, and which lessons name the work."""

import re
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from pybtex.database import Entry, Person
from pybtex.plugin import register_plugin
from pybtex.richtext import HRef, Tag, Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting import BaseStyle
from sphinx.application import Sphinx

from course_site.lessons.map import lessons

_ADDRESSES = (("doi", "https://doi.org/"), ("eprint", "https://arxiv.org/abs/"), ("url", ""))
_VENUES = ("journal", "booktitle", "institution", "publisher", "howpublished", "archiveprefix")

_Named = tuple[str, str]  # a title as a lesson has it, and the text around it


def connect(app: Sphinx) -> None:
    """Offer the style, and name the lessons before their numbers become links."""
    register_plugin("pybtex.style.formatting", "course", Style)
    app.connect("doctree-resolved", _name_lessons)


class Style(BaseStyle):  # type: ignore[misc] # pybtex ships no types
    """Authors (year), title, venue, as in the lessons; the title is the link."""

    default_name_style = "plain"
    default_label_style = "number"
    default_sorting_style = "none"

    def __init__(self) -> None:
        """Sort by authors, without the braces that hold the name of a group together."""
        super().__init__()
        self.sort = partial(sorted, key=_order)

    def format_entry(self, label: str, entry: Entry, bib_data: Any = None) -> FormattedEntry:
        """Return the entry as rich text; an address beyond the first stands at its end."""
        title = Tag("em", _rich(entry, "title"))
        found = [start + entry.fields[name] for name, start in _ADDRESSES if name in entry.fields]
        if found:
            title = HRef(found.pop(0), title)
        links = (HRef(address, urlsplit(address).netloc) for address in found)
        parts = [title, *_details(entry), *links]
        text = Text(_beginning(entry), Text(", ").join(parts), ".")
        return FormattedEntry(entry.key, text, label)


def _order(entry: Entry) -> tuple[str, str, str]:
    names = " ".join(
        name for person in entry.persons.get("author", []) for name in person.last_names
    )
    year, title = entry.fields.get("year", ""), _rich(entry, "title")
    return names.strip("{}").casefold(), year, str(title).casefold()


def _beginning(entry: Entry) -> str:
    year = f" ({entry.fields['year']})" if "year" in entry.fields else ""
    return f"{_listed(_authors(entry))}{year}, " if entry.persons else ""


def _details(entry: Entry) -> Iterator[Text]:
    """Yield what follows the title: venue, note, and the year if it did not come before."""
    if "number" in entry.fields:
        yield Text("technical report ", _rich(entry, "number"))
    venue = [field for field in _VENUES if field in entry.fields][:1]
    if venue:
        known = [field for field in (*venue, "volume") if field in entry.fields]
        yield Text(" ").join(_rich(entry, field) for field in known)
    if "note" in entry.fields:
        yield _rich(entry, "note")
    if not entry.persons:
        yield _rich(entry, "year")


def _rich(entry: Entry, field: str) -> Text:
    return Text.from_latex(entry.fields[field])


def _authors(entry: Entry) -> list[str]:
    return [_name(person) for person in entry.persons.get("author", [])]


def _name(person: Person) -> str:
    parts = (person.first_names, person.middle_names, person.prelast_names, person.last_names)
    return str(Text.from_latex(" ".join(name for part in parts for name in part)))


def _listed(words: Sequence[str]) -> str:
    """Write “a”, “a and b”, “a, b and c”."""
    return " and ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def _name_lessons(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Add to each entry on this page the lessons that name the work."""
    works = {
        citation.citation_id: citation.entry
        for citation in app.env.get_domain("cite").citations  # type: ignore[attr-defined]
        if citation.bibliography_key.docname == docname
    }
    if not works:
        return
    named = {
        lesson.number: list(_named_works(app.env.get_doctree(lesson.document)))
        for lesson in lessons(Path(app.srcdir))
    }
    for item in doctree.findall(nodes.list_item):
        for entry in (works[id_] for id_ in item["ids"] if id_ in works):
            numbers = [number for number, found in named.items() if _is_among(entry, found)]
            item[0] += nodes.Text(_in_lessons(numbers))


def _named_works(lesson: nodes.document) -> Iterator[_Named]:
    """Yield what a lesson emphasizes, as it does titles, with the paragraph around it."""
    for title in lesson.findall(nodes.emphasis):
        around = title.parent
        while not isinstance(around, (nodes.paragraph, nodes.document)):
            around = around.parent
        yield _normal(title.astext()), around.astext()


def _is_among(entry: Entry, named: Sequence[_Named]) -> bool:
    title = _normal(str(_rich(entry, "title")))
    last_names = [name.split()[-1] for name in _authors(entry)[:1]]
    return any(
        title == emphasized and all(name in around for name in last_names)
        for emphasized, around in named
    )


def _normal(title: str) -> str:
    return re.sub(r"\W+", " ", title).casefold().strip()


def _in_lessons(numbers: Sequence[str]) -> str:
    if not numbers:
        return ""
    return f" Named in lesson{'s' if len(numbers) > 1 else ''} {_listed(numbers)}."
