"""The page for addresses that do not exist; what it says stands in ``_templates/404.html``."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from course_site.lessons.map import lessons


def connect(app: Sphinx) -> None:
    """Give sphinx-notfound-page the template and what it shows."""
    app.connect("config-inited", _configure)


def _configure(app: Sphinx, config: Config) -> None:
    config["notfound_template"] = "404.html"
    shown: dict[str, Any] = {"title": "Page not found", "lessons": lessons(Path(app.srcdir))}
    config["notfound_context"] = shown
