"""What every live figure is: a widget in a notebook, a still everywhere else."""

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from rmsprop_course._extras import extra
from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._svg import Panel, image
from rmsprop_course.live._traits import Setting

with extra("course"):
    import anywidget
    from traitlets import Dict


class LiveFigure(anywidget.AnyWidget):
    """A figure with sliders; a subclass adds its settings, what it computes and its stills.

    JupyterLab shows the widget, whose settings Python reads and sets. Where no kernel runs, the
    HTML twin shows a still that the same settings draw, and the website brings it to life.
    """

    _esm = bundle()
    _figure = Dict().tag(sync=True)

    figure_name: ClassVar[str]
    setting_names: ClassVar[tuple[str, ...]] = ()

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        own = [name for name, trait in vars(cls).items() if isinstance(trait, Setting)]
        cls.setting_names = (*cls.setting_names, *own)

    def __init__(self, **settings: Any) -> None:
        for name in settings:
            if name not in self.setting_names:
                raise TypeError(
                    f"{name} is not a setting of {type(self).__name__}, "
                    f"which takes {', '.join(self.setting_names)}"
                )
        super().__init__(**settings)
        self._figure = {"name": self.figure_name, "settings": list(self.setting_names)}

    def settings(self) -> dict[str, Any]:
        """Return the settings by name, in the order in which the class lists them."""
        return {name: getattr(self, name) for name in self.setting_names}

    def simulate(self) -> Mapping[str, Any]:
        """Return what the figure draws, computed by the library: arrays or paths by name."""
        raise NotImplementedError

    def panels(self) -> Sequence[Panel]:
        """Return the stills, one for each panel."""
        raise NotImplementedError

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.settings().items())
        return f"{type(self).__name__}({shown})"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        twin = {"text/plain": repr(self), "text/html": self._html()}
        widget = super()._repr_mimebundle_(**options)
        data, metadata = ({}, {}) if widget is None else widget
        return {**data, **twin}, metadata

    def _html(self) -> str:
        """Return the stills in an element that the website brings to life."""
        config = html.escape(json.dumps(self.settings()))
        stills = "".join(map(image, self.panels()))
        attributes = f'class="rmsprop-live" data-figure="{self.figure_name}" data-config="{config}"'
        return f"<div {attributes}>{stills}</div>"
