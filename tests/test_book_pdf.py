"""What is printed: a page of the site by its reader, and all of them as one book."""

import re
import shutil
from collections.abc import Iterator
from importlib.metadata import metadata
from io import BytesIO
from pathlib import Path

import chromium
import pytest
import website_pdf
from book_site import LESSONS, cells
from playwright.sync_api import Browser, Page
from pypdf import PdfReader

PIXELS = 96 / 25.4  # in a millimeter
HEIGHT = 257  # millimeters between the margins of A4
LESSON_WIDTH, BOOK_WIDTH = 178, 176
TOO_LARGE = """([width, height]) => Array.from(document.querySelectorAll(".bd-article *"))
    .filter((element) => !element.closest("mjx-assistive-mml") && !element.closest("svg svg"))
    .filter((element) => {
        const box = element.getBoundingClientRect();
        const tall = element.matches("img, svg, .cell_input") && box.height > height;
        return box.width > 0 && (box.right > width + 1 || box.left < -1 || tall);
    })
    .map((element) => element.outerHTML.slice(0, 120))"""


def plain(text: str) -> str:
    """Text without spaces and line ends, which printing moves."""
    return re.sub(r"\s", "", text)


def shown_code(lesson: str) -> Iterator[str]:
    """Code of a lesson that its page shows unfolded, line by line."""
    for cell in cells(lesson):
        tags = set(cell["metadata"].get("tags", []))
        if cell["cell_type"] == "code" and not tags & {"hide-cell", "hide-input"}:
            yield from filter(str.strip, cell["source"].splitlines())


