"""Mistakes of weight decay and momentum in lesson 06, in optimizers that are right without them."""

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks.lesson_06_optimizers import Complete, Group, but

with extra("torch"):
    from torch import Tensor


def wrong_extras() -> tuple[Misconception, ...]:
    """Return all mistakes of weight decay and momentum."""
    return (*_wrong_decay(), *_wrong_momentum())


def _wrong_decay() -> tuple[Misconception, ...]:
    def shrinking(self: Complete, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        param.mul_(1 - group["lr"] * group["weight_decay"])
        return grad

    def shrinking_whole(self: Complete, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        param.mul_(1 - group["weight_decay"])
        return grad

    def not_averaged(self: Complete, param: Tensor, grad: Tensor, group: Group) -> None:
        update = Complete.decayed(self, param, grad, group) / self.root(param, grad, group)
        self.push(param, update, group)

    def in_place(self: Complete, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        grad.add_(param, alpha=group["weight_decay"])
        return grad

    def growing(self: Complete, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        return grad.sub(param, alpha=group["weight_decay"])

    return (
        Misconception(
            "weight decay grows the weights",
            "The decay is subtracted from the gradient, so it drives the parameter away from 0.",
            "θ = 1 and the gradient is 0: in which direction should θ go?",
            but(Complete, decayed=growing),
        ),
        Misconception(
            "weight decay beside the update",
            "The parameter shrinks by itself, as in AdamW; PyTorch's RMSProp adds the decay to "
            "the gradient.",
            "Is the decay divided by the root of the average in your step? And in PyTorch's?",
            but(Complete, decayed=shrinking),
        ),
        Misconception(
            "weight decay without the learning rate",
            "The parameter shrinks by the whole `weight_decay`, whatever `lr` is.",
            "What does your step do to the parameter if `lr` is 0?",
            but(Complete, decayed=shrinking_whole),
        ),
        Misconception(
            "weight decay is ignored",
            "The path is the same with `weight_decay` and without.",
            "Where in your code is `weight_decay`?",
            but(Complete, decayed=lambda self, param, grad, group: grad),
        ),
        Misconception(
            "weight decay is left out of the average",
            "The decay is in the numerator only; the average is of the gradient without it.",
            "Which g does your average square: the one before or after the decay was added?",
            but(Complete, move=not_averaged),
        ),
        Misconception(
            "weight decay is written into the gradient",
            "The decay is added to `param.grad` in place, which others may still read.",
            "Print `param.grad` before and after the step. Is it the same?",
            but(Complete, decayed=in_place),
        ),
    )


def _wrong_momentum() -> tuple[Misconception, ...]:
    def in_the_buffer(self: Complete, param: Tensor, update: Tensor, group: Group) -> None:
        buffer = self.buffer(param).mul_(group["momentum"])
        param.sub_(buffer.add_(update, alpha=group["lr"]))

    def of_the_gradient(self: Complete, param: Tensor, grad: Tensor, group: Group) -> None:
        mass = group["momentum"]
        root = self.root(param, self.decayed(param, grad, group), group)
        mean = self.buffer(param).mul_(mass).add_(self.decayed(param, grad, group), alpha=1 - mass)
        param.sub_(group["lr"] * mean / root)

    def summed_before(self: Complete, param: Tensor, grad: Tensor, group: Group) -> None:
        root = self.root(param, self.decayed(param, grad, group), group)
        total = self.buffer(param).mul_(group["momentum"]).add_(self.decayed(param, grad, group))
        param.sub_(group["lr"] * total / root)

    def ignoring(self: Complete, param: Tensor, update: Tensor, group: Group) -> None:
        param.sub_(group["lr"] * update)

    def averaging(self: Complete, param: Tensor, update: Tensor, group: Group) -> None:
        Complete.push(self, param, (1 - group["momentum"]) * update, group)

    def looking_ahead(self: Complete, param: Tensor, update: Tensor, group: Group) -> None:
        buffer = self.buffer(param).mul_(group["momentum"]).add_(update)
        param.sub_(group["lr"] * (update + group["momentum"] * buffer))

    return (
        Misconception(
            "lr inside the momentum buffer",
            "The buffer sums updates that are already multiplied by `lr`, as TensorFlow's does; "
            "in PyTorch `lr` multiplies the buffer.",
            "`lr` is halved: what becomes of the older steps in your buffer?",
            but(Complete, push=in_the_buffer),
        ),
        Misconception(
            "a mean of gradients is divided",
            "The gradients are averaged before the division, as in Adam; here the buffer sums what "
            "was divided.",
            "In which order stand the buffer and the division in the lesson's formula?",
            but(Complete, move=of_the_gradient),
        ),
        Misconception(
            "a sum of gradients is divided",
            "The buffer sums gradients and is divided then; it should sum what was divided.",
            "In which order stand the buffer and the division in the lesson's formula?",
            but(Complete, move=summed_before),
        ),
        Misconception(
            "momentum is ignored",
            "The path is the same with momentum and without: the buffer is not kept, or not used.",
            "Two equal gradients follow each other: how much longer is the second step?",
            but(Complete, push=ignoring),
        ),
        Misconception(
            "an average instead of a sum of updates",
            "The new update enters the buffer with 1 - μ; in PyTorch it enters whole.",
            "How long should the first step be with momentum, and how long is yours?",
            but(Complete, push=averaging),
        ),
        Misconception(
            "Nesterov's momentum",
            "The step looks ahead by another μ times the buffer, as Nesterov's does.",
            "What does the parameter move by: the buffer alone, or something more?",
            but(Complete, push=looking_ahead),
        ),
    )
