// All live figures, for a notebook (anywidget calls `render`) and for a page (`mountAll`).
import { mountStills, renderWidget } from "./hosts.mjs";
import { VALLEY_CONTROLS, mountValley, simulateValley } from "./valley.mjs";

export const FIGURES = {
  valley: { mount: mountValley, simulate: simulateValley, controls: VALLEY_CONTROLS },
};

const render = ({ model, el }) => renderWidget(FIGURES, model, el);

export default { render };

/** Put a live figure in place of every still of the page. */
export const mountAll = (page = document) => mountStills(FIGURES, page);
