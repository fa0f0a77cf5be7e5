"""A quiz: how its text is read, what each answer is told, what a page without a kernel shows."""

import ast
import json
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

from rmsprop_course import explorers, progress
from rmsprop_course.cli.saving import keep_stills
from rmsprop_course.explorers import Answer, Feedback, Question, Quiz
from rmsprop_course.explorers._lessons import LESSONS

NOTEBOOKS = Path(__file__).parents[1] / "notebooks"
VIEW = "application/vnd.jupyter.widget-view+json"
TEXT = """
You raise γ from 0.9 to 0.99. The half-life becomes
- 1.1 times as long :: γ itself grows 1.1-fold; what counts is 1 - γ.
+ about 10 times as long :: 68.97 steps
  against 6.58.
- 100 times as long
  :: that would need 1 - γ to shrink a hundredfold.

Is `a < b` true
  for a = 1 & b = 2?
+ Yes, `True` :: 1 < 2 & "less".
- No :: it is <b>not</b> `2 < 1`.
"""
TEXT_TWIN = """\
Quiz of lesson 02

1. You raise γ from 0.9 to 0.99. The half-life becomes
   (a) 1.1 times as long
   (b) about 10 times as long
   (c) 100 times as long

2. Is `a < b` true for a = 1 & b = 2?
   (a) Yes, `True`
   (b) No

Answers: 1 (b), 2 (a)"""


@pytest.fixture
def quiz() -> Quiz:
    return explorers.quiz("02", TEXT)


@pytest.fixture
def kept(monkeypatch) -> list[str]:
    """What is noted as passed, in place of the files."""
    items = []
    monkeypatch.setattr(progress, "keep", lambda item: items.append(item) or "")
    return items


def html_of(quiz: Quiz) -> str:
    return quiz._repr_mimebundle_()[0]["text/html"]


def test_a_paragraph_is_a_question_and_two_spaces_continue_a_line(quiz):
    first, second = quiz.questions
    assert first == Question(
        "You raise γ from 0.9 to 0.99. The half-life becomes",
        (
            Answer(
                "1.1 times as long", "γ itself grows 1.1-fold; what counts is 1 - γ.", right=False
            ),
            Answer("about 10 times as long", "68.97 steps against 6.58.", right=True),
            Answer(
                "100 times as long", "that would need 1 - γ to shrink a hundredfold.", right=False
            ),
        ),
    )
    assert second.text == "Is `a < b` true for a = 1 & b = 2?"
    assert (first.right_letter(), second.right_letter()) == ("b", "a")


GOOD = "Why?\n+ a :: b\n- c :: d\n\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n \n", "a quiz must have at least one question, got an empty text"),
        ("Why?", "question 1 must have at least 2 answers, got 0"),
        (GOOD + "Why?\n+ a :: b", "question 2 must have at least 2 answers, got 1"),
        (
            GOOD + "Why?\n- a :: b\n- c :: d",
            r"question 2 must have exactly 1 right answer, marked \+, got 0",
        ),
        (
            "Why?\n+ a :: b\n+ c :: d",
            r"question 1 must have exactly 1 right answer, marked \+, got 2",
        ),
        (
            "Why?\n+ a :: b\n- c",
            "question 1: an answer must explain itself after one \" :: \", got '- c'",
        ),
        ("Why?\n+ a :: b :: c\n- d :: e", "after one \" :: \", got '. a :: b :: c'"),
        ("Why?\n+ a :: \n- d :: e", "question 1: .* must not be empty"),
        ("Why?\n+  :: b\n- d :: e", "question 1: .* must not be empty"),
        ("Why?\n+a :: b\n- c :: d", r"question 1: a line must begin with .*, got '\+a :: b'"),
        (GOOD + "- a :: b\n+ c :: d", "question 2 must begin with the question, got '- a :: b'"),
        ("  Why?\n  + a :: b", "question 1 must begin with the question, got '  Why"),
        ("Why `so?\n+ a :: b\n- c :: d", "question 1: backticks must come in pairs, got 'Why `so?"),
        ("Why?\n+ $a$ :: b\n- c :: d", r"question 1: a formula must .* Unicode, .*'\$a\$'"),
    ],
)
def test_a_text_that_breaks_a_rule_is_refused_with_the_question_and_the_rule(text, message):
    with pytest.raises(ValueError, match=message):
        explorers.quiz("02", text)


