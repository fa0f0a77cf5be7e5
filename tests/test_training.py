"""The training loop: which batches it sees, whom it steps, what it returns."""

import copy

import numpy as np
import pytest

from rmsprop_course import numpy_optimizers
from rmsprop_course.data import load_digits
from rmsprop_course.networks import accuracy, init_mlp, mlp_loss_and_grads
from rmsprop_course.numpy_optimizers import Optimizer, gradient_descent, rmsprop
from rmsprop_course.training import init_all, step_all, train

ALL_OPTIMIZERS = ("gradient_descent", "momentum", "rprop", "adagrad", "rmsprop", "adam")


@pytest.fixture
def task():
    """Parameters, images and labels of two classes that a line separates."""
    rng = np.random.default_rng(0)
    images = rng.standard_normal((60, 2))
    labels = (images[:, 0] > images[:, 1]).astype(int)
    return init_mlp([2, 8, 2], rng), images, labels


def rng():
    return np.random.default_rng(1)


@pytest.mark.parametrize("name", ALL_OPTIMIZERS)
def test_every_optimizer_learns(name, task):
    params, images, labels = task
    settings = {} if name == "rprop" else {"learning_rate": 0.05}
    run = train(
        *(params, mlp_loss_and_grads, images, labels, getattr(numpy_optimizers, name)),
        n_epochs=40, batch_size=60, rng=rng(), **settings,
    )  # fmt: skip
    assert run.losses[-1] < 0.7 * run.losses[0]
    assert {key: array.shape for key, array in run.params.items()} == {
        key: array.shape for key, array in params.items()
    }


def test_full_batch_training_equals_the_steps_written_out(task):
    params, images, labels = task
    run = train(
        *(params, mlp_loss_and_grads, images, labels, rmsprop),
        n_epochs=3, batch_size=60, rng=rng(), learning_rate=0.01,
    )  # fmt: skip
    expected = dict(params)
    states = {name: rmsprop.init(array) for name, array in params.items()}
    for _ in range(3):
        _, grads = mlp_loss_and_grads(expected, images, labels)
        for name in expected:
            expected[name], states[name] = rmsprop.step(
                expected[name], grads[name], states[name], learning_rate=0.01
            )
    for name in params:
        np.testing.assert_allclose(run.params[name], expected[name], rtol=1e-9, atol=1e-12)


def test_every_epoch_sees_every_example_once_in_a_new_order(task):
    params, images, _ = task
    seen = []

    def spy(params, batch, labels):
        np.testing.assert_array_equal(batch, images[labels])
        seen.append(labels)
        return 0.0, {name: np.zeros_like(array) for name, array in params.items()}

    train(
        *(params, spy, images, np.arange(60), gradient_descent),
        n_epochs=2, batch_size=25, rng=rng(),
    )  # fmt: skip
    assert [len(batch) for batch in seen] == [25, 25, 10] * 2
    first, second = np.concatenate(seen[:3]), np.concatenate(seen[3:])
    assert sorted(first) == sorted(second) == list(range(60))
    assert not np.array_equal(first, second)


def test_losses_are_one_a_step_and_accuracies_one_an_epoch(task):
    params, images, labels = task
    common = dict(n_epochs=3, batch_size=25, learning_rate=0.1)
    arguments = params, mlp_loss_and_grads, images, labels, gradient_descent
    silent = train(*arguments, rng=rng(), **common)
    scored = train(*arguments, rng=rng(), **common, on_epoch=lambda p: accuracy(p, images, labels))
    assert silent.losses.shape == (9,)
    assert silent.accuracies.shape == (0,)
    assert scored.accuracies.shape == (3,)
    assert scored.accuracies[-1] == accuracy(scored.params, images, labels)
    np.testing.assert_array_equal(silent.losses, scored.losses)


def test_first_loss_is_the_loss_before_any_step(task):
    params, images, labels = task
    run = train(
        *(params, mlp_loss_and_grads, images, labels, rmsprop), n_epochs=1, batch_size=60, rng=rng()
    )
    assert run.losses[0] == pytest.approx(mlp_loss_and_grads(params, images, labels)[0], rel=1e-12)


def test_same_seed_repeats_the_run_and_arguments_are_not_changed(task):
    params, images, labels = task
    before = copy.deepcopy(task)
    arguments = params, mlp_loss_and_grads, images, labels, rmsprop
    first, again, other = (
        train(*arguments, n_epochs=2, batch_size=16, rng=np.random.default_rng(seed))
        for seed in (5, 5, 6)
    )
    np.testing.assert_array_equal(first.losses, again.losses)
    assert not np.array_equal(first.losses, other.losses)
    np.testing.assert_array_equal(images, before[1])
    for name in params:
        np.testing.assert_array_equal(params[name], before[0][name])


def test_each_key_has_a_state_of_its_own():
    """One array's gradient does not touch another array's average."""
    params = {"W1": np.zeros(2), "b1": np.zeros(2)}
    grads = {"W1": np.array([100.0, 1.0]), "b1": np.zeros(2)}
    _, states = step_all(rmsprop, params, grads, init_all(rmsprop, params))
    np.testing.assert_allclose(states["W1"].square_avg, [1000, 0.1])
    np.testing.assert_array_equal(states["b1"].square_avg, [0, 0])


def test_an_optimizer_written_elsewhere_works_too(task):
    """Plain functions over plain arrays are enough, whatever their state is."""

    def counting_step(params, grad, state, *, learning_rate):
        return params - learning_rate * grad, state + 1

    counting = Optimizer(lambda params: 0, counting_step)
    params, images, labels = task
    arguments = params, mlp_loss_and_grads, images, labels
    common = dict(n_epochs=2, batch_size=16, learning_rate=0.1)
    ours = train(*arguments, gradient_descent, rng=rng(), **common)
    theirs = train(*arguments, counting, rng=rng(), **common)
    np.testing.assert_allclose(ours.losses, theirs.losses, rtol=1e-12)


def test_rmsprop_reads_the_digits():
    digits = load_digits()
    run = train(
        init_mlp([64, 32, 10], np.random.default_rng(0)),
        *(mlp_loss_and_grads, digits.train_images, digits.train_labels, rmsprop),
        n_epochs=15, batch_size=32, rng=np.random.default_rng(0), learning_rate=0.003,
    )  # fmt: skip
    assert accuracy(run.params, digits.test_images, digits.test_labels) > 0.94


def test_wrong_arguments_are_refused_by_name(task):
    params, images, labels = task
    arguments = params, mlp_loss_and_grads, images
    with pytest.raises(ValueError, match="n_epochs must be at least 1, got 0"):
        train(*arguments, labels, rmsprop, n_epochs=0, batch_size=8, rng=rng())
    with pytest.raises(ValueError, match="batch_size must be at least 1, got -8"):
        train(*arguments, labels, rmsprop, n_epochs=1, batch_size=-8, rng=rng())
    with pytest.raises(ValueError, match="labels must have one entry an image, 60, got 59"):
        train(*arguments, labels[1:], rmsprop, n_epochs=1, batch_size=8, rng=rng())
    states = init_all(rmsprop, params)
    with pytest.raises(ValueError, match=r"grads must have the keys of params, .*, got \['W1'\]"):
        step_all(rmsprop, params, {"W1": params["W1"]}, states)
