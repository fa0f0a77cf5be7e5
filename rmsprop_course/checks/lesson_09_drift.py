"""Exercise `periodic-drift` of lesson 09: where gradients that repeat carry a weight."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call

Array = NDArray[Any]


def _averages(values: Array, decay: float, before: float) -> Array:
    """Return the moving average after each value, begun at `before`."""
    averages = []
    for value in values:
        before = decay * before + (1 - decay) * value
        averages.append(before)
    return np.array(averages)


def _periodic(values: Array, decay: float) -> Array:
    """Return the moving average of values that have repeated for ever."""
    from_zero = _averages(values, decay, 0.0)[-1]
    return _averages(values, decay, from_zero / (1 - decay ** len(values)))


def _periodic_drift(grads: Any, decay: Any) -> Any:
    return -np.sum(grads / np.sqrt(_periodic(grads**2, decay)))


def _with_average(average: Callable[[Array, float], Any]) -> Callable[..., Any]:
    """Return an attempt with another average of the squared gradients."""
    return lambda grads, decay: -np.sum(grads / np.sqrt(average(grads**2, decay)))


def _with_steps(result: Callable[[Array], Any]) -> Callable[..., Any]:
    """Return an attempt that makes something else of the right steps."""
    return lambda grads, decay: result(-grads / np.sqrt(_periodic(grads**2, decay)))


def _after(start: Callable[[float, float, int], float]) -> Callable[[Array, float], Array]:
    """Return the average of a period that begins with something else of s, γ and T."""

    def average(values: Array, decay: float) -> Array:
        from_zero = _averages(values, decay, 0.0)[-1]
        return _averages(values, decay, start(from_zero, decay, len(values)))

    return average


def _in_both_loops(grads: Any, decay: Any) -> Any:
    first_loop = -np.sum(grads / np.sqrt(_averages(grads**2, decay, 0.0)))
    return first_loop + _periodic_drift(grads, decay)


def _corrected(values: Array, decay: float) -> Array:
    weights = 1 - decay ** np.arange(1, len(values) + 1)
    corrected: Array = _averages(values, decay, 0.0) / weights
    return corrected


def _reversed(values: Array, decay: float) -> Array:
    backward: Array = _periodic(values[::-1], decay)
    return backward[::-1]


_WRONG_AVERAGES = (
    Misconception(
        "the average starts at 0",
        "The average begins at 0, so this is the drift of the first period, start-up included.",
        "After how many periods does your average repeat itself?",
        _with_average(lambda values, decay: _averages(values, decay, 0.0)),
    ),
    Misconception(
        "a past of one period only",
        "The average begins at s, what one period makes of 0: that is the second period of all. It "
        "still grows from period to period.",
        "Run your average for one period: does it end where it began?",
        _with_average(_after(lambda s, decay, n: s)),
    ),
    Misconception(
        "divided by 1 - γ",
        "It begins at s/(1-γ): that is right for a period of one step.",
        "By how much does the average at the beginning shrink in T steps?",
        _with_average(_after(lambda s, decay, n: s / (1 - decay))),
    ),
    Misconception(
        "multiplied by 1 - γ^T",
        "It begins at s (1 - γ^T); the start must be larger than s, not smaller.",
        "Solve v₀ = γ^T v₀ + s: what is v₀?",
        _with_average(_after(lambda s, decay, n: s * (1 - decay**n))),
    ),
    Misconception(
        "bias correction in the place of a past",
        "It starts at 0 and divides by 1 - γ^t: that removes the bias, but the average still knows "
        "only the steps of this period.",
        "Which gradients came before the first one of the period?",
        _with_average(_corrected),
    ),
    Misconception(
        "the average starts at the mean square",
        "The mean square of the period is where the average is on the whole, not just before the "
        "period begins.",
        "Run your average for one period: does it end where it began?",
        _with_average(lambda values, decay: _averages(values, decay, float(np.mean(values)))),
    ),
    Misconception(
        "the average starts at the first square",
        "It begins at the first squared gradient, as if that had been there for ever.",
        "Run your average for one period: does it end where it began?",
        _with_average(lambda values, decay: _averages(values, decay, values[0])),
    ),
    Misconception(
        "the average starts at the last square",
        "It begins at the last squared gradient, as if that had been there for ever.",
        "Run your average for one period: does it end where it began?",
        _with_average(lambda values, decay: _averages(values, decay, values[-1])),
    ),
    Misconception(
        "only the last period counts",
        "The weights of one period add up to 1 - γ^T only; the periods before it are missing.",
        "How large is your average if all squared gradients are 1?",
        _with_average(lambda values, decay: _periodic(values, decay) * (1 - decay ** len(values))),
    ),
    Misconception(
        "one divisor for the whole period",
        "Each gradient is divided by the root mean square of the period; the average moves within "
        "the period, and that is what makes the drift.",
        "Is the average the same before and after the large gradient?",
        _with_average(lambda values, decay: np.mean(values)),
    ),
    Misconception(
        "the average stands still in the second loop",
        "All gradients are divided by the root of v₀; the average goes on in the second loop, too.",
        "What does the large gradient do to the average that it is divided by?",
        _with_average(lambda values, decay: _periodic(values, decay)[-1]),
    ),
    Misconception(
        "the average is used before it is updated",
        "Each gradient is divided by the average of the step before; its own square belongs to it.",
        "In the update, which comes first: the average or the step?",
        _with_average(lambda values, decay: np.roll(_periodic(values, decay), 1)),
    ),
    Misconception(
        "the average looks ahead",
        "The weights fall with the steps to come instead of with those that are gone.",
        "Which squared gradients does the average of the first step hold?",
        _with_average(_reversed),
    ),
    Misconception(
        "γ and 1-γ swapped",
        "The new square gets the weight γ and the old average 1-γ.",
        "With γ = 0.9, which should count more in a step: the old average or the new square?",
        _with_average(lambda values, decay: _periodic(values, 1 - decay)),
    ),
    Misconception(
        "1-γ is missing",
        "The squares are added with the weight 1, so that the average is 1/(1-γ) times too large.",
        "How large is your average if all squared gradients are 1?",
        _with_average(lambda values, decay: _periodic(values, decay) / (1 - decay)),
    ),
    Misconception(
        "the root is missing",
        "Each gradient is divided by the average of its square, not by the root of it.",
        "In which units is your drift, if the gradient is in meters?",
        _with_average(lambda values, decay: _periodic(values, decay) ** 2),
    ),
    Misconception(
        "the gradient is not squared",
        "It averages g instead of g², so that large gradients of both signs cancel.",
        "Which sign can your average have, and what is the root of that?",
        lambda grads, decay: -np.sum(grads / np.sqrt(_periodic(grads, decay))),
    ),
    Misconception(
        "the average of the size",
        "It averages |g| instead of g².",
        "What is under the root?",
        lambda grads, decay: -np.sum(grads / _periodic(np.abs(grads), decay)),
    ),
)

_WRONG_SUMS = (
    Misconception(
        "the first loop counts as well",
        "The steps of the first loop, from an average of 0, are part of the sum; that loop is "
        "there to find s alone.",
        "How many periods long is your drift?",
        _in_both_loops,
    ),
    Misconception(
        "with the gradient, not against it",
        "The size is right, the direction is not: a step goes against the gradient.",
        "The gradient is positive: on which side is the minimum?",
        _with_steps(lambda steps: -np.sum(steps)),
    ),
    Misconception(
        "the mean step",
        "This is the mean of the steps; asked for is the change over the whole period.",
        "Where is a weight after two steps of -1?",
        _with_steps(np.mean),
    ),
    Misconception(
        "the steps one by one",
        "The steps come back one by one; their sum is one number.",
        "By how much does the weight change in all steps together?",
        _with_steps(lambda steps: steps),
    ),
    Misconception(
        "the path",
        "The drift after each step comes back; only the one after the last is asked for.",
        "Which entry of your result is the answer?",
        _with_steps(np.cumsum),
    ),
    Misconception(
        "only the last step",
        "Only the last step is left: each one replaces the one before instead of being added.",
        "What does `drift = …` in a loop do with the drift that was there?",
        _with_steps(lambda steps: steps[-1]),
    ),
    Misconception(
        "only the first step",
        "Only the first step is there: the function returns before the loop is through.",
        "How far is your `return` indented?",
        _with_steps(lambda steps: steps[0]),
    ),
    Misconception(
        "the way that was traveled",
        "All step lengths are added; steps in opposite directions must cancel.",
        "Where is a weight after one step to the left and an equal one to the right?",
        _with_steps(lambda steps: np.sum(np.abs(steps))),
    ),
    Misconception(
        "the drift without its direction",
        "The sign of the result is dropped, so it does not say which way the weight drifts.",
        "Which way does the weight go if all gradients are negative?",
        _with_steps(lambda steps: np.abs(np.sum(steps))),
    ),
    Misconception(
        "sign descent",
        "Each gradient is divided by its own size, whatever γ is.",
        "Which γ makes sign descent of RMSProp?",
        lambda grads, decay: -np.sum(np.sign(grads)),
    ),
    Misconception(
        "never divided: gradient descent",
        "The gradients are added as they are.",
        "Where in your code is the average?",
        lambda grads, decay: -np.sum(grads),
    ),
    hard_coded("decay", lambda grads, decay: _periodic_drift(grads, 0.9)),
    hard_coded("grads", lambda grads, decay: 1.0),
)

PERIODIC_DRIFT = Material(
    reference=_periodic_drift,
    probes=(
        call([2.0, -1.0], 0.5),
        call([0.5, -2.0, 1.0, -0.25], 0.5, varies="grads"),
        call([0.5, -2.0, 1.0, -0.25], 0.9, varies="decay"),
        call([3.0, -1.0, -1.0], 0.8),
        call([0.1] * 9 + [-0.9], 0.9),
        call([4.0, -1.0, -1.0, -1.0], 0.0),
    ),
    misconceptions=(*_WRONG_AVERAGES, *_WRONG_SUMS),
)
