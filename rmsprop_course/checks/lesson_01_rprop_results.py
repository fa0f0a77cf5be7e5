"""What "rprop-step" can remember or hand back wrongly, after a right step or without a rest."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._trial import Attempt
from rmsprop_course.checks.lesson_01_rprop import RIGHT_STEP, judge_signs, rprop_step


def wrong_rprop_results() -> tuple[Misconception, ...]:
    """Return all of them."""
    return (*_wrong_memories(), *_wrong_results())


def _wrong_memories() -> tuple[Misconception, ...]:
    """Return steps that remember another gradient."""

    def remembering(memory: Callable[[Any, Any], Any]) -> Attempt:
        def step(params: Any, grad: Any, step_size: Any, previous_grad: Any) -> Any:
            params, step_size, _ = RIGHT_STEP(params, grad, step_size, previous_grad)
            return params, step_size, memory(grad, previous_grad)

        return step

    return (
        Misconception(
            "the gradient is remembered where the sign changed",
            "The weight rests, but its gradient is remembered as it is; it should be remembered as "
            "0.",
            "What does the next step do, if the gradient keeps its new sign?",
            remembering(lambda grad, previous_grad: grad),
        ),
        Misconception(
            "no rest, and no 0 to remember",
            "Where the sign changes, the weight moves on and the gradient is remembered as it is; "
            "it should rest, and remember 0.",
            "Print the weight before and after a change of sign: is it the same?",
            rprop_step(
                move=lambda params, grad, agree, new, old: (params - new * np.sign(grad), grad)
            ),
        ),
        Misconception(
            "the previous gradient is handed back",
            "The gradient that comes back is the old one, so the next step compares with that.",
            "With which gradient should the next step compare?",
            remembering(lambda grad, previous_grad: previous_grad),
        ),
        Misconception(
            "always 0 to remember",
            "0 is remembered everywhere, so the next step knows no sign and no step size changes.",
            "Where should 0 be remembered, and where the gradient?",
            remembering(lambda grad, previous_grad: np.zeros_like(grad)),
        ),
        Misconception(
            "the sign is remembered, not the gradient",
            "The steps are right, but what comes back third is the sign of the gradient.",
            "What does the signature call the third result?",
            remembering(
                lambda grad, prev: np.sign(np.where(judge_signs(grad, prev) < 0, 0.0, grad))
            ),
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return right steps that hand back something else."""

    def handing_back(results: Callable[..., Any]) -> Attempt:
        def step(params: Any, grad: Any, step_size: Any, previous_grad: Any) -> Any:
            moved, new, remembered = RIGHT_STEP(params, grad, step_size, previous_grad)
            return results(params, step_size, moved, new, remembered)

        return step

    return (
        Misconception(
            "params and step sizes swapped",
            "The step sizes come back first and the parameters second.",
            "In which order does the docstring name the results?",
            handing_back(lambda params, size, moved, new, remembered: (new, moved, remembered)),
        ),
        Misconception(
            "gradient and step sizes swapped",
            "The gradient comes back second and the step sizes third.",
            "In which order does the docstring name the results?",
            handing_back(lambda params, size, moved, new, remembered: (moved, remembered, new)),
        ),
        Misconception(
            "the old step sizes are handed back",
            "The weight moves by the new step size, but the old one comes back, so it never grows.",
            "Which step sizes does the next step need?",
            handing_back(lambda params, size, moved, new, remembered: (moved, size, remembered)),
        ),
        Misconception(
            "the factors instead of the step sizes",
            "1.2, 0.5 or 1 comes back; the step sizes that they make are asked for.",
            "In which units is a step size?",
            handing_back(
                lambda params, size, moved, new, remembered: (moved, new / size, remembered)
            ),
        ),
        Misconception(
            "the change instead of the parameters",
            "This returns by how much the parameters change, not the new parameters.",
            "What comes back if the parameters were 5 and they rest?",
            handing_back(
                lambda params, size, moved, new, remembered: (moved - params, new, remembered)
            ),
        ),
        Misconception(
            "whole numbers in the parameters",
            "The parameters are cut to whole numbers, as in an array made of integers.",
            "What is the dtype of the array that you return?",
            handing_back(
                lambda params, size, moved, new, remembered: (np.trunc(moved), new, remembered)
            ),
        ),
        Misconception(
            "whole numbers in the step sizes",
            "The step sizes are cut to whole numbers, as in an array made of integers.",
            "What is the dtype of the array that you return?",
            handing_back(
                lambda params, size, moved, new, remembered: (moved, np.trunc(new), remembered)
            ),
        ),
    )
