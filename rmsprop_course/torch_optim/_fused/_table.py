"""Where the numbers of many tensors lie, as a kernel takes them: addresses and chunks.

One table serves one call of a kernel. It knows nothing of settings, and holds no tensor.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra

with extra("torch"):
    import torch

Integers = NDArray[np.int64]


class Table:
    """Addresses of tensors whose numbers lie one after another, cut into chunks.

    Parameters
    ----------
    addresses : mapping of str to list of int
        For each list of tensors that the step works on, where each tensor begins.
    sizes : list of int
        How many real numbers each tensor has.
    dtypes : mapping of str to torch.dtype
        For each list the dtype of its numbers, real.
    device : torch.device
        Where the numbers lie.
    chunk : int
        How many numbers a chunk has at most.

    Attributes
    ----------
    chunks : array of int64, (n_chunks, 3)
        For each chunk its tensor, where it begins in it, and how many numbers it has. A tensor
        without numbers has one chunk, of none.
    version : int
        How often addresses were replaced.
    on_device : object
        What a kernel keeps of the table where it runs; None until it does.
    is_captured : bool
        Whether a CUDA graph reads what is kept there.
    """

    def __init__(
        self,
        addresses: Mapping[str, list[int]],
        sizes: list[int],
        dtypes: Mapping[str, torch.dtype],
        device: torch.device,
        chunk: int,
    ) -> None:
        self.n_tensors = len(sizes)
        self.dtypes = dict(dtypes)
        self.device = device
        self.chunks = _chunks(np.array(sizes, np.int64), chunk)
        self.version = 0
        self.on_device: Any = None
        self.is_captured = False
        self._addresses = {name: np.array(entry, np.int64) for name, entry in addresses.items()}
        self._shares: dict[int, Integers] = {}

    def of(self, name: str) -> Integers | None:
        """Return the addresses of a list, or None if the step has no such list."""
        return self._addresses.get(name)

    def move(self, name: str, addresses: list[int]) -> None:
        """Take over new addresses of a list."""
        self._addresses[name][:] = addresses
        self.version += 1

    def shares(self, n: int) -> Integers:
        """Return where to cut the chunks into n runs of about as many numbers each: n + 1 ends."""
        if n not in self._shares:
            total = np.concatenate([[0], np.cumsum(self.chunks[:, 2])])
            ends = np.searchsorted(total, np.linspace(0, total[-1], n + 1)).astype(np.int64)
            self._shares[n] = ends
        return self._shares[n]


def _chunks(sizes: Integers, chunk: int) -> Integers:
    counts = np.maximum(-(-sizes // chunk), 1)
    tensors = np.repeat(np.arange(sizes.size), counts)
    first_of_tensor = np.repeat(np.cumsum(counts) - counts, counts)
    begins = (np.arange(tensors.size) - first_of_tensor) * chunk
    lengths = np.minimum(sizes[tensors] - begins, chunk)
    return np.stack([tensors, begins, lengths], axis=1).astype(np.int64)
