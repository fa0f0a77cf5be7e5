"""RMSProp: divide by the root of a moving average of the squared gradient."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range, is_flag
from rmsprop_course.numpy_optimizers._arrays import align, check_state, filled, ratio
from rmsprop_course.numpy_optimizers._optimizer import Optimizer


class RMSPropState(NamedTuple):
    """State of `rmsprop`, each array of the shape of the parameters.

    Attributes
    ----------
    square_avg : ndarray
        Moving average of the squared gradient, E[g²].
    grad_avg : ndarray
        Moving average of the gradient, E[g]; moves only in the centered form.
    momentum_buffer : ndarray
        b, a fading sum of past updates; moves only while μ is not zero.
    """

    square_avg: FloatArray
    grad_avg: FloatArray
    momentum_buffer: FloatArray


def _init(params: ArrayLike, *, initial_square_avg: ArrayLike = 0.0) -> RMSPropState:
    """Return the state before the first step.

    Parameters
    ----------
    params : array_like, any shape
        Floating-point parameters θ.
    initial_square_avg : float or array_like
        v₀, in units of the squared gradient; 0 in most systems, 1 in TensorFlow 1.

    Returns
    -------
    RMSPropState
        Arrays of the shape of `params`.

    Raises
    ------
    TypeError
        If `params` does not hold floating-point numbers.
    ValueError
        If `initial_square_avg` is negative or not finite.
    """
    first = in_range("initial_square_avg", initial_square_avg, 0)
    return RMSPropState(
        filled(params, first, name="initial_square_avg"), filled(params), filled(params)
    )


def _step(
    params: ArrayLike,
    grad: ArrayLike,
    state: RMSPropState,
    *,
    learning_rate: ArrayLike = 1e-3,
    decay: ArrayLike = 0.9,
    eps: ArrayLike = 1e-8,
    eps_inside_sqrt: bool = True,
    momentum: ArrayLike = 0.0,
    centered: bool = False,
    lr_in_momentum: bool = False,
    weight_decay: ArrayLike = 0.0,
) -> tuple[FloatArray, RMSPropState]:
    r"""Divide the gradient by the root of a moving average of its square, and step.

    Parameters
    ----------
    params, grad : array_like, same shape
        Parameters θ and the gradient g of the loss with respect to them.
    state : RMSPropState
        From ``rmsprop.init`` or from the step before.
    learning_rate : float or array_like
        η, in units of the parameters.
    decay : float or array_like
        γ, dimensionless, in [0, 1).
    eps : float or array_like
        ε; in units of g² inside the root, of g outside.
    eps_inside_sqrt : bool
        √(v + ε) if True, √v + ε if False.
    momentum : float or array_like
        μ, dimensionless, in [0, 1).
    centered : bool
        Divide by the standard deviation instead of the root mean square: v - E[g]² for v,
        clamped at 0.
    lr_in_momentum : bool
        Where the learning rate stands, which matters as soon as it changes: inside the buffer,
        b ← μ b + η u, as in TensorFlow, or outside, θ ← θ - η b, as in PyTorch.
    weight_decay : float or array_like
        L2 penalty: adds ``weight_decay * params`` to the gradient.

    Returns
    -------
    params : ndarray
        New parameters, in the dtype of `params`.
    state : RMSPropState
        New state, in float32 for float16 parameters and in the dtype of `params` otherwise.

    Raises
    ------
    TypeError
        If `params` or `grad` does not hold floating-point numbers, or `state` is of another kind.
    ValueError
        If shapes differ or a setting is out of its range.

    Notes
    -----
    .. math::
        v_t &= \gamma v_{t-1} + (1-\gamma)\, g_t^2 \\
        u_t &= g_t / \sqrt{v_t + \varepsilon} \\
        \theta_t &= \theta_{t-1} - \eta\, u_t

    A parameter whose gradient is 0 has u = 0, also at ε = 0. With ε = 0 another step divides by
    zero where the average is 0: where g² underflows, and in the centered form where the gradient
    has not varied yet.

    References
    ----------
    Tieleman and Hinton (2012), lecture 6.5; Graves (2013), arXiv:1308.0850, for the centered form.

    Examples
    --------
    >>> import numpy as np
    >>> params, state = np.zeros(1), rmsprop.init(np.zeros(1))
    >>> for grad in (1.0, -2.0, 3.0):
    ...     params, state = rmsprop.step(params, np.array([grad]), state, learning_rate=0.1)
    ...     print(params.round(6))
    [-0.316228]
    [-0.030513]
    [-0.289577]
    """
    check_state(state, RMSPropState)
    dtype = as_float_array("params", params).dtype
    rate, mass = in_range("learning_rate", learning_rate, 0), in_range("momentum", momentum, 0, 1)
    decay = in_range("decay", decay, 0, 1)
    eps, penalty = in_range("eps", eps, 0), in_range("weight_decay", weight_decay, 0)
    inside, is_centered = is_flag("eps_inside_sqrt", eps_inside_sqrt), is_flag("centered", centered)
    rate_inside = is_flag("lr_in_momentum", lr_in_momentum)
    params, grad, (square_avg, grad_avg, buffer), (rate, mass, decay, share, eps, penalty) = align(
        params,
        grad,
        state._asdict(),
        learning_rate=rate,
        momentum=mass,
        decay=decay,
        share=1 - decay,
        eps=eps,
        weight_decay=penalty,
    )
    if penalty.any():
        grad = grad + penalty * params
    square_avg = decay * square_avg + share * grad**2
    variance = square_avg
    if is_centered:
        grad_avg = decay * grad_avg + share * grad
        variance = np.maximum(square_avg - grad_avg**2, 0)
    update = ratio(grad, np.sqrt(variance + eps) if inside else np.sqrt(variance) + eps)
    if not mass.any():
        params = params - rate * update
    elif rate_inside:
        buffer = mass * buffer + rate * update
        params = params - buffer
    else:
        buffer = mass * buffer + update
        params = params - rate * buffer
    return params.astype(dtype), RMSPropState(square_avg, grad_avg, buffer)


rmsprop = Optimizer(_init, _step)
"""Divide the gradient by the root of a moving average of its square."""
