"""The NumPy RMSProp under the convention "pytorch" against ``torch.optim.RMSprop`` itself."""

import inspect

import numpy as np
import pytest

from rmsprop_course.conventions import convention, numpy_settings
from rmsprop_course.numpy_optimizers import rmsprop

torch = pytest.importorskip(
    "torch", reason="compares with torch.optim.RMSprop, which comes with the extra 'torch'"
)

N_STEPS = 200


def run_torch(start, grads, learning_rates, **settings):
    params = torch.nn.Parameter(torch.from_numpy(start.copy()))
    optimizer = torch.optim.RMSprop([params], **settings)
    path = []
    for grad, rate in zip(grads, learning_rates, strict=True):
        optimizer.param_groups[0]["lr"] = rate
        params.grad = torch.from_numpy(grad.copy())
        optimizer.step()
        path.append(params.detach().numpy().copy())
    return np.array(path)


def run_numpy(start, grads, learning_rates, **overrides):
    settings, params, path = numpy_settings("pytorch", **overrides), start, []
    state = rmsprop.init(params, **settings.init)
    for grad, rate in zip(grads, learning_rates, strict=True):
        params, state = rmsprop.step(
            params, grad, state, **{**settings.step, "learning_rate": rate}
        )
        path.append(params)
    return np.array(path)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("schedule", ["constant", "falling"])
def test_200_float64_steps_agree(momentum, centered, weight_decay, schedule):
    rng = np.random.default_rng(0)
    start = rng.standard_normal((3, 5))
    # random gradients of many sizes: constant ones turn torch's centered form into NaN
    grads = rng.standard_normal((N_STEPS, 3, 5)) * 10.0 ** np.arange(-3, 2)
    rates = 0.01 / np.sqrt(np.arange(1, N_STEPS + 1)) if schedule == "falling" else [0.01] * N_STEPS
    settings = {"momentum": momentum, "centered": centered, "weight_decay": weight_decay}
    ours = run_numpy(start, grads, rates, **settings)
    theirs = run_torch(start, grads, rates, **settings)
    assert ours.dtype == theirs.dtype == np.float64
    np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)


def test_convention_holds_the_defaults_of_torch():
    defaults = inspect.signature(torch.optim.RMSprop).parameters
    entry = convention("pytorch")
    for ours, theirs in (
        ("learning_rate", "lr"),
        ("decay", "alpha"),
        ("eps", "eps"),
        ("momentum", "momentum"),
        ("centered", "centered"),
    ):
        assert getattr(entry, ours) == defaults[theirs].default
