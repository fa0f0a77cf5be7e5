"""Figures of training runs: losses, sweeps of the learning rate, versions beside the right one."""

from collections.abc import Mapping
from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course._settings import FloatArray
from rmsprop_course.figures._look import (
    CURVE_STYLES,
    distinct_styles,
    in_our_look,
    new_axes,
    style_of,
)

with extra("course"):
    import matplotlib.pyplot as plt
    from matplotlib.axes import Axes

_GALLERY_COLUMNS = 5


@in_our_look
def plot_loss_curves(
    losses: Mapping[str, ArrayLike],
    *,
    title: str,
    ylabel: str = "loss",
    ax: Axes | None = None,
) -> Axes:
    """Draw losses step by step on a logarithmic axis; of several runs, the mean and the spread.

    Parameters
    ----------
    losses : mapping of str to array_like, shape (n_steps + 1,) or (n_steps + 1, n_runs)
        Label and losses, positive, from step 0 on. Of several runs, with other seeds or starts,
        the line is the mean and the band reaches from the lowest to the highest. A label that
        begins with an optimizer's name has its color.
    title : str
        The message of the figure.
    ylabel : str
        What the vertical axis shows, with its units.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    for (label, values), fallback in zip(losses.items(), cycle(CURVE_STYLES), strict=False):
        style: dict[str, Any] = dict(style_of(label, fallback))
        runs = np.atleast_2d(np.asarray(values).T).T  # one column a run
        steps = np.arange(len(runs))
        if runs.shape[1] > 1:
            low, high = runs.min(axis=1), runs.max(axis=1)
            ax.fill_between(steps, low, high, color=style["color"], alpha=0.15, linewidth=0)
        style |= {"markersize": 4, "markevery": max(1, len(runs) // 10), "linewidth": 1.4}
        ax.plot(steps, runs.mean(axis=1), label=label, **style)
    ax.set(title=title, xlabel="step", ylabel=f"{ylabel} (logarithmic)", yscale="log")
    ax.legend()
    return ax


@in_our_look
def plot_learning_rates(
    sweeps: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    title: str,
    ylabel: str = "accuracy (%)",
    logarithmic: bool = False,
    chosen: Mapping[str, float] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw results against the learning rate: a dot a run, a line through the means.

    Parameters
    ----------
    sweeps : mapping of str to (rates, results)
        Label; learning rates of shape (n_rates,); accuracies in %, losses or returns of shape
        (n_rates, n_seeds). A label that begins with an optimizer's name has its color; the second
        of a color is dotted, with hollow markers.
    title : str
        The message of the figure.
    ylabel : str
        What the vertical axis shows, with its units: on which images, for example.
    logarithmic : bool
        Whether the vertical axis is logarithmic, for results that are positive.
    chosen : mapping of str to float, optional
        A rate of each sweep to mark by a ring.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
        With more than three sweeps the legend stands beside it.

    Raises
    ------
    ValueError
        If a chosen rate is not in its sweep.
    """
    ax = new_axes(ax)
    for (label, (rates, runs)), style in zip(sweeps.items(), distinct_styles(sweeps), strict=True):
        look: dict[str, Any] = {"label": label, "markersize": 5, **style}
        means = np.asarray(runs).mean(axis=1)
        ax.plot(rates, runs, ".", color=style["color"], markersize=4, alpha=0.5)
        ax.plot(rates, means, **look)
        if chosen is not None:
            _ring(ax, rates, means, chosen[label], style["color"])
    ax.set(title=title, xlabel="learning rate η (logarithmic)", ylabel=ylabel, xscale="log")
    if logarithmic:
        ax.set(ylabel=f"{ylabel} (logarithmic)", yscale="log")
    ax.legend(**({"loc": "upper left", "bbox_to_anchor": (1, 1)} if len(sweeps) > 3 else {}))
    return ax


def _ring(ax: Axes, rates: ArrayLike, means: FloatArray, chosen: float, color: str) -> None:
    """Put a ring around the mean at a rate."""
    (places,) = np.nonzero(np.asarray(rates) == chosen)
    if places.size == 0:
        raise ValueError(f"chosen must be rates of the sweeps, got {chosen:g}")
    look: dict[str, Any] = {"color": color, "markerfacecolor": "none", "markersize": 13}
    ax.plot([chosen], means[places], "o", label="_chosen", **look)


@in_our_look
def plot_gallery(
    losses: Mapping[str, ArrayLike],
    *,
    reference: str,
    title: str,
    ylabel: str = "training loss (nats)",
    ax: Axes | None = None,
) -> Axes:
    """Draw a panel for each wrong version: its loss, epoch by epoch, over that of the right one.

    Parameters
    ----------
    losses : mapping of str to array_like, shape (n_epochs,)
        Name and loss, positive or not a number.
    reference : str
        Name of the right version, which is drawn in every panel.
    title : str
        The message of the figure.
    ylabel : str
        What the vertical axes show, with its units.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing. The panels are its ``child_axes``.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If `reference` is not among the losses.
    """
    if reference not in losses:
        raise ValueError(f"reference must be one of {', '.join(losses)}, got {reference!r}")
    if ax is None:
        ax = plt.subplots(figsize=(9, 4.2), layout="constrained")[1]
    wrong = {name: values for name, values in losses.items() if name != reference}
    n_rows = -(-len(wrong) // _GALLERY_COLUMNS)
    panels = [_add_panel(ax, index, n_rows) for index in range(len(wrong))]
    for panel, (name, values) in zip(panels, wrong.items(), strict=True):
        _draw_pair(panel, np.asarray(losses[reference]), np.asarray(values))
        panel.set_title(name, fontsize=9)
    _share_limits(panels)
    handles, labels = panels[0].get_legend_handles_labels()
    ax.legend(handles, labels, loc="lower right", ncols=2, bbox_to_anchor=(1, 1.02))
    ax.set_title(title, pad=26)
    ax.set_xlabel("epoch", labelpad=20)
    ax.set_ylabel(ylabel, labelpad=32)
    ax.set(xticks=[], yticks=[])
    ax.spines[:].set_visible(False)
    return ax


def _add_panel(ax: Axes, index: int, n_rows: int) -> Axes:
    """Small axes at a place of the grid, with numbers only at the left and lower edges."""
    row, column = divmod(index, _GALLERY_COLUMNS)
    width, height = 1 / _GALLERY_COLUMNS, 1 / n_rows
    panel = ax.inset_axes(
        (column * width, 1 - (row + 1) * height, 0.9 * width, 0.78 * height),
        yscale="log",
    )
    panel.tick_params(labelsize=8, labelleft=column == 0, labelbottom=row == n_rows - 1)
    return panel


def _draw_pair(panel: Axes, right: FloatArray, wrong: FloatArray) -> None:
    """Draw both losses; say so where the wrong one is no number."""
    for label, values, style in (
        ("correct", right, CURVE_STYLES[0]),
        ("this version", wrong, CURVE_STYLES[1]),
    ):
        epochs = np.arange(1, len(values) + 1)
        panel.plot(
            epochs, values, color=style["color"], linestyle=style["linestyle"], linewidth=1.5,
            label=label,
        )  # fmt: skip
    if not np.isfinite(wrong).all():
        panel.text(0.5, 0.85, "not a number", transform=panel.transAxes, ha="center", fontsize=8)


def _share_limits(panels: list[Axes]) -> None:
    limits = np.array([panel.get_ylim() for panel in panels])
    for panel in panels:
        panel.set_ylim(limits[:, 0].min(), limits[:, 1].max())
