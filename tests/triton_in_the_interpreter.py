"""The kernel for GPUs without a GPU: Triton's interpreter runs it on tensors of the CPU.

Run by `test_torch_optim_triton` in a process of its own, because Triton decides when it is imported
whether it interprets. There the fused step of the CPU is this kernel.
"""

import os

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_torch_optim_fused import EVERYTHING, KINDS, tensors, train

from rmsprop_course.torch_optim import RMSprop, _fused, _paths
from rmsprop_course.torch_optim._fused import _triton, _triton_kernel
from rmsprop_course.torch_optim._fused._table import Table
from rmsprop_course.torch_optim._scaling import Scaling

assert os.environ["TRITON_INTERPRET"] == "1"
_fused.KERNELS["cpu"] = "_triton"
launches = []  # how many programs each had


class Counted:
    """The kernel, counting its launches."""

    def __init__(self, kernel):
        self.kernel = kernel

    def __getitem__(self, grid):
        launches.append(grid[0])
        return self.kernel[grid]


_triton_kernel.step = Counted(_triton_kernel.step)

SHAPES = [(5,), (), (0, 3), (1000,), (8192,), (2, 8193), (17, 61)]
ULPS = {torch.float16: 2.0**-10, torch.bfloat16: 2.0**-7}


def parameters(shapes=SHAPES, dtype=torch.float32):
    return [torch.nn.Parameter(tensor) for tensor in tensors(shapes, dtype)]


def agree(dtype, switches, *, rtol):
    """Raise unless ours fused, in a dtype, follows the for-loop in float64 from the same start."""
    launches.clear()
    params = parameters(dtype=dtype)
    exact = [torch.nn.Parameter(param.detach().double()) for param in params]
    fused, plain = RMSprop(params, fused=True, **switches), RMSprop(exact, fused=False, **switches)
    for number in range(3):
        grads = tensors(SHAPES, dtype, number + 1)
        for param, other, grad in zip(params, exact, grads, strict=True):
            param.grad, other.grad = grad, grad.double()
        fused.step()
        plain.step()
    assert len(launches) == 3
    for param, other in zip(params, exact, strict=True):
        torch.testing.assert_close(param.double(), other, rtol=rtol, atol=rtol)


# --- The same numbers ---


@pytest.mark.parametrize("switches", KINDS, ids=str)
@pytest.mark.parametrize(
    ("dtype", "rtol"),
    [(torch.float32, 2e-5), (torch.float64, 1e-12), (torch.float16, 2e-2), (torch.bfloat16, 0.1)],
    ids=str,
)
def test_every_dtype_follows_the_for_loop_in_float64(dtype, rtol, switches):
    agree(dtype, switches, rtol=rtol)


def test_half_types_are_computed_in_float32_and_rounded_once():
    dtype, shapes = torch.float16, [(3000,)]  # to bfloat16 the interpreter does not round, it cuts
    params, others = parameters(shapes, dtype), parameters(shapes, dtype)
    train(RMSprop(params, fused=True), params, 1)
    train(RMSprop(others, fused=False), others, 1)  # in float32 too: so is the average
    apart = (params[0].float() - others[0].float()).abs()
    scale = others[0].float().abs().clamp(min=1e-2)
    assert (apart / scale).max() <= ULPS[dtype]
    assert (apart > 0).double().mean() < 0.01  # where float32 ends on either side of a half


def test_a_half_state_neither_overflows_nor_stalls_in_mid_step():
    param = torch.nn.Parameter(torch.zeros(4, dtype=torch.float16))
    optimizer = RMSprop([param], fused=True, state_dtype=torch.float16, eps=1e-6)
    param.grad = torch.full((4,), 300.0, dtype=torch.float16)  # its square is no float16
    optimizer.step()
    assert torch.isfinite(param).all()
    assert (param < 0).all()


