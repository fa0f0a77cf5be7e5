"""The update as autograd needs it: nothing that a derivative depends on is overwritten.

The derivatives are finite also where a gradient is 0.
"""

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._single_tensor import vanishes, weight_sum
from rmsprop_course.torch_optim._tensors import Tensors, as_real

with extra("torch"):
    import torch
    from torch import Tensor


def differentiable(tensors: Tensors, steps: list[Tensor], settings: Settings) -> None:
    """Step every parameter; parameters and state then carry the graph of the step."""
    for index, step in enumerate(steps):
        step += 1
        kept = tensors.of(index)
        for old, new in zip(kept, _updated(kept.computed(), step, settings), strict=True):
            if old and new:
                as_real(old[0]).copy_(new[0])


def _updated(tensors: Tensors, step: Tensor, s: Settings) -> Tensors:
    (param,), (grad,), (square_avg,), grad_avgs, momentum_buffers = tensors
    grad = -grad if s.maximize else grad
    decay = s.weight_decay * param
    if not s.decoupled_weight_decay:
        grad, decay = grad + decay, torch.zeros_like(param)

    square_avg = s.alpha * square_avg + (1 - s.alpha) * grad * grad
    weights = weight_sum(s.alpha, step, square_avg.dtype) if s.bias_correction else 1
    variance = square_avg / weights
    if s.centered:
        grad_avgs = [s.alpha * grad_avgs[0] + (1 - s.alpha) * grad]
        variance = (variance - (grad_avgs[0] / weights) ** 2).clamp(min=0)

    denominator = _root(variance + s.eps) if s.eps_inside_sqrt else _root(variance) + s.eps
    if vanishes(s.eps, denominator.dtype):
        denominator = denominator.masked_fill(grad == 0, 1)
    update = grad / denominator

    if s.momentum == 0:
        change = s.lr * update
    else:
        inside, outside = (s.lr, 1) if s.lr_in_momentum else (1, s.lr)
        momentum_buffers = [s.momentum * momentum_buffers[0] + inside * update]
        ahead = s.momentum * momentum_buffers[0] + inside * update
        change = outside * (ahead if s.nesterov else momentum_buffers[0])
    return Tensors([param - s.lr * decay - change], [], [square_avg], grad_avgs, momentum_buffers)


def _root(variance: Tensor) -> Tensor:
    """√v with derivative 0, not infinity, at 0: there the gradient, its factor, is 0 as well."""
    is_zero = variance == 0
    return variance.masked_fill(is_zero, 1).sqrt().masked_fill(is_zero, 0)
