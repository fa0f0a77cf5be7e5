"""Who steps the parameters: PyTorch's RMSprop and ours by every path, and a yardstick.

RMSprop is written in PyTorch as many passes over memory, and torch.compile makes one of them. The
yardstick is a fused C++ kernel of PyTorch's own that reads and writes as many numbers: Adagrad for
plain RMSProp, Adam with amsgrad for momentum and centering.
"""

import os
import shutil
import sys
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from rmsprop_course._extras import extra
from rmsprop_course.torch_optim import RMSprop

with extra("torch"):
    import torch
    from torch import Tensor
    from torch.optim import Optimizer

_LR = 1e-5  # the values hardly move, whatever the number of steps

_COMPILERS = {  # by sys.platform: the C++ compiler that torch.compile calls, and how to get it
    "linux": ("g++", "sudo apt install g++"),
    "darwin": ("clang++", "xcode-select --install"),
    "win32": ("cl", "winget install Microsoft.VisualStudio.2022.BuildTools"),
}

Step = Callable[[], Any]

_WITH_SHARED_STATE = (torch.optim.RMSprop, RMSprop)  # either goes on with the other's state


class LeftOut(Exception):
    """A contender that cannot be timed here; the message is the reason."""


class Variant(NamedTuple):
    """Which RMSProp is stepped.

    Attributes
    ----------
    name : str
        What a row of the results calls it.
    settings : dict
        Of RMSprop, beyond the defaults.
    n_averages : int
        Numbers that the state holds for each parameter.
    """

    name: str
    settings: dict[str, Any]
    n_averages: int

    @property
    def bytes_per_param(self) -> int:
        """The least that a float32 step moves: read θ, g and the averages, write all but g.

        Examples
        --------
        >>> [variant.bytes_per_param for variant in VARIANTS]
        [20, 36]
        """
        n_read, n_written = 2 + self.n_averages, 1 + self.n_averages
        return 4 * (n_read + n_written)


PLAIN = Variant("plain", {}, n_averages=1)
CENTERED = Variant("momentum+centered", {"momentum": 0.9, "centered": True}, n_averages=3)
VARIANTS = (PLAIN, CENTERED)

REFERENCES = ("torch default", "torch foreach")
"""A speed-up is quoted against the faster of these two."""


@dataclass(frozen=True)
class Contender:
    """One way to step the parameters.

    Parameters
    ----------
    name : str
        What a row of the results calls it.
    kind : type
        The optimizer's class.
    settings : dict
        What to build it with.
    is_compiled : bool
        Whether its step goes through ``torch.compile``.
    """

    name: str
    kind: type[Optimizer]
    settings: dict[str, Any]
    is_compiled: bool = False

    def start(self, params: list[Tensor], state: dict[Tensor, Any]) -> tuple[Optimizer, Step]:
        """Build the optimizer and take the first step.

        An optimizer that warns that it takes another path than the fused one would be timed under
        a wrong name, so the warning counts as a failure. So does whatever PyTorch refuses.

        Parameters
        ----------
        params : list of Tensor
            With their gradients.
        state : dict
            By parameter: the one state of all RMSprops, begun by the first of them.

        Returns
        -------
        optimizer : Optimizer
        step : callable
            Takes a step.

        Raises
        ------
        LeftOut
            If it cannot be timed here; says why.
        """
        build: Callable[..., Optimizer] = self.kind
        with warnings.catch_warnings():
            warnings.filterwarnings("error", message="fused=True", category=UserWarning)
            try:
                optimizer = build(params, lr=_LR, **self.settings)
                step: Step = torch.compile(optimizer.step) if self.is_compiled else optimizer.step
                if self.kind in _WITH_SHARED_STATE:
                    optimizer.state.update(state)
                step()
            except (UserWarning, RuntimeError) as error:
                raise LeftOut(str(error).partition("\n")[0]) from error
        if self.kind in _WITH_SHARED_STATE:
            state.update(optimizer.state)
        return optimizer, step


def contenders(variant: Variant) -> list[Contender]:
    """Return all that step a variant; the first is PyTorch's default."""
    s = variant.settings
    theirs = torch.optim.RMSprop
    return [
        Contender("torch default", theirs, s),
        Contender("torch foreach", theirs, s | {"foreach": True}),
        Contender("torch compiled", theirs, s | {"foreach": True}, is_compiled=True),
        _yardstick(variant),
        Contender("ours for-loop", RMSprop, s | {"foreach": False}),
        Contender("ours foreach", RMSprop, s | {"foreach": True}),
        Contender("ours fused", RMSprop, s | {"fused": True}),
    ]


def _yardstick(variant: Variant) -> Contender:
    """Return PyTorch's fused optimizer that keeps as many averages as the variant."""
    if variant is PLAIN:
        return Contender("torch Adagrad fused", torch.optim.Adagrad, {"fused": True})
    settings = {"fused": True, "amsgrad": True}
    return Contender("torch Adam fused", torch.optim.Adam, settings)


def check_compiler(*, quick: bool) -> None:
    """Raise LeftOut if nothing can or shall be compiled."""
    if quick:
        raise LeftOut("compiling takes minutes, too long for a quick run")
    compiler, remedy = _COMPILERS.get(sys.platform, ("c++", "install a C++ compiler"))
    compiler = os.environ.get("CXX", compiler)
    if shutil.which(compiler) is None:
        raise LeftOut(f"there is no C++ compiler, {compiler}. To mend: {remedy}")
