"""What the build of the website says when it stops: the reason, in a line."""

import pytest
import website
from course_site.lessons.map import lessons

SETTING = """
Running Sphinx v7.4.7

\x1b[91mConfiguration error:\x1b[39;49;00m
SITE must be https://HOST, got 'host'
Traceback (most recent call last):
  File "x.py", line 1, in build
RuntimeError: There was an error in building your book. Look above for the cause.
"""
EXTENSION = """
\x1b[91mExtension error (sphinxcontrib.bibtex):\x1b[39;49;00m
Handler <function f at 0x7f> for event 'builder-inited' threw an exception (exception: line 2 (a))
Traceback (most recent call last):
  File "x.py", line 1, in build
"""
WARNINGS = """
\x1b[91mbook/index.md:10: WARNING: could not find bibtex key "nobody2020"\x1b[39;49;00m
\x1b[31mbook/index.md:12: ERROR: Unknown directive type: 'lost'.\x1b[39;49;00m
"""


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        (SETTING, "SITE must be https://HOST, got 'host'"),
        (EXTENSION, "sphinxcontrib.bibtex: line 2 (a)"),
        (
            WARNINGS,
            'book/index.md:10: WARNING: could not find bibtex key "nobody2020"\n'
            "book/index.md:12: ERROR: Unknown directive type: 'lost'.",
        ),
        ("ImportError: no module\n", "ImportError: no module"),
    ],
    ids=["setting", "extension", "warnings", "unknown"],
)
def test_the_reason_is_told_without_frame_color_and_traceback(errors, reason):
    assert website.reason(errors) == reason


@pytest.fixture
def one_lesson(tmp_path):
    """The notebook of a book's only lesson, to be written."""
    row = "| 01 | [One lesson](notebooks/01_lesson.ipynb) | Which? |\n"
    (tmp_path / "README.md").write_text(row, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    return tmp_path / "notebooks" / "01_lesson.ipynb"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('{"cells": [', "01_lesson.ipynb must be a notebook: Expecting value"),
        ('{"cells": [{"source": []}]}', "01_lesson.ipynb must say in its first cell how long"),
    ],
    ids=["cut off", "no time"],
)
def test_a_lesson_that_cannot_be_read_is_named(one_lesson, text, told):
    one_lesson.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=told):
        lessons(one_lesson.parents[1])
