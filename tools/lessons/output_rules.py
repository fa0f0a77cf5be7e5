"""Rules on what a lesson stores: its form, its counts, its outputs, its figures."""

import html
import re
from collections.abc import Iterator
from itertools import zip_longest

from nbformat import NotebookNode

from .code_rules import title_strings
from .form import (
    IGNORED_TAG,
    SOURCE_OF_OUTPUT,
    WIDGET_VIEW,
    Finding,
    Lesson,
    canonical,
    dumps,
    fingerprint,
    images,
    tags,
)
from .text_rules import alt_complaint, picture_alts

MAX_BYTES = 1_500_000
ADDRESS = re.compile(r"\b0x[0-9a-f]{6,}")
DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=]+")
LOCAL_PATH = re.compile(
    r"(?<![\w./:~-])/(?:home|Users|root|tmp|private|mnt|opt|srv)/[\w.-]+"
    r"|\b[A-Z]:\\{1,2}(?:Users|Program|Windows|\w+\\)\w*"
)


def canonical_form(lesson: Lesson) -> Iterator[Finding]:
    """The file is, byte for byte, what the build writes."""
    wanted = canonical(lesson.notebook)
    if lesson.text == dumps(wanted):
        return
    pairs = list(zip(lesson.notebook.cells, wanted.cells, strict=False))
    other = [(i, key) for i, (a, b) in enumerate(pairs) for key in a if a[key] != b.get(key)]
    for index, key in other:
        found, expected = (str(cell.get(key)) for cell in pairs[index])
        yield index, f"{key} is {_short(found)}, must be {_short(expected)}: build it"
    if not other:
        lines = zip_longest(lesson.text.split("\n"), dumps(wanted).split("\n"), fillvalue="")
        number, found = next((n, a) for n, (a, b) in enumerate(lines, 1) if a != b)
        yield None, f"line {number} is not what the build writes: {_short(found)}"


def executed(lesson: Lesson) -> Iterator[Finding]:
    """Every code cell was run, once, from top to bottom."""
    cells = [(i, cell) for i, cell in enumerate(lesson.notebook.cells) if cell.cell_type == "code"]
    for expected, (index, cell) in enumerate(cells, 1):
        if cell.get("execution_count") != expected:
            yield index, f"execution count {cell.get('execution_count')}, must be {expected}"


def kept_outputs(lesson: Lesson) -> Iterator[Finding]:
    """A kept output belongs to the source that the cell has now."""
    for index, cell in enumerate(lesson.notebook.cells):
        if IGNORED_TAG in tags(cell) and cell.get("outputs"):
            stored = cell.metadata.get(SOURCE_OF_OUTPUT)
            if stored != fingerprint(cell.source):
                yield index, f"the kept output is that of another source ({stored}): build it"


def size(lesson: Lesson) -> Iterator[Finding]:
    """A lesson has at most 1.5 MB."""
    length = len(lesson.text.encode())
    if length > MAX_BYTES:
        yield None, f"{length / 1e6:.2f} MB, {MAX_BYTES / 1e6:g} are allowed"


def no_errors(lesson: Lesson) -> Iterator[Finding]:
    """No cell ends in an error."""
    for index, output in _all_outputs(lesson):
        if output.output_type == "error":
            yield index, f"{output.ename}: {output.evalue}"


def no_stderr(lesson: Lesson) -> Iterator[Finding]:
    """No warnings: nothing on standard error, unless the cell's output may vary."""
    for index, cell in enumerate(lesson.notebook.cells):
        for output in cell.get("outputs", []):
            if output.get("name") == "stderr" and IGNORED_TAG not in tags(cell):
                yield index, _short(output.text)


def no_addresses(lesson: Lesson) -> Iterator[Finding]:
    """No memory address, which would differ in each run."""
    for index, output in _all_outputs(lesson):
        for text in _texts(output):
            for match in ADDRESS.finditer(DATA_URI.sub("", text)):
                yield index, match.group()


def no_bare_widgets(lesson: Lesson) -> Iterator[Finding]:
    """A widget has a text or HTML twin to show when no kernel runs."""
    for index, output in _all_outputs(lesson):
        if WIDGET_VIEW in output.get("data", {}):
            yield index, "a widget without text/html or text/plain"


def no_local_paths(lesson: Lesson) -> Iterator[Finding]:
    """No path of somebody's machine, in sources or outputs."""
    for index, cell in enumerate(lesson.notebook.cells):
        texts = [text for output in cell.get("outputs", []) for text in _texts(output)]
        for text in [cell.source, *texts]:
            for match in LOCAL_PATH.finditer(DATA_URI.sub("", text)):
                yield index, match.group()


def one_figure(lesson: Lesson) -> Iterator[Finding]:
    """A cell shows one figure."""
    for index, cell in enumerate(lesson.notebook.cells):
        count = len(images(cell))
        if count > 1:
            yield index, f"{count} figures in one cell"


def alt_text(lesson: Lesson) -> Iterator[Finding]:
    """Every figure has an alt text that describes it: no path, no title, not too short."""
    for index, cell in enumerate(lesson.notebook.cells):
        alts = [alt or "" for _, alt in images(cell)]
        for output in cell.get("outputs", []):
            alts += picture_alts(output.get("data", {}).get("text/html", ""))
        for alt in alts:
            if complaint := alt_complaint(alt):
                yield index, complaint
            elif _plain(alt) in {_plain(title) for title in title_strings(cell.source)}:
                yield index, f"the alt text is the title: {alt}"


def description(lesson: Lesson) -> Iterator[Finding]:
    """The alt text of a figure stands as text under it too: JupyterLab shows no alt text."""
    for index, cell in enumerate(lesson.notebook.cells):
        text = _plain(" ".join(t for o in cell.get("outputs", []) for t in _texts(o)))
        for _, alt in images(cell):
            if alt and _plain(alt) not in text:
                yield index, f"no text under the figure says: {_short(alt)}"


def _all_outputs(lesson: Lesson) -> Iterator[tuple[int, NotebookNode]]:
    for index, cell in enumerate(lesson.notebook.cells):
        for output in cell.get("outputs", []):
            yield index, output


def _texts(output: NotebookNode) -> list[str]:
    """What an output shows as text: a stream, or its text kinds."""
    if output.output_type == "stream":
        return [output.text]
    return [value for mime, value in output.get("data", {}).items() if mime.startswith("text/")]


def _plain(text: str) -> str:
    """Letters and digits of a text, without markup, case and punctuation."""
    return " ".join(re.findall(r"\w+", html.unescape(text).casefold()))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:59] + "…"
