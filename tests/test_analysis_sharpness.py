"""The sharpness is the largest eigenvalue of the dense Hessian, and training leaves it at 2/η."""

import contextlib

import numpy as np
import pytest
import torch
from torch import nn

from rmsprop_course.analysis.edge import digits_problem, digits_sharpness, train_at_the_edge
from rmsprop_course.analysis.sharpness import preconditioned_sharpness
from rmsprop_course.torch_networks import mlp


@pytest.fixture(autouse=True)
def _one_thread():
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def quadratic_of(matrix):
    """Parameters and loss ½ xᵀHx, at a point away from the minimum."""
    hessian = torch.tensor(matrix, dtype=torch.float64)
    x = torch.linspace(1, 2, len(hessian), dtype=torch.float64).requires_grad_()
    return x, lambda: x @ hessian @ x / 2


def small_network(seed=0):
    generator = torch.Generator().manual_seed(seed)
    network = mlp([4, 5, 3], generator, activation=nn.Tanh, dtype=torch.float64)
    inputs = torch.randn(20, 4, generator=generator, dtype=torch.float64)
    targets = torch.randn(20, 3, generator=generator, dtype=torch.float64)
    return list(network.parameters()), lambda: ((network(inputs) - targets) ** 2).sum() / 40


def dense_hessian(params, loss):
    """The Hessian, entry by entry, from second derivatives of single parameters."""
    grads = torch.autograd.grad(loss(), params, create_graph=True)
    flat = torch.cat([grad.flatten() for grad in grads])
    rows = [torch.autograd.grad(entry, params, retain_graph=True) for entry in flat]
    return torch.stack([torch.cat([part.flatten() for part in row]) for row in rows]).numpy()


def positive_denominators(params, seed=1):
    generator = torch.Generator().manual_seed(seed)
    return [torch.rand(p.shape, generator=generator, dtype=p.dtype) + 0.1 for p in params]


# --- The eigenvalue ---


@pytest.mark.parametrize("n_params", [1, 2, 20, 21, 60])
def test_known_eigenvalue_is_found_below_and_above_the_dense_limit(n_params):
    eigenvalues = np.linspace(-2, 5, n_params) if n_params > 1 else np.array([5.0])
    turn = np.linalg.qr(np.random.default_rng(0).standard_normal((n_params, n_params)))[0]
    x, loss = quadratic_of(turn * eigenvalues @ turn.T)
    found = preconditioned_sharpness(loss, [x], rtol=1e-8)
    assert found.value == pytest.approx(5.0)
    assert abs(found.vector @ turn[:, -1]) == pytest.approx(1, abs=1e-4)


@pytest.mark.parametrize("n_params", [3, 40])
def test_largest_is_not_the_largest_in_magnitude(n_params):
    x, loss = quadratic_of(np.diag(np.linspace(-100, 1, n_params)))
    assert preconditioned_sharpness(loss, [x], rtol=1e-6).value == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("n_params", [3, 40])
def test_negative_definite_hessian_has_a_negative_sharpness(n_params):
    x, loss = quadratic_of(np.diag(np.linspace(-9, -4, n_params)))
    assert preconditioned_sharpness(loss, [x], rtol=1e-6).value == pytest.approx(-4.0, rel=1e-4)


@pytest.mark.parametrize("seed", range(3))
def test_network_has_the_sharpness_of_its_dense_hessian(seed):
    params, loss = small_network(seed)  # 43 parameters
    hessian = dense_hessian(params, loss)
    expected = np.linalg.eigvalsh(hessian)[-1]
    assert preconditioned_sharpness(loss, params).value == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("seed", range(3))
def test_denominators_precondition_the_dense_hessian(seed):
    params, loss = small_network(seed)
    divisors = positive_denominators(params)
    diagonal = torch.cat([divisor.flatten() for divisor in divisors]).numpy()
    unsymmetric = dense_hessian(params, loss) / diagonal[:, np.newaxis]  # P⁻¹ H: same eigenvalues
    expected = np.linalg.eigvals(unsymmetric).real.max()
    found = preconditioned_sharpness(loss, params, divisors)
    assert found.value == pytest.approx(expected, rel=1e-3)


def test_warm_start_finds_the_same_and_even_where_it_is_another_eigenvector():
    x, loss = quadratic_of(np.diag(np.arange(1.0, 41.0)))
    cold = preconditioned_sharpness(loss, [x], rtol=1e-6)
    warm = preconditioned_sharpness(loss, [x], rtol=1e-6, start=cold.vector)
    misled = preconditioned_sharpness(loss, [x], rtol=1e-6, start=np.eye(40)[0])
    for found in (cold, warm, misled):
        assert found.value == pytest.approx(40, rel=1e-6)


