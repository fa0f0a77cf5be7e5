"""The page at the site's root, which leads to the landing page."""

import html
from pathlib import Path

from sphinx.application import Sphinx

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>{title}</title>
<link rel="icon" href="_static/{icon}">
<meta http-equiv="refresh" content="0; url={start}">
</head>
<body><p><a href="{start}">{title}</a></p></body>
</html>
"""


def connect(app: Sphinx) -> None:
    """Write it in place of the one that Jupyter Book writes, which has no icon and no language."""
    app.connect("build-finished", _write, priority=900)


def _write(app: Sphinx, error: Exception | None) -> None:
    if error is not None or app.builder.format != "html":
        return
    page = _PAGE.format(
        title=html.escape(app.config.html_title),
        icon=Path(app.config.html_favicon).name,
        start=app.builder.get_target_uri(app.config.root_doc),
    )
    (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")
