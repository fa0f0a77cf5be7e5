"""What settings, gradients and checkpoints the torch optimizer takes, and what it refuses."""

import copy
import inspect
import re

import pytest

torch = pytest.importorskip("torch", reason="tests the torch optimizer: the extra 'torch'")

from rmsprop_course.torch_optim import RMSprop  # noqa: E402

NAN, INF = float("nan"), float("inf")
SETTINGS = list(inspect.signature(RMSprop).parameters)[1:]


def parameter(*shape, dtype=torch.float32):
    return torch.nn.Parameter(torch.ones(shape, dtype=dtype))


def trained(kind=RMSprop, dtype=torch.float32, n_steps=5, **settings):
    """An optimizer over two parameters after some steps, and the parameters."""
    params = [parameter(3, dtype=dtype), parameter(2, 2, dtype=dtype)]
    optimizer = kind(params, **settings)
    train(optimizer, params, n_steps)
    return optimizer, params


def train(optimizer, params, n_steps, seed=0):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_steps):
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator).to(param.dtype)
        optimizer.step()


def snapshot(optimizer):
    return copy.deepcopy(optimizer.state_dict())


def same(a, b):
    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list):
        return len(a) == len(b) and all(map(same, a, b))
    return a == b


REFUSED = [
    *(("lr", v, ValueError, "Invalid learning rate: ", "[0, inf)") for v in (-1, NAN, INF)),
    ("lr", torch.tensor(-0.5), ValueError, "Invalid learning rate: ", "[0, inf)"),
    ("lr", torch.tensor([1.0, 2.0]), ValueError, "Tensor lr must be 1-element", ""),
    ("lr", "fast", TypeError, "Invalid learning rate: fast", "a number or a tensor of one"),
    *(("alpha", v, ValueError, "Invalid alpha value: ", "[0, 1)") for v in (2.0, 1, -0.1, NAN)),
    ("alpha", torch.tensor(0.9), TypeError, "Invalid alpha value: ", "a number, got Tensor"),
    *(("eps", v, ValueError, "Invalid epsilon value: ", "[0, inf)") for v in (-1e-8, NAN, INF)),
    *(("momentum", v, ValueError, "Invalid momentum value: ", "[0, 1)") for v in (1.5, 1, -1, NAN)),
    *(
        ("weight_decay", v, ValueError, "Invalid weight_decay value: ", "[0, inf)")
        for v in (-1, NAN)
    ),
    ("weight_decay", None, TypeError, "Invalid weight_decay value: None", "a number, got NoneType"),
    *(
        ("initial_square_avg", v, ValueError, "Invalid initial_square_avg value: ", "[0, inf)")
        for v in (-1.0, NAN, INF)
    ),
    *(
        (flag, "no", TypeError, f"Invalid {flag} value: 'no'", "True or False")
        for flag in SETTINGS
        if inspect.signature(RMSprop).parameters[flag].default is False
    ),
    ("foreach", 1, TypeError, "Invalid foreach value: 1", "True, False or None"),
    ("fused", "yes", TypeError, "Invalid fused value: 'yes'", "True, False or None"),
    ("state_dtype", torch.int32, ValueError, "Invalid state_dtype value: torch.int32", "None, "),
    ("state_dtype", "float32", ValueError, "Invalid state_dtype value: 'float32'", "None, "),
]
UNDEFINED = [
    ({"nesterov": True}, ValueError, "Nesterov momentum requires a momentum"),
    (
        {"bias_correction": True, "initial_square_avg": 1.0},
        ValueError,
        "initial_square_avg must be 0 with it, got 1.0",
    ),
    ({"foreach": True, "fused": True}, RuntimeError, "`fused` and `foreach` cannot be `True`"),
    ({"foreach": True, "differentiable": True}, RuntimeError, "does not support `differentiable`"),
    ({"fused": True, "differentiable": True}, RuntimeError, "does not support `differentiable`"),
]


@pytest.mark.parametrize(("name", "value", "error", "begins", "rule"), REFUSED, ids=str)
def test_a_setting_that_is_not_allowed_is_named_with_rule_and_value(
    name, value, error, begins, rule
):
    with pytest.raises(error, match=f"^{re.escape(begins)}.*{re.escape(rule)}"):
        RMSprop([parameter(2)], **{name: value})
    with pytest.raises(error, match=f"^{re.escape(begins)}"):
        RMSprop([{"params": [parameter(2)], name: value}])


