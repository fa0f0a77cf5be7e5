"""The training dashboard without a browser: settings, sessions, runner, drawing, stored form."""

import asyncio
import json
import math
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Coroutine
from dataclasses import replace

import event_loop
import numpy as np
import pytest
import torch

from rmsprop_course import explorers
from rmsprop_course.cli.saving import keep_stills
from rmsprop_course.data import load_digits
from rmsprop_course.explorers import TrainingSession, TrainingSettings
from rmsprop_course.explorers._dashboard import _curves, _example, _html, _runner, _widget
from rmsprop_course.explorers._dashboard._curves import Curves
from rmsprop_course.explorers._dashboard._runner import MOST_RUNS, Runner
from rmsprop_course.explorers._dashboard._settings import (
    DEFAULTS,
    OPTIMIZERS,
    BadSettingsError,
    read,
)
from rmsprop_course.live._svg import LOOK
from rmsprop_course.torch_networks import accuracy, digits_convnet, mlp, train

VIEW = "application/vnd.jupyter.widget-view+json"
SHORT = TrainingSettings(network="mlp", n_epochs=2, batch_size=100)  # 28 steps
LONG = replace(SHORT, n_epochs=100_000)
OPTIONS = {
    "sgd": (torch.optim.SGD, {"lr": 0.05}),
    "momentum": (torch.optim.SGD, {"lr": 0.02, "momentum": 0.8}),
    "adagrad": (torch.optim.Adagrad, {"lr": 0.03, "eps": 1e-6}),
    "rmsprop": (torch.optim.RMSprop, {"lr": 0.002, "alpha": 0.8, "eps": 1e-6}),
    "adam": (torch.optim.Adam, {"lr": 0.002, "betas": (0.9, 0.8), "eps": 1e-6}),
}


def digits() -> tuple[torch.Tensor, ...]:
    images, labels, test_images, test_labels = map(torch.tensor, load_digits())
    return images.float(), labels, test_images.float(), test_labels


# Settings


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"optimizer": "lion"}, "optimizer must be one of sgd, momentum, adagrad, rmsprop, adam"),
        ({"learning_rate": 0.0}, r"learning_rate must be in \(0, inf\), got 0$"),
        ({"learning_rate": math.nan}, r"learning_rate must be in \(0, inf\), got nan$"),
        ({"learning_rate": math.inf}, r"learning_rate must be in \(0, inf\), got inf$"),
        ({"decay": 1.0}, r"decay must be in \[0, 1\), got 1$"),
        ({"decay": -0.1}, r"decay must be in \[0, 1\), got -0.1$"),
        ({"eps": -1e-8}, r"eps must be in \[0, inf\), got -1e-08$"),
        ({"batch_size": 0}, r"batch_size must be in \[1, inf\), got 0$"),
        ({"n_epochs": 0}, r"n_epochs must be in \[1, inf\), got 0$"),
        ({"network": "vit"}, "network must be one of convnet, mlp, got 'vit'$"),
        ({"seed": -1}, r"seed must be in \[0, inf\), got -1$"),
        ({"seed": 2**63}, r"seed must be in \[0, 9.22337e\+18\), got "),
    ],
)
def test_a_setting_out_of_range_is_named_with_its_rule_and_value(changes, message):
    with pytest.raises(ValueError, match=message):
        TrainingSettings(**changes)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"batch_size": 2.5}, "batch_size must be a whole number, got 2.5"),
        ({"eps_inside_sqrt": "no"}, "eps_inside_sqrt must be True or False, got 'no'"),
        ({"learning_rate": "0.1"}, "learning_rate must be a number"),
    ],
)
def test_a_setting_of_another_type_is_named(changes, message):
    with pytest.raises(TypeError, match=message):
        TrainingSettings(**changes)


def test_texts_of_a_form_become_settings():
    texts = {"optimizer": "rmsprop", "learning_rate": " 3e-4", "decay": ".99", "eps": "0"}
    texts |= {"eps_inside_sqrt": "true", "batch_size": "16", "n_epochs": "3", "seed": "7"}
    assert read({**texts, "network": "mlp"}) == TrainingSettings(
        optimizer="rmsprop",
        learning_rate=3e-4,
        decay=0.99,
        eps=0.0,
        eps_inside_sqrt=True,
        batch_size=16,
        n_epochs=3,
        network="mlp",
        seed=7,
    )


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_what_the_form_leaves_out_has_the_default_of_its_optimizer(optimizer):
    assert read({"optimizer": optimizer}) == DEFAULTS[optimizer]


