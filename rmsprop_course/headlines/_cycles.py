"""Headlines of the limit cycle: how far RMSProp swings in the end, and where it comes to rest.

RMSProp works element by element, so many parabolas are one run with as many parameters.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from rmsprop_course import descent
from rmsprop_course._settings import FloatArray
from rmsprop_course.analysis import TwoCycle, critical_curvature, critical_power, power_run
from rmsprop_course.headlines._headline import Headline
from rmsprop_course.numpy_optimizers import rmsprop
from rmsprop_course.objectives import quadratic

_RATE = 0.1  # η
_START = 1.6  # in units of η: near the cycle, and no whole number of steps from 0
_SEVERAL = (1.0, 10.0, 100.0, 1000.0)  # curvatures of a diagonal quadratic
_WE_DERIVE = "we derive"

_FAMOUS: dict[str, dict[str, Any]] = {
    "the definition's η, ε = 1e-8 inside": {"learning_rate": 1e-3, "eps": 1e-8},
    "PyTorch's defaults": {"learning_rate": 1e-2, "eps": 1e-8, "eps_inside_sqrt": False},
    "DQN's η and ε": {"learning_rate": 2.5e-4, "eps": 0.01},
    "Inception's η and ε": {"learning_rate": 0.045, "eps": 1.0},
}


def _end(curvatures: Sequence[float], *, n_steps: int, **settings: Any) -> FloatArray:
    """Return where a run on ½ Σ λ x² ends, from x = 1.6 η in every direction."""
    start = np.full(len(curvatures), _START * settings["learning_rate"])
    path = descent.run(quadratic(curvatures), rmsprop, start=start, n_steps=n_steps, **settings)
    end: FloatArray = path.params[-1]
    return end


def _swing(**settings: Any) -> float:
    """Return |x| at the end of a run on ½ x²."""
    return float(np.abs(_end([1.0], n_steps=2000, **settings)).item())


def _floor() -> float:
    """Return the loss at the end of a run on a diagonal quadratic."""
    end = _end(_SEVERAL, n_steps=5000, learning_rate=0.01, eps=0.0)
    return float(quadratic(_SEVERAL).value(end))


def _shrinking(decay: float, *, n_steps: int) -> float:
    """Return what a step leaves of a small departure from the cycle, from the slope of its log.

    The departure turns while it shrinks, so its largest value in a window stands for it.
    """
    path = descent.run(
        quadratic([1.0]),
        rmsprop,
        start=[0.51 * _RATE],
        n_steps=n_steps,
        learning_rate=_RATE,
        decay=decay,
        eps=0.0,
        initial_square_avg=(_RATE / 2) ** 2,
    )
    departures = np.abs(np.abs(path.params[:, 0]) - _RATE / 2)
    windows = np.lib.stride_tricks.sliding_window_view(departures, n_steps // 8)
    largest = windows.max(axis=-1)[n_steps // 4 :]
    slope, _ = np.polyfit(np.arange(len(largest)), np.log(largest), 1)
    return float(np.exp(slope))


def _threshold(**settings: Any) -> float:
    """Return the curvature between rest and swing, of 40 around the predicted one."""
    curvatures = np.geomspace(0.95, 1.06, 40) * critical_curvature(**settings)
    swings = np.abs(_end(list(curvatures), n_steps=20_000, **settings)) > 1e-12
    first = int(np.argmax(swings))
    return float(curvatures[first - 1 : first + 1].mean()) if first else np.nan


def _after_a_schedule() -> float:
    """Return |x| after 100 000 steps with η = 0.1/√t."""
    rates = _RATE / np.sqrt(np.arange(1, 100_001))
    return float(np.abs(power_run(2.0, learning_rates=rates)[-1]))


def _critical_power(decay: float) -> float:
    """Return the power between a cycle that attracts and one that repels, of 100 powers."""
    powers, start = np.linspace(1.9, 2.9, 100), 0.52 * _RATE
    x = power_run(
        powers,
        learning_rates=np.full(10_000, _RATE),
        decay=decay,
        start=start,
        initial_square_avg=start ** (2 * powers - 2),
    )
    departures = np.abs(np.abs(x[-500:]) - _RATE / 2).max(axis=0)
    first = int(np.argmax(departures > 1e-6 * _RATE))
    return float(powers[first - 1 : first + 1].mean()) if first else np.nan


_OUTSIDE = TwoCycle(_RATE, 0.9, 0.01, 1.0, False)
_INSIDE = TwoCycle(_RATE, 0.9, 1e-3, 1.0, True)

CYCLES = (
    Headline(
        "swing",
        "09",
        "final swing on ½ x², η/2 at η = 0.1",
        _RATE / 2,
        1e-9,
        _WE_DERIVE,
        partial(_swing, learning_rate=_RATE, eps=0.0),
    ),
    Headline(
        "swing-outside",
        "09",
        "with ε = 0.01 outside, η/2 - ε/λ",
        float(_OUTSIDE.amplitude()),
        1e-9,
        _WE_DERIVE,
        partial(_swing, learning_rate=_RATE, eps=0.01, eps_inside_sqrt=False),
    ),
    Headline(
        "swing-inside",
        "09",
        "with ε = 0.001 inside, √(η²/4 - ε/λ²)",
        float(_INSIDE.amplitude()),
        1e-9,
        _WE_DERIVE,
        partial(_swing, learning_rate=_RATE, eps=1e-3),
    ),
    *(
        Headline(
            f"attraction-{decay:g}",
            "09",
            f"a step leaves of a departure, γ = {decay:g}",
            float(TwoCycle(_RATE, decay, 0.0, 1.0, True).contraction()),
            tolerance,
            _WE_DERIVE,
            partial(_shrinking, decay, n_steps=n_steps),
        )
        for decay, tolerance, n_steps in ((0.9, 5e-4, 400), (0.05, 1e-3, 80))
    ),
    *(
        Headline(
            f"threshold-{number}",
            "09",
            f"λ*: {name}",
            float(critical_curvature(**settings)),
            0.005 * float(critical_curvature(**settings)),
            _WE_DERIVE,
            partial(_threshold, **settings),
        )
        for number, (name, settings) in enumerate(_FAMOUS.items(), start=1)
    ),
    Headline(
        "loss-floor",
        "09",
        "loss floor η² tr(H)/8, four curvatures, η = 0.01",
        0.01**2 * sum(_SEVERAL) / 8,
        1e-9,
        _WE_DERIVE,
        _floor,
    ),
    Headline(
        "schedule",
        "09",
        "|x| after 100 000 steps of η = 0.1/√t, η/2",
        _RATE / np.sqrt(100_000) / 2,
        1e-7,
        _WE_DERIVE,
        _after_a_schedule,
    ),
    *(
        Headline(
            f"critical-power-{decay:g}",
            "09",
            f"largest p with a stable cycle on |x|^p, γ = {decay:g}",
            float(critical_power(decay)),
            0.01,
            _WE_DERIVE,
            partial(_critical_power, decay),
        )
        for decay in (0.9, 0.5)
    ),
)
