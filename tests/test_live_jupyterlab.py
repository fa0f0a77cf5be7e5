"""Live figures in a running JupyterLab: the screen moves Python, and outlives the kernel.

A further figure adds the label and the trait of one of its sliders to `SLIDERS`.
"""

import json
import os
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from test_browser_lessons import ADDRESS, SECONDS, stop

from rmsprop_course import live
from rmsprop_course.live._figure import LiveFigure

SLIDERS = {
    live.Epsilon: ("ε inside", "eps_inside"),
    live.LimitCycle: ("curvature λ", "curvature"),
    live.MovingAverage: ("decay γ", "decay"),
    live.Playground: ("learning rate η", "learning_rate"),
    live.Race: ("adaptive rate η", "adaptive_learning_rate"),
    live.Reddi: ("decay γ", "decay"),
    live.Valley: ("learning rate η", "learning_rate"),
}
FIGURES = list(SLIDERS)
FRESH, STORED = "fresh", "stored"


def notebook(*, with_outputs: bool) -> str:
    """Two cells for each figure: one shows it, one prints a trait."""
    cells = []
    for figure in FIGURES:
        name = figure.__name__.lower()
        show = f"from rmsprop_course import live\n\n{name} = live.{figure.__name__}()\n{name}"
        outputs = [stored_output(figure)] if with_outputs else []
        cells.append(nbformat.v4.new_code_cell(show, outputs=outputs))
        cells.append(nbformat.v4.new_code_cell(f"print(repr({name}.{SLIDERS[figure][1]}))"))
    kernel = {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=kernel))


