"""The stored example that a page without a kernel shows: three runs, and how they were made.

``python -m rmsprop_course.explorers._dashboard._example`` makes the runs again and stores them.
"""

import json
from dataclasses import asdict, replace
from pathlib import Path

from rmsprop_course.explorers._dashboard._curves import Curves
from rmsprop_course.explorers._dashboard._session import TrainingSession
from rmsprop_course.explorers._dashboard._settings import DEFAULTS, TrainingSettings

_FILE = Path(__file__).with_name("example.json")
_OPTIMIZERS = ("sgd", "rmsprop", "adam")
_EPOCHS, _DIGITS = 10, 3


def load() -> list[Curves]:
    """Return the stored runs."""
    return [
        Curves(
            run["number"],
            TrainingSettings(**run["settings"]),
            tuple((epoch, loss) for epoch, loss in run["losses"]),
            tuple(run["accuracies"]),
            run["outcome"],
        )
        for run in json.loads(_FILE.read_text(encoding="utf-8"))
    ]


def make() -> list[Curves]:
    """Train the runs of the example."""
    chosen = [replace(DEFAULTS[name], n_epochs=_EPOCHS) for name in _OPTIMIZERS]
    sessions = [TrainingSession(settings).run() for settings in chosen]
    return [_rounded(Curves.of(n, session)) for n, session in enumerate(sessions, 1)]


def store(runs: list[Curves]) -> None:
    """Write runs to the file, one a line."""
    lines = [
        json.dumps({**run._asdict(), "settings": asdict(run.settings)}, ensure_ascii=False)
        for run in runs
    ]
    _FILE.write_text("[\n" + ",\n".join(lines) + "\n]\n", encoding="utf-8")


def _rounded(run: Curves) -> Curves:
    """Keep as many digits as a drawing shows."""
    losses = tuple((round(epoch, 4), float(f"{loss:.{_DIGITS}g}")) for epoch, loss in run.losses)
    return run._replace(losses=losses, accuracies=tuple(round(a, 4) for a in run.accuracies))


if __name__ == "__main__":
    store(make())
