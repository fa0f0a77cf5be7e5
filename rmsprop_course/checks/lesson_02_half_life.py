"""The mistakes of "decay-from-half-life"; one module for all of the lesson would be too long."""

import numpy as np

from rmsprop_course.checks._exercise import Misconception
from rmsprop_course.checks._hard_coded import hard_coded


def wrong_decays() -> tuple[Misconception, ...]:
    """Return all mistakes."""
    return (*_other_lengths(), *_wrong_algebra(), *_wrong_results())


def _other_lengths() -> tuple[Misconception, ...]:
    """Return decays for which something else takes the given number of steps."""
    return (
        Misconception(
            "window instead of half-life",
            "This γ has a window of the given length, 1/(1 - γ); its weights halve well before.",
            "Raise your γ to the power of the given number of steps: is that one half?",
            lambda n_steps: 1 - 1 / n_steps,
        ),
        Misconception(
            "mean age instead of half-life",
            "For this γ the mean age of the values, γ/(1 - γ), is the given number of steps.",
            "Raise your γ to the power of the given number of steps: is that one half?",
            lambda n_steps: n_steps / (n_steps + 1),
        ),
        Misconception(
            "effective sample size instead of half-life",
            "This γ makes an average worth the given number of values, (1 + γ)/(1 - γ); that is "
            "about noise, not about age.",
            "Raise your γ to the power of the given number of steps: is that one half?",
            lambda n_steps: (n_steps - 1) / (n_steps + 1),
        ),
        Misconception(
            "to 1/e instead of one half",
            "With this γ the weights fall to 1/e, about 0.37, in the given number of steps.",
            "Raise your γ to the power of the given number of steps: what should come out?",
            lambda n_steps: np.exp(-1 / n_steps),
        ),
        Misconception(
            "to a quarter instead of one half",
            "With this γ the weights halve twice in the given number of steps.",
            "Raise your γ to the power of the given number of steps: what should come out?",
            lambda n_steps: 0.25 ** (1 / n_steps),
        ),
        Misconception(
            "halved in twice as many steps",
            "With this γ the weights need twice the given number of steps to halve.",
            "Raise your γ to the power of the given number of steps: what should come out?",
            lambda n_steps: 0.5 ** (1 / (2 * n_steps)),
        ),
        Misconception(
            "one step more",
            "With this γ the weights halve one step later than they should.",
            "How old is the newest value, 0 or 1 steps, and how old is the one of half the weight?",
            lambda n_steps: 0.5 ** (1 / (n_steps + 1)),
        ),
        Misconception(
            "one step fewer",
            "With this γ the weights halve one step earlier than they should.",
            "How old is the newest value, 0 or 1 steps, and how old is the one of half the weight?",
            lambda n_steps: 0.5 ** (1 / (n_steps - 1)),
        ),
        Misconception(
            "as if weights fell in a straight line",
            "This takes the same piece of the weight away in each step; the weights fall by the "
            "same factor.",
            "Which share of its weight does a value keep in one step, if it keeps half in two?",
            lambda n_steps: 1 - 0.5 / n_steps,
        ),
    )


def _wrong_algebra() -> tuple[Misconception, ...]:
    """Return wrong solutions of γʰ = ½."""
    return (
        Misconception(
            "the power is not inverted",
            "One half is raised to the power h; that is the weight after h half-lives, not γ.",
            "Longer memory, larger γ: does yours grow with the number of steps?",
            lambda n_steps: 0.5**n_steps,
        ),
        Misconception(
            "one half divided by the number of steps",
            "This divides one half by h, as `0.5 ** 1 / h` does too, since a power is taken first.",
            "Longer memory, larger γ: does yours grow with the number of steps?",
            lambda n_steps: 0.5 / n_steps,
        ),
        Misconception(
            "one over the number of steps",
            "1/h shrinks as the memory gets longer; γ must come closer to 1.",
            "Longer memory, larger γ: does yours grow with the number of steps?",
            lambda n_steps: 1 / n_steps,
        ),
        Misconception(
            "weights that double",
            "This γ is larger than 1, so that old values weigh more and more.",
            "In which range must γ be, if old values are to fade?",
            lambda n_steps: 2 ** (1 / n_steps),
        ),
        Misconception(
            "the logarithm of γ",
            "This is ln γ, which is negative; γ itself is asked for.",
            "Which function undoes the logarithm?",
            lambda n_steps: np.log(0.5) / n_steps,
        ),
        Misconception(
            "only for a long memory",
            "1 - ln 2/h comes close to γ if h is large, and is wrong for a few steps.",
            "Raise your γ for 2 steps to the power 2: is that one half?",
            lambda n_steps: 1 - np.log(2) / n_steps,
        ),
        Misconception(
            "the formula for the way back",
            "ln ½ / ln x turns γ into a half-life; here the half-life is given and γ is asked for.",
            "Which of the two letters in ln ½ / ln γ do you know, and which do you look for?",
            lambda n_steps: np.log(0.5) / np.log(n_steps),
        ),
        Misconception(
            "whole-number division",
            "`1 // h` is 0 as soon as h is larger than 1, and anything to the power 0 is 1.",
            "What does Python print for `1 // 100`?",
            lambda n_steps: 0.5 ** (1 // n_steps),
        ),
    )


def _wrong_results() -> tuple[Misconception, ...]:
    """Return something else than γ in full."""
    return (
        Misconception(
            "1 - γ instead of γ",
            "This is the weight of the new value; γ is what is left of the old average.",
            "Longer memory, larger γ: does yours grow with the number of steps?",
            lambda n_steps: 1 - 0.5 ** (1 / n_steps),
        ),
        Misconception(
            "γ rounded to two digits",
            "Rounded to 0.99, γ for 100 steps has a half-life of 68.97 steps: digits matter here.",
            "How many digits of γ does your function return?",
            lambda n_steps: round(0.5 ** (1 / n_steps), 2),
        ),
        hard_coded("n_steps", lambda n_steps: 0.5 ** (1 / 100)),
    )
