"""Wilson's construction: what it is made of, and what full batch and mini-batches make of it."""

import numpy as np
import pytest

from rmsprop_course.analysis import fit_least_squares, wilson_problem
from rmsprop_course.numpy_optimizers import gradient_descent, rmsprop

PROBLEM = wilson_problem(100, negative_share=0.35)


def fitted(optimizer, batch_size, n_epochs, **settings):
    rng = np.random.default_rng(0)
    return fit_least_squares(
        PROBLEM, optimizer, batch_size=batch_size, n_epochs=n_epochs, rng=rng, **settings
    )


def test_each_sample_has_its_label_two_ones_and_features_of_its_own():
    features, labels = wilson_problem(10, negative_share=0.3)
    assert labels.tolist() == [-1] * 3 + [1] * 7
    np.testing.assert_array_equal(features[:, 0], labels)
    np.testing.assert_array_equal(features[:, 1:3], 1)
    own = features[:, 3:]
    np.testing.assert_array_equal(own.sum(axis=1), [5] * 3 + [1] * 7)
    assert own.sum(axis=0).max() == 1


def test_the_signs_of_the_gradient_classify_all_training_samples():
    features, labels = PROBLEM
    correlation = features.T @ labels
    np.testing.assert_array_equal(features @ np.sign(correlation), 4 * labels)


def test_full_batch_rmsprop_ends_at_a_quarter_of_the_signs_and_calls_all_positive():
    features, labels = PROBLEM
    weights = fitted(rmsprop, 100, 500, learning_rate=0.001, eps=0.0)
    np.testing.assert_allclose(weights, np.sign(features.T @ labels) / 4, atol=1e-3)
    assert PROBLEM.train_error(weights) == 0
    assert PROBLEM.test_error(weights) == 0.35


def test_full_batch_gradient_descent_finds_the_shortest_solution_and_no_error():
    features, labels = PROBLEM
    weights = fitted(gradient_descent, 100, 3000, learning_rate=0.5)
    np.testing.assert_allclose(weights, np.linalg.pinv(features) @ labels, atol=1e-6)
    assert PROBLEM.train_error(weights) == PROBLEM.test_error(weights) == 0


@pytest.mark.parametrize("batch_size", [1, 5, 10, 20])
def test_rmsprop_in_small_mini_batches_makes_no_error(batch_size):
    weights = fitted(rmsprop, batch_size, 50 * batch_size + 50, learning_rate=0.005)
    assert PROBLEM.train_error(weights) == PROBLEM.test_error(weights) == 0


def test_a_large_eps_makes_it_gradient_descent_which_makes_no_error():
    weights = fitted(rmsprop, 100, 3000, learning_rate=0.5, eps=1.0)
    assert PROBLEM.train_error(weights) == PROBLEM.test_error(weights) == 0


def test_a_step_of_a_mini_batch_follows_the_gradient_of_its_mean_squared_error():
    features, labels = wilson_problem(3)
    rng = np.random.default_rng(1)
    weights = fit_least_squares(
        wilson_problem(3), gradient_descent, batch_size=2, n_epochs=1, rng=rng, learning_rate=0.1
    )
    order, expected = np.random.default_rng(1).permutation(3), np.zeros(18)
    for batch in (order[:2], order[2:]):
        residuals = features[batch] @ expected - labels[batch]
        expected = expected - 0.1 * (features[batch].T @ residuals) / len(batch)
    np.testing.assert_allclose(weights, expected, atol=1e-15)


def test_errors_count_samples_on_neither_side():
    assert PROBLEM.train_error(np.zeros(503)) == PROBLEM.test_error(np.zeros(503)) == 1


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: wilson_problem(0), ValueError, "n_samples must be at least 1, got 0"),
        (lambda: wilson_problem(2.5), TypeError, "n_samples must be a whole number, got 2.5"),
        (
            lambda: wilson_problem(10, negative_share=0.5),
            ValueError,
            r"negative_share must be in \[0, 0.5\), got 0.5",
        ),
        (
            lambda: wilson_problem(2, negative_share=0.4),
            ValueError,
            "negative_share must leave most of 2 samples positive, got 0.4",
        ),
        (lambda: fitted(rmsprop, 0, 1), ValueError, "batch_size must be at least 1, got 0"),
        (lambda: fitted(rmsprop, 1, -1), ValueError, r"n_epochs must be in \[0, inf\), got -1"),
    ],
)
def test_a_number_that_does_not_fit_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
