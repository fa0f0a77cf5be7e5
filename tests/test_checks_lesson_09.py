"""Attempts at the exercises of lesson 09, as learners write them, and what is said about them."""

import math
from itertools import pairwise

import numpy as np
import pytest
import torch
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.analysis import critical_curvature, periodic_drift
from rmsprop_course.checks import check
from rmsprop_course.numpy_optimizers import rmsprop

# --- The critical curvature ---


def curvature_as_in_lesson(learning_rate, eps, eps_inside_sqrt, momentum):
    floor = np.sqrt(eps) if eps_inside_sqrt else eps
    return 2 * (1 + momentum) * floor / learning_rate


def curvature_by_power(learning_rate, eps, eps_inside_sqrt, momentum=0.0):
    exponent = 0.5 if eps_inside_sqrt else 1
    return np.float32((2 + 2 * momentum) / learning_rate * eps**exponent)


def curvature_from_the_library(learning_rate, eps, eps_inside_sqrt, momentum):
    return critical_curvature(
        learning_rate=learning_rate, eps=eps, eps_inside_sqrt=eps_inside_sqrt, momentum=momentum
    )


def curvature_by_search(learning_rate, eps, eps_inside_sqrt, momentum):
    """Bisects on whether the heavy ball about 0 has an eigenvalue outside the unit circle."""
    floor = math.sqrt(eps) if eps_inside_sqrt else eps
    low, high = 0.0, 10 * floor / learning_rate
    for _ in range(60):
        middle = (low + high) / 2
        step = learning_rate * middle / floor
        matrix = [[1 + momentum - step, -momentum], [1, 0]]
        if np.abs(np.linalg.eigvals(matrix)).max() > 1 + 1e-12:
            high = middle
        else:
            low = middle
    return low


def curvature_for_outside(learning_rate, eps, eps_inside_sqrt, momentum):
    return 2 * eps * (1 + momentum) / learning_rate


def curvature_for_inside(learning_rate, eps, eps_inside_sqrt, momentum):
    return 2 * math.sqrt(eps) * (1 + momentum) / learning_rate


def curvature_swapped(learning_rate, eps, eps_inside_sqrt, momentum):
    if eps_inside_sqrt:
        return 2 * eps * (1 + momentum) / learning_rate
    return 2 * eps**0.5 * (1 + momentum) / learning_rate


def curvature_without_momentum(learning_rate, eps, eps_inside_sqrt, momentum):
    return 2 * (eps**0.5 if eps_inside_sqrt else eps) / learning_rate


def curvature_without_2(learning_rate, eps, eps_inside_sqrt, momentum):
    return (1 + momentum) * (eps**0.5 if eps_inside_sqrt else eps) / learning_rate


def curvature_by_effective_rate(learning_rate, eps, eps_inside_sqrt, momentum):
    effective = learning_rate / (1 - momentum)
    return 2 * (eps**0.5 if eps_inside_sqrt else eps) / effective


def curvature_at_the_printed_rate(learning_rate, eps, eps_inside_sqrt, momentum):
    return curvature_as_in_lesson(0.01, eps, eps_inside_sqrt, momentum)


def curvature_forgets_eps(learning_rate, eps, eps_inside_sqrt, momentum):
    return 2 * (1 + momentum) / learning_rate


def curvature_with_a_choice_that_takes_all(learning_rate, eps, eps_inside_sqrt, momentum):
    return 2 * (1 + momentum) * np.sqrt(eps) if eps_inside_sqrt else eps / learning_rate


def curvature_without_bracket(learning_rate, eps, eps_inside_sqrt, momentum):
    floor = eps**0.5 if eps_inside_sqrt else eps
    return 2 * 1 + momentum * floor / learning_rate


def curvature_rooted_at_the_end(learning_rate, eps, eps_inside_sqrt, momentum):
    critical = 2 * (1 + momentum) * eps / learning_rate
    return math.sqrt(critical) if eps_inside_sqrt else critical


