"""Draws the picture of README.md: ``python tools/readme_picture.py``."""

from pathlib import Path

import matplotlib.pyplot as plt

from rmsprop_course import descent, figures
from rmsprop_course.numpy_optimizers import gradient_descent, rmsprop
from rmsprop_course.objectives import long_valley

PICTURE = Path(__file__).parents[1] / "book" / "assets" / "valley.png"


def main() -> None:
    """Race gradient descent and RMSProp down the long valley and save the picture."""
    valley = long_valley()
    race = {
        "Gradient descent": (gradient_descent, {"learning_rate": 0.19}),
        "RMSProp": (rmsprop, {"learning_rate": 0.1}),
    }
    paths = {
        name: descent.run(valley, optimizer, start=valley.start, n_steps=100, **settings).params
        for name, (optimizer, settings) in race.items()
    }
    title = "In 100 steps RMSProp is down the valley"
    figures.plot_paths(valley, paths, title=title)
    plt.savefig(PICTURE, dpi=150)


if __name__ == "__main__":
    main()
