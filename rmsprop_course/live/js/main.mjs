// All live figures, for a notebook (anywidget calls `render`) and for a page (`mountAll`).
import { EPSILON_CONTROLS, mountEpsilon, simulateEpsilon } from "./epsilon.mjs";
import { mountStills, renderWidget } from "./hosts.mjs";
import { LIMIT_CYCLE_CONTROLS, mountLimitCycle, simulateLimitCycle } from "./limit_cycle.mjs";
import {
  MOVING_AVERAGE_CONTROLS, mountMovingAverage, simulateMovingAverage,
} from "./moving_average.mjs";
import {
  PLAYGROUND_CONTROLS, mountPlayground, playgroundAsPython, simulatePlayground,
} from "./playground.mjs";
import { RACE_CONTROLS, mountRace, simulateRace } from "./race.mjs";
import { REDDI_CONTROLS, mountReddi, simulateReddi } from "./reddi.mjs";
import { VALLEY_CONTROLS, mountValley, simulateValley } from "./valley.mjs";

export const FIGURES = {
  epsilon: { mount: mountEpsilon, simulate: simulateEpsilon, controls: EPSILON_CONTROLS },
  limit_cycle: {
    mount: mountLimitCycle,
    simulate: simulateLimitCycle,
    controls: LIMIT_CYCLE_CONTROLS,
  },
  moving_average: {
    mount: mountMovingAverage,
    simulate: simulateMovingAverage,
    controls: MOVING_AVERAGE_CONTROLS,
  },
  playground: {
    mount: mountPlayground,
    simulate: simulatePlayground,
    controls: PLAYGROUND_CONTROLS,
    asPython: playgroundAsPython,
  },
  race: { mount: mountRace, simulate: simulateRace, controls: RACE_CONTROLS },
  reddi: { mount: mountReddi, simulate: simulateReddi, controls: REDDI_CONTROLS },
  valley: { mount: mountValley, simulate: simulateValley, controls: VALLEY_CONTROLS },
};

const render = ({ model, el }) => renderWidget(FIGURES, model, el);

export default { render };

/** Put a live figure in place of every still of the page. */
export const mountAll = (page = document) => mountStills(FIGURES, page);