def curvature_by_product(learning_rate, eps, eps_inside_sqrt, momentum):
    """Chooses by arithmetic instead of by `if`."""
    floor = eps_inside_sqrt * eps**0.5 + (1 - eps_inside_sqrt) * eps
    return np.asarray(2 * (1 + momentum) * floor / learning_rate)


# --- The drift of a period ---


def average_over_many_periods(grads, decay, n_periods=200):
    average, averages = 0.0, []
    for grad in np.tile(grads, n_periods):
        average = decay * average + (1 - decay) * grad**2
        averages.append(average)
    return np.array(averages[-len(grads) :])


def drift_simulated(grads, decay):
    return -np.sum(grads / np.sqrt(average_over_many_periods(grads, decay)))


def drift_by_weights(grads, decay):
    """Each step's average is a row of weights times the squares."""
    n = len(grads)
    ages = (np.arange(n)[:, None] - np.arange(n)) % n
    weights = decay**ages
    averages = weights @ grads**2 / weights[0].sum()
    return -(grads / averages**0.5).sum()


def drift_by_fixed_point(grads, decay):
    average = 0.0
    for grad in grads:
        average = decay * average + (1 - decay) * grad**2
    average /= 1 - decay ** len(grads)
    drift = 0
    for grad in grads:
        average = decay * average + (1 - decay) * grad * grad
        drift -= grad / math.sqrt(average)
    return drift


def drift_of_lists(grads, decay):
    averages = average_over_many_periods(list(grads), decay).tolist()
    return sum(-g / v**0.5 for g, v in zip(grads.tolist(), averages, strict=True))


def drift_in_torch(grads, decay):
    grads = torch.tensor(grads, dtype=torch.float32)
    averages = torch.tensor(average_over_many_periods(grads.numpy(), decay))
    return -(grads / averages.sqrt()).sum()


def drift_by_the_optimizer(grads, decay):
    weight, state, ends = np.zeros(1), rmsprop.init(np.zeros(1)), [0.0]
    for _ in range(200):
        for grad in grads:
            weight, state = rmsprop.step(
                weight, np.array([grad]), state, learning_rate=1.0, decay=decay, eps=0.0
            )
        ends.append(weight[0])
    return [after - before for before, after in pairwise(ends)][-1]


def drift_from_zero(grads, decay):
    average, drift = 0.0, 0.0
    for grad in grads:
        average = decay * average + (1 - decay) * grad**2
        drift -= grad / average**0.5
    return drift


def drift_by_root_mean_square(grads, decay):
    return -sum(grads) / np.sqrt(np.mean(np.square(grads)))


def drift_uphill(grads, decay):
    return np.sum(grads / np.sqrt(average_over_many_periods(grads, decay)))


def drift_with_old_average(grads, decay):
    averages = average_over_many_periods(grads, decay)
    return -np.sum(grads / np.sqrt(np.append(averages[-1], averages[:-1])))


def drift_per_step(grads, decay):
    return drift_simulated(grads, decay) / len(grads)


def drift_of_sizes(grads, decay):
    return -np.sum(grads / average_over_many_periods(np.sqrt(np.abs(grads)), decay))


def drift_of_the_last(grads, decay):
    for grad, average in zip(grads, average_over_many_periods(grads, decay), strict=True):
        drift = -grad / average**0.5
    return drift


def drift_bias_corrected(grads, decay):
    average, drift = 0.0, 0.0
    for step, grad in enumerate(grads, start=1):
        average = decay * average + (1 - decay) * grad**2
        drift -= grad / math.sqrt(average / (1 - decay**step))
    return drift


def drift_at_hintons_decay(grads, decay):
    return drift_simulated(grads, 0.9)


def drift_of_the_second_period(grads, decay):
    return -np.sum(grads / np.sqrt(average_over_many_periods(grads, decay, n_periods=2)))


def drift_from_s_over_one_step(grads, decay):
    average, drift = 0.0, 0.0
    for grad in grads:
        average = decay * average + (1 - decay) * grad**2
    average = average / (1 - decay)
    for grad in grads:
        average = decay * average + (1 - decay) * grad**2
        drift = drift - grad / np.sqrt(average)
    return drift


