"""What a right step with two memories can return wrongly, with momentum or centered."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._trial import Attempt


def handed_back(right: Attempt, choose: Callable[[Any, Any, Any], Any]) -> Attempt:
    """Return a step that returns something else, made of old and new parameters and states."""

    def step(params: Any, grad: Any, state: Any, **settings: Any) -> Any:
        return choose((params, state), *right(params, grad, state, **settings))

    return step


def wrong_pairs(right: Attempt, second: str) -> tuple[Misconception, ...]:
    """Return the mistakes for a state of `square_avg` and the memory named `second`."""

    def returning(choose: Callable[[Any, Any, Any], Any]) -> Attempt:
        return handed_back(right, choose)

    return (
        Misconception(
            "the two memories are swapped",
            f"The state comes back as ({second}, square_avg); the next step takes one for the "
            "other.",
            "In which order does the first line of the function unpack the state?",
            returning(lambda old, params, state: (params, state[::-1])),
        ),
        Misconception(
            "three results instead of two",
            f"It returns params, square_avg and {second} side by side; the two memories form one "
            "pair.",
            "What does the last line of the skeleton have in parentheses?",
            returning(lambda old, params, state: (params, *state)),
        ),
        Misconception(
            "the change instead of the parameters",
            "This returns by how much the parameters change, not the new parameters.",
            "What comes back if the parameters were 5 and nothing moves them?",
            returning(lambda old, params, state: (params - old[0], state)),
        ),
        Misconception(
            "integers in the parameters",
            "The parameters are cut to whole numbers, as in an array made of integers.",
            "What is the dtype of the array that you return?",
            returning(lambda old, params, state: (np.trunc(params), state)),
        ),
    )
