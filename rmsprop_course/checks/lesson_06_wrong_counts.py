"""Mistakes of a bias correction in lesson 06: the count of steps, where it is kept, its use."""

from collections.abc import Callable
from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks.lesson_06_optimizers import Closure, Corrected, Group, Plain, but
from rmsprop_course.checks.lesson_06_wrong_steps import wrong_settings

with extra("torch"):
    import torch
    from torch import Tensor


def wrong_counts() -> tuple[Misconception, ...]:
    """Return all mistakes of the bias correction."""
    return (*_wrong_numbers(), *_wrong_places(), *_wrong_corrections(), *wrong_settings(Corrected))


def _counting(count: Callable[..., int]) -> type[Plain]:
    return but(Corrected, count=count)


def _wrong_numbers() -> tuple[Misconception, ...]:
    """Return classes whose count begins or goes on wrongly."""

    def shifted(by: int) -> type[Plain]:
        return _counting(lambda self, param, group: Corrected.count(self, param, group) + by)

    return (
        Misconception(
            "t is always 1",
            "The count does not grow, so every step is corrected as if it were the first.",
            "Print t in three steps. What changes it?",
            _counting(lambda self, param, group: 1),
        ),
        Misconception(
            "t begins with 2",
            "The first step is counted as the second, so it is corrected too little.",
            "Which t makes the first step as long as `lr`?",
            shifted(1),
        ),
        Misconception(
            "t begins with 0",
            "In the first step t is 0, and v is divided by 1 - α⁰, which is 0.",
            "What is 1 - α to the power of t in your first step?",
            shifted(-1),
        ),
    )


def _wrong_places() -> tuple[Misconception, ...]:
    """Return classes that keep the count, or the average, in the wrong place."""

    def per_move(self: Any, param: Tensor, group: Group) -> int:
        self.t = vars(self).get("t", 0) + 1
        return int(self.t)

    def per_step(self: Any, closure: Closure = None) -> Any:
        self.t = vars(self).get("t", 0) + 1
        return Corrected.step(self, closure)

    def beside(self: Any, param: Tensor, group: Group) -> int:
        counts = vars(self).setdefault("counts", {})
        counts[param] = counts.get(param, 0) + 1
        return int(counts[param])

    def in_the_group(self: Any, param: Tensor, group: Group) -> int:
        group["t"] = group.get("t", 0) + 1
        return int(group["t"])

    def group_steps(self: Any, group: Group) -> None:
        group["t"] = group.get("t", 0) + 1
        Plain.move_group(self, group)

    def by_number(self: Any, param: Tensor, group: Group) -> int:
        counts = self.state["counts"]
        counts[id(param)] = counts.get(id(param), 0) + 1
        return int(counts[id(param)])

    def average_beside(self: Any, param: Tensor) -> Tensor:
        averages: dict[Tensor, Tensor] = vars(self).setdefault("averages", {})
        return averages.setdefault(param, torch.zeros_like(param))

    return (
        Misconception(
            "t starts again after a reload",
            "Each parameter has its count, but the count is not in the checkpoint.",
            "What does `optimizer.state_dict()['state']` show after a step?",
            _counting(beside),
        ),
        Misconception(
            "one t for all, and not saved",
            "All parameters count on one t, and it starts again after a reload.",
            "Two parameters take one step: what is t then? And after a reload?",
            _counting(per_move),
        ),
        Misconception(
            "t counts the steps of the optimizer, and is not saved",
            "t grows even where a parameter had no gradient, and it starts again after a reload.",
            "A parameter misses the first gradient: how many steps has it taken after the second?",
            but(Corrected, step=per_step, count=lambda self, param, group: self.t),
        ),
        Misconception(
            "one t for all parameters of a group",
            "It survives, but every parameter of the group raises it; each needs its own.",
            "Two parameters take one step: what is t then?",
            _counting(in_the_group),
        ),
        Misconception(
            "t counts the steps of the group",
            "t grows even where a parameter had no gradient; it should count that one's own steps.",
            "A parameter misses the first gradient: how many steps has it taken after the second?",
            but(Corrected, move_group=group_steps, count=lambda self, param, group: group["t"]),
        ),
        Misconception(
            "t is kept under an address",
            "The key is the `id` of the parameter, which is another one when a program starts "
            "again.",
            "Which key of `self.state` does `load_state_dict` replace by the new parameter?",
            _counting(by_number),
        ),
        Misconception(
            "neither t nor the average is in the checkpoint",
            "After a reload t starts again, and the average begins with 0.",
            "What does `optimizer.state_dict()['state']` show after a step?",
            but(Corrected, count=beside, average=average_beside),
        ),
        Misconception(
            "t survives, the average does not",
            "After a reload the average begins with 0, but t goes on.",
            "What does `optimizer.state_dict()['state']` show after a step?",
            but(Corrected, average=average_beside),
        ),
    )


def _wrong_corrections() -> tuple[Misconception, ...]:
    """Return classes that count well and correct wrongly."""

    def corrected(correct: Callable[[Tensor, float, int], Tensor]) -> type[Plain]:
        return but(Corrected, corrected=lambda self, average, alpha, t: correct(average, alpha, t))

    return (
        Misconception(
            "no correction",
            "The average is used as it is, biased towards its start, as in plain RMSProp.",
            "How long is your first step, in units of `lr`?",
            corrected(lambda average, alpha, t: average.sqrt()),
        ),
        Misconception(
            "multiplies by the correction",
            "The average is multiplied by 1 - αᵗ; that makes it even smaller.",
            "Is the average too small or too large after the first step?",
            corrected(lambda average, alpha, t: (average * (1 - alpha**t)).sqrt()),
        ),
        Misconception(
            "the root is corrected, not the average",
            "The root is divided by 1 - αᵗ, which belongs under the root.",
            "Which t makes the first step as long as `lr`, and how long is yours?",
            corrected(lambda average, alpha, t: average.sqrt() / (1 - alpha**t)),
        ),
        Misconception(
            "the corrected average is kept",
            "The average in the state is divided as well, so later steps correct it again.",
            "Which average does the second step start from: the plain or the corrected one?",
            corrected(lambda average, alpha, t: average.div_(1 - alpha**t).sqrt()),
        ),
        Misconception(
            "α and 1 - α swapped in the correction",
            "The average is divided by 1 - (1 - α)ᵗ.",
            "For a constant gradient, what is the average after t steps?",
            corrected(lambda average, alpha, t: (average / (1 - (1 - alpha) ** t)).sqrt()),
        ),
        Misconception(
            "α times t instead of α to the power of t",
            "The average is divided by 1 - αt, which soon is negative.",
            "What are the weights of the average after three steps, and what is their sum?",
            corrected(lambda average, alpha, t: (average / (1 - alpha * t)).sqrt()),
        ),
    )
