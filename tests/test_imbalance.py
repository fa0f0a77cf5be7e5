"""The task with rare classes: it is softmax regression, and RMSProp treats its classes alike."""

import numpy as np
import pytest

from rmsprop_course import imbalance
from rmsprop_course.numpy_optimizers import adam, gradient_descent, momentum, rmsprop

SHARES = np.array([0.5, 0.3, 0.15, 0.05])


def whole_loss(weights):
    """Return the loss of each class of softmax regression on one-hot inputs, row by row."""
    probabilities = np.exp(weights) / np.exp(weights).sum(axis=1, keepdims=True)
    return -np.log(np.diag(probabilities)), probabilities


def train_whole(optimizer, n_steps, **settings):
    weights = np.zeros((SHARES.size, SHARES.size))
    state, losses = optimizer.init(weights), [whole_loss(weights)[0]]
    for _ in range(n_steps):
        grad = SHARES[:, None] * (whole_loss(weights)[1] - np.eye(SHARES.size))
        weights, state = optimizer.step(weights, grad, state, **settings)
        losses.append(whole_loss(weights)[0])
    return np.array(losses)


@pytest.mark.parametrize(
    ("optimizer", "settings"),
    [
        (gradient_descent, {"learning_rate": 3.0}),
        (momentum, {"learning_rate": 0.5}),
        (rmsprop, {"learning_rate": 0.05, "eps": 0.01, "eps_inside_sqrt": False}),
        (adam, {"learning_rate": 0.05}),
    ],
)
def test_two_numbers_a_class_stand_for_the_whole_matrix(optimizer, settings):
    ours = imbalance.train_classes(optimizer, SHARES, n_steps=60, **settings)
    np.testing.assert_allclose(ours, train_whole(optimizer, 60, **settings), rtol=1e-9)


def test_gradients_are_the_derivatives_of_the_mean_loss():
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((3, 2))
    shares = np.array([0.6, 0.3, 0.1])
    grads = imbalance.class_gradients(weights, shares)
    for k in range(3):
        for column, n_alike in ((0, 1), (1, 2)):  # two weights of a row are moved at once
            shift = np.zeros((3, 2))
            shift[k, column] = 1e-6
            high, low = (shares @ imbalance.class_losses(weights + s) for s in (shift, -shift))
            slope = (high - low) / 2e-6
            assert n_alike * grads[k, column] == pytest.approx(slope, rel=1e-6)


def test_without_eps_rmsprop_treats_all_classes_alike_at_every_step():
    shares = imbalance.zipf_frequencies(1000)
    losses = imbalance.train_classes(rmsprop, shares, n_steps=500, learning_rate=0.02, eps=0.0)
    assert np.ptp(losses, axis=1).max() < 1e-13
    assert losses[0] == pytest.approx(np.log(1000))
    assert losses[-1, 0] < 1e-3


@pytest.mark.parametrize(
    ("optimizer", "settings", "frequent", "rare"),
    [
        (gradient_descent, {"learning_rate": 30.0}, 0.0005, 4.9146),
        (gradient_descent, {"learning_rate": 300.0}, 0.0, 0.0884),
        (
            rmsprop,
            {"learning_rate": 0.02, "eps": 1e-4, "eps_inside_sqrt": False},
            0.0055,
            1.5120,
        ),
    ],
)
def test_the_most_frequent_and_the_rarest_class(optimizer, settings, frequent, rare):
    shares = imbalance.zipf_frequencies(1000)
    losses = imbalance.train_classes(optimizer, shares, n_steps=500, **settings)
    assert losses[-1, [0, -1]] == pytest.approx([frequent, rare], abs=6e-5)


def test_gradient_descents_clock_runs_with_the_frequency():
    losses = imbalance.train_classes(
        gradient_descent, [0.8, 0.16, 0.04], n_steps=1000, learning_rate=0.01
    )
    assert losses[1000, 1] == pytest.approx(losses[200, 0], rel=2e-3)
    assert losses[1000, 2] == pytest.approx(losses[50, 0], rel=2e-3)


def test_losses_stay_finite_where_a_class_is_certain():
    losses = imbalance.class_losses(np.array([[2000.0, 0.0], [-2000.0, 0.0]]))
    assert losses == pytest.approx([0.0, 2000.0])
    grads = imbalance.class_gradients(np.array([[2000.0, 0.0], [-2000.0, 0.0]]), [0.5, 0.5])
    np.testing.assert_allclose(grads, [[0, 0], [-0.5, 0.5]])


def test_zipf_frequencies_go_with_one_over_the_rank():
    shares = imbalance.zipf_frequencies(5)
    np.testing.assert_allclose(shares[0] / shares, [1, 2, 3, 4, 5])
    assert shares.sum() == pytest.approx(1)


def test_the_dtype_of_the_logits_is_kept():
    logits = np.zeros((3, 2), dtype=np.float32)
    assert imbalance.class_losses(logits).dtype == np.float32
    assert imbalance.class_gradients(logits, [0.5, 0.3, 0.2]).dtype == np.float32


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: imbalance.zipf_frequencies(1), r"n_classes must be in \[2, inf\), got 1"),
        (lambda: imbalance.class_losses(np.zeros((3, 4))), r"shape \(\.\.\., n_classes, 2\), got"),
        (lambda: imbalance.class_losses(np.zeros((1, 2))), r"n_classes, 2\), got \(1, 2\)"),
        (lambda: imbalance.class_gradients(np.zeros((3, 2)), [0.5, 0.5]), "one entry a class"),
        (lambda: imbalance.class_gradients(np.zeros((2, 2)), [1.0, 0.0]), r"frequencies must be"),
        (lambda: imbalance.class_gradients(np.zeros((2, 2)), [0.5, 0.4]), "sum to 1, got 0.9"),
        (
            lambda: imbalance.train_classes(rmsprop, [0.5, 0.5], n_steps=-1),
            r"n_steps must be in \[0, inf\), got -1",
        ),
        (
            lambda: imbalance.train_classes(rmsprop, [[0.5, 0.5]], n_steps=1),
            "frequencies must have one entry a class",
        ),
    ],
)
def test_wrong_arguments_are_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
