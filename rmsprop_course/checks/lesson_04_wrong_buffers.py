"""Mistakes in the buffer of `momentum-step`, and in the place of the learning rate.

A step is put together from a rule for either place of the learning rate. The rest of the exercise
is in `lesson_04_momentum`.
"""

from collections.abc import Callable
from typing import Any

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._wrong_updates import Root, inside

_EPS = 1e-8

Step = Callable[..., tuple[Any, Any]]
Rule = Callable[..., tuple[Any, Any]]  # of b, u, η, μ: the new b, and what is subtracted from θ


def step_by(in_pytorchs_place: Rule, in_tensorflows_place: Rule, root: Root = inside) -> Step:
    """Return a step from a rule for η outside the buffer and one for η inside it."""

    def step(
        params: Any,
        grad: Any,
        state: Any,
        *,
        learning_rate: Any,
        momentum: Any,
        lr_in_momentum: Any,
    ) -> tuple[Any, Any]:
        square_avg, buffer = state
        square_avg = 0.9 * square_avg + 0.1 * grad**2
        rule = in_tensorflows_place if lr_in_momentum else in_pytorchs_place
        update = grad / root(square_avg, _EPS)
        buffer, change = rule(buffer, update, learning_rate, momentum)
        return params - change, (square_avg, buffer)

    return step


