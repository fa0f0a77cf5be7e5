"""The exercise on a kernel in lesson 07: how one is compiled and tried, and its mistakes."""

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Misconception, Probe
from rmsprop_course.checks._results import value
from rmsprop_course.checks._trial import Attempt, Trial

with extra("torch"):
    import numba

Floats = NDArray[np.float32]
Kernel = Callable[[Any, Any, Any], Any]


def sign_descent(params: Any, grads: Any, lr: Any) -> None:
    """Move each number by lr against the sign of its gradient."""
    for i in numba.prange(params.size):
        params[i] -= lr * np.sign(grads[i])


class Interpreted:
    """A kernel that runs as it is, so that a wrong one need not be compiled."""

    def __init__(self, kernel: Kernel) -> None:
        self.kernel = kernel

    def __call__(self, params: Floats, grads: Floats, lr: np.float32) -> None:
        """Change the parameters."""
        self.kernel(params, grads, lr)


def run(
    params: list[float], grads: list[float], lr: float, *, anew: bool = False, varies: str = ""
) -> Probe:
    """Run the compiled attempt once, on arrays of float32.

    Parameters
    ----------
    params, grads : list of float
        What the arrays hold.
    lr : float
        Learning rate.
    anew : bool
        Whether to compile it even if it was the last one; what it reads may be different now.
    varies : str
        The setting in which this probe differs from the one before it.
    """

    def play(trial: Trial) -> None:
        given = f"params = {value(params)}, grads = {value(grads)}, lr = {value(lr)}"
        trial.given = given
        moved, slopes = np.array(params, np.float32), np.array(grads, np.float32)
        if anew:
            _compiled.cache_clear()
        _run(trial.attempt, moved, slopes, np.float32(lr))
        trial.given = f"{given}: params afterwards"
        trial.note(moved)
        trial.given = f"{given}: grads afterwards"
        trial.note(slopes)

    return Probe(play, varies)


def _run(attempt: Attempt, params: Floats, grads: Floats, lr: np.float32) -> None:
    if isinstance(attempt, Interpreted):
        _interpret(attempt, params, grads, lr)
        return
    function: Any = getattr(attempt, "py_func", attempt)  # if the learner has compiled it
    try:
        _interpret(function, params.copy(), grads.copy(), lr)
    except IndexError:
        raise
    except Exception:  # noqa: BLE001 - what Python cannot run, Numba may be able to, or it tells
        pass
    _compiled(function)(params, grads, lr)


def _interpret(kernel: Kernel, params: Floats, grads: Floats, lr: np.float32) -> None:
    """Run a kernel as Python: there, an endless loop can be ended, and no index does harm."""
    try:
        kernel(params, grads, lr)
    except IndexError:
        raise IndexError("an index is beyond the end of its array") from None


@lru_cache(maxsize=1)
def _compiled(function: Any) -> Kernel:
    """Return a function as machine code, or say in short why it cannot be compiled."""
    kernel = numba.njit(parallel=True, error_model="numpy")(function)  # as in the lesson

    def call(params: Floats, grads: Floats, lr: np.float32) -> None:
        try:
            kernel(params, grads, lr)
        except numba.core.errors.NumbaError as error:
            unfilled = ... in function.__code__.co_consts
            told = "it holds an ellipsis" if unfilled else _in_short(str(error))
            raise TypeError(f"Numba cannot compile it: {told}") from None

    return call


def _in_short(message: str) -> str:
    """Return the reason, and the line of code, of a message of Numba, which may take pages."""
    lines = [line.strip() for line in message.splitlines()]
    reason = next((line for line in lines if line and not line.startswith("Failed in")), "")
    missing = next((line.removeprefix(">>> ") for line in lines if line.startswith(">>> ")), "")
    marked = [above for above, line in pairwise(lines) if set(line) == {"^"}]
    told = f"there is no {missing}" if missing else reason
    return f"{told}, in the line `{marked[0]}`" if marked else told


