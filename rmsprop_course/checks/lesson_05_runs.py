"""Exercises `steps-when-turned` and `momentum-map` of lesson 05, which count steps of runs.

Runs in the turned valley are cached: most mistakes look at the same one, and nobody likes to wait.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmsprop_course import descent
from rmsprop_course.checks._exercise import Material, Misconception, Probe
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call
from rmsprop_course.checks._trial import Trial
from rmsprop_course.numpy_optimizers import Optimizer, gradient_descent, momentum, rmsprop
from rmsprop_course.objectives import Objective, beale, long_valley, quadratic, rotated_quadratic

Array = NDArray[Any]

_TOLERANCE = 0.01  # of the loss


def _stays_below(values: Array, tolerance: float = _TOLERANCE) -> Any:
    """Return the step from which values stay below; nan where they end above it."""
    settled = np.logical_and.accumulate(values[::-1] < tolerance).sum(axis=0)
    return np.where(settled > 0, len(values) - settled, np.nan)


def _miscounted(count: Callable[[float], Callable[..., Any]]) -> tuple[Misconception, ...]:
    """Return mistakes by one, of attempts that add a number of steps to the right one."""
    return (
        Misconception(
            "one step early",
            "It returns the last step with a loss above the limit; the next one is asked for.",
            "Look up the loss at the step that you return: is it below 0.01?",
            count(-1),
        ),
        Misconception(
            "one step late",
            "It returns one step more than it takes, as if the start counted as step 1.",
            "Look up the loss one step before the one that you return: is it below 0.01 already?",
            count(1),
        ),
    )


def _first_below(values: Array) -> Any:
    return np.argmax(values < _TOLERANCE, axis=0)


# --- The turned valley ---


@cache
def _turned_losses(
    optimizer: Optimizer,
    learning_rate: float,
    angle: float,
    start: tuple[float, float] | None = None,
) -> Array:
    surface = rotated_quadratic([1.0, 100.0], angle)
    return descent.run(
        surface,
        optimizer,
        start=surface.start if start is None else start,
        n_steps=1000,
        learning_rate=learning_rate,
    ).values


def _steps_when_turned(optimizer: Optimizer, learning_rate: float, degrees: float) -> Any:
    return _stays_below(_turned_losses(optimizer, learning_rate, float(np.deg2rad(degrees))))


def _turned(**changes: Any) -> Callable[..., Any]:
    """Return an attempt that turns the valley rightly, with another run in it."""

    def attempt(optimizer: Optimizer, learning_rate: float, degrees: float) -> Any:
        angle = float(np.deg2rad(degrees))
        return _stays_below(_turned_losses(optimizer, learning_rate, angle, **changes))

    return attempt


def _by_angle(angle: Callable[[float], Any]) -> Callable[..., Any]:
    """Return an attempt that makes something else of the degrees."""
    return lambda optimizer, learning_rate, degrees: _stays_below(
        _turned_losses(optimizer, learning_rate, float(angle(degrees)))
    )


def _by_losses(result: Callable[[Array], Any]) -> Callable[..., Any]:
    """Return an attempt that makes something else of the losses."""
    return lambda optimizer, learning_rate, degrees: result(
        _turned_losses(optimizer, learning_rate, float(np.deg2rad(degrees)))
    )


def _turned_probe(name: str, learning_rate: float, degrees: float, *, varies: str = "") -> Probe:
    optimizer = {"rmsprop": rmsprop, "gradient_descent": gradient_descent}[name]

    def play(trial: Trial) -> None:
        trial.given = f"optimizer = {name}, {learning_rate = }, {degrees = }"
        trial.note(trial.attempt(optimizer, learning_rate, degrees))

    return Probe(play, varies)


_TURNED_WRONGLY = (
    Misconception(
        "the angle is not in radians",
        "`rotated_quadratic` takes the degrees for radians, so that the valley turns much further.",
        "How large is a right angle in radians?",
        _by_angle(lambda degrees: degrees),
    ),
    Misconception(
        "the radians are made into degrees",
        "The angle is converted the wrong way, as if it had been given in radians.",
        "Is `np.deg2rad` or `np.rad2deg` the one that makes radians?",
        _by_angle(np.rad2deg),
    ),
    Misconception(
        "the start does not turn",
        "Every run starts at (1, 1); the start must turn with the valley, or the task changes.",
        "Which point does the surface itself name as its start?",
        _turned(start=(1.0, 1.0)),
    ),
    hard_coded("degrees", _by_angle(lambda degrees: 0.0)),
    Misconception(
        "turned the wrong way",
        "It turns clockwise, or has its curvatures swapped, which looks the same from the start.",
        "Which signs and which order do the numbers have that you hand to `rotated_quadratic`?",
        _by_angle(lambda degrees: -np.deg2rad(degrees)),
    ),
    hard_coded(
        "optimizer",
        lambda optimizer, learning_rate, degrees: _steps_when_turned(
            rmsprop, learning_rate, degrees
        ),
    ),
    hard_coded(
        "learning_rate",
        lambda optimizer, learning_rate, degrees: _steps_when_turned(optimizer, 0.003, degrees),
    ),
    Misconception(
        "the first time below",
        "It returns when the loss is below 0.01 for the first time; there it need not stay.",
        "What does your function return for a run that gets below 0.01 and leaves again?",
        _by_losses(_first_below),
    ),
    Misconception(
        "steps below instead of steps before",
        "It counts the steps that are below 0.01, not those that it takes to get there.",
        "If a run needed longer, would your number be larger or smaller?",
        _by_losses(lambda losses: np.sum(losses < _TOLERANCE)),
    ),
    Misconception(
        "the last loss instead of a number of steps",
        "It returns the loss at the end of the run; asked for is when it came below 0.01 to stay.",
        "In which units is your result: in steps, or in those of the loss?",
        _by_losses(lambda losses: losses[-1]),
    ),
    Misconception(
        "all losses instead of a number of steps",
        "It returns the loss after every step; asked for is when it came below 0.01 to stay.",
        "Which function of the lesson makes a number of steps of values?",
        _by_losses(lambda losses: losses),
    ),
    Misconception(
        "too few steps",
        "The run ends after 300 steps, so that a run that needs longer counts as never there.",
        "How many steps does the statement ask for?",
        _by_losses(lambda losses: _stays_below(losses[:301])),
    ),
    Misconception(
        "another tolerance",
        "It waits for a loss below 0.001; asked for is 0.01.",
        "Which number do you hand to `steps_to_converge`?",
        _by_losses(lambda losses: _stays_below(losses, 0.001)),
    ),
    *_miscounted(lambda more: _by_losses(lambda losses: _stays_below(losses) + more)),
)

STEPS_WHEN_TURNED = Material(
    reference=_steps_when_turned,
    probes=(
        _turned_probe("rmsprop", 0.003, 30),
        _turned_probe("gradient_descent", 0.003, 30, varies="optimizer"),
        _turned_probe("gradient_descent", 0.019, 30, varies="learning_rate"),
        _turned_probe("rmsprop", 0.003, 15),
        _turned_probe("rmsprop", 0.003, 0, varies="degrees"),
        _turned_probe("rmsprop", 0.03, 0),
    ),
    misconceptions=_TURNED_WRONGLY,
    seconds=20.0,
    rtol=0.002,  # allows one step more in the runs of RMSProp, and none in the short run
)


# --- The map of momentum ---


def _map_losses(
    learning_rates: Array, masses: Array, *, n_steps: int = 300, surface: Objective | None = None
) -> Array:
    """Return losses after each step, shape (n_steps + 1, n_rates, n_masses)."""
    surface = surface or long_valley()
    return descent.run(
        surface,
        momentum,
        start=surface.start,
        n_steps=n_steps,
        learning_rate=learning_rates[:, np.newaxis, np.newaxis],
        momentum=masses[:, np.newaxis],
    ).values


def _momentum_map(learning_rates: Array, masses: Array) -> Any:
    return _stays_below(_map_losses(learning_rates, masses))


def _by_rmsprop(name: str) -> Callable[..., Any]:
    """Return a map of RMSProp over a setting in place of the momentum of gradient descent."""
    valley = long_valley()
    return lambda learning_rates, masses: _stays_below(
        descent.run(
            valley,
            rmsprop,
            start=valley.start,
            n_steps=300,
            learning_rate=learning_rates[:, np.newaxis, np.newaxis],
            **{name: masses[:, np.newaxis]},
        ).values
    )


def _unreached(instead: float) -> Callable[..., Any]:
    def attempt(learning_rates: Array, masses: Array) -> Any:
        steps = _momentum_map(learning_rates, masses)
        return np.where(np.isnan(steps), instead, steps)

    return attempt


_MAPPED_WRONGLY = (
    Misconception(
        "rates and masses are swapped",
        "A row holds the runs of one momentum; it should hold those of one learning rate.",
        "Which of your two settings has the shape (n, 1, 1)?",
        lambda learning_rates, masses: _momentum_map(learning_rates, masses).T,
    ),
    Misconception(
        "the first time below",
        "It returns when the loss is below 0.01 for the first time; there it need not stay.",
        "Momentum swings through the minimum. Does your number know that it came out again?",
        lambda *axes: _first_below(_map_losses(*axes)),
    ),
    Misconception(
        "steps below instead of steps before",
        "It counts the steps that are below 0.01, not those that it takes to get there.",
        "If a run needed longer, would your number be larger or smaller?",
        lambda *axes: np.sum(_map_losses(*axes) < _TOLERANCE, axis=0),
    ),
    Misconception(
        "the last loss instead of a number of steps",
        "It returns the loss at the end of each run; asked for is when it came below 0.01 to stay.",
        "In which units is your result: in steps, or in those of the loss?",
        lambda *axes: _map_losses(*axes)[-1],
    ),
    Misconception(
        "all losses instead of a number of steps",
        "It returns the loss after every step; asked for is when it came below 0.01 to stay.",
        "Which function of the lesson makes a number of steps of values?",
        _map_losses,
    ),
    Misconception(
        "too many steps",
        "The runs have 1000 steps; asked for is what 300 steps reach.",
        "How many steps does the statement ask for?",
        lambda *axes: _stays_below(_map_losses(*axes, n_steps=1000)),
    ),
    Misconception(
        "another tolerance",
        "It waits for a loss below 0.001; asked for is 0.01.",
        "Which number do you hand to `steps_to_converge`?",
        lambda *axes: _stays_below(_map_losses(*axes), 0.001),
    ),
    *_miscounted(lambda more: lambda *axes: _momentum_map(*axes) + more),
    Misconception(
        "300 where it never gets there",
        "A run that does not get there counts as if it did at the end; nan says that it did not.",
        "How would you tell a run that needs 300 steps from one that fails?",
        _unreached(300.0),
    ),
    Misconception(
        "0 where it never gets there",
        "A run that does not get there counts as if it had begun there; nan says that it did not.",
        "How would you tell a run that starts at the minimum from one that fails?",
        _unreached(0.0),
    ),
    Misconception(
        "RMSProp with the masses as its decay",
        "This is the map of RMSProp once more, with `masses` for γ; the map is of `momentum`.",
        "Which optimizer does your call of `descent.run` name?",
        _by_rmsprop("decay"),
    ),
    Misconception(
        "RMSProp with momentum",
        "This maps RMSProp with a buffer; `momentum` is gradient descent with a buffer.",
        "Which optimizer does your call of `descent.run` name?",
        _by_rmsprop("momentum"),
    ),
    Misconception(
        "another surface",
        "These runs are on Beale's function; the map is of the long valley.",
        "Which surface, and whose start, does your call of `descent.run` name?",
        lambda *axes: _stays_below(_map_losses(*axes, surface=beale())),
    ),
    Misconception(
        "a quadratic valley",
        "These runs are in a quadratic valley of curvatures 1 and 100, not in the long valley.",
        "Which surface, and whose start, does your call of `descent.run` name?",
        lambda *axes: _stays_below(_map_losses(*axes, surface=quadratic([1.0, 100.0]))),
    ),
    hard_coded(
        "masses",
        lambda learning_rates, masses: _momentum_map(learning_rates, np.full_like(masses, 0.9)),
    ),
    hard_coded(
        "learning_rates",
        lambda learning_rates, masses: _momentum_map(np.geomspace(0.001, 1, 200), masses),
    ),
)

_RATES, _MASSES = [0.05, 0.18, 0.3], [0.5, 0.9]

MOMENTUM_MAP = Material(
    reference=_momentum_map,
    probes=(
        call([0.18], [0.9]),
        call(_RATES, _MASSES),
        call(_RATES, [0.0, 0.8], varies="masses"),
        call([0.01, 0.1, 0.2], [0.0, 0.8], varies="learning_rates"),
    ),
    misconceptions=_MAPPED_WRONGLY,
    seconds=20.0,
    rtol=0.005,  # allows one step more in the longest run, and none in the others
)
