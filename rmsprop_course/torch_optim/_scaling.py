"""What ``torch.amp.GradScaler`` asks of a step: to take its scale off, and to skip what overflowed.

The scaler lays two tensors on an optimizer whose step can do this, and takes them away after it.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim._rules import Settings
from rmsprop_course.torch_optim._tensors import Tensors

with extra("torch"):
    from torch import Tensor


class Scaling(NamedTuple):
    """Tensors of one number each, or None: gradients are divided by one, the other forbids."""

    grad_scale: Tensor | None
    found_inf: Tensor | None

    @property
    def forbids(self) -> bool:
        """Whether a gradient was infinite or NaN; waits for the device that knows it."""
        return self.found_inf is not None and bool(self.found_inf.item())

    def permits(self, grads: Iterable[Tensor]) -> bool:
        """Take the scale off the gradients, in place, unless the step is to be skipped."""
        if self.forbids:
            return False
        if self.grad_scale is not None:
            scale = self.grad_scale.reshape(())
            for grad in grads:
                grad.div_(scale.to(grad.device))
        return True


def scaling_of(optimizer: Any) -> Scaling | None:
    """Return what a scaler has laid on an optimizer, or None."""
    found = Scaling(
        getattr(optimizer, "grad_scale", None),
        getattr(optimizer, "found_inf", None),
    )
    return None if found == (None, None) else found


Path = Callable[[Tensors, list[Tensor], Settings, Scaling | None], None]


def unscaled(path: Callable[[Tensors, list[Tensor], Settings], None]) -> Path:
    """Return a path that first does what a scaler asks."""

    def step(
        tensors: Tensors, steps: list[Tensor], settings: Settings, scaling: Scaling | None
    ) -> None:
        if scaling is None or scaling.permits(tensors.grads):
            path(tensors, steps, settings)

    return step
