"""What REPOSITORY and SITE give a site; and without them, nothing leads to where it is not."""

import re
import shutil
from pathlib import Path
from xml.etree import ElementTree

import nbformat
import pytest
import website
from book_site import LESSONS, SitePage
from course_site.output.addresses import Repository, read_repository, read_site
from sphinx.errors import ConfigError

REPOSITORY = "https://github.com/you/rmsprop-course"
SITE = "https://you.github.io/rmsprop-course"
PAGE = """
# A small book

:::{only} repository
It is kept at {{ repository }}.

{{ install_from_repository }}
:::
"""


def write_small_book(root: Path) -> None:
    """A book of one page and one lesson, with the configuration of the real one."""
    names = shutil.ignore_patterns("*.md", "_build", "_toc.yml", "api", "classroom")
    shutil.copytree(website.BOOK, root / "book", ignore=names)
    toc = "format: jb-book\nroot: book/index\nchapters: [{file: notebooks/01_lesson}]\n"
    (root / "book" / "_toc.yml").write_text(toc, encoding="utf-8")
    (root / "book" / "index.md").write_text(PAGE, encoding="utf-8")
    row = "| 01 | [One lesson](notebooks/01_lesson.ipynb) | Which? |\n"
    (root / "README.md").write_text(row, encoding="utf-8")
    opening = nbformat.v4.new_markdown_cell("# One lesson\n\n**Time** 5 minutes")
    notebook = nbformat.v4.new_notebook(cells=[opening])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3"}
    (root / "notebooks").mkdir()
    nbformat.write(notebook, root / "notebooks" / "01_lesson.ipynb")


@pytest.fixture(scope="module")
def addressed(tmp_path_factory) -> Path:
    """Folder of a small site that was built with both addresses."""
    root = tmp_path_factory.mktemp("addressed")
    write_small_book(root)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("REPOSITORY", REPOSITORY)
        patch.setenv("SITE", SITE)
        return website.build(root, root)


@pytest.fixture(scope="module")
def lesson(addressed) -> str:
    return (addressed / "notebooks" / "01_lesson.html").read_text(encoding="utf-8")


@pytest.fixture
def page(browser, addressed):
    """The lesson in a browser, from its file; nothing may go wrong on it."""
    opened = SitePage(browser.new_page(viewport={"width": 1280, "height": 900}), "file://")
    yield opened.go((addressed / "notebooks" / "01_lesson.html").as_uri())
    opened.page.close()
    assert opened.problems == []


@pytest.mark.parametrize(
    ("button", "address"),
    [
        (
            "Binder",
            "https://mybinder.org/v2/gh/you/rmsprop-course/main"
            "?urlpath=lab/tree/notebooks/01_lesson.ipynb",
        ),
        (
            "Colab",
            "https://colab.research.google.com/github/you/rmsprop-course/blob/main"
            "/notebooks/01_lesson.ipynb",
        ),
        ("Repository", REPOSITORY),
        ("Suggest edit", f"{REPOSITORY}/edit/main/notebooks/01_lesson.ipynb"),
    ],
)
def test_a_button_of_a_lesson_leads_to_its_notebook(page, button, address):
    assert (
        page.get_by_role("link", name=button, include_hidden=True).get_attribute("href") == address
    )


def test_the_buttons_that_run_a_lesson_say_what_comes_next(page):
    page.get_by_role("button", name="Launch interactive content").click()
    shown = page.locator(".dropdown-launch-buttons a")
    assert shown.all_inner_texts() == ["Binder", "Colab"]
    shown.last.hover()
    assert "a first cell must install the course" in page.get_by_role("tooltip").inner_text()


def test_a_page_that_is_no_lesson_has_no_button_that_runs_it(addressed):
    assert "mybinder" not in (addressed / "book" / "index.html").read_text(encoding="utf-8")


def test_a_page_shows_the_repository_and_the_line_that_installs_from_it(addressed):
    page = (addressed / "book" / "index.html").read_text(encoding="utf-8")
    assert re.search(rf'<a [^>]*href="{REPOSITORY}"', page)
    text = re.sub(r"<[^>]*>", "", page).replace("&quot;", '"')
    assert f'%pip install "rmsprop-course[course] @ git+{REPOSITORY}@main"' in text


def test_the_sitemap_lists_the_pages_at_their_public_addresses(addressed):
    tree = ElementTree.parse(addressed / "sitemap.xml")
    listed = {entry.text for entry in tree.findall(".//{*}loc")}
    assert listed == {f"{SITE}/book/index.html", f"{SITE}/notebooks/01_lesson.html"}


def test_a_page_names_its_public_address(lesson):
    assert f'<link rel="canonical" href="{SITE}/notebooks/01_lesson.html"' in lesson


def test_the_page_for_what_is_missing_works_in_every_folder_of_the_site(addressed):
    page = (addressed / "404.html").read_text(encoding="utf-8")
    local = re.findall(r'(?:src|href)="(/[^"]*)"', page)
    assert len(local) > 10
    assert [link for link in local if not link.startswith("/rmsprop-course/")] == []


@pytest.mark.parametrize("name", LESSONS)
def test_without_addresses_no_page_offers_to_run_or_edit_itself(site, name):
    page = (site / f"{name}.html").read_text(encoding="utf-8")
    for absent in (
        "mybinder.org",
        "colab.research",
        "launch-buttons",
        "source-buttons",
        "canonical",
    ):
        assert absent not in page, absent
    assert not (site / "sitemap.xml").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", None),
        (REPOSITORY, Repository(REPOSITORY, "github.com", "main")),
        (f"{REPOSITORY}/", Repository(REPOSITORY, "github.com", "main")),
        (f"{REPOSITORY}.git", Repository(REPOSITORY, "github.com", "main")),
        (f"{REPOSITORY}/tree/try/1.2", Repository(REPOSITORY, "github.com", "try/1.2")),
        (
            "https://gitlab.com/you/course/-/tree/dev",
            Repository("https://gitlab.com/you/course", "gitlab.com", "dev"),
        ),
    ],
)
def test_a_repository_is_read_from_the_address_that_a_browser_shows(text, expected):
    assert read_repository(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "you/rmsprop-course",
        "http://github.com/you/rmsprop-course",
        "git@github.com:you/rmsprop-course.git",
        "https://github.com/you",
        "https://github.com/you/rmsprop-course/issues",
        "https://example.org/you/rmsprop-course",
    ],
)
def test_an_address_that_is_no_repository_is_refused_with_setting_rule_and_value(text):
    with pytest.raises(
        ConfigError, match=r"^REPOSITORY must be https://HOST/OWNER/NAME or"
    ) as told:
        read_repository(text)
    assert str(told.value).endswith(f"got {text!r}")


@pytest.mark.parametrize("text", ["you.github.io", "ftp://you.github.io", "https://a.org/?page=1"])
def test_an_address_that_is_no_site_is_refused_with_setting_rule_and_value(text):
    with pytest.raises(ConfigError, match=r"^SITE must be https://HOST or https://HOST/FOLDER"):
        read_site(text)


def test_a_wrong_address_stops_the_build_with_one_line(tmp_path, monkeypatch):
    monkeypatch.setenv("SITE", "you.github.io")
    with pytest.raises(website.BookError) as told:
        website.build(tmp_path)
    assert str(told.value).splitlines() == [
        "SITE must be https://HOST or https://HOST/FOLDER, got 'you.github.io'"
    ]
