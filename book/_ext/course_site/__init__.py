"""What this site needs beyond Jupyter Book: a local Sphinx extension, one module a matter."""

from typing import Any

from sphinx.application import Sphinx

from course_site import (
    address,
    api_code,
    api_links,
    bibliography,
    commands,
    convention_tables,
    descriptions,
    figures,
    folded,
    formulas,
    glossary,
    lesson_links,
    lessons,
    live_figure,
    mathjax,
    not_found,
    page_styles,
    printing,
    reading_note,
    reference,
    repairs,
    scripts,
    shipped,
    speed,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts of the extension; Sphinx calls this."""
    library = (reference, commands, api_links, api_code)
    tables = (convention_tables, glossary, lessons, speed)
    content = (live_figure, page_styles, not_found, descriptions, *tables)
    text = (reading_note, figures, folded, formulas, bibliography, lesson_links)
    for part in (address, scripts, repairs, printing, mathjax, shipped, *content, *library, *text):
        part.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
