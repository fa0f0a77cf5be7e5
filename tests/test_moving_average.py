"""The moving average against its unrolled form, its known numbers and a simulation."""

import re
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rmsprop_course.moving_average import (
    decay_from_half_life,
    effective_sample_size,
    half_life,
    moving_average,
    variance_ratio,
    weight_sum,
    weights,
    window,
)

decays = st.floats(0, 0.999)
numbers = st.floats(-1e6, 1e6)
signals = hnp.arrays(np.float64, hnp.array_shapes(max_dims=3, max_side=6), elements=numbers)


def unrolled(values, decay, initial=0.0):
    """(1-γ) Σ_k γ^k x_{t-k} + γ^t v₀ for every t, as a matrix product."""
    ages = np.subtract.outer(np.arange(len(values)), np.arange(len(values)))
    matrix = np.where(ages >= 0, (1 - decay) * decay ** np.maximum(ages, 0.0), 0.0)
    start = decay ** (np.arange(len(values)) + 1.0) * initial
    return np.tensordot(matrix, values, axes=1) + start.reshape(-1, *[1] * (values.ndim - 1))


# The recursion


def test_averages_computed_by_hand():
    np.testing.assert_allclose(moving_average([1.0, 4.0, 9.0], 0.9), [0.1, 0.49, 1.341], rtol=1e-14)
    np.testing.assert_allclose(
        moving_average([1.0, 4.0, 9.0], 0.9, initial=1.0), [1.0, 1.3, 2.07], rtol=1e-14
    )


@given(values=signals, decay=decays, initial=numbers)
def test_the_recursion_is_the_weighted_sum_of_the_past(values, decay, initial):
    averages = moving_average(values, decay, initial=initial)
    np.testing.assert_allclose(averages, unrolled(values, decay, initial), rtol=1e-9, atol=1e-6)


@given(values=signals, decay=decays)
def test_the_last_average_is_the_sum_of_weights_times_values_newest_first(values, decay):
    last = np.tensordot(weights(decay, len(values)), values[::-1], axes=1)
    np.testing.assert_allclose(moving_average(values, decay)[-1], last, rtol=1e-9, atol=1e-6)


@given(values=signals, decay=decays, factor=numbers, shift=numbers)
def test_it_is_linear_and_a_shift_arrives_by_the_sum_of_the_weights(values, decay, factor, shift):
    averages = moving_average(values, decay)
    np.testing.assert_allclose(
        moving_average(factor * values, decay), factor * averages, rtol=1e-9, atol=1e-2
    )
    arrived = weight_sum(decay, np.arange(1, len(values) + 1))
    arrived = arrived.reshape(-1, *[1] * (values.ndim - 1))
    np.testing.assert_allclose(
        moving_average(values + shift, decay), averages + shift * arrived, rtol=1e-9, atol=1e-5
    )


@given(values=signals, decay=decays, shift=numbers)
def test_a_shift_of_signal_and_start_shifts_the_average(values, decay, shift):
    shifted = moving_average(values + shift, decay, initial=shift)
    np.testing.assert_allclose(shifted, moving_average(values, decay) + shift, rtol=1e-9, atol=1e-5)


@given(values=signals, decay=decays)
def test_averages_stay_between_the_extremes(values, decay):
    averages = moving_average(values, decay, initial=values[0])
    slack = 1e-9 * (1 + np.abs(values).max())
    assert (averages <= np.maximum.accumulate(values) + slack).all()
    assert (averages >= np.minimum.accumulate(values) - slack).all()


@given(values=signals, delay=st.integers(1, 5), decay=decays)
def test_a_delayed_signal_has_delayed_averages(values, delay, decay):
    silence = np.zeros((delay, *values.shape[1:]))
    late = moving_average(np.concatenate([silence, values]), decay)
    np.testing.assert_array_equal(late[:delay], silence)
    np.testing.assert_array_equal(late[delay:], moving_average(values, decay))


def test_no_memory_returns_the_signal():
    values = np.random.default_rng(0).normal(size=(5, 2))
    np.testing.assert_array_equal(moving_average(values, 0.0, initial=7.0), values)


def test_trailing_axes_are_averaged_each_for_itself():
    values = np.random.default_rng(0).normal(size=(10, 2, 3))
    averages = moving_average(values, 0.7)
    assert averages.shape == values.shape
    for index in np.ndindex(2, 3):
        one = moving_average(values[(slice(None), *index)], 0.7)
        np.testing.assert_array_equal(averages[(slice(None), *index)], one)


