"""Figures of sharpness: how curvature times learning rate moves while a network trains."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import CURVE_STYLES, GRAY, in_our_look, new_axes, style_of

with extra("course"):
    from matplotlib.axes import Axes


@in_our_look
def plot_sharpness(
    paths: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    title: str,
    limit: float = 2.0,
    ylabel: str = "η × sharpness (dimensionless)",
    ax: Axes | None = None,
) -> Axes:
    """Draw sharpness times learning rate against the step, and the limit that it should come to.

    Parameters
    ----------
    paths : mapping of str to (steps, sharpness)
        Label; numbers of steps of shape (n_measured,); values of shape (n_measured,), or
        (n_measured, n_runs) for several runs, drawn as thin lines of one color. A label that
        begins with an optimizer's name has its color. The axis ends at twice the limit.
    title : str
        The message of the figure.
    limit : float
        Where stability ends, positive, to draw as a line.
    ylabel : str
        What the vertical axis shows, with its units.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If there is not one row of values for each step.
    """
    ax = new_axes(ax)
    ax.axhline(limit, color=GRAY, linewidth=1.4, label=f"predicted: {limit:g}", zorder=1)
    for (label, (steps, values)), fallback in zip(paths.items(), cycle(CURVE_STYLES), strict=False):
        style = style_of(label, fallback)
        runs = np.atleast_2d(np.asarray(values, dtype=float).T).T  # one column a run
        if len(runs) != np.size(steps):
            raise ValueError(f"{label}: {np.size(steps)} steps and {len(runs)} rows of values")
        lines = ax.plot(
            steps,
            runs,
            color=style["color"],
            linestyle=style["linestyle"],
            linewidth=1.4 if runs.shape[1] == 1 else 0.9,
            marker=style["marker"],
            markersize=3.5,
            markevery=max(1, len(runs) // 10),
        )
        lines[0].set_label(label)
    ax.set(title=title, xlabel="step", ylabel=ylabel, ylim=(0, 2 * limit))
    ax.legend(loc="best", fontsize=9)
    return ax
