"""What the live figures compute in the browser is what the NumPy library computes.

Settings are drawn from the full ranges of the sliders. Each step is taken in the browser from
NumPy's parameters and state, and must land where NumPy's step lands. A whole path must stay with
NumPy's until NumPy's own path departs under a change of the start by one unit in the last place,
or overflows; from there on no two machines need agree.

A further figure adds its class to `PATHS` if it draws paths of optimizers, else to `ARRAYS`, with
a function that draws the settings that no control moves.
"""

import base64
import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
from playwright.sync_api import Page

from rmsprop_course import descent, live
from rmsprop_course import numpy_optimizers as optimizers
from rmsprop_course.live._bundle import bundle
from rmsprop_course.live._figure import LiveFigure
from rmsprop_course.live._runs import PathFigure, Run
from rmsprop_course.objectives import SURFACES

N_SETTINGS = 56  # of an optimizer on a surface, and of a figure with each of its choices
N_STEPS = 100  # each taken from NumPy's state
STEP_TOLERANCE, PATH_TOLERANCE = 1e-12, 1e-9  # relative
Settings = dict[str, Any]
Draw = Callable[[np.random.Generator, Settings], Settings]


def nothing_else(rng: np.random.Generator, settings: Settings) -> Settings:
    return {}


def start_in_valley(rng: np.random.Generator, settings: Settings) -> Settings:
    return {"start": rng.uniform(-2, 2, 2).tolist()}


def start_on_surface(rng: np.random.Generator, settings: Settings) -> Settings:
    low, high = np.transpose(SURFACES[settings["surface"]].domain)
    return {"start": rng.uniform(low, high).tolist()}


def start_of_race(rng: np.random.Generator, settings: Settings) -> Settings:
    objective = live.Race(surface=settings["surface"]).runs()["adam"].objective
    low, high = np.transpose(objective.domain)
    return {"start": rng.uniform(low, high).tolist()}


def playground_settings(rng: np.random.Generator, settings: Settings) -> Settings:
    return start_on_surface(rng, settings) | {"optimizers": list(OPTIMIZERS)}


OPTIMIZERS = {
    "gradient descent": optimizers.gradient_descent,
    "momentum": optimizers.momentum,
    "rprop": optimizers.rprop,
    "adagrad": optimizers.adagrad,
    "rmsprop": optimizers.rmsprop,
    "adam": optimizers.adam,
}
PATHS: dict[type[PathFigure], Draw] = {
    live.LimitCycle: nothing_else,
    live.Playground: playground_settings,
    live.Race: start_of_race,
    live.Valley: start_in_valley,
}
ARRAYS: dict[type[LiveFigure], Draw] = {
    live.Epsilon: lambda rng, settings: {},
    live.MovingAverage: lambda rng, settings: {"seed": int(rng.integers(1_000_000))},
    live.Reddi: nothing_else,
}
# Sums whose terms cancel, by name: how large the terms are, to which an error is relative.
CANCELLING = {"x": 1.0, "net_move": 20.0, "net_moves": 20.0}

RATE = {"low": 1e-4, "high": 1.0, "scale": "log"}
EPS = {"low": 1e-12, "high": 1.0, "scale": "log"}
MOMENTUM = {"low": 0.0, "high": 0.99, "scale": "complement"}
DECAY = {"low": 0.0, "high": 0.999, "scale": "complement"}
SHARE = {"low": 0.0, "high": 1.0, "scale": "linear"}
ZERO = {"low": 0.0, "high": 0.0, "scale": "linear"}
RANGES: dict[str, dict[str, Settings]] = {
    "gradient descent": {"learning_rate": RATE},
    "momentum": {"learning_rate": RATE, "momentum": MOMENTUM},
    "rprop": {
        "initial_step": RATE,
        "increase": {"low": 1.0, "high": 2.0, "scale": "linear"},
        "decrease": {"low": 0.1, "high": 0.9, "scale": "linear"},
        "min_step": {"low": 1e-9, "high": 1e-4, "scale": "log"},
        "max_step": {"low": 1e-2, "high": 50.0, "scale": "log"},
    },
    "adagrad": {"learning_rate": RATE, "eps": EPS},
    "rmsprop": {
        "learning_rate": RATE,
        "decay": DECAY,
        "eps": EPS,
        "momentum": MOMENTUM,
        "weight_decay": SHARE,
        "initial_square_avg": SHARE,
    },
    "adam": {"learning_rate": RATE, "beta1": MOMENTUM, "beta2": DECAY, "eps": EPS},
}
SWITCHES = ("eps_inside_sqrt", "centered", "lr_in_momentum")


