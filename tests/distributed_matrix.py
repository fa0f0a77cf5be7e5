"""One rank of a distributed run with RMSprop; `test_torch_optim_distributed` starts the ranks.

    python distributed_matrix.py JOB RANK WORLD_SIZE FOLDER

JOB is "check", "train_until_killed" or "resume". A check trains the same network in one process
with the arithmetic of the ranks (each gradient is the mean of the gradients of the half batches)
and compares. What it finds goes to FOLDER, as a line of JSON in RANK.jsonl for each row.
"""

import functools
import json
import logging
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

import torch
import torch.distributed as dist
import torch.distributed.checkpoint as dcp
from torch import nn
from torch.distributed.algorithms.model_averaging.averagers import PeriodicModelAverager
from torch.distributed.checkpoint.state_dict import (
    StateDictOptions,
    get_model_state_dict,
    get_optimizer_state_dict,
    set_model_state_dict,
    set_optimizer_state_dict,
)
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.fsdp import fully_shard
from torch.distributed.optim import (
    PostLocalSGDOptimizer,
    ZeroRedundancyOptimizer,
    _apply_optimizer_in_backward,
)
from torch.distributed.tensor import DTensor, Replicate, Shard
from torch.distributed.tensor.parallel import (
    ColwiseParallel,
    RowwiseParallel,
    parallelize_module,
)
from torch.nn.parallel import DistributedDataParallel

from rmsprop_course.torch_optim import RMSprop

N_STEPS = 6
SAVED_AFTER = 4  # steps
BATCH_SIZE = 16
WORLD_SIZE = 2
FULL = StateDictOptions(full_state_dict=True, cpu_offload=True)
BROADCAST = StateDictOptions(full_state_dict=True, broadcast_from_rank0=True)


class Case(NamedTuple):
    """Settings of the optimizer, its path, and the optimizer of the run that is compared with."""

    name: str
    settings: dict
    path: dict
    reference: Callable

    def optimizer(self, params, kind=RMSprop):
        return kind(params, **self.arguments)

    @property
    def arguments(self):
        return {"lr": 0.01, **self.path, **self.settings}

    def reference_optimizer(self, params):
        path = self.path if self.path == PATHS["fused"] else PATHS["for-loop"]
        return self.reference(params, lr=0.01, **path, **self.settings)


SETTINGS = {
    "centered": {"momentum": 0.9, "centered": True, "weight_decay": 0.01},
    "tensorflow": {
        "eps_inside_sqrt": True,
        "initial_square_avg": 1.0,
        "lr_in_momentum": True,
        "momentum": 0.9,
    },
    "corrected": {
        "bias_correction": True,
        "momentum": 0.9,
        "nesterov": True,
        "weight_decay": 0.1,
        "decoupled_weight_decay": True,
    },
}
PATHS = {"for-loop": {"foreach": False}, "foreach": {"foreach": True}, "fused": {"fused": True}}
CASES = [
    Case(
        f"{name}-{path}",
        settings,
        PATHS[path],
        torch.optim.RMSprop if name == "centered" and path != "fused" else RMSprop,
    )
    for name, settings in SETTINGS.items()
    for path in PATHS
]


# A network, its batches, and training in one process


def network(dtype=torch.float32, *, n_hidden=17):
    """Layers that two ranks cannot share evenly: 17 rows, and one row."""
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(8, n_hidden), nn.Tanh(), nn.Linear(n_hidden, 1)).to(dtype)


def batch(step, dtype=torch.float32):
    generator = torch.Generator().manual_seed(step)
    inputs = torch.randn(BATCH_SIZE, 8, generator=generator)
    return inputs.to(dtype), inputs[:, :1].sin().to(dtype)


def halves(step, dtype=torch.float32):
    return zip(*(part.chunk(WORLD_SIZE) for part in batch(step, dtype)), strict=True)


def shares(step, dtype=torch.float32):
    """The half batches that this rank trains on: one of two, or both where it is alone."""
    return list(halves(step, dtype))[dist.get_rank() :: dist.get_world_size()]


