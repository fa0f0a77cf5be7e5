"""Compares optimizers on CartPole and stores what came out.

``python tools/actor_critic_results.py`` writes the files that
``rmsprop_course.reinforcement.load_results`` reads; about a quarter of an hour on one core.
Each optimizer is tuned over as many learning rates as the others, on the same seeds, and its best
rate is run on fresh seeds.
"""

import argparse
import datetime
import math
import multiprocessing
import platform
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import version
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import torch
from torch.optim import SGD, Adam, Optimizer

from rmsprop_course import reinforcement
from rmsprop_course.reinforcement import Comparison, Contender, learning_curve, train_actor_critic
from rmsprop_course.torch_optim import RMSprop

STORED = Path(reinforcement.__file__).parent / "results"
PROTOCOLS = {"clipped": 0.5, "unclipped": math.inf}  # max_grad_norm
FIRST_SEED = 100  # of the evaluation; the tuning seeds begin at 0
Rates = tuple[float, ...]


class Entry(NamedTuple):
    """An optimizer that takes part, with its grid of learning rates under each protocol."""

    name: str
    kind: Callable[..., Optimizer]
    settings: dict[str, Any]
    rates: dict[str, Rates]


class Size(NamedTuple):
    """How much is run."""

    n_env_steps: int
    n_windows: int
    n_rates: int
    n_tuning_seeds: int


FULL = Size(n_env_steps=50_000, n_windows=10, n_rates=7, n_tuning_seeds=3)
QUICK = Size(n_env_steps=1_280, n_windows=1, n_rates=3, n_tuning_seeds=1)

TWO_DECADES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1)
ENTRIES = (
    Entry(
        "Gradient descent (SGD)",
        SGD,
        {},
        {
            "clipped": (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0),
            "unclipped": (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        },
    ),
    Entry(
        "RMSProp",
        RMSprop,
        {"alpha": 0.99, "eps": 1e-8},
        dict.fromkeys(PROTOCOLS, TWO_DECADES),
    ),
    Entry(
        "RMSProp, ε = 0.1",  # the settings of A3C
        RMSprop,
        {"alpha": 0.99, "eps": 0.1, "eps_inside_sqrt": True},
        {
            "clipped": (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0),
            "unclipped": (0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
        },
    ),
    Entry("Adam", Adam, {}, dict.fromkeys(PROTOCOLS, TWO_DECADES)),
)


class Run(NamedTuple):
    """What one process needs to know to train one agent."""

    entry: Entry
    learning_rate: float
    seed: int
    max_grad_norm: float
    size: Size


def curve(run: Run) -> np.ndarray[Any, np.dtype[np.floating]]:
    """Train one agent and return its learning curve, shape (n_windows,)."""
    make_optimizer = partial(run.entry.kind, lr=run.learning_rate, **run.entry.settings)
    found = train_actor_critic(
        make_optimizer,
        seed=run.seed,
        n_env_steps=run.size.n_env_steps,
        max_grad_norm=run.max_grad_norm,
    )
    return learning_curve(
        found.env_steps,
        found.returns,
        n_env_steps=run.size.n_env_steps,
        n_windows=run.size.n_windows,
    )


def compare(protocol: str, size: Size, seeds: tuple[int, ...], pool: Any) -> Comparison:
    """Tune and evaluate every optimizer under one protocol.

    Parameters
    ----------
    protocol : str
        A key of `PROTOCOLS`.
    size : Size
        How much to run.
    seeds : tuple of int
        Of the evaluation.
    pool : multiprocessing.pool.Pool
        Runs `curve`.

    Returns
    -------
    Comparison
    """
    tuning_seeds = tuple(range(size.n_tuning_seeds))
    contenders = []
    for entry in ENTRIES:
        train = partial(_train, entry, PROTOCOLS[protocol], size, pool)
        rates = entry.rates[protocol][: size.n_rates]
        tuning = train(product(rates, tuning_seeds)).mean(axis=1).reshape(len(rates), -1)
        best = rates[int(tuning.mean(axis=1).argmax())]
        curves = train(product([best], seeds)).T
        contenders.append(
            Contender(entry.name, entry.settings, np.array(rates), tuning, best, curves)
        )
        print("\n".join(_lines(contenders[-1])), flush=True)
    versions = {name: version(name) for name in ("gymnasium", "numpy", "rmsprop-course", "torch")}
    return Comparison(
        date=datetime.datetime.now(tz=datetime.UTC).date().isoformat(),
        versions={"python": platform.python_version()} | versions,
        max_grad_norm=PROTOCOLS[protocol],
        n_env_steps=size.n_env_steps,
        tuning_seeds=tuning_seeds,
        seeds=seeds,
        contenders=tuple(contenders),
    )


def _train(
    entry: Entry,
    max_grad_norm: float,
    size: Size,
    pool: Any,
    pairs: Iterable[tuple[float, int]],
) -> np.ndarray[Any, np.dtype[np.floating]]:
    """Learning curves of an optimizer, one row for each pair of a rate and a seed."""
    runs = [Run(entry, rate, seed, max_grad_norm, size) for rate, seed in pairs]
    return np.stack(pool.map(curve, runs, chunksize=1))


def _lines(contender: Contender) -> Iterator[str]:
    """What became of one optimizer, to read while the others run."""
    yield contender.name
    for rate, scores in zip(contender.learning_rates, contender.tuning, strict=True):
        yield f"  tuning {rate:g}: {scores.mean():.0f}"
    for label, scores in {"all": contender.overall, "last": contender.final}.items():
        numbers = f"mean {scores.mean():.0f}, median {np.median(scores):.0f}"
        yield f"  {label} windows: {numbers}, from {scores.min():.0f} to {scores.max():.0f}"


def main() -> None:
    """Run the comparison under both protocols and write a file for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("protocols", nargs="*", help=f"of {', '.join(PROTOCOLS)} (default: both)")
    parser.add_argument("--seeds", type=int, default=10, help="of the evaluation (default: 10)")
    parser.add_argument("--jobs", type=int, default=1, help="processes (default: 1)")
    parser.add_argument("--quick", action="store_true", help="to see that it runs: few, short runs")
    parser.add_argument("--out", type=Path, default=STORED, help="folder (default: the package's)")
    args = parser.parse_args()
    if unknown := set(args.protocols) - set(PROTOCOLS):
        parser.error(f"protocols must be of {', '.join(PROTOCOLS)}, got {', '.join(unknown)}")
    seeds = tuple(range(FIRST_SEED, FIRST_SEED + args.seeds))
    context = multiprocessing.get_context("spawn")
    with context.Pool(args.jobs, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        for protocol in args.protocols or PROTOCOLS:
            print(f"=== {protocol} ===")
            found = compare(protocol, QUICK if args.quick else FULL, seeds, pool)
            args.out.mkdir(parents=True, exist_ok=True)
            (args.out / f"{protocol}.json").write_text(found.to_json(), encoding="utf-8")


if __name__ == "__main__":
    main()
