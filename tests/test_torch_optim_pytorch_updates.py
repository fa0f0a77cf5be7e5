"""PyTorch's tests of optimizers, on our RMSprop: what a step does to parameters and state.

PyTorch compares an optimizer with itself; the section "Beside torch.optim.RMSprop" compares ours
with PyTorch's. A test that re-creates one of PyTorch's begins with its name; the table at the end
of `test_torch_optim_pytorch_state.py` lists them.
"""

from contextlib import nullcontext
from copy import deepcopy
from unittest.mock import patch

import pytest
import torch
from pytorch_material import (
    DEVICES,
    FALLS_BACK,
    IMPLEMENTATIONS,
    MATERIAL,
    Regression,
    assert_alike,
    assert_same,
    each_case,
    gpu,
    plain_params,
    randn,
    state_tensors,
    take_steps,
    two_gpus,
)
from torch import nn

from rmsprop_course.torch_optim import RMSprop

pytestmark = FALLS_BACK
REFUSED = MATERIAL.optim_error_inputs_func(device="cpu", dtype=torch.float32)

FREE_GPU_BYTES = torch.cuda.mem_get_info()[0] if torch.cuda.is_available() else 0


# What is refused


def said_by(optimizer_class, entry):
    given = entry.optimizer_error_input
    if issubclass(entry.error_type, Warning):
        with pytest.warns(entry.error_type, match=entry.error_regex) as caught:
            optimizer_class(given.params, **given.kwargs)
        return str(caught[0].message)
    with pytest.raises(entry.error_type, match=entry.error_regex) as caught:
        optimizer_class(given.params, **given.kwargs)
    return str(caught.value)


@pytest.mark.parametrize(
    "entry", REFUSED, ids=[entry.optimizer_error_input.desc for entry in REFUSED]
)
def test_errors_begin_with_pytorchs_words(entry):
    assert said_by(RMSprop, entry).startswith(said_by(torch.optim.RMSprop, entry))


@pytest.mark.parametrize("implementation", IMPLEMENTATIONS)
@pytest.mark.parametrize("device", DEVICES)
def test_rosenbrock_sparse_gradients_are_refused_and_nothing_changes(device, implementation):
    params = [randn(2, seed=seed, device=device) for seed in range(2)]
    params[0].grad = torch.ones_like(params[0])
    index, values = torch.tensor([[1, 1]]), torch.tensor([0.25, 0.75])  # uncoalesced, as PyTorch's
    params[1].grad = torch.sparse_coo_tensor(
        index, values, (2,), device=device, check_invariants=True
    )
    before, optimizer = deepcopy(params), RMSprop(params, **IMPLEMENTATIONS[implementation])
    with pytest.raises(RuntimeError, match=r"^RMSprop does not support sparse gradients$"):
        optimizer.step()
    assert_same(params, before)
    assert not optimizer.state


# The loss goes in the right direction


def test_optim_infos_do_not_specify_global_cliquey_kwargs():
    for entry in MATERIAL.optim_inputs_func(device="cuda"):
        assert not entry.kwargs.keys() & {"foreach", "fused", "differentiable"}


def check_direction(case, problem, optimizer, constructors=()):
    rise = problem.rise(optimizer, [construct(optimizer) for construct in constructors])
    assert rise * case.sign() > 0


SCHEDULERS = {"constant lr": (), "schedulers": MATERIAL.scheduler_inputs[0]}
each_schedule = pytest.mark.parametrize("constructors", SCHEDULERS.values(), ids=SCHEDULERS)


@pytest.mark.parametrize("contiguous", [True, False], ids=["contiguous", "strided"])
@each_schedule
@each_case("forloop", "foreach", "fused")
def test_forloop_goes_right_direction(case, constructors, contiguous):
    problem = Regression(case.device, contiguous=contiguous)
    optimizer = RMSprop([problem.weight, problem.bias], **case.settings())
    check_direction(case, problem, optimizer, constructors)


@two_gpus
@each_schedule
@each_case("forloop", "foreach", "fused", devices=("cuda",))
def test_forloop_goes_right_direction_multigpu(case, constructors):
    problem = Regression("cuda:0", "cuda:1")
    optimizer = RMSprop([problem.weight, problem.bias], **case.settings())
    check_direction(case, problem, optimizer, constructors)


@each_case("forloop", "foreach", "fused")
def test_param_group_with_lrscheduler_goes_right_direction(case):
    problem = Regression(case.device)
    groups = [{"params": [problem.weight]}, {"params": [problem.bias], "lr": 0.01}]
    optimizer = RMSprop(groups, **case.settings())
    check_direction(case, problem, optimizer, SCHEDULERS["schedulers"])


