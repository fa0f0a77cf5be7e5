"""A task in which classes differ in nothing but how often they come: softmax regression, one-hot.

Every class has an input of its own, so that its loss can be followed alone. Real images are in
`data`, networks in `networks` and `torch_networks`.

References
----------
Kunstner, Yadav, Milligan, Schmidt and Bietti (2024), Heavy-tailed class imbalance and why Adam
outperforms gradient descent on language models, arXiv:2402.19449. The task is a small one in the
manner of theirs.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._settings import FloatArray, as_float_array, in_range, is_count
from rmsprop_course.numpy_optimizers import Optimizer


def zipf_frequencies(n_classes: int) -> FloatArray:
    """Return frequencies proportional to 1, 1/2, 1/3, …, as of words in a text.

    Parameters
    ----------
    n_classes : int
        Number of classes, 2 or more.

    Returns
    -------
    ndarray, shape (n_classes,)
        From the most frequent class to the rarest; they sum to 1.

    Raises
    ------
    ValueError
        If there are fewer than two classes.

    Examples
    --------
    >>> zipf_frequencies(3).round(4)
    array([0.5455, 0.2727, 0.1818])
    """
    in_range("n_classes", is_count("n_classes", n_classes), 2)
    weights = 1 / np.arange(1.0, n_classes + 1)
    return np.asarray(weights / weights.sum())


def class_losses(logits: ArrayLike) -> FloatArray:
    """Return the cross-entropy of each class.

    Parameters
    ----------
    logits : array_like, shape (..., n_classes, 2)
        A row a class: the logit that its examples give to their own class, and the one that they
        give to each other class.

    Returns
    -------
    ndarray, shape (..., n_classes)
        In nats.

    Examples
    --------
    >>> class_losses(np.zeros((4, 2)))  # four classes, equally likely: ln 4
    array([1.38629436, 1.38629436, 1.38629436, 1.38629436])
    """
    rows = _rows(logits)
    loss = np.logaddexp(0, np.log(rows.shape[-2] - 1) - rows[..., 0] + rows[..., 1])
    return np.asarray(loss, dtype=rows.dtype)


def class_gradients(logits: ArrayLike, frequencies: ArrayLike) -> FloatArray:
    r"""Return the gradient of the mean loss with respect to each weight.

    Parameters
    ----------
    logits : array_like, shape (..., n_classes, 2)
        As in `class_losses`.
    frequencies : array_like, shape (n_classes,)
        Share π of each class among the examples.

    Returns
    -------
    ndarray, shape (..., n_classes, 2)
        With respect to a class's own weight, and to each one of its other weights.

    Raises
    ------
    ValueError
        If there is not one positive frequency a class, or they do not sum to 1.

    Notes
    -----
    With p the probability that class k gives to itself, and K classes,

    .. math::
        g_{k,\text{own}} = -\pi_k (1 - p), \qquad g_{k,\text{other}} = \pi_k (1 - p) / (K - 1).

    The K - 1 other weights of a row begin alike and have the same gradient, so they stay alike and
    one number stands for all of them.

    Examples
    --------
    >>> class_gradients(np.zeros((3, 2)), [0.5, 0.3, 0.2]).round(4)
    array([[-0.3333,  0.1667],
           [-0.2   ,  0.1   ],
           [-0.1333,  0.0667]])
    """
    rows = _rows(logits)
    shares = _frequencies(frequencies, rows.shape[-2])
    missed = -np.expm1(-class_losses(rows)) * shares  # π (1 - p)
    return np.stack([-missed, missed / (rows.shape[-2] - 1)], axis=-1).astype(rows.dtype)


def train_classes(
    optimizer: Optimizer, frequencies: ArrayLike, *, n_steps: int, **settings: Any
) -> FloatArray:
    """Train from 0 on all examples at once, and return the loss of each class on the way.

    Parameters
    ----------
    optimizer : Optimizer
        One of `numpy_optimizers`.
    frequencies : array_like, shape (n_classes,)
        Share of each class among the examples; positive, with sum 1.
    n_steps : int
        Number of steps, 0 or more.
    **settings
        Settings of ``optimizer.step``, such as `learning_rate` and `eps`.

    Returns
    -------
    ndarray, shape (n_steps + 1, n_classes)
        Cross-entropy in nats; row 0 is the start, where it is ln n_classes for every class.

    Raises
    ------
    TypeError
        If `n_steps` is no whole number.
    ValueError
        If a frequency is not positive or they do not sum to 1, or `n_steps` is negative.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import gradient_descent, rmsprop
    >>> frequencies = [0.9, 0.05, 0.05]
    >>> train_classes(gradient_descent, frequencies, n_steps=20, learning_rate=1.0)[-1].round(3)
    array([0.038, 0.619, 0.619])
    >>> train_classes(rmsprop, frequencies, n_steps=20, learning_rate=0.1, eps=0.0)[-1].round(3)
    array([0.062, 0.062, 0.062])
    """
    shares = _frequencies(frequencies, np.size(frequencies))
    logits: FloatArray = np.zeros((shares.size, 2))
    state, losses = optimizer.init(logits), [class_losses(logits)]
    for _ in range(is_count("n_steps", n_steps)):
        grads = class_gradients(logits, shares)
        logits, state = optimizer.step(logits, grads, state, **settings)
        losses.append(class_losses(logits))
    return np.array(losses)


def _rows(logits: ArrayLike) -> FloatArray:
    rows = as_float_array("logits", logits)
    if rows.ndim < 2 or rows.shape[-1] != 2 or rows.shape[-2] < 2:
        raise ValueError(f"logits must have shape (..., n_classes, 2), got {rows.shape}")
    return rows


def _frequencies(frequencies: ArrayLike, n_classes: int) -> FloatArray:
    shares = in_range("frequencies", frequencies, 0, 1, positive=True)
    if shares.shape != (n_classes,) or n_classes < 2:
        raise ValueError(f"frequencies must have one entry a class, got shape {shares.shape}")
    if abs(shares.sum() - 1) > 1e-9:
        raise ValueError(f"frequencies must sum to 1, got {shares.sum():.15g}")
    return shares
