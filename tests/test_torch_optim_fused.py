"""The fused step on the CPU: the numbers of the other paths, in every layout, whatever happens."""

import copy
import pickle
import subprocess
import sys
import textwrap
import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="tests the torch optimizer: the extra 'torch'")
pytest.importorskip("numba", reason="tests the kernel for the CPU: the extra 'torch'")

from rmsprop_course.torch_optim import RMSprop  # noqa: E402
from rmsprop_course.torch_optim._fused import PAYS_FROM  # noqa: E402

ROOT = Path(__file__).parents[1]
EVERYTHING = {"momentum": 0.9, "centered": True, "weight_decay": 0.1}
forks = pytest.mark.skipif(sys.platform == "win32", reason="there is no fork on Windows")
KINDS = [
    {},
    EVERYTHING,
    {**EVERYTHING, "nesterov": True, "lr_in_momentum": True, "decoupled_weight_decay": True},
    {"eps_inside_sqrt": True, "maximize": True, "bias_correction": True, "weight_decay": 0.1},
]


def tensors(shapes, dtype=torch.float32, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes]


def parameters(shapes=((5,), (3, 4)), dtype=torch.float32):
    return [torch.nn.Parameter(tensor) for tensor in tensors(shapes, dtype)]


def train(optimizer, params, n_steps=5, seed=1):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(n_steps):
        for param in params:
            param.grad = torch.randn(param.shape, generator=generator, dtype=param.dtype)
        optimizer.step()


def warned(function):
    """What was said to the user in this file while `function` ran."""
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        function()
    assert all(entry.filename == __file__ for entry in said)
    return [str(entry.message) for entry in said]


def is_fused(optimizer):
    """Whether the kernel takes every group, so that a test sees the kernel and no other path."""
    plans = optimizer._fused._plans
    return len(plans) == len(optimizer.param_groups) and not any(p.misfits for p in plans.values())


