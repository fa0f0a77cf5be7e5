"""The mistakes that "first-step" can contain in its average; what follows stands elsewhere."""

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks.lesson_03_first_step import right_average, right_first_step


def wrong_first_averages() -> tuple[Misconception, ...]:
    """Return all of them, in steps that are otherwise right."""
    return (*_wrong_averages(), *_wrong_squares())


def _wrong_averages() -> tuple[Misconception, ...]:
    """Return steps whose average mixes v₀ and the square wrongly."""
    return (
        Misconception(
            "the average is not updated",
            "This divides by the root of v₀; the newest gradient must enter the average first.",
            "Which comes first in a step of RMSProp, the average or the division?",
            right_first_step(lambda initial, grad, decay: initial),
        ),
        Misconception(
            "the formula for v₀ = 0",
            "v₀ is left out of the average, so the step is always η/√(1 - γ) long.",
            "Where in your code does v₀ enter?",
            right_first_step(lambda initial, grad, decay: (1 - decay) * grad**2),
        ),
        Misconception(
            "γ and 1 - γ swapped",
            "γ stands before the new square; it is the share of the old average.",
            "With γ = 0.99, how much of v₀ should be left after one step?",
            right_first_step(lambda initial, grad, decay: (1 - decay) * initial + decay * grad**2),
        ),
        Misconception(
            "1 - γ is missing",
            "The new square enters with its full weight, so the weights do not sum to one.",
            "If v₀ is the square of the gradient, what should the new average be?",
            right_first_step(lambda initial, grad, decay: decay * initial + grad**2),
        ),
        Misconception(
            "γ is missing",
            "v₀ stays whole while a share of the new square is added; a share of v₀ must go.",
            "If v₀ is the square of the gradient, what should the new average be?",
            right_first_step(lambda initial, grad, decay: initial + (1 - decay) * grad**2),
        ),
        Misconception(
            "a sum instead of an average",
            "v₀ and the new square are added with their full weights, as in Adagrad.",
            "If v₀ is the square of the gradient, what should the new average be?",
            right_first_step(lambda initial, grad, decay: initial + grad**2),
        ),
        Misconception(
            "γ before both",
            "v₀ and the new square are both multiplied by γ; their weights must sum to one.",
            "What are the two weights for γ = 0.9, and what is their sum?",
            right_first_step(lambda initial, grad, decay: decay * (initial + grad**2)),
        ),
        Misconception(
            "1 - γ before both",
            "v₀ and the new square are both multiplied by 1 - γ; their weights must sum to one.",
            "What are the two weights for γ = 0.9, and what is their sum?",
            right_first_step(lambda initial, grad, decay: (1 - decay) * (initial + grad**2)),
        ),
        Misconception(
            "minus instead of plus",
            "The new square is subtracted from what is left of v₀; it must be added.",
            "Can your average become negative?",
            right_first_step(lambda initial, grad, decay: decay * initial - (1 - decay) * grad**2),
        ),
        Misconception(
            "no brackets around 1 - γ",
            "`1 - decay * grad**2` subtracts γ g² from 1, since the product is taken first.",
            "What does Python print for `1 - 0.9 * 4`, and what should it be?",
            right_first_step(lambda initial, grad, decay: decay * initial + 1 - decay * grad**2),
        ),
        Misconception(
            "no memory: sign descent",
            "Only the new square is in the denominator, so the step is η long whatever v₀ is.",
            "Where in your code do γ and v₀ enter?",
            right_first_step(lambda initial, grad, decay: grad**2),
        ),
        Misconception(
            "bias correction added",
            "The average is divided by 1 - γ, as in Adam's first step; RMSProp does not do that.",
            "What stands under the root in the update at the top of the lesson?",
            right_first_step(
                lambda initial, grad, decay: right_average(initial, grad, decay) / (1 - decay)
            ),
        ),
    )


def _wrong_squares() -> tuple[Misconception, ...]:
    """Return steps that average something else than v₀ and g²."""
    return (
        Misconception(
            "the gradient is not squared",
            "g enters the average instead of g², so a negative one lowers it.",
            "What does your function return for the gradient -4, and for 4?",
            right_first_step(lambda initial, grad, decay: decay * initial + (1 - decay) * grad),
        ),
        Misconception(
            "absolute value instead of the square",
            "|g| enters the average instead of g².",
            "In which units is v₀, if g is in meters?",
            right_first_step(
                lambda initial, grad, decay: decay * initial + (1 - decay) * np.abs(grad)
            ),
        ),
        Misconception(
            "doubled instead of squared",
            "The gradient is multiplied by 2, not by itself.",
            "What is the square of -4, and what comes out of your formula for it?",
            right_first_step(lambda initial, grad, decay: decay * initial + (1 - decay) * 2 * grad),
        ),
        Misconception(
            "1 - γ is squared, too",
            "The square is taken of (1 - γ) g; only g should be squared.",
            "Where do the brackets begin that are squared in your code?",
            right_first_step(
                lambda initial, grad, decay: decay * initial + ((1 - decay) * grad) ** 2
            ),
        ),
        Misconception(
            "v₀ is squared",
            "v₀ is squared once more, but it is an average of squares already.",
            "In which units is v₀, if g is in meters?",
            right_first_step(
                lambda initial, grad, decay: decay * initial**2 + (1 - decay) * grad**2
            ),
        ),
        Misconception(
            "an average of roots",
            "The root is taken first of v₀ and of g²; they should be averaged first.",
            "What is the root of 9 + 16, and is it 3 + 4?",
            right_first_step(
                lambda initial, grad, decay: (
                    (decay * np.sqrt(initial) + (1 - decay) * np.abs(grad)) ** 2
                )
            ),
        ),
        Misconception(
            "the root of the share of v₀ alone",
            "The root covers γ v₀ and not the new square; one root is taken of their sum.",
            "Where does the bracket of your root close?",
            right_first_step(
                lambda initial, grad, decay: (np.sqrt(decay * initial) + (1 - decay) * grad**2) ** 2
            ),
        ),
        Misconception(
            "a whole number as average",
            "The average is cut to a whole number, as in an array made of integers.",
            "What is your average for small gradients, such as 0.001?",
            right_first_step(lambda *given: np.trunc(right_average(*given))),
        ),
        Misconception(
            "two roots instead of one",
            "Each of the two terms has a root of its own; one root is taken of their sum.",
            "What is the root of 9 + 16, and is it 3 + 4?",
            right_first_step(
                lambda initial, grad, decay: (
                    (np.sqrt(decay * initial) + np.sqrt((1 - decay) * grad**2)) ** 2
                )
            ),
        ),
    )
