"""The live figure of ε: step lengths, half-speed points, the dictionary, and its controls."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from live_page import LivePage, assert_drawn_alike, still_drawing
from playwright.sync_api import expect

from rmsprop_course.figures._look import CURVE_STYLES
from rmsprop_course.live import Epsilon
from rmsprop_course.live._marks import CURVES, brief
from rmsprop_course.numpy_optimizers import rmsprop

PLACES = ("inside", "outside")


@pytest.fixture
def alive(browser) -> Iterator[Callable[[Epsilon], LivePage]]:
    """Puts a figure on a page, on which nothing may go wrong."""
    page, problems = browser.new_page(viewport={"width": 900, "height": 900}), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield lambda figure: LivePage(page, figure)
    page.close()
    assert problems == []


def said(figure: Epsilon) -> str:
    return " ".join(panel.alt for panel in figure.panels())


def step_length(settings, place: str, sizes, n_steps: int = 1):
    """|Δ| of the last of n steps with a constant gradient, from v₀ = 0, at η = 1."""
    params, state = np.zeros_like(sizes), rmsprop.init(sizes)
    inside = place == "inside"
    eps = settings["eps_inside" if inside else "eps_outside"]
    for _ in range(n_steps):
        before = params
        params, state = rmsprop.step(
            before,
            sizes,
            state,
            learning_rate=1.0,
            decay=settings["decay"],
            eps=eps,
            eps_inside_sqrt=inside,
        )
    return before - params


@pytest.mark.parametrize("place", PLACES)
def test_the_first_step_is_the_librarys_from_zero(place):
    figure = Epsilon(which_step="first", eps_inside=1e-6, eps_outside=1e-3, decay=0.99)
    numbers = figure.simulate()
    expected = step_length(figure.settings(), place, numbers["grad_sizes"])
    np.testing.assert_allclose(numbers[place], expected, rtol=1e-12)


@pytest.mark.parametrize("place", PLACES)
def test_the_settled_step_is_where_many_steps_lead(place):
    figure = Epsilon(eps_inside=1e-6, eps_outside=1e-3, decay=0.5)
    numbers = figure.simulate()
    settled = step_length(figure.settings(), place, numbers["grad_sizes"], n_steps=60)
    np.testing.assert_allclose(numbers[place], settled, rtol=1e-9)


def test_the_probe_of_the_lesson_separates_inside_from_outside():
    numbers = Epsilon(which_step="first", grad_size=1e-5).simulate()
    assert 0.1 * numbers["probe_inside"] == pytest.approx(0.009995, abs=5e-7)
    assert 0.1 * numbers["probe_outside"] == pytest.approx(0.315231, abs=5e-7)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("which_step", ["settled", "first"])
@pytest.mark.parametrize("decay", [0.0, 0.9, 0.99])
def test_half_speed_is_half_of_a_large_gradients_step(place, which_step, decay):
    figure = Epsilon(which_step=which_step, decay=decay, eps_inside=1e-10, eps_outside=1e-3)
    figure.grad_size = figure.simulate()[f"half_speed_{place}"].item()
    numbers = figure.simulate()
    longest = 1 / np.sqrt(1 - decay) if which_step == "first" else 1.0
    assert numbers[f"probe_{place}"] == pytest.approx(longest / 2, rel=1e-12)


def test_settled_half_speed_is_the_root_of_a_third_of_epsilon_and_epsilon():
    numbers = Epsilon(eps_inside=3e-8, eps_outside=1e-5).simulate()
    assert numbers["half_speed_inside"] == pytest.approx(1e-4)
    assert numbers["half_speed_outside"] == 1e-5


@pytest.mark.parametrize("which_step", ["settled", "first"])
def test_the_root_of_epsilon_outside_stays_within_a_factor_root_two(which_step):
    figure = Epsilon(eps_inside=1e-8, eps_outside=1e-4, which_step=which_step)
    ratio = figure.simulate()["outside"] / figure.simulate()["inside"]
    assert 0.5**0.5 * (1 - 1e-12) <= ratio.min() < 0.72
    assert ratio.max() <= 1 + 1e-12
    assert "the two differ by a factor √2 at most" in said(figure)


def test_without_epsilon_every_settled_step_has_the_same_length():
    numbers = Epsilon(eps_inside=0, eps_outside=0).simulate()
    for place in PLACES:
        np.testing.assert_allclose(numbers[place], 1, rtol=1e-12)
    assert "half speed" in said(Epsilon(eps_inside=0, eps_outside=0)).lower()


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("eps_inside", -1e-8, r"eps_inside must be in \[0, inf\), got -1e-08"),
        ("eps_outside", -1, r"eps_outside must be in \[0, inf\), got -1"),
        ("decay", 1.5, r"decay must be in \[0, 1\), got 1.5"),
        ("grad_size", 0, r"grad_size must be in \(0, inf\), got 0"),
        ("which_step", "last", "which_step must be one of settled, first, got 'last'"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting, value, message):
    with pytest.raises(ValueError, match=message):
        Epsilon(**{setting: value})


def test_the_still_says_where_steps_are_halved_and_compares_at_one_gradient():
    figure = Epsilon()
    assert "Settled step: length against gradient magnitude, both logarithmic." in said(figure)
    assert "ε = 1e-8 inside the root at |g| = 5.77e-5" in said(figure)
    assert "ε = 1e-8 outside the root at |g| = 1e-8" in said(figure)
    assert "from 1 to 10000; at |g| = 1e-5 it is 10." in said(figure)
    figure.which_step = "first"
    assert "First step from v₀ = 0" in said(figure)
    assert "steps of 3.16 η" in said(figure)
    assert "inside the root at |g| = 0.000183" in said(figure)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"eps_outside": 1e-4},
        {"which_step": "first", "decay": 0.99, "eps_inside": 1e-16, "grad_size": 3e-9},
        {"eps_inside": 0.0, "eps_outside": 1.0, "decay": 0.0},
    ],
)
def test_the_living_figure_takes_the_stills_place_without_a_jump(alive, settings):
    figure = Epsilon(**settings)
    living = alive(figure)
    assert_drawn_alike(living.drawing(), still_drawing(figure))
    assert figure.panels()[1].alt.startswith(living.label(1).rstrip("."))


@pytest.mark.parametrize("which_step", ["settled", "first"])
def test_where_the_sliders_stand_the_library_computes_the_same(alive, which_step):
    figure = alive(Epsilon(which_step=which_step))
    rng = np.random.default_rng(0)
    for settings, numbers in figure.move_sliders(rng.uniform(size=(60, 4))):
        sizes = np.append(numbers["grad_sizes"], settings["grad_size"])
        for place in PLACES:
            found = [*numbers[place], numbers[f"probe_{place}"]]
            if which_step == "first":
                expected = step_length(settings, place, sizes)
            else:
                eps = settings[f"eps_{place}"]
                expected = sizes / (np.sqrt(sizes**2 + eps) if place == "inside" else sizes + eps)
            np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_the_sliders_reach_their_ends(alive):
    figure = alive(Epsilon())
    (low, _), (high, _) = figure.move_sliders(np.array([[0.0] * 4, [1.0] * 4]))
    ends = {name: (low[name], high[name]) for name in low if name != "which_step"}
    assert ends == {
        "eps_inside": (1e-20, 1),
        "eps_outside": (1e-10, 1),
        "grad_size": (1e-10, 1),
        "decay": (0, 0.99),
    }


def test_the_status_follows_the_settings(alive):
    figure = alive(Epsilon())
    assert "half of it at |g| = √(ε/3) = 5.77e-5 inside and at ε = 1e-8 outside" in figure.status()
    assert "the step is 0.0995 η inside and 0.999 η outside, 10 times as long" in figure.status()
    figure.page.get_by_role("combobox", name="step").select_option("first")
    assert "First step: at most η/√(1−γ) = 3.16 η" in figure.status()
    assert figure.status() in figure.label(0)
    assert "0.1 η inside and 3.15 η outside, 31.5 times as long" in figure.status()


def test_a_button_translates_epsilon_and_another_takes_it_over(alive):
    figure = alive(Epsilon(eps_inside=1e-10, eps_outside=0.5))
    figure.page.get_by_role("button", name="translate: ε outside = √(ε inside)").click()
    assert figure.setting("eps_outside") == pytest.approx(1e-5, rel=1e-12)
    assert "never more than a factor √2 apart" in figure.status()
    figure.page.get_by_role("button", name="same ε outside").click()
    assert figure.setting("eps_outside") == 1e-10
    assert "√2" not in figure.status()


def test_the_slider_of_epsilon_outside_shows_the_root_of_epsilon_inside(alive):
    figure = alive(Epsilon(eps_inside=1e-10))
    mark = figure.page.locator(".mark")
    expect(mark).to_have_text("√ε inside")
    assert float(mark.evaluate("mark => mark.style.getPropertyValue('--share')")) == pytest.approx(
        0.5
    )


@pytest.mark.parametrize("panel", [0, 1])
def test_pointing_at_a_panel_chooses_the_gradient(alive, panel):
    figure = alive(Epsilon())
    figure.point_at(panel, 9 / 14)
    assert figure.setting("grad_size") == pytest.approx(1e-3, rel=0.1)
    figure.point_at(panel, 1.02)
    assert figure.setting("grad_size") == 100


def test_a_key_moves_epsilon(alive):
    figure = alive(Epsilon())
    slider = figure.page.get_by_role("slider", name="ε inside", exact=True)
    slider.focus()
    slider.press("ArrowRight")
    assert figure.setting("eps_inside") == 1.26e-8


def test_numbers_are_written_alike_on_both_sides(alive):
    values = [0.0, 1.0, -2.5, 5773.5, 999_500, 1e6, 9.995e-5, 5.7735e-5, 1e-20, 1e-4, 123.456]
    page = alive(Epsilon()).page
    found = page.evaluate("(values) => values.map((value) => live.brief(value))", values)
    assert found == list(map(brief, values))


def test_curves_look_as_in_the_other_figures():
    assert list(CURVE_STYLES[: len(CURVES)]) == CURVES
