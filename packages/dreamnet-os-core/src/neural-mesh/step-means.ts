import { weightedMean } from '@dreamnet/kit';
import type { Point } from './theil-sen.js';

/** A value, or the mean of several at the mean of their times; `at` in epoch ms. */
export interface CountedPoint extends Point {
  count: number;
}

/**
 * One point for each step in which there are any, at the mean of the times as it is of the values: points of a line stay on
 * it, however the steps lie to them. Pure.
 *
 * @param points Oldest first.
 * @param stepMs Steps begin at multiples of their length.
 */
export function stepMeans(points: readonly CountedPoint[], stepMs: number): CountedPoint[] {
  const means: CountedPoint[] = [];
  let step = Number.NaN;
  for (const point of points) {
    const mine = Math.floor(point.at / stepMs);
    const last = means.at(-1);
    if (last === undefined || mine !== step) means.push({ ...point });
    else means[means.length - 1] = together(last, point);
    step = mine;
  }
  return means;
}

function together(one: CountedPoint, other: CountedPoint): CountedPoint {
  const count = one.count + other.count;
  return {
    // From the first on: epoch ms would cost the mean its digits.
    at: one.at + ((other.at - one.at) * other.count) / count,
    value: weightedMean({ mean: one.value, count: one.count }, { mean: other.value, count: other.count }),
    count,
  };
}
