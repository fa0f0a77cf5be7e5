"""The kernel for the CPU: compiled by Numba, one pass over memory, all tensors in one call.

It reads and writes raw memory: `_plan` decides what may come here.
"""

import math
import os
import threading
from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._fused._table import Table
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._scaling import Scaling
from rmsprop_course.torch_optim._single_tensor import vanishes

with extra("torch"):
    import numba
    import torch
    from llvmlite import binding
    from numba import carray, prange, types
    from numba.extending import intrinsic
    from torch import Tensor

CHUNK = 65536  # numbers: 256 kB in float32, small beside a cache, large beside a call
TAKES_SCALING = False

_NUMPY: dict[torch.dtype, Any] = {torch.float32: np.float32, torch.float64: np.float64}
_PARALLEL: dict[str, Any] = {"parallel": True, "nogil": True, "error_model": "numpy"}
_SERIAL: dict[str, Any] = {"nogil": True, "error_model": "numpy"}

Function = TypeVar("Function", bound=Callable[..., Any])

_lock = threading.Lock()  # one of Numba's threading layers aborts when two threads enter it
_threads_died = False  # in a forked child, where Numba's threads are missing


def unavailable() -> str:
    """Return why the kernel cannot run in this process, or ""."""
    if numba.config.DISABLE_JIT:
        return "Numba's compiler is switched off by NUMBA_DISABLE_JIT"
    if _threads_died:
        return "this process was forked from one whose Numba threads had started"
    return ""


def misfit(tensors: Mapping[str, Tensor]) -> str:
    """Return why the kernel cannot take these tensors of one parameter, or ""."""
    *numbers, step = tensors.values()
    dtype = numbers[0].dtype
    if (dtype.to_real() if dtype.is_complex else dtype) not in _NUMPY:
        return f"there is no kernel for {dtype} on the CPU"
    if len({tensor.dtype for tensor in numbers}) > 1:
        return "parameter, gradient and averages have different dtypes"
    return "" if step.is_cpu else "a count of steps is not on the CPU"


def step(table: Table, steps: list[Tensor], settings: Settings, scaling: Scaling | None) -> None:
    """Step all tensors of a table and count it."""
    dtype = table.dtypes["params"]
    numbers = _numbers(settings, _NUMPY[dtype])
    corrections = np.ones(table.n_tensors, numbers.dtype)  # the kernel's dtype, or it widens
    parts = min(torch.get_num_threads(), numba.config.NUMBA_NUM_THREADS)
    with _lock:
        count(table, settings, corrections)
        before = numba.get_num_threads()
        numba.set_num_threads(parts)
        try:
            _step(
                table.shares(parts),
                table.chunks,
                table.of("params"),
                table.of("grads"),
                table.of("square_avgs"),
                table.of("grad_avgs"),
                table.of("momentum_buffers"),
                corrections,
                numbers,
                settings.nesterov,
                vanishes(settings.eps, dtype),
            )
        finally:
            numba.set_num_threads(before)


def count(table: Table, settings: Settings, corrections: Any) -> None:
    """Count a step of each tensor, and fill in what its averages are then multiplied by."""
    log_alpha = math.log(settings.alpha) if settings.bias_correction and settings.alpha > 0 else 0.0
    like = np.ones(1, _NUMPY[table.dtypes["steps"]])
    _count(table.of("steps"), like, log_alpha, corrections)


def _numbers(s: Settings, dtype: Any) -> Any:
    """Return what the kernel multiplies and adds, rounded as PyTorch rounds its scalars."""
    decay = s.lr * s.weight_decay if s.decoupled_weight_decay else 0.0
    inside, outside = (s.lr, 1) if s.lr_in_momentum else (1, s.lr)
    return np.array(
        [
            -1.0 if s.maximize else 1.0,
            0.0 if s.decoupled_weight_decay else s.weight_decay,
            1 - decay,
            s.alpha,
            1 - s.alpha,
            s.eps if s.eps_inside_sqrt else 0.0,
            0.0 if s.eps_inside_sqrt else s.eps,
            s.momentum,
            inside if s.momentum else -s.lr,  # of u in b, or in the parameter
            -outside * (s.momentum if s.nesterov else 1),  # of b in the parameter
            -outside * inside,  # of u in the parameter with nesterov
            1.0,
            0.0,
        ],
        dtype,
    )


# --- Compiled ---


def _compiled(**options: Any) -> Callable[[Function], Function]:
    """Compile on the first call, and keep the machine code where there is a folder for it."""

    def decorate(function: Function) -> Function:
        try:
            compiled = numba.njit(cache=True, **options)(function)
        except RuntimeError:  # Numba found no folder that it may write to
            compiled = numba.njit(**options)(function)
        return cast(Function, compiled)

    return decorate