def draw_numbers(rng: np.random.Generator, control: Settings, count: int) -> np.ndarray:
    """Numbers over the whole range of a slider, spread as the slider spreads them."""
    low, high, share = control["low"], control["high"], rng.uniform(size=count)
    match control["scale"]:
        case "linear":
            return low + share * (high - low)
        case "whole":
            return rng.integers(low, high, count, endpoint=True)
        case "log":
            return low * (high / low) ** share
        case "count":
            return np.round(low * (high / low) ** share).astype(int)
        case "complement":
            return 1 - (1 - low) * ((1 - high) / (1 - low)) ** share
    raise ValueError(f"no such scale: {control['scale']}")


@pytest.fixture(scope="module")
def page(browser) -> Iterator[Page]:
    """A blank page on which `live` is what the figures' modules export."""
    page = browser.new_page()
    page.evaluate(
        """async (text) => {
            const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
            window.live = await import(url);
            window.unpack = (text) =>
                new Float64Array(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer);
            window.pack = (numbers) => {
                const bytes = new Uint8Array(Float64Array.from(numbers).buffer);
                const parts = [];
                for (let i = 0; i < bytes.length; i += 8192)
                    parts.push(String.fromCharCode(...bytes.subarray(i, i + 8192)));
                return btoa(parts.join(""));
            };
        }""",
        bundle(),
    )
    yield page
    page.close()


def packed(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f8").tobytes()).decode()


def unpacked(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), dtype="<f8")


def excess(found: np.ndarray, expected: np.ndarray, *operands: np.ndarray) -> np.ndarray:
    """Error relative to the largest of the expected value and the operands that it came from."""
    error = np.abs(found - expected)
    scale = np.abs([expected, *operands]).max(axis=0)
    return np.divide(error, scale, out=np.where(error == 0, 0.0, np.inf), where=scale > 0)


class Family(NamedTuple):
    """Settings of an optimizer that NumPy takes in one run: arrays of numbers, and switches."""

    init: Settings
    step: Settings
    each: list[Settings]


def draw_families(optimizer: str, rng: np.random.Generator) -> list[Family]:
    """Settings of an optimizer over their full ranges, and at the edges of what is allowed."""
    ranges = RANGES[optimizer]
    edges = [draw_family(ranges | {"eps": ZERO}, {}, 2, rng)] if "eps" in ranges else []
    if optimizer != "rmsprop":
        return [draw_family(ranges, {}, N_SETTINGS, rng), *edges]
    at_rest = {"centered": True, "eps_inside_sqrt": False}  # the variance is rounding alone
    edges.append(draw_family(ranges | {"learning_rate": ZERO}, at_rest, 4, rng))
    return edges + [
        draw_family(ranges | {"momentum": momentum}, dict(zip(SWITCHES, on, strict=True)), 4, rng)
        for on in product([False, True], repeat=3)
        for momentum in (MOMENTUM, ZERO)
    ]


def draw_family(
    ranges: dict[str, Settings], switches: Settings, count: int, rng: np.random.Generator
) -> Family:
    numbers = {name: draw_numbers(rng, control, count) for name, control in ranges.items()}
    columns = {name: values[:, np.newaxis] for name, values in numbers.items()}
    init = {
        name: columns.pop(name) for name in ("initial_step", "initial_square_avg") & columns.keys()
    }
    each = [{name: float(values[i]) for name, values in numbers.items()} for i in range(count)]
    return Family(init, columns | switches, [settings | switches for settings in each])


