"""PyTorch's tests of optimizers, on our RMSprop: checkpoints, copies, hooks and groups.

A test that re-creates one of PyTorch's begins with its name; the table at the end, which is
printed when the tests have run, says where each of PyTorch's tests is.
"""

import io
import pickle
from copy import deepcopy

import pytest
import test_torch_optim_pytorch_updates as updates
import torch
from pytorch_material import (
    DEVICES,
    FALLS_BACK,
    MATERIAL,
    assert_alike,
    assert_same,
    each_case,
    gpu,
    named_in_material,
    plain_params,
    randn,
    take_steps,
)
from torch import nn
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from rmsprop_course.torch_optim import RMSprop

pytestmark = FALLS_BACK
NAMES = ["weight", "bias"]

named = pytest.mark.parametrize("is_named", [True, False], ids=["named", "unnamed"])
named_twin = pytest.mark.parametrize(
    "is_twin_named", [True, False], ids=["twin named", "twin unnamed"]
)


def construct(case, params, *, is_named=False, **more):
    given = list(zip(NAMES, params, strict=True)) if is_named else params
    return RMSprop(given, **case.settings() | more)


def stepped(case, *, n_steps=5, **more):
    """Return params and an optimizer that has taken some steps with them."""
    params = plain_params(case)
    optimizer = construct(case, params, **more)
    take_steps(optimizer, n_steps=n_steps)
    return params, optimizer


def clones(params):
    return [param.detach().clone() for param in params]


def without_names(state_dict):
    groups = [
        {key: value for key, value in group.items() if key != "param_names"}
        for group in state_dict["param_groups"]
    ]
    return {**state_dict, "param_groups": groups}


def assert_step_alike(ours, params, twin, twins, *, exact=True):
    """Raise unless two optimizers take equal steps and keep equal state."""
    for seed in range(1, 6):
        take_steps(ours, n_steps=1, seed=seed)
        take_steps(twin, n_steps=1, seed=seed)
        assert_alike(params, twins, exact=exact)
    assert_alike(ours.state_dict()["state"], twin.state_dict()["state"], exact=exact)


# Checkpoints continue as if nothing had happened


@named_twin
@named
@each_case()
def test_state_dict_deterministic(case, is_named, is_twin_named):
    params, ours = stepped(case, is_named=is_named)
    twins = clones(params)
    twin = construct(case, twins, is_named=is_twin_named)
    twin.load_state_dict(deepcopy(ours.state_dict()))
    assert_step_alike(ours, params, twin, twins)
    assert_same(without_names(ours.state_dict()), without_names(twin.state_dict()))
    twin.param_groups.extend(twin.param_groups)
    for group in without_names(twin.state_dict())["param_groups"]:
        assert_same(group, without_names(ours.state_dict())["param_groups"][0])


@named_twin
@named
@each_case()
def test_can_load_from_to_named_state_dict(case, is_named, is_twin_named):
    params, ours = stepped(case, is_named=is_named)
    twins = clones(params)
    twin = construct(case, twins, is_named=is_twin_named)
    twin.load_state_dict(ours.state_dict())
    names = twin.state_dict()["param_groups"][0].get("param_names")
    assert names == (NAMES if is_named or is_twin_named else None)
    assert_step_alike(ours, params, twin, twins)


@named
@each_case()
@pytest.mark.parametrize("weights_only", [True, False])
def test_save_load_equality_with_weights_only(case, is_named, weights_only):
    _, ours = stepped(case, is_named=is_named, state_dtype=torch.float64)
    file = io.BytesIO()
    torch.save(ours.state_dict(), file)
    file.seek(0)
    assert_same(torch.load(file, weights_only=weights_only), ours.state_dict())


@each_case()
def test_can_load_older_state_dict_as_pytorch_does(case):
    params, ours = stepped(case)
    twins = clones(params)
    theirs = torch.optim.RMSprop(twins, **case.pytorchs())
    older = deepcopy(ours.state_dict())
    for group in older["param_groups"]:
        for flag in MATERIAL.not_og_supported_flags:
            del group[flag]
    ours.load_state_dict(older)
    theirs.load_state_dict(older)
    assert ours.param_groups[0].items() >= {"maximize": False, "foreach": None}.items()
    is_fused = case.implementation == "fused"  # a path of its own: its last bits may differ
    assert_step_alike(ours, params, theirs, twins, exact=not is_fused)


