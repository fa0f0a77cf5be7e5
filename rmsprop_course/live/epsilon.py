"""How long a step is for a gradient of a given size, with ε inside and outside the root."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from rmsprop_course._settings import FloatArray
from rmsprop_course.live import _marks, _svg
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._marks import BLACK, CURVES, brief
from rmsprop_course.live._svg import Axes, Axis, Panel
from rmsprop_course.live._traits import Choice, Number
from rmsprop_course.numpy_optimizers import rmsprop

_LOW, _HIGH = -12, 2  # powers of ten: the gradients that are drawn
_PER_DECADE = 10
_LENGTHS = Axis(1e-8, 1e4, log=True)
_STYLES = dict(zip(("inside", "outside"), CURVES, strict=False))
_BOUND = ("1/√2", {"color": BLACK, "linestyle": "--"})


class Epsilon(LiveFigure):
    """Step length of RMSProp against gradient magnitude, with ε inside and outside the root.

    Parameters
    ----------
    eps_inside : float
        ε in √(v + ε), in units of the squared gradient, 0 or more.
    eps_outside : float
        ε in √v + ε, in units of the gradient, 0 or more.
    decay : float
        γ, dimensionless, in [0, 1).
    which_step : str
        "settled", after many steps with the same gradient, when v = g², or "first", from v₀ = 0.
    grad_size : float
        ``|g|`` at which the two are compared, in units of the gradient, more than 0.

    Raises
    ------
    TypeError
        If a setting is unknown or of another type.
    ValueError
        If a setting is out of its range.

    Examples
    --------
    >>> figure = Epsilon(which_step="first", grad_size=1e-5)
    >>> lengths = figure.simulate()
    >>> float(lengths["probe_inside"].round(5)), float(lengths["probe_outside"].round(5))
    (0.09995, 3.15231)
    """

    figure_name: ClassVar[str] = "epsilon"

    eps_inside = Number(1e-8)
    eps_outside = Number(1e-8)
    decay = Number(0.9, high=1.0)
    which_step = Choice("settled", options=("settled", "first"))
    grad_size = Number(1e-5, positive=True)

    def simulate(self) -> Mapping[str, FloatArray]:
        """Return gradient magnitudes and the step lengths that they have, in units of η.

        The half-speed points are the ``|g|`` at which a step has half the length of a large
        gradient's.
        """
        sizes = 10.0 ** np.linspace(_LOW, _HIGH, (_HIGH - _LOW) * _PER_DECADE + 1)
        share = 1 - self.decay if self.which_step == "first" else 1.0  # of g² that v holds
        half_speed = {
            "half_speed_inside": np.sqrt(self.eps_inside / (3 * share)),
            "half_speed_outside": self.eps_outside / np.sqrt(share),
        }
        lengths = {name: self._lengths(sizes, name) for name in _STYLES}
        probes = {
            f"probe_{name}": self._lengths(np.asarray(self.grad_size), name) for name in _STYLES
        }
        return {"grad_sizes": sizes, **lengths, **probes, **half_speed}

    def panels(self) -> Sequence[Panel]:
        """Return the step lengths, and how many times longer they are outside than inside."""
        shown = self.simulate()
        return [self._lengths_panel(shown), self._ratio_panel(shown)]

    def _lengths(self, sizes: FloatArray, place: str) -> FloatArray:
        """Step lengths at η = 1, with ε in one of the two places."""
        average = sizes**2 if self.which_step == "settled" else 0.0
        stepped, _ = rmsprop.step(
            np.zeros_like(sizes),
            sizes,
            rmsprop.init(np.zeros_like(sizes), initial_square_avg=average),
            learning_rate=1.0,
            decay=self.decay,
            eps=self.eps_inside if place == "inside" else self.eps_outside,
            eps_inside_sqrt=place == "inside",
        )
        return np.abs(stepped)

    def _full_speed(self) -> float:
        """Step length of a large gradient, in units of η."""
        return float(1 / np.sqrt(1 - self.decay)) if self.which_step == "first" else 1.0

    def _longer(self, shown: Mapping[str, FloatArray]) -> float:
        """Return the longer of the two steps that are compared, in units of η."""
        return float(max(shown[f"probe_{name}"] for name in _STYLES))

    def _lengths_panel(self, shown: Mapping[str, FloatArray]) -> Panel:
        axes = Axes(Axis(10.0**_LOW, 10.0**_HIGH, log=True), _LENGTHS)
        half = self._full_speed() / 2
        curves, legend = [], []
        for name, style in _STYLES.items():
            border = float(shown[f"half_speed_{name}"])
            points = np.stack([shown["grad_sizes"], shown[name]], axis=-1)
            probe = [self.grad_size, shown[f"probe_{name}"]]
            curves += [
                _svg.polyline(points, axes, color=style["color"], linestyle=style["linestyle"]),
                _marks.upright_line(border, axes, top=half, color=style["color"], linestyle=":"),
                _svg.dots([[border, half]], axes, color=style["color"], marker=style["marker"]),
                _svg.dots([probe], axes, color=BLACK, marker="D"),
            ]
            legend.append((f"ε {name}: half speed at {brief(border)}", style))
        markup = _svg.picture(
            _svg.frame(
                axes,
                title=f"{'Settled' if half == 0.5 else 'First'} step",
                x_label="gradient magnitude |g|",
                y_label="step length |Δ| / η",
            ),
            _svg.inside(
                _marks.level_line(half, axes),
                _marks.upright_line(self.grad_size, axes, top=self._longer(shown)),
                *curves,
                _marks.corner_legend(legend, at_top=True),
            ),
        )
        return Panel(markup, self._lengths_in_words(shown))

    def _ratio_panel(self, shown: Mapping[str, FloatArray]) -> Panel:
        ratio = shown["outside"] / shown["inside"]
        powers = np.log10([ratio.min(), ratio.max()])
        low, high = min(-1.0, np.floor(powers[0])), max(1.0, np.ceil(powers[1]))
        axes = Axes(Axis(10.0**_LOW, 10.0**_HIGH, log=True), Axis(10.0**low, 10.0**high, log=True))
        probe = float(shown["probe_outside"] / shown["probe_inside"])
        bound = (
            [_marks.level_line(0.5**0.5, axes, linestyle="--"), _marks.corner_legend([_BOUND])]
            if self._translated()
            else []
        )
        markup = _svg.picture(
            _svg.frame(
                axes,
                title=f"Outside / inside: {brief(probe)} at |g| = {brief(self.grad_size)}",
                x_label="gradient magnitude |g|",
                y_label="ratio of the lengths",
            ),
            _svg.inside(
                _marks.level_line(1.0, axes),
                *bound,
                _marks.upright_line(self.grad_size, axes),
                _svg.polyline(
                    np.stack([shown["grad_sizes"], ratio], axis=-1), axes, color=CURVES[2]["color"]
                ),
                _svg.dots([[self.grad_size, probe]], axes, color=BLACK, marker="D"),
            ),
        )
        return Panel(markup, self._ratio_in_words(ratio, probe))

    def _translated(self) -> bool:
        """Tell whether ε outside is the root of ε inside."""
        return bool(abs(self.eps_outside - self.eps_inside**0.5) <= 1e-6 * self.eps_outside)

    def _lengths_in_words(self, shown: Mapping[str, FloatArray]) -> str:
        step = "Settled step" if self.which_step == "settled" else "First step from v₀ = 0"
        bends = " and ".join(
            f"with ε = {brief(eps)} {name} the root at |g| = {brief(shown[f'half_speed_{name}'])}"
            for name, eps in (("inside", self.eps_inside), ("outside", self.eps_outside))
        )
        return (
            f"{step}: length against gradient magnitude, both logarithmic. Large gradients make "
            f"steps of {brief(self._full_speed())} η, small ones steps in proportion to them. "
            f"Half speed is {bends}."
        )

    def _ratio_in_words(self, ratio: FloatArray, probe: float) -> str:
        said = (
            f"Step with ε outside over step with ε inside, from {brief(ratio.min())} to "
            f"{brief(ratio.max())}; at |g| = {brief(self.grad_size)} it is {brief(probe)}."
        )
        bound = " ε outside is the root of ε inside: the two differ by a factor √2 at most."
        return said + (bound if self._translated() else "")
