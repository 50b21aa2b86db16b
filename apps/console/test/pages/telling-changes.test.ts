import { expect, test } from 'vitest';
import { tellingChanges } from '../../src/pages/health/telling-changes.js';

const scores = (...values: number[]) => values.map((score, at) => ({ at, score, terms: [] }));
const shown = (...values: number[]) => tellingChanges(scores(...values)).map(({ score }) => score);

test('changes: a score that trembles is told once', () => {
  expect(shown(0.97, 0.975, 0.968, 0.98)).toEqual([0.97]);
});

test('changes: a slow slide is told although no single step is large', () => {
  expect(shown(0.98, 0.965, 0.95, 0.935, 0.92)).toEqual([0.98, 0.95, 0.92]);
});

test('changes: a fall and its end are both told', () => {
  expect(shown(1, 0.5, 0.5, 1)).toEqual([1, 0.5, 1]);
});
