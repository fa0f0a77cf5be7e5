"""The exercise on parameter groups in lesson 06: its networks, and the mistakes it knows."""

from collections.abc import Callable, Iterable
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Misconception, Probe
from rmsprop_course.checks._results import holds_ellipsis
from rmsprop_course.checks._trial import Trial
from rmsprop_course.torch_networks import digits_convnet, mlp

with extra("torch"):
    import torch
    from torch import Tensor, nn

Groups = list[dict[str, Any]]
Select = Callable[[str, Tensor], bool]  # from a parameter's name and itself

_DECAY, _LR = 0.01, 0.001


def groups_of(network: nn.Module) -> Groups:
    """Return two parameter groups: weights with weight decay, the others without and with an lr."""
    return _grouped(network, _is_weight, {"weight_decay": _DECAY}, {"weight_decay": 0, "lr": _LR})


class _Scaled(nn.Module):
    """A layer, and a number that is learned too."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = mlp([3, 2], _seeded())
        self.scale = nn.Parameter(torch.tensor(1.0))


def network_probes() -> tuple[Probe, ...]:
    """Return the probes: networks of several kinds, and optimizers with other defaults."""
    return (
        _settings_of("mlp([2, 1])", lambda: mlp([2, 1], _seeded())),
        _settings_of("mlp([4, 3, 2])", lambda: mlp([4, 3, 2], _seeded())),
        _settings_of("mlp([2, 1])", lambda: mlp([2, 1], _seeded()), lr=0.5),
        _settings_of("a convolutional network", lambda: digits_convnet(_seeded())),
        _settings_of(
            "a layer and a norm", lambda: nn.Sequential(mlp([3, 2], _seeded()), nn.LayerNorm(2))
        ),
        _settings_of("a layer, and a number `scale`", _Scaled),
        _settings_of("mlp([2, 1])", lambda: mlp([2, 1], _seeded()), weight_decay=0.1),
    )


def _settings_of(
    told: str, make: Callable[[], nn.Module], *, lr: float = 0.002, weight_decay: float = 0.0
) -> Probe:
    """Look up what an optimizer with these groups does with each parameter of a network."""

    def play(trial: Trial) -> None:
        own = f", weight_decay={weight_decay:g}" if weight_decay else ""
        trial.given = f"{told}, in an optimizer with lr={lr:g}{own}"
        network = make()
        groups = trial.attempt(network)
        if groups is None or holds_ellipsis(groups):
            trial.note(groups)
        optimizer = torch.optim.RMSprop(groups, lr=lr, weight_decay=weight_decay)
        for name, param in network.named_parameters():
            found = [group for group in optimizer.param_groups if _holds(group["params"], param)]
            shape = "×".join(map(str, param.shape)) or "one number"
            trial.given = (
                f"{told}, in an optimizer with lr={lr:g}{own}: lr and weight_decay of {name} "
                f"({shape}), none if it is in no group"
            )
            trial.note([float(group[key]) for group in found for key in ("lr", "weight_decay")])

    return Probe(play)


def wrong_groups() -> tuple[Misconception, ...]:
    """Return the mistakes of parameter groups."""
    decay, zero, lr = {"weight_decay": _DECAY}, {"weight_decay": 0}, {"lr": _LR}

    def selecting(select: Select, first: Any = decay, others: Any = zero | lr) -> Any:
        return lambda network: _grouped(network, select, first, others)

    return (
        Misconception(
            "weights and biases swapped",
            "The biases are decayed, and the weights have weight decay 0 and their lr.",
            "How many dimensions has the weight of a linear layer, and how many its bias?",
            selecting(lambda name, param: param.ndim <= 1),
        ),
        Misconception(
            "all are decayed",
            "The biases have a weight decay of 0.01 too.",
            "Which `weight_decay` does each of your two dicts have?",
            selecting(_is_weight, decay, decay | lr),
        ),
        Misconception(
            "the second group has no lr",
            "The biases get the lr of the optimizer, not 0.001.",
            "Where does the second group say which `lr` it wants?",
            selecting(_is_weight, decay, zero),
        ),
        Misconception(
            "both groups have lr 0.001",
            "The weights have lr 0.001 as well; theirs is up to the optimizer.",
            "Which `lr` should the weights have if the optimizer is made with `lr=0.5`?",
            selecting(_is_weight, decay | lr, zero | lr),
        ),
        Misconception(
            "lr in the group of the weights",
            "The lr of 0.001 stands in the group of the weights; it is for the others.",
            "Which of the two kinds of parameters gets an `lr` of its own?",
            selecting(_is_weight, decay | lr, zero),
        ),
        Misconception(
            "a fixed lr for the weights",
            "The group of the weights fixes an lr, so the optimizer's own does not count.",
            "Which `lr` should the weights have if the optimizer is made with `lr=0.5`?",
            selecting(_is_weight, decay | {"lr": 0.002}),
        ),
        Misconception(
            "the optimizer's weight decay for the biases",
            "The second group says nothing of weight decay, so it gets that of the optimizer.",
            "What happens to the biases if the optimizer is made with `weight_decay=0.1`?",
            selecting(_is_weight, decay, lr),
        ),
        Misconception(
            "one group for all",
            "All parameters have weight decay, and none has an lr of its own.",
            "How many dicts does your list have?",
            lambda network: [{"params": list(network.parameters()), **decay}],
        ),
        Misconception(
            "parameters without groups",
            "These are the parameters alone, so all have the settings of the optimizer.",
            "Where would a setting stand that only some of the parameters have?",
            lambda network: list(network.parameters()),
        ),
        Misconception(
            "only the weights are in a group",
            "The other parameters are in no group, so they would never move.",
            "`network.parameters()` can be gone through once: what is left for the second list?",
            lambda network: _grouped(network, _is_weight, decay, zero | lr)[:1],
        ),
        Misconception(
            "only the biases are in a group",
            "The weights are in no group, so they would never move.",
            "Which parameters of the network are in neither of your lists?",
            lambda network: _grouped(network, _is_weight, decay, zero | lr)[1:],
        ),
        Misconception(
            "chosen by name",
            "What is not named `bias` is decayed, also the weight of a norm, a vector.",
            "How many dimensions has the `weight` of `torch.nn.LayerNorm(2)`?",
            selecting(lambda name, param: "bias" not in name),
        ),
        Misconception(
            "only matrices count as weights",
            "A weight with four dimensions, as in a convolution, is not decayed.",
            "What shape has the weight of a convolution?",
            selecting(lambda name, param: param.ndim == 2),
        ),
        Misconception(
            "neither matrix nor vector, so in no group",
            "Parameters with four dimensions, or with none, are in no group.",
            "In which of your lists is a parameter with four dimensions? And one with none?",
            lambda network: _of_dimensions(network, (2,), (1,)),
        ),
        Misconception(
            "a single number is in no group",
            "A parameter without dimensions is neither in the first nor in the second list.",
            "What is `ndim` of `torch.tensor(1.0)`, and in which of your lists is that?",
            lambda network: _of_dimensions(network, range(2, 9), (1,)),
        ),
        Misconception(
            "vectors count as weights",
            "One dimension is enough for weight decay here; it takes more than one.",
            "Which numbers of dimensions are more than one?",
            selecting(lambda name, param: param.ndim >= 1),
        ),
        Misconception(
            "weights in both groups",
            "The second group holds all parameters, so the weights are in both, which PyTorch "
            "refuses.",
            "Which parameters are in your second list?",
            lambda network: [
                *_grouped(network, _is_weight, decay, zero | lr)[:1],
                {"params": list(network.parameters()), **zero, **lr},
            ],
        ),
    )


def _grouped(network: nn.Module, select: Select, first: Any, others: Any) -> Groups:
    """Return a group of what is selected, and one of the rest."""
    named = list(network.named_parameters())
    return [
        {"params": [param for name, param in named if select(name, param)], **first},
        {"params": [param for name, param in named if not select(name, param)], **others},
    ]


def _of_dimensions(network: nn.Module, first: Iterable[int], second: Iterable[int]) -> Groups:
    """Return two groups by the number of dimensions."""
    params = list(network.parameters())
    return [
        {"params": [p for p in params if p.ndim in first], "weight_decay": _DECAY},
        {"params": [p for p in params if p.ndim in second], "weight_decay": 0, "lr": _LR},
    ]


def _is_weight(name: str, param: Tensor) -> bool:
    return param.ndim > 1


def _holds(params: Iterable[Tensor], param: Tensor) -> bool:
    return any(mine is param for mine in params)


def _seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)
