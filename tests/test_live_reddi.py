"""Reddi's example: what the figure runs, foretells and draws, and what its controls do."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from live_page import LivePage, assert_drawn_alike, still_drawing
from playwright.sync_api import expect

from rmsprop_course.analysis import critical_decay, reddi_grads
from rmsprop_course.live import Reddi, _svg
from rmsprop_course.numpy_optimizers import rmsprop

SVG = "{http://www.w3.org/2000/svg}"
AT_THRESHOLD = critical_decay(reddi_grads(10))
N_SLIDERS = 4


@pytest.fixture
def alive(browser) -> Iterator[Callable[[Reddi], LivePage]]:
    """Puts a figure on a page, on which nothing may go wrong."""
    context = browser.new_context(viewport={"width": 900, "height": 900}, has_touch=True)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield lambda figure: LivePage(page, figure)
    context.close()
    assert problems == []


def random_figures(count: int) -> list[Reddi]:
    """Settings over the ranges of the sliders."""
    rng = np.random.default_rng(8)
    return [
        Reddi(
            period=int(rng.integers(3, 21)),
            decay=1 - 10 ** rng.uniform(-3, 0),
            learning_rate=10 ** rng.uniform(-1.3, 0.3),
            n_steps=int(10 ** rng.uniform(2, 4.3)),
        )
        for _ in range(count)
    ]


def points_of(figure: Reddi, panel: int) -> np.ndarray:
    """Corners of the last polyline of a still, in pixels."""
    *_, line = ElementTree.fromstring(figure.panels()[panel].markup).iter(f"{SVG}polyline")
    return np.array([list(map(float, pair.split())) for pair in line.get("points").split(",")])


def diamond_of(figure: Reddi, panel: int) -> list[float]:
    """Where the marker of a still is, in pixels."""
    found = re.search(
        r'stroke-width="5"><path d="M([\d.]+) ([\d.]+)', figure.panels()[panel].markup
    )
    return list(map(float, found.groups()))


def said(figure: Reddi) -> str:
    return figure.panels()[0].alt


def test_sign_descent_by_hand():
    x = Reddi(period=3, decay=0, learning_rate=0.5, n_steps=5).simulate()["x"]
    steps = np.array([-1, 1, 1, -1, 1]) * 0.5 / np.sqrt([1, 2, 3, 4, 5])
    np.testing.assert_allclose(x, [0, *np.cumsum(steps)], rtol=1e-15, atol=1e-15)


@pytest.mark.parametrize("settings", [{}, {"period": 3, "decay": 0.5}, {"learning_rate": 1.7}])
def test_the_run_is_the_librarys_kept_between_the_ends(settings):
    figure = Reddi(**settings, n_steps=300)
    params, expected = np.zeros(1), [0.0]
    state = rmsprop.init(params)
    for t in range(1, 301):
        grad = figure.period if t % figure.period == 1 else -1
        params, state = rmsprop.step(
            params,
            np.array([float(grad)]),
            state,
            learning_rate=figure.learning_rate / t**0.5,
            decay=figure.decay,
            eps=0.0,
        )
        params = np.clip(params, -1, 1)
        expected.append(params[0])
    np.testing.assert_allclose(figure.simulate()["x"], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("period", "decay"), [(3, 0.4), (5, 0.9), (10, 0.9), (20, 0.99)])
def test_the_net_move_is_that_of_a_late_period(period, decay):
    figure = Reddi(period=period, decay=decay, learning_rate=0.05, n_steps=20_000)
    seen = figure.simulate()
    first = np.arange(3000, 12_000, period) // period * period
    here, there = seen["x"][first], seen["x"][first + period]
    is_free = (np.abs(here) < 0.9) & (np.abs(there) < 0.9)
    assert is_free.sum() > 50
    rate = 0.05 / np.sqrt(first + period / 2)
    moves = ((there - here) / rate)[is_free]
    # within a period the rate falls, by a share period/t: as much as C/√v counts more or less
    np.testing.assert_allclose(moves, seen["net_move"], atol=2e-2)


def test_the_net_move_says_where_the_run_ends():
    ends = []
    for figure in random_figures(120):
        seen = figure.simulate()
        settled = figure.decay**figure.n_steps < 0.01
        far = abs(seen["net_move"]) * figure.learning_rate * figure.n_steps**0.5 / figure.period
        if settled and far > 1.3:  # 1 is from end to end
            end = np.sign(seen["net_move"])
            assert end == (1 if figure.decay < seen["critical_decay"] else -1)
            assert end in seen["x"][-figure.period :], figure
            assert "not there yet" not in said(figure), figure
            ends.append(end)
    assert min(ends.count(-1), ends.count(1)) >= 5


def test_the_run_arrives_when_it_was_foretold():
    ratios = []
    for figure in random_figures(200):
        figure.n_steps = min(figure.n_steps, 4000)
        found = re.search(r"after about ([\d.e+]+) steps", said(figure))
        if not found or float(found[1]) > 18_000:
            continue
        seen, n_steps = figure.simulate(), figure.n_steps
        figure.n_steps = 20_000
        at_end = np.flatnonzero(figure.simulate()["x"] == np.sign(seen["net_move"]))
        ratios.append(at_end[at_end > n_steps][0] / float(found[1]))
    assert len(ratios) >= 20
    assert min(ratios) > 0.7
    assert max(ratios) < 1.1


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("period", 2, r"period must be in \[3, 100\], got 2"),
        ("decay", 1, r"decay must be in \[0, 1\), got 1"),
        ("learning_rate", 0, r"learning_rate must be in \(0, inf\), got 0"),
        ("n_steps", 20_001, r"n_steps must be in \[1, 20000\], got 20001"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting, value, message):
    with pytest.raises(ValueError, match=message):
        Reddi(**{setting: value})


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        (
            {},
            "γ = 0.9 is below the threshold 0.9554 for C = 10: in a period x moves up by 0.38",
        ),
        ({}, "Predicted end: 1, the worst point. Measured after 5000 steps: x = 1."),
        (
            {"decay": 0.99},
            "is above the threshold 0.9554 for C = 10: in a period x moves down by",
        ),
        ({"decay": 0.99}, "Predicted end: −1, the optimum. Measured after 5000 steps: x = −0.98"),
        ({"decay": 0.99, "n_steps": 500}, "not there yet; at this pace, after about 4"),
        ({"decay": 0.99, "n_steps": 400}, "x = 0.0812, not there yet."),  # v₀ = 0 still counts
        ({"n_steps": 1}, "Measured after 1 step: x = −1, not there yet."),
        ({"decay": AT_THRESHOLD}, "is at the threshold 0.9554 for C = 10: in the long run x stays"),
        (
            {"period": 3, "decay": 0.0},
            "γ = 0 is below the threshold 0.4723 for C = 3: in a period x",
        ),
        (
            {"period": 20, "decay": 0.9},
            "the threshold 0.9894 for C = 20: in a period x moves up by 1",
        ),
    ],
)
def test_the_still_says_what_is_predicted_and_measured(settings, text):
    assert text in said(Reddi(**settings))


def test_a_run_that_has_only_passed_the_end_is_not_there():
    figure = Reddi(decay=0.96, n_steps=10)
    last = figure.simulate()["x"][-10:]
    assert -1 in last
    assert 1 not in last
    assert said(figure).endswith("not there yet.")


@pytest.mark.parametrize("n_steps", [100, 599, 600, 9001, 20_000])
def test_the_outline_keeps_every_swing(n_steps):
    figure = Reddi(n_steps=n_steps, decay=0.97, period=17)
    x, outline = figure.simulate()["x"], points_of(figure, 0)
    assert len(outline) <= 602
    panel = _svg.LOOK["panel"]
    left, width = panel["left"], panel["width"] - panel["left"] - panel["right"]
    bottom, top = panel["height"] - panel["bottom"], panel["top"]
    steps = np.arange(len(x))
    places = np.stack(
        [
            left + steps / (1.05 * n_steps) * width,
            bottom + (x + 1.4) / 2.8 * (top - bottom),
        ],
        axis=-1,
    )
    for here, there in pairwise(np.linspace(left, left + width / 1.05, 51)):
        # as high and as low as the run in each strip, up to what stands in the next bin
        drawn = outline[(outline[:, 0] >= here - 1) & (outline[:, 0] <= there + 1), 1]
        inside = places[(places[:, 0] >= here) & (places[:, 0] <= there), 1]
        assert drawn.min() <= inside.min() + 0.06
        assert drawn.max() >= inside.max() - 0.06


@pytest.mark.parametrize("decay", [0.9, 0.94, 0.99, 0.999])
def test_the_diamonds_are_the_last_iterate_and_the_net_move(decay):
    figure = Reddi(decay=decay, n_steps=777)
    panel, x = _svg.LOOK["panel"], figure.simulate()["x"][-1]
    bottom, top = panel["height"] - panel["bottom"], panel["top"]
    assert diamond_of(figure, 0)[1] == pytest.approx(
        bottom + (x + 1.4) / 2.8 * (top - bottom), abs=0.06
    )
    (place, height), curve = diamond_of(figure, 1), points_of(figure, 1)
    assert np.interp(place, curve[:, 0], curve[:, 1]) == pytest.approx(height, abs=0.3)


def test_the_curve_crosses_0_at_the_threshold():
    for period in (3, 5, 10, 20):
        figure = Reddi(period=period)
        curve = points_of(figure, 1)
        panel = _svg.LOOK["panel"]
        bottom, top = panel["height"] - panel["bottom"], panel["top"]
        zero = bottom + 0.7 / 1.8 * (top - bottom)
        at = np.interp(zero, curve[:, 1], curve[:, 0])  # pixels count downward
        inner = panel["width"] - panel["left"] - panel["right"]
        threshold = critical_decay(reddi_grads(period))
        place = panel["left"] - np.log10(1 - threshold) / 3.15 * inner
        assert at == pytest.approx(place, abs=0.3)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"period": 3, "decay": 0.0, "n_steps": 1},
        {"period": 20, "decay": 0.99, "learning_rate": 2.0, "n_steps": 20_000},
        {"period": 60, "decay": 0.9996, "n_steps": 700},
        {"decay": AT_THRESHOLD},
    ],
)
def test_the_living_figure_takes_the_stills_place_without_a_jump(alive, settings):
    figure = Reddi(**settings)
    living = alive(figure)
    assert_drawn_alike(living.drawing(), still_drawing(figure))


def test_the_screen_tells_what_the_still_tells(alive):
    for figure in [*random_figures(40), Reddi(decay=AT_THRESHOLD), Reddi(n_steps=1)]:
        living = alive(figure)
        alts = [panel.alt for panel in figure.panels()]
        assert [living.label(0), living.label(1)] == alts
        assert alts[0].endswith(living.status())
        living.page.evaluate("() => document.body.replaceChildren()")


def test_where_the_sliders_stand_the_library_computes_the_same(alive):
    rng = np.random.default_rng(0)
    for settings, numbers in alive(Reddi()).move_sliders(rng.uniform(size=(40, N_SLIDERS))):
        for name, expected in Reddi(**settings).simulate().items():
            np.testing.assert_allclose(numbers[name], expected, rtol=1e-12, atol=2e-11)


def test_the_sliders_reach_their_ends(alive):
    (low, _), (high, _) = alive(Reddi()).move_sliders(np.array([[0.0], [1.0]]) * np.ones(N_SLIDERS))
    assert {name: (low[name], high[name]) for name in low} == {
        "decay": (0, 0.999),
        "period": (3, 20),
        "learning_rate": (0.05, 2),
        "n_steps": (100, 20_000),
    }


def test_every_place_of_the_slider_of_steps_is_a_whole_number_of_steps(alive):
    steps = alive(Reddi()).page.evaluate(
        """() => {
            const control = live.FIGURES.reddi.controls.find(({ name }) => name === "n_steps");
            return Array.from({ length: 201 }, (_, k) => live.valueAt(control, k / 200));
        }"""
    )
    assert all(isinstance(each, int) for each in steps)
    assert (np.diff(steps) > 0).all()


def test_the_keyboard_moves_the_decay_across_the_threshold(alive):
    figure = alive(Reddi(decay=0.95))
    assert figure.status().startswith("γ = 0.95 is below the threshold 0.9554 for C = 10: ")
    slider = figure.page.get_by_role("slider", name="decay γ")
    for _ in range(4):
        slider.press("ArrowRight")
    assert " is above the threshold 0.9554 for C = 10: " in figure.status()
    figure.page.get_by_role("slider", name="period C").press("ArrowRight")
    assert " is below the threshold 0.9635 for C = 11: " in figure.status()


def test_the_threshold_is_marked_on_the_slider_of_the_decay(alive):
    figure = alive(Reddi(period=3))
    mark = figure.page.locator(".mark")
    expect(mark).to_have_text("γ*")
    share = "mark => Number(mark.style.getPropertyValue('--share'))"
    assert 1 - 0.001 ** mark.evaluate(share) == pytest.approx(0.4723, abs=5e-5)
    figure.set(period=20)
    assert 1 - 0.001 ** mark.evaluate(share) == pytest.approx(0.9894, abs=5e-5)


def test_pointing_at_the_net_move_chooses_the_decay(alive):
    figure = alive(Reddi())
    figure.point_at(1, 2 / 3.15)
    assert figure.setting("decay") == pytest.approx(0.99, abs=1e-3)
    figure.point_at(1, 1)
    assert figure.setting("decay") == 0.999
    figure.point_at(1, -0.05)
    assert figure.setting("decay") == 0


def test_a_finger_chooses_the_decay_and_can_still_scroll(alive):
    figure = alive(Reddi())
    panel = figure.page.locator(".panels > svg").nth(1)
    box = panel.bounding_box()
    figure.page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    assert figure.setting("decay") > 0.99
    assert panel.evaluate("svg => getComputedStyle(svg).touchAction") == "pan-y"


@pytest.mark.parametrize("n_steps", [100, 1000, 9999, 19_100, 20_000])
def test_no_text_is_cut_off_at_the_border(alive, n_steps):
    figure = alive(Reddi(n_steps=n_steps, period=20))
    ends = figure.page.locator(".panels > svg text:not([transform])").evaluate_all(
        "all => all.map(text => text.getBBox()).map(({ x, width }) => [x, x + width])"
    )
    assert np.min(ends) >= 0
    assert np.max(ends) <= _svg.LOOK["panel"]["width"]
