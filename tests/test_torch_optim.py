"""The torch optimizer computes what its docstring says, and what ``torch.optim.RMSprop`` does."""

import copy
import inspect
import itertools
import pickle

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="tests the torch optimizer: the extra 'torch'")

from rmsprop_course.conventions import CONVENTIONS, numpy_settings  # noqa: E402
from rmsprop_course.numpy_optimizers import rmsprop  # noqa: E402
from rmsprop_course.torch_optim import RMSprop  # noqa: E402

PATHS = {
    "for-loop": {"foreach": False},
    "foreach": {"foreach": True},
    "differentiable": {"differentiable": True},
    "fused": {"fused": True},
}
IN_PLACE = [PATHS["for-loop"], PATHS["foreach"]]
START = np.array([0.5, -1.0, 2.0, 3.0])
GRADS = np.random.default_rng(0).standard_normal((8, 4)) * [1e-5, 1e-3, 1.0, 100.0]
GRADS[3] = 0.0
RATES = 0.01 / np.sqrt(np.arange(1, 9))  # they change, so that their place shows

SWITCHES = {
    "maximize": (False, True),
    "weight_decay": (0.0, 0.1),
    "decoupled_weight_decay": (False, True),
    "bias_correction": (False, True),
    "centered": (False, True),
    "eps_inside_sqrt": (False, True),
    "momentum": (0.0, 0.9),
    "lr_in_momentum": (False, True),
    "nesterov": (False, True),
}
COMBINATIONS = [
    dict(zip(SWITCHES, values, strict=True)) for values in itertools.product(*SWITCHES.values())
]
DEFINED = [
    switches for switches in COMBINATIONS if switches["momentum"] or not switches["nesterov"]
]


def parameter(values, dtype=torch.float64):
    return torch.nn.Parameter(torch.as_tensor(values).to(dtype, copy=True))


def follow(optimizer, params, grads, rates=None):
    """The values of all parameters after each of the given lists of gradients."""
    path = []
    for number, gradients in enumerate(grads):
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates[number]
        for param, grad in zip(params, gradients, strict=True):
            param.grad = grad
        optimizer.step()
        path.append([param.detach().clone() for param in params])
    return path


def run(grads=GRADS, rates=RATES, *, dtype=torch.float64, **settings):
    """Parameters after each step of ours, from START."""
    param = parameter(START, dtype)
    param = param.clone() if settings.get("differentiable") else param
    gradients = [[torch.as_tensor(grad).to(dtype)] for grad in grads]
    path = follow(RMSprop([param], **settings), [param], gradients, rates)
    return np.array([params[0].double().numpy() for params in path])


def reference(grads=GRADS, rates=RATES, *, alpha=0.99, eps=1e-3, initial_square_avg=0.0, **switch):
    """The table in the docstring of the class, row by row, in float64."""
    theta, buffer = START.copy(), np.zeros(4)
    square_avg, grad_avg, path = np.full(4, initial_square_avg), np.zeros(4), []
    for t, (grad, lr) in enumerate(zip(grads, rates, strict=True), start=1):
        g = -grad if switch["maximize"] else grad
        if switch["decoupled_weight_decay"]:
            theta = theta - lr * switch["weight_decay"] * theta
        else:
            g = g + switch["weight_decay"] * theta
        square_avg = alpha * square_avg + (1 - alpha) * g**2
        grad_avg = alpha * grad_avg + (1 - alpha) * g
        weights = 1 - alpha**t if switch["bias_correction"] else 1
        variance = square_avg / weights
        if switch["centered"]:
            variance = np.maximum(variance - (grad_avg / weights) ** 2, 0)
        inside = switch["eps_inside_sqrt"]
        u = g / (np.sqrt(variance + eps) if inside else np.sqrt(variance) + eps)
        before, after = (lr, 1) if switch["lr_in_momentum"] else (1, lr)
        buffer = switch["momentum"] * buffer + before * u
        ahead = before * u + switch["momentum"] * buffer
        theta = theta - after * (ahead if switch["nesterov"] else buffer)
        path.append(theta)
    return np.array(path)