def counted_products(monkeypatch, loss, params, **settings):
    """Number of Hessian-vector products that a search takes, converged or not."""
    calls, differentiate = [], torch.autograd.grad

    def counting(*args, **kwargs):
        calls.append(1)
        return differentiate(*args, **kwargs)

    with monkeypatch.context() as patch, contextlib.suppress(RuntimeError):
        patch.setattr(torch.autograd, "grad", counting)
        preconditioned_sharpness(loss, params, **settings)
    return len(calls) - 1  # the first one takes the gradient


def test_warm_start_takes_fewer_products(monkeypatch):
    x, loss = quadratic_of(np.diag(np.linspace(1.0, 2.0, 300)))
    cold = counted_products(monkeypatch, loss, [x], rtol=1e-6)
    found = preconditioned_sharpness(loss, [x], rtol=1e-6)
    warm = counted_products(monkeypatch, loss, [x], rtol=1e-6, start=found.vector)
    assert warm < cold / 2


def test_search_gives_up_at_about_the_products_that_it_may_spend(monkeypatch):
    x, loss = quadratic_of(np.diag(1 + 1e-6 * np.arange(300.0)))
    settings = {"rtol": 1e-12, "max_products": 100}
    assert 50 <= counted_products(monkeypatch, loss, [x], **settings) <= 120


def test_parameters_are_left_as_they_are():
    params, loss = small_network()
    before = [param.detach().clone() for param in params]
    preconditioned_sharpness(loss, params, positive_denominators(params))
    assert all(torch.equal(old, param) for old, param in zip(before, params, strict=True))
    assert all(param.grad is None for param in params)


def test_float32_network_is_accepted():
    network = mlp([4, 30, 3], torch.Generator().manual_seed(0), activation=nn.Tanh)
    inputs = torch.ones(2, 4)
    single = preconditioned_sharpness(lambda: network(inputs).square().sum(), network.parameters())
    double = network.double()
    wide = inputs.double()
    expected = preconditioned_sharpness(lambda: double(wide).square().sum(), double.parameters())
    assert single.value == pytest.approx(expected.value, rel=1e-3)


def test_linear_loss_and_unused_parameter_have_no_curvature():
    x = torch.ones(3, dtype=torch.float64, requires_grad=True)
    unused = torch.ones(2, dtype=torch.float64, requires_grad=True)
    assert preconditioned_sharpness(lambda: x.sum(), [x]).value == 0
    found = preconditioned_sharpness(lambda: 2 * (x**2).sum(), [x, unused])
    assert found.value == pytest.approx(4)


def test_loss_without_curvature_has_none_above_the_dense_limit_too():
    x = torch.ones(40, dtype=torch.float64, requires_grad=True)
    found = preconditioned_sharpness(lambda: x.sum(), [x])
    assert found.value == 0
    assert np.linalg.norm(found.vector) == pytest.approx(1)


def test_search_that_begins_where_nothing_curves_finds_the_largest():
    x, loss = quadratic_of(np.diag(np.arange(0.0, 40.0)))
    found = preconditioned_sharpness(loss, [x], rtol=1e-6, start=np.eye(40)[0])
    assert found.value == pytest.approx(39, rel=1e-6)


def test_search_that_has_not_converged_says_so():
    clustered = np.diag(1 + 1e-6 * np.arange(300.0))
    x, loss = quadratic_of(clustered)
    with pytest.raises(RuntimeError, match="did not converge within 20 Hessian-vector products"):
        preconditioned_sharpness(loss, [x], rtol=1e-12, max_products=20)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"params": []}, "params must hold at least one number, got none"),
        ({"loss": lambda x: x}, r"loss must return a scalar, got shape \(30,\)"),
        ({"loss": lambda x: (x / 0).square().sum()}, "finite curvature at params"),
        ({"denominators": [torch.ones(2)]}, r"denominators must have the shapes \[\(30,\)\]"),
        ({"denominators": [torch.zeros(30)]}, r"denominators must be in \(0, inf\), got 0"),
        ({"rtol": 0.0}, r"rtol must be in \(0, 1\), got 0"),
        ({"start": np.zeros(30)}, "start must be a vector of 30 numbers, finite and not all 0"),
        ({"start": np.full(30, np.nan)}, "start must be a vector of 30 numbers, finite"),
        ({"start": np.ones(3)}, "start must be a vector of 30 numbers"),
    ],
)
def test_refused_arguments(changes, message):
    x = torch.ones(30, dtype=torch.float64, requires_grad=True)
    arguments = {"loss": lambda x: (x**2).sum(), "params": [x], **changes}
    loss, params = arguments.pop("loss"), arguments.pop("params")
    with pytest.raises(ValueError, match=message):
        preconditioned_sharpness(lambda: loss(x), params, **arguments)


# --- Training ---


