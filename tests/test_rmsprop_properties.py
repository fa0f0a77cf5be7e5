"""What holds for RMSProp whatever the gradients and settings, and numbers that follow."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from optimizer_runs import OPTIMIZERS, follow

from rmsprop_course.descent import run
from rmsprop_course.moving_average import weight_sum
from rmsprop_course.numpy_optimizers import gradient_descent, rmsprop
from rmsprop_course.objectives import SURFACES, quadratic

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)

# Whole numbers over a power of two: their multiples by powers of two round alike.
numbers = st.integers(-(2**20), 2**20).map(lambda number: number / 2**10)
powers_of_two = st.integers(-60, 60).map(lambda exponent: 2.0**exponent)
decays = st.floats(0, 0.999)
rates = st.floats(1e-6, 10)


def runs_of(elements, max_params=4):
    """Gradients of a short run, shape (n_steps, n_params)."""
    shapes = st.tuples(st.integers(1, 8), st.integers(1, max_params))
    return shapes.flatmap(lambda shape: hnp.arrays(np.float64, shape, elements=elements))


switches = st.fixed_dictionaries(
    {
        "learning_rate": rates,
        "decay": decays,
        "eps_inside_sqrt": st.booleans(),
        "momentum": st.sampled_from([0.0, 0.5, 0.9]),
        "lr_in_momentum": st.booleans(),
    }
)


def origin(grads):
    return np.zeros(grads.shape[1:])


def steps(grads, *, state=None, **settings):
    """RMSProp's steps θ_t - θ_{t-1}; always from θ = 0, so that none is lost to rounding."""
    zero = origin(grads)
    state = rmsprop.init(zero) if state is None else state
    made = []
    for grad in grads:
        step, state = rmsprop.step(zero, grad, state, **settings)
        made.append(step)
    return np.array(made)


# Units: the loss times c


@given(grads=runs_of(numbers), scale=powers_of_two, centered=st.booleans(), settings=switches)
def test_a_power_of_two_on_the_loss_changes_no_bit_without_eps(grads, scale, centered, settings):
    settings = settings | {"eps": 0.0, "centered": centered}
    with np.errstate(divide="ignore", invalid="ignore"):  # centered may divide by a spread of 0
        path = follow(rmsprop, grads, origin(grads), **settings)
        scaled = follow(rmsprop, scale * grads, origin(grads), **settings)
    np.testing.assert_array_equal(path, scaled)


@given(grads=runs_of(numbers), scale=st.floats(1e-6, 1e6), settings=switches)
def test_the_scale_of_the_loss_does_not_matter_without_eps(grads, scale, settings):
    path = follow(rmsprop, grads, origin(grads), eps=0.0, **settings)
    scaled = follow(rmsprop, scale * grads, origin(grads), eps=0.0, **settings)
    np.testing.assert_allclose(scaled, path, rtol=1e-12, atol=1e-12 * settings["learning_rate"])


@given(grads=runs_of(numbers), scale=powers_of_two, eps=st.floats(1e-10, 10), settings=switches)
def test_eps_has_the_unit_that_its_place_gives_it(grads, scale, eps, settings):
    scaled_eps = eps * (scale**2 if settings["eps_inside_sqrt"] else scale)
    path = follow(rmsprop, grads, origin(grads), eps=eps, **settings)
    scaled = follow(rmsprop, scale * grads, origin(grads), eps=scaled_eps, **settings)
    np.testing.assert_array_equal(path, scaled)


def descend(surface, scale, eps=0.0):
    """Params after 150 steps on the surface whose loss is multiplied by `scale`."""
    params, state = np.array(surface.start), rmsprop.init(surface.start)
    for _ in range(150):
        grad = scale * surface.gradient(params)
        params, state = rmsprop.step(params, grad, state, learning_rate=0.01, eps=eps)
    return params


