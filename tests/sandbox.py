"""For tests of the classroom: the sandbox, where there is one, and databases without a wait."""

import os
from collections.abc import Iterator

import pytest

REQUIRED = "RMSPROP_COURSE_REQUIRE_SANDBOX"


@pytest.fixture(scope="session")
def sandbox() -> None:
    """Skip where there is no sandbox, or fail where one is required."""
    from rmsprop_course.classroom import _sandbox

    reason = _sandbox.trial()
    if reason and os.environ.get(REQUIRED):
        pytest.fail(f"{reason}, and {REQUIRED} is set")
    if reason:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def fast_database() -> Iterator[None]:
    """Make gradebooks without the program that only writes their version down."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("nbgrader.api.get_alembic_version", lambda: "none")
        yield
