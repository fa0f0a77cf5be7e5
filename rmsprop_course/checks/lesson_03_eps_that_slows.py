"""The mistakes of "eps-that-slows"; one module for all of the lesson would be too long."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Attempt

Formula = Callable[[Any, Any], Any]  # ε from the size of the gradient and the slowdown


def _inside(grad_size: Any, slowdown: Any) -> Any:
    return grad_size**2 * (slowdown**2 - 1)


def _outside(grad_size: Any, slowdown: Any) -> Any:
    return grad_size * (slowdown - 1)


def _either(inside: Formula = _inside, outside: Formula = _outside) -> Attempt:
    """Return the ε for either place; as it is without arguments, it is right."""

    def eps(grad_size: Any, slowdown: Any, eps_inside_sqrt: Any) -> Any:
        return inside(grad_size, slowdown) if eps_inside_sqrt else outside(grad_size, slowdown)

    return eps


right_eps = _either()


def wrong_eps() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (*_wrong_inside(), *_wrong_outside(), *_wrong_equations(), *_wrong_results())


def _wrong_inside() -> tuple[Misconception, ...]:
    """Return what is wrong inside the root alone."""
    return (
        Misconception(
            "inside, the slowdown is not squared",
            "Inside the root, g² + ε must become the square of the whole denominator, slowdown "
            "included.",
            "For the ε that you return, what is √(g² + ε) divided by g?",
            _either(inside=lambda g, slowdown: g**2 * (slowdown - 1)),
        ),
        Misconception(
            "inside, the gradient is not squared",
            "Inside the root ε stands beside g², but your result is only as large as g.",
            "In which units is ε inside the root, if g is in meters?",
            _either(inside=lambda g, slowdown: g * (slowdown**2 - 1)),
        ),
        Misconception(
            "inside by the dictionary",
            "The square of the ε outside keeps the steps alike within a factor √2; here the step "
            "must be exact.",
            "For the ε that you return, what is √(g² + ε) divided by g?",
            _either(inside=lambda g, slowdown: (g * (slowdown - 1)) ** 2),
        ),
        Misconception(
            "inside, g² is not subtracted",
            "The whole square of the denominator is put into ε, but g² is part of it already.",
            "What is ε for a slowdown of 1, when nothing is slowed?",
            _either(inside=lambda g, slowdown: (g * slowdown) ** 2),
        ),
        Misconception(
            "inside, g is subtracted instead of g²",
            "g is subtracted from the square of the denominator; what stands beside ε is g².",
            "In which units are the two terms of your difference, if g is in meters?",
            _either(inside=lambda g, slowdown: (g * slowdown) ** 2 - g),
        ),
        Misconception(
            "inside, a root too many",
            "A root is taken at the end; squaring the denominator has removed it already.",
            "In which units is ε inside the root, if g is in meters?",
            _either(inside=lambda g, slowdown: np.sqrt(_inside(g, slowdown))),
        ),
        Misconception(
            "inside, the root of the slowdown",
            "The root is taken of the slowdown; to remove the root of the denominator, square.",
            "How do you undo a root?",
            _either(inside=lambda g, slowdown: g**2 * (np.sqrt(slowdown) - 1)),
        ),
    )


def _wrong_outside() -> tuple[Misconception, ...]:
    """Return what is wrong outside the root alone."""
    return (
        Misconception(
            "outside by the dictionary",
            "The root of the ε inside keeps the steps alike within a factor √2; here the step "
            "must be exact.",
            "For the ε that you return, what is (g + ε) divided by g?",
            _either(outside=lambda g, slowdown: np.sqrt(_inside(g, slowdown))),
        ),
        Misconception(
            "outside, g is not subtracted",
            "The whole denominator is put into ε, but g is part of it already.",
            "What is ε for a slowdown of 1, when nothing is slowed?",
            _either(outside=lambda g, slowdown: g * slowdown),
        ),
        Misconception(
            "outside, the gradient is squared",
            "Outside the root ε stands beside g, not beside g².",
            "In which units is ε outside the root, if g is in meters?",
            _either(outside=lambda g, slowdown: g**2 * (slowdown - 1)),
        ),
        Misconception(
            "outside, the slowdown is squared",
            "Outside the root nothing has to be squared, and the slowdown is.",
            "For the ε that you return, what is (g + ε) divided by g?",
            _either(outside=lambda g, slowdown: g * (slowdown**2 - 1)),
        ),
    )


def _wrong_equations() -> tuple[Misconception, ...]:
    """Return the solutions of other equations, for both places."""
    return (
        Misconception(
            "the places are swapped",
            "What belongs outside the root is returned for inside, and the other way round.",
            "Which of your two formulas is used when `eps_inside_sqrt` is True?",
            _either(_outside, _inside),
        ),
        Misconception(
            "the denominator instead of ε",
            "This is what the whole denominator must become; ε is only a part of it.",
            "What is ε for a slowdown of 1, when nothing is slowed?",
            _either(lambda g, slowdown: g * slowdown, lambda g, slowdown: g * slowdown),
        ),
        Misconception(
            "what is there already is not subtracted",
            "The gradient's own share of the denominator is put into ε, too.",
            "What is ε for a slowdown of 1, when nothing is slowed?",
            _either(lambda g, slowdown: (g * slowdown) ** 2, lambda g, slowdown: g * slowdown),
        ),
        Misconception(
            "added instead of subtracted",
            "The gradient's own share of the denominator is added to ε; it must be taken off.",
            "What is ε for a slowdown of 1, when nothing is slowed?",
            _either(
                lambda g, slowdown: g**2 * (slowdown**2 + 1), lambda g, slowdown: g * (slowdown + 1)
            ),
        ),
        Misconception(
            "1 is subtracted",
            "1 is subtracted from the denominator, as by `a * b - 1` without brackets; what stands "
            "beside ε there is the gradient.",
            "What is ε for a slowdown of 1, when nothing is slowed?",
            _either(
                lambda g, slowdown: (g * slowdown) ** 2 - 1, lambda g, slowdown: g * slowdown - 1
            ),
        ),
        Misconception(
            "the denominator is made the slowdown",
            "The denominator is set equal to the slowdown alone, so it is not the slowdown times "
            "the gradient.",
            "For the ε that you return, what is the gradient divided by the denominator?",
            _either(lambda g, slowdown: slowdown**2 - g**2, lambda g, slowdown: slowdown - g),
        ),
        Misconception(
            "faster instead of slower",
            "The denominator is divided by the slowdown, so ε is negative and the step grows.",
            "Does a longer denominator make the step longer or shorter?",
            _either(
                lambda g, slowdown: g**2 * (1 / slowdown**2 - 1),
                lambda g, slowdown: g * (1 / slowdown - 1),
            ),
        ),
        Misconception(
            "the sign is wrong",
            "This is -ε: the two terms of the difference have changed places.",
            "Can ε be negative?",
            _either(
                lambda g, slowdown: -_inside(g, slowdown),
                lambda g, slowdown: -_outside(g, slowdown),
            ),
        ),
        Misconception(
            "divided by what it should be multiplied by",
            "The more the step is to be slowed, the smaller this ε is; it must grow.",
            "Which slows a step more, a small or a large ε?",
            _either(
                lambda g, slowdown: g**2 / (slowdown**2 - 1), lambda g, slowdown: g / (slowdown - 1)
            ),
        ),
        Misconception(
            "divided by the slowdown",
            "The gradient is divided by the slowdown, so that ε shrinks as the slowdown grows.",
            "Which slows a step more, a small or a large ε?",
            _either(lambda g, slowdown: (g / slowdown) ** 2, lambda g, slowdown: g / slowdown),
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return ε not in full or for both places, or use not all that is given."""
    return (
        Misconception(
            "both places at once",
            "Two numbers come back, one for each place; asked for is the one that "
            "`eps_inside_sqrt` chooses.",
            "For which of the two places is a single call?",
            lambda grad_size, slowdown, eps_inside_sqrt: (
                _inside(grad_size, slowdown),
                _outside(grad_size, slowdown),
            ),
        ),
        Misconception(
            "a whole number",
            "The result is cut to a whole number, as by `int`; for small gradients that is 0.",
            "Which line of your code loses the digits after the point?",
            lambda *given: np.trunc(right_eps(*given)),
        ),
        hard_coded(
            "eps_inside_sqrt",
            lambda grad_size, slowdown, eps_inside_sqrt: _inside(grad_size, slowdown),
        ),
        hard_coded(
            "slowdown",
            lambda grad_size, slowdown, eps_inside_sqrt: right_eps(grad_size, 2, eps_inside_sqrt),
        ),
        hard_coded(
            "grad_size",
            lambda grad_size, slowdown, eps_inside_sqrt: right_eps(1, slowdown, eps_inside_sqrt),
        ),
    )
