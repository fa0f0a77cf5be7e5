"""The training loop for NumPy networks: shuffle, cut into batches, step.

It knows nothing of networks or of optimizers but their interfaces: a function from parameters and
a batch to loss and gradients, and a pair ``(init, step)`` as in `numpy_optimizers`.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rmsprop_course._settings import FloatArray
from rmsprop_course.networks import Params
from rmsprop_course.numpy_optimizers import Optimizer

LossAndGrads = Callable[[Params, NDArray[Any], NDArray[Any]], tuple[float, Params]]


class TrainingRun(NamedTuple):
    """What `train` returns.

    Attributes
    ----------
    params : dict of str to ndarray
        Trained parameters.
    losses : ndarray, shape (n_steps,)
        Loss of each batch before its step, in the units of the loss.
    accuracies : ndarray, shape (n_epochs,)
        What ``on_epoch`` returned after each epoch; empty without it.
    """

    params: Params
    losses: FloatArray
    accuracies: FloatArray


def init_all(optimizer: Optimizer, params: Mapping[str, FloatArray]) -> dict[str, Any]:
    """Give every array its own state.

    Parameters
    ----------
    optimizer : Optimizer
        From `numpy_optimizers`, or any pair of functions like it.
    params : dict of str to ndarray
        Parameters.

    Returns
    -------
    dict of str to state
        One state per key of `params`.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import rmsprop
    >>> states = init_all(rmsprop, {"W1": np.zeros((2, 3)), "b1": np.zeros(3)})
    >>> {name: state.square_avg.shape for name, state in states.items()}
    {'W1': (2, 3), 'b1': (3,)}
    """
    return {name: optimizer.init(array) for name, array in params.items()}


def step_all(
    optimizer: Optimizer,
    params: Mapping[str, FloatArray],
    grads: Mapping[str, FloatArray],
    states: Mapping[str, Any],
    **settings: Any,
) -> tuple[Params, dict[str, Any]]:
    """Step every array with its own gradient and its own state.

    Parameters
    ----------
    optimizer : Optimizer
        From `numpy_optimizers`, or any pair of functions like it.
    params, grads : dict of str to ndarray
        Parameters and the gradient of the loss with respect to them, under the same keys.
    states : dict of str to state
        From `init_all` or from the step before.
    **settings
        Passed to ``optimizer.step``.

    Returns
    -------
    params : dict of str to ndarray
        New parameters.
    states : dict of str to state
        New states.

    Raises
    ------
    ValueError
        If `grads` has other keys than `params`.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import gradient_descent
    >>> params, grads = {"W1": np.ones(2)}, {"W1": np.array([1.0, -1.0])}
    >>> states = init_all(gradient_descent, params)
    >>> params, states = step_all(gradient_descent, params, grads, states, learning_rate=0.5)
    >>> params["W1"]
    array([0.5, 1.5])
    """
    if grads.keys() != params.keys():
        raise ValueError(f"grads must have the keys of params, {list(params)}, got {list(grads)}")
    stepped = {
        name: optimizer.step(array, grads[name], states[name], **settings)
        for name, array in params.items()
    }
    new_params = {name: array for name, (array, _) in stepped.items()}
    return new_params, {name: state for name, (_, state) in stepped.items()}


def train(
    params: Params,
    loss_and_grads: LossAndGrads,
    images: ArrayLike,
    labels: ArrayLike,
    optimizer: Optimizer,
    *,
    n_epochs: int,
    batch_size: int,
    rng: np.random.Generator,
    on_epoch: Callable[[Params], float] | None = None,
    **settings: Any,
) -> TrainingRun:
    """Train on shuffled mini-batches; the last batch of an epoch may be smaller.

    Parameters
    ----------
    params : dict of str to ndarray
        Where to start; not changed.
    loss_and_grads : callable
        ``loss_and_grads(params, images, labels) -> (loss, grads)``, for example
        `networks.mlp_loss_and_grads`.
    images : array_like, shape (n, ...)
        One row an example.
    labels : array_like, shape (n, ...)
        One row an example.
    optimizer : Optimizer
        Steps each array of `params` with a state of its own.
    n_epochs : int
        Passes over the examples.
    batch_size : int
        Examples a step.
    rng : numpy.random.Generator
        Shuffles the examples before each epoch.
    on_epoch : callable, optional
        ``on_epoch(params) -> float`` after each epoch: a test accuracy, for example.
    **settings
        Passed to ``optimizer.step``.

    Returns
    -------
    TrainingRun
        Trained parameters, one loss a step, one value of `on_epoch` an epoch.

    Raises
    ------
    ValueError
        If `n_epochs` or `batch_size` is not positive or there is not one label an image.

    Examples
    --------
    >>> from rmsprop_course.networks import init_mlp, mlp_loss_and_grads
    >>> from rmsprop_course.numpy_optimizers import rmsprop
    >>> rng = np.random.default_rng(0)
    >>> images = rng.standard_normal((100, 2))
    >>> labels = (images[:, 0] > images[:, 1]).astype(int)
    >>> run = train(init_mlp([2, 8, 2], rng), mlp_loss_and_grads, images, labels, rmsprop,
    ...             n_epochs=5, batch_size=20, rng=rng, learning_rate=0.01)
    >>> run.losses.shape, bool(run.losses[-1] < run.losses[0])
    ((25,), True)
    """
    for name, number in {"n_epochs": n_epochs, "batch_size": batch_size}.items():
        if number < 1:
            raise ValueError(f"{name} must be at least 1, got {number}")
    images, labels = np.asarray(images), np.asarray(labels)
    if len(images) != len(labels):
        raise ValueError(f"labels must have one entry an image, {len(images)}, got {len(labels)}")
    states = init_all(optimizer, params)
    losses, accuracies = [], []
    for _ in range(n_epochs):
        order = rng.permutation(len(images))
        for start in range(0, len(order), batch_size):
            batch = order[start : start + batch_size]
            loss, grads = loss_and_grads(params, images[batch], labels[batch])
            params, states = step_all(optimizer, params, grads, states, **settings)
            losses.append(loss)
        if on_epoch is not None:
            accuracies.append(on_epoch(params))
    return TrainingRun(params, np.array(losses), np.array(accuracies))