def drift_with_one_average(grads, decay):
    average = average_over_many_periods(grads, decay)[-1]
    return -sum(grad / np.sqrt(average) for grad in grads)


def drift_of_both_loops(grads, decay):
    average, drift = 0.0, 0.0
    for n_loop in range(2):
        for grad in grads:
            average = decay * average + (1 - decay) * grad**2
            drift = drift - grad / np.sqrt(average)
        if n_loop == 0:
            average = average / (1 - decay ** len(grads))
    return drift


def drift_that_returns_too_early(grads, decay):
    average, drift = average_over_many_periods(grads, decay)[-1], 0.0
    for grad in grads:
        average = decay * average + (1 - decay) * grad**2
        drift = drift - grad / np.sqrt(average)
        return drift


def drift_of_unsquared(grads, decay):
    average, drift = 0.0, 0.0
    for grad in list(grads) * 200:
        average = decay * average + (1 - decay) * grad
    for grad in grads:
        average = decay * average + (1 - decay) * grad
        drift -= grad / np.sqrt(average)
    return drift


def drift_in_float32(grads, decay):
    grads, decay = np.asarray(grads, np.float32), np.float32(decay)
    average = drift = np.float32(0)
    for grad in grads:
        average = decay * average + (1 - decay) * grad * grad
    average = average / (1 - decay ** len(grads))
    for grad in grads:
        average = decay * average + (1 - decay) * grad * grad
        drift -= grad / np.sqrt(average)
    return drift


def drift_in_place(grads, decay):
    """Overwrites arrays of its own, not what it is given."""
    steps, averages = grads.copy(), average_over_many_periods(grads, decay)
    np.sqrt(averages, out=averages)
    steps /= averages
    return np.negative(steps.sum())


# --- The longest period ---


def period_as_in_lesson(decay):
    return 2 / np.sqrt(1 - decay)


def period_by_power(decay):
    return np.float32((4 / (1 - decay)) ** 0.5)


def period_by_search(decay):
    low, high = 1.0, 1e6
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if 1 - 4 / middle**2 <= decay else (low, middle)
    return low


def period_squared(decay):
    return 4 / (1 - decay)


def period_as_memory(decay):
    return (1 - decay) ** -1


def period_half_rooted(decay):
    return 2 / (1 - decay)


def period_with_a_4(decay):
    return 4 * (1 - decay) ** -0.5


def period_of_decay(decay):
    return math.sqrt(4 / decay)


def period_rounded(decay):
    return int(2 / math.sqrt(1 - decay) + 1e-6)


def period_printed(decay):
    return 20


def period_without_bracket(decay):
    return np.sqrt(4 / 1 - decay)


def period_as_a_root(decay):
    return np.roots([1 - decay, 0, -4]).max()


# Mistakes without a name: they fail, and the numbers show them.
UNNAMED = {
    "critical-curvature": [
        lambda learning_rate, eps, eps_inside_sqrt, momentum: (
            -curvature_as_in_lesson(learning_rate, eps, eps_inside_sqrt, momentum)
        ),
        lambda learning_rate, eps, eps_inside_sqrt, momentum: (
            curvature_as_in_lesson(learning_rate, eps, eps_inside_sqrt, 0) * (1 + momentum) ** 2
        ),
        lambda learning_rate, eps, eps_inside_sqrt, momentum: (
            curvature_as_in_lesson(learning_rate, eps, eps_inside_sqrt, momentum) / learning_rate
        ),
        lambda learning_rate, eps, eps_inside_sqrt, momentum: (
            curvature_as_in_lesson(learning_rate, eps, True, momentum)
            if eps_inside_sqrt
            else 2 * eps / learning_rate  # forgets momentum outside alone
        ),
    ],
    "periodic-drift": [
        lambda grads, decay: -np.sum(grads / np.sqrt(average_over_many_periods(grads, decay, 10))),
        lambda grads, decay: 0.1 * drift_simulated(grads, decay),
        lambda grads, decay: 2 * drift_simulated(grads, decay),
        lambda grads, decay: drift_simulated(grads[1:], decay),
    ],
    "longest-period": [
        lambda decay: round(2 / math.sqrt(1 - decay), 1),
        lambda decay: math.ceil(2 / math.sqrt(1 - decay) - 1e-9),
        lambda decay: 2 / math.sqrt(1 - decay) - 1,
        lambda decay: (1 + decay) / (1 - decay),
        lambda decay: math.sqrt(2 / (1 - decay)),
        lambda decay: np.roots([1 - decay, 0, -4]),
    ],
}


