import type { SeriesPoint } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { nearest, summarize, toColumns, valueRange } from '../../src/chart/chart-data.js';

function point(at: number, mean: number, count = 1): SeriesPoint {
  return { at, mean, min: mean - 1, max: mean + 1, count };
}

test('columns: one entry a point, in the order given', () => {
  expect(toColumns([point(0, 5), point(10, 6)], 10)).toEqual({
    at: [0, 10],
    mean: [5, 6],
    min: [4, 5],
    max: [6, 7],
  });
});

test('columns: where points are missing the line is broken, not drawn through', () => {
  const { at, mean } = toColumns([point(0, 1), point(10, 2), point(60, 3), point(70, 4)], 10);
  expect(at).toEqual([0, 10, 35, 60, 70]);
  expect(mean).toEqual([1, 2, null, 3, 4]);
});

test('columns: values rarer than the step are no gaps, their own distance counts', () => {
  const { mean } = toColumns([point(0, 1), point(30, 2), point(60, 3)], 5);
  expect(mean).toEqual([1, 2, 3]);
});

test('columns: what is no number is missing', () => {
  expect(toColumns([point(0, Number.NaN), point(10, 2)], 10).mean).toEqual([2]);
});

test('summary: least, most and the mean weighted by the values behind each point', () => {
  expect(summarize([point(0, 10, 3), point(10, 20, 1)])).toMatchObject({
    min: 9,
    max: 21,
    mean: 12.5,
    count: 4,
    last: { at: 10 },
  });
  expect(summarize([])).toBeUndefined();
});

test('summary: of values whose sum is beyond the largest number the mean is a number', () => {
  const large = { mean: 1e308, min: 1e308, max: 1e308, count: 60 };
  expect(summarize([0, 10, 20].map((at) => ({ at, ...large })))?.mean).toBeCloseTo(1e308, -300);
});

test('nearest: the closer neighbour, and the ends beyond the ends', () => {
  const points = [point(0, 1), point(10, 2), point(20, 3)];
  expect([-5, 4, 6, 14, 99].map((at) => nearest(points, at)?.at)).toEqual([0, 0, 10, 10, 20]);
  expect(nearest([], 3)).toBeUndefined();
});

test('value range: air around the line, never below zero for what never is, room for a flat line', () => {
  expect(valueRange([100, 200])).toEqual([92, 208]);
  expect(valueRange([0, 10])).toEqual([0, 10.8]);
  expect(valueRange([50, null, 50])).toEqual([45, 55]);
  expect(valueRange([0])).toEqual([0, 1]);
  expect(valueRange([])).toEqual([0, 1]);
});
