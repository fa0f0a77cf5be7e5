"""Exercises of lesson 05, Watch it move: a turned valley, a map, and the final swing.

Those that run an optimizer stand in one module and the formula in another, or both would be long.
"""

from rmsprop_course.checks.lesson_05_amplitude import AMPLITUDE
from rmsprop_course.checks.lesson_05_runs import MOMENTUM_MAP, STEPS_WHEN_TURNED

MATERIAL = {
    "steps-when-turned": STEPS_WHEN_TURNED,
    "momentum-map": MOMENTUM_MAP,
    "amplitude": AMPLITUDE,
}
