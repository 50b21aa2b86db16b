import { expect, test } from 'vitest';
import { detectTrends } from '../../src/neural-mesh/trends.js';

const MINUTE = 60_000;
const series = (value: (index: number) => number, count = 240) => ({
  subject: 'prom',
  metric: 'big',
  points: Array.from({ length: count }, (_none, index) => ({ at: index * MINUTE, value: value(index) })),
});

test('trends: a constant near the largest number is stable, and every figure of it is a number', () => {
  for (const value of [1e307, 1e308, Number.MAX_VALUE, -Number.MAX_VALUE])
    expect(detectTrends([series(() => value)])).toEqual([
      expect.objectContaining({ direction: 'stable', slopePerHour: 0, slopeInterval: [0, 0], pValue: 1 }),
    ]);
});

test('trends: large values have the trend of small ones, by their size', () => {
  const [small] = detectTrends([{ ...series((index) => index / 240), level: 2 }]);
  const [large] = detectTrends([{ ...series((index) => (index / 240) * 2 ** 1022), level: 2 ** 1023 }]);
  expect(small).toMatchObject({ direction: 'rising', samples: 120 });
  expect(large).toMatchObject({ direction: 'rising', samples: 120, pValue: small?.pValue });
  expect((large?.slopePerHour ?? 0) / 2 ** 1022).toBeCloseTo(small?.slopePerHour ?? 0, 12);
  expect(small?.crossesAt).toBeGreaterThan(0);
  expect(large?.crossesAt).toBe(small?.crossesAt);
  expect(large?.crossesBetween).toEqual(small?.crossesBetween);
});

test('trends: a slope beyond the largest number is told as that', () => {
  const [trend] = detectTrends([series((index) => (index < 20 ? -1 : 1) * (1.7e308 + index * 1e305), 40)]);
  for (const figure of [trend?.slopePerHour, ...(trend?.slopeInterval ?? [])])
    expect(Number.isFinite(figure)).toBe(true);
});

test('trends: what is no finite number within a series is left out of it', () => {
  const points = series((index) => index).points.map((point, index) =>
    index % 7 === 3
      ? { ...point, value: [Number.NaN, Number.POSITIVE_INFINITY][index % 2] as number }
      : point,
  );
  expect(detectTrends([{ subject: 'prom', metric: 'big', points }])).toEqual([
    expect.objectContaining({ direction: 'rising', slopePerHour: expect.closeTo(60, 6) }),
  ]);
});
