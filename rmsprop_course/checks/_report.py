"""Shows a result where the learner works: as HTML in a notebook, as text elsewhere."""

import html
import sys

from rmsprop_course._extras import extra
from rmsprop_course.checks._diagnosis import Result

_COLORS = {"correct": "#0a7d38", "not attempted": "#6b7280", "wrong": "#b45309"}


def show(result: Result, note: str) -> None:
    """Display a result, and a note below it, in a notebook; print it elsewhere.

    Parameters
    ----------
    result : Result
        What a check found.
    note : str
        What else there is to say, or "".
    """
    if "IPython" in sys.modules:
        with extra("course"):
            from IPython import get_ipython
            from IPython.display import display
        if get_ipython() is not None:
            data = {"text/plain": as_text(result, note), "text/html": as_html(result, note)}
            display(data, raw=True)
            return
    sys.stdout.write(f"{as_text(result, note)}\n")


def as_text(result: Result, note: str = "") -> str:
    """Return a result as plain text of a few lines."""
    lines = [
        f"{result.misconception}: {result.message}" if result.misconception else result.message
    ]
    if result.evidence:
        given, expected, got = result.evidence
        lines += [f"  given     {given}", f"  expected  {expected}", f"  got       {got}"]
    return "\n".join([*lines, note] if note else lines)


def as_html(result: Result, note: str = "") -> str:
    """Return a result as a box whose border says the same as its words."""
    kind = "wrong"
    if result.passed or result.message == "not attempted":
        kind = "correct" if result.passed else "not attempted"
    name = f"<strong>{_text(result.misconception)}.</strong> " if result.misconception else ""
    sign = {"correct": "✓ ", "not attempted": "", "wrong": "✗ "}[kind]
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left">{title}</th>'
        f'<td style="text-align:left"><code>{_text(words)}</code></td></tr>'
        for title, words in (result.evidence._asdict().items() if result.evidence else ())
    )
    parts = [
        f"<div>{sign}{name}{_text(result.message)}</div>",
        f"<table>{rows}</table>" if rows else "",
        f"<div>{_text(note)}</div>" if note else "",
    ]
    style = f"border-left:4px solid {_COLORS[kind]};padding:0.2em 0.8em"
    return f'<div class="rmsprop-check" style="{style}">{"".join(parts)}</div>'


def _text(words: str) -> str:
    return html.escape(words, quote=False)
