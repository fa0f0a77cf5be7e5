"""Tools of a lesson that need a kernel: the quiz at its end and the progress board.

`quiz` asks the questions of a lesson, `board` shows what was passed. Live figures, which need no
kernel, stand in `rmsprop_course.live`; whether an exercise is solved, `rmsprop_course.checks` says.
"""

from rmsprop_course.explorers._board import Board, board
from rmsprop_course.explorers._quiz import Feedback, Quiz, quiz
from rmsprop_course.explorers._quiz_text import Answer, Question

__all__ = ["Answer", "Board", "Feedback", "Question", "Quiz", "board", "quiz"]
