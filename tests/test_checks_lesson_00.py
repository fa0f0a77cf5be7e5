"""Lesson 00: a right mean square passes in every style, and mistakes are named as they are made."""

import numpy as np
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check


def mean_by_numpy(values):
    return np.mean(values**2)


def mean_in_a_loop(values):
    total = 0
    for value in values:
        total += value * value
    return total / len(values)


def mean_of_a_list(values, unused=None):
    squares = [float(value) ** 2 for value in values]
    return sum(squares) / len(squares)


def mean_in_float32(values):
    return np.square(values, dtype=np.float32).mean()


def mean_by_product(values):
    return np.array(values @ values / values.size)


def square_of_the_mean(values):
    return (sum(values) / len(values)) ** 2


def square_taken_to_be_double(values):
    return np.mean(2 * values)


def sum_in_a_loop(values):
    total = 0
    for value in values:
        total += value**2
    return total


def total_overwritten(values):
    for value in values:
        total = value**2
    return total / len(values)


def returned_too_early(values):
    total = 0
    for value in values:
        total += value**2
        return total / len(values)


def root_too_many(values):
    return np.sqrt(np.mean(np.square(values)))


def divided_by_two(values):
    return sum(values**2) / 2


def first_left_out(values):
    total = 0
    for i in range(1, len(values)):
        total += values[i] ** 2
    return total / len(values)


def the_example(values):
    return (3**2 + (-4) ** 2) / 2


RIGHT = [mean_by_numpy, mean_in_a_loop, mean_of_a_list, mean_in_float32, mean_by_product]

WRONG = {
    square_of_the_mean: "averaged before it is squared",
    square_taken_to_be_double: "doubled instead of squared",
    sum_in_a_loop: "the sum of the squares",
    total_overwritten: "only the last square",
    returned_too_early: "it returns in the first pass of the loop",
    root_too_many: "the root mean square",
    divided_by_two: "always divided by 2",
    first_left_out: "the first number is skipped",
    the_example: "hard-coded values",
}


test_right_attempt_passes = rights_pass({"mean-square": RIGHT})
test_wrong_attempt_is_named = wrongs_are_named({"mean-square": WRONG})


def test_squaring_in_place_is_no_pass():
    def squares_in_place(values):
        values **= 2
        return values.mean()

    result = check("mean-square", squares_in_place, record=False)
    assert not result.passed
    assert "changes its argument values" in result.message
