"""Draws runs: training loss and test accuracy over epochs, with the run's number at each curve."""

import math
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

from rmsprop_course.explorers._dashboard._session import Outcome, TrainingSession
from rmsprop_course.explorers._dashboard._settings import OPTIMIZERS, TrainingSettings
from rmsprop_course.live import _svg
from rmsprop_course.live._svg import LOOK, Axes, Axis, Panel

Point = tuple[float, float]

_MOST_POINTS = 100  # of a curve: the message to the browser stays small
_LOWEST_LOSS, _HIGHEST_LOSS = 1e-8, 1e6
_FLOORS = (90, 80, 50, 0)  # percent, where the axis of the accuracy may begin
_LETTER = 12  # pixels between the numbers of runs
_FIRST_EXTENT = 20  # epochs that the axis shows at the beginning of a longer run


class Curves(NamedTuple):
    """A run as it is drawn.

    Attributes
    ----------
    number : int
        Of the run, from 1.
    settings : TrainingSettings
    losses : tuple of (float, float)
        Epochs and training loss: that of the first batch, then means over blocks of steps and
        over the last so many, in nats; none that is not finite.
    accuracies : tuple of float
        Share of test images that are read right, before the first epoch and after each, in [0, 1].
    outcome : str
        As in `TrainingSession`.
    """

    number: int
    settings: TrainingSettings
    losses: tuple[Point, ...]
    accuracies: tuple[float, ...]
    outcome: Outcome

    @classmethod
    def of(cls, number: int, session: TrainingSession) -> Self:
        """Return the curves of a session as far as it is."""
        losses = tuple(_thinned(session))
        return cls(number, session.settings, losses, tuple(session.accuracies), session.outcome)

    @property
    def look(self) -> dict[str, str]:
        """Color, line style and marker of the optimizer."""
        look: dict[str, str] = LOOK["optimizers"][OPTIMIZERS[self.settings.optimizer].look]
        return look

    def loss(self) -> str:
        """Write the last loss that is drawn."""
        return _svg.shown(self.losses[-1][1], 2) if self.losses else "none yet"

    def accuracy(self) -> str:
        """Write the last accuracy."""
        return f"{100 * self.accuracies[-1]:.1f} %"


def _thinned(session: TrainingSession) -> Iterable[Point]:
    """Loss of the first batch, the mean of each block of steps, and that of the last so many."""
    size = math.ceil(session.n_steps / _MOST_POINTS)
    losses = [loss for loss in session.losses if math.isfinite(loss)]
    if losses:
        yield 0.0, losses[0]
    ends = list(range(size, len(losses) + 1, size))
    if len(losses) % size:
        ends.append(len(losses))
    for end in ends:
        block = losses[max(end - size, 0) : end]
        yield end / session.steps_per_epoch, math.fsum(block) / len(block)


def panels(runs: Sequence[Curves]) -> tuple[Panel, Panel]:
    """Return the drawings of loss and accuracy, without the SVG element around them."""
    epochs = Axis(0, max(map(_extent, runs), default=_FIRST_EXTENT))
    losses = [run.losses for run in runs]
    accuracies = [tuple(enumerate(100 * share for share in run.accuracies)) for run in runs]
    of_loss = _panel(
        "Training loss, smoothed",
        "cross-entropy, nats",
        runs,
        losses,
        Axes(epochs, _loss_axis(losses)),
    )
    of_accuracy = _panel(
        "Test accuracy", "images read right, %", runs, accuracies, Axes(epochs, _share_axis(runs))
    )
    last = {run.number: run.loss() for run in runs}, {run.number: run.accuracy() for run in runs}
    return Panel(of_loss, _in_words("Training loss", last[0])), Panel(
        of_accuracy, _in_words("Test accuracy", last[1])
    )


