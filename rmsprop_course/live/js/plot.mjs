// Draws as text: every function here returns SVG markup, in pixels of a panel's view box.
// rmsprop_course/live/_svg.py draws the stills in the same way.
import LOOK from "./look.json" with { type: "json" };

const HALF_DIGIT = 3.9; // pixels, of a wide font: the last label is not cut off
const FAR = 5000; // pixels; what lies farther out is drawn there

/** A coordinate, clamped and rounded to a tenth of a pixel. */
const px = (value) => Math.round(Math.min(Math.max(value, -FAR), FAR) * 10) / 10;

/** Black stands out on white only: it is drawn in the color of the text around the figure. */
export const ink = (color) => (color === "#000000" ? "currentColor" : color);

export const styleOf = (optimizer) => LOOK.optimizers[optimizer];

/** A number as a reader wants it, rounded to some digits: 0.1, −2, 5770, 1e-8, 2e+7. */
export function shown(value, digits = 6) {
  const rounded = Number(value.toPrecision(digits));
  const size = Math.abs(rounded);
  const isPlain = rounded === 0 || (size >= 1e-4 && size < 1e6);
  return (isPlain ? String(rounded) : rounded.toExponential()).replace(/^-/, "−");
}

/** Maps values from [low, high] to pixels, evenly or by the logarithm of them or of 1 - them. */
export function makeAxis({ low, high, log = false, complement = false }, [from, to]) {
  const scale =
    log ? (value) => Math.log10(Math.max(value, 1e-300))
    : complement ? (value) => -Math.log10(1 - value)
    : (value) => value;
  const [first, span] = [scale(low), scale(high) - scale(low)];
  return {
    at: (value) => from + ((scale(value) - first) / span) * (to - from),
    value: (pixel) => low + ((pixel - from) / (to - from)) * (high - low),
    ticks:
      log ? decades(first, first + span)
      : complement ? nines(first, first + span)
      : roundNumbers(low, high),
  };
}

function roundNumbers(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((factor) => factor * power >= rough) * power;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: count }, (_, i) => {
    const value = Number(((first + i) * step).toPrecision(12));
    return { value, label: shown(value) };
  });
}

function decades(low, high) {
  const stride = Math.ceil((high - low) / 5);
  const ticks = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power++)
    if (power % stride === 0) ticks.push({ value: 10 ** power, label: powerOfTen(power) });
  return ticks;
}

/** 0, 0.9, 0.99, …: decays that leave a power of a tenth to 1. */
function nines(low, high) {
  const ticks = [];
  for (let power = Math.ceil(low - 1e-9); power <= high + 1e-9; power++)
    ticks.push({ value: 1 - 0.1 ** power, label: shown(1 - 0.1 ** power) });
  return ticks;
}

function powerOfTen(power) {
  if (power >= -1 && power <= 2) return String(Number(`1e${power}`));
  const digits = "⁰¹²³⁴⁵⁶⁷⁸⁹";
  return `10${power < 0 ? "⁻" : ""}${[...String(Math.abs(power))].map((d) => digits[d]).join("")}`;
}

/** Both axes of a panel; `x` and `y` are {low, high, log, complement}. */
export function makeAxes(x, y) {
  const { width, height, left, right, top, bottom } = LOOK.panel;
  return { x: makeAxis(x, [left, width - right]), y: makeAxis(y, [height - bottom, top]) };
}

/** Title, border, ticks and labels of a panel. */
export function frame(axes, { title, xLabel, yLabel }) {
  const { width, height, left, right, top, bottom } = LOOK.panel;
  const [innerWidth, innerHeight] = [width - left - right, height - top - bottom];
  const ticks = [
    ...axes.x.ticks.map(({ value, label }) => {
      const x = px(axes.x.at(value));
      const middle = px(Math.min(axes.x.at(value), width - HALF_DIGIT * label.length));
      return `<path d="M${x} ${height - bottom}v4"/><text x="${middle}" y="${height - bottom + 16}"
        text-anchor="middle">${label}</text>`;
    }),
    ...axes.y.ticks.map(({ value, label }) => {
      const y = px(axes.y.at(value));
      return `<path d="M${left} ${y}h-4"/><text x="${left - 7}" y="${y + 4}"
        text-anchor="end">${label}</text>`;
    }),
  ];
  return `<g class="frame"><text class="title" x="${left}" y="18">${title}</text>
    <rect x="${left}" y="${top}" width="${innerWidth}" height="${innerHeight}"/>${ticks.join("")}
    <text x="${left + innerWidth / 2}" y="${height - 8}" text-anchor="middle">${xLabel}</text>
    <text x="${-top - innerHeight / 2}" y="12" transform="rotate(-90)"
      text-anchor="middle">${yLabel}</text></g>`;
}

/** Markup that is cut off at the border of the panel. */
export function inside(...parts) {
  const { width, height, left, right, top, bottom } = LOOK.panel;
  const [innerWidth, innerHeight] = [width - left - right, height - top - bottom];
  const box = `${left} ${top} ${innerWidth} ${innerHeight}`;
  return `<svg x="${left}" y="${top}" width="${innerWidth}" height="${innerHeight}"
    viewBox="${box}">${parts.join("")}</svg>`;
}

/** The points before the first that is not finite. */
export function finitePart(points) {
  const end = points.findIndex((point) => !point.every(Number.isFinite));
  return end < 0 ? points : points.slice(0, end);
}

