"""Assignment 1: right averages pass in every style, and each mistake loses the points it should."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import pytest
from assignment_runs import judged

from rmsprop_course.checks.lesson_02_half_life import wrong_decays
from rmsprop_course.checks.lesson_02_moving_average import wrong_moving_averages

NAME = "1_moving_average"
SEEDS = [None, 1, 2]
SIGNALS, GAPS, WEIGHTS, RESPONSE = TESTS = [
    "test-each-signal",
    "test-missing-values",
    "test-weights-of-values",
    "test-decay-that-covers",
]
CELLS = {
    SIGNALS: ("moving-averages", "moving_averages"),
    WEIGHTS: ("weights-of-values", "weights_of_values"),
    RESPONSE: ("decay-that-covers", "decay_that_covers"),
}

Attempt = Callable[..., Any]

failed = partial(judged, NAME, CELLS)


# --- Right, in every style ---


def averages_by_row(values, decay):
    newest, averages = np.zeros(values.shape[1]), []
    for row in values:
        newest = np.where(np.isnan(row), newest, decay * newest + (1 - decay) * row)
        averages.append(newest)
    return averages


def averages_by_number(values, decay):
    n_steps, n_signals = values.shape
    averages = np.empty((n_steps, n_signals))
    for signal in range(n_signals):
        newest = 0
        for step in range(n_steps):
            if not np.isnan(values[step, signal]):
                newest = decay * newest + (1 - decay) * values[step][signal]
            averages[step, signal] = newest
    return averages


def averages_in_place(values, decay):
    newest = 0 * np.nan_to_num(values[0])
    for step in range(len(values)):
        seen = ~np.isnan(values[step])
        newest[seen] += (1 - decay) * (values[step, seen] - newest[seen])
        values[step] = newest
    return values


def averages_in_float32(values, decay):
    return np.array(averages_by_row(values.astype(np.float32), np.float32(decay)), np.float32)


def averages_in_lists(values, decay):
    columns = [averages_by_number(column[:, None], decay).ravel().tolist() for column in values.T]
    return [list(row) for row in zip(*columns, strict=True)]


def averages_that_fill_gaps_with_themselves(values, decay):
    newest, averages = np.zeros(values.shape[1]), ()
    for row in values:
        newest = decay * newest + (1 - decay) * np.where(np.isnan(row), newest, row)
        averages += (newest,)
    return averages


def averages_by_weights(values, decay):
    seen = ~np.isnan(values)
    powers = decay ** (seen.sum(axis=0) - np.cumsum(seen, axis=0))
    sums = np.cumsum(np.where(seen, (1 - decay) * powers * values, 0.0), axis=0)
    return sums / powers


def averages_in_one_array(values, decay):
    newest, averages = np.zeros(values.shape[1]), np.zeros_like(values)
    for step, row in enumerate(values):
        newest *= np.where(np.isnan(row), 1, decay)
        newest += (1 - decay) * np.nan_to_num(row)
        averages[step] = newest
    return averages


def averages_by_recursion(values, decay):
    *before, row = values
    averages = averages_by_recursion(before, decay) if before else []
    last = averages[-1] if before else np.zeros(len(row))
    return [*averages, np.where(np.isnan(row), last, decay * last + (1 - decay) * row)]


def averages_by_accumulation(values, decay):
    def follow(average, value):
        return average if value != value else decay * average + (1 - decay) * value

    rows = np.vstack([np.zeros(values.shape[1]), values]).astype(object)
    with np.errstate(invalid="ignore"):
        return np.frompyfunc(follow, 2, 1).accumulate(rows, axis=0)[1:]


def averages_of_a_generator(values, decay):
    def follow(signal):
        average = 0.0
        for value in signal:
            average = average if np.isnan(value) else average + (1 - decay) * (value - average)
            yield average

    return np.array([list(follow(signal)) for signal in values.T]).T


class Averages:
    """An object that can be called, and keeps its average in itself."""

    def __call__(self, values, decay):
        self.average = np.zeros(values.shape[1])
        return np.array([self.after(row, decay).copy() for row in values])

    def after(self, row, decay):
        news = decay * self.average + (1 - decay) * row
        np.copyto(self.average, news, where=~np.isnan(row))
        return self.average


def weights_by_recursion(n_steps, decay):
    weights = []
    for _ in range(n_steps):
        weights = [decay * weight for weight in weights] + [1 - decay]
    return weights


def weights_of_unit_signals(n_steps, decay):
    return averages_by_row(np.eye(n_steps), decay)[-1]


def by_halving(share, n_steps):
    low, high = 0.0, 1.0
    for _ in range(30):
        decay = (low + high) / 2
        covered = averages_by_row(np.ones((n_steps, 1)), decay)[-1][0]
        low, high = (decay, high) if covered > share else (low, decay)
    return low


RIGHT = [
    *(
        (SIGNALS, attempt)
        for attempt in (
            averages_by_row,
            averages_by_number,
            averages_in_place,
            averages_in_float32,
            averages_in_lists,
            averages_that_fill_gaps_with_themselves,
            averages_by_weights,
            averages_in_one_array,
            averages_by_recursion,
            averages_by_accumulation,
            averages_of_a_generator,
            Averages(),
        )
    ),
    (WEIGHTS, weights_by_recursion),
    (WEIGHTS, weights_of_unit_signals),
    (WEIGHTS, lambda n, decay: ((1 - decay) * np.float32(decay) ** np.arange(n))[::-1]),
    (WEIGHTS, lambda n, decay: tuple((1 - decay) * decay ** (n - k) for k in range(1, n + 1))),
    (WEIGHTS, lambda n, decay: np.diff(decay ** np.arange(n + 1)[::-1])),
    (WEIGHTS, lambda n, decay: np.cumprod([1 - decay] + [decay] * (n - 1))[::-1]),
    (RESPONSE, by_halving),
    (RESPONSE, lambda share, n: np.exp(np.log1p(-share) / n)),
    (RESPONSE, lambda share, n: np.float32((1 - share) ** (1 / n))),
    (RESPONSE, lambda share, n: np.array([(1 - share) ** (1 / n)])),
    (RESPONSE, lambda share, n: np.roots([1, *[0] * (n - 1), share - 1]).real.max()),
]


@pytest.mark.parametrize(("test", "attempt"), RIGHT)
def test_right_answer_passes(test: str, attempt: Attempt) -> None:
    for seed in SEEDS:
        assert failed(test, attempt, seed) == {}


# --- Wrong, and which points that costs ---


def of_columns(attempt: Attempt) -> Attempt:
    """What somebody with a misconception about one signal does with many."""
    return lambda values, decay: np.array([attempt(column, decay) for column in values.T]).T


def right(values, decay):
    return np.array(averages_by_row(values, decay))


def shared(values, decay):
    mean = np.nanmean(values, axis=1, keepdims=True)
    return right(np.broadcast_to(mean, values.shape), decay)


WRONG_AXES = {
    "along the wrong axis": lambda values, decay: right(values.T, decay).T,
    "rows and columns swapped": lambda values, decay: right(values, decay).T,
    "one average runs through all signals": lambda values, decay: right(
        values.reshape(-1, 1), decay
    ).reshape(values.shape),
    "all signals share the average of their mean": shared,
    "one average of the mean": lambda values, decay: shared(values, decay)[:, 0],
    "only the first signal": lambda values, decay: right(values[:, :1], decay),
    "flattened": lambda values, decay: right(values, decay).ravel(),
    "steps backward": lambda values, decay: right(values[::-1], decay)[::-1],
    "nothing returned": lambda values, decay: None,
}


class Remembering:
    """Goes on with the average of the last call that had as many signals."""

    def __init__(self) -> None:
        self.averages: dict[int, Any] = {}

    def __call__(self, values, decay):
        newest, rows = self.averages.setdefault(values.shape[1], np.zeros(values.shape[1])), []
        for row in values:
            newest[...] = np.where(np.isnan(row), newest, decay * newest + (1 - decay) * row)
            rows.append(newest.copy())
        return np.array(rows)


def all_rows_are_one(values, decay):
    newest, rows = np.zeros(values.shape[1]), []
    for row in values:
        newest[...] = np.where(np.isnan(row), newest, decay * newest + (1 - decay) * row)
        rows.append(newest)
    return np.array(rows)


def going_on(values, decay):
    columns = right(values.T.reshape(-1, 1), decay).reshape(values.T.shape)
    return columns.T


WRONG_SHAPES = {
    "it goes on from the last call": Remembering(),
    "all rows are one array": all_rows_are_one,
    "one signal goes on from another": going_on,
    "only two signals": lambda values, decay: right(
        values * [1, 1, 0, 0][: values.shape[1]], decay
    ),
    "v₀ in front": lambda values, decay: right(values, decay)[[0, *range(len(values))]],
    "whole numbers": lambda values, decay: right(values, decay).astype(int),
    "a value below 0 is missing": lambda values, decay: right(
        np.where(values < 0, np.nan, values), decay
    ),
}

WRONG_AVERAGES = {
    **{wrong.name: of_columns(wrong.attempt) for wrong in wrong_moving_averages()},
    **WRONG_AXES,
    **WRONG_SHAPES,
}


def after_gaps(instead: Callable[[Any, Any, Any, Any], Any]) -> Attempt:
    """Averages in which a gap leaves `instead`, of the old average, γ, the row before, all rows."""

    def averages(values, decay):
        newest, before, rows = np.zeros(values.shape[1]), np.zeros(values.shape[1]), []
        for row in values:
            in_gap = instead(newest, decay, before, values)
            newest = np.where(np.isnan(row), in_gap, decay * newest + (1 - decay) * row)
            before = np.where(np.isnan(row), before, row)
            rows.append(newest)
        return np.array(rows)

    return averages


def shorter(values, decay):
    return right(values[~np.isnan(values).any(axis=1)], decay)


def all_stopped(values, decay):
    holes = np.isnan(values).any(axis=1, keepdims=True)
    return right(np.where(holes, np.nan, values), decay)


def shown_as_gaps(values, decay):
    return np.where(np.isnan(values), np.nan, right(values, decay))


def weighed_by_time(values, decay):
    newest, waited, rows = np.zeros(values.shape[1]), np.ones(values.shape[1]), []
    for row in values:
        keep = decay**waited
        newest = np.where(np.isnan(row), newest, keep * newest + (1 - keep) * row)
        waited = np.where(np.isnan(row), waited + 1, 1)
        rows.append(newest)
    return np.array(rows)


def added_late(values, decay):
    """A gap that opens the signal makes it start at the first value."""
    newest, rows = np.full(values.shape[1], np.nan), []
    for step, row in enumerate(values):
        newest = np.where(np.isnan(newest) & (step > 0), row, newest)
        seen = decay * np.nan_to_num(newest) + (1 - decay) * row
        newest = np.where(np.isnan(row), newest, seen)
        rows.append(np.nan_to_num(newest))
    return np.array(rows)


def filled_between(values, decay):
    steps, filled = np.arange(len(values)), values.copy()
    for signal in filled.T:
        gaps = np.isnan(signal)
        signal[gaps] = np.interp(steps[gaps], steps[~gaps], signal[~gaps])
    return right(filled, decay)


def only_the_first_gap(values, decay):
    gaps = np.isnan(values)
    again = gaps & np.vstack([gaps[:1] & False, gaps[:-1]])
    return right(np.where(again, 0.0, values), decay)


def filled_from_others(values, decay):
    gaps = np.isnan(values)
    shown = np.where(gaps.all(axis=1, keepdims=True), np.nan, np.nan_to_num(values))
    means = shown.sum(axis=1, keepdims=True) / np.maximum(1, (~gaps).sum(axis=1, keepdims=True))
    return right(np.where(gaps, means, values), decay)


WRONG_GAPS = {
    "a gap is filled between its neighbors": filled_between,
    "the second gap in a row counts as 0": only_the_first_gap,
    "a gap is filled with the other signals": filled_from_others,
    "a gap counts as 0": after_gaps(lambda v, decay, before, values: decay * v),
    "a gap starts the average anew": after_gaps(lambda v, decay, before, values: 0 * v),
    "a gap repeats the value before": after_gaps(
        lambda v, decay, before, values: decay * v + (1 - decay) * before
    ),
    "a gap sets the average to the value before": after_gaps(lambda v, d, before, values: before),
    "a gap is filled with the mean": after_gaps(
        lambda v, decay, before, values: (
            decay * v + (1 - decay) * np.nan_to_num(np.nanmean(values, axis=0))
        )
    ),
    "a gap stays for ever": of_columns(
        lambda column, decay: [
            sum((1 - decay) * decay**k * column[t - k] for k in range(t + 1))
            for t in range(len(column))
        ]
    ),
    "a gap shows in the averages": shown_as_gaps,
    "a gap stops all signals": all_stopped,
    "steps with a gap are left out": shorter,
    "a gap lets the past fade more": weighed_by_time,
    "a gap at the start is started after": added_late,
}


def of_half_life(attempt: Attempt) -> Attempt:
    """What somebody with a misconception about the half-life does with another share."""
    return lambda share, n: attempt(n * np.log(0.5) / np.log(1 - share))


WRONG_RESPONSES = {
    **{wrong.name: of_half_life(wrong.attempt) for wrong in wrong_decays()},
    "the share that is left": lambda share, n: share ** (1 / n),
    "half of the jump": lambda share, n: 0.5 ** (1 / n),
    "one more step": lambda share, n: (1 - share) ** (1 / (n + 1)),
    "one step fewer": lambda share, n: (1 - share) ** (1 / (n - 1)),
    "a root too many": lambda share, n: 1 - share ** (1 / n),
    "the share itself": lambda share, n: share,
    "a step's share": lambda share, n: 1 - share / n,
    "the power is not inverted": lambda share, n: (1 - share) ** n,
    "a quotient": lambda share, n: (1 - share) / n,
    "the logarithm": lambda share, n: np.log(1 - share) / n,
    "to 1/e": lambda share, n: np.exp(-1 / n),
    "the other root": lambda share, n: -((1 - share) ** (1 / n)),
    "a whole-number root": lambda share, n: (1 - share) ** (1 // n),
    "of a grid": lambda share, n: np.round((1 - share) ** (1 / n), 4),
    "two digits": lambda share, n: round((1 - share) ** (1 / n), 2),
    "three digits": lambda share, n: round((1 - share) ** (1 / n), 3),
}


def falling(n_steps, decay):
    return (1 - decay) * decay ** np.arange(n_steps)[::-1]


WRONG_WEIGHTS = {
    "newest first": lambda n, decay: falling(n, decay)[::-1],
    "γ and 1 - γ swapped": lambda n, decay: falling(n, 1 - decay),
    "1 - γ is missing": lambda n, decay: falling(n, decay) / (1 - decay),
    "they sum to 1": lambda n, decay: falling(n, decay) / falling(n, decay).sum(),
    "a step older": lambda n, decay: decay * falling(n, decay),
    "a step younger": lambda n, decay: falling(n, decay) / decay,
    "v₀ in front": lambda n, decay: [decay**n, *falling(n, decay)],
    "v₀ in place of the oldest": lambda n, decay: [decay**n, *falling(n, decay)[1:]],
    "the oldest value as v₀": lambda n, decay: [decay ** (n - 1), *falling(n, decay)[1:]],
    "all alike": lambda n, decay: np.ones(n) / n,
    "in a straight line": lambda n, decay: (1 - decay) * np.linspace(decay, 1, n),
    "one fewer": lambda n, decay: falling(n, decay)[1:],
    "summed up": lambda n, decay: np.cumsum(falling(n, decay)),
    "only the oldest": lambda n, decay: falling(n, decay)[0],
    "squared": lambda n, decay: falling(n, decay) ** 2,
    "γ times the age": lambda n, decay: (1 - decay) * decay * np.arange(1, n + 1)[::-1],
    "hard-coded γ": lambda n, decay: falling(n, 0.9),
    "hard-coded γ of the visible test": lambda n, decay: falling(n, 0.5),
    "hard-coded number of steps": lambda n, decay: falling(5, decay),
    "whole numbers": lambda n, decay: np.trunc(falling(n, decay)),
}

WRONG = [
    *((SIGNALS, {SIGNALS, GAPS}, *named) for named in WRONG_AVERAGES.items()),
    *((SIGNALS, {GAPS}, *named) for named in WRONG_GAPS.items()),
    *((WEIGHTS, {WEIGHTS}, *named) for named in WRONG_WEIGHTS.items()),
    *((RESPONSE, {RESPONSE}, *named) for named in WRONG_RESPONSES.items()),
]


@pytest.mark.filterwarnings("ignore")  # a wrong answer may divide by 0
@pytest.mark.parametrize(("test", "loses", "name", "attempt"), WRONG)
def test_wrong_answer_loses_the_points_of_its_task_and_no_others(
    test: str, loses: set[str], name: str, attempt: Attempt
) -> None:
    for seed in SEEDS:
        assert set(failed(test, attempt, seed)) == loses


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("test", CELLS)
def test_visible_tests_help_but_do_not_decide(test: str) -> None:
    wrong = [attempt for about, _, _, attempt in WRONG if about == test]
    caught = sum(bool(failed(test, attempt, hidden=False)) for attempt in wrong)
    assert len(wrong) / 4 < caught < len(wrong)


@pytest.mark.parametrize(
    ("test", "attempt", "said"),
    [
        (SIGNALS, WRONG_AVERAGES["γ and 1 - γ swapped"], "γ and 1 - γ are swapped"),
        (SIGNALS, WRONG_AVERAGES["1 - γ is missing"], "the averages are 4 and 0.5 after step 1"),
        (SIGNALS, WRONG_AVERAGES["starts at the first value"], "yours: [[8.0, 1.0], [4.0, 1.0]]"),
        (SIGNALS, WRONG_AXES["rows and columns swapped"], "yours: [[4.0, 2.0], [0.5, 0.75]]"),
        (SIGNALS, WRONG_AXES["nothing returned"], "a row for each step, a column for each signal"),
        (GAPS, WRONG_GAPS["a gap counts as 0"], "8, nan, 0 give 4, 4, 2; yours: [4.0, 2.0, 1.0]"),
        (GAPS, WRONG_GAPS["a gap stops all signals"], "a gap in one signal stops the others"),
        (WEIGHTS, WRONG_WEIGHTS["newest first"], "x₁, the oldest, has weight 0.25"),
        (WEIGHTS, WRONG_WEIGHTS["γ and 1 - γ swapped"], "γ and 1 - γ are swapped"),
        (WEIGHTS, WRONG_WEIGHTS["v₀ in front"], "one weight for each of the 2 values"),
        (
            RESPONSE,
            WRONG_RESPONSES["the share that is left"],
            "your γ = 0.8660 the average is 0.25",
        ),
        (GAPS, only_the_first_gap, "where gaps come first, or one after another"),
        (RESPONSE, WRONG_RESPONSES["of a grid"], "close, but not to five decimals"),
        (RESPONSE, WRONG_RESPONSES["the other root"], "wrong γ for another share"),
    ],
)
def test_message_names_the_mistake(test: str, attempt: Attempt, said: str) -> None:
    task = SIGNALS if test == GAPS else test
    assert said in failed(task, attempt)[test]
