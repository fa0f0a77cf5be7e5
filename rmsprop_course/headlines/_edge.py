"""Headlines of the edge of stability: where the preconditioned sharpness of a network settles."""

from functools import cache, partial

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course.analysis.edge import digits_problem, train_at_the_edge
from rmsprop_course.headlines._headline import Headline

with extra("torch"):
    from torch import nn

_ACTIVATIONS = {"tanh": nn.Tanh, "ReLU": nn.ReLU, "SiLU": nn.SiLU}
_SEEDS = range(5)
_TOLERANCE = 0.2  # a memory of 100 steps ends somewhat above 2, and rounding moves a run by 0.05


@cache
def _settled(seed: int, learning_rate: float, activation: str) -> float:
    """Return η times the sharpness, averaged over the second half of 2000 steps."""
    network, loss = digits_problem(seed, activation=_ACTIVATIONS[activation])
    path = train_at_the_edge(loss, network.parameters(), learning_rate=learning_rate)
    return float(path.sharpness[path.steps >= path.steps[-1] // 2].mean())


def _mean_of_seeds() -> float:
    return float(np.mean([_settled(seed, 2e-4, "tanh") for seed in _SEEDS]))


def _farthest_seed() -> float:
    """Return the sharpness of the seed that lies farthest from 2."""
    settled = np.array([_settled(seed, 2e-4, "tanh") for seed in _SEEDS])
    return float(settled[np.abs(settled - 2).argmax()])


EDGE = (
    Headline(
        "edge-mean",
        "10",
        "η λmax of the digits network, mean of five seeds",
        2.0,
        _TOLERANCE,
        "Cohen et al. (2022)",
        _mean_of_seeds,
    ),
    Headline(
        "edge-farthest",
        "10",
        "the same, the seed that lies farthest off",
        2.0,
        _TOLERANCE,
        "Cohen et al. (2022)",
        _farthest_seed,
    ),
    *(
        Headline(
            f"edge-{activation}-{rate:g}",
            "10",
            f"the same with η = {rate:g}, {activation}",
            2.0,
            _TOLERANCE,
            "Cohen et al. (2022)",
            partial(_settled, 0, rate, activation),
        )
        for rate, activation in ((5e-4, "tanh"), (1e-3, "tanh"), (2e-4, "ReLU"), (2e-4, "SiLU"))
    ),
)
