"""The two-cycle of RMSProp: what is predicted, what the runs do, and what the figure tells."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rmsprop_course import descent
from rmsprop_course.analysis import TwoCycle
from rmsprop_course.live import LimitCycle, _svg
from rmsprop_course.live._bundle import bundle
from rmsprop_course.numpy_optimizers import rmsprop
from rmsprop_course.objectives import quadratic

SVG = "{http://www.w3.org/2000/svg}"


def cycles(count: int) -> list[TwoCycle]:
    """Settings over the ranges of the sliders; a fourth of the decays below 1/9."""
    rng = np.random.default_rng(4)
    return [
        TwoCycle(
            learning_rate=10 ** rng.uniform(-2, 0),
            decay=rng.uniform(0, 1 / 9) if index % 4 == 0 else 1 - 10 ** rng.uniform(-2, 0),
            eps=10 ** rng.uniform(-6, 0),
            curvature=10 ** rng.uniform(-2, 2),
            eps_inside_sqrt=bool(rng.integers(2)),
        )
        for index in range(count)
    ]


def corners(line: str) -> np.ndarray:
    """Corners of a polyline, in pixels."""
    return np.array([list(map(float, at.split())) for at in line.split(",")])


def figure_of(cycle: TwoCycle, **settings) -> LimitCycle:
    return LimitCycle(**cycle._asdict(), **settings)


def all_distances(cycles: Sequence[TwoCycle], n_steps: int) -> np.ndarray:
    """|x| at the start and after every step, shape (n_steps + 1, n_cycles)."""
    found = np.empty((n_steps + 1, len(cycles)))
    for inside in (True, False):
        chosen = np.array([cycle.eps_inside_sqrt is inside for cycle in cycles])
        rates, decays, eps, curvatures, _ = np.transpose(cycles)[:, chosen]
        path = descent.run(
            quadratic(curvatures),  # each parameter is a run of its own
            rmsprop,
            start=1.6 * rates,
            n_steps=n_steps,
            learning_rate=rates,
            decay=decays,
            eps=eps,
            eps_inside_sqrt=inside,
        )
        found[:, chosen] = np.abs(path.params)
    return found


def test_the_figure_runs_each_of_them():
    for cycle, expected in zip(cycles(9), all_distances(cycles(9), 50).T, strict=True):
        x = figure_of(cycle, n_steps=50).simulate()["rmsprop"].params[:, 0]
        np.testing.assert_allclose(np.abs(x), expected, rtol=1e-12)


def test_runs_end_in_the_predicted_amplitude():
    quick = [cycle for cycle in cycles(150) if cycle.contraction() < 0.985]
    ends = [cycle.strength() > 0 for cycle in quick]
    assert min(sum(ends), len(ends) - sum(ends)) > 20  # both regimes
    for cycle, distance in zip(quick, all_distances(quick, 2000).T, strict=True):
        tolerance = 1e-6 * cycle.learning_rate
        np.testing.assert_allclose(distance[-2:], cycle.amplitude(), rtol=0, atol=tolerance)


def flipped_step(cycle: TwoCycle, x: float, square_avg: float) -> np.ndarray:
    """Minus x, and the average, after a step of the library; the cycle is a fixed point."""
    state = rmsprop.init(np.array([x]), initial_square_avg=square_avg)
    settings = {key: value for key, value in cycle._asdict().items() if key != "curvature"}
    params, state = rmsprop.step(np.array([x]), np.array([cycle.curvature * x]), state, **settings)
    return np.array([-params[0], state.square_avg[0]])


@pytest.mark.parametrize("cycle", [cycle for cycle in cycles(60) if cycle.strength() > 0.02])
def test_departures_from_the_cycle_shrink_as_predicted(cycle):
    a = float(cycle.amplitude())
    there = np.array([a, (cycle.curvature * a) ** 2])
    np.testing.assert_allclose(flipped_step(cycle, *there), there, rtol=1e-12)
    columns = []
    for nudge in np.diag(1e-5 * there):
        ahead, behind = flipped_step(cycle, *(there + nudge)), flipped_step(cycle, *(there - nudge))
        columns.append((ahead - behind) / (2 * nudge.sum()))
    eigenvalues = np.linalg.eigvals(np.stack(columns, axis=1))
    assert np.abs(eigenvalues).max() == pytest.approx(cycle.contraction(), rel=1e-6)


def test_distances_from_0_shrink_as_predicted():
    chosen = [
        cycle
        for cycle in cycles(150)
        if cycle.strength() == 0 and np.sqrt(cycle.decay) < cycle.contraction() < 0.998
    ]  # the average is forgotten first, and the rate is seen
    assert len(chosen) > 10
    for cycle, distance in zip(chosen, all_distances(chosen, 2000).T, strict=True):
        late = distance[distance > 1e-150]
        assert (late[-1] / late[-101]) ** 0.01 == pytest.approx(cycle.contraction(), rel=1e-6)


@pytest.mark.parametrize(
    ("decay", "factor"), [(0.9, 0.948683), (0.5, 0.707107), (0.05, 0.786421), (0.0, 1.0)]
)
def test_without_eps_only_the_decay_decides_how_fast(decay, factor):
    for inside in (True, False):
        cycle = TwoCycle(0.1, decay, 0.0, 1.0, inside)
        assert cycle.contraction() == pytest.approx(factor, abs=1e-6)
        assert cycle.amplitude() == 0.05


def test_close_to_the_threshold_the_cycle_attracts_slowly():
    factors = [
        TwoCycle(0.1, 0.9, 1e-3, 0.6325 + gap, True).contraction() for gap in (1, 1e-2, 1e-4)
    ]
    assert factors == sorted(factors)
    assert factors[0] < 0.95 < 0.999 < factors[-1] < 1


@pytest.mark.parametrize(
    ("learning_rate", "eps", "inside", "critical"),
    [
        (1e-3, 1e-8, True, 0.2),  # the definition
        (1e-2, 1e-8, False, 2e-6),  # PyTorch
        (2.5e-4, 1e-2, True, 800.0),  # DQN
        (0.045, 1.0, True, 44.4444444),  # Inception
    ],
)
def test_critical_curvatures_of_known_settings(learning_rate, eps, inside, critical):
    cycle = TwoCycle(learning_rate, 0.9, eps, critical, inside)
    assert cycle.critical_curvature() == pytest.approx(critical)
    assert cycle.critical_eps() == pytest.approx(eps)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("learning_rate", 0, r"learning_rate must be in \(0, inf\), got 0"),
        ("decay", 1, r"decay must be in \[0, 1\), got 1"),
        ("eps", -1e-3, r"eps must be in \[0, inf\), got -0.001"),
        ("curvature", 0, r"curvature must be in \(0, inf\), got 0"),
        ("n_steps", 0, r"n_steps must be in \[1, 2000\], got 0"),
        ("against", "decay", "against must be one of curvature, eps, got 'decay'"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting, value, message):
    with pytest.raises(ValueError, match=message):
        LimitCycle(**{setting: value})


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        (
            {},
            "Two-cycle: λ = 1 is above the threshold 2√ε/η = 0.632. "
            "Amplitude predicted: √(η²/4 − ε/λ²) = ",
        ),
        ({}, "= 0.0387; measured after 200 steps: 0.0387. A step leaves 0.948683 of a small "),
        (
            {"eps_inside_sqrt": False},
            "above the threshold 2ε/η = 0.02. Amplitude predicted: η/2 − ε/λ = 0.049;",
        ),
        (
            {"curvature": 0.1},
            "Converges: λ = 0.1 is below the threshold 2√ε/η = 0.632. Amplitude predicted: 0;",
        ),
        ({"curvature": 0.1}, "A step leaves 0.683772 of a small departure from 0."),
        ({"n_steps": 20}, "measured after 20 steps: 0.0245, not there yet."),
        ({"decay": 0.0, "eps": 0.0}, "In which cycle it ends, the start decides."),
        (
            {"curvature": 0.25, "eps": 0.0125, "eps_inside_sqrt": False},
            "At the threshold: λ = 0.25 is at the threshold 2ε/η = 0.25. Amplitude predicted: 0;",
        ),
        (
            {"curvature": 0.25, "eps": 0.0125, "eps_inside_sqrt": False},
            "At the threshold, x shrinks ever more slowly.",
        ),
    ],
)
def test_the_still_says_in_which_regime_it_is(settings, said):
    assert said in LimitCycle(**settings).panels()[0].alt


@pytest.mark.parametrize("against", ["eps", "curvature"])
@pytest.mark.parametrize("inside", [True, False])
def test_the_dot_is_measured_and_lies_on_the_predicted_curve(against, inside):
    figure = LimitCycle(against=against, eps_inside_sqrt=inside, n_steps=1000)
    markup = figure.panels()[1].markup
    dot = re.search(r'stroke-width="5"><path d="M([\d.]+) ([\d.]+)', markup)
    x, y = map(float, dot.groups())
    lines = list(ElementTree.fromstring(markup).iter(f"{SVG}polyline"))
    curve = corners(lines[-1].get("points"))
    assert np.interp(x, curve[:, 0], curve[:, 1]) == pytest.approx(y, abs=0.3)  # pixels


def test_even_and_odd_steps_are_the_two_branches():
    figure = LimitCycle(n_steps=9)
    x = figure.simulate()["rmsprop"].params[:, 0] / figure.learning_rate
    root = ElementTree.fromstring(figure.panels()[0].markup)
    lines = [corners(line.get("points")) for line in root.iter(f"{SVG}polyline")]
    panel = _svg.LOOK["panel"]
    bottom, top = panel["height"] - panel["bottom"], panel["top"]
    for branch, expected in zip(lines[-2:], (x[::2], x[1::2]), strict=True):
        height = bottom + (expected + 1.2) / 2.4 * (top - bottom)
        np.testing.assert_allclose(branch[:, 1], height, atol=0.051)


@pytest.fixture
def page(browser) -> Iterator[Page]:
    page = browser.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    yield page
    assert page.problems == []
    page.close()


def show(page: Page, *figures: LimitCycle) -> None:
    """Put figures, alive, on the page."""
    script = f'<script type="module">{bundle()}\nmountAll();</script>'
    stills = "".join(figure._html() for figure in figures)
    page.set_content(f"<!doctype html><html lang=en><body>{stills}{script}</body></html>")
    expect(page.locator(".rmsprop-figure")).to_have_count(len(figures))


def test_the_screen_tells_what_the_still_tells(page):
    views = ("eps", "curvature") * 30
    figures = [
        figure_of(cycle, n_steps=200, against=against)
        for cycle, against in zip(cycles(60), views, strict=True)
    ]
    show(page, *figures)
    said = page.locator("p[role=status]").all_inner_texts()
    labels = page.locator(".panels > svg").evaluate_all("all => all.map(svg => svg.ariaLabel)")
    for index, figure in enumerate(figures):
        alts = [panel.alt for panel in figure.panels()]
        assert labels[2 * index : 2 * index + 2] == alts
        assert alts[0].endswith(said[index])


@pytest.mark.parametrize("against", ["eps", "curvature"])
def test_the_living_drawing_is_that_of_the_still(page, against):
    figure = LimitCycle(against=against, n_steps=31)
    show(page, figure)
    living = page.locator(".panels > svg polyline").evaluate_all(
        "lines => lines.map(line => line.getAttribute('points'))"
    )
    still = re.findall(r'points="([^"]+)"', "".join(panel.markup for panel in figure.panels()))
    for here, there in zip(living, still, strict=True):
        np.testing.assert_allclose(corners(here), corners(there), atol=0.11)


def test_the_still_covers_the_ranges_of_the_sliders(page):
    show(page, LimitCycle())
    ticks = page.locator(".panels > svg:nth-of-type(2) .frame text").all_text_contents()
    page.get_by_role("combobox", name="amplitude against").select_option("eps")
    ticks += page.locator(".panels > svg:nth-of-type(2) .frame text").all_text_contents()
    for against in ("curvature", "eps"):
        still = ElementTree.fromstring(LimitCycle(against=against).panels()[1].markup)
        drawn = [text.text for text in still.iter(f"{SVG}text")]
        assert set(drawn) - {"λ*", "ε*"} <= set(ticks)


def test_the_keyboard_moves_the_run_across_the_threshold(page):
    show(page, LimitCycle())
    status = page.locator("p[role=status]")
    expect(status).to_contain_text("Two-cycle: λ = 1 is above the threshold")
    slider = page.get_by_role("slider", name="curvature λ", exact=True)
    for _ in range(10):  # each a fiftieth of a decade
        slider.press("ArrowLeft")
    expect(status).to_contain_text("Converges: λ = 0.631 is below the threshold 2√ε/η = 0.632")
    page.get_by_role("checkbox", name="ε inside the root").press("Space")
    expect(status).to_contain_text("Two-cycle: λ = 0.631 is above the threshold 2ε/η = 0.02")


def test_the_thresholds_are_marked_on_the_sliders(page):
    show(page, LimitCycle())
    marks = page.locator(".mark")
    expect(marks).to_have_text(["ε*", "λ*"])
    share = "mark => Number(mark.style.getPropertyValue('--share'))"
    eps, curvature = (marks.nth(index).evaluate(share) for index in range(2))
    assert 1e-6 * 1e6**eps == pytest.approx(0.0025)
    assert 0.01 * 1e4**curvature == pytest.approx(0.632456, rel=1e-6)