const placeOf = ([x, y], axes) => `${px(axes.x.at(x))} ${px(axes.y.at(y))}`;

/** A line through [x, y] points in the style {color, linestyle}, up to where it overflows. */
export function polyline(points, axes, { color, linestyle = "-", width = 1.8 }) {
  const corners = finitePart(points).map((point) => placeOf(point, axes));
  const moved = corners.filter((corner, i) => i < 2 || corner !== corners[i - 1]);
  return `<polyline points="${moved.join(",")}" fill="none" stroke="${ink(color)}"
    stroke-width="${width}" stroke-linejoin="round" stroke-dasharray="${LOOK.dashes[linestyle]}"/>`;
}

/** One marker of the style {color, marker} at each [x, y]. */
export function markers(points, axes, { color, marker = "o" }) {
  const shapes = points.map((point) => `M${placeOf(point, axes)}${LOOK.markers[marker]}`);
  return `<path d="${shapes.join("")}" fill="${ink(color)}"/>`;
}

/** One marker at [x, y]. */
export const dot = (point, axes, style) => markers([point], axes, style);

/** Markers on every nth point, about `count` of them, and none within `gap` pixels of the last. */
export function dots(points, axes, style, { count = 25, gap = 0 } = {}) {
  const every = Math.max(1, Math.ceil((points.length - 1) / count));
  const chosen = [];
  let last = null;
  for (const point of finitePart(points).filter((_, i) => i % every === 0)) {
    const place = [axes.x.at(point[0]), axes.y.at(point[1])];
    if (last && Math.hypot(place[0] - last[0], place[1] - last[1]) < gap) continue;
    chosen.push(point);
    last = place;
  }
  return markers(chosen, axes, style);
}

/** A cross at [x, y], such as the start of a path. */
export const cross = (point, axes) =>
  `<path d="M${placeOf(point, axes)}${LOOK.markers["+"]}" fill="none" stroke="currentColor"
    stroke-width="2"/>`;

/** A star at [x, y], such as a minimum. */
export const star = (point, axes) => dot(point, axes, { color: "#000000", marker: "*" });

const CONTOURS = { cells: 60, levels: 14, lowest: 0.005 };

const gridLine = (low, high) => {
  const step = (high - low) / CONTOURS.cells; // as np.linspace does, to the last bit
  return Array.from({ length: CONTOURS.cells + 1 }, (_, i) => i * step + low);
};

const heightsOver = (value, [[x0, x1], [y0, y1]]) => {
  const xs = gridLine(x0, x1);
  return gridLine(y0, y1).map((y) => xs.map((x) => value([x, y])));
};

/** Lowest and highest value([x, y]) on the grid of the contours. */
export function rangeOf(value, domain) {
  const heights = heightsOver(value, domain).flat();
  return [Math.min(...heights), Math.max(...heights)];
}

/** Contours of value([x, y]) over a domain, their heights a geometric series. */
export function contours(value, domain, axes) {
  const heights = heightsOver(value, domain);
  const [columns, rows] = domain.map(([first, last], i) =>
    gridLine(first, last).map(i === 0 ? axes.x.at : axes.y.at));
  const lines = contourLevels(heights.flat()).map((level) => contour(heights, columns, rows, level));
  return `<path class="contours" d="${lines.join("")}"/>`;
}

/** The contour of one level: one or two short lines in every cell that it crosses. */
function contour(heights, columns, rows, level) {
  const below = heights.map((row) => row.map((height) => height < level));
  const path = [];
  for (let j = 0; j < CONTOURS.cells; j++)
    for (let i = 0; i < CONTOURS.cells; i++) {
      const first = below[j][i];
      if (first === below[j][i + 1] && first === below[j + 1][i] && first === below[j + 1][i + 1])
        continue;
      const corners = [heights[j][i], heights[j][i + 1], heights[j + 1][i + 1], heights[j + 1][i]];
      path.push(crossCell(corners, level, [columns[i], columns[i + 1]], [rows[j], rows[j + 1]]));
    }
  return path.join("");
}

/** Heights of the contours: a geometric series above the lowest point, from one that 0.5 % are below. */
function contourLevels(heights) {
  const sorted = Float64Array.from(heights).sort();
  const low = sorted[0];
  const first = sorted[Math.floor(CONTOURS.lowest * sorted.length)] - low;
  const factor = ((sorted.at(-1) - low) / first) ** (1 / CONTOURS.levels);
  return Array.from({ length: CONTOURS.levels }, (_, k) => low + first * factor ** k);
}

/** The contour of one level through one cell, whose corners are given counterclockwise. */
function crossCell(corners, level, [left, right], [bottom, top]) {
  const places = [[left, bottom], [right, bottom], [right, top], [left, top]];
  const points = [];
  for (let k = 0; k < 4; k++) {
    const [here, next] = [corners[k], corners[(k + 1) % 4]];
    if (here < level === next < level) continue;
    const share = (level - here) / (next - here);
    const [from, to] = [places[k], places[(k + 1) % 4]];
    points.push(`${px(from[0] + share * (to[0] - from[0]))} ${px(from[1] + share * (to[1] - from[1]))}`);
  }
  if (points.length === 4 && corners[0] < level !== corners.reduce((a, b) => a + b) / 4 < level)
    points.push(points.shift()); // the first corner stands alone: join the edges around it
  return points.map((point, k) => `${k % 2 ? "L" : "M"}${point}`).join("");
}