def test_decays_and_starts_broadcast_against_a_row():
    values = np.random.default_rng(0).normal(size=10)
    decays, starts = np.array([[0.5], [0.9], [0.99]]), np.array([0.0, 1.0])
    averages = moving_average(values, decays, initial=starts)
    assert averages.shape == (10, 3, 2)
    for row, column in np.ndindex(3, 2):
        one = moving_average(values, decays[row, 0], initial=starts[column])
        np.testing.assert_array_equal(averages[:, row, column], one)


def test_no_argument_is_changed():
    values, decay, initial = np.ones((3, 2)), np.full(2, 0.5), np.full(2, 3.0)
    for array in (values, decay, initial):
        array.flags.writeable = False
    averages = moving_average(values, decay, initial=initial)
    np.testing.assert_array_equal(values, np.ones((3, 2)))
    for array in (values, decay, initial):
        assert not np.shares_memory(averages, array)


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_averages_have_the_dtype_of_the_values(dtype):
    values = np.linspace(0, 1, 20, dtype=dtype)
    averages = moving_average(values, np.float64(0.9), initial=np.float64(1))
    assert averages.dtype == dtype
    expected = moving_average(values.astype(np.float64), 0.9, initial=1.0)
    rounding = max(np.finfo(dtype).eps, 1e-15)
    np.testing.assert_allclose(averages.astype(np.float64), expected, rtol=rounding)


def test_half_precision_does_not_stall_the_average():
    averages = moving_average(np.ones(20_000, dtype=np.float16), 0.999)
    assert averages[-1] == 1


@pytest.mark.parametrize("shape", [(0,), (0, 3), (3, 0)])
def test_an_empty_signal_has_an_empty_average(shape):
    assert moving_average(np.zeros(shape), 0.9).shape == shape


# Numbers of one decay


def test_known_numbers_of_nine_tenths():
    assert half_life(0.9) == pytest.approx(6.5788, abs=5e-5)
    assert window(0.9) == pytest.approx(10)
    assert effective_sample_size(0.9) == pytest.approx(19)
    assert variance_ratio(0.9) == pytest.approx(1 / 19)
    np.testing.assert_allclose(weights(0.9, 3), [0.1, 0.09, 0.081], rtol=1e-14)
    assert weight_sum(0.9, 10) == pytest.approx(0.651322, abs=5e-7)


def test_no_memory_is_a_window_of_one_sample():
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        assert half_life(0.0) == 0
        assert window(0.0) == effective_sample_size(0.0) == variance_ratio(0.0) == 1
        np.testing.assert_array_equal(weights(0.0, 3), [1, 0, 0])
        np.testing.assert_array_equal(weight_sum(0.0, [0, 1, 2]), [0, 1, 1])


@given(decay=st.floats(0, 0.999), n_steps=st.integers(0, 300))
def test_weight_sum_is_the_sum_of_the_weights(decay, n_steps):
    assert weights(decay, n_steps).sum() == pytest.approx(weight_sum(decay, n_steps), abs=1e-12)


@given(decay=st.floats(0.01, 0.99))
def test_a_half_life_halves_the_weight(decay):
    assert decay ** half_life(decay) == pytest.approx(0.5, rel=1e-12)


@given(n_steps=st.floats(0.01, 1e6))
def test_decay_and_half_life_are_inverse(n_steps):
    assert half_life(decay_from_half_life(n_steps)) == pytest.approx(n_steps, rel=1e-9)


def test_decay_of_known_half_lives():
    np.testing.assert_allclose(decay_from_half_life([0.5, 1, 2]), [0.25, 0.5, np.sqrt(0.5)])


@given(decay=st.floats(0, 0.99))
def test_window_is_one_more_than_the_mean_age(decay):
    parts = weights(decay, 5000)
    assert window(decay) == pytest.approx(1 + parts @ np.arange(5000), rel=1e-9)


@given(decay=st.floats(0, 0.99))
def test_variance_ratio_is_the_sum_of_squared_weights(decay):
    assert variance_ratio(decay) == pytest.approx(np.sum(weights(decay, 5000) ** 2), rel=1e-9)
    assert effective_sample_size(decay) * variance_ratio(decay) == pytest.approx(1)


def test_variance_of_the_average_of_independent_samples():
    # 4000 runs of 300 steps, of which the last value is kept: the relative standard error of a
    # variance from n samples is √(2/n) = 2.2 %; three of them are allowed.
    samples = np.random.default_rng(0).normal(size=(300, 4000))
    measured = moving_average(samples, 0.9)[-1].var()
    assert measured == pytest.approx(1 / 19, rel=0.067)
    plain_mean = samples[: int(effective_sample_size(0.9))].mean(axis=0).var()
    assert measured == pytest.approx(plain_mean, rel=0.095)  # the difference of two of them: ×√2


