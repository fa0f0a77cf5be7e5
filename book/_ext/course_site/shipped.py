"""What the built site holds: nothing that no page uses, and of the icons' fonts the icons used."""

import logging
import re
import shutil
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

_UNUSED = (
    ".buildinfo",
    "_static/**/*.LICENSE.txt",
    "_static/**/*.map",
    "_static/*thebe*",
    "_static/*webpack-macros.html",
    "_static/locales",
    "_static/race.gif",  # README shows it; here the race is live
    "_static/scripts/fontawesome.js",
    "_static/vendor/fontawesome/webfonts/*.ttf",
)
_FONTS = "_static/vendor/fontawesome/webfonts/*.woff2"
_STYLES = "_static/styles/pydata-sphinx-theme.css"
_ICON = re.compile(r"\bfa-[a-z0-9-]+")
_CODE = re.compile(r'((?:\.fa-[\w-]+:before,?)+)\{content:"\\([0-9a-f]+)"\}')


def connect(app: Sphinx) -> None:
    """Clear up when everything else is written."""
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    app.connect("build-finished", _clear_up, priority=950)


def _clear_up(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for path in [path for pattern in _UNUSED for path in site.glob(pattern)]:
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    codes = _codes_of_icons(site)
    for font in site.glob(_FONTS):
        _keep_glyphs(font, codes)


def _codes_of_icons(site: Path) -> set[int]:
    """Code points of the icons that any page names."""
    pages = (page.read_text(encoding="utf-8") for page in site.rglob("*.html"))
    used = {icon for page in pages for icon in _ICON.findall(page)}
    rules = _CODE.findall((site / _STYLES).read_text(encoding="utf-8"))
    return {int(code, 16) for names, code in rules if used & set(_ICON.findall(names))}


def _keep_glyphs(path: Path, codes: set[int]) -> None:
    options = subset.Options(flavor="woff2", layout_features=[])
    font = subset.load_font(str(path), options)
    subsetter = subset.Subsetter(options)
    subsetter.populate(unicodes=codes)
    subsetter.subset(font)
    subset.save_font(font, str(path), options)
