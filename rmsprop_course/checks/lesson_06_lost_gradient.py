"""The exercise on float16 in lesson 06: the largest gradient whose square is lost."""

from collections.abc import Callable

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded

_LOST = 2.0**-25  # half of the smallest positive float16: up to it, numbers are rounded to 0
_SMALLEST, _SMALLEST_NORMAL, _SPACING_AT_1 = 2.0**-24, 2.0**-14, 2.0**-10


def largest_lost_gradient(alpha: float) -> float:
    """Return the largest |g| whose first average, (1 - alpha) g², is 0 in float16."""
    return float((_LOST / (1 - alpha)) ** 0.5)


def wrong_borders() -> tuple[Misconception, ...]:
    """Return the mistakes."""

    def below(border: float) -> Callable[[float], float]:
        return lambda alpha: float((border / (1 - alpha)) ** 0.5)

    return (
        Misconception(
            "the smallest number is not lost",
            "2⁻²⁴ itself is kept; only what is nearer to 0 than to it is rounded to 0.",
            "Where is the border between what is rounded to 0 and what is rounded to 2⁻²⁴?",
            below(_SMALLEST),
        ),
        Misconception(
            "the smallest number with all its bits",
            "2⁻¹⁴ is the smallest float16 with all its bits; below it there are smaller ones.",
            "What does `torch.tensor(2.0**-20, dtype=torch.float16)` print?",
            below(_SMALLEST_NORMAL),
        ),
        Misconception(
            "the spacing at 1",
            "2⁻¹⁰ is the distance of 1 to the next float16; near 0 the numbers lie much closer.",
            "What does `torch.tensor(2.0**-20, dtype=torch.float16)` print?",
            below(_SPACING_AT_1),
        ),
        Misconception(
            "a quarter of the smallest number",
            "The border is halved twice; half of 2⁻²⁴ is 2⁻²⁵.",
            "Which power of 2 is half of 2⁻²⁴?",
            below(_LOST / 2),
        ),
        Misconception(
            "the root is missing",
            "This is the border of g²; the question is about |g|.",
            "What is v if the gradient is what you return?",
            lambda alpha: _LOST / (1 - alpha),
        ),
        Misconception(
            "the root of the border alone",
            "Only the border is under the root, not 1 - α.",
            "What is v if the gradient is what you return?",
            lambda alpha: _LOST**0.5 / (1 - alpha),
        ),
        Misconception(
            "the root of 1 - α alone",
            "Only 1 - α is under the root, not the border.",
            "What is v if the gradient is what you return?",
            lambda alpha: _LOST / (1 - alpha) ** 0.5,
        ),
        Misconception(
            "1 - α is missing",
            "It is not g² that is rounded: the first average holds only a share of it.",
            "With v = 0 before the first step, what is v after it?",
            lambda alpha: _LOST**0.5,
        ),
        Misconception(
            "α and 1 - α swapped",
            "The first average holds 1 - α of the square, not α of it.",
            "For α = 0.99, how much of g² is in the first average?",
            lambda alpha: float((_LOST / alpha) ** 0.5),
        ),
        Misconception(
            "multiplies by 1 - α",
            "The border is multiplied by 1 - α instead of divided, so a larger α gives less.",
            "If less of g² enters the average, must |g| be larger or smaller to be kept?",
            lambda alpha: float((_LOST * (1 - alpha)) ** 0.5),
        ),
        Misconception(
            "the border for float32",
            "This is where float32 rounds to 0; float16 does so much earlier.",
            "What is the smallest positive number in float16?",
            below(2.0**-150),
        ),
        hard_coded("alpha", lambda alpha: largest_lost_gradient(0.99)),
    )
