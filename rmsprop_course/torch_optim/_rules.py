"""What the settings of the optimizer may be, and what is said about one that may not.

Each message begins with PyTorch's own words where PyTorch refuses the same.
"""

import math
from collections.abc import Mapping
from numbers import Real
from typing import Any, NamedTuple

from rmsprop_course._extras import extra

with extra("torch"):
    import torch

STATE_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)

NOT_IN_TORCH: dict[str, Any] = {  # settings that torch.optim.RMSprop does not have
    "fused": None,
    "eps_inside_sqrt": False,
    "initial_square_avg": 0.0,
    "lr_in_momentum": False,
    "decoupled_weight_decay": False,
    "nesterov": False,
    "bias_correction": False,
    "state_dtype": None,
}
ADDED_TO_TORCH: dict[str, Any] = {  # settings that its old checkpoints may lack
    "momentum": 0,
    "centered": False,
    "capturable": False,
    "foreach": None,
    "maximize": False,
    "differentiable": False,
}

_ENDS = {  # upper end of the interval [0, end) that a number may lie in
    "lr": math.inf,
    "alpha": 1.0,
    "eps": math.inf,
    "weight_decay": math.inf,
    "momentum": 1.0,
    "initial_square_avg": math.inf,
}
_WORDS = {"lr": "learning rate", "eps": "epsilon value"}  # PyTorch's; else "… value"
_FLAGS = (
    "centered",
    "capturable",
    "maximize",
    "differentiable",
    "eps_inside_sqrt",
    "lr_in_momentum",
    "decoupled_weight_decay",
    "nesterov",
    "bias_correction",
)
_CHOICES = ("foreach", "fused")


class Settings(NamedTuple):
    """The settings of a parameter group that enter its arithmetic; see `RMSprop` for each."""

    lr: Any
    alpha: float
    eps: float
    weight_decay: float
    momentum: float
    centered: bool
    capturable: bool
    maximize: bool
    eps_inside_sqrt: bool
    lr_in_momentum: bool
    decoupled_weight_decay: bool
    nesterov: bool
    bias_correction: bool


def check_settings(group: Mapping[str, Any]) -> None:
    """Raise unless every setting of a parameter group, and all together, are defined."""
    for name, end in _ENDS.items():
        _check_number(name, group[name], end)
    for name in _FLAGS:
        if not isinstance(group[name], bool):
            raise TypeError(f"Invalid {name} value: {group[name]!r} (must be True or False)")
    for name in _CHOICES:
        if not (group[name] is None or isinstance(group[name], bool)):
            raise TypeError(f"Invalid {name} value: {group[name]!r} (must be True, False or None)")
    if not (group["state_dtype"] is None or group["state_dtype"] in STATE_DTYPES):
        allowed = ", ".join(str(dtype) for dtype in STATE_DTYPES)
        raise ValueError(
            f"Invalid state_dtype value: {group['state_dtype']!r} (must be None, {allowed})"
        )
    _check_together(group)


def _check_number(name: str, value: Any, end: float) -> None:
    said = f"Invalid {_WORDS.get(name, f'{name} value')}: {value}"
    if name == "lr" and isinstance(value, torch.Tensor):
        if value.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if value.device.type != "cpu":
            return  # reading it would wait for the device
        value = value.item()
    if not isinstance(value, Real):
        kind = "a number or a tensor of one" if name == "lr" else "a number"
        raise TypeError(f"{said} (must be {kind}, got {type(value).__name__})")
    if not 0 <= float(value) < end:
        raise ValueError(f"{said} (must be in [0, {end:g}))")


def _check_together(group: Mapping[str, Any]) -> None:
    if group["nesterov"] and group["momentum"] == 0:
        raise ValueError("Nesterov momentum requires a momentum (must be in (0, 1), got 0)")
    if group["bias_correction"] and group["initial_square_avg"] != 0:
        raise ValueError(
            "bias_correction undoes the start from 0: initial_square_avg must be 0 with it, "
            f"got {group['initial_square_avg']}"
        )
    if group["fused"] and group["foreach"]:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")
    for name in _CHOICES:
        if group["differentiable"] and group[name]:
            raise RuntimeError(f"`{name}` does not support `differentiable`")
