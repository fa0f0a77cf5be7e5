"""Tables that a notebook shows as Markdown and a terminal as plain lines. No data stands here."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rmsprop_course.literature._source import Source

Cell = str | bool | int | float | Source | None
_MARKS = "\\`*_{}[]<>|$~"


@dataclass(frozen=True, repr=False)
class Table:
    """Rows under a header.

    A notebook shows `_repr_markdown_`, everything else `repr`. None stands as a dash, True and
    False as yes and no, a number in its shortest form, a `Source` as a link.

    Attributes
    ----------
    header : tuple of str
        Names of the columns.
    rows : tuple of tuple
        Cells, as many in each row as there are columns.

    Raises
    ------
    ValueError
        If a row has another number of cells.

    Examples
    --------
    >>> Table(("symbol", "value"), (("γ", 0.9), ("ε", None)))
    symbol | value
    γ      | 0.9
    ε      | –
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row) != len(self.header):
                raise ValueError(f"rows must have {len(self.header)} cells, got {len(row)}: {row}")

    def __repr__(self) -> str:
        """Return aligned lines, the last column as it comes."""
        lines = [self.header, *([plain(cell) for cell in row] for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        widths[-1] = 0
        return "\n".join(
            " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
            for line in lines
        )

    def _repr_markdown_(self) -> str:
        return self.markdown()

    def markdown(self) -> str:
        r"""Return the table in Markdown, with whatever Markdown would take for markup escaped.

        Examples
        --------
        >>> print(Table(("a", "b"), (("|g|", 2e-6),)).markdown())
        | a | b |
        |---|---|
        | \|g\| | 2e-06 |
        """
        lines = [
            "| " + " | ".join(map(_escaped, self.header)) + " |",
            "|" + "---|" * len(self.header),
            *("| " + " | ".join(map(_in_markdown, row)) + " |" for row in self.rows),
        ]
        return "\n".join(lines)


def table(header: Sequence[str], rows: Iterable[Iterable[Cell]]) -> Table:
    """Make a table of any rows.

    Parameters
    ----------
    header : sequence of str
        Names of the columns.
    rows : iterable of iterable
        Cells: text, numbers, bools, sources or None.

    Returns
    -------
    Table

    Examples
    --------
    >>> table(["name"], [[name] for name in ("lr", "rho")])
    name
    lr
    rho
    """
    return Table(tuple(header), tuple(tuple(row) for row in rows))


def plain(cell: Cell) -> str:
    """Return a cell as text."""
    if cell is None or cell == "":
        return "–"
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    return f"{cell:g}" if isinstance(cell, int | float) else str(cell)


def _in_markdown(cell: Cell) -> str:
    return cell.markdown() if isinstance(cell, Source) else _escaped(plain(cell))


def _escaped(text: str) -> str:
    return "".join(f"\\{char}" if char in _MARKS else char for char in text)
