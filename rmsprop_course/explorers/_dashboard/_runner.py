"""Lets sessions train on the event loop of the kernel: no thread, and other cells in between.

A cell that runs has the kernel for itself; training goes on when it is done.
"""

import asyncio
import time
from collections.abc import Callable
from typing import ClassVar, Literal
from weakref import WeakSet

from rmsprop_course.explorers._dashboard._session import TrainingSession
from rmsprop_course.explorers._dashboard._settings import OPTIMIZERS, TrainingSettings

Phase = Literal["idle", "running", "paused"]

MOST_RUNS = 8
_SLICE = 0.05  # seconds of training before others have their turn
_REST = 0.005  # seconds in which the kernel looks for messages
_BETWEEN_REPORTS = 0.2  # seconds


class Runner:
    """Trains one session after the other, on demand, and says what happens.

    Attributes
    ----------
    sessions : list of TrainingSession
        Those that were started since the last `clear`; the last one may still train.
    phase : str
        "idle", "running" or "paused".
    said : str
        What happened last, as a sentence.
    report : callable
        Called without arguments after each change, and about five times a second in training.
    """

    _all: ClassVar[WeakSet["Runner"]] = WeakSet()

    def __init__(self) -> None:
        self.sessions: list[TrainingSession] = []
        self.phase: Phase = "idle"
        self.said = "Choose settings, then press Start."
        self.report: Callable[[], None] = lambda: None
        self._task: asyncio.Task[None] | None = None
        self._all.add(self)

    @classmethod
    def stop_all(cls) -> None:
        """End what any runner of this kernel trains."""
        for runner in list(cls._all):
            runner.stop()

    def start(self, settings: TrainingSettings) -> None:
        """Begin a run, unless one is under way or there are `MOST_RUNS`; the loop must run."""
        if self.phase != "idle":
            self._say(f"{self._name()} is not over yet: stop it first.")
        elif len(self.sessions) >= MOST_RUNS:
            self._say(f"The panels hold {MOST_RUNS} runs: clear them first.")
        else:
            self.sessions.append(TrainingSession(settings))
            self._train(f"{self._name()} trains: {settings.label}.")

    def pause(self) -> None:
        """Let the run wait until `resume`, if it is running."""
        if self.phase == "running":
            self._end_task("paused")
            session = self.sessions[-1]
            self._say(f"{self._name()} waits after {session.n_done} of {session.n_steps} steps.")

    def resume(self) -> None:
        """Let a run that waits go on."""
        if self.phase == "paused":
            self._train(f"{self._name()} goes on.")

    def stop(self) -> None:
        """End the run, if one is under way."""
        if self.phase != "idle":
            self._end_task("idle")
            self.sessions[-1].stop()
            self._say(self._last_word())

    def clear(self) -> None:
        """Forget all runs, unless one is under way."""
        if self.phase == "idle":
            self.sessions.clear()
            self._say("No runs. Choose settings, then press Start.")

    def _name(self) -> str:
        return f"Run {len(self.sessions)}"

    def _say(self, sentence: str) -> None:
        self.said = sentence
        self.report()

    def _train(self, sentence: str) -> None:
        self.phase = "running"
        self._task = asyncio.get_running_loop().create_task(self._slices(self.sessions[-1]))
        self._task.add_done_callback(self._on_end)
        self._say(sentence)

    async def _slices(self, session: TrainingSession) -> None:
        """Train a slice at a time, and give way to others after each."""
        reported = time.monotonic()
        while not session.outcome:
            await asyncio.sleep(_REST)
            session.run_for(_SLICE)
            if time.monotonic() - reported >= _BETWEEN_REPORTS and not session.outcome:
                self.report()
                reported = time.monotonic()

    def _on_end(self, task: "asyncio.Task[None]") -> None:
        """Say how the run ended, unless it was paused or stopped."""
        if task.cancelled() or task is not self._task:
            return
        self._end_task("idle")
        error = task.exception()
        self.sessions[-1].stop()
        self._say(f"{self._name()} ended with {error!r}." if error else self._last_word())

    def _end_task(self, phase: Phase) -> None:
        self.phase = phase
        if self._task is not None:
            self._task.cancel()
            self._task = None

    def _last_word(self) -> str:
        session = self.sessions[-1]
        steps = f"{session.n_done} of {session.n_steps} steps"
        match session.outcome:
            case "finished":
                accuracy = f"{session.accuracies[-1]:.1%}".replace("%", " %")
                return f"{self._name()} is finished: test accuracy {accuracy}."
            case "diverged":
                loss = session.losses[-1]
                why = f"the loss of step {session.n_done} is {loss}"
                return f"{self._name()} diverged: {why}. Try {_remedy(session.settings)}."
        return f"{self._name()} was stopped after {steps}."


def _remedy(settings: TrainingSettings) -> str:
    """Say what may help a run that diverged; without ε a gradient of 0 is divided by 0."""
    divides_by_0 = "eps" in OPTIMIZERS[settings.optimizer].symbols and settings.eps == 0
    return "a larger ε, or a smaller learning rate" if divides_by_0 else "a smaller learning rate"
