"""Rates of convergence: of exact sequences, of closed forms, and of runs against predictions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmsprop_course import descent
from rmsprop_course.analysis import (
    best_adam_settings,
    best_rmsprop_settings,
    convergence_rate,
    rmsprop_rate,
)
from rmsprop_course.numpy_optimizers import adam, gradient_descent, rmsprop
from rmsprop_course.objectives import quadratic

# --- Measured ---


@given(rate=st.floats(0.05, 1.5), first=st.floats(1e-3, 1e3), n_steps=st.integers(8, 200))
def test_a_geometric_sequence_has_its_own_ratio(rate, first, n_steps):
    assert convergence_rate(first * rate ** np.arange(n_steps + 1.0)) == pytest.approx(rate)


def test_a_run_is_looked_at_until_it_comes_to_the_floor():
    distances = np.maximum(0.5 ** np.arange(2000.0), 1e-160)
    assert convergence_rate(distances) == pytest.approx(0.5, rel=1e-12)
    rounded = 0.5 ** np.arange(200.0) + 1e-16
    assert convergence_rate(rounded, floor=1e-12) == pytest.approx(0.5, rel=1e-3)
    assert convergence_rate(np.append(0.9 ** np.arange(100.0), 0.0)) == pytest.approx(0.9)
    assert convergence_rate(distances, floor=1e-160) == pytest.approx(0.5, rel=1e-12)


def test_a_step_that_happens_to_pass_the_minimum_does_not_count():
    distances = 0.9 ** np.arange(100.0)
    distances[[55, 56]] = 1e-20
    assert convergence_rate(distances) == pytest.approx(0.9, rel=2e-3)


def test_what_the_envelope_cannot_know_at_the_end_is_left_out():
    distances = np.append(0.9 ** np.arange(100.0), [1e-20, 1e-25])  # passes the minimum at the end
    assert convergence_rate(distances) == pytest.approx(0.9, rel=1e-12)


def test_a_stuck_run_has_rate_one_and_a_diverging_one_more():
    assert convergence_rate(np.full(50, 0.07)) == 1
    assert convergence_rate(2.0 ** np.arange(50)) == pytest.approx(2)


def test_an_oscillation_through_zero_does_not_look_faster():
    steps = np.arange(600)
    distances = np.abs(0.95**steps * np.cos(0.46 * steps))
    assert convergence_rate(distances) == pytest.approx(0.95, rel=1e-3)


def test_a_start_up_does_not_count():
    distances = np.concatenate([np.full(40, 1.0), 0.8 ** np.arange(1, 101)])
    assert convergence_rate(distances) == pytest.approx(0.8, rel=1e-12)


def test_many_runs_are_measured_at_once():
    rates = np.array([[0.3, 0.9], [0.99, 1.01]])
    distances = rates ** np.arange(400)[:, np.newaxis, np.newaxis]
    np.testing.assert_allclose(convergence_rate(distances), rates, rtol=1e-9)


def test_gradient_descent_has_the_rate_of_its_slowest_direction():
    curvatures, rates = np.array([1.0, 7.0]), np.array([0.02, 0.1, 0.25, 0.28])
    path = descent.run(
        quadratic(curvatures),
        gradient_descent,
        start=[1.0, 1.0],
        n_steps=500,
        learning_rate=rates[:, np.newaxis],
    )
    expected = np.abs(1 - rates[:, np.newaxis] * curvatures).max(axis=1)
    measured = convergence_rate(np.linalg.norm(path.params, axis=-1))
    np.testing.assert_allclose(measured, expected, rtol=1e-6)


@pytest.mark.parametrize(
    ("distances", "settings", "message"),
    [
        ([1.0, -0.5, 0.2, 0.1, 0.05], {}, r"distances must be in \[0, inf\), got -0.5"),
        ([1.0, np.inf, 1, 1, 1, 1], {}, r"distances must be in \[0, inf\), got inf"),
        ([1.0, 0.1, 0.0, 0.0, 0.0], {}, "distances must stay above 1e-150 for 4 steps, got 1"),
        ([1.0, 0.5, 0.2, 0.1], {}, "distances must stay above 1e-150 for 4 steps, got 3"),
        (np.ones(9), {"floor": 0.0}, r"floor must be in \(0, inf\), got 0"),
        (1.0, {}, r"distances must have shape \(n_steps \+ 1, ...\), got \(\)"),
    ],
)
def test_distances_that_tell_nothing_are_refused(distances, settings, message):
    with pytest.raises(ValueError, match=message):
        convergence_rate(distances, **settings)


# --- Predicted ---


def rmsprop_distances(condition, learning_rate, *, eps, inside, n_steps=1500):
    path = descent.run(
        quadratic([1.0, condition]),
        rmsprop,
        start=[1.0, 1.0],
        n_steps=n_steps,
        learning_rate=learning_rate,
        eps=eps,
        eps_inside_sqrt=inside,
    )
    return np.abs(path.params).max(axis=-1)


@pytest.mark.parametrize("condition", [4.0, 25.0, 100.0])
@pytest.mark.parametrize(("inside", "eps"), [(False, 1.0), (True, 0.04)])
def test_the_best_rmsprop_converges_at_the_rate_of_gradient_descent(condition, inside, eps):
    best = best_rmsprop_settings(1.0, condition, eps=eps, eps_inside_sqrt=inside)
    assert best.rate == pytest.approx((condition - 1) / (condition + 1))
    distances = rmsprop_distances(condition, float(best.learning_rate), eps=eps, inside=inside)
    assert convergence_rate(distances) == pytest.approx(float(best.rate), abs=1e-5)


def test_no_other_learning_rate_is_better():
    best = best_rmsprop_settings(1.0, 4.0, eps=1.0, eps_inside_sqrt=False)
    around = float(best.learning_rate) * np.linspace(0.5, 1.5, 41)
    rates = rmsprop_rate([1.0, 4.0], learning_rate=around, eps=1.0, eps_inside_sqrt=False)
    assert rates.min() == pytest.approx(float(best.rate))
    assert around[rates.argmin()] == pytest.approx(float(best.learning_rate))


def test_rmsprop_has_the_predicted_rate_at_every_learning_rate():
    rates = np.array([0.05, 0.2, 0.4, 0.45, 0.6, 1.0])
    distances = rmsprop_distances(4.0, rates[:, np.newaxis], eps=1.0, inside=False)
    predicted = rmsprop_rate([1.0, 4.0], learning_rate=rates, eps=1.0, eps_inside_sqrt=False)
    np.testing.assert_allclose(predicted, [0.95, 0.8, 0.6, 0.8, 1.0, 1.0], rtol=1e-12)
    np.testing.assert_allclose(convergence_rate(distances, floor=1e-250), predicted, rtol=1e-6)


@pytest.mark.parametrize("condition", [4.0, 25.0, 100.0])
def test_the_best_adam_converges_at_the_rate_of_the_heavy_ball(condition):
    best = best_adam_settings(1.0, condition, eps=1.0)
    root = np.sqrt(condition)
    assert best.rate == pytest.approx((root - 1) / (root + 1))
    path = descent.run(
        quadratic([1.0, condition]),
        adam,
        start=[1e-8, 1e-8],
        n_steps=1800,
        learning_rate=best.learning_rate,
        beta1=best.beta1,
        beta2=0.9,
        eps=1.0,
    )
    measured = convergence_rate(np.linalg.norm(path.params, axis=-1))
    assert best.rate < measured < 1.006 * best.rate  # a double eigenvalue: t times the rate's power


def test_adams_best_settings_make_a_double_eigenvalue_at_both_ends():
    best = best_adam_settings(2.0, 50.0, eps=0.5)
    for curvature in (2.0, 50.0):
        step = best.learning_rate * (1 - best.beta1) / 0.5 * curvature
        matrix = [[1 + best.beta1 - step, -best.beta1], [1.0, 0.0]]
        sizes = np.abs(np.linalg.eigvals(np.array(matrix, dtype=float)))
        np.testing.assert_allclose(sizes, best.rate, rtol=1e-6)


def test_at_default_settings_it_is_stuck_in_the_two_cycle():
    path = descent.run(
        quadratic([1.0, 100.0]),
        rmsprop,
        start=[1.0, 1.0],
        n_steps=4000,
        learning_rate=1e-3,
        eps=1e-8,
        eps_inside_sqrt=False,
    )
    distances = np.linalg.norm(path.params, axis=-1)
    assert distances[-1] == pytest.approx(1e-3 * np.sqrt(2) / 2, rel=1e-4)
    assert convergence_rate(distances) == pytest.approx(1, abs=1e-6)
    assert rmsprop_rate([1.0, 100.0], learning_rate=1e-3, eps=1e-8) == 1


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: best_rmsprop_settings(2.0, 1.0, eps=1.0),
            "largest must be at least smallest, 2, got 1",
        ),
        (lambda: best_adam_settings(1.0, 4.0, eps=0.0), r"eps must be in \(0, inf\), got 0"),
        (lambda: best_adam_settings(0.0, 4.0, eps=1.0), r"smallest must be in \(0, inf\), got 0"),
        (
            lambda: rmsprop_rate([[1.0]], learning_rate=0.1, eps=1.0),
            r"curvatures must have shape \(n_params,\), got \(1, 1\)",
        ),
    ],
)
def test_a_setting_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()