# A learning rate in a tensor


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("shape", [(), (1,), (1, 1)], ids=str)
@each_case()
def test_tensor_lr_steps_as_the_number_does(case, shape, dtype):
    params, twins = plain_params(case), plain_params(case)
    rate = torch.full(shape, 1e-3, dtype=dtype)
    ours = RMSprop(params, **case.settings() | {"lr": rate})
    take_steps(ours, n_steps=5)
    take_steps(RMSprop(twins, **case.settings() | {"lr": 1e-3}), n_steps=5)
    exact = case.device == "cpu" and dtype == torch.float64  # float32 has no 0.001
    assert_alike(params, twins, exact=exact)
    assert ours.param_groups[0]["lr"] is rate
    assert torch.equal(rate, torch.full(shape, 1e-3, dtype=dtype))


# Complex parameters are pairs of reals


def real_twins(params):
    return [torch.view_as_real(p).clone() if p.is_complex() else p.clone() for p in params]


@pytest.mark.parametrize("dtype", [torch.complex64, torch.complex128], ids=str)
@each_case()
def test_complex_steps_as_pairs_of_reals(case, dtype):
    shapes_and_dtypes = [((10, 5), dtype), ((10,), dtype), ((10, 5), torch.float32)]
    params = [randn(*s, seed=7, dtype=d, device=case.device) for s, d in shapes_and_dtypes]
    twins = real_twins(params)
    ours, real = RMSprop(params, **case.settings()), RMSprop(twins, **case.settings())
    for number in range(5):
        for param, twin in zip(params, twins, strict=True):
            param.grad = randn(*param.shape, seed=number, dtype=param.dtype, device=case.device)
            (twin.grad,) = real_twins([param.grad])
        ours.step()
        real.step()
        assert_same(real_twins(params), twins)
        assert_same(real_twins(state_tensors(ours, params)), state_tensors(real, twins))


def rosenbrock(x, y):
    return (1 - x) ** 2 + 100 * (y - x**2) ** 2


@each_case("forloop", "foreach", "fused")
def test_complex_2d_steps_as_real_and_imaginary_part(case):
    whole = randn(2, dtype=torch.complex64, device=case.device).requires_grad_()
    parts = [part.detach().clone().requires_grad_() for part in (whole.real, whole.imag)]
    ours, split = RMSprop([whole], **case.settings()), RMSprop(parts, **case.settings())
    for _ in range(3):
        ours.zero_grad()
        split.zero_grad()
        rosenbrock(*whole).abs().backward()
        rosenbrock(*torch.complex(*parts)).abs().backward()
        torch.testing.assert_close(torch.complex(*(part.grad for part in parts)), whole.grad)
        ours.step()
        split.step()
        torch.testing.assert_close(torch.complex(*parts).detach(), whole.detach())


# foreach and fused beside the for-loop

LOOP = IMPLEMENTATIONS["forloop"] | {"fused": False}


def twin_networks(case, dtype):
    """Return networks and optimizers, for the for-loop and for the case, from the same start."""
    torch.manual_seed(1)
    first = nn.Sequential(nn.Linear(2, 3), nn.Sigmoid(), nn.Linear(3, 1), nn.Sigmoid())
    networks = [first.to(case.device, dtype), deepcopy(first)]
    optimizers = []
    for network, implementation in zip(networks, [LOOP, {}], strict=True):
        scalar = torch.ones((), dtype=dtype, device=case.device, requires_grad=True)
        network.register_parameter("scalar", nn.Parameter(scalar))
        settings = case.settings() | implementation
        optimizers.append(RMSprop(network.parameters(), **settings))
    return networks, optimizers


def compare_and_align(optimizers, twins, *, exact):
    """Raise unless twins are alike; make them equal, so that roundings do not add up."""
    states = [state_tensors(o, params) for o, params in zip(optimizers, twins, strict=True)]
    with torch.no_grad():
        for first, second in zip(twins[0] + states[0], twins[1] + states[1], strict=True):
            assert first.dtype == second.dtype
            if not torch.equal(first, second):  # which is fast beside assert_alike
                assert_alike(first, second, exact=exact)
                second.copy_(first)


def backward(network, dtype, device, number):
    """Compute gradients: none in step 2, and none of the second layer in steps 3 and 4."""
    network.zero_grad()
    network[2].requires_grad_(number not in (3, 4))
    if number != 2:
        inputs = torch.tensor([[0.1, 0.2], [0.3, 0.4], [0.5, 0.6]], dtype=dtype, device=device)
        out = inputs
        for layer in network.children():
            out = layer(out)
        (out.sum() * network.scalar).backward()


