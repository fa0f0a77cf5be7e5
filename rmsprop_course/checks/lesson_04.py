"""Exercises of lesson 04, RMSProp in NumPy: the step, its state, momentum and centering.

Each exercise but the first, whose mistakes other lessons share, has a module of its own beside this
one: together they would be far too long to read.
"""

from rmsprop_course.checks._exercise import Material
from rmsprop_course.checks._probes import call, steps
from rmsprop_course.checks._wrong_updates import inside, right_step, wrong_updates
from rmsprop_course.checks.lesson_04_centered import CENTERED_STEP
from rmsprop_course.checks.lesson_04_find_the_bug import FIND_THE_BUG
from rmsprop_course.checks.lesson_04_momentum import MOMENTUM_STEP
from rmsprop_course.checks.lesson_04_step_all import STEP_ALL

MATERIAL = {
    "rmsprop-step": Material(
        reference=right_step(inside),
        probes=(
            call([0.0], [1.0], [0.0], learning_rate=0.1, decay=0.9, eps=1e-8),
            call([1.0], [2.0], [9.0], learning_rate=0.1, decay=0.9, eps=0.5),
            call([1.0], [2.0], [9.0], learning_rate=0.1, decay=0.5, eps=0.5, varies="decay"),
            call([1.0], [2.0], [9.0], learning_rate=0.1, decay=0.5, eps=20.0, varies="eps"),
            call(
                [1.0], [2.0], [9.0], learning_rate=0.3, decay=0.5, eps=20.0, varies="learning_rate"
            ),
            call([5.0], [0.0], [0.0], learning_rate=0.1, decay=0.9, eps=1e-8),
            call(
                [0.0, 2.0, -3.0],
                [1.0, 100.0, -4.0],
                [0.0, 50.0, 9.0],
                learning_rate=0.1,
                decay=0.9,
                eps=0.5,
            ),
            steps([1.0, -2.0, 3.0], decay=0.9, eps=1e-8),
            steps([1.0, -2.0, 3.0], learning_rate=[0.1, 0.05, 0.025], decay=0.9, eps=1e-8),
            steps([2.0, -0.5, 0.0, 3.0], decay=0.9, eps=0.01),
        ),
        misconceptions=wrong_updates(inside),
        returns=("params", "square_avg"),
    ),
    "step-all": STEP_ALL,
    "momentum-step": MOMENTUM_STEP,
    "centered-step": CENTERED_STEP,
    "find-the-bug": FIND_THE_BUG,
}
