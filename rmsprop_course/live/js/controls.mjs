// Sliders, choices, switches and buttons. A control is data:
//   { kind: "slider", name, label, low, high, scale, hint }   scale: linear, whole, log, count,
//                                                             complement
//   { kind: "choice", name, label, options: [[value, label], …], hint, also }
//   { kind: "switch", name, label, hint }
// `name` is the setting that it moves; `hint` says what or whom the setting concerns; `also(value)`
// gives settings that change with a choice.
import { shown } from "./plot.mjs";

const POSITIONS = 200; // of a slider that does not count whole numbers
const round = (value, digits) => Number(value.toPrecision(digits));

/** How far along its range a slider stands for a value, and back; both from 0 to 1. */
const SCALES = {
  linear: {
    value: (share, { low, high }) => round(low + share * (high - low), 12),
    share: (value, { low, high }) => (value - low) / (high - low),
  },
  whole: {
    value: (share, { low, high }) => Math.round(low + share * (high - low)),
    share: (value, { low, high }) => (value - low) / (high - low),
  },
  log: {
    value: (share, { low, high }) => round(low * (high / low) ** share, 3),
    share: (value, { low, high }) => Math.log(value / low) / Math.log(high / low),
  },
  count: { // whole numbers, even in their logarithm
    value: (share, { low, high }) => Math.round(round(low * (high / low) ** share, 3)),
    share: (value, { low, high }) => Math.log(value / low) / Math.log(high / low),
  },
  complement: { // of a decay: even in the logarithm of 1 - value
    value: (share, { low, high }) =>
      round(1 - round((1 - low) * ((1 - high) / (1 - low)) ** share, 3), 12),
    share: (value, { low, high }) => Math.log((1 - value) / (1 - low)) / Math.log((1 - high) / (1 - low)),
  },
};

/** The value of a slider that stands `share` (0 to 1) along its range. */
export const valueAt = (control, share) => SCALES[control.scale].value(share, control);

/** How far along its range (0 to 1) a slider stands for a value, also if the value is outside. */
export function shareOf(control, value) {
  const share = SCALES[control.scale].share(value, control);
  return Number.isNaN(share) ? 0 : Math.min(Math.max(share, 0), 1);
}

let numberOfHints = 0;

/** An element with attributes, text and children. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export function makeButton(label, onClick) {
  const button = make("button", { type: "button" }, label);
  button.addEventListener("click", onClick);
  return button;
}

/** A control's row and how it follows the settings: { row, follow(settings, marks) }. */
export function makeControl(control, state) {
  const { input, follow } = BUILDERS[control.kind](control, state);
  const row = make("div", { class: `control ${control.kind}` }, ...input);
  if (control.hint) {
    const hint = make("small", { id: `rmsprop-hint-${numberOfHints++}` }, control.hint);
    input[1].setAttribute("aria-describedby", hint.id);
    row.append(hint);
  }
  return { row, follow };
}

function buildSlider(control, state) {
  const last = control.scale === "whole" ? control.high - control.low : POSITIONS;
  const range = make("input", { type: "range", min: 0, max: last, step: 1 });
  range.setAttribute("aria-label", control.label);
  const output = make("output", { "aria-hidden": "true" }); // the slider itself says its value
  const track = make("span", { class: "track" }, range);
  range.addEventListener("input", () => {
    state.set({ [control.name]: valueAt(control, Number(range.value) / last) });
  });
  const follow = (settings, marks) => {
    const value = settings[control.name];
    range.value = String(Math.round(shareOf(control, value) * last));
    output.textContent = shown(value);
    range.setAttribute("aria-valuetext", shown(value));
    showMark(track, control, marks[control.name]);
  };
  return { input: [make("span", {}, control.label), track, output], follow };
}

/** A line across the slider's track at {value, label}, if there is one in its range. */
function showMark(track, control, place) {
  if (!place) return;
  const mark = track.querySelector(".mark") ?? track.appendChild(make("span", { class: "mark" }));
  const share = SCALES[control.scale].share(place.value, control);
  mark.hidden = !(share >= 0 && share <= 1);
  mark.style.setProperty("--share", String(share));
  mark.textContent = place.label;
}

function buildChoice(control, state) {
  const options = control.options.map(([value, label]) => make("option", { value }, label));
  const select = make("select", { "aria-label": control.label }, ...options);
  const { name, also = () => ({}) } = control;
  select.addEventListener("change", () => state.set({ [name]: select.value, ...also(select.value) }));
  const follow = (settings) => {
    select.value = settings[control.name];
  };
  return { input: [make("span", {}, control.label), select], follow };
}

function buildSwitch(control, state) {
  const box = make("input", { type: "checkbox", "aria-label": control.label });
  box.addEventListener("change", () => state.set({ [control.name]: box.checked }));
  const follow = (settings) => {
    box.checked = settings[control.name];
  };
  return { input: [make("span", {}, control.label), box], follow };
}

const BUILDERS = { slider: buildSlider, choice: buildChoice, switch: buildSwitch };
