"""Mistakes of an optimizer's step in lesson 06: what it computes, from which settings, and writes.

What else it owes PyTorch stands in `lesson_06_wrong_duties`; weight decay and momentum, which an
attempt may leave out, in `lesson_06_wrong_extras`.
"""

import copy
from collections.abc import Callable
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._wrong_updates import outside, wrong_updates
from rmsprop_course.checks.lesson_06_optimizers import Closure, Group, Plain, but

with extra("torch"):
    import torch
    from torch import Tensor

_IN_TORCHS_WORDS = {"γ": "α", "η": "`lr`", "`learning_rate`": "`lr`", "`decay`": "`alpha`"}
_OF_FUNCTIONS = {  # mistakes that an optimizer cannot make, or that are told below
    "the old average is handed back",
    "the results are swapped",
    "integers in the average",
    "integers in the parameters",
    "the change instead of the parameters",
    "hard-coded learning_rate",
    "hard-coded decay",
    "hard-coded eps",
}
_TOLD_OF_A_CLASS = {
    "the average starts anew in every step": (
        "Each step begins with an average of 0: what the step before it made is not found again.",
        "Under which key do you keep the average, and is it the same one in the next step?",
    ),
    "the average starts at 1": (
        "The first average is 1; PyTorch's begins with 0.",
        "How long is the first step, in units of `lr`?",
    ),
    "the gradient is overwritten by its square": (
        "`param.grad` is squared in place, so the step, and whoever else reads it, get g² for g.",
        "Print `param.grad` before and after the step. Is it the same?",
    ),
}


def wrong_steps() -> tuple[Misconception, ...]:
    """Return all mistakes of what a step computes and writes."""
    return (
        *map(_as_a_class, (m for m in wrong_updates(outside) if m.name not in _OF_FUNCTIONS)),
        *wrong_settings(Plain),
        *_wrong_writing(),
    )


def _as_a_class(mistake: Misconception) -> Misconception:
    """Return the mistake of a step in NumPy as one of an optimizer."""

    def move(self: Plain, param: Tensor, grad: Tensor, group: Group) -> None:
        state = self.state[param]
        step = state.setdefault("step_function", copy.deepcopy(mistake.attempt))
        average = state.get("square_avg", torch.zeros_like(param)).numpy()
        settings = {"learning_rate": group["lr"], "decay": group["alpha"], "eps": group["eps"]}
        moved, average = step(param.detach().numpy(), grad.numpy(), average, **settings)
        param.copy_(torch.as_tensor(moved))
        state["square_avg"] = torch.as_tensor(average).clone()

    texts = (mistake.explanation, mistake.hint)
    explanation, hint = map(_in_torchs_words, _TOLD_OF_A_CLASS.get(mistake.name, texts))
    return Misconception(_in_torchs_words(mistake.name), explanation, hint, but(Plain, move=move))


def _in_torchs_words(text: str) -> str:
    for ours, theirs in _IN_TORCHS_WORDS.items():
        text = text.replace(ours, theirs)
    return text


def wrong_settings(kind: type[Plain]) -> tuple[Misconception, ...]:
    """Return the class with settings that come from elsewhere than the parameter's group."""

    def moving(settings: Callable[[Any, Group], Group]) -> type[Plain]:
        def move_group(self: Any, group: Group) -> None:
            kind.move_group(self, {**settings(self, group), "params": group["params"]})

        return but(kind, move_group=move_group)

    def fixed(name: str, number: float) -> type[Plain]:
        return moving(lambda self, group: group | {name: number})

    return (
        *(
            Misconception(
                f"hard-coded {name}",
                f"The path is the same whatever `{name}` is: the step does not use what it gets.",
                f"Where in your code is `{name}`?",
                fixed(name, number),
            )
            for name, number in {"lr": 0.01, "alpha": 0.99, "eps": 1e-8}.items()
        ),
        Misconception(
            "the settings of the constructor",
            "The step uses the settings that the optimizer was made with, not those that its "
            "groups have now.",
            "Where does a scheduler write a new `lr`, and where does your step look for it?",
            moving(lambda self, group: self.defaults),
        ),
        Misconception(
            "the first group's settings for all",
            "Parameters of every group move with the settings of the first group.",
            "Two groups have different `lr`: which of the two does your loop use?",
            moving(lambda self, group: self.param_groups[0]),
        ),
        Misconception(
            "only the first group moves",
            "Parameters in further groups stay where they are.",
            "How many groups does `self.param_groups` hold, and how many do you go through?",
            but(kind, move_groups=lambda self: self.move_group(self.param_groups[0])),
        ),
    )


