"""A live figure on a page that is no notebook: the same element that a notebook stores."""

import ast

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rmsprop_course import live


class LiveFigureDirective(SphinxDirective):
    """A figure of `rmsprop_course.live`; a line of the content is ``setting = value``."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the figure's still, which the page brings to life."""
        name = self.arguments[0]
        if name not in live.__all__:
            raise self.error(f"the figure must be one of {', '.join(live.__all__)}, got {name}")
        bundle, _ = getattr(live, name)(**self._settings())._repr_mimebundle_()
        return [nodes.raw("", bundle["text/html"], format="html")]

    def _settings(self) -> dict[str, object]:
        lines = (line.partition("=") for line in self.content if line.strip())
        return {key.strip(): ast.literal_eval(value.strip()) for key, _, value in lines}


def connect(app: Sphinx) -> None:
    """Make the directive known."""
    app.add_directive("live-figure", LiveFigureDirective)
