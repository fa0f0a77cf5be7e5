"""Headlines of the imbalanced task: a thousand classes, rarer and rarer."""

from functools import cache, partial

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.headlines._headline import Headline
from rmsprop_course.imbalance import train_classes, zipf_frequencies
from rmsprop_course.numpy_optimizers import gradient_descent, rmsprop

_FREQUENCIES, _N_STEPS = zipf_frequencies(1000), 500
_PLACES = {"most frequent": 0, "rarest": -1}


@cache
def _by_descent(rate: float) -> FloatArray:
    """Return the losses of all classes, shape (n_steps + 1, n_classes)."""
    return train_classes(gradient_descent, _FREQUENCIES, n_steps=_N_STEPS, learning_rate=rate)


@cache
def _by_rmsprop(eps: float) -> FloatArray:
    """Return the losses of all classes, shape (n_steps + 1, n_classes)."""
    settings = {"learning_rate": 0.02, "eps": eps, "eps_inside_sqrt": False}
    return train_classes(rmsprop, _FREQUENCIES, n_steps=_N_STEPS, **settings)


def _spread() -> float:
    """Return the largest difference between two classes at any step, at ε = 0."""
    return float(np.ptp(_by_rmsprop(0.0), axis=-1).max())


def _of_descent(rate: float, place: int) -> float:
    return float(_by_descent(rate)[-1, place])


def _of_rmsprop(eps: float, place: int) -> float:
    return float(_by_rmsprop(eps)[-1, place])


CLASSES = (
    Headline(
        "classes-spread",
        "08",
        "largest difference of two classes, RMSProp, ε = 0 (nats)",
        0.0,
        1e-12,
        "we derive, after Kunstner et al. (2024)",
        _spread,
    ),
    *(
        Headline(
            f"classes-descent-{rate:g}-{place.replace(' ', '-')}",
            "08",
            f"loss of the {place} class, descent, η = {rate:g} (nats)",
            loss,
            0.02 * loss + 5e-5,  # the last digit that was noted
            "we compute, after Kunstner et al. (2024)",
            partial(_of_descent, rate, _PLACES[place]),
        )
        for rate, place, loss in (
            (30.0, "most frequent", 5e-4),
            (30.0, "rarest", 4.91),
            (300.0, "rarest", 0.088),
        )
    ),
    *(
        Headline(
            f"classes-rmsprop-{place.replace(' ', '-')}",
            "08",
            f"loss of the {place} class, RMSProp, ε = 1e-4 (nats)",
            loss,
            0.02 * loss,
            "we compute, after Kunstner et al. (2024)",
            partial(_of_rmsprop, 1e-4, _PLACES[place]),
        )
        for place, loss in (("most frequent", 0.0055), ("rarest", 1.512))
    ),
)
