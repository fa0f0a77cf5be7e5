"""Exercise `amplitude` of lesson 05: how far RMSProp swings in the end."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call


def _amplitude(learning_rate: Any, curvature: Any, eps: Any) -> Any:
    return np.sqrt(np.maximum(learning_rate**2 / 4 - eps / curvature**2, 0))


def _rooted(square: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """Return the root of what a function of η, λ and ε gives, or 0 where that is negative."""
    return lambda learning_rate, curvature, eps: np.sqrt(
        np.maximum(square(learning_rate, curvature, eps), 0)
    )


def _fixed(name: str, number: float) -> Callable[..., Any]:
    def attempt(learning_rate: Any, curvature: Any, eps: Any) -> Any:
        given = {"learning_rate": learning_rate, "curvature": curvature, "eps": eps}
        return _amplitude(**{**given, name: number})

    return attempt


_SWUNG_WRONGLY = (
    Misconception(
        "from end to end",
        "This is the way from one end of the swing to the other; the amplitude is half of it.",
        "How long is the way from x to -x?",
        lambda *args: 2 * _amplitude(*args),
    ),
    Misconception(
        "η instead of half of it",
        "This takes |x| for the length of a step; a step leads from x to -x.",
        "How long is the way from x to -x?",
        _rooted(lambda rate, curvature, eps: rate**2 - eps / curvature**2),
    ),
    Misconception(
        "half of η² instead of a quarter",
        "η is halved after it is squared; squaring η/2 gives something else.",
        "What is (η/2)²?",
        _rooted(lambda rate, curvature, eps: rate**2 / 2 - eps / curvature**2),
    ),
    Misconception(
        "ε is left out",
        "This is η/2 whatever ε is, which holds for ε = 0 alone.",
        "In the first derivation the root was of v. Of what is it now?",
        lambda learning_rate, curvature, eps: learning_rate / 2,
    ),
    Misconception(
        "ε outside the root",
        "This is the amplitude for a denominator √v + ε; here it is √(v + ε).",
        "Which equation did you solve: does the root in it cover ε?",
        lambda learning_rate, curvature, eps: np.maximum(learning_rate / 2 - eps / curvature, 0),
    ),
    Misconception(
        "ε is subtracted after the root",
        "The root is of η²/4 alone; the term with ε belongs under it, too.",
        "What do you get for x² before you take the root?",
        lambda learning_rate, curvature, eps: np.maximum(learning_rate / 2 - eps / curvature**2, 0),
    ),
    Misconception(
        "the root of ε is subtracted",
        "This subtracts √ε/λ from η/2; a root of a difference is no difference of roots.",
        "Is √(25 - 9) the same as √25 - √9?",
        lambda learning_rate, curvature, eps: np.maximum(
            learning_rate / 2 - np.sqrt(eps) / curvature, 0
        ),
    ),
    Misconception(
        "ε is added",
        "A larger ε makes the denominator larger and the step shorter; here the swing grows.",
        "Does a larger ε make the step longer or shorter?",
        _rooted(lambda rate, curvature, eps: rate**2 / 4 + eps / curvature**2),
    ),
    Misconception(
        "the curvature is not squared",
        "ε is divided by λ; the gradient is λx, and its square holds λ².",
        "With g = λx, what is g²?",
        _rooted(lambda rate, curvature, eps: rate**2 / 4 - eps / curvature),
    ),
    Misconception(
        "multiplied by the curvature",
        "ε is multiplied by λ²; on a steeper curve it counts less, not more.",
        "With a very steep curve, is g² or ε the larger one?",
        _rooted(lambda rate, curvature, eps: rate**2 / 4 - eps * curvature**2),
    ),
    Misconception(
        "ε is squared",
        "ε enters as its square, but inside the root it stands beside g², not beside |g|.",
        "In which units is ε, if g is in meters?",
        _rooted(lambda rate, curvature, eps: rate**2 / 4 - eps**2 / curvature**2),
    ),
    Misconception(
        "the root is missing",
        "This is x², not |x|.",
        "In which units is your result, if η is in meters?",
        lambda learning_rate, curvature, eps: np.maximum(
            learning_rate**2 / 4 - eps / curvature**2, 0
        ),
    ),
    Misconception(
        "nan where it converges",
        "For a small curvature x² is negative and its root is not a number; the answer there is 0.",
        "Print what stands under your root for a curvature of 0.1. What does its sign say?",
        lambda learning_rate, curvature, eps: np.sqrt(
            np.float64(learning_rate) ** 2 / 4 - eps / curvature**2
        ),
    ),
    Misconception(
        "a complex amplitude",
        "For a small curvature x² is negative and `** 0.5` makes it complex; the answer is 0.",
        "Print what stands under your root for a curvature of 0.1. What does its sign say?",
        lambda learning_rate, curvature, eps: (learning_rate**2 / 4 - eps / curvature**2) ** 0.5,
    ),
    Misconception(
        "the sign is dropped",
        "Where x² is negative this takes the root of |x²|; there is no swing, and the answer is 0.",
        "For a curvature of almost 0, how far does your formula say it swings?",
        lambda learning_rate, curvature, eps: np.sqrt(
            np.abs(learning_rate**2 / 4 - eps / curvature**2)
        ),
    ),
    Misconception(
        "η/2 where it converges",
        "Where no swing is possible it returns η/2; there it converges, and the amplitude is 0.",
        "How far from the minimum is a path that has come to rest there?",
        lambda learning_rate, curvature, eps: (
            _amplitude(learning_rate, curvature, eps) or learning_rate / 2
        ),
    ),
    *(
        hard_coded(name, _fixed(name, number))
        for name, number in {"learning_rate": 0.1, "curvature": 1.0, "eps": 1e-8}.items()
    ),
)

AMPLITUDE = Material(
    reference=_amplitude,
    probes=(
        call(1.0, 2.0, 0.64),
        call(1.0, 4.0, 0.64, varies="curvature"),
        call(1.0, 4.0, 0.16, varies="eps"),
        call(0.5, 4.0, 0.16, varies="learning_rate"),
        call(0.01, 10.0, 1e-4),
        call(0.001, 0.1, 1e-8),
        call(0.1, 2.0, 0.0),
    ),
    misconceptions=_SWUNG_WRONGLY,
)
