"""Brings parameters, gradients, states and settings to one shape and one dtype.

Every optimizer of `numpy_optimizers` starts its step here, so the rules about shapes and dtypes,
and their messages, stand once.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, broadcast_shape


def filled(params: ArrayLike, value: ArrayLike = 0.0, *, name: str = "state") -> FloatArray:
    """Array of the shape of `params` that holds `value`, the setting `name`, at least float32."""
    params = as_float_array("params", params)
    array = np.empty(params.shape, dtype=np.promote_types(params.dtype, np.float32))
    try:
        array[...] = value
    except ValueError:
        raise ValueError(
            f"{name} must broadcast to the shape of params, {params.shape}, got {np.shape(value)}"
        ) from None
    return array


def check_state(state: object, kind: type) -> None:
    """Raise a TypeError if `state` is not of the `kind` that the optimizer's init makes."""
    if not isinstance(state, kind):
        raise TypeError(f"state must be of type {kind.__name__}, got {type(state).__name__}")


class Aligned(NamedTuple):
    """Parameters, gradient, state and settings in one shape and one dtype."""

    params: FloatArray
    grad: FloatArray
    state: list[FloatArray]
    settings: list[FloatArray]


def align(
    params: ArrayLike, grad: ArrayLike, state: dict[str, FloatArray], **settings: FloatArray
) -> Aligned:
    """Check shapes and bring all arrays to the shape of the sweep, in at least float32."""
    params, grad = as_float_array("params", params), as_float_array("grad", grad)
    if grad.shape != params.shape:
        raise ValueError(f"grad must have the shape of params, {params.shape}, got {grad.shape}")
    for name, array in state.items():
        if (shape := as_float_array(f"state.{name}", array).shape) != params.shape:
            raise ValueError(
                f"state.{name} must have the shape of params, {params.shape}, got {shape}"
            )
    shape = broadcast_shape(params.shape, **settings)
    dtype = np.promote_types(params.dtype, np.float32)

    def expand(array: ArrayLike) -> FloatArray:
        return np.broadcast_to(np.asarray(array, dtype=dtype), shape)

    return Aligned(
        expand(params),
        expand(grad),
        [expand(array) for array in state.values()],
        [np.asarray(setting, dtype=dtype) for setting in settings.values()],
    )


def ratio(grad: FloatArray, denominator: FloatArray) -> FloatArray:
    """Return grad / denominator, and 0 wherever the gradient is 0, whatever the denominator."""
    return np.divide(grad, denominator, out=np.zeros_like(grad), where=grad != 0)
