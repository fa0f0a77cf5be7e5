"""Figures of speed: what limits a computation, and how far each path stands above the floor."""

from collections.abc import Mapping, Sequence
from itertools import cycle

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import BLACK, CURVE_STYLES, GRAY, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes
    from matplotlib.ticker import FuncFormatter

_DECADES_BESIDE = 10.0  # how far the axis goes on beyond the outermost point, as a factor


@in_our_look
def plot_roofline(
    bandwidth: float,
    peak: float,
    intensities: Mapping[str, float],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw how fast a computation can be at most, by how much it computes for each byte it moves.

    Parameters
    ----------
    bandwidth : float
        Of the memory, in bytes a second: the slope of the roof.
    peak : float
        Of the arithmetic, in operations a second: its flat part.
    intensities : mapping of str to float
        Label and operations per byte of what stands under the roof.
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
        If a number is not positive and finite, or there is no intensity.

    References
    ----------
    Williams, Waterman and Patterson (2009), Roofline: an insightful visual performance model for
    multicore architectures, Communications of the ACM 52.
    """
    numbers = {"bandwidth": bandwidth, "peak": peak, **intensities}
    for name, number in numbers.items():
        if not (np.isfinite(number) and number > 0):
            raise ValueError(f"{name} must be positive and finite, got {number}")
    if not intensities:
        raise ValueError("intensities must hold at least one, got none")
    ridge = peak / bandwidth
    ends = min(*intensities.values(), ridge), max(*intensities.values(), ridge)
    x = np.geomspace(ends[0] / _DECADES_BESIDE, ends[1] * _DECADES_BESIDE, 200)
    ax = new_axes(ax)
    ax.plot(x, np.minimum(x * bandwidth, peak) / 1e9, color=BLACK, label="the roof")
    ax.axvline(ridge, color=GRAY, linestyle=":", label="the ridge: memory left, arithmetic right")
    for (name, intensity), style in zip(intensities.items(), cycle(CURVE_STYLES), strict=False):
        height = min(intensity * bandwidth, peak) / 1e9
        (point,) = ax.plot([intensity], [height], style["marker"], markersize=9, label=name)
        point.set_color(style["color"])
    ax.set(title=title, xscale="log", yscale="log", xlim=(x[0], x[-1]))
    ax.set(xlabel="operations per byte moved", ylabel="billion operations a second")
    ax.legend(loc="lower right", frameon=True, framealpha=1, edgecolor="none")
    return ax


@in_our_look
def plot_multiples(
    multiples: Mapping[str, Mapping[str, float]],
    *,
    order: Sequence[str],
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many times as long as the floor each path takes, one marker a machine.

    Parameters
    ----------
    multiples : mapping of str to mapping of str to float
        For each machine, by path: time over floor, dimensionless. A path may be missing.
    order : sequence of str
        The paths, from the top.
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
        If a multiple is not positive and finite, or of a path that `order` lacks.
    """
    ax = new_axes(ax)
    rows = {path: number for number, path in enumerate(order)}
    for (machine, found), style in zip(multiples.items(), cycle(CURVE_STYLES), strict=False):
        for path, value in found.items():
            if path not in rows:
                raise ValueError(f"path must be one of {', '.join(order)}, got {path!r}")
            if not (np.isfinite(value) and value > 0):
                raise ValueError(f"multiples must be positive and finite, got {value} for {path}")
        heights = [rows[path] for path in found]
        (points,) = ax.plot([*found.values()], heights, style["marker"], alpha=0.85, label=machine)
        points.set(color=style["color"], markersize=8)
    ax.axvline(1.0, color=BLACK, linestyle="--", linewidth=1.2, label="the floor")
    ax.set(title=title, xscale="log", xlabel="time as a multiple of the floor")
    ax.set_yticks(range(len(order)), order)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    ax.xaxis.set_minor_formatter(FuncFormatter(_mark))
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, -0.18), ncols=2)
    return ax


def _mark(value: float, _: int | None) -> str:
    """Name a tick between powers of ten if there is room for it: 2 and 5 times one."""
    return f"{value:g}" if f"{value:e}"[0] in "25" else ""
