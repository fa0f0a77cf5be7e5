"""The quiz at the end of a lesson: it judges answers and notes when all of them are right.

How its text is written stands in `_quiz_text`; the screen, in `_quiz_html` and `_quiz_widget`.
"""

from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from rmsprop_course import progress
from rmsprop_course.explorers import _quiz_html, _quiz_text
from rmsprop_course.explorers._lessons import LESSONS
from rmsprop_course.explorers._quiz_text import Question

if TYPE_CHECKING:
    from rmsprop_course.explorers._quiz_widget import QuizWidget


class Feedback(NamedTuple):
    """What a quiz says about an answer.

    Attributes
    ----------
    right : bool
        Whether the answer is right.
    text : str
        That, and why; what stands in backticks is code.
    note : str
        That the quiz is passed, and what went wrong if that could not be kept; "" if questions
        remain.
    """

    right: bool
    text: str
    note: str = ""


class Quiz:
    """The questions of a lesson, and which of them were answered.

    A cell shows it as a form where a kernel runs, and as folded answers everywhere else. What is
    passed is noted by `rmsprop_course.progress`, and only by an answer: showing a quiz notes
    nothing.

    Parameters
    ----------
    lesson : str
        Two digits, such as "02".
    questions : sequence of Question
        At least one.

    Raises
    ------
    ValueError
        If there is no such lesson, or no question.
    """

    def __init__(self, lesson: str, questions: Sequence[Question]) -> None:
        if lesson not in LESSONS:
            raise ValueError(f"lesson must be one of {', '.join(LESSONS)}, got {lesson!r}")
        if not questions:
            raise ValueError("questions must be at least one, got none")
        self.lesson = lesson
        self.questions = tuple(questions)
        self._right = [False] * len(self.questions)

    def answer(self, *, question: int, choice: str) -> Feedback:
        r"""Judge an answer; if that makes all of them right, note that the quiz is passed.

        Parameters
        ----------
        question : int
            Number of the question, from 1.
        choice : str
            Letter of the answer, such as "b".

        Returns
        -------
        Feedback
            The explanation of this very answer. The last answer to a question counts.

        Raises
        ------
        ValueError
            If there is no such question or answer.

        Examples
        --------
        >>> asked = quiz("02", "What is 3 - 1?\n- 1 :: That is 2 - 1.\n+ 2 :: 2 and 1 make 3.")
        >>> asked.answer(question=1, choice="a")
        Feedback(right=False, text='(a) is not right: That is 2 - 1.', note='')
        """
        if question not in range(1, len(self.questions) + 1):
            raise ValueError(f"question must be 1 to {len(self.questions)}, got {question!r}")
        lettered = self.questions[question - 1].lettered()
        if choice not in lettered:
            raise ValueError(f"choice must be one of {', '.join(lettered)}, got {choice!r}")
        _, explanation, right = lettered[choice]
        self._right[question - 1] = right
        verdict = "is right" if right else "is not right"
        return Feedback(right, f"({choice}) {verdict}: {explanation}", self._note())

    def _note(self) -> str:
        """Keep that the quiz is passed, if it is, and say so."""
        if not all(self._right):
            return ""
        passed = f"All answers are right: you passed the quiz of lesson {self.lesson}."
        return f"{passed} {progress.keep(f'quiz/{self.lesson}')}".strip()

    @cached_property
    def widget(self) -> "QuizWidget":
        """The form that a notebook shows."""
        from rmsprop_course.explorers._quiz_widget import QuizWidget

        return QuizWidget(self)

    def __repr__(self) -> str:
        return f"Quiz of lesson {self.lesson}\n\n{_quiz_text.plain(self.questions)}"

    def _repr_mimebundle_(self, **options: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        twin = {"text/plain": repr(self), "text/html": _quiz_html.folded(self.questions)}
        data, metadata = self.widget._repr_mimebundle_(**options) or ({}, {})
        return {**data, **twin}, metadata


def quiz(lesson: str, text: str) -> Quiz:
    """Return the quiz of a lesson, which a cell shows.

    Parameters
    ----------
    lesson : str
        Two digits, such as "02".
    text : str
        A paragraph for each question: the question, then a line for each answer. Such a line
        begins with ``+`` (right) or ``-`` (wrong), and after ``::`` it says why. A line that
        begins with two spaces continues the one above it. What stands in backticks is code.

    Returns
    -------
    Quiz
        It answers on the screen, or by `Quiz.answer`.

    Raises
    ------
    ValueError
        If there is no such lesson, or if the text breaks a rule; the message names question and
        rule.

    Examples
    --------
    >>> quiz(
    ...     "02",
    ...     '''
    ... The signal is constantly 1, γ = 0.9, v₀ = 0. The average after one step is
    ... + 0.1 :: the new value enters with weight 1 - γ.
    ... - 0.9 :: that is the weight of v₀, which is 0.
    ... ''',
    ... )
    Quiz of lesson 02
    <BLANKLINE>
    1. The signal is constantly 1, γ = 0.9, v₀ = 0. The average after one step is
       (a) 0.1
       (b) 0.9
    <BLANKLINE>
    Answers: 1 (a)
    """
    return Quiz(lesson, _quiz_text.read(text))
