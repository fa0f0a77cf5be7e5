"""Checks in a running JupyterLab: a pass, a named mistake, an endless loop; the kernel lives on."""

from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import expect
from test_browser_lessons import SECONDS
from test_live_jupyterlab import new_page, open_notebook, run_all_cells, serve

STEP = """
def {name}(params, grad, square_avg, *, learning_rate, decay, eps):
    square_avg = decay * square_avg + (1 - decay) * grad**2
    return params - learning_rate * grad / ({root}), square_avg
check("rmsprop-step", {name});
"""
ENDLESS = """
def endless(values, decay):
    averages = [(1 - decay) * values[0]]
    while len(averages) < len(values):
        average = decay * averages[-1]
    return averages
check("moving-average", endless);
"""
CELLS = [
    "import numpy as np\nfrom rmsprop_course.checks import check",
    STEP.format(name="right", root="np.sqrt(square_avg + eps)"),
    STEP.format(name="outside", root="np.sqrt(square_avg) + eps"),
    ENDLESS,
    STEP.format(name="untouched", root="..."),
    "print('the kernel lives:', right.__name__)",
]
SAID = {
    1: "✓ correct",
    2: "✗ ε outside the root.",
    3: "✗ it did not end within 5 seconds: does a loop go on for ever?",
    4: "not attempted",
}


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab with a notebook that was not run."""
    folder = tmp_path_factory.mktemp("checks")
    kernel = {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    cells = [nbformat.v4.new_code_cell(source.strip()) for source in CELLS]
    document = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    (folder / "checks.ipynb").write_text(nbformat.writes(document), encoding="utf-8")
    with serve(folder, RMSPROP_COURSE_PROGRESS=str(folder / "progress")) as address:
        yield address


def test_checks_answer_and_the_kernel_lives_on(browser, address):
    page = new_page(browser)
    open_notebook(page, address, "checks", len(CELLS))
    run_all_cells(page)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells.nth(5)).to_contain_text("the kernel lives: right", timeout=60 * SECONDS)
    for number, words in SAID.items():
        expect(cells.nth(number).locator(".rmsprop-check")).to_contain_text(words)
    for title, words in (("expected", "params = [0.9333333]"), ("got", "params = [0.941443]")):
        row = cells.nth(2).get_by_role("row", name=title)
        expect(row).to_contain_text(words)
    expect(page.locator(".jp-OutputArea-executeResult")).to_have_count(0)  # of no Result
    assert page.problems == []
    page.close()
