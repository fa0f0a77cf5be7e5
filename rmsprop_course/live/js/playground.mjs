// Six optimizers on seven surfaces, from a start that the reader chooses.
import KNOBS from "./knobs.json" with { type: "json" };
import LOOK from "./look.json" with { type: "json" };
import { make, makeButton } from "./controls.mjs";
import { run } from "./descent.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";
import {
  contours, cross, dots, frame, inside, makeAxes, markers, polyline, rangeOf, shown, star, styleOf,
} from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";
import { SURFACES } from "./surfaces.mjs";

const knob = (name, label, scale, low, high, hint) =>
  ({ kind: "slider", name, label, scale, low, high, hint });

export const PLAYGROUND_CONTROLS = [
  {
    kind: "choice",
    name: "surface",
    label: "surface",
    options: Object.keys(SURFACES).map((name) => [name, name]),
    also: (name) => ({ start: SURFACES[name].start }),
    hint: "Brings its own start; click the surface for another.",
  },
  knob("n_steps", "steps", "whole", 1, 300, "All optimizers."),
  knob("learning_rate", "learning rate η", "log", 1e-4, 1, "All; the first step length of rprop."),
  knob("momentum", "momentum μ", "complement", 0, 0.99, "Momentum; β₁ of Adam."),
  knob("decay", "decay γ", "complement", 0, 0.999, "RMSProp; β₂ of Adam."),
  knob("eps", "ε", "log", 1e-12, 1, "Adagrad, RMSProp and Adam."),
  { kind: "switch", name: "eps_inside_sqrt", label: "ε inside the root", hint: "RMSProp only." },
  knob("initial_square_avg", "first average v₀", "linear", 0, 1, "RMSProp only."),
  knob("rmsprop_momentum", "momentum in RMSProp", "complement", 0, 0.99, "RMSProp only."),
  { kind: "switch", name: "centered", label: "centered", hint: "RMSProp only: subtracts E[g]²." },
];

/** The settings that one optimizer takes from the knobs. */
const settingsOf = (optimizer, settings) =>
  Object.fromEntries(
    Object.entries(KNOBS[optimizer]).map(([name, knob]) => [name, settings[knob]]),
  );

/** The paths of the optimizers that are switched on, by name. */
export function simulatePlayground({ surface, optimizers, start, n_steps, ...knobs }) {
  const path = (name) =>
    run(SURFACES[surface], OPTIMIZERS[name], { start, n_steps, ...settingsOf(name, knobs) });
  return Object.fromEntries(optimizers.map((name) => [name, path(name)]));
}

/** Python code that computes the paths. */
export function playgroundAsPython({ surface, optimizers, start, n_steps, ...knobs }) {
  const literal = (value) =>
    typeof value === "boolean" ? (value ? "True" : "False")
    : /[.e]/.test(String(value)) ? String(value)
    : `${value}.0`;
  const call = (name) => {
    const settings = Object.entries(settingsOf(name, knobs)).map(
      ([setting, value]) => `        ${setting}=${literal(value)},\n`,
    );
    return (
      `    "${name}": descent.run(\n        surface,\n` +
      `        numpy_optimizers.${name.replace(" ", "_")},\n` +
      `        start=[${start.map(literal).join(", ")}],\n        n_steps=${n_steps},\n` +
      `${settings.join("")}    ),\n`
    );
  };
  return (
    "from rmsprop_course import descent, numpy_optimizers, objectives\n\n" +
    `surface = objectives.SURFACES["${surface}"]\npaths = {\n${optimizers.map(call).join("")}}\n`
  );
}

export function mountPlayground(element, state) {
  const first = state.all();
  const panels = [makePanel("Paths of the optimizers"), makePanel("Loss against the number of steps")];
  const legend = makeLegend(state);
  const code = makeCode();
  const draw = (settings) => {
    const paths = simulatePlayground(settings);
    drawPaths(panels[0], settings, paths);
    drawLosses(panels[1], settings, paths);
    legend.follow(settings, paths);
    code.follow(playgroundAsPython(settings));
    return { status: tellPlayground(settings, paths) };
  };
  letChooseStart(panels[0].svg, state);
  return mountFigure(element, state, {
    label: "Playground of optimizers",
    panels,
    below: [legend.element],
    controls: PLAYGROUND_CONTROLS,
    actions: [makeButton("Reset", () => state.set(first)), code.button, code.element],
    draw,
  });
}

/** A cross-hair of a start: a click or tap moves it there, arrow keys move it in steps. */
function letChooseStart(svg, state) {
  svg.setAttribute("tabindex", "0");
  svg.setAttribute("role", "application");
  svg.setAttribute(
    "aria-label",
    "Paths of the optimizers. Click or use the arrow keys to move the start; with Shift it moves less.",
  );
  svg.classList.add("choosable");
  const moveTo = (point) => {
    const { domain } = SURFACES[state.all().surface];
    const within = point.map((value, i) => Math.min(Math.max(value, domain[i][0]), domain[i][1]));
    state.set({ start: within.map((value) => Number(value.toFixed(3))) });
  };
  svg.addEventListener("click", (event) => {
    const axes = axesOf(SURFACES[state.all().surface]);
    const { x, y } = new DOMPoint(event.clientX, event.clientY)
      .matrixTransform(svg.getScreenCTM().inverse());
    moveTo([axes.x.value(x), axes.y.value(y)]);
  });
  svg.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowDown: [0, -1], ArrowUp: [0, 1] }[event.key];
    if (!way) return;
    event.preventDefault();
    const { surface, start } = state.all();
    const share = event.shiftKey ? 1 / 400 : 1 / 40;
    moveTo(start.map((value, i) => {
      const [low, high] = SURFACES[surface].domain[i];
      return value + way[i] * share * (high - low);
    }));
  });
}

