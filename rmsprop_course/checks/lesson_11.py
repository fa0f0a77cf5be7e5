"""Exercises of lesson 11, the literature: other people's settings, averaging times and claims.

The claim has a module of its own; all three in one would be long.
"""

import math
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call
from rmsprop_course.checks.lesson_11_alike import STEPS_UNTIL_ALIKE


def _translated(learning_rate: Any, decay: Any, momentum: Any, eps: Any) -> tuple[Any, ...]:
    return learning_rate, decay, np.sqrt(eps), momentum


_SETTINGS_FOR_PYTORCH = Material(
    reference=_translated,
    probes=(
        call(0.256, 0.9, 0.9, 0.001),
        call(0.256, 0.9, 0.9, 1.0, varies="eps"),
        call(0.256, 0.9, 0.5, 1.0, varies="momentum"),
        call(0.256, 0.99, 0.5, 1.0, varies="decay"),
        call(0.00048, 0.99, 0.5, 1.0, varies="learning_rate"),
        call(0.00025, 0.95, 0.0, 0.01),
        call(0.01, 0.9, 0.0, 1e-10),
    ),
    returns=("lr", "alpha", "eps", "momentum"),
    misconceptions=(
        Misconception(
            "ε is copied",
            "ε goes over as it is; but inside the root it is added to g², outside to |g|.",
            "Which ε outside makes √v + ε and √(v + 0.001) equal at v = 0?",
            lambda learning_rate, decay, momentum, eps: (learning_rate, decay, eps, momentum),
        ),
        Misconception(
            "ε is squared",
            "ε is squared, which is the way from outside to inside.",
            "At v = 0, is √(v + 0.001) larger or smaller than 0.001?",
            lambda learning_rate, decay, momentum, eps: (learning_rate, decay, eps**2, momentum),
        ),
        Misconception(
            "half of ε",
            "ε is halved; a square root is no division by 2.",
            "What is the square root of 0.01?",
            lambda learning_rate, decay, momentum, eps: (learning_rate, decay, eps / 2, momentum),
        ),
        Misconception(
            "1 - γ instead of γ",
            "alpha is given as the share of the new square; in PyTorch it is that of the old "
            "average, as the decay is in TensorFlow.",
            "PyTorch's default is alpha = 0.99: a memory of one step, or of a hundred?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate,
                1 - decay,
                np.sqrt(eps),
                momentum,
            ),
        ),
        Misconception(
            "in the order of TensorFlow",
            "The last two stand in the order in which they came; PyTorch has eps before momentum.",
            "In which order does the skeleton's docstring list the four?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate,
                decay,
                momentum,
                np.sqrt(eps),
            ),
        ),
        Misconception(
            "in the order of TensorFlow, and ε is copied",
            "These are the four numbers as they came; PyTorch has another order, and another ε.",
            "In which order does the skeleton's docstring list the four?",
            lambda learning_rate, decay, momentum, eps: (learning_rate, decay, momentum, eps),
        ),
        Misconception(
            "decay and momentum swapped",
            "The momentum stands for alpha and the decay for momentum; both are called by many "
            "names, but one is of the average of g², the other of the buffer.",
            "Which of the two is PyTorch's alpha, the decay of v or that of the buffer b?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate,
                momentum,
                np.sqrt(eps),
                decay,
            ),
        ),
        Misconception(
            "η is multiplied by 1 - μ",
            "The learning rate is made smaller, as if one of the buffers were an average; both "
            "systems add the update in full.",
            "With a constant η, is there a difference between μb + ηu and η(μb + u)?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate * (1 - momentum),
                decay,
                np.sqrt(eps),
                momentum,
            ),
        ),
        Misconception(
            "η is multiplied by √(1 - γ)",
            "The learning rate is made smaller to mend the first step; all later steps are then "
            "too short.",
            "Once v has settled, how long is a step in either system?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate * np.sqrt(1 - decay),
                decay,
                np.sqrt(eps),
                momentum,
            ),
        ),
        Misconception(
            "η is divided by 1 - μ",
            "The learning rate is made larger, by what a buffer gathers in the long run; it "
            "gathers that much in both systems.",
            "With a constant η, is there a difference between μb + ηu and η(μb + u)?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate / (1 - momentum),
                decay,
                np.sqrt(eps),
                momentum,
            ),
        ),
        Misconception(
            "η is divided by √ε",
            "η/√ε is the rate of the gradient descent that is left where gradients are small; the "
            "optimizer itself divides by √ε there.",
            "At v = 0 a step is η g/√ε in TensorFlow 1: and with your four numbers in PyTorch?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate / np.sqrt(eps),
                decay,
                np.sqrt(eps),
                momentum,
            ),
        ),
        Misconception(
            "1 - μ instead of μ",
            "momentum is given as what is lost of the buffer; in both systems it is what is kept.",
            "PyTorch's default is momentum = 0: is that a buffer that keeps all, or nothing?",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate,
                decay,
                np.sqrt(eps),
                1 - momentum,
            ),
        ),
        hard_coded(
            "eps",
            lambda learning_rate, decay, momentum, eps: (learning_rate, decay, 1e-8, momentum),
        ),
        hard_coded(
            "momentum",
            lambda learning_rate, decay, momentum, eps: (learning_rate, decay, np.sqrt(eps), 0.9),
        ),
        hard_coded(
            "decay",
            lambda learning_rate, decay, momentum, eps: (
                learning_rate,
                0.9,
                np.sqrt(eps),
                momentum,
            ),
        ),
        hard_coded(
            "learning_rate",
            lambda learning_rate, decay, momentum, eps: (0.256, decay, np.sqrt(eps), momentum),
        ),
    ),
)

