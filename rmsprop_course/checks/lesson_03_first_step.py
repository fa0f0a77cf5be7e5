"""The mistakes of "first-step"; one module for all of the lesson would be too long."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt

Average = Callable[[Any, Any, Any], Any]  # from v₀, the gradient and γ
Division = Callable[[Any, Any], Any]  # from the gradient and the new average


def _right_average(initial: Any, grad: Any, decay: Any) -> Any:
    return decay * initial + (1 - decay) * grad**2


def _right_division(grad: Any, average: Any) -> Any:
    return grad / np.sqrt(average)


def right_first_step(
    average: Average = _right_average, divide: Division = _right_division
) -> Attempt:
    """Return the change in a first step; as it is without arguments, it is right."""

    def change(grad: Any, learning_rate: Any, decay: Any, initial_square_avg: Any) -> Any:
        new = average(np.float64(initial_square_avg), np.float64(grad), decay)
        return -learning_rate * divide(np.float64(grad), new)

    return change


_right = right_first_step()


def wrong_first_steps() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (
        *_wrong_averages(),
        *_wrong_squares(),
        *_wrong_divisions(),
        *_wrong_results(),
        *_unused(),
    )


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
                lambda initial, grad, decay: _right_average(initial, grad, decay) / (1 - decay)
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


def _wrong_divisions() -> tuple[Misconception, ...]:
    """Return steps that do something else with the right average."""

    def divided(divide: Division) -> Attempt:
        return right_first_step(divide=divide)

    def of_average_gradient(grad: Any, learning_rate: Any, decay: Any, initial: Any) -> Any:
        return (1 - decay) * _right(grad, learning_rate, decay, initial)

    return (
        Misconception(
            "the root is missing",
            "The gradient is divided by the average, not by its root.",
            "Multiply g by 10 and v₀ by 100: should the step change?",
            divided(lambda grad, average: grad / average),
        ),
        Misconception(
            "multiplied instead of divided",
            "The gradient is multiplied by the root, so that large ones get even larger.",
            "Multiply g by 10 and v₀ by 100: should the step change?",
            divided(lambda grad, average: grad * np.sqrt(average)),
        ),
        Misconception(
            "divided by the square of the average",
            "The average is squared; its root is needed.",
            "Multiply g by 10 and v₀ by 100: should the step change?",
            divided(lambda grad, average: grad / average**2),
        ),
        Misconception(
            "the root of the whole fraction",
            "The root covers the gradient, too; it belongs to the average alone.",
            "Which brackets does your root cover, and can what is in them be negative?",
            divided(lambda grad, average: np.sqrt(grad / average)),
        ),
        Misconception(
            "the root of the gradient, too",
            "The root is also taken of the size of the gradient; it belongs to the average alone.",
            "Multiply g by 10 and v₀ by 100: should the step change?",
            divided(lambda grad, average: np.sign(grad) * np.sqrt(np.abs(grad) / average)),
        ),
        Misconception(
            "the gradient is squared above, too",
            "g² is divided; the step is made of g itself, which keeps its sign.",
            "In which direction does your step go for g = 2, and for g = -2?",
            divided(lambda grad, average: grad**2 / np.sqrt(average)),
        ),
        Misconception(
            "the gradient is missing above",
            "This is -η/√v: the gradient itself should stand above the root.",
            "In which direction does your step go for g = 2, and for g = -2?",
            divided(lambda grad, average: 1 / np.sqrt(average)),
        ),
        Misconception(
            "the sign instead of the gradient",
            "This is η/√v against the sign; the size of the gradient is lost above the root.",
            "Multiply g by 10 and v₀ by 100: should the step change?",
            divided(lambda grad, average: np.sign(grad) / np.sqrt(average)),
        ),
        Misconception(
            "the gradient is averaged, too",
            "The numerator is (1 - γ) g, a first average of the gradient; it should be g.",
            "What stands above the root in the update at the top of the lesson?",
            of_average_gradient,
        ),
        Misconception(
            "never divided: gradient descent",
            "This is -η g, whose length depends on the size of the gradient.",
            "Where in your code is the root of the average?",
            divided(lambda grad, average: grad),
        ),
        Misconception(
            "an ε inside the root",
            "ε = 1e-8 is added under the root; here ε is 0, and small gradients are slowed by it.",
            "From v₀ = 0 the step is η/√(1 - γ) long for any g: is yours, for g = 1e-6?",
            divided(lambda grad, average: grad / np.sqrt(average + 1e-8)),
        ),
        Misconception(
            "an ε outside the root",
            "ε = 1e-8 is added to the root; here ε is 0, and small gradients are slowed by it.",
            "From v₀ = 0 the step is η/√(1 - γ) long for any g: is yours, for g = 1e-6?",
            divided(lambda grad, average: grad / (np.sqrt(average) + 1e-8)),
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return something else than the change, or with another sign."""
    return (
        Misconception(
            "with the gradient, not against it",
            "The size is right, the direction is not: a step goes against the gradient.",
            "The gradient is positive: on which side is the minimum?",
            lambda *given: -_right(*given),
        ),
        Misconception(
            "the length of the step",
            "The sign is dropped; the change has one, against that of the gradient.",
            "Does the parameter grow or shrink, if its gradient is positive?",
            lambda *given: np.abs(_right(*given)),
        ),
        Misconception(
            "always downward",
            "The change is always negative; where the gradient is negative, it should be positive.",
            "Does the parameter grow or shrink, if its gradient is negative?",
            lambda *given: -np.abs(_right(*given)),
        ),
        Misconception(
            "the length for v₀ = 0",
            "η/√(1 - γ) is the length of the first step from v₀ = 0; here v₀ may be anything, and "
            "the change has a sign.",
            "Where in your code do the gradient and v₀ enter?",
            lambda grad, learning_rate, decay, initial: learning_rate / np.sqrt(1 - decay),
        ),
        Misconception(
            "minus the length for v₀ = 0",
            "η/√(1 - γ) is the length of the first step from v₀ = 0; here v₀ may be anything, and "
            "the gradient may be negative.",
            "Where in your code do the gradient and v₀ enter?",
            lambda grad, learning_rate, decay, initial: -learning_rate / np.sqrt(1 - decay),
        ),
        Misconception(
            "the average instead of the change",
            "This is the new average; the change of the parameter is asked for.",
            "In which units is a change of the parameter?",
            lambda grad, learning_rate, decay, initial: _right_average(initial, grad, decay),
        ),
        Misconception(
            "the change and the average",
            "Two numbers come back; only the change is asked for.",
            "Which of your two results does the docstring name?",
            lambda grad, learning_rate, decay, initial: (
                _right(grad, learning_rate, decay, initial),
                _right_average(initial, grad, decay),
            ),
        ),
        Misconception(
            "a whole number",
            "The result is cut to a whole number, as by `int`.",
            "Which line of your code loses the digits after the point?",
            lambda *given: np.trunc(_right(*given)),
        ),
    )


def _unused() -> tuple[Misconception, ...]:
    """Return attempts that do not use all that they get."""

    def fixed(name: str, number: float) -> Misconception:
        def attempt(grad: Any, learning_rate: Any, decay: Any, initial_square_avg: Any) -> Any:
            given = {
                "grad": grad,
                "learning_rate": learning_rate,
                "decay": decay,
                "initial_square_avg": initial_square_avg,
            }
            return _right(**{**given, name: number})

        return hard_coded(name, attempt)

    return (
        fixed("decay", 0.9),
        fixed("initial_square_avg", 1.0),
        fixed("learning_rate", 0.1),
        fixed("grad", 2.0),
    )
