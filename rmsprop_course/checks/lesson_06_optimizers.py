"""Right optimizers of lesson 06, in methods that a wrong one replaces, and how one is made.

What the wrong ones do stands in the modules of the exercises.
"""

from collections.abc import Callable
from typing import Any

from rmsprop_course._extras import extra

with extra("torch"):
    import torch
    from torch import Tensor

Closure = Callable[[], Any] | None
Group = dict[str, Any]


class Plain(torch.optim.Optimizer):
    """RMSProp with ε outside the root."""

    def __init__(self, params: Any, lr: float = 0.01, alpha: float = 0.99, eps: float = 1e-8):
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps})

    @torch.no_grad()
    def step(self, closure: Closure = None) -> Any:
        """Move each parameter that has a gradient; return the loss of the closure, if any."""
        loss = self.loss(closure)
        self.move_groups()
        return loss

    def loss(self, closure: Closure) -> Any:
        """Compute loss and gradients anew, if there is a closure."""
        with torch.enable_grad():
            return None if closure is None else closure()

    def move_groups(self) -> None:
        """Move the parameters of all groups."""
        for group in self.param_groups:
            self.move_group(group)

    def move_group(self, group: Group) -> None:
        """Move the parameters of a group that have a gradient."""
        for param in group["params"]:
            if param.grad is not None:
                self.move(param, param.grad, group)

    def move(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """Update a parameter with the settings of a group."""
        param.sub_(group["lr"] * grad / self.root(param, grad, group))

    def root(self, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        """Update the average, and return its root with ε added."""
        alpha = group["alpha"]
        average = self.average(param).mul_(alpha).addcmul_(grad, grad, value=1 - alpha)
        return average.sqrt().add_(group["eps"])

    def average(self, param: Tensor) -> Tensor:
        """Return the average of a parameter, at first 0."""
        average: Tensor = self.state[param].setdefault("square_avg", torch.zeros_like(param))
        return average


class Complete(Plain):
    """RMSProp with PyTorch's weight decay and momentum."""

    def __init__(
        self,
        params: Any,
        lr: float = 0.01,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
    ):
        super().__init__(params, lr, alpha, eps)
        for group in (self.defaults, *self.param_groups):
            group.setdefault("weight_decay", weight_decay)
            group.setdefault("momentum", momentum)

    def move(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """Update a parameter with the settings of a group."""
        grad = self.decayed(param, grad, group)
        self.push(param, grad / self.root(param, grad, group), group)

    def decayed(self, param: Tensor, grad: Tensor, group: Group) -> Tensor:
        """Return the gradient with that of the weight decay."""
        decayed: Tensor = grad + group["weight_decay"] * param
        return decayed

    def push(self, param: Tensor, update: Tensor, group: Group) -> None:
        """Move a parameter by the sum of its updates, which fade."""
        param.sub_(group["lr"] * self.buffer(param).mul_(group["momentum"]).add_(update))

    def buffer(self, param: Tensor) -> Tensor:
        """Return the momentum buffer of a parameter, at first 0."""
        buffer: Tensor = self.state[param].setdefault("momentum_buffer", torch.zeros_like(param))
        return buffer


class Corrected(Plain):
    """RMSProp with a bias correction, for which each parameter counts its steps."""

    def move(self, param: Tensor, grad: Tensor, group: Group) -> None:
        """Update a parameter with the settings of a group."""
        t = self.count(param, group)
        self.root(param, grad, group)
        root = self.corrected(self.average(param), group["alpha"], t)
        param.sub_(group["lr"] * grad / (root + group["eps"]))

    def corrected(self, average: Tensor, alpha: float, t: int) -> Tensor:
        """Return the root of the average without its bias."""
        return (average / (1 - alpha**t)).sqrt()

    def count(self, param: Tensor, group: Group) -> int:
        """Return which step of the parameter this is, from 1."""
        self.state[param]["t"] = self.state[param].get("t", 0) + 1
        count: int = self.state[param]["t"]
        return count


def but(kind: type[Plain], **methods: Callable[..., Any]) -> type[Plain]:
    """Return the class with other methods."""
    return type("Wrong", (kind,), methods)
