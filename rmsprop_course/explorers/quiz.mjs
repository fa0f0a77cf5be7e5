// A quiz in a notebook. Python writes the form and judges; this carries choices there and what is
// said about them back.

const WAITING = "Waiting for the kernel …";
const NO_KERNEL = "The kernel does not answer yet. If it was restarted, run this cell again.";
const PATIENCE = 4000; // milliseconds

/** Keeps arrows and letters from JupyterLab, which would move from cell to cell. */
function keepKey(event) {
  if (!event.ctrlKey && !event.metaKey && !["Escape", "Tab"].includes(event.key))
    event.stopPropagation();
}

const placeOf = (form) => form.querySelector(".feedback");

function say(form, html, kind, choice = "") {
  const place = placeOf(form);
  place.className = `feedback ${kind}`;
  place.dataset.choice = choice;
  place.innerHTML = html;
}

/** Shows what Python said about the last choice, once: a screen reader would repeat it. */
function showFeedback(form, { choice, right, html }) {
  if (placeOf(form).dataset.choice === choice) return;
  form.elements.choice.value ||= choice; // a second view of the quiz begins with none
  say(form, html, right ? "right" : "wrong", choice);
}

function check(model, form, number) {
  const choice = new FormData(form).get("choice");
  const given = model.get("feedback")[number];
  if (!choice) return say(form, "Choose an answer first.", "open");
  if (given?.choice === choice) return showFeedback(form, given);
  say(form, WAITING, "open");
  setTimeout(() => {
    if (placeOf(form).textContent === WAITING) say(form, NO_KERNEL, "open");
  }, PATIENCE);
  model.set("choice", [number, choice]);
  model.save_changes();
}

function render({ model, el }) {
  el.classList.add("rmsprop-quiz-form");
  el.innerHTML = model.get("_form");
  el.addEventListener("keydown", keepKey);
  const forms = [...el.querySelectorAll("form")];
  forms.forEach((form, index) =>
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      check(model, form, index + 1);
    }),
  );
  const update = () => {
    for (const [number, said] of Object.entries(model.get("feedback")))
      showFeedback(forms[number - 1], said);
    const note = el.querySelector(".note");
    if (note.textContent !== model.get("note")) note.textContent = model.get("note");
  };
  model.on("change:feedback change:note", update);
  update();
  return () => model.off("change:feedback change:note", update);
}

export default { render };
