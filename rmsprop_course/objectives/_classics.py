"""Test functions from the literature: Beale, Rosenbrock, Styblinski-Tang."""

from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray
from rmsprop_course.objectives._objective import Objective, as_points, join


def beale() -> Objective:
    r"""Beale's function: a flat valley between steep walls, with ridges at the corners.

    Returns
    -------
    Objective
        Minimum 0 at (3, 0.5).

    Notes
    -----
    .. math::
        f(x, y) = (1.5 - x + xy)^2 + (2.25 - x + xy^2)^2 + (2.625 - x + xy^3)^2

    References
    ----------
    Beale, E. M. L. (1958). On an iterative method for finding a local minimum of a function of
    more than one variable. Technical report 25, Statistical Techniques Research Group, Princeton
    University.

    Examples
    --------
    >>> float(beale().value([3.0, 0.5]))
    0.0
    """

    def residuals(x: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        xy = x * y
        return 1.5 - x + xy, 2.25 - x + xy * y, 2.625 - x + xy * y * y

    def value(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        first, second, third = residuals(params[..., 0], params[..., 1])
        return first**2 + second**2 + third**2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        x, y = params[..., 0], params[..., 1]
        first, second, third = residuals(x, y)
        square = y**2
        by_x = first * (y - 1) + second * (square - 1) + third * (square * y - 1)
        by_y = x * (first + 2 * y * second + 3 * square * third)
        return join(params, 2 * by_x, 2 * by_y)

    return Objective(
        name="beale",
        n_params=2,
        value=value,
        gradient=gradient,
        minimum=(3.0, 0.5),
        minimum_value=0.0,
        domain=((-4.5, 4.5), (-4.5, 4.5)),
        start=(1.0, 1.5),
    )


def rosenbrock() -> Objective:
    r"""Rosenbrock's function: a narrow valley curved like a banana.

    Returns
    -------
    Objective
        Minimum 0 at (1, 1); start (-1.2, 1), as in the paper.

    Notes
    -----
    .. math:: f(x, y) = (1 - x)^2 + 100 (y - x^2)^2

    References
    ----------
    Rosenbrock, H. H. (1960). An automatic method for finding the greatest or least value of a
    function. The Computer Journal 3(3), 175-184.

    Examples
    --------
    >>> float(rosenbrock().value([0.0, 1.0]))
    101.0
    """

    def value(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        x, y = params[..., 0], params[..., 1]
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        x, y = params[..., 0], params[..., 1]
        height = y - x**2
        return join(params, 2 * (x - 1) - 400 * x * height, 200 * height)

    return Objective(
        name="rosenbrock",
        n_params=2,
        value=value,
        gradient=gradient,
        minimum=(1.0, 1.0),
        minimum_value=0.0,
        domain=((-2.0, 2.0), (-1.0, 3.0)),
        start=(-1.2, 1.0),
    )


# Smallest root of 4 x³ - 32 x + 5, the stationary points of one coordinate of Styblinski-Tang.
_STYBLINSKI_TANG_MINIMUM = -2.903534027771177


def styblinski_tang(n_params: int = 2) -> Objective:
    r"""Styblinski-Tang function: two valleys in every coordinate, so 2ⁿ minima, one the lowest.

    Parameters
    ----------
    n_params : int
        Number of parameters, at least 1.

    Returns
    -------
    Objective
        Minimum -39.16617 n_params where every coordinate is -2.903534; start in its basin.

    Raises
    ------
    TypeError
        If `n_params` is not an integer.
    ValueError
        If `n_params` is less than 1.

    Notes
    -----
    .. math:: f(\theta) = \tfrac12 \sum_i \left(\theta_i^4 - 16\,\theta_i^2 + 5\,\theta_i\right)

    References
    ----------
    Styblinski, M. A. and Tang, T.-S. (1990). Experiments in nonconvex optimization: stochastic
    approximation with function smoothing and simulated annealing. Neural Networks 3(4), 467-483.

    Examples
    --------
    >>> surface = styblinski_tang()
    >>> float(surface.value([1.0, 1.0]))
    -10.0
    >>> round(surface.minimum_value, 5)
    -78.33233
    """
    if not isinstance(n_params, Integral):
        raise TypeError(f"n_params must be an integer, got {n_params!r}")
    if n_params < 1:
        raise ValueError(f"n_params must be at least 1, got {n_params}")

    def value(params: ArrayLike) -> FloatArray:
        params = as_points(params, n_params)
        square = params**2
        return (square * (square - 16) + 5 * params).sum(axis=-1) / 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, n_params)
        return 2 * params * (params**2 - 8) + 2.5

    minimum = (_STYBLINSKI_TANG_MINIMUM,) * n_params
    return Objective(
        name="styblinski-tang",
        n_params=n_params,
        value=value,
        gradient=gradient,
        minimum=minimum,
        minimum_value=float(value(minimum)),
        domain=((-5.0, 5.0),) * n_params,
        start=tuple(np.linspace(-0.5, -4.5, n_params).tolist()),
    )
