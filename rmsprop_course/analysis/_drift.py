"""Where RMSProp carries a weight whose gradients repeat, and the decay at which it turns round."""

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_numbers, in_range, is_count

_SCAN = 1 - np.geomspace(1, 1e-12, 1201)  # decays, from 0 on, 100 for a decade of 1 - γ
_ZOOM = np.linspace(0, 1, 101)
_N_ZOOMS = 8


def periodic_drift(grads: ArrayLike, *, decay: ArrayLike) -> FloatArray:
    r"""Change of a weight in one period of gradients that repeat for ever, exact, at ε = 0.

    Parameters
    ----------
    grads : array_like, shape (n_steps,)
        The gradients of one period, in their order.
    decay : float or array_like, any shape
        γ, dimensionless, in [0, 1).

    Returns
    -------
    ndarray, of the shape of `decay`
        In units of η, which is constant: negative if the weight falls.

    Raises
    ------
    TypeError
        If `grads` or `decay` are no numbers.
    ValueError
        If `grads` is empty, not one-dimensional or not finite, or `decay` out of its range.

    Notes
    -----
    The average has been running since ever, so it repeats, too. We derive: with a period of T
    steps, each value of the last period counts once more after T steps, with γ^T of its weight,

    .. math::
        v_t = \frac{1-\gamma}{1-\gamma^T} \sum_{k=0}^{T-1} \gamma^k g_{t-k}^2, \qquad
        \Delta = -\sum_{t=1}^{T} \frac{g_t}{\sqrt{v_t}}.

    γ = 0 gives minus the sum of the signs; for γ → 1 the sum of the gradients decides.

    Examples
    --------
    Hinton's nine mini-batches of +0.1 and one of -0.9, whose mean is 0:

    >>> periodic_drift([0.1] * 9 + [-0.9], decay=[0.0, 0.9, 0.99]).round(4)
    array([-8.    , -0.6795, -0.0667])
    """
    grads, decay = _one_period(grads), in_range("decay", decay, 0, 1)
    square_avg = np.zeros_like(decay)
    for grad in grads:
        square_avg = decay * square_avg + (1 - decay) * grad**2
    square_avg = square_avg / -np.expm1(len(grads) * _log(decay))  # what came before this period
    drift = np.zeros_like(decay)
    for grad in grads:
        square_avg = decay * square_avg + (1 - decay) * grad**2
        if grad != 0:
            drift = drift - grad / np.sqrt(square_avg)
    return drift


def critical_decay(grads: ArrayLike) -> float:
    """Return the decay from which on RMSProp drifts as the mean of periodic gradients says.

    Parameters
    ----------
    grads : array_like, shape (n_steps,)
        The gradients of one period, in their order.

    Returns
    -------
    float
        γ*, dimensionless: for every γ above it the weight goes against the mean gradient, a little
        below it the other way. If the drift changes its sign more than once, it is the last time.

    Raises
    ------
    TypeError
        If `grads` are no numbers.
    ValueError
        If the mean gradient is 0, if no decay makes the weight go the other way, or if `grads` is
        empty, not one-dimensional or not finite.

    Notes
    -----
    The drift is `periodic_drift`, looked at for 1201 decays from 0 to 1 - 1e-12, evenly in
    log(1 - γ); between the last that goes the wrong way and the next one the zero is narrowed down.
    Two changes of sign between two of those decays would be overlooked.

    Examples
    --------
    >>> [round(critical_decay(reddi_grads(period)), 4) for period in (3, 5, 10, 20)]
    [0.4723, 0.8107, 0.9554, 0.9894]
    """
    grads = _one_period(grads)
    total = grads.sum()
    if abs(total) <= 1e-12 * np.abs(grads).sum():
        raise ValueError(f"the mean of grads must not be 0, got {grads.mean():g}")
    decays = _SCAN
    for _ in range(1 + _N_ZOOMS):
        wrong = np.flatnonzero(periodic_drift(grads, decay=decays) * total > 0)
        if not wrong.size:
            raise ValueError("grads must drift against their mean at some decay, got none")
        low, high = decays[wrong[-1]], decays[min(wrong[-1] + 1, len(decays) - 1)]
        decays = low + (high - low) * _ZOOM
    return float(high)


