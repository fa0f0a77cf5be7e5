"""Exercises of lesson 03, from the average to the update: the first step, γ from steps, and ε."""

from typing import Any

from rmsprop_course.checks._exercise import Material
from rmsprop_course.checks._probes import call
from rmsprop_course.checks.lesson_03_eps_that_slows import right_eps, wrong_eps
from rmsprop_course.checks.lesson_03_first_average import wrong_first_averages
from rmsprop_course.checks.lesson_03_first_step import right_first_step, wrong_first_changes
from rmsprop_course.checks.lesson_03_two_steps import wrong_decays


def _decay_from_two_steps(first: Any, second: Any) -> Any:
    return (first / second) ** 2 - 1


MATERIAL = {
    "first-step": Material(
        reference=right_first_step(),
        probes=(
            call(2.0, 0.1, 0.9, 5.0),
            call(2.0, 0.1, 0.9, 20.0, varies="initial_square_avg"),
            call(2.0, 0.1, 0.5, 20.0, varies="decay"),
            call(2.0, 0.3, 0.5, 20.0, varies="learning_rate"),
            call(-4.0, 0.3, 0.5, 20.0, varies="grad"),
            call(30.0, 0.01, 0.9, 2000.0),
            call(1e-6, 0.001, 0.99, 3e-12),
        ),
        misconceptions=(*wrong_first_averages(), *wrong_first_changes()),
        returns="change",
    ),
    "decay-from-two-steps": Material(
        reference=_decay_from_two_steps,
        probes=(
            call(-0.6, -0.5),
            call(-0.7, -0.5, varies="first"),
            call(-0.7, -0.6, varies="second"),
            call(0.001 / 0.1**0.5, 0.001 / 0.19**0.5),  # η = 0.001, γ = 0.9
            call(-0.7 / 0.01**0.5, -0.7 / 0.0199**0.5),  # η = 0.7, γ = 0.99
        ),
        misconceptions=wrong_decays(),
        returns="decay",
    ),
    "eps-that-slows": Material(
        reference=right_eps,
        probes=(
            call(3.0, 2.0, True),
            call(3.0, 2.0, False, varies="eps_inside_sqrt"),
            call(3.0, 5.0, False, varies="slowdown"),
            call(0.5, 5.0, False, varies="grad_size"),
            call(0.5, 5.0, True),
            call(0.01, 10.0, True),
            call(0.01, 10.0, False),
        ),
        misconceptions=wrong_eps(),
        returns="eps",
    ),
}
