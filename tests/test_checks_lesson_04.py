"""Lesson 04: right steps pass in every style, and mistakes are named as learners make them."""

import math

import numpy as np
import pytest
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check

# --- The update ---


def step_as_written(params, grad, square_avg, *, learning_rate=0.001, decay=0.9, eps=1e-8):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg


def step_in_place(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg *= decay
    square_avg += (1 - decay) * grad * grad
    params -= learning_rate * grad / np.sqrt(square_avg + eps)
    return params, square_avg


def step_in_lists(params, grad, square_avg, *, learning_rate, decay, eps, **unused):
    averages = [decay * v + (1 - decay) * g * g for v, g in zip(square_avg, grad, strict=True)]
    moved = []
    for theta, g, v in zip(params, grad, averages, strict=True):
        moved.append(theta - learning_rate * g / math.sqrt(v + eps))
    return moved, averages


def step_in_float32(params, grad, square_avg, *, learning_rate, decay, eps):
    params, grad, square_avg = (np.float32(part) for part in (params, grad, square_avg))
    square_avg = np.float32(decay) * square_avg + np.float32(1 - decay) * np.square(grad)
    return params - np.float32(learning_rate) * grad / np.sqrt(square_avg + eps), square_avg


def step_by_difference(params, grad, square_avg, learning_rate, decay, eps, verbose=False):
    new = square_avg + (1 - decay) * (grad**2 - square_avg)
    return [params - learning_rate * grad * (new + eps) ** -0.5, new]


def step_not_squared(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg


def step_before_average(params, grad, square_avg, *, learning_rate, decay, eps):
    params = params - learning_rate * grad / np.sqrt(square_avg + eps)
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params, square_avg


def step_with_bracket_misplaced(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / (np.sqrt(square_avg) + eps), square_avg


def step_that_squares_grad(params, grad, square_avg, *, learning_rate, decay, eps):
    grad **= 2
    square_avg = decay * square_avg + (1 - decay) * grad
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg


def step_with_typed_rate(params, grad, square_avg, *, learning_rate, decay, eps):
    return step_as_written(params, grad, square_avg, learning_rate=0.1, decay=decay, eps=eps)


def step_with_integers(params, grad, square_avg, *, learning_rate, decay, eps):
    new_avg, new_params = np.zeros(len(params), dtype=int), np.zeros(len(params))
    for i in range(len(params)):
        new_avg[i] = decay * square_avg[i] + (1 - decay) * grad[i] ** 2
        new_params[i] = params[i] - learning_rate * grad[i] / np.sqrt(new_avg[i] + eps)
    return new_params, new_avg


def step_of_one_length(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad @ grad
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg


def step_that_only_climbs(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params + learning_rate * grad / np.sqrt(square_avg + eps), square_avg


# --- A memory for every coordinate ---


def all_in_a_loop(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name, array in params.items():
        pair = step_as_written(array, grads[name], square_avgs[name], **settings)
        moved[name], averages[name] = pair
    return moved, averages


def all_in_comprehensions(params, grads, square_avgs, **settings):
    pairs = {n: step_as_written(params[n], grads[n], square_avgs[n], **settings) for n in grads}
    return {n: pair[0] for n, pair in pairs.items()}, {n: pair[1] for n, pair in pairs.items()}


def all_in_the_callers_dicts(params, grads, square_avgs, **settings):
    for name in params:
        params[name], square_avgs[name] = step_as_written(
            params[name], grads[name], square_avgs[name], **settings
        )
    return params, square_avgs


def all_in_the_callers_arrays(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name in params:
        moved[name], averages[name] = step_in_place(
            params[name], grads[name], square_avgs[name], **settings
        )
    return moved, averages


def all_in_sorted_order(params, grads, square_avgs, *, learning_rate, decay, eps):
    moved, averages = dict(params), dict(square_avgs)
    for name in sorted(params):
        averages[name] = decay * square_avgs[name] + (1 - decay) * grads[name] ** 2
        moved[name] = params[name] - learning_rate * grads[name] / (averages[name] + eps) ** 0.5
    return moved, averages


def all_without_settings(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name in params:
        moved[name], averages[name] = step_as_written(params[name], grads[name], square_avgs[name])
    return moved, averages


def all_by_zip(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for (name, param), grad, average in zip(
        params.items(), grads.values(), square_avgs.values(), strict=True
    ):
        moved[name], averages[name] = step_as_written(param, grad, average, **settings)
    return moved, averages


def all_but_returned_too_early(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name in params:
        moved[name], averages[name] = step_as_written(
            params[name], grads[name], square_avgs[name], **settings
        )
        return moved, averages


def all_but_dicts_lost(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name in params:
        moved, averages = step_as_written(params[name], grads[name], square_avgs[name], **settings)
    return moved, averages


def all_but_averages_unkept(params, grads, square_avgs, **settings):
    moved = {}
    for name in params:
        moved[name], _ = step_as_written(params[name], grads[name], square_avgs[name], **settings)
    return moved, square_avgs


def all_in_lists(params, grads, square_avgs, **settings):
    moved, averages = [], []
    for name in params:
        pair = step_as_written(params[name], grads[name], square_avgs[name], **settings)
        moved.append(pair[0])
        averages.append(pair[1])
    return moved, averages


def all_but_pair_kept(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name in params:
        moved[name] = step_as_written(params[name], grads[name], square_avgs[name], **settings)
    return moved, averages


def all_from_fresh_zeros(params, grads, square_avgs, **settings):
    moved, averages = {}, {}
    for name in params:
        averages[name] = np.zeros(params[name].shape)
        moved[name], averages[name] = step_as_written(
            params[name], grads[name], averages[name], **settings
        )
    return moved, averages


# --- Momentum in both places ---


def momentum_in_branches(params, grad, state, *, learning_rate, momentum=0.9, lr_in_momentum=False):
    square_avg, buffer = state
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    update = grad / np.sqrt(square_avg + 1e-8)
    if lr_in_momentum:
        buffer = momentum * buffer + learning_rate * update
        params = params - buffer
    else:
        buffer = momentum * buffer + update
        params = params - learning_rate * buffer
    return params, (square_avg, buffer)


def momentum_in_place(params, grad, state, *, learning_rate, momentum, lr_in_momentum):
    square_avg, buffer = state
    square_avg[:] = 0.9 * square_avg + 0.1 * grad**2
    buffer *= momentum
    buffer += grad / np.sqrt(square_avg + 1e-8) * (learning_rate if lr_in_momentum else 1)
    params -= buffer * (1 if lr_in_momentum else learning_rate)
    return params, (square_avg, buffer)


def momentum_in_a_list(params, grad, state, *, learning_rate, momentum, lr_in_momentum, **unused):
    inner, outer = (learning_rate, 1) if lr_in_momentum else (1, learning_rate)
    averages = [0.9 * v + 0.1 * g**2 for v, g in zip(state[0], grad, strict=True)]
    buffers = [
        momentum * b + inner * g / math.sqrt(v + 1e-8)
        for b, g, v in zip(state[1], grad, averages, strict=True)
    ]
    moved = [theta - outer * b for theta, b in zip(params, buffers, strict=True)]
    return [moved, [averages, buffers]]


def momentum_in_float32(params, grad, state, **settings):
    params, (square_avg, buffer) = momentum_in_branches(params, grad, state, **settings)
    return params.astype(np.float32), (square_avg.astype("f4"), buffer.astype("f4"))


def momentum_in_torchs_place_only(params, grad, state, *, learning_rate, momentum, lr_in_momentum):
    square_avg, buffer = state
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    buffer = momentum * buffer + grad / np.sqrt(square_avg + 1e-8)
    return params - learning_rate * buffer, (square_avg, buffer)


def momentum_with_rate_twice(params, grad, state, *, learning_rate, momentum, lr_in_momentum):
    square_avg, buffer = state
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    update = grad / np.sqrt(square_avg + 1e-8)
    if lr_in_momentum:
        update *= learning_rate
    buffer = momentum * buffer + update
    return params - learning_rate * buffer, (square_avg, buffer)


def momentum_as_average(params, grad, state, *, learning_rate, momentum, lr_in_momentum):
    square_avg, buffer = state
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    update = grad / np.sqrt(square_avg + 1e-8)
    if lr_in_momentum:
        buffer = momentum * buffer + (1 - momentum) * learning_rate * update
        return params - buffer, (square_avg, buffer)
    buffer = momentum * buffer + (1 - momentum) * update
    return params - learning_rate * buffer, (square_avg, buffer)


def momentum_of_adam(params, grad, state, *, learning_rate, momentum, lr_in_momentum):
    square_avg, buffer = state
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    scale = np.sqrt(square_avg + 1e-8)
    if lr_in_momentum:
        buffer = momentum * buffer + (1 - momentum) * learning_rate * grad
        return params - buffer / scale, (square_avg, buffer)
    buffer = momentum * buffer + (1 - momentum) * grad
    return params - learning_rate * buffer / scale, (square_avg, buffer)


def momentum_with_branches_exchanged(params, grad, state, *, lr_in_momentum, **settings):
    return momentum_in_branches(params, grad, state, lr_in_momentum=not lr_in_momentum, **settings)


def momentum_returned_flat(params, grad, state, **settings):
    params, (square_avg, buffer) = momentum_in_branches(params, grad, state, **settings)
    return params, square_avg, buffer


def momentum_that_never_fades(params, grad, state, *, learning_rate, momentum, lr_in_momentum):
    square_avg, buffer = state
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    update = grad / np.sqrt(square_avg + 1e-8)
    buffer += learning_rate * update if lr_in_momentum else update
    params -= buffer if lr_in_momentum else learning_rate * buffer
    return params, (square_avg, buffer)


def momentum_of_nine_tenths(params, grad, state, *, momentum, **settings):
    return momentum_in_branches(params, grad, state, momentum=0.9, **settings)


# --- Centered variance ---


def centered_as_written(params, grad, state, *, learning_rate, decay=0.9, eps=1e-8):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    grad_avg = decay * grad_avg + (1 - decay) * grad
    variance = np.maximum(square_avg - grad_avg**2, 0)
    return params - learning_rate * grad / np.sqrt(variance + eps), (square_avg, grad_avg)


def centered_by_clip(params, grad, state, *, learning_rate, decay, eps, **unused):
    square_avg, grad_avg = (
        decay * old + (1 - decay) * new for old, new in zip(state, (grad**2, grad), strict=True)
    )
    variance = np.clip(square_avg - np.square(grad_avg), 0, None)
    return [params - learning_rate * grad * (variance + eps) ** -0.5, [square_avg, grad_avg]]


def centered_by_where(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    grad_avg = grad_avg + (1 - decay) * (grad - grad_avg)
    variance = square_avg - grad_avg * grad_avg
    variance[variance < 0] = 0
    return params - learning_rate * grad / np.sqrt(variance + eps), (square_avg, grad_avg)


def centered_in_place(params, grad, state, *, learning_rate, decay, eps):
    for average, value in zip(state, (grad**2, grad), strict=True):
        average *= decay
        average += (1 - decay) * value
    params -= learning_rate * grad / np.sqrt(np.maximum(state[0] - state[1] ** 2, 0) + eps)
    return params, state


def centered_number_by_number(params, grad, state, *, learning_rate, decay, eps):
    moved, squares, means = [], [], []
    for theta, g, v, m in zip(params, grad, *state, strict=True):
        squares.append(decay * v + (1 - decay) * g * g)
        means.append(decay * m + (1 - decay) * g)
        variance = max(squares[-1] - means[-1] ** 2, 0)
        moved.append(theta - learning_rate * g / math.sqrt(variance + eps))
    return moved, (squares, means)


def centered_without_clamp(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    grad_avg = decay * grad_avg + (1 - decay) * grad
    scale = np.sqrt(square_avg - grad_avg**2 + eps)
    return params - learning_rate * grad / scale, (square_avg, grad_avg)


def centered_above_as_well(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    grad_avg = decay * grad_avg + (1 - decay) * grad
    scale = np.sqrt(np.maximum(square_avg - grad_avg**2, 0) + eps)
    return params - learning_rate * (grad - grad_avg) / scale, (square_avg, grad_avg)


def centered_before_the_average(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    scale = np.sqrt(np.maximum(square_avg - grad_avg**2, 0) + eps)
    grad_avg = decay * grad_avg + (1 - decay) * grad
    return params - learning_rate * grad / scale, (square_avg, grad_avg)


def centered_without_square(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    grad_avg = decay * grad_avg + (1 - decay) * grad
    scale = np.sqrt(np.maximum(square_avg - grad_avg, 0) + eps)
    return params - learning_rate * grad / scale, (square_avg, grad_avg)


def centered_on_one_mean(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    square_avg = decay * square_avg + (1 - decay) * grad**2
    grad_avg = grad.mean()
    scale = np.sqrt(np.maximum(square_avg - grad_avg**2, 0) + eps)
    return params - learning_rate * grad / scale, (square_avg, grad_avg)


def centered_by_deviations(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    grad_avg = decay * grad_avg + (1 - decay) * grad
    square_avg = decay * square_avg + (1 - decay) * (grad - grad_avg) ** 2
    return params - learning_rate * grad / np.sqrt(square_avg + eps), (square_avg, grad_avg)


def centered_over_the_square(params, grad, state, *, learning_rate, decay, eps):
    square_avg, grad_avg = state
    grad_avg = decay * grad_avg + (1 - decay) * grad
    square_avg = decay * square_avg + (1 - decay) * grad**2
    square_avg = np.maximum(square_avg - grad_avg**2, 0)
    return params - learning_rate * grad / np.sqrt(square_avg + eps), (square_avg, grad_avg)


# --- Find the bug ---


def mended(params, grad, square_avg, *, learning_rate):
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


def mended_with_copies(params, grad, square_avg, *, learning_rate):
    params, grad = params.copy(), grad.copy()
    square_avg = 0.9 * square_avg + 0.1 * np.square(grad)
    params -= learning_rate * grad / np.sqrt(square_avg + 1e-8)
    return params, square_avg


def mended_in_a_loop(params, grad, square_avg, learning_rate, note=""):
    moved, averages = np.empty(len(params)), np.empty(len(params))
    for i, g in enumerate(grad):
        averages[i] = 0.9 * square_avg[i] + 0.1 * g * g
        moved[i] = params[i] - learning_rate * g / math.sqrt(averages[i] + 1e-8)
    return moved, averages


def mended_by_the_update(params, grad, square_avg, *, learning_rate):
    return list(step_as_written(params, grad, square_avg, learning_rate=learning_rate))


def squares_over_gradient(params, grad, square_avg, *, learning_rate):
    grad *= grad
    square_avg = 0.9 * square_avg + 0.1 * grad
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


def shares_an_average(params, grad, square_avg, *, learning_rate):
    square_avg = 0.9 * square_avg + 0.1 * (grad**2).mean()
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


def works_in_place(params, grad, square_avg, *, learning_rate):
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    params[:] = params - learning_rate * grad / np.sqrt(square_avg + 1e-8)
    return params, square_avg


def forgets(params, grad, square_avg, *, learning_rate):
    return mended(params, grad, square_avg, learning_rate=learning_rate)[0], square_avg


def sums_its_squares(params, grad, square_avg, *, learning_rate):
    square_avg = 0.9 * square_avg + 0.1 * np.sum(grad**2)
    return params - learning_rate * grad / np.sqrt(square_avg + 1e-8), square_avg


RIGHT = {
    "rmsprop-step": [
        step_as_written,
        step_in_place,
        step_in_lists,
        step_in_float32,
        step_by_difference,
    ],
    "step-all": [
        all_in_a_loop,
        all_in_comprehensions,
        all_in_the_callers_dicts,
        all_in_the_callers_arrays,
        all_in_sorted_order,
    ],
    "momentum-step": [
        momentum_in_branches,
        momentum_in_place,
        momentum_in_a_list,
        momentum_in_float32,
    ],
    "centered-step": [
        centered_as_written,
        centered_by_clip,
        centered_by_where,
        centered_in_place,
        centered_number_by_number,
    ],
    "find-the-bug": [
        [mended] * 4,
        (mended_with_copies,) * 4,
        [mended, mended_in_a_loop, mended_with_copies, mended_by_the_update],
        [mended_in_a_loop] * 4,
    ],
}

WRONG = {
    "rmsprop-step": {
        step_not_squared: "the gradient is not squared",
        step_before_average: "the average is used before it is updated",
        step_with_bracket_misplaced: "ε outside the root",
        step_that_squares_grad: "the gradient is overwritten by its square",
        step_with_typed_rate: "hard-coded learning_rate",
        step_with_integers: "integers in the average",
        step_of_one_length: "one norm for all coordinates",
        step_that_only_climbs: "it climbs",
    },
    "step-all": {
        all_without_settings: "the settings are not handed on",
        all_by_zip: "matched by position",
        all_but_returned_too_early: "only the first array comes back",
        all_but_dicts_lost: "the dicts are replaced by arrays",
        all_but_averages_unkept: "the old averages are handed back",
        all_in_lists: "lists instead of dicts",
        all_but_pair_kept: "the pair is not taken apart",
        all_from_fresh_zeros: "the averages start anew in every step",
    },
    "momentum-step": {
        momentum_in_torchs_place_only: "the learning rate always outside",
        momentum_with_rate_twice: "inside, the learning rate is there twice",
        momentum_as_average: "only 1 - μ of the update is added",
        momentum_of_adam: "an average of the gradient, as in Adam",
        momentum_with_branches_exchanged: "the two places are swapped",
        momentum_returned_flat: "three results instead of two",
        momentum_that_never_fades: "the buffer never fades",
        momentum_of_nine_tenths: "hard-coded momentum",
    },
    "centered-step": {
        centered_without_clamp: "not clamped",
        centered_above_as_well: "the numerator is centered too",
        centered_before_the_average: "the old average of the gradient is subtracted",
        centered_without_square: "the average is not squared",
        centered_on_one_mean: "the mean of the coordinates",
        centered_by_deviations: "an average of (g - m)²",
        centered_over_the_square: "the variance is handed back",
    },
    "find-the-bug": {
        (squares_over_gradient, mended, mended, mended): "version a is not right",
        (mended, shares_an_average, mended, mended): "version b is not right",
        (mended, mended, works_in_place, mended): "version c is not right",
        (mended, mended, mended, forgets): "version d is not right",
        (mended, shares_an_average, works_in_place, mended): "versions b and c are not right",
        (
            squares_over_gradient,
            shares_an_average,
            works_in_place,
            forgets,
        ): "versions a, b, c and d are not right",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_adams_correction_is_named_though_it_counts_its_steps():
    n_steps = 0

    def corrected(params, grad, square_avg, *, learning_rate, decay, eps):
        nonlocal n_steps
        n_steps += 1
        square_avg = decay * square_avg + (1 - decay) * grad**2
        unbiased = square_avg / (1 - decay**n_steps)
        return params - learning_rate * grad / np.sqrt(unbiased + eps), square_avg

    result = check("rmsprop-step", corrected, record=False)
    assert result.misconception == "bias correction as in Adam"


def test_place_of_the_rate_is_shown_on_one_call():
    result = check("momentum-step", momentum_in_torchs_place_only, record=False)
    assert "lr_in_momentum = True" in result.evidence.given
    assert "lr_in_momentum" in result.message


@pytest.mark.parametrize(
    "attempt", [momentum_in_place, centered_in_place, all_in_the_callers_arrays]
)
def test_step_in_place_passes_and_hears_what_it_costs(attempt):
    exercise = {
        momentum_in_place: "momentum-step",
        centered_in_place: "centered-step",
        all_in_the_callers_arrays: "step-all",
    }[attempt]
    result = check(exercise, attempt, record=False)
    assert result.passed
    assert "works in place" in result.message


class TestFindTheBug:
    def test_version_mended_into_another_mistake_is_not_named(self):
        result = check("find-the-bug", [mended, sums_its_squares, mended, mended], record=False)
        assert not result.passed
        assert result.misconception is None
        assert result.evidence.given.startswith("version b")

    def test_that_the_parameters_are_overwritten_is_shown(self):
        result = check("find-the-bug", [mended, mended, works_in_place, mended], record=False)
        assert result.evidence.given.startswith("version c")
        assert result.evidence.expected != result.evidence.got

    @pytest.mark.parametrize("untouched", [..., [mended, ..., mended, mended]])
    def test_skeleton_is_not_attempted(self, untouched):
        assert check("find-the-bug", untouched, record=False).message == "not attempted"

    @pytest.mark.parametrize("attempt", [mended, [mended] * 3, [1.0, 2.0, 3.0, 4.0]])
    def test_what_is_no_list_of_four_functions_is_rejected(self, attempt):
        result = check("find-the-bug", attempt, record=False)
        assert not result.passed
        assert result.message != "not attempted"
