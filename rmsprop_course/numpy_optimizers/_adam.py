"""Adam: moving averages of the gradient and of its square, both bias-corrected."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range
from rmsprop_course.numpy_optimizers._arrays import align, check_state, filled, ratio
from rmsprop_course.numpy_optimizers._optimizer import Optimizer


class AdamState(NamedTuple):
    """State of `adam`: steps taken, and the moving averages of g and of g²."""

    n_steps: int
    grad_avg: FloatArray
    square_avg: FloatArray


def _init(params: ArrayLike) -> AdamState:
    """Return zero steps and averages of zero.

    Parameters
    ----------
    params : array_like, any shape
        Floating-point parameters θ.

    Returns
    -------
    AdamState
        Arrays of the shape of `params`, at least float32.

    Raises
    ------
    TypeError
        If `params` does not hold floating-point numbers.
    """
    return AdamState(0, filled(params), filled(params))


def _step(
    params: ArrayLike,
    grad: ArrayLike,
    state: AdamState,
    *,
    learning_rate: ArrayLike = 1e-3,
    beta1: ArrayLike = 0.9,
    beta2: ArrayLike = 0.999,
    eps: ArrayLike = 1e-8,
) -> tuple[FloatArray, AdamState]:
    r"""Divide the average gradient by the root of the average square, both bias-corrected.

    Parameters
    ----------
    params, grad : array_like, same shape
        Parameters θ and the gradient g of the loss with respect to them.
    state : AdamState
        From ``init`` or from the step before.
    learning_rate : float or array_like
        η, in units of the parameters.
    beta1, beta2 : float or array_like
        Decays of the averages of g and of g², dimensionless, in [0, 1).
    eps : float or array_like
        ε, in units of the gradient, outside the root.

    Returns
    -------
    params : ndarray
        New parameters, in the dtype of `params`.
    state : AdamState
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
        m_t &= \beta_1 m_{t-1} + (1-\beta_1)\, g_t \\
        v_t &= \beta_2 v_{t-1} + (1-\beta_2)\, g_t^2 \\
        \theta_t &= \theta_{t-1} - \eta\, \frac{m_t/(1-\beta_1^t)}
                     {\sqrt{v_t/(1-\beta_2^t)} + \varepsilon}

    References
    ----------
    Kingma and Ba (2015), Adam: a method for stochastic optimization, arXiv:1412.6980.

    Examples
    --------
    >>> import numpy as np
    >>> params, state = np.zeros(1), adam.init(np.zeros(1))
    >>> for grad in (1.0, -2.0, 3.0):
    ...     params, state = adam.step(params, np.array([grad]), state, learning_rate=0.1)
    ...     print(params.round(6))
    [-0.1]
    [-0.06339]
    [-0.097714]
    """
    check_state(state, AdamState)
    dtype = as_float_array("params", params).dtype
    rate, eps = in_range("learning_rate", learning_rate, 0), in_range("eps", eps, 0)
    beta1, beta2 = in_range("beta1", beta1, 0, 1), in_range("beta2", beta2, 0, 1)
    n_steps = state.n_steps + 1
    arrays = {"grad_avg": state.grad_avg, "square_avg": state.square_avg}
    total1, total2 = 1 - beta1**n_steps, 1 - beta2**n_steps
    params, grad, (m, v), (rate, eps, b1, b2, s1, s2, total1, total2) = align(
        params,
        grad,
        arrays,
        learning_rate=rate,
        eps=eps,
        beta1=beta1,
        beta2=beta2,
        share1=1 - beta1,
        share2=1 - beta2,
        total1=total1,
        total2=total2,
    )
    m = b1 * m + s1 * grad
    v = b2 * v + s2 * grad**2
    params = params - rate * ratio(m / total1, np.sqrt(v / total2) + eps)
    return params.astype(dtype), AdamState(n_steps, m, v)


adam = Optimizer(_init, _step)
"""Divide an average of the gradient by the root of an average of its square, both unbiased."""
