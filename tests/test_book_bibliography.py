"""The bibliography has one entry for each work that a lesson or the library names, and no other."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import nbformat
import pytest
import website
from book_site import soup
from bs4 import Tag
from markdown_it import MarkdownIt
from markdown_it.tree import SyntaxTreeNode
from pybtex.database import Entry, parse_file
from pybtex.richtext import Text

import notebooks
from rmsprop_course.literature import PAPERS, SOURCES

ENTRIES = parse_file(website.BOOK / "references.bib").entries
TITLES = {key: str(Text.from_latex(entry.fields["title"])) for key, entry in ENTRIES.items()}
REQUIRED = {
    "article": {"author", "title", "journal", "year"},
    "book": {"author", "title", "publisher", "year"},
    "dataset": {"author", "title", "publisher", "year", "doi"},
    "inproceedings": {"author", "title", "booktitle", "year"},
    "manual": {"author", "title", "url"},
    "misc": {"title", "year"},
    "online": {"author", "title", "year", "url"},
    "techreport": {"author", "title", "institution", "year"},
}
LICENSE = "https://creativecommons.org/licenses/by-sa/4.0/"


class Work(NamedTuple):
    """What a text says of a work; `before` is what stands before its title: its authors."""

    title: str
    before: str
    year: str
    link: str = ""


def normal(title: str) -> str:
    return re.sub(r"\W+", " ", title).casefold().strip()


def first_author(entry: Entry) -> str:
    """Last name of the first author, or "" if no author is known."""
    authors = entry.persons.get("author", [])
    return authors[0].last_names[-1].strip("{}") if authors else ""


def links(entry: Entry) -> list[str]:
    starts = {"doi": "https://doi.org/", "eprint": "https://arxiv.org/abs/", "url": ""}
    return [start + entry.fields[key] for key, start in starts.items() if key in entry.fields]


@cache
def key_of(work: Work) -> str:
    """The key of the entry that a work has."""
    keys = [
        key
        for key, entry in ENTRIES.items()
        if normal(TITLES[key]) == normal(work.title) and first_author(entry) in work.before
    ]
    assert len(keys) == 1, f"{work} must have one entry, has {keys}"
    return keys[0]


def check(work: Work) -> None:
    """The entry of a work says nothing else than the text."""
    entry = ENTRIES[key_of(work)]
    assert entry.fields.get("year", "") == work.year, work
    assert not work.link or work.link in links(entry), work


def works_in(item: SyntaxTreeNode) -> Iterator[Work]:
    """The works that an item of a list names: its links, or its one title without a link."""
    before = ""
    inline = next(node for node in item.walk() if node.type == "inline")
    linked = any(node.type == "link" for node in inline.children)
    for node in inline.children:
        text = "".join(leaf.content or " " for leaf in node.walk() if not leaf.children)
        if node.type == ("link" if linked else "em"):
            year = re.findall(r"\((\d{4})\)", before)[-1:]
            yield Work(text, before, "".join(year), str(node.attrs.get("href", "")))
        before += text


def references(path: Path) -> list[Work]:
    """The works that a lesson's references name."""
    cells = nbformat.read(path, as_version=4).cells
    (source,) = [cell.source for cell in cells if cell.source.startswith("## References")]
    items = SyntaxTreeNode(MarkdownIt().parse(source)).walk()
    return [work for item in items if item.type == "list_item" for work in works_in(item)]


REFERENCES = {path.name[:2]: references(path) for path in notebooks.lesson_paths()}
LITERATURE = [
    Work(
        re.sub(r" \(method page.*", "", source.title), source.authors, str(source.year), source.url
    )
    for source in SOURCES.values()
]
LISTED = [Work(paper.subject, "", paper.date[:4], paper.url) for paper in PAPERS]
CITED_AND_LISTED = {normal(work.title) for work in LISTED} & {
    normal(work.title) for work in LITERATURE
}


# --- Entries and what they are for ---


@pytest.mark.parametrize("number", REFERENCES)
def test_each_reference_of_a_lesson_has_one_entry_that_agrees(number):
    assert REFERENCES[number]
    for work in REFERENCES[number]:
        check(work)


def test_each_source_of_the_literature_has_one_entry_that_agrees():
    for work in LITERATURE:
        check(work)


