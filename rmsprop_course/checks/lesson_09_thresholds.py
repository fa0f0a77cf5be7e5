"""Exercises `critical-curvature` and `longest-period` of lesson 09: two thresholds as formulas."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call

# --- The curvature up to which RMSProp converges ---


def _critical_curvature(
    learning_rate: Any, eps: Any, eps_inside_sqrt: bool, momentum: Any = 0.0
) -> Any:
    floor = np.sqrt(eps) if eps_inside_sqrt else eps
    return 2 * (1 + momentum) * floor / learning_rate


def _fixed(name: str, value: Any) -> Callable[..., Any]:
    def attempt(learning_rate: Any, eps: Any, eps_inside_sqrt: bool, momentum: Any) -> Any:
        given = {"learning_rate": learning_rate, "eps": eps, "momentum": momentum}
        return _critical_curvature(**{**given, "eps_inside_sqrt": eps_inside_sqrt, name: value})

    return attempt


def _changed(change: Callable[[Any, Any, Any], Any]) -> Callable[..., Any]:
    """Return an attempt that makes something else of η, the denominator at 0, and μ."""

    def attempt(learning_rate: Any, eps: Any, eps_inside_sqrt: bool, momentum: Any) -> Any:
        return change(learning_rate, np.sqrt(eps) if eps_inside_sqrt else eps, momentum)

    return attempt


_WRONG_CURVATURES = (
    Misconception(
        "inside and outside swapped",
        "It takes the root of ε where ε stands outside, and ε itself where it stands inside.",
        "The gradient is 0: what is √(0 + ε), and what is √0 + ε?",
        lambda rate, eps, inside, momentum: _critical_curvature(rate, eps, not inside, momentum),
    ),
    Misconception(
        "always as if ε were outside",
        "It never takes the root of ε, but where ε stands inside, the denominator at 0 is √ε.",
        "The gradient is 0: what is √(0 + ε)?",
        _fixed("eps_inside_sqrt", False),
    ),
    hard_coded("eps_inside_sqrt", _fixed("eps_inside_sqrt", True)),
    Misconception(
        "ε inside is squared",
        "Where ε stands inside it squares ε; the denominator is the root of it.",
        "The gradient is 0 and ε is 0.01: what is √(0 + ε)?",
        lambda rate, eps, inside, momentum: 2 * (1 + momentum) * (eps**2 if inside else eps) / rate,
    ),
    Misconception(
        "the curvature that lands in one step",
        "The 2 is missing: at this curvature a step leads right to the minimum.",
        "What does gradient descent do at 1.5 times this curvature, converge or explode?",
        _changed(lambda rate, floor, momentum: (1 + momentum) * floor / rate),
    ),
    Misconception(
        "half instead of twice",
        "It divides by 2; the limit of gradient descent is ηλ = 2, not 1/2.",
        "By which factor does x shrink in a step at your curvature?",
        _changed(lambda rate, floor, momentum: (1 + momentum) * floor / (2 * rate)),
    ),
    Misconception(
        "η/2 in the place of 2/η",
        "It multiplies by η; the larger a step is, the smaller the curvature must be.",
        "Does your curvature grow or shrink when the learning rate doubles?",
        _changed(lambda rate, floor, momentum: (1 + momentum) * floor * rate / 2),
    ),
    Misconception(
        "multiplied by the learning rate",
        "It multiplies by η; the larger a step is, the smaller the curvature must be.",
        "Does your curvature grow or shrink when the learning rate doubles?",
        _changed(lambda rate, floor, momentum: 2 * (1 + momentum) * floor * rate),
    ),
    Misconception(
        "upside down",
        "The fraction is turned over: this is 1/λ*.",
        "Does your curvature grow or shrink when ε grows?",
        _changed(lambda rate, floor, momentum: rate / (2 * (1 + momentum) * floor)),
    ),
    Misconception(
        "divided by ε",
        "It divides by the denominator at 0; a larger ε makes steps shorter, and λ* larger.",
        "Does your curvature grow or shrink when ε grows?",
        _changed(lambda rate, floor, momentum: 2 * (1 + momentum) / (rate * floor)),
    ),
    Misconception(
        "gradient descent, without ε",
        "This is the limit of gradient descent with the step η; here the step is η over the "
        "denominator.",
        "By what is the gradient divided when it is almost 0?",
        _changed(lambda rate, floor, momentum: 2 * (1 + momentum) / rate),
    ),
    Misconception(
        "the square of the curvature",
        "This is λ*²; the root is missing.",
        "Which power of λ stands in ηλ/√ε = 2?",
        _changed(lambda rate, floor, momentum: (2 * (1 + momentum) * floor / rate) ** 2),
    ),
    Misconception(
        "momentum as a larger step",
        "It takes η/(1-μ) for the step, so that momentum lowers the limit; it raises it.",
        "Which limit did lesson 05 find on its map of momentum?",
        _changed(lambda rate, floor, momentum: 2 * (1 - momentum) * floor / rate),
    ),
    Misconception(
        "divided by 1 - μ",
        "It divides by 1 - μ; the limit rises with momentum, but at most to twice.",
        "Which limit did lesson 05 find on its map of momentum?",
        _changed(lambda rate, floor, momentum: 2 * floor / (rate * (1 - momentum))),
    ),
    Misconception(
        "divided by 1 + μ",
        "It divides by 1 + μ, so that momentum lowers the limit; it raises it.",
        "Which limit did lesson 05 find on its map of momentum?",
        _changed(lambda rate, floor, momentum: 2 * floor / (rate * (1 + momentum))),
    ),
    Misconception(
        "multiplied by μ",
        "It multiplies by μ alone, and is 0 without momentum.",
        "What is your curvature for μ = 0?",
        _changed(lambda rate, floor, momentum: 2 * momentum * floor / rate),
    ),
    Misconception(
        "the bracket is missing",
        "Without a bracket `2 * 1 + momentum * …` is 2 and something: the product comes first.",
        "What is your curvature for μ = 0, and does it change with ε?",
        _changed(lambda rate, floor, momentum: 2 + momentum * floor / rate),
    ),
    Misconception(
        "the `else` takes the rest of the line",
        "In `a * b if inside else c / d` the `if` chooses between all of a * b and all of c / d.",
        "Which part of your line is used when ε stands inside? Set a bracket around the choice.",
        lambda rate, eps, inside, momentum: (
            2 * (1 + momentum) * np.sqrt(eps) if inside else eps / rate
        ),
    ),
    Misconception(
        "the root of it all",
        "Where ε stands inside, the root is taken of the whole; it belongs to ε alone.",
        "Which power of η stands in ηλ/√ε = 2?",
        lambda rate, eps, inside, momentum: (
            (2 * (1 + momentum) * eps / rate) ** (0.5 if inside else 1)
        ),
    ),
    Misconception(
        "μ is added at the end",
        "It adds μ to the limit; μ has no units, and it multiplies.",
        "In which units is your second term?",
        _changed(lambda rate, floor, momentum: 2 * floor / rate + momentum),
    ),
    hard_coded("momentum", _fixed("momentum", 0.0)),
    hard_coded("learning_rate", _fixed("learning_rate", 1e-3)),
    hard_coded("eps", _fixed("eps", 1e-8)),
)

CRITICAL_CURVATURE = Material(
    reference=_critical_curvature,
    probes=(
        call(0.1, 0.04, False, 0.0),
        call(0.1, 0.04, True, 0.0, varies="eps_inside_sqrt"),
        call(0.1, 0.25, True, 0.0, varies="eps"),
        call(0.4, 0.25, True, 0.0, varies="learning_rate"),
        call(0.4, 0.25, True, 0.5, varies="momentum"),
        call(0.4, 0.25, False, 0.9),
        call(0.001, 1e-8, True, 0.0),
    ),
    misconceptions=_WRONG_CURVATURES,
)


# --- The longest period that a decay copes with ---


def _longest_period(decay: Any) -> Any:
    return 2 / np.sqrt(1 - decay)


_WRONG_PERIODS = (
    Misconception(
        "the root is missing",
        "This is C², not C.",
        "What do you get for C² from 1 - γ = 4/C², and what for C?",
        lambda decay: 4 / (1 - decay),
    ),
    Misconception(
        "the root of half of it",
        "The root is taken of 1 - γ, but not of the 4.",
        "What is the root of 4?",
        lambda decay: 4 / np.sqrt(1 - decay),
    ),
    Misconception(
        "the root of the 4 only",
        "The root is taken of the 4, but not of 1 - γ.",
        "Put your C into 4/C²: is it 1 - γ?",
        lambda decay: 2 / (1 - decay),
    ),
    Misconception(
        "the bracket is missing",
        "Without a bracket `4 / 1 - decay` is 4 - γ: the division comes first.",
        "What is 4 / 1 - 0.9, and what is 4 / (1 - 0.9)?",
        lambda decay: np.sqrt(4 - decay),
    ),
    Misconception(
        "the length of the memory",
        "1/(1-γ) is how far the average looks back; the period that it copes with is shorter.",
        "Put your C into 4/C²: is it 1 - γ?",
        lambda decay: 1 / (1 - decay),
    ),
    Misconception(
        "the 4 is missing",
        "This solves 1 - γ = 1/C².",
        "Put your C into 4/C²: is it 1 - γ?",
        lambda decay: 1 / np.sqrt(1 - decay),
    ),
    Misconception(
        "the 4 on the wrong side",
        "This solves 1 - γ = 1/(4C²).",
        "Put your C into 4/C²: is it 1 - γ?",
        lambda decay: 1 / (2 * np.sqrt(1 - decay)),
    ),
    Misconception(
        "upside down",
        "The root of 1 - γ stands above the line: this period shrinks as γ grows.",
        "Does a longer memory cope with longer or with shorter periods?",
        lambda decay: 2 * np.sqrt(1 - decay),
    ),
    Misconception(
        "half of the root",
        "This is 1/C: the fraction is turned over.",
        "Does a longer memory cope with longer or with shorter periods?",
        lambda decay: np.sqrt(1 - decay) / 2,
    ),
    Misconception(
        "γ in the place of 1 - γ",
        "It takes 4/C² for γ; it is 1 - γ.",
        "What is your C for γ close to 1?",
        lambda decay: 2 / np.sqrt(decay),
    ),
    Misconception(
        "the half-life",
        "This is the half-life of the average; the question is about the drift.",
        "Put your C into 4/C²: is it 1 - γ?",
        lambda decay: np.log(0.5) / np.log(decay),
    ),
    Misconception(
        "the decay for a period",
        "This is 1 - 4/C² with γ in the place of C: the question is the other way around.",
        "Which of the two is given, γ or C?",
        lambda decay: 1 - 4 / decay**2,
    ),
    Misconception(
        "1 - γ for a period",
        "This is 4/C² with γ in the place of C: the question is the other way around.",
        "Which of the two is given, γ or C?",
        lambda decay: 4 / decay**2,
    ),
    Misconception(
        "a negative period",
        "C is the positive of the two roots.",
        "How long is a period?",
        lambda decay: -2 / np.sqrt(1 - decay),
    ),
    Misconception(
        "a whole number",
        "The result is cut to a whole number, as by `//` or `int`; it is asked for as it is.",
        "What is 2/√0.1, and which of its digits do you keep?",
        lambda decay: np.floor(2 / np.sqrt(1 - decay) + 1e-9),
    ),
    hard_coded("decay", lambda decay: 20.0),
)

LONGEST_PERIOD = Material(
    reference=_longest_period,
    probes=(
        call(0.75),
        call(0.9, varies="decay"),
        call(0.99),
        call(0.999),
    ),
    misconceptions=_WRONG_PERIODS,
)
