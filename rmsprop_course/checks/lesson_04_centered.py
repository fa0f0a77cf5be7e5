"""Exercise `centered-step` of lesson 04: divide by a standard deviation.

A wrong step is put together from a wrong average of the gradient or a wrong update.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call, steps
from rmsprop_course.checks._wrong_updates import inside, outside
from rmsprop_course.checks.lesson_04_wrong_pairs import handed_back, wrong_pairs

Step = Callable[..., tuple[Any, Any]]
Average = Callable[[Any, Any, Any], Any]  # of m, g, γ
Update = Callable[[Any, Any, Any, Any, Any], Any]  # of g, the new v, the new m, the old m, ε


def _mean(m: Any, g: Any, decay: Any) -> Any:
    return decay * m + (1 - decay) * g


def _divide(g: Any, v: Any, m: Any, old: Any, eps: Any) -> Any:
    return g / inside(np.maximum(v - m**2, 0), eps)


def _step(average: Average = _mean, update: Update = _divide) -> Step:
    """Return a step from an average of the gradient and an update."""

    def step(
        params: Any, grad: Any, state: Any, *, learning_rate: Any, decay: Any, eps: Any
    ) -> tuple[Any, Any]:
        square_avg, old = state
        square_avg = decay * square_avg + (1 - decay) * grad**2
        grad_avg = average(old, grad, decay)
        change = learning_rate * update(grad, square_avg, grad_avg, old, eps)
        return params - change, (square_avg, grad_avg)

    return step


_right = _step()


def _deviations(from_old: bool) -> Step:
    """Return a step whose first average is of (g - m)², with the old m or the new one."""

    def step(
        params: Any, grad: Any, state: Any, *, learning_rate: Any, decay: Any, eps: Any
    ) -> tuple[Any, Any]:
        variance, old = state
        grad_avg = _mean(old, grad, decay)
        distance = grad - (old if from_old else grad_avg)
        variance = decay * variance + (1 - decay) * distance**2
        return params - learning_rate * grad / inside(variance, eps), (variance, grad_avg)

    return step


def _fixed(name: str, number: float) -> Step:
    return lambda *args, **settings: _right(*args, **{**settings, name: number})


def _forgetful(params: Any, grad: Any, state: Any, **settings: Any) -> tuple[Any, Any]:
    return _right(params, grad, (state[0], np.zeros_like(state[1])), **settings)


_WRONG_DENOMINATORS = (
    Misconception(
        "nothing is subtracted",
        "The denominator holds the mean square alone, so this step is not centered.",
        "Where does the line of the parameters use `grad_avg`?",
        _step(update=lambda g, v, m, old, eps: g / inside(v, eps)),
    ),
    Misconception(
        "the average is not squared",
        "m itself is subtracted from the average of g²; what is to be subtracted is its square.",
        "In which units are v and m, if g is in meters?",
        _step(update=lambda g, v, m, old, eps: g / inside(np.maximum(v - m, 0), eps)),
    ),
    Misconception(
        "the average is added",
        "m² is added to v, so the denominator grows; a variance is at most the mean square.",
        "If all gradients are the same, how large is their variance?",
        _step(update=lambda g, v, m, old, eps: g / inside(v + m**2, eps)),
    ),
    Misconception(
        "the old average of the gradient is subtracted",
        "v knows the present gradient and m does not yet; both must know the same gradients.",
        "What is v - m² after the first step of all, and should m be 0 in it?",
        _step(update=lambda g, v, m, old, eps: g / inside(np.maximum(v - old**2, 0), eps)),
    ),
    Misconception(
        "not clamped",
        "Where v - m² rounds to below 0, its root is not a number, and no later parameter is one.",
        "What is np.sqrt of -1e-20, and how can you make sure that nothing like it gets there?",
        _step(update=lambda g, v, m, old, eps: g / inside(v - m**2, eps)),
    ),
    Misconception(
        "the sign is dropped instead of clamped",
        "|v - m²| makes a variance of what is only rounding; below 0, it should be 0.",
        "Two values are 1e-6 above and below 0 by rounding. What should each become?",
        _step(update=lambda g, v, m, old, eps: g / inside(np.abs(v - m**2), eps)),
    ),
    Misconception(
        "clamped after ε was added",
        "v - m² + ε is clamped at 0, so the denominator can be 0; clamp first, then add ε.",
        "What is your denominator if v - m² is far below 0?",
        _step(update=lambda g, v, m, old, eps: g / np.sqrt(np.maximum(v - m**2 + eps, 0))),
    ),
    Misconception(
        "clamped at ε, which is not added",
        "v - m² is raised to at least ε; here it is clamped at 0 and then ε is added to it.",
        "If v - m² is 4 and ε is 5, what is under your root, and under that of the formula?",
        _step(update=lambda g, v, m, old, eps: g / np.sqrt(np.maximum(v - m**2, eps))),
    ),
    Misconception(
        "the root is missing",
        "The gradient is divided by the variance, not by its root.",
        "If all gradients become ten times as large, what should become of the step?",
        _step(update=lambda g, v, m, old, eps: g / (np.maximum(v - m**2, 0) + eps)),
    ),
    Misconception(
        "ε outside the root",
        "Here ε stands inside the root; outside it makes another step where the variance is small.",
        "How long is the step for either place of ε, if the variance is 0?",
        _step(update=lambda g, v, m, old, eps: g / outside(np.maximum(v - m**2, 0), eps)),
    ),
    Misconception(
        "ε is left out",
        "Nothing is added under the root, so that a gradient of 0 divides 0 by 0.",
        "What does your step do where the gradient was 0 from the start?",
        _step(update=lambda g, v, m, old, eps: g / np.sqrt(np.maximum(v - m**2, 0))),
    ),
)

_WRONG_NUMERATORS = (
    Misconception(
        "the numerator is centered too",
        "It divides g - m; only the denominator is centered, the numerator stays the gradient.",
        "All gradients are 1. Does your parameter still move after a thousand of them?",
        _step(update=lambda g, v, m, old, eps: (g - m) / inside(np.maximum(v - m**2, 0), eps)),
    ),
    Misconception(
        "the average in the numerator",
        "It divides the average of the gradient, as Adam does; the numerator is the gradient.",
        "How far is your first step, in units of η? Without centering it is 3.16.",
        _step(update=lambda g, v, m, old, eps: m / inside(np.maximum(v - m**2, 0), eps)),
    ),
    Misconception(
        "it climbs",
        "The parameters move along the gradient; descent moves against it.",
        "The gradient is positive: on which side is the minimum?",
        _step(update=lambda g, v, m, old, eps: -_divide(g, v, m, old, eps)),
    ),
)

_WRONG_AVERAGES = (
    Misconception(
        "an average of (g - m)²",
        "It averages squared distances from a moving m; the formula is the average of g² minus m².",
        "Which line of the skeleton did you change, and does the formula ask for that?",
        _deviations(from_old=False),
    ),
    Misconception(
        "an average of (g - m)² with the old m",
        "It averages squared distances from the last m; the formula is the average of g² minus m².",
        "Which line of the skeleton did you change, and does the formula ask for that?",
        _deviations(from_old=True),
    ),
    Misconception(
        "a second average of the square",
        "m averages g², as v does; it is the average of the gradient itself, with its sign.",
        "What is your m after the gradients 1 and -1?",
        _step(average=lambda m, g, decay: _mean(m, g**2, decay)),
    ),
    Misconception(
        "absolute value in the average",
        "m averages |g|; it is the average of the gradient itself, in which signs cancel.",
        "What is your m after the gradients 1 and -1?",
        _step(average=lambda m, g, decay: _mean(m, np.abs(g), decay)),
    ),
    Misconception(
        "1 - γ is missing",
        "The new gradient enters m with its full weight, so the weights do not sum to one.",
        "For a constant gradient of 1, where should m settle, and where does yours?",
        _step(average=lambda m, g, decay: decay * m + g),
    ),
    Misconception(
        "γ and 1 - γ swapped",
        "In m, γ stands before the new gradient; it is the share of the old average.",
        "With γ = 0.99, how much of the old m should be left after one step?",
        _step(average=lambda m, g, decay: _mean(m, g, 1 - decay)),
    ),
    Misconception(
        "m is the present gradient",
        "m holds the present gradient alone and not an average of all.",
        "What of the old m is still in the new one?",
        _step(average=lambda m, g, decay: g),
    ),
    Misconception(
        "the average of the gradient starts anew",
        "The m that is handed in is not used: each step begins with 0.",
        "What of the old m is still in the new one?",
        _forgetful,
    ),
    Misconception(
        "the mean of the coordinates",
        "m is the mean over the coordinates of the present gradient, not an average over steps.",
        "Which shape does your m have for a gradient of three numbers, and what does it remember?",
        _step(average=lambda m, g, decay: np.mean(g)),
    ),
    Misconception(
        "mean over all coordinates",
        "All coordinates share one mean of the gradient; each needs a moving average of its own.",
        "Which shape does your m have for a gradient of three numbers, and which values?",
        _step(average=lambda m, g, decay: _mean(m, np.mean(g), decay)),
    ),
)

_WRONG_RESULTS = (
    *(
        hard_coded(name, _fixed(name, number))
        for name, number in {"learning_rate": 0.1, "decay": 0.9, "eps": 1e-8}.items()
    ),
    Misconception(
        "the variance is handed back",
        "v - m² comes back as `square_avg`; the next step needs the average of g² itself.",
        "Which of your names does the next step get as `square_avg`?",
        handed_back(
            _right,
            lambda old, params, state: (
                params,
                (np.maximum(state[0] - state[1] ** 2, 0), state[1]),
            ),
        ),
    ),
    Misconception(
        "the old average of the gradient is handed back",
        "The step is right, but it returns the m that it got, so no gradient is remembered.",
        "Which of the two does the next step need?",
        handed_back(_right, lambda old, params, state: (params, (state[0], old[1][1]))),
    ),
    Misconception(
        "the old average of the square is handed back",
        "The step is right, but it returns the v that it got, so no square is remembered.",
        "Which of the two does the next step need?",
        handed_back(_right, lambda old, params, state: (params, (old[1][0], state[1]))),
    ),
    *wrong_pairs(_right, "grad_avg"),
)

_GIVEN = ([1.0], [3.0], (np.array([7.0]), np.array([1.0])))

CENTERED_STEP = Material(
    reference=_right,
    probes=(
        call([0.0], [1.0], (np.zeros(1), np.zeros(1)), learning_rate=0.1, decay=0.9, eps=1e-8),
        call(*_GIVEN, learning_rate=0.1, decay=0.9, eps=0.5),
        call(*_GIVEN, learning_rate=0.1, decay=0.5, eps=0.5, varies="decay"),
        call(*_GIVEN, learning_rate=0.1, decay=0.5, eps=5.0, varies="eps"),
        call(*_GIVEN, learning_rate=0.3, decay=0.5, eps=5.0, varies="learning_rate"),
        call(
            [5.0, 0.0, -1.0],
            [0.0, 1.0, -40.0],
            (np.array([0.0, 9.0, 50.0]), np.array([0.0, 1.0, -2.0])),
            learning_rate=0.1,
            decay=0.9,
            eps=1e-8,
        ),
        steps([1.0, -2.0, 3.0], averages=2, decay=0.9, eps=1e-8),
        call(  # v - m² is -1/32, as only rounding can make it
            [0.0],
            [1.0],
            (np.array([0.9375]), np.array([1.0])),
            learning_rate=0.1,
            decay=0.5,
            eps=0.01,
        ),
    ),
    misconceptions=(
        *_WRONG_DENOMINATORS,
        *_WRONG_NUMERATORS,
        *_WRONG_AVERAGES,
        *_WRONG_RESULTS,
    ),
    returns=("params", ("square_avg", "grad_avg")),
)
