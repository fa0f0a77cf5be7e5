"""Lesson 07: right counts and kernels pass in every style, and mistakes are named as made."""

import math
from dataclasses import replace

import numpy as np
import pytest
from attempts import rights_pass, wrongs_are_named

numba = pytest.importorskip("numba")
pytest.importorskip("torch")

from rmsprop_course.checks import EXERCISES, check  # noqa: E402

# --- Momentum, centering, half precision ---


def bytes_by_formula(n_averages, param_bytes=4, average_bytes=4):
    return 3 * param_bytes + 2 * n_averages * average_bytes


def bytes_one_by_one(n_averages, param_bytes, average_bytes):
    total = param_bytes + param_bytes  # the parameter is read and written
    total += param_bytes  # the gradient is read
    for _ in range(n_averages):
        total += average_bytes
        total += average_bytes
    return total


def bytes_as_floats(n_averages, param_bytes=4.0, average_bytes=4.0, **unused):
    return np.float32(3.0 * param_bytes + 2.0 * average_bytes * n_averages)


def bytes_in_an_array(n_averages, param_bytes=4, average_bytes=4):
    trips = np.array([2, 1, 2 * n_averages])
    return np.dot(trips, [param_bytes, param_bytes, average_bytes])


def bytes_of_float32(n_averages, param_bytes=4, average_bytes=4):
    return 4 * (3 + 2 * n_averages)


def bytes_of_one_size(n_averages, param_bytes=4, average_bytes=4):
    return param_bytes * (3 + 2 * n_averages)


def bytes_with_averages_once(n_averages, param_bytes=4, average_bytes=4):
    return 3 * param_bytes + n_averages * average_bytes


def bytes_without_gradient(n_averages, param_bytes=4, average_bytes=4):
    total = 2 * param_bytes
    total += 2 * n_averages * average_bytes
    return total


def bytes_with_gradient_written(n_averages, param_bytes=4, average_bytes=4):
    return 2 * (2 * param_bytes + n_averages * average_bytes)


def bytes_with_brackets_misplaced(n_averages, param_bytes=4, average_bytes=4):
    return (3 * param_bytes + 2 * average_bytes) * n_averages


def bytes_plus_v(n_averages, param_bytes=4, average_bytes=4):
    v = 2 * average_bytes
    return 3 * param_bytes + v + 2 * n_averages * average_bytes


def bytes_that_are_numbers(n_averages, param_bytes=4, average_bytes=4):
    return 3 + 2 * n_averages


# --- A kernel for sign descent; no prange where it is not the point: it takes long to compile ---


def kernel_of_the_lesson(params, grads, lr):
    for i in numba.prange(params.size):
        params[i] -= lr * np.sign(grads[i])


def kernel_by_branches(params, grads, lr):
    for i in range(len(params)):
        if grads[i] > 0:
            params[i] -= lr
        elif grads[i] < 0:
            params[i] = params[i] + lr


def kernel_that_returns(params, grads, lr, unused=None):
    for i in range(params.shape[0]):
        params[i] -= lr * ((grads[i] > 0) - (grads[i] < 0))
    return params


def kernel_by_copysign(params, grads, lr):
    for i, grad in enumerate(grads):
        if grad != 0:
            params[i] -= math.copysign(lr, grad)


@numba.njit
def kernel_compiled(params, grads, lr):
    i = 0
    while i < params.size:
        params[i] -= lr * np.sign(grads[i])
        i += 1


def kernel_that_climbs(params, grads, lr):
    for i in range(params.size):
        params[i] += lr * np.sign(grads[i])


def kernel_of_gradient_descent(params, grads, lr):
    for i in range(params.size):
        params[i] -= lr * grads[i]


def kernel_without_a_branch_for_0(params, grads, lr):
    for i in range(params.size):
        if grads[i] > 0:
            params[i] -= lr
        else:
            params[i] += lr


def kernel_that_divides(params, grads, lr):
    for i in range(params.size):
        params[i] -= lr * grads[i] / abs(grads[i])


def kernel_that_divides_by_a_little_more(params, grads, lr):
    for i in range(params.size):
        params[i] -= lr * grads[i] / (math.sqrt(grads[i] ** 2) + 1e-8)


def kernel_of_a_new_array(params, grads, lr):
    params = params - lr * np.sign(grads)


def kernel_that_forgets_params(params, grads, lr):
    for i in range(params.size):
        params[i] = -lr * np.sign(grads[i])


def kernel_that_starts_at_1(params, grads, lr):
    for i in range(1, params.size):
        params[i] -= lr * np.sign(grads[i])


def kernel_that_runs_too_far(params, grads, lr):
    for i in range(params.size + 1):
        params[i] -= lr * np.sign(grads[i])


def kernel_of_whole_steps(params, grads, lr):
    for i in range(params.size):
        params[i] -= np.sign(grads[i])


# --- Predict, then measure ---


def gain_by_amdahl(share, speed_up):
    return 1 / (1 - share + share / speed_up)


def gain_by_times(share, speed_up):
    before = 100.0
    optimizer = share * before
    after = (before - optimizer) + optimizer / speed_up
    return before / after


