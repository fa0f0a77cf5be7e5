"""The other optimizers against those of torch, and the identities that tie them to RMSProp."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from optimizer_runs import follow

from rmsprop_course.numpy_optimizers import (
    adagrad,
    adam,
    gradient_descent,
    momentum,
    rmsprop,
    rprop,
)

N_STEPS = 50


def gradients(*, n_params=7):
    """Gradients of all sizes, with zeros and changes of sign, shape (n_steps, n_params)."""
    rng = np.random.default_rng(0)
    sizes = 10.0 ** rng.uniform(-3, 3, size=n_params)
    return rng.normal(size=(N_STEPS, n_params)) * sizes * (rng.random((N_STEPS, n_params)) > 0.1)


def torch_path(name, grads, start, **settings):
    """Parameters after each step of a torch optimizer that is given the same gradients."""
    torch = pytest.importorskip("torch")
    params = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer = getattr(torch.optim, name)([params], **settings)
    path = []
    for grad in grads:
        params.grad = torch.from_numpy(grad.copy())
        optimizer.step()
        path.append(params.detach().numpy().copy())
    return np.array(path)


PAIRS = [
    pytest.param(
        gradient_descent,
        {"learning_rate": 0.03},
        "SGD",
        {"lr": 0.03},
        id="gradient descent",
    ),
    pytest.param(
        momentum,
        {"learning_rate": 0.03, "momentum": 0.8},
        "SGD",
        {"lr": 0.03, "momentum": 0.8},
        id="momentum",
    ),
    pytest.param(
        rprop,
        {"increase": 1.3, "decrease": 0.4, "min_step": 1e-3, "max_step": 0.02},
        "Rprop",
        {"lr": 0.01, "etas": (0.4, 1.3), "step_sizes": (1e-3, 0.02)},
        id="rprop",
    ),
    pytest.param(rprop, {}, "Rprop", {}, id="rprop with the defaults"),
    pytest.param(
        adagrad,
        {"learning_rate": 0.1, "eps": 1e-3},
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3},
        id="adagrad",
    ),
    pytest.param(adagrad, {}, "Adagrad", {}, id="adagrad with the defaults"),
    pytest.param(
        adam,
        {"learning_rate": 0.1, "beta1": 0.7, "beta2": 0.95, "eps": 1e-3},
        "Adam",
        {"lr": 0.1, "betas": (0.7, 0.95), "eps": 1e-3},
        id="adam",
    ),
    pytest.param(adam, {}, "Adam", {}, id="adam with the defaults"),
]


@pytest.mark.parametrize(("optimizer", "settings", "name", "torch_settings"), PAIRS)
def test_agreement_with_torch(optimizer, settings, name, torch_settings):
    start = np.linspace(-1, 1, 7)
    path = follow(optimizer, gradients(), start, **settings)
    expected = torch_path(name, gradients(), start, **torch_settings)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12)


# Identities

smooth = st.floats(-1e3, 1e3).filter(lambda number: number == 0 or abs(number) > 1e-3)
runs = st.tuples(st.integers(1, 20), st.integers(1, 3)).flatmap(
    lambda shape: hnp.arrays(np.float64, shape, elements=smooth)
)


def rmsprop_path(grads, plan, **settings):
    """Parameters of RMSProp from 0 whose settings follow a plan, one dict a step."""
    params, state = np.zeros(grads.shape[1]), rmsprop.init(np.zeros(grads.shape[1]))
    path = []
    for grad, changing in zip(grads, plan, strict=True):
        params, state = rmsprop.step(params, grad, state, **settings, **changing)
        path.append(params)
    return np.array(path)


@given(grads=runs, rate=st.floats(1e-3, 10), delta=st.sampled_from([0.0, 1e-10, 0.1, 10.0]))
def test_rmsprop_with_growing_memory_and_shrinking_rate_is_adagrad(grads, rate, delta):
    plan = [
        {"decay": 1 - 1 / t, "learning_rate": rate / np.sqrt(t), "eps": delta / np.sqrt(t)}
        for t in range(1, len(grads) + 1)
    ]
    path = rmsprop_path(grads, plan, eps_inside_sqrt=False)
    expected = follow(adagrad, grads, np.zeros(grads.shape[1]), learning_rate=rate, eps=delta)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12 * rate)


@given(
    grads=runs,
    rate=st.floats(1e-3, 10),
    decay=st.floats(0, 0.999),
    eps=st.sampled_from([0.0, 1e-8, 0.1, 10.0]),
)
def test_adam_without_averaged_gradient_is_rmsprop_with_a_corrected_rate(grads, rate, decay, eps):
    roots = np.sqrt(1 - decay ** np.arange(1, len(grads) + 1))
    plan = [{"learning_rate": rate * root, "eps": eps * root} for root in roots]
    path = rmsprop_path(grads, plan, decay=decay, eps_inside_sqrt=False)
    settings = {"learning_rate": rate, "beta1": 0.0, "beta2": decay, "eps": eps}
    expected = follow(adam, grads, np.zeros(grads.shape[1]), **settings)
    np.testing.assert_allclose(path, expected, rtol=1e-12, atol=1e-12 * rate)


def test_the_bias_correction_is_all_that_separates_adam_from_rmsprop_without_eps():
    decay, steps = 0.9, np.arange(1, 51)
    grads = np.random.default_rng(0).normal(size=(50, 3))
    settings = {"learning_rate": 0.1, "eps": 0.0}
    ours = follow(rmsprop, grads, np.zeros(3), decay=decay, **settings)
    theirs = follow(adam, grads, np.zeros(3), beta1=0.0, beta2=decay, **settings)
    ratios = np.diff(theirs, axis=0, prepend=0.0) / np.diff(ours, axis=0, prepend=0.0)
    np.testing.assert_allclose(ratios, np.sqrt(1 - decay**steps)[:, None] + np.zeros(3), rtol=1e-11)


@given(grads=runs)
def test_momentum_of_zero_is_gradient_descent(grads):
    start = np.zeros(grads.shape[1])
    np.testing.assert_array_equal(
        follow(momentum, grads, start, momentum=0.0, learning_rate=0.1),
        follow(gradient_descent, grads, start, learning_rate=0.1),
    )


@given(grads=runs, scale=st.sampled_from([1e-250, 1.0, 1e250]))
def test_rprop_sees_only_the_signs_of_the_gradients(grads, scale):
    grads, start = scale * grads, np.zeros(grads.shape[1])
    np.testing.assert_array_equal(follow(rprop, grads, start), follow(rprop, np.sign(grads), start))


@given(grads=runs, scale=st.integers(-30, 30).map(lambda exponent: 2.0**exponent))
def test_adagrad_and_adam_ignore_the_scale_of_the_loss_without_eps(grads, scale):
    start = np.zeros(grads.shape[1])
    for optimizer in (adagrad, adam):
        np.testing.assert_array_equal(
            follow(optimizer, grads, start, eps=0.0),
            follow(optimizer, scale * grads, start, eps=0.0),
        )


def test_adagrad_step_shrinks_with_the_root_of_time_and_rmsprop_step_does_not():
    grads = np.ones(100)
    steps = -np.diff(follow(adagrad, grads, 0.0, learning_rate=1.0, eps=0.0))
    np.testing.assert_allclose(steps, 1 / np.sqrt(np.arange(2, 101)), rtol=1e-12)
    last = -np.diff(follow(rmsprop, grads, 0.0, learning_rate=1.0, eps=0.0))[-1]
    assert last == pytest.approx(1 / np.sqrt(1 - 0.9**100), rel=1e-12)
