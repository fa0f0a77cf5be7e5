"""Play: a policy acts in several environments at once, a few steps at a time."""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from rmsprop_course._extras import extra

with extra("course"):
    import gymnasium
    from gymnasium.vector import AutoresetMode, VectorEnv

with extra("torch"):
    import torch
    from torch import Tensor, nn


class Rollout(NamedTuple):
    """A few steps in each environment.

    Attributes
    ----------
    observations : torch.Tensor, shape (n_steps + 1, n_envs, n_features)
        What was seen before each step, and after the last.
    actions : torch.Tensor of int, shape (n_steps, n_envs)
        What was done.
    rewards : torch.Tensor, shape (n_steps, n_envs)
        What it brought.
    terminated, truncated : torch.Tensor of bool, shape (n_steps, n_envs)
        Whether the step ended the episode for good, or a time limit stopped it.
    acted : torch.Tensor of bool, shape (n_steps, n_envs)
        False for the step after an episode's end: the environment only restarts in it, whatever
        the action, so there is nothing to learn from it.
    """

    observations: Tensor
    actions: Tensor
    rewards: Tensor
    terminated: Tensor
    truncated: Tensor
    acted: Tensor


def cart_poles(n_envs: int) -> VectorEnv[Any, Any, Any]:
    """Return carts that each balance a pole: Gymnasium's CartPole-v1, all moved by one call.

    Parameters
    ----------
    n_envs : int
        How many carts.

    Returns
    -------
    gymnasium.vector.VectorEnv
        Observations of shape (n_envs, 4): position (m), velocity (m/s), angle (rad) and angular
        velocity (rad/s); actions 0 and 1 push left and right. Each step brings a reward of 1. An
        episode ends where the pole leans by more than 12° or the cart leaves the track, and is
        stopped after 500 steps.

    References
    ----------
    Barto, Sutton and Anderson (1983), Neuronlike adaptive elements that can solve difficult
    learning control problems, IEEE Transactions on Systems, Man, and Cybernetics 13,
    doi:10.1109/TSMC.1983.6313077.

    Towers et al. (2024), Gymnasium: a standard interface for reinforcement learning environments,
    arXiv:2407.17032.

    Examples
    --------
    >>> observations, _ = cart_poles(8).reset(seed=0)
    >>> observations.shape
    (8, 4)
    """
    return gymnasium.make_vec(
        "CartPole-v1", num_envs=n_envs, vectorization_mode="vector_entry_point"
    )


def rollouts(
    env: VectorEnv[Any, Any, Any],
    policy: nn.Module,
    *,
    n_steps: int,
    seed: int,
    generator: torch.Generator,
) -> Iterator[Rollout]:
    """Play on and on, and hand over every `n_steps` steps.

    Parameters
    ----------
    env : gymnasium.vector.VectorEnv
        Environments that restart in the step after an episode's end, as Gymnasium's do by default
        (``AutoresetMode.NEXT_STEP``).
    policy : torch.nn.Module
        Takes observations (n_envs, n_features) and returns logits (n_envs, n_actions). It may be
        trained between two rollouts.
    n_steps : int
        Steps in each environment before a rollout is handed over, at least 1.
    seed : int
        Of the environments.
    generator : torch.Generator
        Source of the actions, on the CPU.

    Yields
    ------
    Rollout
        The next steps. Episodes go on from one rollout to the next.

    Raises
    ------
    ValueError
        If `n_steps` is not positive, or the environments restart at another time.

    References
    ----------
    Gymnasium's documentation, Autoreset Mode,
    https://gymnasium.farama.org/main/api/vector/autoreset/.

    Examples
    --------
    >>> policy, generator = nn.Linear(4, 2), torch.Generator().manual_seed(0)
    >>> play = rollouts(cart_poles(8), policy, n_steps=5, seed=0, generator=generator)
    >>> first, second = next(play), next(play)
    >>> first.observations.shape, first.actions.shape
    (torch.Size([6, 8, 4]), torch.Size([5, 8]))
    >>> torch.equal(first.observations[-1], second.observations[0])
    True
    """
    if n_steps < 1:
        raise ValueError(f"n_steps must be at least 1, got {n_steps}")
    mode = env.metadata.get("autoreset_mode")
    if mode is not AutoresetMode.NEXT_STEP:
        raise ValueError(f"env must restart by {AutoresetMode.NEXT_STEP}, got {mode}")
    return _play(env, policy, n_steps, seed, generator)


def _play(
    env: VectorEnv[Any, Any, Any],
    policy: nn.Module,
    n_steps: int,
    seed: int,
    generator: torch.Generator,
) -> Iterator[Rollout]:
    observation, _ = env.reset(seed=seed)
    acts = np.full(env.num_envs, True)
    while True:
        seen, steps = [observation], []
        for _ in range(n_steps):
            action = _draw_actions(policy, observation, generator)
            observation, reward, terminated, truncated, _ = env.step(action)
            steps.append((action, reward, terminated, truncated, acts))
            seen.append(observation)
            acts = ~(terminated | truncated)
        columns = [torch.from_numpy(np.stack(column)) for column in zip(*steps, strict=True)]
        yield Rollout(torch.from_numpy(np.stack(seen)), *columns)


@torch.no_grad()
def _draw_actions(policy: nn.Module, observation: Any, generator: torch.Generator) -> Any:
    """Draw one action for each environment with the policy's probabilities."""
    probabilities = policy(torch.from_numpy(observation)).softmax(dim=-1)
    # Of exponential clocks with these rates, each rings first with its probability: so draws
    # torch.multinomial too, but it checks more and takes longer.
    clocks = torch.empty_like(probabilities).exponential_(generator=generator)
    return (probabilities / clocks).argmax(dim=-1).numpy()
