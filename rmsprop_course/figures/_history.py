"""Figures of the literature: what came when, and what famous settings are for a curvature."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import BLACK, CURVE_STYLES, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes

_ROW_INCHES = 0.26
_FRAME_INCHES = 1.3
_ROOM_BESIDE = 3.0  # as a factor, on a logarithmic axis


@in_our_look
def plot_timeline(
    events: Mapping[str, Sequence[tuple[int, str]]], *, title: str, ax: Axes | None = None
) -> Axes:
    """Draw events by year, one row an event, with a color and a marker for each kind.

    Parameters
    ----------
    events : mapping of str to sequence of (int, str)
        For each kind, year and name of its events.
    title : str
        The message of the figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there are no events.
    """
    rows = sorted((year, name, kind) for kind, those in events.items() for year, name in those)
    if not rows:
        raise ValueError("events must hold at least one, got none")
    if ax is None:
        ax = new_axes(None)
        figure = ax.get_figure(root=True)
        if figure is not None:
            figure.set_figheight(_FRAME_INCHES + _ROW_INCHES * len(rows))
    for kind, style in zip(events, cycle(CURVE_STYLES), strict=False):
        places = [(year, row) for row, (year, _, of) in enumerate(rows) if of == kind]
        (points,) = ax.plot(*zip(*places, strict=True), style["marker"], label=kind)
        points.set(color=style["color"], markersize=8)
    years = [year for year, _, _ in rows]
    middle = (years[0] + years[-1]) / 2
    for row, (year, name, _) in enumerate(rows):
        side = 1 if year < middle else -1
        ax.annotate(
            name,
            (year, row),
            xytext=(8 * side, 0),
            textcoords="offset points",
            va="center",
            ha="left" if side > 0 else "right",
        )
    ax.set(title=title, xlabel="year", yticks=[], xlim=(years[0] - 1, years[-1] + 1))
    ax.spines["left"].set_visible(False)
    ax.invert_yaxis()
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=len(events))
    return ax


@in_our_look
def plot_thresholds(
    thresholds: Mapping[str, float],
    *,
    rested: Mapping[str, Sequence[float]],
    swung: Mapping[str, Sequence[float]],
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw, for each setting, the critical curvature and what was measured on its two sides.

    Parameters
    ----------
    thresholds : mapping of str to float
        The critical curvature λ* by name, positive; in this order, from the top.
    rested, swung : mapping of str to sequence of float
        By name, curvatures at which a run came to rest, and at which it kept swinging.
    title : str
        The message of the figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a threshold is not positive and finite, or something measured is of another name.
    """
    for name, value in thresholds.items():
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"thresholds must be positive and finite, got {value} for {name}")
    rows = {name: number for number, name in enumerate(thresholds)}
    ax = new_axes(ax)
    shown = [
        *thresholds.values(),
        *(x for those in (rested, swung) for xs in those.values() for x in xs),
    ]
    low, high = min(shown) / _ROOM_BESIDE, max(shown) * _ROOM_BESIDE
    calm, wild = CURVE_STYLES[:2]
    for name, value in thresholds.items():
        ax.hlines(rows[name], low, value, color=calm["color"], linewidth=5, alpha=0.35)
        ax.hlines(rows[name], value, high, color=wild["color"], linewidth=1, linestyle="--")
    ax.plot([*thresholds.values()], [*rows.values()], "|", color=BLACK, markersize=16, label="λ*")
    for label, found, style in (("came to rest", rested, calm), ("kept swinging", swung, wild)):
        places = [(value, _row(rows, name)) for name, those in found.items() for value in those]
        points = ax.plot(*zip(*places, strict=True), style["marker"], label=label)
        points[0].set(color=style["color"], markersize=6)
    ax.set(title=title, xscale="log", xlim=(low, high), xlabel="curvature λ (loss / θ²)")
    ax.set_yticks([*rows.values()], [*rows])
    ax.invert_yaxis()
    ax.grid(visible=False, axis="y")
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.18), ncols=3)
    return ax


def _row(rows: Mapping[str, int], name: str) -> int:
    if name not in rows:
        raise ValueError(f"name must be one of {', '.join(rows)}, got {name!r}")
    return rows[name]
