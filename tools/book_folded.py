"""Moves what the site folds to the end of the printed book: hints, solutions, answers.

In its place stays a line that leads there, and there a line leads back. Code that only draws a
figure is dropped.
"""

import html
from collections.abc import Iterable, Iterator
from itertools import count

from bs4 import BeautifulSoup, Tag

NAME, TITLE = "folded", "Hints, solutions and answers"


def take_out(chapters: Iterable[tuple[str, Tag]]) -> str:
    """Take what is folded out of chapters (title and article), and return it as a chapter."""
    numbers = count(1)
    parts = [
        f"<section><h2>{html.escape(title)}</h2>{moved}</section>"
        for title, article in chapters
        if (moved := "".join(_take_out_of(article, numbers)))
    ]
    return f'<section class="chapter" id="{NAME}"><h1>{TITLE}</h1>{"".join(parts)}</section>'


def _take_out_of(article: Tag, numbers: Iterator[int]) -> Iterator[str]:
    """Yield what is taken out of an article, under the headings that it stood below."""
    heading = None
    for details in article("details"):
        is_code = "hide" in details.get_attribute_list("class")
        if is_code and details.find_parent(class_="tag_hide-input"):
            details.decompose()
            continue
        above = details.find_previous(["h1", "h2", "h3", "h4"])
        if above is not None and above is not heading:
            heading = above
            yield f"<h3>{html.escape(' '.join(above.get_text().split()))}</h3>"
        yield _take_out_one(details, f"{NAME}-{next(numbers)}")


def _take_out_one(details: Tag, name: str) -> str:
    """Put a line that leads to the end of the book in the place of something folded."""
    label = _label(details)
    if details.summary is not None:
        details.summary.decompose()
    place = f'<div id="{name}-from">{_line(label, name)}</div>'
    details.replace_with(BeautifulSoup(place, "html.parser"))
    return (
        f'<div class="cell" id="{name}">{_line(label, f"{name}-from")}'
        f"{details.decode_contents()}</div>"
    )


def _label(details: Tag) -> str:
    if details.find_parent(class_="tag_solution"):
        return "Solution"
    label = details.summary.get_text(strip=True) if details.summary else "Folded"
    question = details.find_parent("li") if details.find_parent(class_="rmsprop-quiz") else None
    return label if question is None else f"{label} {len(question.find_previous_siblings()) + 1}"


def _line(label: str, name: str) -> str:
    return (
        f'<p class="folded">{html.escape(label)}: page <a class="page-of" href="#{name}"></a></p>'
    )
