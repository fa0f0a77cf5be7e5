"""Paths of optimizers over the contours of a loss surface."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import (
    CURVE_STYLES,
    in_our_look,
    new_axes,
    style_of,
)
from rmsprop_course.objectives import Objective

with extra("course"):
    from matplotlib.axes import Axes

_N_CONTOURS = 18
_N_GRID = 201


@in_our_look
def plot_paths(
    objective: Objective,
    paths: Mapping[str, ArrayLike],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw paths over the contours of an objective of two parameters.

    Parameters
    ----------
    objective : Objective
        Of two parameters; its domain is what the figure shows.
    paths : mapping of str to array_like, shape (n_steps + 1, 2)
        Label and points. A label that begins with an optimizer's name has its color.
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
        If the objective does not have two parameters.
    """
    if objective.n_params != 2:
        raise ValueError(f"objective must have 2 parameters, got {objective.n_params}")
    ax = new_axes(ax)
    _draw_contours(ax, objective)
    for (label, points), fallback in zip(paths.items(), cycle(CURVE_STYLES), strict=False):
        style = style_of(label, fallback)
        x, y = np.asarray(points).T
        line: dict[str, Any] = {**style, "markersize": 3.5, "linewidth": 1.4}
        ax.plot(x, y, label=label, markevery=max(1, len(x) // 25), **line)
    if objective.minimum is not None:
        ax.plot(*objective.minimum, "k*", markersize=12, label="minimum", zorder=3)
    ax.set(title=title, xlabel="parameter 1", ylabel="parameter 2")
    ax.set(xlim=objective.domain[0], ylim=objective.domain[1])
    ax.legend(loc="best", framealpha=0.9, frameon=True)
    return ax


def _draw_contours(ax: Axes, objective: Objective) -> None:
    """Draw contours whose heights above the lowest point form a geometric series."""
    x, y = (np.linspace(low, high, _N_GRID) for low, high in objective.domain)
    heights = objective.value(np.stack(np.meshgrid(x, y), axis=-1))
    above = heights - heights.min()
    levels = heights.min() + np.geomspace(np.quantile(above, 0.01), above.max(), _N_CONTOURS)
    ax.contour(x, y, heights, levels=levels, cmap="gray", alpha=0.45, linewidths=0.8)
    ax.grid(False)
