"""The training dashboard in a running JupyterLab: by keyboard, while other cells run, and after."""

import re
from collections.abc import Iterator

import nbformat
import pytest
from playwright.sync_api import Browser, Locator, Page, expect
from test_browser_lessons import SECONDS
from test_explorers_jupyterlab import tab_to
from test_live_jupyterlab import new_page, open_notebook, run_all_cells, serve, shut_kernels_down

SHOW = """from rmsprop_course import explorers
tool = explorers.dashboard()
tools = [*globals().get("tools", []), tool]
tool"""
WHAT_IS_LEFT = """import asyncio, threading
tasks = sum("Runner" in task.get_coro().__qualname__ for task in asyncio.all_tasks())
kernels = ("Control", "Heartbeat", "IOPub", "IPythonHistory", "MainThread", "Shell", "subshell")
named = [thread for thread in threading.enumerate() if not thread.name.startswith(kernels)]
outcomes = [[run.outcome for run in each.sessions] for each in tools]
print(outcomes[-2:], tasks, "tasks", len(named), "threads")"""
CELLS = [SHOW, WHAT_IS_LEFT]
CURVES_GROW = """(counts) => [...document.querySelectorAll("polyline")].every(
    (line, index) => line.points.numberOfItems > counts[index])"""


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> Iterator[str]:
    """Address of a JupyterLab with a notebook that was not run; PyTorch computes on one core."""
    folder = tmp_path_factory.mktemp("dashboard")
    kernel = {"kernelspec": {"display_name": "Python 3", "name": "python3"}}
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    document = nbformat.v4.new_notebook(cells=cells, metadata=kernel)
    (folder / "dashboard.ipynb").write_text(nbformat.writes(document), encoding="utf-8")
    with serve(folder, OMP_NUM_THREADS="1", RMSPROP_COURSE_PROGRESS="off") as address:
        yield address


@pytest.fixture
def page(browser, address) -> Iterator[Page]:
    """A page on which both cells ran."""
    page = open_and_run(browser, address)
    yield page
    page.close()


def open_and_run(browser: Browser, address: str) -> Page:
    page = new_page(browser)
    page.set_viewport_size({"width": 1280, "height": 1300})
    open_notebook(page, address, "dashboard", len(CELLS))
    run_all_cells(page)
    expect(dashboard(page)).to_be_visible(timeout=60 * SECONDS)
    expect(said(page)).to_have_text("Choose settings, then press Start.")
    return page


def dashboard(page: Page) -> Locator:
    return page.get_by_role("group", name="Training dashboard", exact=True)


def said(page: Page) -> Locator:
    return dashboard(page).get_by_role("status")


def steps(page: Page) -> int:
    """Steps that the progress bar says were taken."""
    bar = dashboard(page).get_by_role("progressbar", name="steps taken")
    return int(re.match(r"step (\d+) of", bar.get_attribute("aria-valuetext"))[1])


def button(page: Page, name: str) -> Locator:
    return dashboard(page).get_by_role("button", name=name, exact=True)


def press(page: Page, name: str, key: str) -> None:
    """Go to a button by Tab, from wherever the focus is, see that it shows, press a key."""
    for back in range(10):
        try:
            tab_to(page, button(page, name))
            break
        except AssertionError:
            for _ in range(8 + back):
                page.keyboard.press("Shift+Tab")
    style = "element => getComputedStyle(element).outlineStyle"
    assert button(page, name).evaluate(style) == "solid"
    page.keyboard.press(key)


def fill(page: Page, **texts: str) -> None:
    for name, text in texts.items():
        dashboard(page).locator(f'input[name="{name}"]').fill(text)


def n_points(page: Page) -> list[int]:
    """Points of each curve, panel by panel."""
    lines = dashboard(page).locator("polyline")
    return lines.evaluate_all("lines => lines.map((line) => line.points.numberOfItems)")


def what_is_left(page: Page) -> str:
    """What the second cell prints when it runs now."""
    cell = page.locator(".jp-Notebook .jp-CodeCell").nth(1)
    before = cell.locator(".jp-InputPrompt").inner_text()
    cell.locator(".cm-content").click()
    page.keyboard.press("Control+Enter")
    prompt = cell.locator(".jp-InputPrompt")
    expect(prompt).not_to_have_text(before, timeout=30 * SECONDS)
    expect(prompt).to_have_text(re.compile(r"\[\d+\]"), timeout=30 * SECONDS)
    return cell.locator(".jp-OutputArea-output").inner_text().strip()


