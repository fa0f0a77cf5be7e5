"""Assignment 2: right answers pass in every style, and mistakes lose the points they should."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from assignment_runs import judged

from rmsprop_course.checks._wrong_updates import outside, right_step, wrong_updates
from rmsprop_course.checks.lesson_04_momentum import MOMENTUM_STEP

NAME = "2_rmsprop_in_numpy"
SEEDS = [None, 1, 2]
ONE_STEP, ARRAYS, EPS = STEP = ["test-one-step", "test-arrays", "test-eps"]
TRAJECTORY, IN_PLACE = RUN = ["test-trajectory", "test-step-in-place"]
MOMENTUM, WEIGHT_DECAY = EXTRAS = ["test-momentum", "test-weight-decay"]
LOST = "test-lost-in-step"
TESTS = [*STEP, *RUN, *EXTRAS, LOST]
CELLS = {
    ONE_STEP: ("rmsprop-step", "rmsprop_step"),
    TRAJECTORY: ("minimize", "minimize"),
    MOMENTUM: ("momentum-step", "momentum_step"),
    LOST: ("lost-in-step", "lost_in_step"),
}

Attempt = Callable[..., Any]

failed = partial(judged, NAME, CELLS)


# --- Task 1, right ---


def step_as_written(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / (np.sqrt(square_avg) + eps), square_avg


def step_in_a_loop(params, grad, square_avg, *, learning_rate, decay, eps):
    moved, averages = np.array(params, dtype=float), np.array(square_avg, dtype=float)
    for place in np.ndindex(moved.shape):
        g = np.asarray(grad)[place]
        averages[place] = decay * averages[place] + (1 - decay) * g * g
        moved[place] -= learning_rate * g / (averages[place] ** 0.5 + eps)
    return moved, averages


def step_in_place(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg *= decay
    square_avg += (1 - decay) * grad * grad
    params -= learning_rate * grad / (np.sqrt(square_avg) + eps)
    return params, square_avg


def step_in_float32(params, grad, square_avg, *, learning_rate, decay, eps):
    params, grad, square_avg = (np.float32(array) for array in (params, grad, square_avg))
    square_avg = square_avg + np.float32(1 - decay) * (grad**2 - square_avg)
    return params - np.float32(learning_rate) * grad / (np.sqrt(square_avg) + eps), square_avg


def step_in_lists(params, grad, square_avg, **settings):
    params, grad, square_avg = map(np.array, (params, grad, square_avg))
    return [
        np.asarray(part).tolist() for part in step_as_written(params, grad, square_avg, **settings)
    ]


def step_by_scaling(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = np.multiply(decay, square_avg) + np.multiply(1 - decay, np.square(grad))
    denominator = np.add(np.power(square_avg, 0.5), eps)
    return np.subtract(params, np.divide(np.multiply(learning_rate, grad), denominator)), square_avg


def step_into_new_arrays(params, grad, square_avg, *, learning_rate, decay, eps):
    square = np.array(grad) ** 2
    average = np.empty_like(np.asarray(square, dtype=float))
    average[...] = decay * square_avg + (1 - decay) * square
    change = learning_rate / (np.sqrt(average) + eps)
    change *= grad
    return [params - change, average]


def step_on_the_flat_array(params, grad, square_avg, **settings):
    shape = np.shape(params)
    flat = [np.ravel(array) for array in (params, grad, square_avg)]
    return tuple(part.reshape(shape) for part in step_as_written(*flat, **settings))


def step_by_recursion(params, grad, square_avg, **settings):
    if not isinstance(params, np.ndarray):
        return step_as_written(params, grad, square_avg, **settings)
    rows = zip(params, grad, square_avg, strict=True)
    moved, averages = zip(*(step_by_recursion(*row, **settings) for row in rows), strict=True)
    return np.array(moved), np.array(averages)


def step_for_each_number(params, grad, square_avg, **settings):
    def one(*numbers):
        return step_as_written(*numbers, **settings)

    return np.vectorize(one, otypes=[float, float])(params, grad, square_avg)


def step_by_hypotenuse(params, grad, square_avg, *, learning_rate, decay, eps):
    root = np.hypot(np.sqrt(decay * square_avg), np.sqrt(1 - decay) * grad)
    yield params - learning_rate * grad / (root + eps)
    yield root**2


class Step:
    """An object that can be called, and returns both in one array."""

    def __call__(self, *arguments, **settings):
        return np.array(step_as_written(*arguments, **settings))


RIGHT_STEPS = [
    step_as_written,
    step_in_a_loop,
    step_in_place,
    step_in_float32,
    step_in_lists,
    step_by_scaling,
    step_into_new_arrays,
    step_on_the_flat_array,
    step_by_recursion,
    step_for_each_number,
    lambda *arguments, **settings: list(step_by_hypotenuse(*arguments, **settings)),
    Step(),
    right_step(outside),
]


# --- Task 1, wrong ---


def add_gradients_in_place(params, grad, square_avg, **settings):
    result = step_as_written(params, grad.copy() if np.ndim(grad) else grad, square_avg, **settings)
    grad *= 1.5
    return result


def one_shape(params, grad, square_avg, **settings):
    return tuple(np.atleast_1d(p) for p in step_as_written(params, grad, square_avg, **settings))


def per_row(params, grad, square_avg, *, learning_rate, decay, eps):
    mean = np.mean(np.square(grad), axis=-1, keepdims=True) if np.ndim(grad) else grad**2
    average = decay * square_avg + (1 - decay) * mean
    return params - learning_rate * grad / (np.sqrt(average) + eps), average


def centered(params, grad, square_avg, *, learning_rate, decay, eps):
    average = decay * square_avg + (1 - decay) * grad**2
    variance = average - ((1 - decay) * grad) ** 2
    return params - learning_rate * grad / (np.sqrt(variance) + eps), average


def largest_so_far(params, grad, square_avg, *, learning_rate, decay, eps):
    average = np.maximum(square_avg, decay * square_avg + (1 - decay) * grad**2)
    return params - learning_rate * grad / (np.sqrt(average) + eps), average


def floored(params, grad, square_avg, *, learning_rate, decay, eps):
    average = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.maximum(np.sqrt(average), eps), average


def eps_squared(params, grad, square_avg, *, learning_rate, decay, eps):
    average = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.sqrt(average + eps**2), average


def in_turn(params, grad, square_avg, *, learning_rate, decay, eps):
    """The learning rate is inside the average's root too."""
    average = decay * square_avg + (1 - decay) * (learning_rate * grad) ** 2
    return params - learning_rate * grad / (np.sqrt(average) + eps), average


