"""The NumPy optimizers against steps computed by hand, and what they accept, return and refuse."""

import copy
import inspect
import itertools
import math
import pickle
import re
import warnings

import numpy as np
import pytest
from optimizer_runs import OPTIMIZERS, follow

from rmsprop_course.numpy_optimizers import (
    AdagradState,
    AdamState,
    GradientDescentState,
    MomentumState,
    RMSPropState,
    RpropState,
    adagrad,
    adam,
    gradient_descent,
    momentum,
    rmsprop,
    rprop,
)

every_optimizer = pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
FLOATS = [np.float16, np.float32, np.float64, np.longdouble]
every_float = pytest.mark.parametrize("dtype", FLOATS)

# Steps computed by hand, after the gradients 1, -2, 3 with η = .1, γ = .9, ε = 1e-8

TEACHER = {"learning_rate": 0.1, "decay": 0.9}
PROBE = np.array([1.0, -2.0, 3.0])
SCHEDULE = [0.1, 0.05, 0.025]


def test_rmsprop_follows_its_definition():
    v1 = 0.1 * 1
    v2 = 0.9 * v1 + 0.1 * 4
    v3 = 0.9 * v2 + 0.1 * 9
    first = -0.1 * 1 / math.sqrt(v1 + 1e-8)
    second = first - 0.1 * -2 / math.sqrt(v2 + 1e-8)
    third = second - 0.1 * 3 / math.sqrt(v3 + 1e-8)
    np.testing.assert_allclose(
        follow(rmsprop, PROBE, 0.0, **TEACHER), [first, second, third], rtol=1e-14
    )


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        pytest.param({}, [-0.316228, -0.030513, -0.289577], id="definition"),
        pytest.param({"decay": 0.0}, [-0.1, 0.0, -0.1], id="no memory: sign descent"),
        pytest.param({"decay": 0.1}, [-0.105409, -0.001293, -0.104381], id="short memory"),
        pytest.param({"centered": True}, [-0.333333, -0.044025, -0.307081], id="centered"),
        pytest.param({"momentum": 0.9}, [-0.316228, -0.315118, -0.573184], id="momentum"),
        pytest.param(
            {"momentum": 0.9, "lr_in_momentum": True},
            [-0.316228, -0.315118, -0.573184],
            id="momentum with the rate inside, which shows only once the rate changes",
        ),
        pytest.param({"rates": SCHEDULE}, [-0.316228, -0.173371, -0.238137], id="schedule"),
        pytest.param(
            {"momentum": 0.9, "rates": SCHEDULE},
            [-0.316228, -0.315673, -0.380189],
            id="momentum and schedule as in PyTorch",
        ),
        pytest.param(
            {"momentum": 0.9, "rates": SCHEDULE, "lr_in_momentum": True},
            [-0.316228, -0.457976, -0.650315],
            id="momentum and schedule as in TensorFlow",
        ),
    ],
)
def test_rmsprop_steps_computed_by_hand(settings, expected):
    path = follow(rmsprop, PROBE, 0.0, **(TEACHER | settings))
    np.testing.assert_allclose(path, expected, atol=5.1e-7)


def test_initial_square_avg_of_one_makes_the_first_unit_gradient_step_the_learning_rate():
    state = rmsprop.init(0.0, initial_square_avg=1.0)
    path = follow(rmsprop, PROBE, 0.0, state=state, **TEACHER)
    np.testing.assert_allclose(path, [-0.1, 0.075412, -0.133103], atol=5.1e-7)
    assert abs(path[0]) == pytest.approx(0.1, rel=1e-8)


def test_weight_decay_pulls_towards_zero_through_the_gradient():
    path = follow(rmsprop, PROBE, 1.0, weight_decay=0.5, **TEACHER)
    np.testing.assert_allclose(path, [0.683772, 0.923743, 0.652434], atol=5.1e-7)


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        (True, [-0.312348, -0.232792, -0.232792, -0.504193]),
        (False, [-0.311306, -0.232001, -0.232001, -0.502067]),
    ],
)
def test_eps_stands_where_eps_inside_sqrt_says(inside, expected):
    path = follow(rmsprop, [2.0, -0.5, 0.0, 3.0], 0.0, eps=0.01, eps_inside_sqrt=inside, **TEACHER)
    np.testing.assert_allclose(path, expected, atol=5.1e-7)


@pytest.mark.parametrize(("inside", "expected"), [(True, -0.009995), (False, -0.315231)])
def test_eps_slows_small_gradients_more_from_inside_the_root(inside, expected):
    (first,) = follow(rmsprop, [1e-5], 0.0, eps=1e-8, eps_inside_sqrt=inside, **TEACHER)
    assert first == pytest.approx(expected, abs=5.1e-7)


