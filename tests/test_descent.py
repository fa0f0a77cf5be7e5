"""Runs against hand-computed steps and single runs, and what is known of RMSProp on surfaces."""

import warnings

import numpy as np
import pytest

from rmsprop_course.descent import run
from rmsprop_course.numpy_optimizers import (
    adagrad,
    adam,
    gradient_descent,
    momentum,
    rmsprop,
    rprop,
)
from rmsprop_course.objectives import (
    SURFACES,
    beale,
    quadratic,
    rosenbrock,
    rotated_quadratic,
    saddle,
    styblinski_tang,
)

OPTIMIZERS = {
    "gradient descent": (gradient_descent, {"learning_rate": 1e-3}),
    "momentum": (momentum, {"learning_rate": 1e-4}),
    "rprop": (rprop, {}),
    "adagrad": (adagrad, {"learning_rate": 0.05}),
    "rmsprop": (rmsprop, {"learning_rate": 0.01}),
    "adam": (adam, {"learning_rate": 0.05}),
}


# Steps


def test_gradient_descent_steps_computed_by_hand():
    path = run(
        quadratic([1.0, 4.0]), gradient_descent, start=[1.0, -1.0], n_steps=2, learning_rate=0.1
    )
    np.testing.assert_allclose(path.params, [[1.0, -1.0], [0.9, -0.6], [0.81, -0.36]], rtol=1e-14)
    np.testing.assert_allclose(path.values, [2.5, 1.125, 0.58725], rtol=1e-14)
    np.testing.assert_allclose(path.grads, [[1.0, -4.0], [0.9, -2.4], [0.81, -1.44]], rtol=1e-14)


def test_rmsprop_steps_computed_by_hand():
    # v₁ = 0.1, θ₁ = 1 - 0.1 / √0.1; v₂ = 0.09 + 0.1 θ₁², θ₂ = θ₁ - 0.1 θ₁ / √v₂
    path = run(
        quadratic([1.0]), rmsprop, start=[1.0], n_steps=2, learning_rate=0.1, decay=0.9, eps=0.0
    )
    np.testing.assert_allclose(path.params[:, 0], [1.0, 0.683772, 0.498871], atol=5e-7)


