"""Who defines RMSProp how: named conventions and the names that one quantity goes by.

Data and the settings made of it; the update itself is in `numpy_optimizers`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Literal, NamedTuple

WeightDecayKind = Literal["none", "L2", "decoupled", "L2 or decoupled"]


@dataclass(frozen=True, kw_only=True)
class Convention:
    """What one source or one library means by RMSProp.

    None says that the convention leaves the value open: its source gives none, or asks the user
    for one.

    Attributes
    ----------
    name : str
        Key in `CONVENTIONS`.
    source : str
        Where it is defined.
    eps_inside_sqrt : bool
        √(v + ε) if True, √v + ε if False; holds for the centered form too.
    eps : float or None
        ε; in units of g² inside the root, of g outside.
    decay : float or None
        γ, dimensionless.
    learning_rate : float or None
        η, in units of the parameters.
    initial_square_avg : float or None
        v₀, in units of g².
    momentum : float or None
        μ, dimensionless.
    lr_in_momentum : bool or None
        Where the learning rate stands: b ← μ b + η u and θ ← θ - b if True, b ← μ b + u and
        θ ← θ - η b if False; None if there is no momentum.
    centered : bool or None
        Whether v - E[g]² stands in the place of v.
    weight_decay_kind : str or None
        "none", "L2" (added to the gradient), "decoupled" (taken from the parameters directly) or
        "L2 or decoupled" (the user's choice).
    """

    name: str
    source: str
    eps_inside_sqrt: bool
    eps: float | None
    decay: float | None
    learning_rate: float | None
    initial_square_avg: float | None
    momentum: float | None
    lr_in_momentum: bool | None
    centered: bool | None
    weight_decay_kind: WeightDecayKind | None


CONVENTIONS: Mapping[str, Convention] = MappingProxyType(
    {
        entry.name: entry
        for entry in (
            Convention(
                name="definition",
                source="The update as this course derives it; decay 0.9 after Tieleman and Hinton "
                "(2012), lecture 6.5 of Neural Networks for Machine Learning.",
                eps_inside_sqrt=True,
                eps=None,
                decay=0.9,
                learning_rate=1e-3,
                initial_square_avg=0.0,
                momentum=None,
                lr_in_momentum=None,
                centered=None,
                weight_decay_kind=None,
            ),
            Convention(
                name="graves2013",
                source="Graves, A. (2013). Generating sequences with recurrent neural networks. "
                "arXiv:1308.0850.",
                eps_inside_sqrt=True,
                eps=1e-4,
                decay=0.95,
                learning_rate=1e-4,
                initial_square_avg=0.0,
                momentum=0.9,
                lr_in_momentum=True,
                centered=True,
                weight_decay_kind=None,
            ),
            Convention(
                # The paper's "gradient momentum" 0.95 is the decay of the centering average.
                name="dqn",
                source="Mnih, V. et al. (2015). Human-level control through deep reinforcement "
                "learning. Nature 518, 529-533; the code published with it.",
                eps_inside_sqrt=True,
                eps=0.01,
                decay=0.95,
                learning_rate=2.5e-4,
                initial_square_avg=0.0,
                momentum=0.0,
                lr_in_momentum=None,
                centered=True,
                weight_decay_kind=None,
            ),
            Convention(
                name="pytorch",
                source="PyTorch 2.13, torch.optim.RMSprop.",
                eps_inside_sqrt=False,
                eps=1e-8,
                decay=0.99,
                learning_rate=1e-2,
                initial_square_avg=0.0,
                momentum=0.0,
                lr_in_momentum=False,
                centered=False,
                weight_decay_kind="L2",
            ),
            Convention(
                name="tensorflow1",
                source="TensorFlow 1, tf.train.RMSPropOptimizer.",
                eps_inside_sqrt=True,
                eps=1e-10,
                decay=0.9,
                learning_rate=None,
                initial_square_avg=1.0,
                momentum=0.0,
                lr_in_momentum=True,
                centered=False,
                weight_decay_kind=None,
            ),
            Convention(
                name="keras",
                source="Keras 3, keras.optimizers.RMSprop.",
                eps_inside_sqrt=True,
                eps=1e-7,
                decay=0.9,
                learning_rate=1e-3,
                initial_square_avg=0.0,
                momentum=0.0,
                lr_in_momentum=True,
                centered=False,
                weight_decay_kind="decoupled",
            ),
            Convention(
                name="optax",
                source="Optax, optax.rmsprop.",
                eps_inside_sqrt=True,
                eps=1e-8,
                decay=0.9,
                learning_rate=None,
                initial_square_avg=0.0,
                momentum=0.0,
                lr_in_momentum=True,
                centered=False,
                weight_decay_kind="none",
            ),
            Convention(
                name="timm",
                source="timm (PyTorch Image Models), timm.optim.RMSpropTF.",
                eps_inside_sqrt=True,
                eps=1e-10,
                decay=0.9,
                learning_rate=1e-2,
                initial_square_avg=1.0,
                momentum=0.0,
                lr_in_momentum=True,
                centered=False,
                weight_decay_kind="L2 or decoupled",
            ),
        )
    }
)
"""The conventions by name; `convention` looks one up with a message that lists them."""


class Names(NamedTuple):
    """The names of one quantity.

    Attributes
    ----------
    symbol : str
        In formulas.
    course : str
        In this course's prose and NumPy code.
    elsewhere : tuple of str
        In other code and papers.
    """

    symbol: str
    course: str
    elsewhere: tuple[str, ...]


NAMES: tuple[Names, ...] = (
    Names("γ", "decay", ("rho", "alpha (PyTorch)", "beta2 (Adam)")),
    Names("E[g²]", "square_avg", ("square_avg (PyTorch)", "v", "s", "nu", "mean_square", "cache")),
    Names("η", "learning_rate", ("lr",)),
)
"""One row a quantity of RMSProp that goes by several names."""


class Settings(NamedTuple):
    """Keyword settings of ``numpy_optimizers.rmsprop``.

    Attributes
    ----------
    init : dict
        For ``rmsprop.init(params, **settings.init)``.
    step : dict
        For ``rmsprop.step(params, grad, state, **settings.step)``.
    """

    init: dict[str, Any]
    step: dict[str, Any]


_OPEN_EPS = 1e-8
_INIT_SETTINGS = ("initial_square_avg",)
_STEP_SETTINGS = (
    "learning_rate",
    "decay",
    "eps",
    "eps_inside_sqrt",
    "momentum",
    "lr_in_momentum",
    "centered",
)


def convention(name: str) -> Convention:
    """Look up a convention by name.

    Parameters
    ----------
    name : str
        A key of `CONVENTIONS`.

    Returns
    -------
    Convention
        Its row of the table.

    Raises
    ------
    ValueError
        If there is no convention of that name.

    Examples
    --------
    >>> convention("pytorch").eps_inside_sqrt
    False
    >>> convention("tensorflow1").initial_square_avg
    1.0
    """
    if name not in CONVENTIONS:
        raise ValueError(f"name must be one of {', '.join(CONVENTIONS)}, got {name!r}")
    return CONVENTIONS[name]


def numpy_settings(name: str, **overrides: Any) -> Settings:
    """Return the settings with which ``numpy_optimizers.rmsprop`` follows a convention.

    Parameters
    ----------
    name : str
        A key of `CONVENTIONS`.
    **overrides
        Settings of ``rmsprop`` that replace those of the convention, such as `learning_rate`.

    Returns
    -------
    Settings
        For ``rmsprop.init`` and ``rmsprop.step``. What the convention leaves open is left out, so
        that the default of ``rmsprop`` holds, which is the course's own definition.

    Raises
    ------
    TypeError
        If an override is no setting of ``rmsprop``.
    ValueError
        If there is no convention of that name, or `weight_decay` is given and the convention has
        none or decouples it: ``rmsprop`` knows the L2 penalty alone.

    Examples
    --------
    >>> settings = numpy_settings("tensorflow1", learning_rate=0.01)
    >>> settings.init
    {'initial_square_avg': 1.0}
    >>> settings.step["eps"], settings.step["learning_rate"]
    (1e-10, 0.01)
    """
    preset = convention(name)
    known = (*_INIT_SETTINGS, *_STEP_SETTINGS, "weight_decay")
    for setting in overrides:
        if setting not in known:
            raise TypeError(
                f"{setting} is not a setting of rmsprop, which takes {', '.join(known)}"
            )
    if "weight_decay" in overrides and preset.weight_decay_kind in ("none", "decoupled"):
        raise ValueError(
            f"weight_decay must be left out, because the weight decay of {name} is "
            f"{preset.weight_decay_kind} and that of rmsprop is L2, "
            f"got {overrides['weight_decay']}"
        )
    given = {setting: getattr(preset, setting) for setting in (*_INIT_SETTINGS, *_STEP_SETTINGS)}
    chosen = {key: value for key, value in given.items() if value is not None} | overrides
    init = {key: value for key, value in chosen.items() if key in _INIT_SETTINGS}
    return Settings(init, {key: value for key, value in chosen.items() if key not in init})


def torch_settings(name: str, **overrides: Any) -> dict[str, Any]:
    """Return the settings with which ``torch_optim.RMSprop`` follows a convention.

    Parameters
    ----------
    name : str
        A key of `CONVENTIONS`.
    **overrides
        Settings of the class, under its own names, that replace those of the convention.

    Returns
    -------
    dict
        Keyword arguments. What the convention leaves open is as in this course's own definition,
        with ε = 1e-8, which is also what `numpy_settings` leads to.

    Raises
    ------
    ValueError
        If there is no convention of that name, or `weight_decay` is given and it has none.

    Examples
    --------
    >>> settings = torch_settings("keras", lr=0.01)
    >>> settings["alpha"], settings["lr"], settings["decoupled_weight_decay"]
    (0.9, 0.01, True)
    """
    preset, ours = convention(name), CONVENTIONS["definition"]
    if preset.weight_decay_kind == "none" and overrides.get("weight_decay"):
        raise ValueError(
            f"weight_decay must be 0, because {name} has none, got {overrides['weight_decay']}"
        )
    return {
        "lr": ours.learning_rate if preset.learning_rate is None else preset.learning_rate,
        "alpha": ours.decay if preset.decay is None else preset.decay,
        "eps": _OPEN_EPS if preset.eps is None else preset.eps,
        "momentum": preset.momentum or 0.0,
        "centered": bool(preset.centered),
        "eps_inside_sqrt": preset.eps_inside_sqrt,
        "initial_square_avg": preset.initial_square_avg or 0.0,
        "lr_in_momentum": bool(preset.lr_in_momentum),
        "decoupled_weight_decay": preset.weight_decay_kind == "decoupled",
    } | overrides
