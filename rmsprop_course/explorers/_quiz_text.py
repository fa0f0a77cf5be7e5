"""The text of a quiz: how a lesson writes it, how it is read, and how it is shown as plain text."""

import re
import textwrap
from collections.abc import Iterator, Sequence
from string import ascii_lowercase
from typing import NamedTuple

_MARKS = ("+ ", "- ")  # of the right answer, of a wrong one
_CONTINUED = "  "
_WHY = " :: "
_WIDTH = 100  # characters


class Answer(NamedTuple):
    """One of the answers to a question.

    Attributes
    ----------
    text : str
        The answer; what stands in backticks is code.
    explanation : str
        Why it is right or wrong.
    right : bool
        Whether it is the right one.
    """

    text: str
    explanation: str
    right: bool


class Question(NamedTuple):
    """A question with its answers, exactly one of which is right.

    Attributes
    ----------
    text : str
        The question; what stands in backticks is code.
    answers : tuple of Answer
        In the order in which they are shown.
    """

    text: str
    answers: tuple[Answer, ...]

    def lettered(self) -> dict[str, Answer]:
        """Return the answers by their letters, from "a"."""
        return dict(zip(ascii_lowercase, self.answers, strict=False))

    def right_letter(self) -> str:
        """Return the letter of the right answer."""
        return next(letter for letter, answer in self.lettered().items() if answer.right)


def read(text: str) -> tuple[Question, ...]:
    """Read the questions of a quiz.

    Parameters
    ----------
    text : str
        A paragraph for each question: the question, then a line for each answer. Such a line
        begins with ``+`` (right) or ``-`` (wrong), and after ``::`` it says why. A line that
        begins with two spaces continues the one above it.

    Returns
    -------
    tuple of Question
        As written, from top to bottom.

    Raises
    ------
    ValueError
        If a question breaks a rule; the message names both.

    Examples
    --------
    >>> [question] = read('''
    ... What is the mean of 1 and -1?
    ... + 0 :: They sum to 0.
    ... - 1 :: That is the mean
    ...   of their squares.
    ... ''')
    >>> question.answers[1].explanation
    'That is the mean of their squares.'
    """
    paragraphs = [part.strip("\n") for part in re.split(r"\n[ \t]*\n", text) if part.strip()]
    if not paragraphs:
        raise ValueError("a quiz must have at least one question, got an empty text")
    return tuple(_question(number, part) for number, part in enumerate(paragraphs, 1))


def plain(questions: Sequence[Question]) -> str:
    """Return the questions with lettered answers, and below all of them the letters to compare."""
    asked = "\n\n".join(_plain_question(n, question) for n, question in enumerate(questions, 1))
    right = ", ".join(f"{n} ({q.right_letter()})" for n, q in enumerate(questions, 1))
    return f"{asked}\n\nAnswers: {right}"


def _question(number: int, paragraph: str) -> Question:
    place = f"question {number}"
    text, *rest = _joined_lines(place, paragraph)
    if text.startswith((*_MARKS, " ")):
        raise ValueError(f"{place} must begin with the question, got {text!r}")
    answers = tuple(_answer(place, line) for line in rest)
    if len(answers) < 2:
        raise ValueError(f"{place} must have at least 2 answers, got {len(answers)}")
    n_right = sum(answer.right for answer in answers)
    if n_right != 1:
        raise ValueError(f"{place} must have exactly 1 right answer, marked +, got {n_right}")
    return Question(_checked(place, text), answers)


def _joined_lines(place: str, paragraph: str) -> list[str]:
    """Return the lines, each with those that continue it."""
    lines: list[str] = []
    for line in paragraph.split("\n"):
        if lines and line.startswith(_CONTINUED):
            lines[-1] = f"{lines[-1].rstrip()} {line.strip()}"
        elif lines and not line.startswith(_MARKS):
            raise ValueError(
                f'{place}: a line must begin with "+ ", "- " or 2 spaces, got {line!r}'
            )
        else:
            lines.append(line)
    return lines


def _answer(place: str, line: str) -> Answer:
    mark, content = line[:2], line[2:]
    if content.count(_WHY) != 1:
        raise ValueError(f'{place}: an answer must explain itself after one " :: ", got {line!r}')
    text, explanation = (_checked(place, part) for part in content.split(_WHY))
    return Answer(text, explanation, right=mark == _MARKS[0])


def _checked(place: str, text: str) -> str:
    """Return the text without spaces around it, if all of it can be shown."""
    if not text.strip():
        raise ValueError(f"{place}: question, answers and explanations must not be empty")
    if text.count("`") % 2:
        raise ValueError(f"{place}: backticks must come in pairs, got {text!r}")
    if "$" in text:
        raise ValueError(f"{place}: a formula must be written in Unicode, not in $, got {text!r}")
    return text.strip()


def _plain_question(number: int, question: Question) -> str:
    return "\n".join(_plain_lines(number, question))


def _plain_lines(number: int, question: Question) -> Iterator[str]:
    yield _hanging(f"{number}. ", question.text)
    for letter, answer in question.lettered().items():
        yield _hanging(f"   ({letter}) ", answer.text)


def _hanging(head: str, text: str) -> str:
    """Return the text in lines of at most 100 characters that all begin where the head ends."""
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=head,
        subsequent_indent=" " * len(head),
        break_long_words=False,
        break_on_hyphens=False,
    )
