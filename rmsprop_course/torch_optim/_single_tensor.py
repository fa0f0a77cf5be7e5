"""The update of one parameter after another, in place: it reads as the formula."""

import math

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    import torch
    from torch import Tensor


def single_tensor(tensors: Tensors, steps: list[Tensor], settings: Settings) -> None:
    """Step every parameter, in place."""
    for index, step in enumerate(steps):
        kept = tensors.of(index)
        computed = kept.computed()
        _update(computed, step, settings)
        kept.store(computed)


def _update(tensors: Tensors, step: Tensor, s: Settings) -> None:
    (param,), (grad,), (square_avg,), grad_avgs, momentum_buffers = tensors
    step += 1
    if s.maximize:
        grad = -grad
    if s.weight_decay != 0 and s.decoupled_weight_decay:
        param.mul_(1 - s.lr * s.weight_decay)
    elif s.weight_decay != 0:
        grad = grad.add(param, alpha=s.weight_decay)

    square_avg.mul_(s.alpha).addcmul_(grad, grad, value=1 - s.alpha)  # v ← αv + (1-α)g²
    weights = weight_sum(s.alpha, step, square_avg.dtype) if s.bias_correction else None
    variance = square_avg if weights is None else square_avg / weights
    if s.centered:
        mean = grad_avgs[0].lerp_(grad, 1 - s.alpha)  # m ← αm + (1-α)g
        mean = mean if weights is None else mean / weights
        variance = variance.addcmul(mean, mean, value=-1).clamp_(min=0)

    is_fresh = variance is not square_avg  # its memory may then hold the denominator
    if s.eps_inside_sqrt:
        denominator = (variance.add_(s.eps) if is_fresh else variance.add(s.eps)).sqrt_()
    else:
        denominator = (variance.sqrt_() if is_fresh else variance.sqrt()).add_(s.eps)
    if vanishes(s.eps, denominator.dtype):
        denominator.masked_fill_(grad == 0, 1)  # no gradient, no step: 0/1 for 0/0

    if s.momentum == 0:
        _add_ratio(param, grad, denominator, -s.lr)
        return
    inside, outside = (s.lr, 1) if s.lr_in_momentum else (1, s.lr)
    buffer = momentum_buffers[0].mul_(s.momentum)
    _add_ratio(buffer, grad, denominator, inside)  # b ← μb + u
    if s.nesterov:
        _add(param, buffer, -outside * s.momentum)
        _add_ratio(param, grad, denominator, -outside * inside)
    else:
        _add(param, buffer, -outside)


def weight_sum(alpha: float, step: Tensor, dtype: torch.dtype) -> float | Tensor:
    """Return 1 - αᵗ, what the weights of an average from 0 sum to after t steps."""
    if alpha == 0:
        return 1.0
    if torch.compiler.is_compiling() or not step.is_cpu:
        exact = step.to(torch.promote_types(dtype, torch.float32))
        return -torch.expm1(exact * math.log(alpha))
    return -math.expm1(step.item() * math.log(alpha))


def vanishes(eps: float, dtype: torch.dtype) -> bool:
    """Whether ε may count as 0 among numbers of this dtype."""
    return eps < torch.finfo(dtype).tiny


def _add_ratio(
    target: Tensor, numerator: Tensor, denominator: Tensor, scale: float | Tensor
) -> None:
    if isinstance(scale, Tensor):  # reading its value would wait for the device
        target.add_(scale * (numerator / denominator))
    else:
        target.addcdiv_(numerator, denominator, value=scale)


def _add(target: Tensor, term: Tensor, scale: float | Tensor) -> None:
    if isinstance(scale, Tensor):
        target.add_(scale * term)
    else:
        target.add_(term, alpha=scale)
