"""Assignment 4: searches, verdicts and tables of every kind, and which of its tests they fail."""

import math
import re
import statistics

import numpy as np
import pytest
import scipy.stats
from assignment_runs import failures, grade_id, source

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from rmsprop_course.checks.lesson_08_tune import TUNE

ID = "4_fair_comparison"
SEEDS = (1, 2)
CHOICE, BUDGET, TABLE = "test-tune-choice", "test-tune-budget", "test-results"
NUMBERS, VERDICT, DIVERGED = "test-compare-numbers", "test-compare-verdict", "test-compare-diverged"


def table(name="", seeds=range(3), final=range(100, 105), k=(-1, 0, 1), chosen=0, **more):
    """An entry of `results` that is right, but for what is given."""
    own = 0.001 * len(name)  # no two optimizers have the same losses
    tuning = {10.0**i: {seed: 0.3 + 0.2 * abs(i) + 0.01 * seed + own for seed in seeds} for i in k}
    scores = {seed: 0.9 + 0.001 * (seed % 7) for seed in final}
    return {"tuning": tuning, "chosen": 10.0**chosen, "final": scores} | more


RIGHT_TABLE = {name: table(name) for name in ("Gradient descent", "RMSProp", "Adam")}
CHEAP = {"own-experiment": "pass", "own-figure": "pass", "own-results": {"results": RIGHT_TABLE}}


def failed(seed=None, results=None, hidden=True, **answers):
    """What fails if these functions, or this table, take the place of the model solution."""
    given = {name: {name: function} for name, function in answers.items()}
    own = {} if results is None else {"own-results": {"results": results}}
    return failures(ID, {**CHEAP, **given, **own}, seed=seed, hidden=hidden)


def test_the_cheap_table_is_right():
    assert failed() == {}


# --- Task 1: searches ---


def mean_or_infinity(losses):
    return np.mean(losses) if np.isfinite(losses).all() else math.inf


def lowest(scores):
    return min(sorted(scores), key=scores.get)


def further(best, low, high):
    return (low - 1,) if best == low else (high + 1,)


def search(
    *,
    of=lambda run: run.validation,
    score=mean_or_infinity,
    pick=lowest,
    seeds=lambda n_seeds, k: range(n_seeds),
    first=(-1, 0, 1),
    rate=lambda start, factor, k: start * factor**k,
    beyond=further,
    fits=lambda n_rates, n_seeds, budget: (n_rates + 1) * n_seeds <= budget,
    ends=lambda best, low, high: low < best < high,
    result=lambda rate, inside: (rate, inside),
):
    """A search with one part exchanged."""

    def tune(run, start, factor, n_seeds, budget):
        losses, new = {}, first
        while True:
            for k in new:
                runs = [run(rate(start, factor, k), seed) for seed in seeds(n_seeds, k)]
                losses[k] = np.array([of(each) for each in runs])
            best = pick({k: score(row) for k, row in losses.items()})
            low, high = min(losses), max(losses)
            if ends(best, low, high) or not fits(len(losses), n_seeds, budget):
                return result(rate(start, factor, best), low < best < high)
            new = beyond(best, low, high)

    return tune


def with_lists(run, start, factor, n_seeds, budget):
    """Rates in a sorted list, multiplied and divided."""
    rates, means = [start / factor, start, start * factor], []

    def mean(rate):
        losses = [run(rate, seed)[0] for seed in range(n_seeds)]
        mean = statistics.fmean(losses)
        return mean if math.isfinite(mean) else math.inf

    means = [mean(rate) for rate in rates]
    left = budget - 3 * n_seeds
    while left >= n_seeds and means.index(min(means)) in (0, len(means) - 1):
        left -= n_seeds
        if means.index(min(means)) == 0:
            rates.insert(0, rates[0] / factor)
            means.insert(0, mean(rates[0]))
        else:
            rates.append(rates[-1] * factor)
            means.append(mean(rates[-1]))
    place = means.index(min(means))
    return [rates[place], 0 < place < len(rates) - 1]


