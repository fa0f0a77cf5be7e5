"""What the benchmark found: rows, the report around them, its JSON and its table."""

import json
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, Self

_RECORDED = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Row:
    """One contender on one case.

    Parameters
    ----------
    case : str
        Which parameters, such as ``200x100k``: 200 tensors of 100 000 numbers.
    optimizer : str
        Who stepped them, such as ``torch foreach`` or ``ours fused``.
    variant : str
        ``plain`` or ``momentum+centered``.
    median_ms : float
        Median time of one step, in milliseconds.
    vs_torch : float or None
        How many times as fast as the faster of PyTorch's default and foreach in the same rounds;
        None if neither could be timed.
    vs_floor : float
        How many times as long as the floor, which is therefore ``median_ms / vs_floor``.
    peak_extra_bytes : int or None
        Memory above parameters, gradients and state during a step; None if it cannot be measured.
    """

    case: str
    optimizer: str
    variant: str
    median_ms: float
    vs_torch: float | None
    vs_floor: float
    peak_extra_bytes: int | None


@dataclass(frozen=True)
class Report:
    """All rows of one run, and on what they were measured. Its fields are the keys of its JSON.

    Parameters
    ----------
    device : str
        Name of the processor or accelerator.
    versions : dict of str to str
        Of Python, of this package and of those that compute.
    date : str
        Day of the run, such as 2026-01-31.
    bandwidth_bytes_per_s : float
        Of the in-place triad, which gives the floor. Median over the cases; the floor of each case
        is that of its own rounds.
    copy_bandwidth_bytes_per_s : float
        Of a copy, likewise.
    n_threads : int
        Threads of PyTorch on the CPU.
    n_rounds : int
        Timings that a median is of.
    quick : bool
        Whether the cases are smaller and the rounds few.
    left_out : tuple of str
        What was not timed, and why.
    rows : tuple of Row
    """

    device: str
    versions: dict[str, str]
    date: str
    bandwidth_bytes_per_s: float
    copy_bandwidth_bytes_per_s: float
    n_threads: int
    n_rounds: int
    quick: bool
    left_out: tuple[str, ...]
    rows: tuple[Row, ...]

    def to_json(self) -> str:
        """Return the report as JSON, with times to four digits and ratios to three."""
        return json.dumps(_rounded(asdict(self)), indent=1, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the report that `to_json` wrote."""
        fields = json.loads(text)
        rows = tuple(Row(**row) for row in fields.pop("rows"))
        return cls(**fields | {"left_out": tuple(fields["left_out"]), "rows": rows})


def _rounded(value: Any) -> Any:
    """Leave no digits that the next run would not repeat: four, in any unit."""
    match value:
        case dict():
            return {name: _rounded(entry) for name, entry in value.items()}
        case list() | tuple():
            return [_rounded(entry) for entry in value]
        case float():
            return float(f"{value:.4g}")
        case _:
            return value


def load_results() -> dict[str, Report]:
    """Return the reports that were recorded on other machines and come with the course.

    Returns
    -------
    dict of str to Report
        By file name without its ending, in alphabetical order.

    Examples
    --------
    >>> all(report.rows for report in load_results().values())
    True
    """
    files = sorted(_RECORDED.glob("*.json"))
    return {file.stem: Report.from_json(file.read_text(encoding="utf-8")) for file in files}


def rate(
    seconds: dict[str, float],
    extras: dict[str, int | None],
    *,
    case: str,
    variant: str,
    floor: float,
    references: tuple[str, ...],
) -> list[Row]:
    """Make rows of median times.

    Parameters
    ----------
    seconds : dict of str to float
        Median of each contender.
    extras : dict of str to int or None
        Peak of its extra memory, in bytes.
    case, variant : str
        What was stepped.
    floor : float
        The least time that memory allows, in seconds.
    references : tuple of str
        The contenders whose fastest is the reference.

    Returns
    -------
    list of Row
        In the order of `seconds`.

    Examples
    --------
    >>> seconds = {"loop": 0.02, "list": 0.03, "fused": 0.005}
    >>> rows = rate(seconds, dict.fromkeys(seconds, 0), case="1x1k", variant="plain", floor=0.004,
    ...     references=("loop", "list"))
    >>> [(row.median_ms, row.vs_torch, row.vs_floor) for row in rows]
    [(20.0, 1.0, 5.0), (30.0, 0.6666666666666667, 7.5), (5.0, 4.0, 1.25)]
    """
    reference = min((seconds[name] for name in references if name in seconds), default=None)
    return [
        Row(
            case=case,
            optimizer=name,
            variant=variant,
            median_ms=1e3 * found,
            vs_torch=None if reference is None else reference / found,
            vs_floor=found / floor,
            peak_extra_bytes=extras[name],
        )
        for name, found in seconds.items()
    ]


def format_table(report: Report) -> str:
    """Return the report as plain text: one block for each case and variant.

    Parameters
    ----------
    report : Report
        From `run` or `load_results`.

    Returns
    -------
    str
    """
    versions = ", ".join(f"{name} {number}" for name, number in report.versions.items())
    lines = [
        f"{report.device}, {report.n_threads} CPU threads, {report.date}",
        versions,
        f"memory: {report.bandwidth_bytes_per_s / 1e9:.1f} GB/s in an in-place triad (the floor), "
        f"{report.copy_bandwidth_bytes_per_s / 1e9:.1f} GB/s in a copy",
        f"medians of {report.n_rounds} rounds; × torch: as fast as the faster of torch default "
        "and torch foreach",
    ]
    if report.quick:
        lines.append("quick: smaller cases and few rounds, to look at, not to quote")
    for (case, variant), rows in groupby(report.rows, lambda row: (row.case, row.variant)):
        lines += ["", *_block(case, variant, list(rows))]
    if report.left_out:
        lines += ["", "Left out:", *(f"  {reason}" for reason in report.left_out)]
    return "\n".join(lines)


def _block(case: str, variant: str, rows: list[Row]) -> list[str]:
    floor = rows[0].median_ms / rows[0].vs_floor
    title = f"{case}, {variant}: floor {floor:.3g} ms"
    head = f"  {'':<20}{'ms':>9}{'× torch':>10}{'× floor':>10}{'extra memory':>15}"
    return [title, head, *map(_line, rows)]


def _line(row: Row) -> str:
    speed_up = "–" if row.vs_torch is None else f"{row.vs_torch:.2f}"
    return (
        f"  {row.optimizer:<20}{row.median_ms:>9.4g}{speed_up:>10}{row.vs_floor:>10.2f}"
        f"{_size(row.peak_extra_bytes):>15}"
    )


def _size(n_bytes: int | None) -> str:
    if n_bytes is None:
        return "–"
    return f"{n_bytes} B" if n_bytes < 1e4 else f"{n_bytes / 1e6:.2f} MB"
