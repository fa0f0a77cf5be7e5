// Five optimizers leave together from one start.
import LOOK from "./look.json" with { type: "json" };
import TRACKS from "./tracks.json" with { type: "json" };
import { make } from "./controls.mjs";
import { run } from "./descent.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";
import { brief } from "./marks.mjs";
import { makeClock, makeTransport } from "./player.mjs";
import {
  contours, cross, finitePart, frame, inside, ink, makeAxes, markers, polyline, shown, star, styleOf,
} from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";
import { SURFACES, rotatedQuadratic } from "./surfaces.mjs";

const RACE_SURFACES = { ...SURFACES, "rotated saddle": rotatedQuadratic([2, -2], Math.PI / 4) };

/** The optimizers, each with the setting that is its learning rate. */
const RUNNERS = {
  "gradient descent": "learning_rate",
  momentum: "learning_rate",
  adagrad: "adaptive_learning_rate",
  rmsprop: "adaptive_learning_rate",
  adam: "adaptive_learning_rate",
};

const rate = (name, label, hint) =>
  ({ kind: "slider", name, label, scale: "log", low: 1e-4, high: 1, hint });

export const RACE_CONTROLS = [
  {
    kind: "choice",
    name: "surface",
    label: "surface",
    options: Object.entries(TRACKS).map(([name, { label }]) => [name, label]),
    also: (name) => TRACKS[name].settings,
    hint: "Brings its own start, steps and learning rates.",
  },
  rate("learning_rate", "learning rate η", "Gradient descent and momentum."),
  rate("adaptive_learning_rate", "adaptive rate η", "Adagrad, RMSProp and Adam."),
  { kind: "slider", name: "n_steps", label: "steps", scale: "whole", low: 1, high: 1000 },
  { kind: "slider", name: "speed", label: "speed", scale: "log", low: 5, high: 500, hint: "Steps a second." },
];

/** The five paths, by the name of the optimizer. */
export function simulateRace({ surface, start, n_steps, ...rates }) {
  const path = ([name, setting]) =>
    run(RACE_SURFACES[surface], OPTIMIZERS[name], { start, n_steps, learning_rate: rates[setting] });
  return Object.fromEntries(Object.entries(RUNNERS).map((entry) => [entry[0], path(entry)]));
}

const RACE_STYLE = `
.rmsprop-figure .side { flex: 1 1 290px; max-width: 440px; min-width: 0; align-self: center; }
.rmsprop-figure .standings { width: 100%; border-collapse: collapse; font: inherit; margin: 0; }
.rmsprop-figure .standings :is(th, td) { padding: 3px 4px; border: 0; text-align: left;
  font-weight: 400; white-space: nowrap; background: transparent; color: inherit; }
.rmsprop-figure .standings thead th { font-weight: 600; font-size: 12px; }
.rmsprop-figure .standings :is(.loss, .note) { font-variant-numeric: tabular-nums; }
.rmsprop-figure .standings .loss { min-width: 5.5em; }
.rmsprop-figure .standings .note { min-width: 6em; font-size: 12px; }
.rmsprop-figure .standings .sample svg { display: block; }
.rmsprop-figure .position { display: grid; grid-template-columns: auto minmax(0, 1fr) 6em;
  align-items: center; gap: 8px; min-height: 40px; }
`;

export function mountRace(element, state) {
  const panel = makePanel("Paths of five optimizers");
  const clock = makeClock({
    length: () => state.all().n_steps,
    speed: () => state.all().speed,
    isSeen: () => panel.svg.getClientRects().length > 0,
  });
  const [standings, transport] = [makeStandings(), makeTransport(clock)];
  const pathsOf = rememberLast(simulateRace);
  const draw = ({ speed, ...settings }) => {
    const [paths, step] = [pathsOf(settings), clock.step()];
    drawRace(panel, settings, paths, step);
    standings.follow(settings, paths, step);
    transport.follow(settings.n_steps);
    const status = clock.isPlaying() ? "The race is on." : tellRace(settings, paths, step);
    panel.svg.setAttribute("aria-label", `Paths of five optimizers over contours. ${status}`);
    return { status };
  };
  const style = make("style", {}, RACE_STYLE);
  const side = make("div", { class: "side" }, style, standings.element, transport.element);
  return mountFigure(element, alsoOn(clock, state), {
    label: "Race of five optimizers",
    panels: [panel, { svg: side }],
    controls: RACE_CONTROLS,
    draw,
  });
}

