"""Where ``torch.optim.RMSprop`` fails and ours does not: every test here sees both.

If a test fails because PyTorch no longer does, its row goes.
"""

import copy

import pytest

torch = pytest.importorskip("torch", reason="tests the torch optimizer: the extra 'torch'")

from rmsprop_course.torch_optim import RMSprop  # noqa: E402

THEIRS = torch.optim.RMSprop
PATHS = [{"foreach": False}, {"foreach": True}, {"fused": True}]
HALF = [torch.float16, torch.bfloat16]


def parameter(shape, dtype=torch.float32, value=0.0):
    return torch.nn.Parameter(torch.full(shape, value, dtype=dtype))


def for_kind(kind, settings):
    """The settings that a class takes: PyTorch's is never fused."""
    return {n: v for n, v in settings.items() if kind is RMSprop or n != "fused"}


def step(kind, param, grads, **settings):
    """Step once with each gradient; return the optimizer."""
    optimizer = kind([param], **for_kind(kind, settings))
    for grad in grads:
        param.grad = torch.as_tensor(grad, dtype=param.dtype).broadcast_to(param.shape)
        optimizer.step()
    return optimizer


def report(record_property, defect, theirs, ours):
    record_property("defect", f"{defect}: torch {theirs}; ours {ours}")


@pytest.mark.parametrize(
    ("dtype", "ours"),
    [
        (torch.float32, {}),
        (torch.bfloat16, {}),
        (torch.bfloat16, {"state_dtype": torch.bfloat16}),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", PATHS, ids=str)
def test_centered_is_never_nan_on_constant_gradients(dtype, ours, path, record_property):
    settings = {"centered": True, "lr": 1e-3, **path}
    constant = torch.randn(10_000, generator=torch.Generator().manual_seed(0)).to(dtype)
    lost, first = {}, {}
    for kind in (THEIRS, RMSprop):
        param = parameter((10_000,), dtype)
        param.grad = constant.clone()
        optimizer = kind([param], **for_kind(kind, settings), **(ours if kind is RMSprop else {}))
        for number in range(1, 5001):
            optimizer.step()
            if kind not in first and number % 10 == 0 and param.isnan().any():
                first[kind] = number
        lost[kind] = int(param.isnan().sum())
        assert param.isinf().sum() == 0
    assert lost[THEIRS] > 0
    assert lost[RMSprop] == 0
    report(
        record_property,
        f"centered, 10 000 constant gradients, 5 000 steps, {dtype}, {ours}, {path}",
        f"{lost[THEIRS]} NaN, from step {first[THEIRS]}",
        "0",
    )


@pytest.mark.parametrize("path", PATHS, ids=str)
def test_float16_takes_a_small_gradient_as_float32_does(path, record_property):
    grads = [1e-4, -2e-4, 3e-4]
    ends = {}
    for kind in (THEIRS, RMSprop):
        param = parameter((3,), torch.float16)
        step(kind, param, grads, **path)
        ends[kind] = param[0].item()
    single = parameter((3,))
    step(RMSprop, single, [torch.tensor(g).half().item() for g in grads], **path)
    assert abs(ends[THEIRS]) == float("inf") or ends[THEIRS] != ends[THEIRS]
    assert ends[RMSprop] == pytest.approx(single[0].item(), rel=2e-3)
    report(record_property, f"float16, g = 1e-4, {path}", ends[THEIRS], ends[RMSprop])


def test_bfloat16_averages_do_not_stall(record_property):
    averages = {}
    for kind in (THEIRS, RMSprop):
        param = parameter((1,), torch.bfloat16)
        optimizer = kind([param], alpha=0.999)
        for number in range(3000):
            param.grad = torch.full((1,), 2.0 if number < 1000 else 0.5, dtype=torch.bfloat16)
            optimizer.step()
        averages[kind] = optimizer.state[param]["square_avg"].item()
    exact = 0.0
    for number in range(3000):
        exact = 0.999 * exact + 0.001 * (4.0 if number < 1000 else 0.25)
    assert averages[RMSprop] == pytest.approx(exact, rel=1e-4)
    assert abs(averages[THEIRS] / exact - 1) > 0.2
    report(
        record_property,
        f"bfloat16, alpha .999, average that should be {exact:.3f}",
        f"{averages[THEIRS]:.3f}",
        f"{averages[RMSprop]:.3f}",
    )


@pytest.mark.parametrize("switch", [{"momentum": 0.9}, {"centered": True}], ids=str)
@pytest.mark.parametrize("path", PATHS, ids=str)
def test_momentum_and_centering_can_be_switched_on_in_mid_training(switch, path, record_property):
    param = parameter((2,))
    optimizer = step(THEIRS, param, [1.0], **path)
    optimizer.param_groups[0].update(switch)
    with pytest.raises(KeyError):
        optimizer.step()
    param = parameter((2,))
    optimizer = step(RMSprop, param, [1.0], lr=0.1, alpha=0.9, **path)
    optimizer.param_groups[0].update(switch)
    optimizer.step()
    # v = .1, then .19; the mean begins at 0: m = .1
    second = 0.1 / (0.19 - 0.1**2) ** 0.5 if "centered" in switch else 0.1 / 0.19**0.5
    assert param[0].item() == pytest.approx(-0.1 / 0.1**0.5 - second, rel=1e-6)
    report(record_property, f"{switch} switched on after a step, {path}", "KeyError", "goes on")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"alpha": 2.0}, r"Invalid alpha value: 2\.0 \(must be in \[0, 1\)\)"),
        ({"alpha": 1.0}, r"Invalid alpha value: 1\.0 \(must be in \[0, 1\)\)"),
        ({"momentum": 1.5}, r"Invalid momentum value: 1\.5 \(must be in \[0, 1\)\)"),
        ({"lr": float("inf")}, r"Invalid learning rate: inf \(must be in \[0, inf\)\)"),
    ],
    ids=str,
)
def test_settings_that_diverge_are_refused(settings, message, record_property):
    THEIRS([parameter((2,))], **settings)
    with pytest.raises(ValueError, match=message):
        RMSprop([parameter((2,))], **settings)
    report(record_property, str(settings), "accepted", "ValueError")


