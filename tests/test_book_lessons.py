"""Lessons as a reader of the site meets them: folds, quizzes, code to copy, and the ways around."""

import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from book_site import DOCUMENTS, LESSONS, SitePage, cells, soup
from playwright.sync_api import Browser, Locator, Page, expect
from website import ROOT

_RUNS_ELSEWHERE = "mybinder.org", "colab.research.google.com"
_SIDES = "a.left-prev", "a.right-next"
_LOOK = "[document.documentElement.dataset.mode, document.documentElement.dataset.theme]"


class LessonPage:
    """A lesson on the site, and the notebook that it was made from."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.path = page, ROOT / f"{name}.ipynb"
        self.code = [cell for cell in cells(name) if cell.cell_type == "code"]

    def cells(self, tag: str = "") -> list[tuple[nbformat.NotebookNode, Locator]]:
        """The code cells, or those with a tag: each as it is stored and as it is shown."""
        shown = self.page.locator("main div.cell").all()
        pairs = zip(self.code, shown, strict=True)
        return [pair for pair in pairs if not tag or tag in pair[0].metadata.get("tags", [])]


@pytest.fixture(scope="module", params=LESSONS)
def lesson(request, browser: Browser, site_url: str) -> Iterator[LessonPage]:
    """A lesson in the browser, opened once for all tests; nothing may go wrong on it."""
    allowed = ["clipboard-read", "clipboard-write"]
    screen = {"viewport": {"width": 1280, "height": 900}}
    context = browser.new_context(permissions=allowed, accept_downloads=True, **screen)
    opened = SitePage(context.new_page(), site_url)
    yield LessonPage(opened.go(f"{site_url}/{request.param}.html"), request.param)
    context.close()
    assert opened.problems == []


def assert_folds(fold: Locator, *within: Locator) -> None:
    """A closed <details>: mouse and keyboard show what is in it and fold it away again."""
    summary = fold.locator("summary").first
    is_open = [False, True, False, True]
    acts = [summary.click, lambda: summary.press("Enter"), lambda: summary.press("Space")]
    for expected, act in zip(is_open, [*acts, summary.click], strict=True):
        assert [each.is_visible() for each in within] == [expected] * len(within)
        act()


def test_an_exercise_shows_skeleton_and_check_and_folds_hint_and_solution(lesson):
    hints = lesson.page.locator("details").filter(has=lesson.page.get_by_text("Hint", exact=True))
    exercises, checks = lesson.cells("exercise"), lesson.cells("check")
    solutions = lesson.cells("solution")
    assert hints.count() == len(exercises) == len(checks) == len(solutions) >= 1
    for _, skeleton in exercises:
        assert skeleton.locator("pre").first.is_visible()
    for _, check in checks:
        assert check.locator("pre").first.is_visible()
        assert check.locator(".cell_output").inner_text().strip() == "not attempted"
    for hint in hints.all():
        assert_folds(hint, hint.locator("p").first)
    for _, solution in solutions:
        assert "correct" in solution.locator("details .cell_output").text_content()
        fold = solution.locator("details")
        assert_folds(fold, fold.locator(".cell_input pre"), fold.locator(".cell_output"))


def test_a_quiz_is_text_with_folded_answers(lesson):
    questions = lesson.page.locator(".rmsprop-quiz > ol > li")
    assert questions.count() == 3
    for question in questions.all():
        assert question.locator("li").first.is_visible()
        answer = question.locator("details")
        assert " is right:" in answer.text_content()
        assert_folds(answer, answer.locator("p").first)


def test_an_option_of_a_quiz_says_whether_it_is_right_and_why(lesson):
    for question in lesson.page.locator(".rmsprop-quiz > ol > li").all():
        answer = question.locator("details").text_content()
        verdicts = []
        for option in question.get_by_role("button").all():
            option.press("Enter")
            chosen, said = option.inner_text(), question.get_by_role("status").inner_text()
            letter = chosen[:3]
            assert said in answer and said.startswith(f"{letter} is ")
            assert question.locator("[aria-pressed=true]").all_inner_texts() == [chosen]
            verdicts.append(said.startswith(f"{letter} is right: "))
        assert sorted(verdicts) == [False, False, True]


def test_a_formula_wider_than_a_phone_is_drawn_smaller(open_page):
    page = open_page("notebooks/03_the_update.html", viewport={"width": 360, "height": 800})
    page.wait_for_function("""() => {
        const boxes = [...document.querySelectorAll("div.math mjx-container")];
        return boxes.length && boxes.every(box => box.scrollWidth <= box.clientWidth);
    }""")


def test_code_that_only_draws_is_folded_and_what_it_draws_is_not(lesson):
    for _, cell in lesson.cells("hide-input"):
        assert_folds(cell.locator("details").first, cell.locator("details .cell_input pre"))
        assert cell.locator(".cell_output").last.is_visible()


def test_the_copy_button_gives_exactly_the_code(lesson):
    cells = lesson.cells()
    for stored, cell in cells:
        cell.locator(".cell_input .copybtn").evaluate("button => button.click()")
        assert lesson.page.evaluate("navigator.clipboard.readText()").rstrip("\n") == stored.source


def test_the_mouse_finds_the_copy_button(lesson):
    stored, cell = next(pair for pair in lesson.cells() if pair[0].outputs)
    button = cell.locator(".cell_input .copybtn")
    lesson.page.evaluate("navigator.clipboard.writeText('')")
    cell.locator(".cell_input pre").hover()
    button.click()
    lesson.page.wait_for_function("async () => await navigator.clipboard.readText() !== ''")
    assert lesson.page.evaluate("navigator.clipboard.readText()").rstrip("\n") == stored.source


def test_no_output_is_an_empty_box(lesson):
    for stored, cell in lesson.cells():
        outputs = cell.locator(".cell_output")
        assert outputs.count() == bool(stored.outputs)
        if stored.outputs:
            assert outputs.text_content().strip() or outputs.locator("img").count()
    assert "jupyter.widget-view" not in lesson.page.content()  # a page has no kernel to ask


def test_the_lesson_is_downloaded_as_it_is_stored(lesson):
    page = lesson.page
    page.get_by_role("button", name="Download this page").click()
    with page.expect_download() as found:
        page.get_by_role("link", name=".ipynb").click()
    assert found.value.suggested_filename == lesson.path.name
    assert Path(found.value.path()).read_bytes() == lesson.path.read_bytes()


def test_without_a_repository_no_button_runs_a_lesson_elsewhere(lesson):
    assert [host for host in _RUNS_ELSEWHERE if host in lesson.page.content()] == []
    assert lesson.page.locator(".dropdown-launch-buttons").count() == 0


def neighbors(site: Path, name: str) -> list[str | None]:
    """The pages to which "previous" and "next" lead."""
    page = site / f"{name}.html"
    found = [soup(page).select_one(side) for side in _SIDES]
    paths = [link and (page.parent / link["href"].partition("#")[0]).resolve() for link in found]
    return [path and path.relative_to(site).as_posix() for path in paths]


def test_previous_and_next_lead_through_all_pages_in_order(site):
    before = [None, *(f"{name}.html" for name in DOCUMENTS[:-1])]
    after = [*(f"{name}.html" for name in DOCUMENTS[1:]), None]
    for name, *pair in zip(DOCUMENTS, before, after, strict=True):
        assert neighbors(site, name) == pair, name


def test_a_click_on_next_opens_the_next_lesson(open_page):
    page = open_page(f"{LESSONS[1]}.html")
    page.get_by_role("link", name=re.compile("^next", re.IGNORECASE)).click()
    page.wait_for_url(f"**/{LESSONS[2]}.html")


@pytest.mark.parametrize("opens", ["the button", "Control+k"])
def test_search_leads_to_the_lesson_that_has_the_word(browser, site, site_url, opens):
    base = site_url if opens == "the button" else site.as_uri()  # once served, once from files
    opened = SitePage(browser.new_page(), base)
    page = opened.go(f"{base}/{LESSONS[1]}.html")
    if opens == "the button":
        page.get_by_role("button", name="Search").click()
    else:
        page.keyboard.press(opens)
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("CartPole")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=CartPole*")
    page.locator("#search-results").get_by_role("link", name="Train real networks").click()
    page.wait_for_url(f"**/{LESSONS[8]}.html*")
    page.close()
    assert opened.problems == []


def _look(page: Page) -> tuple[str, str]:
    """The mode that the reader chose, and the theme that is shown."""
    mode, theme = page.evaluate(_LOOK)
    return mode, theme


def test_the_color_mode_goes_round_and_stays_on_the_next_page(open_page):
    page = open_page(f"{LESSONS[1]}.html", color_scheme="dark")
    switch = page.get_by_role("button", name="Color mode").first
    seen = [_look(page)]
    for _ in range(3):
        switch.click()
        seen.append(_look(page))
    assert seen[0] == seen[-1] == ("auto", "dark")
    assert set(seen) == {("auto", "dark"), ("light", "light"), ("dark", "dark")}
    page.emulate_media(color_scheme="light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    while _look(page)[0] != "dark":
        switch.click()
    page.goto(page.url.replace(LESSONS[1], LESSONS[2]))
    assert _look(page) == ("dark", "dark")
