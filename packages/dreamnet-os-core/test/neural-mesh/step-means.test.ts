import { expect, test } from 'vitest';
import { stepMeans } from '../../src/neural-mesh/step-means.js';

const START = 1_700_000_000_000;
const one = (at: number, value: number, count = 1) => ({ at, value, count });

test('step means: points of a line stay on it, however the steps lie to them', () => {
  const points = Array.from({ length: 500 }, (_none, index) => one(START + index * 7000, index * 7));
  for (const stepMs of [7001, 10_000, 29_999, 61_000])
    for (const { at, value } of stepMeans(points, stepMs)) expect(value).toBeCloseTo((at - START) / 1000, 6);
});

test('step means: each counts by its values, in time and in value, and an empty step has none', () => {
  expect(stepMeans([one(1000, 2, 3), one(1400, 6, 1), one(9000, 1)], 1000)).toEqual([
    one(1100, 3, 4),
    one(9000, 1),
  ]);
  expect(stepMeans([one(0, 1.7e308), one(1, 1.7e308)], 10)).toEqual([one(0.5, 1.7e308, 2)]);
  expect(stepMeans([], 10)).toEqual([]);
});