def follow_both(make, grads, rtol=1e-5, **switches):
    """Ours fused and by the for-loop, step by step; raises unless they agree."""
    params, others = make(), make()
    fused, plain = RMSprop(params, fused=True, **switches), RMSprop(others, fused=False, **switches)
    for row in grads:
        for param, other, grad in zip(params, others, row, strict=True):
            param.grad, other.grad = grad, grad
        fused.step()
        plain.step()
        for param, other in zip(params, others, strict=True):
            torch.testing.assert_close(param, other, rtol=rtol, atol=rtol)
            assert param.stride() == other.stride()
    for mine, theirs in zip(fused.state.values(), plain.state.values(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=rtol, atol=rtol)
    return fused


# --- The same numbers ---


@pytest.mark.parametrize("switches", KINDS, ids=str)
@pytest.mark.parametrize(
    "dtype", [torch.float32, torch.float64, torch.complex64, torch.complex128], ids=str
)
def test_every_dtype_that_the_kernel_takes_gives_the_numbers_of_the_for_loop(dtype, switches):
    shapes = [(5,), (37,), (64, 33), (), (0, 3), (1, 1)]
    grads = [tensors(shapes, dtype, seed) for seed in range(6)]
    is_double = dtype in (torch.float64, torch.complex128)
    # the first variance of centered with bias correction is rounding alone: not among these
    fused = follow_both(
        lambda: parameters(shapes, dtype), grads, rtol=1e-12 if is_double else 1e-4, **switches
    )
    assert is_fused(fused)


@pytest.mark.parametrize("switches", KINDS, ids=str)
def test_a_tensor_of_many_chunks_is_stepped_to_its_last_number(switches):
    shapes = [(3 * 65536 + 17,), (65536,), (65537,)]
    grads = [tensors(shapes, seed=seed) for seed in range(2)]
    assert is_fused(follow_both(lambda: parameters(shapes), grads, rtol=1e-4, **switches))


@pytest.mark.parametrize("n_threads", [1, 2, 7])
def test_it_uses_the_threads_of_torch_and_gives_numba_back_its_own(n_threads):
    numba = pytest.importorskip("numba")
    before, seen = (torch.get_num_threads(), numba.get_num_threads()), []
    from rmsprop_course.torch_optim._fused import _numba

    class Seen:
        def set_num_threads(self, n):
            seen.append(n)

        def __getattr__(self, name):
            return getattr(numba, name)

    params, others = parameters([(200_000,)]), parameters([(200_000,)])
    torch.set_num_threads(n_threads)
    _numba.numba = Seen()
    try:
        train(RMSprop(params, fused=True), params, 1)
    finally:
        _numba.numba = numba
        torch.set_num_threads(before[0])
    assert seen == [min(n_threads, numba.config.NUMBA_NUM_THREADS), before[1]]
    train(RMSprop(others, fused=False), others, 1)
    torch.testing.assert_close(params[0], others[0], rtol=1e-6, atol=1e-6)


def strided(shape, order, step):
    """An empty tensor whose dimensions lie in memory in another order, or with gaps."""
    base = torch.empty([shape[i] for i in order] + ([step] if step > 1 else []))
    base = base[..., 0] if step > 1 else base
    return base.permute([order.index(i) for i in range(len(shape))])


@st.composite
def lists_of_tensors(draw):
    layouts = []
    for _ in range(draw(st.integers(1, 5))):
        shape = draw(st.lists(st.integers(0, 5), max_size=3))
        order = draw(st.permutations(range(len(shape))))
        step = draw(st.sampled_from([1, 1, 1, 2]))
        dtype = draw(st.sampled_from([torch.float32, torch.float64, torch.complex64]))
        own_strides = draw(st.booleans())
        layouts.append((shape, list(order), step, dtype, own_strides, draw(st.booleans())))
    return layouts


def filled(layout, generator, *, gradient=False):
    shape, order, step, dtype, own_strides, _ = layout
    if gradient and not own_strides:
        order, step = list(range(len(shape))), 1
    values = torch.randn(shape, generator=generator, dtype=torch.float64).to(dtype)
    return strided(shape, order, step).to(dtype).copy_(values)


@settings(max_examples=40)
@given(
    layouts=lists_of_tensors(), seed=st.integers(0, 99), numbers=st.sampled_from(range(len(KINDS)))
)
def test_lists_of_any_shapes_strides_and_dtypes_agree_with_torch_or_the_for_loop(
    layouts, seed, numbers
):
    switches = KINDS[numbers]
    generator = torch.Generator().manual_seed(seed)
    start = [filled(layout, generator) for layout in layouts]
    runs = [[torch.nn.Parameter(t.clone()) for t in start] for _ in range(3)]
    doubles = torch.complex128, torch.float64
    exact = [torch.nn.Parameter(t.detach().to(doubles[not t.is_complex()])) for t in start]
    runs.append(exact)
    by = [RMSprop(runs[0], fused=True, **switches), RMSprop(runs[1], fused=False, **switches)]
    can_torch = set(switches) <= set(EVERYTHING)
    by.append((torch.optim.RMSprop if can_torch else RMSprop)(runs[2], foreach=False, **switches))
    by.append(RMSprop(exact, fused=False, **switches))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # says that a layout is left to the for-loop
        for _ in range(3):
            grads = [filled(layout, generator, gradient=True) for layout in layouts]
            for params, optimizer in zip(runs, by, strict=True):
                for param, grad, layout in zip(params, grads, layouts, strict=True):
                    param.grad = None if layout[-1] and seed % 2 else grad.to(param.dtype)
                optimizer.step()
    for fused, *others in zip(*runs, strict=True):
        for other in others:
            assert fused.shape == other.shape
            torch.testing.assert_close(
                fused.detach(), other.detach().to(fused.dtype), rtol=1e-3, atol=1e-4
            )


def test_a_state_that_is_nan_stays_so_as_on_the_other_paths():
    ends = []
    for fused in (True, False):
        params = parameters([(3,)])
        optimizer = RMSprop(params, fused=fused)
        train(optimizer, params, 1)
        optimizer.state[params[0]]["square_avg"][0] = float("nan")
        params[0].data[1] = float("inf")
        params[0].grad = torch.tensor([0.0, 1.0, float("nan")])
        optimizer.step()
        ends.append(params[0].detach().clone())
    torch.testing.assert_close(*ends, equal_nan=True)
    assert ends[0].isnan().tolist() == [True, False, True]


# --- What may change between two steps ---


def swap_data(param, optimizer):
    param.data = param.data.clone()


def swap_for_another_layout(param, optimizer):
    param.data = param.data.t().contiguous().t()


def swap_for_another_dtype(param, optimizer):
    param.data = param.data.double()


def swap_state(param, optimizer):
    optimizer.state[param]["square_avg"] = optimizer.state[param]["square_avg"] + 1


def swap_data_of_state(param, optimizer):
    state = optimizer.state[param]["momentum_buffer"]
    state.data = state.data * 2


def forget_state(param, optimizer):
    optimizer.state.clear()


def load_state(param, optimizer):
    optimizer.load_state_dict(copy.deepcopy(optimizer.state_dict()))


def lose_gradient(param, optimizer):
    param.grad = None


def switch_off_momentum(param, optimizer):
    optimizer.param_groups[0].update(momentum=0, lr=0.5)


def switch_path(param, optimizer):
    fused = optimizer.param_groups[0]["fused"]
    optimizer.param_groups[0]["fused"] = not fused


def turn_gradient(param, optimizer):
    param.grad = param.grad.t().contiguous().t()


def negate_gradient_lazily(param, optimizer):
    param.grad = torch.complex(param.grad, param.grad).conj().imag
    assert param.grad.is_neg()


def count_from_here(param, optimizer):
    optimizer.state[param]["step"] = torch.tensor(41.0, dtype=torch.float64)


CHANGES = [
    swap_data,
    swap_for_another_layout,
    swap_for_another_dtype,
    swap_state,
    swap_data_of_state,
    forget_state,
    load_state,
    lose_gradient,
    switch_off_momentum,
    switch_path,
    turn_gradient,
    negate_gradient_lazily,
    count_from_here,
]


@pytest.mark.filterwarnings("ignore:fused=True:UserWarning")
@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_what_changes_between_two_steps_is_noticed(change):
    ends = []
    for fused in (True, False):
        params = parameters([(4, 6), (7,)])
        optimizer = RMSprop(params, fused=fused, **EVERYTHING)
        train(optimizer, params, 3)
        for param in params:
            param.grad = torch.ones_like(param)
        change(params[0], optimizer)
        if params[0].grad is not None and params[0].grad.dtype != params[0].dtype:
            params[0].grad = params[0].grad.to(params[0].dtype)
        optimizer.step()
        train(optimizer, params, 3)
        steps = [optimizer.state[param]["step"].item() for param in params]
        ends.append([steps, *[param.detach().clone() for param in params]])
    assert ends[0][0] == ends[1][0]
    for mine, theirs in zip(ends[0][1:], ends[1][1:], strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)


def test_tensors_that_share_memory_are_stepped_one_after_another():
    ends = []
    for fused in (True, False):
        base = torch.ones(6)
        params = [torch.nn.Parameter(base[:4]), torch.nn.Parameter(base[2:])]
        optimizer = RMSprop(params, fused=fused, lr=0.1, weight_decay=0.5)
        said = warned(lambda o=optimizer, p=params: train(o, p))
        assert [text for text in said if "share memory" in text] == said
        assert len(said) == fused
        ends.append(base.clone())
    assert torch.equal(*ends)


def test_a_gradient_in_the_memory_of_a_parameter_is_noticed_at_each_step():
    ends = []
    for fused in (True, False):
        param = parameters([(5,)])[0]
        optimizer = RMSprop([param], fused=fused, decoupled_weight_decay=True, weight_decay=0.5)
        train(optimizer, [param], 2)
        param.grad = param.detach()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            optimizer.step()
        ends.append(param.detach().clone())
    assert torch.equal(*ends)


def test_versions_count_each_step_so_that_autograd_notices():
    params = parameters()
    optimizer = RMSprop(params, fused=True, **EVERYTHING)
    train(optimizer, params, 1)
    state = optimizer.state[params[0]]
    watched = [params[0], *state.values()]
    before = [tensor._version for tensor in watched]
    train(optimizer, params, 1)
    assert is_fused(optimizer)
    assert all(t._version > v for t, v in zip(watched, before, strict=True))
    loss = (params[0] ** 2).sum()
    train(optimizer, params, 1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_nothing_is_kept_alive_by_what_a_step_remembers():
    import weakref

    params = parameters()
    optimizer = RMSprop(params, fused=True)
    train(optimizer, params)
    kept = [weakref.ref(params[0].grad), weakref.ref(optimizer.state[params[0]]["square_avg"])]
    optimizer.zero_grad()
    optimizer.state.clear()
    assert [ref() for ref in kept] == [None, None]


@pytest.mark.parametrize("kind", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))])
def test_a_copy_steps_its_own_tensors(kind):
    params = parameters()
    optimizer = RMSprop(params, fused=True)
    train(optimizer, params)
    before = [param.detach().clone() for param in params]
    twin = kind(optimizer)
    assert twin._fused is None
    train(twin, twin.param_groups[0]["params"])
    assert all(torch.equal(a, b) for a, b in zip(before, params, strict=True))
    assert is_fused(twin)


