import type { Domain, HealthHistoryEntry, Trend } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import { mannKendall } from './mann-kendall.js';
import { type Point, theilSen } from './theil-sen.js';

/** The test is a normal approximation, which is good from about this many values. */
const ENOUGH_POINTS = 10;
/** Both methods look at all pairs; a longer series is averaged down to this many points. */
const MOST_POINTS = 120;
const SIGNIFICANT = 0.05;
/** Slower than this is no change anybody would act on, however certain: a thousandth an hour. */
const STILL_PER_HOUR = 0.001;
const HOUR_MS = 3_600_000;
const FORECAST_MS = 24 * HOUR_MS;
const CROSSING = 0.5;

/** A series of scores of one subject, oldest first; `at` in epoch ms. */
export interface ScoreSeries {
  subject: string;
  points: readonly Point[];
}

/**
 * The trend of each series that is long enough; pure.
 *
 * @returns One trend per series of at least 10 points; a `stable` one when the test finds nothing.
 */
export function detectTrends(series: readonly ScoreSeries[]): Trend[] {
  const trends: Trend[] = [];
  for (const { subject, points } of series) {
    const trend = trendOf(subject, averageDown(inOrder(points)));
    if (trend !== undefined) trends.push(trend);
  }
  return trends;
}

/** The four domains' series out of the health history. */
export function domainSeries(entries: readonly HealthHistoryEntry[]): ScoreSeries[] {
  return (Object.keys(DOMAIN_FACTORS) as Domain[]).map((domain) => ({
    subject: domain,
    points: entries.map(({ at, globalHealth }) => ({ at, value: globalHealth[`${domain}Health`] })),
  }));
}

function trendOf(subject: string, points: readonly Point[]): Trend | undefined {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined || points.length < ENOUGH_POINTS) return undefined;
  const { pValue } = mannKendall(points.map(({ value }) => value));
  // Hours since the first point: epoch ms would cost the slope its digits.
  const line = theilSen(points.map(({ at, value }) => ({ at: (at - first.at) / HOUR_MS, value })));
  if (line === undefined) return undefined;
  const isSignificant = pValue < SIGNIFICANT;
  const isMoving = isSignificant && Math.abs(line.slope) >= STILL_PER_HOUR;
  const direction = !isMoving ? 'stable' : line.slope > 0 ? 'improving' : 'declining';
  const trend: Trend = {
    subject,
    direction,
    slopePerHour: line.slope,
    pValue,
    isSignificant,
    samples: points.length,
  };
  const nowOnLine = line.intercept + (line.slope * (last.at - first.at)) / HOUR_MS;
  if (direction !== 'declining' || nowOnLine <= CROSSING) return trend;
  const afterMs = ((nowOnLine - CROSSING) / -line.slope) * HOUR_MS;
  return afterMs <= FORECAST_MS ? { ...trend, crossesAt: Math.round(last.at + afterMs) } : trend;
}

/** The wall clock may have been set back within a series: what then lies in the past of an earlier point is left out. */
function inOrder(points: readonly Point[]): Point[] {
  let newest = Number.NEGATIVE_INFINITY;
  return points.filter(({ at }) => {
    if (at <= newest) return false;
    newest = at;
    return true;
  });
}

function averageDown(points: readonly Point[]): readonly Point[] {
  if (points.length <= MOST_POINTS) return points;
  const size = Math.ceil(points.length / MOST_POINTS);
  const averaged: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    const bucket = points.slice(from, from + size);
    const sum = bucket.reduce((total, { at, value }) => ({ at: total.at + at, value: total.value + value }));
    averaged.push({ at: sum.at / bucket.length, value: sum.value / bucket.length });
  }
  return averaged;
}