def match(case, dtype, *, exact):
    networks, optimizers = twin_networks(case, dtype)
    for number in range(7):
        for network, optimizer in zip(networks, optimizers, strict=True):
            backward(network, dtype, case.device, number)
            optimizer.step()
        twins = [list(network.parameters()) for network in networks]
        compare_and_align(optimizers, twins, exact=exact)
    return optimizers[1]


each_float = pytest.mark.parametrize(
    "dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16], ids=str
)


@each_float
@each_case("foreach")
def test_foreach_matches_forloop(case, dtype):
    match(case, dtype, exact=case.device == "cpu")  # GPUs have other kernels


@each_float
@each_case("fused")
def test_fused_matches_forloop(case, dtype):
    has_kernel = dtype in (torch.float32, torch.float64) or case.device == "cuda"
    with nullcontext() if has_kernel else pytest.warns(UserWarning, match="no kernel for torch"):
        optimizer = match(case, dtype, exact=not has_kernel)
    assert bool(optimizer._fused._plans) == has_kernel


@gpu
@each_case("fused", devices=("cpu",))
def test_fused_cpu_matches_cuda(case):
    params = plain_params(case)
    twins = [param.cuda() for param in params]
    take_steps(RMSprop(params, **case.settings()))
    take_steps(RMSprop(twins, **case.settings()))
    torch.testing.assert_close(params, [twin.cpu() for twin in twins])


@each_case("fused", devices=("cpu",))
def test_fused_does_not_step_if_foundinf(case):
    params = plain_params(case)
    before, optimizer = deepcopy(params), RMSprop(params, **case.settings())
    assert optimizer._step_supports_amp_scaling
    optimizer.grad_scale, optimizer.found_inf = torch.tensor([2.0]), torch.tensor([1.0])
    for n_steps in (1, 2):  # the first makes a plan, the second finds it
        take_steps(optimizer, n_steps=n_steps)
        assert_same(params, before)
    assert all(not optimizer.state[param]["step"] for param in params)
    optimizer.found_inf.zero_()
    take_steps(optimizer, n_steps=1)
    del optimizer.grad_scale, optimizer.found_inf
    twin = RMSprop(before, **case.settings())
    for param, other in zip(params, before, strict=True):
        other.grad = param.grad  # unscaled
    twin.step()
    assert_same(params, before)
    assert_same(state_tensors(optimizer, params), state_tensors(twin, before))


def test_fused_error_on_params_on_meta_is_a_warning_and_another_path():
    param = torch.empty(3, device="meta")
    param.grad = torch.empty(3, device="meta")
    with pytest.warns(UserWarning, match="fused=True: there is no kernel for meta"):
        RMSprop([param], fused=True).step()


SHAPES = [(), (0,), (1,), (3,), (7, 11), (17, 1, 5), (2, 0, 3), (70_001,)]


def many_params(dtype, device):
    """Return parameters of every shape, and views: with gaps, transposed, and from an offset."""
    params = [randn(*s, seed=i, dtype=dtype, device=device) for i, s in enumerate(SHAPES)]
    bases = [randn(6, 9, 2, seed=90 + i, dtype=dtype, device=device) for i in range(3)]
    return [*params, bases[0][..., 0], bases[1].transpose(0, 2), bases[2][2:]]


def twin_params(params):
    """Return copies with the same strides."""
    copies = [
        torch.empty_strided(p.shape, p.stride(), dtype=p.dtype, device=p.device) for p in params
    ]
    return [copy.copy_(param) for copy, param in zip(copies, params, strict=True)]


def set_gradients(number, *twins):
    """Give all twins the same gradients, of another size in every step."""
    for place, params in enumerate(zip(*twins, strict=True)):
        first = params[0]
        grad = randn(*first.shape, seed=100 * number + place, dtype=first.dtype).to(first.device)
        grad = grad * 10.0 ** (number % 5 - 3)
        for param in params:
            param.grad = grad.clone()


