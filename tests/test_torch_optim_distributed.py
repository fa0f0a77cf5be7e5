"""RMSprop in torch on two processes against one process: data parallel, sharded, resumed."""

import functools
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from distributed_matrix import (
    CASES,
    PATHS,
    SETTINGS,
    WORLD_SIZE,
    assert_same_bits,
    assert_same_state,
    network,
    rows,
)
from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

from rmsprop_course.torch_optim import RMSprop

SCRIPT = Path(__file__).parent / "distributed_matrix.py"
TIME_LIMIT = 300  # seconds for one launch on a busy machine; it takes about 10
ENVIRONMENT = {  # no accelerator, and a network that ends at this machine
    "CUDA_VISIBLE_DEVICES": "",
    "HIP_VISIBLE_DEVICES": "",
    "GLOO_SOCKET_IFNAME": "lo0" if sys.platform == "darwin" else "lo",
    "OMP_NUM_THREADS": "1",
}

pytestmark = pytest.mark.skipif(
    sys.platform == "win32", reason="the ranks are killed by a signal, and end by none"
)


# Launching ranks


class Ranks:
    """The processes of one job, started together and ended together."""

    def __init__(self, job, world_size, folder):
        self.folder = folder
        self.names = [f"{job}-{world_size}-{rank}" for rank in range(world_size)]
        self.processes = [
            self._start(job, str(rank), str(world_size)) for rank in range(world_size)
        ]

    def _start(self, job, rank, world_size):
        with (self.folder / f"{job}-{world_size}-{rank}.txt").open("wb") as output:
            return subprocess.Popen(
                [sys.executable, SCRIPT, job, rank, world_size, self.folder],
                env={**os.environ, **ENVIRONMENT},
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def kill(self):
        for process in self.processes:
            process.kill()
        return [process.wait() for process in self.processes]

    def ended(self):
        return [process.poll() is not None for process in self.processes]

    def wait_until(self, done):
        """Wait until `done()`; after the time limit, kill all ranks and fail with their output."""
        end = time.monotonic() + TIME_LIMIT
        while not done():
            if time.monotonic() > end:
                self.kill()
                pytest.fail(f"not done after {TIME_LIMIT} s\n{self.output()}")
            time.sleep(0.02)

    def output(self):
        texts = [self.folder / f"{name}.txt" for name in self.names]
        return "\n".join(f"{text.stem}:\n{text.read_text(errors='replace')}" for text in texts)

    def found(self):
        """What the ranks wrote down for each row, in the order of the ranks."""
        found = {}
        for path in (self.folder / f"{name}.jsonl" for name in self.names):
            for line in path.read_text().splitlines() if path.exists() else ():
                row = json.loads(line)
                found.setdefault(row["name"], []).append(row)
        return found


def run(job, world_size, folder):
    """Let the ranks run to their end, and return them."""
    with Ranks(job, world_size, folder) as ranks:
        ranks.wait_until(lambda: all(ranks.ended()))
    return ranks


def assert_passed(ranks, name):
    found = ranks.found().get(name, [])
    assert len(found) == len(ranks.names), f"{name} has no result\n{ranks.output()}"
    assert all(row["passed"] for row in found), f"{name} failed\n{ranks.output()}"


# Two processes against one


@pytest.fixture(scope="module")
def checked(tmp_path_factory):
    return run("check", WORLD_SIZE, tmp_path_factory.mktemp("check"))


@pytest.mark.parametrize("row", rows())
def test_two_processes_train_as_one(checked, row):
    assert_passed(checked, row)


def test_every_row_of_the_matrix_has_a_result_of_each_rank(checked, record_property):
    found = checked.found()
    assert found.keys() == rows().keys()
    assert {len(results) for results in found.values()} == {WORLD_SIZE}
    for check in dict.fromkeys(check for check, _ in rows().values()):
        results = [found[name] for name, row in rows().items() if row[0] is check]
        n_passed = sum(all(result["passed"] for result in ranks) for ranks in results)
        said = {result["said"] for ranks in results for result in ranks if result["said"]}
        name = check.__name__.replace("_", " ")
        record_property(name, "; ".join([f"{name}: {n_passed} of {len(results)} pass", *said]))


# A checkpoint outlives the processes that wrote it


@pytest.fixture(scope="module")
def interrupted(tmp_path_factory):
    """Folder with the checkpoints of ranks that were killed while they went on training."""
    folder = tmp_path_factory.mktemp("interrupted")
    progress = [folder / f"progress-{rank}" for rank in range(WORLD_SIZE)]
    with Ranks("train_until_killed", WORLD_SIZE, folder) as ranks:
        ranks.wait_until(lambda: any(ranks.ended()) or all(path.exists() for path in progress))
        assert ranks.kill() == [-signal.SIGKILL] * WORLD_SIZE, ranks.output()
    return folder


@pytest.fixture(scope="module")
def resumed(interrupted):
    """The ranks that go on from those checkpoints, by their number."""
    return functools.cache(lambda world_size: run("resume", world_size, interrupted))


@pytest.mark.parametrize("world_size", [WORLD_SIZE, 1])
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_killed_ranks_are_resumed_bit_for_bit(resumed, world_size, case):
    assert_passed(resumed(world_size), f"resume_{WORLD_SIZE}_to_{world_size}-{case.name}")


# A step that must do nothing: distributed checkpoints take one to lay out the state

SWITCHES = {
    "momentum": [0, 0.9],
    "centered": [False, True],
    "weight_decay": [0, 0.1],
    "decoupled_weight_decay": [False, True],
    "eps_inside_sqrt": [False, True],
    "initial_square_avg": [0.0, 1.0],
    "lr_in_momentum": [False, True],
    "nesterov": [False, True],
    "bias_correction": [False, True],
    "path": PATHS.values(),
}


def combinations():
    """All settings that are defined together."""
    for values in itertools.product(*SWITCHES.values()):
        settings = dict(zip(SWITCHES, values, strict=True))
        without_momentum = settings["nesterov"] and settings["momentum"] == 0
        if not (without_momentum or (settings["bias_correction"] and values[5])):
            yield settings | settings.pop("path")


def params_of_all_signs(kind, **settings):
    params = torch.nn.Parameter(torch.tensor([2.0, -3.0, 0.0, -0.0, 1e-42, -1e30]))
    return params, kind([params], **settings)


def bits(tensor):
    return tensor.detach().view(torch.int32).tolist()


def step_without_gradient(params, optimizer):
    params.grad = torch.zeros_like(params)
    optimizer.step()


@pytest.mark.parametrize("lr", [0.0, torch.tensor(0.0)], ids=["number", "tensor"])
def test_steps_of_no_gradient_at_rate_zero_move_no_bit_of_the_parameters(lr):
    for settings in combinations():
        params, optimizer = params_of_all_signs(RMSprop, lr=lr, **settings)
        before = bits(params)
        for _ in range(2):
            step_without_gradient(params, optimizer)
        assert bits(params) == before, settings


def test_steps_of_no_gradient_at_rate_zero_start_momentum_only_where_decay_is_a_gradient():
    for settings in combinations():
        if settings["momentum"] == 0:
            continue
        params, optimizer = params_of_all_signs(RMSprop, lr=0.0, **settings)
        step_without_gradient(params, optimizer)
        decay_is_gradient = settings["weight_decay"] and not settings["decoupled_weight_decay"]
        started = optimizer.state[params]["momentum_buffer"].any().item()
        assert started == bool(decay_is_gradient and not settings["lr_in_momentum"]), settings


def asked_when_fresh(kind, **settings):
    """The parameters, the optimizer and its state by name, before any step of training."""
    model = network()
    optimizer = kind(model.parameters(), lr=0.3, **settings)
    state = get_optimizer_state_dict(model, optimizer)["state"]
    return list(model.parameters()), optimizer, state


@pytest.mark.parametrize("path", PATHS.values(), ids=PATHS)
@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_asking_a_fresh_optimizer_for_its_state_moves_no_parameter(settings, path):
    params, optimizer, state = asked_when_fresh(RMSprop, **path, **settings)
    assert_same_bits(params, network().parameters())
    assert all(param.grad is None for param in params)
    assert optimizer.param_groups[0]["lr"] == 0.3
    assert list(state) == [name for name, _ in network().named_parameters()]


@pytest.mark.parametrize("foreach", [False, True])
@pytest.mark.parametrize("weight_decay", [0, 0.1])
@pytest.mark.parametrize("centered", [False, True])
def test_asking_a_fresh_optimizer_for_its_state_counts_as_a_step_like_torchs(
    centered, weight_decay, foreach
):
    """With L2 decay it even starts the momentum, which the next step would take: torch's flaw."""
    settings = {
        "momentum": 0.9,
        "centered": centered,
        "weight_decay": weight_decay,
        "foreach": foreach,
    }
    *_, ours = asked_when_fresh(RMSprop, **settings)
    *_, theirs = asked_when_fresh(torch.optim.RMSprop, **settings)
    assert_same_state(ours, theirs)
    for averages in ours.values():
        assert averages["step"] == 1
        assert averages["momentum_buffer"].any() == (weight_decay > 0)


def test_asking_a_fresh_optimizer_for_its_state_lets_the_first_average_decay_once():
    *_, state = asked_when_fresh(RMSprop, alpha=0.75, initial_square_avg=1.0)
    for averages in state.values():
        assert (averages["square_avg"] == 0.75).all()
