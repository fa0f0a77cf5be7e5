"""What the steps of grading have to say about a submission, besides its points.

The steps are plugins of nbgrader, which hands nothing back from them, so that a note is kept in the
graded notebook itself, in its metadata under "rmsprop_course".
"""

from typing import NamedTuple

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbformat import NotebookNode

_KEY = "rmsprop_course"
_LOOK, _REMARK, _HELD = "needs_look", "remarks", "held_back"


class Notes(NamedTuple):
    """All notes about a notebook.

    Attributes
    ----------
    needs_look : tuple of str
        Why a person must look before the points count.
    remarks : tuple of str
        What else was seen.
    held_back : bool
        Whether the tests prove nothing, so that their points wait for a person.
    """

    needs_look: tuple[str, ...]
    remarks: tuple[str, ...]
    held_back: bool


def read(notebook: NotebookNode) -> Notes:
    """Return the notes about a notebook."""
    kept = notebook.metadata.get(_KEY, {})
    return Notes(tuple(kept.get(_LOOK, ())), tuple(kept.get(_REMARK, ())), bool(kept.get(_HELD)))


def needs_look(notebook: NotebookNode, reason: str) -> None:
    """Note why a person must look."""
    _add(notebook, _LOOK, reason)


def remark(notebook: NotebookNode, text: str) -> None:
    """Note what changes nothing."""
    _add(notebook, _REMARK, text)


def hold_back(notebook: NotebookNode, reason: str) -> None:
    """Note why the tests prove nothing."""
    needs_look(notebook, reason)
    notebook.metadata[_KEY][_HELD] = True


def _add(notebook: NotebookNode, kind: str, text: str) -> None:
    entries = notebook.metadata.setdefault(_KEY, NotebookNode()).setdefault(kind, [])
    if text not in entries:
        entries.append(text)
