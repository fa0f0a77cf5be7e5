"""How RMSProp's settings go with the batch size, and a noisy quadratic on which to measure it."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, in_range, is_count, is_flag
from rmsprop_course.numpy_optimizers import rmsprop

SCALING_RULES = ("square root", "linear", "none")
"""What `scaled_by` takes: how the learning rate goes with the batch size."""


class RMSPropSettings(NamedTuple):
    """Settings of RMSProp.

    Attributes
    ----------
    learning_rate : float
        η, in units of the parameters.
    decay : float
        γ, dimensionless.
    eps : float
        ε; in units of g outside the root, of g² inside.
    """

    learning_rate: float
    decay: float
    eps: float


_BASE = RMSPropSettings(learning_rate=8e-3, decay=0.999, eps=1e-3)


def scale_settings(
    factor: float,
    *,
    learning_rate: float,
    decay: float,
    eps: float,
    eps_inside_sqrt: bool = False,
) -> RMSPropSettings:
    r"""Return the settings that treat batches of another size alike: the square-root rule.

    Parameters
    ----------
    factor : float
        k, how many times as large the batch becomes; below 1 for a smaller one. Positive.
    learning_rate, decay, eps : float
        Settings that suit the batch as it was.
    eps_inside_sqrt : bool
        Where ε stands: √v + ε if False, √(v + ε) if True.

    Returns
    -------
    RMSPropSettings
        η √k, 1 - k (1 - γ), and ε/√k outside the root or ε/k inside.

    Raises
    ------
    ValueError
        If a setting is out of its range, or k is larger than 1/(1 - γ): no decay forgets that
        fast.

    Notes
    -----
    Where the gradient is mostly noise, a batch k times as large has a gradient smaller by √k, so
    that √v is smaller, too. The moves per example seen then keep their variance if η² / k stays,
    the average keeps its memory in examples if (1 - γ)/k stays, and ε its weight beside √v.

    References
    ----------
    Malladi, Lyu, Panigrahi and Arora (2022), On the SDEs and Scaling Rules for Adaptive Gradient
    Algorithms, arXiv:2205.10287.

    Examples
    --------
    >>> scale_settings(4, learning_rate=0.001, decay=0.99, eps=1e-8)
    RMSPropSettings(learning_rate=0.002, decay=0.96, eps=5e-09)
    """
    k = float(in_range("factor", factor, 0, positive=True))
    rate, small = float(in_range("learning_rate", learning_rate, 0)), float(in_range("eps", eps, 0))
    gamma = float(in_range("decay", decay, 0, 1))
    forgotten = k * (1 - gamma)
    if forgotten > 1 + 1e-12:
        raise ValueError(
            f"factor must be at most 1/(1 - decay) = {1 / (1 - gamma):.6g}, got {k:.15g}"
        )
    power = k if is_flag("eps_inside_sqrt", eps_inside_sqrt) else k**0.5
    return RMSPropSettings(rate * k**0.5, max(0.0, round(1 - forgotten, 15)), small / power)


def scaled_by(rule: str, factor: float, base: RMSPropSettings) -> RMSPropSettings:
    """Return settings for a batch `factor` times as large by one of three rules.

    Parameters
    ----------
    rule : str
        "square root", as `scale_settings` has it; "linear", which multiplies the learning rate by
        the factor and scales the decay alike but leaves ε; or "none", which changes nothing.
    factor : float
        How many times as large the batch becomes.
    base : RMSPropSettings
        Settings before; ε stands outside the root.

    Returns
    -------
    RMSPropSettings
        Settings after.

    Raises
    ------
    ValueError
        If there is no such rule, or as in `scale_settings`.

    Examples
    --------
    >>> scaled_by("linear", 4, RMSPropSettings(0.001, 0.99, 1e-8))
    RMSPropSettings(learning_rate=0.004, decay=0.96, eps=1e-08)
    """
    if rule not in SCALING_RULES:
        raise ValueError(f"rule must be one of {', '.join(SCALING_RULES)}, got {rule!r}")
    scaled = scale_settings(factor, **base._asdict())
    if rule == "linear":
        return RMSPropSettings(base.learning_rate * factor, scaled.decay, base.eps)
    return scaled if rule == "square root" else base


def stationary_variance(
    *,
    learning_rate: ArrayLike,
    decay: ArrayLike,
    eps: ArrayLike,
    noise: ArrayLike,
    curvature: float = 1.0,
    n_steps: int,
    n_runs: int = 500,
    rng: np.random.Generator,
) -> FloatArray:
    r"""Measure how far RMSProp's parameter spreads around the minimum of a noisy parabola.

    Parameters
    ----------
    learning_rate, decay, eps : float or array_like
        Settings of RMSProp, which broadcast against each other; ε stands outside the root, the
        learning rate is positive.
    noise : float or array_like
        σ, standard deviation of a batch's gradient, in units of the gradient; positive.
    curvature : float
        λ of the loss ½ λ x²; positive.
    n_steps : int
        Steps of each run, 2 or more, of which the second half is measured. A deviation fades to
        1/e in about σ/(η λ) steps: take at least three times as many.
    n_runs : int
        Parameters that run side by side under the same settings.
    rng : numpy.random.Generator
        Source of the noise.

    Returns
    -------
    ndarray, shape of the settings
        Mean of x², in units of the parameter squared.

    Raises
    ------
    ValueError
        If a setting is out of its range.

    Notes
    -----
    The gradient is λ x + σ ξ with standard normal ξ. Where the noise is much the larger part, √v
    stays near σ, the step is that of gradient descent with the rate η/σ, and we derive the
    variance η σ / (2 λ). Runs begin with that spread and with v = σ², which only saves time.

    Examples
    --------
    >>> spread = stationary_variance(
    ...     learning_rate=0.02, decay=0.999, eps=0.0, noise=10.0, n_steps=2000,
    ...     rng=np.random.default_rng(0),
    ... )
    >>> bool(abs(spread / (0.02 * 10 / 2) - 1) < 0.1)
    True
    """
    rates = in_range("learning_rate", learning_rate, 0, positive=True)
    sigmas = in_range("noise", noise, 0, positive=True)
    slope = float(in_range("curvature", curvature, 0, positive=True))
    in_range("n_steps", is_count("n_steps", n_steps), 2)
    in_range("n_runs", is_count("n_runs", n_runs), 1)
    shape = np.broadcast_shapes(rates.shape, sigmas.shape, np.shape(decay), np.shape(eps))
    columns = {"learning_rate": rates, "decay": np.asarray(decay), "eps": np.asarray(eps)}
    settings = {name: np.broadcast_to(array, shape)[..., None] for name, array in columns.items()}
    sigma = np.broadcast_to(sigmas, shape)[..., None]
    params = np.sqrt(settings["learning_rate"] * sigma / (2 * slope)) * rng.standard_normal(
        (*shape, n_runs)
    )
    state = rmsprop.init(params, initial_square_avg=sigma**2)
    total, first = np.zeros(shape), n_steps // 2
    for step in range(n_steps):
        grad = slope * params + sigma * rng.standard_normal(params.shape)
        params, state = rmsprop.step(params, grad, state, eps_inside_sqrt=False, **settings)
        if step >= first:
            total += np.mean(params**2, axis=-1)
    return np.asarray(total / (n_steps - first))


def scaling_ratios(
    factors: Sequence[float] = (4, 16),
    *,
    rules: Sequence[str] = SCALING_RULES,
    base: RMSPropSettings = _BASE,
    noise: float = 10.0,
    n_steps: int = 5000,
    n_runs: int = 2000,
    seed: int = 0,
) -> FloatArray:
    """Measure by how much larger batches change the stationary variance under scaling rules.

    Parameters
    ----------
    factors : sequence of float
        k, how many times as large the batch is.
    rules : sequence of str
        Some of `SCALING_RULES`.
    base : RMSPropSettings
        Settings that suit k = 1.
    noise : float
        Standard deviation of the gradient at k = 1; it falls with √k. The curvature is 1.
    n_steps, n_runs : int
        As in `stationary_variance`.
    seed : int
        Of the noise.

    Returns
    -------
    ndarray, shape (n_rules, n_factors)
        Variance at k over that at 1, dimensionless. Where noise is the larger part, we derive 1
        for the square-root rule, √k for the linear one, and 1/√k if nothing is scaled.

    Raises
    ------
    ValueError
        As in `scaled_by` and `stationary_variance`.

    Examples
    --------
    >>> quick = RMSPropSettings(learning_rate=0.02, decay=0.999, eps=1e-3)
    >>> scaling_ratios([4], rules=["linear"], base=quick, n_steps=2000).round(1)
    array([[2.]])
    """
    scaled = [scaled_by(rule, factor, base) for rule in rules for factor in factors]
    rates, decays, eps = np.array([base, *scaled]).T
    noises = noise / np.sqrt([1.0, *(factor for _ in rules for factor in factors)])
    spread = stationary_variance(
        learning_rate=rates, decay=decays, eps=eps, noise=noises,
        n_steps=n_steps, n_runs=n_runs, rng=np.random.default_rng(seed),
    )  # fmt: skip
    return np.asarray(spread[1:] / spread[0]).reshape(len(rules), len(factors))
