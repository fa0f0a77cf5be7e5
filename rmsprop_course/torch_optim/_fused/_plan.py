"""How one group's step is computed by a kernel: what it stands on, and whether that still holds.

A plan keeps no tensor alive. What it remembers of them (dtype, device, shape, strides, address) is
compared at each step, so that swapped data, new gradients and loaded state are noticed.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple, Protocol

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._foreach import foreach
from rmsprop_course.torch_optim._fused import _facts
from rmsprop_course.torch_optim._fused._table import Integers, Table
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._scaling import Scaling, unscaled
from rmsprop_course.torch_optim._single_tensor import single_tensor
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor


class Kernel(Protocol):
    """A module that steps all tensors of a table."""

    CHUNK: int
    """How many numbers a chunk has at most."""
    TAKES_SCALING: bool
    """Whether the kernel itself does what a GradScaler asks."""

    def unavailable(self) -> str:
        """Return why not in this process, or ""."""

    def misfit(self, tensors: Mapping[str, Tensor]) -> str:
        """Return why not these tensors of one parameter, by the names of their lists, or ""."""

    def step(
        self, table: Table, steps: list[Tensor], settings: Settings, scaling: Scaling | None
    ) -> None:
        """Step all tensors of a table and count it."""


Kernels = Callable[[str], tuple[Kernel | None, str]]
"""From the type of a device to its kernel, or None and why there is none."""


class Part(NamedTuple):
    """The parameters of one device and dtype: their numbers in the group's list, their table."""

    indices: list[int]
    kernel: Kernel
    table: Table
    written: _facts.Stretches
    gradient_bytes: Integers


class Plan:
    """The step of a group whose tensors are as they were when the plan was made."""

    def __init__(
        self, tensors: Tensors, steps: list[Tensor], kernels: Kernels, *, capturable: bool
    ) -> None:
        whole = _facts.lists(tensors, steps)
        named = {name: _facts.local(entry) for name, entry in whole.items()}
        self._is_distributed = any(map(_facts.is_distributed, tensors.params))
        self._capturable = capturable
        self._features = tuple(named)
        self._guards = {name: _facts.guard(entry) for name, entry in named.items()}
        self._addresses = {name: _addresses_of_plain(entry) for name, entry in named.items()}
        self.misfits: dict[int, str] = {}
        kinds: dict[Any, list[int]] = {}
        kernels = cache(kernels)
        for index in range(len(steps)):
            entry = {name: entries[index] for name, entries in named.items()}
            kernel, reason = kernels(entry["params"].device.type)
            reason = reason or _misfit({name: whole[name][index] for name in whole}, entry)
            reason = reason or (kernel.misfit(entry) if kernel else "")
            if kernel is None or reason:
                self.misfits[index] = reason
            else:
                dtypes = tuple(_real(tensor.dtype) for tensor in entry.values())
                kind = (kernel, entry["params"].device, entry["steps"].device, dtypes)
                kinds.setdefault(kind, []).append(index)
        self.parts = [_part(self._addresses, named, i, *kind) for kind, i in kinds.items()]
        self._refuse_shared_memory()

    @property
    def is_captured(self) -> bool:
        """Whether a CUDA graph reads the tables."""
        return any(part.table.is_captured for part in self.parts)

    def _refuse_shared_memory(self) -> None:
        """Leave a part whose tensors share memory to the paths that work one after another."""
        for part in [*self.parts]:
            if part.written.overlap() or _gradients_meet(part):
                self.parts.remove(part)
                self.misfits |= dict.fromkeys(part.indices, "tensors share memory")

    def holds(self, tensors: Tensors, steps: list[Tensor], *, capturable: bool) -> bool:
        """Whether the plan holds for these tensors; new addresses of gradients are taken over."""
        named = _facts.lists(tensors, steps)
        if tuple(named) != self._features or len(steps) != len(self._addresses["steps"]):
            return False
        if capturable != self._capturable or any(part.kernel.unavailable() for part in self.parts):
            return False
        if self._is_distributed:
            entries = [entry for name, entry in named.items() if name != "steps"]
            if any(_facts.disagreement([*entry]) for entry in zip(*entries, strict=True)):
                return False
            named = {name: _facts.local(entry) for name, entry in named.items()}
        if not all([self._guards[name].check(*entry) for name, entry in named.items()]):
            return False
        return all([self._is_where_it_was(name, entry) for name, entry in named.items()])

    def _is_where_it_was(self, name: str, tensors: list[Tensor]) -> bool:
        """Whether a list is where it was, or is one of gradients, which may move."""
        found = _facts.addresses(tensors)
        if found == self._addresses[name]:
            return True
        if name != "grads":
            return False
        self._addresses[name] = found
        for part in self.parts:
            part.table.move(name, found if self._is_all(part) else _at(part.indices, found))
        return not any(map(_gradients_meet, self.parts))

    def run(
        self,
        tensors: Tensors,
        steps: list[Tensor],
        settings: Settings,
        scaling: Scaling | None = None,
    ) -> None:
        """Step tensors for which the plan was made, or holds, in place."""
        for part in self.parts:
            whole = self._is_all(part)
            changed = tensors if whole else tensors.select(part.indices)
            counts = steps if whole else _at(part.indices, steps)
            scaled = None if part.kernel.TAKES_SCALING else scaling
            if scaled is not None and not scaled.permits(changed.grads):
                return
            part.kernel.step(part.table, counts, settings, scaling)
            self._count_versions(changed, counts, with_grads=scaling is not None)
        if self.misfits:
            rest = sorted(self.misfits)
            path = single_tensor if tensors.params[0].is_cpu else foreach
            unscaled(path)(tensors.select(rest), _at(rest, steps), settings, scaling)

    def _count_versions(self, tensors: Tensors, steps: list[Tensor], *, with_grads: bool) -> None:
        """Tell autograd what was written."""
        for entry in (*(tensors if with_grads else tensors._replace(grads=[])), steps):
            torch.autograd.graph.increment_version(entry)
            if self._is_distributed:
                torch.autograd.graph.increment_version(_facts.local(entry))

    def _is_all(self, part: Part) -> bool:
        return len(part.indices) == len(self._addresses["steps"])


