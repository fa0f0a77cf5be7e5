"""Lesson 05: right counts and formulas pass in every style, and learners' mistakes are named."""

import math
from functools import cache

import numpy as np
from attempts import rights_pass, wrongs_are_named

from rmsprop_course import descent
from rmsprop_course.checks import check
from rmsprop_course.numpy_optimizers import gradient_descent, momentum, rmsprop
from rmsprop_course.objectives import beale, long_valley, rotated_quadratic


def steps_to_converge(values, tolerance):
    """Return the step from which values stay below tolerance, as the lesson defines it."""
    settled = np.logical_and.accumulate(values[::-1] < tolerance).sum(axis=0)
    return np.where(settled > 0, len(values) - settled, np.nan)


@cache
def losses_when_turned(optimizer, learning_rate, angle, n_steps=1000):
    surface = rotated_quadratic([1.0, 100.0], angle)
    settings = {"start": surface.start, "n_steps": n_steps, "learning_rate": learning_rate}
    return descent.run(surface, optimizer, **settings).values


def last_step_above(values):
    """Return the number of steps to get and stay below 0.01, found from the end."""
    for step in reversed(range(len(values))):
        if not values[step] < 0.01:
            return math.nan if step == len(values) - 1 else step + 1
    return 0


# --- Rotate the valley ---


def turned_as_in_lesson(optimizer, learning_rate, degrees):
    return steps_to_converge(
        losses_when_turned(optimizer, learning_rate, np.deg2rad(degrees)), 0.01
    )


def turned_searched_backward(optimizer, learning_rate, degrees, tolerance=0.01):
    angle = math.pi * degrees / 180
    return last_step_above(losses_when_turned(optimizer, learning_rate, angle).tolist())


def turned_in_a_loop(optimizer, learning_rate, degrees):
    surface = rotated_quadratic([1.0, 100.0], math.radians(degrees))
    params = surface.start
    state, values = optimizer.init(params), [surface.value(params)]
    for _ in range(1000):
        grad = surface.gradient(params)
        params, state = optimizer.step(params, grad, state, learning_rate=learning_rate)
        values.append(surface.value(params))
    return np.float32(last_step_above(values))


def turned_with_start_by_hand(optimizer, learning_rate, degrees, **unused):
    angle = np.radians(degrees)
    start = [np.cos(angle) - np.sin(angle), np.sin(angle) + np.cos(angle)]
    path = descent.run(
        rotated_quadratic([1.0, 100.0], angle),
        optimizer,
        start=start,
        n_steps=1000,
        learning_rate=learning_rate,
    )
    return float(steps_to_converge(path.values, 0.01))


def turned_by_degrees(optimizer, learning_rate, degrees):
    return steps_to_converge(losses_when_turned(optimizer, learning_rate, degrees), 0.01)


def turned_from_a_fixed_start(optimizer, learning_rate, degrees):
    surface = rotated_quadratic([1.0, 100.0], np.deg2rad(degrees))
    path = descent.run(
        surface, optimizer, start=[1.0, 1.0], n_steps=1000, learning_rate=learning_rate
    )
    return steps_to_converge(path.values, 0.01)


def turned_until_first_below(optimizer, learning_rate, degrees):
    losses = losses_when_turned(optimizer, learning_rate, np.pi * degrees / 180)
    for step, value in enumerate(losses):
        if value < 0.01:
            return step
    return math.nan


def turned_by_rmsprop_only(optimizer, learning_rate, degrees):
    return turned_searched_backward(rmsprop, learning_rate, degrees)


def turned_at_the_printed_rate(optimizer, learning_rate, degrees):
    return turned_searched_backward(optimizer, 0.003, degrees)


def turned_by_the_printed_angle(optimizer, learning_rate, degrees):
    return turned_searched_backward(optimizer, learning_rate, 45)


def turned_with_curvatures_exchanged(optimizer, learning_rate, degrees):
    surface = rotated_quadratic([100.0, 1.0], np.deg2rad(degrees))
    settings = {"start": surface.start, "n_steps": 1000, "learning_rate": learning_rate}
    return steps_to_converge(descent.run(surface, optimizer, **settings).values, 0.01)


def turned_for_300_steps(optimizer, learning_rate, degrees):
    losses = losses_when_turned(optimizer, learning_rate, np.deg2rad(degrees), n_steps=300)
    return steps_to_converge(losses, 0.01)


def turned_all_losses(optimizer, learning_rate, degrees):
    return list(losses_when_turned(optimizer, learning_rate, np.deg2rad(degrees)))


def turned_until_the_last_above(optimizer, learning_rate, degrees):
    losses = losses_when_turned(optimizer, learning_rate, np.deg2rad(degrees))
    last = np.flatnonzero(~(losses < 0.01))[-1]
    return math.nan if last == 1000 else last


