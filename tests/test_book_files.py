"""The files of the built website: where links lead, what images say, and what is shipped."""

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import website
from book_site import LESSONS, PAGES, cells, soup
from bs4 import Tag

_IN_CSS = re.compile(r"url\(\s*[\"']?([^\"')]+)|@import\s+[\"']([^\"']+)")
_LINKING = ("href", "src", "data-content", "poster")
_UNLINKED = (
    "objects.inv",  # for the Sphinx of other projects
    ".nojekyll",
    "_static/mathjax/**/*",  # MathJax names its parts and fonts itself, as a formula needs them
    "_static/**/*.LICENSE.txt",
    "_static/plus.png",  # named by doctools.js, for the index
    "_static/minus.png",
)

every_page = pytest.mark.parametrize("name", PAGES)
every_lesson = pytest.mark.parametrize("name", LESSONS)


@cache
def _ids(path: Path) -> set[str]:
    return {element["id"] for element in soup(path).find_all(id=True)}


def _target(site: Path, page: Path, address: str) -> tuple[Path, str] | None:
    """File and fragment that an address leads to, or None if it leaves the site."""
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    path = unquote(parts.path)
    start = site if path.startswith("/") else page.parent
    return (start / path.lstrip("/")).resolve() if path else page, unquote(parts.fragment)


def _addresses(path: Path) -> Iterator[str]:
    for element in soup(path).find_all(True):
        yield from (element[name] for name in _LINKING if element.get(name))


@every_page
def test_all_links_inside_the_site_lead_somewhere(site, name):
    page = site / name
    lost = []
    for address in _addresses(page):
        target = _target(site, page, address)
        if target is None or (target[1] == "" and target[0].is_file()):
            continue
        path, fragment = target
        if not (path.is_file() and fragment in _ids(path)):
            lost.append(address)
    assert lost == []


@every_page
def test_ids_are_unique(site, name):
    ids = [element["id"] for element in soup(site / name).find_all(id=True)]
    assert sorted(set(ids)) == sorted(ids)


def _title_above(image: Tag) -> str:
    heading = image.find_previous(re.compile("^h[1-6]$"))
    return heading.get_text() if heading else ""


@every_page
def test_an_image_says_what_it_shows(site, name):
    for image in soup(site / name).find_all("img"):
        alt = image["alt"]
        assert len(alt.split()) >= 5
        assert not re.search(r"\w/\w+/|\.(png|svg|jpe?g|gif)\b", alt)
        assert alt not in (_title_above(image), image.get("title"))


def _alts_in(lesson: str) -> list[str]:
    return [
        cell["metadata"]["mystnb"]["image"]["alt"]
        for cell in cells(lesson)
        for output in cell.get("outputs", [])
        if "image/png" in output.get("data", {})
    ]


@every_lesson
def test_a_figure_has_the_description_of_its_cell(site, name):
    alts = [image["alt"] for image in soup(site / f"{name}.html").select("img[src*=_images]")]
    assert alts == _alts_in(name)


@every_lesson
def test_a_folded_cell_says_what_it_holds(site, name):
    page = soup(site / f"{name}.html")
    folded = page.select(".cell details.hide > summary")
    solutions = page.select(".tag_solution details.hide > summary")
    for summary in folded:
        what = "solution" if summary in solutions else "the code"
        assert summary.get_text("|") == f"Show {what}|Hide {what}"
        assert not summary.get("aria-label")
    assert solutions


@every_lesson
def test_a_formula_and_the_mark_after_it_stay_on_one_line(site, name):
    for formula in soup(site / f"{name}.html").select("span.math"):
        after = formula.next_sibling
        if isinstance(after, str) and after[:1].strip():
            assert "unbroken" in formula.parent["class"]


@every_lesson
def test_a_lesson_can_be_downloaded(site, name):
    button = soup(site / f"{name}.html").select_one("a[download][href$='.ipynb']")
    given = json.loads((site / name).parent.joinpath(button["href"]).read_text(encoding="utf-8"))
    assert given == json.loads((website.ROOT / f"{name}.ipynb").read_text(encoding="utf-8"))


def test_the_pages_are_those_of_the_contents(site):
    built = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert built == set(PAGES)


def test_the_site_weighs_less_than_30_mb(site):
    assert sum(path.stat().st_size for path in site.rglob("*") if path.is_file()) < 30e6


def _used_by(site: Path, path: Path) -> Iterator[Path]:
    if path.suffix == ".html":
        addresses = _addresses(path)
    elif path.suffix == ".css":
        found = _IN_CSS.findall(path.read_text(encoding="utf-8"))
        addresses = (url or imported for url, imported in found)
    else:
        return
    targets = (_target(site, path, address) for address in addresses)
    yield from (target[0] for target in targets if target)


def test_nothing_is_shipped_that_no_page_uses(site):
    files = {path for path in site.rglob("*") if path.is_file()}
    used = {site / name for name in PAGES}
    used |= {path for pattern in _UNLINKED for path in site.glob(pattern)}
    waiting = list(used)
    while waiting:
        new = set(_used_by(site, waiting.pop())) - used
        used |= new
        waiting.extend(new & files)
    assert sorted(files - used) == []