def wrong_kernels() -> tuple[Misconception, ...]:
    """Return the mistakes of a kernel for sign descent."""

    def moved(step: Callable[[Any, Any, Any], Any]) -> Interpreted:
        """Return the kernel that subtracts a step, made from params, grads and lr."""

        def kernel(params: Any, grads: Any, lr: Any) -> None:
            params -= step(params, grads, lr)

        return Interpreted(kernel)

    def stored(result: Callable[[Any, Any, Any], Any], *, in_grads: bool = False) -> Interpreted:
        def kernel(params: Any, grads: Any, lr: Any) -> None:
            (grads if in_grads else params)[:] = result(params, grads, lr)

        return Interpreted(kernel)

    def part(which: slice) -> Interpreted:
        def kernel(params: Any, grads: Any, lr: Any) -> None:
            params[which] -= lr * np.sign(grads[which])

        return Interpreted(kernel)

    def one_more(params: Any, grads: Any, lr: Any) -> None:
        for i in range(params.size + 1):
            params[i] -= lr * np.sign(grads[i])

    return (
        Misconception(
            "it climbs",
            "Each number moves along the sign of its gradient; descent moves against it.",
            "The gradient is positive: on which side is the minimum?",
            moved(lambda p, g, lr: -lr * np.sign(g)),
        ),
        Misconception(
            "the gradient instead of its sign",
            "The step is `lr` times the gradient, so its length depends on the gradient's size.",
            "How far should a number move whose gradient is 0.5? And 2?",
            moved(lambda p, g, lr: lr * g),
        ),
        Misconception(
            "a clipped gradient instead of the sign",
            "Gradients between -1 and 1 keep their size; a sign has none.",
            "How far should a number move whose gradient is 0.5?",
            moved(lambda p, g, lr: lr * np.clip(g, -1, 1)),
        ),
        Misconception(
            "a small number beside the size",
            "The gradient is divided by its size and a little more, so a tiny one hardly moves "
            "its number.",
            "How far should a number move whose gradient is 1e-20?",
            moved(lambda p, g, lr: lr * g / (np.abs(g) + np.float32(1e-8))),
        ),
        Misconception(
            "a gradient of 0 counts as positive",
            "Where the gradient is 0 the number moves down; it should stay.",
            "Which branch of your code does a gradient of 0 take?",
            moved(lambda p, g, lr: np.where(g >= 0, lr, -lr)),
        ),
        Misconception(
            "a gradient of 0 counts as negative",
            "Where the gradient is 0 the number moves up; it should stay.",
            "Which branch of your code does a gradient of 0 take?",
            moved(lambda p, g, lr: np.where(g > 0, lr, -lr)),
        ),
        Misconception(
            "0 divided by 0",
            "Where the gradient is 0, dividing it by its size gives nan; the number should stay.",
            "What is 0 / |0|?",
            moved(lambda p, g, lr: lr * g / np.abs(g)),
        ),
        Misconception(
            "negative gradients do nothing",
            "Numbers move down where the gradient is positive, and never up.",
            "What does your code do where the gradient is negative?",
            moved(lambda p, g, lr: lr * (g > 0)),
        ),
        Misconception(
            "the sign of the parameter",
            "Each number moves against its own sign, towards 0; the gradient is not used.",
            "Which of the two arrays says in which direction the minimum lies?",
            moved(lambda p, g, lr: lr * np.sign(p)),
        ),
        Misconception(
            "every number moves down",
            "`lr` is subtracted from each number, whatever its gradient is.",
            "Where in your code are the gradients?",
            moved(lambda p, g, lr: lr),
        ),
        Misconception(
            "lr is missing",
            "Each number moves by 1, not by `lr`.",
            "Where in your code is `lr`?",
            moved(lambda p, g, lr: np.sign(g)),
        ),
        Misconception(
            "hard-coded lr",
            "Each number moves as far whatever `lr` is: the kernel does not use what it gets.",
            "Where in your code is `lr`?",
            moved(lambda p, g, lr: np.float32(0.01) * np.sign(g)),
        ),
        Misconception(
            "the old value is lost",
            "The number is set to its step; it should move by it.",
            "Where should a number be that was at 5 and has the gradient 0?",
            stored(lambda p, g, lr: -lr * np.sign(g)),
        ),
        Misconception(
            "nothing is written",
            "`params` is as it was: the new numbers are not written into it.",
            "After `params = params - x`, which array has the name `params`, and which one does "
            "the caller hold?",
            moved(lambda p, g, lr: 0),
        ),
        Misconception(
            "the result is in grads",
            "The new numbers are written into `grads`; they belong into `params`.",
            "Which array stands to the left of your `=`?",
            stored(lambda p, g, lr: p - lr * np.sign(g), in_grads=True),
        ),
        Misconception(
            "only the first number moves",
            "The loop does not go through all numbers.",
            "How often does your loop run, and with which `i`?",
            part(slice(0, 1)),
        ),
        Misconception(
            "the last number is left out",
            "The loop ends one number too early.",
            "What is the last `i` of `prange(n)`?",
            part(slice(0, -1)),
        ),
        Misconception(
            "an index beyond the end",
            "An index goes beyond the last number; compiled, it would reach memory that is not "
            "the array's.",
            "What is the last `i` of `prange(n)`, and at which index is the last number?",
            Interpreted(one_more),
        ),
        Misconception(
            "the first number is left out",
            "The loop begins one number too late.",
            "Which `i` does an array begin with?",
            part(slice(1, None)),
        ),
    )
