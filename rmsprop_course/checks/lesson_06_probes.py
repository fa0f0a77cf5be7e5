"""Probes of lesson 06: what a training loop asks of an optimizer, one request a probe."""

import inspect
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Probe
from rmsprop_course.checks._results import value
from rmsprop_course.checks._trial import Call, Trial
from rmsprop_course.checks.lesson_06_optimizers import Complete
from rmsprop_course.checks.lesson_06_training_loop import (
    USUAL,
    Gradients,
    alike,
    give,
    grad_of,
    numbers_of,
    scalars,
    take_step,
    told_gradients,
    told_path,
    told_settings,
    written,
)

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim.lr_scheduler import ExponentialLR


def path(
    *steps: float | Gradients, start: float = 0.0, varies: str = "", **settings: float
) -> Probe:
    """Take steps with these gradients, one a parameter if there are several, all in one group.

    Parameters
    ----------
    *steps : float or sequence of float or None
        Gradients of each step.
    start : float
        Where all parameters begin.
    varies : str
        The setting in which this probe differs from the one before it.
    **settings
        Other than lr 0.1, alpha 0.9, eps 1e-8.
    """
    grads = [step if isinstance(step, Sequence) else (step,) for step in steps]

    def play(trial: Trial) -> None:
        trial.given = told_path(grads[:1], start, settings)
        params = scalars([start] * len(grads[0]))
        optimizer = trial.attempt(params, **(USUAL | settings))
        for number, given in enumerate(grads, 1):
            trial.given = told_path(grads[:number], start, settings)
            give(params, given)
            take_step(trial, optimizer, params)
            trial.note(numbers_of(params))

    return Probe(play, varies)


def one_after_the_other(stages: Sequence[Probe], *, after: Sequence[Probe], like: Any) -> Probe:
    """Play stages up to the first in which the attempt is not right.

    An unfinished optimizer lacks many things. So one is named at a time, whatever else is wrong.

    Parameters
    ----------
    stages : sequence of Probe
        In the order in which a learner should mend them.
    after : sequence of Probe
        Where the attempt must be right, for a stage to be played at all.
    like : callable
        A right solution.
    """

    def play(trial: Trial) -> None:
        if any(not _agree(_calls(probe, trial.attempt), _calls(probe, like)) for probe in after):
            return
        for stage in stages:
            before = len(trial.calls)
            stage.play(trial)
            if not _agree(trial.calls[before:], _calls(stage, like)):
                return

    return Probe(play)


def _calls(probe: Probe, attempt: Any) -> list[Call]:
    """Return what an attempt does in a probe, up to an error."""
    trial = Trial(attempt, (), "result")
    with suppress(Exception):
        probe.play(trial)
    return trial.calls


def _agree(calls: Sequence[Call], others: Sequence[Call]) -> bool:
    same_length = len(calls) == len(others)
    return same_length and all(a.agrees(b, 2e-5) for a, b in zip(calls, others, strict=True))


def vector(*grads: Sequence[float], **settings: float) -> Probe:
    """Take steps of one parameter that is a vector."""

    def play(trial: Trial) -> None:
        params = [torch.zeros(len(grads[0]), dtype=torch.float64, requires_grad=True)]
        trial.given = f"a vector of zeros; {told_settings(settings)}"
        optimizer = trial.attempt(params, **(USUAL | settings))
        for number, grad in enumerate(grads, 1):
            told = ", ".join(value(list(given)) for given in grads[:number])
            trial.given = f"a vector of zeros with the gradients {told}; {told_settings(settings)}"
            params[0].grad = torch.tensor(grad, dtype=torch.float64)
            take_step(trial, optimizer, params)
            trial.note(params[0])

    return Probe(play)


def two_groups() -> Probe:
    """Give a second group settings of its own."""

    def play(trial: Trial) -> None:
        params = scalars([0.0, 0.0])
        groups = [{"params": params[:1]}, {"params": params[1:], "lr": 1.0, "alpha": 0.5}]
        second = "a parameter in a second group with lr = 1, alpha = 0.5"
        trial.given = f"a parameter with {told_settings({})}; {second}"
        optimizer = trial.attempt(groups, **USUAL)
        for told, grad in {"gradient 1": 1.0, "gradients 1, -2": -2.0}.items():
            trial.given = f"a parameter with {told_settings({})}; {second}; {told}"
            give(params, [grad, grad])
            take_step(trial, optimizer, params)
            trial.note(numbers_of(params))

    return Probe(play)


def schedule() -> Probe:
    """Let a scheduler halve the learning rate after each step."""

    def play(trial: Trial) -> None:
        rates = (0.1, 0.05, 0.025)
        for number, moved in enumerate(_on_a_schedule(trial, trial.attempt), 1):
            told = f"alpha = 0.9, and a scheduler sets lr to {value(rates[:number])[1:-1]}"
            trial.given = f"{told_gradients((1.0, -2.0, 3.0)[:number])} from θ = 0; {told}"
            trial.note(moved)

    return Probe(play)


def closure() -> Probe:
    """Hand a closure to `step`, which computes loss and gradients."""

    def play(trial: Trial) -> None:
        told = "step(closure), whose loss is the sum of (θ - 3)², from θ = (0, 1)"
        trial.given = told
        params, n_calls = scalars([0.0, 1.0]), 0
        optimizer = trial.attempt(params, **USUAL)

        def evaluate() -> Tensor:
            nonlocal n_calls
            n_calls += 1
            optimizer.zero_grad()
            loss = (torch.cat(params) - 3).square().sum()
            torch.autograd.backward(loss)
            return loss

        for number in (1, 2):
            n_calls = 0
            trial.given = f"{told}: step {number}"
            with alike():
                loss = optimizer.step(evaluate)
            trial.given = f"{told}: θ after step {number}"
            trial.note(numbers_of(params))
            trial.given = f"{told}: how often step {number} calls the closure"
            trial.note(n_calls)
            trial.given = f"{told}: what step {number} returns"
            trial.note(None if loss is ... else loss)

    return Probe(play)


