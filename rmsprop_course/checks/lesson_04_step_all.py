"""Exercise `step-all` of lesson 04: a step for every array of a dict.

What a step is stands in `_wrong_updates`; here are the mistakes in handing it the arrays.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception, Probe
from rmsprop_course.checks._probes import call
from rmsprop_course.checks._trial import Trial
from rmsprop_course.checks._wrong_updates import inside, right_step

Arrays = Mapping[str, Any]
StepAll = Callable[..., tuple[Any, Any]]

_step = right_step(inside)


def _step_all(
    params: Arrays, grads: Arrays, square_avgs: Arrays, **settings: Any
) -> tuple[dict[str, Any], dict[str, Any]]:
    new_params, new_square_avgs = {}, {}
    for name in params:
        new_params[name], new_square_avgs[name] = _step(
            params[name], grads[name], square_avgs[name], **settings
        )
    return new_params, new_square_avgs


def _array(*numbers: Any) -> Any:
    return np.array(numbers, dtype=float)


_GIVEN = (
    {"W1": _array(0, 0), "b1": _array(0)},
    {"W1": _array(1, -2), "b1": _array(3)},
    {"W1": _array(0, 0.1), "b1": _array(1.5)},
)
_IN_OTHER_ORDERS = (
    {"W1": _array(0), "b1": _array(0), "W2": _array(0)},
    {"W2": _array(3), "b1": _array(2), "W1": _array(1)},
    {"b1": _array(1), "W1": _array(4), "W2": _array(0)},
)


def _two_steps(trial: Trial) -> None:
    params = {"W1": np.zeros((2, 2)), "b1": np.zeros(2)}
    grads = {"W1": _array([1, -2], [30, 0]), "b1": _array(0.5, -40)}
    averages = {name: np.zeros_like(array) for name, array in params.items()}
    for _ in range(2):
        result = trial.call(params, grads, averages, learning_rate=0.1, decay=0.9, eps=1e-8)
        if not all(isinstance(part, dict) and part.keys() == grads.keys() for part in result):
            return  # it cannot be handed on
        params, averages = result


def _of_names(change: Callable[[dict[str, Any]], Any]) -> StepAll:
    """Return `_step_all` with both dicts changed."""

    def step_all(*args: Any, **settings: Any) -> tuple[Any, Any]:
        params, square_avgs = _step_all(*args, **settings)
        return change(params), change(square_avgs)

    return step_all


def _of_arrays(change: Callable[[Any], Any]) -> StepAll:
    """Return `_step_all` with all arrays changed."""
    return _of_names(lambda arrays: {name: change(array) for name, array in arrays.items()})


def _from_averages(averages: Callable[[Arrays, Arrays, Any], Arrays]) -> StepAll:
    """Return a step with averages of the old ones, the gradients and γ."""

    def step_all(
        params: Arrays, grads: Arrays, old: Arrays, *, learning_rate: Any, decay: Any, eps: Any
    ) -> tuple[Any, Any]:
        new = averages(old, grads, decay)
        moved = {
            name: params[name] - learning_rate * grads[name] / inside(new[name], eps)
            for name in params
        }
        return moved, new

    return step_all


def _whole_array(old: Arrays, grads: Arrays, decay: Any) -> Arrays:
    return {n: decay * old[n] + (1 - decay) * np.mean(grads[n] ** 2) for n in old}


def _whole_array_as_a_number(old: Arrays, grads: Arrays, decay: Any) -> Arrays:
    return {n: decay * np.mean(old[n]) + (1 - decay) * np.mean(grads[n] ** 2) for n in old}


def _whole_network(old: Arrays, grads: Arrays, decay: Any) -> Arrays:
    squares = np.concatenate([np.ravel(grad) ** 2 for grad in grads.values()])
    return {n: decay * old[n] + (1 - decay) * np.mean(squares) for n in old}


def _forgetful(params: Arrays, grads: Arrays, square_avgs: Arrays, **settings: Any) -> Any:
    zeros = {name: np.zeros_like(array) for name, array in square_avgs.items()}
    return _step_all(params, grads, zeros, **settings)


def _stale(params: Arrays, grads: Arrays, square_avgs: Arrays, **settings: Any) -> Any:
    return _step_all(params, grads, square_avgs, **settings)[0], square_avgs


def _still(params: Arrays, grads: Arrays, square_avgs: Arrays, **settings: Any) -> Any:
    return params, _step_all(params, grads, square_avgs, **settings)[1]


def _swapped(*args: Any, **settings: Any) -> Any:
    params, square_avgs = _step_all(*args, **settings)
    return square_avgs, params


def _undivided(*args: Any, **settings: Any) -> Any:
    params, square_avgs = _step_all(*args, **settings)
    return {name: (params[name], square_avgs[name]) for name in params}, {}


def _by_position(params: Arrays, grads: Arrays, square_avgs: Arrays, **settings: Any) -> Any:
    taken = zip(params.values(), grads.values(), square_avgs.values(), strict=True)
    pairs = [_step(*arrays, **settings) for arrays in taken]
    moved, averages = zip(*pairs, strict=True)
    return dict(zip(params, moved, strict=True)), dict(zip(params, averages, strict=True))


def _deaf(*args: Any, **settings: Any) -> Any:
    return _step_all(*args, learning_rate=0.001, decay=0.9, eps=1e-8)


def _fixed(name: str, number: float) -> StepAll:
    return lambda *args, **settings: _step_all(*args, **{**settings, name: number})


def _one_of(place: int) -> Callable[[dict[str, Any]], Any]:
    return lambda arrays: dict([list(arrays.items())[place]])


_HANDED_WRONGLY = (
    Misconception(
        "the settings are not handed on",
        "The settings end in your function: every step takes its own default η, γ and ε instead.",
        "Call it with `learning_rate=0.1`, then with 0.2. Is there a difference?",
        _deaf,
    ),
    *(
        Misconception(
            f"hard-coded {name}",
            f"The result is the same whatever `{name}` is: the step does not get what was given.",
            f"Which `{name}` does your function hand to `step`?",
            _fixed(name, number),
        )
        for name, number in {"learning_rate": 0.1, "decay": 0.9, "eps": 1e-8}.items()
    ),
    Misconception(
        "matched by position",
        "The first array steps with the first gradient, and so on; they belong together by name.",
        "What happens if the names in `grads` stand in another order than those in `params`?",
        _by_position,
    ),
    Misconception(
        "the averages start anew in every step",
        "The averages that are handed in are not used: each step begins with zeros.",
        "Where does your function read `square_avgs`?",
        _forgetful,
    ),
    Misconception(
        "one average for each array",
        "All numbers of an array share the mean of their squares; each needs its own average.",
        "How far do the two numbers go whose gradients are 1 and 100?",
        _from_averages(_whole_array),
    ),
    Misconception(
        "one number as the average of an array",
        "It keeps a single number for each array; every number in the array needs its own average.",
        "Which shape do the averages of a matrix have in your result?",
        _from_averages(_whole_array_as_a_number),
    ),
    Misconception(
        "one average for the whole network",
        "All arrays share the mean of all squares; each number needs an average of its own.",
        "Do the averages of W1 depend on the gradient of b1?",
        _from_averages(_whole_network),
    ),
)

_RETURNED_WRONGLY = (
    Misconception(
        "the old averages are handed back",
        "The parameters are right, but the averages come back as they were: nothing is remembered.",
        "What does `step` return besides the parameters, and where do you put it?",
        _stale,
    ),
    Misconception(
        "the old parameters are handed back",
        "The averages are right, but the parameters come back as they were: nothing moves.",
        "What does `step` return besides the average, and where do you put it?",
        _still,
    ),
    Misconception(
        "the results are swapped",
        "The averages come back first and the parameters second.",
        "In which order does the last line of the skeleton name them?",
        _swapped,
    ),
    Misconception(
        "only the last array comes back",
        "Each round of the loop replaces the dict of the round before it, so one name is left.",
        "How many names are in your dicts after the loop?",
        _of_names(_one_of(-1)),
    ),
    Misconception(
        "only the first array comes back",
        "It returns in the first round of the loop, before the other arrays have had their step.",
        "How far is your `return` indented?",
        _of_names(_one_of(0)),
    ),
    Misconception(
        "the pair is not taken apart",
        "`step` returns two arrays, and both stand in the first dict; the second one is empty.",
        "What does `step` return, and how do you give its two parts a name each?",
        _undivided,
    ),
    Misconception(
        "the dicts are replaced by arrays",
        "Each round of the loop puts two arrays in place of the dicts; they belong into the dicts.",
        "What are your two dicts after the first round of the loop? Print their types.",
        _of_names(lambda arrays: list(arrays.values())[-1]),
    ),
    Misconception(
        "lists instead of dicts",
        "The arrays come back without their names; the network needs them in dicts.",
        "How does whoever gets your result find W1 in it?",
        _of_names(lambda arrays: list(arrays.values())),
    ),
    Misconception(
        "numbers instead of names",
        "The arrays come back under 0, 1, … instead of the names in `params`.",
        "Which keys do your dicts have?",
        _of_names(lambda arrays: dict(enumerate(arrays.values()))),
    ),
    Misconception(
        "the matrices are flattened",
        "A matrix comes back as one long row; every array must keep its shape.",
        "Which shape does W1 have before and after?",
        _of_arrays(np.ravel),
    ),
    Misconception(
        "integers in the arrays",
        "The results are cut to whole numbers, as in arrays made of integers.",
        "Which dtype do the arrays have into which you put the results?",
        _of_arrays(np.trunc),
    ),
)

STEP_ALL = Material(
    reference=_step_all,
    probes=(
        call(*_GIVEN, learning_rate=0.1, decay=0.9, eps=1e-8),
        call(*_GIVEN, learning_rate=0.3, decay=0.9, eps=1e-8, varies="learning_rate"),
        call(*_GIVEN, learning_rate=0.3, decay=0.5, eps=1e-8, varies="decay"),
        call(*_GIVEN, learning_rate=0.3, decay=0.5, eps=0.5, varies="eps"),
        Probe(_two_steps),
        call(*_IN_OTHER_ORDERS, learning_rate=0.1, decay=0.9, eps=1e-8),
    ),
    misconceptions=(*_HANDED_WRONGLY, *_RETURNED_WRONGLY),
    returns=("params", "square_avgs"),
)
