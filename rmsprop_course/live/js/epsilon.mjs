// How long a step of RMSProp is for a gradient of a given size, with ε inside and outside the root.
import { makeButton } from "./controls.mjs";
import { brief, chooseAlong, cornerLegend, curveStyle, levelLine, uprightLine } from "./marks.mjs";
import { OPTIMIZERS } from "./optimizers.mjs";
import { dot, frame, inside, makeAxes, polyline } from "./plot.mjs";
import { makePanel, mountFigure } from "./shell.mjs";

const SIZES = { low: 1e-12, high: 1e2, log: true };
const LENGTHS = { low: 1e-8, high: 1e4, log: true };
const POWERS = { low: -12, high: 2 }; // of ten, of SIZES
const SIZES_PER_DECADE = 10;
const PLACES = ["inside", "outside"];

export const EPSILON_CONTROLS = [
  { kind: "slider", name: "eps_inside", label: "ε inside", scale: "log", low: 1e-20, high: 1 },
  { kind: "slider", name: "eps_outside", label: "ε outside", scale: "log", low: 1e-10, high: 1 },
  { kind: "slider", name: "grad_size", label: "compare at |g|", scale: "log", low: 1e-10, high: 1,
    hint: "Or point at a panel, also farther out." },
  { kind: "choice", name: "which_step", label: "step",
    options: [["settled", "settled"], ["first", "first"]],
    hint: "Settled: v = g². First, from v₀ = 0: v = (1 − γ) g²." },
  { kind: "slider", name: "decay", label: "decay γ", scale: "complement", low: 0, high: 0.99,
    hint: "Matters for the first step alone." },
];

/** Lengths |Δ| in units of η of the steps for gradient magnitudes |g|, and where they are halved. */
export function simulateEpsilon(config) {
  const { eps_inside, eps_outside, decay, which_step, grad_size } = config;
  const count = (POWERS.high - POWERS.low) * SIZES_PER_DECADE + 1;
  const sizes = Array.from({ length: count }, (_, i) => 10 ** (POWERS.low + i / SIZES_PER_DECADE));
  const share = which_step === "first" ? 1 - decay : 1; // of g² that v holds
  return {
    grad_sizes: sizes,
    inside: stepLengths(sizes, "inside", config),
    outside: stepLengths(sizes, "outside", config),
    probe_inside: stepLengths([grad_size], "inside", config)[0],
    probe_outside: stepLengths([grad_size], "outside", config)[0],
    half_speed_inside: Math.sqrt(eps_inside / (3 * share)),
    half_speed_outside: eps_outside / Math.sqrt(share),
  };
}

function stepLengths(sizes, place, { eps_inside, eps_outside, decay, which_step }) {
  const zeros = sizes.map(() => 0);
  const state = {
    square_avg: which_step === "settled" ? sizes.map((size) => size * size) : zeros,
    grad_avg: zeros,
    momentum_buffer: zeros,
  };
  const isInside = place === "inside";
  const eps = isInside ? eps_inside : eps_outside;
  const settings = { learning_rate: 1, decay, eps, eps_inside_sqrt: isInside };
  return OPTIMIZERS.rmsprop.step(zeros, sizes, state, settings).params.map(Math.abs);
}

/** Step length of a large gradient, in units of η. */
const fullSpeed = ({ which_step, decay }) => (which_step === "first" ? 1 / Math.sqrt(1 - decay) : 1);

/** Whether ε outside is the root of ε inside. */
const isTranslated = ({ eps_inside, eps_outside }) =>
  Math.abs(eps_outside - Math.sqrt(eps_inside)) <= 1e-6 * eps_outside;

/** The half-speed points and the two steps at |g|, in words. */
export function tellEpsilon(settings, seen) {
  const { which_step, grad_size } = settings;
  const first = which_step === "first";
  const borders = first ? ["√(ε/(3(1−γ)))", "ε/√(1−γ)"] : ["√(ε/3)", "ε"];
  const [inner, outer] = PLACES.map((place, i) =>
    `${borders[i]} = ${brief(seen[`half_speed_${place}`])} ${place}`);
  const ratio = seen.probe_outside / seen.probe_inside;
  const opening = first
    ? `First step: at most η/√(1−γ) = ${brief(fullSpeed(settings))} η, half of it`
    : "Settled step: at most η, half of it";
  const bound = isTranslated(settings)
    ? " ε outside = √(ε inside): never more than a factor √2 apart." : "";
  return (
    `${opening} at |g| = ${inner} and at ${outer}. At |g| = ${brief(grad_size)} the step is ` +
    `${brief(seen.probe_inside)} η inside and ${brief(seen.probe_outside)} η outside, ` +
    `${brief(ratio)} times as long.${bound}`
  );
}

