// The example of Reddi, Kale and Kumar (2018): slope C once in C steps, else slope -1, on [-1, 1].
import { valueAt } from "./controls.mjs";
import { beside, brief, chooseAlong, edgeNote, levelLine, uprightLine } from "./marks.mjs";
import { frame, inside, makeAxes, markers, polyline, shown, styleOf } from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";

const DECAY_SLIDER =
  { kind: "slider", name: "decay", label: "decay γ", scale: "complement", low: 0, high: 0.999,
    hint: "Or point at the net move." };

export const REDDI_CONTROLS = [
  DECAY_SLIDER,
  { kind: "slider", name: "period", label: "period C", scale: "whole", low: 3, high: 20,
    hint: "The slope is C once in C steps, else −1." },
  { kind: "slider", name: "learning_rate", label: "learning rate η", scale: "log", low: 0.05, high: 2,
    hint: "At step t it is η/√t." },
  { kind: "slider", name: "n_steps", label: "steps", scale: "count", low: 100, high: 20_000 },
];

const MOVE_POINTS = 200;
const LAST_NINES = 3; // of the curve and of the slider: up to γ = 1 - 0.1³

/** x at every step, γ*, and the net move in a period, at γ and for many decays. */
export function simulateReddi(settings) {
  const { period, decay } = settings;
  const decays = Array.from({ length: MOVE_POINTS + 1 }, (_, k) =>
    1 - 10 ** ((-LAST_NINES * k) / MOVE_POINTS));
  return {
    x: projectedRun(settings),
    critical_decay: criticalDecay(period),
    net_move: netMove(period, decay),
    decays,
    net_moves: decays.map((each) => netMove(period, each)),
  };
}

/** RMSProp from x = 0 and v = 0, without ε, with x kept in [-1, 1]. */
function projectedRun({ period, decay, learning_rate, n_steps }) {
  const x = new Array(n_steps + 1);
  let squareAvg = 0;
  x[0] = 0;
  for (let t = 1; t <= n_steps; t++) {
    const grad = (t - 1) % period === 0 ? period : -1;
    squareAvg = decay * squareAvg + (1 - decay) * (grad * grad);
    const moved = x[t - 1] - (learning_rate * grad) / Math.sqrt(t * squareAvg);
    x[t] = Math.min(Math.max(moved, -1), 1);
  }
  return x;
}

/** How far x moves in a period, in units of η/√t, once v repeats itself: exact. */
function netMove(period, decay) {
  const grads = Array.from({ length: period }, (_, k) => (k === 0 ? period : -1));
  const average = (v, grad) => decay * v + (1 - decay) * (grad * grad);
  let squareAvg = grads.reduce(average, 0) / -Math.expm1(period * Math.log(decay));
  let move = 0;
  for (const grad of grads) {
    squareAvg = average(squareAvg, grad);
    move -= grad / Math.sqrt(squareAvg);
  }
  return move;
}

/** γ*, at which the net move changes its sign, to the last bit. */
function criticalDecay(period) {
  let [low, high] = [0, 1];
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return high;
    if (netMove(period, middle) > 0) low = middle;
    else high = middle;
  }
}

const NO_MOVE = 1e-9; // in a period, in units of η/√t

const wayOf = (way, move) => `in a period x moves ${way} by ${brief(Math.abs(move))} η/√t`;

/** On which side of the threshold γ is, what is predicted and what is measured, in words. */
export function tellReddi(settings, { x, critical_decay, net_move }) {
  const { period, decay, n_steps } = settings;
  const [side, fate] =
    Math.abs(net_move) <= NO_MOVE ? ["at", "in the long run x stays where it is"]
    : net_move > 0 ? ["below", `${wayOf("up", net_move)}. Predicted end: 1, the worst point`]
    : ["above", `${wayOf("down", net_move)}. Predicted end: −1, the optimum`];
  return (
    `γ = ${shown(decay)} is ${side} the threshold ${shown(critical_decay, 4)} ` +
    `for C = ${period}: ${fate}. Measured after ${n_steps} step${n_steps > 1 ? "s" : ""}: ` +
    `x = ${brief(x.at(-1))}${tellPace(settings, x, net_move)}.`
  );
}

const SETTLED = 0.01; // what is left of the start, v = 0, before a pace is foretold

/** Whether the run is at the predicted end, and if not, when it will be there. */
function tellPace({ period, decay, learning_rate, n_steps }, x, move) {
  const end = Math.sign(move);
  if (Math.abs(move) <= NO_MOVE || restsAt(end, x, period)) return "";
  if (decay ** n_steps > SETTLED) return ", not there yet";
  const pace = (learning_rate * Math.abs(move)) / period;
  const arrival = (Math.sqrt(n_steps) + Math.abs(end - x.at(-1)) / (2 * pace)) ** 2;
  return `, not there yet; at this pace, after about ${shown(arrival, 2)} steps`;
}

const PERIODS_AT_REST = 3; // in a row that touch an end, before the run is said to be there

