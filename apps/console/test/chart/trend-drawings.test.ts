import type { SeriesPoint, Trend } from '@dreamnet/contracts';
import { expect, test } from 'vitest';
import { drawTrend } from '../../src/chart/trend-drawings.js';

const HOUR_MS = 3_600_000;
const SHOWN = { fromMs: 0, toMs: HOUR_MS };
const rising: Trend = {
  subject: 'queue',
  metric: 'depth',
  direction: 'rising',
  slopePerHour: 60,
  slopeInterval: [40, 80],
  pValue: 0.001,
  isSignificant: true,
  samples: 13,
};

/** 100 at the beginning, 160 after the hour; one value is far off. */
const points: SeriesPoint[] = Array.from({ length: 13 }, (_, index) => {
  const mean = index === 4 ? 900 : 100 + index * 5;
  return { at: (index * HOUR_MS) / 12, mean, min: mean, max: mean, count: 1 };
});

const lineIn = (trend: Trend) => drawTrend(trend, points, SHOWN).drawings.find(({ kind }) => kind === 'line');

test('trend: the line runs through the points, whatever a single one does', () => {
  expect(lineIn(rising)).toMatchObject({ from: { at: 0, value: 100 } });
});

test('trend: from now on the line goes on, between the ends of its interval', () => {
  const { drawings, toMs } = drawTrend(rising, points, SHOWN);
  const area = drawings.find((drawing) => drawing.kind === 'area');
  const [lowNow, lowThen, highThen, highNow] = area?.kind === 'area' ? area.corners : [];
  expect(toMs).toBeGreaterThan(HOUR_MS);
  expect([lowNow?.at, lowThen?.at]).toEqual([HOUR_MS, toMs]);
  // Half an hour after the middle: 130 + 40/2 and 130 + 80/2.
  expect([lowNow?.value, highNow?.value]).toEqual([150, 170]);
  expect((highThen?.value ?? 0) - (lowThen?.value ?? 0)).toBeGreaterThan(20);
});

test('trend: what moves by chance only has no line, and no time is shown that is still to come', () => {
  expect(drawTrend({ ...rising, direction: 'stable' }, points, SHOWN)).toEqual({
    drawings: [],
    toMs: HOUR_MS,
  });
  expect(drawTrend(null, points, SHOWN).drawings).toEqual([]);
  expect(drawTrend(rising, [], SHOWN).drawings).toEqual([]);
});

test('trend: its level is drawn only where the line gets near it in the time shown', () => {
  const levels = (crossesAt: number) =>
    drawTrend({ ...rising, level: 1_000, crossesAt }, points, SHOWN).drawings.filter(
      ({ kind }) => kind === 'level',
    ).length;
  expect([levels(HOUR_MS * 1.2), levels(HOUR_MS * 9)]).toEqual([1, 0]);
});