@pytest.mark.parametrize(
    "dtypes",
    [
        (torch.float64,),
        (torch.float32,),
        (torch.bfloat16,),
        (torch.float32, torch.bfloat16, torch.float64, torch.complex64),
    ],
    ids=lambda dtypes: " and ".join(str(dtype).removeprefix("torch.") for dtype in dtypes),
)
@each_case("foreach", "fused")
def test_foreach_matches_forloop_for_all_shapes_and_mixed_dtypes(case, dtypes):
    params = [p for dtype in dtypes for p in many_params(dtype, case.device)]
    twins = twin_params(params)
    ours = RMSprop(params, **case.settings())
    loop = RMSprop(twins, **case.settings() | LOOP)
    for number in range(5):
        set_gradients(number, params, twins)
        ours.step()
        loop.step()
        exact = case.device == "cpu" and case.implementation == "foreach"
        compare_and_align([ours, loop], [params, twins], exact=exact)


FLOATS = [torch.float64, torch.float32, torch.float16, torch.bfloat16]


@pytest.mark.parametrize(
    "devices",
    [
        pytest.param(("cpu",), id="one device"),
        pytest.param(("cpu", "cuda"), id="cpu and gpu", marks=gpu),
        pytest.param(("cuda:0", "cuda:1"), id="two gpus", marks=two_gpus),
    ],
)
@each_case("foreach", "fused", devices=("cpu",))
def test_mixed_device_dtype(case, devices):
    params = [randn(2, 3, dtype=dtype, device=device) for device in devices for dtype in FLOATS]
    twins = twin_params(params)
    ours = RMSprop(params, **case.settings())
    loop = RMSprop(twins, **case.settings() | LOOP)
    for number in range(7):
        set_gradients(number, params, twins)
        ours.step()
        loop.step()
        exact = devices == ("cpu",) and case.implementation == "foreach"
        compare_and_align([ours, loop], [params, twins], exact=exact)


@pytest.mark.parametrize("default", [torch.float64, torch.float16], ids=str)
@each_case()
def test_set_default_dtype_works_with_foreach_and_decides_the_dtype_of_step(case, default):
    params, plain = plain_params(case, torch.float64), plain_params(case, torch.float64)
    ours, twin = RMSprop(params, **case.settings()), RMSprop(plain, **case.settings())
    before = torch.get_default_dtype()
    try:
        torch.set_default_dtype(default)
        take_steps(ours)
    finally:
        torch.set_default_dtype(before)
    take_steps(twin)
    assert_same(params, plain)
    expected = torch.float64 if default == torch.float64 else torch.float32
    assert {ours.state[param]["step"].dtype for param in params} == {expected}


@pytest.mark.skipif(FREE_GPU_BYTES < 80e9, reason="needs a GPU with 80 GB of free memory")
@each_case("foreach", devices=("cuda",))
def test_foreach_large_tensor(case):
    step_a_large_tensor(case)


@pytest.mark.skipif(FREE_GPU_BYTES < 80e9, reason="needs a GPU with 80 GB of free memory")
@each_case("fused", devices=("cuda",))
def test_fused_large_tensor(case):
    step_a_large_tensor(case)


def step_a_large_tensor(case):
    param = torch.ones(2**32, device="cuda", dtype=torch.float16)
    param.grad = torch.zeros_like(param)
    RMSprop([param], state_dtype=torch.float16, **case.settings()).step()
    assert param.min() == param.max()
    assert (param[-1].item() == 1) == (case.settings().get("weight_decay", 0) == 0)


def peak_bytes(params, settings):
    optimizer = RMSprop(params, **settings)
    for param in params:
        param.grad = torch.rand_like(param)
    optimizer.step()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    optimizer.step()
    return torch.cuda.max_memory_allocated() - before


@each_case("foreach", devices=("cuda",))
def test_peak_memory_foreach(case):
    params = [torch.rand(16, 8, device="cuda") for _ in range(10)]  # 512 bytes, one block, each
    loop = peak_bytes(params, case.settings() | IMPLEMENTATIONS["forloop"])
    lists = peak_bytes(params, case.settings())
    n_lists = 3 if case.settings().get("capturable") else 2  # as PyTorch allows for RMSprop
    assert lists <= loop + n_lists * 10 * 512


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("requested", [None, True, False])
def test_defaults_changed_to_foreach_where_the_device_has_kernels_for_lists(device, requested):
    params = [randn(3, seed=seed, device=device) for seed in range(2)]
    for pretended in ([], [device]):
        with (
            patch(
                "torch.optim.optimizer._get_foreach_kernels_supported_devices",
                return_value=pretended,
            ),
            patch.object(torch, "_foreach_mul_", wraps=torch._foreach_mul_) as calls,
        ):
            take_steps(RMSprop(params, foreach=requested), n_steps=1)
        assert calls.called == (bool(pretended) if requested is None else requested)


# Parameter groups


