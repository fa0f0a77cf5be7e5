"""Lesson 11: right translations, decays and counts pass in every style, mistakes are named."""

import math

import numpy as np
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check
from rmsprop_course.numpy_optimizers import adam, rmsprop

# --- Translate a paper's settings ---


def settings_as_in_lesson(learning_rate, decay, momentum, eps):
    return learning_rate, decay, np.sqrt(eps), momentum


def settings_in_a_list(learning_rate, decay, momentum, eps):
    return [learning_rate, decay, math.sqrt(eps), momentum]


def settings_by_power(learning_rate, decay, momentum, eps, **unused):
    settings = {"lr": learning_rate, "alpha": decay, "eps": eps**0.5, "momentum": momentum}
    return tuple(np.float32(settings[name]) for name in ("lr", "alpha", "eps", "momentum"))


def settings_as_they_came(learning_rate, decay, momentum, eps):
    return (learning_rate, decay, momentum, eps)


def settings_with_eps_as_it_is(*args):
    learning_rate, decay, momentum, eps = args
    return learning_rate, decay, eps, momentum


def settings_with_eps_multiplied(learning_rate, decay, momentum, eps):
    return learning_rate, decay, eps * eps, momentum


def settings_of_dqn_misread(learning_rate, decay, momentum, eps):
    return learning_rate, momentum, math.sqrt(eps), decay


def settings_with_the_new_share(learning_rate, decay, momentum, eps):
    return learning_rate, 1.0 - decay, eps**0.5, momentum


def settings_with_the_default_eps(learning_rate, decay, momentum, eps):
    return learning_rate, decay, 1e-8, momentum


def settings_that_mend_the_start(learning_rate, decay, momentum, eps):
    return learning_rate * (1 - decay) ** 0.5, decay, eps**0.5, momentum


def settings_with_a_longer_step(learning_rate, decay, momentum, eps):
    return learning_rate / (1.0 - momentum), decay, eps**0.5, momentum


def settings_of_what_is_left(learning_rate, decay, momentum, eps):
    eps_outside = math.sqrt(eps)
    return learning_rate / eps_outside, decay, eps_outside, momentum


def settings_with_what_the_buffer_loses(learning_rate, decay, momentum, eps):
    return [learning_rate, decay, np.sqrt(eps), 1 - momentum]


def settings_without_momentum(learning_rate, decay, momentum, eps):
    return learning_rate, decay, np.sqrt(eps), 0.0


# --- γ from an averaging time ---


def decay_as_in_lesson(tau):
    return tau / (1 + tau)


def decay_from_the_new_weight(tau):
    new_weight = 1 / (1 + tau)
    return 1 - new_weight


def decay_in_float32(tau, **unused):
    return np.float32(1) / (np.float32(1) + np.float32(1) / np.float32(tau))


def decay_by_mean_age(tau):
    # The mean age γ/(1-γ) is τ: bisection
    low, high = 0.0, 1.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if middle / (1 - middle) < tau else (low, middle)
    return low


def decay_of_the_new_square(tau):
    return 1 / (tau + 1.0)


def decay_by_window(tau):
    return (tau - 1) / tau


def decay_by_exponential(tau):
    return np.exp(-1.0 / tau)


def decay_by_half_life(tau):
    return 2.0 ** (-1 / tau)


def decay_without_brackets(tau):
    return tau / 1 + tau


def decay_of_the_lesson_only(tau):
    return 0.9


def decay_without_its_brackets(tau):
    return 1 - 1 / 1 + tau


def decay_upside_down(tau):
    return 1 + 1 / tau


def decay_in_whole_numbers(tau):
    return tau // (tau + 1)


# --- How long is it false? ---


def steps_as_in_lesson(decay, tolerance):
    return math.ceil(math.log(1 - (1 - tolerance) ** 2) / math.log(decay))


def steps_in_a_loop(decay, tolerance):
    n_steps, left = 0, 1.0
    while 1 - math.sqrt(1 - left) > tolerance:
        n_steps, left = n_steps + 1, left * decay
    return n_steps


def steps_by_search(decay, tolerance):
    n_steps = np.arange(1, 10_000)
    close = 1 - np.sqrt(1 - decay**n_steps) <= tolerance
    return n_steps[close.argmax()]


def steps_as_float(decay, tolerance, **unused):
    return np.ceil(np.log(2 * tolerance - tolerance**2) / np.log(decay))


def steps_by_running_both(decay, tolerance):
    params, grad = np.zeros(1), np.ones(1)
    state, other = rmsprop.init(params), adam.init(params)
    same = {"learning_rate": 1.0, "eps": 0.0}
    for n_steps in range(1, 10_000):
        by_rmsprop, state = rmsprop.step(params, grad, state, decay=decay, **same)
        by_adam, other = adam.step(params, grad, other, beta1=0.0, beta2=decay, **same)
        if 1 - (by_adam / by_rmsprop).item() <= tolerance:
            return n_steps
    return math.nan


