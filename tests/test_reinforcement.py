"""Returns by hand, play that loses no episode, an agent that learns, stored results that hold."""

import math
import subprocess
import sys
from functools import partial
from pathlib import Path

import actor_critic_results
import gymnasium
import numpy as np
import pytest
import torch
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from torch import nn

from rmsprop_course.reinforcement import (
    Rollout,
    actor_critic_loss,
    cart_poles,
    finished_episodes,
    learning_curve,
    load_results,
    n_step_returns,
    rollouts,
    train_actor_critic,
)
from rmsprop_course.torch_networks import mlp
from rmsprop_course.torch_optim import RMSprop

ROOT = Path(__file__).parents[1]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def column(*numbers, dtype=torch.float64):
    """One environment's numbers, a row a step."""
    return torch.tensor(numbers, dtype=dtype).unsqueeze(-1)


def flags(*steps, n_steps=4):
    return column(*(step in steps for step in range(n_steps)), dtype=torch.bool)


# --- Returns ---

REWARDS, VALUES = column(1, 2, 3, 4), column(10, 20, 30, 40)


@pytest.mark.parametrize(
    ("terminated", "truncated", "returns"),
    [
        # From the end: 4 + 40/2 = 24; 3 + 24/2 = 15; 2 + 15/2 = 9.5; 1 + 9.5/2 = 5.75.
        ((), (), [5.75, 9.5, 15, 24]),
        # Step 1 ends it: 2 + 0; 1 + 2/2 = 2.
        ((1,), (), [2, 2, 15, 24]),
        # Step 1 is cut off where the critic expects 20: 2 + 20/2 = 12; 1 + 12/2 = 7.
        ((), (1,), [7, 12, 15, 24]),
        # Both at once: it would have ended anyway.
        ((1,), (1,), [2, 2, 15, 24]),
        # The last step ends it: 4; 3 + 4/2 = 5; 2 + 5/2 = 4.5; 1 + 4.5/2 = 3.25.
        ((3,), (), [3.25, 4.5, 5, 4]),
        ((), (3,), [5.75, 9.5, 15, 24]),
    ],
    ids=["runs on", "terminated", "truncated", "both", "terminated last", "truncated last"],
)
def test_returns_are_those_worked_out_by_hand(terminated, truncated, returns):
    found = n_step_returns(REWARDS, VALUES, flags(*terminated), flags(*truncated), discount=0.5)
    np.testing.assert_allclose(found[:, 0], returns)


def test_environments_do_not_mix():
    both = [torch.cat([tensor, tensor], dim=1) for tensor in (REWARDS, VALUES)]
    ends = torch.cat([flags(1), flags()], dim=1)
    found = n_step_returns(*both, ends, torch.zeros_like(ends), discount=0.5)
    np.testing.assert_allclose(found.T, [[2, 2, 15, 24], [5.75, 9.5, 15, 24]])


@pytest.mark.parametrize("discount", [1.5, -0.1, math.nan])
def test_a_discount_that_is_none_is_refused(discount):
    with pytest.raises(ValueError, match=r"discount must be in \[0, 1\], got"):
        n_step_returns(REWARDS, VALUES, flags(), flags(), discount=discount)


def test_shapes_that_differ_are_refused_by_name():
    with pytest.raises(ValueError, match=r"truncated must .* rewards, \(4, 1\), got \(3, 1\)"):
        n_step_returns(REWARDS, VALUES, flags(), flags(n_steps=3), discount=0.5)


# --- Play ---


class Countdown(gymnasium.Env):
    """Shows how many steps are left; terminates, or is cut off by a time limit, at none."""

    observation_space = gymnasium.spaces.Box(0, 10, (1,))
    action_space = gymnasium.spaces.Discrete(2)

    def __init__(self, length, *, truncates=False):
        self.length, self.truncates, self.left = length, truncates, 0

    def seen(self):
        return np.array([self.left], dtype=np.float32)

    def reset(self, *, seed=None, options=None):
        self.left = self.length
        return self.seen(), {}

    def step(self, action):
        self.left -= 1
        over = self.left == 0
        return self.seen(), 1.0, over and not self.truncates, over and self.truncates, {}


def countdowns(*envs, mode=AutoresetMode.NEXT_STEP):
    return SyncVectorEnv([partial(*env) for env in envs], autoreset_mode=mode)


