"""Mistakes of an optimizer in lesson 06 about missing gradients, closures and state.

What a step computes and writes stands in `lesson_06_wrong_steps`.
"""

from typing import Any

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks.lesson_06_optimizers import Closure, Group, Plain, but

with extra("torch"):
    import torch
    from torch import Tensor


def wrong_gradients() -> tuple[Misconception, ...]:
    """Return classes that treat gradients wrongly, above all missing ones."""

    def as_zero(self: Plain, group: Group) -> None:
        for param in group["params"]:
            self.move(param, torch.zeros_like(param) if param.grad is None else param.grad, group)

    def trusting(self: Plain, group: Group) -> None:
        for param in group["params"]:
            self.move(param, param.grad, group)

    def stopping(self: Plain, group: Group) -> None:
        for param in group["params"]:
            if param.grad is None:
                break
            self.move(param, param.grad, group)

    def clearing(self: Plain) -> None:
        Plain.move_groups(self)
        self.zero_grad()

    def overwriting(self: Plain, param: Tensor, grad: Tensor, group: Group) -> None:
        param.sub_(group["lr"] * grad.div_(self.root(param, grad, group)))

    return (
        Misconception(
            "a missing gradient is taken for 0",
            "A parameter whose `grad` is None gets a step with gradient 0, so its average fades; "
            "it should be left alone.",
            "What should happen to the average of a parameter that took no part?",
            but(Plain, move_group=as_zero),
        ),
        Misconception(
            "a missing gradient stops it",
            "The step computes with a `grad` that is None, and fails.",
            "What is `param.grad` of a parameter that took no part in the loss?",
            but(Plain, move_group=trusting),
        ),
        Misconception(
            "all parameters after a missing gradient are left out",
            "At the first `grad` that is None the loop ends, and later parameters do not move.",
            "Which word ends a loop, and which one goes on to its next turn?",
            but(Plain, move_group=stopping),
        ),
        Misconception(
            "the gradient is overwritten by the step",
            "`param.grad` is divided in place, so whoever else reads it gets g divided by the "
            "root.",
            "Print `param.grad` before and after the step. Is it the same?",
            but(Plain, move=overwriting),
        ),
        Misconception(
            "the step takes the gradients away",
            "After the step `param.grad` is gone; that is up to the training loop.",
            "Which line of a training loop clears the gradients?",
            but(Plain, move_groups=clearing),
        ),
    )


def wrong_closures() -> tuple[Misconception, ...]:
    """Return classes that treat the closure wrongly."""

    def silent(self: Plain, closure: Closure = None) -> None:
        self.loss(closure)
        with torch.no_grad():
            self.move_groups()

    def late(self: Plain, closure: Closure = None) -> Any:
        with torch.no_grad():
            self.move_groups()
        return self.loss(closure)

    def often(self: Plain, closure: Closure = None) -> Any:
        loss = None
        for group in self.param_groups:
            for param in group["params"]:
                loss = self.loss(closure)
                with torch.no_grad():
                    self.move_group({**group, "params": [param]})
        return loss

    def without(self: Plain) -> None:
        with torch.no_grad():
            self.move_groups()

    return (
        Misconception(
            "the closure is not called",
            "`step(closure)` does nothing with the closure, so there are no new gradients.",
            "Who computes the gradients if you are handed a closure?",
            but(Plain, loss=lambda self, closure: None),
        ),
        Misconception(
            "the closure must not record",
            "The closure runs while recording is off, so its `backward()` fails.",
            "Which context does `torch.no_grad()` need inside it, where something must record?",
            but(Plain, loss=lambda self, closure: None if closure is None else closure()),
        ),
        Misconception(
            "the loss is not returned",
            "The closure is called, but what it returns gets lost.",
            "What does a training loop expect from `loss = optimizer.step(closure)`?",
            but(Plain, step=silent),
        ),
        Misconception(
            "the closure comes after the update",
            "The step moves by the gradients from before the closure, which are old or missing.",
            "Which comes first: computing the gradients, or using them?",
            but(Plain, step=late),
        ),
        Misconception(
            "a closure for every parameter",
            "The closure is called anew for each parameter; it is to be called once a step.",
            "Inside or outside the loops: where does your call of the closure stand?",
            but(Plain, step=often),
        ),
        Misconception(
            "step takes no closure",
            "`step(closure)` fails, for the method has no such argument; it is to have one that is "
            "None by default.",
            "Which arguments has the `step` of the lesson's `FirstTry`?",
            but(Plain, step=without),
        ),
        Misconception(
            "a closure is expected",
            "`step()` without a closure fails; most training loops call it so.",
            "What is `closure` in a plain `optimizer.step()`?",
            but(Plain, loss=_unasked),
        ),
    )


def _unasked(self: Plain, closure: Any) -> Any:
    with torch.enable_grad():
        return closure()


def wrong_methods() -> tuple[Misconception, ...]:
    """Return the class whose two methods are not one."""

    def inline(self: Plain, group: Group) -> None:
        for param in group["params"]:
            if param.grad is not None:
                Plain.move(self, param, param.grad, group)

    return (
        Misconception(
            "step does not call move",
            "There is a method `move`, but `step` updates without it, so a subclass that replaces "
            "`move` changes nothing.",
            "The next classes of the lesson replace `move` alone. Where does your `step` call it?",
            but(Plain, move_group=inline),
        ),
    )


def wrong_state() -> tuple[Misconception, ...]:
    """Return classes that keep the average in the wrong place."""

    def beside(self: Any, param: Tensor) -> Tensor:
        averages: dict[Tensor, Tensor] = vars(self).setdefault("averages", {})
        return averages.setdefault(param, torch.zeros_like(param))

    def by_number(self: Plain, param: Tensor) -> Any:
        return self.state[id(param)].setdefault("square_avg", torch.zeros_like(param))  # type: ignore[index]

    def shared(self: Plain, param: Tensor) -> Any:
        return self.state["all"].setdefault("square_avg", torch.zeros_like(param))  # type: ignore[index]

    return (
        Misconception(
            "the average is not in the checkpoint",
            "After a reload the average begins with 0: `state_dict()` did not hold it, or not as "
            "the state of its parameter.",
            "What does `optimizer.state_dict()['state']` show after a step?",
            but(Plain, average=beside),
        ),
        Misconception(
            "the average is kept under an address",
            "The key is the `id` of the parameter, which is another one when a program starts "
            "again.",
            "Which key of `self.state` does `load_state_dict` replace by the new parameter?",
            but(Plain, average=by_number),
        ),
        Misconception(
            "all parameters share one average",
            "One average takes in the gradients of all parameters; each needs one of its own.",
            "What does `self.state` hold for each of two parameters?",
            but(Plain, average=shared),
        ),
    )
