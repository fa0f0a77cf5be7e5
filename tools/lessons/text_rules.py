"""Rules on a lesson's text: its sections, its length, its prose. Code and outputs are elsewhere."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from nbformat import NotebookNode

from .form import QUIZ, Finding, Lesson, parts, tags

CELLS = (20, 45)
SECTIONS = (4, 7)
PROSE_PER_CODE = (1.0, 2.0)
MAX_PROSE_WORDS = 90
MIN_ALT_WORDS = 6
CLOSING = "What you learned"
EXERCISE_TAGS = {"exercise", "check", "solution"}

HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
FENCED = re.compile(r"^(```|~~~).*?^\1[ \t]*$", re.M | re.S)
FORMULA = re.compile(r"\$\$.*?\$\$|\$[^$\n]+\$|\\begin\{(\w+\*?)\}.*?\\end\{\1\}", re.S)
MYST = re.compile(r"^\s*(?:```+|~~~+|:::+)\s*\{[^}\n]*\}|^\s*:::|\{[a-z][\w:+-]*\}`", re.M)
TABLE_ROW = re.compile(r"^\s*\|.*$", re.M)
HEADING_LINE = re.compile(r"^#{1,6}\s.*$", re.M)
FOLDED = re.compile(r"<details\b.*?</details>", re.S)
TAG = re.compile(r"<!--.*?-->|<[^>\n]+>", re.S)
LINK_TARGET = re.compile(r"(?<=\])\([^)\s]*\)")


class Heading(NamedTuple):
    """A heading of the lesson and the position of its cell."""

    cell: int
    level: int
    title: str


def one_title(lesson: Lesson) -> Iterator[Finding]:
    """The lesson has one H1, and it opens the first cell."""
    titles = [heading for heading in headings(lesson) if heading.level == 1]
    if not titles:
        yield None, "there is no H1"
    for heading in titles[1:]:
        yield heading.cell, f"another H1: {heading.title}"
    if titles and not _markdown(lesson, 0).startswith("# "):
        yield titles[0].cell, "the H1 does not open the first cell"


def opening(lesson: Lesson) -> Iterator[Finding]:
    """**You will**, **You need** and **Time** stand before the first H2."""
    first = next((h.cell for h in headings(lesson) if h.level == 2), len(lesson.notebook.cells))
    text = "\n".join(_markdown(lesson, index) for index in range(first))
    for words in ("You will", "You need", "Time"):
        if not re.search(rf"\*\*{words}\b[^*]*\*\*", text):
            yield None, f"**{words}** is missing before the first section"


def sections(lesson: Lesson) -> Iterator[Finding]:
    """Four to seven H2 sections, and then the closing ones."""
    titles = [heading.title for heading in headings(lesson) if heading.level == 2]
    taught = titles.index(CLOSING) if CLOSING in titles else len(titles)
    low, high = SECTIONS
    if not low <= taught <= high:
        yield None, f"{taught} sections before '{CLOSING}', {low} to {high} are allowed"


def closing(lesson: Lesson) -> Iterator[Finding]:
    """The lesson closes with what was learned and with its references."""
    titles = [heading.title for heading in headings(lesson) if heading.level == 2]
    for title in (CLOSING, "References"):
        if title not in titles:
            yield None, f"the section '## {title}' is missing"


def cell_count(lesson: Lesson) -> Iterator[Finding]:
    """A lesson has 20 to 45 cells."""
    low, high = CELLS
    count = len(lesson.notebook.cells)
    if not low <= count <= high:
        yield None, f"{count} cells, {low} to {high} are allowed"


def prose_to_code(lesson: Lesson) -> Iterator[Finding]:
    """One to two Markdown cells for each code cell; exercises, hints and quiz are left out."""
    cells = [cell for cell in lesson.notebook.cells if cell.get("id") != QUIZ]
    code = sum(c.cell_type == "code" and not EXERCISE_TAGS & set(tags(c)) for c in cells)
    prose = sum(c.cell_type == "markdown" and "<details" not in c.source for c in cells)
    low, high = PROSE_PER_CODE
    if not low * code <= prose <= high * code:
        yield None, f"{prose} Markdown to {code} code cells, {low:g} to {high:g} are allowed"


def prose_length(lesson: Lesson) -> Iterator[Finding]:
    """A Markdown cell, or a region of one, has at most 90 words of running text."""
    for index, cell in _markdown_cells(lesson):
        words = max(map(count_words, parts(cell.source)))
        if words > MAX_PROSE_WORDS and not cell.source.startswith("## References"):
            yield index, f"{words} words, {MAX_PROSE_WORDS} are allowed"


def no_directives(lesson: Lesson) -> Iterator[Finding]:
    """Nothing that only the website can render: no MyST directives or roles."""
    for index, cell in _markdown_cells(lesson):
        for match in MYST.finditer(cell.source):
            yield index, match.group().strip()


def described_pictures(lesson: Lesson) -> Iterator[Finding]:
    """A picture in the text says in its alt text what it shows."""
    for index, cell in _markdown_cells(lesson):
        for picture in picture_alts(cell.source):
            if complaint := alt_complaint(picture):
                yield index, complaint


def headings(lesson: Lesson) -> list[Heading]:
    """All headings in order; a `#` in a fenced block is none."""
    return [
        Heading(index, len(match.group(1)), match.group(2))
        for index, cell in _markdown_cells(lesson)
        for line in FENCED.sub("", cell.source).split("\n")
        if (match := HEADING.match(line))
    ]


def count_words(markdown: str) -> int:
    """Words of running text: no headings, formulas, tables, code blocks, tags or link targets.

    Folded answers are left out too, and numbers are no words.
    """
    text = markdown
    for left_out in (FENCED, FORMULA, TABLE_ROW, HEADING_LINE, FOLDED, TAG, LINK_TARGET):
        text = left_out.sub(" ", text)
    return sum(any(char.isalpha() for char in word) for word in text.split())


def picture_alts(text: str) -> list[str]:
    """Alt texts of the Markdown and HTML pictures in a text; empty where there is none."""
    alts = re.findall(r"!\[([^\]]*)\]\(", text)
    for element in re.findall(r"<img\b[^>]*>", text, re.I):
        quoted = re.search(r"\balt\s*=\s*([\"'])(.*?)\1", element, re.I | re.S)
        alts.append(quoted.group(2) if quoted else "")
    return alts


def alt_complaint(alt: str) -> str | None:
    """What is wrong with an alt text: missing, a file name or too short to describe a picture."""
    if not alt.strip():
        return "no alt text"
    if re.search(r"\.(?:png|jpe?g|svg|gif|webp)\s*$", alt, re.I):
        return f"the alt text is a path: {alt}"
    if len(alt.split()) < MIN_ALT_WORDS:
        return f"the alt text has fewer than {MIN_ALT_WORDS} words: {alt}"
    return None


def _markdown_cells(lesson: Lesson) -> Iterator[tuple[int, NotebookNode]]:
    for index, cell in enumerate(lesson.notebook.cells):
        if cell.cell_type == "markdown":
            yield index, cell


def _markdown(lesson: Lesson, index: int) -> str:
    cells = lesson.notebook.cells[index : index + 1]
    return cells[0].source if cells and cells[0].cell_type == "markdown" else ""