@pytest.mark.parametrize("path", PATHS)
def test_every_combination_of_switches_is_what_the_docstring_says(path):
    for switches in DEFINED:
        # the first variance of these two is rounding alone, so that a small ε would show it
        is_rounded = switches["centered"] and switches["bias_correction"]
        eps, tolerance = (1.0, 1e-4) if is_rounded else (1e-3, 1e-9)
        np.testing.assert_allclose(
            run(eps=eps, **switches, **PATHS[path]),
            reference(eps=eps, **switches),
            rtol=tolerance,
            err_msg=str(switches),
        )


@pytest.mark.parametrize("path", PATHS)
def test_the_average_begins_where_it_is_told(path):
    plain = {name: values[0] for name, values in SWITCHES.items()}
    ours = run(eps=1e-3, initial_square_avg=1.0, **PATHS[path])
    np.testing.assert_allclose(ours, reference(initial_square_avg=1.0, **plain), rtol=1e-12)


def test_no_two_defined_combinations_compute_the_same_unless_a_switch_has_nothing_to_act_on():
    def acts(switches):
        idle = set() if switches["momentum"] else {"lr_in_momentum"}
        idle |= set() if switches["weight_decay"] else {"decoupled_weight_decay"}
        return tuple((name, value) for name, value in switches.items() if name not in idle)

    ends = {}
    for switches in DEFINED:
        ends.setdefault(acts(switches), set()).add(run(eps=1e-3, **switches)[-1].tobytes())
    assert all(len(found) == 1 for found in ends.values())
    assert len(set().union(*ends.values())) == len(ends)


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("path", PATHS)
def test_a_convention_computes_what_the_numpy_library_does(name, path):
    settings, params, expected = numpy_settings(name), START, []
    state = rmsprop.init(params, **settings.init)
    for grad, rate in zip(GRADS, RATES, strict=True):
        params, state = rmsprop.step(params, grad, state, **settings.step | {"learning_rate": rate})
        expected.append(params)
    param = parameter(START)
    param = param.clone() if path == "differentiable" else param
    optimizer = RMSprop.from_convention([param], name, **PATHS[path])
    first = numpy_settings(name).step.get("learning_rate", 1e-3)
    assert optimizer.param_groups[0]["lr"] == first
    ours = follow(optimizer, [param], [[torch.tensor(grad)] for grad in GRADS], RATES)
    ours = np.array([params[0].numpy() for params in ours])
    np.testing.assert_allclose(ours, expected, rtol=1e-9)


def test_a_convention_takes_overrides_and_refuses_what_it_does_not_know():
    weight = [parameter(START)]
    keras = RMSprop.from_convention(weight, "keras", lr=0.5, weight_decay=0.1, nesterov=False)
    assert keras.defaults["lr"] == 0.5
    assert keras.defaults["decoupled_weight_decay"] is True
    assert not RMSprop.from_convention(weight, "timm").defaults["decoupled_weight_decay"]
    with pytest.raises(ValueError, match=r"name must be one of definition, .*, got 'lua'"):
        RMSprop.from_convention(weight, "lua")
    with pytest.raises(
        ValueError, match=r"weight_decay must be 0, because optax has none, got 0\.1"
    ):
        RMSprop.from_convention(weight, "optax", weight_decay=0.1)
    with pytest.raises(TypeError, match="rho"):
        RMSprop.from_convention(weight, "keras", rho=0.9)


# --- The same as torch.optim.RMSprop ---


def test_arguments_and_defaults_begin_with_those_of_torch():
    theirs = inspect.signature(torch.optim.RMSprop).parameters
    ours = inspect.signature(RMSprop).parameters
    shared = list(ours)[: len(theirs)]
    assert shared == list(theirs)
    for name in theirs:
        assert ours[name].default == theirs[name].default, name
        assert ours[name].kind == theirs[name].kind, name
    assert all(
        ours[name].kind == inspect.Parameter.KEYWORD_ONLY for name in set(ours) - set(theirs)
    )


def pair(make_params, grads, *, rates=None, ours=None, **settings):
    """Ours and torch's over equal parameters and gradients; raises unless they stay bit-equal."""
    optimizers, results = [], []
    for kind, more in ((RMSprop, ours or {}), (torch.optim.RMSprop, {})):
        params = make_params()
        optimizers.append(kind(params, **settings, **more))
        results.append(follow(optimizers[-1], params, grads, rates))
    for mine, theirs in zip(*results, strict=True):
        for a, b in zip(mine, theirs, strict=True):
            assert torch.equal(a, b)
            assert a.stride() == b.stride()
    for a, b in zip(*(kind.state.values() for kind in optimizers), strict=True):
        assert a.keys() == b.keys()
        for name in a:
            assert torch.equal(a[name], b[name]) and a[name].dtype == b[name].dtype
            assert a[name].stride() == b[name].stride()
    return optimizers


