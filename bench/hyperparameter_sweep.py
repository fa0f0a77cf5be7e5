"""Times a map of RMSProp: 200 learning rates by 200 decays, 200 steps each, on two parameters.

Run with ``python bench/hyperparameter_sweep.py``; prints medians in seconds. The surfaces take
turns, so that a slow moment of the machine falls on all of them.
"""

import statistics
import time

import numpy as np

from rmsprop_course.descent import run
from rmsprop_course.numpy_optimizers import rmsprop
from rmsprop_course.objectives import SURFACES, Objective

N_STEPS = 200
N_REPEATS = 7
LEARNING_RATES = np.geomspace(1e-4, 1, 200)[:, np.newaxis, np.newaxis]
DECAYS = 1 - np.geomspace(1e-3, 1, 200)[:, np.newaxis]


def seconds_of_one_map(objective: Objective) -> float:
    """Wall-clock seconds of 40 000 runs, which are one run with two more axes."""
    started = time.perf_counter()
    run(
        objective,
        rmsprop,
        start=objective.start,
        n_steps=N_STEPS,
        learning_rate=LEARNING_RATES,
        decay=DECAYS,
    )
    return time.perf_counter() - started


def main() -> None:
    """Print the median of every surface."""
    seconds: dict[str, list[float]] = {name: [] for name in SURFACES}
    for _ in range(N_REPEATS):
        for name, objective in SURFACES.items():
            seconds[name].append(seconds_of_one_map(objective))
    n_runs = LEARNING_RATES.size * DECAYS.size
    print(f"{n_runs} runs of {N_STEPS} steps, median of {N_REPEATS}, in seconds")
    for name, times in seconds.items():
        print(f"{name:18s} {statistics.median(times):.2f}  (slowest {max(times):.2f})")


if __name__ == "__main__":
    main()
