"""What is stepped: lists of shapes, from one large tensor to many small ones; no tensor yet."""

from collections.abc import Sequence
from math import prod
from typing import NamedTuple

Shapes = tuple[tuple[int, ...], ...]


class Case(NamedTuple):
    """A list of parameters to step.

    Attributes
    ----------
    name : str
        What a row of the results calls it.
    shapes : tuple of tuple of int
        One entry a parameter tensor.
    """

    name: str
    shapes: Shapes

    @property
    def n_params(self) -> int:
        """How many numbers all tensors hold together."""
        return sum(map(prod, self.shapes))


def resnet50_shapes(*, width: int = 64, n_classes: int = 1000) -> Shapes:
    """Return the shapes of the parameters of a ResNet-50, in the order of its layers.

    Parameters
    ----------
    width : int
        Channels after the first layer.
    n_classes : int
        Outputs of the last layer.

    Returns
    -------
    tuple of tuple of int
        161 shapes: weights of convolutions, scales and shifts of batch normalization, one matrix.

    References
    ----------
    He, Zhang, Ren and Sun (2016), Deep residual learning for image recognition, arXiv:1512.03385.

    Examples
    --------
    >>> Case("resnet50", resnet50_shapes()).n_params
    25557032
    """
    shapes = _convolution(width, 3, 7)
    channels = width
    for stage, n_blocks in enumerate((3, 4, 6, 3)):
        narrow, wide = width * 2**stage, 4 * width * 2**stage
        for block in range(n_blocks):
            shapes += _convolution(narrow, channels, 1)
            shapes += _convolution(narrow, narrow, 3)
            shapes += _convolution(wide, narrow, 1)
            if block == 0:
                shapes += _convolution(wide, channels, 1)  # what the block's input skips through
            channels = wide
    return (*shapes, (n_classes, channels), (n_classes,))


def _convolution(n_out: int, n_in: int, size: int) -> Shapes:
    """One convolution without bias, and the batch normalization after it."""
    return ((n_out, n_in, size, size), (n_out,), (n_out,))


def gpt2_shapes(
    *, width: int = 768, n_layers: int = 12, n_tokens: int = 50257, n_positions: int = 1024
) -> Shapes:
    """Return the shapes of the parameters of a GPT-2, by default the small one.

    Parameters
    ----------
    width : int
        Numbers that stand for one token.
    n_layers, n_tokens, n_positions : int
        Transformer blocks, vocabulary and longest text.

    Returns
    -------
    tuple of tuple of int
        148 shapes by default; the output layer is the token embedding and not counted again.

    References
    ----------
    Radford, Wu, Child, Luan, Amodei and Sutskever (2019), Language models are unsupervised
    multitask learners.

    Examples
    --------
    >>> Case("gpt2", gpt2_shapes()).n_params
    124439808
    """
    norm: Shapes = ((width,), (width,))
    block = (
        *norm,
        *_dense(width, 3 * width),  # queries, keys, values
        *_dense(width, width),
        *norm,
        *_dense(width, 4 * width),
        *_dense(4 * width, width),
    )
    return ((n_tokens, width), (n_positions, width), *block * n_layers, *norm)


def _dense(n_in: int, n_out: int) -> Shapes:
    return ((n_in, n_out), (n_out,))


CASES = {
    "1x50M": Case("1x50M", ((50_000_000,),)),
    "200x100k": Case("200x100k", ((100_000,),) * 200),
    "1000x1k": Case("1000x1k", ((1000,),) * 1000),
    "resnet50": Case("resnet50", resnet50_shapes()),
    "gpt2": Case("gpt2", gpt2_shapes()),
    "1x1G": Case("1x1G", ((1_000_000_000,),)),
}
"""Every case by name. ``1x1G`` is for accelerators: a CPU steps it when it is asked for."""

QUICK_CASES = {
    "1x50M": Case("1x5M", ((5_000_000,),)),
    "200x100k": Case("200x10k", ((10_000,),) * 200),
    "1000x1k": CASES["1000x1k"],
    "resnet50": Case("resnet50 (width/4)", resnet50_shapes(width=16)),
    "gpt2": Case("gpt2 (width/4)", gpt2_shapes(width=192)),
    "1x1G": CASES["1x50M"],
}
"""What a quick run takes in the place of each; the rows carry the smaller case's name."""


def choose_cases(names: Sequence[str], *, quick: bool, on_cpu: bool) -> list[Case]:
    """Return the named cases, or by default those for the device, or raise a ValueError."""
    for name in names:
        if name not in CASES:
            raise ValueError(f"case must be one of {', '.join(CASES)}, got {name!r}")
    default = [name for name in CASES if not (name == "1x1G" and (on_cpu or quick))]
    chosen = QUICK_CASES if quick else CASES
    return [chosen[name] for name in dict.fromkeys(names or default)]
