"""The glossary: every symbol and term of the course, looked up by any of its names.

The entries stand in `glossary.toml`.
"""

import tomllib
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, NamedTuple

from rmsprop_course.literature._table import Table, table


class Entry(NamedTuple):
    """A symbol or a term.

    Attributes
    ----------
    name : str
        As a reader meets it: "γ", "half-life".
    meaning : str
        One or two sentences.
    lesson : str
        Two digits of the lesson that introduces it.
    units : str
        Of a quantity; "none" if it is a plain number, "" if it is no quantity.
    elsewhere : tuple of str
        Its names in papers and libraries, and further names in the lessons.
    spellings : tuple of str
        How else the lessons write it: a symbol in LaTeX, a term in another form.
    """

    name: str
    meaning: str
    lesson: str
    units: str = ""
    elsewhere: tuple[str, ...] = ()
    spellings: tuple[str, ...] = ()


def _entries(kind: str) -> tuple[Entry, ...]:
    text = files("rmsprop_course.literature").joinpath("glossary.toml").read_text("utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)[kind]
    return tuple(Entry(**{key: _frozen(value) for key, value in row.items()}) for row in rows)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


SYMBOLS: tuple[Entry, ...] = _entries("symbol")
"""The symbols, in the order in which a reader meets what they stand for."""

TERMS: tuple[Entry, ...] = _entries("term")
"""The terms, in alphabetical order."""

GLOSSARY: tuple[Entry, ...] = (*SYMBOLS, *TERMS)
"""All entries, symbols first."""


def look_up(name: str) -> Table:
    """Return the entries that go by a name, in this course or elsewhere.

    Parameters
    ----------
    name : str
        A symbol, a term or a name in some library; case does not count.

    Returns
    -------
    Table
        One row an entry.

    Raises
    ------
    KeyError
        If nothing goes by that name.

    Examples
    --------
    >>> [row[0] for row in look_up("rho").rows]
    ['γ']
    """
    found = [entry for entry in GLOSSARY if name.casefold() in _names(entry)]
    if not found:
        raise KeyError(f"name must be one of the glossary's, got {name!r}")
    return glossary_table(found)


def glossary_table(entries: Iterable[Entry] = GLOSSARY) -> Table:
    """Return entries of the glossary as a table.

    Parameters
    ----------
    entries : iterable of Entry
        `SYMBOLS`, `TERMS` or any of them; all by default.

    Returns
    -------
    Table
        One row an entry.

    Examples
    --------
    >>> glossary_table(TERMS).header
    ('name', 'meaning', 'units', 'names elsewhere', 'lesson')
    """
    rows = (
        (entry.name, entry.meaning, entry.units, ", ".join(entry.elsewhere), entry.lesson)
        for entry in entries
    )
    return table(("name", "meaning", "units", "names elsewhere", "lesson"), rows)


def _names(entry: Entry) -> set[str]:
    """All names of an entry; “alpha (PyTorch)” counts as “alpha” too."""
    names = {entry.name, *entry.elsewhere, *entry.spellings, *entry.name.split(", ")}
    return {part.casefold() for name in names for part in (name, name.partition(" (")[0])}