_DECAY_FROM_TAU = Material(
    reference=lambda tau: tau / (1 + tau),
    probes=(call(1.0), call(9.0, varies="tau"), call(0.25), call(99.0)),
    misconceptions=(
        Misconception(
            "the weight of the new value",
            "1/(1 + τ) is what the new square is multiplied by; γ is what the old average keeps.",
            "Which of the two numbers before g² and before the old average is called γ?",
            lambda tau: 1 / (1 + tau),
        ),
        Misconception(
            "as in continuous time",
            "e^(-1/τ) is what a continuous average keeps in a time of 1; the paper's discrete rule "
            "is τ/(1 + τ).",
            "Put your γ for τ = 9 into 1 - γ: is it a tenth?",
            lambda tau: math.exp(-1 / tau),
        ),
        Misconception(
            "τ as a window",
            "1 - 1/τ takes τ for the window 1/(1 - γ); but the new weight is 1/(1 + τ), so the "
            "window is 1 + τ.",
            "What does your formula give for τ = 1: does it still remember anything?",
            lambda tau: 1 - 1 / tau,
        ),
        Misconception(
            "τ as a half-life",
            "This γ halves the weights every τ steps; τ is their mean age.",
            "Put your γ for τ = 9 into 1 - γ: is it a tenth?",
            lambda tau: 0.5 ** (1 / tau),
        ),
        Misconception(
            "the way back",
            "γ/(1 - γ) gives τ from γ; here τ is given.",
            "Is your result for τ = 9 between 0 and 1?",
            lambda tau: tau / (1 - tau) if tau != 1 else math.inf,
        ),
        Misconception(
            "one over τ",
            "1/τ shrinks as the memory gets longer; γ must come closer to 1.",
            "Longer memory, larger γ: does yours grow with τ?",
            lambda tau: 1 / tau,
        ),
        Misconception(
            "effective sample size instead of mean age",
            "With (τ - 1)/(τ + 1) an average is worth τ values; that is about noise, not age.",
            "Put your γ for τ = 9 into 1 - γ: is it a tenth?",
            lambda tau: (tau - 1) / (tau + 1),
        ),
        Misconception(
            "multiplied instead of divided",
            "`tau / 1 + tau` is τ + τ: the division comes before the sum.",
            "Is your result for τ = 9 between 0 and 1?",
            lambda tau: tau / 1 + tau,
        ),
        Misconception(
            "brackets are missing",
            "`1 - 1 / 1 + tau` is τ itself: the division comes before the sum.",
            "Is your result for τ = 9 between 0 and 1?",
            lambda tau: 1 - 1 / 1 + tau,
        ),
        Misconception(
            "upside down",
            "(1 + τ)/τ is above 1; a share is not.",
            "How much would be left of an average that is multiplied by your γ at each step?",
            lambda tau: (1 + tau) / tau,
        ),
        Misconception(
            "division without a remainder",
            "`//` drops what comes after the point, which is all of γ.",
            "What is 9 // 10?",
            lambda tau: tau // (1 + tau),
        ),
        hard_coded("tau", lambda tau: 0.9),
    ),
)

MATERIAL = {
    "settings-for-pytorch": _SETTINGS_FOR_PYTORCH,
    "decay-from-tau": _DECAY_FROM_TAU,
    "steps-until-alike": STEPS_UNTIL_ALIKE,
}
