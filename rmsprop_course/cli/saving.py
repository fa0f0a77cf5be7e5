"""What JupyterLab leaves out when it saves a notebook: views of widgets that have a twin in HTML.

``jupyter/jupyter_server_config.json`` makes the server that ``rmsprop-course lab`` starts call it.
A view finds its widget only as long as the kernel lives. Afterwards JupyterLab would show "Error
displaying widget: model not found", though the same output holds the still pictures of a live
figure or of the training dashboard, or the questions of a quiz with folded answers.
"""

from typing import Any

_VIEW = "application/vnd.jupyter.widget-view+json"
_TWINS = tuple(f'<div class="rmsprop-{kind}"' for kind in ("live", "quiz", "dashboard"))


def keep_stills(model: dict[str, Any], **_: Any) -> None:
    """Drop the widget's view from each output whose twin in HTML can stand alone.

    Parameters
    ----------
    model : dict
        What the server is about to save; a notebook is changed in place.

    Examples
    --------
    >>> still = '<div class="rmsprop-live" data-figure="valley"></div>'
    >>> output = {"data": {"text/html": still, "application/vnd.jupyter.widget-view+json": {}}}
    >>> cells = [{"cell_type": "code", "outputs": [output]}]
    >>> keep_stills({"type": "notebook", "content": {"cells": cells}})
    >>> list(output["data"])
    ['text/html']
    """
    content = model.get("content")
    if model.get("type") != "notebook" or not isinstance(content, dict):
        return
    for cell in content.get("cells", []):
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            if "".join(data.get("text/html", "")).startswith(_TWINS):
                data.pop(_VIEW, None)
