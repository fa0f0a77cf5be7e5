// The two places where a figure lives. `figures` maps a name to { mount(element, state), … }.

/** In a notebook: anywidget's model holds the settings, and Python reads and sets them. */
export function renderWidget(figures, model, element) {
  const { name, settings } = model.get("_figure");
  const state = {
    all: () => Object.fromEntries(settings.map((key) => [key, model.get(key)])),
    set(changes) {
      for (const [key, value] of Object.entries(changes)) model.set(key, value);
      model.save_changes();
    },
    onChange(listener) {
      model.on("change", listener);
      return () => model.off("change", listener);
    },
  };
  return figures[name].mount(element, state);
}

/** Settings kept in the page itself. */
export function makeState(settings) {
  let current = { ...settings };
  const listeners = new Set();
  return {
    all: () => current,
    set(changes) {
      current = { ...current, ...changes };
      for (const listener of listeners) listener();
    },
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** On a page without a kernel: put a live figure in place of each still. */
export function mountStills(figures, page) {
  for (const element of page.querySelectorAll("div.rmsprop-live[data-figure]:not([data-live])")) {
    element.dataset.live = "";
    const state = makeState(JSON.parse(element.dataset.config));
    element.replaceChildren();
    figures[element.dataset.figure].mount(element, state);
  }
}