class FirstRate:
    """Keeps the learning rate of its first call, and so follows no schedule."""

    def __init__(self) -> None:
        self.rate = None

    def __call__(self, params, grad, square_avg, *, learning_rate, decay, eps):
        self.rate = self.rate or learning_rate
        settings = {"learning_rate": self.rate, "decay": decay, "eps": eps}
        return step_as_written(params, grad, square_avg, **settings)


def frozen_without_gradient(params, grad, square_avg, **settings):
    """Right for a parameter that got no gradient, but not for a gradient of 0."""
    moved, average = step_as_written(params, grad, square_avg, **settings)
    return moved, np.where(np.asarray(grad) == 0, square_avg, average)


def eps_where_needed(params, grad, square_avg, *, learning_rate, decay, eps):
    average = decay * square_avg + (1 - decay) * grad**2
    root = np.sqrt(average)
    return params - learning_rate * grad / np.where(root == 0, eps, root), average


def flat(params, grad, square_avg, **settings):
    arrays = (np.ravel(array) if np.ndim(array) else array for array in (params, grad, square_avg))
    return step_as_written(*arrays, **settings)


def rows_by_their_mean(params, grad, square_avg, *, learning_rate, decay, eps):
    average = decay * square_avg + (1 - decay) * grad**2
    root = np.sqrt(average)
    root = root.mean(axis=tuple(range(1, np.ndim(root))), keepdims=True) if np.ndim(root) else root
    return params - learning_rate * grad / (root + eps), average


def only_theta(params, grad, square_avg, **settings):
    return step_as_written(params, grad, square_avg, **settings)[0]


# What loses fewer points than those of all three tests.
ONLY = {
    "gradients add up": {ONE_STEP, EPS},
    "ε in the average": {EPS},
    "ε averaged with the square": {EPS},
    "ε inside the root": {EPS},
    "ε is left out": {EPS},
    "ε is added to the step": {EPS},
    "hard-coded eps": {EPS},
    "mean over all coordinates": {ARRAYS},
    "one norm for all coordinates": {ARRAYS},
}
WRONG_STEPS = {
    **{
        wrong.name: (wrong.attempt, ONLY.get(wrong.name, set(STEP)))
        for wrong in wrong_updates(outside)
    },
    "the gradient is changed afterwards": (add_gradients_in_place, {ARRAYS}),
    "numbers become arrays": (one_shape, {ARRAYS}),
    "one average a row": (per_row, {ARRAYS}),
    "centered": (centered, set(STEP)),
    "the largest average so far": (largest_so_far, set(STEP)),
    "ε is a floor": (floored, {EPS}),
    "ε squared inside the root": (eps_squared, {EPS}),
    "the learning rate in the average": (in_turn, set(STEP)),
    "the first learning rate for ever": (FirstRate(), set(STEP)),
    "a gradient of 0 leaves the average alone": (frozen_without_gradient, {EPS}),
    "ε only where the root is 0": (eps_where_needed, {EPS}),
    "flattened": (flat, {ARRAYS}),
    "one root a row": (rows_by_their_mean, {ARRAYS}),
    "only θ": (only_theta, set(STEP)),
    "nothing": (lambda *args, **settings: None, set(STEP)),
}


