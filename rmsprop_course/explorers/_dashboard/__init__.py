"""The training dashboard, in parts that are understood one by one.

`_settings` says what can be set and checks it; `_training` makes network and optimizer of it;
`_session` trains a run step by step; `_runner` lets the kernel's event loop do that, so that other
cells run in between. None of them knows a screen: `_curves` draws runs, `_html` writes the rest of
the page, `_widget` joins both to the runner, and `_dashboard` is what a cell shows.
"""

from rmsprop_course.explorers._dashboard._dashboard import Dashboard, dashboard
from rmsprop_course.explorers._dashboard._session import TrainingSession
from rmsprop_course.explorers._dashboard._settings import TrainingSettings

__all__ = ["Dashboard", "TrainingSession", "TrainingSettings", "dashboard"]
