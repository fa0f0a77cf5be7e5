"""Seeded noise that has the same bits in Python and in the browser (``js/noise.mjs``)."""

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._settings import FloatArray

_PER_VALUE = 12  # uniform numbers in a sum: twelve have variance 1
_MULTIPLIER, _INCREMENT, _MIXER = 747796405, 2891336453, 277803737


def seeded_noise(seed: int, n_values: int) -> FloatArray:
    """Return noise of mean 0 and variance 1, nearly normal.

    Each value is a sum of twelve uniform numbers, moved to mean 0. Nothing is rounded on the way,
    so that every machine and language gets the same bits.

    Parameters
    ----------
    seed : int
        0 to 2³² - 1.
    n_values : int
        How many values.

    Returns
    -------
    ndarray, shape (n_values,)
        Dimensionless, in (-6, 6).

    References
    ----------
    Jarzynski and Olano (2020), Hash Functions for GPU Rendering, JCGT 9(3): the 32-bit hash.

    Examples
    --------
    >>> seeded_noise(0, 3).round(6)
    array([-0.716773, -0.564556,  0.87288 ])
    """
    first = _hash(np.array([seed], dtype=np.uint32))
    counters = np.arange(_PER_VALUE * n_values, dtype=np.uint32)
    sums = (
        _hash(np.add(first, counters, dtype=np.uint32))
        .astype(np.float64)
        .reshape(n_values, _PER_VALUE)
        .sum(axis=1)
    )
    values: FloatArray = (sums + _PER_VALUE / 2) / 2.0**32 - _PER_VALUE / 2
    return values


def _hash(numbers: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Scramble 32-bit numbers; the arithmetic is modulo 2³²."""
    state = numbers * np.uint32(_MULTIPLIER) + np.uint32(_INCREMENT)
    shift = (state >> np.uint32(28)) + np.uint32(4)
    word = ((state >> shift) ^ state) * np.uint32(_MIXER)
    scrambled: NDArray[np.uint32] = (word >> np.uint32(22)) ^ word
    return scrambled
