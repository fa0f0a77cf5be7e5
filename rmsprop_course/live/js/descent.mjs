// Runs an optimizer on a surface, as rmsprop_course.descent does.

/** Points and values of a run, n_steps + 1 of each, also after it has overflowed. */
export function run(surface, optimizer, { start, n_steps, ...settings }) {
  let params = [...start];
  let state = optimizer.init(params, settings);
  const points = [params];
  for (let t = 0; t < n_steps; t++) {
    ({ params, state } = optimizer.step(params, surface.gradient(params), state, settings));
    points.push(params);
  }
  return { params: points, values: points.map(surface.value) };
}
