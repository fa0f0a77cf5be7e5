"""One run of training, which goes on for as many steps as it is asked to."""

import math
import time
from typing import Literal, Self

from rmsprop_course._settings import is_count
from rmsprop_course.explorers._dashboard._settings import TrainingSettings

Outcome = Literal["", "finished", "stopped", "diverged"]


class TrainingSession:
    """A run of training on the digits that can pause after any step.

    However it is cut into parts, the run is the same: `torch_networks.train` with the same
    settings gives the same losses.

    Parameters
    ----------
    settings : TrainingSettings
        What to train, and how.

    Attributes
    ----------
    settings : TrainingSettings
    losses : list of float
        Cross-entropy of each batch before its step, in nats. If the run diverges, the last one is
        not finite.
    accuracies : list of float
        Share of the test images that are read right, in [0, 1]: before the first step, then
        after each epoch.
    outcome : str
        "" as long as there are steps to take, then "finished", "stopped" or "diverged".
    seconds : float
        Time that training took so far.
    n_steps, steps_per_epoch : int
        Steps of the whole run, and of an epoch.

    Examples
    --------
    >>> session = TrainingSession(TrainingSettings(network="mlp", n_epochs=10))
    >>> session.run(100).n_done, session.n_steps
    (100, 430)
    >>> session.run().outcome
    'finished'
    >>> len(session.losses), len(session.accuracies), session.accuracies[-1] > 0.9
    (430, 11, True)
    """

    def __init__(self, settings: TrainingSettings) -> None:
        from rmsprop_course.explorers._dashboard import _training  # needs PyTorch

        self.settings = settings
        self._training = _training.begin(settings)
        self.steps_per_epoch = self._training.steps_per_epoch
        self.n_steps = self.steps_per_epoch * settings.n_epochs
        self.losses: list[float] = []
        self.accuracies = [self._training.test_accuracy()]
        self.outcome: Outcome = ""
        self.seconds = 0.0

    @property
    def n_done(self) -> int:
        """Steps that were taken."""
        return len(self.losses)

    def run(self, n_steps: int | None = None) -> Self:
        """Train for so many steps, or to the end.

        Parameters
        ----------
        n_steps : int, optional
            None trains to the end; so does a number that goes beyond it.

        Returns
        -------
        TrainingSession
            Itself.

        Raises
        ------
        TypeError, ValueError
            If `n_steps` is not a whole number, 0 or more.
        """
        left = self.n_steps if n_steps is None else is_count("n_steps", n_steps)
        while left > 0 and not self.outcome:
            self._step()
            left -= 1
        return self

    def run_for(self, seconds: float) -> Self:
        """Train for about so many seconds, at least one step, at most to the end."""
        end = time.perf_counter() + seconds
        while not self.outcome:
            self._step()
            if time.perf_counter() >= end:
                break
        return self

    def stop(self) -> None:
        """Let the run end here, if it has not ended yet."""
        self.outcome = self.outcome or "stopped"

    def seconds_left(self) -> float | None:
        """Return how long the rest will take at the pace so far; None before the first step."""
        if not self.n_done:
            return None
        return self.seconds / self.n_done * (self.n_steps - self.n_done)

    def _step(self) -> None:
        begin = time.perf_counter()
        loss = float(next(self._training.losses))
        self.losses.append(loss)
        if self.n_done % self.steps_per_epoch == 0:
            self.accuracies.append(self._training.test_accuracy())
        if not math.isfinite(loss):
            self.outcome = "diverged"
        elif self.n_done == self.n_steps:
            self.outcome = "finished"
        self.seconds += time.perf_counter() - begin

    def __repr__(self) -> str:
        state = self.outcome or "under way"
        return f"<{self.settings.label}: {self.n_done} of {self.n_steps} steps, {state}>"