def test_every_bad_text_is_named_in_one_go():
    texts = {"learning_rate": "0,1", "decay": "1", "eps": "", "batch_size": "1.5", "seed": "-1"}
    with pytest.raises(BadSettingsError) as caught:
        read({**texts, "network": "mlp"})
    assert caught.value.problems == {
        "learning_rate": "learning_rate must be a number, got 0,1",
        "decay": "decay must be in [0, 1), got 1",
        "eps": "eps must be a number, got nothing",
        "batch_size": "batch_size must be a whole number, got 1.5",
        "seed": "seed must be in [0, inf), got -1",
    }


@pytest.mark.parametrize("text", ["yes", "True", ""])
def test_a_flag_is_true_or_false(text):
    with pytest.raises(BadSettingsError, match="eps_inside_sqrt must be True or False"):
        read({"eps_inside_sqrt": text})


def test_a_name_that_is_no_setting_is_refused():
    with pytest.raises(BadSettingsError, match="momentum must be one of optimizer, learning_rate"):
        read({"momentum": "0.9"})


@pytest.mark.parametrize(
    ("settings", "label"),
    [
        (DEFAULTS["sgd"], "SGD, η = 0.05, batch 32"),
        (DEFAULTS["momentum"], "SGD with momentum, η = 0.03, μ = 0.9, batch 32"),
        (DEFAULTS["adagrad"], "Adagrad, η = 0.03, ε = 1e-10, batch 32"),
        (DEFAULTS["adam"], "Adam, η = 0.001, β₂ = 0.999, ε = 1e-8, batch 32"),
        (
            replace(DEFAULTS["rmsprop"], eps_inside_sqrt=True, network="mlp", seed=3),
            "RMSProp, η = 0.001, γ = 0.9, ε = 1e-8 in the root, batch 32, mlp, seed 3",
        ),
    ],
)
def test_a_label_names_the_settings_that_the_optimizer_has(settings, label):
    assert settings.label == label


# Sessions


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("network", ["mlp", "convnet"])
def test_a_session_is_the_plain_training_loop(optimizer, network):
    make, options = OPTIONS[optimizer]
    settings = TrainingSettings(
        optimizer=optimizer,
        learning_rate=options["lr"],
        decay=0.8,
        eps=1e-6,
        batch_size=300,
        n_epochs=2,
        network=network,
        seed=5,
    )
    images, labels, *test = digits()
    generator = torch.Generator().manual_seed(5)
    plain = mlp((64, 64, 10), generator) if network == "mlp" else digits_convnet(generator)
    stepper, accuracies, losses = make(plain.parameters(), **options), [accuracy(plain, *test)], []
    for _ in range(2):
        losses += train(
            plain, stepper, images, labels, n_epochs=1, batch_size=300, generator=generator
        )
        accuracies.append(accuracy(plain, *test))

    session = TrainingSession(settings).run()
    assert session.losses == [float(loss) for loss in losses]
    assert session.accuracies == accuracies
    assert (session.n_steps, session.steps_per_epoch, session.outcome) == (10, 5, "finished")


def test_eps_in_the_root_is_eps_in_the_root():
    images, labels, *_ = digits()
    generator = torch.Generator().manual_seed(0)
    network, losses = mlp((64, 64, 10), generator), []
    averages = [torch.zeros_like(param) for param in network.parameters()]
    for _ in range(3):
        for rows in torch.split(torch.randperm(len(images), generator=generator), 700):
            loss = torch.nn.functional.cross_entropy(network(images[rows]), labels[rows])
            losses.append(float(loss.detach()))
            grads = torch.autograd.grad(loss, list(network.parameters()))
            with torch.no_grad():
                for param, grad, average in zip(network.parameters(), grads, averages, strict=True):
                    average.mul_(0.9).add_(0.1 * grad**2)
                    param -= 0.01 * grad / torch.sqrt(average + 1e-2)
    settings = TrainingSettings(
        learning_rate=0.01, eps=1e-2, batch_size=700, n_epochs=3, network="mlp"
    )
    inside = TrainingSession(replace(settings, eps_inside_sqrt=True)).run().losses
    np.testing.assert_allclose(inside, losses, rtol=1e-4)
    assert abs(TrainingSession(settings).run().losses[-1] - losses[-1]) > 0.01 * losses[-1]


