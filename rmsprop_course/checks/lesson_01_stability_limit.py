"""The mistakes of "stability-limit"; one module for all of the lesson would be too long."""

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded


def wrong_limits() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (*_wrong_formulas(), *_wrong_choices(), *_wrong_results())


def _wrong_formulas() -> tuple[Misconception, ...]:
    """Return other formulas of the right curvature."""
    return (
        Misconception(
            "the rate that lands in one step",
            "1/λ takes the steepest weight to the minimum in a single step; the limit lies beyond.",
            "What does the steepest weight do at 1.5 times your rate, converge or explode?",
            lambda curvatures: 1 / np.max(curvatures),
        ),
        Misconception(
            "the best rate, not the limit",
            "2/(λ_min + λ_max) is the best rate in a valley; a larger one converges too, if more "
            "slowly.",
            "By which factor does each weight shrink in a step at your rate?",
            lambda curvatures: 2 / (np.min(curvatures) + np.max(curvatures)),
        ),
        Misconception(
            "multiplied by the curvature",
            "This rate grows with the curvature; the steeper a bowl is, the smaller the rate must "
            "be.",
            "What is 1 - ηλ at your rate, and is its size below 1?",
            lambda curvatures: 2 * np.max(curvatures),
        ),
        Misconception(
            "half of the curvature",
            "The fraction is turned over: this rate grows with the curvature.",
            "What is 1 - ηλ at your rate, and is its size below 1?",
            lambda curvatures: np.max(curvatures) / 2,
        ),
        Misconception(
            "one over twice the curvature",
            "The 2 stands below the fraction, so the rate is a quarter of the limit.",
            "What is 1 - ηλ at your rate, and how far is it from -1?",
            lambda curvatures: 1 / (2 * np.max(curvatures)),
        ),
        Misconception(
            "divided by the square of the curvature",
            "The curvature is squared; the factor of a step is 1 - ηλ, without a square.",
            "At which ηλ does the factor 1 - ηλ become -1?",
            lambda curvatures: 2 / np.max(curvatures) ** 2,
        ),
        Misconception(
            "divided by the root of the curvature",
            "The root is taken of the curvature; the factor of a step is 1 - ηλ, without a root.",
            "At which ηλ does the factor 1 - ηλ become -1?",
            lambda curvatures: 2 / np.sqrt(np.max(curvatures)),
        ),
    )


def _wrong_choices() -> tuple[Misconception, ...]:
    """Return the right formula of something else than the largest curvature."""
    return (
        Misconception(
            "the flattest weight decides",
            "This is the limit of the smallest curvature; above their own limits, all others "
            "explode.",
            "What does the weight of the largest curvature do at your rate?",
            lambda curvatures: 2 / np.min(curvatures),
        ),
        Misconception(
            "one over the smallest curvature",
            "This rate suits the flattest weight; the others may explode at it.",
            "What does the weight of the largest curvature do at your rate?",
            lambda curvatures: 1 / np.min(curvatures),
        ),
        Misconception(
            "divided by the sum of the curvatures",
            "All weights converge at this rate, but they do so at larger ones too: the curvatures "
            "do not add up.",
            "Does the limit of one weight change when a second weight comes along?",
            lambda curvatures: 2 / np.sum(curvatures),
        ),
        Misconception(
            "divided by the mean curvature",
            "At this rate every weight explodes that is steeper than the mean.",
            "What does the weight of the largest curvature do at your rate?",
            lambda curvatures: 2 / np.mean(curvatures),
        ),
        Misconception(
            "divided by the norm of the curvatures",
            "All weights converge at this rate, but they do so at larger ones too: the curvatures "
            "do not add up, squared or not.",
            "Does the limit of one weight change when a second weight comes along?",
            lambda curvatures: 2 / np.linalg.norm(curvatures),
        ),
        Misconception(
            "the first curvature",
            "Only the first curvature is used; the others may be larger.",
            "Does your result change when the curvatures are listed in another order?",
            lambda curvatures: 2 / curvatures[0],
        ),
        Misconception(
            "the last curvature",
            "Only the last curvature is used; the others may be larger.",
            "Does your result change when the curvatures are listed in another order?",
            lambda curvatures: 2 / curvatures[-1],
        ),
        Misconception(
            "divided by the condition number",
            "2/κ has no units and does not know how steep the valley is, only how long.",
            "What is your rate for a single weight of curvature 10, and what for one of 1000?",
            lambda curvatures: 2 * np.min(curvatures) / np.max(curvatures),
        ),
        Misconception(
            "the mean of all limits",
            "The limits of all weights are averaged; a rate above any of them is too large.",
            "What does the weight of the largest curvature do at your rate?",
            lambda curvatures: np.mean(2 / curvatures),
        ),
        Misconception(
            "the sum of all limits",
            "The limits of all weights are added; a rate above any of them is too large.",
            "What does the weight of the largest curvature do at your rate?",
            lambda curvatures: np.sum(2 / curvatures),
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return something else than the limit."""
    return (
        Misconception(
            "a limit for every weight",
            "Each weight gets its own limit; they share one learning rate.",
            "How many learning rates does gradient descent have?",
            lambda curvatures: 2 / curvatures,
        ),
        Misconception(
            "the largest curvature",
            "This is the curvature that decides, not the learning rate.",
            "The curvature doubles: what becomes of the largest rate that still converges?",
            np.max,
        ),
        Misconception(
            "the condition number",
            "λ_max/λ_min says how long the valley is; a learning rate is asked for.",
            "What is your result for a single weight, whatever its curvature?",
            lambda curvatures: np.max(curvatures) / np.min(curvatures),
        ),
        Misconception(
            "a whole number",
            "The result is cut to a whole number, as by `//` or `int`.",
            "Which division keeps the digits after the point?",
            lambda curvatures: np.trunc(2 / np.max(curvatures)),
        ),
        hard_coded("curvatures", lambda curvatures: 0.2),
    )
