"""Trains a network at many learning rates with many seeds at once, and chooses among the rates.

All runs lie in one array, one row a run, and the optimizers of `numpy_optimizers` step it whole:
a sweep is one run with two more axes, as in `descent`. One network in an ordinary loop is trained
by `torch_networks.train`; figures of a sweep are in `figures`.
"""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from rmsprop_course._extras import extra
from rmsprop_course._settings import FloatArray, as_numbers, in_range, is_count
from rmsprop_course.numpy_optimizers import Optimizer

with extra("torch"):
    import torch
    from torch import Tensor, nn
    from torch.func import functional_call, grad, vmap

Build = Callable[[torch.Generator], nn.Module]


class Sweep(NamedTuple):
    """How well the runs of a sweep do on images that they were not trained on.

    Attributes
    ----------
    learning_rates : ndarray, shape (n_rates,)
        η of each row below.
    losses : ndarray, shape (n_rates, n_seeds)
        Mean cross-entropy in nats; nan or infinite where a run diverged.
    accuracies : ndarray, shape (n_rates, n_seeds)
        Share of images whose largest logit is the right class, in [0, 1].
    """

    learning_rates: FloatArray
    losses: FloatArray
    accuracies: FloatArray


class Choice(NamedTuple):
    """What `best_rate` returns.

    Attributes
    ----------
    learning_rate : float
        The one with the lowest mean loss.
    place : int
        Its index in the grid.
    at_edge : bool
        Whether it is the first or the last of the grid, so that a better one may lie outside.
    """

    learning_rate: float
    place: int
    at_edge: bool


def train_many(
    build: Build,
    optimizer: Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    learning_rates: ArrayLike,
    seeds: Sequence[int],
    n_epochs: int,
    batch_size: int,
    rate_factors: ArrayLike | None = None,
    **settings: Any,
) -> Tensor:
    """Train one network for each learning rate and seed on shuffled mini-batches, all at once.

    Parameters
    ----------
    build : callable
        ``build(generator) -> network``, such as ``torch_networks.digits_convnet``; all its weights
        are drawn from the generator.
    optimizer : Optimizer
        One of `numpy_optimizers`.
    images : torch.Tensor, shape (n, ...)
        What the network takes, in its dtype and on the CPU.
    labels : torch.Tensor of int, shape (n,)
        The right class of each image.
    learning_rates : array_like, shape (n_rates,)
        η, in units of the parameters or as the optimizer has it.
    seeds : sequence of int
        One run a seed, at every rate. A seed decides the weights and then the order of the images,
        so runs of one seed at other rates, and by other optimizers, differ in nothing else.
    n_epochs : int
        How often all images are shown.
    batch_size : int
        Images in a batch; the last one of an epoch may be smaller.
    rate_factors : array_like, shape (n_epochs,), optional
        What the learning rates are multiplied by in each epoch, dimensionless: a schedule.
    **settings
        Further settings of ``optimizer.step``, such as `decay`.

    Returns
    -------
    torch.Tensor, shape (n_rates, n_seeds, n_params)
        Trained parameters, those of a network in one row, in the order of its ``parameters()``.

    Raises
    ------
    ValueError
        If a rate is negative, there is no rate or no seed, `batch_size` is 0, or `rate_factors`
        has not one entry an epoch.

    Notes
    -----
    A run that diverges overflows to infinity or NaN without a warning.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import rmsprop
    >>> from rmsprop_course.torch_networks import mlp
    >>> params = train_many(
    ...     lambda generator: mlp([3, 3], generator), rmsprop, torch.eye(3), torch.arange(3),
    ...     learning_rates=[0.01, 0.1], seeds=range(4), n_epochs=5, batch_size=2,
    ... )
    >>> params.shape  # 2 rates, 4 seeds, 3 × 3 weights and 3 biases
    torch.Size([2, 4, 12])
    """
    rates = _rates(learning_rates)
    factors = _factors(rate_factors, is_count("n_epochs", n_epochs))
    in_range("batch_size", batch_size, 1)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    if not generators:
        raise ValueError("seeds must hold at least one seed, got none")
    networks = [build(generator) for generator in generators]
    gradients = _gradients_of(networks[0])
    starts = torch.stack([_flat(network) for network in networks])
    params = starts.repeat(len(rates), 1, 1).numpy()
    state = optimizer.init(params)
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        for factor in factors:
            orders = [torch.randperm(len(images), generator=source) for source in generators]
            for rows in torch.split(torch.stack(orders), batch_size, dim=1):
                grads = gradients(torch.from_numpy(params), images[rows], labels[rows]).numpy()
                params, state = optimizer.step(
                    params, grads, state, learning_rate=factor * rates[:, None, None], **settings
                )
    return torch.from_numpy(params)


