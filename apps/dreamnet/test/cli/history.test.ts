import type { SeriesListing } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { chooseSeries, evenStep } from '../../src/cli/commands/history.js';
import { sparkline } from '../../src/cli/sparkline.js';

const listing = (kind: SeriesListing['kind'], metric: string): SeriesListing => ({
  kind,
  subject: 's',
  metric,
  firstAt: null,
  lastAt: null,
  lastValue: null,
});

test('history: without a metric the score is meant, or the only series; else none', () => {
  const [score, rss, cpu] = [listing('score', 'score'), listing('metric', 'rss'), listing('metric', 'cpu')];
  expect(chooseSeries([rss, score], undefined)).toBe(score);
  expect(chooseSeries([rss], undefined)).toBe(rss);
  expect(chooseSeries([rss, cpu], undefined)).toBeUndefined();
  expect(chooseSeries([rss, cpu], 'cpu')).toBe(cpu);
  expect(chooseSeries([rss], 'cpu')).toBeUndefined();
});

test('history: the step is round and gives about thirty lines', () => {
  expect(evenStep(3_600_000)).toBe(120_000);
  expect(evenStep(10_000)).toBe(1000);
  expect(evenStep(86_400_000)).toBe(3_600_000);
  expect(evenStep(30 * 86_400_000)).toBe(86_400_000);
  expect(evenStep(365 * 86_400_000)).toBe(13 * 86_400_000);
});

test('sparkline: least is lowest, a gap stays empty, a level line is low', () => {
  expect(sparkline([0, undefined, 7, 3.5])).toBe('▁ █▅');
  expect(sparkline([5, 5])).toBe('▁▁');
  expect(sparkline([])).toBe('');
});
