"""A noisy signal whose level jumps, its moving average, and the weights behind one value of it."""

import math
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.live import _marks, _svg
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._marks import BLACK, CURVES, brief
from rmsprop_course.live._noise import seeded_noise
from rmsprop_course.live._svg import Axes, Axis, Panel
from rmsprop_course.live._traits import Count, Flag, Number
from rmsprop_course.moving_average import (
    effective_sample_size,
    half_life,
    moving_average,
    variance_ratio,
    weight_sum,
    weights,
    window,
)

_N_STEPS, _OLDEST = 300, 99  # steps of the signal, ages of the weights that are drawn
_LAST_SEED = 999_999
_BELOW = 0.08  # of the panel's height: how much lower the second line ends, below the first's label
_AVERAGE, _CORRECTED = CURVES[:2]
_TRUTH = {"color": BLACK, "linestyle": ":"}


class MovingAverage(LiveFigure):
    """The moving average of a noisy signal, from v₀ = 0, and the weights of what it averages.

    The signal has 300 steps; its level is 1 and jumps once.

    Parameters
    ----------
    decay : float
        γ, dimensionless, in [0, 1).
    noise : float
        Standard deviation of the signal around its level, in units of the signal.
    jump_size : float
        What the jump adds to the level, in units of the signal; finite.
    jump_step : int
        The last step at the old level, 0 to 300.
    step : int
        The step whose weights are shown, 1 to 300.
    bias_correction : bool
        Draw the average divided by the sum of its weights, 1 - γ^t, too, and show its weights.
    seed : int
        Chooses the noise, 0 to 999999.

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Examples
    --------
    >>> figure = MovingAverage(decay=0.99, step=1)
    >>> figure.simulate()["weights"].round(6)
    array([0.01])
    >>> figure.bias_correction = True
    >>> figure.simulate()["weights"].round(6)
    array([1.])
    """

    figure_name: ClassVar[str] = "moving_average"

    decay = Number(0.9, high=1.0)
    noise = Number(0.8)
    jump_size = Number(3.0, low=-np.inf, positive=True)
    jump_step = Count(100, low=0, high=_N_STEPS)
    step = Count(120, low=1, high=_N_STEPS)
    bias_correction = Flag(False)
    seed = Count(0, low=0, high=_LAST_SEED)

    def simulate(self) -> Mapping[str, FloatArray]:
        """Return the signal, its averages, and the weights, newest first, of the step shown."""
        steps = np.arange(1, _N_STEPS + 1)
        truth = np.where(steps <= self.jump_step, 1.0, 1.0 + self.jump_size)
        signal = truth + self.noise * seeded_noise(self.seed, _N_STEPS)
        average = moving_average(signal, self.decay)
        total = weight_sum(self.decay, self.step) if self.bias_correction else 1.0
        return {
            "signal": signal,
            "truth": truth,
            "average": average,
            "corrected": average / weight_sum(self.decay, steps),
            "weights": weights(self.decay, self.step) / total,
        }

    def panels(self) -> Sequence[Panel]:
        """Return the signal with its averages, and the weights."""
        shown = self.simulate()
        return [self._signal_panel(shown), self._weights_panel(shown["weights"])]

    def _signal_axes(self) -> Axes:
        """Axes that stay while decay and noise (up to 2) move, so that their effect is seen."""
        margin = max(3.0, 1.5 * self.noise)
        levels = (0.0, 1.0, 1.0 + self.jump_size)
        return Axes(Axis(0, _N_STEPS), Axis(min(levels) - margin, max(levels) + margin))

    def _signal_panel(self, shown: Mapping[str, FloatArray]) -> Panel:
        axes, steps = self._signal_axes(), np.arange(1, _N_STEPS + 1)
        lines = {"truth": _TRUTH, "average": _AVERAGE}
        if self.bias_correction:
            lines["corrected"] = _CORRECTED
        drawn = {name: np.stack([steps, shown[name]], axis=-1) for name in ("signal", *lines)}
        curves = [
            _svg.polyline(drawn[name], axes, color=style["color"], linestyle=style["linestyle"])
            for name, style in lines.items()
        ]
        last, style = [*lines.items()][-1]
        now = drawn[last][self.step - 1]
        markup = _svg.picture(
            _svg.frame(
                axes,
                title="Signal and average",
                x_label="step",
                y_label="units of the signal (dots)",
            ),
            _svg.inside(
                _marks.specks(drawn["signal"], axes),
                *curves,
                _marks.upright_line(self.step, axes),
                _svg.dots([now], axes, color=style["color"], marker="D"),
                _marks.corner_legend([*lines.items()], at_top=self.jump_size < 0),
            ),
        )
        return Panel(markup, f"{self._signal_in_words()} {self._average_in_words(shown)}")

    def _weights_panel(self, seen: FloatArray) -> Panel:
        percent = 100 * seen
        high = 1.35 * percent[0]
        axes = Axes(Axis(-1, _OLDEST), Axis(0, high))
        memory = [
            ("half-life", half_life(self.decay), "--"),
            ("window", window(self.decay), ":"),
        ]
        if memory[1][1] > _OLDEST:  # the label that stands at the edge goes above the other's line
            memory.reverse()
        lines = []
        for row, (name, length, linestyle) in enumerate(memory):
            lines += [
                _marks.upright_line(
                    float(length), axes, top=high * (1 - _BELOW * row), linestyle=linestyle
                ),
                _marks.beside(float(length), row, f"{name} {brief(length)}", axes),
            ]
        markup = _svg.picture(
            _svg.frame(axes, title=self._title(), x_label="age (steps)", y_label="weight (%)"),
            _svg.inside(
                _marks.stems(
                    np.stack([np.arange(self.step), percent], axis=-1)[: _OLDEST + 1],
                    axes,
                    color=(_CORRECTED if self.bias_correction else _AVERAGE)["color"],
                ),
                *lines,
            ),
        )
        return Panel(markup, f"{self._weights_in_words(percent[0])} {self._memory_in_words()}")

    def _sum(self) -> float:
        """Sum of the weights of the step shown."""
        return 1.0 if self.bias_correction else float(weight_sum(self.decay, self.step))

    def _title(self) -> str:
        return f"Weights at step {self.step}: sum {brief(self._sum())}"

    def _signal_in_words(self) -> str:
        old, new = brief(1.0), brief(1.0 + self.jump_size)
        level = f"{old} until step {self.jump_step} and {new} after it"
        if self.jump_step in (0, _N_STEPS):
            level = f"{old if self.jump_step else new} at all steps"
        return f"A noisy signal of {_N_STEPS} steps whose level is {level}, noise {self.noise:g}."

    def _average_in_words(self, shown: Mapping[str, FloatArray]) -> str:
        first, now = (brief(shown["average"][step - 1]) for step in (1, self.step))
        said = f"Its moving average with decay {self.decay:g} starts at {first} after one step"
        if self.bias_correction:
            fixed = brief(shown["corrected"][0])
            said += f", or at {fixed} when it is divided by the sum of its weights,"
        kept = brief(100 * variance_ratio(self.decay))
        return (
            f"{said} and is {now} at step {self.step}; it keeps {kept} % of the noise's variance."
        )

    def _weights_in_words(self, newest: float) -> str:
        return (
            f"Weights of the values behind the average at step {self.step}, from {brief(newest)} % "
            f"for the newest, falling geometrically with age; they sum to {brief(self._sum())}."
        )

    def _memory_in_words(self) -> str:
        length = half_life(self.decay)
        return (
            f"Half-life {brief(length)} steps, window {brief(window(self.decay))} steps, worth "
            f"{brief(effective_sample_size(self.decay))} values; "
            f"a jump is half covered after {max(1, math.ceil(length))} steps."
        )