@each_case("forloop", "foreach", "fused")
def test_param_groups_weight_decay_as_separate_optimizers(case):
    problem, parted = Regression(case.device), Regression(case.device)
    settings, without = case.settings(), case.settings() | {"weight_decay": 0.0}
    optimizer = RMSprop(
        [{"params": [problem.weight], **settings}, {"params": [problem.bias], **without}]
    )
    check_direction(case, problem, optimizer)
    first, second = RMSprop([parted.weight], **settings), RMSprop([parted.bias], **without)
    for _ in range(20):
        parted.weight.grad = parted.bias.grad = None
        parted.loss().backward()
        first.step()
        second.step()
    assert_same([problem.weight, problem.bias], [parted.weight, parted.bias])


@each_case("forloop", "foreach", "fused")
def test_param_groups_lr_of_a_group_is_its_own(case):
    problem = Regression(case.device)
    still = randn(2, device=case.device)
    before, still.grad = still.clone(), torch.ones_like(still)
    settings = {"lr": 1e-3} | case.settings()
    groups = [{"params": [problem.weight, problem.bias], **settings}, {"params": [still]}]
    check_direction(case, problem, RMSprop(groups, lr=1e-28))
    torch.testing.assert_close(still, before)


# Steps without an effect


@each_case()
def test_step_is_noop_when_params_have_no_grad(case):
    params = plain_params(case)
    before, optimizer = deepcopy(params), RMSprop(params, **case.settings())
    assert optimizer.step(lambda: 0.25) == 0.25
    assert_same(params, before)
    assert not optimizer.state


@each_case(without="weight_decay")  # which moves a parameter whose gradient is 0
def test_step_is_noop_for_zero_grads(case):
    param = randn(5, 1, device=case.device)
    before, optimizer = param.clone(), RMSprop([param], **case.settings())
    param.grad = torch.zeros_like(param)
    assert optimizer.step(lambda: 0.25) == 0.25
    assert_same(param, before)
    assert optimizer.state[param]["step"] == 1


# Beside torch.optim.RMSprop: parameters and state after each step

N_STEPS = 25
DTYPES = [torch.float32, torch.float64, torch.complex64, torch.complex128, torch.bfloat16]


def is_exact(case, dtype):
    """Tell whether ours is PyTorch's to the last bit.

    Not where ours is fused, nor where PyTorch adds λθ in complex arithmetic (for-loop) and ours to
    each part, nor where η is a tensor on a GPU: ours scales the quotient, PyTorch's foreach the
    denominator.
    """
    decays = case.settings().get("weight_decay", 0) != 0
    complex_decay = dtype.is_complex and decays and case.implementation == "forloop"
    if case.implementation == "fused":
        return False
    return not complex_decay and not isinstance(case.settings().get("lr"), torch.Tensor)


def assert_beside(ours, theirs, *, exact):
    """Raise unless tensors are the same, or off by 100 roundings of their largest number."""
    assert (ours.dtype, ours.shape) == (theirs.dtype, theirs.shape)
    if torch.equal(ours, theirs):
        return
    assert not exact
    tolerance = 100 * torch.finfo(ours.dtype).eps * theirs.abs().max()
    if not (ours - theirs).abs().max() <= tolerance:  # assert_close, which is slow, says where
        torch.testing.assert_close(ours, theirs, rtol=0, atol=tolerance.item())


def run_beside(case, dtype, exact):
    params = many_params(dtype, case.device)
    twins, settings = twin_params(params), case.settings()
    state_dtype = torch.bfloat16 if dtype == torch.bfloat16 else None
    ours = RMSprop(params, state_dtype=state_dtype, **settings)
    theirs = torch.optim.RMSprop(twins, **case.pytorchs())
    for number in range(N_STEPS):
        set_gradients(number, params, twins)
        grads = [param.grad.clone() for param in params]
        ours.step()
        theirs.step()
        for param, twin, grad in zip(params, twins, grads, strict=True):
            assert_beside(param, twin, exact=exact)
            assert ours.state[param].keys() == theirs.state[twin].keys()
            for name, value in ours.state[param].items():
                assert_beside(value, theirs.state[twin][name], exact=exact)
            assert torch.equal(param.grad, grad)


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
@each_case("forloop", "foreach", "fused")
def test_every_step_is_pytorchs(case, dtype):
    run_beside(case, dtype, is_exact(case, dtype))


@each_case("differentiable")
def test_every_differentiable_step_is_pytorchs_but_for_rounding(case):
    run_beside(case, torch.float64, exact=False)
