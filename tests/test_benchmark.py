"""The benchmark counts right, compares fairly and says what it leaves out. No time is asserted."""

import dataclasses
import datetime
import io
import json
import re
import sys
import warnings
from collections import Counter

import pytest
import torch
from click.testing import CliRunner

from rmsprop_course import benchmark, cli
from rmsprop_course.benchmark import (
    CASES,
    Case,
    Report,
    Row,
    _cases,
    _contenders,
    _memory,
    _run,
    _timing,
    format_table,
    gpt2_shapes,
    load_results,
    resnet50_shapes,
)
from rmsprop_course.benchmark._contenders import (
    CENTERED,
    PLAIN,
    REFERENCES,
    VARIANTS,
    Contender,
    LeftOut,
    check_compiler,
    contenders,
)
from rmsprop_course.benchmark._devices import device_name, find_device
from rmsprop_course.benchmark._memory import needed_bytes, peak_extra_bytes
from rmsprop_course.benchmark._results import rate
from rmsprop_course.benchmark._timing import (
    bandwidth,
    measure_bandwidth,
    order,
    time_in_turns,
)
from rmsprop_course.torch_optim import RMSprop

CPU = torch.device("cpu")
TINY = {
    "1x50M": Case("1x30", ((30,),)),
    "gpt2": Case("gpt2 (tiny)", gpt2_shapes(width=4, n_layers=1, n_tokens=5, n_positions=3)),
}


def parameters(*shapes):
    """Tensors with gradients."""
    params = [torch.ones(shape, requires_grad=True) for shape in shapes]
    for param in params:
        param.grad = torch.full_like(param, 0.5)
    return params


def contender(name, variant=PLAIN):
    [found] = [entry for entry in contenders(variant) if entry.name == name]
    return found


# --- Cases ---


def test_the_models_have_as_many_parameters_as_the_published_ones():
    assert Case("", resnet50_shapes()).n_params == 25_557_032
    assert len(resnet50_shapes()) == 161
    assert Case("", gpt2_shapes()).n_params == 124_439_808
    assert len(gpt2_shapes()) == 148


def test_resnet50_has_the_shapes_of_its_layers():
    """The first convolution, the 3×3 convolutions, the four skipping ones and the last matrix."""
    shapes = Counter(resnet50_shapes())
    assert shapes[(64, 3, 7, 7)] == 1
    assert [shapes[(n, n, 3, 3)] for n in (64, 128, 256, 512)] == [3, 4, 6, 3]
    skipping = [(256, 64, 1, 1), (512, 256, 1, 1), (1024, 512, 1, 1), (2048, 1024, 1, 1)]
    assert [shapes[shape] for shape in skipping] == [1 + 3, 1, 1, 1]  # first blocks widen alike
    assert shapes[(1000, 2048)] == shapes[(1000,)] == 1


def test_a_case_named_by_its_sizes_has_them():
    unit = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
    quick = {case.name: case for case in _cases.QUICK_CASES.values()}
    named = {name: case for name, case in (CASES | quick).items() if re.match(r"\d+x", name)}
    assert len(named) == 6
    for name, case in named.items():
        count, size, suffix = re.fullmatch(r"(\d+)x(\d+)([kMG]?)", name).groups()
        assert case.shapes == ((int(size) * unit[suffix],),) * int(count)


def test_a_quick_case_is_no_larger_and_never_bears_the_name_of_another_size():
    assert _cases.QUICK_CASES.keys() == CASES.keys()
    for name, quick in _cases.QUICK_CASES.items():
        assert quick.n_params <= CASES[name].n_params
        assert quick == CASES.get(quick.name, quick)


def test_all_cases_run_by_default_but_the_one_for_accelerators():
    def names(*chosen, quick=False, on_cpu=True):
        return [case.name for case in _cases.choose_cases(chosen, quick=quick, on_cpu=on_cpu)]

    assert names() == ["1x50M", "200x100k", "1000x1k", "resnet50", "gpt2"]
    assert names(on_cpu=False) == [*names(), "1x1G"]
    assert names("1x1G", "gpt2", "1x1G") == ["1x1G", "gpt2"]
    assert len(names(quick=True, on_cpu=False)) == len(names(quick=True)) == 5


