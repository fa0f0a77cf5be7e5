"""A table of how fast the optimizer is: the times that were recorded, and no others."""

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from rmsprop_course.benchmark import Report, load_results
from rmsprop_course.literature import table

CASES = {
    "gpt2": "GPT-2 small: 124 million, 148 tensors",
    "resnet50": "ResNet-50: 26 million, 161 tensors",
    "1000x1k": "1 million, 1000 tensors",
}
"""Which of the benchmark's cases are shown, and what they are called."""


class Speed(SphinxDirective):
    """Milliseconds of a step, PyTorch's and ours, on each machine that was measured."""

    def run(self) -> list[nodes.Node]:
        """Return the table and how the times were taken."""
        reports = list(load_results().values())
        rows = [(CASES[case], *(_cell(report, case) for report in reports)) for case in CASES]
        header = ("Parameters", *(report.device for report in reports))
        taken = f"{table(header, rows).markdown()}\n\n{_how(reports)}"
        return self.parse_text_to_nodes(taken)


def _cell(report: Report, case: str) -> str:
    rows = [row for row in report.rows if row.case == case and row.variant == "plain"]
    times = {row.optimizer: row for row in rows}
    theirs = min(times["torch default"].median_ms, times["torch foreach"].median_ms)
    ours = times["ours fused"]
    return f"{theirs:.3g} ms → {ours.median_ms:.3g} ms: {ours.vs_torch:.1f} times as fast"


def _how(reports: list[Report]) -> str:
    """Say what all reports have in common; a report that differs must be told apart here."""
    versions = ("torch", "numba")
    common = {
        (it.n_rounds, it.n_threads, it.date, *map(it.versions.get, versions)) for it in reports
    }
    if len(common) > 1:
        raise ValueError(f"reports must be taken alike, got {sorted(common)}")
    n_rounds, n_threads, date, torch, numba = common.pop()
    return (
        f"Medians of {n_rounds} rounds with {n_threads} threads, without momentum and centering, "
        f"recorded on {date} with PyTorch {torch} and Numba {numba}."
    )


def connect(app: Sphinx) -> None:
    """Make the directive known."""
    app.add_directive("speed", Speed)
