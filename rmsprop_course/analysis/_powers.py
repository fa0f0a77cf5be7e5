"""Where RMSProp ends on powers other than the parabola, how fast, and runs that show it."""

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_numbers, in_range
from rmsprop_course.analysis._two_cycle import spectral_radius


def power_cycle_contraction(power: ArrayLike, *, decay: ArrayLike) -> FloatArray:
    r"""Return the factor a step by which RMSProp nears its two-cycle on ``|x|^p``, at ε = 0.

    Parameters
    ----------
    power : float or array_like
        p, more than 1.
    decay : float or array_like
        γ, dimensionless, in [0, 1). Both broadcast.

    Returns
    -------
    ndarray
        Dimensionless; more than 1 where the cycle repels.

    Raises
    ------
    TypeError
        If a setting is no number.
    ValueError
        If a setting is out of its range.

    Notes
    -----
    We derive it. The cycle between η/2 and -η/2 is there for every even function. Near it,

    .. math:: |x| = (1 + a)\, \tfrac{\eta}{2}, \qquad g^2 = (1 + 2(p-1)\, a)\, g_\text{cycle}^2,

    and a step multiplies the deviations of ``|x|`` and of v by a matrix of the determinant γ(2p-3)
    and the trace 2γ(p-1) + γ - 1. Of the three conditions for both eigenvalues to lie within the
    unit circle only the determinant's can fail, so the cycle attracts as long as γ(2p-3) < 1.

    Examples
    --------
    >>> power_cycle_contraction([2.0, 2.1], decay=0.9).round(4)
    array([0.9487, 1.0392])
    """
    power = in_range("power", power, 1, positive=True)
    decay = in_range("decay", decay, 0, 1)
    return spectral_radius(2 * decay * (power - 1) + decay - 1, decay * (2 * power - 3))


def critical_power(decay: ArrayLike) -> FloatArray:
    """Return the p up to which RMSProp's two-cycle on ``|x|^p`` attracts: 3/2 + 1/(2γ).

    Parameters
    ----------
    decay : float or array_like
        γ, dimensionless, in (0, 1).

    Returns
    -------
    ndarray
        p*, dimensionless, of the shape of `decay`.

    Raises
    ------
    TypeError
        If `decay` is no number.
    ValueError
        If `decay` is out of its range.

    Notes
    -----
    Where γ(2p-3) = 1, see `power_cycle_contraction`.

    Examples
    --------
    >>> critical_power([0.5, 0.9]).round(4)
    array([2.5   , 2.0556])
    """
    return np.asarray(1.5 + 0.5 / in_range("decay", decay, 0, 1, positive=True))


def power_rate(power: ArrayLike, *, decay: ArrayLike) -> FloatArray:
    r"""Return the factor a step by which RMSProp converges on ``|x|^p`` at constant η and ε = 0.

    Parameters
    ----------
    power : float or array_like
        p, more than 2.
    decay : float or array_like
        γ, dimensionless, in (0, 1). Both broadcast.

    Returns
    -------
    ndarray
        γ^(1/(2p-4)), dimensionless.

    Raises
    ------
    TypeError
        If a setting is no number.
    ValueError
        If a setting is out of its range.

    Notes
    -----
    We derive it. On the way to 0 the squared gradient falls faster than the average can forget, so
    v falls by γ a step, and ``|x|`` shrinks at the rate at which

    .. math:: \eta\, p\, |x|^{p-2} / \sqrt{v}

    stays what it is. It is reached where the two-cycle does not attract, which `critical_power`
    tells.

    Examples
    --------
    >>> float(power_rate(4.0, decay=0.9).round(6))
    0.974004
    """
    power = in_range("power", power, 2, positive=True)
    decay = in_range("decay", decay, 0, 1, positive=True)
    return np.asarray(decay ** (1 / (2 * power - 4)))


def power_run(
    power: ArrayLike,
    *,
    learning_rates: ArrayLike,
    decay: ArrayLike = 0.9,
    start: ArrayLike = 1.0,
    initial_square_avg: ArrayLike = 0.0,
) -> FloatArray:
    r"""Run RMSProp on ``|x|^p / p`` at ε = 0, with one learning rate a step.

    Parameters
    ----------
    power : float or array_like
        p, more than 1.
    learning_rates : array_like, shape (n_steps,)
        η of each step, in units of x, 0 or more.
    decay : float or array_like
        γ, dimensionless, in [0, 1).
    start : float or array_like
        Where x begins.
    initial_square_avg : float or array_like
        v₀, 0 or more. Like all but `learning_rates` it broadcasts.

    Returns
    -------
    ndarray, shape (n_steps + 1, ...)
        x, the start first. Where the average underflows to 0, x stays where it is.

    Raises
    ------
    TypeError
        If a setting is no number.
    ValueError
        If a setting is out of its range, or `learning_rates` not one-dimensional.

    Examples
    --------
    A schedule on the parabola: the swing follows η/2.

    >>> rates = 0.1 / np.sqrt(np.arange(1, 10_001))
    >>> x = power_run(2.0, learning_rates=rates)
    >>> float(abs(x[-1] / rates[-1]).round(3))
    0.5
    """
    power = in_range("power", power, 1, positive=True)
    rates = in_range("learning_rates", learning_rates, 0)
    if rates.ndim != 1:
        raise ValueError(f"learning_rates must have shape (n_steps,), got {rates.shape}")
    decay, x = in_range("decay", decay, 0, 1), as_numbers("start", start)
    square_avg = in_range("initial_square_avg", initial_square_avg, 0)
    shape = np.broadcast_shapes(power.shape, decay.shape, x.shape, square_avg.shape)
    x, points = np.broadcast_to(x, shape), np.empty((len(rates) + 1, *shape))
    points[0] = x
    for t, rate in enumerate(rates, start=1):
        grad = np.sign(x) * np.abs(x) ** (power - 1)
        square_avg = decay * square_avg + (1 - decay) * grad**2
        root = np.sqrt(square_avg)
        x = x - rate * np.divide(grad, root, out=np.zeros(shape), where=root > 0)
        points[t] = x
    return points