LAYOUTS = {
    "contiguous": lambda: torch.empty(4, 6),
    "transposed": lambda: torch.empty(6, 4).t(),
    "every other": lambda: torch.empty(4, 12)[:, ::2],
    "channels last": lambda: torch.empty(2, 3, 4, 5).to(memory_format=torch.channels_last),
    "empty": lambda: torch.empty(0, 3),
    "0-dim": lambda: torch.empty(()),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("path", IN_PLACE, ids=str)
def test_layouts_of_memory_change_no_bit(layout, path):
    generator = torch.Generator().manual_seed(0)

    def like(tensor):
        return tensor.copy_(torch.randn(tensor.shape, generator=generator))

    start = like(LAYOUTS[layout]())
    grads = [[like(LAYOUTS[layout]())] for _ in range(20)]

    def make():
        return [torch.nn.Parameter(LAYOUTS[layout]().copy_(start))]

    pair(make, grads, momentum=0.9, centered=True, weight_decay=0.01, **path)


def gradients(*shapes, n_steps=12, dtype=torch.float64, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [
        [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]
        for _ in range(n_steps)
    ]


def two_parameters():
    return [parameter(START), parameter(np.ones((2, 3)))]


@pytest.mark.parametrize("path", IN_PLACE, ids=str)
def test_a_learning_rate_in_a_tensor_and_one_that_changes_are_read_at_each_step(path):
    grads = gradients(4, (2, 3))
    pair(two_parameters, grads, lr=torch.tensor(0.02), **path)
    pair(two_parameters, grads, lr=torch.tensor([0.02]), momentum=0.9, **path)
    pair(two_parameters, grads, rates=np.geomspace(1, 1e-3, len(grads)), **path)


@pytest.mark.parametrize("path", IN_PLACE, ids=str)
def test_a_parameter_without_a_gradient_is_left_alone_and_starts_when_it_has_one(path):
    grads = gradients(4, (2, 3))
    for step, row in enumerate(grads):
        row[step % 2] = None
    ours, _ = pair(two_parameters, [[None, None], *grads], **path)
    assert [state["step"].item() for state in ours.state.values()] == [6, 6]


def test_groups_have_settings_of_their_own():
    grads = gradients(4, (2, 3))
    runs = []
    for kind in (RMSprop, torch.optim.RMSprop):
        params = two_parameters()
        groups = [{"params": params[:1], "lr": 0.5}, {"params": params[1:], "momentum": 0.9}]
        optimizer = kind(groups, alpha=0.9)
        extra = parameter(np.zeros(2))
        optimizer.add_param_group({"params": extra, "centered": True})
        rows = [[*row, torch.full((2,), float(i)).double()] for i, row in enumerate(grads)]
        runs.append(follow(optimizer, [*params, extra], rows))
    for mine, theirs in zip(*runs, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


SCHEDULERS = {
    "OneCycleLR": lambda o: torch.optim.lr_scheduler.OneCycleLR(o, 0.1, total_steps=12),
    "CosineAnnealingLR": lambda o: torch.optim.lr_scheduler.CosineAnnealingLR(o, 10),
    "StepLR": lambda o: torch.optim.lr_scheduler.StepLR(o, 3),
    "LambdaLR": lambda o: torch.optim.lr_scheduler.LambdaLR(o, lambda step: 1 / (1 + step)),
    "CyclicLR": lambda o: torch.optim.lr_scheduler.CyclicLR(o, 0.001, 0.1, step_size_up=4),
}


@pytest.mark.parametrize("scheduler", SCHEDULERS)
def test_schedulers_drive_it_as_they_drive_torch(scheduler):
    runs = []
    for kind in (RMSprop, torch.optim.RMSprop):
        params = two_parameters()
        optimizer, path = kind(params, momentum=0.9), []
        schedule = SCHEDULERS[scheduler](optimizer)
        for row in gradients(4, (2, 3), n_steps=11):
            path += follow(optimizer, params, [row])
            schedule.step()
            group = optimizer.param_groups[0]
            path.append([torch.tensor([group["lr"], group["momentum"]])])
        runs.append(path)
    assert len({tuple(entry[0].tolist()) for entry in runs[0][1::2]}) > 2  # it does drive
    for mine, theirs in zip(*runs, strict=True):
        assert all(torch.equal(a, b) for a, b in zip(mine, theirs, strict=True))


def test_a_closure_is_called_once_with_gradients_on_and_its_loss_is_returned():
    param = parameter(START)
    optimizer, calls = RMSprop([param]), []

    def closure():
        assert torch.is_grad_enabled()
        optimizer.zero_grad()
        loss = (param**2).sum()
        loss.backward()
        calls.append(loss.item())
        return loss

    with torch.no_grad():
        loss = optimizer.step(closure)
    assert calls == [loss.item()] == [14.25]
    assert optimizer.step() is None


@pytest.mark.parametrize("kind", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copy_goes_on_alike_and_shares_nothing(kind):
    settings = {"momentum": 0.9, "eps_inside_sqrt": True, "state_dtype": torch.float32}
    params = two_parameters()
    optimizer = RMSprop(params, **settings)
    rows = gradients(4, (2, 3))
    follow(optimizer, params, rows[:5])
    twin = kind(optimizer)
    twins = twin.param_groups[0]["params"]
    mine, theirs = follow(optimizer, params, rows[5:]), follow(twin, twins, rows[5:])
    assert all(torch.equal(a, b) for a, b in zip(mine[-1], theirs[-1], strict=True))
    assert twin.param_groups[0]["state_dtype"] is torch.float32


COMPILED = [
    {},
    {"momentum": 0.9, "centered": True, "weight_decay": 0.1, "maximize": True},
    {"momentum": 0.9, "eps_inside_sqrt": True, "lr_in_momentum": True, "nesterov": True},
    {"bias_correction": True, "decoupled_weight_decay": True, "weight_decay": 0.1},
]


@pytest.mark.parametrize("path", IN_PLACE, ids=str)
@pytest.mark.parametrize("settings", COMPILED, ids=str)
def test_the_compiled_step_is_one_graph_with_the_same_numbers(settings, path):
    rows = gradients(4, (2, 3))
    params, others = two_parameters(), two_parameters()
    expected = follow(RMSprop(params, **settings, **path), params, rows)
    torch._dynamo.reset()
    torch._dynamo.utils.counters.clear()
    optimizer = RMSprop(others, **settings, **path)
    compiled, eager = torch.compile(optimizer.step, backend="aot_eager"), optimizer.step
    optimizer.step = compiled
    got = follow(optimizer, others, rows)
    optimizer.step = eager
    for a, b in zip(expected, got, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-12, atol=1e-12)
    assert torch._dynamo.utils.counters["stats"]["unique_graphs"] == 1


def test_only_a_cuda_graph_may_be_asked_for_on_the_cpu_as_in_torch():
    for kind in (RMSprop, torch.optim.RMSprop):
        param = parameter(START)
        param.grad = torch.ones_like(param)
        with pytest.raises(AssertionError, match="If capturable=True, params and state_steps must"):
            kind([param], capturable=True).step()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="captures a CUDA graph: needs a GPU")
@pytest.mark.parametrize("path", [*IN_PLACE, PATHS["fused"]], ids=str)
def test_a_captured_graph_steps_as_the_eager_optimizer_does(path):
    settings = {"lr": torch.tensor(0.01, device="cuda"), "capturable": True, **path}
    rows = [[grad.cuda() for grad in row] for row in gradients(4, (2, 3), n_steps=1)]
    results = []
    for captured in (False, True):
        params = [torch.nn.Parameter(p.detach().cuda()) for p in two_parameters()]
        optimizer = RMSprop(params, momentum=0.9, **settings)
        follow(optimizer, params, rows * 3)
        if captured:
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                optimizer.step()
            for _ in range(5):
                graph.replay()
        else:
            follow(optimizer, params, rows * 5)
        results.append([p.detach() for p in params])
    for a, b in zip(*results, strict=True):
        torch.testing.assert_close(a, b)