# --- When it is fused, and what is said when it is not ---


LARGE = [(400, 500), (PAYS_FROM - 200_000,)]


@pytest.mark.parametrize(
    ("shapes", "switch", "fuses"),
    [
        (LARGE, {}, True),
        (LARGE, {"foreach": False}, False),
        (LARGE, {"foreach": True}, False),
        (LARGE, {"fused": False}, False),
        (LARGE, {"differentiable": True}, False),
        ([(PAYS_FROM - 1,)], {}, False),
        ([(3,)], {"fused": True}, True),
    ],
    ids=str,
)
def test_who_asks_for_no_path_gets_the_fused_step_where_it_pays(shapes, switch, fuses):
    params = parameters(shapes)
    if "differentiable" in switch:
        params = [param.clone() for param in params]
    optimizer = RMSprop(params, **switch)
    assert warned(lambda: train(optimizer, params, 2)) == []
    assert is_fused(optimizer) == fuses


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
def test_who_asks_for_no_path_hears_of_none(dtype):
    params = parameters([(PAYS_FROM,)], dtype)
    optimizer = RMSprop(params)
    assert warned(lambda: train(optimizer, params, 2)) == []
    assert not is_fused(optimizer)


def test_a_path_that_is_asked_for_in_mid_training_is_taken():
    params = parameters(LARGE)
    optimizer = RMSprop(params)
    train(optimizer, params, 1)
    assert is_fused(optimizer)
    optimizer.param_groups[0]["foreach"] = False
    train(optimizer, params, 1)
    calls = []
    optimizer._fused._plans[0].run = lambda *_: calls.append(1)
    train(optimizer, params, 1)
    assert not calls