def reload(*, fresh: bool) -> Probe:
    """Save after two steps, load into a new optimizer, and go on.

    Parameters
    ----------
    fresh : bool
        Whether the new optimizer gets new parameters with the old values, as another program would.
    """
    told = "for new parameters with the old values" if fresh else "for the same parameters"

    def play(trial: Trial) -> None:
        trial.given = (
            "gradients (1, None), (-2, -2); then state_dict() is loaded into a new optimizer, made "
            f"with lr = 1 {told}; then gradients (3, 3)"
        )
        params = scalars([0.0, 0.0])
        optimizer = trial.attempt(params, **USUAL)
        for grads in ([1.0, None], [-2.0, -2.0]):
            give(params, grads)
            take_step(trial, optimizer, params, grad_is_none=None in grads)
        saved = written(optimizer)
        if fresh:
            params = scalars(numbers_of(params))
        optimizer = trial.attempt(params, **(USUAL | {"lr": 1.0}))
        optimizer.load_state_dict(saved)
        give(params, [3.0, 3.0])
        take_step(trial, optimizer, params)
        trial.note(numbers_of(params))

    return Probe(play)


def whole_parameters() -> Probe:
    """Look at what else a step changes: gradients, parameters as objects, graphs in the state."""

    def play(trial: Trial) -> None:
        trial.given = "a parameter with the gradient 3"
        [param] = params = scalars([0.0])
        optimizer = trial.attempt(params, **USUAL)
        for number in (1, 2):
            param.grad = torch.full_like(param, 3.0)
            take_step(trial, optimizer, params)
            trial.given = f"a parameter with the gradient 3: its grad after step {number}"
            trial.note(grad_of(param))
        found = [mine for group in optimizer.param_groups for mine in group["params"]]
        trial.given = "after 2 steps: how many of the network's parameters the groups hold"
        trial.note(sum(mine is param for mine in found))
        trial.given = "after 2 steps: whether the parameter requires grad (1: yes)"
        trial.note(int(param.requires_grad))
        trial.given = "after 2 steps: how many tensors in the state carry a graph (1: some)"
        states = [entry for state in optimizer.state.values() for entry in _entries(state)]
        trial.note(int(any(getattr(entry, "requires_grad", False) for entry in states)))

    return Probe(play)


def hook() -> Probe:
    """See whether a step goes through `move`, if there is such a method, as a subclass needs it."""

    def play(trial: Trial) -> None:
        kind, moved = trial.attempt if hasattr(trial.attempt, "move") else Complete, []

        def watched(self: Any, *args: Any, **more: Any) -> Any:
            moved.append(self)
            return kind.move(self, *args, **more)

        trial.given = "a step with the gradient 1: whether it calls move() (1: yes)"
        params = scalars([0.0])
        optimizer = type("Watched", (kind,), {"move": watched})(params, **USUAL)
        give(params, [1.0])
        optimizer.step()
        trial.note(int(bool(moved)))

    return Probe(play)


def weight_decay() -> Probe:
    """Try weight decay, if the attempt offers it."""

    def play(trial: Trial) -> None:
        told = "from θ = 1 with weight_decay = 0.5, lr = 0.1, alpha = 0.9"
        kind = _if_it_offers("weight_decay", trial)
        trial.given = f"gradient 1 {told}"
        [param] = params = scalars([1.0])
        optimizer = kind(params, **USUAL, weight_decay=0.5)
        for number in (1, 2, 3):
            give(params, (1.0, -2.0, 3.0)[number - 1 : number])
            take_step(trial, optimizer, params)
            trial.given = f"{told_gradients((1.0, -2.0, 3.0)[:number])} {told}"
            trial.note(numbers_of(params))
        trial.given = f"gradient 3 {told}: param.grad after the step"
        trial.note(grad_of(param))

    return Probe(play)


def momentum() -> Probe:
    """Try momentum under a schedule, if the attempt offers it."""

    def play(trial: Trial) -> None:
        kind, rates = _if_it_offers("momentum", trial), (0.1, 0.05, 0.025)
        trial.given = "gradient 1 with momentum = 0.9"
        for number, moved in enumerate(_on_a_schedule(trial, kind, momentum=0.9), 1):
            told = f"momentum = 0.9, alpha = 0.9, lr = {value(rates[:number])[1:-1]}"
            trial.given = f"{told_gradients((1.0, -2.0, 3.0)[:number])} from θ = 0; {told}"
            trial.note(moved)

    return Probe(play)


def _on_a_schedule(trial: Trial, kind: Any, **more: float) -> Iterator[float]:
    params = scalars([0.0])
    optimizer = kind(params, **USUAL, **more)
    scheduler = ExponentialLR(optimizer, gamma=0.5)
    for grad in (1.0, -2.0, 3.0):
        give(params, [grad])
        take_step(trial, optimizer, params)
        scheduler.step()
        yield params[0].item()


def _if_it_offers(setting: str, trial: Trial) -> Any:
    """Return the attempt if its constructor names the setting, and else one that is right."""
    offered = setting in inspect.signature(trial.attempt).parameters
    return trial.attempt if offered else Complete


def _entries(state: Any) -> list[Any]:
    return list(state.values()) if isinstance(state, dict) else [state]
