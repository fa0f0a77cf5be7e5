"""Lesson 01: right attempts pass in every style, and mistakes are named as learners make them."""

import numpy as np
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check
from rmsprop_course.numpy_optimizers import rprop

# --- The stability limit ---


def limit_by_numpy(curvatures):
    return 2 / curvatures.max()


def limit_in_a_loop(curvatures):
    largest = 0.0
    for curvature in curvatures:
        if curvature > largest:
            largest = curvature
    return 2 / largest


def smallest_of_all_limits(curvatures, margin=0):
    return min(2 / curvature for curvature in curvatures) - margin


def limit_in_float32(curvatures):
    return np.min(2 / curvatures.astype(np.float32))


def limit_by_sorting(curvatures):
    curvatures = sorted(curvatures)
    return np.array(2 / curvatures[-1])


def limit_of_the_flattest(curvatures):
    return 2 / min(curvatures)


def limits_of_all(curvatures):
    return [2 / curvature for curvature in curvatures]


def limit_that_lands(curvatures):
    return 1 / max(curvatures)


def best_rate(curvatures):
    return 2 / (max(curvatures) + min(curvatures))


def limit_of_the_sum(curvatures):
    total = 0
    for curvature in curvatures:
        total += curvature
    return 2 / total


def limit_upside_down(curvatures):
    return np.max(curvatures) / 2


def limit_of_the_text(curvatures):
    return 0.05


# --- Rprop ---


def rprop_by_numpy(params, grad, step_size, previous_grad):
    same, opposite = grad * previous_grad > 0, grad * previous_grad < 0
    step_size = np.select([same, opposite], [1.2 * step_size, 0.5 * step_size], step_size)
    grad = np.where(opposite, 0, grad)
    return params - np.sign(grad) * step_size, step_size, grad


def rprop_in_place(params, grad, step_size, previous_grad):
    for i in range(len(params)):
        if grad[i] * previous_grad[i] > 0:
            step_size[i] *= 1.2
        elif grad[i] * previous_grad[i] < 0:
            step_size[i] *= 0.5
            grad[i] = 0
        params[i] -= step_size[i] * np.sign(grad[i])
    return params, step_size, grad


def rprop_in_lists(params, grad, step_size, previous_grad):
    results = []
    for theta, g, size, before in zip(params, grad, step_size, previous_grad, strict=True):
        sign, old = int(np.sign(g)), int(np.sign(before))
        if sign == -old != 0:
            results.append([theta, size / 2, 0])
        else:
            size *= 1.2 if sign == old != 0 else 1
            results.append([theta - sign * size, size, g])
    return [list(column) for column in zip(*results, strict=True)]


def rprop_in_float32(params, grad, step_size, previous_grad):
    given = (np.float32(array) for array in (params, grad, step_size, previous_grad))
    return rprop_by_numpy(*given)


def rprop_by_library(params, grad, step_size, previous_grad, **limits):
    state = rprop.init(params)._replace(step_size=step_size, previous_grad=previous_grad)
    params, state = rprop.step(params, grad, state, **limits)
    return params, state.step_size, state.previous_grad


def rprop_without_rest(params, grad, step_size, previous_grad):
    agreement = np.sign(grad * previous_grad)
    step_size = step_size * np.where(agreement > 0, 1.2, np.where(agreement < 0, 0.5, 1))
    return params - step_size * np.sign(grad), step_size, grad


def rprop_with_two_cases(params, grad, step_size, previous_grad):
    for i in range(len(params)):
        if np.sign(grad[i]) == np.sign(previous_grad[i]):
            step_size[i] *= 1.2
        else:
            step_size[i] *= 0.5
            grad[i] = 0
        params[i] -= step_size[i] * np.sign(grad[i])
    return params, step_size, grad


def rprop_that_compares_signs(params, grad, step_size, previous_grad):
    sign, before = np.sign(grad), np.sign(previous_grad)
    step_size = np.where(sign == before, step_size * 1.2, step_size)
    turned = sign * before == -1
    step_size[turned] /= 2
    grad[turned] = 0
    return params - step_size * np.sign(grad), step_size, grad


def rprop_that_asks_if_positive(params, grad, step_size, previous_grad):
    for i, (now, before) in enumerate(zip(grad, previous_grad, strict=True)):
        if (now < 0) != (before < 0):
            step_size[i], grad[i] = step_size[i] / 2, 0
        else:
            step_size[i] *= 1.2
    return params - step_size * np.sign(grad), step_size, grad


def rprop_that_adds(params, grad, step_size, previous_grad):
    step_size[grad * previous_grad > 0] += 1.2
    step_size[grad * previous_grad < 0] -= 0.5
    grad[grad * previous_grad < 0] = 0
    return params - step_size * np.sign(grad), step_size, grad


def rprop_that_divides(params, grad, step_size, previous_grad):
    product = grad * previous_grad
    step_size[product > 0] *= 1.2
    step_size[product < 0] /= 0.5
    grad[product < 0] = 0
    return params - step_size * np.sign(grad), step_size, grad


