"""What this site needs beyond Jupyter Book: a local Sphinx extension, one module a matter."""

from typing import Any

from sphinx.application import Sphinx

from course_site import content, lessons, output, reference


def setup(app: Sphinx) -> dict[str, Any]:
    """Connect the parts of the extension; Sphinx calls this."""
    for part in (output, content, reference, lessons):
        part.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
