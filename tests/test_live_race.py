"""The race: what it runs, what its still tells, and how it plays in a browser."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from rmsprop_course.live import Race
from rmsprop_course.live._bundle import bundle
from rmsprop_course.objectives import SURFACES

RUNNERS = ["gradient descent", "momentum", "adagrad", "rmsprop", "adam"]


def told(figure: Race) -> tuple[str, str]:
    """Alt texts of the paths and of the standings."""
    paths, standings = figure.panels()
    return paths.alt, standings.alt


def test_five_optimizers_leave_from_one_start():
    race = Race(surface="beale", start=(1.0, 1.0), n_steps=7)
    paths = race.simulate()
    assert list(paths) == RUNNERS
    for path in paths.values():
        assert path.params.shape == (8, 2)
        np.testing.assert_array_equal(path.params[0], [1.0, 1.0])


def test_the_two_learning_rates_go_to_those_whose_units_they_have():
    race = Race(learning_rate=0.01, adaptive_learning_rate=0.02)
    rates = {name: run.settings["learning_rate"] for name, run in race.runs().items()}
    assert rates == dict(zip(RUNNERS, [0.01, 0.01, 0.02, 0.02, 0.02], strict=True))


@pytest.mark.parametrize("surface", Race.surface.options)
def test_a_surface_brings_a_race_that_is_worth_watching(surface):
    race = Race(surface=surface)
    assert Race(surface=surface, n_steps=3).settings() == race.settings() | {"n_steps": 3}
    for name, path in race.simulate().items():
        assert np.isfinite(path.params).all(), name
        assert path.values[-1] < path.values[0], name


def test_setting_the_surface_in_python_changes_nothing_else():
    race = Race(surface="saddle")
    before = race.settings()
    race.surface = "beale"
    assert race.settings() == before | {"surface": "beale"}


def test_every_surface_of_the_course_can_be_raced_on():
    assert set(Race.surface.options) == {*SURFACES, "rotated saddle"}


def test_the_turned_saddle_is_the_saddle_for_gradient_descent_alone():
    straight, turned = Race(surface="saddle").simulate(), Race(surface="rotated saddle").simulate()

    def apart(name: str) -> float:
        return float(np.abs(straight[name].values - turned[name].values).max())

    assert apart("gradient descent") < 1e-4  # its start is turned to six digits
    assert apart("rmsprop") > 1


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("surface", "plane", "surface must be one of long valley, saddle, .*, got 'plane'"),
        ("start", (1.0,), "start must be 2 numbers"),
        ("learning_rate", 0, r"learning_rate must be in \(0, inf\), got 0"),
        ("adaptive_learning_rate", -1, r"adaptive_learning_rate must be in \(0, inf\), got -1"),
        ("n_steps", 2001, r"n_steps must be in \[1, 2000\], got 2001"),
        ("speed", 0, r"speed must be in \(0, inf\), got 0"),
    ],
)
def test_a_setting_out_of_range_is_refused(setting, value, message):
    with pytest.raises(ValueError, match=message):
        Race(**{setting: value})


def test_the_still_says_who_leads_and_who_is_last():
    race = Race(surface="quadratic")
    losses = {name: path.values[-1] for name, path in race.simulate().items()}
    assert min(losses, key=losses.__getitem__) == "gradient descent"
    assert max(losses, key=losses.__getitem__) == "adagrad"
    paths, standings = told(race)
    assert "100 steps from (−1.8, 1): gradient descent has the lowest loss, " in paths
    assert "; Adagrad the highest, 0.854." in paths
    assert standings.startswith("Loss after 100 steps: gradient descent ")
    assert standings.endswith("Adam 9.17e-5.")


def test_the_still_says_who_left_the_map_and_who_overflowed():
    assert "RMSProp −7.73 off the map" in told(Race(surface="saddle"))[1]
    paths, standings = told(Race(surface="beale", learning_rate=1.0))
    assert "gradient descent – overflow, momentum – overflow, Adagrad " in standings
    assert "momentum has overflowed" in paths


LAST_STEP = 150  # of the default race


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """A page with the default race and a clock that the test moves."""
    page = browser.new_page()
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    show(page, Race())
    yield page
    assert page.problems == []
    page.close()


def show(page: Page, race: Race) -> None:
    """Put the race, alive, on the page."""
    page.clock.install()
    code = f"{bundle()}\nmountAll();\nObject.assign(window, {{ FIGURES, makeState }});"
    script = f'<script type="module">{code}</script>'
    page.goto("about:blank")
    page.set_content(f"<!doctype html><html lang=en><body>{race._html()}{script}</body></html>")
    expect(button(page, "Play")).to_be_visible()
    page.clock.pause_at(page.evaluate("Date.now()") + 1000)
    page.evaluate(
        """() => {
            window.frames_asked_for = 0;
            const ask = window.requestAnimationFrame;
            window.requestAnimationFrame = (call) => (window.frames_asked_for++, ask(call));
            window.redraws = 0;
            const layer = document.querySelector(".panels svg g:nth-of-type(2)");
            new MutationObserver(() => window.redraws++).observe(layer, { childList: true });
        }"""
    )


def button(page: Page, label: str):
    return page.get_by_role("button", name=label, exact=True)


def step(page: Page) -> int:
    return int(page.get_by_role("slider", name="step", exact=True).input_value())


def heads(page: Page) -> list[str]:
    """Where the five markers are, as the text of their outlines."""
    return page.locator('.panels g[stroke="currentColor"] path').evaluate_all(
        "paths => paths.map(path => path.getAttribute('d'))"
    )


def losses(page: Page) -> list[str]:
    return page.locator(".standings .loss").all_inner_texts()


def test_it_stands_at_the_end_like_its_still_and_asks_for_no_frame(page):
    page.clock.run_for(2000)
    assert step(page) == LAST_STEP
    assert page.evaluate("frames_asked_for") == 0
    alt = told(Race())[1]
    for loss in losses(page)[1:]:
        assert loss in alt
    assert "Adam has the lowest loss" in page.locator("p[role=status]").inner_text()


def test_play_begins_anew_runs_at_its_speed_and_pauses(page):
    button(page, "Play").click()
    assert step(page) == 0
    page.clock.run_for(1000)
    assert 38 <= step(page) <= 40  # the speed is 40 steps a second
    button(page, "Pause").click()
    there, asked = step(page), page.evaluate("frames_asked_for")
    page.clock.run_for(1000)
    assert (step(page), page.evaluate("frames_asked_for")) == (there, asked)
    button(page, "Play").click()
    page.clock.run_for(500)
    assert there + 18 <= step(page) <= there + 20


def test_it_stops_by_itself_at_the_end(page):
    button(page, "Play").click()
    page.clock.run_for(5000)
    assert step(page) == LAST_STEP
    expect(button(page, "Play")).to_be_visible()
    asked = page.evaluate("frames_asked_for")
    page.clock.run_for(1000)
    assert page.evaluate("frames_asked_for") == asked


def test_heads_and_losses_are_those_of_the_step(page):
    button(page, "Restart").click()
    places = heads(page)
    assert len(places) == 5
    assert len({place.split("m")[0] for place in places}) >= 1
    assert set(losses(page)) == {losses(page)[0]}
    button(page, "One step").click()
    button(page, "One step").click()
    assert step(page) == 2
    values = [path.values[2] for path in Race().simulate().values()]
    np.testing.assert_allclose([float(text) for text in losses(page)], values, rtol=5e-3)
    assert heads(page) != places


def test_one_step_at_the_end_begins_anew(page):
    button(page, "One step").click()
    assert step(page) == 1


def test_the_slider_chooses_a_step_and_pauses(page):
    button(page, "Play").click()
    slider = page.get_by_role("slider", name="step", exact=True)
    slider.fill("30")
    page.clock.run_for(1000)
    assert step(page) == 30
    slider.press("ArrowRight")
    assert step(page) == 31
    assert slider.get_attribute("aria-valuetext") == "31 of 150"


def test_the_keyboard_alone_plays(page):
    button(page, "Play").focus()
    page.keyboard.press("Enter")
    page.clock.run_for(500)
    page.keyboard.press("Space")
    there = step(page)
    assert 0 < there < LAST_STEP
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert step(page) == there + 1


def test_a_reader_who_wants_less_motion_gets_two_pictures_a_second(page):
    page.emulate_media(reduced_motion="reduce")
    button(page, "Play").click()
    page.evaluate("redraws = 0")
    page.clock.run_for(3000)
    assert 4 <= page.evaluate("redraws") <= 6
    assert 100 <= step(page) <= 120  # the race itself is no slower


def test_it_draws_only_new_steps(page):
    page.get_by_role("slider", name="speed").press("Home")
    button(page, "Play").click()
    page.evaluate("redraws = 0")
    page.clock.run_for(3000)
    assert 14 <= page.evaluate("redraws") <= 15  # 5 steps a second


def test_removed_it_asks_for_no_frame(page):
    left = page.evaluate(
        """() => {
            const place = document.body.appendChild(document.createElement("div"));
            const settings = JSON.parse(document.querySelector(".rmsprop-live").dataset.config);
            const remove = FIGURES.race.mount(place, makeState(settings));
            place.querySelector("button").click();
            remove();
            return place.childElementCount;
        }"""
    )
    asked = page.evaluate("frames_asked_for")
    page.clock.run_for(1000)
    assert (left, page.evaluate("frames_asked_for")) == (0, asked)


def corners(lines: list[str]) -> list[np.ndarray]:
    return [np.array([list(map(float, at.split())) for at in line.split(",")]) for line in lines]


def test_the_living_drawing_is_that_of_the_still(page):
    living = page.locator(".panels > svg polyline").evaluate_all(
        "lines => lines.map(line => line.getAttribute('points'))"
    )
    still = re.findall(r'points="([^"]+)"', Race().panels()[0].markup)
    for here, there in zip(corners(living), corners(still), strict=True):
        np.testing.assert_allclose(here, there, atol=0.11)


def test_out_of_sight_it_pauses(page):
    button(page, "Play").click()
    page.clock.run_for(500)
    page.evaluate("document.querySelector('.rmsprop-live').style.display = 'none'")
    page.clock.run_for(100)
    asked = page.evaluate("frames_asked_for")
    page.clock.run_for(2000)
    assert page.evaluate("frames_asked_for") == asked
    page.evaluate("document.querySelector('.rmsprop-live').style.display = ''")
    assert step(page) < 25


def test_choosing_a_surface_brings_what_suits_it(page):
    page.get_by_role("combobox", name="surface").select_option("beale")
    shown = page.locator(".control output").all_inner_texts()
    race = Race(surface="beale")
    assert shown == ["0.003", "0.02", "300", "40"]
    assert (race.learning_rate, race.adaptive_learning_rate, race.n_steps) == (0.003, 0.02, 300)
    assert step(page) == 300
    assert "from (1, 1.5)" in page.locator("p[role=status]").inner_text()
    expect(page.locator(".panels > svg")).to_have_attribute("aria-label", re.compile("Beale"))


def test_the_screen_tells_what_the_still_tells(page):
    for surface in Race.surface.options:
        page.get_by_role("combobox", name="surface").select_option(surface)
        paths, standings = told(Race(surface=surface))
        sentence = page.locator("p[role=status]").inner_text()
        assert paths.endswith(sentence.partition(": ")[2])
        assert page.locator(".panels > svg").get_attribute("aria-label").endswith(sentence)
        rows = page.locator(".standings tbody tr").all_inner_texts()
        assert standings.endswith(f": {', '.join(' '.join(row.split()) for row in rows)}.")
