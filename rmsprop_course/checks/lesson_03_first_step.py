"""The mistakes of "first-step" besides those of its average, which would make this too long."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt

Average = Callable[[Any, Any, Any], Any]  # from v₀, the gradient and γ
Division = Callable[[Any, Any], Any]  # from the gradient and the new average


def right_average(initial: Any, grad: Any, decay: Any) -> Any:
    """Return the new average."""
    return decay * initial + (1 - decay) * grad**2


def _right_division(grad: Any, average: Any) -> Any:
    return grad / np.sqrt(average)


def right_first_step(
    average: Average = right_average, divide: Division = _right_division
) -> Attempt:
    """Return the change in a first step; as it is without arguments, it is right."""

    def change(grad: Any, learning_rate: Any, decay: Any, initial_square_avg: Any) -> Any:
        new = average(np.float64(initial_square_avg), np.float64(grad), decay)
        return -learning_rate * divide(np.float64(grad), new)

    return change


_right = right_first_step()


def wrong_first_changes() -> tuple[Misconception, ...]:
    """Return the mistakes that are made with a right average."""
    return (
        *_wrong_divisions(),
        *_wrong_results(),
        *_unused(),
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
            "half of the average, not its root",
            "`average ** 1/2` is half of the average, since a power is taken first.",
            "What does Python print for `9 ** 1/2`?",
            divided(lambda grad, average: grad / (average / 2)),
        ),
        Misconception(
            "half of the fraction, without a root",
            "`grad / average ** 1/2` is half of g/v, since a power is taken first.",
            "What does Python print for `1 / 9 ** 1/2`?",
            divided(lambda grad, average: grad / average / 2),
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
            lambda grad, learning_rate, decay, initial: right_average(initial, grad, decay),
        ),
        Misconception(
            "the change and the average",
            "Two numbers come back; only the change is asked for.",
            "Which of your two results does the docstring name?",
            lambda grad, learning_rate, decay, initial: (
                _right(grad, learning_rate, decay, initial),
                right_average(initial, grad, decay),
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