# --- Task 2 ---


def run_into_an_array(step, gradient, start, *, n_steps, **settings):
    trajectory = np.empty((n_steps + 1, len(start)))
    trajectory[0] = start
    average = np.zeros(len(start))
    for i in range(n_steps):
        here = trajectory[i].copy()
        trajectory[i + 1], average = step(here, gradient(here), average, **settings)
    return trajectory


def run_into_a_list(step, gradient, start, *, n_steps, **settings):
    params, average = np.asarray(start) * 1.0, 0.0 * np.asarray(start)
    rows = [list(params)]
    while len(rows) <= n_steps:
        params, average = step(params, gradient(params), average, **settings)
        rows.append(list(params))
    return rows


def run_in_float32(step, gradient, start, *, n_steps, **settings):
    settings = {name: np.float32(number) for name, number in settings.items()}
    params, average = np.array(start, np.float32), np.zeros(len(start), np.float32)
    rows = np.array([params])
    for _ in range(n_steps):
        params, average = step(params, gradient(params), average, **settings)
        rows = np.vstack([rows, params])
    return rows


def run_with_a_number_as_average(step, gradient, start, *, n_steps, **settings):
    params, average, rows = start.astype(float), 0.0, [start.astype(float)]
    for _ in range(n_steps):
        params, average = step(params.copy(), gradient(params), average, **settings)
        rows += [params]
    return tuple(rows)


def run_by_recursion(step, gradient, start, *, n_steps, **settings):
    def rest(params, average, n):
        rows = [params.copy()]
        if n:
            rows += rest(*step(params, gradient(params), average, **settings), n - 1)
        return rows

    start = np.array(start, float)
    return np.stack(rest(start, np.zeros_like(start), n_steps))


def run_in_columns(step, gradient, start, *, n_steps, **settings):
    columns = np.zeros((len(start), n_steps + 1))
    columns[:, 0] = start
    average = np.zeros(len(start))
    for i in range(1, n_steps + 1):
        params = columns[:, i - 1].copy()
        columns[:, i], average = step(params, gradient(params), average, **settings)
    return columns.T


RIGHT_RUNS = [
    run_into_an_array,
    run_into_a_list,
    run_in_float32,
    run_with_a_number_as_average,
    run_by_recursion,
    run_in_columns,
]


def ran(step, gradient, start, *, n_steps, **settings):
    return np.array(run_into_a_list(step, gradient, start, n_steps=n_steps, **settings))


def run_with(
    begin: Callable[[Any], Any] = lambda start: np.array(start, dtype=float),
    note: Callable[[Any], Any] = np.copy,
    memory: Callable[[Any, Any], Any] = lambda average, begun: average,
    where: Callable[[Any, Any], Any] = lambda params, begun: params,
    zeros: Callable[[Any], Any] = np.zeros_like,
) -> Attempt:
    """A run in which one of these is done otherwise."""

    def run(step, gradient, start, *, n_steps, **settings):
        params = begin(start)
        average = zeros(params)
        rows = [note(params)]
        for _ in range(n_steps):
            grad = gradient(where(params, begin(np.array(start))))
            params, average = step(params, grad, memory(average, zeros(params)), **settings)
            rows.append(note(params))
        return np.array(rows)

    return run


class Remembering:
    """Keeps the average of the run before."""

    def __init__(self) -> None:
        self.average = None

    def __call__(self, step, gradient, start, *, n_steps, **settings):
        params = np.array(start, dtype=float)
        fits = np.shape(self.average) == params.shape
        self.average = self.average if fits else np.zeros_like(params)
        rows = [params.copy()]
        for _ in range(n_steps):
            params, self.average = step(params, gradient(params), self.average, **settings)
            rows.append(params.copy())
        return np.array(rows)


def without_last(step, gradient, start, *, n_steps, **settings):
    return ran(step, gradient, start, n_steps=n_steps - 1, **settings)


def one_more(step, gradient, start, *, n_steps, **settings):
    return ran(step, gradient, start, n_steps=n_steps + 1, **settings)


def fixed_number(step, gradient, start, *, n_steps, **settings):
    return ran(step, gradient, start, n_steps=2, **settings)


def fixed_rate(step, gradient, start, *, n_steps, **settings):
    return ran(step, gradient, start, n_steps=n_steps, **{**settings, "learning_rate": 0.5})


def gradient_late(step, gradient, start, *, n_steps, **settings):
    params = np.array(start, dtype=float)
    before, average, rows = params.copy(), np.zeros_like(params), [params.copy()]
    for _ in range(n_steps):
        grad, before = gradient(before), params.copy()
        params, average = step(params, grad, average, **settings)
        rows.append(params.copy())
    return np.array(rows)


