"""The website, built once for all tests, served on this machine, and its pages in a browser."""

import functools
import http.server
import os
import threading
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import nbformat
import pytest
import website
import yaml
from bs4 import BeautifulSoup
from filelock import FileLock
from playwright.sync_api import Browser, Page

_MADE_BY_THE_THEME = ["404.html", "genindex.html", "index.html", "search.html"]
_READY = """async () => {
    await document.fonts.ready;
    if (window.MathJax?.startup) await MathJax.startup.promise;
}"""


def _documents(entry: dict) -> Iterator[str]:
    yield from (entry[key] for key in ("root", "file") if key in entry)
    for key in ("parts", "chapters", "sections"):
        for below in entry.get(key, []):
            yield from _documents(below)


TOC = yaml.safe_load((website.BOOK / "_toc.yml").read_text(encoding="utf-8"))
DOCUMENTS = list(_documents(TOC))
LESSONS = [name for name in DOCUMENTS if name.startswith("notebooks/")]
PAGES = sorted([*(f"{name}.html" for name in DOCUMENTS), *_MADE_BY_THE_THEME])


@cache
def soup(page: Path) -> BeautifulSoup:
    """A page of the site, read once for all tests; they leave it as it is."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


@cache
def cells(lesson: str) -> list[nbformat.NotebookNode]:
    """The cells of a lesson as it is stored."""
    cells: list[nbformat.NotebookNode] = nbformat.read(website.ROOT / f"{lesson}.ipynb", 4).cells
    return cells


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of the built site; RMSPROP_COURSE_SITE names one that is built already."""
    if built := os.environ.get("RMSPROP_COURSE_SITE"):
        return Path(built).resolve()
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    with FileLock(shared / "book.lock", timeout=600):
        if not (shared / "book" / "done").exists():
            website.build(shared / "book")
            (shared / "book" / "done").touch()
    return shared / "book" / "_build" / "html"


class _Handler(http.server.SimpleHTTPRequestHandler):
    """Serves a folder as a host of static pages does: what is missing is 404.html."""

    def send_error(self, code: int, *message: str | None) -> None:
        if code != http.HTTPStatus.NOT_FOUND:
            return super().send_error(code, *message)
        body = (Path(self.directory) / "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        return None

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="session")
def site_url(site: Path) -> Iterator[str]:
    """Address at which the site is served, without a slash at the end."""
    handler = functools.partial(_Handler, directory=str(site))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


class SitePage:
    """A page of the site in the browser, with all that went wrong on it."""

    def __init__(self, page: Page, base: str) -> None:
        self.page, self.problems = page, []
        page.on("pageerror", lambda error: self.problems.append(str(error)))
        page.on("console", lambda said: said.type == "error" and self.problems.append(said.text))
        page.on("requestfailed", lambda asked: self.problems.append(f"failed {asked.url}"))
        page.on("request", lambda asked: self._note_request(asked.url, base))
        page.on("response", lambda given: self._note_status(given.status, given.url))

    def _note_request(self, url: str, base: str) -> None:
        if not url.startswith((base, "data:", "blob:")):
            self.problems.append(f"external {url}")

    def _note_status(self, status: int, url: str) -> None:
        if status >= 400:
            self.problems.append(f"{status} {url}")

    def go(self, address: str) -> Page:
        """Open an address and wait for its fonts and its mathematics."""
        self.page.goto(address)
        if address.endswith("/index.html") and "/book/" not in address:
            self.page.wait_for_url("**/book/index.html")  # the first page sends there at once
        self.page.evaluate(_READY)
        return self.page


@pytest.fixture
def open_page(browser: Browser, site_url: str) -> Iterator[Callable[..., Page]]:
    """Opens a page of the site by its name; nothing may go wrong on any of them."""
    opened: list[SitePage] = []

    def open_it(name: str, **screen) -> Page:
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 900}, **screen})
        opened.append(SitePage(page, site_url))
        return opened[-1].go(f"{site_url}/{name}")

    yield open_it
    problems = [problem for each in opened for problem in each.problems]
    for each in opened:
        each.page.close()
    assert problems == []