def recursive(run, start, factor, n_seeds, budget, means=None, new=(-1, 0, 1)):
    """Calls itself for each further rate."""
    means = dict(means or {})
    for k in new:
        total = sum(run(start * factor**k, seed).validation for seed in range(n_seeds))
        means[k] = total / n_seeds if math.isfinite(total) else math.inf
    best = lowest(means)
    inside = min(means) < best < max(means)
    if inside or (len(means) + 1) * n_seeds > budget:
        return start * factor**best, inside
    more = further(best, min(means), max(means))
    return recursive(run, start, factor, n_seeds, budget, means, more)


def the_last_rate(run, start, factor, n_seeds, budget):
    """Returns what it tried last."""
    rates = []

    def noted(rate, seed):
        rates.append(rate)
        return run(rate, seed)

    _, inside = search()(noted, start, factor, n_seeds, budget)
    return rates[-1], inside


def inside_by_budget(run, start, factor, n_seeds, budget):
    """Takes a spent budget for a search that did not end."""
    rates = []

    def noted(rate, seed):
        rates.append(rate)
        return run(rate, seed)

    best, _ = search()(noted, start, factor, n_seeds, budget)
    return best, len(rates) + n_seeds <= budget


RIGHT_SEARCHES = {
    "exponents in a dict": search(),
    "rates in lists": with_lists,
    "recursive": recursive,
    "float32": search(score=lambda row: np.float32(mean_or_infinity(row.astype("float32")))),
    "the sum instead of the mean": search(score=lambda row: mean_or_infinity(row) * len(row)),
    "NumPy's answers": search(result=lambda rate, inside: (np.float64(rate), np.bool_(inside))),
    "seeds outside, rates inside": search(first=(1, 0, -1)),
}

