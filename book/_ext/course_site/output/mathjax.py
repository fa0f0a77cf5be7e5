"""MathJax from the site itself: the parts that turn TeX into HTML, and their fonts."""

import shutil
from importlib.util import find_spec
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

_PACKAGE = "sphinx-mathjax-offline"
_FOLDER = "_static/mathjax"
_PARTS = (
    "startup.js",
    "core.js",
    "input/tex-base.js",
    "input/tex/extensions/ams.js",
    "output/chtml.js",
    "a11y/assistive-mml.js",
)
_FONTS = "output/chtml/fonts"


def connect(app: Sphinx) -> None:
    """Copy MathJax when the pages are written."""
    app.connect("build-finished", _copy)


def _copy(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    found = find_spec(_PACKAGE)
    if found is None or found.origin is None:
        raise ExtensionError(f"{_PACKAGE} is not installed: pip install 'rmsprop-course[book]'")
    source, target = Path(found.origin).parent / "static/mathjax", Path(app.outdir) / _FOLDER
    for part in _PARTS:
        (target / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source / part, target / part)
    shutil.copytree(source / _FONTS, target / _FONTS, dirs_exist_ok=True)
