"""Settings and state in and out: checkpoints, and the same optimizer as PyTorch's class."""

from collections.abc import Mapping
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._rules import ADDED_TO_TORCH, NOT_IN_TORCH, check_settings
from rmsprop_course.torch_optim._state import AVERAGES, check_averages, dtype_of_state

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim import Optimizer


def completed(optimizer: Optimizer, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return a checkpoint with the settings that it lacks, or raise if it cannot be loaded."""
    groups = [dict(group) for group in given["param_groups"]]
    for own, group in zip(optimizer.param_groups, groups, strict=False):
        for name in NOT_IN_TORCH:
            group.setdefault(name, own[name])
        check_settings(ADDED_TO_TORCH | group)
        for param, key in zip(own["params"], group["params"], strict=False):
            check_averages(param, given["state"].get(key, {}))
    return {**given, "param_groups": groups}


def copy_state(optimizer: Optimizer, loaded: Mapping[str, Any]) -> None:
    """Copy the tensors of a loaded checkpoint, averages in the dtype that the optimizer keeps."""
    for own, group in zip(optimizer.param_groups, loaded["param_groups"], strict=True):
        for param, key in zip(own["params"], group["params"], strict=True):
            state = optimizer.state[param] if key in loaded["state"] else {}
            for name, value in state.items():
                if name in AVERAGES:
                    dtype = dtype_of_state(param, own["state_dtype"])
                    exact = loaded["state"][key][name]
                    state[name] = exact.to(dtype=dtype, device=param.device, copy=True)
                elif isinstance(value, Tensor):
                    state[name] = value.clone()


def to_torch(optimizer: Optimizer) -> torch.optim.RMSprop:
    """Return the ``torch.optim.RMSprop`` that goes on alike, or raise if there is none."""
    for group in optimizer.param_groups:
        _check_settings_of_torch(group)
        for param in group["params"]:
            _check_state_of_torch(param, optimizer.state.get(param, {}), group)
    same = torch.optim.RMSprop(
        [_without_own(group) for group in optimizer.param_groups],
        **_without_own(optimizer.defaults),
    )
    for param, state in optimizer.state.items():
        same.state[param] = {
            name: value.clone() if isinstance(value, Tensor) else value
            for name, value in state.items()
        }
    return same


def _without_own(settings: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in NOT_IN_TORCH}


def _check_settings_of_torch(group: Mapping[str, Any]) -> None:
    has_momentum = group["momentum"] > 0
    matters = {
        "eps_inside_sqrt": group["eps"] > 0,
        "lr_in_momentum": has_momentum,
        "decoupled_weight_decay": group["weight_decay"] > 0,
        "nesterov": has_momentum,
        "bias_correction": True,
    }
    for name, does in matters.items():
        if group[name] and does:
            raise ValueError(f"torch.optim.RMSprop cannot express {name}=True")


def _check_state_of_torch(
    param: Tensor, state: Mapping[str, Any], group: Mapping[str, Any]
) -> None:
    first = group["initial_square_avg"]
    if first != 0 and param.requires_grad and "square_avg" not in state:
        raise ValueError(f"torch.optim.RMSprop cannot express initial_square_avg={first}")
    kept = {state[name].dtype for name in AVERAGES if name in state}
    for dtype in kept | {dtype_of_state(param, group["state_dtype"])}:
        if dtype != param.dtype:
            raise ValueError(
                f"torch.optim.RMSprop cannot express state in {dtype} for a parameter in "
                f"{param.dtype}; it can load this optimizer's state_dict, which rounds the state"
            )
