// A noisy signal whose level jumps, its moving average, and the weights behind one of its values.
import { makeButton } from "./controls.mjs";
import {
  beside, brief, chooseAlong, cornerLegend, curveStyle, specks, stems, uprightLine,
} from "./marks.mjs";
import { seededNoise } from "./noise.mjs";
import { dot, frame, inside, makeAxes, polyline } from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";

const AVERAGED_STEPS = 300;
const SEEDS = 1_000_000;
const OLDEST = 99; // age of the weights that are drawn, in steps
const BELOW = 0.08; // of the panel's height: how much lower the second line ends, below the first's label

export const MOVING_AVERAGE_CONTROLS = [
  { kind: "slider", name: "decay", label: "decay γ", scale: "complement", low: 0, high: 0.99 },
  { kind: "slider", name: "step", label: "step to look at", scale: "whole", low: 1, high: AVERAGED_STEPS,
    hint: "Or point at the signal. The weights are those of this step." },
  { kind: "slider", name: "noise", label: "noise", scale: "linear", low: 0, high: 2 },
  { kind: "slider", name: "jump_size", label: "size of the jump", scale: "linear", low: -4, high: 4 },
  { kind: "slider", name: "jump_step", label: "step of the jump", scale: "whole", low: 0, high: AVERAGED_STEPS },
  { kind: "switch", name: "bias_correction", label: "correct the start",
    hint: "Divides the average by the sum of its weights, 1 − γᵗ." },
];

const weightSum = (decay, steps) => 1 - decay ** steps;
const halfLife = (decay) => Math.log(0.5) / Math.log(decay);

/** Signal, truth, average, corrected average, and the weights, newest first, at one step. */
export function simulateMovingAverage(config) {
  const { decay, jump_size, jump_step, step, bias_correction, seed } = config;
  const truth = Array.from({ length: AVERAGED_STEPS }, (_, i) => (i < jump_step ? 1 : 1 + jump_size));
  const deviations = seededNoise(seed, AVERAGED_STEPS);
  const signal = truth.map((level, i) => level + config.noise * deviations[i]);
  let kept = 0;
  const average = signal.map((value) => (kept = decay * kept + (1 - decay) * value));
  const total = bias_correction ? weightSum(decay, step) : 1;
  return {
    signal,
    truth,
    average,
    corrected: average.map((value, i) => value / weightSum(decay, i + 1)),
    weights: Array.from({ length: step }, (_, age) => ((1 - decay) * decay ** age) / total),
  };
}

/** Memory, noise and the value at one step, in words. */
export function tellMovingAverage({ decay, step, bias_correction }, { average, corrected, truth }) {
  const memory = halfLife(decay);
  const half = Math.max(1, Math.ceil(memory));
  const samples = (1 + decay) / (1 - decay);
  const sum = weightSum(decay, step);
  const missing = sum < 0.9995 ? `, ${brief(1 - sum)} lies on v₀ = 0` : "";
  const value = (bias_correction ? corrected : average)[step - 1];
  return (
    `Half-life ${brief(memory)}, window ${brief(1 / (1 - decay))}: a jump is half covered after ` +
    `${half} ${half === 1 ? "step" : "steps"}. The average keeps ${brief(100 / samples)} % of the ` +
    `noise's variance, as a mean of ${brief(samples)} values would. At step ${step} it is ` +
    `${brief(value)}, the truth is ${brief(truth[step - 1])}; its weights sum to ` +
    `${bias_correction ? 1 : brief(sum) + missing}.`
  );
}

/** What the panel of the weights shows, in words. */
function tellWeights({ decay, step, bias_correction }, weights) {
  const sum = bias_correction ? 1 : weightSum(decay, step);
  return (
    `Weights of the values behind the average at step ${step}, from ${brief(100 * weights[0])} % ` +
    `for the newest, falling geometrically with age; they sum to ${brief(sum)}. Half-life ` +
    `${brief(halfLife(decay))} steps, window ${brief(1 / (1 - decay))} steps.`
  );
}