def test_a_fresh_state_at_every_step_forgets_the_gradients():
    params, path = 0.0, []
    for grad in PROBE:
        params, _ = rmsprop.step(params, grad, rmsprop.init(params), **TEACHER)
        path.append(params)
    np.testing.assert_allclose(path, [-0.316228, 0, -0.316228], atol=5.1e-7)


@pytest.mark.parametrize(
    ("optimizer", "settings", "expected"),
    [
        (gradient_descent, {"learning_rate": 0.1}, [-0.1, 0.1, -0.2]),
        (momentum, {"learning_rate": 0.1, "momentum": 0.5}, [-0.1, 0.05, -0.175]),
        (adagrad, {"learning_rate": 0.1}, [-0.1, -0.010557, -0.090736]),
        (
            adam,
            {"learning_rate": 0.1, "beta1": 0.0, "beta2": 0.9},
            [-0.1, 0.024540, -0.110323],
        ),
    ],
    ids=["gradient descent", "momentum", "adagrad", "adam without averaged gradient"],
)
def test_other_optimizers_steps_computed_by_hand(optimizer, settings, expected):
    np.testing.assert_allclose(follow(optimizer, PROBE, 0.0, **settings), expected, atol=5.1e-7)


def test_rprop_grows_rests_and_starts_again_with_the_smaller_step():
    path = follow(rprop, [1.0, 7.0, 0.1, -5.0, -5.0, -5.0], 0.0)
    steps = [0.01, 0.012, 0.0144, 0.0, -0.0072, -0.00864]  # × 1.2 twice, × .5 and rest, then × 1.2
    np.testing.assert_allclose(path, -np.cumsum(steps), rtol=1e-14)


def test_rprop_keeps_its_step_between_the_limits():
    limits = {"min_step": 0.009, "max_step": 0.011}
    grown = follow(rprop, [1.0, 1.0, 1.0], 0.0, **limits)
    np.testing.assert_allclose(np.diff(grown), [-0.011, -0.011], rtol=1e-14)
    shrunk = follow(rprop, [1.0, -1.0, -1.0], 0.0, **limits)
    np.testing.assert_allclose(np.diff(shrunk), [0.0, 0.009], rtol=1e-14)


def test_rprop_leaves_the_step_alone_after_a_zero_gradient():
    path = follow(rprop, [1.0, 0.0, 1.0, 1.0], 0.0)
    np.testing.assert_allclose(np.diff(path), [0.0, -0.01, -0.012], rtol=1e-14)


def test_rprop_starts_with_the_given_step():
    start = np.zeros(2)
    state = rprop.init(start, initial_step=[0.1, 0.2])
    path = follow(rprop, np.ones((1, 2)), start, state=state)
    np.testing.assert_allclose(path[0], [-0.1, -0.2], rtol=1e-14)


