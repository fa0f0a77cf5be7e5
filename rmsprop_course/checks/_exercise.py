"""What an exercise is made of: its entry in the list, its probes, and the mistakes it knows."""

import importlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from rmsprop_course.checks._trial import Attempt, Trial


class Misconception(NamedTuple):
    """A wrong implementation that learners write.

    Attributes
    ----------
    name : str
        What is wrong, in a few words; unique within its exercise.
    explanation : str
        One sentence: what the implementation does, against what it should do.
    hint : str
        A question, or a thing to try, that does not give the answer away.
    attempt : callable
        The implementation. It is copied deeply before each use, so that an object may remember.
    """

    name: str
    explanation: str
    hint: str
    attempt: Attempt


class Probe(NamedTuple):
    """An experiment on an attempt.

    Attributes
    ----------
    play : callable
        Takes a `Trial` and calls the attempt by it, once or several times.
    varies : str
        The setting in which this probe differs from the one before it, or "". An attempt to which
        both are the same does not use the setting.
    """

    play: Callable[[Trial], object]
    varies: str = ""


@dataclass(frozen=True)
class Material:
    """What it takes to check an exercise.

    Attributes
    ----------
    reference : callable
        A right solution.
    probes : sequence of Probe
        From the smallest to the largest, for the first one that fails is shown.
    misconceptions : sequence of Misconception
        Wrong solutions; on all probes together no two are alike, and none is like a right one.
    returns : nested tuple of str
        Names of what comes back, in order; one name alone stands for a single result.
    seconds : float
        Time that all probes together may take.
    rtol : float
        Relative tolerance; the rounding of float32 must fit in.
    """

    reference: Attempt
    probes: Sequence[Probe]
    misconceptions: Sequence[Misconception]
    returns: Any = "result"
    seconds: float = 5.0
    rtol: float = 2e-5


@dataclass(frozen=True)
class Exercise:
    """An exercise of a lesson.

    Attributes
    ----------
    id : str
        Name by which `check` knows it.
    lesson : str
        Two digits, such as "04".
    title : str
        What the lesson calls it.
    signature : str
        How an attempt is called and what it returns.
    """

    id: str
    lesson: str
    title: str
    signature: str

    @cached_property
    def material(self) -> Material:
        """Probes and misconceptions, imported when they are needed first, for some need torch."""
        module = importlib.import_module(f"rmsprop_course.checks.lesson_{self.lesson}")
        material: Material = module.MATERIAL[self.id]
        return material

    @property
    def reference(self) -> Attempt:
        """A right solution, called as `signature` says."""
        return self.material.reference
