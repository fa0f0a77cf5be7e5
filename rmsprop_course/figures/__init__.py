"""Matplotlib figures of the lessons: one look, one color an optimizer, text for every figure.

``plot_*`` functions draw into an `ax` and return it; they compute nothing. `describe` shows the
finished figure in a notebook together with its description. `animate_paths` makes picture files
that move; the figures that move in a lesson are in `live`.
"""

# A folder, because each subject has its own figures and all of them share one look.

from rmsprop_course.figures._animation import animate_paths
from rmsprop_course.figures._averages import plot_averages, plot_weights
from rmsprop_course.figures._comparison import (
    plot_class_losses,
    plot_final_results,
    plot_scaling_rules,
)
from rmsprop_course.figures._convergence import plot_predictions, plot_projected_runs
from rmsprop_course.figures._cuts import plot_cuts
from rmsprop_course.figures._digits import plot_digits
from rmsprop_course.figures._gradients import plot_drift, plot_gradient_magnitudes
from rmsprop_course.figures._history import plot_thresholds, plot_timeline
from rmsprop_course.figures._look import describe, optimizer_style
from rmsprop_course.figures._maps import plot_hyperparameter_map
from rmsprop_course.figures._paths import plot_paths
from rmsprop_course.figures._returns import plot_returns
from rmsprop_course.figures._sharpness import plot_sharpness
from rmsprop_course.figures._speed import plot_multiples, plot_roofline
from rmsprop_course.figures._training import plot_gallery, plot_learning_rates, plot_loss_curves
from rmsprop_course.figures._updates import plot_step_lengths

__all__ = [
    "animate_paths",
    "describe",
    "optimizer_style",
    "plot_averages",
    "plot_class_losses",
    "plot_cuts",
    "plot_digits",
    "plot_drift",
    "plot_final_results",
    "plot_gallery",
    "plot_gradient_magnitudes",
    "plot_hyperparameter_map",
    "plot_learning_rates",
    "plot_loss_curves",
    "plot_multiples",
    "plot_paths",
    "plot_predictions",
    "plot_projected_runs",
    "plot_returns",
    "plot_roofline",
    "plot_scaling_rules",
    "plot_sharpness",
    "plot_step_lengths",
    "plot_thresholds",
    "plot_timeline",
    "plot_weights",
]