def _wrong_writing() -> tuple[Misconception, ...]:
    """Return classes that write the parameter wrongly."""

    def recording(self: Plain, closure: Closure = None) -> Any:
        loss = self.loss(closure)
        self.move_groups()
        return loss

    def switching_off(self: Plain, group: Group) -> None:
        for param in group["params"]:
            param.requires_grad_(False)
        Plain.move_group(self, group)

    def replacing(self: Plain, group: Group) -> None:
        for place, param in enumerate(group["params"]):
            if param.grad is not None:
                update = param.grad / self.root(param, param.grad, group)
                group["params"][place] = param - group["lr"] * update

    def losing(self: Plain, param: Tensor, grad: Tensor, group: Group) -> None:
        param.copy_(-group["lr"] * grad / self.root(param, grad, group))

    def from_the_first(self: Plain, param: Tensor) -> Any:
        grad = torch.zeros_like(param) if param.grad is None else param.grad
        return self.state[param].setdefault("square_avg", grad * grad)

    def carrying(self: Plain, param: Tensor, grad: Tensor, group: Group) -> None:
        average = self.state[param].get("square_avg", 0 * param)
        average = group["alpha"] * average + (1 - group["alpha"]) * grad**2
        self.state[param]["square_avg"] = average
        param.data -= group["lr"] * grad / (average.sqrt() + group["eps"])

    return (
        Misconception(
            "the update is recorded",
            "The parameter is changed in place while operations are recorded, which PyTorch "
            "refuses.",
            "The lesson's `update` was refused like this, too. Where was it right?",
            but(Plain, step=recording),
        ),
        Misconception(
            "the parameter stays where it is",
            "The network's parameter has its old value: what the step computes is not written "
            "into it.",
            "After `param = param - x`, which tensor has the name `param`, and which one does the "
            "network keep?",
            but(Plain, move=Plain.root),
        ),
        Misconception(
            "a new tensor in the group",
            "The group gets a new tensor, while the network keeps the old one, which never moves.",
            "Compare `group['params'][0] is param` before and after a step. What should it be?",
            but(Plain, move_group=replacing),
        ),
        Misconception(
            "the parameter no longer requires grad",
            "The step switches `requires_grad` off, so the next `backward()` gives no gradient.",
            "How else can you keep PyTorch from recording, only while the step runs?",
            but(Plain, move_group=switching_off),
        ),
        Misconception(
            "a graph grows in the state",
            "The average is computed from what is recorded, so it drags a graph that grows with "
            "every step.",
            "Print what you keep in the state: does it have a `grad_fn`?",
            but(Plain, step=recording, move=carrying),
        ),
        Misconception(
            "the average starts at the first square",
            "The first average is g²; PyTorch's begins with 0, so that one step makes it (1 - α) "
            "g².",
            "What does your state hold before the first step, and how long is that step?",
            but(Plain, average=from_the_first),
        ),
        Misconception(
            "the old value is lost",
            "The parameter is set to its change; it should move by it.",
            "Where should a parameter be that was at 5 and has the gradient 0?",
            but(Plain, move=losing),
        ),
        Misconception(
            "only the first parameter of a group moves",
            "Further parameters of a group stay where they are.",
            "How many parameters does `group['params']` hold, and how many do you go through?",
            but(
                Plain,
                move_group=lambda self, group: Plain.move_group(
                    self, {**group, "params": group["params"][:1]}
                ),
            ),
        ),
    )
