"""The update of many parameters by calls that take lists of tensors, in place.

Line by line the operations of `_single_tensor`, one call for all tensors of a kind.
"""

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._single_tensor import vanishes, weight_sum
from rmsprop_course.torch_optim._tensors import Tensors, alike

with extra("torch"):
    import torch
    from torch import Tensor

Scale = float | Tensor


def foreach(tensors: Tensors, steps: list[Tensor], settings: Settings) -> None:
    """Step every parameter, in place."""
    if not torch.compiler.is_compiling() and steps[0].is_cpu:
        torch._foreach_add_(steps, torch.tensor(1.0, device="cpu"), alpha=1.0)  # wrapped once
    else:
        torch._foreach_add_(steps, 1)
    for indices in alike(tensors):
        kept = tensors.select(indices)
        computed = kept.computed()
        _update(computed, [steps[index] for index in indices], settings)
        kept.store(computed)


def _update(tensors: Tensors, steps: list[Tensor], s: Settings) -> None:
    params, grads, square_avgs, grad_avgs, momentum_buffers = tensors
    if s.maximize:
        grads = list(torch._foreach_neg(grads))
    if s.weight_decay != 0 and s.decoupled_weight_decay:
        torch._foreach_mul_(params, 1 - s.lr * s.weight_decay)
    elif s.weight_decay != 0:
        grads = list(torch._foreach_add(grads, params, alpha=s.weight_decay))

    torch._foreach_mul_(square_avgs, s.alpha)
    torch._foreach_addcmul_(square_avgs, grads, grads, value=1 - s.alpha)
    if s.centered:
        torch._foreach_lerp_(grad_avgs, grads, 1 - s.alpha)

    denominators = _denominators(square_avgs, grad_avgs, steps, s)
    if vanishes(s.eps, denominators[0].dtype):
        for denominator, grad in zip(denominators, grads, strict=True):
            denominator.masked_fill_(grad == 0, 1)

    if s.momentum == 0:
        _add_ratios(params, grads, denominators, -s.lr)
        return
    inside, outside = (s.lr, 1) if s.lr_in_momentum else (1, s.lr)
    torch._foreach_mul_(momentum_buffers, s.momentum)
    _add_ratios(momentum_buffers, grads, denominators, inside)
    if s.nesterov:
        _add(params, momentum_buffers, -outside * s.momentum)
        _add_ratios(params, grads, denominators, -outside * inside)
    else:
        _add(params, momentum_buffers, -outside)


def _denominators(
    square_avgs: list[Tensor], grad_avgs: list[Tensor], steps: list[Tensor], s: Settings
) -> list[Tensor]:
    variances, means = square_avgs, grad_avgs
    if s.bias_correction:
        weights = [weight_sum(s.alpha, step, variances[0].dtype) for step in steps]
        variances, means = _divided(variances, weights), _divided(means, weights)
    if s.centered:
        variances = list(torch._foreach_addcmul(variances, means, means, value=-1))
        torch._foreach_clamp_min_(variances, 0)
    is_fresh = variances is not square_avgs  # their memory may then hold the denominators
    if s.eps_inside_sqrt and is_fresh:
        torch._foreach_add_(variances, s.eps)
    elif s.eps_inside_sqrt:
        variances = list(torch._foreach_add(variances, s.eps))
    if s.eps_inside_sqrt or is_fresh:
        torch._foreach_sqrt_(variances)
    else:
        variances = list(torch._foreach_sqrt(variances))
    if not s.eps_inside_sqrt:
        torch._foreach_add_(variances, s.eps)
    return variances


def _divided(averages: list[Tensor], weights: list[float | Tensor]) -> list[Tensor]:
    return [average / weight for average, weight in zip(averages, weights, strict=False)]


def _add_ratios(
    targets: list[Tensor], numerators: list[Tensor], denominators: list[Tensor], scale: Scale
) -> None:
    if isinstance(scale, Tensor):  # reading its value would wait for the device
        ratios = list(torch._foreach_div(numerators, denominators))
        torch._foreach_mul_(ratios, scale)
        torch._foreach_add_(targets, ratios)
    else:
        torch._foreach_addcdiv_(targets, numerators, denominators, value=scale)


def _add(targets: list[Tensor], terms: list[Tensor], scale: Scale) -> None:
    if isinstance(scale, Tensor):
        torch._foreach_add_(targets, list(torch._foreach_mul(terms, scale)))
    else:
        torch._foreach_add_(targets, terms, alpha=scale)
