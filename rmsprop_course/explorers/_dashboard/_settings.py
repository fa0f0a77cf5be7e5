"""What can be set before a training run: values, checks, defaults, and reading them from text."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, NamedTuple

from rmsprop_course._settings import in_range, is_count, is_flag

NETWORKS: Mapping[str, str] = MappingProxyType(
    {"convnet": "convolutional network", "mlp": "multilayer perceptron"}
)


class Choice(NamedTuple):
    """An optimizer that can be chosen.

    Attributes
    ----------
    label : str
        What a reader calls it.
    look : str
        The optimizer whose color and line style it has in every figure.
    symbols : dict of str to str
        The settings that it takes beside the common ones, with the symbols that it gives them.
    """

    label: str
    look: str
    symbols: Mapping[str, str]


_EPS = {"eps": "ε"}
OPTIMIZERS: Mapping[str, Choice] = MappingProxyType(
    {
        "sgd": Choice("SGD", "gradient descent", {}),
        "momentum": Choice("SGD with momentum", "momentum", {"decay": "μ"}),
        "adagrad": Choice("Adagrad", "adagrad", _EPS),
        "rmsprop": Choice(
            "RMSProp", "rmsprop", {"decay": "γ", **_EPS, "eps_inside_sqrt": "place of ε"}
        ),
        "adam": Choice("Adam", "adam", {"decay": "β₂", **_EPS}),
    }
)


@dataclass(frozen=True, kw_only=True)
class TrainingSettings:
    """What a run trains, and how.

    Parameters
    ----------
    optimizer : str
        "sgd", "momentum", "adagrad", "rmsprop" or "adam".
    learning_rate : float
        η, positive.
    decay : float
        Dimensionless, in [0, 1): γ of RMSProp, β₂ of Adam (whose β₁ is 0.9), μ of momentum.
        The others do not use it.
    eps : float
        ε of Adagrad, RMSProp and Adam, in [0, ∞).
    eps_inside_sqrt : bool
        Whether RMSProp divides by √(v + ε) instead of √v + ε.
    batch_size : int
        Images in a batch, 1 or more.
    n_epochs : int
        How often all images are shown, 1 or more.
    network : str
        "convnet" or "mlp".
    seed : int
        Of the weights and of the order of the images.

    Raises
    ------
    TypeError
        If a setting is of another type.
    ValueError
        If a setting is out of its range.

    Examples
    --------
    >>> TrainingSettings(learning_rate=0.003).label
    'RMSProp, η = 0.003, γ = 0.9, ε = 1e-8 beside the root, batch 32'
    >>> TrainingSettings(optimizer="momentum", decay=1.0)
    Traceback (most recent call last):
        ...
    ValueError: decay must be in [0, 1), got 1
    """

    optimizer: str = "rmsprop"
    learning_rate: float = 1e-3
    decay: float = 0.9
    eps: float = 1e-8
    eps_inside_sqrt: bool = False
    batch_size: int = 32
    n_epochs: int = 20
    network: str = "convnet"
    seed: int = 0

    def __post_init__(self) -> None:
        for name, check in _CHECKS.items():
            check(name, getattr(self, name))

    @property
    def label(self) -> str:
        """The optimizer and its settings; network and seed where they are not the default."""
        choice = OPTIMIZERS[self.optimizer]
        parts = [choice.label, f"η = {brief(self.learning_rate)}"]
        if "decay" in choice.symbols:
            parts.append(f"{choice.symbols['decay']} = {brief(self.decay)}")
        if "eps" in choice.symbols:
            parts.append(f"ε = {brief(self.eps)}{self._place_of_eps()}")
        parts.append(f"batch {self.batch_size}")
        parts += [self.network] if self.network != "convnet" else []
        parts += [f"seed {self.seed}"] if self.seed else []
        return ", ".join(parts)

    def _place_of_eps(self) -> str:
        if "eps_inside_sqrt" not in OPTIMIZERS[self.optimizer].symbols:
            return ""
        return " in the root" if self.eps_inside_sqrt else " beside the root"


def brief(value: float) -> str:
    """Write a number with its digits and no more: 0.001, 1e-8.

    Examples
    --------
    >>> brief(1e-8), brief(0.999)
    ('1e-8', '0.999')
    """
    return f"{value:.12g}".replace("e-0", "e-").replace("e+0", "e+")


def _is_one_of(choices: Mapping[str, object]) -> Callable[[str, Any], None]:
    def check(name: str, value: object) -> None:
        if value not in choices:
            raise ValueError(f"{name} must be one of {', '.join(choices)}, got {value!r}")

    return check


def _is_positive_count(name: str, value: object) -> None:
    in_range(name, is_count(name, value), 1)


def _is_seed(name: str, value: object) -> None:
    in_range(name, is_count(name, value), 0, 2**63)


_CHECKS: Mapping[str, Callable[[str, Any], object]] = {
    "optimizer": _is_one_of(OPTIMIZERS),
    "learning_rate": lambda name, value: in_range(name, value, 0, positive=True),
    "decay": lambda name, value: in_range(name, value, 0, 1),
    "eps": lambda name, value: in_range(name, value, 0),
    "eps_inside_sqrt": is_flag,
    "batch_size": _is_positive_count,
    "n_epochs": _is_positive_count,
    "network": _is_one_of(NETWORKS),
    "seed": _is_seed,
}

DEFAULTS: Mapping[str, TrainingSettings] = MappingProxyType(
    {
        settings.optimizer: settings
        for settings in (
            TrainingSettings(optimizer="sgd", learning_rate=0.05),
            TrainingSettings(optimizer="momentum", learning_rate=0.03, decay=0.9),
            TrainingSettings(optimizer="adagrad", learning_rate=0.03, eps=1e-10),
            TrainingSettings(optimizer="rmsprop", learning_rate=1e-3, decay=0.9, eps=1e-8),
            TrainingSettings(optimizer="adam", learning_rate=1e-3, decay=0.999, eps=1e-8),
        )
    }
)


class BadSettingsError(ValueError):
    """Settings that break a rule.

    Attributes
    ----------
    problems : dict of str to str
        What is wrong, by the name of the setting.
    """

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


def read(texts: Mapping[str, str]) -> TrainingSettings:
    """Read settings as they are written in a form.

    Parameters
    ----------
    texts : dict of str to str
        Settings by name, such as ``{"learning_rate": "1e-3"}``; one that is left out has the
        default of its optimizer.

    Returns
    -------
    TrainingSettings

    Raises
    ------
    BadSettingsError
        If any of them breaks a rule; it names them all.

    Examples
    --------
    >>> read({"optimizer": "adam", "batch_size": "16"}).decay
    0.999
    >>> read({"learning_rate": "-1", "decay": ""})
    Traceback (most recent call last):
        ...
    rmsprop_course.explorers._dashboard._settings.BadSettingsError: learning_rate must be in \
(0, inf), got -1; decay must be a number, got nothing
    """
    found: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, text in texts.items():
        try:
            found[name] = _value(name, text.strip())
            _CHECKS[name](name, found[name])
        except (TypeError, ValueError) as error:
            problems[name] = str(error)
    if problems:
        raise BadSettingsError(problems)
    defaults = DEFAULTS[found.get("optimizer", "rmsprop")]
    left_out = {field.name: getattr(defaults, field.name) for field in fields(defaults)}
    return TrainingSettings(**(left_out | found))


def _value(name: str, text: str) -> object:
    """Turn a text into a value of the setting's type."""
    if name not in _CHECKS:
        raise ValueError(f"{name} must be one of {', '.join(_CHECKS)}")
    kind = type(getattr(TrainingSettings(), name))
    if kind is bool:
        return {"true": True, "false": False}.get(text, text)
    rule = "a whole number" if kind is int else "a number"
    try:
        return kind(text)
    except ValueError:
        raise ValueError(f"{name} must be {rule}, got {text or 'nothing'}") from None
