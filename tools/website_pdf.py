"""Print the website as one book, with page numbers and links: ``book/_build/rmsprop-course.pdf``.

``python tools/website_pdf.py`` builds the site, joins its pages to one (`book_page`) and has
Chromium print that. Which page a chapter is on is known once it is printed; so the book is printed
until the page numbers in it are those of its pages. The same sources give the same bytes.
"""

import argparse
import logging
import sys
from collections.abc import Iterator
from importlib.metadata import metadata
from io import BytesIO
from pathlib import Path
from typing import Any

import book_page
from chromium import NoChromiumError, find_chromium, open_chromium
from playwright.sync_api import Browser, Page
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject
from website import BOOK, BookError, build

_MOST_PRINTS = 3
_READY = "async () => { await document.fonts.ready; await MathJax.startup.promise; }"
_FILL = """pages => {
    for (const link of document.querySelectorAll("a.page-of"))
        link.textContent = pages[decodeURIComponent(link.hash.slice(1))];
}"""
_HEADINGS = """() => Array.from(
    document.querySelectorAll("h1, h2, h3, h4, h5, h6"), (heading) => heading.innerText
)"""


def make_pdf(site: Path, output: Path) -> None:
    """Print the book of a built site into a file."""
    with open_chromium() as browser:
        print_book(open_book(browser, site)).write(output)


def open_book(browser: Browser, site: Path) -> Page:
    """Join the site's pages in a folder beside it, and open the page that results."""
    joined = site.with_name("book") / "index.html"
    joined.parent.mkdir(exist_ok=True)
    joined.write_text(book_page.join(site), encoding="utf-8")
    page = browser.new_page()
    page.goto(joined.as_uri())
    page.evaluate(_READY)
    return page


def print_book(page: Page) -> PdfWriter:
    """Print the joined page, with page numbers in its text."""
    return _finish(_print(page), page.evaluate(_HEADINGS))


def _print(page: Page) -> PdfReader:
    """Print until the page numbers in the book are right."""
    pages = _pages_of_anchors(PdfReader(BytesIO(page.pdf(prefer_css_page_size=True))))
    for _ in range(_MOST_PRINTS):
        page.evaluate(_FILL, pages)
        pdf = page.pdf(prefer_css_page_size=True, outline=True, tagged=True)
        printed, told = PdfReader(BytesIO(pdf)), pages
        pages = _pages_of_anchors(printed)
        if pages == told:
            return printed
    raise BookError("page numbers must settle, but each print moves them")


def _pages_of_anchors(printed: PdfReader) -> dict[str, int]:
    """Numbers of the pages, from 1, that the book's links lead to."""
    numbers = {
        name.removeprefix("/"): printed.get_destination_page_number(place)
        for name, place in printed.named_destinations.items()
    }
    return {name: number + 1 for name, number in numbers.items() if number is not None}


def _finish(printed: PdfReader, headings: list[str]) -> PdfWriter:
    """Mend the outline, say who wrote the book, and leave out when it was printed."""
    logging.getLogger("pypdf").setLevel(logging.ERROR)  # Chromium miscounts objects; all are read
    about = metadata("rmsprop-course")
    title = printed.metadata.title if printed.metadata else None
    writer = PdfWriter(clone_from=printed)
    writer.pdf_header = printed.pdf_header
    # Chromium writes a heading twice into the outline where a page breaks before it.
    for item, heading in zip(_items(writer.root_object["/Outlines"]), headings, strict=True):
        item[NameObject("/Title")] = TextStringObject(" ".join(heading.split()))
    writer.metadata = {
        "/Title": title or "",
        "/Author": about["Author"],
        "/Subject": about["Summary"],
        "/Keywords": about["Keywords"],
    }
    return writer


def _items(parent: Any) -> Iterator[DictionaryObject]:
    """Items of an outline in their order."""
    item = parent.get("/First")
    while item is not None:
        item = item.get_object()
        yield item
        yield from _items(item)
        item = item.get("/Next")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--output", type=Path, help="file to write")
    parser.add_argument("--site", type=Path, help="folder of a site that is built already")
    options = parser.parse_args()
    try:
        find_chromium()  # or it would be missed only after the build
        site = options.site.resolve() if options.site else build()
        output = options.output or BOOK / "_build" / "rmsprop-course.pdf"
        make_pdf(site, output)
    except (BookError, NoChromiumError) as error:
        print(error, file=sys.stderr)
        return 1
    print(f"The book is {output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
