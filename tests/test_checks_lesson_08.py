"""Lesson 08: right tunings and formulas pass in every style, and learners' mistakes are named."""

import math

import numpy as np
import pytest
from attempts import rights_pass, wrongs_are_named

from rmsprop_course.checks import check
from rmsprop_course.tuning import best_rate

# --- Tune under a budget ---


def tune_with_arrays(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    losses = np.array([[run(rate, seed) for seed in range(n_seeds)] for rate in rates])
    means = losses.mean(axis=1)
    return rates[np.argmin(np.where(np.isfinite(means), means, np.inf))]


def tune_in_a_loop(run, low, high, n_runs, n_seeds):
    n_rates = n_runs // n_seeds
    best, lowest = None, math.inf
    for i in range(n_rates):
        rate = low * (high / low) ** (i / (n_rates - 1))
        mean = sum(run(rate, seed) for seed in range(n_seeds)) / n_seeds
        if mean < lowest:
            best, lowest = rate, mean
    return best


def tune_by_the_library(run, low, high, n_runs, n_seeds, **unused):
    rates = np.logspace(np.log10(low), np.log10(high), n_runs // n_seeds)
    losses = [[run(rate, seed) for seed in range(n_seeds)] for rate in rates]
    return np.float32(best_rate(rates, losses).learning_rate)


def tune_seed_by_seed(run, low, high, n_runs, n_seeds):
    rates = list(np.geomspace(low, high, int(n_runs / n_seeds)))
    sums = [0.0 for _ in rates]
    for seed in range(n_seeds):
        for place, rate in enumerate(rates):
            sums[place] += run(rate, seed)
    return rates[np.nanargmin(sums)]


def tune_and_stop_a_rate_that_diverged(run, low, high, n_runs, n_seeds):
    means = {}
    for rate in np.geomspace(low, high, n_runs // n_seeds).tolist():
        losses = []
        for seed in range(n_seeds):
            losses.append(run(rate, seed))
            if math.isnan(losses[-1]):
                break
        else:
            means[rate] = np.mean(losses)
    return min(means, key=means.get)


def tune_on_a_line(run, low, high, n_runs, n_seeds):
    n_rates = n_runs // n_seeds
    rates = [low + i * (high - low) / (n_rates - 1) for i in range(n_rates)]
    return best_rate(rates, [[run(r, s) for s in range(n_seeds)] for r in rates]).learning_rate


def tune_between_exponents(run, low, high, n_runs, n_seeds):
    rates = 10 ** np.linspace(low, high, n_runs // n_seeds)
    means = [sum(run(rate, seed) for seed in range(n_seeds)) for rate in rates]
    return rates[np.argmin(np.where(np.isnan(means), np.inf, means))]


def tune_without_the_last(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds, endpoint=False)
    return best_rate(rates, [[run(r, s) for s in range(n_seeds)] for r in rates]).learning_rate


def tune_by_the_luckiest(run, low, high, n_runs, n_seeds):
    best, lowest = None, math.inf
    for rate in np.geomspace(low, high, n_runs // n_seeds):
        losses = [run(rate, seed) for seed in range(n_seeds)]
        if not any(map(math.isnan, losses)) and min(losses) < lowest:
            best, lowest = rate, min(losses)
    return best


def tune_with_nan_left_out(run, low, high, n_runs, n_seeds):
    means = {}
    for rate in np.geomspace(low, high, n_runs // n_seeds):
        losses = [loss for s in range(n_seeds) if not math.isnan(loss := run(rate, s))]
        means[rate] = sum(losses) / len(losses) if losses else math.inf
    return min(means, key=means.get)


def tune_with_a_bare_argmin(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    return rates[np.mean([[run(r, s) for s in range(n_seeds)] for r in rates], axis=1).argmin()]


def tune_with_one_seed(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs)
    losses = np.array([run(rate, 0) for rate in rates])
    return rates[np.nanargmin(losses)]


def tune_over_budget(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs)
    return best_rate(rates, [[run(r, s) for s in range(n_seeds)] for r in rates]).learning_rate


def tune_with_seed_zero_repeated(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    return best_rate(rates, [[run(r, 0) for _ in range(n_seeds)] for r in rates]).learning_rate


def tune_with_a_counter_for_a_seed(run, low, high, n_runs, n_seeds):
    rates, losses, seed = np.geomspace(low, high, n_runs // n_seeds), [], 0
    for rate in rates:
        losses.append([])
        for _ in range(n_seeds):
            losses[-1].append(run(rate, seed))
            seed += 1
    return best_rate(rates, losses).learning_rate


def tune_to_a_place(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    return best_rate(rates, [[run(r, s) for s in range(n_seeds)] for r in rates]).place


def tune_to_a_loss(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    return np.nanmin(np.mean([[run(r, s) for s in range(n_seeds)] for r in rates], axis=1))


def tune_with_three_seeds(run, low, high, n_runs, n_seeds):
    return tune_with_arrays(run, low, high, n_runs, 3)


def tune_by_medians(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    medians = [np.median([run(r, s) for s in range(n_seeds)]) for r in rates]
    return rates[np.nanargmin(medians)]


def tune_by_the_lowest_of_all(run, low, high, n_runs, n_seeds):
    best, lowest = None, math.inf
    for rate in np.geomspace(low, high, n_runs // n_seeds):
        for seed in range(n_seeds):
            loss = run(rate, seed)
            if loss < lowest:
                best, lowest = rate, loss
    return best


def tune_by_the_last_seed(run, low, high, n_runs, n_seeds):
    losses = {}
    for rate in np.geomspace(low, high, n_runs // n_seeds):
        for seed in range(n_seeds):
            losses[rate] = run(rate, seed)
    return min(losses, key=lambda rate: (math.isnan(losses[rate]), losses[rate]))


def tune_with_nan_to_num(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    losses = np.nan_to_num([[run(r, s) for s in range(n_seeds)] for r in rates])
    return rates[losses.mean(axis=1).argmin()]


def tune_with_rates_for_seeds(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_seeds)
    return best_rate(rates, [[run(r, s) for s in range(n_runs // n_seeds)] for r in rates])[0]


def tune_by_geometric_means(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    means = np.mean(np.log([[run(r, s) for s in range(n_seeds)] for r in rates]), axis=1)
    return rates[np.nanargmin(means)]


def tune_until_it_gets_worse(run, low, high, n_runs, n_seeds):
    best, lowest = None, math.inf
    for rate in np.geomspace(low, high, n_runs // n_seeds):
        mean = sum(run(rate, seed) for seed in range(n_seeds)) / n_seeds
        if not mean < lowest:
            break
        best, lowest = rate, mean
    return best


def tune_by_mean_and_spread(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds)
    losses = np.array([[run(r, s) for s in range(n_seeds)] for r in rates])
    return rates[np.nanargmin(losses.mean(axis=1) + losses.std(axis=1))]


def tune_without_the_first(run, low, high, n_runs, n_seeds):
    rates = np.geomspace(low, high, n_runs // n_seeds + 1)[1:]
    return best_rate(rates, [[run(r, s) for s in range(n_seeds)] for r in rates]).learning_rate


# --- Break it with ε ---


def eps_as_derived(frequency, n_classes, decay):
    return np.sqrt(1 - decay) * frequency * (1 - 1 / n_classes)


def eps_by_math(frequency, n_classes, decay):
    grad = -frequency * (n_classes - 1) / n_classes
    return math.sqrt((1 - decay) * grad**2)


def eps_searched(frequency, n_classes, decay):
    root = math.sqrt(1 - decay) * frequency * (1 - 1 / n_classes)
    low, high = 0.0, 1.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if root / (root + middle) > 0.5 else (low, middle)
    return high


def eps_in_float32(frequency, n_classes, decay):
    return np.float32(eps_as_derived(frequency, n_classes, decay))


def eps_of_the_gradient(frequency, n_classes, decay):
    return frequency - frequency / n_classes


def eps_without_the_root(frequency, n_classes, decay):
    return (1 - decay) * frequency * (1 - 1 / n_classes)


def eps_of_the_frequency(frequency, n_classes, decay):
    return math.sqrt(1 - decay) * frequency


def eps_of_a_wrong_class(frequency, n_classes, decay):
    return math.sqrt(1 - decay) * frequency * (1 / n_classes)


def eps_for_the_other_place(frequency, n_classes, decay):
    square_avg = (1 - decay) * (frequency * (1 - 1 / n_classes)) ** 2
    return 4 * square_avg - square_avg


def eps_that_is_v(frequency, n_classes, decay):
    return (1 - decay) * (frequency - frequency / n_classes) ** 2


def eps_with_its_sign(frequency, n_classes, decay):
    return math.sqrt(1 - decay) * frequency * (1 / n_classes - 1)


def eps_at_the_usual_decay(frequency, n_classes, decay):
    return 0.1**0.5 * frequency * (1 - 1 / n_classes)


def eps_if_the_frequency_were_guessed(frequency, n_classes, decay):
    return math.sqrt(1 - decay) * frequency * (1 - frequency)


# --- Another batch size ---


def scaled_as_derived(factor, learning_rate, decay, eps):
    return learning_rate * factor**0.5, 1 - factor * (1 - decay), eps / factor**0.5


def scaled_by_math(factor, learning_rate, decay, eps):
    root = math.sqrt(factor)
    return [root * learning_rate, 1 - factor + factor * decay, eps / root]


def scaled_in_float32(factor, learning_rate, decay, eps):
    return tuple(map(np.float32, scaled_as_derived(factor, learning_rate, decay, eps)))


def scaled_as_an_array(factor, learning_rate, decay, eps):
    root = np.sqrt(factor)
    return tuple(np.array([learning_rate * root, 1 - root**2 * (1 - decay), eps / root]))


def scaled_in_float32_all_the_way(factor, learning_rate, decay, eps):
    one, factor, learning_rate, decay, eps = map(np.float32, (1, factor, learning_rate, decay, eps))
    root = np.sqrt(factor)
    return learning_rate * root, one - factor * (one - decay), eps / root


def scaled_by_the_newest_weight(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, 1 - (1 - decay) ** factor, eps / math.sqrt(factor)


def scaled_as_gradient_descent(factor, learning_rate, decay, eps):
    return factor * learning_rate, decay, eps


def scaled_linearly(factor, learning_rate, decay, eps):
    return factor * learning_rate, 1 - factor * (1 - decay), eps / math.sqrt(factor)


def scaled_by_a_power(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, decay**factor, eps / math.sqrt(factor)


def scaled_with_old_decay(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, decay, eps / math.sqrt(factor)


def scaled_with_old_eps(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, 1 - factor * (1 - decay), eps


def scaled_as_inside(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, 1 - factor * (1 - decay), eps / factor


def scaled_to_more_memory(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, 1 - (1 - decay) / factor, eps / math.sqrt(factor)


def scaled_in_the_rate_alone(factor, learning_rate, decay, eps):
    return math.sqrt(factor) * learning_rate, decay, eps


def scaled_not_at_all(factor, learning_rate, decay, eps):
    return learning_rate, decay, eps


RIGHT = {
    "tune": [
        tune_with_arrays,
        tune_in_a_loop,
        tune_by_the_library,
        tune_seed_by_seed,
        tune_and_stop_a_rate_that_diverged,
    ],
    "eps-that-breaks": [eps_as_derived, eps_by_math, eps_searched, eps_in_float32],
    "scale-with-batch": [
        scaled_as_derived,
        scaled_by_math,
        scaled_in_float32,
        scaled_in_float32_all_the_way,
        scaled_as_an_array,
    ],
}

WRONG = {
    "tune": {
        tune_on_a_line: "a linear grid",
        tune_between_exponents: "the ends taken for exponents",
        tune_by_the_luckiest: "the best single run",
        tune_with_nan_left_out: "a diverged run is ignored",
        tune_with_a_bare_argmin: "a diverged run wins",
        tune_with_one_seed: "one seed and all rates",
        tune_over_budget: "more runs than the budget",
        tune_with_seed_zero_repeated: "the same seed again and again",
        tune_with_a_counter_for_a_seed: "other seeds for each rate",
        tune_to_a_place: "the place instead of the rate",
        tune_to_a_loss: "the loss instead of the rate",
        tune_with_three_seeds: "hard-coded n_seeds",
        tune_by_medians: "the median",
        tune_by_the_lowest_of_all: "the lowest of all runs",
        tune_by_the_last_seed: "only the last seed counts",
        tune_with_nan_to_num: "a diverged run counts as 0",
        tune_with_rates_for_seeds: "rates and seeds exchanged",
    },
    "eps-that-breaks": {
        eps_of_the_gradient: "the average as if it had settled",
        eps_without_the_root: "1 - γ without its root",
        eps_of_the_frequency: "the first guess is left out",
        eps_of_a_wrong_class: "the weight of another class",
        eps_for_the_other_place: "ε inside the root",
        eps_that_is_v: "the average instead of its root",
        eps_with_its_sign: "a negative ε",
        eps_at_the_usual_decay: "hard-coded decay",
        eps_if_the_frequency_were_guessed: "the frequency as first guess",
    },
    "scale-with-batch": {
        scaled_linearly: "the linear rule",
        scaled_by_a_power: "γ to the power of k",
        scaled_with_old_decay: "the decay stays",
        scaled_with_old_eps: "ε stays",
        scaled_as_inside: "ε as inside the root",
        scaled_to_more_memory: "1 - γ divided by k",
        scaled_in_the_rate_alone: "the learning rate alone",
        scaled_not_at_all: "nothing is scaled",
        scaled_by_the_newest_weight: "1 - γ to the power of k",
        scaled_as_gradient_descent: "the linear rule alone",
    },
}


test_right_attempt_passes = rights_pass(RIGHT)
test_wrong_attempt_is_named = wrongs_are_named(WRONG)


def test_a_grid_without_its_upper_end_does_not_pass():
    result = check("tune", tune_without_the_last, record=False)
    assert not result.passed
    assert result.misconception in {"the upper end is left out", None}


@pytest.mark.parametrize(
    "attempt",
    [
        tune_by_geometric_means,
        tune_until_it_gets_worse,
        tune_by_mean_and_spread,
        tune_without_the_first,
    ],
)
def test_a_rare_mistake_fails_and_is_given_no_name_that_is_not_its_own(attempt):
    result = check("tune", attempt, record=False)
    assert not result.passed
    assert result.misconception is None, result


def test_overspending_is_shown_even_where_the_rate_is_right():
    def tuned_twice(run, low, high, n_runs, n_seeds):
        tune_with_arrays(run, low, high, n_runs, n_seeds)
        return tune_with_arrays(run, low, high, n_runs, n_seeds)

    result = check("tune", tuned_twice, record=False)
    assert not result.passed
    assert result.evidence.expected == "learning_rate = 0.1, wasted_runs = 0"
    assert result.evidence.got == "learning_rate = 0.1, wasted_runs = 10"


def test_untouched_skeletons_are_not_attempted():
    skeletons = {
        "tune": lambda run, low, high, n_runs, n_seeds: ...,
        "eps-that-breaks": lambda frequency, n_classes, decay: ...,
        "scale-with-batch": lambda factor, learning_rate, decay, eps: ...,
    }
    for exercise, skeleton in skeletons.items():
        assert check(exercise, skeleton, record=False).message == "not attempted"


def test_what_returns_nothing_is_told_so():
    def forgets(run, low, high, n_runs, n_seeds):
        tune_with_arrays(run, low, high, n_runs, n_seeds)

    assert "return" in check("tune", forgets, record=False).message


def test_a_scaled_decay_is_shown_with_the_first_probe():
    result = check("scale-with-batch", scaled_by_a_power, record=False)
    assert result.evidence == (
        "factor = 4, learning_rate = 0.01, decay = 0.9, eps = 0.01",
        "learning_rate = 0.02, decay = 0.6, eps = 0.005",
        "learning_rate = 0.02, decay = 0.6561, eps = 0.005",
    )
