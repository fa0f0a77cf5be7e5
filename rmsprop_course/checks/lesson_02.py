"""Exercises of lesson 02, the moving average: the average, its half-life, its start, its square."""

from rmsprop_course.checks._exercise import Material
from rmsprop_course.checks._probes import call
from rmsprop_course.checks.lesson_02_moving_average import wrong_moving_averages
from rmsprop_course.moving_average import moving_average

_WAVES = [6.0, -2.0, 9.5, 4.0, -7.0, 3.0, 12.0, -1.5, 5.0, 8.0, -3.0, 2.5, 7.0, -6.0]

MATERIAL = {
    "moving-average": Material(
        reference=moving_average,
        probes=(
            call([4.0], 0.9),
            call([4.0, 0.0, 0.0], 0.5),
            call([1.0, -2.0, 30.0, 7.0, 5.0], 0.9),
            call([1.0, -2.0, 30.0, 7.0, 5.0], 0.75, varies="decay"),
            call(_WAVES, 0.9),
            call(_WAVES, 0.8),
        ),
        misconceptions=wrong_moving_averages(),
    )
}
