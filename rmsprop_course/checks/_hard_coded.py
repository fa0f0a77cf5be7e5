"""The mistake of not using a setting, which every exercise with settings knows."""

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._trial import Attempt


def hard_coded(name: str, attempt: Attempt) -> Misconception:
    """Return the mistake of an attempt whose result does not depend on the setting `name`."""
    return Misconception(
        f"hard-coded {name}",
        f"The result is the same whatever `{name}` is: the function does not use what it gets.",
        f"Where in your code is `{name}`?",
        attempt,
    )