def gradients_add_up(step, gradient, start, *, n_steps, **settings):
    total = np.zeros(len(start))

    def added(params):
        total[...] += gradient(params)
        return total.copy()

    return ran(step, added, start, n_steps=n_steps, **settings)


def in_turns(step, gradient, start, *, n_steps, **settings):
    """One average for all parameters, each of which has a step of its own."""
    params, average = np.array(start, dtype=float), np.zeros(1)
    rows = [params.copy()]
    for _ in range(n_steps):
        grad = gradient(params)
        for i in range(len(params)):
            moved, average = step(params[i : i + 1].copy(), grad[i : i + 1], average, **settings)
            params[i] = moved[0]
        rows.append(params.copy())
    return np.array(rows)


def averages_noted(step, gradient, start, *, n_steps, **settings):
    return ran(lambda *a, **s: step(*a, **s)[::-1], gradient, start, n_steps=n_steps, **settings)


def stopped_at_the_minimum(step, gradient, start, *, n_steps, **settings):
    params = np.array(start, dtype=float)
    average, rows = np.zeros_like(params), [params.copy()]
    while len(rows) <= n_steps and np.abs(gradient(params)).max() > 1e-9:
        params, average = step(params, gradient(params), average, **settings)
        rows.append(params.copy())
    return np.array(rows)


def into_the_rows(step, gradient, start, *, n_steps, **settings):
    rows, average = np.zeros((n_steps + 1, len(start))), np.zeros(len(start))
    rows[0] = start
    for i in range(n_steps):
        rows[i + 1], average = step(rows[i], gradient(rows[i]), average, **settings)
    return rows


def into_rows_like_start(step, gradient, start, **settings):
    return ran(step, gradient, start, **settings).astype(start.dtype)


def start_put_back(step, gradient, start, **settings):
    keep = start.copy()
    rows = run_with(begin=lambda start: start)(step, gradient, start, **settings)
    start[...] = keep
    return rows


WRONG_RUNS = {
    "start is missing": (lambda *a, **s: ran(*a, **s)[1:], set(RUN)),
    "the last step is missing": (lambda *a, **s: ran(*a, **s)[:-1], set(RUN)),
    "one step fewer": (without_last, set(RUN)),
    "one step more": (one_more, set(RUN)),
    "always two steps": (fixed_number, set(RUN)),
    "only the last row": (lambda *a, **s: ran(*a, **s)[-1], set(RUN)),
    "rows and columns swapped": (lambda *a, **s: ran(*a, **s).T, set(RUN)),
    "newest first": (lambda *a, **s: ran(*a, **s)[::-1], set(RUN)),
    "the gradient of the start": (run_with(where=lambda params, begun: begun), set(RUN)),
    "the average starts anew": (run_with(memory=lambda average, begun: begun), set(RUN)),
    "the average starts at 1": (run_with(zeros=np.ones_like), set(RUN)),
    "the average of another run": (Remembering(), {IN_PLACE}),
    "one average in turns": (in_turns, set(RUN)),
    "the gradient of one step before": (gradient_late, set(RUN)),
    "gradients add up": (gradients_add_up, set(RUN)),
    "averages and parameters swapped": (averages_noted, set(RUN)),
    "a setting of the visible test": (fixed_rate, set(RUN)),
    "nothing": (lambda *args, **settings: None, set(RUN)),
    "without signs": (lambda *a, **s: np.abs(ran(*a, **s)), {TRAJECTORY}),
    "it stops at the minimum": (stopped_at_the_minimum, {TRAJECTORY}),
    # These are right as long as the step makes new arrays.
    "the rows are handed to the step": (into_the_rows, {IN_PLACE}),
    "rows of the type of start": (into_rows_like_start, {IN_PLACE}),
    "start is put back afterwards": (start_put_back, {IN_PLACE}),
    "all rows are one array": (run_with(note=lambda params: params), {IN_PLACE}),
    "start is written into": (run_with(begin=lambda start: start), {IN_PLACE}),
    "start is a view": (run_with(begin=lambda start: np.asarray(start, dtype=float)), {IN_PLACE}),
    "whole numbers stay whole": (run_with(begin=np.copy), {IN_PLACE}),
    "whole numbers in the average": (
        run_with(zeros=lambda params: np.zeros(len(params), dtype=int)),
        {IN_PLACE},
    ),
    "whole numbers in the rows": (lambda *a, **s: np.trunc(ran(*a, **s)), set(RUN)),
}


# --- Task 3 ---


def momentum_as_written(
    params, grad, state, *, learning_rate, decay, eps, momentum=0.0, weight_decay=0.0
):
    square_avg, buffer = state
    grad = grad + weight_decay * params
    square_avg = decay * square_avg + (1 - decay) * grad**2
    buffer = momentum * buffer + grad / (np.sqrt(square_avg) + eps)
    return params - learning_rate * buffer, (square_avg, buffer)


