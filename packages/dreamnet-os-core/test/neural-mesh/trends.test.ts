import { createFakeClock } from '@dreamnet/testkit';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { varianceFactorOf } from '../../src/neural-mesh/autocorrelation.js';
import { mannKendall, normalTail } from '../../src/neural-mesh/mann-kendall.js';
import { createStatusSeries } from '../../src/neural-mesh/status-series.js';
import { theilSen } from '../../src/neural-mesh/theil-sen.js';
import { detectTrends } from '../../src/neural-mesh/trends.js';
import { createRig } from '../health/support.js';

const HOUR = 3_600_000;
const line = (from: number, perHour: number, count: number) =>
  Array.from({ length: count }, (_none, index) => ({
    at: 1_700_000_000_000 + index * (HOUR / 6),
    value: from + (perHour * index) / 6,
  }));

test('Mann-Kendall: agrees with an example worked by hand, ties included', () => {
  // Pairs of 1 2 2 3 5 4: 15 in all, 13 rise, 1 falls (5,4), 1 is tied (2,2): S = 12.
  // Variance = (6·5·17 − 2·1·9) / 18 = (510 − 18) / 18 = 27.333; z = 11 / 5.2281 = 2.1040; p = 0.0354.
  const { s, variance, z, pValue } = mannKendall([1, 2, 2, 3, 5, 4]);
  expect(s).toBe(12);
  expect(variance).toBeCloseTo(27.3333, 4);
  expect(z).toBeCloseTo(2.104, 3);
  expect(pValue).toBeCloseTo(0.0354, 4);
});

test('Mann-Kendall: a constant, a single value and none say nothing', () => {
  for (const values of [[1, 1, 1, 1], [1], []])
    expect(mannKendall(values)).toMatchObject({ s: 0, z: 0, pValue: 1 });
});

test('Mann-Kendall: turning a series round turns the sign and nothing else', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 40 }), (values) => {
      const [there, back] = [mannKendall(values), mannKendall([...values].reverse())];
      expect(back.s + there.s).toBe(0);
      expect(back.pValue).toBeCloseTo(there.pValue, 12);
    }),
  );
});

test('normal tail: agrees with printed tables', () => {
  expect(normalTail(0)).toBeCloseTo(0.5, 6);
  expect(normalTail(1.96)).toBeCloseTo(0.0249979, 6);
  expect(normalTail(3.29)).toBeCloseTo(0.000500937, 6);
});

test('Theil-Sen: finds the line, and one outlier in ten does not move it', () => {
  const points = Array.from({ length: 10 }, (_none, at) => ({ at, value: 2 * at + 1 }));
  points[4] = { at: 4, value: 1000 };
  const found = theilSen(points);
  expect(found?.slope).toBeCloseTo(2, 9);
  expect(found?.intercept).toBeCloseTo(1, 9);
  expect(theilSen([{ at: 1, value: 1 }])).toBeUndefined();
});

test('Theil-Sen: the interval is that of an example worked by hand', () => {
  // 1 2 2 3 5 4 at 0..5, variance 27.333: 1.959964 · 5.228 = 10.247; of the 15 slopes in order the 2nd and the 14th
  // (Gilbert: M1 = (15 − 10.247) / 2 = 2.38, M2 = (15 + 10.247) / 2 = 12.62, and one more).
  const slopes = [-1, 0, 0.5, 0.5, 0.5, 0.5, 0.6, 2 / 3, 2 / 3, 1, 1, 1, 1, 1.5, 2];
  const points = [1, 2, 2, 3, 5, 4].map((value, at) => ({ at, value }));
  const line = theilSen(points);
  expect(line?.slope).toBeCloseTo(slopes[7] ?? 0, 9);
  expect(line?.interval(27.3333)).toEqual([slopes[1], slopes[13]]);
});

test('autocorrelation: independent values leave the variance, values that follow each other raise it', () => {
  const noise = (index: number) => {
    const x = Math.sin(index * 12.9898) * 43_758.5453;
    return x - Math.floor(x);
  };
  const independent = Array.from({ length: 100 }, (_none, index) => noise(index));
  expect(varianceFactorOf(independent)).toBeLessThan(1.6);
  let last = 0;
  const following = independent.map((value) => {
    last = 0.9 * last + value - 0.5;
    return last;
  });
  expect(varianceFactorOf(following)).toBeGreaterThan(3);
  expect(varianceFactorOf([1, 1, 1, 1, 1])).toBe(1);
});

test('trends: a wandering series is not taken for a trend as often as the plain test takes it', () => {
  let seed = 1;
  const random = () => {
    seed = (seed * 16_807) % 2_147_483_647;
    return seed / 2_147_483_647 - 0.5;
  };
  let plain = 0;
  let corrected = 0;
  for (let run = 0; run < 200; run += 1) {
    let last = 0;
    const points = Array.from({ length: 60 }, (_none, index) => {
      last = 0.6 * last + random();
      return { at: 1_700_000_000_000 + index * 60_000, value: last };
    });
    plain += mannKendall(points.map(({ value }) => value)).pValue < 0.05 ? 1 : 0;
    corrected += detectTrends([{ subject: 'a', metric: 'm', points }])[0]?.isSignificant ? 1 : 0;
  }
  expect(plain).toBeGreaterThan(40);
  expect(corrected).toBeLessThan(plain * 0.7);
});

