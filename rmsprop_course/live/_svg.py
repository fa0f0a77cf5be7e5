"""Draws the stills of the live figures: SVG markup, written by hand, the same on every machine.

The same drawing as in ``js/plot.mjs``, so that the living figure takes the still's place without a
jump. Coordinates are rounded to a tenth of a pixel of a panel's view box.
"""

import base64
import html
import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray

LOOK = json.loads((Path(__file__).parent / "js" / "look.json").read_text(encoding="utf-8"))
_PANEL = LOOK["panel"]
_WIDTH, _HEIGHT = _PANEL["width"], _PANEL["height"]
_LEFT, _TOP = _PANEL["left"], _PANEL["top"]
_RIGHT, _BOTTOM = _WIDTH - _PANEL["right"], _HEIGHT - _PANEL["bottom"]
_HALF_DIGIT = 3.9  # pixels, of a wide font
_FAR = 5000  # pixels; what lies farther out is drawn there
_CELLS, _LEVELS, _LOWEST = 60, 14, 0.005  # of the contours

# An <img> does not see the page around it: the still brings its background and follows the reader's
# preference for a dark screen.
_STYLE = """
svg{color:#1a1a1a;background:#fff;font:12px system-ui,sans-serif}
@media(prefers-color-scheme:dark){svg{color:#e6e6e6;background:#161616}}
text{fill:currentColor}.title{font-weight:600;font-size:13px}
.frame rect,.frame path{fill:none;stroke:currentColor;stroke-opacity:.5}
.contours{fill:none;stroke:currentColor;stroke-opacity:.25;stroke-linecap:round}
"""


class Panel(NamedTuple):
    """A still: its markup and what it shows, in words."""

    markup: str
    alt: str


class Axis(NamedTuple):
    """Maps values from low to high to pixels, evenly or by the logarithm of them or of 1 - them."""

    low: float
    high: float
    log: bool = False
    complement: bool = False  # of decays


class Axes(NamedTuple):
    """The axes of a panel."""

    x: Axis
    y: Axis

    def at(self, points: ArrayLike) -> FloatArray:
        """Pixels of points (…, 2)."""
        points = np.asarray(points, dtype=np.float64)
        x = _LEFT + _share(points[..., 0], self.x) * (_RIGHT - _LEFT)
        y = _BOTTOM + _share(points[..., 1], self.y) * (_TOP - _BOTTOM)
        return np.stack([x, y], axis=-1)


def _share(values: FloatArray, axis: Axis) -> FloatArray:
    """How far along an axis values lie, 0 to 1 inside the panel."""
    if axis.log:
        low, high = math.log10(axis.low), math.log10(axis.high)
        values = np.log10(np.maximum(values, 1e-300))
    elif axis.complement:
        low, high = _nines(axis)
        values = -np.log10(1 - values)
    else:
        low, high = axis.low, axis.high
    share: FloatArray = (values - low) / (high - low)
    return share


def _nines(axis: Axis) -> tuple[float, float]:
    """Powers of a tenth that the ends of an axis of decays leave to 1: 0.999 leaves three."""
    return -math.log10(1 - axis.low), -math.log10(1 - axis.high)


def _px(value: float) -> str:
    """Write a coordinate, clamped and rounded to a tenth of a pixel."""
    return f"{min(max(value, -_FAR), _FAR) + 0.0:.1f}".removesuffix(".0")


def _place(point: Sequence[float] | FloatArray) -> str:
    return f"{_px(point[0])} {_px(point[1])}"


def _ink(color: str) -> str:
    """Black stands out on white only: it is drawn in the color of the text."""
    return "currentColor" if color == "#000000" else color


def picture(*parts: str, legend: Sequence[str] = ()) -> str:
    """Join the parts of a panel to an SVG document, with a legend of optimizers below."""
    height = _HEIGHT + 18 * math.ceil(len(legend) / 2)
    box = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}"'
    body = "".join([f"<style>{_STYLE.strip()}</style>", *parts, _legend(legend)])
    return f'<svg xmlns="http://www.w3.org/2000/svg" {box}>{body}</svg>'


def image(panel: Panel) -> str:
    """Return an ``<img>`` that holds its picture."""
    data = base64.b64encode(panel.markup.encode()).decode()
    alt = html.escape(panel.alt)
    style = "max-width:100%;vertical-align:top"
    return f'<img src="data:image/svg+xml;base64,{data}" alt="{alt}" style="{style}">'


