"""Exercise `precondition` of lesson 10: the Hessian that RMSProp's steps meet."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call

Divide = Callable[[Any, Any], Any]  # from the Hessian and the denominators


def _root(square_avg: Any, eps: Any) -> Any:
    return np.sqrt(square_avg) + eps


def _on_both_sides(hessian: Any, divisors: Any) -> Any:
    return hessian / np.sqrt(np.outer(divisors, divisors))


def _precondition(hessian: Any, square_avg: Any, eps: Any) -> Any:
    return _on_both_sides(hessian, _root(square_avg, eps))


def _divided(divide: Divide) -> Callable[..., Any]:
    """Return an attempt that does something else with the right denominators."""
    return lambda hessian, square_avg, eps: divide(hessian, _root(square_avg, eps))


def _by(divisors: Callable[[Any, Any], Any]) -> Callable[..., Any]:
    """Return an attempt with other denominators, from v and ε."""
    return lambda hessian, square_avg, eps: _on_both_sides(hessian, divisors(square_avg, eps))


def _by_powers_of_the_zeros(hessian: Any, divisors: Any) -> Any:
    scale = np.diag(divisors) ** -0.5
    return scale @ hessian @ scale


def _fixed(name: str, value: Any) -> Callable[..., Any]:
    def attempt(hessian: Any, square_avg: Any, eps: Any) -> Any:
        given = {"hessian": hessian, "square_avg": square_avg, "eps": eps}
        return _precondition(**{**given, name: value(hessian)})

    return attempt


_WRONG_SIDES = (
    Misconception(
        "only the rows are divided",
        "This is R⁻¹H: its eigenvalues are right, but it is not symmetric; half of each division "
        "belongs to the columns.",
        "Is your matrix the same as its transpose?",
        _divided(lambda hessian, divisors: hessian / divisors[:, np.newaxis]),
    ),
    Misconception(
        "only the columns are divided",
        "`hessian / root` divides each column by its denominator, which is HR⁻¹; half of each "
        "division belongs to the rows.",
        "Is your matrix the same as its transpose?",
        _divided(lambda hessian, divisors: hessian / divisors),
    ),
    Misconception(
        "D on the left only",
        "This is DH: the second D is missing, on the right.",
        "Is your matrix the same as its transpose?",
        _divided(lambda hessian, divisors: hessian / np.sqrt(divisors)[:, np.newaxis]),
    ),
    Misconception(
        "D on the right only",
        "This is HD: the first D is missing, on the left.",
        "Is your matrix the same as its transpose?",
        _divided(lambda hessian, divisors: hessian / np.sqrt(divisors)),
    ),
    Misconception(
        "divided by the whole denominator on both sides",
        "Each side divides by √v + ε, together by its square; each should divide by its root.",
        "For a single parameter the step is η g/√v: by what must its curvature be divided?",
        _divided(lambda hessian, divisors: hessian / np.outer(divisors, divisors)),
    ),
    Misconception(
        "made symmetric afterwards",
        "The mean of R⁻¹H and HR⁻¹ is symmetric, but it is another matrix: its eigenvalues are not "
        "those of DHD.",
        "By which two denominators, and how, is the entry in row 1 and column 2 divided?",
        _divided(lambda hessian, divisors: (hessian / divisors + (hessian / divisors).T) / 2),
    ),
    Misconception(
        "R instead of D",
        "This is RHR: each side multiplies by √v + ε; D divides, by its root.",
        "For a single parameter the step is η g/√v: what does a larger v do to it?",
        _divided(lambda hessian, divisors: hessian * np.outer(divisors, divisors)),
    ),
    Misconception(
        "multiplied instead of divided",
        "A large denominator makes steps shorter, so it must make the curvature smaller.",
        "For a single parameter the step is η g/√v: what does a larger v do to it?",
        _divided(lambda hessian, divisors: hessian * np.sqrt(np.outer(divisors, divisors))),
    ),
    Misconception(
        "a power of the zeros, too",
        "A negative power of a diagonal matrix, entry by entry, makes 1/0 of the zeros beside the "
        "diagonal; take the power first, and `np.diag` of it.",
        "What is `np.diag([4.0, 9.0]) ** -0.5`?",
        _divided(_by_powers_of_the_zeros),
    ),
    Misconception(
        "only the diagonal is left",
        "All entries beside the diagonal are 0, as with `*` between H and `np.diag(...)`, which "
        "multiplies entry by entry.",
        "Which operator is the matrix product in NumPy?",
        _divided(lambda hessian, divisors: np.diag(np.diag(hessian) / divisors)),
    ),
    Misconception(
        "only the diagonal is divided",
        "The entries beside the diagonal are as before; they belong to two parameters, and to the "
        "denominators of both.",
        "Which two numbers of D multiply the entry in row 1 and column 2?",
        _divided(
            lambda hessian, divisors: hessian + np.diag(np.diag(hessian) * (1 / divisors - 1))
        ),
    ),
    Misconception(
        "divided by one number for all",
        "All entries are divided by the mean denominator; each row and column has its own.",
        "Which two numbers of D multiply the entry in row 1 and column 2?",
        _divided(lambda hessian, divisors: hessian / np.mean(divisors)),
    ),
)

_WRONG_DENOMINATORS = (
    Misconception(
        "the root of v is missing",
        "The denominators are v + ε; RMSProp divides by √v + ε.",
        "By what does RMSProp divide a gradient?",
        _by(lambda square_avg, eps: square_avg + eps),
    ),
    Misconception(
        "no root at all",
        "D has 1/(v + ε) here; there are two roots on the way, √v in the denominator and the root "
        "that makes D of it.",
        "For a single parameter the step is η g/√v: by what must its curvature be divided?",
        _by(lambda square_avg, eps: (square_avg + eps) ** 2),
    ),
    Misconception(
        "ε inside the root",
        "The denominators are √(v + ε); in this lesson ε stands outside, √v + ε.",
        "Which of the two places has ε in the statement?",
        _by(lambda square_avg, eps: np.sqrt(square_avg + eps)),
    ),
    Misconception(
        "ε is added to the root of the denominator",
        "ε is added after the second root; it belongs to √v, before the root of D is taken.",
        "Write down the denominator of RMSProp first, and D after it.",
        _by(lambda square_avg, eps: (np.sqrt(np.sqrt(square_avg)) + eps) ** 2),
    ),
    Misconception(
        "ε is subtracted",
        "The denominators are √v - ε, which ε makes smaller; it should make them larger.",
        "What is ε for where v is 0?",
        _by(lambda square_avg, eps: np.sqrt(square_avg) - eps),
    ),
)

_WRONG_RESULTS = (
    Misconception(
        "the largest eigenvalue",
        "This is the sharpness of the matrix; the matrix itself is asked for.",
        "Which shape does the docstring ask for?",
        lambda *given: np.linalg.eigvalsh(_precondition(*given))[-1],
    ),
    Misconception(
        "the eigenvalues",
        "These are the eigenvalues of the matrix; the matrix itself is asked for.",
        "Which shape does the docstring ask for?",
        lambda *given: np.linalg.eigvalsh(_precondition(*given)),
    ),
    Misconception(
        "D instead of DHD",
        "This is the matrix D; H stands between two of it.",
        "Where in your result is the Hessian?",
        _divided(lambda hessian, divisors: np.diag(divisors**-0.5)),
    ),
    hard_coded("eps", _fixed("eps", lambda hessian: 0.0)),
    hard_coded("square_avg", _fixed("square_avg", lambda hessian: np.ones(len(hessian)))),
    hard_coded("hessian", _fixed("hessian", lambda hessian: np.eye(len(hessian)))),
)

_HESSIAN = [[4.0, 2.0], [2.0, 9.0]]

PRECONDITION = Material(
    reference=_precondition,
    probes=(
        call([[8.0]], [4.0], 0.0),
        call(_HESSIAN, [16.0, 81.0], 0.0),
        call(_HESSIAN, [16.0, 81.0], 0.5, varies="eps"),
        call(_HESSIAN, [0.25, 4.0], 0.5, varies="square_avg"),
        call([[1.0, -3.0], [-3.0, 5.0]], [0.25, 4.0], 0.5, varies="hessian"),
        call([[2.0, -1.0, 0.0], [-1.0, 3.0, 0.5], [0.0, 0.5, -4.0]], [1e-4, 1.0, 9.0], 0.01),
    ),
    misconceptions=(*_WRONG_SIDES, *_WRONG_DENOMINATORS, *_WRONG_RESULTS),
)