def test_each_listed_paper_has_one_entry_that_agrees():
    by_title = {normal(TITLES[key]): entry for key, entry in ENTRIES.items()}
    for work in LISTED:
        entry = by_title[normal(work.title)]
        assert entry.fields["year"] == work.year
        assert links(entry) == ([work.link] if work.link else [])
        is_cited = normal(work.title) in CITED_AND_LISTED
        assert ("listed" in entry.fields.get("keywords", "")) is not is_cited


def test_each_entry_is_of_a_work_that_a_lesson_or_the_literature_names():
    cited = [work for works in REFERENCES.values() for work in works]
    used = {key_of(work) for work in (*cited, *LITERATURE)}
    listed = {normal(work.title) for work in LISTED}
    used |= {key for key, title in TITLES.items() if normal(title) in listed}
    assert set(ENTRIES) == used


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Adam: A Method"},
        {"before": "Jimmy Ba (2015)"},
        {"year": "2014"},
        {"link": "https://arxiv.org/abs/1412.6981"},
    ],
)
def test_a_reference_that_says_something_else_is_refused(change):
    (adam,) = [work for work in REFERENCES["03"] if work.title.startswith("Adam")]
    check(adam)
    with pytest.raises(AssertionError):
        check(adam._replace(**change))


def test_an_item_of_two_works_names_both():
    titles = {work.title for work in REFERENCES["03"]}
    assert {"RMSprop", "optax.rmsprop"} <= titles


# --- Entries by themselves ---


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_has_the_fields_of_its_type(key):
    entry = ENTRIES[key]
    authors = set() if entry.fields.get("keywords") == "listed" else {"author"}
    assert REQUIRED[entry.type] | authors <= {*entry.fields, *entry.persons}


@pytest.mark.parametrize("key", ENTRIES)
def test_a_key_is_author_year_and_word_or_project_and_name(key):
    entry = ENTRIES[key]
    year = entry.fields.get("year")
    assert re.fullmatch(rf"[a-z]+{year}[a-z0-9]+" if year else r"[a-z]+-[a-z]+", key)
    author = re.sub(r"\W", "", first_author(entry)).lower()
    assert not year or key.startswith(author)


@pytest.mark.parametrize("key", ENTRIES)
def test_capitals_within_a_word_of_a_title_are_protected(key):
    unprotected = re.sub(r"\{[^}]*\}", "", ENTRIES[key].fields["title"])
    assert not re.search(r"\w[A-Z]", unprotected)


def test_no_work_and_no_address_stands_twice():
    works = Counter((normal(TITLES[key]), first_author(entry)) for key, entry in ENTRIES.items())
    addresses = Counter(link.lower() for entry in ENTRIES.values() for link in links(entry))
    assert max(works.values()) == max(addresses.values()) == 1


# --- The page ---


@pytest.fixture(scope="module")
def page(site: Path) -> Tag:
    return soup(site / "book/bibliography.html").article


def item_of(page: Tag, key: str) -> Tag:
    (item,) = page.find_all("li", id=re.compile(rf"{key}-\d"))
    return item


@pytest.mark.parametrize("key", ENTRIES)
def test_the_title_of_an_entry_leads_to_the_work(page, key):
    title = item_of(page, key).em
    assert title.text == TITLES[key]
    assert [title.parent.get("href")] == (links(ENTRIES[key])[:1] or [None])


@pytest.mark.parametrize("key", ENTRIES)
def test_an_entry_leads_to_the_lessons_that_name_the_work(page, key):
    expected = {
        number for number, works in REFERENCES.items() if key in {key_of(work) for work in works}
    }
    if key in {key_of(work) for work in LITERATURE}:
        expected.add("11")  # its tables name all of them
    found = item_of(page, key).select("a.internal")
    assert [link.text[-2:] for link in found] == sorted(expected)
    for link in found:
        assert link["href"].startswith(f"../notebooks/{link.text[-2:]}_")


def test_the_page_has_every_entry_once_and_no_label(page):
    assert len(page.select("li[id]")) == len(ENTRIES)
    assert not page.select(".citation, .label")


def test_the_page_names_the_license_of_the_definition(page):
    assert page.find("a", href=LICENSE)
    assert "RMSProp" in item_of(page, "paperswithcode2025rmsprop").text
