"""A training loop in small for the probes of lesson 06, in code and in words.

It makes parameters, gives gradients, takes steps and writes checkpoints. What is tried with it
stands in `lesson_06_probes`.
"""

import copy
import inspect
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.checks._results import value
from rmsprop_course.checks._trial import Trial, is_empty

with extra("torch"):
    import torch
    from torch import Tensor

Gradients = Sequence[float | None]  # one a parameter; None if it has none

USUAL = {"lr": 0.1, "alpha": 0.9, "eps": 1e-8}
_TELLING = {  # what known mistakes raise, from whatever line, by a part of it
    "a leaf Variable that requires grad": "a leaf that requires grad is changed in place",
    "does not require grad and does not have": "backward() finds nothing that was recorded",
    "'NoneType' object is not callable": "step() needs a closure",
    "argument: 'closure'": "step() needs a closure",
    "takes 1 positional argument but 2": "step() takes no closure",
    "NoneType": "a gradient is None",
}


def take_step(
    trial: Trial, optimizer: Any, params: Sequence[Tensor], *, grad_is_none: bool = False
) -> None:
    """Take a step without a closure; one that returns `...` and moves nothing is not attempted.

    Nor is a method without a body.
    """
    if is_empty(inspect.unwrap(type(optimizer).step)):
        trial.note(...)
    before = [param.detach().clone() for param in params]
    grad_is_none = grad_is_none or any(param.grad is None for param in params)
    should_move = any(param.grad is not None and bool(param.grad.any()) for param in params)
    with alike(grad_is_none=grad_is_none):
        loss = optimizer.step()
    if loss is ... and should_move and all(map(torch.equal, params, before)):
        trial.note(loss)


@contextmanager
def alike(*, grad_is_none: bool = False) -> Iterator[None]:
    """Let errors of known mistakes look the same, from whatever line they come."""
    try:
        yield
    except (AttributeError, RuntimeError, TypeError) as error:
        for sign, message in _TELLING.items():
            if sign in str(error) and (sign != "NoneType" or grad_is_none):
                raise RuntimeError(message) from None
        raise


def written(optimizer: Any) -> Any:
    """Return a state dict as a file would hold it: in memory of its own, without graphs."""
    try:
        return _copied(optimizer.state_dict())
    except KeyError:  # it names the address of the parameter
        raise KeyError("state_dict() finds state of a parameter that is in no group") from None


def _copied(entry: Any) -> Any:
    if isinstance(entry, Tensor):
        return entry.detach().clone()
    if isinstance(entry, dict):
        return {key: _copied(part) for key, part in entry.items()}
    if isinstance(entry, list):
        return [_copied(part) for part in entry]
    return copy.deepcopy(entry)


def scalars(starts: Sequence[float]) -> list[Tensor]:
    """Return parameters of one number each."""
    return [torch.tensor([start], dtype=torch.float64, requires_grad=True) for start in starts]


def give(params: Sequence[Tensor], grads: Gradients) -> None:
    """Set the gradient of each parameter."""
    for param, grad in zip(params, grads, strict=True):
        param.grad = None if grad is None else torch.full_like(param, grad)


def grad_of(param: Tensor) -> float:
    """Return the gradient of a parameter of one number; nan if there is none."""
    return float("nan") if param.grad is None else param.grad.item()


def numbers_of(params: Sequence[Tensor]) -> Any:
    """Return the number that each parameter holds; one alone by itself."""
    numbers = [param.item() for param in params]
    return numbers if len(numbers) > 1 else numbers[0]


def told_path(grads: Sequence[Gradients], start: float, settings: dict[str, float]) -> str:
    """Say which gradients came, from where, and with which settings."""
    several = len(grads[0]) > 1
    given = [tuple(step) if several else step[0] for step in grads]
    whose = "of two parameters in one group, " if several else ""
    return f"{told_gradients(given)} {whose}from θ = {value(start)}; {told_settings(settings)}"


def told_gradients(given: Sequence[Any]) -> str:
    """Say which gradients came."""
    one = len(given) == 1 and not isinstance(given[0], tuple)
    return f"{'gradient' if one else 'gradients'} {', '.join(map(value, given))}"


def told_settings(settings: dict[str, float]) -> str:
    """Say all settings, the usual ones too."""
    return ", ".join(f"{name} = {value(number)}" for name, number in (USUAL | settings).items())