WRONG_SEARCHES = {
    "the highest loss": (search(pick=lambda scores: max(scores, key=scores.get)), CHOICE),
    "the best single run": (
        search(score=lambda row: row.min() if np.isfinite(row).all() else math.inf),
        CHOICE,
    ),
    "the lowest of all runs": (search(score=lambda row: min(np.nanmin([*row, 1e9]), 1e9)), CHOICE),
    "the best worst run": (
        search(score=lambda row: row.max() if np.isfinite(row).all() else math.inf),
        CHOICE,
    ),
    "the median": (search(score=lambda row: np.nan_to_num(np.median(row), nan=math.inf)), CHOICE),
    "a diverged run is ignored": (
        search(score=lambda row: row[np.isfinite(row)].mean() if np.isfinite(row).any() else 1e9),
        CHOICE,
    ),
    "a diverged run wins": (
        search(score=np.mean, pick=lambda s: sorted(s)[np.argmin([s[k] for k in sorted(s)])]),
        CHOICE,
    ),
    "nan is compared": (search(score=np.mean), CHOICE),
    "the mean square": (
        search(score=lambda row: mean_or_infinity(np.array(row) ** 2)),
        CHOICE,
    ),
    "the mean without the worst": (
        search(
            score=lambda row: (
                mean_or_infinity(np.sort(row)[:-1]) if np.isfinite(row).all() else math.inf
            )
        ),
        CHOICE,
    ),
    "it never ends": (
        search(
            ends=lambda *given: False,
            fits=lambda *given: True,
            beyond=lambda best, low, high: (best,),
        ),
        CHOICE,
    ),
    "a diverged run counts as 0": (
        search(score=lambda row: np.nan_to_num(row, posinf=0.0).mean()),
        CHOICE,
    ),
    "the loss instead of the rate": (search(result=lambda rate, inside: (0.1, inside)), CHOICE),
    "the place instead of the rate": (search(result=lambda rate, inside: (1, inside)), CHOICE),
    "only the first seed counts": (search(score=lambda row: mean_or_infinity(row[:1])), CHOICE),
    "only the last seed counts": (search(score=lambda row: mean_or_infinity(row[-1:])), CHOICE),
    "it tunes by test accuracy": (search(of=lambda run: -run.test), CHOICE),
    "it takes accuracy for a loss": (search(of=lambda run: run.test), CHOICE),
    "the rate alone": (search(result=lambda rate, inside: rate), CHOICE),
    "seeds that begin at 1": (search(seeds=lambda n, k: range(1, n + 1)), BUDGET),
    "the same seed again and again": (search(seeds=lambda n, k: [0] * n), BUDGET),
    "other seeds for each rate": (
        search(seeds=lambda n, k: range(9 + k * n, 9 + k * n + n)),
        BUDGET,
    ),
    "one seed and all rates": (search(seeds=lambda n, k: range(1)), BUDGET),
    "hard-coded n_seeds": (search(seeds=lambda n, k: range(3)), BUDGET),
    "a linear grid": (search(rate=lambda start, factor, k: start * (1 + 0.3 * k)), BUDGET),
    "the ends taken for exponents": (search(rate=lambda start, factor, k: 10.0**k), BUDGET),
    "hard-coded start": (search(rate=lambda start, factor, k: 0.01 * factor**k), BUDGET),
    "hard-coded factor": (search(rate=lambda start, factor, k: start * 2.0**k), BUDGET),
    "more runs than the budget": (
        search(fits=lambda *given: given[0] * given[1] < given[2]),
        BUDGET,
    ),
    "the budget counts rates": (search(fits=lambda n_rates, n, budget: n_rates < budget), BUDGET),
    "no budget": (search(fits=lambda *given: given[0] < 30), BUDGET),
    "a rate less than the budget": (
        search(fits=lambda n_rates, n_seeds, budget: (n_rates + 2) * n_seeds <= budget),
        BUDGET,
    ),
    "hard-coded budget": (search(fits=lambda n_rates, n, budget: (n_rates + 1) * n <= 21), BUDGET),
    "no search beyond the edge": (search(fits=lambda *given: False), BUDGET),
    "one more rate at most": (search(fits=lambda n_rates, *given: n_rates < 4), BUDGET),
    "always upward": (search(beyond=lambda best, low, high: (high + 1,)), BUDGET),
    "on the wrong side": (search(beyond=lambda best, low, high: further(-best, low, high)), BUDGET),
    "on both sides": (search(beyond=lambda best, low, high: (low - 1, high + 1)), BUDGET),
    "two rates at once": (
        search(
            beyond=lambda best, low, high: (
                (low - 1, low - 2) if best == low else (high + 1, high + 2)
            )
        ),
        BUDGET,
    ),
    "the old rates again": (
        search(beyond=lambda best, low, high: (best, *further(best, low, high))),
        BUDGET,
    ),
    "only upward has an edge": (search(ends=lambda best, low, high: best < high), BUDGET),
    "it spends what is left": (
        search(ends=lambda *given: False, beyond=lambda best, low, high: (high + 1,)),
        BUDGET,
    ),
    "the last rate that was tried": (the_last_rate, BUDGET),
    "not inside if the budget is spent": (inside_by_budget, BUDGET),
    "always inside": (search(result=lambda rate, inside: (rate, True)), BUDGET),
    "the edge instead of the inside": (search(result=lambda r, inside: (r, not inside)), CHOICE),
    "the highest rate if all diverge": (
        search(pick=lambda scores: min(sorted(scores, reverse=True), key=scores.get)),
        BUDGET,
    ),
}
OF_ANOTHER_TASK = {  # there the grid has two ends, and its size follows from the budget
    "the upper end is left out",
    "rates and seeds exchanged",
    "hard-coded low",
    "hard-coded high",
    "hard-coded n_runs",
}


