"""Gradient descent in a valley: learning rate, condition number and the limit 2/λ."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.live import _svg
from rmsprop_course.live._runs import PathFigure, Run
from rmsprop_course.live._svg import Axes, Axis, Panel
from rmsprop_course.live._traits import Count, Number, Point
from rmsprop_course.numpy_optimizers import gradient_descent
from rmsprop_course.objectives import Objective, quadratic

_FAR_ACROSS = 10.0
_STYLE = _svg.LOOK["optimizers"]["gradient descent"]


class Valley(PathFigure):
    """Gradient descent on ½ (x² + κ y²), with its limit, η = 2/λmax = 2/κ, marked on the slider.

    Parameters
    ----------
    learning_rate : float
        η, more than 0.
    condition_number : float
        κ, dimensionless, at least 1: the curvature across the valley; along it, the curvature is 1.
    n_steps : int
        Number of steps, 1 to 1000.
    start : tuple of float
        Where the path begins: along and across the valley.

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Examples
    --------
    >>> figure = Valley(learning_rate=0.19)
    >>> figure.condition_number = 20
    >>> figure
    Valley(learning_rate=0.19, condition_number=20.0, n_steps=40, start=(-1.8, 1.0))
    >>> path = figure.simulate()["gradient descent"]
    >>> bool(path.values[-1] > 1e6)  # above the limit 2/20 it diverges
    True
    """

    figure_name: ClassVar[str] = "valley"

    learning_rate = Number(0.18, positive=True)
    condition_number = Number(10.0, low=1.0)
    n_steps = Count(40, low=1, high=1000)
    start = Point((-1.8, 1.0))

    def runs(self) -> Mapping[str, Run]:
        """Return the one run, of gradient descent."""
        settings = {"learning_rate": self.learning_rate}
        run = Run(self._surface(), gradient_descent, self.start, self.n_steps, settings)
        return {"gradient descent": run}

    def panels(self) -> Sequence[Panel]:
        """Return the path over the contours, and the loss step by step."""
        path = self.simulate()["gradient descent"]
        return [self._path_panel(path.params), self._loss_panel(path.values)]

    def _surface(self) -> Objective:
        return quadratic([1.0, self.condition_number])

    def _path_panel(self, points: FloatArray) -> Panel:
        surface, seen = self._surface(), _before_it_leaves(points)
        axes = Axes(*(Axis(low, high) for low, high in surface.domain))
        words = {"title": "Path", "x_label": "along the valley", "y_label": "across the valley"}
        markup = _svg.picture(
            _svg.frame(axes, **words),
            _svg.inside(
                _svg.contours(surface.value, axes),
                _svg.cross((0.0, 0.0), axes),
                _svg.polyline(seen, axes, color=_STYLE["color"]),
                _svg.dots(seen, axes, color=_STYLE["color"], count=60),
            ),
        )
        return Panel(markup, f"Path of gradient descent in a valley. {self._verdict()}")

    def _loss_panel(self, losses: FloatArray) -> Panel:
        axes = Axes(Axis(0, self.n_steps), Axis(1e-8, 1e4, log=True))
        points = np.stack([np.arange(len(losses)), losses], axis=-1)
        markup = _svg.picture(
            _svg.frame(axes, title="Loss", x_label="step", y_label="loss"),
            _svg.inside(_svg.polyline(points, axes, color=_STYLE["color"])),
        )
        last = losses[-1]
        end = f"{_svg.shown(last, 3)} after" if np.isfinite(last) else "an overflow within"
        first = _svg.shown(losses[0], 3)
        return Panel(markup, f"Loss curve, from {first} to {end} {self.n_steps} steps.")

    def _verdict(self) -> str:
        """Say what the learning rate does."""
        across = 1 - self.learning_rate * self.condition_number
        if abs(across + 1) < 1e-9:
            said = "swings across the valley forever, because it is at"
        elif across < -1:
            said = "diverges, because it is above"
        elif across < 0:
            said = "zig-zags and converges, because it is below, but more than half of,"
        else:
            said = "converges without zig-zag, because it is at most half of"
        limit = _svg.shown(2 / self.condition_number, 3)
        return f"With learning rate {_svg.shown(self.learning_rate)} it {said} the limit {limit}."


def _before_it_leaves(points: FloatArray) -> FloatArray:
    """Return the path up to the first point far outside, if it moves away: it never returns."""
    across = np.abs(points[:, 1])
    is_far = ~(across <= max(_FAR_ACROSS, across[0]))
    return points[: int(np.argmax(is_far)) + 1] if is_far.any() else points
