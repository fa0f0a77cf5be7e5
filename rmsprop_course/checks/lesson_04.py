"""Exercises of lesson 04, RMSProp in NumPy: the step, its state, momentum and centering."""

from rmsprop_course.checks._exercise import Material
from rmsprop_course.checks._probes import call, steps
from rmsprop_course.checks._wrong_updates import inside, right_step, wrong_updates

MATERIAL = {
    "rmsprop-step": Material(
        reference=right_step(inside),
        probes=(
            call([0.0], [1.0], [0.0], learning_rate=0.1, decay=0.9, eps=1e-8),
            call([1.0], [2.0], [9.0], learning_rate=0.1, decay=0.9, eps=0.5),
            call([1.0], [2.0], [9.0], learning_rate=0.1, decay=0.5, eps=0.5, varies="decay"),
            call([1.0], [2.0], [9.0], learning_rate=0.1, decay=0.5, eps=2.0, varies="eps"),
            call(
                [1.0], [2.0], [9.0], learning_rate=0.3, decay=0.5, eps=2.0, varies="learning_rate"
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
    )
}
