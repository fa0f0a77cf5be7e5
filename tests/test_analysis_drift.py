"""The drift over a period: closed forms, brute force, and where it changes its sign."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_course.analysis import critical_decay, periodic_drift, projected_run, reddi_grads
from rmsprop_course.numpy_optimizers import rmsprop

NINE_AND_ONE = [0.1] * 9 + [-0.9]


def simulated_drift(grads, decay, n_periods):
    """Change of a weight in the last of many periods, stepped by the library's optimizer."""
    weight, state = np.zeros(1), rmsprop.init(np.zeros(1))
    for _ in range(n_periods):
        before = weight
        for grad in grads:
            weight, state = rmsprop.step(
                weight, np.array([grad]), state, learning_rate=1.0, decay=decay, eps=0.0
            )
    return (weight - before).item()


def test_hintons_nine_and_one_drift_as_simulated_elsewhere():
    drifts = periodic_drift(NINE_AND_ONE, decay=[0.0, 0.9, 0.99, 0.999])
    np.testing.assert_allclose(drifts, [-8.0, -0.6795, -0.0667, -0.0067], atol=5e-5)


def test_a_period_of_two_has_a_closed_form():
    decay = np.array([0.1, 0.5, 0.9])
    after_large = (9 + decay) / (1 + decay)  # weights 1/(1+γ) and γ/(1+γ)
    after_small = (1 + 9 * decay) / (1 + decay)
    expected = -3 / np.sqrt(after_large) + 1 / np.sqrt(after_small)
    np.testing.assert_allclose(periodic_drift([3.0, -1.0], decay=decay), expected, rtol=1e-14)


@given(grads=arrays(float, st.integers(1, 8), elements=st.floats(0.1, 10) | st.floats(-10, -0.1)))
def test_without_memory_the_drift_is_minus_the_sum_of_signs(grads):
    assert periodic_drift(grads, decay=0.0) == pytest.approx(-np.sign(grads).sum(), abs=1e-12)


@given(
    grads=arrays(float, st.integers(1, 8), elements=st.floats(0.1, 10) | st.floats(-10, -0.1)),
    decay=st.floats(0, 0.8),
)
@settings(max_examples=20)
def test_drift_is_what_the_optimizer_does_after_many_periods(grads, decay):
    drift = periodic_drift(grads, decay=decay)
    assert drift == pytest.approx(simulated_drift(grads, decay, 150), rel=1e-9, abs=1e-9)


@given(
    grads=arrays(float, 5, elements=st.floats(0.1, 10) | st.floats(-10, -0.1)),
    scale=st.floats(1e-6, 1e6),
    shift=st.integers(0, 4),
)
def test_drift_ignores_the_scale_of_the_loss_and_where_the_period_begins(grads, scale, shift):
    drift = periodic_drift(grads, decay=0.7)
    assert periodic_drift(scale * grads, decay=0.7) == pytest.approx(drift, rel=1e-9, abs=1e-9)
    assert periodic_drift(np.roll(grads, shift), decay=0.7) == pytest.approx(drift, abs=1e-9)


def test_a_long_memory_divides_all_gradients_by_their_root_mean_square():
    grads = np.array([3.0, -1.0, -1.0, 0.5])
    expected = -grads.sum() / np.sqrt(np.mean(grads**2))
    assert periodic_drift(grads, decay=1 - 1e-10) == pytest.approx(expected, rel=1e-8)


def test_decays_broadcast():
    decays = np.array([[0.1, 0.5], [0.9, 0.99]])
    drifts = periodic_drift(reddi_grads(5), decay=decays)
    assert drifts.shape == (2, 2)
    assert drifts[1, 0] == periodic_drift(reddi_grads(5), decay=0.9)


def test_a_gradient_of_zero_does_not_move_the_weight():
    assert periodic_drift([0.0, 1.0, 0.0], decay=0.0) == -1
    assert periodic_drift([0.0, 0.0], decay=0.5) == 0


# --- Where the sign changes ---


@pytest.mark.parametrize(
    ("period", "decay"), [(3, 0.4723), (5, 0.8107), (10, 0.9554), (20, 0.9894)]
)
def test_reddis_example_turns_round_at_its_critical_decay(period, decay):
    found = critical_decay(reddi_grads(period))
    assert found == pytest.approx(decay, abs=5e-5)
    before, after = periodic_drift(reddi_grads(period), decay=[found - 1e-9, found + 1e-9])
    assert before > 0 > after


