"""A live figure on a page, and what a test asks it: its settings, its numbers, what it says."""

import re
import xml.etree.ElementTree as ElementTree
from typing import Any

import numpy as np
from playwright.sync_api import Locator, Page

from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._svg import LOOK

_SVG = "{http://www.w3.org/2000/svg}"
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_MOUNT = """async ([text, name, settings]) => {
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    window.live = await import(url);
    window.state = live.makeState(settings);
    live.FIGURES[name].mount(document.body, state);
}"""
_PLACES = ["points", "d", "transform", "x", "y", "text-anchor"]
_DRAWING = """(root, places) => {
    const all = (what) => [...root.querySelectorAll(`.panels ${what}`)];
    const outline = (part) => places.map((name) => part.getAttribute(name) ?? "").join(" ");
    return [
        all("text").map((each) => each.textContent).sort(),
        all("svg svg > *").map(outline),
    ];
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

    def label(self, panel: int) -> str:
        """What a screen reader says of a panel."""
        label = self.page.locator(".panels > svg[role=img]").nth(panel).get_attribute("aria-label")
        assert label
        return label

    def drawing(self) -> tuple[list[str], list[str]]:
        """All texts of the panels, sorted, and the places of what is drawn inside, in order."""
        return drawing_of(self.page.locator("body"))

    def n_lines(self) -> int:
        return self.page.locator(".panels polyline").count()

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


def drawing_of(root: Locator) -> tuple[list[str], list[str]]:
    """All texts of the panels in `root`, sorted, and the places of what is drawn, in order."""
    return tuple(root.evaluate(_DRAWING, _PLACES))


def still_drawing(figure: LiveFigure, n_panels: int | None = None) -> tuple[list[str], list[str]]:
    """The same of the figure's stills, or of the first of them."""
    texts, outlines = [], []
    for panel in figure.panels()[:n_panels]:
        root = ElementTree.fromstring(panel.markup)
        texts += [text.text or "" for text in root.iter(f"{_SVG}text")]
        inner = root.find(f"{_SVG}svg")
        assert inner is not None
        outlines += [" ".join(part.get(name, "") for name in _PLACES) for part in inner]
    return sorted(texts), outlines


def assert_drawn_alike(found: tuple[list[str], list[str]], still: tuple[list[str], list[str]]):
    """The same texts, and the same places up to a rounding to a tenth of a pixel."""
    assert found[0] == still[0]
    assert len(found[1]) == len(still[1])
    for outline, expected in zip(found[1], still[1], strict=True):
        assert _NUMBER.sub("", outline) == _NUMBER.sub("", expected)
        places = [list(map(float, _NUMBER.findall(each))) for each in (outline, expected)]
        np.testing.assert_allclose(*places, atol=0.11)
