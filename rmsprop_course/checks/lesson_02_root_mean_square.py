"""The mistakes of "root-mean-square"; one module for all of the lesson would be too long."""

from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt
from rmsprop_course.checks._wrong_averages import (
    Update,
    recursion,
    right_update,
    wrong_recursions,
)

_averages = recursion()


def right_roots(grad: Any, decay: Any) -> Any:
    """Return the root of the average of the square, for each weight apart."""
    return np.sqrt(_averages(grad**2, decay))


def wrong_roots() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (
        *wrong_recursions(_rooted),
        *_wrong_orders(),
        *_wrong_axes(),
        *_wrong_memories(),
        *_wrong_results(),
        hard_coded("decay", lambda grad, decay: right_roots(grad, 0.9)),
    )


def _rooted(update: Update) -> Attempt:
    """Return an attempt that averages the square by `update` and takes the root."""
    averages = recursion(update)
    return lambda grad, decay: np.sqrt(averages(grad**2, decay))


def _wrong_orders() -> tuple[Misconception, ...]:
    """Return attempts in which square, average and root are not all there, or not in order."""
    return (
        Misconception(
            "the root is missing",
            "This is the mean square; its root is asked for.",
            "If the gradients are in meters, in which units is your result?",
            lambda grad, decay: _averages(grad**2, decay),
        ),
        Misconception(
            "the square is missing",
            "The root is taken of the average of g, in which signs cancel, and which can be "
            "negative.",
            "What does your function make of a gradient of -2?",
            lambda grad, decay: np.sqrt(_averages(grad, decay)),
        ),
        Misconception(
            "neither square nor root",
            "This is the average of g, in which opposite signs cancel.",
            "What comes out for the gradients 1, -1, 1, -1, and how large are they?",
            _averages,
        ),
        Misconception(
            "averaged before it is squared",
            "The average of g is squared and rooted, which changes nothing but its sign; signs "
            "have cancelled before.",
            "What comes out for the gradients 1, -1, 1, -1, and how large are they?",
            lambda grad, decay: np.abs(_averages(grad, decay)),
        ),
        Misconception(
            "averaged, then squared",
            "The average of g is squared; signs have cancelled before, and the root is missing.",
            "What comes out for the gradients 1, -1, 1, -1, and how large are they?",
            lambda grad, decay: _averages(grad, decay) ** 2,
        ),
        Misconception(
            "the average of |g|",
            "This averages |g|, as does a root that is taken before the average; the root comes "
            "last.",
            "What are the mean of 1 and 7, and the root of the mean of their squares?",
            lambda grad, decay: _averages(np.abs(grad), decay),
        ),
        Misconception(
            "root of the average of |g|",
            "This averages |g| instead of the square, and the root of that has odd units.",
            "If all gradients become 4 times as large, what should become of the result?",
            lambda grad, decay: np.sqrt(_averages(np.abs(grad), decay)),
        ),
        Misconception(
            "the root is carried on",
            "The next step averages the new square with the old root; the mean square must be "
            "carried on, and only the result is rooted.",
            "Which of the two belongs into the recursion, the average before or after the root?",
            recursion(lambda root, g, decay: np.sqrt(right_update(root, g**2, decay))),
        ),
        Misconception(
            "the mean is taken out",
            "The squared average of g is subtracted, which leaves the spread alone; the size of "
            "a gradient that never changes counts too.",
            "What does your function approach for a gradient that is constantly 5?",
            lambda grad, decay: np.sqrt(_averages(grad**2, decay) - _averages(grad, decay) ** 2),
        ),
    )


