"""A quiz in HTML: what a page without a kernel shows, and the form that the widget fills with life.

The first has neither scripts nor styles that it needs: JupyterLab strips both from a notebook that
it does not trust.
"""

import html
import re
from collections.abc import Sequence

from rmsprop_course.explorers._quiz_text import Question

_APART = 'style="margin-bottom: 1em"'
_UNMARKED = 'style="list-style: none"'  # without it, letters stand beside dots


def inline(text: str) -> str:
    """Return a text as HTML, with what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


def folded(questions: Sequence[Question]) -> str:
    """Return the questions, each with its answers and, folded away, which is right and why."""
    return f'<div class="rmsprop-quiz">\n<ol>\n{"".join(map(_folded, questions))}</ol>\n</div>'


def form(questions: Sequence[Question]) -> str:
    """Return a form for each question, with a place for feedback, and a place for a last word."""
    forms = "".join(_form(number, question) for number, question in enumerate(questions, 1))
    return f'{forms}<p class="note" role="status" aria-live="polite"></p>'


def _folded(question: Question) -> str:
    lettered = question.lettered()
    listed = "\n".join(f"<li>({a}) {inline(answer.text)}</li>" for a, answer in lettered.items())
    right = question.right_letter()
    wrong = "<br>\n".join(
        f"({a}) is not right: {inline(answer.explanation)}"
        for a, answer in lettered.items()
        if a != right
    )
    return (
        f"<li {_APART}>{inline(question.text)}\n<ul {_UNMARKED}>\n{listed}\n</ul>\n"
        "<details><summary>Answer</summary>\n"
        f"<p><strong>({right}) is right:</strong> {inline(lettered[right].explanation)}</p>\n"
        f"<p>{wrong}</p>\n</details></li>\n"
    )


def _form(number: int, question: Question) -> str:
    choices = "".join(
        f'<label><input type="radio" name="choice" value="{letter}">'
        f"<span>({letter}) {inline(answer.text)}</span></label>"
        for letter, answer in question.lettered().items()
    )
    return (
        f"<form><fieldset><legend>{number}. {inline(question.text)}</legend>{choices}</fieldset>"
        f'<button type="submit" aria-label="Check question {number}">Check</button>'
        '<p class="feedback" role="status" aria-live="polite"></p></form>'
    )
