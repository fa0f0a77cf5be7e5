"""The mistakes of "moving-average"; one module for all of the lesson would be too long."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt
from rmsprop_course.checks._wrong_averages import (
    recursion,
    right_update,
    wrong_lists,
    wrong_recursions,
)

_right = recursion()


def wrong_moving_averages() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (
        *wrong_recursions(recursion),
        *_wrong_starts(),
        *_wrong_memories(),
        *_wrong_values(),
        *_wrong_results(),
        hard_coded("decay", lambda values, decay: _right(values, 0.9)),
    )


def _wrong_starts() -> tuple[Misconception, ...]:
    """Return averages that begin elsewhere."""

    def corrected(values: Any, decay: Any) -> Any:
        return _right(values, decay) / (1 - decay ** np.arange(1, len(values) + 1))

    def skipping(values: Any, decay: Any) -> Any:
        return _right(np.concatenate([[0.0], values[1:]]), decay)

    return (
        Misconception(
            "starts at the first value",
            "The first value counts in full, as if it had been there for ever; here v₀ = 0.",
            "What is γ v₀ + (1 - γ) x₁ when v₀ is 0?",
            recursion(start=lambda values: values[0]),
        ),
        Misconception(
            "starts at the last value",
            "The average begins with the last value, which is what the index -1 means in Python; "
            "here v₀ = 0.",
            "What does your code read as the average before the first value?",
            recursion(start=lambda values: values[-1]),
        ),
        Misconception(
            "starts at 1",
            "The average begins at 1; here v₀ = 0.",
            "What is your average after values that are all 0?",
            recursion(start=lambda values: 1.0),
        ),
        Misconception(
            "the first value is skipped",
            "The first average stays 0 and its value is lost: the loop begins one step too late.",
            "Which value does your loop look at first?",
            skipping,
        ),
        Misconception(
            "bias correction",
            "The averages are divided by 1 - γᵗ, which removes the start-up bias; here it stays.",
            "What should come out after one step of a signal that is 1, if v₀ = 0?",
            corrected,
        ),
    )


def _wrong_memories() -> tuple[Misconception, ...]:
    """Return averages of which the past has another weight."""

    def before(first: Callable[[Any], Any]) -> Attempt:
        def averages(values: Any, decay: Any) -> Any:
            return right_update(np.concatenate([[first(values)], values[:-1]]), values, decay)

        return averages

    def by_power(values: Any, decay: Any) -> Any:
        average, averages = 0.0, []
        for step, value in enumerate(values, 1):
            average = right_update(average, value, decay**step)
            averages.append(average)
        return averages

    def plain_mean(values: Any, decay: Any) -> Any:
        return np.cumsum(values) / np.arange(1, len(values) + 1)

    def window_sums(values: Any, length: int) -> Any:
        return np.convolve(values, np.ones(length))[: len(values)]

    def window(values: Any, decay: Any) -> Any:
        length = round(1 / (1 - decay))
        return window_sums(values, length) / np.minimum(np.arange(1, len(values) + 1), length)

    def window_with_zeros(values: Any, decay: Any) -> Any:
        length = round(1 / (1 - decay))
        return window_sums(values, length) / length

    def oldest_first(values: Any, decay: Any) -> Any:
        return np.cumsum((1 - decay) * decay ** np.arange(len(values)) * values)

    return (
        Misconception(
            "the value before, not the average before",
            "γ stands before the previous value, so that all older ones are lost; it belongs "
            "before the previous average.",
            "After 4, 0, 0 with γ = 0.5: is anything left of the 4?",
            before(lambda values: 0.0),
        ),
        Misconception(
            "the value before, and before the first the last",
            "γ stands before the previous value, which for the first one is the last, at index -1; "
            "it belongs before the previous average.",
            "Which number does your code take as the past of the very first value?",
            before(lambda values: values[-1]),
        ),
        Misconception(
            "γ to the power of the step",
            "The two weights are γᵗ and 1 - γᵗ, so they change from step to step; they must stay "
            "the same.",
            "How much of the old average should be left after step 1, and after step 50?",
            by_power,
        ),
        Misconception(
            "plain mean so far",
            "All values so far count alike, so nothing is forgotten and γ is not used.",
            "After 4, 0, 0: does your average halve in each step if γ = 0.5?",
            plain_mean,
        ),
        Misconception(
            "plain mean of the last 1/(1 - γ) values",
            "The values in a window count alike and then drop out at once; they should fade step "
            "by step.",
            "How many old values must your function look up in each step? One number is enough.",
            window,
        ),
        Misconception(
            "window with zeros before the start",
            "The values in a window of 1/(1 - γ) count alike, together with zeros before the "
            "start; they should fade step by step.",
            "After 4, 0, 0, 0: does your average fall in each step, or all at once?",
            window_with_zeros,
        ),
        Misconception(
            "weights in reverse",
            "The oldest value has the largest weight, 1 - γ, and the newest the smallest.",
            "Which of the values should count most after step 3?",
            oldest_first,
        ),
    )


def _wrong_values() -> tuple[Misconception, ...]:
    """Return averages of something else."""
    return (
        Misconception(
            "the values are squared",
            "This averages the squares; the values themselves are to be averaged.",
            "What comes out for a constant signal of 3, after many steps?",
            lambda values, decay: _right(values**2, decay),
        ),
        Misconception(
            "root mean square",
            "This is the root of the average of the squares; the values themselves are to be "
            "averaged.",
            "Can your average ever be negative? Should it be, for negative values?",
            lambda values, decay: np.sqrt(_right(values**2, decay)),
        ),
        Misconception(
            "absolute values",
            "The signs of the values are dropped, so that opposite ones do not cancel.",
            "Can your average ever be negative? Should it be, for negative values?",
            lambda values, decay: _right(np.abs(values), decay),
        ),
        Misconception(
            "whole numbers in the average",
            "The average is cut to a whole number before it is carried on, as in an array made of "
            "integers.",
            "What is the dtype of the array that holds your averages?",
            recursion(lambda average, value, decay: np.trunc(right_update(average, value, decay))),
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return right averages, but not as they are asked for."""

    def repeated(values: Any, decay: Any) -> Any:
        return np.full(len(values), _right(values, decay)[-1])

    return (
        *wrong_lists(_right),
        Misconception(
            "it returns in the first pass of the loop",
            "Only the first average comes back, because the function ends in the first pass of "
            "its loop.",
            "How far is the line with `return` indented?",
            lambda values, decay: _right(values, decay)[:1],
        ),
        Misconception(
            "the same average for every step",
            "Every entry is the last average; each should be the average after its own step.",
            "When do you write into the result: in each step, or once at the end?",
            repeated,
        ),
        Misconception(
            "newest first",
            "The averages are right, but in reverse order.",
            "Which of the averages should stand at index 0?",
            lambda values, decay: _right(values, decay)[::-1],
        ),
    )