@pytest.mark.parametrize(
    ("dtype", "switch", "reason"),
    [
        (torch.bfloat16, {}, r"there is no kernel for torch.bfloat16 on the CPU"),
        (torch.float32, {"state_dtype": torch.float64}, "averages have different dtypes"),
    ],
)
def test_what_cannot_be_fused_is_said_once_where_it_was_asked_for(dtype, switch, reason):
    params = parameters(dtype=dtype)
    optimizer = RMSprop(params, fused=True, **switch)
    said = warned(lambda: train(optimizer, params))
    assert len(said) == 1
    assert said[0].startswith("fused=True: ")
    assert reason in said[0]


def test_one_tensor_that_does_not_fit_leaves_the_others_fused():
    shapes = [(8,), (4, 4)]
    params = [*parameters(shapes), torch.nn.Parameter(torch.zeros(3).bfloat16())]
    optimizer = RMSprop(params, fused=True)
    others = [*parameters(shapes), torch.nn.Parameter(torch.zeros(3).bfloat16())]
    said = warned(lambda: train(optimizer, params))
    assert len(said) == 1
    assert list(optimizer._fused._plans[0].misfits) == [2]
    train(RMSprop(others, fused=False), others)
    for mine, theirs in zip(params, others, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)


DISTRIBUTED = """
    import torch
    import torch.distributed as dist
    from torch.distributed.tensor import Partial, Replicate, Shard, DTensor, distribute_tensor
    from torch.distributed.tensor import init_device_mesh
    from rmsprop_course.torch_optim import RMSprop

    dist.init_process_group("gloo", rank=0, world_size=1, store=dist.HashStore())
    mesh = init_device_mesh("cpu", (1,))
    def placed(seed, placement=Shard(0)):
        tensor = torch.randn(4, 5, generator=torch.Generator().manual_seed(seed))
        return DTensor.from_local(tensor, mesh, [placement])
    def run(fused, placement=Shard(0)):
        params = [torch.nn.Parameter(placed(0)), torch.nn.Parameter(torch.ones(5))]
        optimizer = RMSprop(params, fused=fused, momentum=0.9, centered=True)
        for step in range(1, 4):
            params[0].grad, params[1].grad = placed(step, placement), torch.ones(5)
            versions = params[0]._version, params[0].to_local()._version
            optimizer.step()
            now = params[0]._version, params[0].to_local()._version
            assert now[0] > versions[0], (versions, now)
        global plans
        plans = optimizer._fused._plans
        return [params[0].full_tensor().detach(), params[1].detach()]
"""


