"""The two-cycle in which RMSProp ends on a parabola, and the curvature below which it converges."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.analysis import TwoCycle
from rmsprop_course.live import _svg
from rmsprop_course.live._marks import BLACK, beside, brief, corner_legend, level_line, upright_line
from rmsprop_course.live._runs import PathFigure, Run
from rmsprop_course.live._svg import LOOK, Axes, Axis, Panel
from rmsprop_course.live._traits import Choice, Count, Flag, Number
from rmsprop_course.numpy_optimizers import rmsprop
from rmsprop_course.objectives import quadratic

_FIRST_X = 1.6  # in units of η: near the cycle, and no whole number of steps from 0
_FARTHEST = 1.2  # of the iterates that are seen, in units of η
_SEEN = Axis(-0.05, 0.7)  # of amplitudes, in units of η
_RANGES = {"eps": (1e-6, 1.0), "curvature": (0.01, 100.0)}  # those of the sliders
_LABELS = {"eps": ("ε", "ε*"), "curvature": ("curvature λ", "λ*")}
_CURVE_POINTS = 200
_ARRIVED = 0.005  # how close to the prediction, in units of η
_EVEN = {"color": LOOK["optimizers"]["rmsprop"]["color"], "linestyle": "-"}
_ODD = {**_EVEN, "linestyle": "--"}
_PREDICTED = {"color": BLACK, "linestyle": ":"}
_FORMULAS = {True: ("2√ε/η", "√(η²/4 − ε/λ²)"), False: ("2ε/η", "η/2 − ε/λ")}


class LimitCycle(PathFigure):
    """RMSProp on ½ λ x²: it ends up jumping between ±a, or converges if λ is small.

    The run starts at x = 1.6 η.

    Parameters
    ----------
    learning_rate : float
        η, in units of x, more than 0.
    decay : float
        γ, dimensionless, in [0, 1).
    eps : float
        ε, 0 or more; in units of the squared gradient inside the root, of the gradient outside.
    eps_inside_sqrt : bool
        Where ε stands.
    curvature : float
        λ, more than 0.
    n_steps : int
        Number of steps, 1 to 2000.
    against : str
        What the amplitude is drawn against, "curvature" or "eps".

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Notes
    -----
    The amplitude is a = √(η²/4 - ε/λ²) with ε inside the root and η/2 - ε/λ with ε outside, as long
    as λ is above λ* = 2√ε/η or 2ε/η, and 0 otherwise. A small departure shrinks by √γ a step,
    more slowly close to λ*, and by the larger of two real factors for γ below 1/9: all this we
    derive.

    Examples
    --------
    >>> figure = LimitCycle(learning_rate=0.1, eps=1e-3, curvature=1.0, n_steps=500)
    >>> x = figure.simulate()["rmsprop"].params[:, 0]
    >>> x[-2:].round(6), round((0.1**2 / 4 - 1e-3) ** 0.5, 6)
    (array([-0.03873,  0.03873]), 0.03873)
    """

    figure_name: ClassVar[str] = "limit_cycle"

    learning_rate = Number(0.1, positive=True)
    decay = Number(0.9, high=1.0)
    eps = Number(1e-3)
    eps_inside_sqrt = Flag(True)
    curvature = Number(1.0, positive=True)
    n_steps = Count(200, low=1, high=2000)
    against = Choice("curvature", options=("curvature", "eps"))

    def runs(self) -> Mapping[str, Run]:
        """Return the one run, of RMSProp."""
        names = ("learning_rate", "decay", "eps", "eps_inside_sqrt")
        settings = {name: getattr(self, name) for name in names}
        start = (_FIRST_X * self.learning_rate,)
        return {"rmsprop": Run(quadratic([self.curvature]), rmsprop, start, self.n_steps, settings)}

    def panels(self) -> Sequence[Panel]:
        """Return the iterates, and the predicted amplitude with the measured one as a dot."""
        x = self.simulate()["rmsprop"].params[:, 0]
        return [self._iterates_panel(x), self._amplitude_panel(x)]

    def _cycle(self) -> TwoCycle:
        """Return what is predicted."""
        return TwoCycle(
            self.learning_rate, self.decay, self.eps, self.curvature, self.eps_inside_sqrt
        )

    def _iterates_panel(self, x: FloatArray) -> Panel:
        axes = Axes(Axis(0, self.n_steps), Axis(-_FARTHEST, _FARTHEST))
        points = np.stack([np.arange(len(x)), x / self.learning_rate], axis=-1)
        height = float(self._cycle().amplitude()) / self.learning_rate
        entries = [("even steps", _EVEN), ("odd steps", _ODD), ("± predicted", _PREDICTED)]
        markup = _svg.picture(
            _svg.frame(axes, title="Iterates", x_label="step", y_label="x / η"),
            corner_legend(entries, at_top=True),
            _svg.inside(
                level_line(height, axes),
                level_line(-height, axes),
                _svg.polyline(points[::2], axes, **_EVEN),
                _svg.polyline(points[1::2], axes, **_ODD),
            ),
        )
        return Panel(markup, f"Iterates of RMSProp on a parabola. {self._tell(x)}")

    def _amplitude_panel(self, x: FloatArray) -> Panel:
        low, high = _RANGES[self.against]
        x_label, mark = _LABELS[self.against]
        axes = Axes(Axis(low, high, log=True), _SEEN)
        cycle = self._cycle()
        is_eps = self.against == "eps"
        critical = float(cycle.critical_eps() if is_eps else cycle.critical_curvature())
        place = min(max(getattr(self, self.against), low), high)
        height = min(_measured(x) / self.learning_rate, _SEEN.high)
        marker = LOOK["optimizers"]["rmsprop"]["marker"]
        dot = _svg.dots([[place, height]], axes, color=_EVEN["color"], marker=marker)
        title = "Amplitude: predicted, measured ◆"
        markup = _svg.picture(
            _svg.frame(axes, title=title, x_label=x_label, y_label="amplitude / η"),
            _svg.inside(
                upright_line(critical, axes, linestyle=":"),
                _svg.polyline(self._curve(critical), axes, color=BLACK),
                f'<g stroke="{_EVEN["color"]}" stroke-width="5">{dot}</g>',
            ),
            beside(critical, 0, mark, axes),
        )
        side = "down to 0 at" if is_eps else "up from 0 at"
        return Panel(
            markup,
            f"Predicted amplitude against {x_label}, {side} the threshold {brief(critical)}, and "
            f"the measured amplitude {brief(_measured(x))} as a diamond.",
        )

    def _curve(self, critical: float) -> FloatArray:
        """Return points of the predicted amplitude, in units of η, over the range of the panel."""
        low, high = _RANGES[self.against]
        places = np.geomspace(low, high, _CURVE_POINTS + 1)
        places = np.sort(np.append(places, np.clip(critical, low, high)))
        cycle = self._cycle()
        is_eps = self.against == "eps"
        cycles = cycle._replace(eps=places) if is_eps else cycle._replace(curvature=places)
        return np.stack([places, cycles.amplitude() / self.learning_rate], axis=-1)

    def _tell(self, x: FloatArray) -> str:
        """Say which regime it is, and what is predicted and measured."""
        cycle, measured = self._cycle(), _measured(x)
        critical, predicted = float(cycle.critical_curvature()), float(cycle.amplitude())
        regime, place = "At the threshold", "at"
        if self.curvature != critical:
            above = self.curvature > critical
            regime, place = ("Two-cycle", "above") if above else ("Converges", "below")
        limit, formula = _FORMULAS[self.eps_inside_sqrt]
        source = f"{formula} = " if predicted > 0 else ""
        is_there = abs(measured - predicted) <= _ARRIVED * self.learning_rate
        return (
            f"{regime}: λ = {brief(self.curvature)} is {place} the threshold {limit} = "
            f"{brief(critical)}. Amplitude predicted: {source}{brief(predicted)}; measured after "
            f"{self.n_steps} steps: {brief(measured)}{'' if is_there else ', not there yet'}. "
            f"{self._tell_contraction()}"
        )

    def _tell_contraction(self) -> str:
        cycle = self._cycle()
        factor, is_cycle = float(cycle.contraction()), cycle.strength() > 0
        if factor < 1 - 1e-12:
            end = "the cycle" if is_cycle else "0"
            return f"A step leaves {_svg.shown(factor)} of a small departure from {end}."
        if is_cycle:
            return "In which cycle it ends, the start decides."
        return "At the threshold, x shrinks ever more slowly."


def _measured(x: FloatArray) -> float:
    """Return the larger of the last two distances from 0."""
    return float(np.abs(x[-2:]).max())
