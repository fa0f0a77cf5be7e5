"""Exercise `momentum-step` of lesson 04: a buffer, with the learning rate in either place.

Mistakes in the buffer are in `lesson_04_wrong_buffers`; here are those in what is made of it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call, steps
from rmsprop_course.checks._wrong_updates import outside
from rmsprop_course.checks.lesson_04_wrong_buffers import (
    WRONG_BUFFERS,
    WRONG_PLACES,
    Rule,
    Step,
    rate_inside,
    rate_outside,
    step_by,
)
from rmsprop_course.checks.lesson_04_wrong_pairs import handed_back, wrong_pairs

_right = step_by(rate_outside, rate_inside)


def _moved(move: Callable[[Any, Any, Any, Any], Any]) -> Step:
    """Return a step along a mix of the new buffer, the old one, what was added to it, and μ."""

    def outer(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
        new, _ = rate_outside(b, u, rate, mass)
        return new, rate * move(new, b, u, mass)

    def inner(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
        new, _ = rate_inside(b, u, rate, mass)
        return new, move(new, b, rate * u, mass)

    return step_by(outer, inner)


def _past_buffer(rule: Rule) -> Rule:
    """Return a rule that updates the buffer as another one does and steps without it."""
    return lambda b, u, rate, mass: (rule(b, u, rate, mass)[0], rate * u)


def _fixed(name: str, number: float) -> Step:
    return lambda *args, **settings: _right(*args, **{**settings, name: number})


_WRONG_STEPS = (
    Misconception(
        "ε outside the root",
        "Here ε stands inside the root; outside it makes another step where g is small.",
        "Take g = 0.00001: how long is the step for either place of ε?",
        step_by(rate_outside, rate_inside, outside),
    ),
    Misconception(
        "ε is left out",
        "Nothing is added under the root, so that a gradient of 0 divides 0 by 0.",
        "What does your step do where the gradient was 0 from the start?",
        step_by(rate_outside, rate_inside, lambda average, eps: np.sqrt(average)),
    ),
    Misconception(
        "the root is missing",
        "The gradient is divided by the mean square, not by its root.",
        "If all gradients become ten times as large, what should become of the update?",
        step_by(rate_outside, rate_inside, lambda average, eps: average + eps),
    ),
    Misconception(
        "it steps along the old buffer",
        "The step is taken before the present update is in the buffer, so it comes a step late.",
        "How far should the first step go, from a buffer of 0?",
        _moved(lambda new, old, added, mass: old),
    ),
    Misconception(
        "it looks ahead, as Nesterov's does",
        "It steps along μ b + u with the new b; here it steps along the buffer itself.",
        "From a buffer of 0, is your first step the same with μ = 0 and with μ = 0.9?",
        _moved(lambda new, old, added, mass: mass * new + added),
    ),
    Misconception(
        "the update is there twice",
        "It steps along b + u, but the new buffer already holds the update.",
        "From a buffer of 0, how long is your first step, in units of η? Without momentum: 3.16.",
        _moved(lambda new, old, added, mass: new + added),
    ),
    Misconception(
        "the buffer is not used",
        "The parameters move along the present update; the buffer is computed and not used.",
        "Where does the line of the parameters read the buffer?",
        _moved(lambda new, old, added, mass: added),
    ),
    Misconception(
        "outside, the buffer is not used",
        "Without `lr_in_momentum` the parameters move along the present update alone.",
        "Where do the lines for η outside the buffer read the buffer?",
        step_by(_past_buffer(rate_outside), rate_inside),
    ),
    Misconception(
        "inside, the buffer is not used",
        "With `lr_in_momentum` the parameters move along the present update alone.",
        "Where do the lines for η inside the buffer read the buffer?",
        step_by(rate_outside, _past_buffer(rate_inside)),
    ),
    Misconception(
        "it climbs",
        "The parameters move along the gradient; descent moves against it.",
        "The gradient is positive: on which side is the minimum?",
        _moved(lambda new, old, added, mass: -new),
    ),
    *(
        hard_coded(name, _fixed(name, number))
        for name, number in {"learning_rate": 0.1, "momentum": 0.9}.items()
    ),
)


_WRONG_RESULTS = (
    Misconception(
        "the old buffer is handed back",
        "The step is right, but it returns the buffer that it got, so no update is gathered.",
        "Which of the two buffers does the next step need?",
        handed_back(_right, lambda old, params, state: (params, (state[0], old[1][1]))),
    ),
    Misconception(
        "the old average is handed back",
        "The step is right, but it returns the average that it got, so no square is remembered.",
        "Which of the two averages does the next step need?",
        handed_back(_right, lambda old, params, state: (params, (old[1][0], state[1]))),
    ),
    *wrong_pairs(_right, "buffer"),
)

_GIVEN = ([1.0], [3.0], (np.array([1.5]), np.array([3.0])))
_SCHEDULE = [0.1, 0.05, 0.025]

MOMENTUM_STEP = Material(
    reference=_right,
    probes=(
        call(*_GIVEN, learning_rate=0.1, momentum=0.9, lr_in_momentum=False),
        call(*_GIVEN, learning_rate=0.1, momentum=0.9, lr_in_momentum=True),
        call(*_GIVEN, learning_rate=0.1, momentum=0.5, lr_in_momentum=True, varies="momentum"),
        call(*_GIVEN, learning_rate=0.3, momentum=0.5, lr_in_momentum=True, varies="learning_rate"),
        call(
            [5.0, 0.0, 2.0],
            [0.0, 1e-5, -40.0],
            (np.array([0.0, 0.0, 50.0]), np.array([0.0, 0.0, -1.0])),
            learning_rate=0.1,
            momentum=0.9,
            lr_in_momentum=False,
        ),
        steps([1.0, -2.0, 3.0], averages=2, momentum=0.9, lr_in_momentum=False),
        *(
            steps(
                [1.0, -2.0, 3.0],
                averages=2,
                learning_rate=_SCHEDULE,
                momentum=0.9,
                lr_in_momentum=inside_buffer,
            )
            for inside_buffer in (False, True)
        ),
    ),
    misconceptions=(*WRONG_PLACES, *WRONG_BUFFERS, *_WRONG_STEPS, *_WRONG_RESULTS),
    returns=("params", ("square_avg", "buffer")),
)
