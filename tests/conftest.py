"""For all tests: the maintainers' scripts in tools/ can be imported."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tools"))

pytest_plugins = ["browser"]