def sample(run: Curves) -> str:
    """Return a small drawing of the run's line and marker, for the list of runs."""
    look = run.look
    ink = "currentColor" if look["color"] == "#000000" else look["color"]
    dashes, marker = LOOK["dashes"][look["linestyle"]], LOOK["markers"][look["marker"]]
    return (
        '<svg viewBox="0 0 34 12" width="34" height="12" aria-hidden="true">'
        f'<path d="M0 6h34" stroke="{ink}" stroke-width="1.8" stroke-dasharray="{dashes}"/>'
        f'<path d="M17 6{marker}" fill="{ink}"/></svg>'
    )


def _in_words(what: str, last: dict[int, str]) -> str:
    if not last:
        return f"{what}: no runs yet."
    return f"{what}: {', '.join(f'run {number} {text}' for number, text in last.items())}."


def _panel(
    title: str,
    y_label: str,
    runs: Sequence[Curves],
    curves: Sequence[Sequence[Point]],
    axes: Axes,
) -> str:
    lines, ends = [], []
    for run, points in zip(runs, curves, strict=True):
        color, marker, linestyle = (run.look[key] for key in ("color", "marker", "linestyle"))
        if points:
            lines.append(_svg.polyline(points, axes, color=color, linestyle=linestyle))
            lines.append(_svg.dots(points[-1:], axes, color=color, marker=marker))
            x, y = axes.at(points[-1]).tolist()
            ends.append((x, y, run.number))
    frame = _svg.frame(axes, title=title, x_label="epochs", y_label=y_label)
    return frame + _svg.inside(*lines) + _numbers(ends)


def _numbers(ends: Iterable[tuple[float, float, int]]) -> str:
    """Write the number of each run at the end of its curve, none over another."""
    top, bottom = LOOK["panel"]["top"] + 6, LOOK["panel"]["height"] - LOOK["panel"]["bottom"]
    from_top = _apart(sorted(ends, key=lambda end: end[1]), 1, top)
    placed = _apart(from_top[::-1], -1, -bottom)
    return "".join(
        f'<text class="number" x="{x + 4:.1f}" y="{y + 4:.1f}">{number}</text>'
        for x, y, number in placed
    )


def _apart(
    ends: Sequence[tuple[float, float, int]], sign: int, least: float
) -> list[tuple[float, float, int]]:
    """Move each end down (sign 1) or up (-1), to `least` and beyond those near it before it."""
    placed: list[tuple[float, float, int]] = []
    for x, y, number in ends:
        near = [sign * above + _LETTER for across, above, _ in placed if abs(across - x) < _LETTER]
        placed.append((x, sign * max([sign * y, least, *near]), number))
    return placed


def _extent(run: Curves) -> float:
    """Epochs that a run needs: those it did, or room to grow that doubles when it is full."""
    done = run.losses[-1][0] if run.losses else 0.0
    if run.outcome:
        return max(done, 1.0)
    doublings = max(math.ceil(math.log2(max(done, 1.0) / _FIRST_EXTENT)), 0)
    return float(min(run.settings.n_epochs, _FIRST_EXTENT * 2**doublings))


def _loss_axis(curves: Sequence[Sequence[Point]]) -> Axis:
    """Whole powers of ten around all losses, at least from 0.1 to 10."""
    losses = [
        min(max(loss, _LOWEST_LOSS), _HIGHEST_LOSS) for points in curves for _, loss in points
    ]
    low, high = min([0.1, *losses]), max([1.1, *losses])
    return Axis(10.0 ** math.floor(math.log10(low)), 10.0 ** math.ceil(math.log10(high)), log=True)


def _share_axis(runs: Sequence[Curves]) -> Axis:
    """From 0, or from so much that every run stood above it in its later half, to 100 %."""
    later = [min(run.accuracies[len(run.accuracies) // 2 :]) for run in runs]
    worst = 100 * min(later, default=0.0)
    return Axis(next(floor for floor in _FLOORS if worst >= floor + 1 or floor == 0), 100)
