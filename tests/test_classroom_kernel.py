"""The kernel of a submission, where nobody is left to end it or to clear up after it."""

import asyncio
import os
import time

import event_loop
import pytest

from rmsprop_course.classroom import _kernel
from rmsprop_course.classroom._kernel import Limits, WatchedKernelManager

PATIENCE = 60.0  # seconds
LIMITS = Limits(memory=2 * 2**30, cpu=60, wall=1.0, processes=64)


async def status_of_a_kernel() -> int | None:
    """Start a kernel, wait until it ends by itself, and return its status."""
    manager = WatchedKernelManager(files={}, limits=LIMITS, sandboxed=True, kernel_name="python3")
    await manager.start_kernel()
    begin = time.monotonic()
    try:
        while manager.status is None and time.monotonic() - begin < PATIENCE:
            await asyncio.sleep(0.1)
        return manager.status
    finally:
        await manager.shutdown_kernel(now=True)


@pytest.mark.usefixtures("sandbox")
def test_a_kernel_that_nobody_watches_ends_by_itself(monkeypatch):
    monkeypatch.setattr(_kernel, "_GRACE", 1.0)
    monkeypatch.setattr(_kernel._Watch, "run", lambda self: None)
    assert event_loop.run(status_of_a_kernel()) == 128 + 9


@pytest.mark.usefixtures("sandbox")
def test_a_kernel_that_runs_too_long_is_ended(monkeypatch):
    assert event_loop.run(status_of_a_kernel()) in (128 + 9, -9)


def test_what_killed_graders_left_is_swept_when_it_is_old(tmp_path, monkeypatch):
    monkeypatch.setattr(_kernel.tempfile, "tempdir", str(tmp_path))
    for name in ("rmsprop-kernel-old", "rmsprop-kernel-new", "others"):
        (tmp_path / name / "io").mkdir(parents=True)
    long_ago = time.time() - 2 * 24 * 60 * 60
    for name in ("rmsprop-kernel-old", "others"):
        os.utime(tmp_path / name, (long_ago, long_ago))
    _kernel.sweep()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["others", "rmsprop-kernel-new"]
