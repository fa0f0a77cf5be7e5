"""Small PyTorch networks that read the digits, and the loop that trains them.

All that is random comes from a generator that the caller seeds; PyTorch's own layers draw from its
global random state. Networks in NumPy are in `networks`, optimizers in `torch_optim`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TypeVar

from rmsprop_course._extras import extra

with extra("torch"):
    import torch
    from torch import Tensor, nn
    from torch.optim import Optimizer
    from torch.optim.lr_scheduler import LRScheduler

_Layer = TypeVar("_Layer", nn.Linear, nn.Conv2d)


def mlp(
    layer_sizes: Sequence[int],
    generator: torch.Generator,
    *,
    activation: Callable[[], nn.Module] = nn.ReLU,
    dtype: torch.dtype = torch.float32,
) -> nn.Sequential:
    """Build a multilayer perceptron: linear layers with an activation between each two.

    Parameters
    ----------
    layer_sizes : sequence of int
        Numbers of inputs, of units in each hidden layer, and of classes; at least two numbers.
    generator : torch.Generator
        Source of the weights, on the CPU.
    activation : callable
        Makes the module that follows each hidden layer, such as ``nn.Tanh``.
    dtype : torch.dtype
        A floating-point type. For the same seed all types hold the same weights, rounded.

    Returns
    -------
    torch.nn.Sequential
        Takes images of shape (n, layer_sizes[0]) and returns logits of shape (n, n_classes).

    Raises
    ------
    ValueError
        If there are fewer than two sizes or one is not positive.

    Notes
    -----
    Biases are 0, weights normal with variance 2 / n_inputs, as in ``networks.init_mlp``.

    References
    ----------
    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers, arXiv:1502.01852.

    Examples
    --------
    >>> network = mlp([64, 32, 10], torch.Generator().manual_seed(0))
    >>> [tuple(param.shape) for param in network.parameters()]
    [(32, 64), (32,), (10, 32), (10,)]
    """
    if len(layer_sizes) < 2 or min(layer_sizes) < 1:
        raise ValueError(
            f"layer_sizes must be two or more positive numbers, got {list(layer_sizes)}"
        )
    layers: list[nn.Module] = []
    for n_inputs, n_outputs in pairwise(layer_sizes):
        linear = nn.Linear(n_inputs, n_outputs, dtype=dtype, device="meta")
        layers += [_drawn(linear, generator), activation()]
    return nn.Sequential(*layers[:-1])


def digits_convnet(
    generator: torch.Generator, *, dtype: torch.dtype = torch.float32
) -> nn.Sequential:
    """Build a convolutional network that reads the digits of ``data.load_digits``.

    Parameters
    ----------
    generator : torch.Generator
        Source of the weights, on the CPU.
    dtype : torch.dtype
        A floating-point type. For the same seed all types hold the same weights, rounded.

    Returns
    -------
    torch.nn.Sequential
        Takes images of shape (n, 64), as rows of pixels, and returns logits of shape (n, 10).

    Notes
    -----
    Sixteen 3 by 3 filters see the 8 by 8 pixels; of each 2 by 2 block the largest response is
    kept; 32 filters see the 4 by 4 that remain; a linear layer scores the digits. Rectified units
    follow both convolutions. Biases are 0, weights normal with variance 2 / fan-in.

    References
    ----------
    LeCun, Bottou, Bengio and Haffner (1998), Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86, doi:10.1109/5.726791.

    He, Zhang, Ren and Sun (2015), Delving deep into rectifiers, arXiv:1502.01852.

    Examples
    --------
    >>> network = digits_convnet(torch.Generator().manual_seed(0))
    >>> network(torch.zeros(5, 64)).shape
    torch.Size([5, 10])
    >>> sum(param.numel() for param in network.parameters())
    9930
    """
    return nn.Sequential(
        nn.Unflatten(1, (1, 8, 8)),
        _drawn(nn.Conv2d(1, 16, 3, padding=1, dtype=dtype, device="meta"), generator),
        nn.ReLU(),
        nn.MaxPool2d(2),
        _drawn(nn.Conv2d(16, 32, 3, padding=1, dtype=dtype, device="meta"), generator),
        nn.ReLU(),
        nn.Flatten(),
        _drawn(nn.Linear(32 * 4 * 4, 10, dtype=dtype, device="meta"), generator),
    )


def train(
    network: nn.Module,
    optimizer: Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    n_epochs: int,
    batch_size: int,
    generator: torch.Generator,
    scheduler: LRScheduler | None = None,
) -> Tensor:
    """Train on shuffled mini-batches; the last batch of an epoch may be smaller.

    Parameters
    ----------
    network : torch.nn.Module
        Takes images and returns logits of shape (n, n_classes); trained in place, in the mode
        that it is in.
    optimizer : torch.optim.Optimizer
        Over the network's parameters.
    images : torch.Tensor, shape (n, ...)
        What the network takes, in its dtype and on its device.
    labels : torch.Tensor of int, shape (n,)
        The right class of each image.
    n_epochs : int
        How often all images are shown.
    batch_size : int
        Images in a batch.
    generator : torch.Generator
        Source of the order of the images, on the CPU.
    scheduler : torch.optim.lr_scheduler.LRScheduler, optional
        Stepped after each epoch.

    Returns
    -------
    torch.Tensor, shape (n_steps,)
        Cross-entropy of each batch before its step, in nats.

    Raises
    ------
    ValueError
        If there is not one label for each image, or no image.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> network = mlp([3, 3], generator)
    >>> optimizer = torch.optim.RMSprop(network.parameters())
    >>> images, labels = torch.eye(3), torch.arange(3)
    >>> settings = {"n_epochs": 50, "batch_size": 2, "generator": generator}
    >>> train(network, optimizer, images, labels, **settings).shape
    torch.Size([100])
    >>> accuracy(network, images, labels)
    1.0
    """
    steps = training_steps(
        network,
        optimizer,
        images,
        labels,
        n_epochs=n_epochs,
        batch_size=batch_size,
        generator=generator,
        scheduler=scheduler,
    )
    losses = list(steps)
    return torch.stack(losses) if losses else torch.empty(0)


def training_steps(
    network: nn.Module,
    optimizer: Optimizer,
    images: Tensor,
    labels: Tensor,
    *,
    n_epochs: int,
    batch_size: int,
    generator: torch.Generator,
    scheduler: LRScheduler | None = None,
) -> Iterator[Tensor]:
    """Train as `train` does, one step each time that the next loss is asked for.

    Parameters
    ----------
    network, optimizer, images, labels, n_epochs, batch_size, generator, scheduler
        As in `train`.

    Yields
    ------
    torch.Tensor
        Cross-entropy of a batch before its step, in nats, a single number.

    Raises
    ------
    ValueError
        If there is not one label for each image, or no image.

    Examples
    --------
    >>> generator = torch.Generator().manual_seed(0)
    >>> network = mlp([3, 3], generator)
    >>> optimizer = torch.optim.SGD(network.parameters(), lr=0.1)
    >>> settings = {"n_epochs": 1000, "batch_size": 1, "generator": generator}
    >>> steps = training_steps(network, optimizer, torch.eye(3), torch.arange(3), **settings)
    >>> n_steps = next(n for n, loss in enumerate(steps, 1) if loss < 0.1)
    >>> n_steps < 3000
    True
    """
    _check_labels(images, labels)
    for _ in range(n_epochs):
        for rows in torch.split(torch.randperm(len(images), generator=generator), batch_size):
            optimizer.zero_grad()
            loss = nn.functional.cross_entropy(network(images[rows]), labels[rows])
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            yield loss.detach()
        if scheduler is not None:
            scheduler.step()


@torch.no_grad()
def accuracy(network: nn.Module, images: Tensor, labels: Tensor) -> float:
    """Return the share of images whose largest logit is the right class.

    Parameters
    ----------
    network : torch.nn.Module
        Takes images and returns logits of shape (n, n_classes); judged in evaluation mode, and
        left in the mode that it was in.
    images : torch.Tensor, shape (n, ...)
        What the network takes, in its dtype and on its device.
    labels : torch.Tensor of int, shape (n,)
        The right class of each image.

    Returns
    -------
    float
        In [0, 1].

    Raises
    ------
    ValueError
        If there is not one label for each image, or no image.

    Examples
    --------
    >>> images = torch.eye(3)
    >>> accuracy(nn.Identity(), images, torch.tensor([0, 1, 1]))
    0.6666666666666666
    """
    _check_labels(images, labels)
    was_training = network.training
    network.eval()
    try:
        right = network(images).argmax(dim=1) == labels
    finally:
        network.train(was_training)
    return int(right.sum()) / len(labels)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let PyTorch compute with one thread: for small tensors, waiting for others costs more.

    Examples
    --------
    >>> with one_thread():
    ...     torch.get_num_threads()
    1
    """
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)


def _check_labels(images: Tensor, labels: Tensor) -> None:
    """Raise unless there are images, and a label for each."""
    if labels.shape != images.shape[:1] or len(images) == 0:
        raise ValueError(
            f"labels must have one entry an image, {len(images)}, got {tuple(labels.shape)}"
        )


@torch.no_grad()
def _drawn(layer: _Layer, generator: torch.Generator) -> _Layer:
    """Give a layer that was built without memory its weights, drawn in float64 for any dtype.

    A layer built with memory would first have drawn others from the global random state.
    """
    layer = layer.to_empty(device="cpu")
    shape = layer.weight.shape
    drawn = torch.randn(shape, generator=generator, dtype=torch.float64)
    layer.weight.copy_(drawn * (2 / shape[1:].numel()) ** 0.5)
    if layer.bias is not None:
        layer.bias.zero_()
    return layer