@pytest.mark.parametrize("lesson", ["2", "99", ""])
def test_an_unknown_lesson_is_refused(lesson):
    with pytest.raises(ValueError, match=rf"lesson must be one of 00, 01, .*, got '{lesson}'"):
        explorers.quiz(lesson, TEXT)


@pytest.mark.parametrize(
    ("question", "choice", "right", "text"),
    [
        (1, "a", False, "(a) is not right: γ itself grows 1.1-fold; what counts is 1 - γ."),
        (1, "b", True, "(b) is right: 68.97 steps against 6.58."),
        (1, "c", False, "(c) is not right: that would need 1 - γ to shrink a hundredfold."),
        (2, "a", True, '(a) is right: 1 < 2 & "less".'),
        (2, "b", False, "(b) is not right: it is <b>not</b> `2 < 1`."),
    ],
)
def test_each_answer_gets_its_own_explanation(quiz, kept, question, choice, right, text):
    assert quiz.answer(question=question, choice=choice) == Feedback(right, text)
    assert kept == []


@pytest.mark.parametrize(
    ("question", "choice", "message"),
    [
        (0, "a", "question must be 1 to 2, got 0"),
        (3, "a", "question must be 1 to 2, got 3"),
        (2, "c", "choice must be one of a, b, got 'c'"),
    ],
)
def test_an_answer_that_does_not_exist_is_refused(quiz, question, choice, message):
    with pytest.raises(ValueError, match=message):
        quiz.answer(question=question, choice=choice)


def test_a_quiz_is_passed_when_the_last_answer_to_each_question_is_right(quiz, kept):
    for question, choice in [(1, "b"), (1, "a"), (2, "a"), (2, "b"), (1, "b")]:
        assert quiz.answer(question=question, choice=choice).note == ""
    assert kept == []
    last = quiz.answer(question=2, choice="a")
    assert last.note == "All answers are right: you passed the quiz of lesson 02."
    assert kept == ["quiz/02"]


def test_a_quiz_that_cannot_be_kept_says_so(quiz, monkeypatch):
    monkeypatch.setattr(progress, "keep", lambda item: f"{item} could not be kept.")
    quiz.answer(question=1, choice="b")
    last = quiz.answer(question=2, choice="a")
    assert last.note.endswith("you passed the quiz of lesson 02. quiz/02 could not be kept.")


def test_what_is_passed_reaches_the_learners_progress(quiz):
    quiz._repr_mimebundle_()
    assert progress.load().passed == {}
    quiz.answer(question=1, choice="b")
    quiz.answer(question=2, choice="a")
    assert list(progress.load().passed) == ["quiz/02"]


def test_the_screen_says_what_the_quiz_says(quiz, kept):
    widget = quiz.widget
    widget.choice = (1, "a")
    widget.set_state({"choice": [2, "b"]})  # as the screen sends it
    assert widget.feedback == {
        "1": {
            "choice": "a",
            "right": False,
            "html": "(a) is not right: γ itself grows 1.1-fold; what counts is 1 - γ.",
        },
        "2": {
            "choice": "b",
            "right": False,
            "html": "(b) is not right: it is &lt;b&gt;not&lt;/b&gt; <code>2 &lt; 1</code>.",
        },
    }
    assert (widget.note, kept) == ("", [])
    widget.choice = (2, "a")
    widget.choice = (1, "b")
    assert (widget.note[:22], kept) == ("All answers are right:", ["quiz/02"])
    widget.choice = (1, "c")  # curious what it says
    assert (widget.note[:22], kept) == ("All answers are right:", ["quiz/02"])


def test_the_form_labels_questions_answers_and_buttons(quiz):
    form = quiz.widget._form
    assert form.count("<fieldset><legend>") == form.count("<form>") == 2
    assert form.count('<label><input type="radio"') == 5
    assert "<legend>2. Is <code>a &lt; b</code> true for a = 1 &amp; b = 2?</legend>" in form
    assert form.count('role="status" aria-live="polite"') == 3
    assert 'aria-label="Check question 2">Check</button>' in form


def test_the_text_lists_the_right_letters_below_all_questions(quiz):
    data = quiz._repr_mimebundle_()[0]
    assert set(data) == {VIEW, "text/html", "text/plain"}
    assert data["text/plain"] == repr(quiz) == str(quiz) == TEXT_TWIN


