"""Live figures on the built site: alive with no kernel and no network, and moved by every hand."""

import json
from collections.abc import Callable

import pytest
from book_site import LESSONS, SitePage
from playwright.sync_api import Browser, Page, expect
from site_figure import FIGURES, Hand, SiteFigure, by_keyboard, by_mouse, by_touch
from website import ROOT

RACE = "notebooks/05_watch_it_move.html"
PHONE = {"viewport": {"width": 360, "height": 800}, "has_touch": True, "is_mobile": True}


def _holds_a_figure(lesson: str) -> bool:
    return "rmsprop-live" in (ROOT / f"{lesson}.ipynb").read_text(encoding="utf-8")


PAGES = ["book/index.html", *(f"{name}.html" for name in LESSONS if _holds_a_figure(name))]


def figures_on(page: Page) -> list[SiteFigure]:
    """The figures of a page, each alive in the place of its still."""
    roots = page.locator(".rmsprop-live")
    expect(page.locator(".rmsprop-live .rmsprop-figure")).to_have_count(roots.count())
    expect(page.locator(".rmsprop-live img")).to_have_count(0)
    assert roots.count() >= 1
    return [SiteFigure(root) for root in roots.all()]


def move_all(page: Page, hand: Hand) -> None:
    """Move every slider of the page; each time the figure must show what the library computes."""
    for figure in figures_on(page):
        for slider in figure.sliders.all():
            before = slider.get_attribute("aria-valuetext")
            hand(page, slider)
            after = slider.get_attribute("aria-valuetext")
            assert after != before, slider.get_attribute("aria-label")
            assert slider.locator("xpath=../..").locator("output").inner_text() == after
            figure.assert_is_what_the_library_computes()


def test_every_page_with_a_figure_is_tried_and_every_kind_of_figure(site):
    texts = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    found = [page for page, text in texts.items() if 'class="rmsprop-live"' in text]
    assert sorted(page.relative_to(site).as_posix() for page in found) == sorted(PAGES)
    for name in FIGURES:
        assert any(f'data-figure="{name}"' in texts[page] for page in found), name


@pytest.mark.parametrize("name", PAGES)
def test_mouse_and_keyboard_move_every_slider(open_page, name):
    page = open_page(name)
    for hand in (by_mouse, by_keyboard):
        move_all(page, hand)


@pytest.mark.parametrize("name", PAGES)
def test_a_finger_moves_every_slider_on_a_phone(open_page, name):
    move_all(open_page(name, **PHONE), by_touch)


@pytest.mark.parametrize("name", PAGES)
def test_a_file_without_a_network_is_alive(browser: Browser, site, name):
    opened = SitePage(browser.new_page(offline=True), "file:")
    page = opened.go((site / name).as_uri())
    for figure in figures_on(page):
        by_keyboard(page, figure.sliders.first)
        figure.assert_is_what_the_library_computes()
    page.close()
    assert opened.problems == []


@pytest.mark.parametrize("name", PAGES)
def test_without_javascript_the_still_stands_there_with_its_description(browser, site, name):
    page = browser.new_page(java_script_enabled=False)
    page.goto((site / name).as_uri())
    for root in page.locator(".rmsprop-live").all():
        kind, config = root.get_attribute("data-figure"), root.get_attribute("data-config")
        stills = root.locator("img")
        described = [panel.alt for panel in FIGURES[kind](**json.loads(config)).panels()]
        assert [still.get_attribute("alt") for still in stills.all()] == described
        for still in stills.all():
            assert still.evaluate("image => image.naturalWidth") >= 300
            assert still.bounding_box()["width"] >= 300
    page.close()


@pytest.fixture
def race(open_page) -> Callable[..., SiteFigure]:
    """Opens the lesson that holds the race, and returns the race."""

    def open_it(**screen) -> SiteFigure:
        figures = figures_on(open_page(RACE, **screen))
        return next(figure for figure in figures if figure.name == "race")

    return open_it


def step(race: SiteFigure) -> int:
    return int(race.root.get_by_role("slider", name="step", exact=True).input_value())


def press(race: SiteFigure, name: str) -> None:
    race.root.get_by_role("button", name=name, exact=True).click()


def wait_for_step(race: SiteFigure, least: int) -> None:
    slider = race.root.get_by_role("slider", name="step", exact=True).element_handle()
    race.root.page.wait_for_function(
        "([slider, least]) => slider.value >= least", arg=[slider, least]
    )


def test_the_race_plays_pauses_and_goes_step_by_step(race):
    running = race()
    panels = running.root.locator(".panels")
    press(running, "Play")
    wait_for_step(running, 5)
    drawn = panels.inner_html()
    wait_for_step(running, 15)
    assert panels.inner_html() != drawn
    press(running, "Pause")
    there, drawn = step(running), panels.inner_html()
    running.root.page.wait_for_timeout(200)
    assert (step(running), panels.inner_html()) == (there, drawn)
    assert f"step {there} of " in running.status.inner_text()
    press(running, "One step")
    assert step(running) == there + 1


@pytest.mark.parametrize(
    ("screen", "hands"), [({}, [by_mouse, by_keyboard]), (PHONE, [by_touch])], ids=["desk", "phone"]
)
def test_every_hand_moves_the_race_to_a_step(race, screen, hands):
    running = race(**screen)
    for hand in hands:
        there, drawn = step(running), running.root.locator(".panels").inner_html()
        hand(running.root.page, running.root.get_by_role("slider", name="step", exact=True))
        assert step(running) < there
        assert f"step {step(running)} of 150" in running.status.inner_text()
        assert running.root.locator(".panels").inner_html() != drawn


def test_a_reader_who_wants_less_motion_gets_few_pictures_of_the_same_race(race):
    running = race(reduced_motion="reduce")
    panels = running.root.locator(".panels")
    panels.evaluate(
        """(panels) => {
            window.pictures = new Set();
            window.start = performance.now();
            const keep = () => pictures.add(panels.innerHTML);
            new MutationObserver(keep).observe(panels, { childList: true, subtree: true });
        }"""
    )
    press(running, "Play")
    wait_for_step(running, 40)
    pictures, seconds = running.root.page.evaluate(
        "[pictures.size, (performance.now() - start) / 1000]"
    )
    assert 1 <= pictures <= 2 * seconds + 1


_BRIGHTNESS = """(root) => {
    const channels = (color) => color.match(/[\\d.]+/g).map(Number);
    const bright = (color) => channels(color).slice(0, 3).reduce((a, b) => a + b) / 765;
    const clear = (color) => color === "transparent" || channels(color)[3] === 0;
    let ground = root;
    while (clear(getComputedStyle(ground).backgroundColor)) ground = ground.parentElement;
    const words = [...root.querySelectorAll("svg text, [role=status], .control span")];
    return [
        bright(getComputedStyle(ground).backgroundColor),
        words.map((each) => bright(getComputedStyle(each)[each.closest("svg") ? "fill" : "color"])),
        getComputedStyle(root.firstElementChild).colorScheme,
    ];
}"""


@pytest.mark.parametrize("name", PAGES)
def test_the_dark_site_has_dark_figures_with_light_words(open_page, name):
    page = open_page(name, color_scheme="dark")
    for figure in figures_on(page):
        ground, words, scheme = figure.root.evaluate(_BRIGHTNESS)
        assert ground < 0.2
        assert min(words) > 0.7
        assert scheme == "dark"  # sliders, choices and check boxes too
