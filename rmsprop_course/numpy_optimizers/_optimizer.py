"""What an optimizer of this package is."""

from collections.abc import Callable
from typing import Any, NamedTuple

from rmsprop_course._settings import FloatArray


class Optimizer(NamedTuple):
    """A pair of pure functions.

    Attributes
    ----------
    init : callable
        ``init(params) -> state``.
    step : callable
        ``step(params, grad, state, **settings) -> (params, state)``.
    """

    init: Callable[..., Any]
    step: Callable[..., tuple[FloatArray, Any]]
