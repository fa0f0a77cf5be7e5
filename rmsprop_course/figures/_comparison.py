"""Figures of a fair comparison: sweeps with their spread, final results, classes, scaling rules."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import distinct_styles, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes


@in_our_look
def plot_sensitivity(
    sweeps: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    title: str,
    chosen: Mapping[str, float] | None = None,
    ylabel: str = "validation loss (nats)",
    logarithmic: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw results against the learning rate: a line through the means, a band over all seeds.

    Parameters
    ----------
    sweeps : mapping of str to (learning_rates, results)
        Label; rates of shape (n_rates,); results of shape (n_rates, n_seeds). Where one is no
        number, the line has a gap. A label that begins with an optimizer's name has its color.
    title : str
        The message of the figure.
    chosen : mapping of str to float, optional
        A rate of each sweep to mark by a ring.
    ylabel : str
        What the vertical axis shows, with its units.
    logarithmic : bool
        Whether the vertical axis is logarithmic, for results that are positive.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes

    Raises
    ------
    ValueError
        If a chosen rate is not in its sweep.
    """
    ax = new_axes(ax)
    for (label, sweep), style in zip(sweeps.items(), distinct_styles(sweeps), strict=True):
        look: dict[str, Any] = {**style, "markersize": 5}
        rates, runs = (np.asarray(part, dtype=float) for part in sweep)
        means = runs.mean(axis=1)
        ax.fill_between(
            rates, runs.min(axis=1), runs.max(axis=1), color=style["color"], alpha=0.15, linewidth=0
        )
        ax.plot(rates, means, label=label, **look)
        if chosen is not None:
            (places,) = np.nonzero(rates == chosen[label])
            if places.size == 0:
                raise ValueError(f"chosen must be rates of the sweeps, got {chosen[label]:g}")
            ring: dict[str, Any] = {"color": style["color"], "markerfacecolor": "none"}
            ax.plot(rates[places], means[places], "o", markersize=13, label="_chosen", **ring)
    ax.set(title=title, xlabel="learning rate η (logarithmic)", xscale="log")
    ax.set_ylabel(f"{ylabel} (logarithmic)" if logarithmic else ylabel)
    if logarithmic:
        ax.set_yscale("log")
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


@in_our_look
def plot_final_results(
    results: Mapping[str, ArrayLike],
    *,
    title: str,
    xlabel: str = "accuracy on test images (%)",
    ax: Axes | None = None,
) -> Axes:
    """Draw a row for each optimizer: a dot a seed, and the mean with its standard deviation.

    Parameters
    ----------
    results : mapping of str to array_like, shape (n_seeds,)
        Label and results, two or more. A label that begins with an optimizer's name has its color.
    title : str
        The message of the figure.
    xlabel : str
        What the horizontal axis shows, with its units.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
        The first row is at the top.
    """
    ax = new_axes(ax)
    styles = distinct_styles(results)
    for row, ((label, values), style) in enumerate(zip(results.items(), styles, strict=True)):
        runs = np.asarray(values, dtype=float)
        rows = np.full(runs.shape, float(row))
        ax.plot(runs, rows, ".", color=style["color"], alpha=0.5, label="_runs")
        ax.errorbar(
            [runs.mean()], [row + 0.25], xerr=[runs.std(ddof=1)], color=style["color"],
            marker=style["marker"], markersize=6, capsize=4, label=label,
        )  # fmt: skip
    ax.set_yticks(range(len(results)), list(results))
    ax.set(title=title, xlabel=xlabel, ylim=(len(results) - 0.4, -0.5))
    ax.grid(visible=False, axis="y")
    return ax


@in_our_look
def plot_class_losses(
    frequencies: ArrayLike,
    losses: Mapping[str, ArrayLike],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw the loss of each class against how often it comes, both axes logarithmic.

    Parameters
    ----------
    frequencies : array_like, shape (n_classes,)
        Share of each class among the examples, dimensionless.
    losses : mapping of str to array_like, shape (n_classes,)
        Label and positive losses in nats. A label that begins with an optimizer's name has its
        color.
    title : str
        The message of the figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
        The most frequent class is at the left.
    """
    ax = new_axes(ax)
    for (label, values), style in zip(losses.items(), distinct_styles(losses), strict=True):
        look: dict[str, Any] = {**style, "markevery": 0.1, "markersize": 5}
        ax.plot(frequencies, values, label=label, **look)
    ax.set(title=title, xscale="log", yscale="log")
    ax.set(xlabel="share of the class (logarithmic)", ylabel="loss of the class (nats, log.)")
    ax.invert_xaxis()
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax


@in_our_look
def plot_scaling_rules(
    factors: ArrayLike,
    measured: Mapping[str, ArrayLike],
    predicted: Mapping[str, ArrayLike],
    *,
    title: str,
    ax: Axes | None = None,
) -> Axes:
    """Draw how a variance goes with the batch size: measured as marks, predicted as lines.

    Parameters
    ----------
    factors : array_like, shape (n_factors,)
        How many times as large the batch is.
    measured, predicted : mapping of str to array_like, shape (n_factors,)
        Name of a rule and variance in units of that at factor 1, positive. The lines begin at 1
        for factor 1.
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
        If `measured` and `predicted` have not the same rules.
    """
    if measured.keys() != predicted.keys():
        raise ValueError(f"predicted must have rules {list(measured)}, got {list(predicted)}")
    ax = new_axes(ax)
    sizes = [1.0, *np.asarray(factors, dtype=float)]
    styles = distinct_styles(measured)
    for (rule, values), style in zip(measured.items(), styles, strict=True):
        color, dashes = style["color"], style["linestyle"]
        ax.plot(
            sizes,
            [1.0, *np.asarray(predicted[rule])],
            dashes,
            color=color,
            label=f"{rule}, predicted",
        )
        ax.plot(factors, values, style["marker"], color=color, label=f"{rule}, measured")
    ax.set(title=title, xscale="log", yscale="log", ylabel="variance (that at k = 1 is 1, log.)")
    ax.set_xlabel("k, how many times as large the batch is (logarithmic)")
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    low, high = ax.get_ylim()
    ticks = 2.0 ** np.arange(np.ceil(np.log2(low)), np.floor(np.log2(high)) + 1)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax
