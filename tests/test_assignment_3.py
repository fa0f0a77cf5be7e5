"""Assignment 3: its tests accept every right optimizer and reject each mistake by its own test."""

import math

import pytest

torch = pytest.importorskip("torch")

from assignment_runs import failures  # noqa: E402

import rmsprop_course.torch_optim  # noqa: E402
from rmsprop_course.checks.lesson_06_optimizers import Complete  # noqa: E402
from rmsprop_course.checks.lesson_06_wrong_duties import (  # noqa: E402
    wrong_closures,
    wrong_gradients,
    wrong_state,
)
from rmsprop_course.checks.lesson_06_wrong_extras import wrong_extras  # noqa: E402
from rmsprop_course.checks.lesson_06_wrong_steps import wrong_steps  # noqa: E402

ID = "3_torch_optimizer"
SEEDS = (1, 2)
RULES = {
    **dict.fromkeys(
        ("lr", "eps", "weight_decay"), ("finite and at least 0", lambda x: 0 <= x < math.inf)
    ),
    **dict.fromkeys(("alpha", "momentum"), ("in [0, 1)", lambda x: 0 <= x < 1)),
    "max_step": ("greater than 0", lambda x: x > 0),
}


def refuse(settings, rules=RULES, message="{name} must be {rule}, got {value}", kind=ValueError):
    """Raise as task 2 asks, or in another way."""
    for name, value in settings.items():
        rule, obeyed = rules.get(name, ("", lambda x: True))
        if not obeyed(value):
            raise kind(message.format(name=name, rule=rule, value=value))


class Right(Complete):
    """The catalogue's right optimizer with the limit and the refusals of the assignment."""

    check = staticmethod(refuse)

    def __init__(self, params, max_step=math.inf, **settings):
        self.check({**settings, "max_step": max_step})
        super().__init__(params, **settings)
        for group in (self.defaults, *self.param_groups):
            group.setdefault("max_step", max_step)

    def push(self, param, update, group):
        buffer = self.buffer(param).mul_(group["momentum"]).add_(update)
        limit = group["max_step"]
        param.sub_((group["lr"] * buffer).clamp(-limit, limit))


class Foreach(Right):
    """All parameters of a group in a few calls."""

    def move_group(self, group):
        params = [param for param in group["params"] if param.grad is not None]
        if not params:
            return
        grads = torch._foreach_add([p.grad for p in params], params, alpha=group["weight_decay"])
        averages, buffers = map(list, (map(self.average, params), map(self.buffer, params)))
        torch._foreach_mul_(averages, group["alpha"])
        torch._foreach_addcmul_(averages, grads, grads, 1 - group["alpha"])
        roots = torch._foreach_sqrt(averages)
        torch._foreach_add_(roots, group["eps"])
        torch._foreach_mul_(buffers, group["momentum"])
        torch._foreach_addcdiv_(buffers, grads, roots)
        steps = torch._foreach_mul(buffers, group["lr"])
        torch._foreach_clamp_min_(steps, -group["max_step"])
        torch._foreach_clamp_max_(steps, group["max_step"])
        torch._foreach_sub_(params, steps)


class StateFromTheStart(Right):
    """State for every parameter in the constructor, under other names, in a tuple."""

    def __init__(self, params, **settings):
        super().__init__(params, **settings)
        for group in self.param_groups:
            for param in group["params"]:
                self.state[param]["v and b"] = (torch.zeros_like(param), torch.zeros_like(param))

    def average(self, param):
        return self.state[param]["v and b"][0]

    def buffer(self, param):
        return self.state[param]["v and b"][1]


class NotInPlace(Right):
    """New tensors for the state, and `copy_` for the parameter."""

    def move(self, param, grad, group):
        state, g = self.state[param], grad + group["weight_decay"] * param.data
        v = group["alpha"] * state.get("v", 0) + (1 - group["alpha"]) * g**2
        b = group["momentum"] * state.get("b", 0) + g / (v**0.5 + group["eps"])
        state["v"], state["b"] = v, b
        step = torch.clip(group["lr"] * b, -group["max_step"], group["max_step"])
        param.copy_(param - step)


