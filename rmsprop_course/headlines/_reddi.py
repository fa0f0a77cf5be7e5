"""Headlines of Reddi's example: the decay at which RMSProp stops going to the wrong end."""

from functools import partial

import numpy as np

from rmsprop_course.analysis import critical_decay, projected_run, reddi_grads
from rmsprop_course.headlines._headline import Headline

_PERIODS = (3, 5, 10, 20)
_LONG_PERIOD = 160
_N_STEPS = 100_000
_SHARES = np.geomspace(1.25, 0.8, 10)  # of 1 - γ*: runs below the threshold first


def _threshold(period: int) -> float:
    """Return the decay between the last run that goes to 1 and the first that goes to -1."""
    grads = reddi_grads(period)
    decays = 1 - (1 - critical_decay(grads)) * _SHARES
    weights = projected_run(grads, decay=decays, n_steps=_N_STEPS)[-1]
    first = int(np.argmax(weights < 0))
    return float(decays[first - 1 : first + 1].mean()) if first else np.nan


def _asymptote() -> float:
    return (1 - critical_decay(reddi_grads(_LONG_PERIOD))) * _LONG_PERIOD**2


def _end(decay: float) -> float:
    """Return where a run with C = 10 ends."""
    return float(projected_run(reddi_grads(10), decay=decay, n_steps=_N_STEPS)[-1])


REDDI = (
    *(
        Headline(
            f"reddi-{period}",
            "09",
            f"γ* of Reddi's example, C = {period}",
            critical_decay(reddi_grads(period)),
            0.1 * (1 - critical_decay(reddi_grads(period))),
            "we derive",
            partial(_threshold, period),
        )
        for period in _PERIODS
    ),
    Headline(
        "reddi-asymptote",
        "09",
        f"(1 - γ*) C² for large C, at C = {_LONG_PERIOD}",
        4.0,
        0.05,
        "we derive",
        _asymptote,
    ),
    *(
        Headline(
            f"reddi-end-{decay}",
            "09",
            f"where a run ends, C = 10, γ = {decay}",
            end,
            0.02,  # it still swings a little
            "Reddi et al. (2018), Shi et al. (2021)",
            partial(_end, decay),
        )
        for decay, end in ((0.9, 1), (0.9454, 1), (0.9599, -1), (0.99, -1))
    ),
)
