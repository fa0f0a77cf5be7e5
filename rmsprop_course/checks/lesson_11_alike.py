"""Exercise `steps-until-alike` of lesson 11: how long RMSProp is not Adam without momentum."""

import math
from collections.abc import Callable
from typing import Any

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call


def _steps(decay: Any, weight: Any, *, whole: Callable[[float], Any] = math.ceil) -> Any:
    """Return the first step at which what is left of the start, γᵗ, is no more than `weight`."""
    return whole(math.log(weight) / math.log(decay))


def _left(tolerance: Any) -> Any:
    """Return the γᵗ at which √(1 - γᵗ) is 1 - tolerance."""
    return 1 - (1 - tolerance) ** 2


_COUNTED_WRONGLY = (
    Misconception(
        "the root is missing",
        "This waits until 1 - γᵗ is close enough to 1; the steps differ by the root of it.",
        "By which factor do the two steps differ: 1 - γᵗ, or another function of it?",
        lambda decay, tolerance: _steps(decay, tolerance),
    ),
    Misconception(
        "squared instead of rooted",
        "This waits until (1 - γᵗ)² is close enough to 1; the steps differ by the root.",
        "Is the root of 0.9 nearer to 1 than 0.9 is, or farther?",
        lambda decay, tolerance: _steps(decay, 1 - math.sqrt(1 - tolerance)),
    ),
    Misconception(
        "twice the tolerance",
        "2 · tolerance is what remains of 1 - (1 - tolerance)² if the tolerance is small; here it "
        "need not be.",
        "Is 1 - (1 - 0.5)² the same as 2 · 0.5?",
        lambda decay, tolerance: _steps(decay, min(2 * tolerance, 1)),
    ),
    Misconception(
        "compared the other way around",
        "This is by how much RMSProp's step is longer than Adam's; asked is by how much Adam's is "
        "shorter than RMSProp's.",
        "A step of 2 against one of 1: is the shorter one 50 % or 100 % off?",
        lambda decay, tolerance: _steps(decay, 1 - 1 / (1 + tolerance) ** 2),
    ),
    Misconception(
        "a fraction of a step",
        "This solves the equation, but steps are whole: asked is the first one that is close "
        "enough.",
        "Which whole number of steps is the first that is not below your result?",
        lambda decay, tolerance: _steps(decay, _left(tolerance), whole=float),
    ),
    Misconception(
        "rounded to the nearest step",
        "Where this rounds down, it is one step too early: the difference is still above the "
        "tolerance there.",
        "The equation gives 6.4: is the difference small enough at step 6?",
        lambda decay, tolerance: _steps(decay, _left(tolerance), whole=round),
    ),
    Misconception(
        "one step early",
        "This is one step too early: there the difference is still above the tolerance.",
        "Did you round down, or count the first step as 0?",
        lambda decay, tolerance: _steps(decay, _left(tolerance), whole=math.floor),
    ),
    Misconception(
        "one step late",
        "This is one step too late: the step before is close enough already.",
        "What is the difference at the step before the one that you return?",
        lambda decay, tolerance: _steps(decay, _left(tolerance)) + 1,
    ),
    Misconception(
        "the factor itself instead of its distance from 1",
        "This waits until the factor has come up to the tolerance, which it soon does.",
        "At a tolerance of 0.01, should the factor be 0.01 or 0.99?",
        lambda decay, tolerance: max(1, _steps(decay, 1 - tolerance**2)),
    ),
    Misconception(
        "the root of γᵗ",
        "This waits until √γᵗ has come down to the tolerance; the steps differ by √(1 - γᵗ).",
        "Which of √γᵗ and 1 - √(1 - γᵗ) is how much shorter Adam's step is?",
        lambda decay, tolerance: _steps(decay, tolerance**2),
    ),
    Misconception(
        "γᵗ in the place of 1 - γᵗ",
        "This solves √γᵗ = 1 - tolerance, and γᵗ is that large only at the start.",
        "Do the two steps become more alike as γᵗ falls, or less?",
        lambda decay, tolerance: _steps(decay, (1 - tolerance) ** 2),
    ),
    Misconception(
        "the half-life",
        "This is when a value has lost half its weight, whatever the tolerance is.",
        "What is √(1 - γᵗ) at the step that you return?",
        lambda decay, tolerance: _steps(decay, 0.5),
    ),
    Misconception(
        "the window",
        "This is 1/(1 - γ), whatever the tolerance is.",
        "What is √(1 - γᵗ) at the step that you return?",
        lambda decay, tolerance: round(1 / (1 - decay)),
    ),
    hard_coded("decay", lambda decay, tolerance: _steps(0.9, _left(tolerance))),
    hard_coded("tolerance", lambda decay, tolerance: _steps(decay, _left(0.01))),
)

STEPS_UNTIL_ALIKE = Material(
    reference=lambda decay, tolerance: _steps(decay, _left(tolerance)),
    probes=(
        call(0.5, 0.3),
        call(0.9, 0.3, varies="decay"),
        call(0.9, 0.01, varies="tolerance"),
        call(0.99, 0.15),
        call(0.999, 0.01),
    ),
    misconceptions=_COUNTED_WRONGLY,
)
