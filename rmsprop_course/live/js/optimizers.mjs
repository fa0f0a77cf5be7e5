// The optimizers of rmsprop_course.numpy_optimizers, operation by operation in the same order.
// Settings and states have the names that they have in Python, so that either side can go on from
// the other's state. A state holds arrays of the length of the parameters.

const zeros = (params) => params.map(() => 0);

/** grad / denominator, and 0 where the gradient is 0, whatever the denominator. */
const ratio = (grad, denominator) => (grad !== 0 ? grad / denominator : 0);

const gradientDescent = {
  init: () => ({}),
  step: (params, grad, state, { learning_rate = 1e-2 }) => ({
    params: params.map((param, i) => param - learning_rate * grad[i]),
    state,
  }),
};

const momentumMethod = {
  init: (params) => ({ momentum_buffer: zeros(params) }),
  step(params, grad, state, { learning_rate = 1e-2, momentum = 0.9 }) {
    const buffer = grad.map((g, i) => momentum * state.momentum_buffer[i] + g);
    return {
      params: params.map((param, i) => param - learning_rate * buffer[i]),
      state: { momentum_buffer: buffer },
    };
  },
};

const rprop = {
  init: (params, { initial_step = 0.01 }) => ({
    step_size: params.map(() => initial_step),
    previous_grad: zeros(params),
  }),
  step(params, grad, state, { increase = 1.2, decrease = 0.5, min_step = 1e-6, max_step = 50 }) {
    const agreement = grad.map((g, i) => Math.sign(g) * Math.sign(state.previous_grad[i]));
    const factor = agreement.map((sign) => (sign > 0 ? increase : sign < 0 ? decrease : 1));
    const size = state.step_size.map((s, i) =>
      Math.min(Math.max(s * factor[i], min_step), max_step),
    );
    const used = grad.map((g, i) => (agreement[i] < 0 ? 0 : g));
    return {
      params: params.map((param, i) => param - size[i] * Math.sign(used[i])),
      state: { step_size: size, previous_grad: used },
    };
  },
};

const adagrad = {
  init: (params) => ({ square_sum: zeros(params) }),
  step(params, grad, state, { learning_rate = 1e-2, eps = 1e-10 }) {
    const sum = grad.map((g, i) => state.square_sum[i] + g * g);
    return {
      params: params.map(
        (param, i) => param - learning_rate * ratio(grad[i], Math.sqrt(sum[i]) + eps),
      ),
      state: { square_sum: sum },
    };
  },
};

const RMSPROP_DEFAULTS = {
  learning_rate: 1e-3,
  decay: 0.9,
  eps: 1e-8,
  eps_inside_sqrt: true,
  momentum: 0,
  centered: false,
  lr_in_momentum: false,
  weight_decay: 0,
};

const rmsprop = {
  init: (params, { initial_square_avg = 0 }) => ({
    square_avg: params.map(() => initial_square_avg),
    grad_avg: zeros(params),
    momentum_buffer: zeros(params),
  }),
  step(params, grad, state, settings) {
    const chosen = { ...RMSPROP_DEFAULTS, ...settings };
    const moved = params.map((param, i) => rmspropStep(param, grad[i], i, state, chosen));
    const gather = (key) => moved.map((entry) => entry[key]);
    return {
      params: gather("param"),
      state: {
        square_avg: gather("squareAvg"),
        grad_avg: gather("gradAvg"),
        momentum_buffer: gather("buffer"),
      },
    };
  },
};

/** One parameter's step of RMSProp. */
function rmspropStep(param, grad, i, state, settings) {
  const { learning_rate, decay, eps, momentum, weight_decay } = settings;
  if (weight_decay !== 0) grad = grad + weight_decay * param;
  const squareAvg = decay * state.square_avg[i] + (1 - decay) * (grad * grad);
  let [variance, gradAvg, buffer] = [squareAvg, state.grad_avg[i], state.momentum_buffer[i]];
  if (settings.centered) {
    gradAvg = decay * gradAvg + (1 - decay) * grad;
    variance = Math.max(squareAvg - gradAvg * gradAvg, 0);
  }
  const root = settings.eps_inside_sqrt ? Math.sqrt(variance + eps) : Math.sqrt(variance) + eps;
  const update = ratio(grad, root);
  if (momentum === 0) {
    param = param - learning_rate * update;
  } else if (settings.lr_in_momentum) {
    buffer = momentum * buffer + learning_rate * update;
    param = param - buffer;
  } else {
    buffer = momentum * buffer + update;
    param = param - learning_rate * buffer;
  }
  return { param, squareAvg, gradAvg, buffer };
}

const adam = {
  init: (params) => ({ n_steps: 0, grad_avg: zeros(params), square_avg: zeros(params) }),
  step(params, grad, state, { learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, eps = 1e-8 }) {
    const steps = state.n_steps + 1;
    const [total1, total2] = [1 - beta1 ** steps, 1 - beta2 ** steps];
    const m = grad.map((g, i) => beta1 * state.grad_avg[i] + (1 - beta1) * g);
    const v = grad.map((g, i) => beta2 * state.square_avg[i] + (1 - beta2) * (g * g));
    const update = m.map((mean, i) => ratio(mean / total1, Math.sqrt(v[i] / total2) + eps));
    return {
      params: params.map((param, i) => param - learning_rate * update[i]),
      state: { n_steps: steps, grad_avg: m, square_avg: v },
    };
  },
};

export const OPTIMIZERS = {
  "gradient descent": gradientDescent,
  momentum: momentumMethod,
  rprop,
  adagrad,
  rmsprop,
  adam,
};
