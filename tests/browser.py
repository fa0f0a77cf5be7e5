"""A headless Chromium for the tests that look at pages, and nothing but this machine to talk to."""

import os
from collections.abc import Iterator

import chromium
import pytest
from playwright.sync_api import Browser

REQUIRED = "RMSPROP_COURSE_REQUIRE_BROWSER"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for all tests of a worker; without one they skip, or fail if told."""
    try:
        chromium.find_chromium()
    except chromium.NoChromiumError as error:
        if os.environ.get(REQUIRED):
            pytest.fail(f"{error}, and {REQUIRED} is set")
        pytest.skip(str(error))
    with chromium.open_chromium() as browser:
        yield browser