def play(env, n_steps=7, policy=None):
    policy = policy or mlp([*env.single_observation_space.shape, 2], generator(1))
    return rollouts(env, policy, n_steps=n_steps, seed=0, generator=generator())


def test_the_last_observation_of_an_episode_is_seen_and_the_restart_is_no_step_of_the_agent():
    rollout = next(play(countdowns((Countdown, 2))))
    assert rollout.observations[:, 0, 0].tolist() == [2, 1, 0, 2, 1, 0, 2, 1]
    assert rollout.terminated[:, 0].tolist() == [False, True, False, False, True, False, False]
    assert rollout.acted[:, 0].tolist() == [True, True, False, True, True, False, True]
    assert rollout.rewards[:, 0].tolist() == [1, 1, 0, 1, 1, 0, 1]
    assert not rollout.truncated.any()


def test_a_time_limit_is_told_from_an_end():
    truncating = lambda: Countdown(3, truncates=True)  # noqa: E731
    rollout = next(play(countdowns((Countdown, 2), (truncating,))))
    assert rollout.terminated.sum(dim=0).tolist() == [2, 0]
    assert rollout.truncated.sum(dim=0).tolist() == [0, 2]
    assert rollout.acted[:, 1].tolist() == [True, True, True, False, True, True, True]


def test_an_episode_goes_on_into_the_next_rollout():
    whole = next(play(countdowns((Countdown, 3), (Countdown, 2)), n_steps=8))
    parts = play(countdowns((Countdown, 3), (Countdown, 2)), n_steps=4)
    first, second = next(parts), next(parts)
    for name in Rollout._fields[1:]:
        joined = torch.cat([getattr(first, name), getattr(second, name)])
        assert torch.equal(joined, getattr(whole, name))


def test_the_carts_of_gymnasium_restart_as_the_countdown_does():
    rollout = next(play(cart_poles(4), n_steps=100))
    ended = rollout.terminated | rollout.truncated
    assert ended.any()
    assert torch.equal(rollout.acted[1:], ~ended[:-1])
    assert torch.equal(rollout.rewards, rollout.acted.to(rollout.rewards.dtype))


@pytest.mark.parametrize("odds", [(0.2, 0.8), (0.1, 0.3, 0.6)], ids=["two", "three"])
def test_actions_have_the_probabilities_of_the_policy(odds):
    policy = Constant(*np.log(odds).astype(np.float32).tolist())
    rollout = next(play(countdowns(*[(Countdown, 10)] * 10), n_steps=400, policy=policy))
    shares = torch.bincount(rollout.actions.flatten(), minlength=len(odds)) / 4000
    for share, chance in zip(shares.tolist(), odds, strict=True):
        assert share == pytest.approx(chance, abs=4 * (chance * (1 - chance) / 4000) ** 0.5)


def test_environments_that_restart_at_another_time_are_refused():
    with pytest.raises(ValueError, match=r"must restart by .*NEXT_STEP, got .*SAME_STEP"):
        play(countdowns((Countdown, 2), mode=AutoresetMode.SAME_STEP))


def test_rollouts_of_no_steps_are_refused():
    with pytest.raises(ValueError, match="n_steps must be at least 1, got 0"):
        play(cart_poles(1), n_steps=0)


# --- Episodes ---


def test_episodes_have_their_sums_and_stand_in_the_order_of_their_ends():
    rewards = [[1.0, 10.0], [2.0, 20.0], [3.0, 30.0], [4.0, 40.0]]
    ended = [[False, False], [True, True], [False, True], [True, False]]
    env_steps, returns = finished_episodes(rewards, ended)
    assert env_steps.tolist() == [4, 4, 6, 8]
    assert returns.tolist() == [3, 30, 30, 7]


def test_where_no_episode_ended_there_is_none():
    env_steps, returns = finished_episodes(np.ones((3, 2)), np.zeros((3, 2)))
    assert env_steps.shape == returns.shape == (0,)


@pytest.mark.parametrize(("rewards", "ended"), [((3,), (3,)), ((3, 2), (2, 3))])
def test_episodes_of_no_such_shape_are_refused(rewards, ended):
    with pytest.raises(ValueError, match=r"one shape \(n_steps, n_envs\), got \(3"):
        finished_episodes(np.ones(rewards), np.ones(ended))


