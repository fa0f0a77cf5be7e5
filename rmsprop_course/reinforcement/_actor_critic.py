"""Learning: the loss of actor and critic, and the loop that plays and steps the optimizer."""

from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra
from rmsprop_course._settings import FloatArray, in_range, is_count
from rmsprop_course.reinforcement._episodes import finished_episodes
from rmsprop_course.reinforcement._returns import n_step_returns
from rmsprop_course.reinforcement._rollouts import Rollout, cart_poles, rollouts
from rmsprop_course.torch_networks import mlp, one_thread

with extra("course"):
    from gymnasium.vector import VectorEnv

with extra("torch"):
    import torch
    from torch import Tensor, nn
    from torch.optim import Optimizer


class ActorCriticRun(NamedTuple):
    """What `train_actor_critic` returns.

    Attributes
    ----------
    env_steps : ndarray of int, shape (n_episodes,)
        Steps of all environments together until each episode ended, the one after each end
        included in which an environment only restarts.
    returns : ndarray, shape (n_episodes,)
        Sum of the rewards of each episode. An episode that did not end is not among them.
    """

    env_steps: NDArray[np.int_]
    returns: FloatArray


def actor_critic_loss(
    policy: nn.Module,
    critic: nn.Module,
    rollout: Rollout,
    *,
    discount: float,
    value_weight: float,
    entropy_weight: float,
) -> Tensor:
    r"""Return the loss whose gradient improves the policy and what the critic expects.

    Parameters
    ----------
    policy : torch.nn.Module
        The actor: takes observations (..., n_features), returns logits (..., n_actions).
    critic : torch.nn.Module
        Takes observations (..., n_features), returns the expected return (..., 1).
    rollout : Rollout
        Steps that this policy played.
    discount : float
        Worth of a reward one step later, dimensionless, in [0, 1].
    value_weight : float
        Weight of the critic's squared error.
    entropy_weight : float
        Weight of the policy's entropy in nats, which keeps it from settling too early.

    Returns
    -------
    torch.Tensor
        A number: the mean over the steps in which the policy acted.

    Notes
    -----
    A step with return R (`n_step_returns`) and value V has the advantage A = R - V: how much
    better it went than the critic expected. With c for `value_weight` and d for `entropy_weight`
    its loss is

    .. math:: -A \log \pi(\text{action}) + c A^2 - d H(\pi).

    In the first term A counts as a constant, and R everywhere.

    References
    ----------
    Mnih et al. (2016), Asynchronous methods for deep reinforcement learning, arXiv:1602.01783.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> policy, critic = mlp([4, 2], generator), mlp([4, 1], generator)
    >>> play = rollouts(cart_poles(8), policy, n_steps=5, seed=0, generator=generator)
    >>> loss = actor_critic_loss(
    ...     policy, critic, next(play), discount=0.99, value_weight=0.5, entropy_weight=0.01)
    >>> loss.shape
    torch.Size([])
    """
    values = critic(rollout.observations).squeeze(-1)
    returns = n_step_returns(
        rollout.rewards,
        values[1:].detach(),
        rollout.terminated,
        rollout.truncated,
        discount=discount,
    )
    advantages = returns - values[:-1]
    log_probabilities = policy(rollout.observations[:-1]).log_softmax(dim=-1)
    log_chosen = log_probabilities.gather(-1, rollout.actions.unsqueeze(-1)).squeeze(-1)
    entropy = -(log_probabilities.exp() * log_probabilities).sum(dim=-1)
    losses = (
        -advantages.detach() * log_chosen + value_weight * advantages**2 - entropy_weight * entropy
    )
    return torch.mean(losses[rollout.acted])


def train_actor_critic(
    make_optimizer: Callable[[list[nn.Parameter]], Optimizer],
    *,
    seed: int,
    n_env_steps: int,
    make_env: Callable[[int], VectorEnv[Any, Any, Any]] = cart_poles,
    n_envs: int = 8,
    n_steps: int = 16,
    n_hidden: int = 64,
    discount: float = 0.99,
    value_weight: float = 0.5,
    entropy_weight: float = 0.01,
    max_grad_norm: float = 0.5,
) -> ActorCriticRun:
    """Train an agent by synchronous advantage actor-critic, A2C.

    Parameters
    ----------
    make_optimizer : callable
        ``make_optimizer(params) -> Optimizer``. Any ``torch.optim.Optimizer``.
    seed : int
        Of weights, actions and environments: the same seed gives the same run.
    n_env_steps : int
        Steps of all environments together. One optimizer step takes ``n_envs * n_steps`` of
        them; a rest that is not enough for one is not played.
    make_env : callable
        ``make_env(n_envs) -> VectorEnv``, as `cart_poles`.
    n_envs : int
        Environments that are played at once.
    n_steps : int
        Steps in each environment between two optimizer steps.
    n_hidden : int
        Tanh units in the hidden layer of the actor, and of the critic.
    discount : float
        Worth of a reward one step later, dimensionless, in [0, 1].
    value_weight, entropy_weight : float
        See `actor_critic_loss`.
    max_grad_norm : float
        A gradient with a larger norm, over all parameters, is scaled down to it; ``inf`` for none.

    Returns
    -------
    ActorCriticRun
        When each episode ended, and its return.

    Raises
    ------
    ValueError
        If the steps are too few for one optimizer step, or a setting is out of its range.

    Notes
    -----
    A3C without the A for asynchronous: all environments move together, and one optimizer steps
    one copy of the parameters. Actor and critic are two networks. While it trains, PyTorch uses
    one thread in this process.

    References
    ----------
    Mnih et al. (2016), Asynchronous methods for deep reinforcement learning, arXiv:1602.01783.

    Examples
    --------
    >>> def make_optimizer(params):
    ...     return torch.optim.RMSprop(params, lr=0.01)
    >>> run = train_actor_critic(make_optimizer, seed=0, n_env_steps=2000)
    >>> run.returns.shape == run.env_steps.shape
    True
    >>> bool(run.env_steps[-1] <= 2000)
    True
    """
    if is_count("n_env_steps", n_env_steps) < n_envs * n_steps:
        raise ValueError(f"n_env_steps must be at least {n_envs * n_steps}, got {n_env_steps}")
    in_range("max_grad_norm", max_grad_norm, 0, np.inf, closed=True, positive=True)
    generator = torch.Generator().manual_seed(seed)
    env: Any = make_env(n_envs)  # Gymnasium's types do not say what its spaces hold
    (n_features,) = env.single_observation_space.shape
    policy = mlp([n_features, n_hidden, env.single_action_space.n], generator, activation=nn.Tanh)
    critic = mlp([n_features, n_hidden, 1], generator, activation=nn.Tanh)
    params = [*policy.parameters(), *critic.parameters()]
    optimizer = make_optimizer(params)
    rewards, ended = [], []
    play = rollouts(env, policy, n_steps=n_steps, seed=seed, generator=generator)
    with one_thread():
        for rollout in islice(play, n_env_steps // (n_envs * n_steps)):
            loss = actor_critic_loss(
                policy,
                critic,
                rollout,
                discount=discount,
                value_weight=value_weight,
                entropy_weight=entropy_weight,
            )
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(params, max_grad_norm)
            optimizer.step()
            rewards.append(rollout.rewards)
            ended.append(rollout.terminated | rollout.truncated)
    env.close()
    return ActorCriticRun(*finished_episodes(torch.cat(rewards), torch.cat(ended)))
