"""What the built site holds: nothing that no page uses, and of the icons' fonts the icons used."""

import logging
import re
from pathlib import Path

from fontTools import subset
from sphinx.application import Sphinx

_UNUSED = (
    ".buildinfo",
    "_static/**/*.map",
    "_static/race.gif",  # README shows it; here the race is live
    "_static/vendor/fontawesome/webfonts/*.ttf",  # browsers take the .woff2 beside it
)
_LOADED_BY_MATHJAX = "mathjax"
_NAMING = (".html", ".css", ".js")
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
        path.unlink()
    _drop_unnamed(site)
    codes = _codes_of_icons(site)
    for font in site.glob(_FONTS):
        _keep_glyphs(font, codes)


def _drop_unnamed(site: Path) -> None:
    """Drop static files that neither a page nor a file that stays names: extensions copy all."""
    while unnamed := _unnamed(site):
        for path in unnamed:
            path.unlink()


def _unnamed(site: Path) -> list[Path]:
    static = [path for path in (site / "_static").rglob("*") if path.is_file()]
    texts = {
        path: path.read_text(encoding="utf-8")
        for path in (*site.rglob("*.html"), *static)
        if path.suffix in _NAMING
    }
    return [
        path
        for path in static
        if _LOADED_BY_MATHJAX not in path.parts
        and not any(path.name in text for other, text in texts.items() if other != path)
    ]


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
