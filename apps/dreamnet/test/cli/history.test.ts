import type { SeriesListing } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { chooseSeries, evenStep, worstWithin } from '../../src/cli/commands/history.js';
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

test('history: a step names the worst reason that was in force in it, the one from before it included', () => {
  const reason = (at: number, source: string, loss: number) => ({
    at,
    score: 1 - loss,
    terms: [{ factor: 'stability', source, loss, reason: 'it says so' }],
  });
  const reasons = [reason(10, 'a', 0.1), reason(20, 'b', 0.5), { at: 30, score: 1, terms: [] }];
  expect(worstWithin(reasons, 12, 18)?.source).toBe('a');
  expect(worstWithin(reasons, 12, 28)?.source).toBe('b');
  expect(worstWithin(reasons, 30, 40)).toBeUndefined();
  expect(worstWithin(reasons, 0, 5)).toBeUndefined();
});

test('sparkline: least is lowest, a gap stays empty, a level line is neither low nor high', () => {
  expect(sparkline([0, undefined, 7, 3.5])).toBe('▁ █▅');
  expect(sparkline([5, 5])).toBe('▄▄');
  expect(sparkline([])).toBe('');
});

test('history: while a domain is fed by nobody there is no score, and nothing that pulled it down', () => {
  const term = (source: string) => ({ factor: 'stability', source, loss: 0.5, reason: 'it says so' });
  const reasons = [
    { at: 10, score: 0.5, terms: [{ ...term('no data'), factor: 'none' }] },
    { at: 20, score: 0.5, terms: [term('billing/status')] },
  ];
  expect(worstWithin(reasons, 10, 15)).toBeUndefined();
  expect(worstWithin(reasons, 10, 30)?.source).toBe('billing/status');
});