def gain_in_one_fraction(p, s, precision=np.float32):
    return precision(s / (s * (1 - p) + p))


def gain_from_saving(share, speed_up):
    saved = share * (1 - 1 / speed_up)
    return np.reciprocal(1 - np.array(saved))


def gain_as_time(share, speed_up):
    return (1 - share) + share / speed_up


def gain_of_the_share_alone(share, speed_up):
    return speed_up / share


def gain_without_brackets(share, speed_up):
    return 1 / (1 - share) + share / speed_up


def gain_as_a_mean(share, speed_up):
    return (1 - share) * 1 + share * speed_up


def gain_by_multiplying(share, speed_up):
    return 1 / (1 - share + share * speed_up)


def gain_at_the_limit(share, speed_up):
    return 1 / (1 - share)


def gain_in_percent_more(share, speed_up):
    return gain_by_amdahl(share, speed_up) - 1


def gain_of_the_rest(share, speed_up):
    return 1 / (share + (1 - share) / speed_up)


RIGHT = {
    "bytes-of-a-step": [
        bytes_by_formula,
        bytes_one_by_one,
        bytes_as_floats,
        bytes_in_an_array,
    ],
    "sign-descent-kernel": [
        kernel_of_the_lesson,
        kernel_by_branches,
        kernel_that_returns,
        kernel_by_copysign,
        kernel_compiled,
    ],
    "gain": [
        gain_by_amdahl,
        gain_by_times,
        gain_in_one_fraction,
        gain_from_saving,
    ],
}

WRONG = {
    "bytes-of-a-step": {
        bytes_of_float32: "hard-coded param_bytes",
        bytes_of_one_size: "averages as large as parameters",
        bytes_with_averages_once: "averages are only read",
        bytes_without_gradient: "the gradient is left out",
        bytes_with_gradient_written: "the gradient is written too",
        bytes_with_brackets_misplaced: "all trips for every average",
        bytes_plus_v: "one average too many",
        bytes_that_are_numbers: "numbers, not bytes",
    },
    "sign-descent-kernel": {
        kernel_that_climbs: "it climbs",
        kernel_of_gradient_descent: "the gradient instead of its sign",
        kernel_without_a_branch_for_0: "a gradient of 0 counts as negative",
        kernel_that_divides: "0 divided by 0",
        kernel_that_divides_by_a_little_more: "a small number beside the size",
        kernel_of_a_new_array: "nothing is written",
        kernel_that_forgets_params: "the old value is lost",
        kernel_that_starts_at_1: "the first number is left out",
        kernel_that_runs_too_far: "an index beyond the end",
        kernel_of_whole_steps: "lr is missing",
    },
    "gain": {
        gain_as_time: "the new time instead of the gain",
        gain_of_the_share_alone: "the rest takes no time",
        gain_without_brackets: "the optimizer's time above the fraction bar",
        gain_as_a_mean: "a mean of gains",
        gain_by_multiplying: "the optimizer's time is multiplied",
        gain_at_the_limit: "the limit for an optimizer without cost",
        gain_in_percent_more: "by how much more, not how many times",
        gain_of_the_rest: "the shares are swapped",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_kernel_that_numba_cannot_compile_is_told_in_one_line():
    def by_list(params, grads, lr):
        for i in range(params.size):
            params[i] -= lr * {"+": 1, "-": -1}[grads[i]]

    result = check("sign-descent-kernel", by_list, record=False)
    assert not result.passed
    assert "Numba cannot compile it" in result.message
    assert len(result.message) < 300


def test_kernel_that_is_not_written_is_not_attempted():
    def skeleton(params, grads, lr):
        for i in numba.prange(params.size):
            params[i] = ...

    assert check("sign-descent-kernel", skeleton, record=False).message == "not attempted"


def test_kernel_is_compiled_anew_when_what_it_reads_has_changed():
    sign = -1.0

    def make():
        def kernel(params, grads, lr):
            for i in range(params.size):
                params[i] += sign * lr * np.sign(grads[i])

        return kernel

    kernel = make()
    assert check("sign-descent-kernel", kernel, record=False).passed
    sign = 1.0
    assert not check("sign-descent-kernel", kernel, record=False).passed


def test_endless_kernel_is_ended_before_it_is_compiled(monkeypatch):
    def without_counting(params, grads, lr):
        i = 0
        while i < params.size:
            params[i] -= lr * np.sign(grads[i])

    exercise = EXERCISES["sign-descent-kernel"]
    hurried = replace(exercise.material, seconds=0.5)
    monkeypatch.setitem(vars(exercise), "material", hurried)
    result = check(exercise.id, without_counting, record=False)
    assert not result.passed
    assert "did not end within 0.5 seconds" in result.message


def test_kernel_that_runs_on_through_memory_is_not_run_as_machine_code():
    def far_beyond(params, grads, lr):
        i = 0
        while True:
            params[i] -= lr * np.sign(grads[i])
            i += 1

    result = check("sign-descent-kernel", far_beyond, record=False)
    assert result.misconception == "an index beyond the end"
