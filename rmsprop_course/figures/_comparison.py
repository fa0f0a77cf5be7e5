"""Figures of a fair comparison: final results, classes, scaling rules. Sweeps: `_training`."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._convergence import plot_predictions
from rmsprop_course.figures._look import distinct_styles, in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes


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
    sizes = [1.0, *np.asarray(factors, dtype=float)]
    ax = plot_predictions(
        {rule: (sizes, [1.0, *np.asarray(values)]) for rule, values in predicted.items()},
        {rule: (factors, values) for rule, values in measured.items()},
        title=title,
        xlabel="k, how many times as large the batch is",
        ylabel="variance, in units of that at k = 1",
        log="xy",
        ax=ax,
    )
    ax.set_xticks(sizes, [f"{size:g}" for size in sizes])
    low, high = ax.get_ylim()
    ticks = 2.0 ** np.arange(np.ceil(np.log2(low)), np.floor(np.log2(high)) + 1)
    ax.set_yticks(ticks, [f"{tick:g}" for tick in ticks])
    ax.minorticks_off()
    ax.legend(loc="upper left", bbox_to_anchor=(1, 1))
    return ax
