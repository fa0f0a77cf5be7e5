"""Training with RMSprop in torch that stops and goes on from a checkpoint, bit for bit."""

import copy
import io
import multiprocessing
import os
import pickle
import random
import signal
import sys
import time
from typing import NamedTuple

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_course.torch_optim import RMSprop

pytestmark = pytest.mark.filterwarnings("ignore:fused=True:UserWarning")  # half types on the CPU
REAL_DTYPES = [torch.float32, torch.float64, torch.bfloat16, torch.float16]
HALF_DTYPES = [torch.bfloat16, torch.float16]


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Threads of one process do not wait for another's where tests run side by side."""
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


# Runs: parameters, gradients and what is kept of them


class Start(NamedTuple):
    """Parameters at the start of a run, and what decides its gradients."""

    shapes: list
    dtype: torch.dtype
    transposed: bool
    seed: int

    def params(self):
        made = [self._numbers(shape, 0, index) for index, shape in enumerate(self.shapes)]
        return [torch.nn.Parameter(tensor) for tensor in made]

    def gradients(self, step):
        """One for each parameter; of many sizes, with zeros, and sometimes none."""
        rng = random.Random(f"{self.seed} {step}")
        made = []
        for index, shape in enumerate(self.shapes):
            grad = self._numbers(shape, step + 1, index) * 10.0 ** rng.randint(-3, 1)
            grad[grad.abs() < 1e-3] = 0
            made.append(grad if rng.random() < 0.8 else None)
        return made

    def alternating_gradients(self, step):
        """None is small and no two follow with one sign, which keeps v - m² far from 0."""
        made = []
        for index, shape in enumerate(self.shapes):
            grad = self._numbers(shape, step + 1, index)
            real = torch.view_as_real(grad) if grad.is_complex() else grad
            real.abs_().add_(0.1).mul_((-1) ** step)
            made.append(None if index == 1 and step < 4 else grad)
        return made

    def _numbers(self, shape, step, index):
        generator = torch.Generator().manual_seed(10_000 * self.seed + 10 * step + index)
        dtype = torch.complex64 if self.dtype.is_complex else torch.float32
        numbers = torch.randn(shape[::-1], generator=generator, dtype=dtype).to(self.dtype)
        return numbers.movedim(0, -1) if self.transposed and numbers.ndim == 2 else numbers


class Run(NamedTuple):
    params: list
    optimizer: torch.optim.Optimizer

    def step(self, gradients):
        for param, grad in zip(self.params, gradients, strict=True):
            param.grad = None if grad is None else grad.clone()
        self.optimizer.step()

    def checkpoint(self):
        params = [param.detach() for param in self.params]
        return {"params": params, "optimizer": self.optimizer.state_dict()}

    def bits(self):
        """Every parameter and average by name: its dtype and the bytes of its numbers."""
        kept = {}
        for index, param in enumerate(self.params):
            state = self.optimizer.state.get(param, {})
            for name, tensor in {"param": param.detach(), **state}.items():
                raw = tensor.flatten().view(torch.uint8).numpy().tobytes()
                kept[index, name] = tensor.dtype, raw
        return kept


def grouped(params):
    """Two groups, so that settings can differ."""
    return [{"params": params[:1]}, {"params": params[1:]}]


def begin(kind, start, *group_settings):
    params = start.params()
    groups = zip(grouped(params), group_settings, strict=True)
    return Run(params, kind([group | own for group, own in groups]))


def restored(kind, checkpoint, **settings):
    """A run from a checkpoint alone; a copy, for what is loaded stays whole."""
    params = [torch.nn.Parameter(param.clone()) for param in checkpoint["params"]]
    optimizer = kind(grouped(params), **settings)
    optimizer.load_state_dict(checkpoint["optimizer"])
    return Run(params, optimizer)


# Whatever the settings, a run may stop anywhere

shapes = st.lists(
    st.sampled_from([(), (1,), (7,), (0, 2), (3, 5), (64, 33)]), min_size=2, max_size=3
)


def starts(dtypes):
    return st.builds(
        Start, shapes, st.sampled_from(dtypes), transposed=st.booleans(), seed=st.integers(0, 999)
    )


def defined(switches):
    """The settings with what is not defined beside the others switched off."""
    without = {"nesterov": False} if switches["momentum"] == 0 else {}
    if switches["initial_square_avg"] != 0:
        without["bias_correction"] = False
    if switches["foreach"]:
        without["fused"] = False
    return switches | without


in_torch = {
    "lr": st.sampled_from([1e-3, 0.1]),
    "alpha": st.sampled_from([0.5, 0.9, 0.99]),
    "eps": st.sampled_from([1e-8, 1e-2]),
    "weight_decay": st.sampled_from([0, 0.01]),
    "momentum": st.sampled_from([0, 0.5, 0.9]),
    "centered": st.booleans(),
    "foreach": st.booleans(),
    "maximize": st.booleans(),
}
everything = in_torch | {
    "lr": st.sampled_from([1e-3, 0.1]) | st.builds(torch.tensor, st.just(0.05)),
    "alpha": st.sampled_from([0.0, 0.9, 0.99]),
    "eps": st.sampled_from([0.0, 1e-8, 1e-2]),
    "eps_inside_sqrt": st.booleans(),
    "initial_square_avg": st.sampled_from([0.0, 1.0]),
    "lr_in_momentum": st.booleans(),
    "decoupled_weight_decay": st.booleans(),
    "nesterov": st.booleans(),
    "bias_correction": st.booleans(),
    "fused": st.booleans(),
}


