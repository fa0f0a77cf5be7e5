"""Quiz and board in a running JupyterLab: answered by keyboard, kept, readable afterwards."""

import re
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect
from test_browser_lessons import SECONDS
from test_live_jupyterlab import new_page, open_notebook, run_all_cells, serve, shut_kernels_down

QUIZ = '''
explorers.quiz(
    "02",
    """
You raise γ from 0.9 to 0.99. The half-life becomes
- 1.1 times as long :: γ itself grows 1.1-fold; what counts is 1 - γ, which shrinks tenfold.
+ about 10 times as long :: 68.97 steps against 6.58.
- 100 times as long :: that would need 1 - γ to shrink a hundredfold.

The signal is constantly 1, γ = 0.9, v₀ = 0. The average after one step, `averages[0]`, is
+ 0.1 :: the new value enters with weight 1 - γ; the other 0.9 lies on v₀.
- 0.9 :: that is the weight of v₀, which is 0.
- 1 :: the weights sum to 1 only after many steps.

A weight's average gradient is almost 0. Its average squared gradient is then
- almost 0 too :: the average of `g` can vanish while gradients are large.
+ anything from 0 up :: it is the mean squared plus the variance, and the variance can be large.
""",
)'''
CELLS = ["from rmsprop_course import explorers", QUIZ.strip(), "explorers.board()"]


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab with a notebook that was not run, for a learner who begins."""
    folder = tmp_path_factory.mktemp("quiz")
    kernel = {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    document = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    (folder / "quiz.ipynb").write_text(nbformat.writes(document), encoding="utf-8")
    with serve(folder, RMSPROP_COURSE_PROGRESS=str(folder / "progress")) as address:
        yield address


def tab_to(page: Page, target: Locator) -> None:
    """Press Tab until the target has the focus."""
    for _ in range(5):
        page.keyboard.press("Tab")
        if target.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"Tab does not reach {target}")


def answer(page: Page, quiz: Locator, question: int, n_arrows: int, key: str = "Space") -> Locator:
    """Choose by Space and so many arrows down, check by a key; return the feedback."""
    form = quiz.locator("form").nth(question - 1)
    choices = form.get_by_role("radio")
    is_chosen = form.locator("input:checked")
    tab_to(page, is_chosen if is_chosen.count() else choices.first)
    page.keyboard.press("Space")
    for _ in range(n_arrows):
        page.keyboard.press("ArrowDown")
    check = form.get_by_role("button", name=f"Check question {question}", exact=True)
    tab_to(page, check)
    assert check.evaluate("element => getComputedStyle(element).outlineStyle") == "solid"
    page.keyboard.press("Space")
    return form.get_by_role("status")


def test_a_quiz_is_answered_by_keyboard_and_outlives_the_kernel(browser, address):
    page = new_page(browser)
    open_notebook(page, address, "quiz", len(CELLS))
    run_all_cells(page)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    quiz, board = cells.nth(1), cells.nth(2).locator(".rmsprop-board")
    expect(quiz.locator("form")).to_have_count(3, timeout=60 * SECONDS)
    expect(board.locator("caption")).to_contain_text(re.compile(r"\b0 of \d+ passed"))
    group = quiz.get_by_role("group", name="1. You raise γ from 0.9 to 0.99.")
    expect(group.get_by_role("radio", name="(a) 1.1 times as long", exact=True)).to_be_visible()

    group.get_by_role("radio").first.focus()
    page.keyboard.press("Shift+Tab")
    said = answer(page, quiz, 1, n_arrows=0)
    expect(said).to_contain_text("(a) is not right: γ itself grows 1.1-fold")
    expect(said).to_have_attribute("aria-live", "polite")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    expect(answer(page, quiz, 1, n_arrows=1)).to_contain_text("(b) is right: 68.97 steps")
    expect(answer(page, quiz, 2, n_arrows=2, key="Enter")).to_contain_text("(c) is not right")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowDown")  # from the last answer to the first
    page.keyboard.press("Enter")  # without the button
    second = quiz.locator("form").nth(1)
    expect(second.get_by_role("status")).to_contain_text("(a) is right")
    expect(second.locator("input:checked")).to_be_focused()
    expect(answer(page, quiz, 3, n_arrows=1)).to_contain_text("(b) is right")
    expect(quiz).to_have_class(re.compile(r"\bjp-mod-active\b"))  # no key moved to another cell
    expect(quiz.locator(".note")).to_have_text(
        "All answers are right: you passed the quiz of lesson 02."
    )

    run_all_cells(page)
    row = board.get_by_role("row", name=re.compile("^02 The moving average"))
    expect(row).to_contain_text("✓ passed", timeout=30 * SECONDS)
    expect(board.locator("caption")).to_contain_text(re.compile(r"\b1 of \d+ passed"))
    expect(quiz.locator("form")).to_have_count(3)

    assert shut_kernels_down(address) == 1
    form = quiz.locator("form").first
    form.get_by_role("radio").first.check()
    form.get_by_role("button").click()
    said = form.get_by_role("status")
    expect(said).to_contain_text("The kernel does not answer yet.", timeout=30 * SECONDS)

    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.goto("about:blank")
    open_notebook(page, address, "quiz", len(CELLS))
    folded = quiz.locator(".rmsprop-quiz details")
    expect(folded).to_have_count(3, timeout=60 * SECONDS)
    explanation = folded.first.get_by_text("68.97 steps against 6.58.")
    expect(explanation).to_be_hidden()
    folded.first.locator("summary").click()
    expect(explanation).to_be_visible()
    expect(page.get_by_text(re.compile("model not found|Error displaying widget"))).to_have_count(0)
    assert page.problems == []
    page.close()