def test_defaults_are_those_that_the_docstrings_promise():
    defaults = {
        (optimizer, name): parameter.default
        for optimizer in OPTIMIZERS.values()
        for function in optimizer
        for name, parameter in inspect.signature(function).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    assert defaults == {
        (gradient_descent, "learning_rate"): 1e-2,
        (momentum, "learning_rate"): 1e-2,
        (momentum, "momentum"): 0.9,
        (rprop, "initial_step"): 0.01,
        (rprop, "increase"): 1.2,
        (rprop, "decrease"): 0.5,
        (rprop, "min_step"): 1e-6,
        (rprop, "max_step"): 50.0,
        (adagrad, "learning_rate"): 1e-2,
        (adagrad, "eps"): 1e-10,
        (rmsprop, "initial_square_avg"): 0.0,
        (rmsprop, "learning_rate"): 1e-3,
        (rmsprop, "decay"): 0.9,
        (rmsprop, "eps"): 1e-8,
        (rmsprop, "eps_inside_sqrt"): True,
        (rmsprop, "momentum"): 0.0,
        (rmsprop, "centered"): False,
        (rmsprop, "lr_in_momentum"): False,
        (rmsprop, "weight_decay"): 0.0,
        (adam, "learning_rate"): 1e-3,
        (adam, "beta1"): 0.9,
        (adam, "beta2"): 0.999,
        (adam, "eps"): 1e-8,
    }


# Every combination of RMSProp's switches against one number at a time


def plain_rmsprop(theta, grads, v, all_settings):
    """RMSProp on one parameter in plain Python, with settings that may change at every step."""
    mean = buffer = 0.0
    path = []
    for grad, s in zip(grads, all_settings, strict=True):
        g = grad + s["weight_decay"] * theta
        v = s["decay"] * v + (1 - s["decay"]) * g * g
        spread = v
        if s["centered"]:
            mean = s["decay"] * mean + (1 - s["decay"]) * g
            spread = v - mean * mean
        inside, outside = (s["eps"], 0.0) if s["eps_inside_sqrt"] else (0.0, s["eps"])
        step = g / (math.sqrt(spread + inside) + outside)
        if s["momentum"] and s["lr_in_momentum"]:
            buffer = s["momentum"] * buffer + s["learning_rate"] * step
            step = buffer
        elif s["momentum"]:
            buffer = s["momentum"] * buffer + step
            step = s["learning_rate"] * buffer
        else:
            step *= s["learning_rate"]
        theta -= step
        path.append(theta)
    return path


SWITCHES = {
    "eps_inside_sqrt": [True, False],
    "momentum": [0.0, 0.8],
    "centered": [False, True],
    "lr_in_momentum": [False, True],
    "weight_decay": [0.0, 0.3],
}


@pytest.mark.parametrize("initial", [0.0, 2.5])
@pytest.mark.parametrize("switches", list(itertools.product(*SWITCHES.values())))
def test_every_combination_of_switches_and_a_schedule(switches, initial):
    rates, grads = np.linspace(0.3, 0.01, 30), np.random.default_rng(1).normal(size=30)
    settings = {"decay": 0.7, "eps": 1e-3} | dict(zip(SWITCHES, switches, strict=True))
    state = rmsprop.init(1.5, initial_square_avg=initial)
    path = follow(rmsprop, grads, 1.5, state=state, rates=rates, **settings)
    expected = plain_rmsprop(
        1.5, grads, initial, [settings | {"learning_rate": rate} for rate in rates]
    )
    np.testing.assert_allclose(path, expected, rtol=1e-12)


@pytest.mark.parametrize(
    "switch",
    [
        {"momentum": 0.9},
        {"momentum": 0.9, "lr_in_momentum": True},
        {"centered": True},
        {"weight_decay": 0.1},
        {"eps_inside_sqrt": False},
        {"decay": 0.5},
    ],
    ids=str,
)
def test_settings_may_change_in_mid_run(switch):
    grads = np.random.default_rng(2).normal(size=30)
    plain = {
        "learning_rate": 0.1,
        "decay": 0.9,
        "eps": 1e-3,
        "eps_inside_sqrt": True,
        "momentum": 0.0,
        "centered": False,
        "lr_in_momentum": False,
        "weight_decay": 0.0,
    }
    plan = [plain] * 10 + [plain | switch] * 10 + [plain] * 10
    params, state, path = np.full(1, 0.5), rmsprop.init(np.full(1, 0.5)), []
    for grad, settings in zip(grads, plan, strict=True):
        params, state = rmsprop.step(params, np.full(1, grad), state, **settings)
        path.append(params[0])
    np.testing.assert_allclose(path, plain_rmsprop(0.5, grads, 0.0, plan), rtol=1e-12)


# Numerical edges


def zero_gradient_cases():
    for inside, centered, mass in itertools.product([True, False], [True, False], [0.0, 0.9]):
        settings = {"eps_inside_sqrt": inside, "centered": centered, "momentum": mass}
        yield pytest.param(rmsprop, settings, id=f"rmsprop-{inside}-{centered}-{mass}")
    yield pytest.param(adagrad, {}, id="adagrad")
    yield pytest.param(adam, {}, id="adam")


@pytest.mark.parametrize(("optimizer", "settings"), list(zero_gradient_cases()))
@pytest.mark.parametrize("zero", [0.0, -0.0])
def test_zero_gradient_takes_no_step_without_eps_and_without_a_warning(optimizer, settings, zero):
    params, grad = np.array([1.0, 2.0]), np.array([zero, 1.0])
    with warnings.catch_warnings(), np.errstate(all="raise"):
        warnings.simplefilter("error")
        path = follow(optimizer, [grad, grad], params, eps=0.0, **settings)
    np.testing.assert_array_equal(path[:, 0], [1.0, 1.0])
    assert (np.diff(path[:, 1], prepend=2.0) < 0).all()


@pytest.mark.parametrize("inside", [True, False])
def test_centered_stays_finite_on_constant_gradients_in_float32(inside):
    grad = np.random.default_rng(0).normal(size=10_000).astype(np.float32)
    params, state = np.zeros_like(grad), rmsprop.init(np.zeros_like(grad))
    settings = {"decay": 0.99, "centered": True, "eps_inside_sqrt": inside, "learning_rate": 1e-2}
    with np.errstate(all="raise", under="ignore"):
        for _ in range(2000):
            params, state = rmsprop.step(params, grad, state, **settings)
    assert np.isfinite(params).all()
    assert (params * grad < 0).all()


def test_centered_takes_a_negative_spread_for_zero():
    state = rmsprop.init(np.zeros(1))._replace(grad_avg=np.ones(1))  # E[g²] = 0 < E[g]² = 1
    (after,) = follow(
        rmsprop, np.full((1, 1), 0.5), np.zeros(1), state=state, centered=True, eps=0.25
    )
    assert after[0] == pytest.approx(-1e-3 * 0.5 / math.sqrt(0.25))


def test_a_gradient_without_spread_and_without_eps_is_no_silent_zero_step():
    with np.errstate(all="raise"), pytest.raises(FloatingPointError, match="divide by zero"):
        follow(rmsprop, np.ones((1, 1)), np.zeros(1), decay=0.0, centered=True, eps=0.0)


@every_optimizer
def test_nan_in_the_gradient_reaches_its_own_parameter_and_no_other(optimizer):
    start, grads = np.ones(3), np.array([[1.0, np.nan, -2.0], [1.0, 1.0, 1.0]])
    path = follow(optimizer, grads, start)
    assert np.isnan(path[:, 1]).all()
    clean = follow(optimizer, grads[:, [0, 2]], start[[0, 2]])
    np.testing.assert_array_equal(path[:, [0, 2]], clean)


def test_small_half_precision_gradient_gives_the_step_of_full_precision():
    start, grad = np.zeros(1, dtype=np.float16), np.full(1, 1e-4, dtype=np.float16)
    with np.errstate(all="raise"):
        (after,) = follow(rmsprop, [grad], start, learning_rate=0.1)
    g = float(grad[0])
    assert after[0] == pytest.approx(-0.1 * g / math.sqrt(0.1 * g * g + 1e-8), rel=2**-11)


def test_half_precision_state_does_not_stall():
    start, grad = np.zeros(1, dtype=np.float16), np.ones(1, dtype=np.float16)
    state = rmsprop.init(start, initial_square_avg=2.0)
    for _ in range(2000):
        _, state = rmsprop.step(start, grad, state, decay=0.999)
    assert state.square_avg[0] == pytest.approx(1 + 0.999**2000, rel=1e-4)  # in float16: 2


@every_optimizer
def test_extended_precision_is_used_where_there_is_any(optimizer):
    if np.finfo(np.longdouble).nmant == np.finfo(np.float64).nmant:
        pytest.skip("long double is float64 here")
    tiny = np.ldexp(1.0, -60)
    size = {"min_step": 0.0, "max_step": tiny} if optimizer is rprop else {"learning_rate": tiny}
    (after,) = follow(optimizer, [np.ones(1, np.longdouble)], np.ones(1, np.longdouble), **size)
    assert 0 < 1 - after[0] < 8 * tiny


# Dtypes and shapes


@every_optimizer
@every_float
def test_params_keep_their_dtype_and_the_state_has_at_least_float32(optimizer, dtype):
    params, state = np.ones(3, dtype=dtype), optimizer.init(np.ones(3, dtype=dtype))
    for made in (state, optimizer.step(params, params, state)[1]):
        for array in (field for field in made if isinstance(field, np.ndarray)):
            assert array.dtype == np.promote_types(dtype, np.float32)
    assert optimizer.step(params, params, state)[0].dtype == dtype


RATES = {
    "Python float": 0.125,
    "NumPy scalar": np.float64(0.125),
    "0-d array": np.array(0.125),
    "array": np.full(3, 0.125),
    "list": [0.125, 0.125, 0.125],
    "longdouble": np.longdouble(0.125),
}


@pytest.mark.parametrize("rate", RATES.values(), ids=RATES)
@pytest.mark.parametrize("optimizer", [gradient_descent, momentum, adagrad, rmsprop, adam])
def test_dtype_of_a_setting_changes_nothing(optimizer, rate):
    params = np.array([1.0, 2.0, 3.0], dtype=np.float32)
    after, state = optimizer.step(params, params, optimizer.init(params), learning_rate=rate)
    expected, _ = optimizer.step(params, params, optimizer.init(params), learning_rate=0.125)
    assert after.dtype == np.float32
    assert all(np.asarray(field).dtype != np.float64 for field in state)
    np.testing.assert_array_equal(after, expected)


@every_optimizer
def test_dtype_of_the_gradient_and_of_the_state_does_not_change_that_of_params(optimizer):
    params, wide = np.ones(2, dtype=np.float32), np.full(2, 0.5)
    after, state = optimizer.step(params, wide, optimizer.init(wide))
    expected, _ = optimizer.step(params, wide.astype(np.float32), optimizer.init(params))
    assert after.dtype == np.float32
    np.testing.assert_array_equal(after, expected)
    assert all(np.asarray(field).dtype != np.float64 for field in state)


@pytest.mark.parametrize(
    ("optimizer", "decay", "field"),
    [
        (rmsprop, "decay", "square_avg"),
        (adam, "beta1", "grad_avg"),
        (adam, "beta2", "square_avg"),
    ],
)
def test_decay_close_to_one_survives_float32(optimizer, decay, field):
    settings = {decay: 1 - 1e-9}  # is 1 in float32; the share 1 - decay must not become 0 there
    params, state = np.zeros(1, np.float32), optimizer.init(np.zeros(1, np.float32))
    for _ in range(10):
        params, state = optimizer.step(params, np.ones(1, np.float32), state, **settings)
    assert getattr(state, field)[0] == pytest.approx(1e-8, rel=1e-6)


@every_optimizer
@pytest.mark.parametrize("shape", [(), (1,), (0,), (3, 0), (2, 3), (2, 1, 3)], ids=str)
def test_any_shape_goes_through(optimizer, shape):
    rng = np.random.default_rng(0)
    grads, start = rng.normal(size=(3, *shape)), rng.normal(size=shape)
    path = follow(optimizer, grads, start)
    assert path.shape == (3, *shape)
    flat = follow(optimizer, grads.reshape(3, start.size), start.reshape(start.size))
    np.testing.assert_array_equal(path.reshape(flat.shape), flat)


@every_optimizer
@pytest.mark.parametrize("number", [float, np.float32, np.float64, np.array])
def test_a_single_number_is_a_parameter_too(optimizer, number):
    after = follow(optimizer, [number(0.5), number(-0.25)], number(1.5))
    dtype = np.asarray(number(1.5)).dtype
    expected = follow(optimizer, np.array([[0.5], [-0.25]], dtype), np.array([1.5], dtype))
    assert after.dtype == dtype
    np.testing.assert_array_equal(after, expected[:, 0])


@every_optimizer
def test_lists_of_floats_are_arrays(optimizer):
    path = follow(optimizer, [[1.0, -2.0], [0.5, 0.25]], [0.0, 1.0])
    expected = follow(optimizer, np.array([[1.0, -2.0], [0.5, 0.25]]), np.array([0.0, 1.0]))
    np.testing.assert_array_equal(path, expected)


LAYOUTS = {
    "every other": lambda array: np.repeat(array, 2, axis=0)[::2],
    "reversed": lambda array: array[::-1].copy()[::-1],
    "Fortran order": np.asfortranarray,
    "transposed": lambda array: array.T.copy().T,
    "big-endian": lambda array: array.astype(">f8"),
}


@every_optimizer
@pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS)
def test_memory_layout_changes_nothing(optimizer, layout):
    rng = np.random.default_rng(0)
    start, grads = rng.normal(size=(4, 3)), rng.normal(size=(3, 4, 3))
    path = follow(optimizer, [layout(grad) for grad in grads], layout(start))
    np.testing.assert_array_equal(path, follow(optimizer, grads, start))


