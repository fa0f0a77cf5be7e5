"""Ends code that does not end by itself, without ending the process that runs it.

What waits inside a single call of a compiled function, such as a sum of endless terms, cannot be
ended from within: that takes a restart of the kernel.
"""

import ctypes
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_AGAIN = 0.05  # seconds between interrupts: a bare `except:` may swallow one, but not all


class TimeLimitError(BaseException):
    """Raised in code that takes too long; no Exception, so that `except Exception` lets it go."""


@contextmanager
def time_limit(seconds: float) -> Iterator[None]:
    """Raise a TimeLimitError in the block if it takes longer, and again until it ends.

    Parameters
    ----------
    seconds : float
        Longer than 0.

    Raises
    ------
    TimeLimitError
        When the time is up.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    by_signal = in_main_thread and hasattr(signal, "setitimer")
    with _alarm(seconds) if by_signal else _watch(seconds):
        yield


@contextmanager
def _alarm(seconds: float) -> Iterator[None]:
    """Interrupt by a signal, which ends what sleeps or waits for a lock too."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise TimeLimitError

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    try:
        yield
    finally:
        _surely(lambda: signal.setitimer(signal.ITIMER_REAL, 0))
        signal.signal(signal.SIGALRM, before)


@contextmanager
def _watch(seconds: float) -> Iterator[None]:
    """Interrupt from a second thread: on Windows, and where not the main thread checks."""
    thread = ctypes.c_ulong(threading.get_ident())
    raise_in = ctypes.pythonapi.PyThreadState_SetAsyncExc
    is_over, guard = threading.Event(), threading.Lock()

    def interrupt() -> None:
        wait = seconds
        while not is_over.wait(wait):
            wait = _AGAIN
            with guard:
                if not is_over.is_set():
                    raise_in(thread, ctypes.py_object(TimeLimitError))

    watcher = threading.Thread(target=interrupt, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        _surely(lambda: _end(is_over, guard))
        raise_in(thread, None)  # one that was asked for and has not come yet
        watcher.join()


def _end(is_over: threading.Event, guard: threading.Lock) -> None:
    is_over.set()
    with guard:
        pass


def _surely(action: Callable[[], object]) -> None:
    """Do it, although interrupts may still come."""
    while True:
        try:
            action()
        except TimeLimitError:
            continue
        return
