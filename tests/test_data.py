"""The digits: what they hold, how they are split."""

import numpy as np
import pytest

from rmsprop_course.data import load_digits


def rows(images):
    return {image.tobytes() for image in images}


def test_digits_have_the_promised_shapes_types_and_range():
    digits = load_digits()
    assert digits.train_images.shape == (1348, 64)
    assert digits.test_images.shape == (449, 64)
    assert digits.train_images.dtype == digits.test_images.dtype == np.float64
    assert digits.train_images.min() == 0
    assert digits.train_images.max() == 1
    assert set(digits.train_labels) == set(digits.test_labels) == set(range(10))


def test_no_test_image_is_trained_on():
    digits = load_digits()
    assert not rows(digits.train_images) & rows(digits.test_images)


def test_same_seed_gives_same_split_and_another_seed_another():
    first, again, other = load_digits(seed=3), load_digits(seed=3), load_digits(seed=4)
    np.testing.assert_array_equal(first.test_images, again.test_images)
    np.testing.assert_array_equal(first.test_labels, again.test_labels)
    assert not np.array_equal(first.test_images, other.test_images)


@pytest.mark.parametrize(("fraction", "n_test"), [(0, 0), (0.5, 898), (1, 1797)])
def test_fraction_sets_the_number_of_test_images_and_none_is_lost(fraction, n_test):
    digits = load_digits(test_fraction=fraction)
    assert len(digits.test_labels) == n_test
    assert len(digits.train_labels) == 1797 - n_test


def test_images_stay_with_their_labels():
    """Zeros have an empty middle; ones have ink there."""
    digits = load_digits(test_fraction=0)
    middle = digits.train_images[:, [27, 28, 35, 36]].mean(axis=1)
    assert middle[digits.train_labels == 0].mean() < 0.1
    assert middle[digits.train_labels == 1].mean() > 0.7


@pytest.mark.parametrize("fraction", [-0.1, 1.5])
def test_fraction_outside_the_unit_interval_is_refused(fraction):
    with pytest.raises(ValueError, match=rf"test_fraction must be in \[0, 1\], got {fraction}"):
        load_digits(test_fraction=fraction)