def test_a_run_cut_into_parts_is_the_same_run():
    whole, cut = TrainingSession(SHORT).run(), TrainingSession(SHORT)
    cut.run(0)
    assert (cut.n_done, cut.outcome, cut.seconds_left()) == (0, "", None)
    cut.run(1).run_for(0.0).run(15)
    assert (cut.n_done, len(cut.accuracies), cut.outcome) == (17, 2, "")
    while not cut.outcome:
        cut.run_for(0.002)
    assert (cut.losses, cut.accuracies) == (whole.losses, whole.accuracies)
    assert (cut.n_done, cut.outcome, cut.seconds_left()) == (28, "finished", 0.0)
    assert cut.run().run(5).run_for(1).n_done == 28


def test_the_seed_decides_the_run():
    losses = [TrainingSession(replace(SHORT, seed=seed)).run(5).losses for seed in (1, 1, 2)]
    assert losses[0] == losses[1] != losses[2]


def test_the_time_left_is_in_proportion_to_the_steps_left():
    session = TrainingSession(SHORT).run(7)
    assert session.seconds_left() == pytest.approx(3 * session.seconds)


def test_the_time_of_a_run_is_that_of_all_its_steps():
    session, times = TrainingSession(SHORT), []
    for _ in range(20):
        times.append(session.run(1).seconds)
    assert times == sorted(times) and times[0] > 0


def test_a_run_that_diverges_ends_there_and_its_curve_is_finite():
    settings = TrainingSettings(optimizer="sgd", learning_rate=1e20, network="mlp")
    session = TrainingSession(settings).run()
    assert session.outcome == "diverged"
    assert session.n_done < session.n_steps
    assert not math.isfinite(session.losses[-1])
    assert all(math.isfinite(loss) for loss in session.losses[:-1])
    assert session.run().n_done == len(session.losses)
    curves = Curves.of(1, session)
    assert curves.losses
    assert all(map(math.isfinite, [value for point in curves.losses for value in point]))


def test_a_stopped_run_stays_stopped_and_a_finished_one_finished():
    stopped, finished = TrainingSession(SHORT).run(3), TrainingSession(SHORT).run()
    for session in (stopped, finished):
        session.stop()
    assert (stopped.outcome, stopped.run().n_done, finished.outcome) == ("stopped", 3, "finished")
    assert repr(stopped) == f"<{SHORT.label}: 3 of 28 steps, stopped>"


@pytest.mark.parametrize("n_steps", [-1, 2.5, True])
def test_a_number_of_steps_is_a_count(n_steps):
    with pytest.raises((TypeError, ValueError), match="n_steps must be"):
        TrainingSession(SHORT).run(n_steps)


# The runner


def in_loop(play: Callable[[Runner], Coroutine[None, None, None]]) -> Runner:
    """The runner after the play, with no task and no thread that was not there before."""
    threads = set(threading.enumerate())
    runner = Runner()

    async def whole() -> None:
        async with asyncio.timeout(60):
            await play(runner)
        runner.stop()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    event_loop.run(whole())
    assert set(threading.enumerate()) == threads
    return runner


async def until(condition: Callable[[], bool]) -> None:
    while not condition():
        await asyncio.sleep(0.002)


def test_a_run_trains_to_its_end_and_gives_way_to_others():
    turns = 0

    async def play(runner: Runner) -> None:
        nonlocal turns
        runner.start(replace(SHORT, n_epochs=60))
        assert (runner.phase, runner.said) == ("running", f"Run 1 trains: {SHORT.label}.")
        while runner.phase == "running":
            turns += 1
            await asyncio.sleep(0.001)

    runner = in_loop(play)
    [session] = runner.sessions
    assert turns > 3
    assert session.losses == TrainingSession(replace(SHORT, n_epochs=60)).run().losses
    said = f"Run 1 is finished: test accuracy {100 * session.accuracies[-1]:.1f} %."
    assert (runner.phase, session.outcome, runner.said) == ("idle", "finished", said)


