"""Figures that draw paths: the runs that a figure shows, each one call of `descent.run`."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from rmsprop_course import descent
from rmsprop_course.descent import Trajectory
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.numpy_optimizers import Optimizer
from rmsprop_course.objectives import Objective


class Run(NamedTuple):
    """The arguments of one call of `descent.run`."""

    objective: Objective
    optimizer: Optimizer
    start: tuple[float, ...]
    n_steps: int
    settings: Mapping[str, Any]

    def trajectory(self) -> Trajectory:
        """Make the call."""
        return descent.run(
            self.objective,
            self.optimizer,
            start=self.start,
            n_steps=self.n_steps,
            **self.settings,
        )


class PathFigure(LiveFigure):
    """A live figure that draws the paths of one or more optimizers."""

    def runs(self) -> Mapping[str, Run]:
        """Return what the figure runs, by the name of the optimizer."""
        raise NotImplementedError

    def simulate(self) -> Mapping[str, Trajectory]:
        """Return the paths that the figure draws, by the name of the optimizer."""
        return {name: run.trajectory() for name, run in self.runs().items()}
