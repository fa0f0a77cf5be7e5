"""The multilayer perceptron: forward by hand, gradient against differences, accuracy."""

import copy

import numpy as np
import pytest

from rmsprop_course.networks import accuracy, init_mlp, mlp_logits, mlp_loss_and_grads


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def by_hand():
    """Two inputs, two hidden units, two classes; on x = (1, 2) the second hidden unit is off."""
    return {
        "W1": np.array([[1.0, 0.0], [0.0, -1.0]]),
        "b1": np.array([0.0, 1.0]),
        "W2": np.array([[np.log(2), 0.0], [1.0, 5.0]]),
        "b2": np.array([0.0, 0.0]),
    }


def test_logits_of_the_hand_sized_network(by_hand):
    # hidden: relu(1, -1) = (1, 0); logits: (ln 2, 0)
    np.testing.assert_allclose(mlp_logits(by_hand, [[1.0, 2.0]]), [[np.log(2), 0]], rtol=1e-15)


def test_loss_and_gradient_of_the_hand_sized_network(by_hand):
    # softmax (2/3, 1/3); label 1, so the gradient at the logits is (2/3, -2/3)
    loss, grads = mlp_loss_and_grads(by_hand, [[1.0, 2.0]], [1])
    assert loss == pytest.approx(np.log(3), rel=1e-15)
    np.testing.assert_allclose(grads["b2"], [2 / 3, -2 / 3], rtol=1e-14)
    np.testing.assert_allclose(grads["W2"], [[2 / 3, -2 / 3], [0, 0]], rtol=1e-14)
    down = 2 / 3 * np.log(2)  # through the transposed weights; the off unit passes nothing
    np.testing.assert_allclose(grads["b1"], [down, 0], rtol=1e-14)
    np.testing.assert_allclose(grads["W1"], [[down, 0], [2 * down, 0]], rtol=1e-14)


def central_differences(params, images, labels, width=1e-6):
    grads = {}
    for name, array in params.items():
        grads[name] = np.empty_like(array)
        for index in np.ndindex(array.shape):
            ends = []
            for sign in (1, -1):
                moved = copy.deepcopy(params)
                moved[name][index] += sign * width
                ends.append(mlp_loss_and_grads(moved, images, labels)[0])
            grads[name][index] = (ends[0] - ends[1]) / (2 * width)
    return grads


@pytest.mark.parametrize("layer_sizes", [[5, 3], [5, 4, 3], [5, 4, 6, 3]])
def test_gradient_equals_central_differences(layer_sizes, rng):
    params = init_mlp(layer_sizes, rng)
    params = {
        name: array + 0.1 * rng.standard_normal(array.shape) for name, array in params.items()
    }
    images, labels = rng.standard_normal((8, 5)), rng.integers(3, size=8)
    _, grads = mlp_loss_and_grads(params, images, labels)
    expected = central_differences(params, images, labels)
    assert list(grads) == list(params)
    for name in params:
        np.testing.assert_allclose(grads[name], expected[name], rtol=1e-6, atol=1e-8)


def test_loss_of_a_batch_is_the_mean_over_its_images(rng):
    params = init_mlp([4, 6, 3], rng)
    images, labels = rng.standard_normal((5, 4)), rng.integers(3, size=5)
    loss, grads = mlp_loss_and_grads(params, images, labels)
    singles = [mlp_loss_and_grads(params, images[i : i + 1], labels[i : i + 1]) for i in range(5)]
    assert loss == pytest.approx(np.mean([single for single, _ in singles]), rel=1e-12)
    mean_grad = np.mean([grad["W1"] for _, grad in singles], axis=0)
    np.testing.assert_allclose(grads["W1"], mean_grad, atol=1e-14)


def test_huge_logits_give_finite_loss_and_gradients():
    params = {"W1": np.array([[1e4, -1e4]]), "b1": np.zeros(2)}
    loss, grads = mlp_loss_and_grads(params, [[1.0]], [1])
    assert loss == pytest.approx(2e4)
    np.testing.assert_array_equal(grads["b1"], [1, -1])


def test_arguments_are_not_changed(rng):
    params = init_mlp([4, 6, 3], rng)
    images, labels = rng.standard_normal((5, 4)), rng.integers(3, size=5)
    before = copy.deepcopy((params, images, labels))
    mlp_loss_and_grads(params, images, labels)
    accuracy(params, images, labels)
    for name in params:
        np.testing.assert_array_equal(params[name], before[0][name])
    np.testing.assert_array_equal(images, before[1])
    np.testing.assert_array_equal(labels, before[2])


def test_he_weights_have_variance_two_over_inputs_and_biases_are_zero(rng):
    params = init_mlp([400, 300, 10], rng)
    assert params["W1"].var() == pytest.approx(2 / 400, rel=0.02)
    assert params["W2"].var() == pytest.approx(2 / 300, rel=0.1)
    assert not params["b1"].any()
    assert not params["b2"].any()


def test_dtype_of_the_parameters_is_the_dtype_of_everything(rng):
    params = init_mlp([4, 6, 3], rng, dtype=np.float32)
    images, labels = rng.standard_normal((5, 4)), rng.integers(3, size=5)
    loss, grads = mlp_loss_and_grads(params, images, labels)
    double = {name: array.astype(np.float64) for name, array in params.items()}
    assert {array.dtype for array in (*params.values(), *grads.values())} == {np.dtype("float32")}
    assert loss == pytest.approx(mlp_loss_and_grads(double, images, labels)[0], rel=1e-6)


def test_accuracy_counts_the_largest_logit():
    params = {"W1": np.eye(3), "b1": np.zeros(3)}
    images = np.array([[3.0, 1, 2], [0, 0, 1], [0, 2, 1], [5, 6, 4]])
    assert accuracy(params, images, [0, 2, 1, 0]) == 0.75


@pytest.mark.parametrize("sizes", [[5], [], [5, 0, 3]])
def test_too_few_or_empty_layers_are_refused(sizes, rng):
    with pytest.raises(ValueError, match="layer_sizes must be two or more positive numbers, got"):
        init_mlp(sizes, rng)


def test_wrong_batches_are_refused_by_name(rng):
    params = init_mlp([4, 3], rng)
    with pytest.raises(ValueError, match=r"images must have shape \(n, 4\), got \(2, 5\)"):
        mlp_logits(params, np.zeros((2, 5)))
    with pytest.raises(ValueError, match=r"labels must be in \[0, 3\), got 3"):
        mlp_loss_and_grads(params, np.zeros((2, 4)), [0, 3])
    with pytest.raises(ValueError, match=r"labels must have one entry an image, 2, got \(3,\)"):
        mlp_loss_and_grads(params, np.zeros((2, 4)), [0, 1, 2])
    with pytest.raises(TypeError, match="labels must hold integers, got dtype float64"):
        accuracy(params, np.zeros((2, 4)), [0.0, 1.0])
