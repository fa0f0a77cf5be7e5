"""Live figures in Python: their settings, what a notebook shows of them, and the joined modules."""

import base64
import html
import json
import re
import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest

from rmsprop_course import figures, live
from rmsprop_course.cli.saving import keep_stills
from rmsprop_course.live import _svg
from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._figure import LiveFigure

FIGURES = [getattr(live, name) for name in live.__all__]
VIEW = "application/vnd.jupyter.widget-view+json"
SVG = "{http://www.w3.org/2000/svg}"


def shown(figure: LiveFigure) -> dict[str, str]:
    return figure._repr_mimebundle_()[0]


def pictures(figure: LiveFigure) -> list[tuple[str, str]]:
    """SVG text and alt text of the stills, read back from the HTML twin."""
    found = re.findall(
        r'<img src="data:image/svg\+xml;base64,([^"]+)" alt="([^"]+)"', shown(figure)["text/html"]
    )
    return [(base64.b64decode(data).decode(), html.unescape(alt)) for data, alt in found]


def alts(figure: LiveFigure) -> str:
    return " ".join(alt for _, alt in pictures(figure))


def points_of(svg: str) -> list[np.ndarray]:
    """Corners of the polylines of a picture, in pixels."""
    lines = ElementTree.fromstring(svg).iter(f"{SVG}polyline")
    return [
        np.array([list(map(float, pair.split())) for pair in line.get("points").split(",")])
        for line in lines
    ]


@pytest.mark.parametrize("kind", FIGURES)
def test_a_figure_is_a_widget_with_a_still_and_a_line_of_text(kind):
    data = shown(kind())
    assert set(data) == {VIEW, "text/html", "text/plain"}
    assert data["text/plain"] == repr(kind())
    assert pictures(kind())


@pytest.mark.parametrize("kind", FIGURES)
def test_the_text_rebuilds_the_figure(kind):
    figure = kind()
    copy = eval(repr(figure), {kind.__name__: kind})
    assert copy.settings() == figure.settings()


@pytest.mark.parametrize("kind", FIGURES)
def test_the_html_tells_the_website_the_figure_and_its_settings(kind):
    figure = kind()
    found = re.match(
        r'<div class="rmsprop-live" data-figure="(\w+)" data-config="([^"]*)"><img ',
        shown(figure)["text/html"],
    )
    assert found[1] == kind.figure_name
    assert json.loads(html.unescape(found[2])) == json.loads(json.dumps(figure.settings()))


@pytest.mark.parametrize("kind", FIGURES)
def test_two_figures_show_the_same_bytes(kind):
    assert shown(kind())["text/html"] == shown(kind())["text/html"]
    assert len(shown(kind())["text/html"]) < 150_000


@pytest.mark.parametrize("kind", FIGURES)
def test_saving_keeps_the_still_and_drops_the_widget(kind):
    data = shown(kind())
    other = {VIEW: {}, "text/html": "<b>another widget</b>", "text/plain": "another"}
    outputs = [{"data": dict(data)}, {"data": dict(other)}, {"text": "printed"}]
    cells = [{"cell_type": "code", "outputs": outputs}, {"cell_type": "markdown"}]
    keep_stills(model={"type": "notebook", "content": {"cells": cells}}, path="", manager=None)
    assert outputs[0]["data"] == {mime: data[mime] for mime in ("text/html", "text/plain")}
    assert outputs[1]["data"] == other


@pytest.mark.parametrize("kind", FIGURES)
def test_stills_are_drawn_to_a_tenth_of_a_pixel(kind):
    for svg, _ in pictures(kind()):
        body = re.sub(r"<style>.*</style>", "", svg, flags=re.DOTALL)
        ElementTree.fromstring(svg)
        drawn = re.findall(r' (?:d|points|transform|[xy])="([^"]*)"', body)
        markers = set(_svg.LOOK["markers"].values())
        assert not [d for d in drawn if d not in markers and re.search(r"\.\d\d|nan|inf|e-", d)]


@pytest.mark.parametrize("kind", FIGURES)
def test_alt_texts_describe(kind):
    for _, alt in pictures(kind()):
        assert len(alt.split()) >= 6
        assert not re.search(r"[<>*$`\n]", alt)


@pytest.mark.parametrize("kind", FIGURES)
def test_an_unknown_setting_is_refused_with_the_known_ones(kind):
    with pytest.raises(TypeError, match=rf"lr is not a setting of {kind.__name__}, which takes "):
        kind(lr=0.1)


def test_optimizers_look_as_in_the_other_figures():
    assert _svg.LOOK["optimizers"] == {
        name: figures.optimizer_style(name) for name in _svg.LOOK["optimizers"]
    }
    assert len(_svg.LOOK["optimizers"]) == 6


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("learning_rate", 0, r"learning_rate must be in \(0, inf\), got 0"),
        ("condition_number", 0.5, r"condition_number must be in \[1, inf\), got 0.5"),
        ("n_steps", 1001, r"n_steps must be in \[1, 1000\], got 1001"),
        ("start", [1.0], r"start must be 2 numbers, got \[1.0\]"),
        ("start", [1.0, np.inf], "start must be finite"),
    ],
)
def test_a_setting_out_of_range_is_refused_and_the_old_one_stays(setting, value, message):
    figure = live.Valley()
    before = figure.settings()
    with pytest.raises(ValueError, match=message):
        setattr(figure, setting, value)
    assert figure.settings() == before


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("learning_rate", "fast", "learning_rate must be a number"),
        ("learning_rate", [0.1], r"learning_rate must be one number, got \[0.1\]"),
        ("n_steps", 2.5, "n_steps must be a whole number, got 2.5"),
        ("n_steps", True, "n_steps must be a whole number, got True"),
    ],
)
def test_a_setting_of_another_type_is_refused(setting, value, message):
    with pytest.raises(TypeError, match=message):
        live.Valley(**{setting: value})


