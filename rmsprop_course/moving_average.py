"""The exponential moving average: its recursion, its weights, its memory, its start-up.

Formulas of one number, the decay γ, and one function that runs the recursion. What RMSProp does
with the average is in `numpy_optimizers`.
"""

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import (
    FloatArray,
    as_float_array,
    as_numbers,
    broadcast_shape,
    in_range,
    is_count,
)


def moving_average(values: ArrayLike, decay: ArrayLike, *, initial: ArrayLike = 0.0) -> FloatArray:
    r"""Exponential moving average of `values` along the first axis.

    Parameters
    ----------
    values : array_like, shape (n_steps, ...)
        The signal, one row a step.
    decay : float or array_like
        γ, dimensionless, in [0, 1); broadcasts against one row of `values`.
    initial : float or array_like
        v₀, in units of `values`; 0 in the definition of RMSProp.

    Returns
    -------
    ndarray, shape (n_steps, ...)
        The averages v₁ ... v_n, in units of `values`.

    Raises
    ------
    TypeError
        If `values` does not hold floating-point numbers, or `initial` numbers.
    ValueError
        If `decay` is outside [0, 1), `values` has no time axis or shapes do not broadcast.

    Notes
    -----
    .. math:: v_t = \gamma v_{t-1} + (1-\gamma)\, x_t

    Examples
    --------
    >>> moving_average([1.0, 1.0, 1.0], 0.5)
    array([0.5  , 0.75 , 0.875])
    """
    values = as_float_array("values", values)
    if values.ndim == 0:
        raise ValueError("values must have a time axis, got a single number")
    decay = in_range("decay", decay, 0, 1)
    average = as_numbers("initial", initial)
    row = broadcast_shape(values.shape[1:], decay=decay, initial=average)
    averages = np.empty((len(values), *row), dtype=values.dtype)
    for step, value in enumerate(values):
        average = decay * average + (1 - decay) * value
        averages[step] = average
    return averages


def weights(decay: ArrayLike, n_steps: int) -> FloatArray:
    r"""Weights w_k = (1-γ) γ^k of a value that is k = 0 ... n_steps - 1 steps old.

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in [0, 1).
    n_steps : int
        How many weights.

    Returns
    -------
    ndarray, shape (n_steps, ...)
        Dimensionless, newest first along the first axis, which comes before those of `decay`.

    Raises
    ------
    TypeError
        If `n_steps` is not a whole number.
    ValueError
        If `decay` is outside [0, 1) or `n_steps` is negative.

    Examples
    --------
    >>> weights(0.5, 3)
    array([0.5  , 0.25 , 0.125])
    """
    decay = in_range("decay", decay, 0, 1)
    ages = np.arange(is_count("n_steps", n_steps)).reshape(-1, *[1] * decay.ndim)
    return (1 - decay) * decay**ages


def weight_sum(decay: ArrayLike, n_steps: ArrayLike) -> FloatArray:
    r"""Sum 1 - γ^t of the weights after t steps: what a start at v₀ = 0 leaves out is γ^t.

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in [0, 1).
    n_steps : int or array_like
        t, steps.

    Returns
    -------
    ndarray or float
        Dimensionless, in [0, 1].

    Raises
    ------
    ValueError
        If `decay` is outside [0, 1) or `n_steps` is negative.

    References
    ----------
    Kingma and Ba (2015), arXiv:1412.6980, section 3: Adam divides by this sum.

    Examples
    --------
    >>> round(float(weight_sum(0.9, 10)), 3)
    0.651
    """
    return 1 - in_range("decay", decay, 0, 1) ** in_range("n_steps", n_steps, 0)


def half_life(decay: ArrayLike) -> FloatArray:
    r"""Return the steps after which a value's weight has halved: ln ½ / ln γ.

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in [0, 1).

    Returns
    -------
    ndarray or float
        Steps; 0 for γ = 0, which forgets at once.

    Raises
    ------
    ValueError
        If `decay` is outside [0, 1).

    Examples
    --------
    >>> round(float(half_life(0.9)), 2)
    6.58
    """
    with np.errstate(divide="ignore"):  # ln 0 = -inf is meant: half-life 0
        return np.asarray(np.log(0.5) / np.log(in_range("decay", decay, 0, 1)))


def decay_from_half_life(n_steps: ArrayLike) -> FloatArray:
    r"""Decay whose weights halve every `n_steps` steps: γ = ½^(1/h).

    Parameters
    ----------
    n_steps : float or array_like
        Half-life h in steps, positive.

    Returns
    -------
    ndarray or float
        γ, dimensionless.

    Raises
    ------
    ValueError
        If `n_steps` is not positive.

    Examples
    --------
    >>> round(float(decay_from_half_life(100)), 5)
    0.99309
    """
    return 0.5 ** (1 / in_range("n_steps", n_steps, 0, positive=True))


def window(decay: ArrayLike) -> FloatArray:
    r"""Length 1 / (1-γ): one more than the mean age of what the average holds.

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in [0, 1).

    Returns
    -------
    ndarray or float
        Steps.

    Raises
    ------
    ValueError
        If `decay` is outside [0, 1).

    Examples
    --------
    >>> round(float(window(0.9)), 6)
    10.0
    """
    return 1 / (1 - in_range("decay", decay, 0, 1))


def variance_ratio(decay: ArrayLike) -> FloatArray:
    r"""Variance of the average over that of one sample, for independent samples: (1-γ)/(1+γ).

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in [0, 1).

    Returns
    -------
    ndarray or float
        Dimensionless, in (0, 1].

    Raises
    ------
    ValueError
        If `decay` is outside [0, 1).

    Notes
    -----
    The sum of the squared weights long after the start:

    .. math:: (1-\gamma)^2 \sum_{k=0}^\infty \gamma^{2k} = \frac{1-\gamma}{1+\gamma}

    Examples
    --------
    >>> round(float(variance_ratio(0.9)), 4)
    0.0526
    """
    decay = in_range("decay", decay, 0, 1)
    return (1 - decay) / (1 + decay)


def effective_sample_size(decay: ArrayLike) -> FloatArray:
    r"""How many independent samples a plain mean needs for the same variance: (1+γ)/(1-γ).

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in [0, 1).

    Returns
    -------
    ndarray or float
        Samples.

    Raises
    ------
    ValueError
        If `decay` is outside [0, 1).

    Examples
    --------
    >>> round(float(effective_sample_size(0.9)), 6)
    19.0
    """
    return 1 / variance_ratio(decay)
