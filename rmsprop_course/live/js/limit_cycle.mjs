// RMSProp on ½ λ x²: the two-cycle in which it ends, and the curvature below which it converges.
import { run } from "./descent.mjs";
import { beside, brief, cornerLegend, levelLine, uprightLine } from "./marks.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";
import { frame, inside, makeAxes, markers, polyline, shown, styleOf } from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";
import { quadratic } from "./surfaces.mjs";

const FIRST_X = 1.6; // in units of η: near the cycle, and no whole number of steps from 0

export const LIMIT_CYCLE_CONTROLS = [
  { kind: "slider", name: "learning_rate", label: "learning rate η", scale: "log", low: 0.01, high: 1 },
  { kind: "slider", name: "decay", label: "decay γ", scale: "complement", low: 0, high: 0.99 },
  { kind: "slider", name: "eps", label: "ε", scale: "log", low: 1e-6, high: 1 },
  { kind: "switch", name: "eps_inside_sqrt", label: "ε inside the root" },
  { kind: "slider", name: "curvature", label: "curvature λ", scale: "log", low: 0.01, high: 100 },
  { kind: "slider", name: "n_steps", label: "steps", scale: "whole", low: 20, high: 1000 },
  {
    kind: "choice",
    name: "against",
    label: "amplitude against",
    options: [["curvature", "curvature λ"], ["eps", "ε"]],
  },
];

/** The path of RMSProp, by the name of the optimizer. */
export function simulateLimitCycle({ curvature, against, ...settings }) {
  const start = [FIRST_X * settings.learning_rate];
  return { rmsprop: run(quadratic([curvature]), OPTIMIZERS.rmsprop, { ...settings, start }) };
}

/** λ*, the curvature up to which RMSProp converges. */
export const criticalCurvature = ({ learning_rate, eps, eps_inside_sqrt }) =>
  (2 * (eps_inside_sqrt ? Math.sqrt(eps) : eps)) / learning_rate;

/** ε*, from which RMSProp converges. */
export function criticalEps({ learning_rate, curvature, eps_inside_sqrt }) {
  const half = (learning_rate * curvature) / 2;
  return eps_inside_sqrt ? half * half : half;
}

/** How much of ε = 0 is left at the cycle, from 1 down to 0 at the threshold. */
function strength(settings) {
  const ratio = criticalCurvature(settings) / settings.curvature;
  return Math.max(1 - (settings.eps_inside_sqrt ? ratio * ratio : ratio), 0);
}

/** Half the distance of the two points between which x ends up jumping. */
export function predictedAmplitude(settings) {
  const share = strength(settings);
  return (settings.learning_rate / 2) * (settings.eps_inside_sqrt ? Math.sqrt(share) : share);
}

/** What a step leaves of a small departure from the cycle, or from 0 where that is the end. */
export function contraction(settings) {
  const { decay, curvature } = settings;
  const share = strength(settings);
  if (share === 0) return Math.abs(1 - (2 * curvature) / criticalCurvature(settings));
  const [trace, determinant] = [1 + decay - 2 * (1 - decay) * share, decay];
  const root = trace * trace - 4 * determinant;
  if (root < 0) return Math.sqrt(determinant);
  return (Math.abs(trace) + Math.sqrt(root)) / 2;
}

/** The larger of the last two distances from 0. */
const measuredAmplitude = ({ params }) => Math.max(...params.slice(-2).map(([x]) => Math.abs(x)));

const FORMULAS = {
  true: { critical: "2√ε/η", amplitude: "√(η²/4 − ε/λ²)" },
  false: { critical: "2ε/η", amplitude: "η/2 − ε/λ" },
};
const ARRIVED = 0.005; // how close to the prediction, in units of η

/** The regime, and what is predicted and measured in it, in words. */
export function tellLimitCycle(settings, path) {
  const { learning_rate, curvature, n_steps } = settings;
  const formulas = FORMULAS[settings.eps_inside_sqrt];
  const [critical, predicted] = [criticalCurvature(settings), predictedAmplitude(settings)];
  const measured = measuredAmplitude(path);
  const [regime, place] =
    curvature > critical ? ["Two-cycle", "above"]
    : curvature < critical ? ["Converges", "below"]
    : ["At the threshold", "at"];
  const source = predicted > 0 ? `${formulas.amplitude} = ` : "";
  const isThere = Math.abs(measured - predicted) <= ARRIVED * learning_rate;
  return (
    `${regime}: λ = ${brief(curvature)} is ${place} the threshold ${formulas.critical} = ${brief(critical)}. ` +
    `Amplitude predicted: ${source}${brief(predicted)}; measured after ${n_steps} steps: ` +
    `${brief(measured)}${isThere ? "" : ", not there yet"}. ${tellContraction(settings)}`
  );
}

