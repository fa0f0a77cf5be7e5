"""What comes back from an attempt, as named arrays of numbers that can be compared and shown."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = dict[str, NDArray[Any]]

_NOTHING = 1e-12  # what differs by less is the same
_MANY = 40  # numbers that nobody compares by eye


class UnreadableError(Exception):
    """What came back is not what the exercise asks for; the message says so to a learner."""


def holds_ellipsis(result: Any) -> bool:
    """Whether `...`, which a skeleton leaves to fill in, is in a result."""
    if isinstance(result, Mapping):
        return any(map(holds_ellipsis, result.values()))
    if isinstance(result, tuple | list):
        return any(map(holds_ellipsis, result))
    return result is ...


def read(result: Any, names: Any) -> Numbers:
    """Return the numbers of a result, each under its name.

    Parameters
    ----------
    result : object
        What a learner's function returned.
    names : str or nested tuple of str
        What it should return: one thing, or several in this order.

    Raises
    ------
    UnreadableError
        If it is something else.
    """
    return dict(_read(result, names))


def _read(result: Any, names: Any) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(names, str):
        yield from _named(result, names)
        return
    if not isinstance(result, tuple | list) or len(result) != len(names):
        raise UnreadableError(f"it must return {_listed(names)}; it returned {_kind(result)}")
    for part, name in zip(result, names, strict=True):
        yield from _read(part, name)


def _named(result: Any, name: str) -> Iterator[tuple[str, NDArray[Any]]]:
    if isinstance(result, Mapping):
        for key, value in result.items():
            yield from _named(value, f"{name}[{key!r}]")
    else:
        yield name, _as_numbers(result, name)


def _as_numbers(value: Any, name: str) -> NDArray[Any]:
    """Return a copy, so that what changes later does not change it."""
    if value is None:
        missing = "the function returns nothing (None)" if name == "result" else f"{name} is None"
        raise UnreadableError(f"{missing}: is there a `return`, and does all of it have a value?")
    if hasattr(value, "detach"):  # a torch tensor
        value = value.detach().cpu()
    try:
        array = np.array(value)
    except (TypeError, ValueError):
        raise UnreadableError(f"{name} must hold numbers, got {_kind(value)}") from None
    if array.dtype.kind == "c":
        raise UnreadableError(f"{name} is complex: is there a root of a negative number?")
    if array.dtype.kind not in "iuf":
        raise UnreadableError(f"{name} must hold numbers, got {_kind(value)}")
    return array


def agree(got: Numbers, expected: Numbers, rtol: float) -> bool:
    """Whether two results have the same names, shapes and, within tolerance, numbers.

    Beside `rtol` of each number, a hundredth of that of the array's largest is allowed: where large
    numbers cancel, their rounding stays; and where a run ends at 0, it may stop just short of it.
    """
    return got.keys() == expected.keys() and all(
        got[name].shape == array.shape
        and np.allclose(
            got[name], array, rtol, max(rtol / 100 * _largest(array), _NOTHING), equal_nan=True
        )
        for name, array in expected.items()
    )


def _largest(array: NDArray[Any]) -> float:
    return float(np.abs(array[np.isfinite(array)]).max(initial=0.0))


def unlike(got: Numbers, expected: Numbers) -> str:
    """Say what is wrong with a result before its numbers can be compared, or ""."""
    if got.keys() != expected.keys():
        return f"it must return {', '.join(expected)}; it returned {', '.join(got) or 'nothing'}"
    for name, array in expected.items():
        title = "the result" if name == "result" else name
        if got[name].shape != array.shape:
            return f"{title} must have shape {array.shape}, got {got[name].shape}"
        if np.isfinite(array).all() and not np.isfinite(got[name]).all():
            return f"{title} is {value(got[name])}, where finite numbers are expected"
    return ""


def shown(numbers: Numbers) -> str:
    """Return the numbers by name, on one line if they are few."""
    if list(numbers) == ["result"]:
        return value(numbers["result"])
    return ", ".join(f"{name} = {value(array)}" for name, array in numbers.items())


def value(given: Any) -> str:
    """Return an argument or a result as a learner would write it, short."""
    if isinstance(given, Mapping):
        return "{" + ", ".join(f"{key!r}: {value(entry)}" for key, entry in given.items()) + "}"
    if isinstance(given, tuple):
        return "(" + ", ".join(map(value, given)) + ")"
    if isinstance(given, np.ndarray):
        if given.size > _MANY:
            return f"an array of shape {given.shape}"
        return value(given.tolist())
    if isinstance(given, list):
        return "[" + ", ".join(map(value, given)) + "]"
    if isinstance(given, float | np.floating):
        return f"{given + 0.0:.7g}"  # which makes 0 of -0
    return getattr(given, "__name__", None) or repr(given)


def _listed(names: Any) -> str:
    parts = [name if isinstance(name, str) else f"({_listed(name)})" for name in names]
    return ", ".join(parts)


def _kind(result: Any) -> str:
    """Say what something is without showing all of it."""
    if result is None:
        return "nothing (None): is there a `return`?"
    if isinstance(result, tuple | list):
        return f"a {type(result).__name__} of {len(result)}"
    if isinstance(result, np.ndarray):
        return f"one array of shape {result.shape} and dtype {result.dtype}"
    return f"a value of type {type(result).__name__}"