def test_a_pause_changes_nothing_but_the_time():
    async def play(runner: Runner) -> None:
        runner.start(replace(SHORT, n_epochs=100))
        session = runner.sessions[0]
        for _ in range(3):
            n_done = session.n_done
            await until(lambda n=n_done: session.n_done > n)
            runner.pause()
            n_done = session.n_done
            assert runner.said == f"Run 1 waits after {n_done} of {session.n_steps} steps."
            await asyncio.sleep(0.15)
            assert (session.n_done, runner.phase) == (n_done, "paused")
            assert asyncio.all_tasks() == {asyncio.current_task()}
            runner.resume()
        await until(lambda: runner.phase == "idle")

    [session] = in_loop(play).sessions
    assert session.losses == TrainingSession(replace(SHORT, n_epochs=100)).run().losses


def test_pause_and_resume_at_once_do_not_train_twice():
    async def play(runner: Runner) -> None:
        runner.start(LONG)
        for _ in range(5):
            runner.pause()
            runner.resume()
        await asyncio.sleep(0.05)
        assert len(asyncio.all_tasks()) == 2

    in_loop(play)


def test_stop_ends_a_run_that_trains_and_one_that_waits():
    async def play(runner: Runner) -> None:
        for pause in (False, True):
            runner.start(LONG)
            await until(lambda: runner.sessions[-1].n_done > 0)
            if pause:
                runner.pause()
            runner.stop()
            session = runner.sessions[-1]
            n_done = session.n_done
            assert (runner.phase, session.outcome) == ("idle", "stopped")
            steps = f"{n_done} of {session.n_steps} steps"
            assert runner.said == f"Run {1 + pause} was stopped after {steps}."
            await asyncio.sleep(0.1)
            assert session.n_done == n_done

    in_loop(play)


def test_what_is_not_possible_now_changes_nothing():
    async def play(runner: Runner) -> None:
        for act in (runner.pause, runner.resume, runner.stop):
            act()
        assert (runner.phase, runner.sessions) == ("idle", [])
        runner.start(LONG)
        runner.start(SHORT)
        assert runner.said == "Run 1 is not over yet: stop it first."
        runner.clear()
        runner.resume()
        assert (runner.phase, len(runner.sessions)) == ("running", 1)
        assert len(asyncio.all_tasks()) == 2
        runner.pause()
        runner.start(SHORT)
        assert runner.said == "Run 1 is not over yet: stop it first."
        assert (runner.phase, len(runner.sessions)) == ("paused", 1)

    in_loop(play)


def test_the_panels_hold_so_many_runs_until_they_are_cleared():
    async def play(runner: Runner) -> None:
        for _ in range(MOST_RUNS + 1):
            runner.start(replace(SHORT, n_epochs=1))
            runner.stop()
        assert len(runner.sessions) == MOST_RUNS
        runner.start(SHORT)
        assert runner.said == f"The panels hold {MOST_RUNS} runs: clear them first."
        runner.clear()
        assert runner.sessions == []
        runner.start(SHORT)
        assert len(runner.sessions) == 1

    in_loop(play)


def test_a_run_that_diverges_says_so_and_what_to_do():
    async def play(runner: Runner) -> None:
        runner.start(replace(LONG, optimizer="sgd", learning_rate=1e20))
        await until(lambda: runner.phase == "idle")

    said = in_loop(play).said
    pattern = r"Run 1 diverged: the loss of step \d+ is (nan|inf)\. Try a smaller learning rate\."
    assert re.fullmatch(pattern, said)


@pytest.mark.parametrize("optimizer", ["adagrad", "adam"])
def test_a_run_that_divides_by_0_is_told_of_eps(optimizer):
    async def play(runner: Runner) -> None:
        runner.start(replace(LONG, optimizer=optimizer, eps=0.0))  # some pixels are always dark
        await until(lambda: runner.phase == "idle")

    said = in_loop(play).said
    assert said.endswith("is nan. Try a larger ε, or a smaller learning rate.")


