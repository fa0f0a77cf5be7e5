"""Exercises of lesson 06, RMSProp in torch: the step, its groups, its state, and float16.

Each exercise has a module with its mistakes; `_optimizers` holds the right classes, `_probes` what
the two exercises on an optimizer's class are tried with, and `_training_loop` what that stands on.
"""

from rmsprop_course._extras import extra
from rmsprop_course.checks._exercise import Material
from rmsprop_course.checks._probes import call
from rmsprop_course.checks.lesson_06_groups import groups_of, network_probes, wrong_groups
from rmsprop_course.checks.lesson_06_lost_gradient import largest_lost_gradient, wrong_borders
from rmsprop_course.checks.lesson_06_optimizers import Corrected
from rmsprop_course.checks.lesson_06_probes import (
    closure,
    hook,
    momentum,
    one_after_the_other,
    path,
    reload,
    schedule,
    two_groups,
    vector,
    weight_decay,
    whole_parameters,
)
from rmsprop_course.checks.lesson_06_wrong_counts import wrong_counts
from rmsprop_course.checks.lesson_06_wrong_duties import (
    wrong_closures,
    wrong_gradients,
    wrong_methods,
    wrong_state,
)
from rmsprop_course.checks.lesson_06_wrong_extras import wrong_extras
from rmsprop_course.checks.lesson_06_wrong_steps import wrong_steps

with extra("torch"):
    import torch

_PATHS = (
    path(1.0, -2.0, 3.0),
    path(2.0, -0.5, 0.0, 3.0, eps=0.01),
    path(2.0, -0.5, 0.0, 3.0, eps=0.01, alpha=0.5, varies="alpha"),
    path(2.0, -0.5, 0.0, 3.0, eps=1.0, alpha=0.5, varies="eps"),
    path(2.0, -0.5, 0.0, 3.0, eps=1.0, alpha=0.5, lr=0.3, varies="lr"),
    path(0.0, 0.0, start=5.0),
    vector((1.0, 100.0), (-4.0, 0.5), eps=0.5),
)
_SEVERAL = (path((1.0, 4.0), (-2.0, 3.0)), path((1.0, 4.0), (None, -2.0), (-2.0, 3.0)))
_SETTINGS = (schedule(), two_groups())
_RELOADS = (reload(fresh=False), reload(fresh=True))
_EXTRAS = (hook(), weight_decay(), momentum())

MATERIAL = {
    "torch-rmsprop": Material(
        reference=torch.optim.RMSprop,
        probes=(
            *_PATHS,
            whole_parameters(),
            one_after_the_other(
                (*_SEVERAL, *_SETTINGS, closure(), *_RELOADS, *_EXTRAS),
                after=_PATHS,
                like=torch.optim.RMSprop,
            ),
        ),
        misconceptions=(
            *wrong_steps(),
            *wrong_gradients(),
            *wrong_closures(),
            *wrong_state(),
            *wrong_methods(),
            *wrong_extras(),
        ),
        seconds=10.0,
    ),
    "parameter-groups": Material(
        reference=groups_of,
        probes=network_probes(),
        misconceptions=wrong_groups(),
        seconds=10.0,
    ),
    "state-that-survives": Material(
        reference=Corrected,
        probes=(*_PATHS, *_SEVERAL, *_SETTINGS, *_RELOADS),
        misconceptions=wrong_counts(),
        seconds=10.0,
    ),
    "largest-lost-gradient": Material(
        reference=largest_lost_gradient,
        probes=(call(0.9), call(0.99, varies="alpha"), call(0.5), call(0.2)),
        misconceptions=wrong_borders(),
        rtol=1e-3,  # who searches among the float16 finds one just below the border
    ),
}
