"""Which function computes the step of a parameter group, and with what settings."""

from collections.abc import Mapping
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._differentiable import differentiable
from rmsprop_course.torch_optim._foreach import foreach
from rmsprop_course.torch_optim._fused import Fused, Step
from rmsprop_course.torch_optim._rules import Settings, check_settings
from rmsprop_course.torch_optim._scaling import Path, unscaled
from rmsprop_course.torch_optim._single_tensor import single_tensor
from rmsprop_course.torch_optim._state import check_group
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim.optimizer import _default_to_fused_or_foreach


def checked(
    groups: list[dict[str, Any]], state: Mapping[Tensor, Any], fused: Fused
) -> dict[int, Step]:
    """Raise whatever a step could raise; return the steps of groups that are fused as before."""
    ready = {}
    for number, group in enumerate(groups):
        check_settings(group)
        if step := fused.ready(number, group, state):
            ready[number] = step
        else:
            check_group(group, state)
    return ready


def choose(
    number: int,
    group: Mapping[str, Any],
    tensors: Tensors,
    steps: list[Tensor],
    fused: Fused | None,
) -> Path:
    """Return the function that computes the step of a group; only the compiler has no `fused`."""
    if group["differentiable"]:
        return unscaled(differentiable)
    if not torch.compiler.is_compiling() and fused is not None:
        plan = fused.plan(number, group, tensors, steps)
        if plan is not None:
            return plan.run
    use_foreach = group["foreach"]
    if use_foreach is None:
        _, use_foreach = _default_to_fused_or_foreach(tensors.params, False, use_fused=False)
    return unscaled(foreach if use_foreach else single_tensor)


def settings(group: Mapping[str, Any]) -> Settings:
    """Return the settings of a group; a learning rate that may be read becomes a number."""
    values = {name: group[name] for name in Settings._fields}
    if isinstance(lr := values["lr"], Tensor):
        must_stay = torch.compiler.is_compiling() or group["capturable"] or group["differentiable"]
        values["lr"] = lr.squeeze() if must_stay else lr.item()
    return Settings(**values)