def test_an_error_in_training_is_said_and_ends_the_run(monkeypatch):
    def fail(*_: object) -> None:
        raise RuntimeError("out of memory")

    async def play(runner: Runner) -> None:
        monkeypatch.setattr(TrainingSession, "run_for", fail)
        runner.start(SHORT)
        await until(lambda: runner.phase == "idle")

    runner = in_loop(play)
    assert runner.said == "Run 1 ended with RuntimeError('out of memory')."
    assert runner.sessions[0].outcome == "stopped"


def test_a_new_dashboard_ends_the_training_of_the_one_before():
    async def play(runner: Runner) -> None:
        runner.start(LONG)
        await until(lambda: runner.sessions[0].n_done > 0)
        explorers.dashboard()
        assert (runner.phase, runner.sessions[0].outcome) == ("idle", "stopped")

    in_loop(play)


def test_reports_come_a_few_times_a_second():
    reports = []

    async def play(runner: Runner) -> None:
        runner.start(LONG)
        runner.report = lambda: reports.append(runner.sessions[0].n_done)
        await asyncio.sleep(1.0)

    in_loop(play)
    assert 2 <= len(reports) <= 7
    assert reports == sorted(reports)
    assert _runner._BETWEEN_REPORTS >= 0.1


# Drawing


def curves_of(*settings: TrainingSettings, n_steps: int | None = None) -> list[Curves]:
    sessions = [TrainingSession(each).run(n_steps) for each in settings]
    return [Curves.of(number, session) for number, session in enumerate(sessions, 1)]


def test_a_curve_is_the_first_loss_then_means_of_blocks_then_of_the_last_so_many():
    session = TrainingSession(replace(SHORT, n_epochs=20)).run(10)  # blocks of 280 / 100 → 3 steps
    losses, n = session.losses, 14  # steps an epoch
    expected = [(0, losses[0])] + [(k / n, sum(losses[k - 3 : k]) / 3) for k in (3, 6, 9, 10)]
    np.testing.assert_allclose(Curves.of(1, session).losses, expected, rtol=1e-12)


def test_points_of_a_curve_that_were_drawn_stay_where_they_are():
    session = TrainingSession(replace(SHORT, n_epochs=20))
    before = Curves.of(1, session.run(60)).losses
    assert Curves.of(1, session.run()).losses[: len(before)] == before


def test_each_optimizer_has_the_color_line_and_marker_that_it_has_everywhere():
    runs = curves_of(*(replace(DEFAULTS[name], network="mlp") for name in OPTIMIZERS), n_steps=60)
    for panel in _curves.panels(runs):
        lines = re.findall(r'stroke="([^"]+)" .*?stroke-dasharray="([^"]+)"', panel.markup)
        looks = [LOOK["optimizers"][OPTIMIZERS[name].look] for name in OPTIMIZERS]
        inks = [look["color"].replace("#000000", "currentColor") for look in looks]
        assert lines == [
            (ink, LOOK["dashes"][look["linestyle"]]) for ink, look in zip(inks, looks, strict=True)
        ]
        for look in looks:
            assert LOOK["markers"][look["marker"]] in panel.markup


def test_the_panels_say_their_last_numbers():
    run, other = curves_of(SHORT, replace(SHORT, optimizer="adam"))
    loss, share = _curves.panels([run, other])
    assert loss.alt == f"Training loss: run 1 {run.loss()}, run 2 {other.loss()}."
    assert share.alt == f"Test accuracy: run 1 {run.accuracy()}, run 2 {other.accuracy()}."
    assert run.accuracy() == f"{100 * run.accuracies[-1]:.1f} %"
    assert float(run.loss()) == pytest.approx(run.losses[-1][1], rel=0.05)
    assert [panel.alt for panel in _curves.panels([])] == [
        "Training loss: no runs yet.",
        "Test accuracy: no runs yet.",
    ]


