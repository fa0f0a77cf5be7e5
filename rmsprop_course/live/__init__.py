"""Live figures: sliders that redraw at once, in JupyterLab and on a page without a kernel.

Each figure is a class whose settings Python reads and sets. What the screen shows is computed in
the browser, by modules that a test holds against the NumPy library.
"""

# A folder, because each figure has its own module here and its own ES module in `js/`.

from rmsprop_course.live.epsilon import Epsilon
from rmsprop_course.live.limit_cycle import LimitCycle
from rmsprop_course.live.moving_average import MovingAverage
from rmsprop_course.live.playground import Playground
from rmsprop_course.live.race import Race
from rmsprop_course.live.reddi import Reddi
from rmsprop_course.live.valley import Valley

__all__ = ["Epsilon", "LimitCycle", "MovingAverage", "Playground", "Race", "Reddi", "Valley"]
