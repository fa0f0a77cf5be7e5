"""Optimizers side by side on a surface, from a start and with settings that the reader chooses."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rmsprop_course import numpy_optimizers
from rmsprop_course._settings import FloatArray
from rmsprop_course.descent import Trajectory
from rmsprop_course.live import _svg
from rmsprop_course.live._runs import PathFigure, Run
from rmsprop_course.live._svg import LOOK, Axes, Axis, Panel
from rmsprop_course.live._traits import Choice, Count, Flag, Names, Number, Point
from rmsprop_course.objectives import SURFACES, Objective

# Which knob of the playground is which setting of an optimizer.
_KNOBS = json.loads((Path(__file__).parent / "js" / "knobs.json").read_text(encoding="utf-8"))
_OPTIMIZERS = {name: getattr(numpy_optimizers, name.replace(" ", "_")) for name in _KNOBS}


class Playground(PathFigure):
    """Up to six optimizers on one of seven surfaces, with their losses beside their paths.

    Parameters
    ----------
    surface : str
        A name in `objectives.SURFACES`.
    optimizers : sequence of str
        Which ones run: "gradient descent", "momentum", "rprop", "adagrad", "rmsprop", "adam".
    start : tuple of float
        Where all of them start; the surface's own start if not given.
    n_steps : int
        Number of steps, 1 to 1000.
    learning_rate : float
        η of all of them, more than 0; the first step length of rprop.
    momentum : float
        μ of momentum and β₁ of Adam, in [0, 1).
    decay : float
        γ of RMSProp and β₂ of Adam, in [0, 1).
    eps : float
        ε of Adagrad, RMSProp and Adam, 0 or more.
    eps_inside_sqrt : bool
        Where ε of RMSProp stands.
    initial_square_avg : float
        First average v₀ of RMSProp, 0 or more.
    rmsprop_momentum : float
        Momentum within RMSProp, in [0, 1).
    centered : bool
        Whether RMSProp subtracts the square of the average gradient.

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Examples
    --------
    >>> figure = Playground(surface="saddle", optimizers=["gradient descent", "rmsprop"])
    >>> figure.learning_rate = 0.02
    >>> figure.start
    (-1.0, 0.01)
    >>> {name: float(path.values[-1].round(2)) for name, path in figure.simulate().items()}
    {'gradient descent': -0.25, 'rmsprop': -6.86}
    """

    figure_name: ClassVar[str] = "playground"

    surface = Choice("long valley", options=tuple(SURFACES))
    optimizers = Names([name for name in _KNOBS if name != "rprop"], options=tuple(_KNOBS))
    start = Point(SURFACES["long valley"].start)
    n_steps = Count(100, low=1, high=1000)
    learning_rate = Number(0.05, positive=True)
    momentum = Number(0.9, high=1.0)
    decay = Number(0.9, high=1.0)
    eps = Number(1e-8)
    eps_inside_sqrt = Flag(True)
    initial_square_avg = Number(0.0)
    rmsprop_momentum = Number(0.0, high=1.0)
    centered = Flag(False)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        if "start" not in settings:
            self.start = self._objective().start

    def runs(self) -> Mapping[str, Run]:
        """Return the runs of the chosen optimizers, each with the knobs that it has."""
        return {name: self._run(name) for name in self.optimizers}

    def panels(self) -> Sequence[Panel]:
        """Return the paths over the contours, and the losses step by step."""
        paths = self.simulate()
        return [self._path_panel(paths), self._loss_panel(paths)]

    def _objective(self) -> Objective:
        return SURFACES[self.surface]

    def _run(self, name: str) -> Run:
        settings = {setting: getattr(self, knob) for setting, knob in _KNOBS[name].items()}
        return Run(self._objective(), _OPTIMIZERS[name], self.start, self.n_steps, settings)

    def _path_panel(self, paths: Mapping[str, Trajectory]) -> Panel:
        objective = self._objective()
        axes = Axes(*(Axis(low, high) for low, high in objective.domain))
        minimum = objective.minimum
        markup = _svg.picture(
            _svg.frame(axes, title="Paths", x_label="parameter 1", y_label="parameter 2"),
            _svg.inside(
                _svg.contours(objective.value, axes),
                "" if minimum is None else _svg.star(minimum, axes),
                *(
                    _line(path.params, axes, name, count=100, gap=14)
                    for name, path in paths.items()
                ),
                _svg.cross(self.start, axes),
            ),
            legend=tuple(paths),
        )
        x, y = (_svg.shown(value, 4) for value in self.start)
        names = ", ".join(LOOK["labels"][name] for name in paths) or "no optimizer"
        what = f"Paths of {names} over the contours of the surface {self.surface}"
        return Panel(markup, f"{what}, {self.n_steps} steps from ({x}, {y}).")

    def _loss_panel(self, paths: Mapping[str, Trajectory]) -> Panel:
        objective, floor = self._objective(), self._objective().minimum_value
        low, high = _svg.range_of(objective.value, objective.domain)
        heights = Axis(low, high) if floor is None else Axis(1e-8, high - floor, log=True)
        axes = Axes(Axis(0, self.n_steps), heights)
        y_label = "loss" if floor is None else "loss above the minimum"
        curves = {
            name: np.stack([np.arange(len(path.values)), path.values - (floor or 0.0)], axis=-1)
            for name, path in paths.items()
        }
        markup = _svg.picture(
            _svg.frame(axes, title="Losses", x_label="step", y_label=y_label),
            _svg.inside(*(_line(curve, axes, name, count=8) for name, curve in curves.items())),
        )
        ends = ", ".join(f"{LOOK['labels'][name]} {_end(path)}" for name, path in paths.items())
        return Panel(markup, f"Losses after {self.n_steps} steps: {ends or 'none, nothing runs'}.")


def _line(points: FloatArray, axes: Axes, name: str, **markers: int) -> str:
    """Draw a line with markers, in the look of an optimizer."""
    look = LOOK["optimizers"][name]
    line = _svg.polyline(points, axes, color=look["color"], linestyle=look["linestyle"])
    return line + _svg.dots(points, axes, color=look["color"], marker=look["marker"], **markers)


def _end(path: Trajectory) -> str:
    last = path.values[-1]
    return _svg.shown(last, 3) if np.isfinite(last) else "overflows"