def steps_without_the_root(decay, tolerance):
    n_steps = 1
    while decay**n_steps > tolerance:
        n_steps += 1
    return n_steps


def steps_counted_from_zero(decay, tolerance):
    for step in range(10_000):
        if 1 - math.sqrt(1 - decay ** (step + 1)) <= tolerance:
            return step
    return math.nan


def steps_not_rounded(decay, tolerance):
    return np.log(1 - (1 - tolerance) ** 2) / np.log(decay)


def steps_to_the_nearest(decay, tolerance):
    return int(np.rint(math.log(1 - (1 - tolerance) ** 2, decay)))


def steps_of_another_root(decay, tolerance):
    n_steps = 1
    while math.sqrt(decay**n_steps) > tolerance:
        n_steps += 1
    return n_steps


def steps_that_lost_one_minus(decay, tolerance):
    return math.ceil(2 * math.log(1 - tolerance) / math.log(decay))


def steps_one_more(decay, tolerance):
    return int(math.log(1 - (1 - tolerance) ** 2) / math.log(decay)) + 2


def steps_seen_from_adam(decay, tolerance):
    n_steps = 1
    while 1 / math.sqrt(1 - decay**n_steps) - 1 > tolerance:
        n_steps += 1
    return n_steps


def steps_of_the_window(decay, tolerance):
    return round(1 / (1 - decay))


def steps_at_one_percent(decay, tolerance):
    return steps_in_a_loop(decay, 0.01)


def steps_at_the_usual_decay(decay, tolerance):
    return steps_in_a_loop(0.9, tolerance)


RIGHT = {
    "settings-for-pytorch": [settings_as_in_lesson, settings_in_a_list, settings_by_power],
    "decay-from-tau": [
        decay_as_in_lesson,
        decay_from_the_new_weight,
        decay_in_float32,
        decay_by_mean_age,
    ],
    "steps-until-alike": [
        steps_as_in_lesson,
        steps_in_a_loop,
        steps_by_search,
        steps_as_float,
        steps_by_running_both,
    ],
}

WRONG = {
    "settings-for-pytorch": {
        settings_as_they_came: "in the order of TensorFlow, and ε is copied",
        settings_with_eps_as_it_is: "ε is copied",
        settings_with_eps_multiplied: "ε is squared",
        settings_of_dqn_misread: "decay and momentum swapped",
        settings_with_the_new_share: "1 - γ instead of γ",
        settings_with_the_default_eps: "hard-coded eps",
        settings_that_mend_the_start: "η is multiplied by √(1 - γ)",
        settings_with_a_longer_step: "η is divided by 1 - μ",
        settings_of_what_is_left: "η is divided by √ε",
        settings_with_what_the_buffer_loses: "1 - μ instead of μ",
        settings_without_momentum: "hard-coded momentum",
    },
    "decay-from-tau": {
        decay_of_the_new_square: "the weight of the new value",
        decay_by_window: "τ as a window",
        decay_by_exponential: "as in continuous time",
        decay_by_half_life: "τ as a half-life",
        decay_without_brackets: "multiplied instead of divided",
        decay_without_its_brackets: "brackets are missing",
        decay_upside_down: "upside down",
        decay_in_whole_numbers: "division without a remainder",
        decay_of_the_lesson_only: "hard-coded tau",
    },
    "steps-until-alike": {
        steps_without_the_root: "the root is missing",
        steps_counted_from_zero: "one step early",
        steps_not_rounded: "a fraction of a step",
        steps_to_the_nearest: "rounded to the nearest step",
        steps_one_more: "one step late",
        steps_of_another_root: "the root of γᵗ",
        steps_that_lost_one_minus: "γᵗ in the place of 1 - γᵗ",
        steps_seen_from_adam: "compared the other way around",
        steps_of_the_window: "the window",
        steps_at_one_percent: "hard-coded tolerance",
        steps_at_the_usual_decay: "hard-coded decay",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_three_of_four_settings_are_told_by_their_number():
    def three(learning_rate, decay, momentum, eps):
        return learning_rate, decay, math.sqrt(eps)

    result = check("settings-for-pytorch", three, record=False)
    assert not result.passed
    assert "must return lr, alpha, eps, momentum" in result.message


def test_a_small_eps_is_not_hidden_by_another():
    def rooted_with_more(learning_rate, decay, momentum, eps):
        return learning_rate, decay, math.sqrt(eps + 1e-8), momentum

    result = check("settings-for-pytorch", rooted_with_more, record=False)
    assert not result.passed
    assert "eps = 1e-10" in result.evidence.given


def test_copied_eps_is_shown_beside_its_root():
    result = check("settings-for-pytorch", settings_with_eps_as_it_is, record=False)
    assert "eps = 0.03162278" in result.evidence.expected
    assert "eps = 0.001" in result.evidence.got
