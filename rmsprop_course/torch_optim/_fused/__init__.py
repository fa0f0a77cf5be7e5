"""The fused step: one pass over memory for all tensors of a group.

A folder, because each part needs the machine in another way: `_table` holds addresses and chunks,
`_facts` what must be known of tensors before raw memory is touched, `_plan` the step of a group and
whether it still holds, `_numba` the kernel for the CPU and `_triton` the one for GPUs. Here stands
when the step is fused, and what is said when it was asked for and is not.
"""

import importlib
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, cast

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._fused import _facts
from rmsprop_course.torch_optim._fused._plan import Kernel, Plan
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._scaling import Scaling
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor

PAYS_FROM = 2**18
"""Numbers of a group on the CPU from which the step is fused unless another path is asked for.

From there one tensor is faster on two threads; with many tensors it pays much earlier, but then
the last bits of small models would differ from PyTorch's for the sake of microseconds.
"""

_PRECISE = (torch.float32, torch.float64, torch.complex64, torch.complex128)

KERNELS = {"cpu": "_numba", "cuda": "_triton"}  # by the type of a device; ROCm's is cuda too

Step = Callable[[Settings, Scaling | None], None]


class Fused:
    """The fused steps of one optimizer: a plan for each of its groups."""

    def __init__(self) -> None:
        self._plans: dict[int, Plan] = {}
        self._captured: list[Plan] = []  # CUDA graphs read their tables
        self._has_spoken = False

    def ready(self, number: int, group: dict[str, Any], state: Any) -> Step | None:
        """Return the step of a group whose plan holds: nothing of its tensors needs a check."""
        plan = self._plans.get(number)
        if plan is None or not _may_be_fused(group):
            return None
        gathered = _facts.gather(group, state)
        try:
            holds = gathered is not None and plan.holds(*gathered, capturable=group["capturable"])
        except RuntimeError:  # a tensor without strides or memory of its own
            holds = False
        if gathered is None or not holds:
            self._forget(number)
            return None
        return partial(plan.run, *gathered)

    def plan(
        self, number: int, group: Mapping[str, Any], tensors: Tensors, steps: list[Tensor]
    ) -> Plan | None:
        """Return a new plan for a group, or None if none of its tensors can be fused."""
        if not _may_be_fused(group) or not (group["fused"] or _pays(tensors)):
            return None
        plan = Plan(tensors, steps, _kernel, capturable=group["capturable"])
        if plan.misfits and group["fused"]:
            self._say(next(iter(plan.misfits.values())))
        if not plan.parts:
            return None
        self._forget(number)
        self._plans[number] = plan
        return plan

    def _forget(self, number: int) -> None:
        plan = self._plans.pop(number, None)
        if plan is not None and plan.is_captured:
            self._captured.append(plan)

    def _say(self, reason: str) -> None:
        if not self._has_spoken:
            self._has_spoken = True
            warnings.warn(
                f"fused=True: {reason}; what cannot be fused is computed as with fused=False",
                UserWarning,
                stacklevel=_frames_to_the_user(),
            )


def _may_be_fused(group: Mapping[str, Any]) -> bool:
    """Whether a group asks for the fused step, or for no path."""
    return bool(group["fused"]) or (group["fused"] is None and group["foreach"] is None)


def _pays(tensors: Tensors) -> bool:
    """Whether the fused step is faster, by measurement: on the CPU, from some numbers on."""
    if not all(param.is_cpu and param.dtype in _PRECISE for param in tensors.params):
        return False
    return sum(param.numel() for param in tensors.params) >= PAYS_FROM


def _kernel(device: str) -> tuple[Kernel | None, str]:
    """Return the kernel for a type of device, or None and why there is none."""
    if device not in KERNELS:
        return None, f"there is no kernel for {device}"
    kernel, reason = _module(KERNELS[device])
    reason = reason or (kernel.unavailable() if kernel else "")
    return (None, reason) if reason else (kernel, "")


@cache
def _module(name: str) -> tuple[Kernel | None, str]:
    """Import a kernel, or say what it lacks; looked for once, for a failure takes its time."""
    try:
        module = importlib.import_module(f"rmsprop_course.torch_optim._fused.{name}")
    except ModuleNotFoundError as error:
        return None, str(error)
    return cast(Kernel, module), ""


def _frames_to_the_user() -> int:
    """Count the frames between a warning's caller and the code that called the optimizer."""
    count, frame = 0, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        count, frame = count + 1, frame.f_back
    return count + 1


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "torch" or module.startswith("rmsprop_course.torch_optim")