def stored_output(figure: type[LiveFigure]) -> nbformat.NotebookNode:
    """What a lesson keeps of the figure: all but the widget."""
    data, _ = figure()._repr_mimebundle_()
    kept = {mime: data[mime] for mime in ("text/html", "text/plain")}
    return nbformat.v4.new_output("execute_result", kept, execution_count=1)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab with a notebook that was not run, and one with stored outputs."""
    folder = tmp_path_factory.mktemp("figures")
    for name in (FRESH, STORED):
        text = notebook(with_outputs=name == STORED)
        (folder / f"{name}.ipynb").write_text(text, encoding="utf-8")
    with serve(folder) as address:
        yield address


@contextmanager
def serve(folder: Path, **variables: str) -> Iterator[str]:
    """Address of a JupyterLab on the notebooks of a folder, with more environment variables."""
    command = [sys.executable, "-m", "rmsprop_course.cli", "lab", "--edit", str(folder)]
    options = ["--no-browser", "--", "--port=0", "--expose-app-in-browser"]
    settings = {"stderr": subprocess.PIPE, "text": True, "env": os.environ | variables}
    with subprocess.Popen(command + options, **settings) as server:
        assert server.stderr is not None
        try:
            yield next(match[0] for line in server.stderr if (match := ADDRESS.search(line)))
        finally:
            stop(server)


def new_page(browser: Browser) -> Page:
    """A page that keeps errors and requests to other machines in `page.problems`."""
    page = browser.new_page(viewport={"width": 1280, "height": 1100 * len(FIGURES)})
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.problems.append(said.text))
    page.on("request", lambda request: keep_foreign(page, request.url))
    return page


def keep_foreign(page: Page, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        page.problems.append(f"request to {url}")


def open_notebook(page: Page, address: str, name: str, n_cells: int = 2 * len(FIGURES)) -> None:
    page.goto(re.sub(r"/lab\S*\?", f"/lab/workspaces/{name}/tree/{name}.ipynb?", address))
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    expect(cells).to_have_count(n_cells, timeout=60 * SECONDS)


def run_all_cells(page: Page) -> None:
    page.evaluate(
        """async () => {
            const { sessionContext } = window.jupyterapp.shell.currentWidget;
            await sessionContext.ready;
            await sessionContext.session.kernel.info;
            await window.jupyterapp.commands.execute("notebook:run-all-cells");
        }"""
    )


def run_all_figures(page: Page) -> None:
    run_all_cells(page)
    expect(page.locator(".rmsprop-figure")).to_have_count(len(FIGURES), timeout=60 * SECONDS)


def cells_of(page: Page, figure: type[LiveFigure]) -> tuple[Locator, Locator]:
    """The cell that shows the figure, and the one that prints its trait."""
    index = 2 * FIGURES.index(figure)
    cells = page.locator(".jp-Notebook .jp-CodeCell")
    return cells.nth(index), cells.nth(index + 1)


@pytest.fixture(scope="module")
def running(browser, address) -> Iterator[Page]:
    """A page with the notebook after all its cells were run."""
    page = new_page(browser)
    open_notebook(page, address, FRESH)
    run_all_figures(page)
    yield page
    page.close()


@pytest.mark.parametrize("figure", FIGURES)
def test_a_slider_moves_the_trait_in_the_kernel_and_the_drawing(running, figure):
    shows, prints = cells_of(running, figure)
    slider = shows.get_by_role("slider", name=SLIDERS[figure][0], exact=True)
    drawing, printed = shows.locator(".panels"), prints.locator(".jp-OutputArea-output")
    drawn, value = drawing.inner_html(), float(printed.inner_text())
    assert float(slider.get_attribute("aria-valuetext")) == pytest.approx(value)

    slider.focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        slider.press(key)
    assert drawing.inner_html() != drawn
    moved = float(slider.get_attribute("aria-valuetext"))
    assert moved > value

    prints.locator(".cm-content").click()
    running.keyboard.press("Control+Enter")
    expect(printed).not_to_have_text(repr(value), timeout=30 * SECONDS)
    for _ in range(10):  # the cell may have run before the last move arrived
        if float(printed.inner_text()) == pytest.approx(moved, rel=1e-5):
            break
        running.wait_for_timeout(500)
        running.keyboard.press("Control+Enter")
        running.wait_for_timeout(500)
    assert float(printed.inner_text()) == pytest.approx(moved, rel=1e-5)
    assert running.problems == []


def shut_kernels_down(address: str) -> int:
    """Shut down every kernel of the server and say how many there were."""
    server, token = re.fullmatch(r"(http://[^/]+)/lab.*token=(\w+)", address).groups()

    def ask(path: str, method: str = "GET") -> bytes:
        headers = {"Authorization": f"token {token}"}
        request = urllib.request.Request(server + path, method=method, headers=headers)
        with urllib.request.urlopen(request) as answer:
            return answer.read()

    sessions = json.loads(ask("/api/sessions"))
    for session in sessions:
        ask(f"/api/sessions/{session['id']}", "DELETE")
    return len(sessions)


def test_saved_figures_show_their_stills_when_the_kernel_is_gone(browser, address):
    page = new_page(browser)
    open_notebook(page, address, FRESH)
    run_all_figures(page)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.goto("about:blank")
    assert shut_kernels_down(address) >= 1

    open_notebook(page, address, FRESH)
    for figure in FIGURES:
        stills = cells_of(page, figure)[0].locator(".rmsprop-live img")
        expect(stills).to_have_count(len(figure().panels()), timeout=60 * SECONDS)
    expect(page.get_by_text(re.compile("model not found|Error displaying widget"))).to_have_count(0)
    assert page.problems == []
    page.close()


def test_a_lesson_that_was_not_run_shows_the_stills(browser, address):
    page = new_page(browser)
    open_notebook(page, address, STORED)
    for figure in FIGURES:
        stills, panels = cells_of(page, figure)[0].locator("img"), figure().panels()
        expect(stills).to_have_count(len(panels), timeout=30 * SECONDS)
        assert all(still.evaluate("image => image.naturalWidth") > 0 for still in stills.all())
        assert [still.get_attribute("alt") for still in stills.all()] == [p.alt for p in panels]
    assert page.problems == []
    page.close()