@each_case()
def test_load_nontensor_step(case):
    params, ours = stepped(case)
    twins = clones(params)
    twin = construct(case, twins)
    state_dict = deepcopy(ours.state_dict())
    for state in state_dict["state"].values():
        state["step"] = int(state["step"])
    twin.load_state_dict(state_dict)
    assert_step_alike(ours, params, twin, twins)


COPIES = {"deepcopy": deepcopy, "pickle": lambda given: pickle.loads(pickle.dumps(given))}
each_copy = pytest.mark.parametrize("copy", COPIES.values(), ids=COPIES)


@each_copy
@each_case()
def test_a_copied_state_dict_continues_alike(case, copy):
    params, ours = stepped(case)
    twins = clones(params)
    twin = construct(case, twins)
    twin.load_state_dict(copy(ours.state_dict()))
    assert_step_alike(ours, params, twin, twins)


# Checkpoints for parameters elsewhere, or of another dtype


@pytest.mark.parametrize("device", DEVICES)
@each_case(devices=("cpu",))
def test_state_dict_with_cuda_params(case, device):
    params, ours = stepped(case)
    twins = [param.detach().clone().to(device) for param in params]
    twin = construct(case, twins)
    given = deepcopy(ours.state_dict())
    twin.load_state_dict(given)
    assert_same(given, ours.state_dict())
    for state in twin.state.values():
        assert state["step"].device.type == "cpu"
        assert {value.device.type for key, value in state.items() if key != "step"} == {device}
    for seed in range(5):
        take_steps(ours, n_steps=1, seed=seed)
        take_steps(twin, n_steps=1, seed=seed)
        torch.testing.assert_close([twin.to("cpu") for twin in twins], params)


@pytest.mark.parametrize(
    ("dtype", "state_dtype"),
    [(torch.float64, torch.float64), (torch.bfloat16, torch.float32)],
    ids=str,
)
@each_case()
def test_state_dict_with_params_cast_to_another_dtype_keeps_all_digits(case, dtype, state_dtype):
    params, ours = stepped(case)
    twins = [param.detach().to(dtype) for param in params]
    twin = construct(case, twins)
    twin.load_state_dict(ours.state_dict())
    for param, other in zip(params, twins, strict=True):
        assert_same(twin.state[other].pop("step"), ours.state[param].pop("step"))
        for name, value in ours.state[param].items():
            assert_same(twin.state[other][name], value.to(state_dtype))


@each_case("forloop", "foreach", "fused", devices=("cpu",))
@gpu
def test_cpu_load_state_dict_with_capturable_moves_step_to_the_gpu(case):
    params, ours = stepped(case)
    saved = deepcopy(ours.state_dict())
    saved["param_groups"][0]["capturable"] = True
    twins = [param.to("cuda") for param in params]
    twin = construct(case, twins, capturable=True)
    twin.load_state_dict(saved)
    assert {state["step"].device.type for state in twin.state.values()} == {"cuda"}
    take_steps(ours, n_steps=1, seed=1)
    take_steps(twin, n_steps=1, seed=1)
    torch.testing.assert_close([twin.to("cpu") for twin in twins], params)


@each_case("forloop", "foreach", "fused", devices=("cpu",))
def test_cpu_load_state_dict_with_capturable_refuses_to_step_on_the_cpu(case):
    params, ours = stepped(case)
    saved = deepcopy(ours.state_dict())
    saved["param_groups"][0]["capturable"] = True
    ours.load_state_dict(saved)
    before, state = clones(params), deepcopy(ours.state_dict())
    with pytest.raises(AssertionError, match=r"^If capturable=True, params and state_steps must"):
        take_steps(ours, n_steps=1)
    assert_same(params, before)
    assert_same(ours.state_dict(), state)


