"""Whether this machine has the sandbox of the classroom, for the tests that need it."""

import os

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