def test_every_mistake_of_the_lesson_is_tried():
    names = {mistake.name for mistake in TUNE.misconceptions}
    assert names <= set(WRONG_SEARCHES) | OF_ANOTHER_TASK


@pytest.mark.parametrize("name", RIGHT_SEARCHES)
def test_right_searches_get_all_points(name):
    for seed in SEEDS:
        assert failed(seed, tune=RIGHT_SEARCHES[name]) == {}


@pytest.mark.parametrize("name", WRONG_SEARCHES)
def test_a_wrong_search_fails_in_the_test_of_its_mistake(name):
    tune, test = WRONG_SEARCHES[name]
    for seed in SEEDS:
        assert test in failed(seed, tune=tune)


# --- Task 2: verdicts ---


def judge(
    *,
    common=lambda ours, theirs: sorted(set(ours) & set(theirs)),
    gain=lambda mine, other: mine - other,
    mean=np.mean,
    error=lambda gains, mine, other: np.std(gains, ddof=1) / math.sqrt(len(gains)),
    verdict=lambda mean, error: (
        "tie" if abs(mean) <= 3 * error else "better" if mean > 0 else "worse"
    ),
    diverged=lambda ours, theirs: "tie" if ours and theirs else "worse" if ours else "better",
    clean=lambda mine, other: (mine, other),
    refuse=lambda n: n < 2,
):
    """A comparison with one part exchanged."""

    def compare(ours, theirs):
        seeds = common(ours, theirs)
        if refuse(len(seeds)):
            raise ValueError(f"two or more common seeds are needed, got {len(seeds)}")
        mine, other = clean(*(np.array([s[seed] for seed in seeds]) for s in (ours, theirs)))
        if np.isnan(mine).any() or np.isnan(other).any():
            return math.nan, math.nan, diverged(np.isnan(mine).any(), np.isnan(other).any())
        gains = gain(mine, other)
        numbers = mean(gains), error(gains, mine, other)
        return (*numbers, verdict(*numbers))

    return compare


def in_plain_python(ours, theirs):
    """No NumPy, a list as a result."""
    pairs = [(score, theirs[seed]) for seed, score in ours.items() if seed in theirs]
    if len(pairs) < 2:
        raise ValueError("too few")
    failed = [any(math.isnan(pair[side]) for pair in pairs) for side in (0, 1)]
    if any(failed):
        return [math.nan, math.nan, {(1, 1): "tie", (1, 0): "worse", (0, 1): "better"}[*failed]]
    gains = [one - other for one, other in pairs]
    mean, error = statistics.fmean(gains), statistics.stdev(gains) / len(gains) ** 0.5
    return [mean, error, "better" if mean > 3 * error else "worse" if mean < -3 * error else "tie"]


def root_of(variance):
    return lambda gains, mine, other: math.sqrt(variance(gains, mine, other))


def exact(mean, error, n_errors):
    return "tie" if abs(mean) <= n_errors * error else "better" if mean > 0 else "worse"


def without_nan(mine, other):
    kept = ~(np.isnan(mine) | np.isnan(other))
    return mine[kept], other[kept]


def in_order(ours, theirs):
    """Pairs the scores as they come."""
    n = min(len(ours), len(theirs))
    renumbered = (dict(enumerate(list(scores.values())[:n])) for scores in (ours, theirs))
    return judge()(*renumbered)


def each_by_itself(ours, theirs):
    """Means over all the seeds that each side has."""
    right = judge()(ours, theirs)
    if math.isnan(right[0]):
        return right
    mean = np.nanmean(list(ours.values())) - np.nanmean(list(theirs.values()))
    return mean, right[1], exact(mean, right[1], 3)


def nan_anywhere(ours, theirs):
    """Looks for diverged runs in all seeds."""
    lost, won = (any(map(math.isnan, scores.values())) for scores in (ours, theirs))
    if lost or won:
        return math.nan, math.nan, "tie" if lost and won else "worse" if lost else "better"
    return judge()(ours, theirs)


