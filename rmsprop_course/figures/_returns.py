"""Figures of agents that learn: what their episodes bring as they practice."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import GRAY, distinct_styles, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes


@in_our_look
def plot_returns(
    env_steps: ArrayLike,
    returns: Mapping[str, ArrayLike],
    *,
    title: str,
    limit: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw learning curves of agents; of several seeds, the mean and the middle half.

    Parameters
    ----------
    env_steps : array_like, shape (n_windows,)
        Steps in the environments at the end of each window.
    returns : mapping of str to array_like, shape (n_windows,) or (n_windows, n_seeds)
        Label, and mean return of the episodes that ended in each window, for each seed. The line
        is the mean over the seeds; the band reaches from their first quartile to their third. A
        label that begins with an optimizer's name has its color; the second of a color is dotted,
        with hollow markers.
    title : str
        The message of the figure.
    limit : float, optional
        The most that an episode can bring, drawn as a line.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a curve has not one row for each window.
    """
    steps = np.asarray(env_steps)
    ax = new_axes(ax)
    styles = distinct_styles(returns)
    for (label, values), style in zip(returns.items(), styles, strict=True):
        runs = np.atleast_2d(np.asarray(values).T).T  # one column a seed
        if len(runs) != len(steps):
            raise ValueError(
                f"returns must have one row a window, {len(steps)}, got {len(runs)} for {label}"
            )
        if runs.shape[1] > 1:
            low, high = np.percentile(runs, [25, 75], axis=1)
            ax.fill_between(steps, low, high, color=style["color"], alpha=0.12, linewidth=0)
        look: dict[str, Any] = {"label": label, "markersize": 5, **style}
        ax.plot(steps, runs.mean(axis=1), **look)
    if limit is not None:
        ax.axhline(limit, color=GRAY, linestyle="--", linewidth=1, label="the most possible")
    ax.set(title=title, xlabel="steps in all environments together", ylabel="mean return")
    ax.set_xlim(left=0)
    ax.set_ylim(bottom=0)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=2)
    return ax
