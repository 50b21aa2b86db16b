import type { Domain, HealthHistoryEntry, Trend } from '@dreamnet/contracts';
import { DOMAIN_FACTORS } from '@dreamnet/contracts';
import { varianceFactorOf } from './autocorrelation.js';
import { crossingOf } from './crossing.js';
import { mannKendall } from './mann-kendall.js';
import { type Point, theilSen } from './theil-sen.js';

/** The test is a normal approximation, which is good from about this many values. */
const ENOUGH_POINTS = 10;
/** Both methods look at all pairs; a longer series is averaged down to this many points. */
const MOST_POINTS = 120;
const SIGNIFICANT = 0.05;
/** Slower than this is no change anybody would act on, however certain: a thousandth of the whole an hour. */
const STILL_PER_HOUR = 0.001;
const HOUR_MS = 3_600_000;
const SCORE_LEVEL = 0.5;
/** Values beyond it are looked at by a smaller unit: differences, sums and slopes an hour of the others stay finite. */
const LARGEST_PLAIN = 2 ** 900;
const SMALLER_UNIT = 2 ** -200;

/** A series of one subject, oldest first; `at` in epoch ms. Without `metric` it is a score of 0..1, and 1 is best. */
export interface TrendSeries {
  subject: string;
  metric?: string;
  points: readonly Point[];
  /** Which way is better, from the metric's indicator. */
  goal?: { good: number; bad: number };
  /** Forecast when this is crossed. Default: 0.5 of a score, `goal.bad` of a metric; else nothing is forecast. */
  level?: number;
}

export interface TrendOptions {
  /** A longer series is averaged down to this many points. Default 120: time is O(points²) a series. */
  mostPoints?: number;
  /** The present, epoch ms: no crossing before it is forecast. Default: each series' newest point. */
  nowMs?: number;
}

/**
 * The trend of each series that is long enough; pure.
 *
 * @returns One trend per series of at least 10 finite values; a `stable` one when the test finds nothing. All figures are
 * finite: a slope beyond the largest number is told as that.
 */
export function detectTrends(series: readonly TrendSeries[], options: TrendOptions = {}): Trend[] {
  const { mostPoints = MOST_POINTS, nowMs } = options;
  const trends: Trend[] = [];
  for (const one of series) {
    const points = inOrder(one.points);
    const unit = points.some(({ value }) => Math.abs(value) > LARGEST_PLAIN) ? SMALLER_UNIT : 1;
    const trend = trendOf(one, averageDown(inUnit(points, unit), mostPoints), { unit, nowMs });
    if (trend !== undefined) trends.push(trend);
  }
  return trends;
}

/** The four domains' series out of the health history, from a moment (epoch ms) on. */
export function domainSeries(all: readonly HealthHistoryEntry[], sinceMs: number): TrendSeries[] {
  const entries = all.filter(({ at }) => at >= sinceMs);
  return (Object.keys(DOMAIN_FACTORS) as Domain[]).map((domain) => ({
    subject: domain,
    points: entries.map(({ at, globalHealth }) => ({ at, value: globalHealth[`${domain}Health`] })),
  }));
}

/** @param how `unit` is what the values of the points were multiplied by; a level, and what is told, was not. */
function trendOf(
  series: TrendSeries,
  points: readonly Point[],
  { unit, nowMs }: { unit: number; nowMs: number | undefined },
): Trend | undefined {
  const originMs = points[0]?.at;
  if (originMs === undefined || points.length < ENOUGH_POINTS) return undefined;
  // Hours since the first point: epoch ms would cost the slope its digits.
  const inHours = points.map(({ at, value }) => ({ at: (at - originMs) / HOUR_MS, value }));
  const values = inHours.map(({ value }) => value);
  const line = theilSen(inHours);
  if (line === undefined) return undefined;
  const factor = varianceFactorOf(inHours.map(({ at, value }) => value - line.slope * at));
  const { pValue, variance } = mannKendall(values, factor);
  const interval = line.interval(variance);
  const isSignificant = pValue < SIGNIFICANT;
  const isMoving = isSignificant && Math.abs(line.slope) >= STILL_PER_HOUR * wholeOf(series, points);
  const level = levelOf(series);
  const isForecast = level !== undefined && isMoving && headsFor(series, line.slope, level);
  return {
    subject: series.subject,
    ...(series.metric === undefined ? {} : { metric: series.metric }),
    direction: isMoving ? directionOf(series, line.slope) : 'stable',
    slopePerHour: bounded(line.slope / unit),
    ...(interval && { slopeInterval: [bounded(interval[0] / unit), bounded(interval[1] / unit)] as const }),
    pValue,
    isSignificant,
    samples: points.length,
    ...(level === undefined ? {} : { level }),
    ...(isForecast
      ? crossingOf({ ...line, interval }, inHours, { level: level * unit, originMs, nowMs })
      : {}),
  };
}

/** What a thousandth is taken of: 1 for a score, the size of its values for a metric. */
function wholeOf({ metric }: TrendSeries, points: readonly Point[]): number {
  return metric === undefined
    ? 1
    : points.reduce((sum, { value }) => sum + Math.abs(value), 0) / points.length;
}

function inUnit(points: readonly Point[], unit: number): readonly Point[] {
  return unit === 1 ? points : points.map(({ at, value }) => ({ at, value: value * unit }));
}

function bounded(value: number): number {
  return Math.max(-Number.MAX_VALUE, Math.min(Number.MAX_VALUE, value));
}

function levelOf({ metric, goal, level }: TrendSeries): number | undefined {
  return level ?? (metric === undefined ? SCORE_LEVEL : goal?.bad);
}

/** A score that improves is not warned of; a level that was asked for is, whichever way it is crossed. */
function headsFor(series: TrendSeries, slope: number, level: number): boolean {
  return series.level === level || directionOf(series, slope) === 'declining';
}

function directionOf({ metric, goal }: TrendSeries, slope: number): Trend['direction'] {
  if (metric !== undefined && goal === undefined) return slope > 0 ? 'rising' : 'falling';
  const isHighGood = goal === undefined || goal.good > goal.bad;
  return slope > 0 === isHighGood ? 'improving' : 'declining';
}

/** The wall clock may have been set back within a series: what then lies in the past of an earlier point is left out, as is what is no number. */
function inOrder(points: readonly Point[]): Point[] {
  let newest = Number.NEGATIVE_INFINITY;
  return points.filter(({ at, value }) => {
    if (at <= newest || !Number.isFinite(value)) return false;
    newest = at;
    return true;
  });
}

function averageDown(points: readonly Point[], mostPoints: number): readonly Point[] {
  if (points.length <= mostPoints) return points;
  const size = Math.ceil(points.length / mostPoints);
  const averaged: Point[] = [];
  for (let from = 0; from < points.length; from += size) {
    const bucket = points.slice(from, from + size);
    const sum = bucket.reduce((total, { at, value }) => ({ at: total.at + at, value: total.value + value }));
    averaged.push({ at: sum.at / bucket.length, value: sum.value / bucket.length });
  }
  return averaged;
}
