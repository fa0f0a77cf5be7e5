"""Ends code that does not end by itself, without ending the process that runs it.

What waits inside a single call of a compiled function, such as a sum of endless terms, cannot be
ended from within, nor can what catches everything twice over: that takes a restart of the kernel.
"""

import ctypes
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

_AGAIN = 0.05  # seconds between interrupts, for `except:` may swallow one


class TimeLimitError(BaseException):
    """Raised in code that takes too long; no Exception, so that `except Exception` lets it go."""


def run_within(seconds: float, action: Callable[[], None]) -> None:
    """Run an action, and interrupt it until it ends if it takes longer.

    Parameters
    ----------
    seconds : float
        Longer than 0.
    action : callable
        Takes no arguments.

    Raises
    ------
    TimeLimitError
        If the time was up before the action ended.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    by_signal = in_main_thread and hasattr(signal, "setitimer")
    stop = _start_alarm(seconds) if by_signal else _start_watcher(seconds, threading.get_ident())
    try:
        list(_interruptible(action))
    finally:
        stop()


def _interruptible(action: Callable[[], None]) -> Iterator[None]:
    """Run an action; while this function is on the stack, and only then, interrupts may come.

    It is a generator, which has an exception state of its own: an interrupt in a line with `with`
    would leave its error there as the one being handled, for all that runs later.
    """
    action()
    yield


def _frames(frame: FrameType | None) -> list[FrameType]:
    """Return the frames that may be interrupted, from the innermost out; none if outside."""
    found: list[FrameType] = []
    while frame is not None:
        if frame.f_code is _interruptible.__code__:
            return found
        found.append(frame)
        frame = frame.f_back
    return []


def _start_alarm(seconds: float) -> Callable[[], None]:
    """Interrupt by a signal, which ends what sleeps or waits for a lock too.

    An `except: pass` in a loop swallows that error. So a second one follows in the next line, which
    is the one with `except`.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        sys.settrace(None)
        if frames := _frames(frame):
            for inner in frames:
                inner.f_trace = in_next_line
            sys.settrace(in_next_line)
            raise TimeLimitError

    def in_next_line(frame: FrameType, event: str, argument: object) -> Any:
        if event == "line" and _frames(frame):
            raise TimeLimitError  # which ends the tracing
        return in_next_line

    def stop() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, handler_before)
        sys.settrace(trace_before)

    trace_before = sys.gettrace()
    handler_before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, seconds, _AGAIN)
    return stop


def _start_watcher(seconds: float, thread: int) -> Callable[[], None]:
    """Interrupt from a second thread: on Windows, and where not the main thread checks."""
    is_over = threading.Event()

    def watch() -> None:
        wait = seconds
        while not is_over.wait(wait):
            wait = _AGAIN
            if _frames(sys._current_frames().get(thread)):
                _ask_for(TimeLimitError, thread)

    def stop() -> None:
        try:
            _ask_for(None, thread)  # before anything else: one may be on its way
        finally:
            is_over.set()
            watcher.join()
            _ask_for(None, thread)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    return stop


def _ask_for(error: type[BaseException] | None, thread: int) -> None:
    """Let a thread raise an error as soon as it can, or no more if it has not yet."""
    given = None if error is None else ctypes.py_object(error)
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), given)