RIGHT = {
    "critical-curvature": [
        curvature_as_in_lesson,
        curvature_by_power,
        curvature_from_the_library,
        curvature_by_search,
        curvature_by_product,
    ],
    "periodic-drift": [
        drift_simulated,
        drift_by_weights,
        drift_by_fixed_point,
        drift_of_lists,
        drift_in_torch,
        drift_by_the_optimizer,
        drift_in_float32,
        drift_in_place,
        lambda grads, decay: periodic_drift(grads, decay=decay),
    ],
    "longest-period": [period_as_in_lesson, period_by_power, period_by_search, period_as_a_root],
}

WRONG = {
    "critical-curvature": {
        curvature_for_outside: "always as if ε were outside",
        curvature_for_inside: "hard-coded eps_inside_sqrt",
        curvature_swapped: "inside and outside swapped",
        curvature_without_momentum: "hard-coded momentum",
        curvature_without_2: "the curvature that lands in one step",
        curvature_by_effective_rate: "momentum as a larger step",
        curvature_at_the_printed_rate: "hard-coded learning_rate",
        curvature_forgets_eps: "gradient descent, without ε",
        curvature_with_a_choice_that_takes_all: "the `else` takes the rest of the line",
        curvature_without_bracket: "the bracket is missing",
        curvature_rooted_at_the_end: "the root of it all",
    },
    "periodic-drift": {
        drift_from_zero: "the average starts at 0",
        drift_by_root_mean_square: "one divisor for the whole period",
        drift_uphill: "with the gradient, not against it",
        drift_with_old_average: "the average is used before it is updated",
        drift_per_step: "the mean step",
        drift_of_sizes: "the average of the size",
        drift_of_the_last: "only the last step",
        drift_bias_corrected: "bias correction in the place of a past",
        drift_at_hintons_decay: "hard-coded decay",
        drift_of_the_second_period: "a past of one period only",
        drift_from_s_over_one_step: "divided by 1 - γ",
        drift_with_one_average: "the average stands still in the second loop",
        drift_of_both_loops: "the first loop counts as well",
        drift_that_returns_too_early: "only the first step",
        drift_of_unsquared: "the gradient is not squared",
    },
    "longest-period": {
        period_squared: "the root is missing",
        period_as_memory: "the length of the memory",
        period_half_rooted: "the root of the 4 only",
        period_with_a_4: "the root of half of it",
        period_of_decay: "γ in the place of 1 - γ",
        period_rounded: "a whole number",
        period_printed: "hard-coded decay",
        period_without_bracket: "the bracket is missing",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


@pytest.mark.parametrize(
    ("exercise", "attempt"),
    [(exercise, attempt) for exercise, attempts in UNNAMED.items() for attempt in attempts],
)
def test_a_wrong_attempt_without_a_name_is_shown_by_its_numbers(exercise, attempt):
    result = check(exercise, attempt, record=False)
    assert not result.passed
    assert result.misconception is None
    assert result.evidence.got != result.evidence.expected


def test_forgotten_past_is_shown_on_the_shortest_period():
    result = check("periodic-drift", drift_from_zero, record=False)
    assert result.evidence.given == "grads = [2, -1], decay = 0.5"


def test_forgotten_momentum_is_shown_where_there_is_some():
    result = check("critical-curvature", curvature_without_momentum, record=False)
    assert result.evidence == (
        "learning_rate = 0.4, eps = 0.25, eps_inside_sqrt = True, momentum = 0.5",
        "3.75",
        "2.5",
    )
