import type { SeriesListing, Trend } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { createWatchedTrends } from '../../src/neural-mesh/watched-trends.js';

function listing(subject: string): SeriesListing {
  return { kind: 'metric', subject, metric: 'load', firstAt: 0, lastAt: 0, lastValue: 0 };
}

function trendOf({ subject, metric }: SeriesListing): Trend {
  return {
    subject,
    metric,
    direction: 'rising',
    slopePerHour: 1,
    pValue: 0,
    isSignificant: true,
    samples: 10,
  };
}

/** Counts how often each series was looked at. */
function rig(subjects: readonly string[]) {
  const looks = new Map<string, number>();
  let moving = subjects.map(listing);
  const watched = createWatchedTrends({
    moving: () => moving,
    of: (listed) => {
      for (const { subject } of listed) looks.set(subject, (looks.get(subject) ?? 0) + 1);
      return listed.map(trendOf);
    },
  });
  const owner = {};
  return {
    looks,
    ask: () => watched({ owner, isWanted: () => true }),
    keep: (kept: readonly string[]) => {
      moving = kept.map(listing);
    },
  };
}

test('watched trends: of many series 200 are looked at a time, in turn, and all that were are answered', () => {
  const { looks, ask } = rig(Array.from({ length: 500 }, (_none, index) => `s${index}`));
  expect(ask()).toHaveLength(200);
  expect(ask()).toHaveLength(400);
  expect(ask()).toHaveLength(500);
  expect([...looks.values()].every((count) => count === 1)).toBe(true);
});

test('watched trends: a series that has no values any more is not answered', () => {
  const { ask, keep } = rig(['a', 'b']);
  expect(ask().map(({ subject }) => subject)).toEqual(['a', 'b']);
  keep(['b']);
  expect(ask().map(({ subject }) => subject)).toEqual(['b']);
});