def turned_by_descent_only(optimizer, learning_rate, degrees):
    return turned_searched_backward(gradient_descent, learning_rate, degrees)


# --- Draw a map ---


def losses_of_momentum(learning_rate, momentum_setting, *, surface=None, n_steps=300):
    surface = surface or long_valley()
    settings = {"n_steps": n_steps, "learning_rate": learning_rate, "momentum": momentum_setting}
    return descent.run(surface, momentum, start=surface.start, **settings).values


def losses_of_map(learning_rates, masses, **settings):
    axes = learning_rates[:, np.newaxis, np.newaxis], masses[:, np.newaxis]
    return losses_of_momentum(*axes, **settings)


def map_as_in_lesson(learning_rates, masses):
    return steps_to_converge(losses_of_map(learning_rates, masses), 0.01)


def map_in_two_loops(learning_rates, masses):
    return [
        [last_step_above(losses_of_momentum(rate, mass)) for mass in masses]
        for rate in learning_rates
    ]


def map_row_by_row(learning_rates, masses, dtype=np.float32):
    steps = np.full((len(learning_rates), len(masses)), np.nan, dtype=dtype)
    for i, rate in enumerate(learning_rates):
        steps[i] = steps_to_converge(losses_of_momentum(rate, masses[:, np.newaxis]), 0.01)
    return steps


def map_the_other_way_around(learning_rates, masses):
    values = losses_of_momentum(learning_rates[:, None], masses[:, None, None])
    return steps_to_converge(values, 0.01).T


def map_by_a_loop_of_its_own(learning_rates, masses):
    shape = len(learning_rates), len(masses)
    x, y, n_steps = np.full(shape, -5.0), np.full(shape, 1.0), np.zeros(shape)
    speed_x, speed_y = np.zeros(shape), np.zeros(shape)
    rates = np.reshape(learning_rates, (-1, 1))
    for step in range(301):
        below = (np.sqrt(1 + x**2) - 1) / 10 + 5 * y**2 < 0.01
        n_steps[~below] = step + 1
        speed_x = masses * speed_x + x / np.sqrt(1 + x**2) / 10
        speed_y = masses * speed_y + 10 * y
        x, y = x - rates * speed_x, y - rates * speed_y
    n_steps[n_steps > 300] = np.nan
    return n_steps


def map_transposed(learning_rates, masses):
    values = losses_of_momentum(learning_rates[:, np.newaxis], masses[:, None, None])
    return steps_to_converge(values, 0.01)


def map_of_first_times(learning_rates, masses):
    return (losses_of_map(learning_rates, masses) < 0.01).argmax(axis=0)


def map_of_the_last_loss(learning_rates, masses):
    *_, last = losses_of_map(learning_rates, masses)
    return last


def map_with_300_for_never(learning_rates, masses):
    return np.nan_to_num(map_as_in_lesson(learning_rates, masses), nan=300)


def map_on_beale(learning_rates, masses):
    return steps_to_converge(losses_of_map(learning_rates, masses, surface=beale()), 0.01)


def map_copied_from_above(learning_rates, masses):
    surface = long_valley()
    settings = {"learning_rate": learning_rates[:, None, None], "decay": masses[:, None]}
    values = descent.run(surface, rmsprop, start=surface.start, n_steps=300, **settings).values
    return steps_to_converge(values, 0.01)


def map_at_one_mass(learning_rates, masses):
    return map_as_in_lesson(learning_rates, 0.9 + 0 * masses)


def map_of_longer_runs(learning_rates, masses):
    return steps_to_converge(losses_of_map(learning_rates, masses, n_steps=1000), 0.01)


def map_counted_from_one(learning_rates, masses):
    steps = np.full((len(learning_rates), len(masses)), np.nan)
    for i, rate in enumerate(learning_rates):
        for j, mass in enumerate(masses):
            values = losses_of_momentum(rate, mass)
            for step, value in enumerate(values, start=1):
                if value < 0.01:
                    steps[i, j] = step if np.isnan(steps[i, j]) else steps[i, j]
                else:
                    steps[i, j] = np.nan
    return steps


# --- Predict the amplitude ---


def amplitude_clamped(learning_rate, curvature, eps):
    return np.sqrt(np.maximum(learning_rate**2 / 4 - eps / curvature**2, 0))


def amplitude_by_cases(learning_rate, curvature, eps):
    square = (learning_rate / 2) ** 2 - eps / curvature**2
    if square <= 0:
        return 0
    return math.sqrt(square)


def amplitude_from_the_gradient(learning_rate, curvature, eps, **unused):
    square_of_grad = curvature**2 * learning_rate**2 / 4 - eps
    return np.float32(max(square_of_grad, 0.0) ** 0.5 / curvature)


def amplitude_nan_replaced(learning_rate, curvature, eps):
    learning_rate = np.array(learning_rate)
    return np.nan_to_num(np.sqrt(learning_rate**2 - 4 * eps / curvature**2) / 2)