def reddi_grads(period: int) -> FloatArray:
    """Gradients of Reddi's example: +C once, then -1 for C - 1 times, with C the period.

    Parameters
    ----------
    period : int
        C, at least 2.

    Returns
    -------
    ndarray, shape (period,)
        The sum is 1, so a weight in [-1, 1] should go to -1.

    Raises
    ------
    TypeError
        If `period` is no whole number.
    ValueError
        If `period` is less than 2.

    References
    ----------
    Reddi, S. J., Kale, S. and Kumar, S. (2018). On the convergence of Adam and beyond. ICLR.

    Examples
    --------
    >>> reddi_grads(4)
    array([ 4., -1., -1., -1.])
    """
    if is_count("period", period) < 2:
        raise ValueError(f"period must be at least 2, got {period}")
    grads = np.full(period, -1.0)
    grads[0] = period
    return grads


def projected_run(
    grads: ArrayLike,
    *,
    decay: ArrayLike,
    n_steps: int,
    learning_rate: ArrayLike = 1.0,
    start: ArrayLike = 0.0,
) -> FloatArray:
    r"""Run RMSProp on periodic gradients with a step η/√t, keeping the weight in [-1, 1].

    Parameters
    ----------
    grads : array_like, shape (n_period,)
        The gradients of one period, in their order; they do not depend on the weight.
    decay : float or array_like
        γ, dimensionless, in [0, 1).
    n_steps : int
        Number of steps, 0 or more.
    learning_rate : float or array_like
        η, in units of the weight, 0 or more.
    start : float or array_like
        Where the weight begins, in [-1, 1]. All three broadcast against each other.

    Returns
    -------
    ndarray, shape (n_steps + 1, ...)
        The weight, the start first; 8 bytes a run and step.

    Raises
    ------
    TypeError
        If a setting is no number, or `n_steps` no whole number.
    ValueError
        If a setting is out of its range, or `grads` is empty, not one-dimensional or not finite.

    Notes
    -----
    .. math:: x_t = \min(1, \max(-1, x_{t-1} - \tfrac{\eta}{\sqrt t} g_t / \sqrt{v_t}))

    with v₀ = 0 and ε = 0.

    References
    ----------
    Reddi, S. J., Kale, S. and Kumar, S. (2018). On the convergence of Adam and beyond. ICLR.
    Shi, N., Li, D., Hong, M. and Sun, R. (2021). RMSprop converges with proper hyper-parameter.
    ICLR.

    Examples
    --------
    >>> weights = projected_run(reddi_grads(10), decay=[0.9, 0.99], n_steps=20_000)
    >>> weights[-1].round(2)
    array([ 1.  , -0.98])
    """
    grads, decay = _one_period(grads), in_range("decay", decay, 0, 1)
    rate = in_range("learning_rate", learning_rate, 0)
    weight = in_range("start", start, -1, 1, closed=True)
    n_steps = is_count("n_steps", n_steps)
    shape = np.broadcast_shapes(decay.shape, rate.shape, weight.shape)
    weights = np.empty((n_steps + 1, *shape))
    weights[0] = weight
    square_avg = np.zeros(shape)
    for t in range(1, n_steps + 1):
        grad = grads[(t - 1) % len(grads)]
        square_avg = decay * square_avg + (1 - decay) * grad**2
        step = rate * grad / np.sqrt(t * square_avg) if grad != 0 else 0.0
        weights[t] = np.minimum(np.maximum(weights[t - 1] - step, -1), 1)  # faster than np.clip
    return weights


def _one_period(grads: ArrayLike) -> FloatArray:
    """Check the gradients of a period."""
    array = as_numbers("grads", grads)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"grads must have shape (n_steps,), got {array.shape}")
    if not np.isfinite(array).all():
        raise ValueError(f"grads must be finite, got {array[~np.isfinite(array)][0]:g}")
    return array


def _log(decay: FloatArray) -> FloatArray:
    """Return log γ, and minus infinity at 0 without a warning."""
    return np.log(decay, out=np.full_like(decay, -np.inf), where=decay > 0)
