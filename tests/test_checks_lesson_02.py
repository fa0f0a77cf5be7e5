"""Lesson 02: right averages pass in every style, and mistakes are named as learners make them."""

import math

import numpy as np
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check
from rmsprop_course.moving_average import moving_average

# --- Write the average ---


def average_in_a_list(values, decay):
    average, averages = 0, []
    for value in values:
        average = decay * average + (1 - decay) * value
        averages.append(average)
    return averages


def average_by_index(values, decay):
    averages = np.zeros(len(values))
    averages[0] = (1 - decay) * values[0]
    for i in range(1, len(values)):
        averages[i] = decay * averages[i - 1] + (1 - decay) * values[i]
    return averages


def average_in_place(values, decay):
    average = 0.0
    for i in range(len(values)):
        average += (1 - decay) * (values[i] - average)
        values[i] = average
    return values


def average_by_matrix(values, decay):
    ages = np.subtract.outer(np.arange(len(values)), np.arange(len(values)))
    return np.where(ages >= 0, (1 - decay) * decay ** np.maximum(ages, 0), 0) @ values


def average_in_float32(values, decay, dtype=np.float32):
    return np.array(average_in_a_list(values.astype(dtype), decay), dtype=dtype)


def average_by_convolution(values, decay, **unused):
    weights = (1 - decay) * decay ** np.arange(len(values))
    return np.convolve(values, weights)[: len(values)]


def average_from_first_value(values, decay):
    averages = np.zeros(len(values))
    averages[0] = values[0]
    for i in range(1, len(values)):
        averages[i] = decay * averages[i - 1] + (1 - decay) * values[i]
    return averages


def average_that_wraps_around(values, decay):
    for i in range(len(values)):
        values[i] = decay * values[i - 1] + (1 - decay) * values[i]
    return values


def average_returned_too_early(values, decay):
    average, averages = 0.0, []
    for value in values:
        average = decay * average + (1 - decay) * value
        averages.append(average)
        return averages


def average_with_zero_in_front(values, decay):
    averages = [0.0]
    for value in values:
        averages.append(decay * averages[-1] + (1 - decay) * value)
    return averages


def average_of_neighbors(values, decay):
    averages, before = [], 0.0
    for value in values:
        averages.append(decay * before + (1 - decay) * value)
        before = value
    return averages


def average_in_integers(values, decay):
    averages, average = np.zeros(len(values), dtype=int), 0.0
    for i, value in enumerate(values):
        average = decay * average + (1 - decay) * value
        averages[i] = average
    return averages


def average_one_memory_shared(values, decay):
    average, averages = np.zeros(1), []
    for value in values:
        average *= decay
        average += (1 - decay) * value
        averages.append(average)
    return np.concatenate(averages)


def average_over_a_window(values, decay):
    n_kept = round(1 / (1 - decay))
    return [np.mean(values[max(0, i + 1 - n_kept) : i + 1]) for i in range(len(values))]


def average_with_fixed_decay(values, decay):
    return average_in_a_list(values, 0.99)


# --- From γ to half-life and back ---


def decay_by_power(n_steps):
    return 0.5 ** (1 / n_steps)


def decay_by_exponential(n_steps, digits=None):
    return math.exp(-math.log(2) / n_steps)


def decay_by_root(n_steps):
    return np.float32(1 / np.power(2, 1 / n_steps))


def decay_by_bisection(n_steps):
    low, high = 0.0, 1.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        low, high = (middle, high) if middle**n_steps < 0.5 else (low, middle)
    return np.array(low)


def decay_without_brackets(n_steps):
    return 0.5**1 / n_steps


def decay_from_window(n_steps):
    return (n_steps - 1) / n_steps


def decay_of_one_e(n_steps):
    return math.e ** (-1 / n_steps)


def decay_as_half_life(n_steps):
    return math.log(0.5) / math.log(n_steps)


def decay_for_100(n_steps):
    return 0.99309249543703


def decay_forgotten_root(n_steps):
    return (1 / 2) ** n_steps


# --- Start without bias ---


def unbiased_by_library(values, decay):
    return moving_average(values, decay) / (1 - decay ** np.arange(1, len(values) + 1))


def unbiased_in_a_loop(values, decay):
    average, averages = 0.0, []
    for step, value in enumerate(values, start=1):
        average = decay * average + (1 - decay) * value
        averages.append(average / (1 - decay**step))
    return averages


def unbiased_by_its_own_sum(values, decay):
    total = weight = 0.0
    averages = np.empty_like(values, dtype=np.float32)
    for i, value in enumerate(values):
        total, weight = decay * total + value, decay * weight + 1
        averages[i] = total / weight
    return averages


def unbiased_by_weighted_mean(values, decay):
    return [
        np.average(values[:n], weights=decay ** np.arange(n)[::-1])
        for n in range(1, len(values) + 1)
    ]


def unbiased_by_changing_decay(values, decay):
    average = 0.0
    for i in range(len(values)):
        share = (1 - decay) / (1 - decay ** (i + 1))
        values[i] = average = (1 - share) * average + share * values[i]
    return values


def unbiased_not_at_all(values, decay):
    return moving_average(values, decay)


def unbiased_from_first_value(values, decay):
    return moving_average(values, decay, initial=values[0])


def unbiased_counting_from_zero(values, decay):
    return moving_average(values, decay) / (1 - decay ** np.arange(len(values)))


