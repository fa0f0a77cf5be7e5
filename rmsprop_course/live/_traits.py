"""Settings of live figures: traits that name themselves, the rule and the value when they refuse.

Each is synchronized with the figure on the screen; what a slider sends is checked like what Python
sets.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from rmsprop_course._extras import extra
from rmsprop_course._settings import as_numbers, in_range, is_flag

with extra("course"):
    from anywidget import AnyWidget
    from traitlets import TraitType


class Setting(TraitType[Any, Any]):
    """A trait that Python and the screen share."""

    def __init__(self, default: Any) -> None:
        super().__init__(default)
        self.tag(sync=True)


class Number(Setting):
    """A number in [low, high), or [low, high] with `closed`, or (low, high) with `positive`."""

    def __init__(
        self,
        default: float,
        *,
        low: float = 0.0,
        high: float = np.inf,
        closed: bool = False,
        positive: bool = False,
    ) -> None:
        super().__init__(default)
        self.interval, self.ends = (low, high), {"closed": closed, "positive": positive}

    def validate(self, obj: AnyWidget, value: Any) -> float:
        """Return the value as a float."""
        if np.ndim(value) != 0:
            raise TypeError(f"{self.name} must be one number, got {value!r}")
        return float(in_range(str(self.name), value, *self.interval, **self.ends))


class Count(Setting):
    """A whole number from `low` to `high`, both included."""

    def __init__(self, default: int, *, low: int, high: int) -> None:
        super().__init__(default)
        self.low, self.high = low, high

    def validate(self, obj: AnyWidget, value: Any) -> int:
        """Return the value as an int."""
        if not isinstance(value, int | np.integer) or isinstance(value, bool):
            raise TypeError(f"{self.name} must be a whole number, got {value!r}")
        return int(in_range(str(self.name), value, self.low, self.high, closed=True))


class Flag(Setting):
    """True or False."""

    def validate(self, obj: AnyWidget, value: Any) -> bool:
        """Return the value as a bool."""
        return is_flag(str(self.name), value)


class Choice(Setting):
    """One of a few names."""

    def __init__(self, default: str, *, options: Sequence[str]) -> None:
        super().__init__(default)
        self.options = tuple(options)

    def validate(self, obj: AnyWidget, value: Any) -> str:
        """Return the value."""
        if value not in self.options:
            raise ValueError(f"{self.name} must be one of {', '.join(self.options)}, got {value!r}")
        return str(value)


class Names(Setting):
    """Some of a few names, as a tuple in the order of the options."""

    def __init__(self, default: Sequence[str], *, options: Sequence[str]) -> None:
        super().__init__(tuple(default))
        self.options = tuple(options)

    def validate(self, obj: AnyWidget, value: Any) -> tuple[str, ...]:
        """Return the names, each once."""
        unknown = [name for name in value if name not in self.options]
        if unknown or isinstance(value, str):
            raise ValueError(f"{self.name} must be among {', '.join(self.options)}, got {value!r}")
        return tuple(name for name in self.options if name in value)


class Point(Setting):
    """Coordinates of a point, as a tuple of finite floats of the length of the default."""

    def validate(self, obj: AnyWidget, value: Any) -> tuple[float, ...]:
        """Return the coordinates as a tuple of floats."""
        coordinates = as_numbers(str(self.name), value)
        length = len(self.default_value)
        if coordinates.shape != (length,):
            raise ValueError(f"{self.name} must be {length} numbers, got {value!r}")
        if not np.isfinite(coordinates).all():
            raise ValueError(f"{self.name} must be finite, got {value!r}")
        return tuple(coordinates.tolist())