def test_the_critical_decay_of_long_periods_is_four_over_their_square():
    shares = [(1 - critical_decay(reddi_grads(c))) * c**2 for c in (20, 40, 80, 160, 1000)]
    assert shares == sorted(shares, reverse=True)
    assert shares[3] == pytest.approx(4.033, abs=5e-4)
    assert shares[4] == pytest.approx(4, abs=0.01)


def test_gradients_of_the_other_sign_have_the_same_critical_decay():
    assert critical_decay(-reddi_grads(5)) == pytest.approx(critical_decay(reddi_grads(5)))


def test_of_several_changes_of_sign_it_is_the_last():
    grads = np.array([2.0, -0.2, -0.2, -0.2, 2.0, 2.0, -5.7])
    drifts = periodic_drift(grads, decay=np.linspace(0, 0.9999, 2000))
    changes = np.flatnonzero(np.diff(np.sign(drifts)))
    assert len(changes) > 1
    found = critical_decay(grads)
    assert found == pytest.approx(np.linspace(0, 0.9999, 2000)[changes[-1]], abs=6e-4)


@pytest.mark.parametrize(
    ("grads", "message"),
    [
        ([2.0, -1.0, 3.0], "grads must drift against their mean at some decay, got none"),
        (NINE_AND_ONE, "the mean of grads must not be 0"),
        ([0.1, 0.1, 0.1, -0.3], "the mean of grads must not be 0"),  # up to rounding
        ([], r"grads must have shape \(n_steps,\), got \(0,\)"),
        ([[1.0, -1.0]], r"grads must have shape \(n_steps,\), got \(1, 2\)"),
        ([1.0, np.nan], "grads must be finite, got nan"),
    ],
)
def test_gradients_without_a_critical_decay_are_refused(grads, message):
    with pytest.raises(ValueError, match=message):
        critical_decay(grads)


# --- Reddi's example ---


def test_reddis_gradients_add_up_to_one():
    for period in (2, 3, 10, 160):
        grads = reddi_grads(period)
        assert (len(grads), grads[0], grads.sum()) == (period, period, 1)


def test_a_projected_run_is_the_recursion_written_out():
    x, v, expected = 0.25, 0.0, [0.25]
    for t in range(1, 40):
        grad = 3.0 if t % 3 == 1 else -1.0
        v = 0.6 * v + 0.4 * grad**2
        x = min(1.0, max(-1.0, x - 0.5 / t**0.5 * grad / v**0.5))
        expected.append(x)
    run = projected_run(reddi_grads(3), decay=0.6, n_steps=39, learning_rate=0.5, start=0.25)
    np.testing.assert_allclose(run, expected, rtol=1e-12)


def test_a_gradient_of_zero_does_not_move_a_projected_run():
    run = projected_run([0.0, 1.0], decay=0.0, n_steps=3, learning_rate=0.5)
    np.testing.assert_allclose(run, [0, 0, -0.5 / np.sqrt(2), -0.5 / np.sqrt(2)], rtol=1e-14)


def test_the_projected_run_goes_where_the_drift_points():
    threshold = critical_decay(reddi_grads(10))
    decays = np.array([0.9, threshold - 0.01, threshold + 0.0045, 0.99])
    ends = projected_run(reddi_grads(10), decay=decays, n_steps=100_000)[-1]
    np.testing.assert_allclose(ends, [1, 1, -0.991, -0.991], atol=1e-3)
    assert (np.sign(ends) == np.sign(periodic_drift(reddi_grads(10), decay=decays))).all()


@pytest.mark.parametrize(
    ("given_settings", "error", "message"),
    [
        ({"decay": 1.0}, ValueError, r"decay must be in \[0, 1\), got 1"),
        ({"start": 1.5}, ValueError, r"start must be in \[-1, 1\], got 1.5"),
        ({"learning_rate": -1}, ValueError, r"learning_rate must be in \[0, inf\), got -1"),
        ({"n_steps": 2.5}, TypeError, "n_steps must be a whole number, got 2.5"),
    ],
)
def test_a_setting_of_the_projected_run_out_of_range_is_refused(given_settings, error, message):
    with pytest.raises(error, match=message):
        projected_run(reddi_grads(3), **{"decay": 0.9, "n_steps": 3, **given_settings})


@pytest.mark.parametrize(
    ("period", "error", "message"),
    [
        (1, ValueError, "period must be at least 2, got 1"),
        (2.5, TypeError, "period must be a whole number, got 2.5"),
    ],
)
def test_a_period_that_is_none_is_refused(period, error, message):
    with pytest.raises(error, match=message):
        reddi_grads(period)


def test_a_decay_of_one_is_refused():
    with pytest.raises(ValueError, match=r"decay must be in \[0, 1\), got 1"):
        periodic_drift([1.0], decay=[0.5, 1.0])