def test_runs_are_started_paused_stopped_and_overlaid_by_keyboard(page):
    threads = re.search(r"(\d+) threads", what_is_left(page))[1]
    dashboard(page).get_by_label("network").select_option("mlp")
    fill(page, n_epochs="1000", decay="0.95")
    rate = dashboard(page).get_by_label("learning rate η", exact=True)
    rate.fill("0.002")
    rate.press("Enter")
    label = "Run 1 trains: RMSProp, η = 0.002, γ = 0.95, ε = 1e-8 beside the root, batch 32, mlp."
    expect(said(page)).to_have_text(label, timeout=30 * SECONDS)
    expect(dashboard(page).locator("polyline")).to_have_count(2, timeout=30 * SECONDS)
    expect(dashboard(page).locator(".left")).to_contain_text(re.compile("about .* left"))
    first, drawn = steps(page), n_points(page)
    page.wait_for_function(CURVES_GROW, arg=drawn)
    assert steps(page) > first
    expect(button(page, "Start")).to_have_attribute("aria-disabled", "true")

    press(page, "Pause", "Space")
    expect(said(page)).to_contain_text("Run 1 waits after")
    expect(button(page, "Continue")).to_be_focused()
    waiting, drawn = steps(page), n_points(page)
    page.wait_for_timeout(700)
    assert (steps(page), n_points(page)) == (waiting, drawn)
    page.keyboard.press("Enter")
    expect(said(page)).to_have_text("Run 1 goes on.")
    expect(dashboard(page).locator(".left")).not_to_contain_text(f"step {waiting} of")
    assert steps(page) > waiting
    press(page, "Stop", "Enter")
    expect(said(page)).to_contain_text("Run 1 was stopped after")
    expect(button(page, "Stop")).to_be_focused()

    dashboard(page).get_by_label("optimizer").select_option("adam")
    expect(rate).to_have_value("0.001")
    expect(dashboard(page).get_by_label("decay β₂", exact=True)).to_have_value("0.999")
    expect(dashboard(page).get_by_label("place of ε")).to_be_hidden()
    fill(page, n_epochs="2")
    press(page, "Start", "Enter")
    expect(said(page)).to_contain_text("Run 2 is finished: test accuracy", timeout=60 * SECONDS)
    runs = dashboard(page).get_by_role("listitem")
    expect(runs).to_have_count(2)
    expect(runs.nth(0)).to_contain_text("RMSProp, η = 0.002, γ = 0.95")
    expect(runs.nth(1)).to_contain_text("Adam, η = 0.001, β₂ = 0.999")
    expect(dashboard(page).locator("polyline")).to_have_count(4)
    loss = dashboard(page).get_by_role("img").first
    expect(loss).to_have_attribute("aria-label", re.compile(r"Training loss: run 1 .*, run 2 .*"))

    dashboard(page).get_by_label("optimizer").select_option("rmsprop")
    expect(rate).to_have_value("0.002")  # as it was left
    assert what_is_left(page) == f"[['stopped', 'finished']] 0 tasks {threads} threads"
    press(page, "Clear", "Space")
    expect(dashboard(page).locator("polyline")).to_have_count(0)
    expect(runs).to_have_count(0)
    assert page.problems == []


def test_a_bad_setting_is_named_beside_its_control(page):
    fill(page, learning_rate="0", decay="1.5", batch_size="")
    button(page, "Start").click()
    for label, text in {
        "learning rate η": "learning_rate must be in (0, inf), got 0",
        "decay γ": "decay must be in [0, 1), got 1.5",
        "batch size": "batch_size must be a whole number, got nothing",
    }.items():
        control = dashboard(page).get_by_label(label, exact=True)
        expect(control).to_have_attribute("aria-invalid", "true")
        expect(control).to_have_accessible_description(text)
    expect(dashboard(page).get_by_label("learning rate η", exact=True)).to_be_focused()
    expect(said(page)).to_have_text("No run was started: a setting breaks its rule.")
    assert page.problems == []


def start_a_long_run(page: Page) -> None:
    fill(page, n_epochs="5000")
    button(page, "Start").click()
    expect(said(page)).to_contain_text("trains", timeout=30 * SECONDS)
    expect(dashboard(page).locator(".left")).to_contain_text("left", timeout=30 * SECONDS)


def test_running_the_cell_again_ends_the_run_before(page):
    start_a_long_run(page)
    assert "['']] 1 tasks" in what_is_left(page)  # a cell runs while the run waits for it
    first = steps(page)
    expect(dashboard(page).locator(".left")).not_to_contain_text(f"step {first} of")

    run_all_cells(page)
    expect(said(page)).to_have_text("Choose settings, then press Start.", timeout=60 * SECONDS)
    expect(dashboard(page)).to_have_count(1)
    assert "[['stopped'], []] 0 tasks" in what_is_left(page)
    assert page.problems == []


def test_clearing_the_output_ends_the_run(page):
    start_a_long_run(page)
    page.evaluate("() => window.jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
    expect(dashboard(page)).to_have_count(0)
    found = (what_is_left(page) for _ in range(10))  # the message may come after the cell
    assert any("['stopped']] 0 tasks" in left for left in found)
    assert page.problems == []


def test_it_fits_a_narrow_screen(page):
    box = dashboard(page)
    for width in (360, 240):
        box.evaluate("(element, width) => { element.style.width = `${width}px`; }", width)
        assert box.evaluate("element => element.scrollWidth <= element.clientWidth")


def test_without_its_kernel_it_says_so_and_the_stored_still_is_shown(browser, address):
    shut_kernels_down(address)  # JupyterLab's debugger complains when one that it found goes
    page = open_and_run(browser, address)
    assert shut_kernels_down(address) >= 1
    button(page, "Start").click()
    expect(said(page)).to_contain_text("The kernel does not answer yet.", timeout=30 * SECONDS)
    page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")
    page.goto("about:blank")
    open_notebook(page, address, "dashboard", len(CELLS))
    stills = page.locator(".rmsprop-dashboard img")
    expect(stills).to_have_count(2, timeout=60 * SECONDS)
    assert all(still.evaluate("image => image.naturalWidth") > 0 for still in stills.all())
    expect(page.get_by_text(re.compile("model not found|Error displaying widget"))).to_have_count(0)
    assert page.problems == []
    page.close()
