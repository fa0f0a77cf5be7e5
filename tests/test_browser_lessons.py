"""A learner's first minutes: JupyterLab opens on a lesson, and Run All meets no error."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

LESSONS = sorted(
    path.name for path in (Path(__file__).parents[1] / "notebooks").glob("[0-9]*.ipynb")
)
ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+/lab\S*\?token=\w+")
SECONDS = 1000  # Playwright counts milliseconds
KERNEL_IS_READY = """() => {
    const kernel = window.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
    return kernel?.connectionStatus === "connected" && kernel.status === "idle";
}"""


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab that `rmsprop-course lab` serves; it opens on the first lesson."""
    folder = tmp_path_factory.mktemp("learner") / "my lessons"
    command = [sys.executable, "-m", "rmsprop_course.cli", "lab", str(folder), "--no-browser"]
    options = ["--", "--port=0", "--expose-app-in-browser"]
    variables = os.environ | {"OMP_NUM_THREADS": "1"}  # other tests need the other cores
    settings = {"stderr": subprocess.PIPE, "text": True, "env": variables}
    with subprocess.Popen(command + options, **settings) as server:
        assert server.stderr is not None
        try:
            yield next(match[0] for line in server.stderr if (match := ADDRESS.search(line)))
        finally:
            stop(server)


def stop(server: subprocess.Popen[str]) -> None:
    """End a server, and read what it still says; end it by force if it goes on.

    A server that is stopped while it reads a notebook can wait forever for a thread of anyio's.
    """
    server.terminate()
    try:
        server.communicate(timeout=10)
    except subprocess.TimeoutExpired:
        server.kill()


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page that keeps what went wrong on it in `page.problems`."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("request", lambda request: _keep_foreign(page, request.url))
    yield page
    page.close()


def _keep_foreign(page: Page, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        page.problems.append(f"request to {url}")


def run_all_cells(page: Page) -> None:
    """Do what Run All Cells in the menu does, and wait until every cell has run."""
    page.wait_for_function(KERNEL_IS_READY, timeout=60 * SECONDS)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:run-all-cells')")


def test_jupyterlab_opens_on_lesson_00_without_a_question(page, address):
    page.goto(address)
    expect(page.locator(".jp-Notebook h1").first).to_be_visible(timeout=60 * SECONDS)
    expect(page.locator(".lm-DockPanel-tabBar .lm-TabBar-tabLabel").first).to_have_text(LESSONS[0])
    expect(page.locator(".jp-Dialog, .jp-toast-button")).to_have_count(0)
    assert page.problems == []


@pytest.mark.parametrize("lesson", LESSONS)
def test_run_all_finishes_without_an_error(page, address, lesson):
    page.goto(re.sub(r"/lab\S*\?", f"/lab/workspaces/{lesson[:2]}/tree/{lesson}?", address))
    expect(page.locator(".jp-Notebook h1").first).to_be_visible(timeout=60 * SECONDS)
    run_all_cells(page)
    model = page.evaluate(
        """() => {
            const cells = window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells;
            return cells.filter(cell => cell.cell_type === "code").map(cell => cell.toJSON());
        }"""
    )
    assert model
    assert [cell["source"] for cell in model if not cell["execution_count"]] == []
    outputs = [output for cell in model for output in cell["outputs"]]
    assert [output for output in outputs if output["output_type"] == "error"] == []
    assert page.problems == []