def test_training_takes_the_steps_of_torchs_rmsprop():
    params, loss = small_network()
    theirs, their_loss = small_network()
    optimizer = torch.optim.RMSprop(theirs, lr=1e-3, alpha=0.9, eps=1e-12)
    first = torch.autograd.grad(their_loss(), theirs)
    for param, grad in zip(theirs, first, strict=True):
        optimizer.state[param] = {"step": torch.tensor(0.0), "square_avg": grad**2}
    for _ in range(10):
        optimizer.zero_grad()
        their_loss().backward()
        optimizer.step()
    train_at_the_edge(loss, params, learning_rate=1e-3, decay=0.9, n_steps=10, every=5)
    for param, their in zip(params, theirs, strict=True):
        torch.testing.assert_close(param, their, rtol=1e-9, atol=1e-12)


def test_training_without_preconditioner_is_gradient_descent():
    params, loss = small_network()
    theirs, their_loss = small_network()
    optimizer = torch.optim.SGD(theirs, lr=0.1)
    for _ in range(5):
        optimizer.zero_grad()
        their_loss().backward()
        optimizer.step()
    train_at_the_edge(loss, params, learning_rate=0.1, preconditioned=False, n_steps=5, every=5)
    for param, their in zip(params, theirs, strict=True):
        torch.testing.assert_close(param, their, rtol=1e-9, atol=1e-12)


def test_what_is_measured_is_the_loss_and_the_sharpness_times_the_rate():
    params, loss = small_network()
    start_loss, start = loss().item(), preconditioned_sharpness(loss, params).value
    path = train_at_the_edge(
        loss, params, learning_rate=0.02, preconditioned=False, n_steps=12, every=5
    )
    assert path.steps.tolist() == [0, 5, 10]
    assert path.losses[0] == pytest.approx(start_loss)
    assert path.sharpness[0] == pytest.approx(0.02 * start, rel=1e-3)


def test_one_weight_on_a_parabola_settles_at_two_exactly():
    x = torch.tensor([1.0], dtype=torch.float64, requires_grad=True)
    path = train_at_the_edge(
        lambda: 7 * (x**2).sum() / 2, [x], learning_rate=0.1, decay=0.9, n_steps=400, every=400
    )
    assert path.sharpness[-1] == pytest.approx(2, rel=1e-6)


def test_gradient_descent_settles_at_its_edge_of_stability():
    path = digits_sharpness(0, learning_rate=0.15, preconditioned=False, n_steps=600, every=100)
    assert path.sharpness[0] > 4
    np.testing.assert_allclose(path.sharpness[path.steps >= 300], 2, rtol=0.05)


def test_rmsprop_settles_at_its_edge_of_stability():
    path = digits_sharpness(0, learning_rate=1e-3, n_steps=700, every=20)
    late = path.sharpness[path.steps >= 350].mean()
    assert 2 < late < 2.3  # longer memories come closer


def test_settings_of_the_problem_change_it():
    few, all_of_them = digits_problem(0, n_images=20)[1](), digits_problem(0)[1]()
    assert few.item() != pytest.approx(all_of_them.item(), rel=1e-3)
    assert any(isinstance(part, nn.SiLU) for part in digits_problem(0, activation=nn.SiLU)[0])
    starts = [digits_sharpness(seed, n_steps=0).losses[0] for seed in (0, 1)]
    assert starts[0] != pytest.approx(starts[1], rel=1e-3)


def test_images_are_roughly_centered():
    network, loss = digits_problem(0)
    with torch.no_grad():
        for param in network.parameters():
            param.zero_()
        network[0].weight.fill_(1e-6)  # each unit of the first layer sums the pixels, barely bent
    sums = []
    network[0].register_forward_hook(lambda *given: sums.append(given[2]))
    loss()
    assert abs(sums[0].mean().item() / 64e-6) < 0.02  # mean brightness of a pixel


def test_the_problem_is_that_of_the_digits():
    network, loss = digits_problem(0)
    assert [tuple(param.shape) for param in network.parameters()][::2] == [
        (32, 64),
        (32, 32),
        (10, 32),
    ]
    with torch.no_grad():
        for param in network.parameters():
            param.zero_()
    assert loss().item() == pytest.approx(0.5)  # all outputs 0, one of ten targets 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\), got 0"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\), got 1"),
        ({"eps": -1e-3}, r"eps must be in \[0, inf\), got -0.001"),
        ({"every": 0}, "every must be 1 or more, got 0"),
        ({"n_steps": -1}, r"n_steps must be in \[0, inf\), got -1"),
        ({"learning_rate": 1e200, "preconditioned": False}, "has the run diverged"),
    ],
)
def test_refused_training(changes, message):
    params, loss = small_network()
    settings = {"learning_rate": 0.1, "n_steps": 10, "every": 5, **changes}
    with pytest.raises(ValueError, match=message):
        train_at_the_edge(loss, params, **settings)
