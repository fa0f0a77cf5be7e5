"""The square-root rule: its settings by hand, and the variance that it keeps."""

import numpy as np
import pytest

from rmsprop_course import analysis
from rmsprop_course.analysis import RMSPropSettings, scale_settings, scaled_by, scaling_ratios

BASE = {"learning_rate": 0.001, "decay": 0.99, "eps": 1e-6}


def test_the_rule_by_hand():
    assert scale_settings(9, **BASE) == pytest.approx((0.003, 0.91, 1e-6 / 3), rel=1e-12)
    inside = scale_settings(9, eps_inside_sqrt=True, **BASE)
    assert inside == pytest.approx((0.003, 0.91, 1e-6 / 9), rel=1e-12)


def test_factor_one_changes_nothing_and_two_factors_are_one():
    assert scale_settings(1, **BASE) == pytest.approx(tuple(BASE.values()), rel=1e-12)
    twice = scale_settings(3, **scale_settings(2, **BASE)._asdict())
    assert twice == pytest.approx(scale_settings(6, **BASE), rel=1e-12)
    back = scale_settings(0.25, **scale_settings(4, **BASE)._asdict())
    assert back == pytest.approx(tuple(BASE.values()), rel=1e-12)


def test_the_largest_factor_forgets_at_once_and_a_larger_one_is_refused():
    assert scale_settings(100, **BASE).decay == 0
    with pytest.raises(ValueError, match=r"factor must be at most 1/\(1 - decay\) = 100, got 101"):
        scale_settings(101, **BASE)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"factor": 0}, r"factor must be in \(0, inf\), got 0"),
        ({"learning_rate": -1.0}, r"learning_rate must be in \[0, inf\), got -1"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\), got 1"),
        ({"eps": -1.0}, r"eps must be in \[0, inf\), got -1"),
    ],
)
def test_wrong_settings_are_named(wrong, message):
    settings = {"factor": 4, **BASE} | wrong
    with pytest.raises(ValueError, match=message):
        scale_settings(settings.pop("factor"), **settings)


def test_the_other_rules_differ_where_they_say():
    base = RMSPropSettings(**BASE)
    assert scaled_by("none", 4, base) == base
    assert scaled_by("square root", 4, base) == scale_settings(4, **BASE)
    linear = scaled_by("linear", 4, base)
    assert linear == pytest.approx((0.004, 0.96, 1e-6), rel=1e-12)
    with pytest.raises(ValueError, match="rule must be one of square root, linear, none, got 'no'"):
        scaled_by("no", 4, base)


def test_the_stationary_variance_is_as_derived_where_noise_rules():
    measured = analysis.stationary_variance(
        learning_rate=[0.02, 0.04], decay=0.999, eps=0.0, noise=10.0, curvature=2.0,
        n_steps=2000, n_runs=4000, rng=np.random.default_rng(0),
    )  # fmt: skip
    predicted = np.array([0.02, 0.04]) * 10 / (2 * 2.0)
    np.testing.assert_allclose(measured, predicted, rtol=0.06)


def test_the_spread_does_not_depend_on_where_runs_begin():
    """A wrong prediction would be left: at ε = σ the step is half as long, and so is the spread."""
    measured = analysis.stationary_variance(
        learning_rate=0.04, decay=0.999, eps=10.0, noise=10.0,
        n_steps=4000, n_runs=2000, rng=np.random.default_rng(0),
    )  # fmt: skip
    assert measured == pytest.approx(0.02 * 10 / 2, rel=0.08)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"noise": 0.0}, r"noise must be in \(0, inf\)"),
        ({"curvature": -1.0}, r"curvature must be in \(0, inf\)"),
        ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\)"),
        ({"n_steps": 1}, r"n_steps must be in \[2, inf\), got 1"),
        ({"n_runs": 0}, r"n_runs must be in \[1, inf\), got 0"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\)"),
    ],
)
def test_a_measurement_names_wrong_settings(wrong, message):
    settings = {"learning_rate": 0.1, "decay": 0.9, "eps": 0.0, "noise": 1.0, "n_steps": 10} | wrong
    with pytest.raises(ValueError, match=message):
        analysis.stationary_variance(rng=np.random.default_rng(0), **settings)


def test_only_the_square_root_rule_keeps_the_variance():
    factors = np.array([4.0, 16.0])
    predicted = [factors**0, factors**0.5, factors**-0.5]
    np.testing.assert_allclose(scaling_ratios(factors), predicted, rtol=0.08)


def test_ratios_come_by_rule_and_factor():
    quick = {"base": RMSPropSettings(0.02, 0.999, 1e-3), "n_steps": 50, "n_runs": 10}
    assert scaling_ratios([4, 16, 25], rules=["linear", "none"], **quick).shape == (2, 3)
    one, again, other = (scaling_ratios([4], seed=seed, **quick) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert not np.array_equal(one, other)
