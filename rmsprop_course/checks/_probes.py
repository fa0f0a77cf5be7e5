"""The usual probes: one call, and steps that hand the state on."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course.checks._exercise import Probe
from rmsprop_course.checks._trial import Trial


def call(*args: Any, varies: str = "", **settings: Any) -> Probe:
    """One call of the attempt, with lists as arrays of float64.

    Parameters
    ----------
    *args
        What the attempt is given by position.
    varies : str
        The setting in which this probe differs from the one before it.
    **settings
        What it is given by name.
    """
    given = [np.array(arg, dtype=float) if isinstance(arg, list) else arg for arg in args]
    return Probe(lambda trial: trial.call(*given, **settings), varies)


def steps(
    grads: Sequence[float], *, learning_rate: ArrayLike = 0.1, averages: int = 1, **settings: Any
) -> Probe:
    """Take steps of one parameter from 0, each with the state that the step before it returned.

    Parameters
    ----------
    grads : sequence of float
        One gradient a step.
    learning_rate : float or sequence of float
        The same for all steps, or one a step.
    averages : int
        How many arrays the state holds: one is handed on by itself, more as a tuple.
    **settings
        What the step is given by name.
    """
    rates = np.broadcast_to(np.asarray(learning_rate, dtype=float), len(grads)).tolist()

    def play(trial: Trial) -> None:
        zeros = tuple(np.zeros(1) for _ in range(averages))  # apart, if one is changed in place
        params, state = np.zeros(1), zeros[0] if averages == 1 else zeros
        for grad, rate in zip(grads, rates, strict=True):
            params, state = trial.call(
                params, np.array([grad]), state, learning_rate=rate, **settings
            )

    return Probe(play)
