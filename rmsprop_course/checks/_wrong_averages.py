"""The mistakes that the recursion of a moving average can contain.

What is averaged, and what is done with the average, is up to the exercise.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._trial import Attempt

Update = Callable[[Any, Any, Any], Any]  # from the old average, a value and γ


def right_update(average: Any, value: Any, decay: Any) -> Any:
    """Return the new average."""
    return decay * average + (1 - decay) * value


def recursion(
    update: Update = right_update, start: Callable[[Any], Any] = lambda values: 0.0
) -> Attempt:
    """Return the function that averages by `update` from the average that `start` makes."""

    def averages(values: Any, decay: Any) -> Any:
        average, after_each = start(values), []
        for value in values:
            average = update(average, value, decay)
            after_each.append(average)
        return np.array(after_each)

    return averages


def wrong_recursions(attempt: Callable[[Update], Attempt]) -> tuple[Misconception, ...]:
    """Return the mistakes of an update, each in the `attempt` that is made from it."""
    return (
        Misconception(
            "γ and 1 - γ swapped",
            "γ stands before the new value; it is the share of the old average.",
            "With γ = 0.99, how much of the old average should be left after one step?",
            attempt(lambda average, value, decay: (1 - decay) * average + decay * value),
        ),
        Misconception(
            "1 - γ is missing",
            "The new value enters with its full weight, so the weights do not sum to one.",
            "For a constant signal of 1, where should the average settle, and where does yours?",
            attempt(lambda average, value, decay: decay * average + value),
        ),
        Misconception(
            "γ is missing",
            "The old average stays whole while a share of the new value is added, so the average "
            "only piles up.",
            "For a constant signal of 1, does your average ever stop growing?",
            attempt(lambda average, value, decay: average + (1 - decay) * value),
        ),
        Misconception(
            "a sum instead of an average",
            "The values add up with their full weights, and nothing of them is ever forgotten.",
            "For a constant signal of 1, does your average ever stop growing?",
            attempt(lambda average, value, decay: average + value),
        ),
        Misconception(
            "γ before both",
            "Old average and new value are both multiplied by γ; their weights must sum to one.",
            "What are the two weights for γ = 0.9, and what is their sum?",
            attempt(lambda average, value, decay: decay * average + decay * value),
        ),
        Misconception(
            "1 - γ before both",
            "Old average and new value are both multiplied by 1 - γ, so the past is lost at once.",
            "What are the two weights for γ = 0.9, and what is their sum?",
            attempt(lambda average, value, decay: (1 - decay) * (average + value)),
        ),
        Misconception(
            "nothing of the past is kept",
            "Each result is 1 - γ times its own value: the old average never enters it.",
            "Which variable carries the average from one pass of your loop to the next?",
            attempt(lambda average, value, decay: (1 - decay) * value),
        ),
        Misconception(
            "minus instead of plus",
            "The new value is subtracted from what is left of the old average; it must be added.",
            "For a constant signal of 1, on which side of 0 is your average?",
            attempt(lambda average, value, decay: decay * average - (1 - decay) * value),
        ),
    )


def wrong_lists(right: Attempt) -> tuple[Misconception, ...]:
    """Return the mistakes of an attempt that computes as `right`, but returns other than asked."""

    def late(values: Any, decay: Any) -> Any:
        return np.concatenate([[0.0], right(values, decay)[:-1]])

    def longer(values: Any, decay: Any) -> Any:
        return np.concatenate([[0.0], right(values, decay)])

    return (
        Misconception(
            "one step late",
            "Each average is noted before its value enters, so the last one is missing.",
            "Does your loop first note the average and then update it, or the other way round?",
            late,
        ),
        Misconception(
            "v₀ in front",
            "The result begins with v₀ and is one longer than the values; only the averages after "
            "each step are asked for.",
            "How many averages are there after 3 values, and how many do you return?",
            longer,
        ),
        Misconception(
            "only the last average",
            "One number comes back, the last average; there should be one for each step.",
            "Where do you keep the averages of the earlier steps?",
            lambda values, decay: right(values, decay)[-1],
        ),
        Misconception(
            "a result of whole numbers",
            "The averages are cut to whole numbers in the result, as in an array made of integers.",
            "What is the dtype of the array that you return?",
            lambda values, decay: np.trunc(right(values, decay)),
        ),
    )