# --- Contenders ---


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_floor_counts_each_number_that_a_step_must_read_and_write(variant):
    """20 and 36 bytes, counted in the state of PyTorch's own optimizer."""
    [param] = parameters(7)
    optimizer = torch.optim.RMSprop([param], **variant.settings)
    optimizer.step()
    averages = [kept for kept in optimizer.state[param].values() if kept.shape == param.shape]
    read = [param, param.grad, *averages]
    written = [param, *averages]
    assert variant.bytes_per_param == sum(tensor.nbytes for tensor in read + written) / 7
    assert variant.bytes_per_param == {"plain": 20, "momentum+centered": 36}[variant.name]


@pytest.mark.parametrize(("variant", "name"), [(PLAIN, "Adagrad"), (CENTERED, "Adam")])
def test_the_yardstick_keeps_as_many_averages(variant, name):
    [param] = parameters(7)
    optimizer, _ = contender(f"torch {name} fused", variant).start([param], {})
    averages = [kept for kept in optimizer.state[param].values() if kept.shape == param.shape]
    assert len(averages) == variant.n_averages


@pytest.mark.parametrize("variant", VARIANTS)
def test_pytorch_and_ours_take_part_by_every_path(variant):
    names = [entry.name for entry in contenders(variant)]
    assert names[:3] == ["torch default", "torch foreach", "torch compiled"]
    assert names[4:] == ["ours for-loop", "ours foreach", "ours fused"]
    assert set(REFERENCES) < set(names)


def test_all_rmsprops_go_on_with_one_state():
    params, shared = parameters(3, 5), {}
    first, _ = contender("torch default", CENTERED).start(params, shared)
    second, _ = contender("ours for-loop", CENTERED).start(params, shared)
    for param in params:
        for name, kept in first.state[param].items():
            assert second.state[param][name] is kept
        assert first.state[param]["step"] == 2


def test_the_yardstick_has_a_state_of_its_own():
    params, shared = parameters(3), {}
    optimizer, _ = contender("torch Adagrad fused").start(params, shared)
    assert shared == {}
    assert "sum" in optimizer.state[params[0]]


class FallsBack(torch.optim.SGD):
    def step(self):
        warnings.warn("fused=True: no kernel for these parameters", UserWarning, stacklevel=2)


class Refuses(torch.optim.SGD):
    def step(self):
        raise RuntimeError("no such path on this device\nand a long trace")


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (FallsBack, "fused=True: no kernel for these parameters"),
        (Refuses, "no such path on this device"),
    ],
)
def test_a_contender_that_takes_another_path_or_none_is_left_out(kind, reason):
    with pytest.raises(LeftOut) as caught:
        Contender("x", kind, {}).start(parameters(3), {})
    assert str(caught.value) == reason


def test_other_warnings_do_not_leave_a_contender_out():
    class Warns(torch.optim.SGD):
        def step(self):
            warnings.warn("something else", UserWarning, stacklevel=2)

    with pytest.warns(UserWarning, match="something else"):
        Contender("x", Warns, {}).start(parameters(3), {})


def test_without_a_compiler_the_message_names_the_command_that_mends_it(monkeypatch):
    monkeypatch.setattr(_contenders.shutil, "which", lambda _: None)
    monkeypatch.delenv("CXX", raising=False)
    for system, remedy in [("linux", "apt install g++"), ("darwin", "xcode-select --install")]:
        monkeypatch.setattr(_contenders.sys, "platform", system)
        with pytest.raises(LeftOut, match=rf"no C\+\+ compiler, .* To mend: .*{re.escape(remedy)}"):
            check_compiler(quick=False)


