"""Which function computes the step of a parameter group, and with what settings."""

from collections.abc import Callable, Mapping
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._differentiable import differentiable
from rmsprop_course.torch_optim._foreach import foreach
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._single_tensor import single_tensor
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim.optimizer import _default_to_fused_or_foreach

Path = Callable[[Tensors, list[Tensor], Settings], None]


def choose(group: Mapping[str, Any], params: list[Tensor]) -> Path:
    """Return the function that computes the step of a group."""
    if group["differentiable"]:
        return differentiable
    use_foreach = group["foreach"]
    if use_foreach is None:
        _, use_foreach = _default_to_fused_or_foreach(params, False, use_fused=False)
    return foreach if use_foreach else single_tensor


def settings(group: Mapping[str, Any]) -> Settings:
    """Return the settings of a group; a learning rate that may be read becomes a number."""
    values = {name: group[name] for name in Settings._fields}
    if isinstance(lr := values["lr"], Tensor):
        must_stay = torch.compiler.is_compiling() or group["capturable"] or group["differentiable"]
        values["lr"] = lr.squeeze() if must_stay else lr.item()
    return Settings(**values)
