"""The optimizers of the course as pure functions over NumPy arrays; running them is in `descent`.

Each optimizer is a pair ``(init, step)``. ``init(params)`` makes the state, ``step(params, grad,
state, ...)`` returns new parameters and a new state and changes none of its arguments. All of them
are elementwise: a setting may be an array that broadcasts against `params`, so that a sweep over
settings is one run with one more axis.

References
----------
Tieleman, T. and Hinton, G. (2012). Lecture 6.5: rmsprop. Coursera, Neural Networks for Machine
Learning.
"""

# A folder, because each optimizer reads best alone.

from rmsprop_course.numpy_optimizers._adagrad import AdagradState, adagrad
from rmsprop_course.numpy_optimizers._adam import AdamState, adam
from rmsprop_course.numpy_optimizers._gradient_descent import (
    GradientDescentState,
    gradient_descent,
)
from rmsprop_course.numpy_optimizers._momentum import MomentumState, momentum
from rmsprop_course.numpy_optimizers._optimizer import Optimizer
from rmsprop_course.numpy_optimizers._rmsprop import RMSPropState, rmsprop
from rmsprop_course.numpy_optimizers._rprop import RpropState, rprop

__all__ = [
    "AdagradState",
    "AdamState",
    "GradientDescentState",
    "MomentumState",
    "Optimizer",
    "RMSPropState",
    "RpropState",
    "adagrad",
    "adam",
    "gradient_descent",
    "momentum",
    "rmsprop",
    "rprop",
]