def test_the_compiler_that_the_environment_names_is_looked_for(monkeypatch):
    monkeypatch.setenv("CXX", sys.executable)
    check_compiler(quick=False)
    monkeypatch.setenv("CXX", "no-such-compiler")
    with pytest.raises(LeftOut, match="no-such-compiler"):
        check_compiler(quick=False)


# --- Time ---


class Clock:
    """A clock that steps move; it stands still otherwise."""

    def __init__(self, monkeypatch):
        self.now = 0.0
        self.log = []
        self.perf_counter = lambda: self.now
        self.sleep = lambda seconds: None
        monkeypatch.setattr(_timing, "time", self)

    def step(self, name, *durations):
        """A step whose durations come round in turn, in seconds."""
        taken = []

        def run():
            self.log.append(name)
            self.now += durations[len(taken) % len(durations)]
            taken.append(name)

        return run


def turns(steps, n_rounds, before_round=lambda: None):
    return time_in_turns(steps, n_rounds=n_rounds, device=CPU, before_round=before_round)


def test_each_is_first_as_often_as_any_other():
    names = ["a", "b", "c", "d"]
    rounds = [order(names, number) for number in range(8)]
    assert all(sorted(found) == names for found in rounds)
    for place in range(4):
        assert set(Counter(found[place] for found in rounds).values()) == {2}


def test_the_median_of_the_rounds_is_returned(monkeypatch):
    clock = Clock(monkeypatch)
    steps = {"a": clock.step("a", 1.0, 9.0, 1.0, 2.0), "b": clock.step("b", 5.0)}
    assert turns(steps, 3) == {"a": 2.0, "b": 5.0}  # the first of a's four is not timed


def test_rounds_take_turns_and_begin_alike(monkeypatch):
    clock = Clock(monkeypatch)
    steps = {name: clock.step(name, 1.0) for name in "abc"}
    turns(steps, 2, before_round=lambda: clock.log.append("fresh"))
    assert clock.log == [*"abc", "fresh", *"abc", "fresh", *"bca"]


def test_short_steps_are_repeated_after_one_that_does_not_count(monkeypatch):
    """A first step of 8 ms in each window of four of 5 ms would show in the median."""
    clock = Clock(monkeypatch)
    first = clock.step("a", 0.005)
    slow_then_fast = clock.step("a", 0.008, 0.005, 0.005, 0.005, 0.005)
    queue = iter([first, *[slow_then_fast] * 10])
    assert turns({"a": lambda: next(queue)()}, 2) == {"a": pytest.approx(0.005)}
    assert len(clock.log) == 11


def test_what_a_round_begins_with_is_not_timed(monkeypatch):
    clock = Clock(monkeypatch)
    assert turns({"a": clock.step("a", 1.0)}, 2, clock.step("fresh", 100.0)) == {"a": 1.0}


def test_bandwidth_counts_what_a_probe_reads_and_writes(monkeypatch):
    monkeypatch.setattr(_timing, "PROBE_NUMEL", 1000)
    assert bandwidth("copy", 2.0) == 4000
    assert bandwidth("triad", 2.0) == 6000
    assert _timing.probes(CPU).keys() == _timing.PROBE_BYTES.keys()


def test_the_bandwidth_of_the_floor_is_that_of_the_triad_in_a_second(monkeypatch):
    clock = Clock(monkeypatch)
    monkeypatch.setattr(_timing, "PROBE_NUMEL", 1000)
    monkeypatch.setattr(_timing, "probes", lambda _: {"triad": clock.step("triad", 0.5)})
    assert measure_bandwidth(CPU) == 24_000


# --- Memory ---


def extra_bytes(name, params, variant=PLAIN):
    _, step = contender(name, variant).start(params, {})
    return peak_extra_bytes(step, CPU)


def test_foreach_needs_whole_copies_and_the_loop_those_of_one_tensor():
    params = parameters(*[(1000,)] * 10)
    copy_of_all, copy_of_one = 40_000, 4000
    for whose in ("torch", "ours"):
        assert extra_bytes(f"{whose} foreach", params) >= copy_of_all
    assert copy_of_one <= extra_bytes("ours for-loop", params) < 1.1 * copy_of_one
    assert copy_of_one <= extra_bytes("torch default", params) < 2.1 * copy_of_one


