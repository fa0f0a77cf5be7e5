"""Exercises of lesson 10, What does √v compute?: a preconditioned Hessian, a cut, a loss floor.

The Hessian's mistakes stand in one module, those of the two sums over a matrix in another.
"""

from rmsprop_course.checks.lesson_10_precondition import PRECONDITION
from rmsprop_course.checks.lesson_10_sums import CUT, LOSS_FLOOR

MATERIAL = {"precondition": PRECONDITION, "cut": CUT, "loss-floor": LOSS_FLOOR}
