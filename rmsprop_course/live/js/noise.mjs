// Seeded noise that has the same bits here and in Python (rmsprop_course/live/_noise.py).

const PER_VALUE = 12; // uniform numbers in a sum: twelve have variance 1

/** Noise of mean 0 and variance 1, nearly normal: sums of twelve uniform numbers. */
export function seededNoise(seed, count) {
  let counter = scramble(seed);
  return Array.from({ length: count }, () => {
    let sum = 0;
    for (let k = 0; k < PER_VALUE; k++) sum += scramble(counter++);
    return (sum + PER_VALUE / 2) / 2 ** 32 - PER_VALUE / 2;
  });
}

/** The 32-bit hash of Jarzynski and Olano (2020); its arithmetic is modulo 2³². */
function scramble(number) {
  const state = Math.imul(number, 747796405) + 2891336453;
  const word = Math.imul((state >>> ((state >>> 28) + 4)) ^ state, 277803737);
  return ((word >>> 22) ^ word) >>> 0;
}
