"""Exercises of lesson 09, How fast does it converge: two thresholds and a drift.

The formulas stand in one module and the drift in another, or both would be long.
"""

from rmsprop_course.checks.lesson_09_drift import PERIODIC_DRIFT
from rmsprop_course.checks.lesson_09_thresholds import CRITICAL_CURVATURE, LONGEST_PERIOD

MATERIAL = {
    "critical-curvature": CRITICAL_CURVATURE,
    "periodic-drift": PERIODIC_DRIFT,
    "longest-period": LONGEST_PERIOD,
}