def test_numbers_at_the_ends_of_curves_stand_apart():
    runs = [curves._replace(number=n) for n in range(1, 9) for curves in curves_of(SHORT)]
    for panel in _curves.panels(runs):
        found = re.findall(r'class="number" x="([\d.]+)" y="([\d.]+)">(\d)<', panel.markup)
        assert sorted(number for *_, number in found) == list("12345678")
        heights = sorted(float(y) for _, y, _ in found)
        assert min(np.diff(heights)) > 6
        assert max(heights) < LOOK["panel"]["height"] and heights[0] > 0


def test_numbers_of_curves_that_end_at_the_bottom_stand_above_it():
    bottom = LOOK["panel"]["height"] - LOOK["panel"]["bottom"]
    markup = _curves._numbers([(100.0, bottom - 1.0, number) for number in (1, 2, 3)])
    heights = [float(y) - 4 for y in re.findall(r'y="([\d.]+)"', markup)]  # of the middle
    assert max(heights) <= bottom
    assert np.diff(sorted(heights)).tolist() == [12.0, 12.0]


def test_a_message_stays_small_however_long_the_runs():
    runs = curves_of(
        *(replace(SHORT, n_epochs=15, batch_size=200, seed=seed) for seed in range(MOST_RUNS))
    )
    assert sum(len(panel.markup) for panel in _curves.panels(runs)) < 40_000


@pytest.mark.parametrize(
    ("accuracies", "low"),
    [
        ((0.1,), 0),
        ((0.1, 0.7, 0.75), 50),
        ((0.1, 0.7, 0.95, 0.97), 90),
        ((0.1, 0.905), 80),
        ((0.1, 0.97, 0.85, 0.97), 80),
    ],
)
def test_the_axis_of_accuracy_begins_below_the_later_half(accuracies, low):
    run = Curves(1, SHORT, (), accuracies, "")
    assert _curves._share_axis([run]).low == low


@pytest.mark.parametrize(
    ("done", "outcome", "extent"),
    [
        (0, "stopped", 1),
        (0, "", 20),
        (20, "", 20),
        (21, "", 40),
        (90, "", 100),
        (30, "stopped", 30),
    ],
)
def test_the_axis_of_epochs_doubles_when_it_is_full(done, outcome, extent):
    run = Curves(1, replace(SHORT, n_epochs=100), ((float(done), 1.0),), (0.1,), outcome)
    assert _curves._extent(run) == extent


def test_the_axis_of_losses_shows_two_powers_of_ten_at_least():
    for losses in ([], [[(0.0, 0.9)]]):
        axis = _curves._loss_axis(losses)
        assert (axis.low, axis.high) == (pytest.approx(0.1), pytest.approx(10))


def test_accuracies_are_drawn_in_percent_with_the_marker_at_the_last():
    losses = ((0.0, 2.3), (2.0, 1.0))
    run = Curves(1, replace(SHORT, optimizer="sgd"), losses, (0.0, 0.2, 1.0), "finished")
    markup = _curves.panels([run])[1].markup
    (line,) = re.findall(r'<polyline[^>]* points="([^"]+)"', markup)
    (*_, last), box = line.split(","), LOOK["panel"]
    x, y = map(float, last.split())
    assert (x, y) == (box["width"] - box["right"], box["top"])
    assert re.search(rf'd="M{x:g} {y:g}{re.escape(LOOK["markers"][run.look["marker"]])}', markup)
    ink = "currentColor" if run.look["color"] == "#000000" else run.look["color"]
    assert f'stroke="{ink}"' in _curves.sample(run) and f'fill="{ink}"' in _curves.sample(run)


def test_losses_too_large_or_too_small_to_draw_leave_the_axis_finite():
    axis = _curves._loss_axis([[(0.0, 1e30), (1.0, 0.0)]])
    assert (axis.low, axis.high) == (pytest.approx(1e-8), pytest.approx(1e6))


# The screen


def widget_in_loop(play: Callable[..., Coroutine[None, None, None]]) -> None:
    async def whole() -> None:
        async with asyncio.timeout(60):
            await play(explorers.dashboard())
        assert asyncio.all_tasks() == {asyncio.current_task()}

    event_loop.run(whole())


