"""Joins the pages of the built site to one page that can be printed as a book.

What is folded on the site stands at the end of the book (`book_folded`); what needs the site, such
as the reference of the library, its search and its buttons, is left out. How the page is printed
and where its page numbers come from is told in `website_pdf`.
"""

import html
import json
import posixpath
from collections.abc import Iterator
from importlib.metadata import metadata
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

import book_folded
import matplotlib
from bs4 import BeautifulSoup, Tag
from bs4.filter import SoupStrainer

_STYLE = Path(__file__).with_name("book_page.css")
_FONTS = Path(matplotlib.get_data_path()) / "fonts/ttf"  # the same on every machine
_START = "book/index.html"  # on paper: the title page
_LEFT_OUT = ("book/api/", "book/changelog.html")
_LAST_PART = "At the end"
_NAMING = {"for", "aria-labelledby", "aria-describedby"}  # attributes that name elements by id


class Chapter(NamedTuple):
    """A page of the site that is a chapter of the book."""

    page: str  # such as notebooks/03_the_update.html
    part: str
    title: str
    article: Tag

    @property
    def name(self) -> str:
        """Return the anchor of the chapter."""
        return self.page.rpartition("/")[2].removesuffix(".html")


def join(site: Path) -> str:
    """Return the book as one page, whose addresses are relative to a folder beside the site's."""
    start = _soup(site / _START)
    chapters = [_read(site, page, part) for page, part in _order(start)]
    for chapter in chapters:
        _make_names_unique(chapter)
    anchors = _anchors(chapters)
    for chapter in chapters:
        _adapt_addresses(chapter, anchors, site.name)
    folded = book_folded.take_out((chapter.title, chapter.article) for chapter in chapters)
    return _page(
        str(start.select("meta[property='og:site_name']")[0]["content"]),
        _head(site, chapters),
        chapters,
        folded,
    )


def _soup(path: Path, only: str | None = None) -> BeautifulSoup:
    strainer = SoupStrainer(only) if only else None
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser", parse_only=strainer)


def _order(start: BeautifulSoup) -> Iterator[tuple[str, str]]:
    """Pages of the book in their order, each with the part that it belongs to."""
    for caption in start.select("nav.bd-docs-nav p.caption"):
        pages = caption.find_next_sibling("ul")
        for link in pages.select("li.toctree-l1 > a") if isinstance(pages, Tag) else []:
            page = _resolve(_START, str(link["href"]))[0]
            if not page.startswith(_LEFT_OUT):
                yield page, caption.get_text(strip=True)


def _resolve(page: str, address: str) -> tuple[str, str]:
    """Path in the site and anchor that an address on a page leads to."""
    parts = urlsplit(address)
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), unquote(parts.path)))
    return (path if parts.path else page), unquote(parts.fragment)


def _read(site: Path, page: str, part: str) -> Chapter:
    article = _soup(site / page, "article").article
    if article is None or article.h1 is None:
        raise ValueError(f"{page} must hold an article with a heading")
    for useless in [*article(["script", "style"]), *article(class_=["headerlink", "figure-link"])]:
        useless.decompose()
    return Chapter(page, part, " ".join(article.h1.get_text().split()), article)


def _make_names_unique(chapter: Chapter) -> None:
    for element in chapter.article(id=True):
        element["id"] = f"{chapter.name}--{element['id']}"
    for element in chapter.article(lambda tag: bool(_NAMING & tag.attrs.keys())):
        for attribute in _NAMING & element.attrs.keys():
            names = str(element[attribute]).split()
            element[attribute] = " ".join(f"{chapter.name}--{name}" for name in names)


def _anchors(chapters: list[Chapter]) -> dict[tuple[str, str], str]:
    """Anchors of the book by page and anchor of the site."""
    anchors = {(_START, ""): "title-page"}
    for chapter in chapters:
        anchors[chapter.page, ""] = chapter.name
        for element in chapter.article(id=True):
            name = str(element["id"])
            anchors[chapter.page, name.removeprefix(f"{chapter.name}--")] = name
    return anchors