test('trends: the interval of the crossing holds the line, and is open where the slower end never crosses', () => {
  const points = line(0.9, -0.1, 20).map(({ at, value }, index) => ({
    at,
    value: value + ((index * 7) % 5) / 200,
  }));
  const [sure] = detectTrends([{ subject: 'a', points, level: 0.2 }]);
  expect(sure?.crossesBetween?.earliest ?? Infinity).toBeLessThanOrEqual(sure?.crossesAt ?? 0);
  expect(sure?.crossesBetween?.latest ?? 0).toBeGreaterThanOrEqual(sure?.crossesAt ?? Infinity);
  const [low, high] = sure?.slopeInterval ?? [0, 0];
  expect(low).toBeLessThanOrEqual(-0.1);
  expect(high).toBeGreaterThanOrEqual(sure?.slopePerHour ?? 0);
});

test('trends: a metric is forecast at the level asked for whichever way it goes, and never at one it is beyond', () => {
  const rising = line(10, 6, 20);
  const of = (level: number) => detectTrends([{ subject: 'a', metric: 'm', points: rising, level }])[0];
  // From 10 at 6 an hour 40 is reached five hours after the first point.
  expect(of(40)).toMatchObject({ direction: 'rising', crossesAt: (rising[0]?.at ?? 0) + 5 * HOUR });
  expect(of(5)).not.toHaveProperty('crossesAt');
  const [plain] = detectTrends([{ subject: 'a', metric: 'm', points: rising }]);
  expect(plain).not.toHaveProperty('level');
});

test('trends: a steady decline is found with its slope and the hour it crosses one half', () => {
  const points = line(0.9, -0.1, 13);
  const [trend] = detectTrends([{ subject: 'infra', points }]);
  expect(trend).toMatchObject({ subject: 'infra', direction: 'declining', isSignificant: true, samples: 13 });
  expect(trend?.slopePerHour).toBeCloseTo(-0.1, 9);
  // 0.9 falls to 0.5 four hours after the first point.
  expect(trend?.crossesAt).toBe((points[0]?.at ?? 0) + 4 * HOUR);
});

test('trends: noise without direction is stable, a rise is improving, neither is forecast to cross', () => {
  const noise = line(0.8, 0, 30).map(({ at }, index) => ({ at, value: 0.8 + ((index * 7) % 5) / 100 }));
  expect(detectTrends([{ subject: 'a', points: noise }])).toMatchObject([{ direction: 'stable' }]);
  const [rise] = detectTrends([{ subject: 'b', points: line(0.2, 0.1, 20) }]);
  expect(rise).toMatchObject({ direction: 'improving' });
  expect(rise).not.toHaveProperty('crossesAt');
});

test('trends: a crossing more than a day away is not forecast, and ten points are needed', () => {
  const [slow] = detectTrends([{ subject: 'a', points: line(0.9, -0.01, 30) }]);
  expect(slow).toMatchObject({ direction: 'declining' });
  expect(slow).not.toHaveProperty('crossesAt');
  expect(detectTrends([{ subject: 'b', points: line(0.9, -0.1, 9) }])).toEqual([]);
});

test('trends: a day of history is averaged down and keeps its slope', () => {
  const points = Array.from({ length: 8640 }, (_none, index) => ({
    at: 1_700_000_000_000 + index * 10_000,
    value: 1 - index / 86_400,
  }));
  const [trend] = detectTrends([{ subject: 'infra', points }]);
  expect(trend?.samples).toBe(120);
  expect(trend?.slopePerHour).toBeCloseTo(-360 / 86_400, 6);
});

test('trends: a wall clock set back within the series does not turn the line', () => {
  const points = line(0.9, -0.1, 20);
  const moved = [...points.slice(0, 12), { at: points[2]?.at ?? 0, value: 0.1 }, ...points.slice(12)];
  expect(detectTrends([{ subject: 'a', points: moved }])).toEqual(detectTrends([{ subject: 'a', points }]));
});

test('status series: only subsystems whose status changed have one, evenly spaced, with the values held between', async () => {
  const { engine } = createRig();
  const clock = createFakeClock();
  const series = createStatusSeries({ clock, engine });
  for (const name of ['quiet', 'shaky']) engine.register(name, {});
  engine.heartbeat({ subsystem: 'shaky', status: 'ok' });
  await clock.advance(HOUR / 2);
  engine.heartbeat({ subsystem: 'shaky', status: 'error' });
  await clock.advance(HOUR / 2);
  const [one, ...others] = series.series(HOUR);
  expect(others).toEqual([]);
  expect(one?.subject).toBe('shaky');
  expect(one?.points.map(({ value }) => value)).toEqual([...Array(29).fill(1), ...Array(31).fill(0)]);
  expect(one?.points.at(-1)?.at).toBe(clock.now());
  series.stop();
});
