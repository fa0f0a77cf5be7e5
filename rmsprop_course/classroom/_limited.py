"""Runs a program under limits: ``python _limited.py MEMORY FILE CPU PROGRAM ARGUMENTS…``.

MEMORY and FILE are bytes, CPU is seconds, each for one process. It needs nothing but the standard
library, for it starts before every kernel. Not for Windows, which knows no such limits.
"""

import os
import resource
import sys


def main() -> None:
    """Set the limits, then become the program."""
    memory, file, cpu = map(int, sys.argv[1:4])
    resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))
    resource.setrlimit(resource.RLIMIT_FSIZE, (file, file))
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu + 5))  # a signal, then the end
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.execv(sys.argv[4], sys.argv[4:])


if __name__ == "__main__":
    main()