@pytest.mark.parametrize("surface", SURFACES.values(), ids=SURFACES)
def test_trajectory_on_a_surface_ignores_a_power_of_two_on_the_loss_without_eps(surface):
    np.testing.assert_array_equal(descend(surface, 2.0**20), descend(surface, 1.0))


@pytest.mark.parametrize("scale", [1e-6, 7.0, 1e6])
@pytest.mark.parametrize("name", ["beale", "rosenbrock"])  # elsewhere rounding grows
def test_trajectory_on_a_surface_ignores_the_scale_of_the_loss_without_eps(name, scale):
    surface = SURFACES[name]
    np.testing.assert_allclose(descend(surface, scale), descend(surface, 1.0), rtol=0, atol=1e-12)
    assert not np.allclose(descend(surface, scale, 1.0), descend(surface, 1.0, 1.0), atol=1e-6)


# The size of a step

wild = st.floats(-1e60, 1e60).filter(lambda number: number == 0 or abs(number) > 1e-60)


@given(
    grads=runs_of(wild),
    decay=decays,
    rate=rates,
    eps=st.sampled_from([0.0, 1e-10, 1.0]),
    inside=st.booleans(),
    first=st.sampled_from([0.0, 1.0]),
)
def test_no_step_is_longer_than_the_bound(grads, decay, rate, eps, inside, first):
    state = rmsprop.init(origin(grads), initial_square_avg=first)
    settings = {"decay": decay, "learning_rate": rate, "eps": eps, "eps_inside_sqrt": inside}
    made = steps(grads, state=state, **settings)
    assert (np.abs(made) <= rate / np.sqrt(1 - decay) * (1 + 1e-12)).all()


@given(grad=wild.filter(bool), decay=decays, n_rests=st.integers(0, 5))
def test_the_first_gradient_that_is_not_zero_reaches_the_bound(grad, decay, n_rests):
    grads = np.array([[0.0]] * n_rests + [[grad]])
    made = steps(grads, decay=decay, learning_rate=1.0, eps=0.0)
    np.testing.assert_allclose(made[-1], -np.sign(grad) / np.sqrt(1 - decay), rtol=1e-12)
    assert (made[:-1] == 0).all()


@pytest.mark.parametrize(("decay", "bound"), [(0.9, 3.16228), (0.99, 10.0)])
def test_heavy_tailed_gradients_come_as_close_to_the_bound_as_one_likes(decay, bound):
    grads = np.random.default_rng(0).standard_cauchy(size=(200, 10_000))
    made = steps(grads, decay=decay, learning_rate=1.0, eps=0.0)
    late = np.abs(made[100:])  # the first step reaches the bound under any gradient
    assert late.max() == pytest.approx(bound, rel=1e-4)
    assert late.max() <= bound * (1 + 1e-5)


@given(grads=runs_of(numbers), decay=decays)
def test_centering_never_makes_a_step_shorter(grads, decay):
    settings = {"decay": decay, "eps": 1e-6, "learning_rate": 1.0}
    centered = steps(grads, centered=True, **settings)
    assert (np.abs(centered) >= np.abs(steps(grads, **settings))).all()
    assert np.isfinite(centered).all()


def test_centered_first_step_exceeds_the_bound():
    (first,) = steps(np.ones((1, 1)), decay=0.9, learning_rate=1.0, eps=0.0, centered=True)
    assert first[0] == pytest.approx(-10 / 3, rel=1e-12)


# Symmetries


@given(grads=runs_of(wild), settings=switches)
def test_parameters_do_not_see_each_other(grads, settings):
    path = follow(rmsprop, grads, origin(grads), **settings)
    for number in range(grads.shape[1]):
        alone = follow(rmsprop, grads[:, number], 0.0, **settings)
        np.testing.assert_array_equal(path[:, number], alone)


@every_optimizer
@given(data=st.data())
def test_renumbering_the_parameters_renumbers_the_steps(optimizer, data):
    grads = data.draw(runs_of(numbers))
    order = np.array(data.draw(st.permutations(range(grads.shape[1]))))
    start = data.draw(hnp.arrays(np.float64, grads.shape[1], elements=numbers))
    path = follow(optimizer, grads, start)
    np.testing.assert_array_equal(path[:, order], follow(optimizer, grads[:, order], start[order]))


