import { expect, test } from 'vitest';
import { mergedBuckets, quantileOf } from '../../../src/ingest/otlp/histogram-figures.js';

const of = (bounds: number[], counts: number[]) => ({
  bounds,
  counts,
  count: counts.reduce((sum, count) => sum + count, 0),
  sum: 0,
});

test('histograms: those of the same bounds are added', () => {
  expect(mergedBuckets([of([10, 20], [1, 2, 3]), of([10, 20], [4, 5, 6])])).toMatchObject({
    counts: [5, 7, 9],
    count: 21,
  });
});

test('histograms: of other bounds a bucket is spread over the finer ones within it, and nothing is lost', () => {
  const merged = mergedBuckets([of([10, 20], [4, 8, 1]), of([5, 15, 40], [2, 10, 25, 2])]);
  expect(merged.bounds).toEqual([5, 10, 15, 20, 40]);
  expect(merged.counts).toEqual([4, 7, 9, 9, 21, 2]);
  expect(quantileOf(merged, 1)).toBe(40);
});

test('histograms: values below 0 stay below 0', () => {
  const merged = mergedBuckets([of([-10, -5], [2, 4, 0]), of([0, 10], [0, 6, 0])]);
  expect(merged.bounds).toEqual([-10, -5, 0, 10]);
  expect(merged.counts).toEqual([2, 4, 0, 6, 0]);
});
