"""Small networks in NumPy with gradients written by hand: parameters in, numbers out.

Parameters are a dict of arrays, "W1", "b1", "W2", "b2" and so on; no function changes its
arguments. The loop that trains a network is in `training`.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, DTypeLike, NDArray

from rmsprop_course._settings import FloatArray

Params = dict[str, FloatArray]


def init_mlp(
    layer_sizes: Sequence[int], rng: np.random.Generator, *, dtype: DTypeLike = np.float64
) -> Params:
    r"""Draw the parameters of a multilayer perceptron.

    Parameters
    ----------
    layer_sizes : sequence of int
        Numbers of inputs, of units in each hidden layer, and of classes; at least two numbers.
    rng : numpy.random.Generator
        Source of the weights.
    dtype : dtype
        A floating-point type, float64 by default.

    Returns
    -------
    dict of str to ndarray
        "W1" of shape (layer_sizes[0], layer_sizes[1]), "b1" of shape (layer_sizes[1],), and so on.

    Raises
    ------
    ValueError
        If there are fewer than two sizes or one is not positive.

    Notes
    -----
    Biases are 0, weights normal with variance 2 / n_inputs, which keeps the scale of the signal
    from layer to layer when half of the units rest.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers, arXiv:1502.01852.

    Examples
    --------
    >>> params = init_mlp([64, 32, 10], np.random.default_rng(0))
    >>> {name: array.shape for name, array in params.items()}
    {'W1': (64, 32), 'b1': (32,), 'W2': (32, 10), 'b2': (10,)}
    """
    if len(layer_sizes) < 2 or min(layer_sizes) < 1:
        raise ValueError(
            f"layer_sizes must be two or more positive numbers, got {list(layer_sizes)}"
        )
    params: Params = {}
    for layer, (n_inputs, n_outputs) in enumerate(pairwise(layer_sizes), start=1):
        weights = rng.standard_normal((n_inputs, n_outputs)) * np.sqrt(2 / n_inputs)
        params[f"W{layer}"] = weights.astype(dtype)
        params[f"b{layer}"] = np.zeros(n_outputs, dtype=dtype)
    return params


def _activations(params: Mapping[str, FloatArray], images: ArrayLike) -> list[FloatArray]:
    """Return what enters each layer, and last the logits."""
    inputs = np.asarray(images, dtype=params["W1"].dtype)
    n_inputs = len(params["W1"])
    if inputs.ndim != 2 or inputs.shape[1] != n_inputs:
        raise ValueError(f"images must have shape (n, {n_inputs}), got {inputs.shape}")
    n_layers = len(params) // 2
    activations = [inputs]
    for layer in range(1, n_layers + 1):
        outputs = activations[-1] @ params[f"W{layer}"] + params[f"b{layer}"]
        activations.append(np.maximum(outputs, 0) if layer < n_layers else outputs)
    return activations


def mlp_logits(params: Mapping[str, FloatArray], images: ArrayLike) -> FloatArray:
    """Compute the scores of all classes: hidden layers of rectified units, then a linear one.

    Parameters
    ----------
    params : dict of str to ndarray
        From `init_mlp`.
    images : array_like, shape (n, n_inputs)
        One row an image; computed in the dtype of `params`.

    Returns
    -------
    ndarray, shape (n, n_classes)
        Logits, dimensionless: logarithms of unnormalized probabilities.

    Raises
    ------
    ValueError
        If `images` does not have n_inputs columns.

    Examples
    --------
    >>> params = {"W1": np.array([[1.0, -1.0]]), "b1": np.array([0.0, 0.5])}
    >>> mlp_logits(params, [[2.0]])
    array([[ 2. , -1.5]])
    """
    return _activations(params, images)[-1]


def mlp_loss_and_grads(
    params: Mapping[str, FloatArray], images: ArrayLike, labels: ArrayLike
) -> tuple[float, Params]:
    r"""Compute the mean cross-entropy of a batch and its gradient, by backpropagation.

    Parameters
    ----------
    params : dict of str to ndarray
        From `init_mlp`.
    images : array_like, shape (n, n_inputs)
        One row an image.
    labels : array_like of int, shape (n,)
        The right class of each image.

    Returns
    -------
    loss : float
        In nats, averaged over the batch.
    grads : dict of str to ndarray
        The gradient, with the keys and shapes of `params`.

    Raises
    ------
    ValueError
        If shapes do not fit or a label is no class.

    Notes
    -----
    With the softmax p of the logits and y the one-hot label, the gradient at the logits is
    (p - y) / n; each layer below receives it through the transposed weights, where its unit is on.

    References
    ----------
    Rumelhart, Hinton and Williams (1986), Learning representations by back-propagating errors,
    Nature 323.

    Examples
    --------
    Two classes, and logits that are all 0: the loss is ln 2.

    >>> params = {"W1": np.zeros((1, 2)), "b1": np.zeros(2)}
    >>> loss, grads = mlp_loss_and_grads(params, [[1.0]], [0])
    >>> print(round(loss, 6), grads["b1"])
    0.693147 [-0.5  0.5]
    """
    *inputs, logits = _activations(params, images)
    labels = _checked_labels(labels, logits)
    rows = np.arange(len(labels))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probabilities = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_probabilities[rows, labels].mean()
    delta = np.exp(log_probabilities)
    delta[rows, labels] -= 1
    delta /= len(labels)
    grads: Params = {}
    for layer in range(len(inputs), 0, -1):
        layer_input = inputs[layer - 1]
        grads[f"W{layer}"] = layer_input.T @ delta
        grads[f"b{layer}"] = delta.sum(axis=0)
        if layer > 1:
            delta = (delta @ params[f"W{layer}"].T) * (layer_input > 0)
    return float(loss), {name: grads[name] for name in params}


def _checked_labels(labels: ArrayLike, logits: FloatArray) -> NDArray[np.integer]:
    """Return the labels as an array, or say what is wrong with them."""
    labels = np.asarray(labels)
    n_images, n_classes = logits.shape
    if not np.issubdtype(labels.dtype, np.integer):
        raise TypeError(f"labels must hold integers, got dtype {labels.dtype}")
    if labels.shape != (n_images,) or n_images == 0:
        raise ValueError(f"labels must have one entry an image, {n_images}, got {labels.shape}")
    wrong = labels[(labels < 0) | (labels >= n_classes)]
    if wrong.size:
        raise ValueError(f"labels must be in [0, {n_classes}), got {wrong[0]}")
    return labels


def accuracy(params: Mapping[str, FloatArray], images: ArrayLike, labels: ArrayLike) -> float:
    """Return the share of images whose largest logit is the right class.

    Parameters
    ----------
    params : dict of str to ndarray
        From `init_mlp`.
    images : array_like, shape (n, n_inputs)
        One row an image.
    labels : array_like of int, shape (n,)
        The right class of each image.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If shapes do not fit or a label is no class.

    Examples
    --------
    >>> params = {"W1": np.array([[1.0, -1.0]]), "b1": np.zeros(2)}
    >>> accuracy(params, [[2.0], [1.0], [-3.0], [-1.0]], [0, 0, 1, 0])
    0.75
    """
    logits = mlp_logits(params, images)
    return float((logits.argmax(axis=1) == _checked_labels(labels, logits)).mean())