def _part(
    addresses: Mapping[str, list[int]],
    named: Mapping[str, list[Tensor]],
    indices: list[int],
    kernel: Kernel,
    device: torch.device,
    _: torch.device,
    dtypes: tuple[torch.dtype, ...],
) -> Part:
    begins = {name: _at(indices, addresses[name]) for name in named}
    params: list[Tensor] = _at(indices, named["params"])
    sizes = [param.numel() * (1 + param.is_complex()) for param in params]
    of_list = dict(zip(named, dtypes, strict=True))
    lengths = {name: [n * dtype.itemsize for n in sizes] for name, dtype in of_list.items()}
    lengths["steps"] = [of_list["steps"].itemsize] * len(indices)
    names = [name for name in named if name != "grads"]
    written = _facts.Stretches(
        [begin for name in names for begin in begins[name]],
        [length for name in names for length in lengths[name]],
    )
    table = Table(begins, sizes, of_list, device, kernel.CHUNK)
    return Part(indices, kernel, table, written, np.array(lengths["grads"], np.int64))


def _gradients_meet(part: Part) -> bool:
    begins = part.table.of("grads")
    return begins is not None and part.written.meet(begins, part.gradient_bytes)


def _misfit(whole: dict[str, Tensor], local: dict[str, Tensor]) -> str:
    """Return why no kernel can take these tensors of one parameter, or ""."""
    *numbers, _ = whole.values()
    *here, step = local.values()
    if reason := _facts.disagreement(numbers) or _facts.misfit(here):
        return reason
    if len({tensor.device for tensor in here}) > 1:
        return "parameter, gradient and averages are on different devices"
    if step.numel() != 1 or step.dtype not in (torch.float32, torch.float64):
        return "a count of steps is no floating-point number"
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
