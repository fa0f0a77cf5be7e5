"""Every page of the website as a browser shows it; test_book_files.py reads the same files."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import axe_playwright_python
import pytest
from book_site import LESSONS, PAGES, SitePage
from playwright.sync_api import Browser, Page

_HEIGHT = 900  # pixels
_WIDTHS = (360, 768, 1280)
_MODES = ("light", "dark")
_AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
_ALL_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_RULES = {  # those that ask for no color have the same answer in both
    "light": _ALL_RULES,
    "dark": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
}
_CHECK = """async rules => {
    const settings = {runOnly: rules, resultTypes: ["violations"], preload: false};
    const {violations} = await axe.run(settings);
    return violations.flatMap(rule => rule.nodes.map(
        node => `${rule.id} ${node.target} ${node.html.slice(0, 120)} ${node.failureSummary}`));
}"""
_SWITCH = "mode => Object.assign(document.documentElement.dataset, {mode, theme: mode})"
_TOO_WIDE = """() => {
    const {scrollWidth, clientWidth} = document.documentElement;
    const sticksOut = element => element.getBoundingClientRect().right > clientWidth + 1;
    return scrollWidth <= clientWidth ? [] : [...document.querySelectorAll("article *")]
        .filter(sticksOut).slice(0, 5).map(element => element.outerHTML.slice(0, 120));
}"""
_MATHEMATICS = """() => {
    const broken = [...document.querySelectorAll("mjx-merror, [data-mjx-error]")];
    const isRaw = formula => !formula.querySelector("mjx-container");
    const raw = [...document.querySelectorAll(".math")].filter(isRaw);
    return [...broken, ...raw].map(each => each.textContent);
}"""
_WEIGHT = """() => {
    const entries = ["navigation", "resource"].flatMap(type => performance.getEntriesByType(type));
    const sum = (list, size) => list.reduce((total, each) => total + size(each), 0);
    const images = entries.filter(each => ["img", "image"].includes(each.initiatorType));
    const modules = [...document.querySelectorAll("script[type=module]:not([src])")];
    const stills = [...document.querySelectorAll("img[src^='data:']")];
    return {
        all: sum(entries, each => each.encodedBodySize),
        figures: sum(images, each => each.encodedBodySize)
            + sum(modules, each => new Blob([each.textContent]).size)
            + sum(stills, each => each.getAttribute("src").length),
    };
}"""


@dataclass(frozen=True)
class Visit:
    """What one look at a page found.

    Attributes
    ----------
    problems : list of str
        Errors, and requests that failed or left the site.
    mathematics : list of str
        Formulas that are not shown.
    too_wide : dict
        By (mode, width): what makes the document scroll sideways.
    violations : dict
        By mode: what axe-core has to say at 1280 pixels.
    weight : dict
        Bytes that came for the page, uncompressed: ``all``, and those of them for ``figures``
        (images, stills, and the module that makes live figures move).
    """

    problems: list[str]
    mathematics: list[str]
    too_wide: dict[tuple[str, int], list[str]]
    violations: dict[str, list[str]]
    weight: dict[str, int]


@pytest.fixture(scope="module")
def visit(browser: Browser, site_url: str) -> Iterator[Callable[[str], Visit]]:
    """Looks at a page of the site, once for all tests; what pages share is compiled once."""
    context = browser.new_context(reduced_motion="reduce")

    @cache
    def look(name: str) -> Visit:
        visitor = SitePage(context.new_page(), site_url)
        page = visitor.go(f"{site_url}/{name}")
        weight, mathematics = page.evaluate(_WEIGHT), page.evaluate(_MATHEMATICS)
        page.evaluate(_AXE)
        too_wide, violations = {}, {}
        for mode in _MODES:
            page.evaluate(_SWITCH, mode)
            for width in _WIDTHS:
                page.set_viewport_size({"width": width, "height": _HEIGHT})
                too_wide[mode, width] = page.evaluate(_TOO_WIDE)
            violations[mode] = page.evaluate(_CHECK, _RULES[mode])
        page.close()
        return Visit(visitor.problems, mathematics, too_wide, violations, weight)

    yield look
    context.close()


every_page = pytest.mark.parametrize("name", PAGES)


@every_page
def test_a_page_has_no_error_and_asks_for_nothing_outside(visit, name):
    assert visit(name).problems == []


@every_page
def test_all_mathematics_is_shown(visit, name):
    assert visit(name).mathematics == []


@every_page
@pytest.mark.parametrize("width", _WIDTHS)
@pytest.mark.parametrize("mode", _MODES)
def test_a_page_does_not_scroll_sideways(visit, name, mode, width):
    assert visit(name).too_wide[mode, width] == []


@every_page
@pytest.mark.parametrize("mode", _MODES)
def test_a_page_violates_no_rule_of_wcag_2_aa(visit, name, mode):
    assert visit(name).violations[mode] == []


@every_page
def test_a_page_weighs_less_than_3_mb(visit, name):
    assert visit(name).weight["all"] < 3e6


def test_the_landing_page_weighs_less_than_1_mb_before_its_figures(visit):
    weight = visit("book/index.html").weight
    assert 0 < weight["all"] - weight["figures"] < 1e6


@pytest.mark.parametrize(
    "name", ["book/index.html", f"{LESSONS[1]}.html", f"{LESSONS[5]}.html", "search.html"]
)
def test_a_page_opens_from_a_folder(browser, site, name):
    visitor = SitePage(browser.new_page(), "file://")
    page = visitor.go((site / name).as_uri())
    assert (page.evaluate(_MATHEMATICS), visitor.problems) == ([], [])
    page.close()


@pytest.fixture
def lesson(open_page) -> Page:
    """A lesson on a phone, where both tables of contents are behind buttons."""
    screen = {"viewport": {"width": 360, "height": 740}, "reduced_motion": "reduce"}
    return open_page(f"{LESSONS[3]}.html", **screen)


@pytest.mark.parametrize(
    ("button", "menu"), [("primary", "pst-primary-sidebar"), ("secondary", "pst-secondary-sidebar")]
)
def test_a_menu_on_a_phone_opens_by_keyboard_and_closes_by_escape(lesson, button, menu):
    toggle = lesson.locator(f".bd-header-article .{button}-toggle")
    toggle.focus()
    lesson.keyboard.press("Enter")
    link = lesson.locator(f"#{menu}-modal a:visible").first
    link.wait_for()
    lesson.evaluate(_AXE)
    assert lesson.evaluate(_CHECK, _ALL_RULES) == []
    lesson.keyboard.press("Escape")
    link.wait_for(state="hidden")


def test_a_formula_wider_than_a_phone_scrolls_by_keyboard(lesson):
    wide, reached = lesson.evaluate("""() => {
        const boxes = [...document.querySelectorAll("span.math, div.math mjx-container")];
        const wide = boxes.filter(box => box.scrollWidth > box.clientWidth);
        return [wide.length, wide.filter(box => box.tabIndex === 0).length];
    }""")
    assert wide == reached > 0


def test_the_keyboard_is_seen_wherever_it_is(open_page):
    page = open_page(f"{LESSONS[3]}.html")
    for _ in range(40):
        page.keyboard.press("Tab")
        focused = page.evaluate("""() => {
            const isMarked = ({outlineStyle, boxShadow}) =>
                outlineStyle !== "none" || boxShadow !== "none";
            const {activeElement: at} = document;
            const styles = [at, ...at.children].map(each => getComputedStyle(each));
            return [at.outerHTML, styles.some(isMarked)];
        }""")
        assert focused[1], focused[0]


def test_search_by_keyboard_finds_a_lesson(open_page):
    page = open_page(f"{LESSONS[3]}.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("bias correction")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html?q=bias+correction")
    found = page.locator("#search-results li a")
    found.first.wait_for()
    assert any("02_the_moving_average" in link.get_attribute("href") for link in found.all())


def test_the_button_for_dark_mode_switches_by_keyboard_and_is_kept(open_page):
    page = open_page("book/glossary.html", color_scheme="light")
    page.locator(".theme-switch-button:visible").focus()
    page.keyboard.press("Enter")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    page.reload()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
