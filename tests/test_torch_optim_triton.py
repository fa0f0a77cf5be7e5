"""The kernel for GPUs: interpreted on the CPU, compiled for every target, run where a GPU is."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="tests the torch optimizer: the extra 'torch'")
triton = pytest.importorskip("triton", reason="tests the kernel for GPUs: Triton, on Linux")

from test_torch_optim_fused import EVERYTHING  # noqa: E402
from triton.backends.compiler import GPUTarget  # noqa: E402
from triton.compiler import ASTSource  # noqa: E402

from rmsprop_course.torch_optim import RMSprop, _paths  # noqa: E402
from rmsprop_course.torch_optim._fused import _triton, _triton_kernel  # noqa: E402

HERE = Path(__file__).parent
REST = {
    **EVERYTHING,
    "nesterov": True,
    "lr_in_momentum": True,
    "maximize": True,
    "bias_correction": True,
    "eps_inside_sqrt": True,
    "eps": 0.0,
}


# --- Interpreted ---


@pytest.mark.parametrize("file", ["triton_in_the_interpreter.py", "test_torch_optim.py"])
def test_the_interpreted_kernel_passes(file, record_property):
    """Ours of this kernel, and those of the class that run with ``fused=True``."""
    only = ["-k", "fused", "-p", "triton_in_the_interpreter"] if file.startswith("test_") else []
    process = subprocess.run(
        [sys.executable, "-m", "pytest", str(HERE / file), "-q", "-o", "addopts=", *only],
        cwd=HERE.parent,
        env=os.environ | {"TRITON_INTERPRET": "1", "PYTHONPATH": str(HERE)},
        capture_output=True,
        text=True,
        timeout=600,
    )
    closing = process.stdout.strip().splitlines()[-1]
    record_property("interpreted", f"{file}: {closing}")
    assert process.returncode == 0, process.stdout[-4000:]
    assert int(re.search(r"(\d+) passed", closing)[1]) >= 8


# --- Compiled without a GPU ---


TARGETS = {
    "sm_80": GPUTarget("cuda", 80, 32),
    "sm_90": GPUTarget("cuda", 90, 32),
    "sm_100": GPUTarget("cuda", 100, 32),
    "gfx942": GPUTarget("hip", "gfx942", 64),
}
SINGLE = dict.fromkeys(_triton._LISTS, torch.float32)
DTYPES = {
    "float32": SINGLE,
    "float64": dict.fromkeys(_triton._LISTS, torch.float64),
    "float16": SINGLE | {"params": torch.float16, "grads": torch.float16},
    "bfloat16": SINGLE | {"params": torch.bfloat16, "grads": torch.bfloat16},
}


def compiled(target, dtypes, switches, *, counted_there=False, scaled=False, **constants):
    """What Triton makes of the kernel for a target, by stage."""
    group = RMSprop([torch.zeros(1, requires_grad=True)], **switches).param_groups[0]
    pointers = {"places": "*i64", "chunks": "*i64", "numbers": "*fp64", "lr": "*fp64"}
    optional = {
        "finished": "*i32" if counted_there else None,
        "corrections": None if counted_there or "bias_correction" not in switches else "*fp64",
        "grad_scale": "*fp32" if scaled else None,
        "found_inf": "*fp32" if scaled else None,
    }
    known = {name: None for name, kind in optional.items() if kind is None}
    known |= _triton.flags(dtypes, _paths.settings(group))
    known |= {"ALIGNED": True, "CHUNK": _triton.CHUNK, "BLOCK": 1024} | constants
    kinds = pointers | optional | {"n_tensors": "i32"} | dict.fromkeys(known, "constexpr")
    names = _triton_kernel.step.arg_names
    source = ASTSource(
        fn=_triton_kernel.step,
        signature={name: kinds[name] for name in names},
        constexprs={(names.index(name),): value for name, value in known.items()},
    )
    return triton.compile(source, target=target, options={"num_warps": 4}).asm


@pytest.mark.parametrize("dtypes", DTYPES.values(), ids=DTYPES)
@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_it_compiles_for_every_target(target, dtypes):
    for switches in ({}, EVERYTHING, REST):
        for there in (False, True):
            stages = compiled(target, dtypes, switches, counted_there=there, scaled=there)
            assert len(stages["cubin" if target.backend == "cuda" else "hsaco"]) > 1000


def test_aligned_numbers_are_read_and_written_16_bytes_at_a_time():
    target = TARGETS["sm_90"]
    aligned = compiled(target, SINGLE, {})["ptx"]
    assert len(re.findall(r"ld\.global\S*\.v4\.b32", aligned)) >= 3  # θ, g, v
    assert len(re.findall(r"st\.global\S*\.v4\.b32", aligned)) >= 2  # θ, v
    assert ".v4" not in compiled(target, SINGLE, {}, ALIGNED=False)["ptx"]


def test_roots_and_ratios_are_rounded_correctly():
    ptx = compiled(TARGETS["sm_90"], SINGLE, {})["ptx"]
    assert "sqrt.rn.f32" in ptx
    assert "div.rn.f32" in ptx
    assert not re.search(r"(sqrt|div)\.(approx|full)", ptx)


def test_half_types_are_computed_in_float32():
    ptx = compiled(TARGETS["sm_90"], DTYPES["bfloat16"], EVERYTHING)["ptx"]
    assert "sqrt.rn.f32" in ptx
    assert "cvt.rn.bf16" in ptx  # to the nearest
    assert not re.search(r"(add|mul|fma)\S*\.bf16", ptx)


def test_no_setting_is_a_number_that_would_be_passed_in_float32():
    stages = compiled(TARGETS["sm_90"], SINGLE, REST, counted_there=True, scaled=True)
    head = re.search(r"tt\.func public @step\((.*?)\) attributes", stages["ttir"], re.DOTALL)[1]
    assert "f32," not in re.sub(r"!tt\.ptr<\w+>", "", head)
    assert "f64" in head


@pytest.mark.parametrize("error", [RuntimeError, OSError, subprocess.SubprocessError])
def test_a_machine_on_which_triton_cannot_launch_is_told_why(monkeypatch, error):
    def fail(device):
        raise error("Failed to find\nC compiler")

    monkeypatch.setattr(_triton, "_launch_once", fail)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    _triton.unavailable.cache_clear()
    said = _triton.unavailable()
    _triton.unavailable.cache_clear()
    assert said == "Triton cannot launch a kernel: Failed to find C compiler"


# --- On a GPU ---


needs_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="runs on a GPU")


def on_gpu(seed=0, dtype=torch.float32, shapes=((5,), (300, 41), (9000,), ())):
    generator = torch.Generator().manual_seed(seed)
    return [torch.randn(shape, generator=generator).to("cuda", dtype) for shape in shapes]


def trained(n_steps=4, dtype=torch.float32, **settings):
    params = [torch.nn.Parameter(tensor) for tensor in on_gpu(dtype=dtype)]
    optimizer = RMSprop(params, **settings)
    for number in range(n_steps):
        for param, grad in zip(params, on_gpu(number + 1, dtype), strict=True):
            param.grad = grad
        optimizer.step()
    if settings.get("fused"):
        assert not optimizer._fused._plans[0].misfits
    return params


@needs_gpu
@pytest.mark.parametrize("capturable", [False, True])
@pytest.mark.parametrize("dtype", _triton._DTYPES, ids=str)
@pytest.mark.parametrize("switches", [{}, EVERYTHING, REST | {"centered": False}], ids=str)
def test_on_a_gpu_it_gives_the_numbers_of_foreach(switches, dtype, capturable):
    settings = {**switches, "capturable": capturable}
    for mine, other in zip(
        trained(dtype=dtype, fused=True, **settings),
        trained(dtype=dtype, fused=False, **settings),
        strict=True,
    ):
        rtol = 4 * torch.finfo(dtype).eps if dtype.itemsize == 2 else 1e-4
        torch.testing.assert_close(mine, other, rtol=rtol, atol=rtol)


@needs_gpu
def test_on_a_gpu_a_captured_step_follows_its_learning_rate_and_the_gradients():
    ends = []
    for captured in (True, False):
        lr = torch.tensor(0.01, device="cuda")
        params = [torch.nn.Parameter(tensor) for tensor in on_gpu()]
        optimizer = RMSprop(params, lr=lr, capturable=True, fused=True, bias_correction=True)
        for param in params:
            param.grad = torch.zeros_like(param)
        graph = torch.cuda.CUDAGraph()
        for number in range(7):
            lr.fill_(0.01 / (number + 1))
            for param, grad in zip(params, on_gpu(number + 1), strict=True):
                param.grad.copy_(grad)
            if captured and number == 3:
                with torch.cuda.graph(graph):
                    optimizer.step()
            if captured and number >= 3:
                graph.replay()
            else:
                optimizer.step()
        ends.append([param.detach() for param in params])
        assert all(state["step"].item() == 7 for state in optimizer.state.values())
    torch.testing.assert_close(*ends)


@needs_gpu
def test_on_a_gpu_an_eager_step_after_the_capture_leaves_the_graph_its_settings():
    params = [torch.nn.Parameter(tensor) for tensor in on_gpu()]
    optimizer = RMSprop(params, lr=0.01, capturable=True, fused=True, alpha=0.0, eps=0.0)
    for param in params:
        param.grad = torch.ones_like(param)
    optimizer.step()
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        optimizer.step()
    optimizer.param_groups[0]["lr"] = 1.0
    captured = [param.grad for param in params]  # the graph goes on to read them
    for param in params:
        param.grad = torch.ones_like(param)  # elsewhere: the plan makes new tables
    optimizer.step()
    before = params[0].detach().clone()
    graph.replay()
    torch.testing.assert_close(params[0].detach(), before - 0.01)
    assert all((grad == 1).all() for grad in captured)


@needs_gpu
@pytest.mark.parametrize("overflows", [False, True])
def test_on_a_gpu_a_grad_scaler_leaves_its_scale_to_the_kernel(overflows):
    params = [torch.nn.Parameter(tensor) for tensor in on_gpu()]
    optimizer = RMSprop(params, fused=True, capturable=True)
    scaler = torch.amp.GradScaler("cuda", init_scale=1024.0)
    loss = sum((param * param).sum() for param in params)
    scaler.scale(loss * (torch.inf if overflows else 1)).backward()
    scaler.step(optimizer)
    scaler.update()
    steps = {state["step"].item() for state in optimizer.state.values()}
    assert steps == {0.0 if overflows else 1.0}
    if overflows:
        torch.testing.assert_close([p.detach() for p in params], on_gpu())


@needs_gpu
def test_on_a_gpu_a_step_needs_no_memory_of_its_own():
    params = [torch.nn.Parameter(torch.randn(4_000_000, device="cuda"))]
    optimizer = RMSprop(params, fused=True)
    params[0].grad = torch.randn(4_000_000, device="cuda")
    optimizer.step()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    optimizer.step()
    assert torch.cuda.max_memory_allocated() - before < 0.01 * 16e6