def test_a_curve_has_the_mean_of_each_window_which_holds_its_upper_end():
    found = learning_curve([3, 4, 5, 9, 13], [1, 3, 8, 9, 99], n_env_steps=12, n_windows=3)
    np.testing.assert_array_equal(found, [2, 8, 9])


def test_a_window_without_an_episode_is_no_number():
    found = learning_curve([9], [5.0], n_env_steps=12, n_windows=3)
    np.testing.assert_array_equal(found, [np.nan, np.nan, 5])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_env_steps": 12, "n_windows": 0}, "n_windows must be at least 1, got 0"),
        ({"n_env_steps": 2, "n_windows": 3}, "n_env_steps must be at least n_windows, 3, got 2"),
    ],
)
def test_windows_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        learning_curve([1], [1.0], **settings)


# --- The loss ---

WEIGHTS = {"discount": 0.5, "value_weight": 0.5, "entropy_weight": 0.1}


class Constant(nn.Module):
    """The same outputs for whatever is seen."""

    def __init__(self, *outputs):
        super().__init__()
        self.outputs = nn.Parameter(torch.tensor(outputs))

    def forward(self, observations):
        return self.outputs.expand(*observations.shape[:-1], -1)


def three_steps(*, acted=(True, True, True)):
    """One environment, rewards 1, actions 0, 1 and 0, terminated after the second step."""
    return Rollout(
        torch.zeros(4, 1, 1),
        column(0, 1, 0, dtype=torch.int64),
        torch.ones(3, 1),
        flags(1, n_steps=3),
        flags(n_steps=3),
        column(*acted, dtype=torch.bool),
    )


def test_the_loss_is_the_one_worked_out_by_hand():
    """V = 2: returns 1.5, 1 and 2, advantages -0.5, -1 and 0; both actions are equally likely."""
    loss = actor_critic_loss(Constant(0.0, 0.0), Constant(2.0), three_steps(), **WEIGHTS)
    by_policy = math.log(2) * (-0.5 - 1 + 0) / 3
    by_critic = 0.5 * (0.25 + 1 + 0) / 3
    assert loss.item() == pytest.approx(by_policy + by_critic - 0.1 * math.log(2))


def test_the_restart_does_not_count():
    rollout = three_steps(acted=(True, True, False))
    loss = actor_critic_loss(Constant(0.0, 0.0), Constant(2.0), rollout, **WEIGHTS)
    by_policy = math.log(2) * (-0.5 - 1) / 2
    by_critic = 0.5 * (0.25 + 1) / 2
    assert loss.item() == pytest.approx(by_policy + by_critic - 0.1 * math.log(2))


def test_the_gradients_are_those_of_policy_and_critic_apart():
    """The policy's gradient is A (π - chosen), the critic's -A: returns count as constants."""
    policy, critic = Constant(0.0, 0.0), Constant(2.0)
    actor_critic_loss(policy, critic, three_steps(), **WEIGHTS).backward()
    assert critic.outputs.grad.tolist() == pytest.approx([(0.5 + 1 + 0) / 3])
    first = (-0.5 * (0.5 - 1) + -1 * (0.5 - 0)) / 3  # the entropy is flat at equal odds
    assert policy.outputs.grad.tolist() == pytest.approx([first, -first])


def test_the_critics_guess_of_what_follows_counts_as_a_constant():
    """V = 4: the last step's return is 1 + 4/2 = 3 and its advantage -1; the others' -2.5, -3."""
    critic = Constant(4.0)
    actor_critic_loss(Constant(0.0, 0.0), critic, three_steps(), **WEIGHTS).backward()
    assert critic.outputs.grad.tolist() == pytest.approx([(2.5 + 3 + 1) / 3])


def test_entropy_pulls_toward_equal_odds():
    policy = Constant(1.0, -1.0)
    settings = WEIGHTS | {"entropy_weight": 1e3}
    actor_critic_loss(policy, Constant(2.0), three_steps(), **settings).backward()
    assert policy.outputs.grad[0] > 0 > policy.outputs.grad[1]  # a step down the gradient


# --- Learning ---


class Match(gymnasium.Env):
    """Shows one of two lamps; the action that fits it brings 1. Ten steps an episode."""

    observation_space = gymnasium.spaces.Box(0, 1, (2,))
    action_space = gymnasium.spaces.Discrete(2)

    def seen(self):
        self.lamp = int(self.np_random.integers(2))
        return np.eye(2, dtype=np.float32)[self.lamp]

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.steps = 0
        return self.seen(), {}

    def step(self, action):
        self.steps += 1
        reward = float(action == self.lamp)
        return self.seen(), reward, self.steps == 10, False, {}


