"""Conventions run through the NumPy RMSProp against each system's formulas, written out here."""

import dataclasses
import inspect
import itertools

import numpy as np
import pytest

from rmsprop_course.conventions import CONVENTIONS, NAMES, convention, numpy_settings
from rmsprop_course.numpy_optimizers import rmsprop

N_STEPS = 30
# The learning rate changes, so that its place in the momentum shows.
RATES = 0.01 / np.sqrt(np.arange(1, N_STEPS + 1))
# Small gradients too, so that the place of ε shows.
GRADS = np.random.default_rng(0).standard_normal((N_STEPS, 4)) * [1e-5, 1e-3, 1.0, 100.0]
START = np.array([0.5, -1.0, 2.0, 3.0])


def run_numpy(name, **overrides):
    """Parameters after every step of the library, as the convention sets it."""
    path, params = [], START
    settings = numpy_settings(name, **overrides)
    state = rmsprop.init(params, **settings.init)
    for grad, rate in zip(GRADS, RATES, strict=True):
        params, state = rmsprop.step(
            params, grad, state, **{**settings.step, "learning_rate": rate}
        )
        path.append(params)
    return np.array(path)


# The systems' own formulas: θ after every step


def definition_steps():
    v, theta, path = 0.0, START, []
    for g, rate in zip(GRADS, RATES, strict=True):
        v = 0.9 * v + 0.1 * g * g
        theta = theta - rate / np.sqrt(v + 1e-8) * g
        path.append(theta)
    return np.array(path)


def graves_steps():
    n, m, delta, theta, path = 0.0, 0.0, 0.0, START, []
    for g, rate in zip(GRADS, RATES, strict=True):
        n = 0.95 * n + 0.05 * g * g
        m = 0.95 * m + 0.05 * g
        delta = 0.9 * delta - rate * g / np.sqrt(n - m * m + 1e-4)
        theta = theta + delta
        path.append(theta)
    return np.array(path)


def dqn_steps():
    n, m, theta, path = 0.0, 0.0, START, []
    for g, rate in zip(GRADS, RATES, strict=True):
        m = 0.95 * m + 0.05 * g
        n = 0.95 * n + 0.05 * g * g
        theta = theta - rate * g / np.sqrt(n - m * m + 0.01)
        path.append(theta)
    return np.array(path)


def pytorch_steps(mu, centered, penalty):
    v, m, buffer, theta, path = 0.0, 0.0, 0.0, START, []
    for raw, rate in zip(GRADS, RATES, strict=True):
        g = raw + penalty * theta
        v = 0.99 * v + 0.01 * g * g
        m = 0.99 * m + 0.01 * g
        root = np.sqrt(v - m * m) if centered else np.sqrt(v)
        buffer = mu * buffer + g / (root + 1e-8)
        theta = theta - rate * buffer
        path.append(theta)
    return np.array(path)


def rate_inside_steps(v, eps, mu, centered, penalty=0.0):
    """TensorFlow 1, Keras, Optax and timm, which differ in v₀ and ε alone."""
    m, buffer, theta, path = 0.0, 0.0, START, []
    for raw, rate in zip(GRADS, RATES, strict=True):
        g = raw + penalty * theta
        v = 0.9 * v + 0.1 * g * g
        m = 0.9 * m + 0.1 * g
        buffer = mu * buffer + rate * g / np.sqrt(v - centered * m * m + eps)
        theta = theta - buffer
        path.append(theta)
    return np.array(path)