def amplitude_simulated(learning_rate, curvature, eps):
    x, square_avg = learning_rate, 0.0
    for _ in range(5000):
        square_avg = 0.9 * square_avg + 0.1 * (curvature * x) ** 2
        x -= learning_rate * curvature * x / math.sqrt(square_avg + eps)
    return abs(x) if abs(x) > 1e-12 else 0.0


def amplitude_without_eps(learning_rate, curvature, eps):
    return 0.5 * learning_rate


def amplitude_end_to_end(learning_rate, curvature, eps):
    square = learning_rate**2 - 4 * eps / curvature**2
    return math.sqrt(square) if square > 0 else 0.0


def amplitude_of_a_whole_step(learning_rate, curvature, eps):
    return max(learning_rate**2 - eps / curvature**2, 0) ** 0.5


def amplitude_unclamped(learning_rate, curvature, eps):
    return np.sqrt(learning_rate**2 / 4 - eps / curvature**2)


def amplitude_by_python_power(learning_rate, curvature, eps):
    return 0.5 * (learning_rate * learning_rate - 4 * eps / curvature**2) ** (1 / 2)


def amplitude_curvature_once(learning_rate, curvature, eps):
    return np.sqrt(max(0, learning_rate**2 / 4 - eps / curvature))


def amplitude_left_squared(learning_rate, curvature, eps):
    return max(0, learning_rate * learning_rate / 4 - eps / curvature / curvature)


def amplitude_wrong_place_of_eps(learning_rate, curvature, eps):
    return max(0, (curvature * learning_rate / 2 - eps) / curvature)


def amplitude_for_curvature_one(learning_rate, curvature, eps):
    return amplitude_by_cases(learning_rate, 1, eps)


RIGHT = {
    "steps-when-turned": [
        turned_as_in_lesson,
        turned_searched_backward,
        turned_in_a_loop,
        turned_with_start_by_hand,
    ],
    "momentum-map": [
        map_as_in_lesson,
        map_in_two_loops,
        map_row_by_row,
        map_the_other_way_around,
        map_by_a_loop_of_its_own,
    ],
    "amplitude": [
        amplitude_clamped,
        amplitude_by_cases,
        amplitude_from_the_gradient,
        amplitude_nan_replaced,
        amplitude_simulated,
    ],
}

WRONG = {
    "steps-when-turned": {
        turned_by_degrees: "the angle is not in radians",
        turned_from_a_fixed_start: "the start does not turn",
        turned_until_first_below: "the first time below",
        turned_by_rmsprop_only: "hard-coded optimizer",
        turned_at_the_printed_rate: "hard-coded learning_rate",
        turned_by_the_printed_angle: "hard-coded degrees",
        turned_with_curvatures_exchanged: "turned the wrong way",
        turned_for_300_steps: "too few steps",
        turned_all_losses: "all losses instead of a number of steps",
        turned_until_the_last_above: "one step early",
        turned_by_descent_only: "hard-coded optimizer",
    },
    "momentum-map": {
        map_transposed: "rates and masses are swapped",
        map_of_first_times: "the first time below",
        map_of_the_last_loss: "the last loss instead of a number of steps",
        map_with_300_for_never: "300 where it never gets there",
        map_on_beale: "another surface",
        map_copied_from_above: "RMSProp with the masses as its decay",
        map_at_one_mass: "hard-coded masses",
        map_of_longer_runs: "too many steps",
        map_counted_from_one: "one step late",
    },
    "amplitude": {
        amplitude_without_eps: "ε is left out",
        amplitude_end_to_end: "from end to end",
        amplitude_of_a_whole_step: "η instead of half of it",
        amplitude_unclamped: "nan where it converges",
        amplitude_by_python_power: "a complex amplitude",
        amplitude_curvature_once: "the curvature is not squared",
        amplitude_left_squared: "the root is missing",
        amplitude_wrong_place_of_eps: "ε outside the root",
        amplitude_for_curvature_one: "hard-coded curvature",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_degrees_taken_for_radians_are_shown_on_the_first_run():
    result = check("steps-when-turned", turned_by_degrees, record=False)
    assert result.evidence == (
        "optimizer = rmsprop, learning_rate = 0.003, degrees = 30",
        "606",
        "770",
    )


def test_forgotten_eps_is_shown_where_it_counts():
    result = check("amplitude", amplitude_without_eps, record=False)
    assert result.evidence == ("learning_rate = 1, curvature = 2, eps = 0.64", "0.3", "0.5")


def test_root_that_raises_is_shown_with_the_curvature_that_made_it_negative():
    def by_math(learning_rate, curvature, eps):
        return math.sqrt(learning_rate**2 / 4 - eps / curvature**2)

    result = check("amplitude", by_math, record=False)
    assert not result.passed
    assert "ValueError" in result.message
    assert "curvature = 0.1" in result.evidence.given