def momentum_in_place(
    params, grad, state, *, learning_rate, decay, eps, momentum=0.0, weight_decay=0.0
):
    square_avg, buffer = state
    grad = weight_decay * params + grad
    square_avg *= decay
    square_avg += (1 - decay) * grad * grad
    buffer *= momentum
    buffer += grad / (np.sqrt(square_avg) + eps)
    params -= learning_rate * buffer
    return [params, [square_avg, buffer]]


def momentum_in_a_loop(params, grad, state, **settings):
    if np.ndim(params) == 0:
        return momentum_as_written(params, grad, state, **settings)
    steps = [
        momentum_as_written(p, g, (v, b), **settings)
        for p, g, v, b in zip(params, grad, *state, strict=True)
    ]
    moved, states = zip(*steps, strict=True)
    return np.array(moved), tuple(map(np.array, zip(*states, strict=True)))


def momentum_in_float32(params, grad, state, **settings):
    params, grad, v, b = (np.float32(array) for array in (params, grad, *state))
    settings = {name: np.float32(number) for name, number in settings.items()}
    return momentum_as_written(params, grad, (v, b), **settings)


def momentum_in_one_array(params, grad, state, **settings):
    params, state = momentum_as_written(params, grad, state, **settings)
    return params, np.array(state)


def momentum_by_task_1(params, grad, state, *, momentum=0.0, weight_decay=0.0, **settings):
    settings, rate = {**settings, "learning_rate": 1.0}, settings["learning_rate"]
    change, average = step_as_written(
        0 * params, grad + weight_decay * params, state[0], **settings
    )
    buffer = momentum * state[1] - change
    return params - rate * buffer, (average, buffer)


def momentum_in_lists(params, grad, state, **settings):
    params, state = momentum_as_written(params, grad, state, **settings)
    return np.asarray(params).tolist(), [np.asarray(memory).tolist() for memory in state]


def momentum_without_loss_of_zero(params, grad, state, **settings):
    if not settings.get("weight_decay"):
        settings.pop("weight_decay", None)
    return momentum_as_written(params, grad, tuple(state), **settings)


RIGHT_EXTRAS = [
    momentum_as_written,
    momentum_in_place,
    momentum_in_a_loop,
    momentum_in_float32,
    momentum_in_one_array,
    momentum_by_task_1,
    momentum_in_lists,
    momentum_without_loss_of_zero,
]


# What is right as long as there is no momentum, or no larger ε: it costs that test alone.
OF_MOMENTUM = {
    "the two places are swapped",
    "the learning rate always inside",
    "only 1 - μ of the update is added",
    "the old buffer is dropped",
    "the buffer has the other sign",
    "gradients in the buffer",
    "an average of the gradient, as in Adam",
    "ε is left out",
    "it looks ahead, as Nesterov's does",
    "the buffer is not used",
    "outside, the buffer is not used",
    "hard-coded learning_rate",
    "the old buffer is handed back",
}


def of_lesson(attempt: Attempt) -> Attempt:
    """An attempt at the lesson's step, which has γ = 0.9 and no weight decay, at this one.

    It is given the average that makes 0.9 and 0.1 give what γ and 1 - γ should.
    """

    def step(params, grad, state, *, learning_rate, decay, eps, momentum=0.0, weight_decay=0.0):
        square_avg, buffer = state
        grad = grad + weight_decay * params
        new = decay * square_avg + (1 - decay) * grad**2
        state = ((new - 0.1 * grad**2) / 0.9, buffer)
        settings = {"momentum": momentum, "lr_in_momentum": False}
        return attempt(params, grad, state, learning_rate=learning_rate, **settings)

    return step


# What is no mistake where η is never inside the buffer, and ε at its usual size.
NO_MISTAKE_HERE = {
    "the learning rate always outside",
    "inside, the learning rate is there twice",
    "inside, the learning rate is missing",
    "inside, the buffer is not used",
    "ε outside the root",
}
LESSONS = {
    wrong.name: of_lesson(wrong.attempt)
    for wrong in MOMENTUM_STEP.misconceptions
    if wrong.name not in NO_MISTAKE_HERE
}


def decayed(
    averaged: Callable[..., Any] = lambda g, whole: whole,
    divided: Callable[..., Any] = lambda g, whole: whole,
    added: Callable[..., Any] = lambda g, params, weight_decay: g + weight_decay * params,
    shrunk: Callable[..., Any] = lambda params, rate, weight_decay: params,
) -> Attempt:
    """A step that puts weight decay elsewhere."""

    def step(params, grad, state, *, learning_rate, decay, eps, momentum=0.0, weight_decay=0.0):
        v, b = state
        whole = added(grad, params, weight_decay)
        v = decay * v + (1 - decay) * averaged(grad, whole) ** 2
        b = momentum * b + divided(grad, whole) / (np.sqrt(v) + eps)
        return shrunk(params, learning_rate, weight_decay) - learning_rate * b, (v, b)

    return step


