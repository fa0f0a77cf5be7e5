"""Five optimizers that leave together from one start, on a surface with its own race track."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar, NamedTuple

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.descent import Trajectory
from rmsprop_course.live import _svg
from rmsprop_course.live._marks import brief
from rmsprop_course.live._runs import PathFigure, Run
from rmsprop_course.live._svg import LOOK, Axes, Axis, Panel
from rmsprop_course.live._traits import Choice, Count, Number, Point
from rmsprop_course.numpy_optimizers import adagrad, adam, gradient_descent, momentum, rmsprop
from rmsprop_course.objectives import SURFACES, rotated_quadratic

_TRACKS = json.loads((Path(__file__).parent / "js" / "tracks.json").read_text(encoding="utf-8"))
_FIRST_TRACK = _TRACKS["long valley"]["settings"]
_SURFACES = {**SURFACES, "rotated saddle": rotated_quadratic([2.0, -2.0], np.pi / 4)}
_RUNNERS = {
    "gradient descent": (gradient_descent, "learning_rate"),
    "momentum": (momentum, "learning_rate"),
    "adagrad": (adagrad, "adaptive_learning_rate"),
    "rmsprop": (rmsprop, "adaptive_learning_rate"),
    "adam": (adam, "adaptive_learning_rate"),
}


class Race(PathFigure):
    """Gradient descent, momentum, Adagrad, RMSProp and Adam race from one start; press Play.

    Settings that are not given are those that suit the surface. On the screen, choosing a surface
    brings them too; in Python, setting `surface` changes nothing else. What the screen shows (the
    step, and whether it plays) is no setting.

    Parameters
    ----------
    surface : str
        A name in `objectives.SURFACES`, or "rotated saddle": the saddle turned by 45°.
    start : tuple of float
        Where the optimizers leave.
    learning_rate : float
        η of gradient descent and momentum, in units of the parameters per unit of the gradient,
        more than 0.
    adaptive_learning_rate : float
        η of Adagrad, RMSProp and Adam, in units of the parameters, more than 0.
    n_steps : int
        Length of the race in steps, 1 to 2000.
    speed : float
        Steps a second while it plays, more than 0.

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Examples
    --------
    >>> race = Race(surface="saddle", n_steps=100)
    >>> race.start, race.learning_rate, race.adaptive_learning_rate
    ((-1.0, 0.01), 0.01, 0.01)
    >>> paths = race.simulate()
    >>> [float(paths[name].values[-1].round(2)) for name in ("gradient descent", "rmsprop")]
    [0.01, -1.71]
    """

    figure_name: ClassVar[str] = "race"

    surface = Choice("long valley", options=tuple(_TRACKS))
    start = Point(tuple(_FIRST_TRACK["start"]))
    learning_rate = Number(_FIRST_TRACK["learning_rate"], positive=True)
    adaptive_learning_rate = Number(_FIRST_TRACK["adaptive_learning_rate"], positive=True)
    n_steps = Count(_FIRST_TRACK["n_steps"], low=1, high=2000)
    speed = Number(40.0, positive=True)

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, value in _TRACKS[self.surface]["settings"].items():
            if name not in settings:
                setattr(self, name, value)

    def runs(self) -> Mapping[str, Run]:
        """Return the five runs."""
        surface = _SURFACES[self.surface]
        return {
            name: Run(
                surface, optimizer, self.start, self.n_steps, {"learning_rate": getattr(self, rate)}
            )
            for name, (optimizer, rate) in _RUNNERS.items()
        }

    def panels(self) -> Sequence[Panel]:
        """Return the paths to the end of the race, and the standings there."""
        paths = self.simulate()
        return [self._path_panel(paths), self._standings_panel(paths)]

    def _path_panel(self, paths: Mapping[str, Trajectory]) -> Panel:
        surface, label = _SURFACES[self.surface], _TRACKS[self.surface]["label"]
        axes = Axes(*(Axis(low, high) for low, high in surface.domain))
        markup = _svg.picture(
            _svg.frame(axes, title=label, x_label="x", y_label="y"),
            _svg.inside(
                _svg.contours(surface.value, axes),
                "" if surface.minimum is None else _svg.star(surface.minimum, axes),
                _svg.cross(self.start, axes),
                *(_trail(name, path.params, axes) for name, path in paths.items()),
                *(_head(name, path.params, axes) for name, path in paths.items()),
            ),
        )
        return Panel(markup, f"Paths of five optimizers over contours. {self._tell(paths)}")

    def _standings_panel(self, paths: Mapping[str, Trajectory]) -> Panel:
        found = {standing.name: standing for standing in self._standings(paths)}
        rows = [_row(number, found[name]) for number, name in enumerate(paths)]
        title = f"Loss after {self.n_steps} step{'s' * (self.n_steps > 1)}"
        heading = f'<text class="title" x="{_LEFT}" y="{_TOP - 12}">{title}</text>'
        losses = ", ".join(
            f"{LOOK['labels'][name]} {_loss(found[name])} {found[name].note}".strip()
            for name in paths
        )
        return Panel(_svg.picture(heading, *rows), f"{title}: {losses}.")

    def _standings(self, paths: Mapping[str, Trajectory]) -> Sequence["_Standing"]:
        """Return what the last step finds, the lowest loss first."""
        low, high = np.transpose(_SURFACES[self.surface].domain)
        found = []
        for name, path in paths.items():
            loss, point = path.values[-1], path.params[-1]
            is_inside = bool(np.all((low <= point) & (point <= high)))
            if not np.isfinite(loss):
                found.append(_Standing(name, np.inf, "overflow"))
            else:
                found.append(_Standing(name, loss, "" if is_inside else "off the map"))
        return sorted(found, key=lambda standing: standing.loss)

    def _tell(self, paths: Mapping[str, Trajectory]) -> str:
        """Say who leads and who is last."""
        start = ", ".join(_svg.shown(value, 4) for value in self.start)
        where = f"{_TRACKS[self.surface]['label']}, {self.n_steps} steps from ({start})"
        first, *_, last = self._standings(paths)
        return f"{where}: {_words(first, 'has the lowest loss')}; {_words(last, 'the highest')}."


class _Standing(NamedTuple):
    """What a step finds of an optimizer: its loss, infinite after an overflow, and a remark."""

    name: str
    loss: float
    note: str


_PANEL = LOOK["panel"]
_LEFT, _TOP = _PANEL["left"], _PANEL["top"]
_PIXELS = Axes(
    Axis(_LEFT, _PANEL["width"] - _PANEL["right"]),
    Axis(_PANEL["height"] - _PANEL["bottom"], _TOP),
)
_ROW = 36  # pixels from row to row of the standings


def _trail(name: str, points: FloatArray, axes: Axes) -> str:
    look = LOOK["optimizers"][name]
    return _svg.polyline(points, axes, color=look["color"], linestyle=look["linestyle"])


def _head(name: str, points: FloatArray, axes: Axes) -> str:
    """Draw an outlined marker where a path ends."""
    look, finite = LOOK["optimizers"][name], points[np.isfinite(points).all(axis=-1)]
    marker = _svg.dots(finite[-1:], axes, color=look["color"], marker=look["marker"])
    return f'<g stroke="currentColor" stroke-width="1.5">{marker}</g>'


def _row(number: int, standing: _Standing) -> str:
    """Draw a row of the standings: a sample of the line, the optimizer, its loss."""
    y = _TOP + _ROW * number + 20
    label = LOOK["labels"][standing.name]
    return (
        _trail(standing.name, np.array([[_LEFT, y], [_LEFT + 40, y]]), _PIXELS)
        + _head(standing.name, np.array([[_LEFT + 20.0, y]]), _PIXELS)
        + f'<text x="{_LEFT + 50}" y="{y + 4}">{label}</text>'
        + f'<text x="{_LEFT + 262}" y="{y + 4}" text-anchor="end">{_loss(standing)}</text>'
        + f'<text x="{_LEFT + 262}" y="{y + 18}" text-anchor="end">{standing.note}</text>'
    )


def _words(standing: _Standing, place: str) -> str:
    label = LOOK["labels"][standing.name]
    if standing.loss == np.inf:
        return f"{label} has overflowed"
    return f"{label} {place}, {_loss(standing)}"


def _loss(standing: _Standing) -> str:
    return "–" if standing.loss == np.inf else brief(standing.loss)
