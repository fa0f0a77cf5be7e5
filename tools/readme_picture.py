"""Draws the looping picture of README.md: ``python tools/readme_picture.py``."""

from pathlib import Path

import matplotlib.pyplot as plt
from matplotlib.animation import PillowWriter

from rmsprop_course import descent, figures
from rmsprop_course.numpy_optimizers import adagrad, adam, gradient_descent, momentum, rmsprop
from rmsprop_course.objectives import long_valley

PICTURE = Path(__file__).parents[1] / "book" / "assets" / "race.gif"
# Optimizer and learning rate, the same as in the race of lesson 05.
RACERS = {
    "Gradient descent": (gradient_descent, 0.18),
    "Momentum": (momentum, 0.18),
    "Adagrad": (adagrad, 0.1),
    "RMSProp": (rmsprop, 0.1),
    "Adam": (adam, 0.1),
}


def main() -> None:
    """Race five optimizers down the long valley and save the picture."""
    valley = long_valley()
    paths = {
        name: descent.run(
            valley, optimizer, start=valley.start, n_steps=100, learning_rate=rate
        ).params
        for name, (optimizer, rate) in RACERS.items()
    }
    _, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
    title = "In 100 steps three of five are down the valley"
    race = figures.animate_paths(valley, paths, title=title, steps_per_frame=2, ax=ax)
    race.save(PICTURE, writer=PillowWriter(fps=12))


if __name__ == "__main__":
    main()
