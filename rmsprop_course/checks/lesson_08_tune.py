"""Exercise `tune` of lesson 08: spend a budget of runs on a grid of rates, and choose.

What an attempt tunes here is no network but a formula, so that its runs cost nothing.
"""

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmsprop_course.checks._exercise import Material, Misconception, Probe
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._trial import Trial

Run = Callable[[float, int], float]
Array = NDArray[Any]


def _table(run: Run, rates: Any, seeds: Any) -> Array:
    return np.array([[run(rate, seed) for seed in seeds] for rate in rates])


def _finite(losses: Array, instead: float = np.inf) -> Array:
    return np.where(np.isfinite(losses), losses, instead)


def _means(losses: Array) -> Array:
    """Return the mean of each rate; infinity if one of its runs diverged."""
    return _finite(losses.mean(axis=1))


def _tune(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
    rates = np.geomspace(low, high, n_runs // n_seeds)
    return rates[np.argmin(_means(_table(run, rates, range(n_seeds))))]


def _by_losses(choose: Callable[[Array, Array], Any]) -> Callable[..., Any]:
    """Return an attempt with the right grid that makes something else of the losses."""

    def attempt(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
        rates = np.geomspace(low, high, n_runs // n_seeds)
        return choose(rates, _table(run, rates, range(n_seeds)))

    return attempt


def _by_grid(grid: Callable[[Any, Any, int], Array]) -> Callable[..., Any]:
    """Return an attempt that looks at other rates."""

    def attempt(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
        rates = grid(low, high, n_runs // n_seeds)
        return rates[np.argmin(_means(_table(run, rates, range(n_seeds))))]

    return attempt


def _by_seeds(seeds: Callable[[int, int], Any]) -> Callable[..., Any]:
    """Return an attempt whose seeds are others, given the place of a rate and their number."""

    def attempt(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
        rates = np.geomspace(low, high, n_runs // n_seeds)
        rows = [_table(run, [rate], seeds(i, n_seeds))[0] for i, rate in enumerate(rates)]
        return rates[np.argmin(_means(np.array(rows)))]

    return attempt


def _for_each(n_rates: Callable[[int, int], int], n_seeds_of: Callable[[int], int]) -> Any:
    """Return an attempt that shares the budget out in another way."""

    def attempt(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
        rates = np.geomspace(low, high, n_rates(n_runs, n_seeds))
        return rates[np.argmin(_means(_table(run, rates, range(n_seeds_of(n_seeds)))))]

    return attempt


def _instead(name: str, value: Any) -> Callable[..., Any]:
    def attempt(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
        given = {"low": low, "high": high, "n_runs": n_runs, "n_seeds": n_seeds}
        return _tune(run, **{**given, name: value})

    return attempt


def _rates_for_seeds(run: Run, low: Any, high: Any, n_runs: int, n_seeds: int) -> Any:
    return _tune(run, low, high, n_runs, n_runs // n_seeds)


def _lowest_or_last(rates: Array, losses: Array) -> Any:
    """Take a rate with nan for the best one, as `np.argmin` does."""
    return rates[np.argmin(losses.mean(axis=1))]


_TUNED_WRONGLY = (
    Misconception(
        "a linear grid",
        "The rates lie at equal distances; most of them then share the highest power of ten.",
        "How many of your rates are below a tenth of the highest one?",
        _by_grid(np.linspace),
    ),
    Misconception(
        "the ends taken for exponents",
        "`low` and `high` are rates; here they are taken for powers of ten.",
        "Print your grid: is its first rate `low`?",
        _by_grid(np.logspace),
    ),
    Misconception(
        "the upper end is left out",
        "The grid stops below `high`; both ends belong to it.",
        "Print your grid: is its last rate `high`?",
        _by_grid(lambda low, high, n: np.geomspace(low, high, n + 1)[:-1]),
    ),
    Misconception(
        "the highest loss",
        "It returns the rate that does worst; a loss should be low.",
        "Of two losses, which one is the better?",
        _by_losses(lambda rates, losses: rates[np.argmax(_finite(losses.mean(axis=1), -np.inf))]),
    ),
    Misconception(
        "the best single run",
        "It takes the rate of the luckiest run; asked for is the lowest mean over the seeds.",
        "If a rate does well with one seed and badly with the others, do you want it?",
        _by_losses(lambda rates, losses: rates[np.argmin(_finite(np.min(losses, axis=1)))]),
    ),
    Misconception(
        "the lowest of all runs",
        "It takes the rate of the lowest single run, even where another run of that rate diverged.",
        "How many losses of a rate decide whether it is kept as the best?",
        _by_losses(lambda rates, losses: rates[np.nanargmin(losses) // losses.shape[1]]),
    ),
    Misconception(
        "the best worst run",
        "It compares the worst seed of each rate; asked for is the mean over the seeds.",
        "Which of the runs of a rate count in your choice?",
        _by_losses(lambda rates, losses: rates[np.argmin(_finite(np.max(losses, axis=1)))]),
    ),
    Misconception(
        "the median",
        "It compares medians; asked for is the mean over the seeds, in which a failed run counts.",
        "What does one very high loss among three change in your measure?",
        _by_losses(lambda rates, losses: rates[np.argmin(_finite(np.median(losses, axis=1)))]),
    ),
    Misconception(
        "a diverged run is ignored",
        "It leaves nan out of the mean, so that a rate is judged by the seeds that went well.",
        "Would you want a rate with which every third run diverges?",
        _by_losses(lambda rates, losses: rates[np.nanargmin(np.nanmean(losses, axis=1))]),
    ),
    Misconception(
        "a diverged run wins",
        "For `np.argmin`, nan is lower than every number; such a rate should be out.",
        "What does `np.argmin([0.1, np.nan])` return?",
        _by_losses(_lowest_or_last),
    ),
    Misconception(
        "a diverged run counts as 0",
        "`np.nan_to_num` turns nan into 0, the best of all losses; such a rate should be out.",
        "What does `np.nan_to_num(np.nan)` return, and is that a good loss?",
        _by_losses(lambda rates, losses: rates[np.argmin(_finite(losses, 0.0).mean(axis=1))]),
    ),
    Misconception(
        "the loss instead of the rate",
        "It returns how low the loss gets; asked for is the learning rate that gets it there.",
        "In which units is your result: nats, or a learning rate?",
        _by_losses(lambda rates, losses: _means(losses).min()),
    ),
    Misconception(
        "the place instead of the rate",
        "It returns where in the grid the best rate stands; asked for is the rate itself.",
        "What does `np.argmin` return?",
        _by_losses(lambda rates, losses: np.argmin(_means(losses))),
    ),
    Misconception(
        "only the first seed counts",
        "It runs every seed and compares the first one alone.",
        "Which of the runs of a rate count in your choice?",
        _by_losses(lambda rates, losses: rates[np.argmin(_finite(losses[:, 0]))]),
    ),
    Misconception(
        "only the last seed counts",
        "Each run's loss replaces the one before it, so that only the last seed is compared.",
        "After the inner loop, how many losses of a rate do you still have?",
        _by_losses(lambda rates, losses: rates[np.argmin(_finite(losses[:, -1]))]),
    ),
    Misconception(
        "rates and seeds exchanged",
        "It looks at `n_seeds` rates and runs each `n_runs // n_seeds` times: the other way round.",
        "Print your grid: how many rates are in it, and with how many seeds is each one run?",
        _rates_for_seeds,
    ),
    Misconception(
        "one seed and all rates",
        "It spends the whole budget on rates and runs each of them once.",
        "How many runs does each rate get?",
        _for_each(lambda n_runs, n_seeds: n_runs, lambda n_seeds: 1),
    ),
    Misconception(
        "more runs than the budget",
        "It looks at `n_runs` rates and runs each with every seed: `n_seeds` times the budget.",
        "Count the calls of `run`: how many are there?",
        _for_each(lambda n_runs, n_seeds: n_runs, lambda n_seeds: n_seeds),
    ),
    Misconception(
        "seeds that begin at 1",
        "It uses the seeds 1 to `n_seeds`; asked for are 0 to `n_seeds` - 1.",
        "Print the seeds that you hand to `run`.",
        _by_seeds(lambda place, n_seeds: range(1, n_seeds + 1)),
    ),
    Misconception(
        "the same seed again and again",
        "All runs of a rate have seed 0, so they are one and the same run.",
        "Print the seeds that you hand to `run`.",
        _by_seeds(lambda place, n_seeds: [0] * n_seeds),
    ),
    Misconception(
        "other seeds for each rate",
        "Every rate has seeds of its own, so that luck with seeds counts as merit of a rate.",
        "Which seeds does the second rate get?",
        _by_seeds(lambda place, n_seeds: range(place * n_seeds, (place + 1) * n_seeds)),
    ),
    hard_coded("low", _instead("low", 1e-3)),
    hard_coded("high", _instead("high", 10.0)),
    hard_coded("n_runs", _instead("n_runs", 12)),
    hard_coded("n_seeds", _instead("n_seeds", 3)),
)


def _smooth(best: float) -> Run:
    """Return a loss that is least at `best`, and worse for every seed in another way."""

    def run(learning_rate: float, seed: int) -> float:
        return 0.1 + math.log10(learning_rate / best) ** 2 + 0.01 * (seed % 3)

    return run


def _from_table(rows: dict[float, list[float]]) -> Run:
    """Return a loss that is looked up for the nearest rate; further seeds lose in turn."""

    def run(learning_rate: float, seed: int) -> float:
        nearest = min(rows, key=lambda rate: abs(math.log(rate / learning_rate)))
        losses = rows[nearest]
        return losses[seed] if seed < len(losses) else 5.0 - 0.5 * (seed % 7)

    return run


def _spend(
    run: Run, low: float, high: float, n_runs: int, n_seeds: int, *, varies: str = ""
) -> Probe:
    """Let an attempt tune `run`, and note its rate and how many runs it wastes.

    A run is wasted if it is over the budget, or was made before.
    """

    def play(trial: Trial) -> None:
        calls: list[tuple[float, int]] = []

        def counted(learning_rate: float, seed: int) -> float:
            calls.append((float(learning_rate), int(seed)))
            return run(*calls[-1])

        trial.given = f"a run, {low = }, {high = }, {n_runs = }, {n_seeds = }"
        rate = trial.attempt(counted, low, high, n_runs, n_seeds)
        trial.note(
            rate if rate is None else (rate, max(len(calls) - n_runs, len(calls) - len(set(calls))))
        )

    return Probe(play, varies)


_LUCKY = {
    0.01: [1.0, 1.0, 1.0, 1.0],
    0.1: [0.2, 0.95, 0.95, 0.1],
    1.0: [0.5, 0.5, 0.8, 1.5],
    10.0: [0.65, 0.65, 0.65, 0.65],
}
_FOURTH_SEED_OFF = {
    0.01: [0.5, 0.5, 0.5, 0.5],
    0.1: [0.1, 0.3, 0.3, 2.0],
    1.0: [0.6, 0.6, 0.6, 0.1],
    10.0: [0.9, 0.9, 0.9, 0.9],
}
_OUTLIER = {
    0.01: [0.5, 0.6, 0.5],
    0.1: [0.4, 0.4, 1.9],
    1.0: [0.7, 0.1, 0.7],
    10.0: [0.58, 0.55, 0.59],
}
_DIVERGED = {
    0.01: [0.9, 0.8, 0.9],
    0.1: [0.5, 0.4, 0.6],
    1.0: [0.1, math.nan, 0.1],
    10.0: [math.nan, math.nan, math.nan],
}
_DIVERGED_LATE = {
    0.01: [0.39, 0.6, 0.6],
    0.1: [0.4, 0.5, 0.4],
    1.0: [0.9, 0.9, math.nan],
    10.0: [math.nan, math.nan, math.nan],
}

TUNE = Material(
    reference=_tune,
    probes=(
        _spend(_smooth(0.09), 1e-3, 10.0, 10, 2),
        _spend(_smooth(0.09), 1e-3, 10.0, 12, 2, varies="n_runs"),
        _spend(_smooth(0.09), 1e-3, 10.0, 12, 4, varies="n_seeds"),
        _spend(_smooth(30.0), 1e-3, 10.0, 8, 2),
        _spend(_smooth(30.0), 1e-3, 100.0, 8, 2, varies="high"),
        _spend(_smooth(2e-4), 1e-3, 100.0, 8, 2),
        _spend(_smooth(2e-4), 1e-4, 100.0, 8, 2, varies="low"),
        *(
            _spend(_from_table(rows), 0.01, 10.0, 12, 3)
            for rows in (_LUCKY, _FOURTH_SEED_OFF, _OUTLIER, _DIVERGED, _DIVERGED_LATE)
        ),
    ),
    misconceptions=_TUNED_WRONGLY,
    returns=("learning_rate", "wasted_runs"),
)