@pytest.mark.parametrize(("optimizer", "settings"), OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_run_is_the_loop_that_a_learner_writes(optimizer, settings):
    objective = rosenbrock()
    path = run(objective, optimizer, start=objective.start, n_steps=20, **settings)
    params = np.array(objective.start)
    state = optimizer.init(params)
    for t in range(20):
        np.testing.assert_array_equal(path.params[t], params)
        params, state = optimizer.step(params, objective.gradient(params), state, **settings)
    np.testing.assert_array_equal(path.params[20], params)
    np.testing.assert_array_equal(path.values, objective.value(path.params))
    np.testing.assert_array_equal(path.grads, objective.gradient(path.params))


@pytest.mark.parametrize("objective", SURFACES.values(), ids=SURFACES.keys())
def test_rmsprop_gets_down_every_surface_from_its_start(objective):
    path = run(objective, rmsprop, start=objective.start, n_steps=1000, learning_rate=0.01)
    floor = objective.minimum_value if objective.minimum else -100.0
    assert path.values[-1] - floor < 0.05 * (path.values[0] - floor)


# Sweeps


def test_sweep_equals_the_loop_over_single_runs():
    rates, decays = np.geomspace(1e-3, 1e-1, 6), np.array([0.0, 0.5, 0.9, 0.99, 0.999])
    sweep = run(
        beale(),
        rmsprop,
        start=(1.0, 1.5),
        n_steps=200,
        learning_rate=rates[:, np.newaxis, np.newaxis],
        decay=decays[:, np.newaxis],
    )
    assert sweep.params.shape == sweep.grads.shape == (201, 6, 5, 2)
    assert sweep.values.shape == (201, 6, 5)
    for i, j in np.ndindex(6, 5):
        single = run(
            beale(),
            rmsprop,
            start=(1.0, 1.5),
            n_steps=200,
            learning_rate=rates[i],
            decay=decays[j],
        )
        for swept, alone in zip(sweep, single, strict=True):
            np.testing.assert_allclose(swept[:, i, j], alone, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("optimizer", "settings"), OPTIMIZERS.values(), ids=OPTIMIZERS.keys())
def test_several_starts_equal_single_starts(optimizer, settings):
    starts = np.random.default_rng(0).uniform(-1, 1, size=(3, 4, 2))
    together = run(rosenbrock(), optimizer, start=starts, n_steps=50, **settings)
    for place in np.ndindex(3, 4):
        alone = run(rosenbrock(), optimizer, start=starts[place], n_steps=50, **settings)
        np.testing.assert_allclose(together.params[:, *place], alone.params, rtol=1e-12)


def test_starts_and_settings_broadcast_together():
    starts = np.ones((4, 1, 2))
    rates = np.array([[0.1], [0.2], [0.3]])
    path = run(
        quadratic([1.0, 2.0]), gradient_descent, start=starts, n_steps=1, learning_rate=rates
    )
    assert path.params.shape == (2, 4, 3, 2)
    np.testing.assert_allclose(path.params[1, 0], [[0.9, 0.8], [0.8, 0.6], [0.7, 0.4]])


def test_setting_of_shape_n_params_is_one_value_a_parameter():
    path = run(
        quadratic([1.0, 1.0]),
        gradient_descent,
        start=[1.0, 1.0],
        n_steps=1,
        learning_rate=np.array([0.1, 0.5]),
    )
    np.testing.assert_allclose(path.params[1], [0.9, 0.5])


def test_settings_of_init_reach_init_and_sweep_too():
    # |g| = 1: v₁ = 0.9 v₀ + 0.1, so the first step is η / √v₁
    path = run(
        quadratic([1.0]),
        rmsprop,
        start=[1.0],
        n_steps=1,
        learning_rate=0.1,
        eps=0.0,
        initial_square_avg=np.array([[0.0], [1.0]]),
    )
    np.testing.assert_allclose(path.params[1, :, 0], [1 - 0.1 / np.sqrt(0.1), 0.9], rtol=1e-14)

    path = run(quadratic([1.0, 1.0]), rprop, start=[1.0, 1.0], n_steps=1, initial_step=[0.25, 0.5])
    np.testing.assert_allclose(np.abs(path.params[1] - 1), [0.25, 0.5])


# What a run leaves alone


def test_start_is_not_changed_and_not_shared():
    start = np.array([1.0, 1.5])
    path = run(beale(), rmsprop, start=start, n_steps=3)
    np.testing.assert_array_equal(start, [1.0, 1.5])
    assert not np.shares_memory(path.params, start)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dtype_of_the_start_is_the_dtype_of_the_run(dtype):
    start = np.ones(2, dtype=dtype)
    rates = np.array([[0.1], [0.2]])
    path = run(quadratic([1.0, 2.0]), rmsprop, start=start, n_steps=2, learning_rate=rates)
    assert {array.dtype for array in path} == {np.dtype(dtype)}


def test_no_steps_give_the_start_alone():
    path = run(quadratic([1.0, 3.0]), rmsprop, start=[1.0, 1.0], n_steps=0)
    np.testing.assert_array_equal(path.params, [[1.0, 1.0]])
    np.testing.assert_array_equal(path.values, [2.0])
    np.testing.assert_array_equal(path.grads, [[1.0, 3.0]])


def test_divergence_is_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = run(rosenbrock(), gradient_descent, start=(-1.2, 1.0), n_steps=50, learning_rate=1.0)
    assert not np.isfinite(path.values[-1])


# What is known of the paths

SADDLE_OFFSETS = np.array([1e-2, 1e-4, 1e-8, 1e-10])
SADDLE_STARTS = np.stack([np.full(4, -1.0), SADDLE_OFFSETS], axis=-1)


def steps_to_leave(along_the_fall):
    """First step, for every start, at which the fall from the ridge reaches 1."""
    gone = np.abs(along_the_fall) >= 1
    assert gone.any(axis=0).all()
    return gone.argmax(axis=0)


def test_gradient_descent_lingers_at_the_saddle_and_rmsprop_does_not():
    settings = {"start": SADDLE_STARTS, "n_steps": 1200, "learning_rate": 0.01}
    slow = run(saddle(), gradient_descent, **settings)
    fast = run(saddle(), rmsprop, eps=0.0, **settings)
    assert steps_to_leave(slow.params[..., 1]).tolist() == [233, 466, 931, 1163]
    assert steps_to_leave(fast.params[..., 1]).tolist() == [72, 72, 72, 72]


def test_rmsprop_loses_part_of_its_advantage_on_the_rotated_saddle():
    turn = np.array([[1.0, -1.0], [1.0, 1.0]]) / np.sqrt(2)
    path = run(
        rotated_quadratic([2.0, -2.0], np.pi / 4),
        rmsprop,
        start=SADDLE_STARTS @ turn.T,
        n_steps=300,
        learning_rate=0.01,
        eps=0.0,
    )
    assert steps_to_leave((path.params @ turn)[..., 1]).tolist()[:3] == [137, 154, 170]


def test_constant_learning_rate_ends_in_a_swing_of_half_the_learning_rate():
    curvatures, rate = np.array([1.0, 10.0, 100.0, 1000.0]), 0.01
    path = run(
        quadratic(curvatures), rmsprop, start=np.ones(4), n_steps=3000, learning_rate=rate, eps=0.0
    )
    np.testing.assert_allclose(np.abs(path.params[-2:]), rate / 2, rtol=1e-12)
    np.testing.assert_allclose(path.params[-1], -path.params[-2], rtol=1e-12)
    np.testing.assert_allclose(path.values[-1], rate**2 * curvatures.sum() / 8, rtol=1e-12)


@pytest.mark.parametrize(
    ("inside", "eps", "swing"),
    [
        (True, 1e-6, np.sqrt(0.01**2 / 4 - 1e-6 / np.array([1.0, 10.0]) ** 2)),
        (False, 1e-3, 0.01 / 2 - 1e-3 / np.array([1.0, 10.0])),
    ],
)
def test_eps_narrows_the_swing(inside, eps, swing):
    path = run(
        quadratic([1.0, 10.0]),
        rmsprop,
        start=[1.0, 1.0],
        n_steps=2000,
        learning_rate=0.01,
        eps=eps,
        eps_inside_sqrt=inside,
    )
    np.testing.assert_allclose(np.abs(path.params[-2:]), np.stack([swing, swing]), rtol=1e-9)


def test_curvature_below_the_threshold_lets_rmsprop_converge():
    # inside the root the threshold is 2 √ε / η = 0.2
    path = run(
        quadratic([0.1, 0.4]),
        rmsprop,
        start=[0.01, 0.01],
        n_steps=3000,
        learning_rate=1e-3,
        eps=1e-8,
    )
    assert np.abs(path.params[-1, 0]) < 1e-12
    assert np.abs(path.params[-1, 1]) > 1e-4


def test_rmsprop_on_beale_stays_above_the_minimum():
    path = run(beale(), rmsprop, start=(1.0, 1.5), n_steps=3000, learning_rate=0.01, decay=0.9)
    np.testing.assert_allclose(path.values[-1000:].mean(), 8.9e-4, rtol=0.02)
    np.testing.assert_allclose(path.params[-2:].mean(axis=0), beale().minimum, atol=0.01)


# What is refused


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        (
            {"lr": 0.1},
            TypeError,
            "lr is not a setting of this optimizer, which takes centered, decay, eps, "
            "eps_inside_sqrt, initial_square_avg, learning_rate, lr_in_momentum, momentum, "
            "weight_decay",
        ),
        (
            {"learning_rate": np.ones(200)},
            ValueError,
            r"learning_rate must have the parameters on its last axis \(length 1 or 2\), got shape "
            r"\(200,\); add a trailing axis: learning_rate\[\.\.\., np\.newaxis\]",
        ),
        ({"initial_square_avg": np.ones((5, 3))}, ValueError, "add a trailing axis"),
        (
            {"learning_rate": np.ones((6, 1)), "decay": np.zeros((5, 1))},
            ValueError,
            r"start and settings must broadcast together, got shapes start \(2,\), "
            r"learning_rate \(6, 1\), decay \(5, 1\)",
        ),
        ({"decay": 1.5}, ValueError, r"decay must be in \[0, 1\), got 1.5"),
        ({"start": [1.0]}, ValueError, r"start must have shape \(\.\.\., 2\), got \(1,\)"),
        ({"start": 1.0}, ValueError, r"start must have shape \(\.\.\., 2\), got \(\)"),
        ({"start": [1.0, np.nan]}, ValueError, "start must be finite, got nan"),
        ({"start": [1, 2]}, TypeError, "start must hold floating-point numbers, got dtype int"),
        ({"n_steps": -1}, ValueError, r"n_steps must be in \[0, inf\), got -1"),
        ({"n_steps": 2.0}, TypeError, "n_steps must be a whole number, got 2.0"),
    ],
)
def test_bad_calls_are_refused(settings, error, message):
    with pytest.raises(error, match=message):
        run(styblinski_tang(), rmsprop, **{"start": [1.0, 1.0], "n_steps": 1, **settings})
