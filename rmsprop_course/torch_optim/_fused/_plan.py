"""How one group's step is computed by a kernel: what it stands on, and whether that still holds.

A plan keeps no tensor alive. What it remembers of them (dtype, device, shape, strides, address) is
compared at each step, so that swapped data, new gradients and loaded state are noticed.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._fused import _facts
from rmsprop_course.torch_optim._fused._table import Integers, Table
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._single_tensor import single_tensor
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor

CHUNK = 65536  # numbers: 256 kB in float32, small beside a cache, large beside a call


class Kernel(Protocol):
    """A module that steps all tensors of a table."""

    def unavailable(self) -> str:
        """Return why not in this process, or ""."""

    def step(self, table: Table, settings: Settings) -> None:
        """Step all tensors of a table and count it."""


class Part(NamedTuple):
    """The parameters of one dtype: their numbers in the group's list, and their table."""

    indices: list[int]
    table: Table
    written: _facts.Stretches
    gradient_bytes: Integers


class Plan:
    """The step of a group whose tensors are as they were when the plan was made."""

    def __init__(self, tensors: Tensors, steps: list[Tensor], kernel: Kernel) -> None:
        named = _facts.lists(tensors, steps)
        self._kernel = kernel
        self._features = tuple(named)
        self._guards = {name: _facts.guard(entry) for name, entry in named.items()}
        self._addresses = {name: _addresses_of_plain(entry) for name, entry in named.items()}
        self.misfits: dict[int, str] = {}
        kinds: dict[Any, list[int]] = {}
        for index in range(len(steps)):
            reason = _misfit({name: entry[index] for name, entry in named.items()})
            if reason:
                self.misfits[index] = reason
            else:
                kind = (_real(tensors.params[index].dtype), steps[index].dtype)
                kinds.setdefault(kind, []).append(index)
        self.parts = [self._part(indices, named, *kind) for kind, indices in kinds.items()]
        self._refuse_shared_memory()

    def _part(
        self,
        indices: list[int],
        named: Mapping[str, list[Tensor]],
        dtype: torch.dtype,
        step_dtype: torch.dtype,
    ) -> Part:
        begins = {name: [self._addresses[name][i] for i in indices] for name in named}
        params = [named["params"][i] for i in indices]
        sizes = [param.numel() * (1 + param.is_complex()) for param in params]
        n_bytes = [size * dtype.itemsize for size in sizes]
        written = _facts.Stretches(
            [begin for name in named if name != "grads" for begin in begins[name]],
            n_bytes * (len(named) - 2) + [step_dtype.itemsize] * len(indices),
        )
        table = Table(begins, sizes, dtype, step_dtype, CHUNK)
        return Part(indices, table, written, np.array(n_bytes, np.int64))

    def _refuse_shared_memory(self) -> None:
        """Leave a part whose tensors share memory to the paths that work one after another."""
        for part in [*self.parts]:
            if part.written.overlap() or self._gradients_meet(part):
                self.parts.remove(part)
                self.misfits |= dict.fromkeys(part.indices, "tensors share memory")

    def _gradients_meet(self, part: Part) -> bool:
        begins = part.table.of("grads")
        return begins is not None and part.written.meet(begins, part.gradient_bytes)

    def holds(self, tensors: Tensors, steps: list[Tensor]) -> bool:
        """Whether the plan holds for these tensors; new addresses of gradients are taken over."""
        named = _facts.lists(tensors, steps)
        if tuple(named) != self._features or len(steps) != len(self._addresses["steps"]):
            return False
        if self._kernel.unavailable():
            return False
        if not all([self._guards[name].check(*entry) for name, entry in named.items()]):
            return False
        for name, entry in named.items():
            found = _facts.addresses(entry)
            if found == self._addresses[name]:
                continue
            if name != "grads":
                return False
            self._addresses[name] = found
            for part in self.parts:
                part.table.move(name, found if self._is_all(part) else _at(part.indices, found))
                if self._gradients_meet(part):
                    return False
        return True

    def run(self, tensors: Tensors, steps: list[Tensor], settings: Settings) -> None:
        """Step tensors for which the plan was made, or holds, in place."""
        for part in self.parts:
            self._kernel.step(part.table, settings)
            whole = self._is_all(part)
            changed = tensors if whole else tensors.select(part.indices)
            counts = steps if whole else _at(part.indices, steps)
            for entry in (*changed._replace(grads=[]), counts):
                torch.autograd.graph.increment_version(entry)
        if self.misfits:
            rest = sorted(self.misfits)
            single_tensor(tensors.select(rest), _at(rest, steps), settings)

    def _is_all(self, part: Part) -> bool:
        return len(part.indices) == len(self._addresses["steps"])


def _misfit(tensors: dict[str, Tensor]) -> str:
    """Return why the CPU's kernel cannot take these tensors of one parameter, or ""."""
    *numbers, step = tensors.values()
    if reason := _facts.misfit(numbers):
        return reason
    param = numbers[0]
    if param.device.type != "cpu":
        return f"there is no kernel for {param.device.type}"
    if _real(param.dtype) not in (torch.float32, torch.float64):
        return f"there is no kernel for {param.dtype} on the CPU"
    if len({tensor.dtype for tensor in numbers}) > 1:
        return "parameter, gradient and averages have different dtypes"
    if not step.is_cpu or step.numel() != 1 or step.dtype not in (torch.float32, torch.float64):
        return "a count of steps is no floating-point number on the CPU"
    return ""


def _real(dtype: torch.dtype) -> torch.dtype:
    return _facts.REAL.get(dtype, dtype)


def _addresses_of_plain(tensors: list[Tensor]) -> list[int]:
    return [
        tensor.data_ptr() if type(tensor) in _facts.PLAIN and tensor.layout == torch.strided else 0
        for tensor in tensors
    ]


def _at(indices: list[int], entries: list[Any]) -> list[Any]:
    return [entries[index] for index in indices]