def without_common_nan(ours, theirs):
    """Leaves out the seeds in which both diverged."""
    shared = ours.keys() & theirs
    both = {seed for seed in shared if math.isnan(ours[seed]) and math.isnan(theirs[seed])}
    kept = ({s: v for s, v in scores.items() if s not in both} for scores in (ours, theirs))
    return judge()(*kept)


def tie_in_the_same_seeds(ours, theirs):
    """Lets a diverged run of ours decide, unless theirs diverged there too."""
    mean, error, verdict = judge()(ours, theirs)
    alone = [s for s in ours.keys() & theirs if math.isnan(ours[s]) and not math.isnan(theirs[s])]
    return mean, error, "worse" if alone else verdict


RIGHT_VERDICTS = {
    "NumPy": judge(),
    "plain Python": in_plain_python,
    "float32": judge(
        clean=lambda mine, other: (mine.astype("float32"), other.astype("float32")),
        error=lambda gains, mine, other: gains.std(ddof=1) / np.float32(len(gains)) ** 0.5,
    ),
    "SciPy's": judge(error=lambda gains, mine, other: scipy.stats.sem(gains)),
    "the ratio": judge(verdict=lambda m, e: exact(m, e, 3) if e or not m else exact(m, 0, 0)),
    "n - 1 under the root": judge(
        error=lambda gains, mine, other: gains.std() / math.sqrt(len(gains) - 1)
    ),
    "the sum of squares": judge(
        error=root_of(lambda g, *pair: ((g - g.mean()) ** 2).sum() / (len(g) - 1) / len(g))
    ),
}


def changing_what_is_given(ours, theirs):
    """Deletes the seeds that only one side has."""
    for seed in ours.keys() ^ theirs.keys():
        (ours if seed in ours else theirs).pop(seed)
    return judge()(ours, theirs)


def nan_as_an_object(ours, theirs):
    """Looks for `math.nan`, and finds it where no other nan is."""
    shared = ours.keys() & theirs
    lost, won = (math.nan in [scores[seed] for seed in shared] for scores in (ours, theirs))
    if lost or won:
        return math.nan, math.nan, "tie" if lost and won else "worse" if lost else "better"
    return judge(diverged=lambda ours, theirs: "tie")(ours, theirs)


def with_other_numbers(*numbers):
    """Right, but for what is returned after a diverged run."""

    def compare(ours, theirs):
        mean, error, verdict = judge()(ours, theirs)
        return (*numbers, verdict) if math.isnan(mean) else (mean, error, verdict)

    return compare


def with_its_size(ours, theirs):
    mean, error, verdict = judge()(ours, theirs)
    return abs(mean), error, verdict


def counting_diverged(ours, theirs):
    """The side with more diverged runs is the worse one."""
    counts = [
        sum(math.isnan(scores[seed]) for seed in ours.keys() & theirs) for scores in (ours, theirs)
    ]
    mean, error, verdict = judge()(ours, theirs)
    if counts[0] == counts[1]:
        return mean, error, verdict
    return mean, error, "worse" if counts[0] > counts[1] else "better"


