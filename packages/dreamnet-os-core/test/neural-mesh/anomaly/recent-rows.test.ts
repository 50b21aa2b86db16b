import { expect, test } from 'vitest';
import { createEvidence } from '../../../src/neural-mesh/anomaly/evidence.js';
import { createRecentRows } from '../../../src/neural-mesh/anomaly/recent-rows.js';

test('recent rows: what was saved goes on to the last digit, wherever in the ring it was', () => {
  for (const cut of [3, 100, 140, 177]) {
    const whole = createRecentRows();
    for (let row = 0; row < cut; row += 1) whole.push(Math.sin(row) * 10 ** (row % 5));
    const next = createRecentRows(whole.saved(), cut);
    for (let row = cut; row < cut + 250; row += 1) {
      for (const one of [whole, next]) one.push(Math.sin(row) * 10 ** (row % 5));
      expect(next.spread()).toBe(whole.spread());
      expect(next.activity(50)).toBe(whole.activity(50));
      expect(next.extremes(6)).toEqual(whole.extremes(6));
    }
  }
});

test('evidence: it tells the rows it had seen to what it goes on with', () => {
  const whole = createEvidence();
  const value = (row: number) => Math.sin(row * row) * 1.1 ** (row % 300);
  for (let row = 0; row < 140; row += 1) whole.next(value(row), row);
  const next = createEvidence(whole.saved());
  for (let row = 140; row < 900; row += 1)
    expect(next.next(value(row), row)).toEqual(whole.next(value(row), row));
  expect(next.saved()).toEqual(whole.saved());
});
