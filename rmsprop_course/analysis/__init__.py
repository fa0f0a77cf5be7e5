"""What can be predicted of RMSProp: where it ends, how fast, and what its average settles at."""

from rmsprop_course.analysis._drift import (
    critical_decay,
    periodic_drift,
    projected_run,
    reddi_grads,
)
from rmsprop_course.analysis._max_cut import (
    MaxCutSDP,
    cut_weight,
    cycle_graph,
    graph_laplacian,
    max_cut,
    max_cut_sdp,
    random_graph,
    round_gram,
)
from rmsprop_course.analysis._oscillation import Oscillation, oscillate
from rmsprop_course.analysis._powers import (
    critical_power,
    power_cycle_contraction,
    power_rate,
    power_run,
)
from rmsprop_course.analysis._rates import (
    BestSettings,
    best_adam_settings,
    best_rmsprop_settings,
    convergence_rate,
    rmsprop_rate,
)
from rmsprop_course.analysis._scaling import (
    SCALING_RULES,
    RMSPropSettings,
    scale_settings,
    scaled_by,
    scaling_ratios,
    stationary_variance,
)
from rmsprop_course.analysis._two_cycle import TwoCycle, critical_curvature
from rmsprop_course.analysis._wilson import (
    WilsonProblem,
    fit_least_squares,
    wilson_problem,
)

__all__ = [
    "SCALING_RULES",
    "BestSettings",
    "MaxCutSDP",
    "Oscillation",
    "RMSPropSettings",
    "TwoCycle",
    "WilsonProblem",
    "best_adam_settings",
    "best_rmsprop_settings",
    "convergence_rate",
    "critical_curvature",
    "critical_decay",
    "critical_power",
    "cut_weight",
    "cycle_graph",
    "fit_least_squares",
    "graph_laplacian",
    "max_cut",
    "max_cut_sdp",
    "oscillate",
    "periodic_drift",
    "power_cycle_contraction",
    "power_rate",
    "power_run",
    "projected_run",
    "random_graph",
    "reddi_grads",
    "rmsprop_rate",
    "round_gram",
    "scale_settings",
    "scaled_by",
    "scaling_ratios",
    "stationary_variance",
    "wilson_problem",
]
