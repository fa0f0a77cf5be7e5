"""Exercises of lesson 02, the moving average: the average, its half-life, its start, its square."""

from rmsprop_course.checks._exercise import Material
from rmsprop_course.checks._probes import call
from rmsprop_course.checks.lesson_02_half_life import wrong_decays
from rmsprop_course.checks.lesson_02_moving_average import wrong_moving_averages
from rmsprop_course.checks.lesson_02_root_mean_square import right_roots, wrong_roots
from rmsprop_course.checks.lesson_02_unbiased import right_unbiased, wrong_unbiased_averages
from rmsprop_course.moving_average import decay_from_half_life, moving_average

_SIGNAL = [6.0, -2.0, 9.5, 4.0, -7.0, 3.0, 12.0, -1.5, 5.0, 8.0, -3.0, 2.5, 7.0, -6.0]
_GRADS = [[1.0, 0.02, -30.0], [-2.0, 0.05, 10.0], [0.0, -0.01, 20.0], [3.0, 0.04, -40.0]]

MATERIAL = {
    "moving-average": Material(
        reference=moving_average,
        probes=(
            call([4.0], 0.9),
            call([4.0, 0.0, 0.0], 0.5),
            call([1.0, -2.0, 30.0, 7.0, 5.0], 0.9),
            call([1.0, -2.0, 30.0, 7.0, 5.0], 0.75, varies="decay"),
            call(_SIGNAL, 0.9),
            call(_SIGNAL, 0.8),
        ),
        misconceptions=wrong_moving_averages(),
    ),
    "decay-from-half-life": Material(
        reference=decay_from_half_life,
        probes=(call(2), call(10, varies="n_steps"), call(100)),
        misconceptions=wrong_decays(),
    ),
    "unbiased-average": Material(
        reference=right_unbiased,
        probes=(
            call([3.0, 6.0], 0.5),
            call([1.0, 1.0, 1.0], 0.9),
            call([1.0, -2.0, 30.0, 7.0, 5.0], 0.9),
            call([1.0, -2.0, 30.0, 7.0, 5.0], 0.75, varies="decay"),
            call(_SIGNAL, 0.8),
        ),
        misconceptions=wrong_unbiased_averages(),
    ),
    "root-mean-square": Material(
        reference=right_roots,
        probes=(
            call([[2.0, 10.0]], 0.75),
            call([[1.0, 100.0], [-2.0, 300.0]], 0.9),
            call([[1.0, 100.0], [-2.0, 300.0]], 0.5, varies="decay"),
            call(_GRADS, 0.9),
        ),
        misconceptions=wrong_roots(),
    ),
}