def test_long_lines_of_the_text_hang_below_their_beginning():
    text = f"{'why ' * 40}\n+ {'so ' * 40}:: yes\n- so :: no"
    lines = repr(explorers.quiz("02", text)).splitlines()
    assert max(map(len, lines)) <= 100
    assert [line[: len(line) - len(line.lstrip())] + line.split()[0] for line in lines[2:6]] == [
        "1.",
        "   why",
        "   (a)",
        "       so",
    ]


class Outline(HTMLParser):
    """Elements, attributes and text of a page, folded text apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags, self.attributes = set(), set()
        self.opened, self.shown, self.folded = [], "", ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "br":
            self.opened.append(tag)

    def handle_endtag(self, tag):
        assert self.opened.pop() == tag

    def handle_data(self, data):
        if "details" in self.opened and "summary" not in self.opened:
            self.folded += data
        else:
            self.shown += data


def test_without_a_kernel_the_answers_are_folded_and_explained(quiz):
    page = Outline(html_of(quiz))
    assert page.opened == []
    assert re.findall(r"\((\w)\) (.*)", page.shown) == [
        ("a", "1.1 times as long"),
        ("b", "about 10 times as long"),
        ("c", "100 times as long"),
        ("a", "Yes, True"),
        ("b", "No"),
    ]
    assert "Is a < b true for a = 1 & b = 2?" in page.shown
    assert page.shown.count("Answer") == 2
    assert re.findall(r"\((\w)\) is (right|not right): (.*)", page.folded) == [
        ("b", "right", "68.97 steps against 6.58."),
        ("a", "not right", "γ itself grows 1.1-fold; what counts is 1 - γ."),
        ("c", "not right", "that would need 1 - γ to shrink a hundredfold."),
        ("a", "right", '1 < 2 & "less".'),
        ("b", "not right", "it is <b>not</b> 2 < 1."),
    ]


def test_the_page_holds_only_what_jupyterlab_shows_of_a_notebook_that_it_does_not_trust(quiz):
    page = Outline(html_of(quiz))
    assert page.attributes == {"class", "style"}
    assert " ".join(sorted(page.tags)) == "br code details div li ol p strong summary ul"
    assert set(re.findall(r'style="([^"]*)"', html_of(quiz))) == {
        "list-style: none",
        "margin-bottom: 1em",
    }


def test_two_quizzes_show_the_same_bytes(quiz):
    other = explorers.quiz("02", TEXT)
    assert (repr(quiz), html_of(quiz)) == (repr(other), html_of(other))


def test_answers_leave_what_a_notebook_stores_as_it_is(quiz, kept):
    before = (repr(quiz), html_of(quiz))
    quiz.widget.choice = (1, "b")
    assert (repr(quiz), html_of(quiz)) == before


def test_saving_keeps_the_folded_answers_and_drops_the_widget(quiz):
    data = quiz._repr_mimebundle_()[0]
    outputs = [{"data": dict(data)}]
    cells = [{"cell_type": "code", "outputs": outputs}]
    keep_stills(model={"type": "notebook", "content": {"cells": cells}}, path="", manager=None)
    assert outputs[0]["data"] == {mime: data[mime] for mime in ("text/html", "text/plain")}


def test_without_anywidget_a_quiz_can_be_read_and_its_screen_names_the_extra():
    code = """
        import sys
        sys.modules["anywidget"] = None
        from rmsprop_course import explorers
        quiz = explorers.quiz("02", "Why?\\n+ a :: b\\n- c :: d")
        print(quiz.answer(question=1, choice="b").text)
        try:
            quiz.widget
        except ModuleNotFoundError as error:
            print(error)
    """
    lines = "\n".join(line[8:] for line in code.splitlines())
    said = subprocess.run([sys.executable, "-c", lines], capture_output=True, text=True)
    assert said.stdout.splitlines() == [
        "(b) is not right: d",
        'anywidget is not installed: pip install "rmsprop-course[course]"',
    ]


@pytest.mark.parametrize("lesson", LESSONS)
def test_each_lesson_asks_three_questions_that_explain_every_answer(lesson):
    (path,) = NOTEBOOKS.glob(f"{lesson}_*.ipynb")
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    (source,) = (source for source in sources if source.startswith("explorers.quiz("))
    asked = explorers.quiz(*map(ast.literal_eval, ast.parse(source, mode="eval").body.args))
    assert (asked.lesson, len(asked.questions)) == (lesson, 3)
    letters = [question.right_letter() for question in asked.questions]
    assert len(set(letters)) > 1, "who always chooses one letter must not pass"
