"""Write constraints.txt: one version of every package that any extra needs, for every platform."""

import argparse
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CONSTRAINTS = ROOT / "constraints.txt"
HEADER = """\
# The versions that the tests ran with: one of each package that any extra of rmsprop-course
# needs, on Linux, macOS and Windows (what follows a ";" says where). Every install uses them:
#     pip install --constraint constraints.txt --editable ".[course]"
# Written by `make constraints`; `make constraints UPGRADE=1` moves each to its newest version.
"""


def resolve(*, upgrade: bool) -> None:
    """Let uv resolve all extras at once, for every platform, with one version of each package.

    uv keeps the versions that stand in the file already, as far as they still fit.
    """
    command = ["uv", "pip", "compile", "--quiet", "--output-file", CONSTRAINTS.name]
    command += ["--all-extras", "--universal", "--python-version=3.11", "--fork-strategy=fewest"]
    command += ["--no-header", "--no-annotate", "--no-emit-index-url"]
    command += ["--upgrade"] if upgrade else []
    subprocess.run([*command, "pyproject.toml"], cwd=ROOT, check=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--upgrade", action="store_true", help="move all to the newest version")
    resolve(upgrade=parser.parse_args().upgrade)
    pins = CONSTRAINTS.read_text(encoding="utf-8")
    CONSTRAINTS.write_text(HEADER + pins, encoding="utf-8")
    print(f"{CONSTRAINTS.name}: {len(pins.splitlines())} packages")


if __name__ == "__main__":
    main()