@pytest.mark.parametrize(("settings", "error", "message"), UNDEFINED, ids=str)
def test_settings_that_are_undefined_together_are_refused(settings, error, message):
    with pytest.raises(error, match=re.escape(message)):
        RMSprop([parameter(2)], **settings)


@pytest.mark.parametrize("name", ["lr", "alpha", "eps", "momentum", "weight_decay"])
def test_where_torch_refuses_too_our_message_begins_with_its_words(name):
    with pytest.raises(ValueError, match="Invalid") as theirs:
        torch.optim.RMSprop([parameter(2)], **{name: -1.0})
    with pytest.raises(ValueError, match="Invalid") as ours:
        RMSprop([parameter(2)], **{name: -1.0})
    assert str(ours.value).startswith(str(theirs.value))


def test_the_edges_of_each_range_are_allowed():
    RMSprop([parameter(2)], lr=0, alpha=0, eps=0, weight_decay=0, momentum=0)
    RMSprop([parameter(2)], lr=torch.tensor([0.1]), alpha=1 - 1e-12, momentum=0.999)


def test_a_group_that_is_refused_is_not_added():
    optimizer, params = trained()
    before = snapshot(optimizer)
    with pytest.raises(ValueError, match="Invalid alpha value: 3"):
        optimizer.add_param_group({"params": [parameter(2)], "alpha": 3})
    with pytest.raises(ValueError, match="more than one parameter group"):
        optimizer.add_param_group({"params": params})
    assert same(before, snapshot(optimizer))
    train(optimizer, params, 1)


def test_a_group_edited_in_training_is_checked_before_the_step():
    optimizer, params = trained()
    for name, value in (("lr", -1.0), ("momentum", 1.0), ("centered", "yes"), ("nesterov", True)):
        kept = optimizer.param_groups[0][name]
        optimizer.param_groups[0][name] = value
        before = snapshot(optimizer), [p.detach().clone() for p in params]
        with pytest.raises((ValueError, TypeError)):
            optimizer.step()
        assert same(before[0], snapshot(optimizer))
        assert same(before[1], [p.detach() for p in params])
        optimizer.param_groups[0][name] = kept


def test_every_setting_stands_in_the_docstring():
    documented = re.findall(r"^    (\w+) : ", RMSprop.__doc__, re.M)
    assert documented == ["params", *SETTINGS]
    for name in ("nesterov", "bias_correction", "centered", "lr_in_momentum", "maximize"):
        assert re.search(rf"^    {name} {{2,}}", RMSprop.__doc__, re.M), name


# --- The dtype of the state ---


@pytest.mark.parametrize(
    ("dtype", "state_dtype", "kept"),
    [
        (torch.float16, None, torch.float32),
        (torch.bfloat16, None, torch.float32),
        (torch.float32, None, torch.float32),
        (torch.float64, None, torch.float64),
        (torch.complex64, None, torch.complex64),
        (torch.complex128, None, torch.complex128),
        (torch.bfloat16, torch.bfloat16, torch.bfloat16),
        (torch.float32, torch.bfloat16, torch.bfloat16),
        (torch.float32, torch.float64, torch.float64),
        (torch.complex64, torch.float64, torch.complex128),
    ],
    ids=str,
)
@pytest.mark.parametrize("path", [{"foreach": False}, {"foreach": True}, {"fused": True}], ids=str)
@pytest.mark.filterwarnings("ignore:fused=True:UserWarning")  # not every dtype has a kernel
def test_state_has_the_dtype_that_was_asked_for_and_the_parameter_its_own(
    dtype, state_dtype, kept, path
):
    settings = {"momentum": 0.9, "centered": True, **path}
    optimizer, params = trained(dtype=dtype, state_dtype=state_dtype, **settings)
    for param in params:
        state = optimizer.state[param]
        assert {state[name].dtype for name in state if name != "step"} == {kept}
        assert state["step"].dtype == torch.float32
        assert param.dtype == dtype
    _, doubles = trained(dtype=torch.complex128 if dtype.is_complex else torch.float64, **settings)
    tolerance = 0.1 if torch.bfloat16 in (dtype, kept) else 1e-2 if dtype.itemsize == 2 else 1e-5
    for param, double in zip(params, doubles, strict=True):
        torch.testing.assert_close(param.to(double.dtype), double, rtol=tolerance, atol=tolerance)


def test_a_complex_parameter_has_no_bfloat16_state():
    with pytest.raises(ValueError, match=r"state_dtype value: torch\.bfloat16 .* complex"):
        trained(dtype=torch.complex64, state_dtype=torch.bfloat16)


