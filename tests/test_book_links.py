"""Figures have addresses, and where a page names a lesson by its number it leads there."""

import re
from collections.abc import Iterator
from copy import copy
from pathlib import Path

import pytest
import website
from book_site import DOCUMENTS, LESSONS, cells, soup
from bs4 import BeautifulSoup, Tag

NUMBERS = {name.partition("/")[2][:2]: name for name in LESSONS}
MENTION = re.compile(r"[Ll]essons?\s+\d\d(?:(?:,|\s+and|,\s+and|\s+or|\s+to|\s*–)\s*\d\d\b)*")
LINK = re.compile(r"(?:[Ll]essons?\s+)?(\d\d)")
NOT_PROSE = "pre, code, script, style, h1, h2, h3, h4, nav, .text_html, .headerlink, .math"


def page(site: Path, name: str) -> BeautifulSoup:
    return soup(site / f"{name}.html")


# --- Figures ---


def shows_a_picture(cell: dict) -> bool:
    shown = [output.get("data", {}) for output in cell.get("outputs", [])]
    return any(
        "image/png" in data or "<img" in "".join(data.get("text/html", "")) for data in shown
    )


def cells_with_figures(name: str) -> list[dict]:
    return [cell for cell in cells(name) if shows_a_picture(cell)]


@pytest.mark.parametrize("name", LESSONS)
def test_a_figure_has_the_id_of_its_cell(site, name):
    expected = [cell["id"] for cell in cells_with_figures(name)]
    assert [figure["id"] for figure in page(site, name).select("figure")] == expected
    assert expected


@pytest.mark.parametrize("name", LESSONS)
def test_a_figure_has_a_named_link_to_itself(site, name):
    for figure in page(site, name).select("figure"):
        (link,) = figure.select("a.figure-link")
        assert link["href"] == f"#{figure['id']}"
        assert link["aria-label"] == link["title"] == "Link to this figure"


def plain(text: str) -> str:
    """The text with quotes as a keyboard has them: Sphinx bends those in paragraphs."""
    return text.translate(str.maketrans("‘’“”", "''\"\""))


@pytest.mark.parametrize("name", LESSONS)
def test_the_caption_of_a_picture_is_its_description(site, name):
    for cell in cells_with_figures(name):
        image = cell["metadata"].get("mystnb", {}).get("image")
        caption = page(site, name).find("figure", id=cell["id"]).figcaption
        assert (caption is None) is (image is None)
        if image:
            assert plain(caption.text.strip().removesuffix("#")) == plain(image["alt"])


def test_the_link_of_a_figure_is_reached_by_keyboard_and_leads_to_it(open_page):
    shown = open_page("notebooks/02_the_moving_average.html")
    link = shown.locator("#figure-jump .figure-link")
    link.focus()
    assert shown.evaluate("document.activeElement.getAttribute('href')") == "#figure-jump"
    assert link.evaluate("link => getComputedStyle(link).opacity") == "1"
    link.press("Enter")
    assert shown.url.endswith("#figure-jump")
    assert 0 <= shown.locator("#figure-jump").bounding_box()["y"] < 900


# --- Lessons named by number ---


def prose(site: Path, name: str) -> Tag:
    """What a page says in its own words: neither code nor headings, nor links made by hand."""
    article = copy(page(site, name).article)
    by_hand = [link for link in article.find_all("a") if not LINK.fullmatch(link.text)]
    for element in [*article.select(NOT_PROSE), *by_hand]:
        element.extract()
    return article


def cells_of_numbers(article: Tag) -> Iterator[Tag]:
    """Cells below a header called “lesson”."""
    for table in article.select("table:has(thead)"):
        names = [cell.text.strip().lower() for cell in table.thead.find_all("th")]
        columns = [place for place, text in enumerate(names) if text in ("lesson", "lessons")]
        for row in table.select("tbody tr"):
            cells = row.find_all("td")
            yield from (cells[column] for column in columns)


def assert_linked(tag: Tag, numbers: list[str], name: str) -> None:
    """The numbers, but for the page's own, are links, in this order."""
    expected = [number for number in numbers if NUMBERS[number] != name]
    found = tag.find_all("a", string=LINK.fullmatch)
    assert [LINK.fullmatch(link.text)[1] for link in found] == expected
    for link, number in zip(found, expected, strict=True):
        target = (website.ROOT / name).parent / link["href"].partition("#")[0]
        assert target.resolve() == website.ROOT / f"{NUMBERS[number]}.html"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_lesson_named_by_its_number_is_a_link_to_it(site, name):
    article = prose(site, name)
    for cell in cells_of_numbers(article):
        assert_linked(cell, re.findall(r"\b\d\d\b", cell.text), name)
        cell.extract()
    mentions = MENTION.findall(article.text)
    assert_linked(article, re.findall(r"\d\d", " ".join(mentions)), name)
    assert mentions or name not in LESSONS


def test_a_link_to_a_lesson_tells_its_title(site):
    titles = {
        number: page(site, name).h1.find(string=True, recursive=False)
        for number, name in NUMBERS.items()
    }
    links = [link for name in LESSONS for link in page(site, name).select("a[title]")]
    by_number = [(LINK.fullmatch(link.text), link["title"]) for link in links]
    told = [(titles[found[1]], title) for found, title in by_number if found]
    assert len(told) > len(LESSONS)
    assert [pair for pair in told if pair[0] != pair[1]] == []
