"""Figures of convergence: predictions with what was measured, and runs between two ends."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import CURVE_STYLES, GRAY, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes

_POINTS_DRAWN = 400
_TOP = 1.5  # leaves room for the legend above the upper end


@in_our_look
def plot_predictions(
    predicted: Mapping[str, tuple[ArrayLike, ArrayLike]],
    measured: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    title: str,
    xlabel: str,
    ylabel: str,
    log: str = "",
    dots: str | None = None,
    marks: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw predictions as lines and what was measured as markers of the same color.

    Parameters
    ----------
    predicted : mapping of str to (x, y)
        Label and points of each line, two arrays of shape (n_points,).
    measured : mapping of str to (x, y)
        For some of the labels, or all, what was measured; shape (n_measured,) each.
    title : str
        The message of the figure.
    xlabel, ylabel : str
        What the axes show, with units. "(logarithmic)" is added where it holds.
    log : str
        Which axes are logarithmic: "", "x", "y" or "xy".
    dots : str, optional
        What the markers are, for the legend; the line's label and "measured" if missing.
    marks : mapping of str to float, optional
        Labels and places of dotted vertical lines.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If something was measured that is not predicted, or `log` is another string.
    """
    if log not in ("", "x", "y", "xy"):
        raise ValueError(f"log must be one of '', 'x', 'y', 'xy', got {log!r}")
    for label in measured:
        if label not in predicted:
            known = ", ".join(predicted)
            raise ValueError(f"measured must name lines among {known}, got {label!r}")
    ax = new_axes(ax)
    for (label, (x, y)), style in zip(predicted.items(), cycle(CURVE_STYLES), strict=False):
        color = style["color"]
        ax.plot(x, y, color=color, linestyle=style["linestyle"], linewidth=1.4, label=label)
        if label in measured:
            name = dots or f"{label}, measured"
            ax.plot(*measured[label], style["marker"], color=color, markersize=5, label=name)
    for label, place in (marks or {}).items():
        ax.axvline(place, color=GRAY, linestyle=":", linewidth=1.2)
        ax.annotate(
            label,
            (place, 0.0),
            xycoords=("data", "axes fraction"),
            xytext=(4, 4),
            textcoords="offset points",
            color=GRAY,
            fontsize=9,
        )
    for name, text in {"x": xlabel, "y": ylabel}.items():
        is_log = name in log
        ax.set(
            **{
                f"{name}label": f"{text} (logarithmic)" if is_log else text,
                f"{name}scale": "log" if is_log else "linear",
            }
        )
    ax.set_title(title)
    ax.legend(fontsize=9, framealpha=0.9, frameon=True)
    return ax


@in_our_look
def plot_projected_runs(
    weights: Mapping[str, ArrayLike],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw runs of a weight that is kept in [-1, 1], against the step on a logarithmic axis.

    Parameters
    ----------
    weights : mapping of str to array_like, shape (n_steps + 1,)
        Label and weight after each step, the start first. Of a long run 400 steps are drawn,
        evenly on the axis.
    title : str
        The message of the figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    for (label, values), style in zip(weights.items(), cycle(CURVE_STYLES), strict=False):
        run = np.asarray(values)
        steps = np.unique(np.geomspace(1, max(len(run) - 1, 1), _POINTS_DRAWN).round().astype(int))
        steps = steps[steps < len(run)]
        color, dashes = style["color"], style["linestyle"]
        ax.plot(steps, run[steps], color=color, linestyle=dashes, linewidth=1.4, label=label)
    for height, label in {1.0: "wrong end", -1.0: "minimum"}.items():
        ax.axhline(height, color=GRAY, linestyle=":", linewidth=1.2)
        place = (1.01, height)
        ax.annotate(
            label, place, xycoords=("axes fraction", "data"), va="center", color=GRAY, fontsize=9
        )
    ax.set(title=title, xlabel="step (logarithmic)", ylabel="weight x", xscale="log")
    ax.set_ylim(-1.1, _TOP)
    ax.legend(loc="upper left", ncols=len(weights), fontsize=9)
    return ax