/** The state, which announces the changes of the clock too. */
const alsoOn = (clock, state) => ({
  ...state,
  onChange(listener) {
    const stops = [state.onChange(listener), clock.onChange(listener)];
    return () => stops.forEach((stop) => stop());
  },
});

/** A function of settings that computes only when they change. */
function rememberLast(compute) {
  let [known, result] = ["", null];
  return (settings) => {
    const key = JSON.stringify(settings);
    if (key !== known) [known, result] = [key, compute(settings)];
    return result;
  };
}

function drawRace(panel, { surface: name, start }, paths, step) {
  const { domain, minimum, value } = RACE_SURFACES[name];
  const [x, y] = domain.map(([low, high]) => ({ low, high }));
  const axes = makeAxes(x, y);
  panel.below(name, () =>
    frame(axes, { title: TRACKS[name].label, xLabel: "x", yLabel: "y" }) +
    inside(contours(value, domain, axes), minimum ? star(minimum, axes) : ""));
  const runs = Object.entries(paths).map(([optimizer, { params }]) =>
    ({ style: styleOf(optimizer), trail: finitePart(params.slice(0, step + 1)) }));
  const trails = runs.map(({ style, trail }) => polyline(trail, axes, style));
  const heads = runs.map(({ style, trail }) => head(trail.at(-1), axes, style));
  panel.above(inside(cross(start, axes), ...trails, ...heads));
}

/** An outlined marker where a path ends. */
const head = (point, axes, style) =>
  `<g stroke="currentColor" stroke-width="1.5">${markers([point], axes, style)}</g>`;

/** What a step finds: each optimizer's loss and what to say of it, the lowest loss first. */
function standingsAt({ surface }, paths, step) {
  const { domain } = RACE_SURFACES[surface];
  return Object.entries(paths)
    .map(([name, { params, values }]) => {
      const loss = Number.isFinite(values[step]) ? values[step] : Infinity;
      const isInside = params[step].every((x, i) => domain[i][0] <= x && x <= domain[i][1]);
      const note = loss === Infinity ? "overflow" : isInside ? "" : "off the map";
      return { name, loss, note };
    })
    .sort((one, other) => one.loss - other.loss || 0);
}

/** A table of the optimizers with their losses, which is the legend too. */
function makeStandings() {
  const rows = Object.keys(RUNNERS).map((name) => {
    const sample = make("td", { class: "sample" });
    sample.innerHTML = runnerSample(styleOf(name));
    const [loss, note] = [make("td", { class: "loss" }), make("td", { class: "note" })];
    const row = make("tr", {}, sample, make("th", { scope: "row" }, LOOK.labels[name]), loss, note);
    return { name, row, loss, note };
  });
  const heads = ["", "optimizer", "loss", ""].map((text) => make("th", { scope: "col" }, text));
  const element = make(
    "table",
    { class: "standings" },
    make("thead", {}, make("tr", {}, ...heads)),
    make("tbody", {}, ...rows.map(({ row }) => row)),
  );
  const follow = (settings, paths, step) => {
    const found = standingsAt(settings, paths, step);
    for (const { name, loss, note } of rows) {
      const entry = found.find((other) => other.name === name);
      loss.textContent = entry.loss === Infinity ? "–" : brief(entry.loss);
      note.textContent = entry.note;
    }
  };
  return { element, follow };
}

function runnerSample({ color, linestyle, marker }) {
  const line = `d="M1 8h38" stroke="${ink(color)}" stroke-dasharray="${LOOK.dashes[linestyle]}"`;
  const shape = `d="${LOOK.markers[marker]}" fill="${ink(color)}" transform="translate(20 8)"`;
  return `<svg viewBox="0 0 40 16" width="40" height="16" aria-hidden="true">
    <path ${line} stroke-width="1.8"/><path ${shape}/></svg>`;
}

/** Who leads and who is last, in words. */
export function tellRace(settings, paths, step) {
  const { surface, start, n_steps } = settings;
  const where = `${TRACKS[surface].label}, step ${step} of ${n_steps} from (${start.map((x) => shown(x, 4)).join(", ")})`;
  if (step === 0) return `${where}: all five stand at the start.`;
  const found = standingsAt(settings, paths, step);
  const words = ({ name, loss }, place) =>
    `${LOOK.labels[name]} ${loss === Infinity ? "has overflowed" : `${place}, ${brief(loss)}`}`;
  return `${where}: ${words(found[0], "has the lowest loss")}; ${words(found.at(-1), "the highest")}.`;
}
