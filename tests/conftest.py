"""For all tests: what to import, a browser, the built site, and no deadline of hypothesis."""

import os
import sys
from pathlib import Path

import pytest
from hypothesis import settings

for folder in ("tools", "book/_ext"):
    sys.path.insert(0, str(Path(__file__).parents[1] / folder))

if "TRITON_INTERPRET" not in os.environ:  # Triton decides at its import whether it interprets
    collect_ignore = ["triton_in_the_interpreter.py"]

pytest_plugins = ["book_site", "browser", "sandbox"]
pytest.register_assert_rewrite("attempts")

settings.register_profile("patient", deadline=None)  # a busy machine is no reason to fail
settings.load_profile("patient")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have to report besides passing, such as the share of paths cut short."""
    for report in terminalreporter.stats.get("passed", []):
        for _, value in getattr(report, "user_properties", []):
            terminalreporter.write_line(f"{report.nodeid.partition('::')[0]}: {value}")
