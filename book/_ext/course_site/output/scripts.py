"""Which scripts a page loads: those that it uses, and a live figure's inside the page."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from rmsprop_course.live._bundle import bundle

_OF_THEBE = ('<script type="text/x-thebe-config">', "<script>kernelName")
# A file whose name or content has the first is of use on a page that has the second.
_USED_WITH = {
    "thebe": "thebe-launch-button",  # needs a server elsewhere, and declares a constant twice
    "toggle": "admonition dropdown",
    "design": 'class="sd-',
    "copybutton": "<pre",
    "clipboard": "<pre",
    "codeautolink": "sphinx-codeautolink-a",
    "mystnb": 'class="cell',
    "formulas": 'class="math',
    "quiz": 'class="rmsprop-quiz',
    "mathjax": 'class="math',  # Sphinx loads it on a page above one with formulas, too
}
_SCRIPT = re.compile(r"<script\b[^>]*\bsrc=\"([^\"]*)\"[^>]*></script>")


def connect(app: Sphinx) -> None:
    """Choose the scripts of each page when the theme has chosen its own."""
    app.connect("doctree-resolved", _drop_settings_of_thebe, priority=900)
    app.connect("html-page-context", _drop_unused, priority=900)
    app.connect("html-page-context", _inline_live_figures)
    app.connect("html-page-context", _offer_to_templates)


def _drop_settings_of_thebe(app: Sphinx, tree: nodes.document, page: str) -> None:
    """Thebe leaves its settings on every page, the address of a server among them."""
    for node in list(tree.findall(nodes.raw)):
        if node.astext().lstrip().startswith(_OF_THEBE):
            node.parent.remove(node)


def _drop_unused(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """Drop what nothing on the page asks for."""
    body = context.get("body", "")
    for kind in ("script_files", "css_files"):
        files = context.get(kind, [])
        context[kind] = [file for file in files if _is_used(file, body)]


def _is_used(file: Any, body: str) -> bool:
    attributes = getattr(file, "attributes", {})
    if attributes.get("type") == "module":  # of the live figures
        return True
    name = f"{file} {attributes}".lower()
    return all(mark in body for part, mark in _USED_WITH.items() if part in name)


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
