"""A trial of an attempt: what it is given, what comes back, and what goes wrong, call by call.

An attempt may raise, loop for ever, return anything, change its arguments or print. All of it is
noted here; nothing of it gets out.
"""

import copy
import dis
import inspect
import io
import sysconfig
import traceback
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple, Protocol

import numpy as np

from rmsprop_course.checks._results import (
    Numbers,
    UnreadableError,
    agree,
    holds_ellipsis,
    read,
    value,
)
from rmsprop_course.checks._time_limit import TimeLimitError, run_within

_LIBRARIES = (str(Path(__file__).parents[1]), *map(sysconfig.get_path, ("stdlib", "purelib")))

Attempt = Any  # a function; in a few exercises a class, or several functions


class Fault(NamedTuple):
    """What went wrong in a call besides its numbers: a kind, and a message for the learner."""

    kind: str  # "not attempted", "raised", "time", "unreadable", "argument"
    message: str


NOT_ATTEMPTED = Fault("not attempted", "not attempted")


class Call(NamedTuple):
    """A call: what was given, in words, and what came back, or the fault."""

    given: str
    numbers: Numbers
    fault: Fault | None = None

    def agrees(self, other: "Call", rtol: float) -> bool:
        """Whether both came to the same."""
        return self.fault == other.fault and agree(self.numbers, other.numbers, rtol)


class Plays(Protocol):
    """A probe, as a trial sees it."""

    def play(self, trial: "Trial") -> object:
        """Call the attempt by a trial."""


class Trial:
    """One probe of one attempt: the probe calls the attempt by `call`, or by itself and `note`.

    Attributes
    ----------
    attempt : callable
        What is tried.
    given : str
        What the next note, or an exception, is about.
    calls : list of Call
        What happened so far.
    changed : set of str
        Arguments that the attempt changed and returned, which is allowed.
    """

    def __init__(self, attempt: Attempt, names: Iterable[str], returns: Any) -> None:
        self.attempt = attempt
        self.given = ""
        self.calls: list[Call] = []
        self.changed: set[str] = set()
        self._names = list(names)
        self._returns = returns

    def call(self, *args: Any, **settings: Any) -> Any:
        """Call the attempt with copies of the arguments, note what comes back, and return it.

        Returns
        -------
        ndarray, dict, or nested tuple of them
            The result, as new arrays of float64.

        Raises
        ------
        _EndOfProbe
            If the call cannot be followed by another one.
        """
        given = dict(zip(self._names, args, strict=False)) | settings
        self.given = ", ".join(f"{name} = {value(entry)}" for name, entry in given.items())
        args, settings = copy.deepcopy((args, settings))
        before = copy.deepcopy((args, settings))
        result = self.attempt(*args, **settings)
        self.note(result)
        self._look_for_changes(before, (args, settings), result)
        return _fresh(result)

    def note(self, result: Any) -> None:
        """Note what came back, under `given`."""
        if holds_ellipsis(result) or (result is None and is_empty(self.attempt)):
            raise _EndOfProbe(NOT_ATTEMPTED)
        try:
            numbers = read(result, self._returns)
        except UnreadableError as error:
            raise _EndOfProbe(Fault("unreadable", str(error))) from None
        self.calls.append(Call(self.given, numbers))

    def _look_for_changes(self, before: Any, after: Any, result: Any) -> None:
        """Note a fault if something was changed that is not returned."""
        old = dict(zip(self._names, before[0], strict=False)) | before[1]
        new = dict(zip(self._names, after[0], strict=False)) | after[1]
        for name, now in new.items():
            if _same(old[name], now):
                continue
            if _is_handed_back(old[name], now, result):
                self.changed.add(name)
                continue
            message = (
                f"it changes its argument {name}: it was {value(old[name])} before the call and is "
                f"{value(now)} after it. Whoever called may still need it"
            )
            self.calls[-1] = self.calls[-1]._replace(fault=Fault("argument", message))


class Outcome(NamedTuple):
    """What an attempt did in all probes: its calls, a list for each probe, and its habits."""

    calls: list[list[Call]]
    printed: str
    changed: frozenset[str]

    def agrees(self, other: "Outcome", rtol: float) -> bool:
        """Whether two attempts behaved alike in every call of every probe."""
        return all(
            len(one) == len(two) and all(a.agrees(b, rtol) for a, b in zip(one, two, strict=True))
            for one, two in zip(self.calls, other.calls, strict=True)
        )

    def faults(self) -> Iterator[Fault]:
        """All faults, from the smallest probe on."""
        return (call.fault for calls in self.calls for call in calls if call.fault)


def try_out(
    attempt: Attempt, probes: Iterable[Plays], *, like: Attempt, returns: Any, seconds: float
) -> Outcome:
    """Play all probes on an attempt.

    Parameters
    ----------
    attempt : callable
        What a learner wrote.
    probes : iterable of Probe
        Experiments.
    like : callable
        A right solution, whose parameters name the arguments.
    returns : nested tuple of str
        Names of what comes back.
    seconds : float
        Time that all of it may take.
    """
    names = _parameters(like)
    trials: list[tuple[Plays, Trial]] = [
        (probe, Trial(attempt, names, returns)) for probe in probes
    ]
    with _quiet() as printed:
        try:
            run_within(seconds, lambda: _play_all(trials))
        except TimeLimitError:
            _out_of_time([trial for _, trial in trials], seconds)
    changed = frozenset().union(*(trial.changed for _, trial in trials))
    return Outcome([trial.calls for _, trial in trials], printed.text, changed)