class ByData(Right):
    """Writes through `.data` and records nothing, without `no_grad`."""

    def step(self, closure=None):
        loss = closure() if closure else None
        for group in self.param_groups:
            for param in (p for p in group["params"] if p.grad is not None):
                data = param.data
                self.push(
                    data, self.decayed(data, param.grad, group) / self.over(param, group), group
                )
        return loss

    def over(self, param, group):
        grad = self.decayed(param.data, param.grad, group)
        self.kept = param
        return self.root(param.data, grad, group)

    def average(self, data):
        return self.state[self.kept].setdefault("v", torch.zeros_like(data))

    def buffer(self, data):
        return self.state[self.kept].setdefault("b", torch.zeros_like(data))


class CoordinateByCoordinate(Right):
    """A loop over numbers."""

    def move(self, param, grad, group):
        v, b = self.average(param).view(-1), self.buffer(param).view(-1)
        flat, grads = param.data.view(-1), grad.reshape(-1)
        for i in range(len(flat)):
            g = grads[i] + group["weight_decay"] * flat[i]
            v[i] = group["alpha"] * v[i] + (1 - group["alpha"]) * g * g
            b[i] = group["momentum"] * b[i] + g / (v[i].sqrt() + group["eps"])
            flat[i] -= max(-group["max_step"], min(group["max_step"], (group["lr"] * b[i]).item()))


class Lerped(Right):
    """Interpolates the average, and limits by sign and size."""

    def move(self, param, grad, group):
        grad = grad.add(param, alpha=group["weight_decay"])
        average = self.average(param).lerp_(grad.square(), 1 - group["alpha"])
        update = grad / (average**0.5 + group["eps"])
        if group["momentum"]:  # else there is no buffer
            update = self.buffer(param).mul_(group["momentum"]).add_(update)
        step = group["lr"] * update
        param.data -= step.sign() * torch.minimum(step.abs(), torch.tensor(group["max_step"]))


class ListsForState(Right):
    """State in lists of Python's numbers, and a count that nobody needs."""

    def move(self, param, grad, group):
        state = self.state[param]
        state["step"] = state.get("step", torch.tensor(0)) + 1
        v, b = (state.get(name, [0.0] * param.numel()) for name in "vb")
        grads = (grad + group["weight_decay"] * param).flatten().tolist()
        v = [
            group["alpha"] * v + (1 - group["alpha"]) * g * g for v, g in zip(v, grads, strict=True)
        ]
        ratios = [g / (math.sqrt(v) + group["eps"]) for g, v in zip(grads, v, strict=True)]
        state["v"], state["b"] = (
            v,
            [group["momentum"] * b + r for b, r in zip(b, ratios, strict=True)],
        )
        step = group["lr"] * torch.tensor(state["b"], dtype=param.dtype).view(param.shape)
        param -= step.clip(-group["max_step"], group["max_step"])


UPDATE, DECAY, LIMIT = "test-update", "test-decay-and-momentum", "test-step-limit"
GROUPS, LOOP, STATE, SETTINGS = "test-groups", "test-training-loop", "test-state", "test-settings"
OF_THE_CLASS = (UPDATE, DECAY, LIMIT, GROUPS, LOOP, STATE, SETTINGS)


def failing(kind, tests=OF_THE_CLASS, **given):
    """What fails of the tests of the class; the helpers of all stand in the first."""
    answers = {"rmsprop-class": {"RMSProp": kind}}
    return failures(ID, answers, tests={UPDATE, *tests}, **given)


