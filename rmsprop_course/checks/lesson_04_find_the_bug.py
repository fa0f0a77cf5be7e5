"""Exercise `find-the-bug` of lesson 04: four versions of a step, each with a bug of its own.

An attempt is a list of four functions. A step that a learner writes may work in place; these must
leave what they are given as it is, because whoever calls them keeps all parameters on the way.
"""

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmsprop_course.checks._exercise import Material, Misconception, Probe
from rmsprop_course.checks._results import holds_ellipsis, value
from rmsprop_course.checks._trial import Call, Fault, Trial

Version = Callable[..., tuple[Any, Any]]

_ARGUMENTS = ("params", "grad", "square_avg")
_CALLERS = tuple(f"the caller's {name}" for name in _ARGUMENTS)
_LETTERS = "abcd"
_STEPS = (([1.0, 100.0], 0.1), ([-2.0, 5.0], 0.1), ([3.0, 0.0], 0.05))  # gradient, learning rate


def _right(params: Any, grad: Any, square_avg: Any, *, learning_rate: Any) -> tuple[Any, Any]:
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


def _a(params: Any, grad: Any, square_avg: Any, *, learning_rate: Any) -> tuple[Any, Any]:
    square_avg = 0.9 * square_avg + 0.1 * np.square(grad, out=grad)
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


def _b(params: Any, grad: Any, square_avg: Any, *, learning_rate: Any) -> tuple[Any, Any]:
    square_avg = 0.9 * square_avg + 0.1 * np.mean(grad**2)
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


def _c(params: Any, grad: Any, square_avg: Any, *, learning_rate: Any) -> tuple[Any, Any]:
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    params -= learning_rate * grad / np.sqrt(square_avg + 1e-8)
    return params, square_avg


def _d(params: Any, grad: Any, square_avg: Any, *, learning_rate: Any) -> tuple[Any, Any]:
    average = 0.9 * square_avg + 0.1 * grad**2
    return params - learning_rate * grad / np.sqrt(average + 1e-8), square_avg


class _Bug(NamedTuple):
    """What is wrong with a version, with a hint, and the version."""

    does: str
    hint: str
    version: Version


_BUGS = {
    "a": _Bug(
        "writes the squares over the gradient that it was handed, and steps along the squares.",
        "What does `grad` hold after the first line of `version_a`? Print it.",
        _a,
    ),
    "b": _Bug(
        "gives all coordinates one average, of the mean of their squares, instead of one each.",
        "How far does each coordinate go in `version_b` for the gradient (1, 100)?",
        _b,
    ),
    "c": _Bug(
        "writes into the array of parameters that it was handed, which the caller still needs.",
        "Print what `trace` returns for `version_c`. Are these the parameters after each step?",
        _c,
    ),
    "d": _Bug(
        "hands back the average that it was given, so that every step is a first step.",
        "There are two averages in `version_d`. Which one does the next step need?",
        _d,
    ),
}


def _left_as_they_are() -> Iterator[Misconception]:
    """Yield attempts that leave one version as it is, two, three, or all of them."""
    for n_left in range(1, len(_LETTERS) + 1):
        for left in combinations(_LETTERS, n_left):
            first = _BUGS[left[0]]
            one = n_left == 1
            name = f"version{'' if one else 's'} {_listed(left)} {'is' if one else 'are'} not right"
            explanation = f"{'It' if one else f'Begin with version {left[0]}: it'} {first.does}"
            versions = [_BUGS[letter].version if letter in left else _right for letter in _LETTERS]
            yield Misconception(name, explanation, first.hint, versions)


def _listed(letters: tuple[str, ...]) -> str:
    *most, last = letters
    return f"{', '.join(most)} and {last}" if most else last


def _are_four(trial: Trial) -> None:
    """Note how many functions there are."""
    mended = trial.attempt
    fault, n_functions = None, {}
    if holds_ellipsis(mended):
        fault = Fault("not attempted", "not attempted")
    elif not isinstance(mended, list | tuple) or not all(map(callable, mended)):
        message = "hand over a list of the four functions themselves, without calling them"
        fault = Fault("unreadable", message)
    else:
        n_functions = {"functions": np.array(len(mended))}
    trial.calls.append(Call("mended", n_functions, fault))


def _of_version(letter: str) -> Probe:
    """Return a probe that takes three steps with one of the four functions."""

    def play(trial: Trial) -> None:
        version = trial.attempt[_LETTERS.index(letter)]
        params, square_avg = np.array([1.0, 2.0]), np.zeros(2)
        for grad, rate in _STEPS:
            params, square_avg = _try_step(
                trial, letter, version, (params, np.array(grad), square_avg), rate
            )

    return Probe(play)


def _try_step(
    trial: Trial, letter: str, version: Version, given: tuple[NDArray[Any], ...], rate: float
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Take a step, and note what comes back and what became of the arrays that were given."""
    words = [f"{name} = {value(array)}" for name, array in zip(_ARGUMENTS, given, strict=True)]
    trial.given = f"version {letter}: {', '.join(words)}, learning_rate = {rate}"
    callers = tuple(array.copy() for array in given)
    result = version(*callers, learning_rate=rate)
    trial.note((result, callers))
    for name, before, after in zip(_ARGUMENTS, given, callers, strict=True):
        if not np.array_equal(before, after):
            message = (
                f"version {letter} changes its argument {name}: it was {value(before)} before the "
                f"call and is {value(after)} after it. These four must leave it as it is"
            )
            trial.calls[-1] = trial.calls[-1]._replace(fault=Fault("argument", message))
            break
    params, square_avg = (np.array(part, dtype=float) for part in result)
    return params, square_avg


FIND_THE_BUG = Material(
    reference=[_right] * len(_LETTERS),
    probes=(Probe(_are_four), *map(_of_version, _LETTERS)),
    misconceptions=tuple(_left_as_they_are()),
    returns=(("params", "square_avg"), _CALLERS),
)
