"""The mistakes that a step of RMSProp can contain, for both places of ε.

A wrong step is put together from a wrong average or a wrong update; what does not fit into that is
a function of its own.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception

Root = Callable[[Any, Any], Any]  # of the average and ε
Step = Callable[..., tuple[Any, Any]]


def inside(average: Any, eps: Any) -> Any:
    """Denominator with ε inside the root."""
    return np.sqrt(average + eps)


def outside(average: Any, eps: Any) -> Any:
    """Denominator with ε outside the root."""
    return np.sqrt(average) + eps


def right_step(root: Root) -> Step:
    """Return a right step with the given denominator."""
    return _step(_average, lambda grad, new, old, eps: grad / root(new, eps))


def wrong_updates(root: Root) -> tuple[Misconception, ...]:
    """Return all mistakes, in steps whose denominator is otherwise `root`."""
    return (
        *_wrong_averages(root),
        *_wrong_divisions(root),
        *_wrong_settings(root),
        *_wrong_memories(root),
        *_wrong_results(root),
    )


def _average(v: Any, g: Any, decay: Any, eps: Any) -> Any:
    return decay * v + (1 - decay) * g**2


def _step(average: Callable[..., Any], update: Callable[..., Any]) -> Step:
    """Return a step from an average of v, g, γ, ε and an update from g, the new v, the old v, ε."""

    def step(
        params: Any, grad: Any, square_avg: Any, *, learning_rate: Any, decay: Any, eps: Any
    ) -> tuple[Any, Any]:
        new = average(square_avg, grad, decay, eps)
        return params - learning_rate * update(grad, new, square_avg, eps), new

    return step


def _wrong_averages(root: Root) -> tuple[Misconception, ...]:
    """Return steps that average something else, or otherwise."""

    def averaged(average: Callable[..., Any]) -> Step:
        return _step(average, lambda g, new, old, eps: g / root(new, eps))

    return (
        Misconception(
            "the gradient is not squared",
            "The average is of g instead of g², so opposite signs cancel and it can be negative.",
            "What is the average after the gradients 1 and -1?",
            averaged(lambda v, g, decay, eps: decay * v + (1 - decay) * g),
        ),
        Misconception(
            "absolute value instead of the square",
            "The average is of |g|, whose root is no size of a gradient: average g².",
            "In which units is the root of your average, if g is in meters?",
            averaged(lambda v, g, decay, eps: decay * v + (1 - decay) * np.abs(g)),
        ),
        Misconception(
            "the average is squared, not the gradient",
            "This squares an average of g; what is needed is the mean of squares, not its reverse.",
            "What do 1 and -1 give, squared before and squared after they are averaged?",
            averaged(lambda v, g, decay, eps: (decay * np.sqrt(v) + (1 - decay) * g) ** 2),
        ),
        Misconception(
            "1 - γ is missing",
            "The new square enters with its full weight, so the weights do not sum to one.",
            "For a constant gradient of 1, where should the average settle, and where does yours?",
            averaged(lambda v, g, decay, eps: decay * v + g**2),
        ),
        Misconception(
            "γ and 1 - γ swapped",
            "γ stands before the new square; it is the share of the old average.",
            "With γ = 0.99, how much of the old average should be left after one step?",
            averaged(lambda v, g, decay, eps: (1 - decay) * v + decay * g**2),
        ),
        Misconception(
            "γ before both",
            "Old average and new square are both multiplied by γ; their weights must sum to one.",
            "What are the two weights for γ = 0.9, and what is their sum?",
            averaged(lambda v, g, decay, eps: decay * v + decay * g**2),
        ),
        Misconception(
            "1 - γ before both",
            "Old average and new square are both multiplied by 1 - γ, so the past is lost at once.",
            "What are the two weights for γ = 0.9, and what is their sum?",
            averaged(lambda v, g, decay, eps: (1 - decay) * (v + g**2)),
        ),
        Misconception(
            "a sum instead of an average",
            "The squares add up and are never forgotten, as in Adagrad, so the steps only shrink.",
            "Does your average ever become smaller?",
            averaged(lambda v, g, decay, eps: v + g**2),
        ),
        Misconception(
            "no memory: sign descent",
            "Only the present gradient is squared, so every step has the length η: γ is not used.",
            "What of the past is still in your average?",
            averaged(lambda v, g, decay, eps: g**2),
        ),
        Misconception(
            "ε in the average",
            "ε is added to the average and kept there; it belongs to the denominator alone.",
            "What does your average hold after many steps with gradient 0?",
            averaged(lambda v, g, decay, eps: _average(v, g, decay, eps) + eps),
        ),
        Misconception(
            "ε averaged with the square",
            "ε is added to the square before it is averaged; it belongs to the denominator alone.",
            "What does your average hold after many steps with gradient 0?",
            averaged(lambda v, g, decay, eps: decay * v + (1 - decay) * (g**2 + eps)),
        ),
        Misconception(
            "mean over all coordinates",
            "All coordinates share the mean of their squares; each needs an average of its own.",
            "How far does each coordinate go for the gradient (1, 100)?",
            averaged(lambda v, g, decay, eps: decay * v + (1 - decay) * np.mean(g**2)),
        ),
        Misconception(
            "one norm for all coordinates",
            "All coordinates share the sum of their squares; each needs an average of its own.",
            "How far does each coordinate go for the gradient (1, 100)?",
            averaged(lambda v, g, decay, eps: decay * v + (1 - decay) * np.sum(g**2)),
        ),
        Misconception(
            "integers in the average",
            "The average is cut to whole numbers, as in an array made of integers.",
            "What is the dtype of your array of averages?",
            averaged(lambda v, g, decay, eps: np.trunc(_average(v, g, decay, eps))),
        ),
    )


def _wrong_divisions(root: Root) -> tuple[Misconception, ...]:
    """Return steps that do something else with a right average."""

    def updated(update: Callable[..., Any]) -> Step:
        return _step(_average, update)

    other = outside if root is inside else inside
    where = "outside" if root is inside else "inside"
    place = "inside" if root is inside else "outside"
    return (
        Misconception(
            "the root is missing",
            "The gradient is divided by the mean square, not by its root.",
            "If all gradients become ten times as large, what should become of the step?",
            updated(lambda g, new, old, eps: g / (new + eps)),
        ),
        Misconception(
            "the average is used before it is updated",
            "The step divides by the old average, which does not know the new gradient yet.",
            "What is in the average at the first step, when you divide by it?",
            updated(lambda g, new, old, eps: g / root(old, eps)),
        ),
        Misconception(
            f"ε {where} the root",
            f"Here ε stands {place} the root; elsewhere it makes another step where g is small.",
            "Take g = 0.00001: how long is the step for either place of ε?",
            updated(lambda g, new, old, eps: g / other(new, eps)),
        ),
        Misconception(
            "ε is left out",
            "Nothing is added to the denominator, so that a gradient of 0 divides 0 by 0.",
            "What does your step do where the gradient was 0 from the start?",
            updated(lambda g, new, old, eps: g / root(new, 0.0)),
        ),
        Misconception(
            "ε is added to the step",
            "ε is added after the division; it belongs to the denominator.",
            "Does your parameter stay where it is when the gradient is 0?",
            updated(lambda g, new, old, eps: g / root(new, 0.0) + eps),
        ),
        Misconception(
            "the root of the gradient as well",
            "The root is taken of the gradient too; only the average is under it.",
            "If all gradients become ten times as large, what should become of the step?",
            updated(lambda g, new, old, eps: np.sign(g) * np.sqrt(np.abs(g)) / root(new, eps)),
        ),
        Misconception(
            "the root over the whole fraction",
            "The root covers the gradient too, which has no root where it is negative.",
            "Which part of the fraction can be negative?",
            updated(lambda g, new, old, eps: np.sqrt(g / (new + eps))),
        ),
        Misconception(
            "multiplies instead of dividing",
            "The gradient is multiplied by the root of the average, so large ones get even larger.",
            "If all gradients become ten times as large, what should become of the step?",
            updated(lambda g, new, old, eps: g * root(new, eps)),
        ),
        Misconception(
            "it never divides: gradient descent",
            "The step is η times the gradient; the average is computed and not used.",
            "Where does your step use the average?",
            updated(lambda g, new, old, eps: g),
        ),
        Misconception(
            "it climbs",
            "The parameter moves along the gradient; descent moves against it.",
            "The gradient is positive: on which side is the minimum?",
            updated(lambda g, new, old, eps: -g / root(new, eps)),
        ),
    )


def _wrong_settings(root: Root) -> tuple[Misconception, ...]:
    """Return steps that do not use a setting."""
    right = right_step(root)

    def fixed(name: str, number: float) -> Step:
        return lambda *args, **settings: right(*args, **{**settings, name: number})

    return tuple(
        Misconception(
            f"hard-coded {name}",
            f"The result is the same whatever `{name}` is: the function does not use what it gets.",
            f"Where in your code is `{name}`?",
            fixed(name, number),
        )
        for name, number in {"learning_rate": 0.001, "decay": 0.9, "eps": 1e-8}.items()
    )


def _wrong_memories(root: Root) -> tuple[Misconception, ...]:
    """Return steps that remember wrongly."""
    right = right_step(root)

    def forgetful(params: Any, grad: Any, square_avg: Any, **settings: Any) -> tuple[Any, Any]:
        return right(params, grad, np.zeros_like(square_avg), **settings)

    def stale(params: Any, grad: Any, square_avg: Any, **settings: Any) -> tuple[Any, Any]:
        return right(params, grad, square_avg, **settings)[0], square_avg

    def from_one(params: Any, grad: Any, square_avg: Any, **settings: Any) -> tuple[Any, Any]:
        return right(params, grad, np.where(square_avg == 0, 1.0, square_avg), **settings)

    return (
        Misconception(
            "the average starts anew in every step",
            "The average that is handed in is not used: each step begins with 0.",
            "What is the second average, if the gradients are 1 and 0?",
            forgetful,
        ),
        Misconception(
            "the old average is handed back",
            "The step is right, but it returns the average that it got, so nothing is remembered.",
            "Which of the two averages does the next step need?",
            stale,
        ),
        Misconception(
            "the average starts at 1",
            "An average of 0 is replaced by 1; here it starts at 0.",
            "How long is the first step, in units of η?",
            from_one,
        ),
        Misconception(
            "bias correction as in Adam",
            "The average is divided by 1 - γᵗ; RMSProp, as defined, does not.",
            "How long is your first step, in units of η? And in lesson 03?",
            _BiasCorrected(root),
        ),
        Misconception(
            "gradients add up",
            "Each gradient is added to those before it, as if they were never set back to zero.",
            "Which gradient does your second step use?",
            _Accumulating(root),
        ),
    )


def _wrong_results(root: Root) -> tuple[Misconception, ...]:
    """Return steps that hand back, or leave behind, something else."""
    right = right_step(root)

    def swapped(*args: Any, **settings: Any) -> tuple[Any, Any]:
        params, square_avg = right(*args, **settings)
        return square_avg, params

    def whole(*args: Any, **settings: Any) -> tuple[Any, Any]:
        params, square_avg = right(*args, **settings)
        return np.trunc(params), square_avg

    def change(params: Any, grad: Any, square_avg: Any, **settings: Any) -> tuple[Any, Any]:
        moved, square_avg = right(params, grad, square_avg, **settings)
        return moved - params, square_avg

    def overwriting(params: Any, grad: Any, square_avg: Any, **settings: Any) -> tuple[Any, Any]:
        average = settings["decay"] * square_avg
        grad *= grad
        average = average + (1 - settings["decay"]) * grad
        return params - settings["learning_rate"] * grad / root(average, settings["eps"]), average

    return (
        Misconception(
            "the results are swapped",
            "The average comes back first and the parameters second.",
            "In which order does the signature name the results?",
            swapped,
        ),
        Misconception(
            "integers in the parameters",
            "The parameters are cut to whole numbers, as in an array made of integers.",
            "What is the dtype of the array that you return?",
            whole,
        ),
        Misconception(
            "the change instead of the parameters",
            "This returns by how much the parameters change, not the new parameters.",
            "What comes back if the parameters were 5 and the gradient is 0?",
            change,
        ),
        Misconception(
            "the gradient is overwritten by its square",
            "`grad` is squared in place, so the step, and whoever called, get g² for g.",
            "Print `grad` at the end of your function. Is it what you were given?",
            overwriting,
        ),
    )


class _BiasCorrected:
    """Counts its steps and divides by 1 - γᵗ."""

    def __init__(self, root: Root) -> None:
        self.root, self.n_steps = root, 0

    def __call__(
        self, params: Any, grad: Any, square_avg: Any, *, learning_rate: Any, decay: Any, eps: Any
    ) -> tuple[Any, Any]:
        self.n_steps += 1
        square_avg = _average(square_avg, grad, decay, eps)
        corrected = square_avg / (1 - decay**self.n_steps)
        return params - learning_rate * grad / self.root(corrected, eps), square_avg


class _Accumulating:
    """Keeps the sum of all gradients."""

    def __init__(self, root: Root) -> None:
        self.step, self.total = right_step(root), 0.0

    def __call__(self, params: Any, grad: Any, square_avg: Any, **settings: Any) -> tuple[Any, Any]:
        fits = np.shape(self.total) == np.shape(grad)
        self.total = self.total + grad if fits else grad
        return self.step(params, self.total, square_avg, **settings)