def rate_outside(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
    """Gather updates, and multiply the buffer by the learning rate, as PyTorch does."""
    b = mass * b + u
    return b, rate * b


def rate_inside(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
    """Gather updates that are multiplied by the learning rate, as TensorFlow does."""
    b = mass * b + rate * u
    return b, b


def _twice(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
    b = mass * b + rate * u
    return b, rate * b


def _nowhere(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
    b = mass * b + u
    return b, b


def _mirrored_outside(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
    b = mass * b - u
    return b, -rate * b


def _mirrored_inside(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
    b = mass * b - rate * u
    return b, -b


def _gathered(gather: Callable[[Any, Any, Any], Any]) -> Step:
    """Return a step whose buffer is made from the old one, what is added to it, and μ."""

    def outer(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
        b = gather(b, u, mass)
        return b, rate * b

    def inner(b: Any, u: Any, rate: Any, mass: Any) -> tuple[Any, Any]:
        b = gather(b, rate * u, mass)
        return b, b

    return step_by(outer, inner)


def _gradients(share: Callable[[Any], Any], *, divides: bool) -> Step:
    """Return a step whose buffer gathers gradients, which are divided later or never."""

    def step(
        params: Any,
        grad: Any,
        state: Any,
        *,
        learning_rate: Any,
        momentum: Any,
        lr_in_momentum: Any,
    ) -> tuple[Any, Any]:
        square_avg, buffer = state
        square_avg = 0.9 * square_avg + 0.1 * grad**2
        rate_of_buffer, rate_of_step = (1, learning_rate)[:: -1 if lr_in_momentum else 1]
        buffer = momentum * buffer + share(momentum) * rate_of_buffer * grad
        change = buffer / inside(square_avg, _EPS) if divides else buffer
        return params - rate_of_step * change, (square_avg, buffer)

    return step


WRONG_PLACES = (
    Misconception(
        "the two places are swapped",
        "With `lr_in_momentum` η stands outside the buffer, and without it inside.",
        "Which of your two branches multiplies the update by η before it goes into the buffer?",
        step_by(rate_inside, rate_outside),
    ),
    Misconception(
        "the learning rate always outside",
        "η multiplies the whole buffer, whatever `lr_in_momentum` is.",
        "Where does your code ask for `lr_in_momentum`, and what is different then?",
        step_by(rate_outside, rate_outside),
    ),
    Misconception(
        "the learning rate always inside",
        "η goes into the buffer with each update, whatever `lr_in_momentum` is.",
        "Where does your code ask for `lr_in_momentum`, and what is different then?",
        step_by(rate_inside, rate_inside),
    ),
    Misconception(
        "the learning rate is there twice",
        "η multiplies the update and then the buffer as well, so a step goes with η² instead of η.",
        "If η becomes ten times as large, how much longer is your first step?",
        step_by(_twice, _twice),
    ),
    Misconception(
        "inside, the learning rate is there twice",
        "With `lr_in_momentum` η multiplies the update and then the buffer that already holds it.",
        "With η inside the buffer, in which units is the buffer?",
        step_by(rate_outside, _twice),
    ),
    Misconception(
        "outside, the learning rate is there twice",
        "Without `lr_in_momentum` η multiplies the update and then the buffer as well.",
        "Which line do your two branches share, and should they?",
        step_by(_twice, rate_inside),
    ),
    Misconception(
        "the learning rate is not used",
        "η is neither in the buffer nor in the step, so each step is as long as the buffer is.",
        "Where in your code is `learning_rate`?",
        step_by(_nowhere, _nowhere),
    ),
    Misconception(
        "inside, the learning rate is missing",
        "With `lr_in_momentum` η multiplies neither the update nor the step.",
        "With η inside the buffer, what goes into the buffer?",
        step_by(rate_outside, _nowhere),
    ),
    Misconception(
        "outside, the learning rate is missing",
        "Without `lr_in_momentum` η multiplies neither the update nor the buffer.",
        "With η outside the buffer, what is subtracted from the parameters?",
        step_by(_nowhere, rate_inside),
    ),
)

WRONG_BUFFERS = (
    Misconception(
        "only 1 - μ of the update is added",
        "The buffer averages the updates with weights μ and 1 - μ; it should add each one in full.",
        "From a buffer of 0, what is in it after one update of 1?",
        _gathered(lambda b, u, mass: mass * b + (1 - mass) * u),
    ),
    Misconception(
        "μ before both",
        "The new update is multiplied by μ as well; only the old buffer fades.",
        "From a buffer of 0, what is in it after one update of 1?",
        _gathered(lambda b, u, mass: mass * (b + u)),
    ),
    Misconception(
        "μ before the update instead of the buffer",
        "The update is multiplied by μ and the old buffer is kept in full, so it never fades.",
        "What is left of a buffer of 1 after many steps with gradient 0?",
        _gathered(lambda b, u, mass: b + mass * u),
    ),
    Misconception(
        "the buffer never fades",
        "The old buffer is kept in full: μ is not used.",
        "What is left of a buffer of 1 after many steps with gradient 0?",
        _gathered(lambda b, u, mass: b + u),
    ),
    Misconception(
        "the old buffer is dropped",
        "The buffer holds the present update alone, so this is RMSProp without momentum.",
        "What of the old buffer is still in the new one?",
        _gathered(lambda b, u, mass: u),
    ),
    Misconception(
        "1 - μ of the old buffer is kept",
        "The old buffer is multiplied by 1 - μ; μ is the share of it that stays.",
        "With μ = 0.9, how much of a buffer of 1 should be left after one step?",
        _gathered(lambda b, u, mass: (1 - mass) * b + u),
    ),
    Misconception(
        "the update is subtracted from the buffer",
        "The buffer loses the update instead of gaining it; the minus belongs to the parameters.",
        "The gradient was always positive. Which sign should the buffer have?",
        _gathered(lambda b, u, mass: mass * b - u),
    ),
    Misconception(
        "the buffer has the other sign",
        "The buffer gathers minus the updates and is added; it should gather them as they are.",
        "What does your step do with a buffer that was filled as the formula says?",
        step_by(_mirrored_outside, _mirrored_inside),
    ),
    Misconception(
        "gradients in the buffer",
        "The buffer gathers gradients and divides their sum; each is to be divided as it comes.",
        "Gradients grow tenfold halfway. Do the old updates in the buffer change then?",
        _gradients(lambda mass: 1, divides=True),
    ),
    Misconception(
        "an average of the gradient, as in Adam",
        "The buffer averages gradients and is then divided; it should gather divided gradients.",
        "How long is the first step, in units of η? Without momentum it was 3.16.",
        _gradients(lambda mass: 1 - mass, divides=True),
    ),
    Misconception(
        "the gradient is never divided",
        "The buffer gathers gradients as they are: gradient descent with momentum, not RMSProp.",
        "Where does your step use `square_avg`?",
        _gradients(lambda mass: 1, divides=False),
    ),
)
