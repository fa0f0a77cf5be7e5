"""New probes for the hidden tests of an assignment: what is public should not be what decides."""

import hashlib
import re
import textwrap

from rmsprop_course._extras import extra

with extra("classroom"):
    from nbformat import NotebookNode

_HIDDEN = re.compile(r"(?<=BEGIN HIDDEN TESTS).*?(?=END HIDDEN TESTS)", re.DOTALL)
_SEED = re.compile(r"^(\s*seed = )\d+$", re.MULTILINE)


def redraw(notebook: NotebookNode, seed: int) -> int:
    """Replace the seed of every hidden test in a notebook, in place.

    Parameters
    ----------
    notebook : NotebookNode
        An assignment's source. In its hidden tests, and there alone, each line ``seed = NUMBER``
        is rewritten.
    seed : int
        Non-negative. The same one gives the same probes.

    Returns
    -------
    int
        How many lines were rewritten.
    """
    count = 0
    for cell in notebook.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        drawn = int.from_bytes(hashlib.sha256(f"{seed} {grade_id}".encode()).digest()[:4], "big")

        def rewrite(hidden: re.Match[str], drawn: int = drawn) -> str:
            nonlocal count
            text, found = _SEED.subn(rf"\g<1>{drawn}", hidden[0])
            count += found
            return text

        cell.source = _HIDDEN.sub(rewrite, cell.source)
    return count


def hidden_tests(text: str) -> list[str]:
    """Return the hidden parts of a cell."""
    return [textwrap.dedent(part) for part in _HIDDEN.findall(text)]


def without_hidden_tests(text: str) -> str:
    """Return a cell without its hidden parts."""
    return _HIDDEN.sub("\n### ", text)
