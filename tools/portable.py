"""Run the lessons once more with the arithmetic of another processor.

Sums in another order differ in their last bits; a lesson prints only digits that do not change.
The libraries are told to compute as on an old processor, it is checked that they do, and then
nbval compares every lesson's text with the stored one.
"""

import argparse
import json
import os
import platform
import subprocess
import sys

import numpy as np

from notebooks import select, warm_font_cache

OLD_PROCESSOR = {
    "ATEN_CPU_CAPABILITY": "default",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "SSE41",
    "OPENBLAS_CORETYPE": "Nehalem",
}
# A second thread changes the order of a sum too: with one in both runs, only the processor differs.
ONE_THREAD = {"OMP_NUM_THREADS": "1"}

# Prints, for each library and type, the hash of a matrix product's bits.
PRODUCTS = """
import hashlib, json
import numpy as np, torch

def numpy_product(a, b):
    return a @ b

def torch_product(a, b):
    return (torch.tensor(a) @ torch.tensor(b)).numpy()

factors = np.random.default_rng(0).standard_normal((2, 301, 301))
bits = {}
for name, product in {"NumPy": numpy_product, "torch": torch_product}.items():
    for dtype in ("float32", "float64"):
        result = product(*factors.astype(dtype))
        bits[f"{name} {dtype}"] = hashlib.sha256(result.tobytes()).hexdigest()
print(json.dumps(bits))
"""


def dispatched_features() -> list[str]:
    """Instruction sets that NumPy chooses at run time and this processor has."""
    return list(np.show_config(mode="dicts")["SIMD Extensions"].get("found", []))


def environment(*, old_processor: bool) -> dict[str, str]:
    """This process's environment with one thread, and with or without the old processor."""
    settings = {**OLD_PROCESSOR, "NPY_DISABLE_CPU_FEATURES": " ".join(dispatched_features())}
    inherited = {name: value for name, value in os.environ.items() if name not in settings}
    return {**inherited, **ONE_THREAD, **(settings if old_processor else {})}


def changed_products() -> dict[str, bool]:
    """Whether the bits of a matrix product differ between the two environments, by library."""
    usual, old = (
        json.loads(
            subprocess.run(
                [sys.executable, "-c", PRODUCTS],
                env=environment(old_processor=old_processor),
                check=True,
                stdout=subprocess.PIPE,
            ).stdout
        )
        for old_processor in (False, True)
    )
    return {name: usual[name] != old[name] for name in usual}


def run_nbval() -> int:
    """Compare every lesson with a run on the old processor; pytest's exit status."""
    warm_font_cache()
    nbval = [sys.executable, "-m", "pytest", "--nbval", "--nbval-current-env"]
    lessons = map(str, select([]))
    return subprocess.run(
        [*nbval, *lessons], env=environment(old_processor=True), check=False
    ).returncode


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; nbval's exit status, or 1 if the arithmetic cannot be changed."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument(
        "--allow-same",
        action="store_true",
        help="run the lessons also where the processor's arithmetic cannot be changed",
    )
    options = parser.parse_args(arguments)
    changed = changed_products()
    for name, differs in changed.items():
        print(f"matrix product, {name}: {'other bits' if differs else 'the same bits'}", flush=True)
    if not any(changed.values()):
        print(
            f"The arithmetic is that of every day: on this processor ({platform.machine()}) the "
            "variables change nothing. Run this on an x86-64 machine, or give --allow-same.",
            file=sys.stderr,
        )
        if not options.allow_same:
            return 1
    return run_nbval()


if __name__ == "__main__":
    sys.exit(main())
