"""Figures of the update itself: how long a step is for a gradient of a given size."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import CURVE_STYLES, GRAY, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes


@in_our_look
def plot_step_lengths(
    step_lengths: Mapping[str, ArrayLike],
    *,
    grad_sizes: ArrayLike,
    title: str,
    half_speed: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw step length against gradient magnitude, both logarithmic.

    Parameters
    ----------
    step_lengths : mapping of str to array_like, shape (n_sizes,)
        Label and lengths ``|Δ|``, in units of η, positive.
    grad_sizes : array_like, shape (n_sizes,)
        Gradient magnitudes ``|g|`` that the lengths belong to, positive.
    title : str
        The message of the figure.
    half_speed : mapping of str to float, optional
        For some of the labels, the ``|g|`` at which the step is η/2, to mark on that curve.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `half_speed` names a curve that is not drawn.
    """
    half_speed = half_speed or {}
    for label in half_speed:
        if label not in step_lengths:
            known = ", ".join(step_lengths)
            raise ValueError(f"half_speed must name curves among {known}, got {label!r}")
    ax = new_axes(ax)
    for (label, lengths), style in zip(step_lengths.items(), cycle(CURVE_STYLES), strict=False):
        color = style["color"]
        ax.plot(grad_sizes, lengths, color=color, linestyle=style["linestyle"], label=label)
        if label in half_speed:
            place = (half_speed[label], 0.5)
            ax.plot(*place, style["marker"], color=color, markersize=7)
            ax.annotate(
                f"{half_speed[label]:.1e}",
                place,
                xytext=(8, -12),
                textcoords="offset points",
                color=color,
            )
    ax.axhline(0.5, color=GRAY, linestyle=":", linewidth=1.2)
    ax.set(title=title, xscale="log", yscale="log")
    ax.set_xlabel("gradient magnitude |g| (units of the gradient, logarithmic)")
    ax.set_ylabel("step length |Δ| (units of η)")
    ax.set_xlim(float(np.min(grad_sizes)), float(np.max(grad_sizes)))
    ax.legend(loc="lower right")
    return ax
