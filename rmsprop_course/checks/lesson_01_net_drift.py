"""The mistakes of "net-drift"; one module for all of the lesson would be too long."""

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded


def wrong_drifts() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (*_wrong_steps(), *_wrong_sums(), *_unused())


def _wrong_steps() -> tuple[Misconception, ...]:
    """Return the sums of steps that are wrong."""
    return (
        Misconception(
            "with the gradient, not against it",
            "The size is right, the direction is not: a step goes against the gradient.",
            "The gradient is positive: on which side is the minimum?",
            lambda grads, divisors: np.sum(grads / divisors),
        ),
        Misconception(
            "multiplied instead of divided",
            "Each gradient is multiplied by its divisor, so large ones get even larger.",
            "How long is a step of a gradient that is divided by its own size?",
            lambda grads, divisors: -np.sum(grads * divisors),
        ),
        Misconception(
            "the divisor is divided",
            "Each divisor is divided by its gradient; it should be the other way round.",
            "What becomes of your step when the gradient is almost 0?",
            lambda grads, divisors: -np.sum(divisors / grads),
        ),
        Misconception(
            "the root of the divisor",
            "The root is taken of each divisor; what is handed in is divided by as it is.",
            "How long is a step of a gradient that is divided by its own size?",
            lambda grads, divisors: -np.sum(grads / np.sqrt(divisors)),
        ),
        Misconception(
            "the square of the divisor",
            "Each divisor is squared; what is handed in is divided by as it is.",
            "How long is a step of a gradient that is divided by its own size?",
            lambda grads, divisors: -np.sum(grads / divisors**2),
        ),
        Misconception(
            "the sizes of the gradients only",
            "The signs of the gradients are dropped, so that all steps go the same way.",
            "In which direction does a negative gradient carry the weight?",
            lambda grads, divisors: -np.sum(np.abs(grads) / divisors),
        ),
        Misconception(
            "the sign of the gradient is divided",
            "Each step is the sign over the divisor; the size of the gradient is lost.",
            "How long is a step of a gradient that is divided by its own size?",
            lambda grads, divisors: -np.sum(np.sign(grads) / divisors),
        ),
        Misconception(
            "the way that was traveled",
            "All step lengths are added; steps in opposite directions must cancel.",
            "Where is a weight after one step to the left and an equal one to the right?",
            lambda grads, divisors: np.sum(np.abs(grads / divisors)),
        ),
        Misconception(
            "the drift without its direction",
            "The sign of the result is dropped, so it does not say which way the weight drifts.",
            "Which way does the weight go if all gradients are negative?",
            lambda grads, divisors: np.abs(np.sum(grads / divisors)),
        ),
    )


def _wrong_sums() -> tuple[Misconception, ...]:
    """Return right steps that are put together wrongly."""
    return (
        Misconception(
            "divided after adding",
            "The sum of the gradients is divided by the sum of the divisors; each gradient has a "
            "divisor of its own.",
            "Which comes first in a step, the division or the next gradient?",
            lambda grads, divisors: -np.sum(grads) / np.sum(divisors),
        ),
        Misconception(
            "the mean step",
            "This is the mean of the steps; asked for is the change in all steps together.",
            "Where is a weight after two steps of -1?",
            lambda grads, divisors: -np.mean(grads / divisors),
        ),
        Misconception(
            "the steps one by one",
            "The steps come back one by one; their sum is one number.",
            "By how much does the weight change in all steps together?",
            lambda grads, divisors: -grads / divisors,
        ),
        Misconception(
            "the path",
            "The drift after each step comes back; only the one after the last is asked for.",
            "Which entry of your result is the answer?",
            lambda grads, divisors: -np.cumsum(grads / divisors),
        ),
        Misconception(
            "only the last step",
            "Only the last step is left: each one replaces the one before instead of being added.",
            "What does `drift = …` in a loop do with the drift that was there?",
            lambda grads, divisors: -grads[-1] / divisors[-1],
        ),
        Misconception(
            "it returns in the first pass of the loop",
            "Only the first step is counted, because the function ends in the first pass of its "
            "loop.",
            "How far is the line with `return` indented?",
            lambda grads, divisors: -grads[0] / divisors[0],
        ),
        Misconception(
            "the first step is skipped",
            "The first step is missing from the sum.",
            "Which index has the first gradient in Python?",
            lambda grads, divisors: -np.sum(grads[1:] / divisors[1:]),
        ),
        Misconception(
            "the last step is skipped",
            "The last step is missing from the sum.",
            "Where does `range(n)` end?",
            lambda grads, divisors: -np.sum(grads[:-1] / divisors[:-1]),
        ),
        Misconception(
            "a whole number",
            "The result is cut to a whole number, as by `int`.",
            "What is 3/2, and which of its digits do you keep?",
            lambda grads, divisors: np.trunc(-np.sum(grads / divisors)),
        ),
    )


def _unused() -> tuple[Misconception, ...]:
    """Return attempts that do not use all that they get."""
    return (
        Misconception(
            "never divided: gradient descent",
            "The gradients are added as they are, which is where gradient descent ends.",
            "Where in your code are the divisors?",
            lambda grads, divisors: -np.sum(grads),
        ),
        Misconception(
            "all divided by the first divisor",
            "Each gradient is divided by the same divisor, the first; each has one of its own.",
            "By what do you divide the second gradient?",
            lambda grads, divisors: -np.sum(grads / divisors[0]),
        ),
        Misconception(
            "all divided by the mean divisor",
            "Each gradient is divided by the mean of all divisors; each has one of its own.",
            "By what do you divide the second gradient?",
            lambda grads, divisors: -np.sum(grads / np.mean(divisors)),
        ),
        hard_coded("divisors", lambda grads, divisors: -np.sum(np.sign(grads))),
        hard_coded("grads", lambda grads, divisors: -8.0),
    )
