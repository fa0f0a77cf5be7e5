"""Many networks at once are the same networks one by one, and a choice is made by the mean."""

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from rmsprop_course import tuning
from rmsprop_course.numpy_optimizers import adam, gradient_descent, rmsprop
from rmsprop_course.torch_networks import accuracy, digits_convnet, mlp, train
from rmsprop_course.torch_optim import RMSprop

RATES = [0.001, 0.01]
SEEDS = [3, 5]


def small(generator):
    return mlp([6, 5, 4], generator, dtype=torch.float64)


@pytest.fixture
def data():
    images = torch.randn(11, 6, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return images, torch.arange(11) % 4


def alone(build, make, data, rate, seed, *, scheduler=None, **settings):
    """Train one network in the ordinary loop."""
    generator = torch.Generator().manual_seed(seed)
    network = build(generator)
    optimizer = make(network.parameters(), lr=rate)
    schedule = {} if scheduler is None else {"scheduler": scheduler(optimizer)}
    train(network, optimizer, *data, generator=generator, **schedule, **settings)
    return network


def flat(network):
    return torch.cat([param.detach().flatten() for param in network.parameters()])


@pytest.mark.parametrize(
    ("optimizer", "make"),
    [
        (gradient_descent, torch.optim.SGD),
        (rmsprop, partial(RMSprop, alpha=0.9, eps=1e-8, eps_inside_sqrt=True)),
        (adam, torch.optim.Adam),
    ],
    ids=["gradient descent", "RMSProp", "Adam"],
)
def test_each_run_is_that_of_the_ordinary_loop(data, optimizer, make):
    settings = {"n_epochs": 4, "batch_size": 4}
    runs = tuning.train_many(small, optimizer, *data, learning_rates=RATES, seeds=SEEDS, **settings)
    assert runs.shape == (2, 2, flat(small(torch.Generator())).numel())
    for i, rate in enumerate(RATES):
        for j, seed in enumerate(SEEDS):
            expected = flat(alone(small, make, data, rate, seed, **settings))
            torch.testing.assert_close(runs[i, j], expected, rtol=1e-7, atol=1e-9)


def test_a_run_of_the_convnet_is_that_of_the_ordinary_loop():
    build = partial(digits_convnet, dtype=torch.float64)
    images = torch.rand(20, 64, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    data, settings = (images, torch.arange(20) % 10), {"n_epochs": 2, "batch_size": 8}
    runs = tuning.train_many(build, rmsprop, *data, learning_rates=RATES, seeds=SEEDS, **settings)
    make = partial(RMSprop, alpha=0.9, eps_inside_sqrt=True)
    expected = flat(alone(build, make, data, RATES[1], SEEDS[0], **settings))
    torch.testing.assert_close(runs[1, 0], expected, rtol=1e-6, atol=1e-8)


def test_rate_factors_are_a_schedule_stepped_each_epoch(data):
    factors = [1.0, 0.5, 0.25]
    settings = {"n_epochs": 3, "batch_size": 4}
    runs = tuning.train_many(
        small, gradient_descent, *data,
        learning_rates=[0.1], seeds=[3], rate_factors=factors, **settings,
    )  # fmt: skip
    halving = partial(torch.optim.lr_scheduler.ExponentialLR, gamma=0.5)
    expected = alone(small, torch.optim.SGD, data, 0.1, 3, scheduler=halving, **settings)
    torch.testing.assert_close(runs[0, 0], flat(expected), rtol=1e-9, atol=1e-12)


def test_further_settings_reach_the_optimizer(data):
    settings = {"learning_rates": [0.01], "seeds": [0], "n_epochs": 2, "batch_size": 4}
    slow = tuning.train_many(small, rmsprop, *data, decay=0.99, **settings)
    fast = tuning.train_many(small, rmsprop, *data, decay=0.5, **settings)
    assert not torch.allclose(slow, fast)


def test_other_rates_and_optimizers_leave_a_seeds_start_alone(data):
    settings = {"n_epochs": 0, "batch_size": 4, "seeds": SEEDS}
    one = tuning.train_many(small, rmsprop, *data, learning_rates=RATES, **settings)
    other = tuning.train_many(small, adam, *data, learning_rates=[1.0], **settings)
    assert torch.equal(one[0], one[1])
    assert torch.equal(one[0], other[0])
    assert torch.equal(one[0, 1], flat(small(torch.Generator().manual_seed(SEEDS[1]))))


def test_the_global_random_state_is_left_alone(data):
    before = torch.get_rng_state()
    settings = {"learning_rates": RATES, "seeds": SEEDS, "n_epochs": 1, "batch_size": 4}
    tuning.sweep(small, rmsprop, data, data, **settings)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_run_that_diverges_is_not_finite_and_spoils_no_other(data):
    settings = {"seeds": [0], "n_epochs": 40, "batch_size": 4}
    runs = tuning.sweep(
        small, gradient_descent, data, data, learning_rates=[0.1, 1e300], **settings
    )
    good = tuning.sweep(small, gradient_descent, data, data, learning_rates=[0.1], **settings)
    assert not np.isfinite(runs.losses[1]).any()
    np.testing.assert_allclose(runs.losses[0], good.losses[0], rtol=1e-9)


def test_scores_are_loss_and_accuracy_of_each_network(data):
    settings = {"n_epochs": 3, "batch_size": 4}
    runs = tuning.sweep(
        small, gradient_descent, data, data, learning_rates=[0.1, 0.3], seeds=SEEDS, **settings
    )
    network = alone(small, torch.optim.SGD, data, 0.3, SEEDS[1], **settings)
    loss = nn.functional.cross_entropy(network(data[0]), data[1]).item()
    assert runs.losses[1, 1] == pytest.approx(loss, rel=1e-9)
    assert runs.accuracies[1, 1] == accuracy(network, *data)
    np.testing.assert_array_equal(runs.learning_rates, [0.1, 0.3])


def test_the_choice_is_by_the_mean_and_says_whether_the_grid_ends_there():
    losses = [[0.1, 0.9], [0.4, 0.4], [0.5, 0.5]]
    assert tuning.best_rate([1, 2, 3], losses) == (2.0, 1, False)
    assert tuning.best_rate([1, 2], losses[:2]) == (2.0, 1, True)
    assert tuning.best_rate([2, 3], losses[1:]) == (2.0, 0, True)


@pytest.mark.parametrize("diverged", [np.nan, np.inf])
def test_a_rate_with_a_diverged_run_is_not_chosen(diverged):
    assert tuning.best_rate([1, 2, 3], [[0.5, 0.5], [0.1, diverged], [0.6, 0.6]]).place == 0


REFUSED = [
    ({"learning_rates": [-0.1]}, r"learning_rates must be in \[0, inf\), got -0.1"),
    ({"learning_rates": 0.1}, r"learning_rates must have shape \(n_rates,\), got \(\)"),
    ({"learning_rates": []}, r"learning_rates must have shape \(n_rates,\), got \(0,\)"),
    ({"seeds": []}, "seeds must hold at least one seed, got none"),
    ({"batch_size": 0}, r"batch_size must be in \[1, inf\), got 0"),
    ({"n_epochs": -1}, r"n_epochs must be in \[0, inf\), got -1"),
    ({"rate_factors": [1.0]}, r"rate_factors must have shape \(2,\), got \(1,\)"),
    ({"rate_factors": [1.0, -1.0]}, r"rate_factors must be in \[0, inf\), got -1"),
]


@pytest.mark.parametrize(("wrong", "message"), REFUSED, ids=[str(wrong) for wrong, _ in REFUSED])
def test_wrong_settings_are_named(data, wrong, message):
    settings = {"learning_rates": RATES, "seeds": SEEDS, "n_epochs": 2, "batch_size": 4} | wrong
    with pytest.raises(ValueError, match=message):
        tuning.train_many(small, rmsprop, *data, **settings)


def test_choices_that_cannot_be_made_are_refused():
    with pytest.raises(ValueError, match="losses must have shape"):
        tuning.best_rate([1, 2], [0.1, 0.2])
    with pytest.raises(ValueError, match="losses must have shape"):
        tuning.best_rate([1, 2], [[0.1]])
    with pytest.raises(ValueError, match="finite at one rate or more"):
        tuning.best_rate([1, 2], [[np.nan], [np.inf]])
