import type { SeriesListing } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { choiceOf, findSeries, keyOfSeries, seriesOf } from '../../src/pages/trends/series-choice.js';

function listing(kind: SeriesListing['kind'], subject: string, metric: string): SeriesListing {
  return { kind, subject, metric, firstAt: 0, lastAt: 0, lastValue: 0 };
}
const all = [
  listing('metric', 'payments', 'http.p95_ms'),
  listing('metric', 'checkout', 'queue'),
  listing('status', 'payments', 'status'),
  listing('score', 'infra', 'score'),
];

test('series: scores first, then by name; every word must be found', () => {
  expect(findSeries(all, '').map(keyOfSeries)).toEqual([
    'score infra score',
    'metric checkout queue',
    'metric payments http.p95_ms',
  ]);
  expect(findSeries(all, 'P95 pay').map(({ subject }) => subject)).toEqual(['payments']);
});

test('series: the address names one, or none', () => {
  const name = { kind: 'metric', subject: 'a b', metric: 'x{y="z"}' } as const;
  expect(seriesOf(choiceOf(name))).toEqual(name);
  expect(seriesOf({ kind: 'score' })).toBeUndefined();
  expect(seriesOf({ kind: 'nonsense', subject: 'a', metric: 'b' })?.kind).toBe('metric');
});
