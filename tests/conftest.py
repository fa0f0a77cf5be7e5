"""For all tests: tools/ can be imported, there is a browser, and hypothesis knows no deadline."""

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

pytest_plugins = ["browser"]

settings.register_profile("patient", deadline=None)  # a busy machine is no reason to fail
settings.load_profile("patient")