@intrinsic  # type: ignore[untyped-decorator]
def _pointer(typing_context: Any, address: Any, like: Any) -> Any:
    """Take an address for that of a number of the dtype of `like`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.inttoptr(arguments[0], context.get_value_type(signature.return_type))

    return types.CPointer(like.dtype)(address, like), generate


@intrinsic  # type: ignore[untyped-decorator]
def _fma(typing_context: Any, a: Any, b: Any, c: Any) -> Any:
    """Return ab + c rounded once, as PyTorch does it, where the processor can."""
    features = binding.get_host_cpu_features()
    is_x86 = binding.get_process_triple().startswith(("x86", "i686"))
    can = features.get("fma", False) if is_x86 else True

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        if can:
            return builder.fma(*arguments)
        return builder.fadd(builder.fmul(*arguments[:2]), arguments[2])

    return a(a, b, c), generate


@_compiled(**_SERIAL)
def _count(steps: Any, like: Any, log_alpha: Any, corrections: Any) -> None:
    for tensor in range(steps.size):
        step = carray(_pointer(steps[tensor], like), 1)
        step[0] += 1
        if log_alpha != 0:
            corrections[tensor] = -1 / math.expm1(step[0] * log_alpha)


@_compiled(**_PARALLEL)
def _step(
    shares: Any,
    chunks: Any,
    params: Any,
    grads: Any,
    square_avgs: Any,
    grad_avgs: Any,
    momentum_buffers: Any,
    corrections: Any,
    numbers: Any,
    nesterov: Any,
    eps_vanishes: Any,
) -> None:
    for share in prange(shares.size - 1):
        for chunk in range(shares[share], shares[share + 1]):
            tensor, first, size = chunks[chunk, 0], chunks[chunk, 1], chunks[chunk, 2]
            skip = first * numbers.itemsize
            p = carray(_pointer(params[tensor] + skip, numbers), size)
            g = carray(_pointer(grads[tensor] + skip, numbers), size)
            v = carray(_pointer(square_avgs[tensor] + skip, numbers), size)
            m = b = v  # not touched without centering and momentum
            if grad_avgs is not None:
                m = carray(_pointer(grad_avgs[tensor] + skip, numbers), size)
            if momentum_buffers is not None:
                b = carray(_pointer(momentum_buffers[tensor] + skip, numbers), size)
            correction = corrections[tensor]
            _update(
                p,
                g,
                v,
                m,
                b,
                grad_avgs,
                momentum_buffers,
                correction,
                numbers,
                nesterov,
                eps_vanishes,
            )


@_compiled(**_SERIAL)
def _update(
    p: Any,
    g: Any,
    v: Any,
    m: Any,
    b: Any,
    centered: Any,
    with_momentum: Any,
    correction: Any,
    numbers: Any,
    nesterov: Any,
    eps_vanishes: Any,
) -> None:
    """Step one chunk: line by line the arithmetic of `_single_tensor`, `None` switches off."""
    sign, weight_decay, keep = numbers[0], numbers[1], numbers[2]
    alpha, share, eps_inside, eps_outside = numbers[3], numbers[4], numbers[5], numbers[6]
    momentum, of_new, of_buffer, of_update = numbers[7], numbers[8], numbers[9], numbers[10]
    one, zero = numbers[11], numbers[12]
    is_small = share < one - share
    for i in range(p.size):
        grad = sign * g[i]
        if weight_decay != zero:
            grad = _fma(weight_decay, p[i], grad)
        square_avg = _fma(share * grad, grad, alpha * v[i])
        v[i] = square_avg
        variance = square_avg * correction
        if centered is not None:
            way = grad - m[i]
            mean = _fma(share, way, m[i]) if is_small else _fma(share - one, way, grad)
            m[i] = mean
            mean = mean * correction
            variance = _fma(-mean, mean, variance)
            variance = zero if variance < zero else variance  # a NaN stays
        denominator = np.sqrt(variance + eps_inside) + eps_outside
        if eps_vanishes and grad == zero:
            denominator = one  # no gradient, no step: 0/1 for 0/0
        new = of_new * grad / denominator
        if with_momentum is not None:
            buffer = momentum * b[i] + new
            b[i] = buffer
            param = _fma(of_buffer, buffer, keep * p[i])
            if nesterov:
                param = param + of_update * grad / denominator
            p[i] = param
        else:
            p[i] = keep * p[i] + new


def _threads_are_running() -> bool:
    try:
        numba.threading_layer()
    except ValueError:
        return False
    return True


def _after_fork_in_child() -> None:
    """Forget the lock, which another thread may have held, and see whether threads were lost."""
    global _lock, _threads_died
    _lock = threading.Lock()
    _threads_died = _threads_died or _threads_are_running()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork_in_child)