@each_case()
def test_entries_of_the_users_own_survive_a_load(case):
    params, ours = stepped(case)
    ours.param_groups[0]["layer"] = "first"
    ours.state[params[0]] |= {"note": 3, "history": [torch.arange(3.0, device=case.device), None]}
    twin = construct(case, clones(params))
    twin.load_state_dict(ours.state_dict())
    assert twin.param_groups[0]["layer"] == "first"
    assert_same(twin.state_dict(), ours.state_dict())


# Copies of the optimizer


def public_attributes(optimizer):
    return {name for name in vars(optimizer) if not name.startswith("_")}


@each_copy
@each_case()
def test_deepcopy_copies_all_public_attrs_and_continues_alike(case, copy):
    params, ours = stepped(case)
    twin = copy(ours)
    assert public_attributes(twin) == public_attributes(ours)
    assert_step_alike(ours, params, twin, twin.param_groups[0]["params"])


@each_case()
def test_optimizer_can_be_printed_with_every_setting(case):
    optimizer = construct(case, plain_params(case))
    printed = repr(optimizer).splitlines()
    assert printed[0] == "RMSprop ("
    for name, value in optimizer.defaults.items():
        assert f"    {name}: {value}" in printed


@each_case()
def test_non_empty_state(case):
    params, optimizer = stepped(case, n_steps=1)
    settings, expected = case.settings(), {"step", "square_avg"}
    expected |= {"momentum_buffer"} if settings.get("momentum") else set()
    expected |= {"grad_avg"} if settings.get("centered") else set()
    for param in params:
        assert optimizer.state[param].keys() == expected
        assert optimizer.state[param]["square_avg"].count_nonzero() == param.numel()


# Hooks of state_dict and load_state_dict


def add_entry(optimizer):
    optimizer.state["test"] = 1


def remove_entry(_, state_dict):
    state_dict["ran_state_dict_pre_hook"] = state_dict["state"].pop("test", None) == 1
    return state_dict


@each_case()
def test_state_dict_pre_hook(case):
    optimizer = construct(case, plain_params(case))
    optimizer.register_state_dict_pre_hook(add_entry)
    assert optimizer.state_dict()["state"] == {"test": 1}


@each_case()
def test_state_dict_post_hook(case):
    optimizer = construct(case, plain_params(case))
    optimizer.register_state_dict_post_hook(remove_entry)
    assert optimizer.state_dict()["ran_state_dict_pre_hook"] is False


@each_case()
def test_state_dict_pre_post_hook(case):
    optimizer = construct(case, plain_params(case))
    optimizer.register_state_dict_pre_hook(add_entry)
    optimizer.register_state_dict_post_hook(remove_entry)
    state_dict = optimizer.state_dict()
    assert state_dict["ran_state_dict_pre_hook"] is True
    assert state_dict["state"] == {}


def set_rate(_, state_dict):
    state_dict["param_groups"][0]["lr"] = 0.002


def replace_rate(_, state_dict):
    replaced = deepcopy(state_dict)
    replaced["param_groups"][0]["lr"] = 0.003
    return replaced


def note_rate(optimizer):
    optimizer.state["rate when loaded"] = optimizer.param_groups[0]["lr"]


@each_case()
def test_load_state_dict_pre_hook_and_prepend(case):
    _, optimizer = stepped(case)
    state_dict = optimizer.state_dict()
    optimizer.register_load_state_dict_pre_hook(set_rate)
    optimizer.load_state_dict(state_dict)
    assert optimizer.param_groups[0]["lr"] == 0.002
    handle = optimizer.register_load_state_dict_pre_hook(replace_rate, prepend=True)
    optimizer.load_state_dict(state_dict)
    assert optimizer.param_groups[0]["lr"] == 0.002
    handle.remove()
    optimizer.register_load_state_dict_pre_hook(replace_rate)
    optimizer.load_state_dict(state_dict)
    assert optimizer.param_groups[0]["lr"] == 0.003


def double_square_avg(_, state_dict):
    doubled = deepcopy(state_dict)
    for state in doubled["state"].values():
        state["square_avg"] *= 2
    return doubled


@each_case()
def test_load_state_dict_pre_hook_that_replaces_the_state_is_heeded(case):
    params, optimizer = stepped(case)
    before = deepcopy(optimizer.state_dict())
    optimizer.register_load_state_dict_pre_hook(double_square_avg)
    optimizer.load_state_dict(optimizer.state_dict())
    for number, param in enumerate(params):
        expected = 2 * before["state"][number]["square_avg"]
        assert_same(optimizer.state[param]["square_avg"], expected)


