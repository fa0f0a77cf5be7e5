"""Figures of a sweep over two settings: how many steps each pair of them takes."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course._settings import FloatArray
from rmsprop_course.figures._look import BLACK, in_our_look

with extra("course"):
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes
    from matplotlib.colors import LogNorm
    from matplotlib.patches import Patch
    from matplotlib.ticker import NullLocator

_EDGE_DASHES = ("--", ":", "-.")
_MARKED_DECAYS = np.array([0.0, 0.5, 0.9, 0.99, 0.999, 0.9999])
_NEVER: Any = {"facecolor": "#C8C8C8", "edgecolor": "white", "hatch": "///"}


@in_our_look
def plot_hyperparameter_map(
    steps: ArrayLike,
    *,
    learning_rates: ArrayLike,
    decays: ArrayLike,
    title: str,
    edges: Mapping[str, ArrayLike] | None = None,
    ylabel: str = "decay γ (logarithmic in 1 - γ)",
    ax: Axes | None = None,
) -> Axes:
    """Draw steps to converge over learning rate and decay, both axes logarithmic.

    Parameters
    ----------
    steps : array_like, shape (n_rates, n_decays)
        Number of steps, 1 or more; NaN for a run that never converged. Such runs are hatched, and
        the legend says what that means.
    learning_rates : array_like, shape (n_rates,)
        η of each row, positive and increasing.
    decays : array_like, shape (n_decays,)
        γ of each column, in [0, 1) and increasing.
    title : str
        The message of the figure.
    edges : mapping of str to array_like, shape () or (n_decays,), optional
        Label and learning rate, for all decays or for each one, at which to draw a line.
    ylabel : str
        What the vertical axis shows; another setting in [0, 1), such as a momentum, may stand in
        for the decay.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `steps` has another shape or no run converged.
    """
    counts = np.ma.masked_invalid(np.asarray(steps, dtype=float))
    rates, fades = np.asarray(learning_rates), 1 - np.asarray(decays)
    if counts.shape != (rates.size, fades.size):
        raise ValueError(f"steps must have shape {(rates.size, fades.size)}, got {counts.shape}")
    if not counts.count():
        raise ValueError("steps must hold a run that converged, got NaN alone")
    if ax is None:
        ax = plt.subplots(figsize=(6.4, 4.4), layout="constrained")[1]
    ax.patch.set(**_NEVER)
    mesh = ax.pcolormesh(rates, fades, counts.T, norm=LogNorm(), shading="nearest")
    ax.figure.colorbar(mesh, ax=ax, label="steps to converge (logarithmic)")
    for (label, where), dashes in zip((edges or {}).items(), cycle(_EDGE_DASHES), strict=False):
        at = np.broadcast_to(where, fades.shape)
        ax.plot(at, fades, color="white", linewidth=3.6)
        ax.plot(at, fades, color=BLACK, linestyle=dashes, label=label)
    ax.set(title=title, xlabel="learning rate η (logarithmic)", ylabel=ylabel)
    ax.set(xscale="log", yscale="log", xlim=(rates[0], rates[-1]), ylim=(fades[0], fades[-1]))
    _mark_decays(ax, fades)
    handles = [Patch(**_NEVER, label="did not converge"), *ax.get_legend_handles_labels()[0]]
    ax.legend(handles=handles, loc="upper left", bbox_to_anchor=(-0.1, -0.18), ncols=3, fontsize=9)
    return ax


def _mark_decays(ax: Axes, fades: FloatArray) -> None:
    """Write decays beside an axis that shows 1 - γ, the largest one at the top."""
    reach = 1.001  # the last fade is 1 - γ after rounding
    shown = [d for d in _MARKED_DECAYS if fades[-1] / reach <= 1 - d <= fades[0] * reach]
    ax.set_yticks([1 - decay for decay in shown], [f"{decay:g}" for decay in shown])
    ax.yaxis.set_minor_locator(NullLocator())
    ax.grid(False)
