"""Headlines of the square-root rule: what a larger batch does to the spread at a minimum."""

from functools import cache, partial

from rmsprop_course._settings import FloatArray
from rmsprop_course.analysis import SCALING_RULES, scaling_ratios
from rmsprop_course.headlines._headline import Headline

_FACTORS = (4, 16)
_POWERS = {"square root": 0.0, "linear": 0.5, "none": -0.5}  # of the factor
_SHARE = 0.08  # allowed, of the prediction


@cache
def _ratios() -> FloatArray:
    return scaling_ratios(_FACTORS)


def _ratio(row: int, column: int) -> float:
    return float(_ratios()[row, column])


BATCHES = tuple(
    Headline(
        f"batch-{rule.replace(' ', '-')}-{factor}",
        "08",
        f"variance at batch × {factor} over before, rule: {rule}",
        factor ** _POWERS[rule],
        _SHARE * factor ** _POWERS[rule],
        "Malladi et al. (2022)" if rule == "square root" else "we derive",
        partial(_ratio, row, column),
    )
    for column, factor in enumerate(_FACTORS)
    for row, rule in enumerate(SCALING_RULES)
)
