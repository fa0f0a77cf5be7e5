"""Headlines of the saddle: how long gradient descent and RMSProp stay on it."""

from functools import partial

import numpy as np

from rmsprop_course import descent
from rmsprop_course.headlines._headline import Headline
from rmsprop_course.numpy_optimizers import Optimizer, gradient_descent, rmsprop
from rmsprop_course.objectives import rotated_quadratic

_RATE = 0.01
_OFFSETS = (1e-2, 1e-4, 1e-8, 1e-10)  # δ: how far from the ridge a run starts
_WHEN_TURNED = (137, 154, 170, 175)  # steps, as counted before


def _steps_to_leave(optimizer: Optimizer, angle: float, offset: float) -> float:
    """Return the first step with |y| of 1 or more, from (-1, δ), on x² - y² turned by an angle."""
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    settings = {"eps": 0.0} if optimizer is rmsprop else {}
    path = descent.run(
        rotated_quadratic([2.0, -2.0], angle),
        optimizer,
        start=np.array([-1.0, offset]) @ turn,
        n_steps=1500,
        learning_rate=_RATE,
        **settings,
    )
    return float(np.argmax(np.abs((path.params @ turn.T)[:, 1]) >= 1))


def _headline(
    name: str, claim: str, optimizer: Optimizer, angle: float, offset: float, steps: float
) -> Headline:
    is_theory = optimizer is gradient_descent
    return Headline(
        f"saddle-{name}-{offset:.0e}",
        "05",
        f"{claim}, δ = {offset:.0e}",
        steps,
        1.0 if is_theory else 0.5,  # a whole number of steps
        "we derive" if is_theory else "we compute",
        partial(_steps_to_leave, optimizer, angle, offset),
    )


SADDLES = (
    *(
        _headline(
            "descent",
            "steps of gradient descent, ln(1/δ)/ln 1.02",
            gradient_descent,
            0.0,
            offset,
            float(np.log(1 / offset) / np.log(1 + 2 * _RATE)),
        )
        for offset in _OFFSETS
    ),
    *(
        _headline("rmsprop", "steps of RMSProp, any δ", rmsprop, 0.0, offset, 72)
        for offset in _OFFSETS
    ),
    *(
        _headline("turned", "steps of RMSProp, turned by 45°", rmsprop, np.pi / 4, offset, steps)
        for offset, steps in zip(_OFFSETS, _WHEN_TURNED, strict=True)
    ),
)