def matches(n_envs):
    return SyncVectorEnv([Match] * n_envs)


def rmsprop(params, lr=0.01):
    return RMSprop(params, lr=lr)


def test_the_agent_learns_what_fits():
    run = train_actor_critic(
        rmsprop, seed=0, n_env_steps=4_000, make_env=matches, n_steps=5, discount=0.0
    )
    assert run.returns[:8].mean() < 8  # chance brings 5 of 10
    assert run.returns[-20:].mean() > 9


def test_the_agent_learns_to_balance():
    """The stored seeds bring 182 or more in the window that ends here, and 9 to 98 at first."""
    run = train_actor_critic(rmsprop, seed=0, n_env_steps=30_000)
    assert run.returns[:20].mean() < 100
    assert run.returns[-20:].mean() > 150


def test_an_optimizer_that_does_not_step_learns_nothing():
    run = train_actor_critic(partial(rmsprop, lr=0.0), seed=0, n_env_steps=10_000)
    early, late = np.array_split(run.returns, 2)
    error = math.hypot(early.std(), late.std()) / len(early) ** 0.5
    assert abs(late.mean() - early.mean()) < 4 * error


def test_a_seed_fixes_the_run_whatever_the_global_state_and_another_changes_it():
    torch.manual_seed(1)
    first = train_actor_critic(rmsprop, seed=3, n_env_steps=3_000)
    torch.manual_seed(2)
    again = train_actor_critic(rmsprop, seed=3, n_env_steps=3_000)
    other = train_actor_critic(rmsprop, seed=4, n_env_steps=3_000)
    np.testing.assert_array_equal(first.returns, again.returns)
    np.testing.assert_array_equal(first.env_steps, again.env_steps)
    assert not np.array_equal(first.returns[:20], other.returns[:20])


def test_training_leaves_the_global_random_state_alone():
    before = torch.get_rng_state()
    train_actor_critic(rmsprop, seed=0, n_env_steps=256)
    assert torch.equal(torch.get_rng_state(), before)


class Fails(torch.optim.SGD):
    def step(self, closure=None):
        assert torch.get_num_threads() == 1
        raise RuntimeError("no step")


def test_the_threads_are_given_back_also_when_a_step_fails():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with pytest.raises(RuntimeError, match="no step"):
            train_actor_critic(Fails, seed=0, n_env_steps=128)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


class Recorder(torch.optim.SGD):
    """Gradient descent that remembers the norms of its gradients."""

    def __init__(self, params, norms):
        super().__init__(params, lr=0.1)
        self.norms = norms

    def step(self, closure=None):
        grads = [param.grad.flatten() for param in self.param_groups[0]["params"]]
        self.norms.append(torch.cat(grads).norm().item())
        return super().step(closure)


def norms(**settings):
    found = []
    train_actor_critic(partial(Recorder, norms=found), seed=0, n_env_steps=1_000, **settings)
    return np.array(found)


def test_one_step_takes_a_rollout_of_every_environment():
    assert len(norms()) == 1_000 // (8 * 16)
    assert len(norms(n_envs=4, n_steps=10)) == 25


def test_gradients_are_clipped_to_the_norm_and_not_without_one():
    np.testing.assert_allclose(norms(), 0.5, rtol=1e-4)
    assert norms(max_grad_norm=math.inf).min() > 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"n_env_steps": 127}, "n_env_steps must be at least 128, got 127"),
        ({"max_grad_norm": 0.0}, r"max_grad_norm must be in \(0, inf\], got 0"),
        ({"discount": 2.0}, r"discount must be in \[0, 1\], got 2"),
    ],
)
def test_settings_that_cannot_be_are_refused(settings, message):
    with pytest.raises(ValueError, match=message):
        train_actor_critic(rmsprop, seed=0, **{"n_env_steps": 128} | settings)


# --- Stored results ---

STORED = load_results()
each_comparison = pytest.mark.parametrize("comparison", STORED.values(), ids=STORED)


def test_both_protocols_are_stored():
    norms = {name: comparison.max_grad_norm for name, comparison in STORED.items()}
    assert norms == {"clipped": 0.5, "unclipped": math.inf}


