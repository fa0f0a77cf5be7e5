"""Real data for the lessons, in arrays that networks can read; no file is downloaded."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra
from rmsprop_course._settings import FloatArray, in_range

with extra("course"):
    from sklearn import datasets


class Digits(NamedTuple):
    """Handwritten digits, one row an image, split into training and test images.

    Attributes
    ----------
    train_images : ndarray, shape (n_train, 64)
        8 by 8 pixels row after row; brightness in [0, 1], dimensionless.
    train_labels : ndarray of int, shape (n_train,)
        The digit, 0 to 9.
    test_images : ndarray, shape (n_test, 64)
        Never trained on.
    test_labels : ndarray of int, shape (n_test,)
        The digit, 0 to 9.
    """

    train_images: FloatArray
    train_labels: NDArray[np.integer]
    test_images: FloatArray
    test_labels: NDArray[np.integer]


def load_digits(*, test_fraction: float = 0.25, seed: int = 0) -> Digits:
    """Load the 1797 digits that scikit-learn brings along, shuffled and split.

    Parameters
    ----------
    test_fraction : float
        Share of the images kept for testing, in [0, 1], rounded to whole images.
    seed : int
        Seed of the shuffle: the same seed gives the same split everywhere.

    Returns
    -------
    Digits
        Images in float64 and their labels.

    Raises
    ------
    ValueError
        If `test_fraction` is outside [0, 1].

    References
    ----------
    Alpaydin and Kaynak (1998), Optical Recognition of Handwritten Digits, UCI Machine Learning
    Repository, doi:10.24432/C50P49.

    Examples
    --------
    >>> digits = load_digits()
    >>> digits.train_images.shape, digits.test_images.shape
    ((1348, 64), (449, 64))
    """
    test_fraction = float(in_range("test_fraction", test_fraction, 0, 1, closed=True))
    bunch = datasets.load_digits()
    order = np.random.default_rng(seed).permutation(len(bunch.target))
    images, labels = bunch.data[order] / 16, bunch.target[order]
    n_test = round(test_fraction * len(labels))
    return Digits(images[n_test:], labels[n_test:], images[:n_test], labels[:n_test])
