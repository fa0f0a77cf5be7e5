"""The glossary's page, made of the entries that `rmsprop_course.literature` keeps."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.std import make_glossary_term
from sphinx.util.docutils import SphinxDirective

from rmsprop_course.literature import SYMBOLS, TERMS, Entry

KINDS = {"symbol": SYMBOLS, "term": TERMS}


def anchors(kind: str, entries: Iterable[Entry]) -> dict[str, Entry]:
    r"""Return the entries by anchor; the second of a name is numbered 2.

    Examples
    --------
    >>> list(anchors("symbol", SYMBOLS))[3:6]
    ['symbol-gamma', 'symbol-eta', 'symbol-epsilon']
    >>> [anchor for anchor, entry in anchors("term", TERMS).items() if entry.name == "ridge"]
    ['term-ridge', 'term-ridge-2']
    """
    named: dict[str, Entry] = {}
    count: Counter[str] = Counter()
    for entry in entries:
        anchor = "-".join([kind, *_in_letters(entry)])
        count[anchor] += 1
        named[anchor if count[anchor] == 1 else f"{anchor}-{count[anchor]}"] = entry
    return named


def _in_letters(entry: Entry) -> list[str]:
    """Write a name in what an address may hold: a Greek letter as TeX calls it."""
    tex = [spelling for spelling in entry.spellings if spelling.startswith("\\")]
    name = unicodedata.normalize("NFKD", tex[0] if tex else entry.name)
    for old, new in (("\\operatorname", ""), ("\\var", ""), ("*", " star")):
        name = name.replace(old, new)
    return re.findall(r"[A-Za-z0-9]+", name)


class GlossaryEntries(SphinxDirective):
    """All symbols or all terms, each with an anchor; ``{term}`` finds them by name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return a list of definitions; before that of the terms, letters that lead into it."""
        kind = self.arguments[0]
        entries = anchors(kind, KINDS[kind])
        items = [self._item(anchor, entry) for anchor, entry in entries.items()]
        listed = nodes.definition_list("", *items, classes=["glossary"])
        letters = [_letters(entries)] if kind == "term" else []
        return [*letters, addnodes.glossary("", listed, sorted=False)]

    def _item(self, anchor: str, entry: Entry) -> nodes.Node:
        text = nodes.Text(entry.name)
        if _is_found_by_name(anchor):
            term = self._indexed(text, anchor)
        else:
            term = nodes.term("", "", text, ids=[anchor])
        facts = nodes.paragraph("", "", *_facts(entry), classes=["glossary-facts"])
        definition = nodes.definition("", nodes.paragraph("", entry.meaning), facts)
        return nodes.definition_list_item("", term, definition)

    def _indexed(self, text: nodes.Text, anchor: str) -> nodes.term:
        source, line = self.get_source_info()
        return make_glossary_term(self.env, [text], None, source, line, anchor, self.state.document)


def _is_found_by_name(anchor: str) -> bool:
    """Tell whether ``{term}`` leads here: to terms, and to the first of two with one name."""
    return re.fullmatch(r"term-.*[a-z]", anchor) is not None


def _facts(entry: Entry) -> Iterator[nodes.Node]:
    """Yield what stands under a meaning; a later step makes a link of the lesson's number."""
    if entry.units:
        yield nodes.Text("A plain number. " if entry.units == "none" else f"Units: {entry.units}. ")
    if entry.elsewhere:
        yield nodes.Text(f"Elsewhere: {', '.join(entry.elsewhere)}. ")
    yield nodes.Text(f"From lesson {entry.lesson} on.")


def _letters(entries: dict[str, Entry]) -> nodes.Node:
    """Return links to the first term of each letter."""
    first: dict[str, str] = {}
    for anchor, entry in entries.items():
        first.setdefault(entry.name[0].upper(), anchor)
    links = [nodes.reference("", letter, refid=anchor) for letter, anchor in first.items()]
    separated = [node for link in links for node in (nodes.Text(" "), link)]
    return nodes.paragraph("", "", *separated[1:], classes=["glossary-letters"])


def connect(app: Sphinx) -> None:
    """Make the directive known."""
    app.add_directive("glossary-entries", GlossaryEntries)