# Purity


@every_optimizer
def test_step_changes_no_argument(optimizer):
    rng = np.random.default_rng(0)
    params, state = rng.normal(size=(4, 3)), optimizer.init(np.zeros((4, 3)))
    for grad in rng.normal(size=(3, 4, 3)):
        arrays = [field for field in (params, grad, *state) if isinstance(field, np.ndarray)]
        copies = copy.deepcopy(arrays)
        for array in arrays:
            array.flags.writeable = False
        after, new_state = optimizer.step(params, grad, state)
        for array, unchanged in zip(arrays, copies, strict=True):
            np.testing.assert_array_equal(array, unchanged)
        params, state = after, new_state


def test_rmsprop_with_every_switch_changes_no_argument():
    params, grad = np.array([1.0, 2.0]), np.array([0.5, -0.5])
    state = rmsprop.init(params, initial_square_avg=1.0)
    settings = {
        "learning_rate": np.array([0.1, 0.2]),
        "decay": np.array([0.5, 0.9]),
        "eps": np.array([0.1, 0.2]),
        "momentum": np.array([0.5, 0.9]),
        "weight_decay": np.array([0.1, 0.2]),
    }
    arrays = [params, grad, *state, *settings.values()]
    copies = copy.deepcopy(arrays)
    for rate_inside, inside in itertools.product([True, False], [True, False]):
        flags = {"lr_in_momentum": rate_inside, "eps_inside_sqrt": inside, "centered": True}
        rmsprop.step(params, grad, state, **settings, **flags)
        for array, unchanged in zip(arrays, copies, strict=True):
            np.testing.assert_array_equal(array, unchanged)


