"""Quadratic surfaces, along the coordinate axes and turned away from them."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array
from rmsprop_course.objectives._objective import Objective, as_points, join


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
        params = as_points(params, n_params)
        total: FloatArray = np.sum(factors.astype(params.dtype) * params**2, axis=-1)
        return total / 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, n_params)
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
        u, v = turned(as_points(params, 2))
        total: FloatArray = along * u**2 + across * v**2
        return total / 2

    def gradient(params: ArrayLike) -> FloatArray:
        params = as_points(params, 2)
        u, v = turned(params)
        return join(params, cos * along * u - sin * across * v, sin * along * u + cos * across * v)

    start = (round(cos - sin, 15), round(cos + sin, 15))  # 0 where only rounding is left
    return _centered_quadratic("rotated quadratic", factors, start, value, gradient)


def _curvatures(values: Sequence[float]) -> FloatArray:
    """Check the curvatures of a quadratic."""
    curvatures = as_float_array("curvatures", values)
    if curvatures.ndim != 1 or curvatures.size == 0:
        raise ValueError(f"curvatures must have shape (n_params,), got shape {curvatures.shape}")
    allowed = np.isfinite(curvatures) & (curvatures != 0)
    if not allowed.all():
        raise ValueError(f"curvatures must be finite and not 0, got {curvatures[~allowed][0]:g}")
    return curvatures.copy()


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