def numpy_steps(surface: str, optimizer: str, family: Family, rng: np.random.Generator) -> Settings:
    """Parameters, values, gradients and state fields of NumPy's runs, N_STEPS + 1 rows of each."""
    objective, (init, step) = SURFACES[surface], OPTIMIZERS[optimizer]
    params = rng.uniform(*np.transpose(objective.domain), (len(family.each), 2))
    params[0] = objective.minimum or (0.0, 0.0)  # where a gradient is 0, or nearly
    state, rows = init(params, **family.init), []
    with np.errstate(all="ignore"):
        for _ in range(N_STEPS + 1):
            grads, values = objective.gradient(params), objective.value(params)
            fields = {name: np.broadcast_to(a, params.shape) for name, a in state._asdict().items()}
            rows.append({"params": params, "values": values, "grads": grads, **fields})
            params, state = step(params, grads, state, **family.step)
    return {name: np.stack([row[name] for row in rows]) for name in rows[0]}


# From each point of `params` and `state`: value and gradient there, and where one step leads.
STEP_ONCE = """({ surface, optimizer, settings, params, state }) => {
    const { value, gradient } = live.SURFACES[surface];
    const { step } = live.OPTIMIZERS[optimizer];
    const points = unpack(params);
    const fields = Object.entries(state).map(([name, text]) => [name, unpack(text)]);
    const out = { params: [], values: [], grads: [] };
    for (const [name] of fields) out[name] = [];
    for (let k = 0; k < points.length; k += 2) {
        const at = (numbers) => [numbers[k], numbers[k + 1]];
        const before = Object.fromEntries(fields.map(([name, numbers]) => [name, at(numbers)]));
        if (optimizer === "adam") before.n_steps = before.n_steps[0];
        const grad = gradient(at(points));
        const after = step(at(points), grad, before, settings[(k / 2) % settings.length]);
        if (optimizer === "adam") after.state.n_steps = [after.state.n_steps, after.state.n_steps];
        out.values.push(value(at(points)));
        out.grads.push(...grad);
        out.params.push(...after.params);
        for (const [name] of fields) out[name].push(...after.state[name]);
    }
    return Object.fromEntries(Object.entries(out).map(([name, numbers]) => [name, pack(numbers)]));
}"""
AT_THE_POINT = ("values", "grads")


@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_step_from_numpys_state_lands_where_numpys_does(page, surface, optimizer):
    rng = np.random.default_rng([list(SURFACES).index(surface), list(OPTIMIZERS).index(optimizer)])
    n_settings = n_compared = 0
    for family in draw_families(optimizer, rng):
        rows = numpy_steps(surface, optimizer, family, rng)
        state = {name: packed(rows[name][:-1]) for name in rows.keys() - {"params", *AT_THE_POINT}}
        question = {"surface": surface, "optimizer": optimizer, "settings": family.each}
        answer = page.evaluate(
            STEP_ONCE, {**question, "params": packed(rows["params"][:-1]), "state": state}
        )
        is_finite = np.all([np.isfinite(a).all(-1) for k, a in rows.items() if k != "values"], 0)
        within = is_finite[:-1] & is_finite[1:]
        for name, text in answer.items():
            expected = rows[name][:-1] if name in AT_THE_POINT else rows[name][1:]
            found = unpacked(text).reshape(expected.shape)[within]
            before = rows[name][:-1][within]
            assert excess(found, expected[within], before).max(initial=0) <= STEP_TOLERANCE, name
        n_settings, n_compared = n_settings + len(family.each), n_compared + within.sum()
    assert n_settings >= 50
    assert n_compared > 10 * n_settings


