"""Gradient descent: one learning rate for every parameter."""

from typing import NamedTuple

from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range
from rmsprop_course.numpy_optimizers._arrays import align, check_state
from rmsprop_course.numpy_optimizers._optimizer import Optimizer


class GradientDescentState(NamedTuple):
    """Gradient descent remembers nothing."""


def _init(params: ArrayLike) -> GradientDescentState:
    """Return the state of gradient descent, which remembers nothing.

    Parameters
    ----------
    params : array_like, any shape
        Floating-point parameters θ.

    Returns
    -------
    GradientDescentState
        Empty.

    Raises
    ------
    TypeError
        If `params` does not hold floating-point numbers.
    """
    as_float_array("params", params)
    return GradientDescentState()


def _step(
    params: ArrayLike,
    grad: ArrayLike,
    state: GradientDescentState,
    *,
    learning_rate: ArrayLike = 1e-2,
) -> tuple[FloatArray, GradientDescentState]:
    r"""Step against the gradient.

    Parameters
    ----------
    params, grad : array_like, same shape
        Parameters θ and the gradient g of the loss with respect to them.
    state : GradientDescentState
        From ``init`` or from the step before.
    learning_rate : float or array_like
        η, in units of the parameters per unit of the gradient.

    Returns
    -------
    params : ndarray
        New parameters, in the dtype of `params`.
    state : GradientDescentState
        New state.

    Raises
    ------
    TypeError
        If `params` or `grad` does not hold floating-point numbers, or `state` is of another kind.
    ValueError
        If shapes differ or a setting is out of its range.

    Notes
    -----
    .. math:: \theta_t = \theta_{t-1} - \eta\, g_t

    References
    ----------
    Cauchy (1847), Méthode générale pour la résolution des systèmes d'équations simultanées.

    Examples
    --------
    >>> import numpy as np
    >>> params, state = np.zeros(1), gradient_descent.init(np.zeros(1))
    >>> for grad in (1.0, -2.0, 3.0):
    ...     grad = np.array([grad])
    ...     params, state = gradient_descent.step(params, grad, state, learning_rate=0.1)
    ...     print(params.round(6))
    [-0.1]
    [0.1]
    [-0.2]
    """
    check_state(state, GradientDescentState)
    dtype = as_float_array("params", params).dtype
    rate = in_range("learning_rate", learning_rate, 0)
    params, grad, _, (rate,) = align(params, grad, {}, learning_rate=rate)
    return (params - rate * grad).astype(dtype), state


gradient_descent = Optimizer(_init, _step)
"""Step against the gradient, by one learning rate for every parameter."""