@every_optimizer
@given(grads=runs_of(numbers))
def test_the_opposite_gradients_make_the_opposite_path(optimizer, grads):
    path = follow(optimizer, grads, origin(grads))
    np.testing.assert_array_equal(-path, follow(optimizer, -grads, origin(grads)))


@given(grads=runs_of(numbers), exponent=st.integers(-20, 20), settings=switches)
def test_the_path_is_proportional_to_the_learning_rate(grads, exponent, settings):
    path = follow(rmsprop, grads, origin(grads), **settings)
    settings["learning_rate"] *= 2.0**exponent
    scaled = follow(rmsprop, grads, origin(grads), **settings)
    np.testing.assert_array_equal(2.0**exponent * path, scaled)


@given(grads=runs_of(numbers), settings=switches)
def test_where_the_rate_stands_matters_only_if_it_changes(grads, settings):
    settings["lr_in_momentum"] = False
    outside = follow(rmsprop, grads, origin(grads), **settings)
    settings["lr_in_momentum"] = True
    inside = follow(rmsprop, grads, origin(grads), **settings)
    np.testing.assert_allclose(inside, outside, rtol=1e-11, atol=1e-12 * settings["learning_rate"])


@given(grads=runs_of(wild.filter(bool)), rate=rates)
def test_without_memory_it_is_sign_descent(grads, rate):
    path = follow(rmsprop, grads, origin(grads), decay=0.0, eps=0.0, learning_rate=rate)
    signs = follow(gradient_descent, np.sign(grads), origin(grads), learning_rate=rate)
    np.testing.assert_array_equal(path, signs)


# Broadcasting and purity


@given(
    shapes=hnp.mutually_broadcastable_shapes(num_shapes=6, max_dims=3, max_side=3),
    seed=st.integers(0, 99),
)
def test_settings_broadcast_as_if_everything_had_the_shape_of_the_sweep(shapes, seed):
    rng = np.random.default_rng(seed)
    shape, *shapes = shapes.input_shapes
    params, grad = rng.normal(size=shape), rng.normal(size=shape)
    names = ["learning_rate", "decay", "eps", "momentum", "weight_decay"]
    settings = {name: rng.random(size) for name, size in zip(names, shapes, strict=True)}
    state = rmsprop.init(params, initial_square_avg=1.0)
    after, new_state = rmsprop.step(params, grad, state, centered=True, **settings)

    full = np.broadcast_shapes(shape, *shapes)
    params, grad, *settings = (
        np.broadcast_to(array, full) for array in (params, grad, *settings.values())
    )
    state = rmsprop.init(params, initial_square_avg=1.0)
    expected, expected_state = rmsprop.step(
        params, grad, state, centered=True, **dict(zip(names, settings, strict=True))
    )
    assert after.shape == full
    np.testing.assert_array_equal(after, expected)
    for field, expected_field in zip(new_state, expected_state, strict=True):
        np.testing.assert_array_equal(field, expected_field)


@every_optimizer
@given(data=st.data())
def test_no_argument_is_changed(optimizer, data):
    dtype = data.draw(st.sampled_from([np.float16, np.float32, np.float64]))
    shape = data.draw(hnp.array_shapes(min_dims=0, min_side=0, max_side=3))
    small = st.floats(-8, 8, width=16)
    params, *grads = (data.draw(hnp.arrays(dtype, shape, elements=small)) for _ in range(4))
    before = [array.copy() for array in (params, *grads)]
    state, now = optimizer.init(params), params
    for grad in grads:
        kept = [np.copy(field) for field in state]
        now, new_state = optimizer.step(now, grad, state)
        for field, unchanged in zip(state, kept, strict=True):
            np.testing.assert_array_equal(field, unchanged)
        state = new_state
    for array, unchanged in zip((params, *grads), before, strict=True):
        np.testing.assert_array_equal(array, unchanged)


