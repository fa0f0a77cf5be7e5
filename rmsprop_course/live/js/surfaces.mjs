// The loss surfaces of rmsprop_course.objectives, operation by operation in the same order.

const square = (x) => x * x;

/** ½ Σ λᵢ θᵢ², of any number of parameters. */
export function quadratic(curvatures) {
  return {
    name: "quadratic",
    value: (params) => params.reduce((sum, x, i) => sum + curvatures[i] * square(x), 0) / 2,
    gradient: (params) => params.map((x, i) => x * curvatures[i]),
    minimum: curvatures.map(() => 0),
    minimumValue: 0,
    domain: curvatures.map(() => [-2, 2]),
    start: curvatures.map(() => 1),
  };
}

/** A quadratic of two parameters, turned counterclockwise by an angle in radians. */
export function rotatedQuadratic([along, across], angle) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const turned = ([x, y]) => [cos * x + sin * y, cos * y - sin * x];
  const hasMinimum = along > 0 && across > 0;
  return {
    name: "rotated quadratic",
    value(params) {
      const [u, v] = turned(params);
      return (along * square(u) + across * square(v)) / 2;
    },
    gradient(params) {
      const [u, v] = turned(params);
      return [cos * along * u - sin * across * v, sin * along * u + cos * across * v];
    },
    minimum: hasMinimum ? [0, 0] : null,
    minimumValue: hasMinimum ? 0 : null,
    domain: [[-2, 2], [-2, 2]],
    start: [Number((cos - sin).toFixed(15)), Number((cos + sin).toFixed(15))],
  };
}

const longValley = {
  name: "long valley",
  value([x, y]) {
    const floor = square(x) / (Math.sqrt(1 + square(x)) + 1);
    return floor / 10 + 5 * square(y);
  },
  gradient: ([x, y]) => [x / (10 * Math.sqrt(1 + square(x))), 10 * y],
  minimum: [0, 0],
  minimumValue: 0,
  domain: [[-6, 2], [-2, 2]],
  start: [-5, 1],
};

function bealeResiduals(x, y) {
  const xy = x * y;
  return [1.5 - x + xy, 2.25 - x + xy * y, 2.625 - x + xy * y * y];
}

const beale = {
  name: "beale",
  value([x, y]) {
    const [first, second, third] = bealeResiduals(x, y);
    return square(first) + square(second) + square(third);
  },
  gradient([x, y]) {
    const [first, second, third] = bealeResiduals(x, y);
    const y2 = square(y);
    const byX = first * (y - 1) + second * (y2 - 1) + third * (y2 * y - 1);
    const byY = x * (first + 2 * y * second + 3 * y2 * third);
    return [2 * byX, 2 * byY];
  },
  minimum: [3, 0.5],
  minimumValue: 0,
  domain: [[-4.5, 4.5], [-4.5, 4.5]],
  start: [1, 1.5],
};

const rosenbrock = {
  name: "rosenbrock",
  value: ([x, y]) => square(1 - x) + 100 * square(y - square(x)),
  gradient([x, y]) {
    const height = y - square(x);
    return [2 * (x - 1) - 400 * x * height, 200 * height];
  },
  minimum: [1, 1],
  minimumValue: 0,
  domain: [[-2, 2], [-1, 3]],
  start: [-1.2, 1],
};

const saddle = {
  name: "saddle",
  value: ([x, y]) => square(x) - square(y),
  gradient: ([x, y]) => [2 * x, -2 * y],
  minimum: null,
  minimumValue: null,
  domain: [[-1.5, 1.5], [-1.5, 1.5]],
  start: [-1, 1e-2],
};

const STYBLINSKI_TANG_MINIMUM = -2.903534027771177;
const styblinskiTangValue = (params) =>
  params.reduce((sum, x) => sum + (square(x) * (square(x) - 16) + 5 * x), 0) / 2;

const styblinskiTang = {
  name: "styblinski-tang",
  value: styblinskiTangValue,
  gradient: (params) => params.map((x) => 2 * x * (square(x) - 8) + 2.5),
  minimum: [STYBLINSKI_TANG_MINIMUM, STYBLINSKI_TANG_MINIMUM],
  minimumValue: styblinskiTangValue([STYBLINSKI_TANG_MINIMUM, STYBLINSKI_TANG_MINIMUM]),
  domain: [[-5, 5], [-5, 5]],
  start: [-0.5, -4.5],
};

/** One surface of every kind, all of two parameters, by name, in Python's order. */
export const SURFACES = Object.fromEntries(
  [
    quadratic([1, 10]),
    rotatedQuadratic([1, 10], Math.PI / 4),
    longValley,
    beale,
    rosenbrock,
    saddle,
    styblinskiTang,
  ].map((surface) => [surface.name, surface]),
);