def test_the_steps_are_drawn_from_the_ranges_of_the_sliders(page):
    knobs = json.loads((Path(live.__file__).parent / "js" / "knobs.json").read_text("utf-8"))
    sliders = {control["name"]: control for control in controls_of(page, live.Playground)}
    for optimizer, settings in knobs.items():
        for setting, knob in settings.items():
            slider = sliders[knob]
            if slider["kind"] == "slider":
                drawn = RANGES[optimizer][setting]
                assert {key: slider[key] for key in drawn} == drawn, (optimizer, setting)


def test_surfaces_have_the_same_minimum_domain_and_start(page):
    found = page.evaluate(
        """() => Object.values(live.SURFACES).map(
            ({ name, minimum, minimumValue, domain, start }) =>
                [name, minimum, minimumValue, domain, start])"""
    )
    expected = [[s.name, s.minimum, s.minimum_value, s.domain, s.start] for s in SURFACES.values()]
    assert found == json.loads(json.dumps(expected))


def controls_of(page: Page, figure: type[LiveFigure]) -> list[Settings]:
    return page.evaluate("(name) => live.FIGURES[name].controls", figure.figure_name)


def draw_settings(page: Page, figure: type[LiveFigure], draw: Draw) -> list[Settings]:
    """Settings of a figure: every choice N_SETTINGS times, sliders over their full ranges."""
    rng = np.random.default_rng(len(figure.figure_name))
    controls = controls_of(page, figure)
    choices = {c["name"]: [v for v, _ in c["options"]] for c in controls if c["kind"] == "choice"}
    drawn = []
    for chosen in product(*choices.values()):
        for _ in range(N_SETTINGS):
            settings = dict(zip(choices, chosen, strict=True))
            for control in controls:
                if control["kind"] == "slider":
                    settings[control["name"]] = draw_numbers(rng, control, 1)[0].item()
                elif control["kind"] == "switch":
                    settings[control["name"]] = bool(rng.integers(2))
            drawn.append(settings | draw(rng, settings))
    assert all(settings.keys() == set(figure.setting_names) for settings in drawn)
    return drawn


class NumpyPath(NamedTuple):
    """NumPy's points (n_steps + 1, n_params) and values, and how many of them another machine
    must reproduce."""

    params: np.ndarray
    values: np.ndarray
    n_certain: int


def numpy_paths(runs: Sequence[Run]) -> list[NumpyPath]:
    """The path of every run; runs that differ in numbers alone are computed together."""
    groups = defaultdict(list)
    for index, run in enumerate(runs):
        switches = [value for value in run.settings.values() if isinstance(value, bool)]
        groups[id(run.objective), run.optimizer, *switches].append(index)
    paths: dict[int, NumpyPath] = {}
    for indices in groups.values():
        together = paths_of_group([runs[index] for index in indices])
        paths |= dict(zip(indices, together, strict=True))
    return [paths[index] for index in range(len(runs))]


def paths_of_group(runs: Sequence[Run]) -> list[NumpyPath]:
    first = runs[0]
    settings = {
        name: value
        if isinstance(value, bool)
        else np.array([run.settings[name] for run in runs])[:, np.newaxis]
        for name, value in first.settings.items()
    }
    starts = nudged(np.array([run.start for run in runs]))
    n_steps = max(run.n_steps for run in runs)
    found = descent.run(first.objective, first.optimizer, start=starts, n_steps=n_steps, **settings)
    n_certain = count_certain(found.params, found.values)
    return [
        NumpyPath(found.params[: n + 1, 0, i], found.values[: n + 1, 0, i], min(certain, n + 1))
        for i, (n, certain) in enumerate(zip([r.n_steps for r in runs], n_certain, strict=True))
    ]


def nudged(starts: np.ndarray) -> np.ndarray:
    """The starts, and each with one coordinate moved by one unit in the last place."""
    copies = [starts]
    for axis, way in product(range(starts.shape[-1]), (-np.inf, np.inf)):
        copy = starts.copy()
        copy[:, axis] = np.nextafter(copy[:, axis], way)
        copies.append(copy)
    return np.stack(copies)