class Book:
    """The printed book, its text page by page, and the page that it was printed from."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.reader = page, PdfReader(file)
        self.texts = [each.extract_text() for each in self.reader.pages]
        self.outline = list(self._items(self.reader.outline))

    def _items(self, outline: list) -> Iterator[tuple[str, int]]:
        for item in outline:
            if isinstance(item, list):
                yield from self._items(item)
            else:
                yield item.title, self.reader.get_destination_page_number(item) + 1

    def chapters(self) -> list[tuple[str, int]]:
        """Titles and pages in the table of contents."""
        lines = re.findall(r"^(.*\D) (\d+)$", self.texts[1], re.MULTILINE)
        return [(title, int(page)) for title, page in lines]

    def chapter(self, title: str) -> str:
        """Text of a chapter without spaces."""
        starts = [start for _, start in self.chapters()] + [len(self.texts) + 1]
        start = dict(self.chapters())[title]
        return plain("".join(self.texts[start - 1 : starts[starts.index(start) + 1] - 1]))


@pytest.fixture(scope="module")
def book(browser: Browser, site: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Book]:
    page = website_pdf.open_book(browser, site)
    file = tmp_path_factory.mktemp("pdf") / "book.pdf"
    website_pdf.print_book(page).write(file)
    yield Book(page, file)
    page.close()


@pytest.fixture(scope="module")
def lesson_titles(site: Path) -> dict[str, str]:
    """Title of each lesson, as its page gives it."""
    pages = {lesson: (site / f"{lesson}.html").read_text(encoding="utf-8") for lesson in LESSONS}
    titles = {name: re.search(r"<title>(.*?) &#8212;", text) for name, text in pages.items()}
    return {name: title[1] for name, title in titles.items()}


def test_the_book_is_as_long_as_its_lessons_ask(book):
    assert 100 < len(book.texts) < 300


def test_every_page_but_the_title_bears_its_number(book):
    assert "Version" in book.texts[0]
    heads = [text.splitlines()[:2] for text in book.texts]
    unnumbered = [n for n, head in enumerate(heads, 1) if str(n) not in head]
    assert unnumbered == [1]


def test_the_contents_name_the_page_on_which_a_chapter_begins(book, lesson_titles):
    titles = [title for title, _ in book.chapters()]
    assert [title for title in titles if title in lesson_titles.values()] == list(
        lesson_titles.values()
    )
    for title, page in book.chapters():
        begin = plain(book.texts[page - 1])
        assert plain(f"{title} {page} {title}") in begin, f"{title} is not on page {page}"


def test_the_outline_holds_every_chapter_once(book):
    titles = [title for title, _ in book.outline]
    for chapter in book.chapters():
        assert book.outline.count(chapter) == 1
    assert [title for title in titles if re.fullmatch(r"(.+)\1", title)] == []


def test_links_in_the_book_lead_to_its_pages_and_others_to_secure_addresses(book):
    places = {name.removeprefix("/") for name in book.reader.named_destinations}
    links = [link.get_object() for page in book.reader.pages for link in page.get("/Annots") or []]
    inner = {str(link["/Dest"]).removeprefix("/") for link in links if "/Dest" in link}
    outer = {link["/A"]["/URI"] for link in links if "/A" in link}
    assert len(inner) > 100
    assert inner <= places
    assert len(outer) > 40
    assert [url for url in outer if not url.startswith(("https://", "http://127.0.0.1"))] == []
    assert book.page.locator("a[href^='#']").count() > len(inner)


def test_every_anchor_that_the_book_links_to_is_there_once(book):
    wrong = book.page.evaluate("""() => Array.from(document.querySelectorAll("a[href^='#']"))
        .map((link) => decodeURIComponent(link.hash.slice(1)))
        .filter((id) => document.querySelectorAll(`[id="${CSS.escape(id)}"]`).length !== 1)""")
    assert wrong == []


def test_a_page_number_in_the_text_is_that_of_the_page_it_leads_to(book):
    told = book.page.eval_on_selector_all(
        "a.page-of", "links => links.map((a) => [decodeURIComponent(a.hash.slice(1)), a.innerText])"
    )
    assert len(told) > 150
    places = book.reader.named_destinations
    for name, number in told:
        page = book.reader.get_destination_page_number(places[f"/{name}"]) + 1
        assert int(number) == page


def test_every_formula_is_set(book):
    assert book.page.locator("mjx-container").count() == book.page.locator(".math").count()
    assert book.page.locator("mjx-merror, [data-mjx-error]").count() == 0


@pytest.mark.parametrize("lesson", LESSONS)
def test_a_lesson_is_in_the_book_with_all_its_code(book, lesson_titles, lesson):
    text = book.chapter(lesson_titles[lesson])
    assert [line for line in shown_code(lesson) if plain(line) not in text] == []


def test_solutions_and_answers_stand_at_the_end_alone(book):
    last = book.chapter("Hints, solutions and answers")
    for text in ("defmean_square_solution(values):", "isnotright:"):
        assert text in last
        assert text not in plain("".join(book.texts)).replace(last, "")
    assert book.page.locator("details").count() == 0


def test_the_book_says_who_wrote_it_but_not_when(book):
    about = metadata("rmsprop-course")
    assert book.reader.metadata.title == "RMSProp, derived, built and measured"
    assert book.reader.metadata.author == about["Author"]
    assert book.reader.metadata.creation_date is None
    assert about["Version"] in book.texts[0]
    assert book.reader.trailer["/Root"]["/Lang"] == "en"
    assert book.reader.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_no_page_is_empty(book):
    empty = [
        number
        for number, (page, text) in enumerate(zip(book.reader.pages, book.texts, strict=True), 1)
        if not text.partition(f"{number}\n")[2].strip() and number > 1 and not page.images
    ]
    assert empty == []


def too_large(page: Page, width: int) -> list[str]:
    """Elements that do not fit between the margins, a width and HEIGHT apart in millimeters."""
    room = [round(side * PIXELS) for side in (width, HEIGHT)]
    page.emulate_media(media="print")
    page.set_viewport_size({"width": room[0], "height": room[1]})
    return page.evaluate(TOO_LARGE, room)


def test_nothing_in_the_book_reaches_beyond_its_page(book):
    assert too_large(book.page, BOOK_WIDTH) == []


def printed(page: Page) -> str:
    """Text of a page of the site as the browser prints it, without spaces."""
    reader = PdfReader(BytesIO(page.pdf(format="A4")))
    return plain("".join(each.extract_text() for each in reader.pages))


@pytest.fixture
def lesson_page(open_page) -> Page:
    return open_page("notebooks/03_the_update.html", color_scheme="dark")


def test_a_printed_lesson_is_its_text_and_code_alone(lesson_page):
    text = printed(lesson_page)
    assert [line for line in shown_code(LESSONS[3]) if plain(line) not in text] == []
    for button in (
        "Search",
        "Backtotop",
        "Previous",
        "Downloadthispage",
        "Showthecode",
        "Contents",
    ):
        assert button not in text
    lesson_page.emulate_media(media="print")
    option = lesson_page.locator(".rmsprop-quiz button").first  # a button on the screen alone
    assert option.evaluate("e => getComputedStyle(e).borderStyle") == "none"
    controls = "button:not(.rmsprop-quiz *), input, .controls small, .headerlink, .figure-link"
    rest = f"{controls}, nav, header, footer, dialog"
    assert lesson_page.locator(rest).filter(visible=True).count() == 0


def test_a_printed_lesson_gives_no_solution_away_unless_it_was_opened(lesson_page):
    text = printed(lesson_page)
    assert text.count("Hint:folded,notprinted") == text.count("Solution:folded,notprinted") == 3
    assert "deffirst_step_solution" not in text
    assert "isright:" not in text
    lesson_page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    text = printed(lesson_page)
    assert "deffirst_step_solution" in text
    assert "isright:" in text


def test_a_dark_page_is_light_while_it_is_printed(lesson_page):
    theme = "document.documentElement.dataset.theme"
    assert lesson_page.evaluate(theme) == "dark"
    lesson_page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert lesson_page.evaluate(theme) == "light"
    lesson_page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert lesson_page.evaluate(theme) == "dark"


def test_nothing_on_a_printed_page_reaches_beyond_it(lesson_page):
    assert too_large(lesson_page, LESSON_WIDTH) == []


def test_without_chromium_it_is_told_before_the_build_how_to_get_one(monkeypatch, capsys):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(website_pdf, "build", lambda: pytest.fail("it built first"))
    monkeypatch.setattr("sys.argv", ["website_pdf.py"])
    assert website_pdf.main() == 1
    assert "apt install chromium" in capsys.readouterr().err
    with pytest.raises(chromium.NoChromiumError):
        chromium.find_chromium()
