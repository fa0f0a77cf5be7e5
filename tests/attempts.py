"""Tests of a lesson's checks, made from attempts as learners write them."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pytest

from rmsprop_course.checks import check

Attempt = Callable[..., Any]


def rights_pass(attempts: Mapping[str, Iterable[Attempt]]) -> Callable[[str, Attempt], None]:
    """Return a test that attempts pass, given by exercise."""

    @pytest.mark.parametrize(
        ("exercise", "attempt"),
        [(exercise, attempt) for exercise, those in attempts.items() for attempt in those],
    )
    def test(exercise: str, attempt: Attempt) -> None:
        result = check(exercise, attempt, record=False)
        assert result.passed, result

    return test


def wrongs_are_named(
    attempts: Mapping[str, Mapping[Attempt, str]],
) -> Callable[[str, Attempt, str], None]:
    """Return a test that attempts, given by exercise, fail by the names of their mistakes."""

    @pytest.mark.parametrize(
        ("exercise", "attempt", "name"),
        [(exercise, *named) for exercise, those in attempts.items() for named in those.items()],
    )
    def test(exercise: str, attempt: Attempt, name: str) -> None:
        result = check(exercise, attempt, record=False)
        assert not result.passed
        assert result.misconception == name, result

    return test