def test_the_parts_of_distributed_tensors_are_stepped_where_they_lie():
    lines, said = in_python(
        DISTRIBUTED
        + """
    fused = run(True)
    print([len(part.indices) for part in plans[0].parts], plans[0].misfits)
    print(all(map(torch.allclose, fused, run(False))))
    dist.destroy_process_group()
    """
    )
    assert lines == ["[2] {}", "True"]
    assert "fused=True" not in said


def test_a_gradient_that_is_placed_differently_is_left_to_the_other_paths():
    lines, said = in_python(
        DISTRIBUTED
        + """
    fused = run(True, Replicate())
    print(list(plans[0].misfits))
    print(all(map(torch.allclose, fused, run(False, Replicate()))))
    dist.destroy_process_group()
    """
    )
    assert lines == ["[0]", "True"]
    assert said.count("fused=True: a DTensor has a gradient or an average that is placed") == 1


def in_python(code, **environment):
    """The lines that a new interpreter prints."""
    import os

    process = subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    return process.stdout.splitlines(), process.stderr


PRELUDE = """
    import os, sys, threading, warnings
    import torch
    from rmsprop_course.torch_optim import RMSprop

    def train(n_steps, n=100_000, seed=0, fused=True):
        torch.manual_seed(seed)
        param = torch.nn.Parameter(torch.randn(n))
        optimizer = RMSprop([param], fused=fused)
        for _ in range(n_steps):
            param.grad = torch.randn(n)
            optimizer.step()
        return param.detach()
"""


@forks
def test_a_child_forked_after_a_step_goes_on_without_the_kernel():
    lines, said = in_python(
        PRELUDE
        + """
    torch.set_num_threads(1)  # PyTorch's own threads do not survive a fork either
    import numba
    expected = train(3, fused=False)
    train(1)
    child = os.fork()
    if child == 0:
        same = torch.allclose(train(3), expected, atol=1e-6)
        print("child", same, flush=True)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    print("status", status, torch.allclose(train(3), expected, atol=1e-6))
    """
    )
    assert lines == ["child True", "status 0 True"]
    assert said.count("this process was forked") == 1


