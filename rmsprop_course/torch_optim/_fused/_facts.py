"""What a kernel that works on addresses must know of the tensors behind them."""

import sys
from typing import Any

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._fused._table import Integers
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor
    from torch._C._dynamo.guards import TensorGuards

PLAIN = {Tensor, torch.nn.Parameter}
REAL = {
    torch.complex32: torch.float16,
    torch.complex64: torch.float32,
    torch.complex128: torch.float64,
}


def lists(tensors: Tensors, steps: list[Tensor]) -> dict[str, list[Tensor]]:
    """Return the lists that are not empty, by name, and the steps as one more."""
    named = {name: entry for name, entry in tensors._asdict().items() if entry}
    return named | {"steps": steps}


def gather(group: dict[str, Any], state: Any) -> tuple[Tensors, list[Tensor]] | None:
    """Return what the step of a group works on, or None if the state is not complete."""
    every = [param.grad for param in group["params"]]
    params = [p for p, grad in zip(group["params"], every, strict=True) if grad is not None]
    grads = [grad for grad in every if grad is not None]
    try:
        states = [state[param] for param in params if param in state]
        averages = [
            [kept[name] for kept in states] if used else []
            for name, used in (
                ("square_avg", True),
                ("grad_avg", group["centered"]),
                ("momentum_buffer", group["momentum"] > 0),
            )
        ]
        steps = [kept["step"] for kept in states]
    except KeyError:
        return None
    if len(states) < len(params) or not {*map(type, steps)} <= PLAIN:
        return None
    return Tensors(params, grads, *averages), steps


def guard(tensors: list[Tensor]) -> Any:
    """Return a guard that tells whether tensors are as these: all that a plan stands on but where.

    It compares type, kind of memory (device, layout, negated or conjugated), dtype, shape and
    strides, one after another in C++: what PyTorch's compiler guards its graphs with. In Python
    this took more time than the kernel for a thousand small tensors.
    """
    make: Any = TensorGuards
    return make(*tensors, dynamic_dims_sizes=None, dynamic_dims_strides=None)


def addresses(tensors: list[Tensor]) -> list[int]:
    """Return where each tensor begins."""
    return [tensor.data_ptr() for tensor in tensors]


def is_distributed(tensor: Tensor) -> bool:
    """Whether a tensor is a DTensor: what lies here is only its part."""
    module = sys.modules.get("torch.distributed.tensor")
    return module is not None and isinstance(tensor, module.DTensor)


def local(tensors: list[Tensor]) -> list[Tensor]:
    """Return the parts of distributed tensors that lie here, and other tensors as they are."""
    return [_part_of(tensor) if is_distributed(tensor) else tensor for tensor in tensors]


def _part_of(tensor: Any) -> Tensor:
    part: Tensor = tensor._local_tensor  # to_local() would be recorded by autograd
    return part


def disagreement(tensors: list[Any]) -> str:
    """Return why the parts here of a parameter, gradient and averages do not belong together."""
    if not any(map(is_distributed, tensors)):
        return ""
    if not all(map(is_distributed, tensors)):
        return "a DTensor has a gradient or an average that is none"
    first = tensors[0]
    if any(t.placements != first.placements or t.device_mesh != first.device_mesh for t in tensors):
        return "a DTensor has a gradient or an average that is placed differently"
    if any(placement.is_partial() for placement in first.placements):
        return "a DTensor is a sum over devices that is still to be taken"
    return ""


def misfit(tensors: list[Tensor]) -> str:
    """Return why a kernel cannot take a parameter with its gradient and averages, or ""."""
    param = tensors[0]
    if not {*map(type, tensors)} <= PLAIN:
        return f"a tensor is a {_odd_type(tensors)}"
    if any(tensor.layout != torch.strided for tensor in tensors):
        return "a tensor is not strided"
    if any(tensor.is_neg() or tensor.is_conj() for tensor in tensors):
        return "a tensor is a negated or conjugated view"
    if any(tensor.is_inference() for tensor in tensors):
        return "a tensor was made in inference mode"
    contiguous = all(tensor.is_contiguous() for tensor in tensors)
    if not contiguous and len({tensor.stride() for tensor in tensors}) > 1:
        return "parameter, gradient and averages have different strides"
    if not contiguous and not _is_dense(param):
        return "the numbers of a parameter do not lie side by side in memory"
    return ""


def _odd_type(tensors: list[Tensor]) -> str:
    return next(type(tensor).__name__ for tensor in tensors if type(tensor) not in PLAIN)


def _is_dense(tensor: Tensor) -> bool:
    """Whether the numbers fill a stretch of memory, each place once, in whatever order."""
    expected = 1
    for step, size in sorted(zip(tensor.stride(), tensor.shape, strict=True)):
        if size != 1:
            if step != expected:
                return False
            expected *= size
    return True


class Stretches:
    """Stretches of memory that a step writes; tells whether others reach into them."""

    def __init__(self, begins: list[int], sizes: list[int]) -> None:
        order = np.argsort(begins, kind="stable")
        self._begins: Integers = np.array(begins, np.int64)[order]
        self._ends: Integers = self._begins + np.array(sizes, np.int64)[order]
        used = self._ends > self._begins
        self._begins, self._ends = self._begins[used], self._ends[used]

    def overlap(self) -> bool:
        """Whether two of the stretches share memory."""
        return bool((self._ends[:-1] > self._begins[1:]).any())

    def meet(self, begins: Integers, sizes: Integers) -> bool:
        """Whether a stretch of others shares memory with one of these, which do not overlap."""
        if self._begins.size == 0:
            return False
        next_end = np.searchsorted(self._ends, begins, side="right")
        inside = next_end < self._begins.size
        reaches = self._begins[np.minimum(next_end, self._begins.size - 1)] < begins + sizes
        return bool((inside & reaches & (sizes > 0)).any())