def _wrong_axes() -> tuple[Misconception, ...]:
    """Return attempts in which the weights are not kept apart."""

    def shared(grad: Any, decay: Any) -> Any:
        mean = (grad**2).mean(axis=1, keepdims=True)
        return np.sqrt(_averages(np.broadcast_to(mean, grad.shape), decay))

    def in_one_stream(grad: Any, decay: Any) -> Any:
        return np.sqrt(_averages(grad.ravel() ** 2, decay)).reshape(grad.shape)

    return (
        Misconception(
            "all weights share one average",
            "All weights of a step get the mean of their squares; each needs an average of its "
            "own.",
            "One weight has gradients of 0.01, another of 1: are their results 100-fold apart?",
            shared,
        ),
        Misconception(
            "mean over the weights",
            "One number a step comes back, made from the mean over all weights; each weight needs "
            "one of its own.",
            "Which shape should the result have, if `grad` has 300 steps and 2 weights?",
            lambda grad, decay: np.sqrt(_averages((grad**2).mean(axis=1), decay)),
        ),
        Misconception(
            "norm over the weights",
            "One number a step comes back, made from the sum over all weights; each weight needs "
            "one of its own.",
            "Which shape should the result have, if `grad` has 300 steps and 2 weights?",
            lambda grad, decay: np.sqrt(_averages((grad**2).sum(axis=1), decay)),
        ),
        Misconception(
            "along the wrong axis",
            "The average runs from weight to weight; it should run from step to step.",
            "What do the rows of `grad` stand for, and what the columns?",
            lambda grad, decay: right_roots(grad.T, decay).T,
        ),
        Misconception(
            "one average runs through all weights",
            "The average is handed on from weight to weight and from row to row; each weight needs "
            "one of its own.",
            "How many averages does your code carry on from one step to the next?",
            in_one_stream,
        ),
        Misconception(
            "rows and columns swapped",
            "The numbers are right, but the result is turned over: weights in rows, steps in "
            "columns.",
            "Which shape should the result have, if `grad` has 300 steps and 2 weights?",
            lambda grad, decay: right_roots(grad, decay).T,
        ),
    )


def _wrong_memories() -> tuple[Misconception, ...]:
    """Return roots of averages that begin elsewhere, or forget otherwise."""

    def corrected(grad: Any, decay: Any) -> Any:
        steps = np.arange(1, len(grad) + 1)[:, np.newaxis]
        return right_roots(grad, decay) / np.sqrt(1 - decay**steps)

    def plain_mean(grad: Any, decay: Any) -> Any:
        return np.sqrt(np.cumsum(grad**2, axis=0) / np.arange(1, len(grad) + 1)[:, np.newaxis])

    def late(grad: Any, decay: Any) -> Any:
        return np.concatenate([np.zeros_like(grad[:1]), right_roots(grad, decay)[:-1]])

    from_first = recursion(start=lambda squares: squares[0])

    return (
        Misconception(
            "starts at the first square",
            "The first square counts in full, as if it had been there for ever; here v₀ = 0.",
            "What is γ v₀ + (1 - γ) g² when v₀ is 0?",
            lambda grad, decay: np.sqrt(from_first(grad**2, decay)),
        ),
        Misconception(
            "bias correction",
            "The mean squares are divided by 1 - γᵗ, which removes the start-up bias; here it "
            "stays.",
            "What should come out after one step with a gradient of 1, if v₀ = 0?",
            corrected,
        ),
        Misconception(
            "no memory",
            "This is |g| of each step by itself: neither the past nor γ plays a part.",
            "What should be left, one step after a large gradient?",
            lambda grad, decay: np.abs(grad),
        ),
        Misconception(
            "plain mean so far",
            "All squares so far count alike, so nothing is forgotten and γ is not used.",
            "Where in your code is γ?",
            plain_mean,
        ),
        Misconception(
            "plain mean over all steps",
            "One number a weight comes back, from a mean in which all steps count alike; there "
            "should be one for every step.",
            "Which shape should the result have, if `grad` has 300 steps and 2 weights?",
            lambda grad, decay: np.sqrt(np.mean(grad**2, axis=0)),
        ),
        Misconception(
            "one step late",
            "Each root is noted before the square of its step enters, so the last one is missing.",
            "Does your loop first note the root and then update the average, or the other way "
            "round?",
            late,
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return something else than the roots of all steps."""
    return (
        Misconception(
            "only the last roots",
            "The roots after the last step come back; there should be one row for each step.",
            "Where do you keep the roots of the earlier steps?",
            lambda grad, decay: right_roots(grad, decay)[-1],
        ),
        Misconception(
            "the sign of the gradient is put back",
            "The roots are given the sign of the gradient; they measure its size.",
            "Can the size of something be negative?",
            lambda grad, decay: np.sign(grad) * right_roots(grad, decay),
        ),
        Misconception(
            "the gradient is divided already",
            "This divides the gradient by the root, which is what lesson 03 does with it; here the "
            "root itself is asked for.",
            "If all gradients become 4 times as large, what should become of the result?",
            lambda grad, decay: grad / right_roots(grad, decay),
        ),
        Misconception(
            "a result of whole numbers",
            "The roots are cut to whole numbers in the result, as in an array made of integers.",
            "What is the dtype of the array that you return?",
            lambda grad, decay: np.trunc(right_roots(grad, decay)),
        ),
    )