def sweep(
    build: Build,
    optimizer: Optimizer,
    seen: tuple[Tensor, Tensor],
    unseen: tuple[Tensor, Tensor],
    *,
    learning_rates: ArrayLike,
    **settings: Any,
) -> Sweep:
    """Train on some images at many rates with many seeds, and judge each run on other images.

    Parameters
    ----------
    build, optimizer
        As in `train_many`.
    seen, unseen : tuple of torch.Tensor
        Images and labels to train on, and to judge by.
    learning_rates : array_like, shape (n_rates,)
        As in `train_many`.
    **settings
        The other settings of `train_many`.

    Returns
    -------
    Sweep
        Losses and accuracies on the unseen images.

    Examples
    --------
    >>> from rmsprop_course.numpy_optimizers import rmsprop
    >>> from rmsprop_course.torch_networks import mlp
    >>> data = torch.eye(3), torch.arange(3)
    >>> runs = sweep(
    ...     lambda generator: mlp([3, 3], generator), rmsprop, data, data,
    ...     learning_rates=[1e-6, 0.1], seeds=[0, 1], n_epochs=30, batch_size=3,
    ... )
    >>> runs.accuracies[1].tolist()
    [1.0, 1.0]
    """
    params = train_many(build, optimizer, *seen, learning_rates=learning_rates, **settings)
    return Sweep(_rates(learning_rates), *score(build, params, *unseen))


@torch.no_grad()
def score(
    build: Build, params: Tensor, images: Tensor, labels: Tensor
) -> tuple[FloatArray, FloatArray]:
    """Return loss and accuracy of every run.

    Parameters
    ----------
    build : callable
        What built the networks.
    params : torch.Tensor, shape (n_rates, n_seeds, n_params)
        From `train_many`.
    images : torch.Tensor, shape (n, ...)
        What the network takes.
    labels : torch.Tensor of int, shape (n,)
        The right class of each image.

    Returns
    -------
    losses : ndarray, shape (n_rates, n_seeds)
        Mean cross-entropy, in nats.
    accuracies : ndarray, shape (n_rates, n_seeds)
        In [0, 1].

    Examples
    --------
    >>> from rmsprop_course.torch_networks import mlp
    >>> params = torch.zeros(1, 1, 12)  # all logits are 0: three classes, equally likely
    >>> losses, _ = score(
    ...     lambda generator: mlp([3, 3], generator), params, torch.eye(3), torch.arange(3)
    ... )
    >>> losses.round(3)
    array([[1.099]])
    """
    network = build(torch.Generator().manual_seed(0))
    losses, accuracies = np.empty((2, *params.shape[:2]))
    for run in np.ndindex(*params.shape[:2]):
        logits = functional_call(network, _named(network, params[run]), (images,))
        losses[run] = nn.functional.cross_entropy(logits, labels).item()
        accuracies[run] = (logits.argmax(dim=1) == labels).double().mean().item()
    return losses, accuracies


def best_rate(learning_rates: ArrayLike, losses: ArrayLike) -> Choice:
    """Choose the learning rate whose runs have the lowest mean loss.

    Parameters
    ----------
    learning_rates : array_like, shape (n_rates,)
        Grid, in increasing order.
    losses : array_like, shape (n_rates, n_seeds)
        Loss of each run, on images kept for choosing. A rate at which one run diverged, so that
        its loss is nan or infinite, is not chosen.

    Returns
    -------
    Choice
        The rate, its place, and whether that is at the grid's edge.

    Raises
    ------
    ValueError
        If there is not one row a rate, or some run diverged at every rate.

    Examples
    --------
    >>> best_rate([0.01, 0.1, 1.0], [[0.5, 0.6], [0.2, 0.3], [0.1, np.nan]])
    Choice(learning_rate=0.1, place=1, at_edge=False)
    """
    rates, runs = as_numbers("learning_rates", learning_rates), as_numbers("losses", losses)
    if runs.ndim != 2 or rates.shape != runs.shape[:1]:
        raise ValueError(f"losses must have shape {(*rates.shape, 'n_seeds')}, got {runs.shape}")
    means = np.where(np.isfinite(runs).all(axis=1), runs.mean(axis=1), np.inf)
    if not np.isfinite(means).any():
        raise ValueError("losses must be finite at one rate or more, got a diverged run at each")
    index = int(np.argmin(means))
    return Choice(float(rates[index]), index, index in (0, len(rates) - 1))


def _rates(learning_rates: ArrayLike) -> FloatArray:
    rates = in_range("learning_rates", learning_rates, 0)
    if rates.ndim != 1 or rates.size == 0:
        raise ValueError(f"learning_rates must have shape (n_rates,), got {rates.shape}")
    return rates


def _factors(rate_factors: ArrayLike | None, n_epochs: int) -> FloatArray:
    if rate_factors is None:
        return np.ones(n_epochs)
    factors = in_range("rate_factors", rate_factors, 0)
    if factors.shape != (n_epochs,):
        raise ValueError(f"rate_factors must have shape {(n_epochs,)}, got {factors.shape}")
    return factors


def _gradients_of(network: nn.Module) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return gradients of the loss for all runs; runs of one seed share a batch."""

    def loss(params: Tensor, images: Tensor, labels: Tensor) -> Tensor:
        logits = functional_call(network, _named(network, params), (images,))
        return nn.functional.cross_entropy(logits, labels)

    over_seeds = vmap(grad(loss))
    over_rates: Callable[[Tensor, Tensor, Tensor], Tensor] = vmap(over_seeds, (0, None, None))
    return over_rates


def _flat(network: nn.Module) -> Tensor:
    return torch.cat([param.detach().reshape(-1) for param in network.parameters()])


def _named(network: nn.Module, params: Tensor) -> dict[str, Tensor]:
    """Cut a row of parameters into those of the network."""
    named = dict(network.named_parameters())
    parts = torch.split(params, [param.numel() for param in named.values()])
    pairs = zip(named.items(), parts, strict=True)
    return {name: part.view(param.shape) for (name, param), part in pairs}
