"""Paths that grow step by step, for picture files; lessons show the live figures instead."""

from collections.abc import Mapping
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._paths import plot_paths
from rmsprop_course.objectives import Objective

with extra("course"):
    from matplotlib.animation import FuncAnimation
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_REST = 20  # frames that the last picture stays


def animate_paths(
    objective: Objective,
    paths: Mapping[str, ArrayLike],
    *,
    title: str,
    steps_per_frame: int = 1,
    ax: Axes | None = None,
) -> FuncAnimation:
    """Let paths grow over the contours of an objective; a marker shows where each one stands.

    Parameters
    ----------
    objective : Objective
        Of two parameters; its domain is what the figure shows.
    paths : mapping of str to array_like, shape (n_steps + 1, 2)
        Label and points. A label that begins with an optimizer's name has its color. A path that
        is shorter than the others waits at its end.
    title : str
        The message of the figure.
    steps_per_frame : int
        How many steps the paths grow from one frame to the next, at least 1.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        Save it with ``save("race.gif", writer=PillowWriter(fps=20))``.

    Raises
    ------
    ValueError
        If the objective does not have two parameters or `steps_per_frame` is less than 1.
    """
    if steps_per_frame < 1:
        raise ValueError(f"steps_per_frame must be at least 1, got {steps_per_frame}")
    ax = plot_paths(objective, paths, title=title, ax=ax)
    walks = [np.asarray(points) for points in paths.values()]
    lines = ax.get_lines()[: len(walks)]  # plot_paths draws them first, in this order
    ax.legend(loc="upper right", ncols=2, framealpha=0.9)  # the best place would change as it grows
    for line in lines:
        line.set(markevery=[-1], markersize=8, zorder=4)  # above the minimum
    counter = ax.text(0.02, 0.03, "", transform=ax.transAxes)

    def draw(step: int) -> list[Any]:
        for line, walk in zip(lines, walks, strict=True):
            line.set_data(*walk[: step + 1].T)
        counter.set_text(f"step {step}")
        return [*lines, counter]

    n_steps = max(map(len, walks)) - 1
    frames = [*range(0, n_steps, steps_per_frame), *[n_steps] * _REST]
    figure = cast(Figure, ax.get_figure(root=True))
    return FuncAnimation(figure, draw, frames=frames, interval=50, blit=False)
