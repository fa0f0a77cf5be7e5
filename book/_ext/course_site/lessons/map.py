"""The map of the lessons, from README.md and from what each lesson says of itself."""

import json
import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

_ROW = re.compile(
    r"^\| (?P<number>\d\d) \| \[(?P<title>[^]]+)\]\((?P<document>\S+)\.ipynb\) "
    r"\| (?P<question>.+) \|$"
    r"|^\| \| \*\*(?P<part>.+)\*\* \| \|$",
    re.MULTILINE,
)
_TIME = re.compile(r"\*\*Time\*\* (\d+) minutes")
_BEFORE_THE_PARTS = "Begin"


class Lesson(NamedTuple):
    """A row of the map.

    Attributes
    ----------
    number : str
        Two digits.
    title, question : str
        As the map has them.
    document : str
        Name in Sphinx, such as ``notebooks/03_the_update``.
    part : str
        Title of the part that it belongs to.
    minutes : int
        How long it takes, as its first cell says.
    """

    number: str
    title: str
    question: str
    document: str
    part: str
    minutes: int

    def markdown(self) -> str:
        """Return a link with the title as its text."""
        return f"[{self.title}](/{self.document}.ipynb)"


@cache
def lessons(root: Path) -> tuple[Lesson, ...]:
    """Return the lessons in order; `root` is the folder of README.md."""
    found, part = [], _BEFORE_THE_PARTS
    for row in _ROW.finditer((root / "README.md").read_text(encoding="utf-8")):
        columns = row.groupdict()
        part = columns.pop("part") or part
        if columns["document"]:
            minutes = _minutes(root / f"{columns['document']}.ipynb")
            found.append(Lesson(**columns, part=part, minutes=minutes))
    return tuple(found)


def _minutes(notebook: Path) -> int:
    try:
        first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
    except json.JSONDecodeError as error:
        raise ValueError(f"{notebook.name} must be a notebook: {error}") from error
    said = _TIME.search("".join(first["source"]))
    if said is None:
        raise ValueError(f"{notebook.name} must say in its first cell how long it takes")
    return int(said[1])