function tellContraction(settings) {
  const [factor, isCycle] = [contraction(settings), strength(settings) > 0];
  if (factor < 1 - 1e-12)
    return `A step leaves ${shown(factor)} of a small departure from ${isCycle ? "the cycle" : "0"}.`;
  return isCycle ? "In which cycle it ends, the start decides." : "At the threshold, x shrinks ever more slowly.";
}

export function mountLimitCycle(element, state) {
  const panels = [makePanel("Iterates of RMSProp"), makePanel("Amplitude of the two-cycle")];
  const draw = (settings) => {
    const path = simulateLimitCycle(settings).rmsprop;
    drawIterates(panels[0], settings, path);
    drawAmplitudes(panels[1], settings, path);
    const status = tellLimitCycle(settings, path);
    panels[0].svg.setAttribute("aria-label", `Iterates of RMSProp on a parabola. ${status}`);
    panels[1].svg.setAttribute("aria-label", tellAmplitudes(settings, path));
    const marks = {
      eps: { value: criticalEps(settings), label: "ε*" },
      curvature: { value: criticalCurvature(settings), label: "λ*" },
    };
    return { status, marks };
  };
  return mountFigure(element, state, {
    label: "The two-cycle in which RMSProp ends",
    panels,
    controls: LIMIT_CYCLE_CONTROLS,
    draw,
  });
}

const EVEN = styleOf("rmsprop");
const ODD = { ...EVEN, linestyle: "--" };
const PREDICTED = { color: "#000000", linestyle: ":" };
const FARTHEST = 1.2; // of the iterates that are seen, in units of η

function drawIterates(panel, settings, { params }) {
  const { learning_rate, n_steps } = settings;
  const axes = makeAxes({ low: 0, high: n_steps }, { low: -FARTHEST, high: FARTHEST });
  panel.below(n_steps, () =>
    frame(axes, { title: "Iterates", xLabel: "step", yLabel: "x / η" }) +
    cornerLegend([["even steps", EVEN], ["odd steps", ODD], ["± predicted", PREDICTED]], { atTop: true }));
  const points = params.map(([x], step) => [step, x / learning_rate]);
  const branches = [EVEN, ODD].map((style, parity) =>
    polyline(points.filter(([step]) => step % 2 === parity), axes, style));
  const height = predictedAmplitude(settings) / learning_rate;
  const lines = [height, -height].map((y) => levelLine(y, [0, n_steps], axes));
  panel.above(inside(...lines, ...branches));
}

const SEEN = { low: -0.05, high: 0.7 }; // of amplitudes, in units of η
const CURVE_POINTS = 200;

/** The two ways to look at the amplitude. */
const VIEWS = {
  eps: { xLabel: "ε", critical: criticalEps, label: "ε*", side: "down to 0 at" },
  curvature: {
    xLabel: "curvature λ",
    critical: criticalCurvature,
    label: "λ*",
    side: "up from 0 at",
  },
};

function tellAmplitudes(settings, path) {
  const { xLabel, critical, side } = VIEWS[settings.against];
  return (
    `Predicted amplitude against ${xLabel}, ${side} the threshold ${brief(critical(settings))}, ` +
    `and the measured amplitude ${brief(measuredAmplitude(path))} as a diamond.`
  );
}

function drawAmplitudes(panel, settings, path) {
  const { against, learning_rate } = settings;
  const { xLabel, critical, label } = VIEWS[against];
  const { low, high } = LIMIT_CYCLE_CONTROLS.find(({ name }) => name === against);
  const axes = makeAxes({ low, high, log: true }, SEEN);
  const threshold = critical(settings);
  const places = Array.from({ length: CURVE_POINTS + 1 }, (_, k) => low * (high / low) ** (k / CURVE_POINTS));
  places.push(Math.min(Math.max(threshold, low), high));
  const curve = places.sort((a, b) => a - b).map((x) =>
    [x, predictedAmplitude({ ...settings, [against]: x }) / learning_rate]);
  const dot = [
    Math.min(Math.max(settings[against], low), high),
    Math.min(measuredAmplitude(path) / learning_rate, SEEN.high),
  ];
  panel.below(against, () => frame(axes, { title: "Amplitude: predicted, measured ◆", xLabel, yLabel: "amplitude / η" }));
  panel.above(
    inside(
      uprightLine(threshold, [SEEN.low, SEEN.high], axes, { linestyle: ":" }),
      polyline(curve, axes, { color: "#000000" }),
      `<g stroke="${EVEN.color}" stroke-width="5">${markers([dot], axes, EVEN)}</g>`,
    ) + beside(threshold, 0, label, axes));
}