/** Check boxes that switch optimizers on and off, each with its line and its last loss. */
function makeLegend(state) {
  const entries = Object.keys(LOOK.optimizers).map((name) => {
    const box = make("input", { type: "checkbox" });
    box.addEventListener("change", () => {
      const chosen = new Set(state.all().optimizers);
      if (box.checked) chosen.add(name);
      else chosen.delete(name);
      state.set({ optimizers: Object.keys(LOOK.optimizers).filter((other) => chosen.has(other)) });
    });
    const sample = make("span", { class: "sample" });
    sample.innerHTML = sampleOf(name);
    const loss = make("span", { class: "loss" });
    return { name, box, loss, element: make("label", {}, box, sample, LOOK.labels[name], loss) };
  });
  return {
    element: make("div", { class: "legend", role: "group", "aria-label": "optimizers" },
      ...entries.map((entry) => entry.element)),
    follow(settings, paths) {
      for (const { name, box, loss } of entries) {
        box.checked = name in paths;
        loss.textContent = name in paths ? lastLoss(paths[name]) : "";
      }
    },
  };
}

function sampleOf(name) {
  const axes = { x: { at: (x) => x }, y: { at: (y) => y } };
  const style = styleOf(name);
  return `<svg viewBox="0 0 36 12" width="36" height="12" aria-hidden="true">
    ${polyline([[1, 6], [35, 6]], axes, style)}${markers([[18, 6]], axes, style)}</svg>`;
}

const lastLoss = ({ values }) =>
  Number.isFinite(values.at(-1)) ? shown(values.at(-1), 3) : "overflows";

/** The Python code, hidden until its button is pressed, and put on the clipboard where allowed. */
function makeCode() {
  const text = make("textarea", { readonly: "", rows: 12, hidden: "", spellcheck: "false" });
  text.setAttribute("aria-label", "these settings as Python");
  const button = makeButton("Copy settings as Python", async () => {
    text.hidden = false;
    text.focus();
    text.select();
    await navigator.clipboard?.writeText(text.value).catch(() => {}); // selected: Ctrl+C is left
  });
  const follow = (code) => {
    if (text.value !== code) text.value = code;
  };
  return { element: text, button, follow };
}

function tellPlayground({ surface, start, n_steps }, paths) {
  const where = `From (${start.map((value) => shown(value, 4)).join(", ")}) on ${surface}`;
  const ends = Object.entries(paths)
    .map(([name, { values }]) => [name, values.at(-1)])
    .filter(([, loss]) => Number.isFinite(loss))
    .sort(([, a], [, b]) => a - b);
  if (ends.length === 0) return `${where}, no path is left after ${n_steps} steps.`;
  const [name, loss] = ends[0];
  return `${where}, ${LOOK.labels[name]} is lowest after ${n_steps} steps: ${shown(loss, 3)}.`;
}

const axesOf = ({ domain: [[x0, x1], [y0, y1]] }) =>
  makeAxes({ low: x0, high: x1 }, { low: y0, high: y1 });

function drawPaths(panel, { surface: name, start }, paths) {
  const surface = SURFACES[name];
  const axes = axesOf(surface);
  panel.below(name, () =>
    frame(axes, { title: "Paths", xLabel: "parameter 1", yLabel: "parameter 2" }) +
    inside(contours(surface.value, surface.domain, axes),
      surface.minimum ? star(surface.minimum, axes) : ""));
  const lines = Object.entries(paths).map(([optimizer, { params }]) =>
    polyline(params, axes, styleOf(optimizer)) + dots(params, axes, styleOf(optimizer), { count: 100, gap: 14 }));
  panel.above(inside(...lines, cross(start, axes)));
}

function drawLosses(panel, { surface: name, n_steps }, paths) {
  const { value, domain, minimumValue } = SURFACES[name];
  const [low, high] = rangeOf(value, domain);
  const heights = minimumValue === null ? { low, high } : { low: 1e-8, high: high - minimumValue, log: true };
  const yLabel = minimumValue === null ? "loss" : "loss above the minimum";
  const axes = makeAxes({ low: 0, high: n_steps }, heights);
  panel.below(`${name} ${n_steps}`, () => frame(axes, { title: "Losses", xLabel: "step", yLabel }));
  const lines = Object.entries(paths).map(([optimizer, { values }]) => {
    const points = values.map((loss, step) => [step, loss - (minimumValue ?? 0)]);
    return polyline(points, axes, styleOf(optimizer)) + dots(points, axes, styleOf(optimizer), { count: 8 });
  });
  panel.above(inside(...lines));
}
