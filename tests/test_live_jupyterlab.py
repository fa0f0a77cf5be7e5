"""Live figures in a running JupyterLab: the screen moves Python, and outlives the kernel.

A further figure adds the label and the trait of one of its sliders to `SLIDERS`.
"""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Locator, Page, expect
from test_browser_lessons import ADDRESS, SECONDS

from rmsprop_course import live
from rmsprop_course.live._figure import LiveFigure

SLIDERS = {
    live.Epsilon: ("ε inside", "eps_inside"),
    live.LimitCycle: ("curvature λ", "curvature"),
    live.MovingAverage: ("decay γ", "decay"),
    live.Playground: ("learning rate η", "learning_rate"),
    live.Race: ("adaptive rate η", "adaptive_learning_rate"),
    live.Valley: ("learning rate η", "learning_rate"),
}


def notebook_of(figure: type[LiveFigure], outputs: list[nbformat.NotebookNode]) -> str:
    """A cell that shows the figure, with outputs as they were stored, and one that prints."""
    show = f"from rmsprop_course import live\n\nfigure = live.{figure.__name__}()\nfigure"
    cells = [
        nbformat.v4.new_code_cell(show, outputs=outputs),
        nbformat.v4.new_code_cell(f"print(repr(figure.{SLIDERS[figure][1]}))"),
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    return nbformat.writes(nbformat.v4.new_notebook(cells=cells, metadata=kernel))


def stored_output(figure: type[LiveFigure]) -> nbformat.NotebookNode:
    """What a lesson keeps of the figure: all but the widget."""
    data, _ = figure()._repr_mimebundle_()
    kept = {mime: data[mime] for mime in ("text/html", "text/plain")}
    return nbformat.v4.new_output("execute_result", kept, execution_count=1)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab with two notebooks for each figure: one not run, one stored."""
    folder = tmp_path_factory.mktemp("figures")
    for figure in SLIDERS:
        name = figure.__name__
        (folder / f"{name}.ipynb").write_text(notebook_of(figure, []), encoding="utf-8")
        stored = notebook_of(figure, [stored_output(figure)])
        (folder / f"{name}-stored.ipynb").write_text(stored, encoding="utf-8")
    command = [sys.executable, "-m", "rmsprop_course.cli", "lab", "--edit", str(folder)]
    options = ["--no-browser", "--", "--port=0", "--expose-app-in-browser"]
    with subprocess.Popen(command + options, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        yield next(match[0] for line in server.stderr if (match := ADDRESS.search(line)))
        server.terminate()
        server.stderr.read()  # it must not wait for a reader of what it still says


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page that keeps errors and requests to other machines in `page.problems`."""
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("console", lambda said: said.type == "error" and page.problems.append(said.text))
    page.on("request", lambda request: keep_foreign(page, request.url))
    yield page
    page.close()


def keep_foreign(page: Page, url: str) -> None:
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        page.problems.append(f"request to {url}")


def open_notebook(page: Page, address: str, name: str) -> None:
    page.goto(re.sub(r"/lab\S*\?", f"/lab/workspaces/{name}/tree/{name}.ipynb?", address))
    expect(page.locator(".jp-Notebook .jp-CodeCell")).to_have_count(2, timeout=60 * SECONDS)


def run_all_cells(page: Page) -> None:
    page.evaluate(
        """async () => {
            const { sessionContext } = window.jupyterapp.shell.currentWidget;
            await sessionContext.ready;
            await sessionContext.session.kernel.info;
            await window.jupyterapp.commands.execute("notebook:run-all-cells");
        }"""
    )
    expect(page.locator(".rmsprop-figure")).to_be_visible(timeout=30 * SECONDS)


def printed(page: Page) -> Locator:
    return page.locator(".jp-CodeCell").nth(1).locator(".jp-OutputArea-output")


@pytest.mark.parametrize("figure", SLIDERS)
def test_a_slider_moves_the_trait_in_the_kernel_and_the_drawing(page, address, figure):
    label, _ = SLIDERS[figure]
    open_notebook(page, address, figure.__name__)
    run_all_cells(page)
    slider = page.get_by_role("slider", name=label, exact=True)
    drawing = page.locator(".rmsprop-figure .panels")
    before, value_before = drawing.inner_html(), float(printed(page).inner_text())
    assert float(slider.get_attribute("aria-valuetext")) == pytest.approx(value_before)

    slider.focus()
    for key in ("ArrowRight", "ArrowUp", "ArrowUp"):
        slider.press(key)
    assert drawing.inner_html() != before
    value = float(slider.get_attribute("aria-valuetext"))
    assert value > value_before

    page.locator(".jp-CodeCell").nth(1).locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    expect(printed(page)).not_to_have_text(repr(value_before), timeout=30 * SECONDS)
    assert float(printed(page).inner_text()) == pytest.approx(value, rel=1e-5)
    assert page.problems == []


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


@pytest.mark.parametrize("figure", SLIDERS)
def test_a_saved_figure_is_there_when_the_notebook_is_opened_without_its_kernel(
    page, address, figure
):
    open_notebook(page, address, figure.__name__)
    run_all_cells(page)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.goto("about:blank")
    assert shut_kernels_down(address) >= 1

    open_notebook(page, address, figure.__name__)
    shown = page.locator(".rmsprop-figure, .rmsprop-live img").first
    expect(shown).to_be_visible(timeout=30 * SECONDS)
    expect(page.get_by_text(re.compile("model not found|Error displaying widget"))).to_have_count(0)
    assert page.problems == []


@pytest.mark.parametrize("figure", SLIDERS)
def test_a_lesson_that_was_not_run_shows_the_stills(page, address, figure):
    open_notebook(page, address, f"{figure.__name__}-stored")
    stills = page.locator(".jp-OutputArea img")
    expect(stills).to_have_count(len(figure().panels()), timeout=30 * SECONDS)
    assert all(still.evaluate("image => image.naturalWidth") > 0 for still in stills.all())
    assert [still.get_attribute("alt") for still in stills.all()] == [
        panel.alt for panel in figure().panels()
    ]
    assert page.problems == []
