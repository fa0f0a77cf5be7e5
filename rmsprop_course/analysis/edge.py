"""Full-batch training whose sharpness is measured on the way: at the edge of stability.

Needs torch and SciPy, and is therefore not imported with `analysis`.
"""

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rmsprop_course._extras import extra
from rmsprop_course._settings import in_range, is_count, is_flag
from rmsprop_course.analysis.sharpness import Curvature, Loss, Vector, preconditioned_sharpness
from rmsprop_course.data import load_digits
from rmsprop_course.torch_networks import mlp, one_thread

with extra("torch"):
    import torch
    from torch import Tensor, nn


class SharpnessPath(NamedTuple):
    """What a training run passed through, measured now and then.

    Attributes
    ----------
    steps : ndarray of int, shape (n_measured,)
        Numbers of steps taken.
    losses : ndarray, shape (n_measured,)
        The loss there.
    sharpness : ndarray, shape (n_measured,)
        The (preconditioned) sharpness there, times the learning rate: gradient steps with this
        denominator are stable below 2.
    """

    steps: NDArray[np.int_]
    losses: Vector
    sharpness: Vector


@one_thread()
def train_at_the_edge(
    loss: Loss,
    params: Iterable[Tensor],
    *,
    learning_rate: float,
    decay: float = 0.99,
    eps: float = 1e-12,
    preconditioned: bool = True,
    n_steps: int = 2000,
    every: int = 50,
) -> SharpnessPath:
    """Take full-batch steps and measure the sharpness on the way.

    Parameters
    ----------
    loss : callable
        Takes nothing and returns the loss at the present parameters, a scalar tensor.
    params : iterable of torch.Tensor
        Trained in place.
    learning_rate : float
        η, positive.
    decay : float
        γ, dimensionless, in [0, 1).
    eps : float
        ε, in units of the gradient, added to √v.
    preconditioned : bool
        RMSProp if True; gradient descent, which divides by 1, if False.
    n_steps : int
        Steps to take.
    every : int
        Measure before the first step, and after every so many steps.

    Returns
    -------
    SharpnessPath
        Of 1 + n_steps // every places.

    Raises
    ------
    ValueError
        If a setting is out of its range, or the run diverges.

    Notes
    -----
    The average starts at v₀ = g₀², so that it has no bias. The sharpness is measured with the
    average that the next step divides by. PyTorch computes with one thread meanwhile.
    """
    in_range("learning_rate", learning_rate, 0, positive=True)
    in_range("decay", decay, 0, 1)
    in_range("eps", eps, 0)
    if is_count("every", every) == 0:
        raise ValueError("every must be 1 or more, got 0")
    n_steps, adapts = is_count("n_steps", n_steps), is_flag("preconditioned", preconditioned)
    tensors, measured = list(params), []
    square_avgs = [grad**2 for grad in torch.autograd.grad(loss(), tensors)]
    found: Curvature | None = None
    for step in range(n_steps + 1):
        value = loss()
        grads = torch.autograd.grad(value, tensors)
        for square_avg, grad in zip(square_avgs, grads, strict=True):
            square_avg.mul_(decay).addcmul_(grad, grad, value=1 - decay)
        divisors = [v.sqrt() + eps if adapts else torch.ones_like(v) for v in square_avgs]
        if step % every == 0:
            begin = None if found is None else found.vector
            found = preconditioned_sharpness(loss, tensors, divisors, start=begin)
            measured.append((step, value.item(), learning_rate * found.value))
        if step == n_steps:
            break
        with torch.no_grad():
            for tensor, grad, divisor in zip(tensors, grads, divisors, strict=True):
                tensor -= learning_rate * grad / divisor
    steps, losses, sharpness = zip(*measured, strict=True)
    return SharpnessPath(np.array(steps), np.array(losses), np.array(sharpness))


def digits_problem(
    seed: int, *, activation: Callable[[], nn.Module] = nn.Tanh, n_images: int = 500
) -> tuple[nn.Sequential, Loss]:
    """Build the small network and the full-batch loss that the edge of stability is measured on.

    Parameters
    ----------
    seed : int
        Of the weights.
    activation : callable
        Makes the module that follows each of the two hidden layers of 32 units.
    n_images : int
        How many of the training images of ``data.load_digits`` make the batch.

    Returns
    -------
    network : torch.nn.Sequential
        64-32-32-10, in float64.
    loss : callable
        Half the squared distance to the one-hot label, averaged over the images.

    Examples
    --------
    >>> network, loss = digits_problem(0)
    >>> sum(param.numel() for param in network.parameters())
    3466
    >>> loss().shape
    torch.Size([])
    """
    digits = load_digits()
    images = torch.tensor(digits.train_images[:n_images]) - 0.3  # brightness, roughly centered
    targets = torch.eye(10, dtype=images.dtype)[torch.tensor(digits.train_labels[:n_images])]
    generator = torch.Generator().manual_seed(seed)
    network = mlp([64, 32, 32, 10], generator, activation=activation, dtype=images.dtype)

    def loss() -> Tensor:
        distances: Tensor = ((network(images) - targets) ** 2).sum(dim=1)
        return distances.mean() / 2

    return network, loss


def digits_sharpness(seed: int, *, learning_rate: float = 2e-4, **settings: Any) -> SharpnessPath:
    """Train the network of `digits_problem` and measure its sharpness on the way.

    Parameters
    ----------
    seed : int
        Of the weights.
    learning_rate : float
        η, positive.
    **settings
        As in `train_at_the_edge`.

    Returns
    -------
    SharpnessPath

    Examples
    --------
    >>> digits_sharpness(0, n_steps=20, every=10).steps
    array([ 0, 10, 20])
    """
    network, loss = digits_problem(seed)
    return train_at_the_edge(loss, network.parameters(), learning_rate=learning_rate, **settings)
