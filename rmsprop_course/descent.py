"""Runs an optimizer on an objective, one run or a whole sweep at once; plots are in `figures`."""

import inspect
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, is_count
from rmsprop_course.numpy_optimizers import Optimizer
from rmsprop_course.objectives import Objective


class Trajectory(NamedTuple):
    """What a run passed through; row 0 is the start, row t comes after t steps.

    Attributes
    ----------
    params : ndarray, shape (n_steps + 1, ..., n_params)
        The points.
    values : ndarray, shape (n_steps + 1, ...)
        The objective there.
    grads : ndarray, shape (n_steps + 1, ..., n_params)
        Its gradient there.
    """

    params: FloatArray
    values: FloatArray
    grads: FloatArray


def run(
    objective: Objective,
    optimizer: Optimizer,
    *,
    start: ArrayLike,
    n_steps: int,
    **settings: Any,
) -> Trajectory:
    """Minimize `objective` from `start` and keep every point on the way.

    Optimizers work element by element, so a sweep is one run with more axes: `start` and the
    settings broadcast together, with the parameters on the last axis. Learning rates of shape
    (200, 1, 1), decays of shape (1, 200, 1) and a start of shape (2,) make 40 000 runs. A setting
    of shape (n_params,) gives every parameter its own value.

    Parameters
    ----------
    objective : Objective
        What to minimize.
    optimizer : Optimizer
        How; one of `numpy_optimizers`.
    start : array_like, shape (..., n_params)
        Where; its floating-point dtype is the dtype of the run. Not changed.
    n_steps : int
        Number of steps, 0 or more.
    **settings
        Settings of ``optimizer.init`` and ``optimizer.step``, such as `learning_rate`; each goes
        to the function that takes it, and keeps its default if not given.

    Returns
    -------
    Trajectory
        Points, values and gradients, start included: n_steps + 1 rows.

    Raises
    ------
    TypeError
        If a setting is unknown, `n_steps` no whole number or `start` no floating-point array.
    ValueError
        If shapes do not fit, `n_steps` is negative or the start is not finite. The optimizer
        raises if a setting is out of its range.

    Notes
    -----
    A run that diverges overflows to infinity or NaN without a warning; look for it in `values`.
    All rows stay in memory: 8 (2 n_params + 1) bytes a run and step in float64.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import gradient_descent
    >>> from rmsprop_course.objectives import quadratic
    >>> rates = np.array([[0.1], [0.5]])  # two runs; the last axis holds the parameters
    >>> path = run(quadratic([1.0]), gradient_descent, start=[1.0], n_steps=2, learning_rate=rates)
    >>> path.params.shape
    (3, 2, 1)
    >>> path.values
    array([[0.5    , 0.5    ],
           [0.405  , 0.125  ],
           [0.32805, 0.03125]])
    """
    start = _check_start(objective, start)
    n_steps = is_count("n_steps", n_steps)
    init_settings, step_settings = _split_settings(optimizer, settings)
    shape = _sweep_shape(start, settings)

    params = np.empty((n_steps + 1, *shape), dtype=start.dtype)
    grads = np.empty_like(params)
    values = np.empty(params.shape[:-1], dtype=start.dtype)
    params[0] = start
    state = optimizer.init(params[0], **init_settings)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for t in range(n_steps + 1):
            if t > 0:
                params[t], state = optimizer.step(
                    params[t - 1], grads[t - 1], state, **step_settings
                )
            values[t] = objective.value(params[t])
            grads[t] = objective.gradient(params[t])
    return Trajectory(params, values, grads)


def _check_start(objective: Objective, start: ArrayLike) -> FloatArray:
    """Check dtype, last axis and finiteness of the start."""
    points = as_float_array("start", start)
    if points.ndim == 0 or points.shape[-1] != objective.n_params:
        raise ValueError(f"start must have shape (..., {objective.n_params}), got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"start must be finite, got {points[~np.isfinite(points)][0]:g}")
    return points


def _split_settings(
    optimizer: Optimizer, settings: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Give each setting to the function that takes it, ``init`` or ``step``."""
    of_init, of_step = _setting_names(optimizer.init), _setting_names(optimizer.step)
    accepted = sorted(of_init | of_step)
    for name in settings:
        if name not in accepted:
            raise TypeError(
                f"{name} is not a setting of this optimizer, which takes {', '.join(accepted)}"
            )
    return (
        {name: value for name, value in settings.items() if name in of_init},
        {name: value for name, value in settings.items() if name in of_step},
    )


def _setting_names(function: Callable[..., Any]) -> set[str]:
    """Names of the keyword-only parameters."""
    parameters = inspect.signature(function).parameters.values()
    return {item.name for item in parameters if item.kind is item.KEYWORD_ONLY}


def _sweep_shape(start: FloatArray, settings: dict[str, Any]) -> tuple[int, ...]:
    """Shape of one row of the trajectory: start and settings broadcast together."""
    shapes = {name: np.shape(value) for name, value in settings.items() if np.ndim(value)}
    n_params = start.shape[-1]
    for name, shape in shapes.items():
        if shape[-1] not in (1, n_params):
            raise ValueError(
                f"{name} must have the parameters on its last axis (length 1 or {n_params}), "
                f"got shape {shape}; add a trailing axis: {name}[..., np.newaxis]"
            )
    try:
        return np.broadcast_shapes(start.shape, *shapes.values())
    except ValueError:
        listed = ", ".join(f"{name} {shape}" for name, shape in shapes.items())
        raise ValueError(
            f"start and settings must broadcast together, got shapes start {start.shape}, {listed}"
        ) from None
