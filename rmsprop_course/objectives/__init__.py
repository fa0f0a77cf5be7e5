"""Loss surfaces with value, gradient, minimum, domain and start; running on them is in `descent`.

Each surface is a function that returns an `Objective`. Values and gradients are vectorized over
leading axes and keep the floating-point dtype of the parameters.
"""

# A folder, because the formulas with their sources and examples outgrow one page.

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np

from rmsprop_course.objectives._classics import beale, rosenbrock, styblinski_tang
from rmsprop_course.objectives._objective import Objective
from rmsprop_course.objectives._quadratics import quadratic, rotated_quadratic
from rmsprop_course.objectives._shapes import long_valley, saddle

__all__ = [
    "SURFACES",
    "Objective",
    "beale",
    "long_valley",
    "quadratic",
    "rosenbrock",
    "rotated_quadratic",
    "saddle",
    "styblinski_tang",
]

SURFACES: Mapping[str, Objective] = MappingProxyType(
    {
        surface.name: surface
        for surface in (
            quadratic([1.0, 10.0]),
            rotated_quadratic([1.0, 10.0], np.pi / 4),
            long_valley(),
            beale(),
            rosenbrock(),
            saddle(),
            styblinski_tang(),
        )
    }
)
"""One surface of every kind, all of two parameters, by name."""
