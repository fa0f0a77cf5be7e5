"""Checks of settings, with messages that name the setting, the rule and the value."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.floating]


def as_float_array(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as a floating-point array, or raise a TypeError that names it."""
    array = _as_array(name, value)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must hold floating-point numbers, got dtype {array.dtype}")
    return array


def as_numbers(name: str, value: ArrayLike) -> FloatArray:
    """Return `value` as float64 if it holds real numbers, or raise a TypeError that names it."""
    array = _as_array(name, value)
    if array.dtype.kind not in "iuf":  # not bool: True is a flag that went to the wrong setting
        raise TypeError(f"{name} must be a number or an array of numbers, got {value!r}")
    return np.asarray(array, dtype=np.float64)


def in_range(
    name: str,
    value: ArrayLike,
    low: float,
    high: float = np.inf,
    *,
    closed: bool = False,
    positive: bool = False,
) -> FloatArray:
    """Return `value` as float64 if all of it lies in the interval from `low` to `high`.

    The interval is [low, high); with `closed` it has its upper end, with `positive` it has not its
    lower end.
    """
    array = as_numbers(name, value)
    fits = (array > low) if positive else (array >= low)
    fits &= (array <= high) if closed else (array < high)
    if not fits.all():
        interval = f"{'(' if positive else '['}{low:g}, {high:g}{']' if closed else ')'}"
        raise ValueError(f"{name} must be in {interval}, got {array[~fits].flat[0]:.15g}")
    return array


def is_flag(name: str, value: object) -> bool:
    """Return `value` if it is a bool, or raise a TypeError that names it."""
    if not isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be True or False, got {value!r}")
    return bool(value)


def is_count(name: str, value: object) -> int:
    """Return `value` if it is a whole number, 0 or more, or raise an error that names it."""
    if not isinstance(value, int | np.integer) or isinstance(value, bool):
        raise TypeError(f"{name} must be a whole number, got {value!r}")
    in_range(name, value, 0)
    return int(value)


def broadcast_shape(shape: tuple[int, ...], **settings: FloatArray) -> tuple[int, ...]:
    """Shape that an array of `shape` and all `settings` take together; names the one that fails."""
    for name, setting in settings.items():
        try:
            shape = np.broadcast_shapes(shape, setting.shape)
        except ValueError:
            raise ValueError(
                f"{name} must broadcast against shape {shape}, got {setting.shape}"
            ) from None
    return shape


def _as_array(name: str, value: ArrayLike) -> NDArray[Any]:
    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{name} must have rows of one length, got {value!r}") from None