def decay_overwrites_the_gradient(params, grad, state, *, weight_decay=0.0, **settings):
    grad += weight_decay * params
    return momentum_as_written(params, grad, state, **settings)


def with_root(root: Callable[[Any, Any], Any]) -> Attempt:
    def step(params, grad, state, *, learning_rate, decay, eps, momentum=0.0, weight_decay=0.0):
        v, b = state
        grad = grad + weight_decay * params
        v = decay * v + (1 - decay) * grad**2
        b = momentum * b + grad / root(v, eps)
        return params - learning_rate * b, (v, b)

    return step


def either(params, grad, state, *, momentum=0.0, weight_decay=0.0, **settings):
    if weight_decay:
        return momentum_as_written(params, grad, state, weight_decay=weight_decay, **settings)
    return momentum_as_written(params, grad, state, momentum=momentum, **settings)


def momentum_frozen(params, grad, state, **settings):
    moved, (average, buffer) = momentum_as_written(params, grad, state, **settings)
    return moved, (np.where(np.asarray(grad) == 0, state[0], average), buffer)


def plain(g, whole):
    return g


WRONG_EXTRAS = {
    **{
        name: (attempt, {MOMENTUM} if name in OF_MOMENTUM else set(EXTRAS))
        for name, attempt in LESSONS.items()
    },
    "it decays nothing": (decayed(added=lambda g, p, w: g), {WEIGHT_DECAY}),
    "the sign of the decay": (decayed(added=lambda g, p, w: g - w * p), {WEIGHT_DECAY}),
    "decoupled": (
        decayed(plain, plain, shrunk=lambda p, rate, w: p - rate * w * p),
        {WEIGHT_DECAY},
    ),
    "decoupled and not scaled by η": (
        decayed(plain, plain, shrunk=lambda p, rate, w: p - w * p),
        {WEIGHT_DECAY},
    ),
    "the average without it": (decayed(plain), {WEIGHT_DECAY}),
    "the numerator without it": (decayed(divided=plain), {WEIGHT_DECAY}),
    "twice": (decayed(added=lambda g, p, w: g + 2 * w * p), {WEIGHT_DECAY}),
    "only its sign": (decayed(added=lambda g, p, w: g + w * np.sign(p)), {WEIGHT_DECAY}),
    "the square of θ": (decayed(added=lambda g, p, w: g + w * p**2), {WEIGHT_DECAY}),
    "always 0.5": (decayed(added=lambda g, p, w: g + 0.5 * p if w else g), {WEIGHT_DECAY}),
    "into the caller's gradient": (decay_overwrites_the_gradient, {WEIGHT_DECAY}),
    "ε inside the root": (with_root(lambda v, eps: np.sqrt(v + eps)), {MOMENTUM}),
    "ε is never used": (with_root(lambda v, eps: np.sqrt(v)), {MOMENTUM}),
    "hard-coded ε": (with_root(lambda v, eps: np.sqrt(v) + 1e-8), {MOMENTUM}),
    "either weight decay or momentum": (either, {WEIGHT_DECAY}),
    "a gradient of 0 leaves the average alone": (momentum_frozen, {MOMENTUM}),
    "hard-coded γ": (
        lambda *args, **settings: momentum_as_written(*args, **{**settings, "decay": 0.5}),
        set(EXTRAS),
    ),
    "nothing": (lambda *args, **settings: None, set(EXTRAS)),
}


# --- Task 4 ---


def lost_by_rows(step, grads, trajectory, **settings):
    memory = np.zeros(np.shape(grads)[1])
    for i in range(len(grads)):
        after, memory = step(trajectory[i], grads[i], memory, **settings)
        if np.abs(after - trajectory[i + 1]).max() > 1e-6:
            return i + 1
    return 0


def lost_by_a_whole_run(step, grads, trajectory, **settings):
    params, memory, rows = trajectory[0], 0 * trajectory[0], []
    for grad in grads:
        params, memory = step(params, grad, memory, **settings)
        rows.append(params)
    differs = (np.abs(np.array(rows) - trajectory[1:]) > 1e-6).any(axis=1)
    return np.argmax(differs) + 1 if differs.any() else 0


def lost_where_a_new_run_fits(step, grads, trajectory, **settings):
    for i in range(1, len(grads)):
        after, _ = step(trajectory[i], grads[i], np.zeros_like(grads[i]), **settings)
        if np.allclose(after, trajectory[i + 1]):
            return i + 1
    return 0


def lost_of_one_parameter(step, grads, trajectory, **settings):
    return lost_by_rows(step, grads[:, :1], trajectory[:, :1], **settings)