@pytest.mark.parametrize("seed", (None, *SEEDS))
@pytest.mark.parametrize(
    "kind",
    (
        None,
        Right,
        Foreach,
        StateFromTheStart,
        NotInPlace,
        ByData,
        CoordinateByCoordinate,
        Lerped,
        ListsForState,
    ),
    ids=lambda kind: kind.__name__ if kind else "model solution",
)
def test_right_optimizers_get_all_points(kind, seed):
    if kind:
        assert failing(kind, seed=seed) == {}
    else:
        assert failures(ID, seed=seed) == {}


ELSEWHERE = {  # mistakes of `wrong_steps` and others that the test of their kind does not see
    "the settings of the constructor": GROUPS,
    "the first group's settings for all": GROUPS,
    "only the first group moves": GROUPS,
    "only the first parameter of a group moves": GROUPS,
    "the parameter no longer requires grad": LOOP,
    "a graph grows in the state": LOOP,
    "a missing gradient is taken for 0": GROUPS,
    "a missing gradient stops it": GROUPS,
    "all parameters after a missing gradient are left out": GROUPS,
    "all parameters share one average": GROUPS,
}
CATALOGUES = {
    wrong_steps: UPDATE,
    wrong_gradients: LOOP,
    wrong_closures: LOOP,
    wrong_state: STATE,
    wrong_extras: DECAY,
}


def of_the_assignment(attempt):
    """A wrong class of the catalogue, on top of the assignment's right one."""
    methods = {name: method for name, method in vars(attempt).items() if name[:2] != "__"}
    return type("RMSProp", (Right,), methods)


def catalogue():
    """Every wrong class that has a name in the lesson, and the test that must fail."""
    for mistakes, test in CATALOGUES.items():
        for mistake in mistakes():
            where = ELSEWHERE.get(mistake.name, test)
            yield pytest.param(of_the_assignment(mistake.attempt), where, id=mistake.name)


def pushing(push):
    """A class with another last line, from the buffer and the group."""

    def method(self, param, update, group):
        push(param, self.buffer(param).mul_(group["momentum"]).add_(update), group)

    return type("RMSProp", (Right,), {"push": method})


def limited(step, limit):
    """A step, limited coordinate by coordinate."""
    return step.clamp(-limit, limit)


def clipping_gradients(self, param, grad, group):
    Complete.move(self, param, limited(grad, group["max_step"]), group)


def centered(self, param, grad, group):
    mean = self.state[param].setdefault("mean", torch.zeros_like(param))
    mean.lerp_(grad, 1 - group["alpha"])
    v = self.average(param).mul_(group["alpha"]).addcmul_(grad, grad, value=1 - group["alpha"])
    param.sub_(group["lr"] * grad / ((v - mean**2).sqrt() + group["eps"]))


FURTHER = {
    "no limit": (pushing(lambda p, b, g: p.sub_(g["lr"] * b)), LIMIT),
    "the limit before lr": (
        pushing(lambda p, b, g: p.sub_(g["lr"] * limited(b, g["max_step"]))),
        LIMIT,
    ),
    "the limit on one side": (
        pushing(lambda p, b, g: p.sub_((g["lr"] * b).clamp(max=g["max_step"]))),
        LIMIT,
    ),
    "the limit on the buffer": (
        pushing(lambda p, b, g: p.sub_(b.mul_(g["lr"]).clamp_(-g["max_step"], g["max_step"]))),
        LIMIT,
    ),
    "the buffer keeps what was limited": (
        pushing(
            lambda p, b, g: p.sub_(
                g["lr"] * b.copy_(limited(b, g["max_step"] / max(g["lr"], 1e-9)))
            )
        ),
        LIMIT,
    ),
    "the limit on the length of the step": (
        pushing(
            lambda p, b, g: p.sub_(
                g["lr"] * b * min(1.0, g["max_step"] / max((g["lr"] * b).norm().item(), 1e-30))
            )
        ),
        LIMIT,
    ),
    "the limit on the parameter": (
        pushing(lambda p, b, g: p.sub_(g["lr"] * b).clamp_(-g["max_step"], g["max_step"])),
        LIMIT,
    ),
    "the limit of the constructor": (
        type(
            "RMSProp",
            (Right,),
            {
                "move_group": lambda self, group: Right.move_group(
                    self, {**group, "max_step": self.defaults["max_step"]}
                )
            },
        ),
        GROUPS,
    ),
    "the gradient is limited": (
        type("RMSProp", (Right,), {"move": clipping_gradients, "push": Complete.push}),
        LIMIT,
    ),
    "centered": (type("RMSProp", (Right,), {"move": centered}), UPDATE),
    "PyTorch's own": (torch.optim.RMSprop, UPDATE),
    "a subclass of PyTorch's": (type("RMSProp", (torch.optim.RMSprop,), {}), UPDATE),
    "a subclass of the course's": (
        type("RMSProp", (rmsprop_course.torch_optim.RMSprop,), {}),
        UPDATE,
    ),
}