def test_complex_numbers_are_pairs():
    params = parameters([(5, 3)], torch.complex64)
    others = parameters([(5, 3)], torch.complex64)
    for optimizer, mine in ((RMSprop(params, fused=True), params), (RMSprop(others), others)):
        for grad in (tensors([(5, 3)], torch.complex64, seed) for seed in (1, 2)):
            mine[0].grad = grad[0]
            optimizer.step()
    torch.testing.assert_close(params[0], others[0])


def test_settings_are_not_rounded_to_float32():
    param = torch.nn.Parameter(torch.zeros(3, dtype=torch.float64))
    optimizer = RMSprop([param], fused=True, alpha=1 - 1e-12, lr=1 / 3)
    param.grad = torch.ones(3, dtype=torch.float64)
    optimizer.step()
    average = optimizer.state[param]["square_avg"][0].item()
    assert average == 1 - (1 - 1e-12)
    assert param[0].item() == pytest.approx(-(1 / 3) / (average**0.5 + 1e-8), rel=1e-15)


def test_where_there_is_no_gradient_there_is_no_step_even_without_eps():
    param = torch.nn.Parameter(torch.ones(3))
    optimizer = RMSprop([param], fused=True, eps=0.0)
    param.grad = torch.tensor([0.0, 1.0, 0.0])
    optimizer.step()
    assert (param.detach() == 1).tolist() == [True, False, True]


def test_a_variance_that_rounds_below_0_is_0_and_a_nan_stays():
    ends = []
    for fused in (True, False):
        param = torch.nn.Parameter(torch.zeros(2))
        optimizer = RMSprop([param], fused=fused, centered=True, lr=1e-8)
        param.grad = torch.ones(2)
        optimizer.step()
        optimizer.state[param]["square_avg"].copy_(torch.tensor([1.0, torch.nan]))
        optimizer.state[param]["grad_avg"].fill_(1.001)  # v - m² is negative
        optimizer.step()
        ends.append(param.detach())
    torch.testing.assert_close(*ends, equal_nan=True)
    assert ends[0].isnan().tolist() == [False, True]


def test_tensors_that_begin_anywhere_are_stepped():
    params, others = parameters([(8192 + 40,)]), parameters([(8192 + 40,)])
    for seed in range(2):
        grad = tensors([(8192 + 41,)], seed=seed)[0]
        params[0].grad, others[0].grad = grad[1:], grad[1:].clone()
        for param, fused in ((params[0], True), (others[0], False)):
            RMSprop([param], fused=fused).step()
    torch.testing.assert_close(params[0], others[0])
    assert params[0].grad.data_ptr() % 16 != 0


@st.composite
def lists_of_tensors(draw):
    layouts = []
    for _ in range(draw(st.integers(1, 5))):
        shape = draw(st.lists(st.integers(0, 40), max_size=2))
        dtype = draw(st.sampled_from([*_triton._DTYPES, torch.complex64]))
        layouts.append((shape, dtype, draw(st.booleans()), draw(st.booleans())))
    return layouts


@settings(max_examples=15, deadline=None)
@given(layouts=lists_of_tensors(), seed=st.integers(0, 99), kind=st.sampled_from(range(len(KINDS))))
def test_lists_of_any_shapes_strides_and_dtypes_agree_with_the_for_loop(layouts, seed, kind):
    def made(number):
        for (shape, dtype, turned, _), tensor in zip(
            layouts,
            tensors([layout[0] for layout in layouts], torch.complex128, number),
            strict=True,
        ):
            tensor = tensor.to(dtype) if dtype.is_complex else tensor.real.contiguous().to(dtype)
            yield tensor.t().contiguous().t() if turned and len(shape) == 2 else tensor

    runs = []
    for fused in (True, False):
        params = [torch.nn.Parameter(t.clone()) for t in made(seed)]
        optimizer = RMSprop(params, fused=fused, **KINDS[kind])
        for number in range(3):
            for param, grad, layout in zip(params, made(seed + number + 1), layouts, strict=True):
                param.grad = None if layout[3] and number == 1 else grad
            optimizer.step()
        assert not fused or not any(p.misfits for p in optimizer._fused._plans.values())
        runs.append(params)
    for mine, theirs in zip(*runs, strict=True):
        rtol = 4 * ULPS.get(mine.dtype, 1e-4)
        torch.testing.assert_close(mine, theirs, rtol=rtol, atol=rtol)


