"""The kernel for GPUs, CUDA's and ROCm's: one launch a step and dtype, all tensors of a table.

It reads and writes raw memory: `_plan` decides what may come here. The arithmetic is that of
`_numba`, in float32 for half types. What a launch reads beside the tensors is kept on the device:
addresses, chunks, and the settings in float64, because a number passed to a compiled kernel would
be rounded to float32, and a new value of some would compile it again.
"""

import math
from collections.abc import Mapping
from contextlib import nullcontext
from functools import cache
from subprocess import SubprocessError
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._fused import _triton_kernel
from rmsprop_course.torch_optim._fused._table import Table
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._scaling import Scaling
from rmsprop_course.torch_optim._single_tensor import vanishes

with extra("course"):
    import torch
    import triton.language as tl
    from torch import Tensor
    from triton.errors import TritonError

CHUNK = 8192  # numbers of one program; a multiple of 16 bytes in every dtype
TAKES_SCALING = True

_BLOCK, _WARPS = 1024, 4  # numbers at once, and threads by 32: two loads of 16 bytes a thread
_ALIGNMENT = 16  # bytes, for such loads

_LISTS = ("params", "grads", "square_avgs", "grad_avgs", "momentum_buffers", "steps")
_FLAGS = ("PARAM", "GRAD", "SQUARE_AVG", "GRAD_AVG", "BUFFER", "STEP")  # their dtypes
_DTYPES = {
    torch.float16: tl.float16,
    torch.bfloat16: tl.bfloat16,
    torch.float32: tl.float32,
    torch.float64: tl.float64,
}


@cache
def unavailable() -> str:
    """Return why the kernel cannot run in this process, or ""; found out once, by a launch."""
    try:
        if torch.cuda.is_available():
            _launch_once(torch.device("cuda", torch.cuda.current_device()))
    except (OSError, RuntimeError, SubprocessError, TritonError) as error:
        return f"Triton cannot launch a kernel: {' '.join(str(error).split())}"
    return ""


def _launch_once(device: torch.device) -> None:
    """Step one number; a driver, or the C compiler that Triton needs to launch, may be missing."""
    numbers = torch.zeros(3, 1, device=device)
    steps = [torch.zeros(())]
    begins = dict(zip(_LISTS, ([row.data_ptr()] for row in numbers), strict=False))
    begins["steps"] = [steps[0].data_ptr()]
    table = Table(begins, [1], dict.fromkeys(begins, torch.float32), device, CHUNK)
    values: dict[str, Any] = dict.fromkeys(Settings._fields, False)
    values |= {"lr": 0.0, "alpha": 0.5, "eps": 1.0, "weight_decay": 0.0, "momentum": 0.0}
    step(table, steps, Settings(**values), None)


def misfit(tensors: Mapping[str, Tensor]) -> str:
    """Return why the kernel cannot take these tensors of one parameter, or ""."""
    for tensor in tensors.values():
        dtype = tensor.dtype.to_real() if tensor.is_complex() else tensor.dtype
        if dtype not in _DTYPES:
            return f"there is no kernel for {tensor.dtype}"
    *numbers, step = tensors.values()
    is_near = step.is_cpu or step.device == numbers[0].device
    return "" if is_near else "a count of steps is on another device"


def step(table: Table, steps: list[Tensor], settings: Settings, scaling: Scaling | None) -> None:
    """Step all tensors of a table and count it."""
    counted_here = settings.capturable or not steps[0].is_cpu
    if scaling is not None and not counted_here:
        if scaling.forbids:
            return
        scaling = scaling._replace(found_inf=None)
    kept: _OnDevice = table.on_device or _OnDevice(table)
    table.on_device = kept
    if isinstance(settings.lr, Tensor) and settings.lr.device != table.device:
        settings = settings._replace(lr=settings.lr.item())
    found = None if counted_here else _count(table, steps, settings)
    try:
        _launch(table, kept, settings, scaling, found)
    except BaseException:
        if not counted_here:
            torch._foreach_sub_(steps, 1)
        raise


def _launch(
    table: Table,
    kept: "_OnDevice",
    settings: Settings,
    scaling: Scaling | None,
    found: NDArray[np.float64] | None,
) -> None:
    """Launch the kernel; `found` are the corrections if the steps were counted on the CPU."""
    with torch.cuda.device(table.device) if table.device.type == "cuda" else nullcontext():
        numbers = kept.numbers(settings)
        lr = settings.lr if isinstance(settings.lr, Tensor) else numbers  # its first is lr
        _triton_kernel.step[(len(table.chunks),)](
            kept.places(),
            kept.chunks,
            table.n_tensors,
            numbers,
            lr,
            kept.finished if found is None else None,
            kept.corrections(found) if found is not None and settings.bias_correction else None,
            *(None if t is None else t.to(table.device) for t in scaling or (None, None)),
            **flags(table.dtypes, settings),
            ALIGNED=kept.is_aligned,
            CHUNK=CHUNK,
            BLOCK=_BLOCK,
            num_warps=_WARPS,
        )


