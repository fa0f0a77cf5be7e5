"""Which device to measure, and what it is called."""

import platform
from pathlib import Path

from rmsprop_course._extras import extra

with extra("torch"):
    import torch


def find_device(name: str | None) -> torch.device:
    """Return the device of this name, by default the accelerator that is there or the CPU.

    Parameters
    ----------
    name : str, optional
        As PyTorch names it, such as ``cpu``, ``cuda`` or ``cuda:1``.

    Returns
    -------
    torch.device

    Raises
    ------
    ValueError
        If that is no device, or PyTorch does not find it on this machine.

    Examples
    --------
    >>> find_device("cpu")
    device(type='cpu')
    """
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if name is None:
        return accelerator or torch.device("cpu")
    try:
        device = torch.device(name)
    except RuntimeError:
        raise ValueError(f"device must be cpu, cuda, cuda:1, mps or xpu, got {name!r}") from None
    found = {"cpu": 1}
    if accelerator is not None:
        found[accelerator.type] = torch.accelerator.device_count()
    if (device.index or 0) >= found.get(device.type, 0):
        there = ", ".join(f"{count} {kind}" for kind, count in found.items())
        raise ValueError(f"device must be one that PyTorch finds here ({there}), got {name!r}")
    return device


def device_name(device: torch.device) -> str:
    """Return what the maker calls a device."""
    match device.type:
        case "cuda":
            return torch.cuda.get_device_name(device)
        case "xpu":
            return torch.xpu.get_device_name(device)
        case "mps":
            return f"GPU of {_processor()}"
        case _:
            return _processor()


def _processor() -> str:
    """Return the processor's name: Linux tells it in a file, others tell Python."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text(encoding="utf-8").splitlines() if told.is_file() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return next(iter(names), "") or platform.processor() or platform.machine()
