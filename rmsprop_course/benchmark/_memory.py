"""How much memory a case needs and is there, and how much a step takes for a moment."""

import gc
import json
import os
import tempfile
from pathlib import Path

from rmsprop_course._extras import extra
from rmsprop_course.benchmark._cases import Case
from rmsprop_course.benchmark._contenders import Step, Variant
from rmsprop_course.benchmark._timing import PROBE_NUMEL

with extra("course"):
    import psutil
    import torch
    from torch.profiler import ProfilerActivity, profile

_COUNTED = ("cuda", "xpu")  # devices whose allocator PyTorch can be asked about


def needed_bytes(case: Case, variant: Variant) -> int:
    """Return the memory that a case needs, in bytes.

    All RMSprops share one state; beside it stand the parameters, the gradients, the yardstick's
    state, which is as large, two whole copies for the temporaries of one step, and the probes.
    """
    copies = 2 + 2 * variant.n_averages + 2
    return 4 * (copies * case.n_params + 2 * PROBE_NUMEL)


def free_bytes(device: torch.device) -> int:
    """Return the memory that is free on a device, in bytes."""
    gc.collect()  # what the case before has left behind
    if device.type in _COUNTED:
        torch.accelerator.empty_cache()
        return torch.accelerator.get_memory_info(device)[0]
    return int(psutil.virtual_memory().available)


def peak_extra_bytes(step: Step, device: torch.device) -> int | None:
    """Take a step and return the most memory that it held beyond what was there before, in bytes.

    Parameters, gradients and state are there before, so what counts is a step's temporaries.

    Parameters
    ----------
    step : callable
        Takes a step; it has taken one before, so that its state exists.
    device : torch.device
        Where the parameters are.

    Returns
    -------
    int or None
        None on devices that cannot be asked, such as Apple's.

    Notes
    -----
    On CUDA and XPU, PyTorch's allocator keeps the peak. On the CPU, PyTorch's profiler records each
    allocation and each release of a tensor in the order of time, and the peak is the largest sum
    so far. Python's own objects and NumPy's arrays are not in it, nor is what a library takes
    from the system itself.

    Examples
    --------
    >>> params = torch.ones(1000)
    >>> peak_extra_bytes(lambda: params.sub_(params.sqrt()), torch.device("cpu"))
    4000
    >>> peak_extra_bytes(lambda: params.sqrt_(), torch.device("cpu"))
    0
    """
    if device.type in _COUNTED:
        torch.accelerator.synchronize(device)
        torch.accelerator.reset_peak_memory_stats(device)
        before = torch.accelerator.memory_allocated(device)
        step()
        torch.accelerator.synchronize(device)
        return torch.accelerator.max_memory_allocated(device) - before
    return _peak_on_cpu(step) if device.type == "cpu" else None


def _peak_on_cpu(step: Step) -> int:
    os.environ.setdefault("KINETO_LOG_LEVEL", "99")  # else the profiler writes to the terminal
    with profile(activities=[ProfilerActivity.CPU], profile_memory=True) as recorded:
        step()
    with tempfile.TemporaryDirectory() as folder:
        trace = Path(folder) / "trace.json"
        recorded.export_chrome_trace(str(trace))
        events = json.loads(trace.read_bytes())["traceEvents"]
    changes = [event for event in events if event["name"] == "[memory]"]
    held, peak = 0, 0
    for change in sorted(changes, key=lambda event: float(event["ts"])):
        held += change["args"]["Bytes"]  # negative for a release
        peak = max(peak, held)
    return peak