def test_the_screen_starts_pauses_and_stops():
    async def play(tool: explorers.Dashboard) -> None:
        widget = tool.widget
        texts = {"network": "mlp", "n_epochs": "100000", "optimizer": "adam"}
        widget.obey({"command": "start", "settings": texts})
        assert widget.phase == "running"
        await until(lambda: "left" in widget.progress["text"])
        widget.obey({"command": "pause"})
        [session] = tool.sessions
        assert widget.progress["share"] == session.n_done / session.n_steps
        assert f"step {session.n_done} of {session.n_steps}, about " in widget.progress["text"]
        assert widget.said == f"Run 1 waits after {session.n_done} of {session.n_steps} steps."
        assert "Adam, η = 0.001" in widget.runs and "under way" in widget.runs
        assert [panel["alt"] for panel in widget.panels] == [
            panel.alt for panel in _curves.panels([Curves.of(1, session)])
        ]
        for command in ("resume", "stop"):
            widget.obey({"command": command})
        await asyncio.sleep(0.01)
        assert (widget.phase, session.outcome, widget.n_obeyed) == ("idle", "stopped", 4)
        widget.obey({"command": "clear"})
        assert (tool.sessions, widget.runs, widget.progress["text"]) == ((), "", "")

    widget_in_loop(play)


def test_bad_settings_start_nothing_and_are_named_beside_their_controls():
    async def play(tool: explorers.Dashboard) -> None:
        widget = tool.widget
        widget.obey({"command": "start", "settings": {"learning_rate": "0", "batch_size": ""}})
        assert widget.problems == {
            "learning_rate": "learning_rate must be in (0, inf), got 0",
            "batch_size": "batch_size must be a whole number, got nothing",
        }
        assert (tool.sessions, widget.phase) == ((), "idle")
        assert widget.said == "No run was started: a setting breaks its rule."
        widget.obey({"command": "stop"})
        assert widget.problems == {}

    widget_in_loop(play)


def test_commands_from_another_thread_are_obeyed_on_the_loop_of_the_cells():
    async def play(tool: explorers.Dashboard) -> None:
        widget, seen = tool.widget, []
        widget.obey = lambda message: seen.append((message, threading.current_thread()))
        sender = threading.Thread(target=widget._receive, args=(None, {"command": "stop"}, None))
        sender.start()
        sender.join()
        await until(lambda: bool(seen))
        assert seen == [({"command": "stop"}, threading.current_thread())]

    widget_in_loop(play)


def test_an_unknown_command_does_nothing():
    async def play(tool: explorers.Dashboard) -> None:
        tool.widget.obey({"command": "report"})
        assert (tool.widget.phase, tool.sessions) == ("idle", ())

    widget_in_loop(play)


def test_closing_the_widget_ends_the_training():
    async def play(tool: explorers.Dashboard) -> None:
        tool.widget.obey({"command": "start", "settings": {"n_epochs": "1000"}})
        tool.widget.close()
        await asyncio.sleep(0.01)
        assert tool.sessions[0].outcome == "stopped"

    widget_in_loop(play)


def test_the_form_labels_every_setting_and_offers_every_choice():
    form = _html.form()
    names = re.findall(r'<div class="control" data-field="(\w+)"><label><span>[^<]+</span>', form)
    assert sorted(names) == sorted(TrainingSettings.__dataclass_fields__)
    for name, choice in OPTIMIZERS.items():
        assert re.search(f'<option value="{name}"( selected)?>{choice.label}</option>', form)
    assert re.findall(r'data-command="(\w+)"', form) == ["start", "pause", "stop", "clear"]
    assert re.findall(r'value="(\w+)" selected', form) == ["rmsprop", "false", "convnet"]
    assert '<option value="true">in the root: √(v + ε)</option>' in form