def test_what_the_screen_sends_is_checked_like_what_python_sets():
    figure = live.Valley()
    figure.set_state({"learning_rate": 1, "start": [1, 2]})
    assert figure.settings() | {"learning_rate": 1.0, "start": (1.0, 2.0)} == figure.settings()
    with pytest.raises(ValueError, match="learning_rate must be in"):
        figure.set_state({"learning_rate": -1})


def test_numbers_are_written_as_on_the_screen():
    assert [_svg.shown(value) for value in (0.1, -2.0, 1e-8, 2.5e9)] == [
        "0.1",
        "−2",
        "1e-8",
        "2.5e+9",
    ]


def test_a_change_is_announced_to_python():
    seen = []
    figure = live.Valley()
    figure.observe(lambda change: seen.append((change.old, change.new)), "learning_rate")
    figure.learning_rate = 0.05
    assert seen == [(0.18, 0.05)]


@pytest.mark.parametrize(
    ("learning_rate", "said"),
    [
        (0.05, "converges without zig-zag, because it is at most half of the limit 0.2"),
        (0.15, "zig-zags and converges, because it is below, but more than half of, the limit"),
        (0.2, "swings across the valley forever, because it is at the limit 0.2"),
        (0.21, "diverges, because it is above the limit 0.2"),
    ],
)
def test_the_valley_says_on_which_side_of_the_limit_it_is(learning_rate, said):
    assert said in alts(live.Valley(learning_rate=learning_rate, condition_number=10))


def test_the_valleys_still_shows_the_computed_path_and_losses():
    figure = live.Valley(n_steps=5)
    (path, _), (losses, _) = pictures(figure)
    (drawn,) = points_of(path)
    panel = _svg.LOOK["panel"]
    inner = panel["width"] - panel["left"] - panel["right"]
    x = panel["left"] + (figure.simulate()["gradient descent"].params[:, 0] + 2) / 4 * inner
    np.testing.assert_allclose(drawn[:, 0], x, atol=0.051)
    (curve,) = points_of(losses)
    assert len(curve) == 6
    assert (np.diff(curve[:, 1]) > 0).all()  # pixels count downward: the loss falls


def test_a_path_that_diverges_is_drawn_until_it_has_left_the_picture():
    figure = live.Valley(learning_rate=0.0021, condition_number=1000.0, n_steps=1000)
    (path, alt), _ = pictures(figure)
    values = figure.simulate()["gradient descent"].params[:, 1]
    (drawn,) = points_of(path)
    assert np.abs(values[: len(drawn) - 1]).max() < 10 < abs(values[len(drawn) - 1])
    assert "diverges" in alt


def test_a_path_that_starts_far_outside_is_drawn_until_it_comes_back():
    (path, _), _ = pictures(live.Valley(start=(0.0, 40.0), n_steps=30))
    assert len(points_of(path)[0]) == 31


def test_losses_that_overflow_are_drawn_up_to_there():
    figure = live.Valley(learning_rate=3.0, condition_number=1000.0, n_steps=300)
    _, (losses, alt) = pictures(figure)
    assert "to an overflow within 300 steps" in alt
    finite = np.isfinite(figure.simulate()["gradient descent"].values)
    assert 2 < len(points_of(losses)[0]) <= finite.sum()


def write(folder, **modules):
    for name, text in modules.items():
        (folder / f"{name}.mjs").write_text(text, encoding="utf-8")
    return folder


def test_bundling_puts_a_module_once_and_after_what_it_imports(tmp_path):
    write(
        tmp_path,
        main='import { b } from "./b.mjs";\nimport {\n  c,\n} from "./c.mjs";\nconst a = b;\n',
        b='import { c } from "./c.mjs";\nexport const b = c;\n',
        c='import LOOK from "./look.json" with { type: "json" };\nexport const c = LOOK;\n',
    )
    (tmp_path / "look.json").write_text('{"x": 1}')
    assert bundle("main.mjs", tmp_path).split("\n\n") == [
        'const LOOK = {"x": 1};',
        "export const c = LOOK;",
        "export const b = c;",
        "const a = b;\n",
    ]


@pytest.mark.parametrize(
    ("main", "message"),
    [
        ('import { b } from "./b.mjs";\nconst b = 1;\n', "must be declared in one module, got b"),
        ('import * as b from "./b.mjs";\n', r"an import must be like .*; got import \* as b"),
        ('import { b } from "https://a.b/c.mjs";\n', "an import must be like"),
        ("// </SCRIPT>\n", "must not hold </script"),
        ('import { a } from "./main.mjs";\n', "circle, got main.mjs → main.mjs"),
    ],
)
def test_bundling_refuses_what_would_break_the_page(tmp_path, main, message):
    write(tmp_path, main=main, b="export const b = 2;\n")
    with pytest.raises(ValueError, match=message):
        bundle("main.mjs", tmp_path)


def test_the_modules_ask_nothing_of_the_network():
    assert not re.search(r"https?://(?!www\.w3\.org/)|\bfetch\(|XMLHttpRequest|WebSocket", bundle())