FORMULAS = [half_life, window, variance_ratio, effective_sample_size]


@pytest.mark.parametrize("formula", FORMULAS)
def test_formulas_take_arrays(formula):
    decays = np.array([[0.0, 0.5], [0.9, 0.99]])
    expected = [[float(formula(decay)) for decay in row] for row in decays]
    np.testing.assert_allclose(formula(decays), expected, rtol=1e-14)
    np.testing.assert_allclose(formula(decays.tolist()), expected, rtol=1e-14)


def test_weights_of_several_decays_stand_beside_each_other():
    table = weights([0.5, 0.9], 4)
    assert table.shape == (4, 2)
    np.testing.assert_array_equal(table[:, 0], weights(0.5, 4))
    np.testing.assert_array_equal(table[:, 1], weights(0.9, 4))


def test_weight_sum_broadcasts_decays_against_steps():
    table = weight_sum([[0.5], [0.9]], [1, 2, 3])
    np.testing.assert_allclose(table, [[0.5, 0.75, 0.875], [0.1, 0.19, 0.271]], rtol=1e-14)


# Refusals

WITH_DECAY = {
    "moving_average": lambda decay: moving_average([1.0, 2.0], decay),
    "weights": lambda decay: weights(decay, 3),
    "weight_sum": lambda decay: weight_sum(decay, 3),
    **{formula.__name__: formula for formula in FORMULAS},
}
every_formula = pytest.mark.parametrize("formula", WITH_DECAY.values(), ids=WITH_DECAY)


@every_formula
@pytest.mark.parametrize("decay", [1, 1.5, -0.1, np.nan, np.inf])
def test_decay_out_of_range_is_refused(formula, decay):
    for value in (decay, [0.5, decay]):
        message = f"decay must be in [0, 1), got {decay}"
        with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
            formula(value)


@every_formula
@pytest.mark.parametrize("decay", ["0.5", None, 0.5j, True, [0.5, None]])
def test_decay_must_be_a_number(formula, decay):
    message = f"decay must be a number or an array of numbers, got {decay!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        formula(decay)


@pytest.mark.parametrize("values", [[1, 2], "ab", None, [True], [1j], ["1.0"]])
def test_values_must_hold_floats(values):
    with pytest.raises(
        TypeError, match=r"^values must hold floating-point numbers, got dtype \S+$"
    ):
        moving_average(values, 0.9)


def test_values_must_have_a_time_axis():
    with pytest.raises(ValueError, match=r"^values must have a time axis, got a single number$"):
        moving_average(1.0, 0.9)


def test_values_must_have_rows_of_one_length():
    with pytest.raises(ValueError, match=r"^values must have rows of one length, got \[\[1\.0\]"):
        moving_average([[1.0], [1.0, 2.0]], 0.9)


@pytest.mark.parametrize("initial", ["1", None, 1j, True])
def test_initial_must_be_a_number(initial):
    message = f"initial must be a number or an array of numbers, got {initial!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        moving_average([1.0], 0.9, initial=initial)


@pytest.mark.parametrize("setting", ["decay", "initial"])
def test_decay_and_initial_must_broadcast_against_a_row(setting):
    settings = {"decay": 0.5, setting: np.full(3, 0.5)}
    message = f"{setting} must broadcast against shape (2,), got (3,)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        moving_average(np.ones((4, 2)), **settings)


@pytest.mark.parametrize("n_steps", [0, -1, np.nan, np.inf])
def test_a_half_life_is_positive(n_steps):
    message = f"n_steps must be in (0, inf), got {n_steps}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        decay_from_half_life(n_steps)


@pytest.mark.parametrize("n_steps", [2.5, 3.0, "3", None, True, [3]])
def test_weights_are_counted_in_whole_numbers(n_steps):
    message = f"n_steps must be a whole number, got {n_steps!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        weights(0.9, n_steps)


def test_steps_are_not_negative():
    with pytest.raises(ValueError, match=r"^n_steps must be in \[0, inf\), got -1$"):
        weights(0.9, -1)
    with pytest.raises(ValueError, match=r"^n_steps must be in \[0, inf\), got -1$"):
        weight_sum(0.9, [1, -1])


def test_initial_is_keyword_only():
    with pytest.raises(TypeError, match="positional"):
        moving_average([1.0], 0.9, 0.0)
