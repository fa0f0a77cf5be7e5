"""A quiz on the screen: carries choices to the quiz and what it says back."""

from pathlib import Path
from typing import TYPE_CHECKING

from rmsprop_course._extras import extra
from rmsprop_course.explorers import _quiz_html

if TYPE_CHECKING:
    from rmsprop_course.explorers._quiz import Quiz

with extra("course"):
    from anywidget import AnyWidget
    from traitlets import Bunch, Dict, Int, Tuple, Unicode, observe

_FOLDER = Path(__file__).parent


class QuizWidget(AnyWidget):
    """The form of a quiz.

    Attributes
    ----------
    choice : tuple of int and str
        Number of the question that was answered last, and the letter that was chosen.
    feedback : dict
        What was said, by the question's number as a string: ``choice``, ``right`` and ``html``.
    note : str
        That the quiz is passed, or "".
    """

    _esm = _FOLDER / "quiz.mjs"
    _css = _FOLDER / "quiz.css"
    _form = Unicode().tag(sync=True)

    choice = Tuple(Int(), Unicode(), default_value=(0, "")).tag(sync=True)
    feedback = Dict().tag(sync=True)
    note = Unicode().tag(sync=True)

    def __init__(self, quiz: "Quiz") -> None:
        super().__init__(_form=_quiz_html.form(quiz.questions))
        self._quiz = quiz

    @observe("choice")
    def _judge(self, change: Bunch) -> None:
        question, choice = change.new
        right, text, note = self._quiz.answer(question=question, choice=choice)
        said = {"choice": choice, "right": right, "html": _quiz_html.inline(text)}
        self.feedback = {**self.feedback, str(question): said}
        self.note = note or self.note

    def __repr__(self) -> str:
        return f"QuizWidget(lesson={self._quiz.lesson!r})"