@pytest.mark.parametrize("path", [*PATHS, {"differentiable": True}], ids=str)
@pytest.mark.parametrize("place", [{}, {"eps_inside_sqrt": True}], ids=str)
def test_no_gradient_is_no_step_without_eps(path, place, record_property):
    ends = {}
    for kind, settings in ((THEIRS, path), (RMSprop, path | place)):
        param = parameter((2,), value=1.0)
        param = param.clone() if "differentiable" in path else param
        step(kind, param, [torch.tensor([0.0, 3.0]), torch.tensor([0.0, 1.0])], eps=0, **settings)
        ends[kind] = param.tolist()
    assert ends[THEIRS][0] != ends[THEIRS][0]
    assert ends[RMSprop][0] == 1.0
    assert ends[RMSprop][1] == pytest.approx(1 - 0.1 - 0.01 / (0.99 * 0.09 + 0.01) ** 0.5)
    report(record_property, f"eps 0, gradient 0, {path}", "NaN", "no step")


HYPER = [
    {},
    {"momentum": 0.9},
    {"momentum": 0.9, "nesterov": True, "lr_in_momentum": True, "centered": True},
    {"weight_decay": 0.1, "decoupled_weight_decay": True, "bias_correction": True},
    {"weight_decay": 0.1, "eps_inside_sqrt": True, "maximize": True, "initial_square_avg": 1.0},
]


def after_three_steps(kind, settings):
    """Parameters as a function of learning rate, start and gradients."""

    def function(lr, start, grads):
        param = start.clone()
        optimizer = kind([param], lr=lr, differentiable=True, **settings)
        for grad in grads:
            param.grad = grad
            optimizer.step()
        return param

    return function


@pytest.mark.parametrize("settings", HYPER, ids=str)
def test_the_derivative_with_respect_to_the_learning_rate_is_right(settings, record_property):
    generator = torch.Generator().manual_seed(0)
    inputs = (
        torch.tensor(0.1, dtype=torch.float64, requires_grad=True),
        torch.randn(4, generator=generator, dtype=torch.float64).requires_grad_(),
        torch.randn(3, 4, generator=generator, dtype=torch.float64).requires_grad_(),
    )
    assert torch.autograd.gradcheck(after_three_steps(RMSprop, settings), inputs)
    if not settings:
        with pytest.raises(TypeError):
            after_three_steps(THEIRS, settings)(*inputs)
        report(record_property, "differentiable, lr requires grad", "TypeError", "gradcheck passes")


def test_a_unit_that_rests_has_finite_derivatives(record_property):
    slopes = {}
    for kind in (THEIRS, RMSprop):
        grads = torch.zeros(3, 1, dtype=torch.float64, requires_grad=True)
        start = torch.zeros(1, dtype=torch.float64)
        after_three_steps(kind, {"eps": 1e-3})(0.1, start, grads).sum().backward()
        slopes[kind] = grads.grad[:, 0].tolist()
    assert any(slope != slope for slope in slopes[THEIRS])
    assert slopes[RMSprop] == pytest.approx([-0.1 / 1e-3] * 3)
    report(record_property, "differentiable, zero gradients", "NaN slopes", "-lr/eps")