def _play_all(trials: list[tuple[Plays, Trial]]) -> None:
    for probe, trial in trials:
        _play(probe, trial)


def _play(probe: Plays, trial: Trial) -> None:
    try:
        probe.play(trial)
    except (TimeLimitError, KeyboardInterrupt):
        raise
    except _EndOfProbe as end:
        trial.calls.append(Call(trial.given, {}, end.fault))
    except BaseException as error:  # noqa: BLE001 - a learner's code may raise anything
        if _is_overtime(error):
            raise TimeLimitError from None
        trial.calls.append(Call(trial.given, {}, _raised(error)))


def _is_overtime(error: BaseException | None) -> bool:
    """Whether an error came of the end of the time, as where a lock is let go that was not held."""
    while error is not None and not isinstance(error, TimeLimitError):
        error = error.__context__
    return error is not None


def _out_of_time(trials: list[Trial], seconds: float) -> None:
    """Note it where it happened: in the first probe that noted nothing, or else in the last."""
    trial = next((trial for trial in trials if not trial.calls), trials[-1])
    message = f"it did not end within {seconds:g} seconds: does a loop go on for ever?"
    trial.calls.append(Call(trial.given, {}, Fault("time", message)))


class _EndOfProbe(Exception):
    """The probe cannot go on; what went wrong is known."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def _raised(error: BaseException) -> Fault:
    """Say which error came, and from which line of the learner's code."""
    text = " ".join(traceback.format_exception_only(error)[-1].split())[:300]
    of_ellipsis = (
        "ellipsis" in text.lower() and "ellipsis (`...`)" not in text
    )  # NumPy's on indices
    if of_ellipsis or isinstance(error, NotImplementedError):
        return NOT_ATTEMPTED
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if not frame.filename.startswith(_LIBRARIES)]
    line = f", in the line `{own[-1].line}`" if own and own[-1].line else ""
    return Fault("raised", f"it raises {text}{line}")


def is_empty(attempt: Attempt) -> bool:
    """Whether a function has no body but a docstring, `...` or `pass`."""
    code = getattr(attempt, "__code__", None)
    nothing = {"RESUME", "NOP", "LOAD_CONST", "RETURN_VALUE", "RETURN_CONST"}
    return code is not None and {step.opname for step in dis.get_instructions(code)} <= nothing


def _parameters(function: Attempt) -> list[str]:
    if not inspect.isroutine(function):
        return []
    return list(inspect.signature(function).parameters)


def _fresh(result: Any) -> Any:
    """Return a result for the next call: new arrays of float64, whatever the attempt keeps."""
    if isinstance(result, Mapping):
        return {key: _fresh(entry) for key, entry in result.items()}
    if isinstance(result, tuple) or (isinstance(result, list) and _is_nested(result)):
        return tuple(map(_fresh, result))
    return np.array(result, dtype=float)


def _is_nested(result: list[Any]) -> bool:
    return any(not np.isscalar(entry) for entry in result)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, tuple | list) and isinstance(other, tuple | list):
        return len(one) == len(other) and all(map(_same, one, other))
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other, equal_nan=one.dtype.kind == "f")
    return True  # numbers cannot change, and of the rest nobody can tell


def _is_handed_back(old: Any, now: Any, result: Any) -> bool:
    """Whether every part of an argument that changed is in a result."""
    if _same(old, now) or _is_returned(now, result):
        return True
    if isinstance(now, Mapping):
        return old.keys() == now.keys() and all(
            _is_handed_back(old[key], now[key], result) for key in now
        )
    return (
        isinstance(now, tuple | list)
        and len(old) == len(now)
        and all(_is_handed_back(*parts, result) for parts in zip(old, now, strict=True))
    )


def _is_returned(part: Any, result: Any) -> bool:
    """Whether a result is a part of an argument, or holds it, or lies in its memory."""
    if result is part:
        return True
    if isinstance(result, np.ndarray) and isinstance(part, np.ndarray):
        return np.shares_memory(result, part)
    if isinstance(result, Mapping):
        result = list(result.values())
    return isinstance(result, tuple | list) and any(_is_returned(part, r) for r in result)


class _Heard(io.TextIOBase):
    """Keeps the beginning of what is written, however much it is."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> int:
        self.text = (self.text + text)[:200]
        return len(text)


@contextmanager
def _quiet() -> Iterator[_Heard]:
    """Keep what is printed, and let no warning out: a learner's are about wrong numbers."""
    heard = _Heard()
    with (
        redirect_stdout(heard),
        redirect_stderr(heard),
        warnings.catch_warnings(),
        np.errstate(all="ignore"),
    ):
        warnings.simplefilter("ignore")
        yield heard