# --- One launch, a table ---


def test_tensors_of_one_dtype_take_one_launch_and_each_dtype_its_own():
    params = parameters([(10,)] * 50) + parameters([(10,)] * 3, torch.float64)
    optimizer = RMSprop(params, fused=True)
    launches.clear()
    train(optimizer, params, 1)
    assert launches == [50, 3]


def test_gradients_that_move_are_found_again():
    params, others = parameters(), parameters()
    for optimizer, mine in ((RMSprop(params, fused=True), params), (RMSprop(others), others)):
        for number in range(4):
            optimizer.zero_grad(set_to_none=True)
            grads = tensors(SHAPES, seed=number)
            for param, grad in zip(mine, grads, strict=True):
                param.grad = grad
            optimizer.step()
    for mine, theirs in zip(params, others, strict=True):
        torch.testing.assert_close(mine, theirs)


def test_offsets_beyond_2_to_the_31_are_counted_in_64_bits():
    n, first = 64, 2**33
    tensors_ = {name: torch.ones(n) for name in ("params", "grads", "square_avgs")}
    step = torch.zeros(())
    begins = {name: [t.data_ptr() - 4 * first] for name, t in tensors_.items()}
    dtypes = dict.fromkeys([*begins, "steps"], torch.float32)
    table = Table(begins | {"steps": [step.data_ptr()]}, [n], dtypes, torch.device("cpu"), 8192)
    table.chunks[0, 1] = first  # the numbers lie this far behind where the tensor "begins"
    _triton.step(table, [step], of({"lr": 0.5, "alpha": 0.75}), None)
    expected = 1 - 0.5 / (1 + 1e-8)
    np.testing.assert_allclose(tensors_["params"].numpy(), expected, rtol=1e-6)
    assert step.item() == 1


def of(settings):
    """The settings of a group."""
    return _paths.settings(
        RMSprop([torch.zeros(1, requires_grad=True)], **settings).param_groups[0]
    )


def test_the_launch_that_tries_the_machine_out_is_one_of_the_kernel():
    launches.clear()
    _triton._launch_once(torch.device("cpu"))
    assert launches == [1]


def test_a_launch_that_fails_changes_nothing(monkeypatch):
    class Broken:
        def __getitem__(self, grid):
            raise RuntimeError("no launch")

    param = torch.nn.Parameter(torch.ones(3))
    optimizer = RMSprop([param], fused=True)
    param.grad = torch.ones(3)
    optimizer.step()
    before = [param.detach().clone(), *map(torch.clone, optimizer.state[param].values())]
    monkeypatch.setattr(_triton_kernel, "step", Broken())
    with pytest.raises(RuntimeError, match="no launch"):
        optimizer.step()
    after = [param.detach(), *optimizer.state[param].values()]
    assert all(map(torch.equal, before, after))


# --- Counts of steps, on the device as in a CUDA graph ---


def step_there(params, states, grads, switches, scaling=None, n_steps=1):
    """Steps as a capturable group takes them: the kernel counts."""
    from rmsprop_course.torch_optim._fused._plan import Plan
    from rmsprop_course.torch_optim._tensors import Tensors

    s = of(switches)._replace(capturable=True)
    buffers = [state["momentum_buffer"] for state in states] if s.momentum else []
    means = [state["grad_avg"] for state in states] if s.centered else []
    lists = Tensors(params, grads, [state["square_avg"] for state in states], means, buffers)
    steps = [state["step"] for state in states]
    plan = Plan(lists, steps, _fused._kernel, capturable=True)
    assert not plan.misfits
    for _ in range(n_steps):
        plan.run(lists, steps, s, scaling)


def kept(params):
    names = ("square_avg", "grad_avg", "momentum_buffer")
    return [{n: torch.zeros_like(p) for n in names} | {"step": torch.zeros(())} for p in params]