/** Whether the last periods have all touched an end, and never the other. */
function restsAt(end, x, period) {
  if (x.length <= PERIODS_AT_REST * period) return false;
  for (let k = PERIODS_AT_REST; k > 0; k--) {
    const last = x.slice(x.length - k * period, x.length - (k - 1) * period);
    if (!last.includes(end) || last.includes(-end)) return false;
  }
  return true;
}

/** What the panel of the net moves shows, in words. */
const tellMoves = ({ decay }, { critical_decay, net_move, net_moves }) =>
  `Net move of x in a period, in units of η/√t, against the decay: from ${brief(net_moves[0])} ` +
  `at γ = 0 down to ${brief(net_moves.at(-1))} at γ = 0.999, through 0 at the threshold ` +
  `${shown(critical_decay, 4)}; at γ = ${shown(decay)} it is ${brief(net_move)}, a diamond.`;

export function mountReddi(element, state) {
  const panels = [makePanel("Iterates of RMSProp"), makePanel("Net move of x in a period")];
  const draw = (settings) => {
    const seen = simulateReddi(settings);
    const status = tellReddi(settings, seen);
    drawRun(panels[0], settings, seen);
    drawMoves(panels[1], settings, seen);
    panels[0].svg.setAttribute("aria-label", `Iterates of RMSProp on Reddi's example. ${status}`);
    panels[1].svg.setAttribute("aria-label", tellMoves(settings, seen));
    return { status, marks: { decay: { value: seen.critical_decay, label: "γ*" } } };
  };
  const nines = makeAxes({ low: 0, high: NINES_SEEN }, MOVES_SEEN);
  chooseAlong(panels[1], nines, (power) =>
    state.set({ decay: valueAt(DECAY_SLIDER, Math.min(Math.max(power / LAST_NINES, 0), 1)) }));
  return mountFigure(element, state, {
    label: "Reddi's example, on which RMSProp can go to the worst point",
    panels,
    controls: REDDI_CONTROLS,
    draw,
  });
}

const HEIGHTS_SEEN = { low: -1.4, high: 1.4 }; // with room for a note beyond either end
const ABOVE_MARKER = 1.12; // height of a note that a marker at 1 does not touch
const STEPS_SEEN = 1.05; // times those of the run, so that the last marker is whole
const NINES_SEEN = 3.15;
const DECAYS_SEEN = { low: 0, high: 1 - 10 ** -NINES_SEEN, complement: true };
const MOVES_SEEN = { low: -0.7, high: 1.1 }; // in a period, in units of η/√t
const STYLE_OF_RUN = styleOf("rmsprop");

function drawRun(panel, { n_steps }, { x }) {
  const axes = makeAxes({ low: 0, high: STEPS_SEEN * n_steps }, HEIGHTS_SEEN);
  panel.below(n_steps, () =>
    frame(axes, { title: "Iterates", xLabel: "step", yLabel: "x" }) +
    edgeNote(ABOVE_MARKER, "worst point 1", axes) + edgeNote(HEIGHTS_SEEN.low, "optimum −1", axes));
  panel.above(inside(
    ...[1, -1].map((end) => levelLine(end, [0, STEPS_SEEN * n_steps], axes)),
    polyline(outlineOf(x), axes, STYLE_OF_RUN),
    diamond([n_steps, x.at(-1)], axes),
  ));
}

const BINS = 300; // of steps, where there are too many to draw each

/** Points [step, x]: all, or of each of many bins the lowest and the highest one. */
function outlineOf(x) {
  const every = Math.ceil(x.length / BINS);
  if (every <= 2) return x.map((value, step) => [step, value]);
  const points = [];
  for (let first = 0; first < x.length; first += every) {
    const part = x.slice(first, first + every);
    const extremes = [Math.min(...part), Math.max(...part)].map((value) => first + part.indexOf(value));
    points.push(...extremes.sort((a, b) => a - b).map((step) => [step, x[step]]));
  }
  return points;
}

function drawMoves(panel, { decay }, { critical_decay, net_move, decays, net_moves }) {
  const axes = makeAxes(DECAYS_SEEN, MOVES_SEEN);
  const words = { title: "Net move of x in a period", xLabel: "decay γ", yLabel: "move / (η/√t)" };
  panel.below("always", () =>
    frame(axes, words) + edgeNote(0, "up: wrong", axes) + edgeNote(MOVES_SEEN.low, "down: right", axes));
  panel.above(
    inside(
      levelLine(0, [DECAYS_SEEN.low, DECAYS_SEEN.high], axes, { linestyle: "-" }),
      uprightLine(critical_decay, [MOVES_SEEN.low, MOVES_SEEN.high], axes, { linestyle: ":" }),
      polyline(decays.map((each, k) => [each, net_moves[k]]), axes, STYLE_OF_RUN),
      diamond([Math.min(decay, DECAY_SLIDER.high), Math.min(net_move, MOVES_SEEN.high)], axes),
    ) + beside(critical_decay, 0, `γ* = ${shown(critical_decay, 4)}`, axes));
}

/** The marker of the present. */
const diamond = (point, axes) =>
  `<g stroke="${STYLE_OF_RUN.color}" stroke-width="5">${markers([point], axes, STYLE_OF_RUN)}</g>`;
