"""Loss surfaces with value, gradient, minimum, domain and start; running on them is in `descent`.

Each surface is a function that returns an `Objective`. Values and gradients are vectorized over
leading axes and keep the floating-point dtype of the parameters.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from numbers import Integral
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array


@dataclass(frozen=True, kw_only=True)
class Objective:
    """A function to minimize and what there is to know about it.

    Attributes
    ----------
    name : str
        Name of the surface, as in `SURFACES`.
    n_params : int
        Number of parameters.
    value : callable
        ``value(params)``, shape (..., n_params) to shape (...), dimensionless.
    gradient : callable
        ``gradient(params)``, shape (..., n_params) to shape (..., n_params).
    minimum : tuple of float or None
        Where the value is smallest, n_params numbers; None if the value has no lower bound.
    minimum_value : float or None
        The value there.
    domain : tuple of (float, float)
        The part worth looking at: (low, high) of every parameter.
    start : tuple of float
        A point of the domain that makes an instructive start.
    """

    name: str
    n_params: int
    value: Callable[[ArrayLike], FloatArray] = field(repr=False)
    gradient: Callable[[ArrayLike], FloatArray] = field(repr=False)
    minimum: tuple[float, ...] | None
    minimum_value: float | None
    domain: tuple[tuple[float, float], ...]
    start: tuple[float, ...]


def quadratic(curvatures: Sequence[float]) -> Objective:
    r"""Quadratic along the coordinate axes.

    Parameters
    ----------
    curvatures : sequence of float, shape (n_params,)
        Second derivatives λ, none of them 0. A negative one removes the minimum.

    Returns
    -------
    Objective
        Minimum 0 at the origin if every curvature is positive; start (1, ..., 1).

    Raises
    ------
    TypeError
        If `curvatures` does not hold floating-point numbers.
    ValueError
        If a curvature is 0 or not finite, or there is none.

    Notes
    -----
    .. math:: f(\theta) = \tfrac12 \sum_i \lambda_i \theta_i^2

    The ratio of the largest curvature to the smallest is the condition number κ.

    Examples
    --------
    >>> valley = quadratic([1.0, 100.0])
    >>> float(valley.value([1.0, 1.0]))
    50.5
    >>> valley.gradient([1.0, 1.0])
    array([  1., 100.])
    """
    factors = _curvatures(curvatures)
    n_params = len(factors)

    def value(params: ArrayLike) -> FloatArray:
        params = _points(params, n_params)
        total: FloatArray = np.sum(factors.astype(params.dtype) * params**2, axis=-1)
        return total / 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, n_params)
        return params * factors.astype(params.dtype)

    return _centered_quadratic("quadratic", factors, (1.0,) * n_params, value, gradient)


def rotated_quadratic(curvatures: Sequence[float], angle: float) -> Objective:
    r"""Quadratic of two parameters whose axes are turned away from the coordinate axes.

    Parameters
    ----------
    curvatures : sequence of float, shape (2,)
        Second derivatives λ along the turned axes, none of them 0.
    angle : float
        Counterclockwise turn in radians; 0 gives `quadratic`.

    Returns
    -------
    Objective
        Minimum 0 at the origin if both curvatures are positive. The start is (1, 1) turned by
        `angle`, so that gradient descent takes the path it takes on `quadratic`, turned.

    Raises
    ------
    TypeError
        If `curvatures` does not hold floating-point numbers.
    ValueError
        If there are not two curvatures, one is 0 or not finite, or `angle` is not finite.

    Notes
    -----
    .. math::
        f(\theta) &= \tfrac12 (\lambda_1 u_1^2 + \lambda_2 u_2^2) \\
        u_1 &= \theta_1 \cos\alpha + \theta_2 \sin\alpha, \quad
        u_2 = \theta_2 \cos\alpha - \theta_1 \sin\alpha

    Examples
    --------
    >>> diagonal_valley = rotated_quadratic([1.0, 100.0], np.pi / 4)
    >>> float(diagonal_valley.value([1.0, 1.0]).round(12))  # along the valley
    1.0
    >>> float(diagonal_valley.value([1.0, -1.0]).round(12))  # across it
    100.0
    """
    factors = _curvatures(curvatures)
    if len(factors) != 2:
        raise ValueError(f"curvatures must be two numbers, got {len(factors)}")
    if not np.isfinite(angle):
        raise ValueError(f"angle must be finite, got {angle}")
    along, across = factors.tolist()
    cos, sin = float(np.cos(angle)), float(np.sin(angle))

    def turned(params: FloatArray) -> tuple[FloatArray, FloatArray]:
        x, y = params[..., 0], params[..., 1]
        return cos * x + sin * y, cos * y - sin * x

    def value(params: ArrayLike) -> FloatArray:
        u, v = turned(_points(params, 2))
        total: FloatArray = along * u**2 + across * v**2
        return total / 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, 2)
        u, v = turned(params)
        return _pair(params, cos * along * u - sin * across * v, sin * along * u + cos * across * v)

    start = (cos - sin, cos + sin)
    return _centered_quadratic("rotated quadratic", factors, start, value, gradient)


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
        params = _points(params, 2)
        return params[..., 0] ** 2 - params[..., 1] ** 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, 2)
        return _pair(params, 2 * params[..., 0], -2 * params[..., 1])

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
        params = _points(params, 2)
        x, y = params[..., 0], params[..., 1]
        # x² / (√(1 + x²) + 1) is √(1 + x²) - 1 without its cancellation near 0
        floor: FloatArray = x**2 / (np.sqrt(1 + x**2) + 1)
        return floor / 10 + 5 * y**2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, 2)
        x, y = params[..., 0], params[..., 1]
        return _pair(params, x / (10 * np.sqrt(1 + x**2)), 10 * y)

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
        params = _points(params, 2)
        first, second, third = residuals(params[..., 0], params[..., 1])
        return first**2 + second**2 + third**2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, 2)
        x, y = params[..., 0], params[..., 1]
        first, second, third = residuals(x, y)
        square = y**2
        by_x = first * (y - 1) + second * (square - 1) + third * (square * y - 1)
        by_y = x * (first + 2 * y * second + 3 * square * third)
        return _pair(params, 2 * by_x, 2 * by_y)

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
        params = _points(params, 2)
        x, y = params[..., 0], params[..., 1]
        return (1 - x) ** 2 + 100 * (y - x**2) ** 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, 2)
        x, y = params[..., 0], params[..., 1]
        height = y - x**2
        return _pair(params, 2 * (x - 1) - 400 * x * height, 200 * height)

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
        params = _points(params, n_params)
        square = params**2
        return (square * (square - 16) + 5 * params).sum(axis=-1) / 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = _points(params, n_params)
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


def _curvatures(values: Sequence[float]) -> FloatArray:
    """Check the curvatures of a quadratic."""
    curvatures = as_float_array("curvatures", values)
    if curvatures.ndim != 1 or curvatures.size == 0:
        raise ValueError(f"curvatures must have shape (n_params,), got shape {curvatures.shape}")
    allowed = np.isfinite(curvatures) & (curvatures != 0)
    if not allowed.all():
        raise ValueError(f"curvatures must be finite and not 0, got {curvatures[~allowed][0]:g}")
    return curvatures.copy()


def _points(params: ArrayLike, n_params: int) -> FloatArray:
    """Check the dtype and the last axis of the parameters."""
    points = as_float_array("params", params)
    if points.ndim == 0 or points.shape[-1] != n_params:
        raise ValueError(f"params must have shape (..., {n_params}), got {points.shape}")
    return points


def _pair(like: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """Join two partial derivatives, in the memory layout of the parameters."""
    gradient = np.empty_like(like)
    gradient[..., 0], gradient[..., 1] = first, second
    return gradient


def _centered_quadratic(
    name: str,
    curvatures: FloatArray,
    start: tuple[float, ...],
    value: Callable[[ArrayLike], FloatArray],
    gradient: Callable[[ArrayLike], FloatArray],
) -> Objective:
    """Quadratic about the origin; it has a minimum if it curves upward in every direction."""
    n_params, has_minimum = len(curvatures), bool((curvatures > 0).all())
    return Objective(
        name=name,
        n_params=n_params,
        value=value,
        gradient=gradient,
        minimum=(0.0,) * n_params if has_minimum else None,
        minimum_value=0.0 if has_minimum else None,
        domain=((-2.0, 2.0),) * n_params,
        start=start,
    )


SURFACES: Mapping[str, Objective] = MappingProxyType(
    {
        surface.name: surface
        for surface in (
            quadratic([1.0, 10.0]),
            rotated_quadratic([1.0, 10.0], np.pi / 4),
            long_valley(),
            beale(),
            rosenbrock(),
            saddle(),
            styblinski_tang(),
        )
    }
)
"""One surface of every kind, all of two parameters, by name."""