@each_case()
def test_load_state_dict_post_hook(case):
    _, optimizer = stepped(case)
    optimizer.register_load_state_dict_post_hook(note_rate)
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state["rate when loaded"] == case.settings().get("lr", 0.01)


@each_case()
def test_load_state_dict_post_hook_sees_the_state_that_the_next_step_uses(case):
    (param, *_), seen = plain_params(case, torch.bfloat16), []
    optimizer = RMSprop([param], **case.settings())
    take_steps(optimizer)
    before = clones([optimizer.state[param]["square_avg"]])
    optimizer.register_load_state_dict_post_hook(
        lambda loaded: seen.append(loaded.state[param]["square_avg"])
    )
    optimizer.load_state_dict(optimizer.state_dict())
    assert_same(seen, before)
    assert seen[0] is optimizer.state[param]["square_avg"]


@each_case()
def test_load_state_dict_pre_post_hook(case):
    _, optimizer = stepped(case)
    optimizer.register_load_state_dict_pre_hook(replace_rate)
    optimizer.register_load_state_dict_post_hook(note_rate)
    optimizer.load_state_dict(optimizer.state_dict())
    assert optimizer.state["rate when loaded"] == 0.003


@each_case()
def test_hooks_of_the_users_own_are_all_that_a_load_leaves_behind(case):
    _, ours = stepped(case)
    for _ in range(2):
        ours.load_state_dict(ours.state_dict())
    assert not ours._optimizer_load_state_dict_pre_hooks
    assert not ours._optimizer_load_state_dict_post_hooks


# Hooks of step


@each_case()
def test_step_pre_hook_sees_the_parameters_before_the_step(case):
    params, optimizer = stepped(case)
    before, seen = clones(params), []
    handle = optimizer.register_step_pre_hook(lambda *_: seen.append(clones(params)))
    take_steps(optimizer, n_steps=1)
    assert_same(seen, [before])
    handle.remove()
    take_steps(optimizer, n_steps=1)
    assert len(seen) == 1


@each_case()
def test_step_post_hook_sees_the_parameters_after_the_step(case):
    params, optimizer = stepped(case)
    before, seen = clones(params), []
    handle = optimizer.register_step_post_hook(lambda *_: seen.append(clones(params)))
    take_steps(optimizer, n_steps=1)
    assert_same(seen, [params])
    assert not torch.equal(seen[0][0], before[0])
    handle.remove()
    take_steps(optimizer, n_steps=1)
    assert len(seen) == 1


@each_case()
def test_step_all_hooks_run_from_global_to_local_and_back(case):
    params = plain_params(case)
    optimizers, order = [construct(case, params), torch.optim.SGD(params)], []

    def note(text):
        return lambda *_: order.append(text)

    handles = [
        register_optimizer_step_pre_hook(note("global pre")),
        register_optimizer_step_post_hook(note("global post")),
    ]
    try:
        for optimizer in optimizers:
            handles.append(optimizer.register_step_pre_hook(note("pre")))
            handles.append(optimizer.register_step_post_hook(note("post")))
            take_steps(optimizer, n_steps=1)
    finally:
        for handle in handles:
            handle.remove()
    assert order == ["global pre", "pre", "post", "global post"] * 2
    for optimizer in optimizers:
        take_steps(optimizer, n_steps=1)
    assert len(order) == 8


# Groups and names


@each_case("forloop", "foreach", "fused")
def test_groups_of_named_parameters_keep_their_names(case):
    network = nn.ModuleDict({"first": nn.Linear(2, 3), "last": nn.Linear(3, 1)}).to(case.device)
    ours = RMSprop(network["first"].named_parameters(), **case.settings())
    ours.add_param_group({"params": network["last"].named_parameters("last"), "lr": 0.5})
    take_steps(ours)
    twin = RMSprop(deepcopy(network["first"]).parameters(), **case.settings())
    twin.add_param_group({"params": deepcopy(network["last"]).parameters()})
    twin.load_state_dict(ours.state_dict())
    names = [group["param_names"] for group in twin.param_groups]
    assert names == [["weight", "bias"], ["last.weight", "last.bias"]]
    assert twin.param_groups[1]["lr"] == 0.5
    assert_same(twin.state_dict(), ours.state_dict())


