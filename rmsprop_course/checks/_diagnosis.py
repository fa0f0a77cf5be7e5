"""From what an attempt did to what is said about it: right, a known mistake, or what differs."""

import copy
from functools import cache
from itertools import zip_longest
from typing import NamedTuple

from rmsprop_course.checks._exercise import Exercise, Material, Misconception
from rmsprop_course.checks._results import shown, unlike
from rmsprop_course.checks._trial import Attempt, Call, Outcome, try_out


class Evidence(NamedTuple):
    """The smallest input on which an attempt fails, and both results, in words."""

    given: str
    expected: str
    got: str


class Result(NamedTuple):
    """What a check found.

    Attributes
    ----------
    passed : bool
        Whether the attempt is right.
    misconception : str or None
        Name of the mistake, if it is a known one.
    message : str
        What is said to the learner: "correct", "not attempted", or what is wrong.
    evidence : Evidence or None
        Where the attempt differs from a right one, if it could be compared.
    """

    passed: bool
    misconception: str | None
    message: str
    evidence: Evidence | None

    def _ipython_display_(self) -> None:
        """Show nothing where a cell ends with a check, which has shown it already.

        A semicolon says so too, but not to a kernel that keeps no history, as in nbval.
        """


NOT_ATTEMPTED = Result(False, None, "not attempted", None)


def diagnose(exercise: Exercise, attempt: Attempt) -> Result:
    """Try an attempt, and say what it is.

    Parameters
    ----------
    exercise : Exercise
        Whose probes and misconceptions to use.
    attempt : callable
        What a learner wrote.

    Returns
    -------
    Result
        Right, not attempted, a misconception that does the same in all probes, or what else is
        wrong, with the smallest failing input.
    """
    material, outcome = exercise.material, _outcome(exercise, attempt)
    kinds = [fault.kind for fault in outcome.faults()]
    if "not attempted" in kinds:
        return NOT_ATTEMPTED
    right = _expected(exercise)
    again = outcome if "time" in kinds else _outcome(exercise, attempt)
    forgets = again.agrees(outcome, material.rtol)
    if outcome.agrees(right, material.rtol) and forgets:
        return Result(True, None, _praise(outcome), None)
    evidence, message = _first_difference(outcome, right, material.rtol)
    known = _known(exercise, outcome)
    if known is not None:
        return Result(False, known.name, f"{known.explanation} Hint: {known.hint}", evidence)
    message = message or (_UNKNOWN if forgets else _REMEMBERS)
    return Result(False, None, _with_print(message, outcome), evidence)


_UNKNOWN = "not right yet: compare what was expected with what came back"
_REMEMBERS = (
    "the same calls, made twice, gave different results: does it keep something between calls, "
    "such as a global variable or a list as a default value, or draw random numbers?"
)


def _known(exercise: Exercise, outcome: Outcome) -> Misconception | None:
    """Return the mistake that does the same in all probes, or the setting that is not used."""
    material = exercise.material
    for misconception, theirs in zip(material.misconceptions, _mistakes(exercise), strict=True):
        if outcome.agrees(theirs, material.rtol):
            return misconception
    unused = _unused_setting(material, outcome, _expected(exercise))
    named = {misconception.name: misconception for misconception in material.misconceptions}
    return named.get(f"hard-coded {unused}")


def _unused_setting(material: Material, outcome: Outcome, right: Outcome) -> str:
    """Return a setting that changes nothing, or ""; what cannot be compared does not tell."""
    for number, probe in enumerate(material.probes):
        if not probe.varies:
            continue
        one, two = outcome.calls[number - 1 : number + 1]
        triples = list(zip(one, two, right.calls[number], strict=False))
        if triples and all(
            a.numbers and a.agrees(b, material.rtol) and not unlike(b.numbers, like.numbers)
            for a, b, like in triples
        ):
            return probe.varies
    return ""


def _first_difference(outcome: Outcome, right: Outcome, rtol: float) -> tuple[Evidence | None, str]:
    """Return the first call that is not as it should be, and what else is wrong than numbers."""
    for ours, theirs in zip(outcome.calls, right.calls, strict=True):
        for call, expected in zip_longest(ours, theirs):
            call, expected = call or Call(expected.given, {}), expected or Call("", {})
            if not call.agrees(expected, rtol):
                evidence = Evidence(call.given, shown(expected.numbers), _got(call))
                fault = call.fault
                return evidence, fault.message if fault else unlike(call.numbers, expected.numbers)
    return None, ""


def _got(call: Call) -> str:
    if call.numbers or call.fault is None:
        return shown(call.numbers)
    return {"raised": "an error", "time": "no end", "unreadable": "something else"}[call.fault.kind]


def _praise(outcome: Outcome) -> str:
    in_place = ""
    if outcome.changed:
        names = " and ".join(sorted(outcome.changed))
        in_place = f". It works in place: whoever calls it loses the old {names}"
    return _with_print(f"correct{in_place}", outcome)


def _with_print(message: str, outcome: Outcome) -> str:
    """Return a message, with a note for those who print."""
    if not outcome.printed.strip():
        return message
    start = " ".join(outcome.printed.split())[:40]
    end = "" if message.endswith("?") else "."
    return f"{message}{end} It also prints (“{start}”); what counts is what it returns"


def _outcome(exercise: Exercise, attempt: Attempt) -> Outcome:
    material = exercise.material
    return try_out(
        attempt,
        material.probes,
        like=material.reference,
        returns=material.returns,
        seconds=material.seconds,
    )


@cache
def _expected(exercise: Exercise) -> Outcome:
    return _outcome(exercise, exercise.reference)


@cache
def _mistakes(exercise: Exercise) -> list[Outcome]:
    mistakes = exercise.material.misconceptions
    return [_outcome(exercise, copy.deepcopy(mistake.attempt)) for mistake in mistakes]
