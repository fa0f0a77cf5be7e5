"""Exercises of lesson 08, Train real networks: a budget, an ε that breaks, another batch size.

The budget needs runs to spend, and stands in a module of its own; the other two are formulas.
"""

from rmsprop_course.checks.lesson_08_formulas import EPS_THAT_BREAKS, SCALE_WITH_BATCH
from rmsprop_course.checks.lesson_08_tune import TUNE

MATERIAL = {
    "tune": TUNE,
    "eps-that-breaks": EPS_THAT_BREAKS,
    "scale-with-batch": SCALE_WITH_BATCH,
}
