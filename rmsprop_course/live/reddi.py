"""The example on which RMSProp goes to the worst point, and the decay from which on it does not."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.analysis import critical_decay, periodic_drift, projected_run, reddi_grads
from rmsprop_course.live import _svg
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._marks import beside, brief, edge_note, level_line, upright_line
from rmsprop_course.live._svg import LOOK, Axes, Axis, Panel
from rmsprop_course.live._traits import Count, Number

_LAST_DECAY = 0.999  # of the slider and of the curve
_DECAYS = Axis(0, 1 - 10**-3.15, complement=True)
_STEPS_SEEN = 1.05  # times those of the run, so that the last marker is whole
_HEIGHTS = Axis(-1.4, 1.4)  # of the iterates, with room for a note beyond either end
_ABOVE_MARKER = 1.12  # height of a note that a marker at 1 does not touch
_MOVES = Axis(-0.7, 1.1)  # in a period, in units of η/√t
_CURVE_POINTS = 200
_BINS = 300  # of steps, where there are too many to draw each
_AT_REST = 3  # periods in a row that touch an end, before the run is said to be there
_SETTLED = 0.01  # what is left of the start, v₀ = 0, before a pace is foretold
_NO_MOVE = 1e-9  # in a period, in units of η/√t
_STYLE = LOOK["optimizers"]["rmsprop"]


class Reddi(LiveFigure):
    """RMSProp on the example of Reddi, Kale and Kumar: slope C once in C steps, else slope -1.

    The mean slope is 1/C, so on [-1, 1] the optimum is -1, and 1 is the worst point. The run starts
    at x = 0 with v₀ = 0 and ε = 0; its learning rate is η/√t, and x is kept in [-1, 1].

    Parameters
    ----------
    period : int
        C, steps, 3 to 100.
    decay : float
        γ, dimensionless, in [0, 1).
    learning_rate : float
        η, in units of x, more than 0.
    n_steps : int
        Number of steps, 1 to 20 000.

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Notes
    -----
    Once v repeats itself from period to period, the net move of x in a period is
    `analysis.periodic_drift` times η/√t; its sign says where the run ends, and it changes at
    `analysis.critical_decay`: we derive.

    References
    ----------
    Reddi, S. J., Kale, S. and Kumar, S. (2018). On the convergence of Adam and beyond. ICLR.

    Examples
    --------
    >>> figure = Reddi(period=10, decay=0.9)
    >>> seen = figure.simulate()
    >>> float(seen["critical_decay"].round(4)), float(seen["net_move"].round(3))
    (0.9554, 0.382)
    >>> float(seen["x"][-1])  # the optimum is -1
    1.0
    >>> figure.decay = 0.99
    >>> bool(figure.simulate()["x"][-1] < -0.97)
    True
    """

    figure_name: ClassVar[str] = "reddi"

    period = Count(10, low=3, high=100)
    decay = Number(0.9, high=1.0)
    learning_rate = Number(0.5, positive=True)
    n_steps = Count(5000, low=1, high=20_000)

    def simulate(self) -> Mapping[str, FloatArray]:
        """Return x at every step, γ*, and the net move in a period, at γ and for many decays.

        Moves are in units of η/√t, positive if up, to the worst point.
        """
        grads = reddi_grads(self.period)
        decays = 1 - 10.0 ** np.linspace(0, -3, _CURVE_POINTS + 1)
        return {
            "x": projected_run(
                grads, decay=self.decay, n_steps=self.n_steps, learning_rate=self.learning_rate
            ),
            "critical_decay": np.asarray(critical_decay(grads)),
            "net_move": periodic_drift(grads, decay=self.decay),
            "decays": decays,
            "net_moves": periodic_drift(grads, decay=decays),
        }

    def panels(self) -> Sequence[Panel]:
        """Return the iterates, and the net move in a period against the decay."""
        seen = self.simulate()
        return [self._iterates_panel(seen), self._moves_panel(seen)]

    def _iterates_panel(self, seen: Mapping[str, FloatArray]) -> Panel:
        x, axes = seen["x"], Axes(Axis(0, _STEPS_SEEN * self.n_steps), _HEIGHTS)
        markup = _svg.picture(
            _svg.frame(axes, title="Iterates", x_label="step", y_label="x"),
            edge_note(_ABOVE_MARKER, "worst point 1", axes),
            edge_note(_HEIGHTS.low, "optimum −1", axes),
            _svg.inside(
                level_line(1, axes),
                level_line(-1, axes),
                _svg.polyline(_outline(x), axes, color=_STYLE["color"]),
                _diamond(self.n_steps, float(x[-1]), axes),
            ),
        )
        return Panel(markup, f"Iterates of RMSProp on Reddi's example. {self._tell(seen)}")

    def _moves_panel(self, seen: Mapping[str, FloatArray]) -> Panel:
        axes, critical = Axes(_DECAYS, _MOVES), float(seen["critical_decay"])
        curve = np.stack([seen["decays"], seen["net_moves"]], axis=-1)
        markup = _svg.picture(
            _svg.frame(
                axes,
                title="Net move of x in a period",
                x_label="decay γ",
                y_label="move / (η/√t)",
            ),
            edge_note(0, "up: wrong", axes),
            edge_note(_MOVES.low, "down: right", axes),
            _svg.inside(
                level_line(0, axes, linestyle="-"),
                upright_line(critical, axes, linestyle=":"),
                _svg.polyline(curve, axes, color=_STYLE["color"]),
                _diamond(
                    min(self.decay, _LAST_DECAY), min(float(seen["net_move"]), _MOVES.high), axes
                ),
            ),
            beside(critical, 0, f"γ* = {_svg.shown(critical, 4)}", axes),
        )
        first, last = seen["net_moves"][0], seen["net_moves"][-1]
        return Panel(
            markup,
            f"Net move of x in a period, in units of η/√t, against the decay: from {brief(first)} "
            f"at γ = 0 down to {brief(last)} at γ = 0.999, through 0 at the threshold "
            f"{_svg.shown(critical, 4)}; at γ = {_svg.shown(self.decay)} it is "
            f"{brief(seen['net_move'])}, a diamond.",
        )

    def _tell(self, seen: Mapping[str, FloatArray]) -> str:
        """Say on which side of the threshold γ is, what is predicted and what is measured."""
        move, critical = float(seen["net_move"]), float(seen["critical_decay"])
        if abs(move) <= _NO_MOVE:
            side, fate = "at", "in the long run x stays where it is"
        elif move > 0:
            side, fate = "below", f"{_way('up', move)}. Predicted end: 1, the worst point"
        else:
            side, fate = "above", f"{_way('down', move)}. Predicted end: −1, the optimum"
        last = f"x = {brief(seen['x'][-1])}{self._pace(seen['x'], move)}"
        return (
            f"γ = {_svg.shown(self.decay)} is {side} the threshold {_svg.shown(critical, 4)} "
            f"for C = {self.period}: {fate}. Measured after {self.n_steps} "
            f"step{'s' * (self.n_steps > 1)}: {last}."
        )

    def _pace(self, x: FloatArray, move: float) -> str:
        """Say whether the run is at the predicted end, and if not, when it will be there."""
        end = np.sign(move)
        if abs(move) <= _NO_MOVE or _rests_at(end, x, self.period):
            return ""
        if self.decay**self.n_steps > _SETTLED:
            return ", not there yet"
        pace = self.learning_rate * abs(move) / self.period
        arrival = (np.sqrt(self.n_steps) + abs(end - x[-1]) / (2 * pace)) ** 2
        return f", not there yet; at this pace, after about {_svg.shown(float(arrival), 2)} steps"


def _way(way: str, move: float) -> str:
    return f"in a period x moves {way} by {brief(abs(move))} η/√t"


def _rests_at(end: float, x: FloatArray, period: int) -> bool:
    """Tell whether the last periods have all touched an end, and never the other."""
    if len(x) <= _AT_REST * period:
        return False
    last = x[-_AT_REST * period :].reshape(_AT_REST, period)
    return bool((last == end).any(axis=1).all() and not (last == -end).any())


def _outline(x: FloatArray) -> FloatArray:
    """Return points (step, x): all, or of each of many bins the lowest and the highest one."""
    every = -(-len(x) // _BINS)
    if every <= 2:
        return np.stack([np.arange(len(x)), x], axis=-1)
    chosen: list[int] = []
    for first in range(0, len(x), every):
        part = x[first : first + every]
        chosen += sorted((first + int(part.argmin()), first + int(part.argmax())))
    return np.stack([chosen, x[chosen]], axis=-1)


def _diamond(x: float, y: float, axes: Axes) -> str:
    """Draw the marker of the present."""
    dot = _svg.dots([[x, y]], axes, color=_STYLE["color"], marker=_STYLE["marker"])
    return f'<g stroke="{_STYLE["color"]}" stroke-width="5">{dot}</g>'
