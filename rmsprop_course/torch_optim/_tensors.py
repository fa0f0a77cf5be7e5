"""The lists of tensors that a step works on, and in which dtype it works."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from rmsprop_course._extras import extra

with extra("torch"):
    import torch
    from torch import Tensor


class Tensors(NamedTuple):
    """Lists with one entry a parameter; the last two are empty where the settings need none."""

    params: list[Tensor]
    grads: list[Tensor]
    square_avgs: list[Tensor]
    grad_avgs: list[Tensor]
    momentum_buffers: list[Tensor]

    def select(self, indices: list[int]) -> "Tensors":
        """Return the entries at `indices`."""
        return Tensors(*([entry[i] for i in indices] if entry else [] for entry in self))

    def of(self, index: int) -> "Tensors":
        """Return the entry at `index` as lists of one."""
        return Tensors(*(entry[index : index + 1] for entry in self))

    def computed(self) -> "Tensors":
        """Return the tensors as the arithmetic takes them: real, and all in one dtype.

        Complex numbers become pairs of reals. The dtype is the one that holds both the parameter
        and its state. Tensors that are so already are not copied.
        """
        kinds = {tensor.dtype for entry in self for tensor in entry}
        if len(kinds) == 1 and not kinds.pop().is_complex:
            return self
        real = [[as_real(tensor) for tensor in entry] for entry in self]
        dtypes = [
            torch.promote_types(param.dtype, average.dtype)
            for param, average in zip(real[0], real[2], strict=True)
        ]
        return Tensors(
            *([t.to(dtype) for t, dtype in zip(entry, dtypes, strict=False)] for entry in real)
        )

    def store(self, computed: "Tensors") -> None:
        """Round `computed` to the dtypes that are kept, where `computed` holds copies."""
        if computed is self:
            return
        for name in ("params", "square_avgs", "grad_avgs", "momentum_buffers"):
            for kept, new in zip(getattr(self, name), getattr(computed, name), strict=True):
                if as_real(kept).dtype != new.dtype:
                    as_real(kept).copy_(new)


def as_real(tensor: Tensor) -> Tensor:
    """Return complex numbers as pairs of reals, a view; anything else as it is."""
    return torch.view_as_real(tensor) if tensor.is_complex() else tensor


def alike(tensors: Tensors) -> Iterator[list[int]]:
    """Group the indices of tensors that one foreach call can take."""
    groups: dict[tuple[Any, ...], list[int]] = {}
    for index, (param, average) in enumerate(zip(tensors.params, tensors.square_avgs, strict=True)):
        groups.setdefault((param.device, param.dtype, average.dtype), []).append(index)
    yield from groups.values()
