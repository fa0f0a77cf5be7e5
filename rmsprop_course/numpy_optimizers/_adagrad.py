"""Adagrad: divide by the root of the sum of squared gradients."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range
from rmsprop_course.numpy_optimizers._arrays import align, check_state, filled, ratio
from rmsprop_course.numpy_optimizers._optimizer import Optimizer


class AdagradState(NamedTuple):
    """State of `adagrad`: the sum of squared gradients, of the shape of the parameters."""

    square_sum: FloatArray


def _init(params: ArrayLike) -> AdagradState:
    """Return a sum of squared gradients of zero.

    Parameters
    ----------
    params : array_like, any shape
        Floating-point parameters θ.

    Returns
    -------
    AdagradState
        Arrays of the shape of `params`, at least float32.

    Raises
    ------
    TypeError
        If `params` does not hold floating-point numbers.
    """
    return AdagradState(filled(params))


def _step(
    params: ArrayLike,
    grad: ArrayLike,
    state: AdagradState,
    *,
    learning_rate: ArrayLike = 1e-2,
    eps: ArrayLike = 1e-10,
) -> tuple[FloatArray, AdagradState]:
    r"""Divide the gradient by the root of the sum of its squares so far, and step.

    Parameters
    ----------
    params, grad : array_like, same shape
        Parameters θ and the gradient g of the loss with respect to them.
    state : AdagradState
        From ``init`` or from the step before.
    learning_rate : float or array_like
        η, in units of the parameters.
    eps : float or array_like
        ε, in units of the gradient, outside the root.

    Returns
    -------
    params : ndarray
        New parameters, in the dtype of `params`.
    state : AdagradState
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
        s_t &= s_{t-1} + g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\, g_t / (\sqrt{s_t} + \varepsilon)

    References
    ----------
    Duchi, Hazan and Singer (2011), Adaptive subgradient methods, JMLR 12.

    Examples
    --------
    >>> import numpy as np
    >>> params, state = np.zeros(1), adagrad.init(np.zeros(1))
    >>> for grad in (1.0, -2.0, 3.0):
    ...     params, state = adagrad.step(params, np.array([grad]), state, learning_rate=0.1)
    ...     print(params.round(6))
    [-0.1]
    [-0.010557]
    [-0.090736]
    """
    check_state(state, AdagradState)
    dtype = as_float_array("params", params).dtype
    rate, eps = in_range("learning_rate", learning_rate, 0), in_range("eps", eps, 0)
    params, grad, (square_sum,), (rate, eps) = align(
        params, grad, state._asdict(), learning_rate=rate, eps=eps
    )
    square_sum = square_sum + grad**2
    params = params - rate * ratio(grad, np.sqrt(square_sum) + eps)
    return params.astype(dtype), AdagradState(square_sum)


adagrad = Optimizer(_init, _step)
"""Divide the gradient by the root of the sum of its squares."""
