import { expect, test } from 'vitest';
import { createQuietPeriod } from '../../src/neural-mesh/anomaly/quiet-period.js';
import { createRarity } from '../../src/neural-mesh/anomaly/rarity.js';
import { createSeenRange } from '../../src/neural-mesh/anomaly/seen-range.js';

/** A range that has learnt, between the two. */
function learnt(side: 'both' | 'high' | 'low', low: number, high: number) {
  return createSeenRange(side, [low, high, 100]);
}

test('seen range: the first hundred values are learnt from and none of them is outside', () => {
  const range = createSeenRange('both');
  for (let value = 0; value < 100; value += 1) expect(range.surpass(value)).toBe(0);
  expect(range.surpass(200)).toBeGreaterThan(1);
});

test('seen range: what is inside is nothing new, what is outside counts in widths', () => {
  const range = learnt('both', 0, 10);
  expect(range.surpass(5)).toBe(0);
  expect(range.surpass(12)).toBeCloseTo(0.2, 3);
  expect(range.surpass(-3)).toBeCloseTo(0.25, 2);
});

test('seen range: with a side only what lies beyond that one counts', () => {
  for (const [side, value] of [
    ['high', -100],
    ['low', 100],
  ] as const) {
    const range = learnt(side, 0, 10);
    expect(range.surpass(value)).toBe(0);
  }
});

test('seen range: one monstrous value does not hide all later ones', () => {
  const range = learnt('high', 0, 1);
  range.surpass(1e9);
  expect(range.bounds()?.[1]).toBeLessThan(5);
  expect(range.surpass(100)).toBe(5);
});

test('seen range: within the grain nothing is outside, and a range no wider than it is one value', () => {
  const range = learnt('both', 10, 10 + 1e-12);
  expect(range.surpass(10 + 1e-9, 1e-9)).toBe(0);
  expect(range.surpass(10.5, 1e-8)).toBe(1);
  expect(range.bounds()?.[1]).toBe(10.5);
});

test('seen range: half of what lies beyond the middle is forgotten in 20,000 rows', () => {
  const range = learnt('both', 0, 100);
  for (let row = 0; row < 20_000; row += 1) range.surpass(50);
  expect(range.bounds()?.[0]).toBeCloseTo(25, 1);
  expect(range.bounds()?.[1]).toBeCloseTo(75, 1);
});

test('rarity: answers in powers of ten how seldom so large a size came', () => {
  const rarity = createRarity();
  for (let row = 0; row < 999; row += 1) rarity.next(row % 10);
  // Of 999 rows 99 were a nine; half of a class is between.
  expect(rarity.next(9)).toBeCloseTo(1, 0);
  expect(rarity.next(1000)).toBeCloseTo(Math.log10(1001 / 0.5), 1);
});

test('quiet period: an anomaly takes from the next what is left of its own strength', () => {
  const quiet = createQuietPeriod();
  expect(quiet.next(1)).toBe(1);
  for (let row = 0; row < 49; row += 1) quiet.next(0);
  // Half of the hundred rows have passed: half is held back.
  expect(quiet.next(0.6)).toBeCloseTo(0.1, 9);
});