# --- A step that raises leaves everything as it was ---


def sparse():
    with torch.sparse.check_sparse_tensor_invariants(True):
        return torch.sparse_coo_tensor(torch.tensor([[0]]), torch.tensor([1.0]), (3,))


def give_sparse_gradient(param, optimizer):
    param.grad = sparse()


def give_gradient_in_float64(param, optimizer):
    param.grad.data = param.grad.data.double()


def give_gradient_in_complex64(param, optimizer):
    param.grad_dtype = None
    param.grad = torch.ones(3, dtype=torch.complex64)


def give_gradient_of_another_shape(param, optimizer):
    param.grad.data = torch.ones(5)


def move_state_away(param, optimizer):
    optimizer.state[param]["square_avg"] = torch.zeros(3, device="meta")


def cut_state(param, optimizer):
    optimizer.state[param]["momentum_buffer"] = torch.zeros(2)


def break_setting(param, optimizer):
    optimizer.param_groups[1]["alpha"] = 2.0


def spoil_learning_rate(param, optimizer):
    optimizer.param_groups[1]["lr"] = torch.tensor(float("nan"))


FAULTS = {
    give_sparse_gradient: "RMSprop does not support sparse gradients",
    give_gradient_in_float64: r"the gradient must have the parameter's dtype, torch\.float32, got",
    give_gradient_in_complex64: "the gradient must have the parameter's dtype",
    give_gradient_of_another_shape: r"the gradient must have the parameter's shape, .*\[3\].*\[5\]",
    move_state_away: "square_avg must be on the parameter's device, cpu, got meta",
    cut_state: r"momentum_buffer must have the parameter's shape, .*\[3\]\), got .*\[2\]",
    break_setting: r"Invalid alpha value: 2\.0 \(must be in \[0, 1\)\)",
    spoil_learning_rate: r"Invalid learning rate: nan \(must be in \[0, inf\)\)",
}
SETTINGS = {"momentum": 0.9, "centered": True, "weight_decay": 0.1}


def two_groups(kind, path):
    params = [parameter((3,), value=1.0) for _ in range(4)]
    optimizer = kind([{"params": params[:2]}, {"params": params[2:]}], **SETTINGS, **path)
    for _ in range(3):
        for number, param in enumerate(params):
            param.grad = torch.full((3,), 1.0 + number)
        optimizer.step()
    return params, optimizer


def snapshot(params, optimizer):
    """Values and state; settings are left out, for a fault may be one."""
    return copy.deepcopy([[p.detach() for p in params], [dict(optimizer.state[p]) for p in params]])


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.device == b.device and (a.is_meta or torch.equal(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    return len(a) == len(b) and all(map(same, a, b))


@pytest.mark.parametrize("path", PATHS, ids=str)
@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_a_step_that_raises_changes_nothing_in_any_group(fault, path):
    params, optimizer = two_groups(RMSprop, path)
    fault(params[3], optimizer)
    before = snapshot(params, optimizer)
    with pytest.raises((RuntimeError, ValueError), match=FAULTS[fault]):
        optimizer.step()
    assert same(before, snapshot(params, optimizer))


def test_a_step_of_torch_that_raises_changes_what_came_before(record_property):
    params, optimizer = two_groups(THEIRS, {})
    give_sparse_gradient(params[3], optimizer)
    before = snapshot(params, optimizer)
    with pytest.raises(RuntimeError, match="sparse"):
        optimizer.step()
    assert not same(before, snapshot(params, optimizer))
    report(record_property, "a step that raises", "has changed other groups", "changes nothing")


def test_a_first_step_that_raises_leaves_no_state_behind():
    params = [parameter((3,)), parameter((1,)), parameter((3,))]
    optimizer = RMSprop(params)
    params[0].grad, params[2].grad = torch.ones(3), sparse()
    with pytest.raises(RuntimeError, match="sparse"):
        optimizer.step()
    params[2].grad = None
    expanded = torch.nn.Parameter(torch.ones(1).expand(3))
    expanded.grad = torch.ones(3)
    optimizer.add_param_group({"params": [expanded]})
    with pytest.raises(RuntimeError, match="a place in memory for each of its numbers"):
        optimizer.step()
    assert len(optimizer.state) == 0
    assert params[0].tolist() == [0.0] * 3


def test_a_differentiable_step_on_a_leaf_changes_nothing():
    param = parameter((3,))
    param.grad = torch.ones(3)
    optimizer = RMSprop([param], differentiable=True)
    with pytest.raises(RuntimeError, match="must not be leaves"):
        optimizer.step()
    assert len(optimizer.state) == 0