def test_a_float32_parameter_with_bfloat16_state_is_not_rounded_to_bfloat16():
    param = parameter(1)
    param.grad = torch.full((1,), 1e-3)
    RMSprop([param], lr=1e-5, state_dtype=torch.bfloat16).step()
    assert param.item() == pytest.approx(1 - 1e-4, abs=2e-7)  # 1 - 1e-4 is 1 in bfloat16


def test_a_gradient_of_another_dtype_needs_the_parameters_leave():
    param = parameter(2, dtype=torch.bfloat16)
    param.grad_dtype = None
    param.grad = torch.tensor([1.0, 1 + 2**-12])
    optimizer = RMSprop([param], alpha=0.5)
    optimizer.step()
    first, second = optimizer.state[param]["square_avg"].tolist()
    assert second > first == 0.5  # in bfloat16 the two would be equal


# --- Checkpoints ---


def test_loading_keeps_float32_state_where_torch_rounds_it():
    optimizer, params = trained(dtype=torch.bfloat16)
    exact = optimizer.state[params[0]]["square_avg"].clone()
    ours, theirs = RMSprop(params), torch.optim.RMSprop(params)
    ours.load_state_dict(snapshot(optimizer))
    theirs.load_state_dict(snapshot(optimizer))
    assert torch.equal(ours.state[params[0]]["square_avg"], exact)
    assert theirs.state[params[0]]["square_avg"].dtype == torch.bfloat16
    halved = RMSprop(params, state_dtype=torch.bfloat16)
    checkpoint = snapshot(optimizer)
    checkpoint["param_groups"][0]["state_dtype"] = torch.bfloat16
    halved.load_state_dict(checkpoint)
    assert torch.equal(halved.state[params[0]]["square_avg"], exact.bfloat16())


def test_loading_copies_so_that_two_optimizers_never_share_state():
    optimizer, params = trained(momentum=0.9)
    twin = RMSprop(params)
    twin.load_state_dict(optimizer.state_dict())
    for state, other in zip(optimizer.state.values(), twin.state.values(), strict=True):
        assert same(state, other)
        assert all(state[name].data_ptr() != other[name].data_ptr() for name in state)


def test_a_checkpoint_of_torch_brings_its_settings_and_leaves_ours():
    theirs, params = trained(torch.optim.RMSprop, momentum=0.9, lr=0.5)
    ours = RMSprop(params, eps_inside_sqrt=True, state_dtype=torch.float64, alpha=0.5)
    ours.load_state_dict(theirs.state_dict())
    group = ours.param_groups[0]
    assert (group["lr"], group["alpha"], group["momentum"]) == (0.5, 0.99, 0.9)
    assert group["eps_inside_sqrt"] is True
    assert ours.state[params[0]]["momentum_buffer"].dtype == torch.float64


def test_an_old_checkpoint_gets_the_defaults_that_torch_gives_it():
    optimizer, params = trained()
    old = snapshot(optimizer)
    for group in old["param_groups"]:
        for name in ("momentum", "centered", "foreach", "maximize", "capturable"):
            del group[name]
    for state in old["state"].values():
        state["step"] = 5
    loaded = []
    for kind in (RMSprop, torch.optim.RMSprop):
        fresh = kind(params, momentum=0.9, maximize=True)
        fresh.load_state_dict(copy.deepcopy(old))
        group = fresh.param_groups[0]
        assert fresh.state[params[0]]["step"].item() == 5
        loaded.append({name: group[name] for name in ("momentum", "centered", "maximize")})
    assert loaded[0] == loaded[1] == {"momentum": 0, "centered": False, "maximize": False}


def spoil_setting(checkpoint):
    checkpoint["param_groups"][0]["alpha"] = 2.0


def spoil_shape(checkpoint):
    checkpoint["state"][1]["square_avg"] = torch.zeros(7)


def spoil_kind(checkpoint):
    checkpoint["state"][1]["square_avg"] = torch.zeros(2, 2, dtype=torch.int64)


def drop_parameter(checkpoint):
    checkpoint["param_groups"][0]["params"].pop()


def add_group(checkpoint):
    checkpoint["param_groups"].append(checkpoint["param_groups"][0])