def flags(dtypes: Mapping[str, torch.dtype], s: Settings) -> dict[str, Any]:
    """Return what the kernel is compiled for."""
    computed = torch.promote_types(dtypes["params"], dtypes["square_avgs"])
    computed = torch.promote_types(computed, torch.float32)
    return {
        **{
            flag: _DTYPES[dtypes.get(name, torch.float32)]
            for name, flag in zip(_LISTS, _FLAGS, strict=True)
        },
        "COMPUTED": _DTYPES[computed],
        "MAXIMIZE": s.maximize,
        "WEIGHT_DECAY": s.weight_decay != 0 and not s.decoupled_weight_decay,
        "DECOUPLED": s.weight_decay != 0 and s.decoupled_weight_decay,
        "BIAS_CORRECTION": s.bias_correction and s.alpha > 0,
        "CENTERED": s.centered,
        "EPS_INSIDE_SQRT": s.eps_inside_sqrt,
        "EPS_VANISHES": vanishes(s.eps, computed),
        "MOMENTUM": s.momentum > 0,
        "LR_IN_MOMENTUM": s.lr_in_momentum,
        "NESTEROV": s.nesterov,
    }


def _count(table: Table, steps: list[Tensor], settings: Settings) -> NDArray[np.float64]:
    """Count a step of each tensor on the CPU; return what its averages are to be multiplied by."""
    corrections = np.ones(table.n_tensors)
    try:
        from rmsprop_course.torch_optim._fused import _numba

        _numba.count(table, settings, corrections)
    except ModuleNotFoundError:  # without Numba
        torch._foreach_add_(steps, 1)
        if settings.bias_correction and settings.alpha > 0:
            counts = np.array([step.item() for step in steps])
            corrections = -1 / np.expm1(counts * math.log(settings.alpha))
    return corrections


class _OnDevice:
    """What a launch reads beside the tensors, where it reads it.

    None of it is ever written again: what has changed is sent anew. So a CUDA graph goes on with
    what it was captured with, which is kept for it.
    """

    def __init__(self, table: Table) -> None:
        self._table = table
        self._captured: list[Tensor] = []
        self._version, self._places = -1, torch.empty(0)
        self._values: tuple[float, ...] = ()
        self._numbers = torch.empty(0)
        runs = np.bincount(table.chunks[:, 0], minlength=table.n_tensors)
        self.chunks = self._send(np.column_stack([table.chunks, runs[table.chunks[:, 0]]]))
        self.finished = self._send(np.zeros(table.n_tensors, np.int32))
        self.is_aligned = False

    def places(self) -> Tensor:
        """Return where each tensor begins: one row a list, zeros for a list that is not there."""
        if self._version != self._table.version:
            found = [self._table.of(name) for name in _LISTS]
            none = np.zeros(self._table.n_tensors, np.int64)
            rows = np.stack([none if entry is None else entry for entry in found])
            self.is_aligned = not (rows[:-1] % _ALIGNMENT).any()
            self._places, self._version = self._send(rows), self._table.version
        return self._keep(self._places)

    def numbers(self, s: Settings) -> Tensor:
        """Return the settings in float64, in the order in which the kernel reads them."""
        log_alpha = math.log(s.alpha) if s.alpha > 0 else 0.0
        lr = 0.0 if isinstance(s.lr, Tensor) else s.lr
        values = (lr, s.alpha, 1 - s.alpha, s.eps, s.weight_decay, s.momentum, log_alpha)
        if self._values != values:
            self._numbers, self._values = self._send(np.array(values, np.float64)), values
        return self._keep(self._numbers)

    def corrections(self, found: NDArray[np.float64]) -> Tensor:
        """Return what the averages of each tensor are to be multiplied by."""
        return self._keep(self._send(found))

    def _send(self, numbers: NDArray[Any]) -> Tensor:
        """Copy to the device without waiting for it."""
        host = torch.from_numpy(numbers)
        if self._is_capturing():
            host = self._keep(host.pin_memory())
        return host.to(self._table.device, non_blocking=True, copy=True)

    def _keep(self, tensor: Tensor) -> Tensor:
        if self._is_capturing():
            self._captured.append(tensor)
            self._table.is_captured = True
        return tensor

    def _is_capturing(self) -> bool:
        return self._table.device.type == "cuda" and torch.cuda.is_current_stream_capturing()
