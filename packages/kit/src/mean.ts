/** Small enough that the sum of as many values as there may be is a number again. A power of two: no digit is lost. */
const SMALLER = 2 ** -64;

/**
 * The arithmetic mean, also where the sum of the values is beyond what a number can hold. Pure.
 *
 * @param values Finite numbers, in one unit.
 * @returns NaN for none.
 */
export function meanOf(values: readonly number[]): number {
  let sum = 0;
  for (const value of values) sum += value;
  if (Number.isFinite(sum)) return sum / values.length;
  sum = 0;
  for (const value of values) sum += value * SMALLER;
  return within(sum / values.length / SMALLER, -Number.MAX_VALUE, Number.MAX_VALUE);
}

/** The mean of so many values. */
interface CountedMean {
  mean: number;
  count: number;
}

/**
 * The mean of two lots of values together, without adding them up: it lies between the two. At least one of the counts is
 * above 0. Pure.
 */
export function weightedMean(one: CountedMean, other: CountedMean): number {
  if (one.count === 0) return other.mean;
  const share = other.count / (one.count + other.count);
  const mean = one.mean * (1 - share) + other.mean * share;
  return within(mean, Math.min(one.mean, other.mean), Math.max(one.mean, other.mean));
}

function within(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value));
}
