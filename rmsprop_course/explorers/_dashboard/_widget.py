"""The dashboard on the screen: carries commands to the runner, and what the runner says back."""

import asyncio
from pathlib import Path
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.explorers._dashboard import _html
from rmsprop_course.explorers._dashboard._curves import Curves, panels
from rmsprop_course.explorers._dashboard._runner import Runner
from rmsprop_course.explorers._dashboard._settings import BadSettingsError, read

with extra("course"):
    from anywidget import AnyWidget
    from traitlets import Dict, Int, List, Unicode

_FOLDER = Path(__file__).parent


class DashboardWidget(AnyWidget):
    """Form, buttons, progress, panels and list of runs.

    Attributes
    ----------
    phase : str
        "idle", "running" or "paused".
    said : str
        What happened last.
    progress : dict
        Share of the steps that were taken, ``share`` from 0 to 1, and the same as ``text``.
    panels : list of dict
        ``markup`` and ``alt`` of each panel.
    runs : str
        The list of runs, in HTML.
    problems : dict of str to str
        What is wrong with the settings of the last start, by name.
    n_obeyed : int
        Commands that were carried out, so that the screen knows that somebody listens.
    """

    _esm = _FOLDER / "dashboard.mjs"
    _css = _FOLDER / "dashboard.css"
    _form = Unicode().tag(sync=True)
    _fields = Dict().tag(sync=True)

    phase = Unicode().tag(sync=True)
    said = Unicode().tag(sync=True)
    progress = Dict().tag(sync=True)
    panels = List(Dict()).tag(sync=True)
    runs = Unicode().tag(sync=True)
    problems = Dict().tag(sync=True)
    n_obeyed = Int().tag(sync=True)

    def __init__(self, runner: Runner) -> None:
        super().__init__(_form=_html.form(), _fields=_html.fields_by_optimizer())
        self._runner = runner
        self._loop = _running_loop()
        runner.report = self.show
        self.on_msg(self._receive)
        self.show()

    def _receive(self, _: object, message: dict[str, Any], __: object) -> None:
        """Obey on the loop that runs the cells: messages may come in on another thread."""
        if self._loop is None:
            raise RuntimeError("a dashboard must be made in a notebook to take commands from it")
        self._loop.call_soon_threadsafe(self.obey, message)

    def obey(self, message: dict[str, Any]) -> None:
        """Carry out a command of the screen.

        Parameters
        ----------
        message : dict
            ``command``: "start", "pause", "resume", "stop" or "clear"; for a start also
            ``settings``, texts by name.
        """
        self.problems = {}
        if message["command"] == "start":
            self._start(message["settings"])
        elif message["command"] in ("pause", "resume", "stop", "clear"):
            getattr(self._runner, message["command"])()
        self.n_obeyed += 1

    def _start(self, texts: dict[str, str]) -> None:
        try:
            self._runner.start(read(texts))
        except BadSettingsError as error:
            self.problems = error.problems
            self.said = "No run was started: a setting breaks its rule."

    def show(self) -> None:
        """Bring the screen up to date, in one message."""
        runner = self._runner
        curves = [Curves.of(number, run) for number, run in enumerate(runner.sessions, 1)]
        with self.hold_sync():
            self.phase, self.said = runner.phase, runner.said
            self.progress = _progress(runner)
            self.panels = [panel._asdict() for panel in panels(curves)]
            self.runs = _html.runs(curves)

    def close(self) -> None:
        """End training, and take the dashboard off the screen."""
        self._runner.stop()
        super().close()

    def __repr__(self) -> str:
        return f"DashboardWidget(phase={self.phase!r})"


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _progress(runner: Runner) -> dict[str, float | str]:
    if not runner.sessions:
        return {"share": 0.0, "text": ""}
    session = runner.sessions[-1]
    text, left = f"step {session.n_done} of {session.n_steps}", session.seconds_left()
    if not session.outcome and left is not None:
        text += f", about {_duration(left)} left"
    return {"share": session.n_done / session.n_steps, "text": text}


def _duration(seconds: float) -> str:
    """Write a time left, in seconds or in minutes and seconds."""
    whole = max(1, round(seconds))
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"