def rprop_that_climbs(params, grad, step_size, previous_grad):
    params, step_size, grad = rprop_by_numpy(-params, grad, step_size, previous_grad)
    return -params, step_size, grad


def rprop_with_old_sizes(params, grad, step_size, previous_grad):
    _, new, grad = rprop_by_numpy(params, grad, step_size, previous_grad)
    return params - step_size * np.sign(grad), new, grad


def rprop_by_gradient(params, grad, step_size, previous_grad):
    _, step_size, grad = rprop_by_numpy(params, grad, step_size, previous_grad)
    return params - step_size * grad, step_size, grad


def rprop_remembers_too_little(params, grad, step_size, previous_grad):
    params, step_size, _ = rprop_by_numpy(params, grad, step_size, previous_grad)
    return params, step_size, previous_grad


def rprop_in_the_docstrings_disorder(params, grad, step_size, previous_grad):
    params, step_size, grad = rprop_by_numpy(params, grad, step_size, previous_grad)
    return params, grad, step_size


def rprop_for_all_at_once(params, grad, step_size, previous_grad):
    if np.dot(grad, previous_grad) > 0:
        step_size = step_size * 1.2
    elif np.dot(grad, previous_grad) < 0:
        step_size, grad = step_size * 0.5, 0 * grad
    return params - step_size * np.sign(grad), step_size, grad


# --- The drift ---


def drift_by_numpy(grads, divisors):
    return -(grads / divisors).sum()


def drift_in_a_loop(grads, divisors):
    weight = 0
    for grad, divisor in zip(grads, divisors, strict=True):
        weight -= grad / divisor
    return weight


def drift_by_product(grads, divisors):
    return np.dot(-grads, 1 / divisors)


def drift_in_float32(grads, divisors):
    return np.sum(np.float32(-grads) / np.float32(divisors))


def drift_in_place(grads, divisors):
    grads /= divisors
    grads[0] = -np.sum(grads)
    return grads[0]


def drift_upward(grads, divisors):
    return sum(grads / divisors)


def drift_of_descent(grads, divisors):
    return -sum(grads)


def drift_of_the_mean(grads, divisors):
    return np.mean(-grads / divisors)


def drift_by_sign(grads, divisors):
    return -np.sign(grads).sum()


def drift_step_by_step(grads, divisors):
    return [-grad / divisor for grad, divisor in zip(grads, divisors, strict=True)]


def drift_overwritten(grads, divisors):
    for i in range(len(grads)):
        drift = -grads[i] / divisors[i]
    return drift


def drift_divided_at_last(grads, divisors):
    return -sum(grads) / sum(divisors)


RIGHT = {
    "stability-limit": [
        limit_by_numpy,
        limit_in_a_loop,
        smallest_of_all_limits,
        limit_in_float32,
        limit_by_sorting,
    ],
    "rprop-step": [
        rprop_by_numpy,
        rprop_in_place,
        rprop_in_lists,
        rprop_in_float32,
        rprop_by_library,
    ],
    "net-drift": [drift_by_numpy, drift_in_a_loop, drift_by_product, drift_in_float32],
}

WRONG = {
    "stability-limit": {
        limit_of_the_flattest: "the flattest weight decides",
        limits_of_all: "a limit for every weight",
        limit_that_lands: "the rate that lands in one step",
        best_rate: "the best rate, not the limit",
        limit_of_the_sum: "divided by the sum of the curvatures",
        limit_upside_down: "half of the curvature",
        limit_of_the_text: "hard-coded curvatures",
    },
    "rprop-step": {
        rprop_without_rest: "no rest, and no 0 to remember",
        rprop_with_two_cases: "unequal signs count as opposite",
        rprop_that_compares_signs: "two gradients of 0 count as the same sign",
        rprop_that_asks_if_positive: "a 0 counts as positive",
        rprop_that_adds: "1.2 is added and 0.5 subtracted",
        rprop_that_divides: "divided by 0.5",
        rprop_that_climbs: "it climbs",
        rprop_with_old_sizes: "the old step size moves",
        rprop_by_gradient: "times the gradient, not its sign",
        rprop_remembers_too_little: "the previous gradient is handed back",
        rprop_in_the_docstrings_disorder: "gradient and step sizes swapped",
        rprop_for_all_at_once: "one decision for all weights",
    },
    "net-drift": {
        drift_upward: "with the gradient, not against it",
        drift_of_descent: "never divided: gradient descent",
        drift_of_the_mean: "the mean step",
        drift_by_sign: "hard-coded divisors",
        drift_step_by_step: "the steps one by one",
        drift_overwritten: "only the last step",
        drift_divided_at_last: "divided after adding",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_a_wrong_limit_is_shown_on_two_curvatures():
    result = check("stability-limit", limit_of_the_flattest, record=False)
    assert result.evidence == ("curvatures = [4, 0.5]", "0.5", "4")


def test_dividing_the_callers_gradients_in_place_is_no_pass():
    result = check("net-drift", drift_in_place, record=False)
    assert not result.passed
    assert "changes its argument grads" in result.message
