"""Surfaces that each show one shape: the saddle and the long valley."""

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray
from rmsprop_course.objectives._objective import Objective, as_points, join


def saddle() -> Objective:
    r"""Saddle that gradient descent leaves slowly: down along y, up along x.

    Returns
    -------
    Objective
        No minimum; stationary at the origin; start close to the ridge y = 0 that leads there.

    Notes
    -----
    .. math:: f(x, y) = x^2 - y^2

    The same saddle on the diagonals is ``rotated_quadratic([2.0, -2.0], np.pi / 4)``.

    Examples
    --------
    >>> float(saddle().value([2.0, 1.0]))
    3.0
    """

    def value(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        return params[..., 0] ** 2 - params[..., 1] ** 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        return join(params, 2 * params[..., 0], -2 * params[..., 1])

    return Objective(
        name="saddle",
        n_params=2,
        value=value,
        gradient=gradient,
        minimum=None,
        minimum_value=None,
        domain=((-1.5, 1.5), (-1.5, 1.5)),
        start=(-1.0, 1e-2),
    )


def long_valley() -> Objective:
    r"""Long straight valley: steep walls, and a floor that falls gently all the way.

    Returns
    -------
    Objective
        Minimum 0 at the origin; start on a wall, far up the valley.

    Notes
    -----
    .. math:: f(x, y) = \tfrac1{10}\left(\sqrt{1 + x^2} - 1\right) + 5 y^2

    We define it for this course. The slope along the floor stays below 1/10 however far the start
    lies, while the slope of the wall is 10 y: no single learning rate suits both. At the minimum
    the curvatures are 1/10 and 10, so the condition number is 100.

    Examples
    --------
    >>> long_valley().gradient([-5.0, 1.0]).round(3)
    array([-0.098, 10.   ])
    """

    def value(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        x, y = params[..., 0], params[..., 1]
        # x² / (√(1 + x²) + 1) is √(1 + x²) - 1 without its cancellation near 0
        floor: FloatArray = x**2 / (np.sqrt(1 + x**2) + 1)
        return floor / 10 + 5 * y**2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        x, y = params[..., 0], params[..., 1]
        return join(params, x / (10 * np.sqrt(1 + x**2)), 10 * y)

    return Objective(
        name="long valley",
        n_params=2,
        value=value,
        gradient=gradient,
        minimum=(0.0, 0.0),
        minimum_value=0.0,
        domain=((-6.0, 2.0), (-2.0, 2.0)),
        start=(-5.0, 1.0),
    )
