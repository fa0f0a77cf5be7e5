"""The Chromium that prints the book and that the tests look with: where it is and how it starts."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from rmsprop_course.cli.doctor import find_browser

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # a page that needs the network fails, workers included
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
)


class NoChromiumError(Exception):
    """No Chromium was found."""

    def __init__(self) -> None:
        super().__init__("Chromium is not installed (Debian: apt install chromium)")


def find_chromium() -> str:
    """Path of Chromium, or of a Chrome that does the same."""
    path = find_browser()
    if path is None:
        raise NoChromiumError
    return path


@contextmanager
def open_chromium() -> Iterator[Browser]:
    """Start Chromium without a window and without a network."""
    path = find_chromium()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()
