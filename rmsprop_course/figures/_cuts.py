"""Figures of cuts through a graph: how often a way of cutting finds one of each weight."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import BLACK, CURVE_STYLES, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes

_MARK_DASHES = ("-", "--", ":", "-.")


@in_our_look
def plot_cuts(
    cuts: Mapping[str, ArrayLike],
    *,
    title: str,
    marks: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how often each cut was found, for several ways to find one, and the mean of each.

    Parameters
    ----------
    cuts : mapping of str to array_like, shape (n_samples,)
        Label and weights of the cuts, whole numbers as in a graph whose edges weigh 1.
    title : str
        The message of the figure.
    marks : mapping of str to float, optional
        Labels and places of vertical lines, such as a bound.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a weight is not a whole number.
    """
    ax = new_axes(ax)
    for (label, found), style in zip(cuts.items(), cycle(CURVE_STYLES), strict=False):
        weights = np.asarray(found, dtype=float)
        whole = np.rint(weights)
        if not np.allclose(weights, whole):
            raise ValueError(f"cuts must be whole numbers, got {weights[weights != whole][0]:g}")
        values, counts = np.unique(whole, return_counts=True)
        mean = weights.mean()
        ax.plot(
            values,
            counts / counts.sum(),
            label=f"{label}, mean {mean:.1f}",
            color=style["color"],
            linestyle=style["linestyle"],
            marker=style["marker"],
            markersize=5,
        )
        ax.plot(mean, 0, "^", color=style["color"], markersize=9, clip_on=False, zorder=3)
    for (label, place), dashes in zip((marks or {}).items(), cycle(_MARK_DASHES), strict=False):
        ax.axvline(place, color=BLACK, linestyle=dashes, linewidth=1.2, label=label)
    ax.set(title=title, xlabel="weight of the cut (edges)", ylabel="share of the samples")
    ax.set_ylim(bottom=0)
    ax.legend(loc="upper left", fontsize=9)
    return ax