@each_comparison
def test_budgets_are_equal_seeds_are_fresh_and_no_run_is_missing(comparison):
    assert len(comparison.seeds) >= 10
    assert set(comparison.seeds).isdisjoint(comparison.tuning_seeds)
    assert len({len(contender.learning_rates) for contender in comparison.contenders}) == 1
    for contender in comparison.contenders:
        rates, seeds = len(contender.learning_rates), len(comparison.seeds)
        assert contender.tuning.shape == (rates, len(comparison.tuning_seeds))
        assert contender.curves.shape == (len(comparison.env_steps), seeds)
        for returns in (contender.tuning, contender.curves):
            assert np.isfinite(returns).all()
            assert 8 <= returns.min() <= returns.max() <= 500  # no pole falls faster


@each_comparison
def test_the_rate_is_the_best_of_the_tuning_and_not_at_the_edge(comparison):
    for contender in comparison.contenders:
        best = contender.tuning.mean(axis=1).argmax()
        assert contender.learning_rate == contender.learning_rates[best]
        assert 0 < best < len(contender.learning_rates) - 1, contender.name


@each_comparison
def test_what_was_stored_is_read_back(comparison):
    text = comparison.to_json()
    assert type(comparison).from_json(text).to_json() == text


@each_comparison
def test_the_stored_files_are_those_of_the_script(comparison):
    assert comparison.n_env_steps == actor_critic_results.FULL.n_env_steps
    for contender, entry in zip(comparison.contenders, actor_critic_results.ENTRIES, strict=True):
        protocol = "clipped" if comparison.max_grad_norm < math.inf else "unclipped"
        assert (contender.name, contender.settings) == (entry.name, entry.settings)
        assert tuple(contender.learning_rates) == entry.rates[protocol]


def test_the_summaries_are_those_of_the_curves():
    contender = STORED["clipped"].contenders[0]._replace(curves=np.array([[1.0, 2], [5, 8]]))
    assert contender.overall.tolist() == [3, 5]
    assert contender.final.tolist() == [5, 8]
    comparison = STORED["clipped"]._replace(n_env_steps=100, contenders=(contender,))
    assert comparison.env_steps.tolist() == [50, 100]


def test_a_stored_run_begins_as_it_does_here():
    """The first window of one optimizer on three seeds; rounding grows, so only roughly."""
    comparison = STORED["clipped"]
    width = int(comparison.env_steps[0])
    [entry] = [entry for entry in actor_critic_results.ENTRIES if entry.name == "RMSProp"]
    [contender] = [found for found in comparison.contenders if found.name == entry.name]
    make_optimizer = partial(entry.kind, lr=contender.learning_rate, **entry.settings)
    for column, seed in enumerate(comparison.seeds[:3]):
        run = train_actor_critic(make_optimizer, seed=seed, n_env_steps=width)
        [here] = learning_curve(*run, n_env_steps=width, n_windows=1)
        assert here == pytest.approx(contender.curves[0, column], rel=0.4)


def test_a_quick_run_of_the_script_writes_the_stored_form(tmp_path):
    command = [sys.executable, ROOT / "tools" / "actor_critic_results.py"]
    options = ["--quick", "--seeds", "2", "--out", tmp_path]
    ran = subprocess.run([*command, *options], capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert {file.stem for file in tmp_path.iterdir()} == STORED.keys()
    for protocol, stored in STORED.items():
        text = (tmp_path / f"{protocol}.json").read_text(encoding="utf-8")
        quick = type(stored).from_json(text)
        assert quick.versions.keys() == stored.versions.keys()
        assert quick.max_grad_norm == stored.max_grad_norm
        for found, kept in zip(quick.contenders, stored.contenders, strict=True):
            assert (found.name, found.settings) == (kept.name, kept.settings)
            assert found.curves.shape == (1, 2)
            assert set(found.learning_rates) < set(kept.learning_rates)


def test_an_unknown_protocol_is_refused_before_anything_runs(tmp_path):
    command = [sys.executable, ROOT / "tools" / "actor_critic_results.py", "cut"]
    ran = subprocess.run([*command, "--out", tmp_path], capture_output=True, text=True)
    assert ran.returncode == 2
    assert "protocols must be of clipped, unclipped, got cut" in ran.stderr
    assert list(tmp_path.iterdir()) == []