/** What the panel of the ratio shows, in words. */
const tellRatio = ({ grad_size }, { probe_inside, probe_outside }, ratio) =>
  `Step with ε outside over step with ε inside, from ${brief(Math.min(...ratio))} to ` +
  `${brief(Math.max(...ratio))}; at |g| = ${brief(grad_size)} it is ${brief(probe_outside / probe_inside)}.`;

export function mountEpsilon(element, state) {
  const lengthsPanel = makePanel("Step length against gradient magnitude, ε inside and outside");
  const ratioPanel = makePanel("Step with ε outside over step with ε inside");
  const draw = (settings) => {
    const seen = simulateEpsilon(settings);
    const ratio = seen.outside.map((length, i) => length / seen.inside[i]);
    const status = tellEpsilon(settings, seen);
    drawLengths(lengthsPanel, settings, seen);
    drawRatio(ratioPanel, settings, seen, ratio);
    lengthsPanel.svg.setAttribute("aria-label", `Step length against gradient magnitude. ${status}`);
    ratioPanel.svg.setAttribute("aria-label", tellRatio(settings, seen, ratio));
    const root = { value: Math.sqrt(settings.eps_inside), label: "√ε inside" };
    return { status, marks: { eps_outside: root } };
  };
  const powers = makeAxes(POWERS, POWERS);
  const choose = (power) => {
    const clamped = Math.min(Math.max(power, POWERS.low), POWERS.high);
    state.set({ grad_size: Number((10 ** clamped).toPrecision(2)) });
  };
  for (const panel of [lengthsPanel, ratioPanel]) chooseAlong(panel, powers, choose);
  const setOutside = (value) => () => state.set({ eps_outside: value(state.all().eps_inside) });
  return mountFigure(element, state, {
    label: "Step length of RMSProp and the place of ε",
    panels: [lengthsPanel, ratioPanel],
    controls: EPSILON_CONTROLS,
    actions: [
      makeButton("same ε outside", setOutside((eps) => eps)),
      makeButton("translate: ε outside = √(ε inside)", setOutside(Math.sqrt)),
    ],
    draw,
  });
}

function drawLengths(panel, settings, seen) {
  const axes = makeAxes(SIZES, LENGTHS);
  const half = fullSpeed(settings) / 2;
  const longer = Math.max(seen.probe_inside, seen.probe_outside);
  const title = settings.which_step === "settled" ? "Settled step" : "First step";
  const words = { title, xLabel: "gradient magnitude |g|", yLabel: "step length |Δ| / η" };
  const curves = PLACES.flatMap((place, i) => {
    const [style, border] = [curveStyle(i), seen[`half_speed_${place}`]];
    return [
      polyline(seen[place].map((length, k) => [seen.grad_sizes[k], length]), axes, style),
      uprightLine(border, [LENGTHS.low, half], axes, { color: style.color, linestyle: ":" }),
      dot([border, half], axes, style),
      dot([settings.grad_size, seen[`probe_${place}`]], axes, { color: "#000000", marker: "D" }),
    ];
  });
  const names = PLACES.map((place, i) =>
    [`ε ${place}: half speed at ${brief(seen[`half_speed_${place}`])}`, curveStyle(i)]);
  panel.below(title, () => frame(axes, words));
  panel.above(inside(
    levelLine(half, [SIZES.low, SIZES.high], axes),
    uprightLine(settings.grad_size, [LENGTHS.low, longer], axes),
    ...curves,
    cornerLegend(names, { atTop: true }),
  ));
}

function drawRatio(panel, settings, seen, ratio) {
  const low = 10 ** Math.min(-1, Math.floor(Math.log10(Math.min(...ratio))));
  const high = 10 ** Math.max(1, Math.ceil(Math.log10(Math.max(...ratio))));
  const axes = makeAxes(SIZES, { low, high, log: true });
  const ends = [SIZES.low, SIZES.high];
  const probe = seen.probe_outside / seen.probe_inside;
  const title = `Outside / inside: ${brief(probe)} at |g| = ${brief(settings.grad_size)}`;
  const bound = { color: "#000000", linestyle: "--" };
  const words = { title, xLabel: "gradient magnitude |g|", yLabel: "ratio of the lengths" };
  panel.below(`${title} ${low} ${high}`, () => frame(axes, words));
  panel.above(inside(
    levelLine(1, ends, axes),
    ...(isTranslated(settings)
      ? [levelLine(Math.SQRT1_2, ends, axes, bound), cornerLegend([["1/√2", bound]])] : []),
    uprightLine(settings.grad_size, [low, high], axes),
    polyline(ratio.map((value, i) => [seen.grad_sizes[i], value]), axes, { color: curveStyle(2).color }),
    dot([settings.grad_size, probe], axes, { color: "#000000", marker: "D" }),
  ));
}
