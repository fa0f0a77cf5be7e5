"""The construction of Wilson et al. (2017), on which full-batch RMSProp learns nothing of use."""

from typing import Any, NamedTuple

import numpy as np

from rmsprop_course._settings import FloatArray, in_range, is_count
from rmsprop_course.numpy_optimizers import Optimizer

_N_SHARED = 3  # the label, and two that are always 1
_N_OWN = 5  # columns reserved for each sample


class WilsonProblem(NamedTuple):
    """A least-squares problem with two classes; made by `wilson_problem`.

    Attributes
    ----------
    features : ndarray, shape (n_samples, 3 + 5 n_samples)
        The label, two features that are 1 for every sample, and the sample's own features: one 1
        for a positive sample, five for a negative one, 0 in all others.
    labels : ndarray, shape (n_samples,)
        1 or -1.
    """

    features: FloatArray
    labels: FloatArray

    def train_error(self, weights: FloatArray) -> float:
        """Return the share of samples on the wrong side, or on neither."""
        return float(np.mean(self.labels * (self.features @ weights) <= 0))

    def test_error(self, weights: FloatArray) -> float:
        """Return the share of new samples on the wrong side, or on neither.

        New samples have the same share of negatives and features of their own, which no training
        sample has: their weights are 0, and only the first three features count.
        """
        shared = self.features[:, :_N_SHARED] @ weights[:_N_SHARED]
        return float(np.mean(self.labels * shared <= 0))


def wilson_problem(n_samples: int = 100, *, negative_share: float = 0.35) -> WilsonProblem:
    """Make the training set of Wilson et al. (2017).

    Parameters
    ----------
    n_samples : int
        Number of samples, 1 or more.
    negative_share : float
        Share of the labels -1, rounded to whole samples, in [0, 0.5).

    Returns
    -------
    WilsonProblem
        Negative samples first.

    Raises
    ------
    TypeError
        If `n_samples` is no whole number or `negative_share` no number.
    ValueError
        If a setting is out of its range, or half of the samples or more would be negative.

    Notes
    -----
    With X the features and y the labels, X sign(Xᵀy) = 4y: for a positive sample 1 + 2 + 1, for a
    negative one -1 + 2 - 5. So from 0 every full-batch gradient of the squared error is the same
    multiple of Xᵀy. RMSProp divides each of its entries by its own size, all weights stay equal up
    to their signs, and the error is 0 when they reach 1/4. A new sample then gets
    (y + 1 + 1)/4 > 0, whatever its label is.

    References
    ----------
    Wilson, A. C., Roelofs, R., Stern, M., Srebro, N. and Recht, B. (2017). The marginal value of
    adaptive gradient methods in machine learning. NeurIPS 30.

    Examples
    --------
    >>> problem = wilson_problem(3, negative_share=0.35)
    >>> for label, row in zip(problem.labels, problem.features.astype(int), strict=True):
    ...     print(f"{label:2.0f}:", *row)
    -1: -1 1 1 1 1 1 1 1 0 0 0 0 0 0 0 0 0 0
     1: 1 1 1 0 0 0 0 0 1 0 0 0 0 0 0 0 0 0
     1: 1 1 1 0 0 0 0 0 0 0 0 0 0 1 0 0 0 0
    """
    if is_count("n_samples", n_samples) < 1:
        raise ValueError(f"n_samples must be at least 1, got {n_samples}")
    n_negative = round(float(in_range("negative_share", negative_share, 0, 0.5)) * n_samples)
    if 2 * n_negative >= n_samples:
        raise ValueError(
            f"negative_share must leave most of {n_samples} samples positive, got {negative_share}"
        )
    labels = np.where(np.arange(n_samples) < n_negative, -1.0, 1.0)
    own = np.zeros((n_samples, n_samples, _N_OWN))
    for sample, label in enumerate(labels):
        own[sample, sample, : _N_OWN if label < 0 else 1] = 1
    shared = np.stack([labels, np.ones(n_samples), np.ones(n_samples)], axis=1)
    return WilsonProblem(np.hstack([shared, own.reshape(n_samples, -1)]), labels)


def fit_least_squares(
    problem: WilsonProblem,
    optimizer: Optimizer,
    *,
    batch_size: int,
    n_epochs: int,
    rng: np.random.Generator,
    **settings: Any,
) -> FloatArray:
    """Train weights from 0 on half the mean squared error, in shuffled mini-batches.

    Parameters
    ----------
    problem : WilsonProblem
        What to fit.
    optimizer : Optimizer
        One of `numpy_optimizers`.
    batch_size : int
        Samples a step, 1 or more; the number of samples makes it full batch.
    n_epochs : int
        Passes over the samples, 0 or more; what is left of one makes a smaller batch.
    rng : numpy.random.Generator
        Shuffles the samples of every epoch.
    **settings
        Settings of ``optimizer.step``, such as `learning_rate`.

    Returns
    -------
    ndarray, shape (n_features,)
        The weights.

    Raises
    ------
    TypeError
        If a number is no whole number. The optimizer raises on its settings.
    ValueError
        If `batch_size` is less than 1 or `n_epochs` negative.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import rmsprop
    >>> problem, rng = wilson_problem(20), np.random.default_rng(0)
    >>> weights = fit_least_squares(
    ...     problem, rmsprop, batch_size=20, n_epochs=500, rng=rng, learning_rate=0.001
    ... )
    >>> weights[:3].round(2), problem.train_error(weights), problem.test_error(weights)
    (array([0.25, 0.25, 0.25]), 0.0, 0.35)
    """
    if is_count("batch_size", batch_size) < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    features, labels = problem
    weights: FloatArray = np.zeros(features.shape[1])
    state = optimizer.init(weights)
    for _ in range(is_count("n_epochs", n_epochs)):
        order = rng.permutation(len(labels))
        for first in range(0, len(labels), batch_size):
            batch = order[first : first + batch_size]
            residuals = features[batch] @ weights - labels[batch]
            grad = residuals @ features[batch] / len(batch)
            weights, state = optimizer.step(weights, grad, state, **settings)
    return weights
