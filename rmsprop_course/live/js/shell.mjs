// What every figure has: panels to draw in, controls, a line that says what is seen, and a redraw
// on each change of a setting.
import LOOK from "./look.json" with { type: "json" };
import { make, makeControl } from "./controls.mjs";
import { STYLE } from "./style.mjs";

const SVG = "http://www.w3.org/2000/svg";

/** A panel: `below(key, draw)` redraws only for a new key, `above(markup)` on each call. */
export function makePanel(label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${LOOK.panel.width} ${LOOK.panel.height}`);
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const layers = [0, 1].map(() => svg.appendChild(document.createElementNS(SVG, "g")));
  let drawn = null;
  return {
    svg,
    below(key, draw) {
      if (key !== drawn) layers[0].innerHTML = draw();
      drawn = key;
    },
    above(markup) {
      layers[1].innerHTML = markup;
    },
  };
}

/** Keeps arrows and letters from JupyterLab, which would move from cell to cell. */
function keepKey(event) {
  if (!event.ctrlKey && !event.metaKey && !["Escape", "Tab"].includes(event.key))
    event.stopPropagation();
}

/**
 * Builds a figure in `element` and keeps it up to date.
 *
 * state: { all() → settings, set(changes), onChange(listener) → stop }.
 * parts: { label, panels, below, controls, actions, draw }: elements below the panels and below the
 * controls. `draw(settings)` draws into the panels and returns { status, marks }, the sentence for
 * the status line and marks on sliders by setting.
 * Returns a function that removes the figure.
 */
export function mountFigure(element, state, parts) {
  const { label, panels, below = [], controls, actions = [], draw } = parts;
  const built = controls.map((control) => makeControl(control, state));
  const status = make("p", { role: "status", "aria-live": "polite" });
  const figure = make(
    "div",
    {
      class: "rmsprop-figure",
      role: "group",
      "aria-label": label,
    },
    make("style", {}, STYLE),
    make("div", { class: "panels" }, ...panels.map((panel) => panel.svg)),
    ...below,
    status,
    make("div", { class: "controls" }, ...built.map(({ row }) => row)),
    make("div", { class: "actions" }, ...actions),
  );
  figure.addEventListener("keydown", keepKey);
  const update = () => {
    const settings = state.all();
    const { status: sentence, marks = {} } = draw(settings);
    for (const { follow } of built) follow(settings, marks);
    if (status.textContent !== sentence) status.textContent = sentence;
  };
  element.append(figure);
  const stop = state.onChange(update);
  update();
  return () => {
    stop();
    figure.remove();
  };
}
