"""The dashboard as a cell shows it: alive where a kernel runs, a stored example elsewhere."""

from functools import cached_property
from typing import TYPE_CHECKING, Any

from rmsprop_course.explorers._dashboard._runner import Runner
from rmsprop_course.explorers._dashboard._session import TrainingSession

if TYPE_CHECKING:
    from rmsprop_course.explorers._dashboard._widget import DashboardWidget

_TEXT = """\
Training dashboard: choose an optimizer and its settings, press Start, and watch loss and accuracy.
Without it: explorers.TrainingSession(explorers.TrainingSettings(optimizer="adam")).run()"""


class Dashboard:
    """Trains a network on the digits on demand and draws loss and accuracy while it does.

    A kernel trains for one dashboard at a time: a new one ends the training of those before it,
    so that running a cell again leaves nothing behind.
    """

    def __init__(self) -> None:
        Runner.stop_all()
        self._runner = Runner()

    @property
    def sessions(self) -> tuple[TrainingSession, ...]:
        """The runs that were started and not cleared, with their losses and accuracies."""
        return tuple(self._runner.sessions)

    @cached_property
    def widget(self) -> "DashboardWidget":
        """What a notebook shows."""
        from rmsprop_course.explorers._dashboard._widget import DashboardWidget

        return DashboardWidget(self._runner)

    def __repr__(self) -> str:
        return _TEXT

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        from rmsprop_course.explorers._dashboard import _example, _html

        twin = {"text/plain": repr(self), "text/html": _html.still(_example.load())}
        data, metadata = self.widget._repr_mimebundle_(**options) or ({}, {})
        return {**data, **twin}, metadata


def dashboard() -> Dashboard:
    """Return a training dashboard, which a cell shows.

    It trains `torch_networks.digits_convnet` or a multilayer perceptron on `data.load_digits`, on
    the CPU, while the kernel waits for the next cell. Nothing is trained before Start is pressed.

    Returns
    -------
    Dashboard
        ``sessions`` holds the losses and accuracies of its runs.

    Examples
    --------
    >>> dashboard().sessions
    ()
    """
    return Dashboard()