def test_init_copies_its_arguments():
    params, first = np.ones(2), np.full(2, 3.0)
    state = rmsprop.init(params, initial_square_avg=first)
    first[:] = params[:] = 7.0
    np.testing.assert_array_equal(state.square_avg, [3.0, 3.0])
    assert not np.shares_memory(rprop.init(params, initial_step=first).step_size, first)


@every_optimizer
def test_results_share_no_memory_with_params_and_grad(optimizer):
    params, grad = np.ones(3), np.ones(3)
    after, state = optimizer.step(params, grad, optimizer.init(params))
    for array in (after, *state):
        assert not np.shares_memory(array, params)
        assert not np.shares_memory(array, grad)
    after[:] = 5.0  # the caller owns the result
    np.testing.assert_array_equal(params, np.ones(3))


@every_optimizer
@pytest.mark.parametrize("keep", [copy.deepcopy, lambda state: pickle.loads(pickle.dumps(state))])
def test_a_kept_state_replays_the_run(optimizer, keep):
    grads = np.random.default_rng(0).normal(size=(10, 2))
    params, state = np.zeros(2), optimizer.init(np.zeros(2))
    for grad in grads[:5]:
        params, state = optimizer.step(params, grad, state)
    kept = keep(state)
    first = follow(optimizer, grads[5:], params, state=state)
    np.testing.assert_array_equal(first, follow(optimizer, grads, np.zeros(2))[5:])
    np.testing.assert_array_equal(first, follow(optimizer, grads[5:], params, state=kept))