def _adapt_addresses(chapter: Chapter, anchors: dict[tuple[str, str], str], folder: str) -> None:
    """Make pictures be found, lead links to the book's own anchors, drop those out of the book."""
    for element in chapter.article(src=lambda address: address and address[:5] != "data:"):
        _find_from_beside(element, chapter.page, folder)
    for link in chapter.article("a", href=True):
        if urlsplit(str(link["href"])).scheme:
            continue
        page, anchor = _resolve(chapter.page, str(link["href"]))
        target = anchors.get((page, anchor)) or anchors.get((page, ""))
        if target is None:
            link.unwrap()
        else:
            link["href"] = f"#{target}"


def _head(site: Path, chapters: list[Chapter]) -> str:
    """Style sheets of the chapters, those for paper last, and MathJax."""
    kept: dict[str, bool] = {}
    for chapter in chapters:
        head = _soup(site / chapter.page, "head")
        for element in [*head("link", rel="stylesheet"), *head("script")]:
            if element.name == "link" or "mathjax" in str(element).lower():
                _find_from_beside(element, chapter.page, site.name)
                kept[str(element)] = element.get("media") == "print"
    return "\n".join(sorted(kept, key=lambda element: kept[element]))


def _find_from_beside(element: Tag, page: str, folder: str) -> None:
    """Make the address of a picture, style sheet or script one from a folder beside the site's."""
    for attribute in {"href", "src"} & element.attrs.keys():
        element[attribute] = f"../{folder}/{_resolve(page, str(element[attribute]))[0]}"


def _page(title: str, head: str, chapters: list[Chapter], folded: str) -> str:
    about = metadata("rmsprop-course")
    heads = [(chapter.name, chapter.part, chapter.title) for chapter in chapters]
    heads.append((book_folded.NAME, _LAST_PART, book_folded.TITLE))
    text = "\n".join(
        f'<section class="chapter" id="{chapter.name}">'
        f"{chapter.article.decode_contents()}</section>"
        for chapter in chapters
    )
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head><meta charset="utf-8"><title>{html.escape(title)}</title>
<meta name="author" content="{html.escape(about["Author"])}">
{head}
<style>{_style()}
{"".join(_running_head(*head) for head in heads)}</style></head>
<body><main class="bd-main"><div class="bd-content"><div class="bd-article-container">
<article class="bd-article">
{_title_page(title, about["Author"], about["Version"])}
{_contents(heads)}
{text}
{folded}
</article></div></div></main></body></html>"""


def _style() -> str:
    return _STYLE.read_text(encoding="utf-8").replace("fonts/", f"{_FONTS.as_uri()}/")


def _running_head(name: str, part: str, title: str) -> str:
    """Rules that write part and title at the top of a chapter's pages."""
    left, right = (json.dumps(text, ensure_ascii=False) for text in (part, title))
    margins = f"@top-left {{ content: {left} }} @top-right {{ content: {right} }}"
    return f'[id="{name}"] {{ page: p-{name} }} @page p-{name} {{ {margins} }}\n'


def _title_page(title: str, author: str, version: str) -> str:
    return f"""<section class="title-page" id="title-page">
<p class="book-title">{html.escape(title)}</p>
<p>{html.escape(author)}</p>
<p>Version {version}</p>
<p>The text may be used under <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>,
the code under the MIT License.</p>
<p>On paper nothing moves: a live figure is printed as it first stands. Hints, solutions and the
answers to the quizzes are at the end. Code that only draws a figure is in the notebooks.</p>
</section>"""


def _contents(heads: list[tuple[str, str, str]]) -> str:
    """Table of contents; `website_pdf` fills in the pages."""
    lines = []
    for part, chapters in groupby(heads, key=lambda head: head[1]):
        lines.append(f"<li class='part'>{html.escape(part)}</li>")
        lines += [_line(title, name) for name, _, title in chapters]
    return f"""<section class="contents"><h1>Contents</h1><ul>{"".join(lines)}</ul></section>"""


def _line(title: str, name: str) -> str:
    return (
        f'<li><a href="#{name}">{html.escape(title)}</a>'
        f'<span class="dots"></span><a class="page-of" href="#{name}"></a></li>'
    )
