"""n-step returns: what an agent learns from a few steps of play and a guess of what follows."""

from rmsprop_course._extras import extra
from rmsprop_course._settings import in_range

with extra("torch"):
    import torch
    from torch import Tensor


def n_step_returns(
    rewards: Tensor,
    next_values: Tensor,
    terminated: Tensor,
    truncated: Tensor,
    *,
    discount: float,
) -> Tensor:
    """Return what each step brought: the rewards until the play stops, then the critic's value.

    Parameters
    ----------
    rewards : torch.Tensor, shape (n_steps, n_envs)
        Reward of each step, in the units of the return.
    next_values : torch.Tensor, shape (n_steps, n_envs)
        The critic's value of the observation to which each step led, in the units of the return.
    terminated : torch.Tensor of bool, shape (n_steps, n_envs)
        Whether the step ended the episode for good: nothing can follow, so its value is 0.
    truncated : torch.Tensor of bool, shape (n_steps, n_envs)
        Whether a time limit stopped the episode after the step: the future is worth what the
        critic says, only that nobody will see it. A step that terminated is terminated.
    discount : float
        Worth of a reward one step later, dimensionless, in [0, 1].

    Returns
    -------
    torch.Tensor, shape (n_steps, n_envs)
        The return from each step on.

    Raises
    ------
    ValueError
        If `discount` is out of its range, or the shapes differ.

    Notes
    -----
    From the last step backwards, R = r + discount × R′, where R′ is 0 after termination, the
    critic's value after truncation and after the last step, and the return of the next step
    otherwise.

    References
    ----------
    Mnih et al. (2016), Asynchronous methods for deep reinforcement learning, arXiv:1602.01783.

    Pardo, Tavakoli, Levdik and Kormushev (2018), Time limits in reinforcement learning,
    arXiv:1712.00378.

    Examples
    --------
    Three steps in one environment, and the critic expects 10 after each of them.

    >>> rewards, values = torch.ones(3, 1), torch.full((3, 1), 10.0)
    >>> never = torch.zeros(3, 1, dtype=torch.bool)
    >>> n_step_returns(rewards, values, never, never, discount=0.5)[:, 0]
    tensor([3., 4., 6.])
    >>> after_two = torch.tensor([[False], [True], [False]])
    >>> n_step_returns(rewards, values, after_two, never, discount=0.5)[:, 0]
    tensor([1.5000, 1.0000, 6.0000])
    >>> n_step_returns(rewards, values, never, after_two, discount=0.5)[:, 0]
    tensor([4., 6., 6.])
    """
    in_range("discount", discount, 0, 1, closed=True)
    given = {"next_values": next_values, "terminated": terminated, "truncated": truncated}
    for name, tensor in given.items():
        if tensor.shape != rewards.shape:
            raise ValueError(
                f"{name} must have the shape of rewards, {tuple(rewards.shape)}, "
                f"got {tuple(tensor.shape)}"
            )
    returns = torch.empty_like(rewards)
    future = next_values[-1]
    for step in reversed(range(len(rewards))):
        future = torch.where(truncated[step], next_values[step], future)
        future = torch.where(terminated[step], 0.0, future)
        future = rewards[step] + discount * future
        returns[step] = future
    return returns