@pytest.mark.parametrize("switches", KINDS, ids=str)
def test_the_kernel_counts_each_tensor_once_a_step_however_many_programs_it_has(switches):
    params, others = [p.detach() for p in parameters()], parameters()
    states, optimizer = kept(params), RMSprop(others, fused=False, **switches)
    for number in range(3):
        grads = tensors(SHAPES, seed=number + 1)
        step_there(params, states, grads, switches)
        for other, grad in zip(others, grads, strict=True):
            other.grad = grad
        optimizer.step()
    assert [state["step"].item() for state in states] == [3] * len(params)
    for mine, theirs in zip(params, others, strict=True):
        torch.testing.assert_close(mine, theirs.detach(), rtol=1e-4, atol=1e-5)


def test_the_kernel_corrects_a_long_average_to_the_last_digits():
    param, grad = torch.zeros(2, dtype=torch.float64), torch.tensor([3.0, -4.0]).double()
    switches = {"alpha": 1 - 1e-6, "bias_correction": True, "lr": 0.1}
    step_there([param], kept([param]), [grad], switches)
    expected = -0.1 * grad / (grad.abs() + 1e-8)  # v is 1e-6 g², its weights sum to 1e-6
    torch.testing.assert_close(param, expected, rtol=1e-13, atol=0)


def test_the_kernel_counts_on_from_step_to_step():
    params = [torch.ones(20_000), torch.ones(3)]
    states = kept(params)
    step_there(params, states, [torch.ones_like(p) for p in params], {}, n_steps=3)
    assert [state["step"].item() for state in states] == [3, 3]


def test_a_learning_rate_in_a_tensor_is_read_when_the_kernel_runs():
    lr = torch.tensor(0.5)
    param, grads = torch.zeros(3), [torch.ones(3)]
    states = kept([param])
    step_there([param], states, grads, {"lr": lr, "alpha": 0.75})
    before = param.clone()
    assert before[0].item() == pytest.approx(-0.5 / 0.5, rel=1e-6)
    lr.fill_(0.0)
    step_there([param], states, grads, {"lr": lr, "alpha": 0.75})
    assert torch.equal(param, before)


# --- GradScaler ---


@pytest.mark.parametrize("counted_there", [True, False])
def test_an_overflow_leaves_everything_as_it_was(counted_there):
    scaling = Scaling(torch.tensor(4.0), torch.tensor(1.0))
    param, grad = torch.ones(9000), torch.full((9000,), torch.inf)
    states = kept([param])
    if counted_there:
        step_there([param], states, [grad], EVERYTHING, scaling)
    else:
        param = torch.nn.Parameter(param)
        optimizer = RMSprop([param], fused=True, **EVERYTHING)
        optimizer.state[param], param.grad = states[0], grad
        optimizer.grad_scale, optimizer.found_inf = scaling
        optimizer.step()
    assert torch.equal(param.detach(), torch.ones(9000))
    assert all(not tensor.any() for tensor in states[0].values())
    assert torch.isinf(grad).all()


@pytest.mark.parametrize("counted_there", [True, False])
def test_the_scale_is_taken_off_the_gradient_and_stays_off(counted_there):
    scaling = Scaling(torch.tensor(1024.0), torch.tensor(0.0))
    (grad,) = tensors([(9000,)])
    params, states = [torch.nn.Parameter(torch.ones(9000)) for _ in range(2)], kept([grad])
    params[0].grad, params[1].grad = grad * 1024, grad
    if counted_there:
        step_there([params[0].detach()], states, [params[0].grad], EVERYTHING, scaling)
        assert states[0]["step"] == 1
    else:
        optimizer = RMSprop(params[:1], fused=True, **EVERYTHING)
        optimizer.grad_scale, optimizer.found_inf = scaling
        optimizer.step()
    RMSprop(params[1:], fused=False, **EVERYTHING).step()
    torch.testing.assert_close(params[0], params[1])
    assert torch.equal(params[0].grad, grad)