def frame(axes: Axes, *, title: str, x_label: str, y_label: str) -> str:
    """Title, border, ticks and labels of a panel."""
    middle_x, middle_y = (_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2
    parts = [
        f'<text class="title" x="{_LEFT}" y="18">{html.escape(title)}</text>',
        f'<rect x="{_LEFT}" y="{_TOP}" width="{_RIGHT - _LEFT}" height="{_BOTTOM - _TOP}"/>',
        _text(middle_x, _HEIGHT - 8, x_label),
        _text(-middle_y, 12, y_label, ' transform="rotate(-90)"'),
    ]
    for value, label in _ticks(axes.x):
        x = axes.at([value, axes.y.high])[0]
        middle = min(x, _WIDTH - _HALF_DIGIT * len(label))  # a long last label is not cut off
        parts += [f'<path d="M{_px(x)} {_BOTTOM}v4"/>', _text(middle, _BOTTOM + 16, label)]
    for value, label in _ticks(axes.y):
        y = axes.at([axes.x.low, value])[1]
        parts += [f'<path d="M{_LEFT} {_px(y)}h-4"/>', _text(_LEFT - 7, y + 4, label, anchor="end")]
    return f'<g class="frame">{"".join(parts)}</g>'


def _text(x: float, y: float, text: str, more: str = "", anchor: str = "middle") -> str:
    where = f'x="{_px(x)}" y="{_px(y)}" text-anchor="{anchor}"'
    return f"<text {where}{more}>{html.escape(text)}</text>"


def _ticks(axis: Axis) -> Iterable[tuple[float, str]]:
    """Round values on an axis, about five of them, with their labels."""
    if axis.log:
        first, last = math.log10(axis.low), math.log10(axis.high)
        stride = math.ceil((last - first) / 5)
        powers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
        return [(10.0**power, _power_of_ten(power)) for power in powers if power % stride == 0]
    if axis.complement:
        first, last = _nines(axis)
        powers = range(math.ceil(first - 1e-9), math.floor(last + 1e-9) + 1)
        return [(1 - 0.1**power, shown(1 - 0.1**power)) for power in powers]
    rough = (axis.high - axis.low) / 5
    power_of_step = 10.0 ** math.floor(math.log10(rough))
    step = power_of_step * next(f for f in (1, 2, 5, 10) if f * power_of_step >= rough)
    numbers = range(math.ceil(axis.low / step - 1e-9), math.floor(axis.high / step + 1e-9) + 1)
    return [(number * step, shown(number * step)) for number in numbers]


def _power_of_ten(power: int) -> str:
    if -1 <= power <= 2:
        return f"{10.0**power:g}"
    return "10" + str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def shown(value: float, digits: int = 6) -> str:
    """Write a number as the figures write it, rounded to some digits.

    Examples
    --------
    >>> [shown(value, 3) for value in (0.1, -0.123456, 5773.5, 5.7735e-5, 2e7)]
    ['0.1', '−0.123', '5770', '5.77e-5', '2e+7']
    """
    rounded = float(f"{value:.{digits}g}")
    if 1e-4 <= abs(rounded) < 1e6:
        text = f"{rounded:.12g}"
    else:
        text = f"{rounded:g}".replace("e-0", "e-").replace("e+0", "e+")
    return text.replace("-", "−", 1) if rounded < 0 else text


def inside(*parts: str) -> str:
    """Markup that is cut off at the border of the panel."""
    width, height = _RIGHT - _LEFT, _BOTTOM - _TOP
    box = f'x="{_LEFT}" y="{_TOP}" width="{width}" height="{height}"'
    return f'<svg {box} viewBox="{_LEFT} {_TOP} {width} {height}">{"".join(parts)}</svg>'


def polyline(points: ArrayLike, axes: Axes, *, color: str, linestyle: str = "-") -> str:
    """Draw a line through points (n, 2), up to where they overflow."""
    places = [_place(place) for place in axes.at(_finite_part(points))]
    corners = ",".join(p for i, p in enumerate(places) if i < 2 or p != places[i - 1])
    dashes = LOOK["dashes"][linestyle]
    return (
        f'<polyline points="{corners}" fill="none" stroke="{_ink(color)}" stroke-width="1.8" '
        f'stroke-linejoin="round" stroke-dasharray="{dashes}"/>'
    )


def dots(
    points: ArrayLike,
    axes: Axes,
    *,
    color: str,
    marker: str = "o",
    count: int = 25,
    gap: float = 0.0,
) -> str:
    """Draw markers on every nth point, about `count`, none within `gap` pixels of the last."""
    points = np.asarray(points)
    every = max(1, math.ceil((len(points) - 1) / count))
    drawn: list[Sequence[float]] = []
    for place in axes.at(_finite_part(points)[::every]).tolist():
        if not drawn or math.dist(place, drawn[-1]) >= gap:
            drawn.append(place)
    return _markers(drawn, marker, f'fill="{_ink(color)}"')


def cross(point: ArrayLike, axes: Axes) -> str:
    """Draw a cross, such as at a start."""
    return _markers([axes.at(point)], "+", 'fill="none" stroke="currentColor" stroke-width="2"')


def star(point: ArrayLike, axes: Axes) -> str:
    """Draw a star, such as at a minimum."""
    return _markers([axes.at(point)], "*", 'fill="currentColor"')


def _markers(places: Iterable[Sequence[float] | FloatArray], marker: str, paint: str) -> str:
    """Draw one shape at every place."""
    path = "".join(f"M{_place(place)}{LOOK['markers'][marker]}" for place in places)
    return f'<path d="{path}" {paint}/>'


def _finite_part(points: ArrayLike) -> FloatArray:
    """Points before the first that is not finite."""
    points = np.asarray(points, dtype=np.float64)
    bad = ~np.isfinite(points).all(axis=-1)
    return points[: int(np.argmax(bad))] if bad.any() else points


def _legend(optimizers: Sequence[str]) -> str:
    """Name the lines of optimizers below a panel, in two columns."""
    parts = []
    for k, name in enumerate(optimizers):
        look, x, y = LOOK["optimizers"][name], _LEFT + 150 * (k % 2), _HEIGHT + 8 + 18 * (k // 2)
        dashes, ink = LOOK["dashes"][look["linestyle"]], _ink(look["color"])
        parts += [
            f'<path d="M{x} {y}h34" stroke="{ink}" stroke-width="1.8" '
            f'stroke-dasharray="{dashes}"/>',
            _markers([(x + 17, y)], look["marker"], f'fill="{ink}"'),
            _text(x + 42, y + 4, LOOK["labels"][name], anchor="start"),
        ]
    return "".join(parts)


def range_of(
    value: Callable[[FloatArray], FloatArray], domain: Sequence[tuple[float, float]]
) -> tuple[float, float]:
    """Return the lowest and the highest value(points) on the grid of the contours."""
    heights = value(_grid(*domain))
    return float(heights.min()), float(heights.max())


def _grid(x: tuple[float, float], y: tuple[float, float]) -> FloatArray:
    """Lay a grid of points (rows, columns, 2) over a domain."""
    lines = (np.linspace(*span, _CELLS + 1) for span in (x, y))
    return np.stack(np.meshgrid(*lines), axis=-1)


def contours(value: Callable[[FloatArray], FloatArray], axes: Axes) -> str:
    """Draw contours of value(points) over the axes, their heights a geometric series."""
    points = _grid((axes.x.low, axes.x.high), (axes.y.low, axes.y.high))
    heights, places = value(points), axes.at(points)
    levels = _contour_levels(heights)
    path = "".join(_contour(heights, places, level) for level in levels)
    return f'<path class="contours" d="{path}"/>'


def _contour_levels(heights: FloatArray) -> Sequence[float]:
    """Return a geometric series above the lowest point, from a height that 0.5 % are below."""
    ordered = np.sort(heights, axis=None).tolist()
    low = ordered[0]
    first = ordered[int(_LOWEST * len(ordered))] - low
    factor = ((ordered[-1] - low) / first) ** (1 / _LEVELS)
    return [low + first * factor**k for k in range(_LEVELS)]


def _contour(heights: FloatArray, places: FloatArray, level: float) -> str:
    """Draw the contour of one level: one or two short lines in every cell that it crosses."""
    below = heights < level
    corners = [below[:-1, :-1], below[:-1, 1:], below[1:, 1:], below[1:, :-1]]
    crossed = np.any(corners, axis=0) & ~np.all(corners, axis=0)
    return "".join(
        _cross_cell(
            [float(heights[j + dj, i + di]) for dj, di in _CORNERS],
            [places[j + dj, i + di].tolist() for dj, di in _CORNERS],
            level,
        )
        for j, i in np.argwhere(crossed).tolist()
    )


_CORNERS = ((0, 0), (0, 1), (1, 1), (1, 0))  # of a cell, counterclockwise


def _cross_cell(heights: Sequence[float], places: Sequence[Sequence[float]], level: float) -> str:
    """Draw the contour of one level through one cell."""
    points = []
    for k in range(4):
        here, there = heights[k], heights[k - 3]
        if (here < level) == (there < level):
            continue
        share = (level - here) / (there - here)
        start, end = places[k], places[k - 3]
        points.append(_place([a + share * (b - a) for a, b in zip(start, end, strict=True)]))
    if len(points) == 4 and (heights[0] < level) != (sum(heights) / 4 < level):
        points.append(points.pop(0))  # the first corner stands alone: join the edges around it
    return "".join(f"{'L' if k % 2 else 'M'}{point}" for k, point in enumerate(points))
