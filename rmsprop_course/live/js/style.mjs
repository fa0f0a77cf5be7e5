// The look of the figures outside their panels. Colors come from the page around: text, lines and
// borders in its text color, so that a dark page gets a light drawing. A slider has a row of its
// own: on a phone, too, it is long enough for a finger to find the values.

export const STYLE = `
.rmsprop-figure { max-width: 900px; font: 14px/1.4 system-ui, sans-serif; }
.rmsprop-figure * { box-sizing: border-box; }
[data-jp-theme-light="false"] .rmsprop-figure, [data-theme="dark"] .rmsprop-figure { color-scheme: dark; }
.rmsprop-figure .panels { display: flex; flex-wrap: wrap; gap: 4px 16px; }
.rmsprop-figure .panels > svg { flex: 1 1 290px; max-width: 440px; min-width: 0; height: auto; }
.rmsprop-figure svg text { font: 12px system-ui, sans-serif; fill: currentColor; }
.rmsprop-figure svg text.title { font-weight: 600; font-size: 13px; }
.rmsprop-figure .frame rect, .rmsprop-figure .frame path {
  fill: none; stroke: currentColor; stroke-opacity: 0.5; }
.rmsprop-figure .contours { fill: none; stroke: currentColor; stroke-opacity: 0.25; stroke-linecap: round; }
.rmsprop-figure .choosable { cursor: crosshair; touch-action: manipulation; }
.rmsprop-figure .legend { display: grid; gap: 2px 20px; margin-top: 6px;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 250px), 1fr)); }
.rmsprop-figure .legend label { display: flex; align-items: center; gap: 6px; min-height: 28px; }
.rmsprop-figure .legend .loss { min-width: 5em; font-variant-numeric: tabular-nums; opacity: 0.85; }
.rmsprop-figure .legend svg { display: block; }
.rmsprop-figure [role="status"] { margin: 6px 0; min-height: 2.8em; font-variant-numeric: tabular-nums; }
.rmsprop-figure .controls { display: grid; gap: 8px 24px; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 300px), 1fr)); }
.rmsprop-figure .control { display: grid; align-items: center; gap: 0 8px;
  grid-template-columns: minmax(0, 10em) minmax(0, 1fr); min-height: 32px; }
.rmsprop-figure .control.slider { grid-template-columns: minmax(0, 1fr) auto; }
.rmsprop-figure .control.slider .track { grid-area: 2 / 1 / auto / -1; }
.rmsprop-figure .control select { justify-self: start; max-width: 100%; }
.rmsprop-figure .control small { grid-column: 1 / -1; opacity: 0.85; }
.rmsprop-figure output { text-align: right; font-variant-numeric: tabular-nums; }
.rmsprop-figure .track { position: relative; display: block; }
.rmsprop-figure .track:has(.mark) { padding-top: 12px; }
.rmsprop-figure .track input { display: block; width: 100%; margin: 0; min-height: 24px; }
.rmsprop-figure .mark { position: absolute; top: 0; left: calc(8px + var(--share) * (100% - 16px));
  width: 0; height: 100%; border-left: 2px solid currentColor; padding: 0 0 0 3px; font-size: 11px;
  line-height: 12px; white-space: nowrap; pointer-events: none; color: inherit; background: none; }
.rmsprop-figure .mark[hidden] { display: none; }
.rmsprop-figure input[type="checkbox"] { width: 20px; height: 20px; margin: 0; }
.rmsprop-figure select, .rmsprop-figure button { font: inherit; min-height: 32px; padding: 2px 10px;
  color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 4px; }
.rmsprop-figure option { color: CanvasText; background: Canvas; }
.rmsprop-figure .actions { display: flex; flex-wrap: wrap; gap: 8px; margin-top: 6px; }
.rmsprop-figure textarea { flex: 1 1 100%; min-width: 0; font: 12px/1.4 ui-monospace, monospace;
  color: inherit; background: transparent; border: 1px solid currentColor; border-radius: 4px; }
.rmsprop-figure textarea[hidden] { display: none; }
.rmsprop-figure :focus-visible { outline: 2px solid currentColor; outline-offset: 2px; }
`;
