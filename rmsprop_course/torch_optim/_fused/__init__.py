"""The fused step: one pass over memory for all tensors of a group.

A folder, because each part needs the machine in another way: `_table` holds addresses and chunks,
`_facts` what must be known of tensors before raw memory is touched, `_plan` the step of a group and
whether it still holds, `_numba` the kernel for the CPU. Here stands when the step is
fused, and what is said when it was asked for and is not.
"""

import importlib
import sys
import warnings
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, cast

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._fused import _facts
from rmsprop_course.torch_optim._fused._plan import Kernel, Plan
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    from torch import Tensor

Step = Callable[[Settings], None]


class Fused:
    """The fused steps of one optimizer: a plan for each of its groups."""

    def __init__(self) -> None:
        self._plans: dict[int, Plan] = {}
        self._has_spoken = False

    def ready(self, number: int, group: dict[str, Any], state: Any) -> Step | None:
        """Return the step of a group whose plan holds: nothing of its tensors needs a check."""
        plan = self._plans.get(number)
        if plan is None or group["capturable"] or not wanted(group):
            return None
        gathered = _facts.gather(group, state)
        try:
            holds = gathered is not None and plan.holds(*gathered)
        except RuntimeError:  # a tensor without strides or memory of its own
            holds = False
        if gathered is None or not holds:
            del self._plans[number]
            return None
        return partial(plan.run, *gathered)

    def plan(
        self, number: int, group: Mapping[str, Any], tensors: Tensors, steps: list[Tensor]
    ) -> Plan | None:
        """Return a new plan for a group, or None if none of its tensors can be fused."""
        if not wanted(group):
            return None
        kernel, reason = _kernel()
        plan = Plan(tensors, steps, kernel) if kernel else None
        if plan is not None and plan.misfits:
            reason = next(iter(plan.misfits.values()))
        if reason:
            self._say(reason)
        if plan is None or not plan.parts:
            return None
        self._plans[number] = plan
        return plan

    def _say(self, reason: str) -> None:
        if not self._has_spoken:
            self._has_spoken = True
            warnings.warn(
                f"fused=True: {reason}; what cannot be fused is computed as with fused=False",
                UserWarning,
                stacklevel=_frames_to_the_user(),
            )


def wanted(group: Mapping[str, Any]) -> bool:
    """Whether a group asks for the fused step."""
    return bool(group["fused"])


def _kernel() -> tuple[Kernel | None, str]:
    """Return the CPU's kernel, or None and why there is none."""
    try:
        kernel = cast(Kernel, importlib.import_module("rmsprop_course.torch_optim._fused._numba"))
    except ModuleNotFoundError as error:
        return None, str(error)
    reason = kernel.unavailable()
    return (None, reason) if reason else (kernel, "")


def _frames_to_the_user() -> int:
    """Count the frames between a warning's caller and the code that called the optimizer."""
    count, frame = 0, sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        count, frame = count + 1, frame.f_back
    return count + 1


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "torch" or module.startswith("rmsprop_course.torch_optim")
