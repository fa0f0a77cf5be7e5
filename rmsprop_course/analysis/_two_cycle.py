"""The swing between two points in which RMSProp ends on a parabola; other powers: `_powers`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, in_range, is_flag


class _Settings(NamedTuple):
    learning_rate: float | FloatArray
    decay: float | FloatArray
    eps: float | FloatArray
    curvature: float | FloatArray
    eps_inside_sqrt: bool


class TwoCycle(_Settings):
    r"""What RMSProp with a constant learning rate comes to on the parabola ½ λ x².

    For a curvature λ above the critical one, λ*, it ends up jumping between x = a and x = -a, the
    two-cycle; up to λ* it converges to 0. All numbers broadcast against each other.

    Parameters
    ----------
    learning_rate : float or ndarray
        η, in units of x, more than 0.
    decay : float or ndarray
        γ, dimensionless, in [0, 1).
    eps : float or ndarray
        ε, 0 or more; in units of the squared gradient inside the root, of the gradient outside.
    curvature : float or ndarray
        λ, more than 0.
    eps_inside_sqrt : bool
        √(v + ε) if True, √v + ε if False.

    Raises
    ------
    TypeError
        If a setting is no number, or `eps_inside_sqrt` no bool.
    ValueError
        If a setting is out of its range.

    Notes
    -----
    We derive it. In the cycle both ends have the same g², so v = λ²a², and a step from a to -a has
    the length 2a:

    .. math::
        2a = \frac{\eta\lambda a}{\sqrt{\lambda^2 a^2 + \varepsilon}}
        \quad\text{or}\quad
        2a = \frac{\eta\lambda a}{\lambda a + \varepsilon},

    so that a² = η²/4 - ε/λ² with ε inside the root, a = η/2 - ε/λ outside. Where that is not
    positive there is no cycle: λ* = 2√ε/η inside, 2ε/η outside. Near 0 the denominator is √ε or
    ε, RMSProp is gradient descent, and λ* is its stability limit.

    Examples
    --------
    >>> cycle = TwoCycle(0.1, 0.9, 1e-3, np.array([0.5, 1.0, 100.0]), True)
    >>> cycle.critical_curvature().round(4)
    np.float64(0.6325)
    >>> cycle.amplitude().round(4)
    array([0.    , 0.0387, 0.05  ])
    """

    __slots__ = ()

    def __new__(
        cls,
        learning_rate: float | FloatArray,
        decay: float | FloatArray,
        eps: float | FloatArray,
        curvature: float | FloatArray,
        eps_inside_sqrt: bool = True,
    ) -> "TwoCycle":
        """Check the settings."""
        in_range("learning_rate", learning_rate, 0, positive=True)
        in_range("decay", decay, 0, 1)
        in_range("eps", eps, 0)
        in_range("curvature", curvature, 0, positive=True)
        inside = is_flag("eps_inside_sqrt", eps_inside_sqrt)
        return super().__new__(cls, learning_rate, decay, eps, curvature, inside)

    def critical_curvature(self) -> FloatArray:
        """Return λ*, up to which RMSProp converges: 2√ε/η inside, 2ε/η outside."""
        return critical_curvature(
            learning_rate=self.learning_rate, eps=self.eps, eps_inside_sqrt=self.eps_inside_sqrt
        )

    def critical_eps(self) -> FloatArray:
        """Return ε*, from which on RMSProp converges: (ηλ/2)² inside, ηλ/2 outside."""
        half = np.asarray(np.multiply(self.learning_rate, self.curvature) / 2)
        return half * half if self.eps_inside_sqrt else half

    def strength(self) -> FloatArray:
        """Return 1 - (λ*/λ)² inside, 1 - λ*/λ outside: from 1 at ε = 0 down to 0 below λ*."""
        ratio = self.critical_curvature() / self.curvature
        left: FloatArray = np.maximum(1 - (ratio * ratio if self.eps_inside_sqrt else ratio), 0.0)
        return left

    def amplitude(self) -> FloatArray:
        """Return a, in units of x; 0 where RMSProp converges."""
        strength = self.strength()
        share = np.sqrt(strength) if self.eps_inside_sqrt else strength
        return np.asarray(np.multiply(self.learning_rate, share) / 2)

    def loss(self) -> FloatArray:
        """Return ½ λ a², the loss in the cycle; η²λ/8 at ε = 0.

        Examples
        --------
        >>> curvatures = np.array([1.0, 10.0, 100.0, 1000.0])
        >>> float(TwoCycle(0.01, 0.9, 0.0, curvatures).loss().sum().round(9))
        0.0138875
        """
        return np.asarray(np.multiply(self.curvature, self.amplitude() ** 2) / 2)

    def contraction(self) -> FloatArray:
        """Return the factor by which a step shrinks a small departure from where the run ends.

        Notes
        -----
        Linearized at the cycle, a step with the sign flipped has the determinant γ and the trace
        1 + γ - 2 (1-γ) c, with c the strength: complex eigenvalues of modulus √γ, or two real
        ones, close to the threshold and where γ is below 1/9. Below the threshold RMSProp becomes
        gradient descent, and the factor that it tends to is ``|1 - 2 λ/λ*|``.

        Examples
        --------
        >>> TwoCycle(0.1, np.array([0.05, 0.5, 0.9]), 0.0, 1.0).contraction().round(6)
        array([0.786421, 0.707107, 0.948683])
        """
        strength, critical = self.strength(), self.critical_curvature()
        decay = np.asarray(self.decay)
        in_the_cycle = spectral_radius(1 + decay - 2 * (1 - decay) * strength, decay)
        ratio = np.divide(
            self.curvature, critical, out=np.ones_like(strength), where=np.asarray(critical > 0)
        )
        return np.where(strength > 0, in_the_cycle, np.abs(1 - 2 * ratio))


def critical_curvature(
    *,
    learning_rate: ArrayLike,
    eps: ArrayLike,
    eps_inside_sqrt: bool = True,
    momentum: ArrayLike = 0.0,
) -> FloatArray:
    r"""Return λ*, the curvature up to which RMSProp converges at a constant learning rate.

    Parameters
    ----------
    learning_rate : float or array_like
        η, in units of the parameters, more than 0.
    eps : float or array_like
        ε, 0 or more; in units of the squared gradient inside the root, of the gradient outside.
    eps_inside_sqrt : bool
        √(v + ε) if True, √v + ε if False.
    momentum : float or array_like
        μ, dimensionless, in [0, 1). All three broadcast.

    Returns
    -------
    ndarray
        2(1+μ)√ε/η inside, 2(1+μ)ε/η outside; in units of the gradient over those of the parameter.

    Raises
    ------
    TypeError
        If a setting is no number, or `eps_inside_sqrt` no bool.
    ValueError
        If a setting is out of its range.

    Notes
    -----
    We derive it. Where gradient and average are 0, the denominator is √ε or ε, and RMSProp is
    gradient descent with a step of η over that, or the heavy ball with momentum, whose limits are
    2/λ and 2(1+μ)/λ. The decay does not matter, and centering does not, since E[g] is 0 there, too.

    Examples
    --------
    >>> float(critical_curvature(learning_rate=1e-3, eps=1e-8).round(6))
    0.2
    >>> float(critical_curvature(learning_rate=1e-2, eps=1e-8, eps_inside_sqrt=False).round(12))
    2e-06
    """
    rate = in_range("learning_rate", learning_rate, 0, positive=True)
    eps, momentum = in_range("eps", eps, 0), in_range("momentum", momentum, 0, 1)
    floor = np.sqrt(eps) if is_flag("eps_inside_sqrt", eps_inside_sqrt) else eps
    return np.asarray(2 * (1 + momentum) * floor / rate)


def spectral_radius(trace: FloatArray, determinant: FloatArray) -> FloatArray:
    """Return the larger size of the two eigenvalues of a real 2 by 2 matrix."""
    discriminant = np.asarray(trace**2 - 4 * determinant)
    real = (np.abs(trace) + np.sqrt(np.maximum(discriminant, 0))) / 2
    return np.where(discriminant < 0, np.sqrt(np.maximum(determinant, 0)), real)