def count_certain(params: np.ndarray, values: np.ndarray) -> list[int]:
    """For each run, the steps before it overflows or departs from a run that was nudged."""
    with np.errstate(all="ignore"):
        distance = np.abs(params[:, 1:] - params[:, :1]).max(axis=(1, 3))
        is_close = distance <= PATH_TOLERANCE * size_of(params[:, 0])
    certain = is_close & np.isfinite(values[:, 0]) & np.isfinite(params[:, 0]).all(axis=-1)
    return np.where(certain.all(axis=0), len(certain), np.argmin(certain, axis=0)).tolist()


def size_of(params: np.ndarray) -> np.ndarray:
    """What errors are relative to: the largest coordinate of a point or of the step to it."""
    steps = np.diff(params, axis=0, prepend=params[:1])
    return np.maximum(np.abs(params), np.abs(steps)).max(axis=-1)


SIMULATE_PATHS = """([name, settings]) =>
    pack(settings.flatMap((each) =>
        Object.values(live.FIGURES[name].simulate(each)).flatMap(({ params, values }) =>
            [...params.flat(), ...values])))"""


@pytest.mark.parametrize("figure", PATHS)
def test_paths_stay_with_numpys(page, figure, record_property, capsys):
    settings = draw_settings(page, figure, PATHS[figure])
    runs = [run for each in settings for run in figure(**each).runs().values()]
    found = unpacked(page.evaluate(SIMULATE_PATHS, [figure.figure_name, settings]))
    n_points = n_certain = position = 0
    for run, path in zip(runs, numpy_paths(runs), strict=True):
        size, certain = path.params.size, path.n_certain
        params = found[position : position + size].reshape(path.params.shape)[:certain]
        values = found[position + size : position + size + len(path.values)][:certain]
        position += size + len(path.values)
        error = np.abs(params - path.params[:certain]).max(axis=-1)
        assert (error <= PATH_TOLERANCE * size_of(path.params[:certain])).all(), run
        assert excess(values, run.objective.value(params)).max() <= STEP_TOLERANCE, run
        n_points, n_certain = n_points + len(path.values), n_certain + certain
    assert position == len(found)
    report = f"{1 - n_certain / n_points:.1%} of {len(runs)} paths cut short"
    record_property("cut short", report)
    with capsys.disabled():
        print(f" {figure.__name__}: {report} ", end="")
    assert n_certain > n_points / 2


SIMULATE_ARRAYS = """([name, settings]) =>
    settings.map((each) =>
        Object.fromEntries(Object.entries(live.FIGURES[name].simulate(each)).map(
            ([key, numbers]) => [key, pack([numbers].flat(Infinity))])))"""


@pytest.mark.parametrize("figure", ARRAYS)
def test_arrays_are_numpys(page, figure):
    settings = draw_settings(page, figure, ARRAYS[figure])
    answers = page.evaluate(SIMULATE_ARRAYS, [figure.figure_name, settings])
    for each, answer in zip(settings, answers, strict=True):
        expected = figure(**each).simulate()
        assert answer.keys() == expected.keys()
        for name, array in expected.items():
            found = unpacked(answer[name]).reshape(np.shape(array))
            floor = STEP_TOLERANCE * CANCELLING.get(name, 0.0)
            said = f"{name}: {each}"
            np.testing.assert_allclose(found, array, rtol=STEP_TOLERANCE, atol=floor, err_msg=said)


def test_the_playgrounds_python_computes_the_paths_that_it_draws(page):
    settings = draw_settings(page, live.Playground, playground_settings)[::N_SETTINGS]
    for each in settings:
        code = page.evaluate("(each) => live.FIGURES.playground.asPython(each)", each)
        names: dict[str, Any] = {}
        exec(code, names)
        drawn = live.Playground(**each).simulate()
        assert list(names["paths"]) == list(drawn)
        for name, path in drawn.items():
            np.testing.assert_array_equal(names["paths"][name].params, path.params)
