import { expect, test } from 'vitest';
import { addInterval, phi, silenceLimitMs } from '../../src/health/phi-accrual.js';

function regular(everyMs: number, times: number) {
  // Somewhere in an array that others share.
  const window = { intervalsMs: new Float32Array(96).fill(7), firstInterval: 32, arrivalCount: 0 };
  for (let count = 0; count < times; count += 1) addInterval(window, everyMs);
  return window;
}

test('phi: at the mean interval half of all reports are still to come, so it is log10 2', () => {
  expect(phi(regular(1000, 20), 1000)).toBeCloseTo(Math.log10(2), 3);
});

test('phi: with mean 1000 and deviation 250 it is 8 at about 5.61 deviations, as in a table of the normal tail', () => {
  // 1000 + 5.612 x 250 = 2403 exactly; the logistic approximation errs by a few percent that far out.
  const limit = silenceLimitMs(regular(1000, 20), 8) ?? 0;
  expect(limit).toBeGreaterThan(2250);
  expect(limit).toBeLessThan(2450);
});

test('phi: grows with the silence and stays finite for very long ones', () => {
  const window = regular(1000, 20);
  let before = -1;
  for (const silentMs of [0, 500, 1000, 2000, 4000, 60_000, 86_400_000]) {
    const now = phi(window, silentMs) ?? Number.NaN;
    expect(now).toBeGreaterThan(before);
    expect(Number.isFinite(now)).toBe(true);
    before = now;
  }
});

test('phi: says nothing before eight intervals are known', () => {
  expect(phi(regular(1000, 7), 5000)).toBeUndefined();
  expect(silenceLimitMs(regular(1000, 7), 8)).toBeUndefined();
  expect(silenceLimitMs(regular(1000, 8), 8)).toBeDefined();
});

test('phi: only the last 24 intervals count', () => {
  const window = regular(60_000, 100);
  for (let count = 0; count < 24; count += 1) addInterval(window, 1000);
  expect(silenceLimitMs(window, 8)).toBeLessThan(2450);
});
