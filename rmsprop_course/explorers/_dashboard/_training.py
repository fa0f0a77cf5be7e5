"""A network and an optimizer made of settings, on the digits and on the CPU."""

from collections.abc import Callable, Iterator
from functools import cache
from typing import NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.data import load_digits
from rmsprop_course.explorers._dashboard._settings import TrainingSettings
from rmsprop_course.torch_networks import accuracy, digits_convnet, mlp, training_steps
from rmsprop_course.torch_optim import RMSprop

with extra("torch"):
    import torch
    from torch import Tensor, nn
    from torch.optim import SGD, Adagrad, Adam, Optimizer

_LAYER_SIZES = (64, 64, 10)


class Training(NamedTuple):
    """A run that is about to begin.

    Attributes
    ----------
    losses : iterator of Tensor
        Takes a step for each loss that is asked for: cross-entropy of the batch before the step,
        in nats.
    test_accuracy : callable
        Returns the share of test images that the network reads right now.
    steps_per_epoch : int
        Batches that the training images make.
    """

    losses: Iterator[Tensor]
    test_accuracy: Callable[[], float]
    steps_per_epoch: int


def begin(settings: TrainingSettings) -> Training:
    """Draw a network by the seed, and return its training.

    Parameters
    ----------
    settings : TrainingSettings
        One generator, seeded by ``settings.seed``, draws the weights and then every order of the
        images.

    Returns
    -------
    Training

    Examples
    --------
    >>> training = begin(TrainingSettings(network="mlp"))
    >>> len(list(training.losses)) == 20 * training.steps_per_epoch == 20 * 43
    True
    >>> training.test_accuracy() > 0.9
    True
    """
    images, labels, test_images, test_labels = _digits()
    generator = torch.Generator().manual_seed(settings.seed)
    network = _network(settings.network, generator)
    losses = training_steps(
        network,
        _optimizer(network, settings),
        images,
        labels,
        n_epochs=settings.n_epochs,
        batch_size=settings.batch_size,
        generator=generator,
    )
    n_batches = -(-len(images) // settings.batch_size)
    return Training(losses, lambda: accuracy(network, test_images, test_labels), n_batches)


@cache
def _digits() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Return images and labels to train on, and images and labels to test on."""
    digits = load_digits()
    images = (torch.tensor(each, dtype=torch.float32) for each in (digits[0], digits[2]))
    labels = (torch.tensor(each, dtype=torch.int64) for each in (digits[1], digits[3]))
    (train_images, test_images), (train_labels, test_labels) = images, labels
    return train_images, train_labels, test_images, test_labels


def _network(name: str, generator: torch.Generator) -> nn.Module:
    return digits_convnet(generator) if name == "convnet" else mlp(_LAYER_SIZES, generator)


def _optimizer(network: nn.Module, settings: TrainingSettings) -> Optimizer:
    """Return the optimizer that the settings name, over the network's parameters."""
    params, lr, decay = list(network.parameters()), settings.learning_rate, settings.decay
    match settings.optimizer:
        case "sgd":
            return SGD(params, lr=lr)
        case "momentum":
            return SGD(params, lr=lr, momentum=decay)
        case "adagrad":
            return Adagrad(params, lr=lr, eps=settings.eps)
        case "adam":
            return Adam(params, lr=lr, betas=(0.9, decay), eps=settings.eps)
    inside = settings.eps_inside_sqrt
    return RMSprop(params, lr=lr, alpha=decay, eps=settings.eps, eps_inside_sqrt=inside)
