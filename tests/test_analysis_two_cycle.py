"""The two-cycle of RMSProp: predictions against closed forms, against runs, and at their limits."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmsprop_course import descent
from rmsprop_course.analysis import (
    TwoCycle,
    convergence_rate,
    critical_curvature,
    critical_power,
    power_cycle_contraction,
    power_rate,
    power_run,
)
from rmsprop_course.conventions import numpy_settings
from rmsprop_course.numpy_optimizers import rmsprop
from rmsprop_course.objectives import quadratic


def power_distances(power, *, n_steps, start=0.0501, beside=True, **settings):
    """|x| along a run with η = 0.1, begun beside the swing with its average, or with none."""
    first = 0.05 ** (2 * power - 2) if beside else 0.0
    rates = np.full(n_steps, 0.1)
    run = power_run(power, learning_rates=rates, start=start, initial_square_avg=first, **settings)
    return np.abs(run)


# --- On a parabola ---


def test_without_eps_the_amplitude_is_half_of_eta_for_every_curvature():
    cycle = TwoCycle(0.1, 0.9, 0.0, np.array([1e-3, 1.0, 1e3]))
    np.testing.assert_array_equal(cycle.amplitude(), [0.05] * 3)
    assert cycle.critical_curvature() == 0


@pytest.mark.parametrize(
    ("inside", "amplitude"), [(True, np.sqrt(0.05**2 - 1e-3 / 4)), (False, 0.05 - 1e-3 / 2)]
)
def test_amplitude_solves_the_equation_of_the_swing(inside, amplitude):
    cycle = TwoCycle(0.1, 0.9, 1e-3, 2.0, inside)
    a = float(cycle.amplitude())
    assert a == pytest.approx(amplitude, rel=1e-14)
    denominator = np.sqrt((2 * a) ** 2 + 1e-3) if inside else 2 * a + 1e-3
    assert 0.1 * 2 * a / denominator == pytest.approx(2 * a, rel=1e-14)


@pytest.mark.parametrize("inside", [True, False])
def test_runs_end_at_the_predicted_amplitude_on_both_sides_of_the_threshold(inside):
    curvatures = np.geomspace(0.005, 20, 24)
    cycle = TwoCycle(0.1, 0.9, 1e-3, curvatures, inside)
    below = curvatures < cycle.critical_curvature()
    assert 2 < below.sum() < 22
    path = descent.run(
        quadratic(curvatures),
        rmsprop,
        start=np.full(24, 0.16),
        n_steps=3000,
        learning_rate=0.1,
        eps=1e-3,
        eps_inside_sqrt=inside,
    )
    np.testing.assert_allclose(np.abs(path.params[-1]), cycle.amplitude(), atol=1e-12)
    assert (cycle.amplitude() == 0).tolist() == below.tolist()


def test_loss_in_the_cycle_adds_up_to_an_eighth_of_eta_squared_and_the_trace():
    curvatures = np.array([1.0, 10.0, 100.0, 1000.0])
    path = descent.run(
        quadratic(curvatures),
        rmsprop,
        start=np.ones(4),
        n_steps=3000,
        learning_rate=0.01,
        eps=0.0,
    )
    predicted = TwoCycle(0.01, 0.9, 0.0, curvatures).loss().sum()
    assert predicted == pytest.approx(0.01**2 * 1111 / 8, rel=1e-14)
    assert path.values[-1] == pytest.approx(predicted, rel=1e-9)


@pytest.mark.parametrize("decay", [0.3, 0.9, 0.97])
def test_a_nudged_cycle_is_seen_to_contract_by_the_root_of_the_decay(decay):
    path = descent.run(
        quadratic([1.0]),
        rmsprop,
        start=[0.0501],
        initial_square_avg=0.05**2,
        n_steps=1000,
        learning_rate=0.1,
        decay=decay,
        eps=0.0,
    )
    measured = convergence_rate(np.abs(np.abs(path.params[:, 0]) - 0.05), floor=1e-13)
    predicted = TwoCycle(0.1, decay, 0.0, 1.0).contraction()
    assert predicted == pytest.approx(np.sqrt(decay), rel=1e-14)
    assert measured == pytest.approx(predicted, rel=5e-3)


@pytest.mark.parametrize("inside", [True, False])
def test_close_to_the_threshold_a_departure_fades_slower_than_by_the_root_of_the_decay(inside):
    critical = float(TwoCycle(0.1, 0.5, 1e-3, 1.0, inside).critical_curvature())
    curvature = critical / (np.sqrt(0.98) if inside else 0.98)
    cycle = TwoCycle(0.1, 0.5, 1e-3, curvature, inside)
    a = float(cycle.amplitude())
    path = descent.run(
        quadratic([curvature]),
        rmsprop,
        start=[1.01 * a],
        initial_square_avg=(curvature * a) ** 2,
        n_steps=800,
        learning_rate=0.1,
        decay=0.5,
        eps=1e-3,
        eps_inside_sqrt=inside,
    )
    measured = convergence_rate(np.abs(np.abs(path.params[:, 0]) - a), floor=1e-12)
    largest = max(np.roots([1, -1.48, 0.5]))  # trace 1 + γ - 2 (1-γ) 0.02, determinant γ
    assert cycle.strength() == pytest.approx(0.02)
    assert cycle.contraction() == pytest.approx(largest, rel=1e-9)
    assert measured == pytest.approx(largest, rel=2e-3)


def test_with_little_memory_a_negative_eigenvalue_decides():
    # trace 3γ - 1 = -0.85, determinant γ = 0.05: the roots are real, and the larger is negative
    largest = (0.85 + np.sqrt(0.85**2 - 4 * 0.05)) / 2
    assert TwoCycle(0.1, 0.05, 0.0, 1.0).contraction() == pytest.approx(largest, rel=1e-12)


def test_below_the_threshold_the_contraction_is_that_of_gradient_descent():
    found = TwoCycle(0.5, 0.9, 1.0, np.array([0.2, 1.0, 3.0]), False).contraction()
    np.testing.assert_allclose(found, [0.9, 0.5, 0.5], rtol=1e-14)  # |1 - 0.5 λ|
    found = TwoCycle(0.5, 0.9, 0.25, np.array([0.2, 1.0]), True).contraction()
    np.testing.assert_allclose(found, [0.8, 0.0], atol=1e-14)  # |1 - λ|


def test_contraction_is_computed_for_many_settings_at_once():
    decays, curvatures = np.array([0.05, 0.9]), np.array([[0.1], [0.7], [100.0]])
    found = TwoCycle(0.1, decays, 1e-3, curvatures).contraction()
    one_by_one = [
        [float(TwoCycle(0.1, decay, 1e-3, curvature).contraction()) for decay in decays]
        for curvature in curvatures[:, 0]
    ]
    np.testing.assert_array_equal(found, one_by_one)


@given(
    learning_rate=st.floats(1e-4, 1), eps=st.floats(1e-10, 1), inside=st.booleans(),
    above=st.floats(1.01, 100),
)  # fmt: skip
def test_critical_curvature_and_critical_eps_are_two_views_of_one_threshold(
    learning_rate, eps, inside, above
):
    critical = float(TwoCycle(learning_rate, 0.9, eps, 1.0, inside).critical_curvature())
    at = TwoCycle(learning_rate, 0.9, eps, critical, inside)
    assert float(at.critical_eps()) == pytest.approx(eps, rel=1e-9)
    assert at._replace(curvature=critical * above).amplitude() > 0
    assert at._replace(curvature=critical / above).amplitude() == 0


# --- The critical curvature ---


@pytest.mark.parametrize(
    ("learning_rate", "eps", "inside", "momentum", "critical"),
    [
        (1e-3, 1e-8, True, 0.0, 0.2),  # the definition
        (1e-2, 1e-8, False, 0.0, 2e-6),  # PyTorch
        (2.5e-4, 1e-2, True, 0.0, 800.0),  # DQN
        (0.045, 1.0, True, 0.0, 44.444444444),  # Inception
        (1e-4, 1e-4, True, 0.9, 380.0),  # Graves
    ],
)
def test_critical_curvature_of_known_settings(learning_rate, eps, inside, momentum, critical):
    found = critical_curvature(
        learning_rate=learning_rate, eps=eps, eps_inside_sqrt=inside, momentum=momentum
    )
    assert found == pytest.approx(critical, rel=1e-9)


@pytest.mark.parametrize("name", ["definition", "graves2013", "dqn", "pytorch", "keras", "timm"])
def test_conventions_converge_below_their_critical_curvature_and_swing_above(name):
    settings = numpy_settings(name)
    names = ("learning_rate", "eps", "eps_inside_sqrt", "momentum")
    given_settings = {"eps": 1e-8} | settings.step
    critical = critical_curvature(
        **{key: given_settings[key] for key in names if key in given_settings}
    )
    rate = settings.step["learning_rate"]
    path = descent.run(
        quadratic(float(critical) * np.array([0.9, 1.1])),
        rmsprop,
        start=np.full(2, 2 * rate),
        n_steps=3000,
        **settings.init,
        **settings.step,
    )
    below, above = np.abs(path.params[-2:]).max(axis=0) / rate
    assert below < 1e-9
    assert above > 1e-2


# --- On other powers ---


def test_critical_power_is_where_the_contraction_is_one():
    decays = np.array([0.2, 0.5, 0.9, 0.99])
    powers = critical_power(decays)
    np.testing.assert_allclose(powers, [4.0, 2.5, 1.5 + 1 / 1.8, 1.5 + 1 / 1.98], rtol=1e-14)
    np.testing.assert_allclose(power_cycle_contraction(powers, decay=decays), 1, rtol=1e-12)


def test_on_the_parabola_the_power_says_what_the_curvature_says():
    decays = np.array([0.0, 0.05, 0.5, 0.9])
    by_curvature = TwoCycle(0.1, decays, 0.0, 1.0).contraction()
    np.testing.assert_allclose(power_cycle_contraction(2.0, decay=decays), by_curvature)


@pytest.mark.parametrize("decay", [0.5, 0.9])
@pytest.mark.parametrize("off", [-0.1, -0.02, 0.02, 0.1])
def test_the_cycle_attracts_up_to_the_critical_power_and_repels_above(decay, off):
    power = critical_power(decay) + off
    distances = power_distances(power, decay=decay, n_steps=1000)
    assert (power_cycle_contraction(power, decay=decay) < 1) == (off < 0)
    if off < 0:
        assert distances[-1] == pytest.approx(0.05, rel=1e-4)
    else:
        assert distances[-1] < 1e-20


@pytest.mark.parametrize("power", [1.7, 2.0, 2.3])
def test_departures_from_a_power_cycle_shrink_as_predicted(power):
    decay = 0.5
    distances = power_distances(power, decay=decay, n_steps=800)
    measured = convergence_rate(np.abs(distances - 0.05), floor=1e-13)
    assert measured == pytest.approx(power_cycle_contraction(power, decay=decay), rel=0.02)


@pytest.mark.parametrize(("power", "decay"), [(4.0, 0.9), (3.0, 0.95), (4.0, 0.99)])
def test_flat_powers_converge_at_a_constant_learning_rate(power, decay):
    distances = power_distances(power, decay=decay, n_steps=4000, start=0.8, beside=False)
    assert power > critical_power(decay)
    measured = convergence_rate(distances)
    assert measured == pytest.approx(power_rate(power, decay=decay), rel=1e-6)


def test_power_rate_of_the_fourth_power_is_the_fourth_root_of_the_decay():
    assert power_rate(4.0, decay=0.9) == pytest.approx(0.9**0.25, rel=1e-14)


def test_a_power_run_on_the_parabola_is_that_of_the_library():
    path = descent.run(
        quadratic([1.0]), rmsprop, start=[0.7], n_steps=200, learning_rate=0.1, decay=0.8, eps=0.0
    )
    run = power_run(2.0, learning_rates=np.full(200, 0.1), decay=0.8, start=0.7)
    np.testing.assert_allclose(run, path.params[:, 0], rtol=1e-9)


def test_a_power_run_of_two_steps_by_hand():
    run = power_run(3.0, learning_rates=[0.3, 0.2], decay=0.75, start=-2.0)
    first = -2 + 0.3 * 4 / np.sqrt(0.25 * 16)  # the gradient of |x|³/3 is x |x|
    grad = -(first**2)
    second = first - 0.2 * grad / np.sqrt(0.75 * 4 + 0.25 * grad**2)
    np.testing.assert_allclose(run, [-2, first, second], rtol=1e-14)


def test_a_power_run_that_underflows_stays_where_it_is():
    run = power_run([2.0, 4.0], learning_rates=np.full(3000, 0.1), decay=0.5, start=1.0)
    assert np.isfinite(run).all()
    assert abs(run[-1, 1]) < 1e-50


def test_a_shrinking_learning_rate_shrinks_the_swing_with_it():
    rates = 0.1 / np.sqrt(np.arange(1, 100_001))
    x = power_run(2.0, learning_rates=rates)
    assert abs(x[-1]) == pytest.approx(1.5811e-4, rel=1e-3)
    assert abs(x[-1]) == pytest.approx(rates[-1] / 2, rel=1e-3)


# --- Settings out of range ---


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("learning_rate", 0, r"learning_rate must be in \(0, inf\), got 0"),
        ("decay", 1, r"decay must be in \[0, 1\), got 1"),
        ("eps", -1e-3, r"eps must be in \[0, inf\), got -0.001"),
        ("curvature", [1.0, 0.0], r"curvature must be in \(0, inf\), got 0"),
    ],
)
def test_a_setting_of_the_cycle_out_of_range_is_refused(setting, value, message):
    settings = {"learning_rate": 0.1, "decay": 0.9, "eps": 0.0, "curvature": 1.0, setting: value}
    with pytest.raises(ValueError, match=message):
        TwoCycle(**settings)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: critical_power(0.0), r"decay must be in \(0, 1\), got 0"),
        (lambda: power_rate(2.0, decay=0.9), r"power must be in \(2, inf\), got 2"),
        (
            lambda: power_run(2.0, learning_rates=0.1),
            r"learning_rates must have shape \(n_steps,\), got \(\)",
        ),
        (lambda: power_cycle_contraction(1, decay=0.9), r"power must be in \(1, inf\), got 1"),
        (
            lambda: critical_curvature(learning_rate=0.1, eps=0.1, momentum=1),
            r"momentum must be in \[0, 1\), got 1",
        ),
    ],
)
def test_a_setting_out_of_range_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_a_flag_that_is_no_flag_is_refused():
    with pytest.raises(TypeError, match="eps_inside_sqrt must be True or False, got 1"):
        TwoCycle(0.1, 0.9, 0.0, 1.0, 1)
