"""Pictures of the digits."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course.figures._look import in_our_look, new_axes

with extra("course"):
    from matplotlib.axes import Axes


@in_our_look
def plot_digits(
    images: ArrayLike, labels: Sequence[object], *, title: str, ax: Axes | None = None
) -> Axes:
    """Draw a row of digits as one picture, each with its label above it.

    Parameters
    ----------
    images : array_like, shape (n_images, 64)
        Gray values in [0, 1], 8 x 8 pixels a digit.
    labels : sequence, length n_images
        What to write above each digit.
    title : str
        The message of the figure.
    ax : matplotlib.axes.Axes, optional
        Where to draw; a new figure if missing.

    Returns
    -------
    matplotlib.axes.Axes
    """
    ax = new_axes(ax)
    cells = np.pad(np.asarray(images).reshape(-1, 8, 8), ((0, 0), (1, 1), (1, 1)))
    ax.imshow(np.hstack(list(cells)), cmap="gray_r", vmin=0, vmax=1)
    for index, label in enumerate(labels):
        ax.text(10 * index + 4.5, -1, str(label), ha="center")
    ax.set_title(title, pad=18)
    ax.set_axis_off()
    return ax