@pytest.mark.parametrize("outcome", ["finished", "stopped", "diverged"])
def test_the_list_says_how_a_run_ended(outcome):
    assert f"· {outcome}</span></li>" in _html.runs([Curves(1, SHORT, (), (0.1,), outcome)])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_the_fields_of_an_optimizer_begin_at_its_defaults(optimizer):
    fields = _html.fields_by_optimizer()[optimizer]
    texts = {name: field["text"] for name, field in fields.items()}
    assert read({"optimizer": optimizer, **texts}) == DEFAULTS[optimizer]
    assert set(fields) == {"learning_rate", *OPTIMIZERS[optimizer].symbols}
    labels = {"momentum": "momentum μ", "rmsprop": "decay γ", "adam": "decay β₂"}
    assert fields.get("decay", {}).get("label") == labels.get(optimizer)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "1 s"), (59.4, "59 s"), (59.6, "1 min 0 s"), (61, "1 min 1 s"), (754, "12 min 34 s")],
)
def test_a_time_left_is_written_in_minutes_and_seconds(seconds, text):
    assert _widget._duration(seconds) == text


# What a notebook stores


def html_of(tool: explorers.Dashboard) -> str:
    return tool._repr_mimebundle_()[0]["text/html"]


def test_two_dashboards_store_the_same_bytes_and_no_address():
    one, other = explorers.dashboard(), explorers.dashboard()
    assert (repr(one), html_of(one)) == (repr(other), html_of(other))
    assert "0x" not in repr(one) + repr(one.widget) and "IPY_MODEL" not in html_of(one)


def test_runs_leave_what_a_notebook_stores_as_it_is():
    async def play(tool: explorers.Dashboard) -> None:
        before = html_of(tool)
        tool.widget.obey({"command": "start", "settings": {"network": "mlp", "n_epochs": "1"}})
        await until(lambda: tool.widget.phase == "idle")
        assert tool.sessions[0].outcome == "finished"
        assert tool.widget.progress == {"share": 1.0, "text": "step 43 of 43"}
        assert html_of(tool) == before

    widget_in_loop(play)


def test_saving_keeps_the_still_and_drops_the_widget():
    data = explorers.dashboard()._repr_mimebundle_()[0]
    assert set(data) == {VIEW, "text/html", "text/plain"}
    outputs = [{"data": dict(data)}]
    cells = [{"cell_type": "code", "outputs": outputs}]
    keep_stills(model={"type": "notebook", "content": {"cells": cells}}, path="", manager=None)
    assert outputs[0]["data"] == {mime: data[mime] for mime in ("text/html", "text/plain")}


def test_the_still_shows_the_example_and_says_its_numbers():
    html, runs = html_of(explorers.dashboard()), _example.load()
    alts = re.findall(r'<img src="data:image/svg\+xml;base64,[^"]+" alt="([^"]+)"', html)
    assert alts == [panel.alt for panel in _curves.panels(runs)]
    for run in runs:
        assert f"<li>{run.settings.label}: training loss {run.loss()}, " in html
        assert f"test accuracy {run.accuracy().replace(' ', '&nbsp;')}</li>" in html
    assert "<script" not in html and "<svg" not in html


def test_the_example_is_what_its_script_makes():
    stored, made = _example.load(), _example.make()
    assert [run.settings for run in stored] == [run.settings for run in made]
    for old, new in zip(stored, made, strict=True):
        assert (old.number, old.outcome) == (new.number, new.outcome)
        (epochs, losses), (new_epochs, new_losses) = (
            np.transpose(old.losses),
            np.transpose(new.losses),
        )
        np.testing.assert_array_equal(epochs, new_epochs)
        # Other processors round otherwise, and training makes more of it with every step.
        np.testing.assert_allclose(losses[:6], new_losses[:6], rtol=0.02)
        assert abs(math.log(losses[-10:].mean() / new_losses[-10:].mean())) < math.log(3)
        np.testing.assert_allclose(old.accuracies[-1], new.accuracies[-1], atol=0.03)


def test_the_script_writes_what_is_read(tmp_path, monkeypatch):
    runs = _example.load()
    monkeypatch.setattr(_example, "_FILE", tmp_path / "example.json")
    _example.store(runs)
    assert _example.load() == runs
    assert len(json.loads((tmp_path / "example.json").read_text("utf-8"))) == len(runs)


def test_showing_a_dashboard_loads_no_torch_and_trains_nothing():
    code = (
        "import sys\nfrom rmsprop_course import explorers\ntool = explorers.dashboard()\n"
        "data = tool._repr_mimebundle_()[0]\nprint(sorted(data), 'torch' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout == f"{sorted([VIEW, 'text/html', 'text/plain'])} False\n"