def test_fused_steps_need_no_copy():
    params = parameters(*[(1000,)] * 10)
    assert extra_bytes("torch Adagrad fused", params) < 400
    assert extra_bytes("torch Adam fused", params, CENTERED) < 400


def test_the_estimate_covers_what_a_case_holds():
    """Parameters, gradients, both states and the largest temporaries, in float32."""
    case = Case("10x1k", ((1000,),) * 10)
    for variant in VARIANTS:
        held = 2 + 2 * variant.n_averages
        extras = extra_bytes("ours foreach", parameters(*case.shapes), variant)
        assert needed_bytes(case, variant) >= 4 * held * case.n_params + 0.99 * extras


# --- Results ---

ROW = Row("1x30", "torch foreach", "plain", 1.23456, 1.0, 12.3456, 120)
REPORT = Report(
    device="Abacus",
    versions={"torch": "2.13.0"},
    date="2026-01-31",
    bandwidth_bytes_per_s=1.23456e10,
    copy_bandwidth_bytes_per_s=1e10,
    n_threads=2,
    n_rounds=15,
    quick=False,
    left_out=("torch compiled: no compiler",),
    rows=(ROW, dataclasses.replace(ROW, variant="momentum+centered", vs_torch=None)),
)


def test_speed_is_quoted_against_the_faster_of_default_and_foreach():
    seconds = {"torch default": 0.2, "torch foreach": 0.4, "ours": 0.05}
    settings = {"case": "c", "variant": "v", "floor": 0.04, "references": REFERENCES}
    rows = rate(seconds, {"torch default": 4, "torch foreach": 8, "ours": None}, **settings)
    assert [row.optimizer for row in rows] == list(seconds)
    assert [row.vs_torch for row in rows] == pytest.approx([1.0, 0.5, 4.0])
    assert [row.vs_floor for row in rows] == pytest.approx([5.0, 10.0, 1.25])
    assert [row.median_ms for row in rows] == pytest.approx([200, 400, 50])
    assert [row.peak_extra_bytes for row in rows] == [4, 8, None]
    [alone] = rate({"ours": 0.05}, {"ours": 0}, **settings)
    assert alone.vs_torch is None


def test_json_has_the_documented_keys():
    fields = json.loads(REPORT.to_json())
    keys = "device versions date bandwidth_bytes_per_s copy_bandwidth_bytes_per_s n_threads"
    assert list(fields) == [*keys.split(), "n_rounds", "quick", "left_out", "rows"]
    keys = "case optimizer variant median_ms vs_torch vs_floor peak_extra_bytes"
    assert [list(row) for row in fields["rows"]] == [keys.split()] * 2
    documented = re.findall(r"``(\w+)``", benchmark.__doc__)
    assert {*fields, *fields["rows"][0]} <= set(documented)


def test_json_rounds_what_was_measured_and_counts_stay_whole():
    fields = json.loads(REPORT.to_json())
    assert fields["bandwidth_bytes_per_s"] == 1.235e10
    assert fields["rows"][0]["median_ms"] == 1.235
    assert fields["rows"][0]["peak_extra_bytes"] == 120
    assert fields["rows"][1]["vs_torch"] is None


def test_what_was_written_is_read_back():
    once = Report.from_json(REPORT.to_json())
    assert (
        dataclasses.replace(
            once, bandwidth_bytes_per_s=REPORT.bandwidth_bytes_per_s, rows=REPORT.rows
        )
        == REPORT
    )
    assert Report.from_json(once.to_json()) == once