def assert_same_path(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_definition():
    assert_same_path(run_numpy("definition"), definition_steps())


def test_graves2013():
    assert_same_path(run_numpy("graves2013"), graves_steps())


def test_dqn():
    assert_same_path(run_numpy("dqn"), dqn_steps())


@pytest.mark.parametrize("mu", [0.0, 0.9])
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("penalty", [0.0, 0.5])
def test_pytorch(mu, centered, penalty):
    ours = run_numpy("pytorch", momentum=mu, centered=centered, weight_decay=penalty)
    assert_same_path(ours, pytorch_steps(mu, centered, penalty))


@pytest.mark.parametrize(
    ("name", "first", "eps"),
    [
        ("tensorflow1", 1.0, 1e-10),
        ("keras", 0.0, 1e-7),
        ("optax", 0.0, 1e-8),
        ("timm", 1.0, 1e-10),
    ],
)
@pytest.mark.parametrize("mu", [0.0, 0.9])
@pytest.mark.parametrize("centered", [False, True])
def test_learning_rate_inside_the_momentum(name, first, eps, mu, centered):
    ours = run_numpy(name, momentum=mu, centered=centered)
    assert_same_path(ours, rate_inside_steps(first, eps, mu, centered))


@pytest.mark.parametrize("mu", [0.0, 0.9])
def test_l2_penalty_of_timm(mu):
    ours = run_numpy("timm", momentum=mu, weight_decay=0.5)
    assert_same_path(ours, rate_inside_steps(1.0, 1e-10, mu, False, penalty=0.5))


def test_these_gradients_tell_every_two_conventions_apart():
    paths = {name: run_numpy(name, momentum=0.9) for name in CONVENTIONS}
    for one, other in itertools.combinations(CONVENTIONS, 2):
        # TensorFlow 1 and timm differ in the default learning rate alone, which is given here
        if (one, other) != ("tensorflow1", "timm"):
            assert np.abs(paths[one] - paths[other]).max() > 1e-6, (one, other)


@pytest.mark.parametrize(
    ("name", "first_step"),
    [
        ("definition", 1e-3 / 0.1**0.5),
        ("graves2013", 1e-4 / (0.05 - 0.05**2 + 1e-4) ** 0.5),
        ("dqn", 2.5e-4 / (0.05 - 0.05**2 + 0.01) ** 0.5),
        ("pytorch", 1e-2 / 0.1),
        ("keras", 1e-3 / (0.1 + 1e-7) ** 0.5),
        ("timm", 1e-2),
    ],
)
def test_first_step_for_a_gradient_of_one_at_the_default_learning_rate(name, first_step):
    settings = numpy_settings(name)
    state = rmsprop.init(np.zeros(1), **settings.init)
    params, _ = rmsprop.step(np.zeros(1), np.ones(1), state, **settings.step)
    np.testing.assert_allclose(-params, first_step, rtol=2e-7)


# Settings


def test_what_a_convention_leaves_open_is_left_to_the_defaults_of_rmsprop():
    settings = numpy_settings("definition")
    assert settings.init == {"initial_square_avg": 0.0}
    assert settings.step == {"learning_rate": 1e-3, "decay": 0.9, "eps_inside_sqrt": True}
    assert "learning_rate" not in numpy_settings("optax").step


def test_defaults_of_rmsprop_are_the_definition():
    settings = numpy_settings("definition")
    for function, chosen in ((rmsprop.init, settings.init), (rmsprop.step, settings.step)):
        defaults = inspect.signature(function).parameters
        for name, value in chosen.items():
            assert defaults[name].default == value, name


@pytest.mark.parametrize("name", CONVENTIONS)
def test_overrides_win_and_do_not_change_the_table(name):
    before = dataclasses.asdict(CONVENTIONS[name])
    settings = numpy_settings(name, decay=0.5, initial_square_avg=2.0)
    assert settings.init == {"initial_square_avg": 2.0}
    assert settings.step["decay"] == 0.5
    assert dataclasses.asdict(CONVENTIONS[name]) == before


def test_settings_are_all_known_to_rmsprop():
    of_init = inspect.signature(rmsprop.init).parameters
    of_step = inspect.signature(rmsprop.step).parameters
    for name in CONVENTIONS:
        settings = numpy_settings(name)
        assert set(settings.init) <= set(of_init)
        assert set(settings.step) <= set(of_step)


# The table


def test_conventions_go_by_their_names_and_carry_a_source():
    assert list(CONVENTIONS) == [
        "definition",
        "graves2013",
        "dqn",
        "pytorch",
        "tensorflow1",
        "keras",
        "optax",
        "timm",
    ]
    for name, entry in CONVENTIONS.items():
        assert entry.name == name
        assert entry.source.endswith(".")


def test_pytorch_alone_puts_eps_outside_the_root():
    outside = [name for name, entry in CONVENTIONS.items() if not entry.eps_inside_sqrt]
    assert outside == ["pytorch"]


def test_the_table_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        CONVENTIONS["dqn"].decay = 0.9
    with pytest.raises(TypeError):
        CONVENTIONS["mine"] = CONVENTIONS["dqn"]


def test_names_of_the_decay():
    names = {quantity.course: quantity for quantity in NAMES}
    assert names["decay"].symbol == "γ"
    assert {"rho", "alpha (PyTorch)", "beta2 (Adam)"} <= set(names["decay"].elsewhere)


# What is refused


def test_unknown_convention_lists_the_names():
    message = (
        "name must be one of definition, graves2013, dqn, pytorch, tensorflow1, keras, optax, "
        "timm, got 'torch'"
    )
    for look_up in (convention, numpy_settings):
        with pytest.raises(ValueError, match=message):
            look_up("torch")


def test_unknown_setting_lists_the_settings():
    with pytest.raises(TypeError, match="alpha is not a setting of rmsprop, which takes"):
        numpy_settings("pytorch", alpha=0.9)


@pytest.mark.parametrize(("name", "kind"), [("keras", "decoupled"), ("optax", "none")])
def test_weight_decay_that_rmsprop_cannot_do_is_refused(name, kind):
    with pytest.raises(ValueError, match=f"weight decay of {name} is {kind} .*got 0.1"):
        numpy_settings(name, weight_decay=0.1)
