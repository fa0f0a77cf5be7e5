"""Objectives against central differences, hand-computed values and what they say of themselves."""

import dataclasses

import numpy as np
import pytest

from rmsprop_course.objectives import (
    SURFACES,
    Objective,
    beale,
    long_valley,
    quadratic,
    rosenbrock,
    rotated_quadratic,
    saddle,
    styblinski_tang,
)

OBJECTIVES = {
    **SURFACES,
    "quadratic of 5 parameters": quadratic([0.5, 1.0, 2.0, 4.0, 8.0]),
    "saddle on the diagonals": rotated_quadratic([2.0, -2.0], np.pi / 4),
    "styblinski-tang of 1 parameter": styblinski_tang(1),
    "styblinski-tang of 4 parameters": styblinski_tang(4),
}

every_objective = pytest.mark.parametrize("objective", OBJECTIVES.values(), ids=OBJECTIVES.keys())


def random_points(objective: Objective, *leading: int) -> np.ndarray:
    low, high = np.array(objective.domain).T
    return np.random.default_rng(0).uniform(low, high, size=(*leading, objective.n_params))


@every_objective
def test_gradient_equals_central_differences(objective):
    points, width = random_points(objective, 200), 1e-5
    shifts = width * np.eye(objective.n_params)
    ahead = objective.value(points[:, np.newaxis] + shifts)
    behind = objective.value(points[:, np.newaxis] - shifts)
    differences = (ahead - behind) / (2 * width)
    scale = 1 + np.abs(differences).max()
    np.testing.assert_allclose(
        objective.gradient(points) / scale, differences / scale, rtol=0, atol=1e-8
    )


@every_objective
def test_minimum_is_stationary_has_the_stated_value_and_no_lower_point(objective):
    if objective.minimum is None:
        assert objective.minimum_value is None
        assert objective.value(10 * random_points(objective, 1000)).min() < -100
        return
    np.testing.assert_allclose(objective.gradient(objective.minimum), 0, atol=1e-13)
    np.testing.assert_allclose(objective.value(objective.minimum), objective.minimum_value)
    assert objective.value(random_points(objective, 10_000)).min() > objective.minimum_value


@every_objective
def test_vectorized_equals_one_point_at_a_time(objective):
    points = random_points(objective, 3, 4)
    values, gradients = objective.value(points), objective.gradient(points)
    assert values.shape == (3, 4)
    assert gradients.shape == points.shape
    for place in np.ndindex(3, 4):
        np.testing.assert_allclose(values[place], objective.value(points[place]), rtol=1e-14)
        np.testing.assert_allclose(gradients[place], objective.gradient(points[place]), rtol=1e-14)


@every_objective
def test_start_and_minimum_lie_in_the_domain_and_the_start_has_a_gradient(objective):
    low, high = np.array(objective.domain).T
    for point in (objective.start, objective.minimum or objective.start):
        assert len(point) == objective.n_params
        assert np.all((low <= point) & (point <= high))
    assert np.linalg.norm(objective.gradient(objective.start)) > 1e-2


@every_objective
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_kept(objective, dtype):
    points = np.array([objective.start], dtype=dtype)
    assert objective.value(points).dtype == dtype
    assert objective.gradient(points).dtype == dtype


@every_objective
def test_params_are_not_changed(objective):
    points = random_points(objective, 3)
    before = points.copy()
    objective.value(points)
    objective.gradient(points)
    np.testing.assert_array_equal(points, before)


@every_objective
def test_wrong_number_of_params_is_refused(objective):
    n_params = objective.n_params
    for function in (objective.value, objective.gradient):
        with pytest.raises(
            ValueError, match=rf"params must have shape \(\.\.\., {n_params}\), got"
        ):
            function(np.zeros(n_params + 1))
        with pytest.raises(ValueError, match="params must have shape"):
            function(1.0)
        with pytest.raises(TypeError, match="params must hold floating-point numbers, got dtype"):
            function(np.zeros(n_params, dtype=int))


