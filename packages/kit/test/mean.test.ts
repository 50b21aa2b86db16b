import { expect, test } from 'vitest';
import { meanOf } from '../src/index.js';

test('mean: of ordinary values it is their sum by their number; of none it is no number', () => {
  expect(meanOf([1, 2, 4])).toBe(7 / 3);
  expect(meanOf([])).toBeNaN();
});

test('mean: where the sum is beyond the largest number, the mean is not', () => {
  const { MAX_VALUE } = Number;
  expect(meanOf([MAX_VALUE, MAX_VALUE, MAX_VALUE])).toBe(MAX_VALUE);
  expect(meanOf([MAX_VALUE, MAX_VALUE, -MAX_VALUE, -MAX_VALUE])).toBe(0);
  expect(meanOf([1e308, 1e308, -1e308])).toBeCloseTo(1e308 / 3, -300);
});
