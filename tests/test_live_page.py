"""Live figures on a page without a kernel: alive, operable by keyboard, and fit for any screen."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from live_page import LivePage, assert_drawn_alike, still_drawing
from playwright.sync_api import Page, expect

from rmsprop_course import live
from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._svg import LOOK

FIGURES = [getattr(live, name) for name in live.__all__]
WIDE, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 800}
Show = Callable[..., Page]


@pytest.fixture
def show(browser, tmp_path: Path) -> Iterator[Show]:
    """Opens a saved page that holds a figure; nothing may go wrong on it."""
    pages, problems = [], []

    def open_page(figure: LiveFigure, **screen) -> Page:
        page = browser.new_page(**{"viewport": WIDE, **screen})
        page.on("pageerror", lambda error: problems.append(str(error)))
        page.on("console", lambda said: said.type == "error" and problems.append(said.text))
        page.on(
            "request",
            lambda asked: asked.url[:5] in ("file:", "data:") or problems.append(asked.url),
        )
        pages.append(page)
        still = figure._repr_mimebundle_()[0]["text/html"]
        script = f'<script type="module">{bundle()}\nmountAll();</script>'
        head = "<!doctype html><html lang=en><meta charset=utf-8><title>A page</title>"
        (tmp_path / "page.html").write_text(f"{head}{still}{script}", encoding="utf-8")
        page.goto((tmp_path / "page.html").as_uri())
        expect(page.locator(".rmsprop-figure")).to_be_visible()
        return page

    yield open_page
    for page in pages:
        page.close()
    assert problems == []


def drawing(page: Page) -> str:
    return page.locator(".rmsprop-figure .panels").inner_html()


@pytest.mark.parametrize("figure", FIGURES)
def test_the_figure_takes_the_place_of_its_still(show, figure):
    page = show(figure())
    expect(page.locator(".rmsprop-live img")).to_have_count(0)
    expect(page.locator(".rmsprop-live .rmsprop-figure")).to_have_count(1)


@pytest.mark.parametrize("figure", FIGURES)
def test_every_slider_moves_by_keyboard_and_says_its_value(show, figure):
    page = show(figure())
    sliders = page.locator(".control input[type=range]")
    assert sliders.count() >= 1
    for slider in sliders.all():
        assert slider.get_attribute("aria-label")
        before = slider.get_attribute("aria-valuetext")
        is_last = slider.input_value() == slider.get_attribute("max")
        slider.press("ArrowLeft" if is_last else "ArrowRight")
        after = slider.get_attribute("aria-valuetext")
        assert after != before
        assert slider.locator("xpath=../..").locator("output").inner_text() == after


@pytest.mark.parametrize("figure", FIGURES)
def test_a_phone_shows_the_figure_without_scrolling_sideways(show, figure):
    page = show(figure(), viewport=PHONE)
    width = page.evaluate("() => document.documentElement.scrollWidth")
    assert width <= PHONE["width"]


@pytest.mark.parametrize("figure", FIGURES)
def test_everything_that_takes_the_focus_has_a_name_and_shows_it(show, figure):
    page = show(figure())
    names, unseen = [], []
    for _ in range(40):
        page.keyboard.press("Tab")
        here = page.locator(":focus")
        if here.count() == 0:
            break
        names.append(
            here.evaluate(
                "e => e.ariaLabel || e.textContent.trim() || e.closest('label')?.textContent.trim()"
            )
        )
        if here.evaluate("e => getComputedStyle(e).outlineStyle") == "none":
            unseen.append(names[-1])
    assert len(names) >= 1
    assert all(names)
    assert unseen == []


@pytest.mark.parametrize("figure", FIGURES)
def test_the_words_are_announced_and_follow_the_drawing(show, figure):
    page = show(figure())
    status = page.get_by_role("status")
    assert status.get_attribute("aria-live") == "polite"
    assert len(status.inner_text().split()) >= 5


def test_the_limit_is_marked_on_the_slider_of_the_valley_and_said(show):
    page = show(live.Valley(learning_rate=0.25, condition_number=10))
    status, mark = page.get_by_role("status"), page.locator(".mark")
    expect(status).to_contain_text("Diverges: η is above the limit 2/λmax = 2/κ = 0.2.")
    expect(mark).to_have_text("2/κ")
    left = mark.bounding_box()["x"]
    page.get_by_role("slider", name="condition number κ").press("End")
    expect(status).to_contain_text("2/κ = 0.002")
    assert mark.bounding_box()["x"] < left - 30


def start_of(page: Page) -> str:
    return page.get_by_role("status").inner_text().split(" on ")[0]


@pytest.mark.parametrize("touch", [False, True], ids=["click", "tap"])
def test_a_click_or_tap_moves_the_start_of_the_playground(show, touch):
    page = show(live.Playground(surface="quadratic"), viewport=PHONE, has_touch=touch)
    surface = page.get_by_role("application")
    box = surface.bounding_box()
    middle = {"x": box["width"] * 189 / 340, "y": box["height"] * 143 / 300}
    (surface.tap if touch else surface.click)(position=middle)
    x, y = eval(start_of(page).removeprefix("From ").replace("−", "-"))
    assert abs(x) < 0.02
    assert abs(y) < 0.02


def test_arrow_keys_move_the_start_of_the_playground(show):
    page = show(live.Playground(surface="quadratic", start=(1.0, 1.0)))
    surface = page.get_by_role("application")
    for key in ("ArrowLeft", "ArrowUp", "ArrowUp", "Shift+ArrowRight"):
        surface.press(key)
    assert start_of(page) == "From (0.91, 1.2)"
    for _ in range(20):
        surface.press("ArrowUp")
    assert start_of(page) == "From (0.91, 2)"  # not beyond the border


def test_a_surface_brings_its_start_and_reset_brings_everything_back(show):
    page = show(live.Playground(surface="saddle", start=(0.5, 0.25), learning_rate=0.03))
    drawn = drawing(page)
    page.get_by_label("surface").select_option("beale")
    assert start_of(page) == "From (1, 1.5)"
    page.get_by_role("slider", name="learning rate η").press("End")
    page.get_by_role("button", name="Reset").click()
    assert start_of(page) == "From (0.5, 0.25)"
    assert drawing(page) == drawn


def test_an_optimizer_is_switched_on_and_off_in_the_legend(show):
    page = show(live.Playground(optimizers=["adam"]))
    lines = page.locator(".panels polyline")
    expect(lines).to_have_count(2)
    page.get_by_role("checkbox", name="rprop").check()
    expect(lines).to_have_count(4)
    page.get_by_role("checkbox", name="Adam").uncheck()
    page.get_by_role("checkbox", name="rprop").uncheck()
    expect(lines).to_have_count(0)
    expect(page.get_by_role("status")).to_contain_text("no path is left")


def test_the_settings_as_python_are_those_on_the_screen(show):
    page = show(live.Playground(optimizers=["rmsprop"], eps=1e-8))
    code = page.get_by_role("textbox", name="these settings as Python")
    expect(code).to_be_hidden()
    page.get_by_role("button", name="Copy settings as Python").click()
    expect(code).to_be_focused()
    page.get_by_role("slider", name="decay γ").press("Home")
    assert "decay=0.0," in code.input_value()
    assert "eps=1e-8," in code.input_value()


@pytest.mark.parametrize("figure", FIGURES)
def test_a_dark_page_gets_a_light_drawing(show, figure):
    page = show(figure())
    page.evaluate("() => { document.body.style.color = 'rgb(230, 230, 230)'; }")
    text = page.locator(".rmsprop-figure svg text").first
    assert text.evaluate("e => getComputedStyle(e).fill") == "rgb(230, 230, 230)"


DRAWINGS = [
    live.Valley(),
    live.Valley(learning_rate=0.5, condition_number=3.0, n_steps=7, start=(1.5, -0.7)),
    live.Valley(learning_rate=0.06, condition_number=40.0),
    live.Playground(),
    live.Playground(surface="saddle", n_steps=60, optimizers=["gradient descent", "rprop"]),
    live.Playground(surface="beale", centered=True, eps_inside_sqrt=False),
    live.Playground(surface="styblinski-tang", learning_rate=0.1, rmsprop_momentum=0.5),
]


@pytest.mark.parametrize("figure", DRAWINGS, ids=repr)
def test_the_drawing_is_that_of_the_still(browser, figure):
    page = browser.new_page()
    found, still = LivePage(page, figure).drawing(), still_drawing(figure)
    page.close()
    legend = {LOOK["labels"][name] for name in figure.settings().get("optimizers", [])}
    texts = [text for text in still[0] if text not in legend]
    assert_drawn_alike(found, (texts, still[1]))
