// What several figures have beside curves: specks, stems, lines, texts, a legend, and a pointer
// that chooses a place along a panel. rmsprop_course/live/_marks.py draws the stills.
import CURVES from "./curves.json" with { type: "json" };
import LOOK from "./look.json" with { type: "json" };
import { ink, polyline, shown } from "./plot.mjs";

const BLACK_INK = "#000000";
const LEAST_SEEN = 0.05; // pixels
const TEXT_ROW = 15; // pixels between lines of text
const tenth = (value) => Math.round(Math.min(Math.max(value, -5000), 5000) * 10) / 10;

/** The color and dashes of the first, second, … curve of a panel. */
export const curveStyle = (index) => CURVES[index];

/** A number to three digits. */
export const brief = (value) => shown(value, 3);

/** [x, y] points as small round dots in the color of the text. */
export function specks(points, axes) {
  const path = points.map(([x, y]) => `M${tenth(axes.x.at(x))} ${tenth(axes.y.at(y))}h0`);
  return `<path d="${path.join("")}" fill="none" stroke="currentColor" stroke-opacity="0.5"
    stroke-width="3" stroke-linecap="round"/>`;
}

/** Lines from height 0 up to [x, y] points, as far as they can be seen. */
export function stems(points, axes, { color }) {
  const ground = axes.y.at(0);
  const path = points
    .map(([x, y]) => [axes.x.at(x), axes.y.at(y)])
    .filter(([, y]) => ground - y >= LEAST_SEEN)
    .map(([x, y]) => `M${tenth(x)} ${tenth(ground)}V${tenth(y)}`);
  return `<path d="${path.join("")}" fill="none" stroke="${color}" stroke-width="1.8"/>`;
}

/** A line at x that runs over `range`, [from, to] on the y axis. */
export const uprightLine = (x, range, axes, { color = BLACK_INK, linestyle = "-" } = {}) =>
  polyline(range.map((y) => [x, y]), axes, { color, linestyle });

/** A line at height y that runs over `range`, [from, to] on the x axis. */
export const levelLine = (y, range, axes, { linestyle = ":" } = {}) =>
  polyline(range.map((x) => [x, y]), axes, { color: BLACK_INK, linestyle });

/** A text in a row from the top: right of x, left of it, or at the edge if x is out of the panel. */
export function beside(x, row, text, axes) {
  const [place, y] = [axes.x.at(x), LOOK.panel.top + TEXT_ROW * (row + 1)];
  const edge = LOOK.panel.width - LOOK.panel.right;
  if (place > edge + 0.5) return lineOfText(edge - 6, y, `${text} →`, "end");
  const roomy = place + 8 * text.length < edge;
  return lineOfText(place + (roomy ? 6 : -6), y, text, roomy ? "start" : "end");
}

/** A text at the right edge of the panel, just above a height. */
export const edgeNote = (y, text, axes) =>
  lineOfText(LOOK.panel.width - LOOK.panel.right - 6, tenth(axes.y.at(y) - 6), text, "end");

/** The names of curves in a right corner of the panel; an entry is [label, {color, linestyle}]. */
export function cornerLegend(entries, { atTop = false } = {}) {
  const { width, height, right, top, bottom } = LOOK.panel;
  const first = atTop ? top + 18 : height - bottom - 8 - TEXT_ROW * (entries.length - 1);
  const edge = width - right;
  return entries
    .map(([label, { color, linestyle = "-" }], row) => {
      const y = first + TEXT_ROW * row;
      return `<path d="M${edge - 30} ${y - 4}h24" fill="none" stroke="${ink(color)}"
        stroke-width="1.8" stroke-dasharray="${LOOK.dashes[linestyle]}"/>
        ${lineOfText(edge - 36, y, label, "end")}`;
    })
    .join("");
}

const lineOfText = (x, y, text, anchor) =>
  `<text x="${tenth(x)}" y="${y}" text-anchor="${anchor}">${text}</text>`;

/** Calls choose(value) with the place along the x axis where a pointer presses and moves. */
export function chooseAlong({ svg }, axes, choose) {
  svg.style.touchAction = "pan-y"; // a finger that moves up or down scrolls the page
  svg.style.cursor = "ew-resize";
  const take = (event) => {
    const { left, width } = svg.getBoundingClientRect();
    choose(axes.x.value(((event.clientX - left) / width) * LOOK.panel.width));
  };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    svg.setPointerCapture(event.pointerId);
    take(event);
  });
  svg.addEventListener("pointermove", (event) => {
    if (svg.hasPointerCapture(event.pointerId)) take(event);
  });
}
