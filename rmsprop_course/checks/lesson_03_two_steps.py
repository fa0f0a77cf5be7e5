"""The mistakes of "decay-from-two-steps"; one module for all of the lesson would be too long."""

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded


def wrong_decays() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (*_halfway(), *_wrong_ratios(), *_wrong_squares(), *_wrong_results())


def _halfway() -> tuple[Misconception, ...]:
    """Return what stands on the way to γ."""
    return (
        Misconception(
            "1 + γ instead of γ",
            "This is the square of the ratio, which is 1 + γ; γ itself is asked for.",
            "In which range must γ be, and is your result in it?",
            lambda first, second: (first / second) ** 2,
        ),
        Misconception(
            "the ratio of the steps",
            "This is the ratio of the two steps, which is √(1 + γ); γ itself is asked for.",
            "With |Δ₁| = η/√(1 - γ) and |Δ₂| = η/√(1 - γ²), what is their ratio?",
            lambda first, second: first / second,
        ),
        Misconception(
            "the ratio is not squared",
            "This subtracts 1 from the ratio itself; the ratio has a root in it.",
            "With |Δ₁| = η/√(1 - γ) and |Δ₂| = η/√(1 - γ²), what is their ratio?",
            lambda first, second: first / second - 1,
        ),
        Misconception(
            "1 - γ instead of γ",
            "This is the weight of the new square; γ is what is left of the old average.",
            "For γ = 0.9, which of 0.1 and 0.9 does your function return?",
            lambda first, second: 2 - (first / second) ** 2,
        ),
        Misconception(
            "the negative of γ",
            "This is -γ: the two terms of the difference have changed places.",
            "In which range must γ be, and is your result in it?",
            lambda first, second: 1 - (first / second) ** 2,
        ),
        Misconception(
            "the ratio is subtracted from 1",
            "The ratio is above 1, so this is negative, and the root in it is still there.",
            "In which range must γ be, and is your result in it?",
            lambda first, second: 1 - first / second,
        ),
        Misconception(
            "1 added instead of subtracted",
            "The square of the ratio is 1 + γ; adding 1 to it leads away from γ.",
            "In which range must γ be, and is your result in it?",
            lambda first, second: (first / second) ** 2 + 1,
        ),
    )


def _wrong_ratios() -> tuple[Misconception, ...]:
    """Return results of another ratio or of a difference."""
    return (
        Misconception(
            "the ratio is turned over",
            "The second step is divided by the first; the first is the longer one.",
            "Is your ratio above or below 1, and which should it be to leave a positive γ?",
            lambda first, second: (second / first) ** 2 - 1,
        ),
        Misconception(
            "turned over, and not squared",
            "The second step is divided by the first, and the root in the ratio is still there.",
            "Is your ratio above or below 1, and which should it be to leave a positive γ?",
            lambda first, second: second / first - 1,
        ),
        Misconception(
            "the second step is taken for η",
            "This would be γ if the second step were η long; it is η/√(1 - γ²) long.",
            "To what do the weights of the average sum after step 2?",
            lambda first, second: 1 - (second / first) ** 2,
        ),
        Misconception(
            "the second step over the first",
            "This is how much shorter the second step is, 1/√(1 + γ).",
            "With |Δ₁| = η/√(1 - γ) and |Δ₂| = η/√(1 - γ²), what is their ratio?",
            lambda first, second: second / first,
        ),
        Misconception(
            "1/(1 + γ) instead of γ",
            "This is 1/(1 + γ), the square of the second step over that of the first.",
            "For γ = 0 the two steps are equal: what does your function return then?",
            lambda first, second: (second / first) ** 2,
        ),
        Misconception(
            "by which share the step shrinks",
            "This is the share that the second step has lost, 1 - 1/√(1 + γ).",
            "With |Δ₁| = η/√(1 - γ) and |Δ₂| = η/√(1 - γ²), what is their ratio?",
            lambda first, second: 1 - second / first,
        ),
        Misconception(
            "the difference of the steps",
            "A difference of steps has their units, and grows with η; γ has none.",
            "Double both steps, as a doubled η would: should γ change?",
            lambda first, second: first - second,
        ),
        Misconception(
            "the difference of the squares",
            "A difference of squares has units, and grows with η; γ has none.",
            "Double both steps, as a doubled η would: should γ change?",
            lambda first, second: first**2 - second**2,
        ),
        Misconception(
            "the product of the steps",
            "The two steps are multiplied, which leaves η² in the result; γ has no units.",
            "Double both steps, as a doubled η would: should γ change?",
            lambda first, second: first * second,
        ),
    )


