"""The live moving average: its signal, its weights, its still, and how it follows its controls."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from live_page import LivePage, assert_drawn_alike, still_drawing
from playwright.sync_api import expect

from rmsprop_course import moving_average as library
from rmsprop_course.live import MovingAverage
from rmsprop_course.live._noise import seeded_noise

N_STEPS = 300


@pytest.fixture
def alive(browser) -> Iterator[Callable[[MovingAverage], LivePage]]:
    """Puts a figure on a page, on which nothing may go wrong."""
    context = browser.new_context(viewport={"width": 900, "height": 900}, has_touch=True)
    page, problems = context.new_page(), []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield lambda figure: LivePage(page, figure)
    context.close()
    assert problems == []


def said(figure: MovingAverage) -> str:
    return " ".join(panel.alt for panel in figure.panels())


def test_the_noise_is_nearly_normal_and_one_value_tells_nothing_of_the_next():
    values = seeded_noise(0, 100_000)
    assert abs(values.mean()) < 0.02
    assert abs(values.var() - 1) < 0.02
    assert abs((values**4).mean() - 2.9) < 0.1  # 3 for the normal, 2.9 for a sum of twelve
    assert abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.02


def test_another_seed_is_other_noise():
    assert abs(np.corrcoef(seeded_noise(0, 3_000), seeded_noise(1, 3_000))[0, 1]) < 0.06


@pytest.mark.parametrize("seed", [0, 1, 12345, 2**31, 2**32 - 1])
def test_noise_has_the_same_bits_in_the_browser(alive, seed):
    page = alive(MovingAverage()).page
    found = page.evaluate("(seed) => live.seededNoise(seed, 1000)", seed)
    np.testing.assert_array_equal(found, seeded_noise(seed, 1000))


def test_the_level_is_one_and_jumps_after_the_step_of_the_jump():
    figure = MovingAverage(noise=0.0, jump_size=-2.5, jump_step=7)
    numbers = figure.simulate()
    np.testing.assert_array_equal(numbers["truth"], [1.0] * 7 + [-1.5] * 293)
    np.testing.assert_array_equal(numbers["signal"], numbers["truth"])


def test_noise_is_the_standard_deviation_around_the_level():
    numbers = MovingAverage(noise=0.5).simulate()
    around = numbers["signal"] - numbers["truth"]
    np.testing.assert_allclose(around, 0.5 * seeded_noise(0, N_STEPS), rtol=0, atol=1e-15)


@pytest.mark.parametrize("step", [1, 40, 300])
@pytest.mark.parametrize("bias_correction", [False, True])
def test_the_weights_make_the_average_of_their_step(step, bias_correction):
    figure = MovingAverage(decay=0.97, step=step, bias_correction=bias_correction)
    numbers = figure.simulate()
    by_weights = numbers["weights"] @ numbers["signal"][:step][::-1]
    average = numbers["corrected" if bias_correction else "average"]
    assert by_weights == pytest.approx(average[step - 1], rel=1e-12)


def test_correction_frees_the_start_from_bias():
    numbers = MovingAverage(decay=0.99, noise=0.0, jump_size=0.0, bias_correction=True).simulate()
    assert numbers["average"][0] == pytest.approx(0.01)
    np.testing.assert_allclose(numbers["corrected"], 1.0, rtol=1e-12)


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("decay", 1, r"decay must be in \[0, 1\), got 1"),
        ("noise", -0.1, r"noise must be in \[0, inf\), got -0.1"),
        ("jump_size", np.inf, r"jump_size must be in \(-inf, inf\), got inf"),
        ("jump_step", 301, r"jump_step must be in \[0, 300\], got 301"),
        ("step", 0, r"step must be in \[1, 300\], got 0"),
        ("seed", 1_000_000, r"seed must be in \[0, 999999\], got 1000000"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting, value, message):
    with pytest.raises(ValueError, match=message):
        MovingAverage(**{setting: value})


def test_a_switch_is_true_or_false():
    with pytest.raises(TypeError, match="bias_correction must be True or False, got 1"):
        MovingAverage(bias_correction=1)


def test_the_still_says_memory_noise_and_where_the_average_is():
    figure = MovingAverage(decay=0.9, noise=0.0, jump_step=100, jump_size=3.0, step=107)
    assert "whose level is 1 until step 100 and 4 after it, noise 0." in said(figure)
    assert "starts at 0.1 after one step and is 2.57 at step 107" in said(figure)
    assert "keeps 5.26 % of the noise's variance" in said(figure)
    assert "Half-life 6.58 steps, window 10 steps, worth 19 values" in said(figure)
    assert "a jump is half covered after 7 steps" in said(figure)


def test_the_still_says_how_the_start_is_biased():
    assert "they sum to 0.182" in said(MovingAverage(decay=0.99, step=20))
    corrected = said(MovingAverage(decay=0.99, step=20, noise=0.0, bias_correction=True))
    assert "starts at 0.01 after one step, or at 1 when it is divided" in corrected
    assert "they sum to 1." in corrected


@pytest.mark.parametrize(("jump_step", "level"), [(0, "4"), (300, "1")])
def test_a_signal_without_a_jump_inside_has_one_level(jump_step, level):
    assert f"whose level is {level} at all steps" in said(MovingAverage(jump_step=jump_step))


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"decay": 0.0, "step": 1},
        {"decay": 0.992},
        {"decay": 0.999, "step": 300, "noise": 3.0, "jump_size": -2.0},
        {"decay": 0.99, "step": 20, "bias_correction": True, "seed": 7},
    ],
)
def test_the_living_figure_takes_the_stills_place_without_a_jump(alive, settings):
    figure = MovingAverage(**settings)
    living = alive(figure)
    assert_drawn_alike(living.drawing(), still_drawing(figure))
    assert figure.panels()[1].alt.startswith(living.label(1).rstrip("."))


def test_where_the_sliders_stand_the_library_computes_the_same(alive):
    rng = np.random.default_rng(0)
    figure = alive(MovingAverage())
    for correction in (False, True):
        figure.set(bias_correction=correction)
        for settings, numbers in figure.move_sliders(rng.uniform(size=(60, 5))):
            decay, step = settings["decay"], settings["step"]
            expected = library.moving_average(numbers["signal"], decay)
            np.testing.assert_allclose(numbers["average"], expected, rtol=1e-12)
            expected /= library.weight_sum(decay, np.arange(1, N_STEPS + 1))
            np.testing.assert_allclose(numbers["corrected"], expected, rtol=1e-12)
            weights = library.weights(decay, step)
            weights /= weights.sum() if correction else 1
            np.testing.assert_allclose(numbers["weights"], weights, rtol=1e-12)


def test_the_sliders_reach_their_ends(alive):
    figure = alive(MovingAverage())
    (low, _), (high, _) = figure.move_sliders(np.array([[0.0] * 5, [1.0] * 5]))
    ends = {name: (low[name], high[name]) for name in low}
    assert ends["decay"] == (0, 0.99)
    assert ends["step"] == (1, 300)
    assert ends["noise"] == (0, 2)
    assert ends["jump_size"] == (-4, 4)
    assert ends["jump_step"] == (0, 300)


def test_the_status_follows_the_settings(alive):
    figure = alive(MovingAverage(noise=0.0, step=107))
    assert "Half-life 6.58, window 10: a jump is half covered after 7 steps." in figure.status()
    assert "keeps 5.26 % of the noise's variance, as a mean of 19 values would" in figure.status()
    assert "At step 107 it is 2.57, the truth is 4; its weights sum to 1." in figure.status()
    figure.set(decay=0.75, step=1)
    assert "its weights sum to 0.25, 0.75 lies on v₀ = 0." in figure.status()
    assert "0.75 lies on v₀ = 0" in figure.label(0)
    figure.set(bias_correction=True)
    assert "At step 1 it is 1, the truth is 1; its weights sum to 1." in figure.status()


def test_the_switch_adds_the_corrected_average(alive):
    figure = alive(MovingAverage(decay=0.99))
    n_lines = figure.n_lines()
    figure.page.get_by_role("checkbox", name="correct the start").check()
    assert figure.setting("bias_correction") is True
    assert figure.n_lines() == n_lines + 1


def test_a_key_moves_the_decay(alive):
    figure = alive(MovingAverage())
    slider = figure.page.get_by_role("slider", name="decay γ")
    slider.focus()
    slider.press("End")
    assert figure.setting("decay") == 0.99
    expect(slider).to_have_attribute("aria-valuetext", "0.99")


def test_the_button_brings_other_noise(alive):
    figure = alive(MovingAverage(seed=999_999))
    _, before = figure.drawing()
    figure.page.get_by_role("button", name="other noise").click()
    assert figure.setting("seed") == 0
    _, after = figure.drawing()
    assert after[:1] != before[:1]  # the dots of the signal


def test_pointing_at_the_signal_chooses_the_step(alive):
    figure = alive(MovingAverage())
    figure.point_at(0, 0.5)
    assert figure.setting("step") == pytest.approx(150, abs=1)
    figure.point_at(0, -0.05)
    assert figure.setting("step") == 1


def test_a_finger_chooses_the_step_and_can_still_scroll(alive):
    figure = alive(MovingAverage())
    panel = figure.page.locator(".panels > svg").first
    box = panel.bounding_box()
    figure.page.touchscreen.tap(box["x"] + box["width"] * 0.9, box["y"] + box["height"] / 2)
    assert figure.setting("step") > 250
    assert panel.evaluate("svg => getComputedStyle(svg).touchAction") == "pan-y"
