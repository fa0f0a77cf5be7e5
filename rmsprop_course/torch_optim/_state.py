"""What the optimizer keeps for a parameter: how it begins, and what does not fit."""

from collections.abc import Mapping
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._tensors import Tensors, as_real

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim.optimizer import _get_capturable_supported_devices

AVERAGES = ("square_avg", "grad_avg", "momentum_buffer")

_COMPLEX = {  # dtype of a pair of reals as one number
    torch.float16: torch.complex32,
    torch.float32: torch.complex64,
    torch.float64: torch.complex128,
}


def new_step(param: Tensor, group: Mapping[str, Any], value: float = 0.0) -> Tensor:
    """Return a count of steps as PyTorch keeps it: on the CPU unless it is to be captured."""
    is_double = torch.get_default_dtype() == torch.float64
    return torch.tensor(
        value,
        dtype=torch.float64 if is_double else torch.float32,
        device=param.device if group["capturable"] else "cpu",
    )


def step_count(state: dict[str, Any], param: Tensor, group: Mapping[str, Any]) -> Tensor:
    """Return the count of a parameter's steps; one that is not there yet begins at 0."""
    if "step" not in state:
        state["step"] = new_step(param, group)
    step: Tensor = state["step"]
    return step


def average(name: str, state: dict[str, Any], param: Tensor, group: Mapping[str, Any]) -> Tensor:
    """Return an average of a parameter; one that is not there yet begins at its start."""
    if name not in state:
        dtype = dtype_of_state(param, group["state_dtype"])
        state[name] = torch.zeros_like(param, dtype=dtype, memory_format=torch.preserve_format)
        if name == "square_avg" and group["initial_square_avg"] != 0:
            as_real(state[name]).fill_(group["initial_square_avg"])
    found: Tensor = state[name]
    return found


def dtype_of_state(param: Tensor, state_dtype: torch.dtype | None) -> torch.dtype:
    """Return the dtype of a parameter's averages, or raise a ValueError if there is none."""
    if state_dtype is None:
        if param.dtype in (torch.float16, torch.bfloat16):
            return torch.float32
        return torch.complex64 if param.dtype == torch.complex32 else param.dtype
    if not param.is_complex():
        return state_dtype
    if state_dtype not in _COMPLEX:
        raise ValueError(
            f"Invalid state_dtype value: {state_dtype} "
            f"(must be one of {', '.join(map(str, _COMPLEX))} for a complex parameter)"
        )
    return _COMPLEX[state_dtype]


def fill(
    group: Mapping[str, Any],
    states: Mapping[Tensor, dict[str, Any]],
    tensors: Tensors,
    steps: list[Tensor],
) -> None:
    """Fill the lists with what the step of a group works on; state that is not there begins."""
    for param in group["params"]:
        if param.grad is None:
            continue
        state = states[param]
        tensors.params.append(param)
        tensors.grads.append(param.grad)
        steps.append(step_count(state, param, group))
        tensors.square_avgs.append(average("square_avg", state, param, group))
        if group["centered"]:
            tensors.grad_avgs.append(average("grad_avg", state, param, group))
        if group["momentum"] > 0:
            tensors.momentum_buffers.append(average("momentum_buffer", state, param, group))


def check_group(group: Mapping[str, Any], state: Mapping[Tensor, Any]) -> None:
    """Raise unless a step can use the gradients and the state of a group."""
    for param in group["params"]:
        if param.grad is not None:
            check_gradient(param, param.grad)
            check_state(param, state.get(param, {}), group)


def check_gradient(param: Tensor, grad: Tensor) -> None:
    """Raise unless a step can use this gradient for this parameter."""
    if grad.is_sparse:
        raise RuntimeError("RMSprop does not support sparse gradients")
    for name in ("layout", "shape", "device"):
        if getattr(grad, name) != getattr(param, name):
            raise RuntimeError(
                f"the gradient must have the parameter's {name}, {getattr(param, name)}, "
                f"got {getattr(grad, name)}"
            )
    if grad.dtype != param.dtype and not _allows(param, grad.dtype):
        raise RuntimeError(
            f"the gradient must have the parameter's dtype, {param.dtype}, got {grad.dtype}"
        )


def check_state(param: Tensor, state: Mapping[str, Any], group: Mapping[str, Any]) -> None:
    """Raise unless a step can use this state, or begin one, for this parameter."""
    if "square_avg" not in state:
        dtype_of_state(param, group["state_dtype"])
        _check_memory(param)
    check_averages(param, state)
    for name in AVERAGES:
        if name in state and state[name].device != param.device:
            raise RuntimeError(
                f"{name} must be on the parameter's device, {param.device}, "
                f"got {state[name].device}"
            )
    if group["capturable"]:
        _check_capturable(param, state)
    if group["differentiable"] and param.is_leaf and param.requires_grad:
        raise RuntimeError(
            "differentiable=True changes parameters that autograd follows: they must not be leaves "
            "that require a gradient, pass clones"
        )


def check_averages(param: Tensor, state: Mapping[str, Any]) -> None:
    """Raise unless the averages in a state or a checkpoint have the parameter's shape and kind."""
    for name in AVERAGES:
        if name not in state:
            continue
        found = state[name]
        if not isinstance(found, Tensor) or found.shape != param.shape:
            got = found.shape if isinstance(found, Tensor) else repr(found)
            raise RuntimeError(f"{name} must have the parameter's shape, {param.shape}, got {got}")
        is_number = found.is_floating_point() or found.is_complex()
        if found.is_complex() != param.is_complex() or not is_number:
            raise RuntimeError(
                f"{name} must hold numbers like the parameter's, {param.dtype}, got {found.dtype}"
            )


def _check_memory(param: Tensor) -> None:
    """Raise if several numbers of the parameter share one place, as after ``expand``."""
    if any(step == 0 and n > 1 for step, n in zip(param.stride(), param.shape, strict=True)):
        raise RuntimeError(
            "a parameter must have a place in memory for each of its numbers, "
            f"got {param.shape} with strides {param.stride()}"
        )


def _check_capturable(param: Tensor, state: Mapping[str, Any]) -> None:
    devices = _get_capturable_supported_devices()
    step_device = state["step"].device if "step" in state else param.device
    if param.device.type != step_device.type or param.device.type not in devices:
        raise AssertionError(  # PyTorch's type and words
            f"If capturable=True, params and state_steps must be on supported devices: {devices}."
        )


def _allows(param: Tensor, dtype: torch.dtype) -> bool:
    """Whether the parameter was told, by ``grad_dtype``, to take real gradients of this dtype."""
    told = getattr(param, "grad_dtype", param.dtype)
    return told in (None, dtype) and dtype.is_floating_point and param.is_floating_point()
