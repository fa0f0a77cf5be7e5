// Gradient descent in a quadratic valley whose curvatures are 1 along it and κ across it.
import { run } from "./descent.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";
import { contours, cross, dots, frame, inside, makeAxes, polyline, shown, styleOf } from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";
import { quadratic } from "./surfaces.mjs";

export const VALLEY_CONTROLS = [
  { kind: "slider", name: "learning_rate", label: "learning rate η", scale: "log", low: 1e-3, high: 3 },
  { kind: "slider", name: "condition_number", label: "condition number κ", scale: "log", low: 1, high: 1000 },
  { kind: "slider", name: "n_steps", label: "steps", scale: "whole", low: 1, high: 200 },
];

/** The path of gradient descent, by the name of the optimizer. */
export function simulateValley({ learning_rate, condition_number, n_steps, start }) {
  const surface = quadratic([1, condition_number]);
  const settings = { start, n_steps, learning_rate };
  return { "gradient descent": run(surface, OPTIMIZERS["gradient descent"], settings) };
}

const STYLE_OF_PATH = styleOf("gradient descent");
const MIDDLE = [0, 0];
const FAR_ACROSS = 10;

/** What the learning rate does, in words. */
export function tellValley({ learning_rate, condition_number, n_steps }, losses) {
  const across = 1 - learning_rate * condition_number;
  const loss = losses.at(-1);
  const limit = `2/λmax = 2/κ = ${shown(2 / condition_number, 3)}`;
  const end = Number.isFinite(loss) ? `is ${shown(loss, 3)}` : "has overflowed";
  return (
    `${verdictOn(across)} the limit ${limit}. Each step multiplies the distance across the valley ` +
    `by ${shown(across, 3)}. The loss after ${n_steps} steps ${end}.`
  );
}

function verdictOn(across) {
  if (Math.abs(across + 1) < 1e-9) return "Swings forever: η is at";
  if (across < -1) return "Diverges: η is above";
  if (across < 0) return "Zig-zags and converges: η is below, but more than half of,";
  return "Converges without zig-zag: η is at most half of";
}

export function mountValley(element, state) {
  const pathPanel = makePanel("Path of gradient descent over the contours of the valley");
  const lossPanel = makePanel("Loss against the number of steps");
  const draw = (settings) => {
    const { params, values } = simulateValley(settings)["gradient descent"];
    drawPath(pathPanel, settings, params);
    drawLoss(lossPanel, settings, values);
    const limit = { value: 2 / settings.condition_number, label: "2/κ" };
    return { status: tellValley(settings, values), marks: { learning_rate: limit } };
  };
  return mountFigure(element, state, {
    label: "Gradient descent in a valley",
    panels: [pathPanel, lossPanel],
    controls: VALLEY_CONTROLS,
    draw,
  });
}

/** The path up to the first point far outside the picture, if it moves away: it never returns. */
function beforeItLeaves(points) {
  const far = Math.max(FAR_ACROSS, Math.abs(points[0][1]));
  const end = points.findIndex(([, y]) => !(Math.abs(y) <= far));
  return end < 0 ? points : points.slice(0, end + 1);
}

function drawPath(panel, { condition_number, start }, points) {
  const surface = quadratic([1, condition_number]);
  const [[x0, x1], [y0, y1]] = surface.domain;
  const axes = makeAxes({ low: x0, high: x1 }, { low: y0, high: y1 });
  const words = { title: "Path", xLabel: "along the valley", yLabel: "across the valley" };
  panel.below(condition_number, () =>
    frame(axes, words) + inside(contours(surface.value, surface.domain, axes), cross(MIDDLE, axes)));
  const seen = beforeItLeaves(points);
  const marked = dots(seen, axes, STYLE_OF_PATH, { count: 60 });
  panel.above(inside(polyline(seen, axes, STYLE_OF_PATH), marked));
}

function drawLoss(panel, { n_steps }, values) {
  const axes = makeAxes({ low: 0, high: n_steps }, { low: 1e-8, high: 1e4, log: true });
  const points = values.map((value, step) => [step, value]);
  panel.below(n_steps, () => frame(axes, { title: "Loss", xLabel: "step", yLabel: "loss" }));
  panel.above(inside(polyline(points, axes, STYLE_OF_PATH)));
}