WRONG_VERDICTS = {
    "it changes what it is given": (changing_what_is_given, NUMBERS),
    "the size of the mean": (with_its_size, NUMBERS),
    "equal gains are a tie": (
        judge(verdict=lambda m, e: "tie" if e == 0 else exact(m, e, 3)),
        VERDICT,
    ),
    "nan as an object": (nan_as_an_object, DIVERGED),
    "numbers of 0 after a diverged run": (with_other_numbers(0.0, 0.0), DIVERGED),
    "None after a diverged run": (with_other_numbers(None, None), DIVERGED),
    "who has more diverged runs": (counting_diverged, DIVERGED),
    "unpaired": (
        judge(error=root_of(lambda g, m, o: (m.var(ddof=1) + o.var(ddof=1)) / len(g))),
        NUMBERS,
    ),
    "the standard deviation": (judge(error=lambda g, m, o: g.std(ddof=1)), NUMBERS),
    "ddof = 0": (judge(error=lambda g, m, o: g.std() / math.sqrt(len(g))), NUMBERS),
    "n - 1 twice": (judge(error=lambda g, m, o: g.std(ddof=1) / math.sqrt(len(g) - 1)), NUMBERS),
    "the variance": (judge(error=lambda g, m, o: g.var(ddof=1) / len(g)), NUMBERS),
    "divided by n": (judge(error=lambda g, m, o: g.std(ddof=1) / len(g)), NUMBERS),
    "the spread of ours alone": (
        judge(error=lambda g, m, o: m.std(ddof=1) / math.sqrt(len(g))),
        NUMBERS,
    ),
    "the best seed": (judge(mean=np.max), NUMBERS),
    "the median": (judge(mean=np.median), NUMBERS),
    "theirs minus ours": (judge(gain=lambda mine, other: other - mine), NUMBERS),
    "the gain in percent": (judge(gain=lambda mine, other: mine / other - 1), NUMBERS),
    "paired as they come": (in_order, NUMBERS),
    "each by its own seeds": (each_by_itself, NUMBERS),
    "all seeds must be common": (
        judge(common=lambda ours, theirs: [theirs[seed] and seed for seed in ours]),
        NUMBERS,
    ),
    "no tie": (judge(verdict=lambda m, e: "better" if m > 0 else "worse"), VERDICT),
    "one standard error": (judge(verdict=lambda m, e: exact(m, e, 1)), VERDICT),
    "two standard errors": (judge(verdict=lambda m, e: exact(m, e, 2)), VERDICT),
    "four standard errors": (judge(verdict=lambda m, e: exact(m, e, 4)), VERDICT),
    "the words are swapped": (judge(verdict=lambda m, e: exact(-m, e, 3)), VERDICT),
    "never worse": (judge(verdict=lambda m, e: exact(max(m, 0), e, 3)), VERDICT),
    "ddof = 0 in the verdict alone": (judge(verdict=lambda m, e: exact(m, e, 3 * 0.88)), VERDICT),
    "equal scores are no tie": (
        judge(verdict=lambda m, e: "tie" if abs(m) < 3 * e else exact(m, 0, 0) if m else "worse"),
        VERDICT,
    ),
    "diverged seeds are left out": (judge(clean=without_nan), DIVERGED),
    "a diverged run counts as 0": (
        judge(clean=lambda mine, other: (np.nan_to_num(mine), np.nan_to_num(other))),
        DIVERGED,
    ),
    "a diverged run makes a tie": (judge(diverged=lambda ours, theirs: "tie"), DIVERGED),
    "whoever diverged, ours is worse": (
        judge(diverged=lambda ours, theirs: "tie" if ours and theirs else "worse"),
        DIVERGED,
    ),
    "both diverged: worse": (judge(diverged=lambda o, t: "worse" if o else "better"), DIVERGED),
    "both diverged: better": (judge(diverged=lambda o, t: "better" if t else "worse"), DIVERGED),
    "who has fewer diverged runs": (
        judge(diverged=lambda o, t: "better" if o else "worse"),
        DIVERGED,
    ),
    "runs that diverge together cancel out": (without_common_nan, DIVERGED),
    "a tie only if the same seeds diverge": (tie_in_the_same_seeds, DIVERGED),
    "a diverged run anywhere": (nan_anywhere, DIVERGED),
    "one seed is enough": (judge(refuse=lambda n: n < 1), DIVERGED),
    "nothing is refused": (judge(refuse=lambda n: False), DIVERGED),
}


@pytest.mark.parametrize("name", RIGHT_VERDICTS)
def test_right_verdicts_get_all_points(name):
    for seed in SEEDS:
        assert failed(seed, compare=RIGHT_VERDICTS[name]) == {}


