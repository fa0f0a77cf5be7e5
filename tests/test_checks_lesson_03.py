"""Lesson 03: right attempts pass in every style, and mistakes are named as learners make them."""

import math

import numpy as np
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check
from rmsprop_course.numpy_optimizers import rmsprop

# --- The first step ---


def step_in_two_lines(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    return -learning_rate * grad / np.sqrt(square_avg)


def step_by_math(grad, learning_rate, decay, initial_square_avg, unused=None):
    average = initial_square_avg + (1 - decay) * (grad * grad - initial_square_avg)
    return -grad / math.sqrt(average) * learning_rate


def step_of_an_array(grad, learning_rate, decay, initial_square_avg):
    grad = np.array([grad])
    square_avg = np.full(1, initial_square_avg)
    square_avg *= decay
    square_avg += (1 - decay) * grad**2
    return (-learning_rate * grad / np.sqrt(square_avg)).item()


def step_in_float32(grad, learning_rate, decay, initial_square_avg):
    given = (np.float32(number) for number in (grad, learning_rate, decay, initial_square_avg))
    return np.array(step_in_two_lines(*given))


def step_by_library(grad, learning_rate, decay, initial_square_avg):
    state = rmsprop.init(np.zeros(()), initial_square_avg=initial_square_avg)
    settings = {"learning_rate": learning_rate, "decay": decay, "eps": 0.0}
    return rmsprop.step(np.zeros(()), np.array(grad), state, **settings)[0]


def step_upward(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    return learning_rate * grad / square_avg**0.5


def step_by_old_average(grad, learning_rate, decay, initial_square_avg):
    return -learning_rate * grad / initial_square_avg**0.5


def step_without_root(grad, learning_rate, decay, initial_square_avg):
    return -learning_rate * grad / (decay * initial_square_avg + (1 - decay) * grad**2)


def step_with_shares_swapped(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * grad**2 + (1 - decay) * initial_square_avg
    return -grad * learning_rate / math.sqrt(square_avg)


def step_from_nothing(grad, learning_rate, decay, initial_square_avg):
    square_avg = (1 - decay) * grad**2
    return -learning_rate * grad / math.sqrt(square_avg)


def step_length_of_the_text(grad, learning_rate, decay, initial_square_avg):
    return learning_rate / math.sqrt(1 - decay)


def step_with_grad_as_it_is(grad, learning_rate, decay, initial_square_avg):
    square_avg = initial_square_avg * decay + grad * (1 - decay)
    return -learning_rate * grad / square_avg**0.5


def step_with_precedence_lost(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + 1 - decay * grad**2
    return -learning_rate * grad / np.sqrt(square_avg)


def step_with_half_for_a_root(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    return -learning_rate * grad / (square_avg**1 / 2)


def step_with_half_at_the_end(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    return -learning_rate * grad / square_avg**1 / 2


def step_with_bracket_closed_early(grad, learning_rate, decay, initial_square_avg):
    root = np.sqrt(decay * initial_square_avg) + (1 - decay) * grad**2
    return -learning_rate * (grad / root)


def step_in_integers(grad, learning_rate, decay, initial_square_avg):
    square_avg = np.zeros(1, dtype=int)
    square_avg[0] = decay * initial_square_avg + (1 - decay) * grad**2
    return (-learning_rate * grad / np.sqrt(square_avg))[0]


def step_plus_average(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    return initial_square_avg - learning_rate * grad / math.sqrt(square_avg)


def step_corrected_as_in_adam(grad, learning_rate, decay, initial_square_avg):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    square_avg /= 1 - decay**1
    return -learning_rate * grad / np.sqrt(square_avg)


def step_guarded(grad, learning_rate, decay, initial_square_avg, eps=1e-8):
    square_avg = decay * initial_square_avg + (1 - decay) * grad**2
    return -learning_rate * grad / (np.sqrt(square_avg) + eps)


def step_with_fixed_rate(grad, learning_rate, decay, initial_square_avg):
    return step_in_two_lines(grad, 0.001, decay, initial_square_avg)


def step_of_absolute_size(grad, learning_rate, decay, initial_square_avg):
    return abs(step_in_two_lines(grad, learning_rate, decay, initial_square_avg))


# --- γ from two steps ---


def decay_by_square(first, second):
    return (first / second) ** 2 - 1


def decay_by_difference(first, second):
    return (first * first - second * second) / second**2


def decay_by_trial(first, second, n_halvings=60):
    low, high = 0.0, 1.0
    for _ in range(n_halvings):
        middle = (low + high) / 2
        too_small = math.sqrt(1 + middle) < first / second
        low, high = (middle, high) if too_small else (low, middle)
    return low


def decay_in_float32(first, second):
    return np.square(np.float32(first) / np.float32(second)) - np.float32(1)


def decay_of_lengths(first, second):
    first, second = np.abs([first, second])
    return np.array(np.exp(2 * np.log(first / second)) - 1)


def decay_plus_one(first, second):
    return first**2 / second**2


def decay_of_ratio(first, second):
    return first / second


def decay_forgotten_square(first, second):
    return (first - second) / second


def decay_turned_over(first, second):
    ratio = second / first
    return ratio**2 - 1


def decay_of_settled_second(first, second):
    learning_rate = second
    return 1 - (learning_rate / first) ** 2


def decay_without_brackets(first, second):
    return first / second**2 - 1


def decay_doubled(first, second):
    ratio = first / second
    return ratio * 2 - 1


def decay_everyone_uses(first, second):
    return 0.9


def decay_of_shrinking(first, second):
    return second / first - 1


def decay_in_two_digits(first, second):
    return round((first / second) ** 2 - 1, 2)


def decay_complement(first, second):
    return 1 - ((first / second) ** 2 - 1)


# --- Make ε matter ---


def eps_by_cases(grad_size, slowdown, eps_inside_sqrt):
    if eps_inside_sqrt:
        return grad_size**2 * (slowdown**2 - 1)
    return grad_size * (slowdown - 1)


def eps_from_denominator(grad_size, slowdown, eps_inside_sqrt, **unused):
    denominator = grad_size * slowdown
    power = 2 if eps_inside_sqrt is True else 1
    return denominator**power - grad_size**power


def eps_in_float32(grad_size, slowdown, eps_inside_sqrt):
    return np.float32(eps_by_cases(np.float32(grad_size), np.float32(slowdown), eps_inside_sqrt))


def eps_by_where(grad_size, slowdown, eps_inside_sqrt):
    wanted = slowdown * grad_size
    return np.where(eps_inside_sqrt, wanted**2 - grad_size**2, wanted - grad_size)


def eps_by_search(grad_size, slowdown, eps_inside_sqrt):
    low, high = 0.0, 1e3
    for _ in range(100):
        eps = (low + high) / 2
        denominator = math.sqrt(grad_size**2 + eps) if eps_inside_sqrt else grad_size + eps
        low, high = (eps, high) if denominator < slowdown * grad_size else (low, eps)
    return eps


def eps_with_places_mixed_up(grad_size, slowdown, eps_inside_sqrt):
    if not eps_inside_sqrt:
        return (slowdown**2 - 1) * grad_size**2
    return (slowdown - 1) * grad_size


def eps_inside_only(grad_size, slowdown, eps_inside_sqrt):
    return (slowdown * grad_size) ** 2 - grad_size**2


def eps_outside_only(grad_size, slowdown, eps_inside_sqrt):
    return slowdown * grad_size - grad_size


def eps_that_is_all(grad_size, slowdown, eps_inside_sqrt):
    if eps_inside_sqrt:
        return (slowdown * grad_size) ** 2
    return slowdown * grad_size


def eps_translated_inward(grad_size, slowdown, eps_inside_sqrt):
    outside = grad_size * (slowdown - 1)
    return outside**2 if eps_inside_sqrt else outside


def eps_translated_outward(grad_size, slowdown, eps_inside_sqrt):
    inside = grad_size**2 * (slowdown**2 - 1)
    return inside if eps_inside_sqrt else math.sqrt(inside)


def eps_with_slowdown_left_as_it_is(grad_size, slowdown, eps_inside_sqrt):
    if eps_inside_sqrt:
        return slowdown * grad_size**2 - grad_size**2
    return slowdown * grad_size - grad_size


def eps_without_brackets(grad_size, slowdown, eps_inside_sqrt):
    if eps_inside_sqrt:
        return grad_size**2 * slowdown**2 - 1
    return grad_size * slowdown - 1


def eps_for_half_speed(grad_size, slowdown, eps_inside_sqrt):
    return 3 * grad_size**2 if eps_inside_sqrt else grad_size


def eps_that_speeds_up(grad_size, slowdown, eps_inside_sqrt):
    if eps_inside_sqrt:
        return (grad_size / slowdown) ** 2 - grad_size**2
    return grad_size / slowdown - grad_size


RIGHT = {
    "first-step": [
        step_in_two_lines,
        step_by_math,
        step_of_an_array,
        step_in_float32,
        step_by_library,
    ],
    "decay-from-two-steps": [
        decay_by_square,
        decay_by_difference,
        decay_by_trial,
        decay_in_float32,
        decay_of_lengths,
    ],
    "eps-that-slows": [
        eps_by_cases,
        eps_from_denominator,
        eps_in_float32,
        eps_by_where,
        eps_by_search,
    ],
}

WRONG = {
    "first-step": {
        step_upward: "with the gradient, not against it",
        step_by_old_average: "the average is not updated",
        step_without_root: "the root is missing",
        step_with_shares_swapped: "γ and 1 - γ swapped",
        step_from_nothing: "the formula for v₀ = 0",
        step_length_of_the_text: "the length for v₀ = 0",
        step_with_grad_as_it_is: "the gradient is not squared",
        step_with_precedence_lost: "no brackets around 1 - γ",
        step_with_half_for_a_root: "half of the average, not its root",
        step_with_half_at_the_end: "half of the fraction, without a root",
        step_with_bracket_closed_early: "the root of the share of v₀ alone",
        step_in_integers: "a whole number as average",
        step_corrected_as_in_adam: "bias correction added",
        step_guarded: "an ε outside the root",
        step_with_fixed_rate: "hard-coded learning_rate",
        step_of_absolute_size: "the length of the step",
    },
    "decay-from-two-steps": {
        decay_plus_one: "1 + γ instead of γ",
        decay_of_ratio: "the ratio of the steps",
        decay_forgotten_square: "the ratio is not squared",
        decay_turned_over: "the ratio is turned over",
        decay_of_settled_second: "the second step is taken for η",
        decay_without_brackets: "only the second step is squared",
        decay_doubled: "doubled instead of squared",
        decay_everyone_uses: "hard-coded first",
        decay_of_shrinking: "turned over, and not squared",
        decay_in_two_digits: "γ rounded to two digits",
        decay_complement: "1 - γ instead of γ",
    },
    "eps-that-slows": {
        eps_with_places_mixed_up: "the places are swapped",
        eps_inside_only: "hard-coded eps_inside_sqrt",
        eps_outside_only: "hard-coded eps_inside_sqrt",
        eps_that_is_all: "what is there already is not subtracted",
        eps_translated_inward: "inside by the dictionary",
        eps_translated_outward: "outside by the dictionary",
        eps_with_slowdown_left_as_it_is: "inside, the slowdown is not squared",
        eps_without_brackets: "1 is subtracted",
        eps_for_half_speed: "hard-coded slowdown",
        eps_that_speeds_up: "faster instead of slower",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_a_mistake_without_a_name_is_shown():
    result = check("first-step", step_plus_average, record=False)
    assert not result.passed
    assert result.misconception is None
    assert result.evidence.given == (
        "grad = 2, learning_rate = 0.1, decay = 0.9, initial_square_avg = 5"
    )
    assert result.evidence.expected == "change = -0.09035079"


def test_only_the_case_outside_is_shown_to_whoever_lacks_it():
    result = check("eps-that-slows", eps_inside_only, record=False)
    assert result.evidence.given == "grad_size = 3, slowdown = 2, eps_inside_sqrt = False"
    assert result.evidence[1:] == ("eps = 3", "eps = 27")


def test_a_number_cut_short_is_not_taken_for_an_unused_setting():
    def cut_average(grad, learning_rate, decay, initial_square_avg):
        square_avg = int(decay * initial_square_avg + (1 - decay) * grad**2)
        return -learning_rate * grad / math.sqrt(square_avg)

    def rounded_decay(first, second):
        return round((first / second) ** 2 - 1)

    for exercise, attempt in (("first-step", cut_average), ("decay-from-two-steps", rounded_decay)):
        result = check(exercise, attempt, record=False)
        assert not result.passed
        assert result.misconception is None
