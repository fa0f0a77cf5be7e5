"""The mistakes of "unbiased-average"; one module for all of the lesson would be too long."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt
from rmsprop_course.checks._wrong_averages import (
    Update,
    recursion,
    right_update,
    wrong_lists,
    wrong_recursions,
)

_biased = recursion()


def right_unbiased(values: Any, decay: Any) -> Any:
    """Return averages whose weights sum to one."""
    return _biased(values, decay) / (1 - decay ** _steps(values))


def wrong_unbiased_averages() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (
        *wrong_recursions(_divided),
        *_wrong_starts(),
        *_wrong_divisors(),
        *_other_means(),
        *_wrong_results(),
        hard_coded("decay", lambda values, decay: right_unbiased(values, 0.9)),
    )


def _steps(values: Any) -> Any:
    return np.arange(1, len(values) + 1)


def _divided(update: Update) -> Attempt:
    """Return an attempt that averages by `update` and divides as it should."""
    averages = recursion(update)
    return lambda values, decay: averages(values, decay) / (1 - decay ** _steps(values))


def _wrong_starts() -> tuple[Misconception, ...]:
    """Return averages that begin elsewhere instead of being divided."""

    def mended_once(values: Any, decay: Any) -> Any:
        return np.concatenate([values[:1], _biased(values, decay)[1:]])

    return (
        Misconception(
            "the start-up bias is still there",
            "This is the average from v₀ = 0, whose weights sum to less than one at first.",
            "What is your first average, and what is the first value?",
            _biased,
        ),
        Misconception(
            "starts at the first value",
            "Started at the first value, that value weighs too much: the weights sum to one, but "
            "no longer fall by γ from each value to the next older one.",
            "At step 2, how many times as much as the first value should the second one weigh?",
            recursion(start=lambda values: values[0]),
        ),
        Misconception(
            "starts at 1",
            "The missing weight lies on a 1 that is no value of the signal.",
            "What does your function say of a signal that is constantly 3?",
            recursion(start=lambda values: 1.0),
        ),
        Misconception(
            "starts at the mean of all values",
            "The missing weight lies on the mean of all values, the later ones included.",
            "At step 1, which values can the average know already?",
            recursion(start=np.mean),
        ),
        Misconception(
            "only the first average is mended",
            "The first average is replaced by the first value, and all later ones keep their bias.",
            "What does your function say of a signal that is constantly 1, at step 2?",
            mended_once,
        ),
    )


def _wrong_divisors() -> tuple[Misconception, ...]:
    """Return averages that are divided by something else, or not only at the end."""

    def over(divisor: Callable[[Any, Any], Any]) -> Attempt:
        def averages(values: Any, decay: Any) -> Any:
            return _biased(values, decay) / divisor(decay, _steps(values))

        return averages

    def carried_on(values: Any, decay: Any) -> Any:
        average, averages = 0.0, []
        for step, value in enumerate(values, 1):
            average = right_update(average, value, decay) / (1 - decay**step)
            averages.append(average)
        return averages

    def swapped(values: Any, decay: Any) -> Any:
        return right_unbiased(values, 1 - decay)

    return (
        Misconception(
            "steps counted from 0",
            "The first divisor is 1 - γ⁰ = 0: the exponent is one too small in every step.",
            "Which number has the first step in your code, 0 or 1?",
            over(lambda decay, t: 1 - decay ** (t - 1)),
        ),
        Misconception(
            "steps counted from 2",
            "The exponent is one too large in every step, so some of the bias stays.",
            "Which number has the first step in your code?",
            over(lambda decay, t: 1 - decay ** (t + 1)),
        ),
        Misconception(
            "divided by 1 - γ in every step",
            "The divisor is right at step 1 and then stays; the sum of the weights grows.",
            "To what do the weights sum after step 2?",
            over(lambda decay, t: 1 - decay),
        ),
        Misconception(
            "one divisor for all steps",
            "All averages are divided by the sum of the weights after the last step.",
            "To what do the weights sum after step 1, and after the last one?",
            over(lambda decay, t: 1 - decay ** t[-1]),
        ),
        Misconception(
            "divided by γ to the power of the step",
            "γᵗ is the weight that is missing; divide by the sum of those that are there.",
            "What are the missing weight and the sum of the others together?",
            over(lambda decay, t: decay**t),
        ),
        Misconception(
            "γ times the step instead of to its power",
            "The divisor is 1 - γt, which soon is negative; weights multiply from step to step.",
            "What is the weight that v₀ has left after 2 steps?",
            over(lambda decay, t: 1 - decay * t),
        ),
        Misconception(
            "divided by the root",
            "The divisor is the root of the sum of the weights, not the sum.",
            "What does your function say of a signal that is constantly 1, at step 1?",
            over(lambda decay, t: np.sqrt(1 - decay**t)),
        ),
        Misconception(
            "multiplied instead of divided",
            "The averages, which are too small, are made even smaller.",
            "The first average is too small by a factor: how do you undo a factor?",
            over(lambda decay, t: 1 / (1 - decay**t)),
        ),
        Misconception(
            "the divided average is carried on",
            "The next step starts from the average that was already divided, so it is divided "
            "again and again.",
            "Which of the two belongs into the recursion, the average before or after dividing?",
            carried_on,
        ),
        Misconception(
            "γ and 1 - γ swapped throughout",
            "γ and 1 - γ have changed places both in the average and in the divisor.",
            "With γ = 0.99, how much of the old average should be left after one step?",
            swapped,
        ),
    )


def _other_means() -> tuple[Misconception, ...]:
    """Return means whose weights sum to one, but which forget otherwise."""

    def plain_mean(values: Any, decay: Any) -> Any:
        return np.cumsum(values) / _steps(values)

    def window(values: Any, decay: Any) -> Any:
        length = round(1 / (1 - decay))
        sums = np.convolve(values, np.ones(length))[: len(values)]
        return sums / np.minimum(_steps(values), length)

    def oldest_first(values: Any, decay: Any) -> Any:
        weights = decay ** (_steps(values) - 1)
        return np.cumsum(weights * values) / np.cumsum(weights)

    return (
        Misconception(
            "plain mean so far",
            "The weights sum to one, but all values count alike: nothing is forgotten, and γ is "
            "not used.",
            "By which factor should a value weigh less than the next newer one?",
            plain_mean,
        ),
        Misconception(
            "plain mean of the last 1/(1 - γ) values",
            "The weights sum to one, but the values in a window count alike instead of fading.",
            "By which factor should a value weigh less than the next newer one?",
            window,
        ),
        Misconception(
            "weights in reverse",
            "The weights sum to one, but the oldest value has the largest.",
            "Which of the values should count most after step 3?",
            oldest_first,
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return right averages, but not as they are asked for, or something else."""
    return (
        *wrong_lists(right_unbiased),
        Misconception(
            "the sums of the weights",
            "This returns the divisors, 1 - γᵗ; the averages are asked for.",
            "Where in your code do the values enter?",
            lambda values, decay: 1 - decay ** _steps(values),
        ),
    )
