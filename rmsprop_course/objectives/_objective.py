"""What an objective is, and the checks and joins that all surfaces share."""

from collections.abc import Callable
from dataclasses import dataclass, field

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


def as_points(params: ArrayLike, n_params: int) -> FloatArray:
    """Check the dtype and the last axis of the parameters."""
    points = as_float_array("params", params)
    if points.ndim == 0 or points.shape[-1] != n_params:
        raise ValueError(f"params must have shape (..., {n_params}), got {points.shape}")
    return points


def join(like: FloatArray, first: FloatArray, second: FloatArray) -> FloatArray:
    """Join two partial derivatives, in the memory layout of the parameters."""
    gradient = np.empty_like(like)
    gradient[..., 0], gradient[..., 1] = first, second
    return gradient
