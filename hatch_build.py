"""Puts lessons, assignments and pinned versions into the wheel, beside the package's modules."""

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class ShipLessons(BuildHookInterface[Any]):
    """Add the lessons, ``notebooks/assignments`` and ``constraints.txt`` to a built wheel.

    An editable install reads them from the source tree, so that they are kept once.
    """

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Name the extra files of the wheel before it is built."""
        if version == "editable":
            return
        root = Path(self.root)
        notebooks, assignments = root / "notebooks", root / "notebooks" / "assignments"
        shipped = {
            str(lesson): f"rmsprop_course/lessons/{lesson.name}"
            for lesson in sorted(notebooks.glob("[0-9]*.ipynb"))
        }
        shipped |= {
            str(file): f"rmsprop_course/{file.relative_to(notebooks).as_posix()}"
            for file in sorted(
                [*assignments.glob("*.py"), *assignments.glob("source/[0-9]*/[0-9]*.ipynb")]
            )
        }
        shipped[str(root / "constraints.txt")] = "rmsprop_course/constraints.txt"
        build_data["force_include"].update(shipped)
