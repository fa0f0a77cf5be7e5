"""Headlines of the rates near a minimum, and of the norm at which default settings get stuck."""

from functools import partial
from typing import Any

import numpy as np

from rmsprop_course import descent
from rmsprop_course._settings import FloatArray
from rmsprop_course.analysis import best_adam_settings, best_rmsprop_settings, convergence_rate
from rmsprop_course.headlines._headline import Headline
from rmsprop_course.numpy_optimizers import Optimizer, adam, rmsprop
from rmsprop_course.objectives import quadratic

_CONDITION_NUMBERS = (4, 25, 100)
_FLOOR = 1e-260  # no square is taken of a distance, so none underflows
_RATE = 1e-3  # η of the definition
_DEREICH = "Dereich et al. (2025), our reconstruction"


def _distances(
    optimizer: Optimizer, condition_number: float, *, n_steps: int, **settings: Any
) -> FloatArray:
    """Return the larger of |x| and |y| in a run on ½ x² + ½ κ y² from (1, 1)."""
    objective = quadratic([1.0, condition_number])
    path = descent.run(objective, optimizer, start=[1.0, 1.0], n_steps=n_steps, **settings)
    distances: FloatArray = np.abs(path.params).max(axis=-1)
    return distances


def _rate_of_rmsprop(condition_number: float) -> float:
    best = best_rmsprop_settings(1.0, condition_number, eps=1.0, eps_inside_sqrt=False)
    settings = {"learning_rate": best.learning_rate, "eps": 1.0, "eps_inside_sqrt": False}
    distances = _distances(rmsprop, condition_number, n_steps=3000, **settings)
    return float(convergence_rate(distances, floor=_FLOOR))


def _rate_of_adam(condition_number: float) -> float:
    best = best_adam_settings(1.0, condition_number, eps=1.0)
    settings = {"learning_rate": best.learning_rate, "beta1": best.beta1, "beta2": 0.9, "eps": 1.0}
    distances = _distances(adam, condition_number, n_steps=3000, **settings)
    return float(convergence_rate(distances, floor=_FLOOR))


def _stuck() -> float:
    """Return the norm at which RMSProp ends in two dimensions, in units of η."""
    path = descent.run(
        quadratic([1.0, 100.0]),
        rmsprop,
        start=[1.0, 1.0],
        n_steps=5000,
        learning_rate=_RATE,
        eps=1e-8,
        eps_inside_sqrt=False,
    )
    return float(np.linalg.norm(path.params[-1])) / _RATE


RATES = (
    *(
        Headline(
            f"rate-rmsprop-{number}",
            "09",
            f"rate of RMSProp near a minimum, κ = {number}: (κ-1)/(κ+1)",
            (number - 1) / (number + 1),
            1e-4,
            _DEREICH,
            partial(_rate_of_rmsprop, number),
        )
        for number in _CONDITION_NUMBERS
    ),
    *(
        Headline(
            f"rate-adam-{number}",
            "09",
            f"rate of Adam near a minimum, κ = {number}: (√κ-1)/(√κ+1)",
            (number**0.5 - 1) / (number**0.5 + 1),
            1.5e-3,
            _DEREICH,
            partial(_rate_of_adam, number),
        )
        for number in _CONDITION_NUMBERS
    ),
    Headline(
        "stuck",
        "09",
        "norm / η where RMSProp gets stuck in two dimensions, √2/2",
        0.5**0.5,
        1e-3,
        "we derive",
        _stuck,
    ),
)