@forks
def test_a_child_forked_before_any_step_uses_the_kernel():
    lines, said = in_python(
        PRELUDE
        + """
    from rmsprop_course.torch_optim._fused import _numba
    torch.set_num_threads(1)
    child = os.fork()
    if child == 0:
        train(2)
        print("child", _numba.unavailable() == "", flush=True)
        os._exit(0)
    print("status", os.waitpid(child, 0)[1])
    """
    )
    assert lines == ["child True", "status 0"]
    assert "forked" not in said


@pytest.mark.parametrize("layer", ["workqueue", "omp"])
def test_two_threads_may_step_at_once(layer):
    lines, _ = in_python(
        PRELUDE
        + """
    from concurrent.futures import ThreadPoolExecutor
    pairs = []
    for seed in range(4):
        torch.manual_seed(seed)
        pairs.append((torch.randn(300_000), torch.randn(300_000)))
    def run(pair, fused=True):
        param = torch.nn.Parameter(pair[0].clone())
        optimizer = RMSprop([param], fused=fused)
        param.grad = pair[1]
        for _ in range(30):
            optimizer.step()
        return param.detach()
    expected = [run(pair, fused=False) for pair in pairs]
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(run, pairs))
    print(all(torch.allclose(a, b, atol=1e-5) for a, b in zip(found, expected)))
    """,
        NUMBA_THREADING_LAYER=layer,
    )
    assert lines == ["True"]


def test_without_numba_it_says_how_to_install_it():
    lines, said = in_python(
        """
    import sys
    class Missing:
        def find_spec(self, name, path=None, target=None):
            if name.partition(".")[0] == "numba":
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    sys.meta_path.insert(0, Missing())
    """
        + PRELUDE
        + """
    print(torch.equal(train(3), train(3, fused=False)), torch.equal(train(3, 200_000, fused=None),
          train(3, 200_000, fused=False)))
    """
    )
    assert lines == ["True True"]
    assert said.count('numba is not installed: pip install "rmsprop-course[torch]"') == 1


def test_a_folder_that_cannot_be_written_only_costs_the_cache(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    lines, _ = in_python(
        PRELUDE + "    print(torch.allclose(train(3), train(3, fused=False), atol=1e-6))",
        NUMBA_CACHE_DIR=str(blocked / "cache"),
    )
    assert lines == ["True"]


@pytest.mark.skipif(sys.platform != "linux", reason="reads the peak of memory from /proc")
def test_a_step_needs_no_memory_of_its_own():
    lines, _ = in_python(
        PRELUDE
        + """
    from pathlib import Path
    def peak():
        status = Path("/proc/self/status").read_text().split("VmHWM:")[1]
        return int(status.split()[0]) * 1024
    for fused in (True, False):
        param = torch.nn.Parameter(torch.zeros(20_000_000))
        param.grad = torch.ones_like(param)
        optimizer = RMSprop([param], fused=fused, momentum=0.9, centered=True)
        optimizer.step()
        Path("/proc/self/clear_refs").write_text("5")  # the peak is what is used now
        before = peak()
        optimizer.step()
        print((peak() - before) / param.nbytes)
    """
    )
    fused, plain = map(float, lines)
    assert fused < 0.01
    assert plain > 0.5  # that a copy would show


def test_a_switch_that_the_cpu_refuses_is_refused_in_mid_training_too():
    params = parameters()
    optimizer = RMSprop(params, fused=True)
    train(optimizer, params)
    optimizer.param_groups[0]["capturable"] = True
    before = [param.detach().clone() for param in params]
    with pytest.raises(AssertionError, match="If capturable=True"):
        optimizer.step()
    assert all(torch.equal(a, b) for a, b in zip(before, params, strict=True))


def test_numbers_and_layout_of_a_step_do_not_depend_on_memory_beside_them():
    guard = torch.full((3, 100), 7.0)
    param = torch.nn.Parameter(guard[1])
    optimizer = RMSprop([param], fused=True, **EVERYTHING)
    train(optimizer, [param])
    assert is_fused(optimizer)
    np.testing.assert_array_equal(guard[0], 7.0)
    np.testing.assert_array_equal(guard[2], 7.0)
