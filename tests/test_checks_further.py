"""Twenty wrong attempts, written without a look at the catalogue: all fail, half are named.

Where a mistake has no name, the evidence must show it: the smallest input, expected and got.
"""

import math

import numpy as np
import pytest

from rmsprop_course.checks import check

torch = pytest.importorskip("torch")

WRONG = []


def wrong(exercise, name=None):
    """Mark an attempt, with the name of its mistake if the catalogue has one."""

    def mark(attempt):
        WRONG.append(pytest.param(exercise, attempt, name, id=attempt.__name__))
        return attempt

    return mark


@wrong("mean-square", "the largest square")
def largest_square(values):
    return max(values**2)


@wrong("stability-limit", "the flattest weight decides")
def limit_of_the_flattest(curvatures):
    return 2 / min(curvatures)


@wrong("rprop-step")
def rprop_that_compares_sizes(params, grad, step_size, previous_grad):
    step_size = np.where(grad > previous_grad, 1.2 * step_size, 0.5 * step_size)
    return params - step_size * np.sign(grad), step_size, grad


@wrong("moving-average")
def average_rounded(values, decay):
    average, averages = 0.0, []
    for value in values:
        average = round(decay * average + (1 - decay) * value, 1)
        averages.append(average)
    return averages


@wrong("moving-average")
def average_backwards(values, decay):
    average, averages = 0.0, []
    for value in values[::-1]:
        average = decay * average + (1 - decay) * value
        averages.append(average)
    return averages


@wrong("moving-average", "a result of whole numbers")
def average_in_integers(values, decay):
    averages = np.zeros_like(values, dtype=int)
    average = 0
    for index, value in enumerate(values):
        average = decay * average + (1 - decay) * value
        averages[index] = average
    return averages


@wrong("decay-from-half-life", "to 1/e instead of one half")
def decay_of_one_over_e(half_life):
    return math.exp(-1 / half_life)


@wrong("unbiased-average", "one divisor for all steps")
def bias_of_the_last_step(values, decay):
    average, averages = 0.0, []
    for value in values:
        average = decay * average + (1 - decay) * value
        averages.append(average)
    return np.array(averages) / (1 - decay ** len(values))


@wrong("root-mean-square", "the average of |g|")
def root_of_each_square(grad, decay):
    average, roots = np.zeros(grad.shape[1]), []
    for row in grad:
        average = decay * average + (1 - decay) * np.sqrt(row**2)
        roots.append(average)
    return np.array(roots)


@wrong("rmsprop-step")
def eps_taken_as_a_floor(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.sqrt(np.maximum(square_avg, eps)), square_avg


@wrong("rmsprop-step")
def rate_inside_the_root(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - grad / np.sqrt(square_avg / learning_rate + eps), square_avg


@wrong("rmsprop-step")
def eps_squared(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / np.sqrt(square_avg + eps**2), square_avg


@wrong("rmsprop-step")
def cube_root(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / (square_avg + eps) ** (1 / 3), square_avg


@wrong("rmsprop-step", "hard-coded decay")
def everything_hard_coded(params, grad, square_avg, **settings):
    square_avg = 0.9 * square_avg + 0.1 * grad**2
    return params - 0.1 * grad / np.sqrt(square_avg + 1e-8), square_avg


@wrong("rmsprop-step")
def sign_lost(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * np.sqrt(grad**2) / np.sqrt(square_avg + eps), square_avg


@wrong("rmsprop-step")
def average_of_the_root(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    root = np.sqrt(square_avg + eps)
    return params - learning_rate * grad / root, root


@wrong("rmsprop-step")
def averaged_over_the_parameters(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * params**2
    return params - learning_rate * grad / np.sqrt(square_avg + eps), square_avg


class Plain(torch.optim.Optimizer):
    def __init__(self, params, lr=0.01, alpha=0.99, eps=1e-8):
        super().__init__(params, {"lr": lr, "alpha": alpha, "eps": eps})

    @torch.no_grad()
    def step(self, closure=None):
        loss = None if closure is None else torch.enable_grad()(closure)()
        for group in self.param_groups:
            for param in group["params"]:
                if param.grad is not None:
                    self.update(param, group, self.state[param])
        return loss


@wrong("torch-rmsprop", "the average starts at the first square")
class StartsWithTheFirstSquare(Plain):
    def update(self, param, group, state):
        square_avg = state.setdefault("square_avg", param.grad**2)
        square_avg.mul_(group["alpha"]).addcmul_(param.grad, param.grad, value=1 - group["alpha"])
        param -= group["lr"] * param.grad / (square_avg.sqrt() + group["eps"])


@wrong("torch-rmsprop", "mean over all coordinates")
class MeanOfTheTensor(Plain):
    def update(self, param, group, state):
        square_avg = state.setdefault("square_avg", torch.zeros(()))
        square_avg.mul_(group["alpha"]).add_((1 - group["alpha"]) * (param.grad**2).mean())
        param -= group["lr"] * param.grad / (square_avg.sqrt() + group["eps"])


@wrong("torch-rmsprop")
class ClearsTheGradient(Plain):
    def update(self, param, group, state):
        square_avg = state.setdefault("square_avg", torch.zeros_like(param))
        square_avg.mul_(group["alpha"]).addcmul_(param.grad, param.grad, value=1 - group["alpha"])
        param -= group["lr"] * param.grad / (square_avg.sqrt() + group["eps"])
        param.grad.zero_()


@pytest.mark.parametrize(("exercise", "attempt", "name"), WRONG)
def test_attempt_is_rejected_with_its_name_or_with_evidence(exercise, attempt, name):
    result = check(exercise, attempt, record=False)
    assert not result.passed
    assert result.misconception == name
    assert result.evidence.given
    assert result.evidence.got != result.evidence.expected


def test_how_many_are_named(record_property):
    attempts = [param.values for param in WRONG]
    results = [check(exercise, attempt, record=False) for exercise, attempt, _ in attempts]
    rejected = sum(not result.passed for result in results)
    named = sum(result.misconception is not None for result in results)
    record_property("further attempts", f"{rejected} of {len(results)} rejected, {named} named")
    assert (rejected, named, len(results)) == (20, 9, 20)