def all_settings(dtype):
    state_dtypes = [None, torch.float32, torch.float64, *([] if dtype.is_complex else HALF_DTYPES)]
    state_dtype = {"state_dtype": st.sampled_from(state_dtypes)}
    return st.fixed_dictionaries(everything | state_dtype).map(defined)


def torch_settings(dtype):
    """Settings under which torch does the same arithmetic.

    It adds the decay to complex gradients as complex numbers, unless with foreach, which rounds
    otherwise; in float16, 1e-8 is no ε and leads it to 0/0.
    """
    switches = st.fixed_dictionaries(in_torch)
    if dtype == torch.float16:
        return switches.map(lambda chosen: chosen | {"eps": 1e-2})
    if dtype.is_complex:
        return switches.filter(lambda chosen: chosen["foreach"] or chosen["weight_decay"] == 0)
    return switches


def two_groups(dtypes, settings_of):
    """A start and the settings of its two parameter groups."""
    return starts(dtypes).flatmap(
        lambda start: st.tuples(st.just(start), *[settings_of(start.dtype)] * 2)
    )


def through_torch_save(run):
    file = io.BytesIO()
    torch.save(run.checkpoint(), file)
    file.seek(0)
    return restored(RMSprop, torch.load(file, weights_only=True))


def through_pickle(run):
    return restored(RMSprop, pickle.loads(pickle.dumps(run.checkpoint())))


def through_pickle_of_the_optimizer(run):
    return pickle.loads(pickle.dumps(run))


def through_deepcopy_of_the_optimizer(run):
    return copy.deepcopy(run)


@pytest.mark.parametrize(
    "through",
    [
        through_torch_save,
        through_pickle,
        through_pickle_of_the_optimizer,
        through_deepcopy_of_the_optimizer,
    ],
)
@given(
    begun=two_groups([*REAL_DTYPES, torch.complex64], all_settings),
    stops=st.sets(st.integers(0, 7), min_size=1, max_size=3),
)
def test_a_run_that_stops_at_any_steps_is_the_run_that_does_not(through, begun, stops):
    start = begun[0]
    uninterrupted, stopped = begin(RMSprop, *begun), begin(RMSprop, *begun)
    for step in range(8):
        if step in stops:
            stopped = through(stopped)
        gradients = start.gradients(step)
        uninterrupted.step(gradients)
        stopped.step(gradients)
        assert stopped.bits() == uninterrupted.bits()


@pytest.mark.parametrize("through", [through_torch_save, through_pickle])
@given(begun=two_groups([*REAL_DTYPES, torch.complex64], all_settings))
def test_a_checkpoint_holds_every_setting_and_all_state(through, begun):
    run = begin(RMSprop, *begun)
    run.step(begun[0].gradients(0))
    found = through(run)
    assert found.bits() == run.bits()
    for group, own in zip(found.optimizer.param_groups, run.optimizer.param_groups, strict=True):
        assert {**group, "params": None} == {**own, "params": None}


# To torch's own class and back

FIRST, SECOND, LAST = 6, 6, 100  # steps before the first crossing, until the second, and after


def begin_both(start, *chosen):
    """A run of each class; ours keeps state in the parameters' dtype, as torch does."""
    own = {"state_dtype": start.dtype} if start.dtype in HALF_DTYPES else {}
    ours = begin(RMSprop, start, *(group | own for group in chosen))
    return ours, begin(torch.optim.RMSprop, start, *chosen)


def crossed(run, kind):
    """The run from its checkpoint on, by the other class; torch knows no `state_dtype`."""
    dtype = run.params[0].dtype
    own = {"state_dtype": dtype} if kind is RMSprop and dtype in HALF_DTYPES else {}
    file = io.BytesIO()
    torch.save(run.checkpoint(), file)
    file.seek(0)
    return restored(kind, torch.load(file, weights_only=True), **own)


@pytest.mark.parametrize("ours_first", [True, False], ids=["ours-torch-ours", "torch-ours-torch"])
@settings(max_examples=40)
@given(
    begun=two_groups([*REAL_DTYPES, torch.complex64], torch_settings),
    first=st.integers(0, FIRST),
    second=st.integers(0, SECOND),
)
def test_a_run_by_both_classes_in_turn_is_the_run_of_either(ours_first, begun, first, second):
    alone = begin_both(*begun)
    turning = begin_both(*begun)[0 if ours_first else 1]
    home = type(turning.optimizer)
    away = torch.optim.RMSprop if ours_first else RMSprop
    for step in range(first + second + LAST):
        if step == first:
            turning = crossed(turning, away)
        if step == first + second:
            turning = crossed(turning, home)
        gradients = begun[0].alternating_gradients(step)
        for run in (*alone, turning):
            run.step(gradients)
        expected, *found = (run.bits() for run in (*alone, turning))
        assert found == [expected, expected]
    assert all(param.isfinite().all() for param in turning.params)


