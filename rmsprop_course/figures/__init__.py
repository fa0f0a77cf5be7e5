"""Matplotlib figures of the lessons: one look, one color an optimizer, text for every figure.

``plot_*`` functions draw into an `ax` and return it; they compute nothing. `describe` shows the
finished figure in a notebook together with its description. `animate_paths` makes picture files
that move; the figures that move in a lesson are in `live`.
A folder, because each subject has its own figures and all of them share one look.
"""

from rmsprop_course.figures._animation import animate_paths
from rmsprop_course.figures._averages import plot_averages, plot_weights
from rmsprop_course.figures._digits import plot_digits
from rmsprop_course.figures._gradients import plot_drift, plot_gradient_magnitudes
from rmsprop_course.figures._look import describe, optimizer_style
from rmsprop_course.figures._maps import plot_hyperparameter_map
from rmsprop_course.figures._paths import plot_paths
from rmsprop_course.figures._speed import plot_multiples, plot_roofline
from rmsprop_course.figures._training import plot_gallery, plot_learning_rates, plot_loss_curves
from rmsprop_course.figures._updates import plot_step_lengths

__all__ = [
    "animate_paths",
    "describe",
    "optimizer_style",
    "plot_averages",
    "plot_digits",
    "plot_drift",
    "plot_gallery",
    "plot_gradient_magnitudes",
    "plot_hyperparameter_map",
    "plot_learning_rates",
    "plot_loss_curves",
    "plot_multiples",
    "plot_paths",
    "plot_roofline",
    "plot_step_lengths",
    "plot_weights",
]