@pytest.mark.filterwarnings("ignore:Degrees of freedom", "ignore:invalid value", "ignore:Mean of")
@pytest.mark.parametrize("name", WRONG_VERDICTS)
def test_a_wrong_verdict_fails_in_the_test_of_its_mistake(name):
    compare, test = WRONG_VERDICTS[name]
    for seed in SEEDS:
        assert test in failed(seed, compare=compare)


# --- Task 3: tables ---


def changed(name="Adam", **parts):
    return RIGHT_TABLE | {name: table(name, **parts)}


def other_loss(rate, seed, loss):
    found = table("Adam")
    found["tuning"][rate][seed] = loss
    return RIGHT_TABLE | {"Adam": found}


def final_scores(of_seed, *, names=("Adam",)):
    scores = {seed: of_seed(seed) for seed in range(100, 105)}
    return RIGHT_TABLE | {name: table(name) | {"final": scores} for name in names}


def each(part, change):
    """The right table with a part of each entry changed."""
    return {name: found | {part: change(found[part])} for name, found in RIGHT_TABLE.items()}


def tied(tuning):
    """Two rates share the lowest mean."""
    return {**tuning, 1.0: tuning[1.0], 2.0: dict(tuning[1.0])}


def same_for_all_seeds(tuning):
    return {rate: dict.fromkeys(losses, losses[0]) for rate, losses in tuning.items()}


RIGHT_TABLES = {
    "more optimizers": RIGHT_TABLE | {"Momentum": table("Momentum")},
    "another number of rates": changed(k=range(-4, 3)),
    "another rate": changed(k=(-1, 0, 1, 2)),
    "diverged at other rates": other_loss(10.0, 0, math.nan),
    "RMSProp by another name": {name: table(name) for name in ("rmsprop, ε = 0.1", "SGD", "Adam")},
    "a final run diverged": final_scores(lambda s: math.nan if s == 102 else 0.9 + s / 1e4),
    "the same final score for each seed, once": final_scores(lambda seed: 1.0),
    "two rates with the lowest mean": each("tuning", tied),
    "float32": each("final", lambda scores: {s: np.float32(x) for s, x in scores.items()}),
    "NumPy's numbers": {
        name: table(name, final=np.arange(20, 30), chosen=np.float64(0)) for name in RIGHT_TABLE
    },
}
WRONG_TABLES = {
    "two optimizers": {name: table(name) for name in ("RMSProp", "Adam")},
    "no RMSProp": {name: table(name) for name in ("Gradient descent", "Momentum", "Adam")},
    "more runs than the budget": changed(k=range(-4, 5)),
    "one seed a rate": {name: table(name, seeds=(0,)) for name in RIGHT_TABLE},
    "fewer seeds for one": changed(seeds=(0, 1)),
    "other tuning seeds for one": changed(seeds=(3, 4, 5)),
    "not the best rate": changed(chosen=1),
    "a rate that was not tried": changed(chosen=5),
    "the best at an edge": changed(k=(0, 1, 2)),
    "the best at the upper edge": changed(k=(-2, -1, 0)),
    "one rate for all": {name: table(name, k=(0,)) for name in RIGHT_TABLE},
    "the rate of the best run": RIGHT_TABLE
    | {"Adam": other_loss(10.0, 0, 0.2)["Adam"] | {"chosen": 10.0}},
    "a diverged run at the chosen rate": other_loss(1.0, 1, math.nan),
    "final seeds out of tuning": {name: table(name, final=range(5)) for name in RIGHT_TABLE},
    "other final seeds for one": changed(final=range(200, 205)),
    "more final seeds for one": changed(final=range(100, 110)),
    "four final seeds": {name: table(name, final=range(100, 104)) for name in RIGHT_TABLE},
    "accuracies in percent": final_scores(lambda seed: 90.0 + seed % 7),
    "one run for all final seeds": final_scores(lambda seed: 0.9, names=RIGHT_TABLE),
    "one run for all tuning seeds": each("tuning", same_for_all_seeds),
    "one optimizer for all names": dict.fromkeys(RIGHT_TABLE, table("Adam")),
    "one optimizer under two names": RIGHT_TABLE | {"AdamW": RIGHT_TABLE["Adam"]},
    "rates in text": each("tuning", lambda tuning: {str(r): x for r, x in tuning.items()}),
    "lists of losses": each("tuning", lambda tuning: {r: [*x.values()] for r, x in tuning.items()}),
    "lists of scores": each("final", lambda scores: [*scores.values()]),
    "what tune returns": each("chosen", lambda rate: (rate, True)),
    "no entry of tuning": RIGHT_TABLE | {"Adam": {"chosen": 1.0, "final": table()["final"]}},
    "nothing": {},
}