# A process that is killed

N_NUMBERS = 30_000
KILLS = 25
processes = multiprocessing.get_context("spawn" if sys.platform == "win32" else "forkserver")
if sys.platform != "win32":  # what a new process imports, at once or at the first step
    processes.set_forkserver_preload(
        ["hypothesis.strategies", "pytest", "rmsprop_course.torch_optim", "torch._dynamo"]
    )

can_be_killed = pytest.mark.skipif(
    sys.platform == "win32", reason="a process cannot kill itself by a signal there"
)


def long_run():
    start = Start([(N_NUMBERS,), (3,)], torch.float32, transposed=False, seed=0)
    return begin(RMSprop, start, {"momentum": 0.9}, {"centered": True, "bias_correction": True})


def steps_done(run):
    return int(run.optimizer.state[run.params[0]]["step"]) if run.optimizer.state else 0


def train(run, n_steps):
    for step in range(steps_done(run), steps_done(run) + n_steps):
        generator = torch.Generator().manual_seed(step)
        run.step([torch.randn(param.shape, generator=generator) for param in run.params])


def load(path):
    return restored(RMSprop, torch.load(path, weights_only=True))


def save_atomically(run, path, opened=io.FileIO):
    """Write beside the old checkpoint, and take its place when all is on the disk."""
    with opened(beside(path), "wb") as file:
        torch.save(run.checkpoint(), file)
        file.flush()
        os.fsync(file.fileno())
    os.replace(beside(path), path)


def beside(path):
    return path.with_name(f"{path.name}.new")


def save_naively(run, path, opened=io.FileIO):
    with opened(path, "wb") as file:
        torch.save(run.checkpoint(), file)


class DeadlyFile(io.FileIO):
    """Its process is killed in the middle of the write that would take it beyond its size."""

    size = 0

    def write(self, data):
        fits = memoryview(data).cast("B")[: self.size - self.tell()]
        n_written = super().write(fits)
        if len(fits) < len(data):
            os.kill(os.getpid(), signal.SIGKILL)
        return n_written


def save_in_vain(save, path, size):
    """Go on from a checkpoint, and die while the next one is saved, after `size` bytes."""
    run = load(path)
    train(run, 3)
    DeadlyFile.size = size
    save(run, path, DeadlyFile)


def train_and_save_until_killed(path):
    torch.set_num_threads(1)
    run = load(path)
    while True:
        train(run, 1)
        save_atomically(run, path)


def killed_in_save(save, path, share):
    """Kill a process while it saves, when this share of the file is written."""
    size = int(share * (path.stat().st_size - 1))
    process = processes.Process(target=save_in_vain, args=(save, path, size))
    process.start()
    process.join(60)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.fixture
def saved(tmp_path):
    """A run of five steps and where its checkpoint lies."""
    run, path = long_run(), tmp_path / "checkpoint.pt"
    train(run, 5)
    save_atomically(run, path)
    return run, path


each_share = pytest.mark.parametrize("share", [0, 0.001, 0.5, 0.999, 1])


@can_be_killed
@each_share
def test_a_save_cut_short_beside_the_checkpoint_leaves_it_to_go_on_from(saved, share):
    uninterrupted, path = saved
    killed_in_save(save_atomically, path, share)
    assert beside(path).exists()
    resumed = load(path)
    assert resumed.bits() == uninterrupted.bits()
    for run in (uninterrupted, resumed):
        train(run, 10)
    assert resumed.bits() == uninterrupted.bits()


@can_be_killed
@each_share
def test_a_save_cut_short_on_top_of_the_checkpoint_loses_it(saved, share):
    _, path = saved
    killed_in_save(save_naively, path, share)
    with pytest.raises((EOFError, RuntimeError, pickle.UnpicklingError)):
        load(path)


@can_be_killed
def test_a_process_killed_at_any_moment_leaves_a_checkpoint_to_go_on_from(saved, record_property):
    uninterrupted, path = saved
    rng, n_in_save = random.Random(0), 0
    for _ in range(KILLS):
        before = path.stat().st_mtime_ns
        process = processes.Process(target=train_and_save_until_killed, args=(path,))
        process.start()
        end = time.monotonic() + 60
        while path.stat().st_mtime_ns == before and time.monotonic() < end:
            time.sleep(0.001)
        time.sleep(rng.uniform(0, 0.05))
        process.kill()
        process.join()
        assert process.exitcode == -signal.SIGKILL
        n_in_save += beside(path).exists()
        resumed = load(path)
        assert steps_done(resumed) > steps_done(uninterrupted)
        train(uninterrupted, steps_done(resumed) - steps_done(uninterrupted))
        assert resumed.bits() == uninterrupted.bits()
    assert n_in_save > 0
    done = steps_done(uninterrupted)
    report = f"{KILLS} kills, {n_in_save} of them in a save; {done} steps, none lost or changed"
    record_property("interrupted", report)