@pytest.mark.parametrize(
    ("objective", "point", "value", "gradient"),
    [
        (quadratic([1.0, 100.0]), (2.0, 0.1), 2.5, (2.0, 10.0)),
        (quadratic([2.0, -2.0]), (2.0, 1.0), 3.0, (4.0, -2.0)),
        # (1, 1) / √2 is along the first axis turned by 45 degrees, (-1, 1) / √2 along the second
        (rotated_quadratic([4.0, 6.0], np.pi / 4), (1.0, 1.0), 4.0, (4.0, 4.0)),
        (rotated_quadratic([4.0, 6.0], np.pi / 4), (-1.0, 1.0), 6.0, (-6.0, 6.0)),
        (saddle(), (2.0, 1.0), 3.0, (4.0, -2.0)),
        # √(1 + x²) = 1.25 at x = 0.75: 0.25 / 10 + 5 · 4
        (long_valley(), (0.75, -2.0), 20.025, (0.06, -20.0)),
        # residuals 1.5, 2.25, 2.625 where x = 0
        (beale(), (0.0, 2.0), 14.203125, (53.25, 0.0)),
        # residuals 2, 3.75, 6.125 at (0.5, 2)
        (beale(), (0.5, 2.0), 55.578125, (112.25, 90.5)),
        (rosenbrock(), (-1.2, 1.0), 24.2, (-215.6, -88.0)),
        (styblinski_tang(), (1.0, -2.0), -34.0, (-11.5, 18.5)),
    ],
)
def test_hand_computed_points(objective, point, value, gradient):
    np.testing.assert_allclose(objective.value(point), value, rtol=1e-14)
    np.testing.assert_allclose(objective.gradient(point), gradient, rtol=1e-14, atol=1e-14)


def test_turn_by_zero_is_the_quadratic_along_the_axes():
    straight, turned = quadratic([1.0, 10.0]), rotated_quadratic([1.0, 10.0], 0.0)
    points = random_points(straight, 50)
    np.testing.assert_array_equal(turned.value(points), straight.value(points))
    np.testing.assert_array_equal(turned.gradient(points), straight.gradient(points))
    assert turned.start == straight.start


def test_long_valley_keeps_its_precision_near_the_minimum():
    tiny = np.array([1e-9, 0.0])
    np.testing.assert_allclose(long_valley().value(tiny), 5e-20, rtol=1e-12, atol=0)


def test_styblinski_tang_minimum_is_the_one_of_the_literature():
    surface = styblinski_tang(3)
    np.testing.assert_allclose(surface.minimum, [-2.903534] * 3, atol=1e-6)
    np.testing.assert_allclose(surface.minimum_value, -39.16617 * 3, atol=3e-5)


def test_surfaces_go_by_their_names_and_have_two_params():
    assert [surface.name for surface in SURFACES.values()] == list(SURFACES)
    assert {surface.n_params for surface in SURFACES.values()} == {2}


def test_objective_cannot_be_changed_and_prints_without_addresses():
    with pytest.raises(dataclasses.FrozenInstanceError):
        beale().start = (0.0, 0.0)
    with pytest.raises(TypeError):
        SURFACES["beale"] = saddle()
    assert " at 0x" not in repr(beale())


def test_curvatures_are_copied():
    curvatures = np.array([1.0, 10.0])
    objective = quadratic(curvatures)
    curvatures[:] = 0
    np.testing.assert_array_equal(objective.gradient([1.0, 1.0]), [1.0, 10.0])


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: quadratic([]), ValueError, r"curvatures must have shape \(n_params,\)"),
        (lambda: quadratic([[1.0]]), ValueError, r"got shape \(1, 1\)"),
        (lambda: quadratic([1.0, 0.0]), ValueError, "curvatures must be finite and not 0, got 0"),
        (lambda: quadratic([np.inf]), ValueError, "curvatures must be finite and not 0, got inf"),
        (lambda: quadratic([1, 2]), TypeError, "curvatures must hold floating-point numbers"),
        (
            lambda: rotated_quadratic([1.0], 0.0),
            ValueError,
            "curvatures must be two numbers, got 1",
        ),
        (
            lambda: rotated_quadratic([1.0, 2.0], np.nan),
            ValueError,
            "angle must be finite, got nan",
        ),
        (lambda: styblinski_tang(0), ValueError, "n_params must be at least 1, got 0"),
        (lambda: styblinski_tang(2.0), TypeError, "n_params must be an integer, got 2.0"),
    ],
)
def test_bad_settings_are_refused(make, error, message):
    with pytest.raises(error, match=message):
        make()
