"""A live figure of the site: what moves it, and what the library says that it must show then."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from live_page import assert_drawn_alike, drawing_of, still_drawing
from playwright.sync_api import Browser, Locator, Page

from rmsprop_course import live
from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._marks import brief
from rmsprop_course.live._svg import LOOK, shown

FIGURES: dict[str, type[LiveFigure]] = {
    figure.figure_name: figure for figure in (getattr(live, name) for name in live.__all__)
}
_CONTROLS = """async (text) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    const { FIGURES } = await import(url);
    const controls = Object.entries(FIGURES).map(([name, { controls }]) => [name, controls]);
    return Object.fromEntries(controls);
}"""
_SHOWN = """(root) => [
    JSON.parse(root.dataset.config),
    [...root.querySelectorAll(".control :is(input, select)")].map((control) =>
        control.type === "checkbox" ? control.checked : control.ariaValueText ?? control.value),
]"""
_TRACK = """(slider) => {
    slider.scrollIntoView({ block: "center", behavior: "instant" });
    const { left, top, width, height } = slider.getBoundingClientRect();
    return [left, top + height / 2, width, slider.value / slider.max];
}"""
_HALF_THUMB = 8  # pixels


@cache
def controls_of_figures(browser: Browser) -> dict[str, list[dict[str, Any]]]:
    """The controls of each figure, in their order, as its module lists them."""
    page = browser.new_page()
    controls: dict[str, list[dict[str, Any]]] = page.evaluate(_CONTROLS, bundle())
    page.close()
    return controls


class SiteFigure:
    """A figure that lives in `root`, the element in which its still was."""

    def __init__(self, root: Locator) -> None:
        self.root, self.name = root, root.get_attribute("data-figure") or ""
        self.sliders = root.locator(".control input[type=range]")
        self.status = root.get_by_role("status")

    def settings(self) -> dict[str, Any]:
        """The settings that it started with, and over them what its controls show."""
        controls = controls_of_figures(self.root.page.context.browser)[self.name]
        config, rows = self.root.evaluate(_SHOWN)
        settings: dict[str, Any] = config
        for control, shown_there in zip(controls, rows, strict=True):
            settings[control["name"]] = _value(control, shown_there)
        return settings

    def assert_is_what_the_library_computes(self) -> None:
        """The drawing is that of the library's still, and the status line tells its numbers."""
        figure = FIGURES[self.name](**self.settings())
        texts, outlines = still_drawing(figure, 1 if self.name == "race" else None)
        legend = {LOOK["labels"][name] for name in getattr(figure, "optimizers", [])}
        still = [text for text in texts if text not in legend], outlines
        assert_drawn_alike(drawing_of(self.root), still)
        assert _sentence(figure) in self.status.inner_text()


def _value(control: dict[str, Any], shown_there: Any) -> Any:
    """The value of a setting whose control shows this."""
    if control["kind"] != "slider":
        return shown_there
    text = shown_there.replace("−", "-")
    return int(text) if control["scale"] in ("whole", "count") else float(text)


def _sentence(figure: LiveFigure) -> str:
    """A part of the status line that holds what the library computes for the figure."""
    seen = figure.simulate()
    if isinstance(figure, live.Epsilon):
        inside, outside = brief(seen["probe_inside"]), brief(seen["probe_outside"])
        return f"the step is {inside} η inside and {outside} η outside"
    if isinstance(figure, live.MovingAverage):
        return f"At step {figure.step} it is {brief(seen['average'][figure.step - 1])}"
    if isinstance(figure, live.Playground):
        lowest = np.nanmin([path.values[-1] for path in seen.values()])
        return f"is lowest after {figure.n_steps} steps: {shown(lowest, 3)}."
    if isinstance(figure, live.Valley):
        loss = seen["gradient descent"].values[-1]
        return f"The loss after {figure.n_steps} steps is {shown(loss, 3)}."
    return figure.panels()[0].alt.partition(": ")[2]  # the still tells it in the same words


Hand = Callable[[Page, Locator], None]


def _path_of_a_drag(slider: Locator) -> tuple[float, float, float]:
    """From where, to where and at which height a finger drags the slider, toward its middle."""
    left, y, width, share = slider.evaluate(_TRACK)
    length = width - 2 * _HALF_THUMB
    start = left + _HALF_THUMB + share * length
    return start, start + length * (-0.15 if share > 0.5 else 0.15), y


def by_mouse(page: Page, slider: Locator) -> None:
    """Drag the slider's thumb with the mouse."""
    start, end, y = _path_of_a_drag(slider)
    page.mouse.move(start, y)
    page.mouse.down()
    page.mouse.move(end, y, steps=3)
    page.mouse.up()


def by_touch(page: Page, slider: Locator) -> None:
    """Drag the slider's thumb with a finger."""
    start, end, y = _path_of_a_drag(slider)
    screen = page.context.new_cdp_session(page)
    places = [("touchStart", start), ("touchMove", (start + end) / 2), ("touchMove", end)]
    for kind, x in places:
        points = [{"x": x, "y": y}]
        screen.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    screen.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    screen.detach()


def by_keyboard(page: Page, slider: Locator) -> None:
    """Move the slider by three presses of an arrow key."""
    start, end, _ = _path_of_a_drag(slider)
    slider.focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight" if end > start else "ArrowLeft")
