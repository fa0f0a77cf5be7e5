"""Figures of moving averages: their weights, and how they follow a signal."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import BLACK, CURVE_STYLES, GRAY, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes


def _steps(values: ArrayLike) -> NDArray[np.int_]:
    """Return the numbers of the steps that the values belong to: 1 ... n_steps."""
    return np.arange(1, len(np.asarray(values)) + 1)


@in_our_look
def plot_weights(
    weights: Mapping[str, ArrayLike],
    *,
    title: str,
    half_life: float | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Stems of the weight that a value has after so many steps.

    Parameters
    ----------
    weights : mapping of str to array_like, shape (n_steps,)
        Label and weights (dimensionless), newest value first.
    title : str
        The message of the figure.
    half_life : float, optional
        Age (steps) to mark by a vertical line.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    for (label, values), style in zip(weights.items(), cycle(CURVE_STYLES), strict=False):
        values = np.asarray(values)
        ax.vlines(np.arange(len(values)), 0, values, color=style["color"], linewidth=1, alpha=0.5)
        ax.plot(values, style["marker"], color=style["color"], markersize=4, label=label)
    if half_life is not None:
        ax.axvline(half_life, color=GRAY, linestyle="--", linewidth=1.2)
        label, place = f"half-life {half_life:.2f}", (half_life, 0.25)
        ax.annotate(label, place, xytext=(5, 0), textcoords="offset points", color=GRAY)
    ax.set(title=title, xlabel="age of the value (steps)", ylabel="weight (dimensionless)")
    ax.set_ylim(bottom=0)
    ax.legend()
    return ax


@in_our_look
def plot_averages(
    averages: Mapping[str, ArrayLike],
    *,
    title: str,
    signal: ArrayLike | None = None,
    signal_label: str = "signal",
    truth: ArrayLike | None = None,
    ylabel: str = "value (units of the signal)",
    ax: Axes | None = None,
) -> Axes:
    """Draw moving averages over the steps, with the signal that they follow as dots behind them.

    Parameters
    ----------
    averages : mapping of str to array_like, shape (n_steps,)
        Label and averages, in units of the signal; step 1 first.
    title : str
        The message of the figure.
    signal : array_like, shape (n_steps,), optional
        What is averaged.
    signal_label : str
        What the dots are, for the legend.
    truth : array_like, shape (n_steps,), optional
        What the averages should find.
    ylabel : str
        What the vertical axis shows, with its units.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    if signal is not None:
        ax.plot(
            _steps(signal), signal, ".", color=GRAY, markersize=4, alpha=0.6, label=signal_label
        )
    if truth is not None:
        ax.plot(_steps(truth), truth, color=BLACK, linewidth=1, linestyle=":", label="truth")
    for (label, values), style in zip(averages.items(), cycle(CURVE_STYLES), strict=False):
        (line,) = ax.plot(_steps(values), values, style["linestyle"], label=label)
        line.set_color(style["color"])
    ax.set(title=title, xlabel="step", ylabel=ylabel)
    ax.legend()
    return ax