def unbiased_fed_back(values, decay):
    average, averages = 0.0, []
    for step, value in enumerate(values, start=1):
        average = decay * average + (1 - decay) * value
        average /= 1 - decay**step
        averages.append(average)
    return averages


def unbiased_by_last_sum(values, decay):
    return moving_average(values, decay) / (1 - decay ** len(values))


def unbiased_as_plain_mean(values, decay):
    return [np.mean(values[: i + 1]) for i in range(len(values))]


# --- Two signals of different scale ---


def roots_by_library(grad, decay):
    return np.sqrt(moving_average(grad**2, decay))


def roots_row_by_row(grad, decay):
    square_avg, roots = 0.0, []
    for row in grad:
        square_avg = decay * square_avg + (1 - decay) * row * row
        roots.append(square_avg**0.5)
    return roots


def roots_number_by_number(grad, decay):
    n_steps, n_weights = grad.shape
    roots = np.zeros(grad.shape, dtype=np.float32)
    for j in range(n_weights):
        square_avg = 0.0
        for i in range(n_steps):
            square_avg = decay * square_avg + (1 - decay) * grad[i, j] ** 2
            roots[i, j] = math.sqrt(square_avg)
    return roots


def roots_in_place(grad, decay):
    square_avg = np.zeros(grad.shape[1])
    for i in range(len(grad)):
        square_avg = decay * square_avg + (1 - decay) * grad[i] ** 2
        grad[i] = np.sqrt(square_avg)
    return grad


def roots_forgotten(grad, decay):
    return moving_average(np.square(grad), decay)


def roots_taken_first(grad, decay):
    return moving_average(np.sqrt(grad**2), decay)


def roots_of_signed_average(grad, decay):
    return np.sqrt(moving_average(grad, decay) ** 2)


def roots_for_all_weights(grad, decay):
    return np.sqrt(moving_average(np.mean(grad**2, axis=1), decay))


def roots_across(grad, decay):
    return np.array([np.sqrt(moving_average(row**2, decay)) for row in grad])


def roots_of_last_step(grad, decay):
    square_avg = np.zeros(grad.shape[1])
    for row in grad:
        square_avg = decay * square_avg + (1 - decay) * row**2
    return np.sqrt(square_avg)


def roots_fed_back(grad, decay):
    root, roots = np.zeros(grad.shape[1]), []
    for row in grad:
        root = np.sqrt(decay * root + (1 - decay) * row**2)
        roots.append(root)
    return roots


RIGHT = {
    "moving-average": [
        average_in_a_list,
        average_by_index,
        average_in_place,
        average_by_matrix,
        average_in_float32,
        average_by_convolution,
    ],
    "decay-from-half-life": [
        decay_by_power,
        decay_by_exponential,
        decay_by_root,
        decay_by_bisection,
    ],
    "unbiased-average": [
        unbiased_by_library,
        unbiased_in_a_loop,
        unbiased_by_its_own_sum,
        unbiased_by_weighted_mean,
        unbiased_by_changing_decay,
    ],
    "root-mean-square": [
        roots_by_library,
        roots_row_by_row,
        roots_number_by_number,
        roots_in_place,
    ],
}

WRONG = {
    "moving-average": {
        average_from_first_value: "starts at the first value",
        average_that_wraps_around: "starts at the last value",
        average_returned_too_early: "it returns in the first pass of the loop",
        average_with_zero_in_front: "v₀ in front",
        average_of_neighbors: "the value before, not the average before",
        average_in_integers: "a result of whole numbers",
        average_one_memory_shared: "the same average for every step",
        average_over_a_window: "plain mean of the last 1/(1 - γ) values",
        average_with_fixed_decay: "hard-coded decay",
    },
    "decay-from-half-life": {
        decay_without_brackets: "one half divided by the number of steps",
        decay_from_window: "window instead of half-life",
        decay_of_one_e: "to 1/e instead of one half",
        decay_as_half_life: "the formula for the way back",
        decay_for_100: "hard-coded n_steps",
        decay_forgotten_root: "the power is not inverted",
    },
    "unbiased-average": {
        unbiased_not_at_all: "the start-up bias is still there",
        unbiased_from_first_value: "starts at the first value",
        unbiased_counting_from_zero: "steps counted from 0",
        unbiased_fed_back: "the divided average is carried on",
        unbiased_by_last_sum: "one divisor for all steps",
        unbiased_as_plain_mean: "plain mean so far",
    },
    "root-mean-square": {
        roots_forgotten: "the root is missing",
        roots_taken_first: "the average of |g|",
        roots_of_signed_average: "averaged before it is squared",
        roots_for_all_weights: "mean over the weights",
        roots_across: "along the wrong axis",
        roots_of_last_step: "only the last roots",
        roots_fed_back: "the root is carried on",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_swapped_shares_are_shown_on_one_value():
    def swapped(values, decay):
        averages = [decay * values[0]]
        for value in values[1:]:
            averages.append((1 - decay) * averages[-1] + decay * value)
        return averages

    result = check("moving-average", swapped, record=False)
    assert result.misconception == "γ and 1 - γ swapped"
    assert result.evidence == ("values = [4], decay = 0.9", "[0.4]", "[3.6]")


def test_squaring_the_callers_gradient_is_no_pass():
    def squares_in_place(grad, decay):
        grad *= grad
        return np.sqrt(moving_average(grad, decay))

    result = check("root-mean-square", squares_in_place, record=False)
    assert not result.passed
    assert "changes its argument grad" in result.message
