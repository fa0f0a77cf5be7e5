"""Times steps against each other: in turns, so that a slow moment of the machine falls on all."""

import math
import time
from collections.abc import Callable, Mapping, Sequence
from statistics import median

from rmsprop_course._extras import extra
from rmsprop_course.benchmark._contenders import Step

with extra("torch"):
    import torch

_WINDOW = 0.02  # seconds; a clock is read after at least as much work
_PAUSE = 0.005  # seconds; the threads of the one before stop looking for work
PROBE_NUMEL = 2**26  # numbers in each of two arrays: more than caches hold

PROBE_BYTES = {"copy": 8, "triad": 12}
"""Bytes that a probe moves for each number; see `probes`."""


def probes(device: torch.device) -> dict[str, Step]:
    """Return what measures a device's memory: two loops over arrays larger than its caches.

    ``copy`` is y ← x: 4 bytes read and 4 written a number. ``triad`` is y ← y + ax, in place: 8
    read and 4 written. The triad defines the floor, because it works as an optimizer's step does:
    every number that is written was read before, so that its traffic is what it seems. Of a copy
    that is not known: many a CPU reads the lines that it is about to write, 12 bytes for the 8
    that count.

    Parameters
    ----------
    device : torch.device
        Where to allocate.

    Returns
    -------
    dict of str to callable
        By the names in `PROBE_BYTES`.
    """
    x = torch.ones(PROBE_NUMEL, device=device)
    y = torch.zeros(PROBE_NUMEL, device=device)
    return {"copy": lambda: y.copy_(x), "triad": lambda: y.add_(x, alpha=1e-9)}


def bandwidth(probe: str, seconds: float) -> float:
    """Return the bytes per second of a probe that took so long."""
    return PROBE_BYTES[probe] * PROBE_NUMEL / seconds


def measure_bandwidth(device: torch.device, *, n_rounds: int = 5) -> float:
    """Measure the bandwidth that sets the floor: that of the triad.

    Parameters
    ----------
    device : torch.device
        Whose memory; half a gigabyte of it is used.
    n_rounds : int
        Timings that the median is of.

    Returns
    -------
    float
        Bytes per second.
    """
    triad = {"triad": probes(device)["triad"]}
    triad["triad"]()
    found = time_in_turns(triad, n_rounds=n_rounds, device=device, before_round=lambda: None)
    return bandwidth("triad", found["triad"])


def order(names: Sequence[str], round_number: int) -> list[str]:
    """Return the order of a round: each starts one place later, so nobody is always first.

    Examples
    --------
    >>> [order("abc", number) for number in range(3)]
    [['a', 'b', 'c'], ['b', 'c', 'a'], ['c', 'a', 'b']]
    """
    start = round_number % len(names)
    return [*names[start:], *names[:start]]


def time_in_turns(
    steps: Mapping[str, Step],
    *,
    n_rounds: int,
    device: torch.device,
    before_round: Callable[[], object],
) -> dict[str, float]:
    """Return the median seconds of each step.

    Parameters
    ----------
    steps : dict of str to callable
        All have run before.
    n_rounds : int
        Timings of each.
    device : torch.device
        What to wait for before the clock is read.
    before_round : callable
        Called before every round, while no clock runs.

    Returns
    -------
    dict of str to float

    Notes
    -----
    A step shorter than 20 ms is repeated until 20 ms are full, after one that does not count. The
    steps of a small case therefore find their numbers in the cache, and may beat the floor, which
    is that of the memory.
    """
    counts = {name: _count(step, device) for name, step in steps.items()}
    times: dict[str, list[float]] = {name: [] for name in steps}
    for number in range(n_rounds):
        before_round()
        for name in order(list(steps), number):
            time.sleep(_PAUSE)
            if counts[name] > 1:
                steps[name]()
            times[name].append(_seconds(steps[name], counts[name], device))
    return {name: median(found) for name, found in times.items()}


def _count(step: Step, device: torch.device) -> int:
    """How often a step fits into the window, at least once."""
    return math.ceil(_WINDOW / _seconds(step, 1, device))


def _seconds(step: Step, count: int, device: torch.device) -> float:
    _wait(device)
    started = time.perf_counter()
    for _ in range(count):
        step()
    _wait(device)
    return (time.perf_counter() - started) / count


def _wait(device: torch.device) -> None:
    """Let the device finish; a CPU has when a call returns."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)