export function mountMovingAverage(element, state) {
  const signalPanel = makePanel("Signal, its truth and its moving average against the step");
  const weightsPanel = makePanel("Weights of the values behind the average at one step");
  const draw = (settings) => {
    const seen = simulateMovingAverage(settings);
    const status = tellMovingAverage(settings, seen);
    drawSignal(signalPanel, settings, seen);
    drawWeights(weightsPanel, settings, seen.weights);
    signalPanel.svg.setAttribute("aria-label", `A noisy signal and its moving average. ${status}`);
    weightsPanel.svg.setAttribute("aria-label", tellWeights(settings, seen.weights));
    return { status };
  };
  chooseAlong(signalPanel, signalAxes(state.all()), (value) =>
    state.set({ step: Math.min(Math.max(Math.round(value), 1), AVERAGED_STEPS) }));
  return mountFigure(element, state, {
    label: "Moving average of a noisy signal",
    panels: [signalPanel, weightsPanel],
    controls: MOVING_AVERAGE_CONTROLS,
    actions: [makeButton("other noise", () => state.set({ seed: (state.all().seed + 1) % SEEDS }))],
    draw,
  });
}

/** Axes that stay while a slider of noise or decay moves, so that its effect is seen. */
function signalAxes({ noise, jump_size }) {
  const margin = Math.max(3, 1.5 * noise);
  const levels = [0, 1, 1 + jump_size];
  const range = { low: Math.min(...levels) - margin, high: Math.max(...levels) + margin };
  return { ...makeAxes({ low: 0, high: AVERAGED_STEPS }, range), range };
}

function drawSignal(panel, settings, seen) {
  const { step, jump_size, bias_correction } = settings;
  const axes = signalAxes(settings);
  const ends = [axes.range.low, axes.range.high];
  const along = (values) => values.map((value, i) => [i + 1, value]);
  const lines = [
    ["truth", { color: "#000000", linestyle: ":" }],
    ["average", curveStyle(0)],
    ...(bias_correction ? [["corrected", curveStyle(1)]] : []),
  ];
  const [last, style] = lines.at(-1);
  const words = { title: "Signal and average", xLabel: "step", yLabel: "units of the signal (dots)" };
  panel.below(ends.join(), () => frame(axes, words));
  panel.above(inside(
    specks(along(seen.signal), axes),
    ...lines.map(([name, look]) => polyline(along(seen[name]), axes, look)),
    uprightLine(step, ends, axes),
    dot([step, seen[last][step - 1]], axes, { ...style, marker: "D" }),
    cornerLegend(lines, { atTop: jump_size < 0 }),
  ));
}

function drawWeights(panel, { decay, step, bias_correction }, weights) {
  const points = weights.slice(0, OLDEST + 1).map((weight, age) => [age, 100 * weight]);
  const high = 1.35 * points[0][1];
  const axes = makeAxes({ low: -1, high: OLDEST }, { low: 0, high });
  const sum = bias_correction ? 1 : weightSum(decay, step);
  const title = `Weights at step ${step}: sum ${brief(sum)}`;
  const words = { title, xLabel: "age (steps)", yLabel: "weight (%)" };
  const memory = [["half-life", halfLife(decay), "--"], ["window", 1 / (1 - decay), ":"]];
  if (memory[1][1] > OLDEST) memory.reverse(); // the label at the edge goes above the other's line
  panel.below(`${title} ${high}`, () => frame(axes, words));
  panel.above(inside(
    stems(points, axes, curveStyle(bias_correction ? 1 : 0)),
    ...memory.flatMap(([name, length, linestyle], row) => [
      uprightLine(length, [0, high * (1 - BELOW * row)], axes, { linestyle }),
      beside(length, row, `${name} ${brief(length)}`, axes),
    ]),
  ));
}
