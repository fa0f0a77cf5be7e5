"""Checks of the exercises: whether an attempt is right, and if not, which mistake it makes.

`check` judges an attempt at one of `EXERCISES`. The probes of an exercise and the mistakes that it
knows are its `Material`. Nothing here draws.
"""

# A folder, because each lesson has probes and mistakes of its own, in a module named after it.
# `_trial` runs an attempt so that nothing of it gets out, `_results` reads and compares numbers,
# `_diagnosis` finds the mistake, and `_report` shows it.

from rmsprop_course.checks._check import check
from rmsprop_course.checks._diagnosis import Evidence, Result
from rmsprop_course.checks._exercise import Exercise, Material, Misconception, Probe
from rmsprop_course.checks._exercises import EXERCISES

__all__ = [
    "EXERCISES",
    "Evidence",
    "Exercise",
    "Material",
    "Misconception",
    "Probe",
    "Result",
    "check",
]