def test_table_shows_each_case_with_its_floor_and_what_was_left_out():
    lines = format_table(REPORT).splitlines()
    assert lines[0] == "Abacus, 2 CPU threads, 2026-01-31"
    assert "1x30, plain: floor 0.1 ms" in lines
    row = lines[lines.index("1x30, momentum+centered: floor 0.1 ms") + 2]
    assert row.split() == ["torch", "foreach", "1.235", "–", "12.35", "120", "B"]
    assert lines[-2:] == ["Left out:", "  torch compiled: no compiler"]
    assert "quick" not in format_table(REPORT)
    assert "quick: smaller cases" in format_table(dataclasses.replace(REPORT, quick=True))


@pytest.mark.parametrize("name", load_results())
def test_recorded_results_are_whole_runs_in_the_form_that_the_benchmark_writes(name):
    report = load_results()[name]
    assert report.rows
    assert not report.quick
    assert {row.case for row in report.rows} <= set(CASES)
    assert {row.optimizer for row in report.rows} >= {"torch default", "ours for-loop"}
    datetime.date.fromisoformat(report.date)
    recorded = benchmark._results._RECORDED / f"{name}.json"
    assert report.to_json() == recorded.read_text(encoding="utf-8")


# --- Devices ---


def test_a_device_that_is_none_or_is_not_there_is_refused():
    with pytest.raises(ValueError, match="device must be cpu, cuda, cuda:1, mps or xpu, got 'gp"):
        find_device("gpu7")
    with pytest.raises(ValueError, match=r"must be one that PyTorch finds here \(1 cpu.*'cuda:99'"):
        find_device("cuda:99")
    with pytest.raises(ValueError, match="got 'meta'"):
        find_device("meta")


def test_the_default_device_is_the_accelerator_that_is_there(monkeypatch):
    found = {"there": None}
    monkeypatch.setattr(
        torch.accelerator, "current_accelerator", lambda check_available: found["there"]
    )
    assert find_device(None) == CPU
    found["there"] = torch.device("cuda")
    assert find_device(None) == torch.device("cuda")


def test_the_processor_has_a_name():
    assert device_name(CPU)


# --- A whole run ---


@pytest.fixture
def tiny(monkeypatch):
    """Replace the cases by tiny ones, and the window and the probes too."""
    for table in (_cases.CASES, _cases.QUICK_CASES):
        for name in list(table):
            monkeypatch.delitem(table, name)
        for name, case in TINY.items():
            monkeypatch.setitem(table, name, case)
    monkeypatch.setattr(_timing, "PROBE_NUMEL", 1000)
    monkeypatch.setattr(_memory, "PROBE_NUMEL", 1000)
    monkeypatch.setattr(_timing, "_WINDOW", 1e-4)


def bench(*args):
    return CliRunner().invoke(cli.main, ["bench", *args])


def test_a_quick_run_times_every_case_and_variant(tiny, tmp_path):
    file = tmp_path / "results.json"
    result = bench("--quick", "--device", "cpu", "--json", str(file))
    assert result.exit_code == 0, result.output
    assert result.stderr == ""  # no bar where there is no terminal
    report = Report.from_json(file.read_text(encoding="utf-8"))
    assert report.quick
    assert report.n_rounds == 5
    assert format_table(report).splitlines()[0] == result.stdout.splitlines()[0]
    pairs = dict.fromkeys((row.case, row.variant) for row in report.rows)
    assert list(pairs) == [(c.name, v.name) for c in TINY.values() for v in VARIANTS]
    timed = {row.optimizer for row in report.rows}
    assert timed >= {"torch default", "torch foreach", "ours for-loop", "ours foreach"}
    assert all(row.median_ms > 0 for row in report.rows)
    fastest = min(row.median_ms for row in report.rows[:2])
    assert report.rows[0].vs_torch == pytest.approx(fastest / report.rows[0].median_ms, rel=1e-2)


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.mark.parametrize(("stream", "says"), [(Terminal, True), (io.StringIO, False)])
def test_a_bar_says_in_a_terminal_what_is_being_timed(tiny, monkeypatch, stream, says):
    monkeypatch.setattr(sys, "stderr", stream())
    benchmark.run(device="cpu", cases=["1x50M"], rounds=1, quick=True, progress=True)
    assert ("1x30, plain" in sys.stderr.getvalue()) is says