# Sweeps

SWEEPS = [
    (gradient_descent, {"learning_rate": [0.01, 0.1, 0.3]}),
    (momentum, {"learning_rate": [0.01, 0.1, 0.3], "momentum": [0.0, 0.5]}),
    (rprop, {"increase": [1.0, 1.2, 1.5], "decrease": [0.0, 0.5], "max_step": [0.02, 0.1, 50.0]}),
    (adagrad, {"learning_rate": [0.01, 0.1, 0.3], "eps": [0.0, 0.1]}),
    (rmsprop, {"learning_rate": [0.01, 0.1, 0.3], "decay": [0.0, 0.9]}),
    (rmsprop, {"momentum": [0.0, 0.5, 0.9], "weight_decay": [0.0, 0.5], "eps": [0.0, 1e-8, 0.1]}),
    (adam, {"beta1": [0.0, 0.5, 0.9], "beta2": [0.0, 0.999], "eps": [0.0, 0.1]}),
]


@pytest.mark.parametrize(("optimizer", "values"), SWEEPS)
def test_a_sweep_is_the_loop_over_its_runs(optimizer, values):
    grids = np.meshgrid(*values.values(), indexing="ij", sparse=True)
    swept = {name: grid[..., None] for name, grid in zip(values, grids, strict=True)}
    start, curvatures = np.array([1.0, -2.0]), np.array([1.0, 5.0])

    def descend(**settings):
        params, state = start, optimizer.init(start)
        for _ in range(30):
            params, state = optimizer.step(params, curvatures * params, state, **settings)
        return params

    paths = descend(**swept)
    assert paths.shape == (*map(len, values.values()), 2)
    for index in np.ndindex(paths.shape[:-1]):
        one = {name: values[name][i] for name, i in zip(values, index, strict=True)}
        np.testing.assert_allclose(paths[index], descend(**one), rtol=1e-12, atol=1e-300)


def test_settings_may_differ_between_parameters():
    grads = np.random.default_rng(0).normal(size=(5, 2))
    both = follow(rmsprop, grads, np.zeros(2), learning_rate=[0.1, 0.2], decay=[0.5, 0.9])
    np.testing.assert_array_equal(
        both[:, 0], follow(rmsprop, grads[:, 0], 0.0, learning_rate=0.1, decay=0.5)
    )
    np.testing.assert_array_equal(
        both[:, 1], follow(rmsprop, grads[:, 1], 0.0, learning_rate=0.2, decay=0.9)
    )


# Refusals

PAIR = np.array([1.0, 2.0])
NOT_FLOATS = {
    "integers": np.array([1, 2]),
    "a list of integers": [1, 2],
    "an integer": 1,
    "flags": np.array([True, False]),
    "complex numbers": np.array([1j, 2]),
    "text": "1.0",
    "a list of text": ["1.0", "2.0"],
    "nothing": None,
    "objects": np.array([1.0, 2.0], dtype=object),
}


