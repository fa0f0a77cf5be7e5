// The training dashboard in a notebook. Python trains, draws and judges settings; this carries
// commands there, and shows what comes back.

const NO_ANSWER =
  "The kernel does not answer yet. If another cell runs, training goes on after it; " +
  "if the kernel was restarted, run this cell again.";
const PATIENCE = 4000; // milliseconds
const POSSIBLE = {
  idle: ["start", "clear"],
  running: ["pause", "stop"],
  paused: ["resume", "stop"],
};

let numberOfViews = 0;

/** Keeps arrows and letters from JupyterLab, which would move from cell to cell. */
function keepKey(event) {
  if (!event.ctrlKey && !event.metaKey && !["Escape", "Tab"].includes(event.key))
    event.stopPropagation();
}

const write = (element, text) => {
  if (element.textContent !== text) element.textContent = text; // a screen reader would repeat it
};

/** Ties each control to the place of its problem, which needs an id of its own on the page. */
function tieProblems(el) {
  const view = numberOfViews++;
  for (const field of el.querySelectorAll(".control")) {
    const problem = field.querySelector(".problem");
    problem.id = `rmsprop-problem-${view}-${field.dataset.field}`;
    field.querySelector("input, select").setAttribute("aria-describedby", problem.id);
  }
}

/** Shows the settings that an optimizer has, with what was last written for it. */
function makeSwitch(el, form, fields) {
  const written = structuredClone(fields);
  const own = [...new Set(Object.values(fields).flatMap(Object.keys))];
  let current = null;
  return () => {
    if (current)
      for (const name of Object.keys(written[current]))
        written[current][name].text = form.elements[name].value;
    current = form.elements.optimizer.value;
    for (const name of own) {
      const field = el.querySelector(`[data-field="${name}"]`);
      const setting = written[current][name];
      field.hidden = !setting;
      if (!setting) continue;
      form.elements[name].value = setting.text;
      if (setting.label) field.querySelector("label > span").textContent = setting.label;
    }
  };
}

/** The settings that can be seen, as they are written. */
const settingsOf = (el) =>
  Object.fromEntries(
    [...el.querySelectorAll(".control:not([hidden])")].map((field) => [
      field.dataset.field,
      field.querySelector("input, select").value,
    ]),
  );

function showProblems(el, problems) {
  for (const field of el.querySelectorAll(".control")) {
    const text = problems[field.dataset.field] ?? "";
    write(field.querySelector(".problem"), text);
    field.querySelector("input, select").setAttribute("aria-invalid", String(text !== ""));
  }
  el.querySelector('[aria-invalid="true"]')?.focus();
}

/** A button that cannot be pressed keeps the focus: it would be lost otherwise. */
function showButtons(el, phase, hasRuns) {
  const toggle = el.querySelector('[data-command="pause"], [data-command="resume"]');
  toggle.dataset.command = phase === "paused" ? "resume" : "pause";
  write(toggle, phase === "paused" ? "Continue" : "Pause");
  for (const button of el.querySelectorAll("[data-command]")) {
    const { command } = button.dataset;
    const possible = POSSIBLE[phase].includes(command) && (command !== "clear" || hasRuns);
    button.setAttribute("aria-disabled", String(!possible));
  }
}

function showPanels(el, panels) {
  el.querySelectorAll(".panels > svg").forEach((svg, index) => {
    svg.innerHTML = panels[index].markup;
    svg.setAttribute("aria-label", panels[index].alt);
  });
}

function showProgress(el, { share, text }) {
  const bar = el.querySelector("progress");
  bar.value = share;
  bar.setAttribute("aria-valuetext", text);
  write(el.querySelector(".left"), text);
}

function makeSender(model, el) {
  return (command) => {
    const button = el.querySelector(`[data-command="${command}"]`);
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    const before = model.get("n_obeyed");
    model.send({ command, settings: settingsOf(el) });
    setTimeout(() => {
      if (model.get("n_obeyed") === before) write(el.querySelector("[role=status]"), NO_ANSWER);
    }, PATIENCE);
  };
}

function mount(model, el) {
  el.classList.add("rmsprop-trainer");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", "Training dashboard");
  el.innerHTML = model.get("_form");
  el.addEventListener("keydown", keepKey);
  tieProblems(el);
  const form = el.querySelector("form");
  const switchFields = makeSwitch(el, form, model.get("_fields"));
  const send = makeSender(model, el);
  form.elements.optimizer.addEventListener("change", switchFields);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send("start");
  });
  for (const button of el.querySelectorAll("button[type=button]"))
    button.addEventListener("click", () => send(button.dataset.command));
  switchFields();
}

function render({ model, el }) {
  mount(model, el);
  const shown = {
    phase: () => showButtons(el, model.get("phase"), model.get("runs") !== ""),
    runs: () => {
      el.querySelector(".runs").innerHTML = model.get("runs");
      shown.phase();
    },
    said: () => write(el.querySelector("[role=status]"), model.get("said")),
    n_obeyed: () => shown.said(),
    panels: () => showPanels(el, model.get("panels")),
    progress: () => showProgress(el, model.get("progress")),
    problems: () => showProblems(el, model.get("problems")),
  };
  for (const [name, show] of Object.entries(shown)) {
    model.on(`change:${name}`, show);
    show();
  }
  return () => {
    for (const [name, show] of Object.entries(shown)) model.off(`change:${name}`, show);
  };
}

/** Ends training when the last view of the dashboard is gone, such as a cleared output. */
export default () => {
  let numberOfOpenViews = 0;
  return {
    render(context) {
      const unmount = render(context);
      numberOfOpenViews += 1;
      return () => {
        unmount();
        numberOfOpenViews -= 1;
        if (numberOfOpenViews === 0) context.model.send({ command: "stop" });
      };
    },
  };
};