@pytest.mark.parametrize(
    ("spoil", "error", "message"),
    [
        (spoil_setting, ValueError, r"Invalid alpha value: 2\.0"),
        (spoil_shape, RuntimeError, "square_avg must have the parameter's shape"),
        (spoil_kind, RuntimeError, "square_avg must hold numbers like the parameter's"),
        (drop_parameter, ValueError, "doesn't match the size of optimizer's group"),
        (add_group, ValueError, "different number of parameter groups"),
    ],
)
def test_a_checkpoint_that_does_not_fit_changes_nothing(spoil, error, message):
    optimizer, params = trained(momentum=0.9)
    checkpoint, before = snapshot(optimizer), snapshot(optimizer)
    spoil(checkpoint)
    with pytest.raises(error, match=message):
        optimizer.load_state_dict(checkpoint)
    assert same(before, snapshot(optimizer))
    assert not optimizer._optimizer_load_state_dict_pre_hooks
    assert not optimizer._optimizer_load_state_dict_post_hooks
    train(optimizer, params, 1)


def test_hooks_of_the_user_see_and_may_change_a_checkpoint():
    optimizer, params = trained()
    fresh = RMSprop(params)
    fresh.register_load_state_dict_pre_hook(
        lambda _, given: {
            **given,
            "param_groups": [{**group, "lr": 0.25} for group in given["param_groups"]],
        }
    )
    seen = []
    fresh.register_load_state_dict_post_hook(lambda o: seen.append(o.state[params[0]]["step"]))
    fresh.load_state_dict(optimizer.state_dict())
    assert fresh.param_groups[0]["lr"] == 0.25
    assert seen[0] is fresh.state[params[0]]["step"]


# --- Back to torch ---


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"momentum": 0.9, "centered": True, "weight_decay": 0.1, "maximize": True},
        {"eps_inside_sqrt": True, "eps": 0},
        {"lr_in_momentum": True, "decoupled_weight_decay": True},  # nothing to act on
        {"initial_square_avg": 1.0},  # every parameter has its state
        {"foreach": True},
        {"dtype": torch.bfloat16, "state_dtype": torch.bfloat16},
    ],
    ids=str,
)
def test_to_torch_goes_on_to_the_last_bit_and_shares_no_state(settings):
    optimizer, params = trained(**settings)
    start = [param.detach().clone() for param in params]
    theirs = optimizer.to_torch()
    assert type(theirs) is torch.optim.RMSprop
    assert set(theirs.defaults) == set(torch.optim.RMSprop([parameter(1)]).defaults)
    ends = []
    for kind in (optimizer, theirs):
        with torch.no_grad():
            for param, value in zip(params, start, strict=True):
                param.copy_(value)
        train(kind, params, 100, seed=1)
        ends.append([param.detach().clone() for param in params])
    assert same(ends[0], ends[1])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"eps_inside_sqrt": True}, "eps_inside_sqrt=True"),
        ({"momentum": 0.9, "lr_in_momentum": True}, "lr_in_momentum=True"),
        ({"momentum": 0.9, "nesterov": True}, "nesterov=True"),
        ({"weight_decay": 0.1, "decoupled_weight_decay": True}, "decoupled_weight_decay=True"),
        ({"bias_correction": True}, "bias_correction=True"),
        ({"initial_square_avg": 1.0, "n_steps": 0}, "initial_square_avg=1.0"),
        ({"state_dtype": torch.float64}, "state in torch.float64 for a parameter in torch.float32"),
        ({"dtype": torch.bfloat16}, "state in torch.float32 for a parameter in torch.bfloat16"),
    ],
    ids=str,
)
def test_to_torch_names_what_torch_cannot_express(settings, said):
    optimizer, _ = trained(**settings)
    with pytest.raises(ValueError, match=f"torch.optim.RMSprop cannot express {re.escape(said)}"):
        optimizer.to_torch()


def test_to_torch_keeps_groups_their_names_and_what_schedulers_left_in_them():
    model = torch.nn.Linear(2, 1)
    named = list(model.named_parameters())
    optimizer = RMSprop([{"params": named[:1], "lr": 0.5}, {"params": named[1:]}])
    torch.optim.lr_scheduler.StepLR(optimizer, 3)
    theirs = optimizer.to_torch()
    for ours, group in zip(optimizer.param_groups, theirs.param_groups, strict=True):
        assert all(ours[name] == group[name] for name in group if name != "params")
        assert all(a is b for a, b in zip(ours["params"], group["params"], strict=True))
    assert [group["param_names"] for group in theirs.param_groups] == [["weight"], ["bias"]]
    assert theirs.param_groups[0]["initial_lr"] == 0.5
