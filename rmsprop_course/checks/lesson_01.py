"""Exercises of lesson 01, one learning rate is not enough: its limit, rprop, and the drift."""

from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Probe
from rmsprop_course.checks._probes import call
from rmsprop_course.checks._trial import Trial
from rmsprop_course.checks.lesson_01_net_drift import wrong_drifts
from rmsprop_course.checks.lesson_01_rprop import RIGHT_STEP, wrong_rprop_steps
from rmsprop_course.checks.lesson_01_rprop_results import wrong_rprop_results
from rmsprop_course.checks.lesson_01_stability_limit import wrong_limits


def _stability_limit(curvatures: Any) -> Any:
    return 2 / np.max(curvatures)


def _net_drift(grads: Any, divisors: Any) -> Any:
    return -np.sum(grads / divisors)


def _valley(trial: Trial) -> None:
    """Take steps in a valley, each with what the step before it returned."""
    curvatures = np.array([1.0, 25.0])
    params, step_size, previous_grad = np.ones(2), np.full(2, 0.1), np.zeros(2)
    for _ in range(12):
        params, step_size, previous_grad = trial.call(
            params, curvatures * params, step_size, previous_grad
        )


MATERIAL = {
    "stability-limit": Material(
        reference=_stability_limit,
        probes=(
            call([4.0, 0.5]),
            call([10.0], varies="curvatures"),
            call([1.0, 100.0, 8.0]),
            call([0.1, 0.3, 0.25]),
        ),
        misconceptions=wrong_limits(),
    ),
    "rprop-step": Material(
        reference=RIGHT_STEP,
        probes=(
            call([1.0], [3.0], [0.1], [1.0]),
            call([1.0], [3.0], [0.25], [1.0], varies="step_size"),
            call([1.0], [-3.0], [0.1], [2.0]),
            call([1.0], [3.0], [0.1], [0.0]),
            call([1.0], [0.0], [0.1], [2.0]),
            call([1.0], [0.0], [0.1], [0.0]),
            call(
                [5.0, -5.0, 2.0, 7.0], [-3.0, -2.0, 0.5, 4.0], [0.3, 0.1, 3.0, 1.5], [1, -4, 2, 0]
            ),
            Probe(_valley),
        ),
        misconceptions=(*wrong_rprop_steps(), *wrong_rprop_results()),
        returns=("params", "step_size", "grad"),
    ),
    "net-drift": Material(
        reference=_net_drift,
        probes=(
            call([3.0, -1.0], [2.0, 5.0]),
            call([3.0, -1.0], [4.0, 2.0], varies="divisors"),
            call([-2.0, 5.0], [4.0, 2.0], varies="grads"),
            call([-4.0, 1.0, -2.0], [2.0, 4.0, 8.0]),
            call([0.1] * 9 + [-0.7], [0.1] * 9 + [0.7]),
        ),
        misconceptions=wrong_drifts(),
    ),
}
