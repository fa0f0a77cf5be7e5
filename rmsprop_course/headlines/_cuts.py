"""Headlines of the relaxed cut: the stationary √v solves a semidefinite program."""

from functools import cache, partial
from typing import NamedTuple

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.analysis import (
    Oscillation,
    cut_weight,
    cycle_graph,
    graph_laplacian,
    max_cut,
    max_cut_sdp,
    oscillate,
    random_graph,
    round_gram,
)
from rmsprop_course.headlines._headline import Headline

_SIZES, _N_EACH = (2, 4, 8, 16), 4
_RING = cycle_graph(5)
_RING_VALUE = 5 * (1 + np.cos(np.pi / 5)) * 2  # neighbors at 144° on a circle
_DERIVED = "we derive, after Cohen et al. (2024)"


class _Ratios(NamedTuple):
    """What was measured over what the program says, one number a matrix."""

    root: FloatArray  # Σ √v / η over SDP/2
    floor: FloatArray  # mean loss over η² SDP/8
    spread: FloatArray  # the mean of x² farthest from η²/4, over it


def _matrices(n: int) -> FloatArray:
    """Return random positive definite matrices, shape (n_each, n, n)."""
    factors = np.random.default_rng(n).standard_normal((_N_EACH, n, n))
    return factors @ np.swapaxes(factors, -1, -2) / n + 0.1 * np.eye(n)


@cache
def _ratios() -> _Ratios:
    """Run RMSProp on sixteen matrices, four of each size."""
    parts = []
    for n in _SIZES:
        matrices = _matrices(n)
        values = np.array([max_cut_sdp(matrix).value for matrix in matrices])
        start = np.random.default_rng(100 + n).standard_normal((_N_EACH, n))
        run = oscillate(matrices, start=start)
        squares = 4 * np.einsum("...ii->...i", run.second_moment)
        farthest = np.take_along_axis(
            squares, np.abs(squares - 1).argmax(axis=-1, keepdims=True), axis=-1
        )
        parts.append(
            (run.roots.sum(axis=-1) / (values / 2), run.loss / (values / 8), farthest[:, 0])
        )
    return _Ratios(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _worst(name: str) -> float:
    """Return the ratio that lies farthest from 1."""
    ratios: FloatArray = getattr(_ratios(), name)
    return float(ratios[np.abs(ratios - 1).argmax()])


@cache
def _ring() -> Oscillation:
    start = np.random.default_rng(0).standard_normal(5)
    return oscillate(graph_laplacian(_RING), start=start)


def _value_of_ring() -> float:
    return max_cut_sdp(graph_laplacian(_RING)).value


def _bound_of_ring() -> float:
    return float(_ring().roots.sum()) / 2


# A graph of twelve nodes, of which 22 of 30 edges can be cut.


@cache
def _graph() -> FloatArray:
    return random_graph(12, 0.5, np.random.default_rng(0))


def _largest_cut() -> float:
    return max_cut(_graph())


def _mean_cut_of_swing() -> float:
    start = np.random.default_rng(0).standard_normal(12)
    points = oscillate(graph_laplacian(_graph()), start=start).points
    return float(cut_weight(_graph(), points - points.mean(axis=0)).mean())


def _mean_cut_of_rounding() -> float:
    gram = max_cut_sdp(graph_laplacian(_graph())).gram
    signs = round_gram(gram, 30_000, np.random.default_rng(0))
    return float(cut_weight(_graph(), signs).mean())


def _mean_cut_of_chance() -> float:
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (30_000, 12))
    return float(cut_weight(_graph(), signs).mean())


CUTS = (
    Headline(
        "program-root",
        "10",
        "Σ√v/η over half the program's value, worst of 16",
        1.0,
        0.0015,
        _DERIVED,
        partial(_worst, "root"),
    ),
    Headline(
        "program-floor",
        "10",
        "mean loss over η²/8 of the value, worst of 16",
        1.0,
        0.0025,
        _DERIVED,
        partial(_worst, "floor"),
    ),
    Headline(
        "program-spread",
        "10",
        "4 E[x²]/η², worst coordinate of 16 matrices",
        1.0,
        0.02,
        _DERIVED,
        partial(_worst, "spread"),
    ),
    Headline(
        "ring-value",
        "10",
        "the program's value on a ring of five",
        _RING_VALUE,
        1e-4,
        "Goemans and Williamson (1995)",
        _value_of_ring,
    ),
    Headline(
        "ring-bound",
        "10",
        "Σ√v/(2η) on the ring, a quarter of the value",
        _RING_VALUE / 4,
        0.005,
        _DERIVED,
        _bound_of_ring,
    ),
    Headline("cut-largest", "10", "largest cut of a graph", 22, 0.5, "we compute", _largest_cut),
    Headline(
        "cut-swing",
        "10",
        "mean cut of the signs of RMSProp's swing",
        21.08,
        0.15,
        "we compute",
        _mean_cut_of_swing,
    ),
    Headline(
        "cut-rounding",
        "10",
        "mean cut of Goemans and Williamson's rounding",
        21.24,
        0.1,
        "we compute",
        _mean_cut_of_rounding,
    ),
    Headline(
        "cut-chance",
        "10",
        "mean cut of random signs, half of 30 edges",
        15.0,
        0.1,
        "we derive",
        _mean_cut_of_chance,
    ),
)
