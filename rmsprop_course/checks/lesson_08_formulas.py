"""Exercises `eps-that-breaks` and `scale-with-batch` of lesson 08, which are formulas."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call

# --- The ε at which a class's first step is half as long ---


def _eps_that_breaks(frequency: float, n_classes: int, decay: float) -> Any:
    return np.sqrt(1 - decay) * frequency * (1 - 1 / n_classes)


_BROKEN_WRONGLY = (
    Misconception(
        "the average as if it had settled",
        "This is |g|, to which √v rises under a constant gradient; in the first step √v is less.",
        "The average begins at 0: what is v after one step?",
        lambda f, n, d: f * (1 - 1 / n),
    ),
    Misconception(
        "1 - γ without its root",
        "v holds (1 - γ) g², but it is its root that ε is added to.",
        "What is the root of (1 - γ) g²?",
        lambda f, n, d: (1 - d) * f * (1 - 1 / n),
    ),
    Misconception(
        "γ instead of 1 - γ",
        "The first average holds (1 - γ) g²; γ belongs to the old average, which is 0.",
        "The average begins at 0: what is v after one step?",
        lambda f, n, d: np.sqrt(d) * f * (1 - 1 / n),
    ),
    Misconception(
        "the average instead of its root",
        "This is v, in units of g²; ε stands beside √v.",
        "In which units is ε if it stands outside the root?",
        lambda f, n, d: (1 - d) * (f * (1 - 1 / n)) ** 2,
    ),
    Misconception(
        "ε inside the root",
        "This doubles √(v + ε); here ε is added to √v.",
        "Which denominator did you double?",
        lambda f, n, d: 3 * (1 - d) * (f * (1 - 1 / n)) ** 2,
    ),
    Misconception(
        "the first guess is left out",
        "The class begins with a probability of 1/K, so its gradient is not π but π (1 - 1/K).",
        "With two classes, how sure of itself is each one at the start?",
        lambda f, n, d: np.sqrt(1 - d) * f,
    ),
    Misconception(
        "the frequency as first guess",
        "It takes π for the first probability; at weights of 0 the network knows no frequencies.",
        "What does softmax give where all K logits are 0?",
        lambda f, n, d: np.sqrt(1 - d) * f * (1 - f),
    ),
    Misconception(
        "the weight of another class",
        "This is the gradient π/K of a wrong class's weight; asked for is the class's own.",
        "Which is the larger at the start: p or 1 - p?",
        lambda f, n, d: np.sqrt(1 - d) * f / n,
    ),
    Misconception(
        "the frequency is left out",
        "This is the same for rare and frequent classes; the gradient goes with the frequency.",
        "Which of two classes has the smaller gradient in the mean over all examples?",
        lambda f, n, d: np.sqrt(1 - d) * (1 - 1 / n),
    ),
    Misconception(
        "the frequency is squared",
        "π enters as its square; g goes with π, and √v goes with |g|.",
        "If a class is half as frequent, what becomes of |g|, and what of √v?",
        lambda f, n, d: np.sqrt(1 - d) * f**2 * (1 - 1 / n),
    ),
    Misconception(
        "the root of the frequency",
        "π enters as its root; g goes with π, and √v goes with |g|.",
        "If a class is half as frequent, what becomes of |g|, and what of √v?",
        lambda f, n, d: np.sqrt((1 - d) * f) * (1 - 1 / n),
    ),
    Misconception(
        "half of √v",
        "With this ε the denominator grows by half; it should double.",
        "By what must √v + ε be a multiple of √v for a step of half the length?",
        lambda f, n, d: np.sqrt(1 - d) * f * (1 - 1 / n) / 2,
    ),
    Misconception(
        "twice √v",
        "With this ε the denominator becomes three times as large; it should double.",
        "By what must √v + ε be a multiple of √v for a step of half the length?",
        lambda f, n, d: 2 * np.sqrt(1 - d) * f * (1 - 1 / n),
    ),
    Misconception(
        "a negative ε",
        "The own weight's gradient is negative, but √v is not: ε is positive.",
        "What does the square in v do to the sign of g?",
        lambda f, n, d: -np.sqrt(1 - d) * f * (1 - 1 / n),
    ),
    hard_coded("frequency", lambda f, n, d: _eps_that_breaks(0.001, n, d)),
    hard_coded("n_classes", lambda f, n, d: _eps_that_breaks(f, 10, d)),
    hard_coded("decay", lambda f, n, d: _eps_that_breaks(f, n, 0.9)),
)

EPS_THAT_BREAKS = Material(
    reference=_eps_that_breaks,
    probes=(
        call(0.5, 2, 0.75),
        call(0.25, 2, 0.75, varies="frequency"),
        call(0.25, 5, 0.75, varies="n_classes"),
        call(0.25, 5, 0.99, varies="decay"),
        call(0.01, 50, 0.96),
    ),
    misconceptions=_BROKEN_WRONGLY,
    returns="eps",
)


# --- Settings for another batch size ---


def _scale_with_batch(factor: float, learning_rate: float, decay: float, eps: float) -> Any:
    return learning_rate * factor**0.5, 1 - factor * (1 - decay), eps / factor**0.5


def _with(
    *,
    rate: Callable[[float, float], float] = lambda k, rate: rate * k**0.5,
    decay: Callable[[float, float], float] = lambda k, decay: 1 - k * (1 - decay),
    eps: Callable[[float, float], float] = lambda k, eps: eps / k**0.5,
) -> Callable[..., Any]:
    """Return an attempt that scales one of the three in another way."""
    return lambda k, r, d, e: (rate(k, r), decay(k, d), eps(k, e))


_SCALED_WRONGLY = (
    Misconception(
        "the linear rule",
        "The learning rate is multiplied by k, as for gradient descent; RMSProp divides by √v, "
        "which falls, too.",
        "How much smaller is the noise in a batch k times as large, and so √v?",
        _with(rate=lambda k, rate: rate * k),
    ),
    Misconception(
        "the learning rate stays",
        "A step from a larger batch stands for more examples; here it is as long as before.",
        "Per example seen, how far does it move now?",
        _with(rate=lambda k, rate: rate),
    ),
    Misconception(
        "the learning rate falls",
        "A larger batch is less noisy and allows longer steps; here they become shorter.",
        "Which batch do you trust more, a small or a large one?",
        _with(rate=lambda k, rate: rate / k**0.5),
    ),
    Misconception(
        "the decay stays",
        "The average remembers as many steps as before, and so k times as many examples.",
        "Over how many examples does the average reach back, before and after?",
        _with(decay=lambda k, decay: decay),
    ),
    Misconception(
        "γ to the power of k",
        "This is what k steps leave of the past. For small k(1 - γ) it is nearly the rule, which "
        "is linear in 1 - γ.",
        "For γ = 0.9 and k = 4, compare both.",
        _with(decay=lambda k, decay: decay**k),
    ),
    Misconception(
        "1 - γ to the power of k",
        "1 - γ becomes tiny, so that the average remembers far more; it should grow by k.",
        "For γ = 0.9 and k = 4, is your memory 1/(1 - γ) shorter than 10?",
        _with(decay=lambda k, decay: 1 - (1 - decay) ** k),
    ),
    Misconception(
        "1 - γ divided by k",
        "The average remembers more steps now; with larger batches it should remember fewer.",
        "Over how many examples does the average reach back, before and after?",
        _with(decay=lambda k, decay: 1 - (1 - decay) / k),
    ),
    Misconception(
        "1 - γ times the root of k",
        "The memory in steps is 1/(1 - γ), and it falls by k, not by √k.",
        "Over how many examples does the average reach back, before and after?",
        _with(decay=lambda k, decay: 1 - k**0.5 * (1 - decay)),
    ),
    Misconception(
        "γ times k",
        "γ itself is multiplied; what goes with k is 1 - γ.",
        "May your decay be larger than 1?",
        _with(decay=lambda k, decay: k * decay),
    ),
    Misconception(
        "γ divided by k",
        "γ itself is divided; what goes with k is 1 - γ.",
        "What is the memory 1/(1 - γ) before and after?",
        _with(decay=lambda k, decay: decay / k),
    ),
    Misconception(
        "1 - γ instead of γ",
        "This is k(1 - γ), the weight of the newest square; asked for is the decay.",
        "What is your decay for k = 1?",
        _with(decay=lambda k, decay: k * (1 - decay)),
    ),
    Misconception(
        "ε stays",
        "√v falls by √k and ε does not, so ε weighs more than before.",
        "What part of √v was ε before, and what part is it now?",
        _with(eps=lambda k, eps: eps),
    ),
    Misconception(
        "ε grows",
        "√v falls with a larger batch; ε should fall with it.",
        "Is √v larger or smaller in a larger batch?",
        _with(eps=lambda k, eps: eps * k**0.5),
    ),
    Misconception(
        "ε as inside the root",
        "This is right where ε stands beside v, in units of g²; here it stands beside √v.",
        "By what does √v fall, and by what v?",
        _with(eps=lambda k, eps: eps / k),
    ),
    Misconception(
        "the learning rate alone",
        "The root is in the learning rate, but decay and ε are left as they were.",
        "Which other settings of RMSProp meet the batch size?",
        _with(decay=lambda k, decay: decay, eps=lambda k, eps: eps),
    ),
    Misconception(
        "the linear rule alone",
        "This is the rule for gradient descent: the rate grows by k, and nothing else changes.",
        "Which quantities of RMSProp, besides the step, does a larger batch change?",
        lambda k, r, d, e: (k * r, d, e),
    ),
    Misconception(
        "nothing is scaled",
        "All three are as before; the batch is not.",
        "What does your function do with `factor`?",
        lambda k, r, d, e: (r, d, e),
    ),
    Misconception(
        "for a smaller batch",
        "This is right for a batch k times as small.",
        "For k = 4, should the learning rate grow or fall?",
        lambda k, r, d, e: _scale_with_batch(1 / k, r, d, e),
    ),
    hard_coded("factor", lambda k, r, d, e: _scale_with_batch(4.0, r, d, e)),
    hard_coded("learning_rate", lambda k, r, d, e: _scale_with_batch(k, 0.001, d, e)),
    hard_coded("decay", lambda k, r, d, e: _scale_with_batch(k, r, 0.99, e)),
    hard_coded("eps", lambda k, r, d, e: _scale_with_batch(k, r, d, 1e-8)),
)

SCALE_WITH_BATCH = Material(
    reference=_scale_with_batch,
    probes=(
        call(4.0, 0.01, 0.9, 0.01),
        call(9.0, 0.01, 0.9, 0.01, varies="factor"),
        call(9.0, 0.02, 0.9, 0.01, varies="learning_rate"),
        call(9.0, 0.02, 0.95, 0.01, varies="decay"),
        call(9.0, 0.02, 0.95, 0.001, varies="eps"),
        call(0.25, 0.5, 0.9, 0.001),
        call(8.0, 0.5, 0.9, 0.001),
    ),
    misconceptions=_SCALED_WRONGLY,
    returns=("learning_rate", "decay", "eps"),
)