def lost_as_a_float(step, grads, trajectory, **settings):
    return float(lost_by_rows(step, grads, trajectory, **settings))


def lost_as_an_array(step, grads, trajectory, **settings):
    return np.array(lost_by_rows(step, grads, trajectory, **settings))


def lost_by_halves(step, grads, trajectory, **settings):
    def is_whole(n_steps):
        params, memory = trajectory[0], 0.0
        for grad in grads[:n_steps]:
            params, memory = step(params, grad, memory, **settings)
        return np.array_equal(params, trajectory[n_steps])

    whole, broken = 0, len(grads)
    while not is_whole(broken) and broken - whole > 1:
        middle = (whole + broken) // 2
        whole, broken = (middle, broken) if is_whole(middle) else (whole, middle)
    return 0 if is_whole(broken) else broken


def lost_by_recursion(step, grads, trajectory, **settings):
    def rest(i, params, memory):
        if i == len(grads):
            return 0
        params, memory = step(params, grads[i], memory, **settings)
        return rest(i + 1, params, memory) if np.allclose(params, trajectory[i + 1]) else i + 1

    return rest(0, trajectory[0], np.zeros_like(trajectory[0]))


RIGHT_FINDS = [
    lost_by_halves,
    lost_by_recursion,
    lost_by_rows,
    lost_by_a_whole_run,
    lost_where_a_new_run_fits,
    lost_of_one_parameter,
    lost_as_a_float,
    lost_as_an_array,
]


def changed(find: Callable[[int, int], Any]) -> Attempt:
    """Something else, made from the right number and that of all steps."""
    return lambda step, grads, trajectory, **settings: find(
        lost_by_rows(step, grads, trajectory, **settings), len(grads)
    )


def longest(step, grads, trajectory, **settings):
    return int(np.argmax(np.abs(np.diff(trajectory, axis=0)).max(axis=1))) + 1


def longest_but_the_first(step, grads, trajectory, **settings):
    return int(np.argmax(np.abs(np.diff(trajectory, axis=0)).max(axis=1)[1:])) + 2


def from_zero(step, grads, trajectory, **settings):
    return lost_by_a_whole_run(step, grads, trajectory - trajectory[0], **settings)


def with_the_first(step, grads, trajectory, **settings):
    for i in range(len(grads)):
        after, _ = step(trajectory[i], grads[i], np.zeros_like(grads[i]), **settings)
        if np.allclose(after, trajectory[i + 1]):
            return i + 1
    return 0


def without_memory(step, grads, trajectory, **settings):
    for i in range(len(grads)):
        after, _ = step(trajectory[i], grads[i], np.zeros_like(grads[i]), **settings)
        if not np.allclose(after, trajectory[i + 1]):
            return i + 1
    return 0


def as_long_as_the_first(step, grads, trajectory, **settings):
    """RMSProp's first step is as long as no other where ε is tiny; other steps are not so."""
    lengths = np.abs(np.diff(trajectory, axis=0))
    for i in range(1, len(lengths)):
        if np.allclose(lengths[i], lengths[0]):
            return i + 1
    return 0


def shorter_than_before(step, grads, trajectory, **settings):
    lengths = np.abs(np.diff(trajectory, axis=0)).max(axis=1)
    return next((i + 1 for i in range(1, len(lengths)) if lengths[i] < lengths[i - 1]), 0)


def last_that_differs(step, grads, trajectory, **settings):
    found, memory = 0, np.zeros_like(trajectory[0])
    for i in range(len(grads)):
        after, memory = step(trajectory[i], grads[i], memory, **settings)
        found = found if np.allclose(after, trajectory[i + 1]) else i + 1
    return found


def all_but_the_last(step, grads, trajectory, **settings):
    return lost_by_rows(step, grads[:-1], trajectory[:-1], **settings)


WRONG_FINDS = {
    "counted from 0": changed(lambda lost, n: lost - 1 if lost else 0),
    "one late": changed(lambda lost, n: lost + 1 if lost else 0),
    "never 0": changed(lambda lost, n: lost or n),
    "None if all is well": changed(lambda lost, n: lost or None),
    "-1 if all is well": changed(lambda lost, n: lost or -1),
    "a list": changed(lambda lost, n: [lost] if lost else []),
    "steps since then": changed(lambda lost, n: n - lost if lost else 0),
    "only whether": changed(lambda lost, n: lost > 0),
    "always the third": changed(lambda lost, n: 3),
    "always 0": changed(lambda lost, n: 0),
    "the longest step": longest,
    "the longest but the first": longest_but_the_first,
    "the first step is a new run too": with_the_first,
    "no memory at all": without_memory,
    "as long as the first step": as_long_as_the_first,
    "shorter than the step before": shorter_than_before,
    "the last that differs": last_that_differs,
    "the last step is not looked at": all_but_the_last,
    "nothing": lambda *args, **settings: None,
}

