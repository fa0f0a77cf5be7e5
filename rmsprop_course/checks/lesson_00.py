"""Exercise of lesson 00, a first one to learn how exercises answer: the mean square."""

from typing import Any

import numpy as np

from rmsprop_course.checks._exercise import Material, Misconception
from rmsprop_course.checks._hard_coded import hard_coded
from rmsprop_course.checks._probes import call


def _mean_square(values: Any) -> Any:
    return np.mean(values**2)


_WRONG_SQUARES = (
    Misconception(
        "averaged before it is squared",
        "This is the square of the mean, in which opposite signs cancel; each number must be "
        "squared first.",
        "What is the mean of 3 and -4, and does it say how large they are?",
        lambda values: np.mean(values) ** 2,
    ),
    Misconception(
        "the root mean square",
        "This is the root of the mean square; here the root is left out.",
        "Which of the three words root, mean and square does this exercise not ask for?",
        lambda values: np.sqrt(_mean_square(values)),
    ),
    Misconception(
        "the mean",
        "Nothing is squared: this is the mean of the numbers themselves.",
        "What does your function return for 1 and -1, and how large are they?",
        np.mean,
    ),
    Misconception(
        "absolute values instead of squares",
        "This is the mean of the sizes of the numbers, not of their squares.",
        "What are the squares of 3 and -4?",
        lambda values: np.mean(np.abs(values)),
    ),
    Misconception(
        "doubled instead of squared",
        "Each number is multiplied by 2, not by itself.",
        "What is the square of -4, and what comes out of your formula for it?",
        lambda values: np.mean(values * 2),
    ),
    Misconception(
        "cubed instead of squared",
        "Each number is multiplied by itself twice, which keeps its sign.",
        "Can the mean of squares be negative?",
        lambda values: np.mean(values**3),
    ),
    Misconception(
        "signs are kept",
        "The squares have been given the signs of their numbers, so that they cancel.",
        "What is -4 times -4?",
        lambda values: np.mean(values * np.abs(values)),
    ),
    Misconception(
        "the square of the sum",
        "The numbers are added and then squared; each must be squared first.",
        "What is the sum of 3 and -4, and does it say how large they are?",
        lambda values: np.sum(values) ** 2,
    ),
    Misconception(
        "the variance",
        "The mean is subtracted before the numbers are squared; here it is not.",
        "What does your function return for 5 and 5, and what are their squares?",
        np.var,
    ),
)

_WRONG_MEANS = (
    Misconception(
        "the sum of the squares",
        "The squares are added, but not divided by how many there are.",
        "By what does a sum have to be divided to become a mean?",
        lambda values: np.sum(values**2),
    ),
    Misconception(
        "the root of the sum of the squares",
        "This is the length of a vector; a mean is divided by how many there are and has no root.",
        "Should the result grow if every number is listed twice?",
        lambda values: np.sqrt(np.sum(values**2)),
    ),
    Misconception(
        "divided by one too few",
        "The sum of the squares is divided by one less than how many there are.",
        "How many squares do 3 and -4 have, and by what do you divide?",
        lambda values: np.sum(values**2) / (len(values) - 1),
    ),
    Misconception(
        "always divided by 2",
        "The sum of the squares is divided by 2, however many there are.",
        "By what must three squares be divided?",
        lambda values: np.sum(values**2) / 2,
    ),
    Misconception(
        "divided twice",
        "The mean is divided once more by how many numbers there are.",
        "Does `np.mean` divide already?",
        lambda values: _mean_square(values) / len(values),
    ),
    Misconception(
        "half of the mean square",
        "The mean square is halved, as in many a loss; here it is not.",
        "What is the mean square of the number 2 alone?",
        lambda values: _mean_square(values) / 2,
    ),
    Misconception(
        "the median",
        "This is the square in the middle; the mean takes all of them into account.",
        "Does your result change if the largest number becomes larger still?",
        lambda values: np.median(values**2),
    ),
    Misconception(
        "the largest square",
        "Only the largest square counts; the mean takes all of them into account.",
        "Does your result change if the smallest number is left out?",
        lambda values: np.max(values**2),
    ),
    Misconception(
        "the first number is skipped",
        "The first square is missing from the sum.",
        "Which index has the first number in Python?",
        lambda values: np.sum(values[1:] ** 2) / len(values),
    ),
    Misconception(
        "the last number is skipped",
        "The last square is missing from the sum.",
        "Where does `range(n)` end?",
        lambda values: np.sum(values[:-1] ** 2) / len(values),
    ),
    Misconception(
        "it returns in the first pass of the loop",
        "Only the first square is counted, because the function ends in the first pass of its "
        "loop.",
        "How far is the line with `return` indented?",
        lambda values: values[0] ** 2 / len(values),
    ),
    Misconception(
        "only the last square",
        "Only the last square is left: each one replaces the one before instead of being added.",
        "What does `total = …` in a loop do with the total that was there?",
        lambda values: values[-1] ** 2 / len(values),
    ),
)

_WRONG_RESULTS = (
    Misconception(
        "the squares",
        "The squares come back one by one; their mean is one number.",
        "How do you make one number of many?",
        lambda values: values**2,
    ),
    Misconception(
        "one number in an array",
        "The number is right, but it stands in an array of its own.",
        "Compare what was expected with what came back: which brackets are too many?",
        lambda values: np.array([_mean_square(values)]),
    ),
    Misconception(
        "a whole number",
        "The result is cut to a whole number, as by `//` or `int`.",
        "Which division keeps the digits after the point?",
        lambda values: np.trunc(_mean_square(values)),
    ),
    hard_coded("values", lambda values: 12.5),
)

MATERIAL = {
    "mean-square": Material(
        reference=_mean_square,
        probes=(
            call([3.0, -4.0]),
            call([1.0, -2.0, 4.0], varies="values"),
            call([5.0]),
            call([0.5, -1.5, 2.0, 6.0, -3.0]),
        ),
        misconceptions=(*_WRONG_SQUARES, *_WRONG_MEANS, *_WRONG_RESULTS),
    ),
}
