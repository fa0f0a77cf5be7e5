"""Lesson 06: right optimizers pass in every style, and mistakes are named as learners make them."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import rmsprop_course.torch_optim  # noqa: E402
from rmsprop_course.checks import check  # noqa: E402

RIGHT, WRONG = [], []


def right(exercise):
    """Mark an attempt that must pass."""

    def mark(attempt):
        RIGHT.append(pytest.param(exercise, attempt, id=f"{exercise}-{attempt.__name__}"))
        return attempt

    return mark


def wrong(exercise, name):
    """Mark an attempt that must be rejected, and the mistake that is to be named."""

    def mark(attempt):
        WRONG.append(pytest.param(exercise, attempt, name, id=f"{exercise}-{attempt.__name__}"))
        return attempt

    return mark


class Start(torch.optim.Optimizer):
    """What the skeleton gives."""

    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8, **more):
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps, **more})


# --- The step ---

right("torch-rmsprop")(torch.optim.RMSprop)
right("torch-rmsprop")(type("LibraryRMSprop", (rmsprop_course.torch_optim.RMSprop,), {}))


@right("torch-rmsprop")
class AsInTheLesson(Start):
    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self.move(param, group)
        return loss

    def move(self, param, group):
        state = self.state[param]
        if "square_avg" not in state:
            state["square_avg"] = torch.zeros_like(param)
        v = state["square_avg"]
        v.mul_(group["alpha"]).addcmul_(param.grad, param.grad, value=1 - group["alpha"])
        param.addcdiv_(param.grad, v.sqrt().add_(group["eps"]), value=-group["lr"])


@right("torch-rmsprop")
class WithData(Start):
    def step(self, closure=None):
        loss = None
        if closure is not None:
            loss = closure()
        for group in self.param_groups:
            lr, alpha, eps = group["lr"], group["alpha"], group["eps"]
            for p in group["params"]:
                if p.grad is None:
                    continue
                g = p.grad.data
                v = self.state[p].get("v", torch.zeros_like(g))
                v = alpha * v + (1 - alpha) * g**2
                self.state[p]["v"] = v
                p.data = p.data - lr * g / (torch.sqrt(v) + eps)
        return loss


@right("torch-rmsprop")
class ListsOfTensors(Start):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None
        if closure:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group["params"] if p.grad is not None]
            if not params:
                continue
            grads = [p.grad for p in params]
            for p in params:
                self.state[p].setdefault("square_avg", torch.zeros_like(p))
            averages = [self.state[p]["square_avg"] for p in params]
            torch._foreach_mul_(averages, group["alpha"])
            torch._foreach_addcmul_(averages, grads, grads, 1 - group["alpha"])
            roots = torch._foreach_sqrt(averages)
            torch._foreach_add_(roots, group["eps"])
            torch._foreach_addcdiv_(params, grads, roots, -group["lr"])
        return loss


@right("torch-rmsprop")
class ThroughNumPy(Start):
    def step(self, closure=None):
        loss = None if closure is None else closure()
        with torch.no_grad():
            for group in self.param_groups:
                for p in group["params"]:
                    if p.grad is not None:
                        g, state = p.grad.numpy(), self.state[p]
                        v = state.get("v", torch.zeros(1)).numpy().astype(np.float32)
                        v = group["alpha"] * v + (1 - group["alpha"]) * g**2
                        state["v"] = torch.from_numpy(v)
                        step = group["lr"] * g / (np.sqrt(v) + group["eps"])
                        p.copy_(torch.from_numpy(p.numpy() - step))
        return loss


@right("torch-rmsprop")
class ReadyFromTheStart(Start):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8, *, momentum=0, weight_decay=0):
        more = {"momentum": momentum, "weight_decay": weight_decay}
        super().__init__(params, lr, alpha, eps, **more)
        for group in self.param_groups:
            for p in group["params"]:
                self.state[p] = {"v": torch.zeros_like(p), "b": torch.zeros_like(p)}

    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = closure() if closure is not None else None
        pairs = [(p, group) for group in self.param_groups for p in group["params"]]
        for p, group in pairs:
            if p.grad is not None:
                self.one(p, p.grad + group["weight_decay"] * p, group, **self.state[p])
        return loss

    def one(self, p, g, group, v, b):
        v += (1 - group["alpha"]) * (g * g - v)
        b.mul_(group["momentum"]).add_(g / (v.sqrt() + group["eps"]))
        p -= group["lr"] * b


def plain_step(self, closure=None):
    """A right step, for those who go wrong elsewhere."""
    return AsInTheLesson.step(self, closure)


@wrong("torch-rmsprop", "a missing gradient stops it")
class FirstTry(Start):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr, alpha, eps)
        self.settings = self.defaults
        self.params = self.param_groups[0]["params"]
        self.square_avgs = [torch.zeros_like(param) for param in self.params]

    @torch.no_grad()
    def step(self, closure=None):
        loss = closure() if closure else None
        for p, v in zip(self.params, self.square_avgs, strict=True):
            alpha = self.settings["alpha"]
            v.mul_(alpha).addcmul_(p.grad, p.grad, value=1 - alpha)
            p.addcdiv_(p.grad, v.sqrt() + self.settings["eps"], value=-self.settings["lr"])
        return loss


@wrong("torch-rmsprop", "the update is recorded")
class WithoutNoGrad(AsInTheLesson):
    def step(self, closure=None):
        loss = None if closure is None else closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self.move(param, group)
        return loss


@wrong("torch-rmsprop", "the parameter stays where it is")
class NewName(AsInTheLesson):
    def move(self, param, group):
        v = self.state[param].setdefault("v", torch.zeros_like(param))
        v.mul_(group["alpha"]).add_((1 - group["alpha"]) * param.grad**2)
        param = param - group["lr"] * param.grad / (v.sqrt() + group["eps"])


@wrong("torch-rmsprop", "the average starts anew in every step")
class AlwaysZeros(AsInTheLesson):
    def move(self, param, group):
        v = torch.zeros_like(param)
        v = group["alpha"] * v + (1 - group["alpha"]) * param.grad**2
        param -= group["lr"] * param.grad / (v.sqrt() + group["eps"])


@wrong("torch-rmsprop", "ε inside the root")
class InsideTheRoot(AsInTheLesson):
    def move(self, param, group):
        v = self.state[param].setdefault("v", torch.zeros_like(param))
        v.mul_(group["alpha"]).add_((1 - group["alpha"]) * param.grad**2)
        param -= group["lr"] * param.grad / torch.sqrt(v + group["eps"])


@wrong("torch-rmsprop", "α and 1 - α swapped")
class Swapped(AsInTheLesson):
    def move(self, param, group):
        v = self.state[param].setdefault("v", torch.zeros_like(param))
        v.mul_(1 - group["alpha"]).addcmul_(param.grad, param.grad, value=group["alpha"])
        param.addcdiv_(param.grad, v.sqrt().add_(group["eps"]), value=-group["lr"])


@wrong("torch-rmsprop", "the average is not in the checkpoint")
class AverageBeside(AsInTheLesson):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr, alpha, eps)
        self.v = {}

    def move(self, param, group):
        old = self.v.get(param, 0)
        self.v[param] = group["alpha"] * old + (1 - group["alpha"]) * param.grad**2
        param -= group["lr"] * param.grad / (self.v[param].sqrt() + group["eps"])


@wrong("torch-rmsprop", "the settings of the constructor")
class SettingsOfTheConstructor(AsInTheLesson):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr, alpha, eps)
        self.lr, self.alpha, self.eps = lr, alpha, eps

    def move(self, param, group):
        super().move(param, {"lr": self.lr, "alpha": self.alpha, "eps": self.eps})


@wrong("torch-rmsprop", "the closure must not record")
class ClosureInTheDark(AsInTheLesson):
    @torch.no_grad()
    def step(self, closure=None):
        loss = None if closure is None else closure()
        plain_step(self)
        return loss


@wrong("torch-rmsprop", "the loss is not returned")
class LossLost(AsInTheLesson):
    def step(self, closure=None):
        plain_step(self, closure)


@wrong("torch-rmsprop", "step takes no closure")
class NoClosure(AsInTheLesson):
    @torch.no_grad()
    def step(self):
        plain_step(self)


@wrong("torch-rmsprop", "the average starts at the first square")
class FirstSquare(AsInTheLesson):
    def move(self, param, group):
        state = self.state[param]
        if not state:
            state["square_avg"] = param.grad**2
        super().move(param, group)


@wrong("torch-rmsprop", "the gradient is overwritten by the step")
class DividesInPlace(AsInTheLesson):
    def move(self, param, group):
        g, v = param.grad, self.state[param].setdefault("v", torch.zeros_like(param))
        v.mul_(group["alpha"]).add_(g**2, alpha=1 - group["alpha"])
        g /= v.sqrt() + group["eps"]
        param -= group["lr"] * g


@wrong("torch-rmsprop", "only the first parameter of a group moves")
class ReturnsInTheLoop(AsInTheLesson):
    @torch.no_grad()
    def step(self, closure=None):
        with torch.enable_grad():
            loss = None if closure is None else closure()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self.move(param, group)
                break
        return loss


@wrong("torch-rmsprop", "step does not call move")
class AllInStep(WithData):
    def move(self, param, group):
        """Update one parameter with the settings of its group."""
        ...


@wrong("torch-rmsprop", "weight decay beside the update")
class DecayBeside(AsInTheLesson):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8, weight_decay=0.0):
        super().__init__(params, lr, alpha, eps, weight_decay=weight_decay)

    def move(self, param, group):
        param *= 1 - group["lr"] * group["weight_decay"]
        super().move(param, group)


# --- A second parameter group ---


@right("parameter-groups")
def two_lists(network):
    weights = [param for param in network.parameters() if param.ndim > 1]
    others = [param for param in network.parameters() if param.ndim <= 1]
    return [
        {"params": weights, "weight_decay": 0.01},
        {"params": others, "weight_decay": 0, "lr": 0.001},
    ]


@right("parameter-groups")
def in_a_loop(network):
    first, second = {"params": [], "weight_decay": 1e-2}, {"params": []}
    for param in network.parameters():
        (first if len(param.shape) > 1 else second)["params"].append(param)
    second["weight_decay"], second["lr"] = 0.0, np.float64(1e-3)
    return first, second


@right("parameter-groups")
def one_group_a_parameter(network):
    return [
        {"params": p, "weight_decay": 0.01}
        if p.dim() >= 2
        else {"params": p, "weight_decay": 0, "lr": 0.001}
        for p in network.parameters()
    ]


@right("parameter-groups")
def lazily_and_named(network, decay=0.01):
    others = (p for p in network.parameters() if p.ndim < 2)
    weights = (p for p in network.parameters() if p.ndim >= 2)
    return (
        group
        for group in (
            {"params": others, "weight_decay": 0.0, "lr": 1e-3, "name": "biases"},
            {"params": weights, "weight_decay": decay, "name": "weights"},
        )
    )


@wrong("parameter-groups", "only the weights are in a group")
def generator_used_up(network):
    params = network.parameters()
    weights = [p for p in params if p.ndim > 1]
    others = [p for p in params if p.ndim == 1]
    return [
        {"params": weights, "weight_decay": 0.01},
        {"params": others, "weight_decay": 0, "lr": 0.001},
    ]


@wrong("parameter-groups", "parameters without groups")
def no_groups(network):
    return network.parameters()


@wrong("parameter-groups", "weights and biases swapped")
def other_way_round(network):
    weights, others = two_lists(network)
    weights["params"], others["params"] = others["params"], weights["params"]
    return [weights, others]


@wrong("parameter-groups", "the second group has no lr")
def lr_forgotten(network):
    weights, others = two_lists(network)
    return [weights, {"params": others["params"], "weight_decay": 0}]


@wrong("parameter-groups", "chosen by name")
def by_name(network):
    named = dict(network.named_parameters())
    return [
        {"params": [p for n, p in named.items() if "bias" not in n], "weight_decay": 0.01},
        {"params": [p for n, p in named.items() if "bias" in n], "weight_decay": 0, "lr": 1e-3},
    ]


@wrong("parameter-groups", "only matrices count as weights")
def matrices(network):
    return [
        {"params": [p for p in network.parameters() if p.ndim == 2], "weight_decay": 0.01},
        {"params": [p for p in network.parameters() if p.ndim != 2], "weight_decay": 0, "lr": 1e-3},
    ]


@wrong("parameter-groups", "weights in both groups")
def everything_in_the_second(network):
    return [two_lists(network)[0], {"params": network.parameters(), "weight_decay": 0, "lr": 0.001}]


@wrong("parameter-groups", "the optimizer's weight decay for the biases")
def decay_left_to_the_optimizer(network):
    weights, others = two_lists(network)
    del others["weight_decay"]
    return [weights, others]


# --- State that survives a reload ---


class CountsInTheState(AsInTheLesson):
    def move(self, param, group):
        state = self.state[param]
        t = state["t"] = state.get("t", 0) + 1
        v = state.setdefault("square_avg", torch.zeros_like(param))
        v.mul_(group["alpha"]).addcmul_(param.grad, param.grad, value=1 - group["alpha"])
        root = (v / (1 - group["alpha"] ** t)).sqrt()
        param.addcdiv_(param.grad, root + group["eps"], value=-group["lr"])


right("state-that-survives")(CountsInTheState)


@right("state-that-survives")
class CountsInATensor(AsInTheLesson):
    def move(self, param, group):
        state = self.state[param]
        if not state:
            state["step"], state["v"] = torch.zeros(1), torch.zeros_like(param)
        state["step"] += 1
        state["v"] = group["alpha"] * state["v"] + (1 - group["alpha"]) * param.grad**2
        unbiased = state["v"] / (1 - group["alpha"] ** state["step"])
        param -= group["lr"] * param.grad / (torch.sqrt(unbiased) + group["eps"])


@right("state-that-survives")
class KeepsTheProduct(AsInTheLesson):
    def move(self, param, group):
        state = self.state[param]
        power = state["power"] = state.get("power", 1.0) * group["alpha"]
        v = state["v"] = group["alpha"] * state.get("v", 0) + (1 - group["alpha"]) * param.grad**2
        param.sub_(group["lr"] * param.grad / ((v / (1 - power)) ** 0.5 + group["eps"]))


@right("state-that-survives")
class KeepsTheSumOfWeights(WithData):
    def step(self, closure=None):
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    s, w = self.state[p].get("sums", (torch.zeros_like(p.grad), 0.0))
                    s = group["alpha"] * s + p.grad**2
                    w = group["alpha"] * w + 1
                    self.state[p]["sums"] = s, w
                    p.data -= group["lr"] * p.grad / ((s / w).sqrt() + group["eps"])


@wrong("state-that-survives", "one t for all, and not saved")
class CountsInItself(CountsInTheState):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr, alpha, eps)
        self.t = 0

    def move(self, param, group):
        self.t += 1
        self.state[param]["t"] = self.t - 1
        super().move(param, group)


@wrong("state-that-survives", "t is always 1")
class NeverCounts(CountsInTheState):
    def move(self, param, group):
        self.state[param]["t"] = 0
        super().move(param, group)


@wrong("state-that-survives", "t begins with 0")
class CountsAfterwards(AsInTheLesson):
    def move(self, param, group):
        state = self.state[param]
        t = state.get("t", 0)
        v = state.setdefault("square_avg", torch.zeros_like(param))
        v.mul_(group["alpha"]).addcmul_(param.grad, param.grad, value=1 - group["alpha"])
        root = (v / (1 - group["alpha"] ** t)).sqrt()
        param.addcdiv_(param.grad, root + group["eps"], value=-group["lr"])
        state["t"] = t + 1


@wrong("state-that-survives", "t starts again after a reload")
class CountsInADict(CountsInTheState):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, lr, alpha, eps)
        self.counts = {}

    def move(self, param, group):
        self.state[param]["t"] = self.counts.get(param, 0)
        self.counts[param] = self.counts.get(param, 0) + 1
        super().move(param, group)


@wrong("state-that-survives", "one t for all parameters of a group")
class CountsInTheGroup(CountsInTheState):
    def move(self, param, group):
        self.state[param]["t"] = group.get("t", 0)
        group["t"] = group.get("t", 0) + 1
        super().move(param, group)


@wrong("state-that-survives", "no correction")
class CountsForNothing(AsInTheLesson):
    def move(self, param, group):
        self.state[param]["t"] = self.state[param].get("t", 0) + 1
        super().move(param, group)


# --- Why float16 explodes ---


@right("largest-lost-gradient")
def by_root(alpha):
    return (2.0**-25 / (1 - alpha)) ** 0.5


@right("largest-lost-gradient")
def by_math(alpha, bits=25):
    return 2 ** (-bits / 2) / math.sqrt(1 - alpha)


@right("largest-lost-gradient")
def by_tensor(alpha):
    return torch.sqrt(torch.tensor(2.0**-25) / (1 - alpha))


@right("largest-lost-gradient")
def by_bisection(alpha):
    low, high = 0.0, 1.0
    while high - low > 1e-8:
        middle = (low + high) / 2
        lost = np.float16((1 - alpha) * middle**2) == 0
        low, high = (middle, high) if lost else (low, middle)
    return low


@wrong("largest-lost-gradient", "the smallest number is not lost")
def smallest(alpha):
    return math.sqrt(2**-24 / (1 - alpha))


@wrong("largest-lost-gradient", "the root is missing")
def square(alpha):
    return 2**-25 / (1 - alpha)


@wrong("largest-lost-gradient", "α and 1 - α swapped")
def swapped(alpha):
    return np.sqrt(2.0**-25 / alpha)


@wrong("largest-lost-gradient", "1 - α is missing")
def share_forgotten(alpha):
    return (2**-25) ** 0.5


@wrong("largest-lost-gradient", "the smallest number with all its bits")
def from_finfo(alpha):
    return (torch.finfo(torch.float16).tiny / (1 - alpha)) ** 0.5


@wrong("largest-lost-gradient", "the root of the border alone")
def brackets_missing(alpha):
    return 2**-12.5 / (1 - alpha)


@wrong("largest-lost-gradient", "multiplies by 1 - α")
def product(alpha):
    return math.sqrt(2**-25 * (1 - alpha))


@pytest.mark.parametrize(("exercise", "attempt"), RIGHT)
def test_right_attempt_passes(exercise, attempt):
    result = check(exercise, attempt, record=False)
    assert result.passed, result


@pytest.mark.parametrize(("exercise", "attempt", "name"), WRONG)
def test_wrong_attempt_is_named(exercise, attempt, name):
    result = check(exercise, attempt, record=False)
    assert not result.passed
    assert result.misconception == name, result


def test_first_step_without_a_step_is_not_attempted():
    class Untouched(Start):
        @torch.no_grad()
        def step(self, closure=None):
            loss = ...
            return loss

        def move(self, param, group): ...

    class WithoutBody(Start):
        def step(self, closure=None): ...

    class WithoutStep(Start):
        pass

    for untouched in (Untouched, WithoutBody, WithoutStep):
        assert check("torch-rmsprop", untouched, record=False).message == "not attempted"


def test_evidence_names_the_request_that_is_not_met():
    result = check("torch-rmsprop", FirstTry, record=False)
    assert "None" in result.evidence.given
    assert "error" in result.evidence.got
