"""From steps to episodes: which ended when, with what return, and how the returns rise."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rmsprop_course._settings import FloatArray, is_count


def finished_episodes(rewards: ArrayLike, ended: ArrayLike) -> tuple[NDArray[np.int_], FloatArray]:
    """Return when each episode ended, and the sum of its rewards.

    Parameters
    ----------
    rewards : array_like, shape (n_steps, n_envs)
        Reward of each step.
    ended : array_like of bool, shape (n_steps, n_envs)
        Whether an episode ended with the step; the next one begins after it.

    Returns
    -------
    env_steps : ndarray of int, shape (n_episodes,)
        Steps of all environments together until the episode ended, in ascending order.
    returns : ndarray, shape (n_episodes,)
        Sum of its rewards, not discounted.

    Raises
    ------
    ValueError
        If the shapes differ or are not of two dimensions.

    Examples
    --------
    Of two environments, the first ends an episode in steps 2 and 4, the second in step 3.

    >>> ended = [[False, False], [True, False], [False, True], [True, False]]
    >>> env_steps, returns = finished_episodes(np.ones((4, 2)), ended)
    >>> env_steps.tolist(), returns.tolist()
    ([4, 6, 8], [2.0, 3.0, 2.0])
    """
    rewards, ended = np.asarray(rewards, dtype=np.float64), np.asarray(ended, dtype=bool)
    if rewards.ndim != 2 or ended.shape != rewards.shape:
        raise ValueError(
            "rewards and ended must have one shape (n_steps, n_envs), "
            f"got {rewards.shape} and {ended.shape}"
        )
    steps, envs = np.nonzero(ended)  # in the order in which they ended
    until_end = np.cumsum(rewards, axis=0)[steps, envs]
    returns = np.empty_like(until_end)
    for env in range(rewards.shape[1]):
        returns[envs == env] = np.diff(until_end[envs == env], prepend=0.0)
    return (steps + 1) * rewards.shape[1], returns


def learning_curve(
    env_steps: ArrayLike, returns: ArrayLike, *, n_env_steps: int, n_windows: int
) -> FloatArray:
    """Return the mean return of the episodes that ended in each of equal windows of steps.

    Parameters
    ----------
    env_steps : array_like of int, shape (n_episodes,)
        Steps of all environments together until the episode ended.
    returns : array_like, shape (n_episodes,)
        Return of each episode.
    n_env_steps : int
        Steps that the windows cut up; later episodes are left out.
    n_windows : int
        How many windows.

    Returns
    -------
    ndarray, shape (n_windows,)
        Window k, from 1 on, holds the episodes that ended after (k - 1) and until k times
        ``n_env_steps / n_windows`` steps. NaN where none ended.

    Raises
    ------
    ValueError
        If there is no window, or fewer steps than windows.

    Notes
    -----
    A window has at least one episode if it is longer than an episode at its longest, in all
    environments together. Within a window short episodes count as much as long ones.

    Examples
    --------
    >>> learning_curve([4, 6, 8], [2.0, 3.0, 5.0], n_env_steps=8, n_windows=2)
    array([2., 4.])
    """
    if is_count("n_windows", n_windows) < 1:
        raise ValueError(f"n_windows must be at least 1, got {n_windows}")
    if is_count("n_env_steps", n_env_steps) < n_windows:
        raise ValueError(f"n_env_steps must be at least n_windows, {n_windows}, got {n_env_steps}")
    env_steps, returns = np.asarray(env_steps), np.asarray(returns, dtype=np.float64)
    window = -(-env_steps * n_windows // n_env_steps) - 1  # whole numbers: no edge is rounded
    within = window < n_windows
    count = np.bincount(window[within], minlength=n_windows)
    total = np.bincount(window[within], weights=returns[within], minlength=n_windows)
    means = np.full(n_windows, np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means
