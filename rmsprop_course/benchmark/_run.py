"""Runs the benchmark: each case and variant with all that can step it, one after another."""

import platform
from collections.abc import Callable, Sequence
from datetime import date
from importlib.metadata import PackageNotFoundError, version
from statistics import median
from typing import Any, NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.benchmark._cases import Case, choose_cases
from rmsprop_course.benchmark._contenders import (
    REFERENCES,
    VARIANTS,
    LeftOut,
    Step,
    Variant,
    check_compiler,
    contenders,
)
from rmsprop_course.benchmark._devices import device_name, find_device
from rmsprop_course.benchmark._memory import free_bytes, needed_bytes, peak_extra_bytes
from rmsprop_course.benchmark._results import Report, Row, rate
from rmsprop_course.benchmark._timing import bandwidth, probes, time_in_turns

with extra("course"):
    import torch
    from torch import Tensor
    from tqdm import tqdm

_ROUNDS, _QUICK_ROUNDS = 15, 5
_PACKAGES = ("rmsprop-course", "torch", "numpy", "numba", "triton")

Say = Callable[[str], object]


def run(
    *,
    device: str | None = None,
    cases: Sequence[str] = (),
    rounds: int | None = None,
    quick: bool = False,
    progress: bool = False,
) -> Report:
    """Time RMSProp's step by every path, against the floor that this device's memory sets.

    Parameters
    ----------
    device : str, optional
        Such as ``cpu`` or ``cuda``. None: the accelerator that is there, otherwise the CPU.
    cases : sequence of str
        Names from `CASES`. Empty: all, but ``1x1G`` on a CPU.
    rounds : int, optional
        Timings of each contender, at least 1. None: 15, or 5 if quick.
    quick : bool
        Take smaller cases and do not compile: less than a minute on two cores.
    progress : bool
        Show a bar on standard error if that is a terminal.

    Returns
    -------
    Report

    Raises
    ------
    ValueError
        If there is no such device or case, or no round.
    MemoryError
        If no case fits into the memory that is free.

    Notes
    -----
    The floor is the time to move what a step must move: 20 bytes for each parameter in float32, 36
    with momentum and centering, at the bandwidth of an in-place triad in the same rounds.
    """
    if rounds is not None and rounds < 1:
        raise ValueError(f"rounds must be at least 1, got {rounds}")
    place = find_device(device)
    chosen = choose_cases(cases, quick=quick, on_cpu=place.type == "cpu")
    n_rounds = rounds or (_QUICK_ROUNDS if quick else _ROUNDS)
    pairs = [(case, variant) for case in chosen for variant in VARIANTS]
    found = []
    with tqdm(total=len(pairs), disable=None if progress else True) as bar:
        for case, variant in pairs:
            bar.set_description(f"{case.name}, {variant.name}")
            found.append(_measure(case, variant, place, n_rounds, quick, bar.set_postfix_str))
            bar.update()
    if not any(measured.rows for measured in found):
        raise MemoryError("; ".join(text for measured in found for text in measured.left_out))
    return _report(found, place, n_rounds, quick)


class _Measured(NamedTuple):
    """What one case and variant gave; the last two are empty if it was skipped."""

    left_out: list[str]
    rows: list[Row]
    bandwidths: dict[str, float]


class _LineUp(NamedTuple):
    """Those who can step a case: their steps, their extra memory, the state of all of them."""

    steps: dict[str, Step]
    extras: dict[str, int | None]
    state: list[Tensor]
    left_out: list[str]


def _measure(
    case: Case, variant: Variant, device: torch.device, n_rounds: int, quick: bool, say: Say
) -> _Measured:
    needed, free = needed_bytes(case, variant), free_bytes(device)
    if needed > free:
        reason = f"needs {needed / 1e9:.1f} GB of memory, {free / 1e9:.1f} GB are free"
        return _Measured([f"{case.name}, {variant.name}: {reason}"], [], {})
    line_up = _line_up(case, variant, device, quick, say)
    say("timing")
    medians = time_in_turns(
        line_up.steps | probes(device),
        n_rounds=n_rounds,
        device=device,
        before_round=lambda: [tensor.zero_() for tensor in line_up.state],
    )
    if not quick:
        torch.compiler.reset()
    bandwidths = {name: bandwidth(name, medians.pop(name)) for name in ("triad", "copy")}
    floor = variant.bytes_per_param * case.n_params / bandwidths["triad"]
    rows = rate(
        medians,
        line_up.extras,
        case=case.name,
        variant=variant.name,
        floor=floor,
        references=REFERENCES,
    )
    return _Measured(line_up.left_out, rows, bandwidths)


def _line_up(case: Case, variant: Variant, device: torch.device, quick: bool, say: Say) -> _LineUp:
    line_up = _LineUp({}, {}, [], [])
    params = _parameters(case, device)
    shared: dict[Tensor, Any] = {}
    states = [shared]
    for contender in contenders(variant):
        say(contender.name)
        try:
            if contender.is_compiled:
                check_compiler(quick=quick)
            optimizer, step = contender.start(params, shared)
        except LeftOut as reason:
            line_up.left_out.append(f"{contender.name}: {reason}")
            continue
        line_up.steps[contender.name] = step
        line_up.extras[contender.name] = peak_extra_bytes(step, device)
        if optimizer.state[params[0]] is not shared.get(params[0]):
            states.append(optimizer.state)
    for state in states:
        line_up.state.extend(tensor for kept in state.values() for tensor in kept.values())
    return line_up


def _parameters(case: Case, device: torch.device) -> list[Tensor]:
    """Return random parameters with random gradients."""
    generator = torch.Generator(device).manual_seed(0)
    params = []
    for shape in case.shapes:
        param = torch.randn(shape, generator=generator, device=device).requires_grad_()
        param.grad = torch.randn(shape, generator=generator, device=device).mul_(1e-2)
        params.append(param)
    return params


def _report(found: list[_Measured], device: torch.device, n_rounds: int, quick: bool) -> Report:
    speeds = [measured.bandwidths for measured in found if measured.bandwidths]
    return Report(
        device=device_name(device),
        versions=_versions(),
        date=date.today().isoformat(),
        bandwidth_bytes_per_s=median(speed["triad"] for speed in speeds),
        copy_bandwidth_bytes_per_s=median(speed["copy"] for speed in speeds),
        n_threads=torch.get_num_threads(),
        n_rounds=n_rounds,
        quick=quick,
        left_out=tuple(dict.fromkeys(text for measured in found for text in measured.left_out)),
        rows=tuple(row for measured in found for row in measured.rows),
    )


def _versions() -> dict[str, str]:
    found = {"Python": platform.python_version()}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
