"""Gradient descent with momentum (the heavy ball)."""

from typing import NamedTuple

from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range
from rmsprop_course.numpy_optimizers._arrays import align, check_state, filled
from rmsprop_course.numpy_optimizers._optimizer import Optimizer


class MomentumState(NamedTuple):
    """State of `momentum`: the buffer b, of the shape of the parameters."""

    momentum_buffer: FloatArray


def _init(params: ArrayLike) -> MomentumState:
    """Return a momentum buffer of zeros.

    Parameters
    ----------
    params : array_like, any shape
        Floating-point parameters θ.

    Returns
    -------
    MomentumState
        Arrays of the shape of `params`, at least float32.

    Raises
    ------
    TypeError
        If `params` does not hold floating-point numbers.
    """
    return MomentumState(filled(params))


def _step(
    params: ArrayLike,
    grad: ArrayLike,
    state: MomentumState,
    *,
    learning_rate: ArrayLike = 1e-2,
    momentum: ArrayLike = 0.9,
) -> tuple[FloatArray, MomentumState]:
    r"""Step along a sum of past gradients that fades by the factor μ a step.

    Parameters
    ----------
    params, grad : array_like, same shape
        Parameters θ and the gradient g of the loss with respect to them.
    state : MomentumState
        From ``init`` or from the step before.
    learning_rate : float or array_like
        η, in units of the parameters per unit of the gradient.
    momentum : float or array_like
        μ, dimensionless, in [0, 1).

    Returns
    -------
    params : ndarray
        New parameters, in the dtype of `params`.
    state : MomentumState
        New state.

    Raises
    ------
    TypeError
        If `params` or `grad` does not hold floating-point numbers, or `state` is of another kind.
    ValueError
        If shapes differ or a setting is out of its range.

    Notes
    -----
    .. math::
        b_t &= \mu b_{t-1} + g_t \\
        \theta_t &= \theta_{t-1} - \eta\, b_t

    The form of ``torch.optim.SGD(momentum=μ)``.

    References
    ----------
    Polyak (1964), Some methods of speeding up the convergence of iteration methods.

    Examples
    --------
    >>> import numpy as np
    >>> params, state = np.zeros(1), momentum.init(np.zeros(1))
    >>> for grad in (1.0, -2.0, 3.0):
    ...     params, state = momentum.step(params, np.array([grad]), state, learning_rate=0.1)
    ...     print(params.round(6))
    [-0.1]
    [0.01]
    [-0.191]
    """
    check_state(state, MomentumState)
    dtype = as_float_array("params", params).dtype
    rate, mass = in_range("learning_rate", learning_rate, 0), in_range("momentum", momentum, 0, 1)
    params, grad, (buffer,), (rate, mass) = align(
        params, grad, state._asdict(), learning_rate=rate, momentum=mass
    )
    buffer = mass * buffer + grad
    return (params - rate * buffer).astype(dtype), MomentumState(buffer)


momentum = Optimizer(_init, _step)
"""Step by a buffer that collects the gradients and slowly forgets them."""
