"""What tests of the NumPy optimizers share: all of them, and a run over given gradients."""

import numpy as np

from rmsprop_course.numpy_optimizers import (
    adagrad,
    adam,
    gradient_descent,
    momentum,
    rmsprop,
    rprop,
)

OPTIMIZERS = {
    "gradient_descent": gradient_descent,
    "momentum": momentum,
    "rprop": rprop,
    "adagrad": adagrad,
    "rmsprop": rmsprop,
    "adam": adam,
}


def follow(optimizer, grads, start, *, state=None, rates=None, **settings):
    """Parameters after each of the given gradients; `rates` holds a learning rate for each step."""
    params = start
    state = optimizer.init(start) if state is None else state
    path = []
    for number, grad in enumerate(grads):
        if rates is not None:
            settings["learning_rate"] = rates[number]
        params, state = optimizer.step(params, grad, state, **settings)
        path.append(params)
    return np.array(path)
