"""PyTorch's own inputs for tests of RMSprop, and small problems to run them on.

The inputs come with PyTorch (``torch.testing._internal``); each is run once for every way to
compute a step, named as PyTorch's tests name them: forloop, foreach, differentiable, fused. The
last is ours alone: PyTorch's RMSprop computes the same by its for-loop.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
import torch
from torch.nn import Parameter
from torch.testing._internal.common_optimizers import OptimizerInfo, optim_db

MATERIAL: OptimizerInfo = next(info for info in optim_db if info.name == "RMSprop")

IMPLEMENTATIONS = {
    "forloop": {"foreach": False, "differentiable": False},
    "foreach": {"foreach": True, "differentiable": False},
    "differentiable": {"foreach": False, "differentiable": True},
    "fused": {"foreach": False, "differentiable": False, "fused": True},
}

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="runs on a CUDA GPU; there is none")
two_gpus = pytest.mark.skipif(
    torch.cuda.device_count() < 2, reason="runs on two CUDA GPUs; there are fewer"
)
FALLS_BACK = pytest.mark.filterwarnings(  # said of what cannot be fused, where PyTorch tries it
    "ignore:fused=True. (parameter, gradient and averages have different|there is no kernel for)"
    ":UserWarning"
)
DEVICES = ["cpu", pytest.param("cuda", marks=gpu)]


class Case(NamedTuple):
    """One of PyTorch's inputs on a device, and how to compute the step."""

    device: str
    desc: str
    implementation: str

    def settings(self) -> dict[str, Any]:
        """Return new settings: a scheduler changes a learning rate that is a tensor in place."""
        inputs = MATERIAL.optim_inputs_func(device=self.device)
        (kwargs,) = [entry.kwargs for entry in inputs if entry.desc == self.desc]
        return kwargs | IMPLEMENTATIONS[self.implementation]

    def pytorchs(self) -> dict[str, Any]:
        """Return the settings for PyTorch's class."""
        return {name: value for name, value in self.settings().items() if name != "fused"}

    def sign(self) -> int:
        """Return 1 where the loss has to rise and -1 where it has to fall."""
        return 1 if self.settings().get("maximize") else -1


def each_case(*implementations: str, devices=("cpu", "cuda"), without: str = ""):
    """Parametrize a test over PyTorch's inputs and ways to compute; by default all of them.

    Inputs with a setting `without` are left out. Without a GPU, one skipped case stands for all
    that need one.
    """
    cases = []
    for device in devices:
        if device == "cuda" and not torch.cuda.is_available():
            cases.append(pytest.param(None, id="cuda", marks=gpu))
            continue
        cases += [
            pytest.param(
                Case(device, entry.desc, implementation),
                id=f"{device}-{entry.desc}-{implementation}",
            )
            for entry in MATERIAL.optim_inputs_func(device=device)
            if without not in entry.kwargs
            for implementation in implementations or IMPLEMENTATIONS
        ]
    return pytest.mark.parametrize("case", cases)


# Numbers, and steps with them


def randn(*shape: int, seed: int = 0, dtype=torch.float32, device="cpu") -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(shape, generator=generator, dtype=dtype).to(device)


def plain_params(case: Case, dtype=torch.float32) -> list[torch.Tensor]:
    """Return two parameters of their own memory, on which a differentiable step works too."""
    return [
        randn(*shape, seed=seed, dtype=dtype, device=case.device)
        for seed, shape in enumerate([(2, 3), (2,)])
    ]


def take_steps(optimizer, *, n_steps: int = 3, seed: int = 0) -> None:
    """Step with random gradients, the same for the same seed."""
    for number in range(n_steps):
        params = [param for group in optimizer.param_groups for param in group["params"]]
        for place, param in enumerate(params):
            chosen = 1000 * seed + 100 * number + place
            grad = randn(*param.shape, seed=chosen, dtype=param.dtype, device=param.device)
            param.grad = grad
        optimizer.step()


class Regression:
    """The loss Σ(Wx + b)² that PyTorch's tests descend."""

    def __init__(self, *devices: str, contiguous: bool = True) -> None:
        first, last = devices[0], devices[-1]
        shapes = ((10, 5), (10,)) if contiguous else ((10, 5, 2), (10, 2))
        weight, bias = (randn(*shape, seed=seed) for seed, shape in enumerate(shapes))
        if not contiguous:
            weight, bias = weight[..., 0], bias[..., 0]
        self.weight, self.bias = Parameter(weight.to(first)), Parameter(bias.to(last))
        self.input = randn(5, seed=2, device=first)

    def loss(self) -> torch.Tensor:
        return (self.weight.mv(self.input).to(self.bias.device) + self.bias).pow(2).sum()

    def closure(self, optimizer) -> Callable[[], torch.Tensor]:
        def evaluate() -> torch.Tensor:
            optimizer.zero_grad()
            loss = self.loss()
            loss.backward()
            return loss

        return evaluate

    def rise(self, optimizer, schedulers=(), *, n_steps: int = 20) -> float:
        """Return by how much the loss rises in some steps."""
        first = self.loss().item()
        for _ in range(n_steps):
            loss = optimizer.step(self.closure(optimizer)).detach()
            for scheduler in schedulers:
                wants_loss = isinstance(scheduler, torch.optim.lr_scheduler.ReduceLROnPlateau)
                scheduler.step(*([loss] if wants_loss else []))
        return self.loss().item() - first


# Comparisons


def assert_same(ours: Any, theirs: Any) -> None:
    """Raise unless two nests of lists, dicts, tensors and values are equal to the last bit."""
    if isinstance(ours, torch.Tensor):
        assert (ours.dtype, ours.device) == (theirs.dtype, theirs.device)
        assert torch.equal(ours, theirs)
    elif isinstance(ours, dict):
        assert ours.keys() == theirs.keys()
        for key in ours:
            assert_same(ours[key], theirs[key])
    elif isinstance(ours, list | tuple):
        assert len(ours) == len(theirs)
        for one, other in zip(ours, theirs, strict=True):
            assert_same(one, other)
    else:
        assert ours == theirs


def assert_alike(ours: Any, theirs: Any, *, exact: bool) -> None:
    """Raise unless tensors are equal: to the last bit, or within PyTorch's tolerance."""
    if exact:
        assert_same(ours, theirs)
    else:
        torch.testing.assert_close(ours, theirs)


def state_tensors(optimizer, params) -> list[torch.Tensor]:
    """Return all state of some parameters in a fixed order."""
    return [optimizer.state[p][name] for p in params for name in sorted(optimizer.state[p])]


def named_in_material() -> set[str]:
    """Return PyTorch's tests of optimizers that its material mentions by name."""
    decorators = [entry for info in optim_db for entry in info.decorators]
    return {entry.test_name for entry in decorators if entry.cls_name == "TestOptimRenewed"} - {
        None  # stands for all of them
    }