@every_optimizer
@pytest.mark.parametrize("value", NOT_FLOATS.values(), ids=NOT_FLOATS)
def test_params_and_grad_must_hold_floats(optimizer, value):
    rule = r"must hold floating-point numbers, got dtype \S+$"
    with pytest.raises(TypeError, match=f"^params {rule}"):
        optimizer.init(value)
    with pytest.raises(TypeError, match=f"^params {rule}"):
        optimizer.step(value, PAIR, optimizer.init(PAIR))
    with pytest.raises(TypeError, match=f"^grad {rule}"):
        optimizer.step(PAIR, value, optimizer.init(PAIR))


@every_optimizer
def test_rows_must_have_one_length(optimizer):
    ragged = [[1.0], [1.0, 2.0]]
    with pytest.raises(ValueError, match=r"^params must have rows of one length, got \[\[1\.0\]"):
        optimizer.init(ragged)
    with pytest.raises(ValueError, match=r"^grad must have rows of one length, got \[\[1\.0\]"):
        optimizer.step(PAIR, ragged, optimizer.init(PAIR))


@every_optimizer
@pytest.mark.parametrize("shape", [(), (1,), (3,), (1, 2), (2, 1)], ids=str)
def test_grad_must_have_the_shape_of_params(optimizer, shape):
    message = f"grad must have the shape of params, (2,), got {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        optimizer.step(PAIR, np.zeros(shape), optimizer.init(PAIR))


STATES = [
    (momentum, MomentumState, "momentum_buffer"),
    (rprop, RpropState, "step_size"),
    (rprop, RpropState, "previous_grad"),
    (adagrad, AdagradState, "square_sum"),
    (rmsprop, RMSPropState, "square_avg"),
    (rmsprop, RMSPropState, "grad_avg"),
    (rmsprop, RMSPropState, "momentum_buffer"),
    (adam, AdamState, "grad_avg"),
    (adam, AdamState, "square_avg"),
]
every_field = pytest.mark.parametrize(("optimizer", "kind", "field"), STATES)


@every_field
@pytest.mark.parametrize("shape", [(), (3,), (1, 2)], ids=str)
def test_every_state_array_must_have_the_shape_of_params(optimizer, kind, field, shape):
    state = optimizer.init(PAIR)._replace(**{field: np.zeros(shape)})
    message = f"state.{field} must have the shape of params, (2,), got {shape}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        optimizer.step(PAIR, PAIR, state)


@every_field
@pytest.mark.parametrize("dtype", [int, complex, object, bool])
def test_every_state_array_must_hold_floats(optimizer, kind, field, dtype):
    state = optimizer.init(PAIR)._replace(**{field: np.zeros(2, dtype=dtype)})
    message = f"state.{field} must hold floating-point numbers, got dtype {np.dtype(dtype)}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        optimizer.step(PAIR, PAIR, state)


def test_init_makes_the_kind_of_state_that_its_step_takes():
    kinds = {optimizer: kind for optimizer, kind, _ in STATES}
    for optimizer, kind in (kinds | {gradient_descent: GradientDescentState}).items():
        assert type(optimizer.init(PAIR)) is kind
        assert type(optimizer.step(PAIR, PAIR, optimizer.init(PAIR))[1]) is kind


@pytest.mark.parametrize(("mine", "other"), list(itertools.permutations(OPTIMIZERS.values(), 2)))
def test_the_state_of_another_optimizer_is_refused(mine, other):
    names = type(mine.init(PAIR)).__name__, type(other.init(PAIR)).__name__
    with pytest.raises(TypeError, match="^state must be of type {}, got {}$".format(*names)):
        mine.step(PAIR, PAIR, other.init(PAIR))


@every_optimizer
@pytest.mark.parametrize("state", [None, (), (PAIR,), {}, PAIR])
def test_what_is_no_state_is_refused(optimizer, state):
    name = type(state).__name__
    with pytest.raises(TypeError, match=rf"^state must be of type \w+State, got {name}$"):
        optimizer.step(PAIR, PAIR, state)


POSITIVE, FRACTION, GROWTH = "[0, inf)", "[0, 1)", "[1, inf)"
RANGES = [
    (gradient_descent, "learning_rate", POSITIVE),
    (momentum, "learning_rate", POSITIVE),
    (momentum, "momentum", FRACTION),
    (rprop, "increase", GROWTH),
    (rprop, "decrease", FRACTION),
    (rprop, "min_step", POSITIVE),
    (rprop, "max_step", POSITIVE),
    (adagrad, "learning_rate", POSITIVE),
    (adagrad, "eps", POSITIVE),
    (rmsprop, "learning_rate", POSITIVE),
    (rmsprop, "decay", FRACTION),
    (rmsprop, "eps", POSITIVE),
    (rmsprop, "momentum", FRACTION),
    (rmsprop, "weight_decay", POSITIVE),
    (adam, "learning_rate", POSITIVE),
    (adam, "beta1", FRACTION),
    (adam, "beta2", FRACTION),
    (adam, "eps", POSITIVE),
]
every_setting = pytest.mark.parametrize(("optimizer", "setting", "interval"), RANGES)


