// Plays a run step by step: a clock, and the buttons and the slider that move it.
import { make, makeButton } from "./controls.mjs";

const LONGEST_FRAME = 0.1; // seconds; what a hidden page slept through is not made up for
const CALM_INTERVAL = 0.5; // seconds between redraws for a reader who asked for reduced motion

/**
 * A clock that stands at the end of its run. It asks for frames only while it plays.
 *
 * length() → steps of the run, speed() → steps a second, isSeen() → whether it
 * is on the page and not hidden; if not, it pauses.
 * Returns { step(), isPlaying(), play(), pause(), goTo(step), onChange(listener) → stop }.
 */
export function makeClock({ length, speed, isSeen }) {
  const listeners = new Set();
  let position = Infinity; // in steps; the end of the run, also when that moves
  let request = null; // the next frame, while it plays
  let [drawn, drawnAt, before] = [0, 0, 0]; // the step seen last and when, the frame before
  const step = () => Math.min(Math.floor(position), length());
  const announce = () => {
    [drawn, drawnAt] = [step(), performance.now()];
    for (const listener of listeners) listener();
  };
  const pause = () => {
    cancelAnimationFrame(request);
    request = null;
    announce();
  };
  const tick = (now) => {
    position += Math.min(Math.max((now - before) / 1000, 0), LONGEST_FRAME) * speed();
    before = now;
    if (position >= length()) position = Infinity;
    if (position === Infinity || !isSeen()) return pause();
    request = requestAnimationFrame(tick);
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (step() !== drawn && !(isCalm && now - drawnAt < CALM_INTERVAL * 1000)) announce();
  };
  return {
    step,
    isPlaying: () => request !== null,
    play() {
      if (request !== null) return;
      if (step() === length()) position = 0;
      before = performance.now();
      request = requestAnimationFrame(tick);
      announce();
    },
    pause,
    goTo(target) {
      position = target >= length() ? Infinity : target;
      announce();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** Buttons and a slider for a clock: { element, follow(length) }. From the end they begin anew. */
export function makeTransport(clock) {
  const toggle = makeButton("Play", () => (clock.isPlaying() ? clock.pause() : clock.play()));
  const slider = make("input", { type: "range", min: 0, step: 1, "aria-label": "step" });
  const output = make("output", { role: "none" }); // not announced at every step
  const moveTo = (target) => {
    if (clock.isPlaying()) clock.pause();
    clock.goTo(target);
  };
  slider.addEventListener("input", () => moveTo(Number(slider.value)));
  const advance = makeButton("One step", () => {
    moveTo(clock.step() === Number(slider.max) ? 1 : clock.step() + 1);
  });
  const restart = makeButton("Restart", () => clock.goTo(0));
  const follow = (length) => {
    toggle.textContent = clock.isPlaying() ? "Pause" : "Play";
    slider.max = String(length);
    slider.value = String(clock.step());
    output.textContent = `${clock.step()} of ${length}`;
    slider.setAttribute("aria-valuetext", output.textContent);
  };
  const track = make("span", { class: "track" }, slider);
  const buttons = make("div", { class: "actions" }, toggle, advance, restart);
  const position = make("div", { class: "position" }, make("span", {}, "step"), track, output);
  return { element: make("div", { class: "transport" }, buttons, position), follow };
}