@pytest.mark.parametrize("name", RIGHT_TABLES)
def test_right_tables_get_all_points(name):
    assert failed(results=RIGHT_TABLES[name]) == {}


@pytest.mark.parametrize("name", WRONG_TABLES)
def test_an_unfair_table_fails(name):
    assert list(failed(results=WRONG_TABLES[name])) == [TABLE]


# --- All of it ---


@pytest.mark.parametrize(
    ("answer", "test", "words"),
    [
        ({"tune": WRONG_SEARCHES["the median"][0]}, CHOICE, "a rate has a bad run"),
        ({"tune": WRONG_SEARCHES["a diverged run wins"][0]}, CHOICE, "a run diverged to nan"),
        ({"tune": WRONG_SEARCHES["more runs than the budget"][0]}, BUDGET, "budget"),
        ({"compare": WRONG_VERDICTS["unpaired"][0]}, NUMBERS, "standard error"),
        ({"compare": WRONG_VERDICTS["ddof = 0"][0]}, NUMBERS, "n - 1"),
        ({"compare": WRONG_VERDICTS["paired as they come"][0]}, NUMBERS, "pair them by seed"),
        ({"compare": WRONG_VERDICTS["two standard errors"][0]}, VERDICT, "less than three"),
        ({"compare": WRONG_VERDICTS["diverged seeds are left out"][0]}, DIVERGED, "diverged"),
        ({"results": WRONG_TABLES["more runs than the budget"]}, TABLE, "than the budget"),
        ({"results": WRONG_TABLES["final seeds out of tuning"]}, TABLE, "fresh"),
    ],
)
def test_the_message_names_a_common_mistake(answer, test, words):
    assert words in failed(**answer)[test]


def test_what_learners_see_lets_mistakes_pass():
    answers = {
        "tune": WRONG_SEARCHES["the median"][0],
        "compare": WRONG_VERDICTS["two standard errors"][0],
        "results": WRONG_TABLES["final seeds out of tuning"],
    }
    assert set(failed(**answers)) >= {CHOICE, VERDICT, TABLE}
    assert failed(**answers, hidden=False) == {}


def test_the_example_report_agrees_with_the_stored_output():
    cells = {grade_id(cell): cell for cell in source(ID).cells}
    printed = "".join(output.get("text", "") for output in cells["own-figure"].outputs)
    shares = dict(re.findall(r"^(\w+(?: \w+)?) +(\d+) %", printed, re.M))
    assert shares == {"Gradient descent": "95", "Momentum": "98", "RMSProp": "98", "Adam": "99"}
    assert re.findall(r"against it: (\w+)", printed) == ["better", "tie", "worse"]
    report = " ".join(cells["written-result"].source.split())
    assert "95 % for gradient descent, 98 % for momentum and RMSProp, 99 % for Adam" in report
    assert "better than the first, ties with the second, and is worse than Adam" in report
    tuned = "".join(output.get("text", "") for output in cells["own-results"].outputs)
    assert set(re.findall(r"of (\d+) runs", tuned)) == {"24"}
    assert "24 runs" in cells["written-protocol"].source
