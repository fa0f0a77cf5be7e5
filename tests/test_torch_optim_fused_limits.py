"""Where the fused step ends: it says why, once, and the other paths compute the numbers."""

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip("torch", reason="tests the torch optimizer: the extra 'torch'")

from rmsprop_course.torch_optim import RMSprop  # noqa: E402

ROOT = Path(__file__).parents[1]


def falls_back(reason):
    return pytest.warns(UserWarning, match=f"^fused=True: {reason}; what cannot be fused is")


def stepped(param, grads, **path):
    optimizer = RMSprop([param], lr=0.1, **path)
    for grad in grads:
        param.grad = grad
        optimizer.step()
    return param


def test_without_numbas_compiler_the_for_loop_computes():
    code = """
    import torch
    from rmsprop_course.torch_optim import RMSprop

    ends = []
    for settings in ({"fused": True}, {"fused": False}, {}):
        param = torch.nn.Parameter(torch.linspace(-1, 1, 300_000))
        optimizer = RMSprop([param], **settings)
        for step in range(3):
            param.grad = param.detach().sin()
            optimizer.step()
        ends.append(param.detach())
    print(torch.equal(ends[0], ends[1]), torch.equal(ends[2], ends[1]))
    """
    process = subprocess.run(
        [sys.executable, "-W", "always", "-c", textwrap.dedent(code)],
        cwd=ROOT,
        env=os.environ | {"NUMBA_DISABLE_JIT": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert process.returncode == 0, process.stderr[-2000:]
    assert process.stdout.split() == ["True", "True"]
    said = "fused=True: Numba's compiler is switched off by NUMBA_DISABLE_JIT"
    assert process.stderr.count(said) == 1


def test_tensors_made_in_inference_mode_are_left_to_the_for_loop():
    with torch.inference_mode():
        grads = [torch.ones(3), torch.tensor([1.0, -2.0, 3.0])]
        expected = stepped(torch.zeros(3), grads, fused=False)
        with falls_back("a tensor was made in inference mode"):
            found = stepped(torch.zeros(3), grads, fused=True)
        assert torch.equal(found, expected)


@pytest.mark.filterwarnings("ignore:ComplexHalf support is experimental:UserWarning")
def test_complex_numbers_of_half_precision_are_left_to_the_for_loop():
    start = torch.tensor([1 + 2j, -0.5j], dtype=torch.complex32)
    grads = [torch.tensor([0.5 - 1j, 2j], dtype=torch.complex32)] * 3
    expected = stepped(start.clone(), grads, fused=False)
    with falls_back("there is no kernel for torch.complex32 on the CPU"):
        found = stepped(start.clone(), grads, fused=True)
    assert torch.equal(torch.view_as_real(found), torch.view_as_real(expected))


# --- Whatever changes between two steps ---


def test_an_optimizer_in_which_only_some_groups_can_be_fused_is_not_for_a_scaler():
    params = [torch.zeros(2), torch.zeros(2)]
    groups = [{"params": params[:1], "fused": True}, {"params": params[1:], "fused": False}]
    assert not RMSprop(groups)._step_supports_amp_scaling
    assert RMSprop(params, fused=True)._step_supports_amp_scaling


@pytest.mark.parametrize("fused", [True, False])
@pytest.mark.parametrize("overflows", [False, True])
def test_a_grad_scaler_finds_the_same_step_on_either_path(fused, overflows):
    param = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    optimizer = RMSprop([param], lr=0.1, fused=fused)
    scaler = torch.amp.GradScaler("cpu", init_scale=1024.0)
    for factor in (1.0, torch.inf if overflows else 1.0):
        optimizer.zero_grad()
        scaler.scale((param * param).sum() * factor).backward()
        scaler.step(optimizer)
        scaler.update()
    other = torch.nn.Parameter(torch.tensor([1.0, -2.0]))
    plain = RMSprop([other], lr=0.1, fused=False)
    for _ in range(1 if overflows else 2):
        other.grad = 2 * other.detach()
        plain.step()
    torch.testing.assert_close(param, other)
    assert optimizer.state[param]["step"].item() == (1 if overflows else 2)
    assert not hasattr(optimizer, "grad_scale")


CHANGES = {
    "lr": st.sampled_from([0.1, 0.01, torch.tensor(0.05)]),
    "momentum": st.sampled_from([0.0, 0.9]),
    "centered": st.booleans(),
    "maximize": st.booleans(),
    "eps": st.sampled_from([1e-8, 1e-3]),
    "weight_decay": st.sampled_from([0.0, 0.1]),
    "eps_inside_sqrt": st.booleans(),
}
events = st.lists(
    st.fixed_dictionaries({}, optional=CHANGES)
    | st.sampled_from(["reload", "new data", "missing gradient", "new group"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40)
@given(events=events, seed=st.integers(0, 99))
def test_the_fused_step_follows_the_for_loop_through_whatever_changes(events, seed):
    ends = []
    for fused in (True, False):
        generator = torch.Generator().manual_seed(seed)
        params = [torch.nn.Parameter(torch.randn(n, generator=generator)) for n in (5, 70, 1)]
        optimizer = RMSprop(params, fused=fused)
        for event in events:
            if isinstance(event, dict):
                optimizer.param_groups[0].update(event)
            elif event == "reload":
                saved = optimizer.state_dict()
                optimizer = RMSprop(optimizer.param_groups, fused=fused)
                optimizer.load_state_dict(saved)
            elif event == "new data":
                params[1].data = params[1].data.clone()
            elif event == "new group":
                params.append(torch.nn.Parameter(torch.randn(4, generator=generator)))
                optimizer.add_param_group({"params": params[-1:], "lr": 0.02})
            for number, param in enumerate(params):
                grad = torch.randn(param.shape, generator=generator)
                param.grad = None if event == "missing gradient" and number == 0 else grad
            optimizer.step()
        ends.append([*params, *(t for state in optimizer.state.values() for t in state.values())])
    for mine, theirs in zip(*ends, strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-3, atol=1e-4)
