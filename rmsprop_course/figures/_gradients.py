"""Figures of gradients: how large they are, and where they carry a weight."""

from collections.abc import Mapping
from itertools import cycle

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course._settings import FloatArray
from rmsprop_course.figures._look import CURVE_STYLES, in_our_look, new_axes, style_of

with extra("course"):
    from matplotlib.axes import Axes
    from matplotlib.ticker import PercentFormatter

_BINS_PER_DECADE = 4


@in_our_look
def plot_gradient_magnitudes(
    magnitudes: Mapping[str, ArrayLike],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw histograms of gradient magnitudes over the same logarithmic bins, four a decade.

    Parameters
    ----------
    magnitudes : mapping of str to array_like, any shape
        Label and magnitudes, in units of the gradient. A zero has no place on the axis: it counts
        among the weights of which a share is drawn, and the legend says how many there are.
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
        If a magnitude is negative or not finite, or none is positive.
    """
    values = {label: np.ravel(np.asarray(array)) for label, array in magnitudes.items()}
    exponents = _bin_exponents(np.concatenate([*values.values(), np.empty(0)]))
    edges = 10**exponents
    ax = new_axes(ax)
    for (label, array), style in zip(values.items(), cycle(CURVE_STYLES), strict=False):
        shares = np.histogram(np.log10(array[array > 0]), exponents)[0] / array.size
        n_zeros = array.size - np.count_nonzero(array)
        name = f"{label} ({n_zeros / array.size:.0%} are 0)" if n_zeros else label
        color, dashes = style["color"], style["linestyle"]
        ax.stairs(shares, edges, fill=True, color=color, alpha=0.08)
        ax.stairs(shares, edges, color=color, linestyle=dashes, linewidth=1.8, label=name)
    ax.set(title=title, xscale="log", xlim=(edges[0], edges[-1]))
    ax.set(xlabel="size of the gradient (nats per unit of the weight)", ylabel="share of weights")
    ax.yaxis.set_major_formatter(PercentFormatter(1.0))
    ax.legend(loc="upper left")
    return ax


def _bin_exponents(magnitudes: FloatArray) -> FloatArray:
    """Powers of ten at the edges of bins, over the decades that hold all positive magnitudes."""
    wrong = magnitudes[~(np.isfinite(magnitudes) & (magnitudes >= 0))]
    if wrong.size:
        raise ValueError(f"magnitudes must be finite and not negative, got {wrong[0]:g}")
    positive = magnitudes[magnitudes > 0]
    if not positive.size:
        raise ValueError("magnitudes must hold a positive number, got none")
    low, high = (int(np.floor(np.log10(end))) for end in (positive.min(), positive.max()))
    return np.linspace(low, high + 1, _BINS_PER_DECADE * (high + 1 - low) + 1)


@in_our_look
def plot_drift(
    positions: Mapping[str, ArrayLike],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw where a weight stands after each mini-batch.

    Parameters
    ----------
    positions : mapping of str to array_like, shape (n_batches,)
        Label and position after each mini-batch, in units of the learning rate, from a start
        at 0. A label that begins with an optimizer's name has its color.
    title : str
        The message of the figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    for (label, values), fallback in zip(positions.items(), cycle(CURVE_STYLES), strict=False):
        style = style_of(label, fallback)
        way = np.concatenate([[0.0], np.asarray(values)])
        (line,) = ax.plot(way, style["linestyle"], label=label, linewidth=1.5)
        line.set_color(style["color"])
    ax.set(title=title, xlabel="mini-batches", ylabel="weight (units of the learning rate)")
    ax.legend()
    return ax