def test_who_is_not_in_the_rows_is_left_out_with_a_reason(tiny):
    report = benchmark.run(device="cpu", cases=["1x50M"], rounds=1, quick=True)
    timed = {row.optimizer for row in report.rows}
    reasons = {text.partition(":")[0] for text in report.left_out}
    assert timed.isdisjoint(reasons)
    assert timed | reasons == {entry.name for variant in VARIANTS for entry in contenders(variant)}


def test_a_fused_path_that_falls_back_has_no_row(tiny, monkeypatch):
    class NoKernel(RMSprop):
        def step(self, closure=None):
            if self.defaults["fused"]:
                warnings.warn("fused=True: falls back", UserWarning, stacklevel=2)
            return super().step(closure)

    monkeypatch.setattr(_contenders, "RMSprop", NoKernel)
    report = benchmark.run(device="cpu", cases=["1x50M"], rounds=1, quick=True)
    assert "ours fused: fused=True: falls back" in report.left_out
    assert "ours fused" not in {row.optimizer for row in report.rows}


def test_each_round_starts_from_fresh_averages(tiny, monkeypatch):
    seen = []

    def turns_seen(steps, *, before_round, **_):
        before_round()
        seen.extend(before_round())
        return dict.fromkeys(steps, 1.0)

    monkeypatch.setattr(_run, "time_in_turns", turns_seen)
    benchmark.run(device="cpu", cases=["1x50M"], quick=True)
    sizes = Counter(tensor.numel() for tensor in seen)
    assert all(not tensor.any() for tensor in seen)
    assert sizes[30] == 2 * (PLAIN.n_averages + CENTERED.n_averages)  # ours and the yardstick's


def test_a_case_that_does_not_fit_is_skipped_with_a_message(tiny, monkeypatch):
    small = needed_bytes(TINY["1x50M"], CENTERED)
    monkeypatch.setattr(_run, "free_bytes", lambda _: small)
    report = benchmark.run(device="cpu", rounds=1, quick=True)
    assert {row.case for row in report.rows} == {"1x30"}
    assert [text for text in report.left_out if text.startswith("gpt2")] == [
        "gpt2 (tiny), plain: needs 0.0 GB of memory, 0.0 GB are free",
        "gpt2 (tiny), momentum+centered: needs 0.0 GB of memory, 0.0 GB are free",
    ]


def test_where_nothing_fits_the_command_says_what_is_missing(tiny, monkeypatch):
    monkeypatch.setattr(_run, "free_bytes", lambda _: 0)
    result = bench("--quick", "--device", "cpu", "--case", "gpt2")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: gpt2 (tiny), plain: needs 0.0 GB of memory")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--case", "alexnet"], "case must be one of 1x50M, gpt2, got 'alexnet'"),
        (["--device", "gpu7"], "device must be cpu, cuda, cuda:1, mps or xpu, got 'gpu7'"),
        (["--rounds", "0"], "0 is not in the range x>=1"),
        (["--json", "no/such/folder/x.json"], "cannot write to"),
    ],
)
def test_a_bad_option_is_one_line_before_anything_runs(tiny, monkeypatch, args, message):
    monkeypatch.setattr(_run, "_measure", None)
    result = bench(*args)
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stderr.startswith("Error: ")
    assert len(result.stderr.splitlines()) == 1


def test_rounds_below_one_are_refused():
    with pytest.raises(ValueError, match="rounds must be at least 1, got 0"):
        benchmark.run(rounds=0)


def test_help_names_every_case():
    text = bench("--help").stdout
    assert [name for name in CASES if name not in text] == []


def test_without_torch_the_command_names_the_extra(monkeypatch):
    for name in [name for name in sys.modules if name.startswith("rmsprop_course.benchmark")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delattr("rmsprop_course.benchmark", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    result = bench("--quick")
    assert result.exit_code == 1
    assert result.stderr == (
        'Error: torch is not installed: pip install "rmsprop-course[course]"\n'
    )
