"""What is predicted of RMSProp on ½ λ x²: where it ends, and how fast it gets there."""

import math
from typing import NamedTuple

import numpy as np

from rmsprop_course._settings import FloatArray


class TwoCycle(NamedTuple):
    """Settings of RMSProp on ½ λ x²; ε and λ broadcast.

    For λ above the critical λ* RMSProp ends up jumping between x = ±a, below it converges. A step
    from a to -a has length 2a if the denominator is λη/2, so a = √(η²/4 - ε/λ²) with ε inside the
    root and a = η/2 - ε/λ outside.
    """

    learning_rate: float
    decay: float
    eps: float | FloatArray
    curvature: float | FloatArray
    eps_inside_sqrt: bool

    def critical_curvature(self) -> FloatArray:
        """Return λ*, up to which RMSProp converges: 2√ε/η inside, 2ε/η outside."""
        floor = np.sqrt(self.eps) if self.eps_inside_sqrt else np.asarray(self.eps)
        critical: FloatArray = 2 * floor / self.learning_rate
        return critical

    def critical_eps(self) -> FloatArray:
        """Return ε*, from which RMSProp converges: (ηλ/2)² inside, ηλ/2 outside."""
        half = np.asarray(self.learning_rate * self.curvature / 2)
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
        amplitude: FloatArray = self.learning_rate / 2 * share
        return amplitude

    def contraction(self) -> float:
        """Return the factor by which a step shrinks a small departure from where the run ends.

        Linearized at the cycle, a step with the sign flipped has determinant γ and trace
        1 + γ - 2 (1-γ) c, with c the strength: complex eigenvalues of modulus √γ, or two real
        ones, close to the threshold and where γ is below 1/9.
        """
        strength = float(self.strength())
        if strength == 0:
            return float(abs(1 - 2 * self.curvature / self.critical_curvature()))
        trace = 1 + self.decay - 2 * (1 - self.decay) * strength
        root = trace * trace - 4 * self.decay
        return math.sqrt(self.decay) if root < 0 else (abs(trace) + math.sqrt(root)) / 2