def loss(model, inputs, targets):
    return ((model(inputs) - targets) ** 2).mean()


def backward(model, parts):
    parts = list(parts)
    for inputs, targets in parts:
        (loss(model, inputs, targets) / len(parts)).backward()


def train(model, optimizer, steps=range(N_STEPS), clip=None, parts=shares):
    """Take steps, each with some parts of the batch: by default this rank's share."""
    dtype = next(model.parameters()).dtype
    for step in steps:
        optimizer.zero_grad()
        backward(model, parts(step, dtype))
        if clip is not None:
            nn.utils.clip_grad_norm_(model.parameters(), clip)
        optimizer.step()


def reference(optimizer, model=None, steps=range(N_STEPS), clip=None):
    """The model and its optimizer (made by `optimizer`) after training in this process alone."""
    model = network() if model is None else model
    optimizer = optimizer(model.parameters())
    train(model, optimizer, steps, clip, parts=halves)
    return model, optimizer


# Comparisons


def whole(tensor):
    """All of a tensor that may be spread over the ranks."""
    tensor = tensor.detach()
    return tensor.full_tensor() if isinstance(tensor, DTensor) else tensor


def parameters(model):
    return [whole(param).clone() for param in model.parameters()]


def assert_same_bits(found, expected):
    """Compare tensor by tensor, without tolerance."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0, equal_nan=False)


def assert_close(found, expected):
    """Compare float64 tensors whose arithmetic differs in the order of sums alone."""
    for one, other in zip(found, expected, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-12)


def assert_same_state(found, expected):
    """Compare the states in two state dicts of optimizers, without tolerance."""
    assert found.keys() == expected.keys(), f"{list(found)} instead of {list(expected)}"
    for key, averages in expected.items():
        assert found[key].keys() == averages.keys(), f"{key}: {list(found[key])}"
        assert_same_bits([found[key][name] for name in averages], averages.values())


# What is checked: one function a row


def data_parallel(case):
    model = DistributedDataParallel(network())
    train(model, case.optimizer(model.parameters()))
    assert_same_bits(parameters(model), parameters(reference(case.reference_optimizer)[0]))


def grad_scaler_that_skips_a_step(case):
    """A batch with an infinite number is skipped on both ranks; scales are powers of two."""
    model, skipped = DistributedDataParallel(network()), 2
    optimizer, scaler = case.optimizer(model.parameters()), torch.amp.GradScaler("cpu", 2.0**10)
    for step in range(N_STEPS):
        optimizer.zero_grad()
        ((inputs, targets),) = shares(step)
        if step == skipped and dist.get_rank() == 0:
            inputs = inputs / 0
        scaler.scale(loss(model, inputs, targets)).backward()
        scaler.step(optimizer)
        scaler.update()
    assert scaler.get_scale() == 2.0**9
    steps = [step for step in range(N_STEPS) if step != skipped]
    expected, _ = reference(case.reference_optimizer, steps=steps)
    assert_same_bits(parameters(model), parameters(expected))


def trained_without_redundancy(case, *, bucket_view=False):
    """The optimizer and that of the reference, whose parameters are then equal."""
    model = DistributedDataParallel(network())
    optimizer = ZeroRedundancyOptimizer(
        model.parameters(),
        optimizer_class=RMSprop,
        parameters_as_bucket_view=bucket_view,
        **case.arguments,
    )
    train(model, optimizer)
    expected, expected_optimizer = reference(case.reference_optimizer)
    assert_same_bits(parameters(model), parameters(expected))
    return optimizer, expected_optimizer


def zero_redundancy(case):
    trained_without_redundancy(case)


def zero_redundancy_bucket_view(case):
    trained_without_redundancy(case, bucket_view=True)


def zero_redundancy_consolidated_state(case):
    optimizer, expected = trained_without_redundancy(case)
    held = sum(map(len, optimizer.optim.state.values()))
    optimizer.consolidate_state_dict(to=0)
    if dist.get_rank() == 0:
        found = optimizer.state_dict()
        assert_same_state(found["state"], expected.state_dict()["state"])
        assert held < sum(map(len, found["state"].values()))  # the rest came from the other rank
        case.optimizer(network().parameters()).load_state_dict(found)


def mesh():
    return init_device_mesh("cpu", (dist.get_world_size(),))


def sharded(model):
    for layer in (model[0], model[2]):
        fully_shard(layer, mesh=mesh())
    return fully_shard(model, mesh=mesh())


def trained_sharded(case, kind=RMSprop, steps=range(N_STEPS)):
    model = sharded(network())
    optimizer = case.optimizer(model.parameters(), kind)
    train(model, optimizer, steps)
    return model, optimizer


def fully_sharded_uneven(case):
    model, optimizer = trained_sharded(case)
    assert_same_bits(parameters(model), parameters(reference(case.reference_optimizer)[0]))
    if case.path == PATHS["fused"]:
        assert not optimizer._fused._plans[0].misfits
    n_rows = [len(param.to_local()) for param in model.parameters()]
    assert n_rows == ([9, 9, 1, 1], [8, 8, 0, 0])[dist.get_rank()]


def assert_state_is_placed_as_parameters(optimizer):
    for param, state in optimizer.state.items():
        assert not isinstance(state["step"], DTensor)
        for name in state.keys() - {"step"}:
            assert isinstance(state[name], DTensor), f"{name} is a {type(state[name])}"
            assert state[name].placements == param.placements
            assert state[name].device_mesh == param.device_mesh
            assert state[name].to_local().shape == param.to_local().shape


def fully_sharded_state_placements(case):
    model, optimizer = trained_sharded(case)
    assert {param.placements for param in model.parameters()} == {(Shard(0),)}
    assert_state_is_placed_as_parameters(optimizer)


def fully_sharded_bfloat16_state_float32(case):
    model = sharded(network(torch.bfloat16))
    optimizer = case.optimizer(model.parameters())
    train(model, optimizer)
    expected, expected_optimizer = reference(
        lambda params: RMSprop(params, lr=0.01, foreach=False, **case.settings),
        network(torch.bfloat16),
    )
    assert_same_bits(parameters(model), parameters(expected))
    for param, other in zip(optimizer.state, expected_optimizer.state, strict=True):
        square_avg = optimizer.state[param]["square_avg"]
        assert square_avg.dtype == square_avg.to_local().dtype == torch.float32
        assert_same_bits([whole(square_avg)], [expected_optimizer.state[other]["square_avg"]])


def fully_sharded_clip_grad_norm(case):
    """The norm is a sum over the ranks: close, not equal."""
    clip, model = 0.1, sharded(network(torch.float64))
    train(model, case.optimizer(model.parameters()), clip=clip)
    start = network(torch.float64)
    expected = reference(case.reference_optimizer, start, clip=clip)[0]
    free = reference(case.reference_optimizer, network(torch.float64))[0]
    assert_close(parameters(model), parameters(expected))
    assert not torch.allclose(free[0].weight, expected[0].weight, rtol=1e-6)  # it did clip


def fully_sharded_step_in_hook(case):
    """An optimizer for each parameter steps as soon as the gradient is reduced."""
    model = sharded(network())
    optimizers = {param: case.optimizer([param]) for param in model.parameters()}

    def step_and_forget(param):
        optimizers[param].step()
        param.grad = None

    for param in model.parameters():
        param.register_post_accumulate_grad_hook(step_and_forget)
    for step in range(N_STEPS):
        backward(model, shares(step))
    assert_same_bits(parameters(model), parameters(reference(case.reference_optimizer)[0]))


def full_state_dict(case):
    model, optimizer = trained_sharded(case)
    found = get_optimizer_state_dict(model, optimizer, options=FULL)
    expected = get_optimizer_state_dict(*reference(case.reference_optimizer))
    if dist.get_rank() == 0:
        assert_same_state(found["state"], expected["state"])
        (group,) = found["param_groups"]
        assert {name: group[name] for name in case.arguments} == case.arguments


def full_state_dict_loaded(case, kind=RMSprop):
    """From rank 0 into new optimizers, after which training goes on as if nothing had been."""
    model, optimizer = trained_sharded(case, kind, range(SAVED_AFTER))
    found = get_optimizer_state_dict(model, optimizer, options=FULL)
    resumed = sharded(network())
    set_model_state_dict(resumed, get_model_state_dict(model))
    resumed_optimizer = case.optimizer(resumed.parameters())
    resumed_optimizer.param_groups[0]["lr"] = 0.5
    set_optimizer_state_dict(resumed, resumed_optimizer, found, options=BROADCAST)
    assert_state_is_placed_as_parameters(resumed_optimizer)
    train(resumed, resumed_optimizer, range(SAVED_AFTER, N_STEPS))
    assert_same_bits(parameters(resumed), parameters(reference(case.reference_optimizer)[0]))


def full_state_dict_of_torch_loaded(case):
    full_state_dict_loaded(case, torch.optim.RMSprop)


def tensor_parallel(case):
    """Rows of one layer, columns of the next, its bias on both ranks; sums in another order."""
    model = network(torch.float64, n_hidden=16)
    parallelize_module(model, mesh(), {"0": ColwiseParallel(), "2": RowwiseParallel()})
    optimizer = case.optimizer(model.parameters())
    for step in range(N_STEPS):
        optimizer.zero_grad()
        loss(model, *batch(step, torch.float64)).backward()
        optimizer.step()
    start = network(torch.float64, n_hidden=16)
    expected, _ = reference(case.reference_optimizer, start)
    assert_close(parameters(model), parameters(expected))
    placements = [param.placements for param in model.parameters()]
    assert placements == [(Shard(0),), (Shard(0),), (Shard(1),), (Replicate(),)]
    assert_state_is_placed_as_parameters(optimizer)


def post_local_sgd(case):
    """Each rank steps alone, and every other step they take the mean of their parameters."""
    model = network()
    optimizer = PostLocalSGDOptimizer(
        case.optimizer(model.parameters()), PeriodicModelAverager(period=2, warmup_steps=0)
    )
    train(model, optimizer)
    models = [network() for _ in range(WORLD_SIZE)]
    optimizers = [case.reference_optimizer(local.parameters()) for local in models]
    for step in range(N_STEPS):
        for local, local_optimizer, half in zip(models, optimizers, halves(step), strict=True):
            local_optimizer.zero_grad()
            loss(local, *half).backward()
            local_optimizer.step()
        if step % 2 == 0:
            for params in zip(*(local.parameters() for local in models), strict=True):
                mean = sum(param.detach() for param in params) / WORLD_SIZE
                for param in params:
                    param.data.copy_(mean)
    assert_same_bits(parameters(model), parameters(models[dist.get_rank()]))


def optimizer_in_backward(case):
    model = network()
    _apply_optimizer_in_backward(RMSprop, model.parameters(), case.arguments)
    for step in range(N_STEPS):
        loss(model, *batch(step)).backward()
    expected = network()
    optimizer = case.reference_optimizer(expected.parameters())
    for step in range(N_STEPS):
        optimizer.zero_grad()
        loss(expected, *batch(step)).backward()
        optimizer.step()
    assert_same_bits(parameters(model), parameters(expected))


def optimizer_in_backward_of_data_parallel(case):
    """PyTorch asks for an accelerator here; without one, torch.optim.RMSprop cannot do it."""
    said = [error_of_in_backward(kind, case) for kind in (torch.optim.RMSprop, RMSprop)]
    assert said[1] == said[0]
    return f"like torch.optim.RMSprop: {said[0] or 'works'}"


def error_of_in_backward(kind, case):
    model = DistributedDataParallel(network())
    arguments = case.arguments if kind is RMSprop else {"lr": 0.01}
    _apply_optimizer_in_backward(kind, model.parameters(), arguments)
    try:
        loss(model, *batch(0)).backward()
    except RuntimeError as error:
        return str(error).partition("\n")[0]
    return None


CHECKS = (
    data_parallel,
    grad_scaler_that_skips_a_step,
    zero_redundancy,
    zero_redundancy_bucket_view,
    zero_redundancy_consolidated_state,
    fully_sharded_uneven,
    fully_sharded_state_placements,
    fully_sharded_bfloat16_state_float32,
    fully_sharded_clip_grad_norm,
    fully_sharded_step_in_hook,
    full_state_dict,
    full_state_dict_loaded,
    full_state_dict_of_torch_loaded,
    tensor_parallel,
    post_local_sgd,
    optimizer_in_backward,
    optimizer_in_backward_of_data_parallel,
)
WITH_TORCH = (full_state_dict_of_torch_loaded, optimizer_in_backward_of_data_parallel)


def rows():
    """Every check with every case that it is defined for, by name."""
    return {
        f"{check.__name__}-{case.name}": (check, case)
        for check in CHECKS
        for case in CASES
        if check not in WITH_TORCH or case.reference is torch.optim.RMSprop
    }


# Interrupted training


def checkpoint_of(model, optimizer):
    return {
        "model": get_model_state_dict(model),
        "optimizer": get_optimizer_state_dict(model, optimizer),
    }


def train_until_killed(folder):
    """Save a checkpoint of each case, then go on training them until somebody ends it.

    Where nobody does, it ends by itself: nothing must outlive the tests for long.
    """
    runs = {case.name: trained_sharded(case, steps=range(SAVED_AFTER)) for case in CASES}
    for name, run in runs.items():
        dcp.save(checkpoint_of(*run), checkpoint_id=folder / name)
    end, step = time.monotonic() + 120, SAVED_AFTER
    while time.monotonic() < end:
        for run in runs.values():
            train(*run, [step])
        step += 1
        with (folder / f"progress-{dist.get_rank()}").open("a") as file:
            print(step, file=file)


def resume(case, folder):
    """Load the checkpoint, train to the end and compare with runs that were not interrupted."""
    model = sharded(network())
    optimizer = case.optimizer(model.parameters())
    optimizer.param_groups[0]["lr"] = 0.5
    with torch.no_grad():
        for param in model.parameters():
            param.zero_()
    checkpoint = checkpoint_of(model, optimizer)
    dcp.load(checkpoint, checkpoint_id=folder / case.name)
    set_model_state_dict(model, checkpoint["model"])
    set_optimizer_state_dict(model, optimizer, checkpoint["optimizer"])
    train(model, optimizer, range(SAVED_AFTER, N_STEPS))
    assert_same_bits(parameters(model), parameters(trained_sharded(case)[0]))
    assert_same_bits(parameters(model), parameters(reference(case.reference_optimizer)[0]))


# One rank


def report(path, name, found):
    """Write down whether `found` runs through, and what it returns or where it ends."""
    try:
        passed, said = True, found()
    except Exception:
        logging.exception("%s", name)
        passed, said = False, None
    with path.open("a") as file:
        print(json.dumps({"name": name, "passed": passed, "said": said}), file=file)


def main(job, rank, world_size, folder):
    torch.set_num_threads(1)
    dist.init_process_group(
        "gloo",
        init_method=(folder / f"meeting-{job}-{world_size}").as_uri(),
        rank=rank,
        world_size=world_size,
        timeout=timedelta(seconds=30),
    )
    found = folder / f"{job}-{world_size}-{rank}.jsonl"
    if job == "check":
        for name, (check, case) in rows().items():
            report(found, name, functools.partial(check, case))
            dist.barrier()
    elif job == "train_until_killed":
        train_until_killed(folder)
    elif job == "resume":
        for case in CASES:
            name = f"resume_{WORLD_SIZE}_to_{world_size}-{case.name}"
            report(found, name, functools.partial(resume, case, folder))
            dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
