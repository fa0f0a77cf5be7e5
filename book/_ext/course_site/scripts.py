"""Which scripts a page loads: those that it uses, and a live figure's inside the page."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from rmsprop_course.live._bundle import bundle

_SCRIPT = re.compile(r"<script\b[^>]*\bsrc=\"([^\"]*)\"[^>]*></script>")


def connect(app: Sphinx) -> None:
    """Choose the scripts of each page when the theme has chosen its own."""
    app.connect("html-page-context", _drop_thebe, priority=900)
    app.connect("html-page-context", _inline_live_figures)
    app.connect("html-page-context", _offer_to_templates)


def _drop_thebe(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Thebe needs a server elsewhere, and declares a constant twice."""
    for kind in ("script_files", "css_files"):
        context[kind] = [file for file in context.get(kind, []) if not _is_thebe(file)]


def _is_thebe(file: Any) -> bool:
    return "thebe" in f"{file} {getattr(file, 'attributes', '')}".lower()


def _inline_live_figures(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: nodes.document | None
) -> None:
    """Put the modules into the page that holds a figure, where file:// runs them too."""
    if tree is not None and any(map(_is_live, tree.findall(nodes.raw))):
        app.add_js_file(None, body=f"{bundle()}\nmountAll();", type="module")


def _is_live(node: nodes.raw) -> bool:
    return 'class="rmsprop-live"' in node.astext()


def _offer_to_templates(
    app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any
) -> None:
    context["without_scripts"] = without_scripts


def without_scripts(markup: str, *names: str) -> str:
    """Markup without the script elements whose file is called one of `names`."""

    def keep(found: re.Match[str]) -> str:
        name = found[1].partition("?")[0].rpartition("/")[2]
        return "" if name in names else found[0]

    return _SCRIPT.sub(keep, markup)
