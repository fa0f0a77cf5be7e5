"""How fast a run converges: measured on its distances, and predicted near a minimum."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_numbers, in_range, is_flag


def convergence_rate(distances: ArrayLike, *, floor: float = 1e-150) -> FloatArray:
    r"""Factor a step by which distances shrink, measured over the second half of a run.

    Parameters
    ----------
    distances : array_like, shape (n_steps + 1, ...)
        Distances from the minimum, or other numbers that go to 0, such as losses; step 0 first.
        Not negative. Further axes hold further runs.
    floor : float
        A run is looked at until it first gets to this distance. The default leaves room for
        squares, which underflow below 1e-154: norms are exact down to there. Where a run ends in
        rounding errors, as about a minimum other than 0, it must be above them.

    Returns
    -------
    ndarray, shape (...)
        Dimensionless: below 1 if the run converges, 1 if it is stuck, above 1 if it diverges.

    Raises
    ------
    TypeError
        If `distances` are no numbers.
    ValueError
        If a distance is negative or not finite, `floor` is not positive, or fewer than 4 steps of
        a run are above it.

    Notes
    -----
    Of the logarithms of the distances in the second half the upper envelope is taken, the largest
    value from a step on, so that a run that passes the minimum now and then does not look closer
    than it is. A straight line is fitted to it, and the rate is e to its slope. The last fifth is
    left out of the fit, since there the envelope has too little to come. A run that grows is
    looked at backward.

    Examples
    --------
    >>> float(convergence_rate(3 * 0.9 ** np.arange(100)).round(12))
    0.9
    """
    array = as_numbers("distances", distances)
    if array.ndim == 0:
        raise ValueError("distances must have shape (n_steps + 1, ...), got ()")
    in_range("distances", array, 0)
    in_range("floor", floor, 0, positive=True)
    runs = array.reshape(len(array), -1)
    rates = np.array([_rate_of_one(run, floor) for run in runs.T])
    return rates.reshape(array.shape[1:])


def _rate_of_one(distances: FloatArray, floor: float) -> float:
    """Return the rate of one run."""
    below = distances <= floor
    n_kept = int(below.argmax()) if below.any() else len(distances)
    if n_kept < 5:
        raise ValueError(f"distances must stay above {floor:g} for 4 steps, got {n_kept - 1}")
    logarithms = np.log(distances[(n_kept - 1) // 2 : n_kept])
    middle = len(logarithms) // 2
    grows = logarithms[middle:].max() > logarithms[:middle].max()
    if grows:
        logarithms = logarithms[::-1]
    envelope = np.maximum.accumulate(logarithms[::-1])[::-1]
    n_fitted = len(envelope) - len(envelope) // 5
    slope = np.polyfit(np.arange(n_fitted), envelope[:n_fitted], 1)[0]
    return float(np.exp(-slope if grows else slope))


class BestSettings(NamedTuple):
    """Settings with which an optimizer converges fastest near a minimum, and how fast that is.

    Attributes
    ----------
    learning_rate : ndarray
        η, in units of the parameters.
    beta1 : ndarray
        Decay of Adam's average of the gradient, dimensionless; 0 for RMSProp.
    rate : ndarray
        Factor a step by which the distance shrinks, dimensionless.
    """

    learning_rate: FloatArray
    beta1: FloatArray
    rate: FloatArray


def best_rmsprop_settings(
    smallest: ArrayLike, largest: ArrayLike, *, eps: ArrayLike, eps_inside_sqrt: bool = True
) -> BestSettings:
    r"""Return the settings with which RMSProp converges fastest near a minimum.

    Parameters
    ----------
    smallest, largest : float or array_like
        Curvatures there: the eigenvalues λ of the Hessian, which is diagonal; more than 0.
    eps : float or array_like
        ε, more than 0; in units of the squared gradient inside the root, of the gradient outside.
        All three broadcast.
    eps_inside_sqrt : bool
        √(v + ε) if True, √v + ε if False.

    Returns
    -------
    BestSettings
        η = 2ε/(λ_min + λ_max), with √ε for ε inside the root, and the rate (κ-1)/(κ+1), with
        κ = λ_max/λ_min the condition number.

    Raises
    ------
    TypeError
        If a setting is no number, or `eps_inside_sqrt` no bool.
    ValueError
        If a setting is out of its range, or `largest` smaller than `smallest`.

    Notes
    -----
    As the gradient goes to 0, the denominator goes to ε and RMSProp becomes gradient descent with
    the step η/ε, whose best rate Polyak (1964) found. That RMSProp cannot do better is in Dereich,
    Jentzen and Riekert (2025), of whom we know the abstract; the setting is our reconstruction.

    References
    ----------
    Dereich, S., Jentzen, A. and Riekert, A. (2025). Sharp higher order convergence rates for the
    Adam optimizer. arXiv:2504.19426.
    Polyak, B. T. (1964). Some methods of speeding up the convergence of iteration methods. USSR
    Computational Mathematics and Mathematical Physics 4(5), 1-17.

    Examples
    --------
    >>> best = best_rmsprop_settings(1.0, 100.0, eps=1.0)
    >>> float(best.learning_rate.round(4)), float(best.rate.round(4))
    (0.0198, 0.9802)
    """
    small, large = _curvature_range(smallest, largest)
    floor = _denominator_at_0(eps, eps_inside_sqrt)
    learning_rate = np.asarray(2 * floor / (small + large))
    rate = np.broadcast_to((large - small) / (large + small), learning_rate.shape)
    return BestSettings(learning_rate, np.zeros_like(learning_rate), rate)


def best_adam_settings(smallest: ArrayLike, largest: ArrayLike, *, eps: ArrayLike) -> BestSettings:
    r"""Return the settings with which Adam converges fastest near a minimum.

    Parameters
    ----------
    smallest, largest : float or array_like
        Curvatures there: the eigenvalues λ of the Hessian, which is diagonal; more than 0.
    eps : float or array_like
        ε, more than 0, in units of the gradient: outside the root. All three broadcast.

    Returns
    -------
    BestSettings
        With κ = λ_max/λ_min: the rate r = (√κ-1)/(√κ+1), β₁ = r² and
        η = 4ε/((√λ_min + √λ_max)² (1-β₁)).

    Raises
    ------
    TypeError
        If a setting is no number.
    ValueError
        If a setting is out of its range, or `largest` smaller than `smallest`.

    Notes
    -----
    As the gradient goes to 0, the denominator goes to ε and Adam becomes the heavy ball with the
    step η(1-β₁)/ε and the momentum β₁, whose best settings Polyak (1964) found.

    References
    ----------
    As for `best_rmsprop_settings`.

    Examples
    --------
    >>> best = best_adam_settings(1.0, 100.0, eps=1.0)
    >>> [float(value.round(4)) for value in best]
    [0.1, 0.6694, 0.8182]
    """
    small, large = (np.sqrt(end) for end in _curvature_range(smallest, largest))
    floor = in_range("eps", eps, 0, positive=True)
    rate = np.asarray((large - small) / (large + small))
    learning_rate = np.asarray(4 * floor / ((small + large) ** 2 * (1 - rate**2)))
    rate = np.broadcast_to(rate, learning_rate.shape)
    return BestSettings(learning_rate, rate**2, rate)


def rmsprop_rate(
    curvatures: ArrayLike,
    *,
    learning_rate: ArrayLike,
    eps: ArrayLike,
    eps_inside_sqrt: bool = True,
) -> FloatArray:
    r"""Return the factor a step by which RMSProp converges in the end, on a quadratic.

    Parameters
    ----------
    curvatures : array_like, shape (n_params,)
        λ of each parameter, more than 0.
    learning_rate : float or array_like
        η, in units of the parameters, more than 0.
    eps : float or array_like
        ε, more than 0; in units of the squared gradient inside the root, of the gradient outside.
        It broadcasts against `learning_rate`.
    eps_inside_sqrt : bool
        √(v + ε) if True, √v + ε if False.

    Returns
    -------
    ndarray
        Dimensionless, of the shape of `learning_rate` and `eps`: the largest of ``|1 - ηλ/ε|``,
        with √ε for ε inside the root, and 1 where that is more than 1: there the run ends in a
        two-cycle, see `TwoCycle`.

    Raises
    ------
    TypeError
        If a setting is no number, or `eps_inside_sqrt` no bool.
    ValueError
        If a setting is out of its range, or `curvatures` not one-dimensional.

    Examples
    --------
    >>> rmsprop_rate([1.0, 4.0], learning_rate=[0.1, 0.4, 0.6], eps=1.0).round(2)
    array([0.9, 0.6, 1. ])
    """
    values = in_range("curvatures", curvatures, 0, positive=True)
    if values.ndim != 1 or values.size == 0:
        raise ValueError(f"curvatures must have shape (n_params,), got {values.shape}")
    rate = in_range("learning_rate", learning_rate, 0, positive=True)
    step = np.asarray(rate / _denominator_at_0(eps, eps_inside_sqrt))
    factors = np.abs(1 - step[..., np.newaxis] * values)
    return np.asarray(np.minimum(factors.max(axis=-1), 1.0))


def _curvature_range(smallest: ArrayLike, largest: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Check two ends of a range of curvatures."""
    small = in_range("smallest", smallest, 0, positive=True)
    large = in_range("largest", largest, 0, positive=True)
    if (large < small).any():
        raise ValueError(f"largest must be at least smallest, {small.max():g}, got {large.min():g}")
    return small, large


def _denominator_at_0(eps: ArrayLike, eps_inside_sqrt: bool) -> FloatArray:
    """Return what the gradient is divided by when it and the average are 0."""
    floor = in_range("eps", eps, 0, positive=True)
    return np.asarray(np.sqrt(floor)) if is_flag("eps_inside_sqrt", eps_inside_sqrt) else floor
