"""A live figure on a page, and what a test asks it: its settings, its numbers, what it says."""

import re
from typing import Any

import numpy as np
from playwright.sync_api import Page

from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._svg import LOOK

_MOUNT = """async ([text, name, settings]) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    window.live = await import(url);
    window.state = live.makeState(settings);
    live.FIGURES[name].mount(document.body, state);
}"""
# Puts every slider of the figure at a random place, then reads the settings and the numbers.
_MOVE = """([name, shares]) => {
    const sliders = [...document.querySelectorAll("input[type=range]")];
    return shares.map((places) => {
        sliders.forEach((slider, i) => {
            const [low, high] = [Number(slider.min), Number(slider.max)];
            slider.value = String(Math.round(low + places[i] * (high - low)));
            slider.dispatchEvent(new Event("input"));
        });
        return { settings: state.all(), numbers: live.FIGURES[name].simulate(state.all()) };
    });
}"""


class LivePage:
    """A figure that is alive on a page of its own."""

    def __init__(self, page: Page, figure: LiveFigure) -> None:
        self.page, self.name = page, figure.figure_name
        page.evaluate(_MOUNT, [bundle(), figure.figure_name, figure.settings()])

    def setting(self, name: str) -> Any:
        return self.page.evaluate("(name) => state.all()[name]", name)

    def set(self, **changes: Any) -> None:
        self.page.evaluate("(changes) => state.set(changes)", changes)

    def status(self) -> str:
        return self.page.locator("[role=status]").inner_text()

    def corners(self) -> list[np.ndarray]:
        """Corners of the lines of all panels, in pixels of a panel."""
        lines = self.page.locator(".panels polyline").evaluate_all(
            "lines => lines.map(line => line.getAttribute('points'))"
        )
        return list(map(_numbers, lines))

    def point_at(self, panel: int, share: float) -> None:
        """Press the mouse in a panel, `share` of the way along its x axis."""
        box = self.page.locator(".panels > svg").nth(panel).bounding_box()
        assert box is not None
        inner = LOOK["panel"]["width"] - LOOK["panel"]["left"] - LOOK["panel"]["right"]
        x = (LOOK["panel"]["left"] + share * inner) / LOOK["panel"]["width"]
        self.page.mouse.click(box["x"] + x * box["width"], box["y"] + box["height"] / 2)

    def move_sliders(self, shares: np.ndarray) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """Settings and numbers after each row of `shares` (n, n_sliders), 0 to 1, is set."""
        found = self.page.evaluate(_MOVE, [self.name, shares.tolist()])
        return [(each["settings"], each["numbers"]) for each in found]


def still_corners(figure: LiveFigure) -> list[np.ndarray]:
    """Corners of the lines of a figure's stills, in pixels of a panel."""
    markup = "".join(panel.markup for panel in figure.panels())
    return list(map(_numbers, re.findall(r'<polyline points="([^"]*)"', markup)))


def _numbers(points: str) -> np.ndarray:
    return np.array([list(map(float, pair.split())) for pair in points.split(",")])
