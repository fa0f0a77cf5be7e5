"""Tools of a lesson that need a kernel: the quiz, the progress board and the training dashboard.

`quiz` asks the questions of a lesson, `board` shows what was passed, `dashboard` trains networks
while you watch; `TrainingSession` is the same training without a screen. Live figures, which need
no kernel, stand in `rmsprop_course.live`; whether an exercise is solved, `rmsprop_course.checks`
says.
"""

from rmsprop_course.explorers._board import Board, board
from rmsprop_course.explorers._dashboard import (
    Dashboard,
    TrainingSession,
    TrainingSettings,
    dashboard,
)
from rmsprop_course.explorers._quiz import Feedback, Quiz, quiz
from rmsprop_course.explorers._quiz_text import Answer, Question

__all__ = [
    "Answer",
    "Board",
    "Dashboard",
    "Feedback",
    "Question",
    "Quiz",
    "TrainingSession",
    "TrainingSettings",
    "board",
    "dashboard",
    "quiz",
]
