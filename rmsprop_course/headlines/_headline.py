"""What a headline number is, and how its table is written."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple


@dataclass(frozen=True)
class Headline:
    """A number that the course claims, and the experiment that measures it.

    Attributes
    ----------
    id : str
        Short name, unique.
    lesson : str
        Two digits: the lesson that teaches it.
    claim : str
        What is measured and in which setting, in a few words.
    predicted : float
        What theory, or an earlier computation, says; dimensionless or in the units that `claim`
        names.
    tolerance : float
        How far the measured number may lie from it, in the same units.
    source : str
        Who derived or reported it; "we derive" or "we compute" where it is this course.
    measure : callable
        Runs the experiment, without arguments, and returns the number.
    """

    id: str
    lesson: str
    claim: str
    predicted: float
    tolerance: float
    source: str
    measure: Callable[[], float]

    def run(self) -> "Outcome":
        """Run the experiment.

        Returns
        -------
        Outcome
            The headline and what was measured.
        """
        return Outcome(self, float(self.measure()))


class Outcome(NamedTuple):
    """A headline and what an experiment gave for it.

    Attributes
    ----------
    headline : Headline
        What was predicted.
    measured : float
        What came out, in the units of the prediction.
    """

    headline: Headline
    measured: float

    @property
    def error(self) -> float:
        """Distance of the measured number from the prediction; nan if nothing was measured."""
        return abs(self.measured - self.headline.predicted)

    @property
    def agrees(self) -> bool:
        """Whether the measured number lies within the tolerance."""
        return self.error <= self.headline.tolerance


_HEADS = ("predicted", "measured", "off by", "allowed", "", "source")


def format_table(outcomes: Iterable[Outcome]) -> str:
    """Return a table of predictions and measurements, grouped by lesson.

    Parameters
    ----------
    outcomes : iterable of Outcome
        In the order of the lessons.

    Returns
    -------
    str
        One line an outcome, and a line that counts them.

    Examples
    --------
    >>> third = Headline("third", "02", "a third", 1 / 3, 1e-3, "we compute", lambda: 0.3334)
    >>> print(format_table([third.run()]))
    lesson 02    predicted     measured       off by      allowed     source
      a third     0.333333       0.3334      6.7e-05        0.001  ✓  we compute
    <BLANKLINE>
    1 of 1 as predicted
    """
    outcomes = list(outcomes)
    width = max([9, *(len(outcome.headline.claim) + 2 for outcome in outcomes)])
    lines: list[str] = []
    for lesson, group in groupby(outcomes, key=lambda outcome: outcome.headline.lesson):
        lines += ["", *_lines_of_lesson(lesson, group, width)]
    n_agreeing = sum(outcome.agrees for outcome in outcomes)
    return "\n".join([*lines[1:], "", f"{n_agreeing} of {len(outcomes)} as predicted"])


def _lines_of_lesson(lesson: str, outcomes: Iterable[Outcome], width: int) -> Iterator[str]:
    yield _line(f"lesson {lesson}", _HEADS, width)
    for outcome in outcomes:
        headline = outcome.headline
        cells = (
            f"{headline.predicted:.6g}",
            f"{outcome.measured:.6g}",
            f"{outcome.error:.2g}",
            f"{headline.tolerance:.2g}",
            "✓" if outcome.agrees else "✗",
            headline.source,
        )
        yield _line(f"  {headline.claim}", cells, width)


def _line(start: str, cells: Iterable[str], width: int) -> str:
    *numbers, sign, source = cells
    columns = "".join(f"  {number:>11}" for number in numbers)
    return f"{start:{width}}{columns}  {sign:1}  {source}".rstrip()
