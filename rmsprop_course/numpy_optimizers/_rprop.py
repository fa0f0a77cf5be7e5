"""Rprop: the sign of the gradient, and a step size for every parameter."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range
from rmsprop_course.numpy_optimizers._arrays import align, check_state, filled
from rmsprop_course.numpy_optimizers._optimizer import Optimizer


class RpropState(NamedTuple):
    """State of `rprop`: step size and last gradient, each of the shape of the parameters."""

    step_size: FloatArray
    previous_grad: FloatArray


def _init(params: ArrayLike, *, initial_step: ArrayLike = 0.01) -> RpropState:
    """Return the first step size of every parameter, and a last gradient of zero.

    Parameters
    ----------
    params : array_like, any shape
        Floating-point parameters θ.
    initial_step : float or array_like
        First step size, in units of the parameters.

    Returns
    -------
    RpropState
        Arrays of the shape of `params`, at least float32.

    Raises
    ------
    TypeError
        If `params` does not hold floating-point numbers.
    ValueError
        If `initial_step` is negative or not finite.
    """
    step = in_range("initial_step", initial_step, 0)
    return RpropState(filled(params, step, name="initial_step"), filled(params))


def _step(
    params: ArrayLike,
    grad: ArrayLike,
    state: RpropState,
    *,
    increase: ArrayLike = 1.2,
    decrease: ArrayLike = 0.5,
    min_step: ArrayLike = 1e-6,
    max_step: ArrayLike = 50.0,
) -> tuple[FloatArray, RpropState]:
    r"""Step by the sign of the gradient; grow the step while signs agree, else shrink it and rest.

    Parameters
    ----------
    params, grad : array_like, same shape
        Parameters θ and the gradient g of the loss with respect to them.
    state : RpropState
        From ``init`` or from the step before.
    increase, decrease : float or array_like
        Factors on the step size, dimensionless: at least 1, and in [0, 1).
    min_step, max_step : float or array_like
        Limits of the step size, in units of the parameters.

    Returns
    -------
    params : ndarray
        New parameters, in the dtype of `params`.
    state : RpropState
        New state.

    Raises
    ------
    TypeError
        If `params` or `grad` does not hold floating-point numbers, or `state` is of another kind.
    ValueError
        If shapes differ or a setting is out of its range.

    Notes
    -----
    The step size is multiplied by `increase` where the gradient keeps its sign and by `decrease`
    where the sign changes; there the parameter rests for one step, as in ``torch.optim.Rprop``.

    References
    ----------
    Riedmiller and Braun (1993), A direct adaptive method for faster backpropagation learning.

    Examples
    --------
    >>> import numpy as np
    >>> params, state = np.zeros(1), rprop.init(np.zeros(1))
    >>> for grad in (1.0, -2.0, 3.0):
    ...     params, state = rprop.step(params, np.array([grad]), state)
    ...     print(params.round(6))
    [-0.01]
    [-0.01]
    [-0.015]
    """
    check_state(state, RpropState)
    dtype = as_float_array("params", params).dtype
    grow, shrink = in_range("increase", increase, 1), in_range("decrease", decrease, 0, 1)
    low, high = in_range("min_step", min_step, 0), in_range("max_step", max_step, 0)
    params, grad, (size, previous), (grow, shrink, low, high) = align(
        params,
        grad,
        state._asdict(),
        increase=grow,
        decrease=shrink,
        min_step=low,
        max_step=high,
    )
    agreement = np.sign(grad) * np.sign(previous)
    factor = np.where(agreement > 0, grow, np.where(agreement < 0, shrink, size.dtype.type(1)))
    size = np.clip(size * factor, low, high)
    grad = np.where(agreement < 0, size.dtype.type(0), grad)
    return (params - size * np.sign(grad)).astype(dtype), RpropState(size, grad)


rprop = Optimizer(_init, _step)
"""Look at the sign of the gradient alone; each parameter has a step size of its own."""