@each_case()
def test_a_group_without_names_is_refused_where_the_others_have_names(case):
    _, optimizer = stepped(case, is_named=True)
    before = deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=r"^all optimizer param groups should be with/without"):
        optimizer.add_param_group({"params": [randn(3, device=case.device)]})
    assert_same(optimizer.state_dict(), before)


@each_case()
def test_a_group_with_a_setting_that_pytorch_refuses_is_not_added(case):
    _, optimizer = stepped(case)
    before = deepcopy(optimizer.state_dict())
    with pytest.raises(ValueError, match=r"^Invalid momentum value: -1.0"):
        optimizer.add_param_group({"params": [randn(3, device=case.device)], "momentum": -1.0})
    assert_same(optimizer.state_dict(), before)


# PyTorch's tests of optimizers: how many cases of each run here, or why none

PYTORCHS = [
    "test_optim_infos_do_not_specify_global_cliquey_kwargs",
    "test_errors",
    "test_forloop_goes_right_direction",
    "test_forloop_goes_right_direction_multigpu",
    "test_param_group_with_lrscheduler_goes_right_direction",
    "test_tensor_lr",
    "test_rosenbrock_sparse",
    "test_complex",
    "test_complex_2d",
    "test_foreach_matches_forloop",
    "test_fused_matches_forloop",
    "test_fused_cpu_matches_cuda",
    "test_fused_does_not_step_if_foundinf",
    "test_fused_error_on_params_on_meta",
    "test_fused_large_tensor",
    "test_mixed_device_dtype",
    "test_set_default_dtype_works_with_foreach",
    "test_foreach_large_tensor",
    "test_peak_memory_foreach",
    "test_param_groups_weight_decay",
    "test_param_groups_lr",
    "test_step_is_noop_when_params_have_no_grad",
    "test_step_is_noop_for_zero_grads",
    "test_optimizer_can_be_printed",
    "test_state_dict_deterministic",
    "test_can_load_older_state_dict",
    "test_can_load_from_to_named_state_dict",
    "test_save_load_equality_with_weights_only",
    "test_load_nontensor_step",
    "test_state_dict_with_cuda_params",
    "test_cpu_load_state_dict",
    "test_state_dict_pre_hook",
    "test_state_dict_post_hook",
    "test_state_dict_pre_post_hook",
    "test_load_state_dict_pre_hook_and_prepend",
    "test_load_state_dict_post_hook",
    "test_load_state_dict_pre_post_hook",
    "test_step_post_hook",
    "test_step_pre_hook",
    "test_step_all_hooks",
    "test_deepcopy_copies_all_public_attrs",
    "test_defaults_changed_to_foreach",
    "test_non_empty_state",
]

LEFT_OUT = {
    "test_second_order_optims_return_consistent_types": "RMSprop calls its closure only once",
}


def recreated(test_name):
    """Return the test of PyTorch that a test here begins with, the longest if several, or None."""
    fitting = [name for name in PYTORCHS if f"{test_name}_".startswith(f"{name}_")]
    return max(fitting, key=len, default=None)


def test_every_test_of_pytorch_is_recreated_or_left_out_for_a_reason(request, record_property):
    names = set(vars(updates)) | set(globals())
    assert {recreated(name) for name in names if name.startswith("test_")} == {None, *PYTORCHS}
    assert named_in_material() <= {*PYTORCHS, *LEFT_OUT}
    cases = [
        item
        for item in request.session.items
        if getattr(item, "module", None) in (updates, request.module)
    ]
    n_skipped = sum(item.get_closest_marker("skipif") is not None for item in cases)
    record_property(
        "pytorch",
        f"{len(PYTORCHS)} of PyTorch's tests of optimizers, {len(LEFT_OUT)} left out; "
        f"{len(cases) - n_skipped} cases here, and {n_skipped} groups of cases on GPUs",
    )
