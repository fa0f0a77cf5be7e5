"""Checks of settings, with messages that name the setting, the rule and the value."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating]


def as_float_array(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a floating-point array, or raise a TypeError that names it."""
    array = np.asarray(value)
    if not np.issubdtype(array.dtype, np.floating):
        raise TypeError(f"{name} must hold floating-point numbers, got dtype {array.dtype}")
    return array


def in_range(
    name: str, value: ArrayLike, low: float, high: float = np.inf, *, closed: bool = False
) -> FloatArray:
    """Return `value` as float64 if all of it lies in [low, high), or in [low, high] if `closed`."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}") from None
    fits = (array >= low) & ((array <= high) if closed else (array < high))
    if not fits.all():
        interval = f"[{low:g}, {high:g}{']' if closed else ')'}"
        raise ValueError(f"{name} must be in {interval}, got {array[~fits].flat[0]:g}")
    return array


def is_flag(name: str, value: object) -> bool:
    """Return `value` if it is a bool, or raise a TypeError that names it."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)