class UnderAnAddress(Right):
    """Keeps all its state under `id(param)`."""

    def average(self, param):
        return self.state[id(param)].setdefault("v", torch.zeros_like(param))

    def buffer(self, param):
        return self.state[id(param)].setdefault("b", torch.zeros_like(param))


class Delegating(Right):
    """Lets PyTorch's class do the work."""

    def __init__(self, params, **settings):
        super().__init__(params, **settings)
        known = {name: settings[name] for name in ("lr", "alpha", "eps") if name in settings}
        self.inner = torch.optim.RMSprop(self.param_groups[0]["params"], **known)

    def step(self, closure=None):
        return self.inner.step(closure)


FURTHER |= {"PyTorch's does the work": (Delegating, UPDATE), "state by id": (UnderAnAddress, STATE)}


def moving(when, otherwise=lambda self, param, group: None):
    """A class that moves a parameter if a condition holds, or else does something different."""

    def move_group(self, group):
        for param in group["params"]:
            if when(param, group):
                self.move(param, param.grad, group)
            else:
                otherwise(self, param, group)

    return type("RMSProp", (Right,), {"move_group": move_group})


def average_fades(self, param, group):
    self.average(param).mul_(group["alpha"])


def buffer_moves(self, param, group):
    self.push(param, torch.zeros_like(param), group)


def keeping(name):
    """A class that keeps a setting as a parameter's first step found it."""

    def move(self, param, grad, group):
        kept = self.state[param].setdefault(name, group[name])
        Right.move(self, param, grad, {**group, name: kept})

    return type("RMSProp", (Right,), {"move": move})


class UsesUpGenerators(Right):
    """Counts the parameters before PyTorch sees them."""

    def __init__(self, params, **settings):
        self.count = sum(1 for _ in params)
        super().__init__(params, **settings)


class OtherDefault(Right):
    """Another learning rate, if none is given."""

    def __init__(self, params, lr=0.001, **settings):
        super().__init__(params, lr=lr, **settings)


FURTHER |= {
    "a gradient of 0 is left out": (
        moving(lambda p, group: p.grad is not None and p.grad.any()),
        UPDATE,
    ),
    "a gradient of 0 is left out, if it does not decay": (
        moving(lambda p, g: p.grad is not None and (p.grad + g["weight_decay"] * p).any()),
        DECAY,
    ),
    "single numbers are left out": (
        moving(lambda p, group: p.grad is not None and p.dim()),
        GROUPS,
    ),
    "the average fades without a gradient": (
        moving(lambda p, group: p.grad is not None, average_fades),
        GROUPS,
    ),
    "the momentum goes on without a gradient": (
        moving(lambda p, group: p.grad is not None, buffer_moves),
        GROUPS,
    ),
    "alpha of the first step": (keeping("alpha"), GROUPS),
    "momentum of the first step": (keeping("momentum"), GROUPS),
    "max_step of the first step": (keeping("max_step"), GROUPS),
    "a generator is used up": (UsesUpGenerators, LOOP),
    "another default": (OtherDefault, DECAY),
}


def checking(check):
    return type("RMSProp", (Right,), {"check": staticmethod(check)})


