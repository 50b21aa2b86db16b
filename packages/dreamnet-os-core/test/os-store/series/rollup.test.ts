import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createFolding,
  decodeRollups,
  encodeRollups,
  HOUR_MS,
  MINUTE_MS,
  toPoint,
} from '../../../src/os-store/series/rollup.js';

/** The stretches of some values, one a second, and what becomes of them when they are stored and summed up again. */
function folded(values: readonly number[]) {
  const minutes = createFolding(MINUTE_MS);
  const samples = {
    times: Float64Array.from(values, (_, second) => second * 1000),
    values: Float64Array.from(values),
  };
  minutes.addSamples(samples, 0, Number.POSITIVE_INFINITY);
  const stored = decodeRollups(encodeRollups(minutes.rollups(), MINUTE_MS), MINUTE_MS);
  const hours = createFolding(HOUR_MS);
  for (const rollup of stored) hours.add(rollup);
  const again = decodeRollups(encodeRollups(hours.rollups(), HOUR_MS), HOUR_MS);
  return { minutes: minutes.rollups().map(toPoint), stored: stored.map(toPoint), hours: again.map(toPoint) };
}

test('rollup: the mean of values whose sum is no number any more is still one, in minutes, hours and from the store', () => {
  const { minutes, stored, hours } = folded([
    ...Array.from({ length: 60 }, () => Number.MAX_VALUE),
    ...Array.from({ length: 60 }, (_, at) => (at % 2 === 0 ? 1e308 : -1e308)),
    ...Array.from({ length: 60 }, () => 4),
  ]);
  expect(stored).toEqual(minutes);
  expect(minutes.map(({ mean }) => mean)).toEqual([Number.MAX_VALUE, 0, 4]);
  expect(hours).toHaveLength(1);
  expect(hours[0]?.count).toBe(180);
  expect((hours[0]?.mean ?? 0) / Number.MAX_VALUE).toBeCloseTo(1 / 3, 12);
});

test('rollup: whatever the values, a mean lies between the least and the largest', () => {
  const value = fc.oneof(
    // In the store -0 is 0.
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((one) => one + 0),
    fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, 1e308, 1e307, 0.1),
  );
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 200 }), (values) => {
      const { minutes, stored, hours } = folded(values);
      expect(stored).toEqual(minutes);
      for (const { mean, min, max } of [...minutes, ...hours]) expect(mean >= min && mean <= max).toBe(true);
    }),
  );
});
