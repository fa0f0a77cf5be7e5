"""What stills of several figures have beside curves: specks, stems, lines, texts, a legend.

The same drawing as in ``js/marks.mjs``.
"""

import html
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray
from rmsprop_course.live import _svg
from rmsprop_course.live._svg import Axes

CURVES = json.loads((Path(__file__).parent / "js" / "curves.json").read_text(encoding="utf-8"))
BLACK = "#000000"
_PANEL = _svg.LOOK["panel"]
_LEAST_STEM = 0.05  # pixels
_ROW = 15  # pixels between lines of text


def brief(value: float | FloatArray) -> str:
    """Write a number to three digits."""
    return _svg.shown(float(value), 3)


def specks(points: ArrayLike, axes: Axes) -> str:
    """Draw points (n, 2) as small round dots in the color of the text."""
    places = np.clip(axes.at(points), -5000, 5000).round(1).tolist()
    path = "".join(f"M{x:g} {y:g}h0" for x, y in places)
    return (
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity="0.5" '
        f'stroke-width="3" stroke-linecap="round"/>'
    )


def stems(points: ArrayLike, axes: Axes, *, color: str) -> str:
    """Draw lines from height 0 up to points (n, 2), as far as they can be seen."""
    places = axes.at(points)
    ground = axes.at([0.0, 0.0])[1]
    seen = places[ground - places[:, 1] >= _LEAST_STEM].round(1).tolist()
    path = "".join(f"M{x:g} {ground:g}V{y:g}" for x, y in seen)
    return f'<path d="{path}" fill="none" stroke="{color}" stroke-width="1.8"/>'


def upright_line(
    x: float, axes: Axes, *, top: float | None = None, linestyle: str = "-", color: str = BLACK
) -> str:
    """Draw a line from the bottom of the panel to `top`, or to the panel's top."""
    ends = [[x, axes.y.low], [x, axes.y.high if top is None else top]]
    return _svg.polyline(ends, axes, color=color, linestyle=linestyle)


def level_line(y: float, axes: Axes, *, linestyle: str = ":") -> str:
    """Draw a line from the left of the panel to its right."""
    ends = [[axes.x.low, y], [axes.x.high, y]]
    return _svg.polyline(ends, axes, color=BLACK, linestyle=linestyle)


def beside(x: float, row: int, text: str, axes: Axes) -> str:
    """Write a text in a row from the top: right of x, left of it, or at the edge if x is out."""
    place, y = float(axes.at([x, axes.y.high])[0]), _PANEL["top"] + _ROW * (row + 1)
    edge = _PANEL["width"] - _PANEL["right"]
    if place > edge + 0.5:
        return _line_of_text(edge - 6, y, f"{text} →", "end")
    roomy = place + 8 * len(text) < edge
    return _line_of_text(place + (6 if roomy else -6), y, text, "start" if roomy else "end")


def edge_note(y: float, text: str, axes: Axes) -> str:
    """Write a text at the right edge of the panel, just above a height."""
    place = float(axes.at([axes.x.high, y])[1])
    return _line_of_text(_PANEL["width"] - _PANEL["right"] - 6, round(place - 6, 1), text, "end")


def corner_legend(entries: Sequence[tuple[str, dict[str, str]]], *, at_top: bool = False) -> str:
    """Name curves in a right corner of the panel; an entry is a label and {color, linestyle}."""
    right, bottom = _PANEL["width"] - _PANEL["right"], _PANEL["height"] - _PANEL["bottom"]
    first = _PANEL["top"] + 18 if at_top else bottom - 8 - _ROW * (len(entries) - 1)
    parts = []
    for row, (label, style) in enumerate(entries):
        y = first + _ROW * row
        dashes = _svg.LOOK["dashes"][style.get("linestyle", "-")]
        color = "currentColor" if style["color"] == BLACK else style["color"]
        parts += [
            f'<path d="M{right - 30} {y - 4}h24" fill="none" stroke="{color}" stroke-width="1.8" '
            f'stroke-dasharray="{dashes}"/>',
            _line_of_text(right - 36, y, label, "end"),
        ]
    return "".join(parts)


def _line_of_text(x: float, y: float, text: str, anchor: str) -> str:
    return f'<text x="{round(x, 1):g}" y="{y:g}" text-anchor="{anchor}">{html.escape(text)}</text>'