def rules(**others):
    return lambda settings: refuse(settings, RULES | others)


def messages(message, kind=ValueError):
    return lambda settings: refuse(settings, message=message, kind=kind)


def hiding(part):
    """A constructor whose message about anything but alpha lacks a part."""

    def check(settings):
        rest = {name: value for name, value in settings.items() if name != "alpha"}
        refuse({name: value for name, value in settings.items() if name == "alpha"})
        refuse(rest, message="{name} must be {rule}, got {value}".replace(part, "this"))

    return check


REFUSALS = {
    "nothing is refused": lambda settings: None,
    "nan is accepted": lambda settings: refuse({k: v for k, v in settings.items() if v == v}),
    "infinity is accepted": rules(lr=("finite and at least 0", lambda x: x >= 0)),
    "alpha = 1 is accepted": rules(alpha=("in [0, 1)", lambda x: 0 <= x <= 1)),
    "momentum = 1 is accepted": rules(momentum=("in [0, 1)", lambda x: 0 <= x <= 1)),
    "max_step = 0 is accepted": rules(max_step=("greater than 0", lambda x: x >= 0)),
    "an infinite max_step is refused": rules(max_step=("greater than 0", lambda x: 0 < x < 9e9)),
    "lr = 0 is refused": rules(lr=("finite and at least 0", lambda x: 0 < x < math.inf)),
    "eps = 0 is refused": rules(eps=("finite and at least 0", lambda x: 0 < x < math.inf)),
    "a large lr is refused": rules(lr=("finite and at least 0", lambda x: 0 <= x <= 1)),
    "weight_decay is not checked": rules(weight_decay=("", lambda x: True)),
    "no value in the message": messages("{name} must be {rule}"),
    "no name in the message": messages("it must be {rule}, got {value}"),
    "no rule in the message": messages("{name} is wrong, got {value}"),
    "the name of alpha alone": hiding("{name}"),
    "the rule of alpha alone": hiding("{rule}"),
    "the value of alpha alone": hiding("{value}"),
    "an assertion": messages("{name} must be {rule}, got {value}", AssertionError),
    "a TypeError": messages("{name} must be {rule}, got {value}", TypeError),
}
FURTHER |= {name: (checking(check), SETTINGS) for name, check in REFUSALS.items()}


@pytest.mark.parametrize(
    ("kind", "test"),
    (*catalogue(), *(pytest.param(*wrong, id=name) for name, wrong in FURTHER.items())),
)
def test_a_wrong_optimizer_fails_in_the_test_of_its_mistake(kind, test):
    for seed in SEEDS:
        assert test in failing(kind, {test}, seed=seed)


@pytest.mark.parametrize(
    ("name", "words"),
    {
        "ε inside the root": "is ε added to the root",
        "one norm for all coordinates": "each coordinate has an average of its own",
        "the parameter stays where it is": "change the parameter itself, in place",
        "a graph grows in the state": "drags a graph along",
        "the average is not in the checkpoint": "what is not saved?",
        "the closure comes after the update": "first call the closure, then move",
        "lr inside the momentum buffer": "lr stands outside",
        "weight decay is written into the gradient": "written into param.grad",
        "the limit on the buffer": "only the step is limited",
        "PyTorch's does the work": "write yours",
    }.items(),
)
def test_the_message_names_a_common_mistake(name, words):
    kind, test = ({case.id: case.values for case in catalogue()} | FURTHER)[name]
    assert words in failing(kind, {test})[test]


@pytest.mark.parametrize(
    "name",
    (
        "ε inside the root",
        "one norm for all coordinates",
        "a missing gradient is taken for 0",
        "a graph grows in the state",
        "nan is accepted",
        "the limit on the buffer",
    ),
)
def test_what_learners_see_lets_a_mistake_pass(name):
    wrongs = {case.id: case.values for case in catalogue()} | FURTHER
    kind, test = wrongs[name]
    assert test in failing(kind, {test})
    assert test not in failing(kind, {test}, hidden=False)