# Numbers that follow


@pytest.mark.parametrize(
    ("decay", "expected"), [(0.0, 8.0), (0.9, 0.679), (0.99, 0.0667), (0.999, 0.0067)]
)
def test_drift_of_nine_small_gradients_and_a_large_opposite_one(decay, expected):
    batch = np.array([0.1] * 9 + [-0.9])  # mean 0
    state = rmsprop.init(0.0, initial_square_avg=np.mean(batch**2))
    settings = {"decay": decay, "eps": 0.0, "learning_rate": 1.0}
    path = follow(rmsprop, np.tile(batch, 100), 0.0, state=state, **settings)
    assert path[-11] - path[-1] == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("decay", "extra"), [(0.9, 9.14), (0.99, 123.9)])
def test_extra_travel_of_a_start_at_zero_under_a_constant_gradient(decay, extra):
    n_steps = int(30 / (1 - decay))
    path = follow(rmsprop, np.ones(n_steps), 0.0, decay=decay, eps=0.0, learning_rate=1.0)
    assert -path[-1] - n_steps == pytest.approx(extra, rel=1e-3)


def test_step_under_a_constant_gradient_is_the_rate_over_the_root_of_the_weight_sum():
    path = follow(rmsprop, np.full(50, -0.3), 0.0, decay=0.9, eps=0.0, learning_rate=0.1)
    expected = 0.1 / np.sqrt(weight_sum(0.9, np.arange(1, 51)))
    np.testing.assert_allclose(np.diff(path, prepend=0.0), expected, rtol=1e-12)


def test_step_under_a_geometric_gradient_settles_while_the_gradient_outlives_the_memory():
    slow, fast = 0.99 ** np.arange(600.0), 0.8 ** np.arange(200.0)
    settled = steps(slow[:, None], decay=0.9, eps=0.0, learning_rate=1.0)
    assert -settled[-1, 0] == pytest.approx(0.904026, abs=5e-7)
    fading = steps(fast[:, None], decay=0.9, eps=0.0, learning_rate=1.0)
    assert fading[-1, 0] / fading[-2, 0] == pytest.approx(0.8 / np.sqrt(0.9), rel=1e-9)


@pytest.mark.parametrize(("inside", "half_speed"), [(True, np.sqrt(1e-8 / 3)), (False, 1e-8)])
def test_gradient_at_which_eps_halves_the_step(inside, half_speed):
    grads = np.full((1, 1), half_speed)
    state = rmsprop.init(origin(grads), initial_square_avg=half_speed**2)
    made = steps(grads, state=state, eps=1e-8, eps_inside_sqrt=inside, learning_rate=1.0)
    assert made[0, 0] == pytest.approx(-0.5, rel=1e-9)


@given(grad=wild.filter(bool), eps=st.floats(1e-20, 1e20))
def test_root_of_eps_outside_is_eps_inside_within_the_root_of_two(grad, eps):
    grads = np.full((1, 1), grad)
    inside = steps(grads, eps=eps)
    outside = steps(grads, eps=np.sqrt(eps), eps_inside_sqrt=False)
    assert 1 - 1e-12 <= inside[0, 0] / outside[0, 0] <= np.sqrt(2) + 1e-12


@pytest.mark.parametrize("decay", [0.2, 0.5, 0.9])
def test_a_quadratic_ends_in_the_exact_cycle_of_half_the_rate(decay):
    settings = {"learning_rate": 0.01, "decay": decay, "eps": 0.0}
    trajectory = run(quadratic([1.0, 100.0]), rmsprop, start=[1.0, 1.0], n_steps=2000, **settings)
    last, before = trajectory.params[-1], trajectory.params[-2]
    np.testing.assert_allclose(np.abs(last), 0.005, rtol=1e-9)
    np.testing.assert_allclose(last, -before, rtol=1e-9)