RIGHT = [
    (test, attempt)
    for test, attempts in {
        ONE_STEP: RIGHT_STEPS,
        TRAJECTORY: RIGHT_RUNS,
        MOMENTUM: RIGHT_EXTRAS,
        LOST: RIGHT_FINDS,
    }.items()
    for attempt in attempts
]
WRONG = [
    (test, name, attempt, loses)
    for test, named in {
        ONE_STEP: WRONG_STEPS,
        TRAJECTORY: WRONG_RUNS,
        MOMENTUM: WRONG_EXTRAS,
        LOST: {name: (attempt, {LOST}) for name, attempt in WRONG_FINDS.items()},
    }.items()
    for name, (attempt, loses) in named.items()
]


@pytest.mark.parametrize(("test", "attempt"), RIGHT)
def test_right_answer_passes(test: str, attempt: Attempt) -> None:
    for seed in SEEDS:
        assert failed(test, attempt, seed) == {}


@pytest.mark.filterwarnings("ignore")  # a wrong answer may divide by 0
@pytest.mark.parametrize(("test", "name", "attempt", "loses"), WRONG)
def test_wrong_answer_loses_the_points_that_it_should(
    test: str, name: str, attempt: Attempt, loses: set[str]
) -> None:
    for seed in SEEDS:
        assert set(failed(test, attempt, seed)) == loses


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("test", CELLS)
def test_visible_tests_help_but_do_not_decide(test: str) -> None:
    wrong = [attempt for about, _, attempt, _ in WRONG if about == test]
    caught = sum(bool(failed(test, attempt, hidden=False)) for attempt in wrong)
    assert len(wrong) / 4 < caught < len(wrong)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("test", "loses", "attempt", "said"),
    [
        (ONE_STEP, ONE_STEP, WRONG_STEPS["nothing"][0], "return θ and v, not None"),
        (ONE_STEP, ONE_STEP, WRONG_STEPS["γ and 1 - γ swapped"][0], "new average, returned second"),
        (ONE_STEP, ONE_STEP, WRONG_STEPS["the results are swapped"][0], "returned second, is 0.4"),
        (ONE_STEP, ONE_STEP, WRONG_STEPS["it climbs"][0], "from 1 to 0.683772, not to 1.316"),
        (
            ONE_STEP,
            ONE_STEP,
            WRONG_STEPS["the average starts anew in every step"][0],
            "each step begins with an average of 0, in step 2",
        ),
        (ONE_STEP, ARRAYS, WRONG_STEPS["mean over all coordinates"][0], "both coordinates of θ"),
        (ONE_STEP, ARRAYS, WRONG_STEPS["the gradient is changed afterwards"][0], "the caller's"),
        (ONE_STEP, EPS, WRONG_STEPS["ε inside the root"][0], "-0.1 · 3 / (3 + 1) = -0.075"),
        (ONE_STEP, EPS, WRONG_STEPS["ε in the average"][0], "-0.075"),
        (TRAJECTORY, TRAJECTORY, WRONG_RUNS["start is missing"][0], "shape (3, 2), not (2, 2)"),
        (TRAJECTORY, TRAJECTORY, WRONG_RUNS["the average starts anew"][0], "an average of 0"),
        (TRAJECTORY, IN_PLACE, WRONG_RUNS["all rows are one array"][0], "all rows are one array"),
        (TRAJECTORY, IN_PLACE, WRONG_RUNS["start is written into"][0], "changes start"),
        (MOMENTUM, MOMENTUM, LESSONS["the learning rate is not used"], "from 1 to 0.72, not to -1"),
        (MOMENTUM, MOMENTUM, LESSONS["three results instead of two"], "θ and the pair (v, b)"),
        (
            MOMENTUM,
            WEIGHT_DECAY,
            WRONG_EXTRAS["the sign of the decay"][0],
            "own step takes it for g = 1.5",
        ),
        (ONE_STEP, EPS, frozen_without_gradient, "what if the gradient is 0?"),
        (ONE_STEP, EPS, WRONG_STEPS["hard-coded eps"][0], "-0.075"),
        (TRAJECTORY, TRAJECTORY, stopped_at_the_minimum, "a row for start and one for each step"),
        (
            MOMENTUM,
            MOMENTUM,
            WRONG_EXTRAS["ε inside the root"][0],
            "buffer in the state for a larger",
        ),
        (MOMENTUM, WEIGHT_DECAY, either, "your own step takes it for g = 1.5"),
        (LOST, LOST, WRONG_FINDS["counted from 0"], "it was the third"),
        (LOST, LOST, WRONG_FINDS["never 0"], "not 0 for a run that never lost its memory"),
    ],
)
def test_message_names_the_mistake(test: str, loses: str, attempt: Attempt, said: str) -> None:
    assert said in failed(test, attempt)[loses]