def _wrong_squares() -> tuple[Misconception, ...]:
    """Return results that are squared or rooted at the wrong place."""
    return (
        Misconception(
            "only the second step is squared",
            "`first / second ** 2` squares only the second step, since a power is taken first.",
            "Double both steps, as a doubled η would: should γ change?",
            lambda first, second: first / second**2 - 1,
        ),
        Misconception(
            "only the first step is squared",
            "`first ** 2 / second` squares only the first step, since a power is taken first.",
            "Double both steps, as a doubled η would: should γ change?",
            lambda first, second: first**2 / second - 1,
        ),
        Misconception(
            "doubled instead of squared",
            "The ratio is multiplied by 2, not by itself.",
            "What is the square of 1.2, and what comes out of your formula for it?",
            lambda first, second: 2 * first / second - 1,
        ),
        Misconception(
            "squared after subtracting",
            "1 is subtracted first and the rest squared; squaring must come first.",
            "What must go first to get γ out of √(1 + γ), the 1 or the root?",
            lambda first, second: (first / second - 1) ** 2,
        ),
        Misconception(
            "the root of the ratio",
            "The root is taken of the ratio, which has a root in it already.",
            "How do you undo a root?",
            lambda first, second: np.sqrt(first / second) - 1,
        ),
        Misconception(
            "the root of γ",
            "A root too many is taken at the end: this is √γ.",
            "For γ = 0.25, does your function return 0.25 or 0.5?",
            lambda first, second: np.sqrt((first / second) ** 2 - 1),
        ),
        Misconception(
            "the square of γ",
            "The result is squared once more: this is γ².",
            "For γ = 0.5, does your function return 0.5 or 0.25?",
            lambda first, second: ((first / second) ** 2 - 1) ** 2,
        ),
        Misconception(
            "only for a small γ",
            "√(1 + γ) is taken for 1 + γ/2, which is close for a small γ and wrong for 0.9.",
            "What is √(1 + γ) for γ = 0.9, and what is 1 + γ/2?",
            lambda first, second: 2 * (first / second - 1),
        ),
        Misconception(
            "half of γ",
            "The result is divided by 2, as if squaring doubled it.",
            "For γ = 0.5, does your function return 0.5 or 0.25?",
            lambda first, second: ((first / second) ** 2 - 1) / 2,
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return γ not in full, or of one step alone."""
    return (
        Misconception(
            "a whole number",
            "The result is cut to a whole number, as by `int`; γ lies between 0 and 1.",
            "Which line of your code loses the digits after the point?",
            lambda first, second: np.trunc((first / second) ** 2 - 1),
        ),
        Misconception(
            "γ rounded to two digits",
            "Rounded to 0.99, γ = 0.994 has a half-life of 69 steps, not 115: digits matter here.",
            "How many digits of γ does your function return?",
            lambda first, second: np.round((first / second) ** 2 - 1, 2),
        ),
        Misconception(
            "as if η were 1",
            "1 - 1/Δ₁² is γ if η is 1; here η is not known, and the second step must help.",
            "Double both steps, as a doubled η would: should γ change?",
            lambda first, second: 1 - 1 / first**2,
        ),
        hard_coded("first", lambda first, second: (0.6 / second) ** 2 - 1),
        hard_coded("second", lambda first, second: (first / 0.5) ** 2 - 1),
    )