def step_with(optimizer, **settings):
    return optimizer.step(PAIR, PAIR, optimizer.init(PAIR), **settings)


def test_every_setting_of_every_step_is_tested():
    taken = {
        (optimizer, name)
        for optimizer in OPTIMIZERS.values()
        for name, parameter in inspect.signature(optimizer.step).parameters.items()
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY
    }
    flags = {(rmsprop, name) for name in ("eps_inside_sqrt", "centered", "lr_in_momentum")}
    assert taken == {(optimizer, name) for optimizer, name, _ in RANGES} | flags


OUTSIDE = {
    POSITIVE: [-0.5, -1e-30, np.nan, np.inf, -np.inf],
    FRACTION: [-0.5, 1, 1.5, 1.0000001, np.nan, np.inf],
    GROWTH: [0.5, -1, 0.9999999, np.nan, np.inf],
}
WITHIN = {POSITIVE: 0.5, FRACTION: 0.5, GROWTH: 1.5}


@every_setting
def test_settings_out_of_range_are_refused(optimizer, setting, interval):
    for value in OUTSIDE[interval]:
        message = f"{setting} must be in {interval}, got {value}"
        for one_bad in (value, np.float64(value), [WITHIN[interval], value]):
            with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
                step_with(optimizer, **{setting: one_bad})


@every_setting
def test_the_ends_of_the_range_are_accepted(optimizer, setting, interval):
    low, high = {POSITIVE: (0, 1e30), FRACTION: (0, 1 - 2**-53), GROWTH: (1, 1e30)}[interval]
    for value in (low, float(low), high):
        params, _ = step_with(optimizer, **{setting: value})
        assert np.isfinite(params).all()


@every_setting
@pytest.mark.parametrize(
    "value",
    ["0.5", None, True, False, 0.5 + 0j, np.array([0.5 + 1j]), [0.5, None], ["0.5"], {}, object],
    ids=str,
)
def test_settings_must_be_numbers(optimizer, setting, interval, value):
    message = f"{setting} must be a number or an array of numbers, got {value!r}"
    with warnings.catch_warnings(), pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        warnings.simplefilter("error")
        step_with(optimizer, **{setting: value})


@every_setting
def test_settings_must_broadcast(optimizer, setting, interval):
    message = f"{setting} must broadcast against shape (2,), got (3,)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        step_with(optimizer, **{setting: np.full(3, WITHIN[interval])})


def test_settings_must_broadcast_against_each_other():
    message = "decay must broadcast against shape (3, 2), got (4, 1)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        step_with(rmsprop, learning_rate=np.ones((3, 1)), decay=np.full((4, 1), 0.5))


@pytest.mark.parametrize("setting", ["eps_inside_sqrt", "centered", "lr_in_momentum"])
@pytest.mark.parametrize("value", [1, 0, "yes", None, 1.0, np.array([True])], ids=str)
def test_flags_must_be_flags(setting, value):
    message = f"{setting} must be True or False, got {value!r}"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        step_with(rmsprop, **{setting: value})


def test_a_flag_may_come_from_numpy():
    for centered in (True, False):
        after, _ = step_with(rmsprop, centered=np.bool_(centered))
        np.testing.assert_array_equal(after, step_with(rmsprop, centered=centered)[0])


@pytest.mark.parametrize(
    ("optimizer", "setting"), [(rmsprop, "initial_square_avg"), (rprop, "initial_step")]
)
def test_init_refuses_bad_settings(optimizer, setting):
    for value in (-1, np.nan, np.inf, [1.0, -1.0]):
        with pytest.raises(
            ValueError, match=rf"^{setting} must be in \[0, inf\), got (-1|nan|inf)$"
        ):
            optimizer.init(PAIR, **{setting: value})
    for value in ("1", None, True):
        with pytest.raises(TypeError, match=f"^{setting} must be a number or an array of numbers"):
            optimizer.init(PAIR, **{setting: value})
    message = f"{setting} must broadcast to the shape of params, (2,), got (3, 1)"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        optimizer.init(PAIR, **{setting: np.ones((3, 1))})


@every_optimizer
def test_settings_are_keyword_only_and_their_names_are_checked(optimizer):
    with pytest.raises(TypeError, match="positional"):
        optimizer.step(PAIR, PAIR, optimizer.init(PAIR), 0.1)
    with pytest.raises(TypeError, match="positional"):
        optimizer.init(PAIR, 0.1)
    with pytest.raises(TypeError, match="unexpected keyword argument 'lr'"):
        step_with(optimizer, lr=0.1)
