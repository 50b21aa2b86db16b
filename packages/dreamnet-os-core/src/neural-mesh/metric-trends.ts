import type { SeriesListing, SubsystemManifest, Trend } from '@dreamnet/contracts';
import { HOUR_MS, MINUTE_MS } from '../os-store/series/rollup.js';
import type { SeriesHistory } from '../os-store/series/series-history.js';
import { stepMeans } from './step-means.js';
import { detectTrends, type TrendSeries } from './trends.js';

/** Looked at in one go: at under a millisecond each nobody waits long behind them. */
const MOST_SERIES = 200;
const POINTS_OF_ONE_AMONG_MANY = 60;
const POINTS_OF_A_FEW = 120;
const A_FEW = 20;
/** Hours of a step are read one by one up to so many, beyond it as so many lots. */
const MOST_UNITS = 10;
const RESOLUTION_MS = { raw: 0, '1m': MINUTE_MS, '1h': HOUR_MS };
/** How far back trends look unless said otherwise. */
export const TREND_SPAN_MS = 3_600_000;
/** As many as the history lists at most. */
const ALL_SERIES = 10_000;

/** Which metrics' trends to look for, and how. */
export interface TrendQuery {
  /** A subsystem; for a domain it is the trend of its score. */
  subject?: string;
  metric?: string;
  /** How far back. Default 1 h. */
  spanMs?: number;
  /** Forecast when this is crossed, in the series' unit. */
  level?: number;
}

export interface MetricTrendsOptions {
  history: Pick<SeriesHistory, 'list' | 'points' | 'range'>;
  manifest: (subject: string) => SubsystemManifest | undefined;
  now: () => number;
}

/** Trends of series in the history. */
export interface MetricTrends {
  /** Of metrics of the last hour, from what is in memory, at once: of the 200 with the newest values at most. */
  recent(): Trend[];
  /**
   * Of the metrics and scores asked for, from memory and store: of the 200 with the newest values at most.
   *
   * @returns Without those that have fewer than 10 points in the span.
   * @throws the store's errors
   */
  asked(query: TrendQuery): Promise<Trend[]>;
  /** The listed series over the last hour, from what is in memory. */
  of(listed: readonly SeriesListing[], level: number | undefined): Trend[];
  /** Metrics with a value within the last hour. */
  moving(isWanted?: (name: { subject: string; metric: string }) => boolean): SeriesListing[];
}

/** Reads series, newest values first, and looks for their trends. */
export function createMetricTrends(options: MetricTrendsOptions): MetricTrends {
  const { history, now } = options;
  const listed = (filter: Parameters<SeriesHistory['list']>[0], spanMs: number): SeriesListing[] => {
    const sinceMs = now() - spanMs;
    return history.list({ ...filter, limit: ALL_SERIES }).filter(({ lastAt }) => (lastAt ?? 0) >= sinceMs);
  };
  const of = (among: readonly SeriesListing[], level: number | undefined): Trend[] => {
    const nowMs = now();
    const points = (one: SeriesListing) => history.points(one, nowMs - TREND_SPAN_MS, nowMs + 1);
    const series = among.map((one) => trendSeries(options, one, { points: points(one), level }));
    return detectTrends(series, { mostPoints: pointsFor(among.length), nowMs });
  };
  const moving: MetricTrends['moving'] = (isWanted) =>
    listed({ kind: 'metric', ...(isWanted && { isWanted }) }, TREND_SPAN_MS);
  return {
    of,
    moving,
    recent: () => of(newest(moving()), undefined),
    asked: async ({ subject, metric, spanMs = TREND_SPAN_MS, level }) => {
      const filter = {
        ...(subject === undefined ? {} : { subject }),
        ...(metric === undefined ? {} : { metric }),
      };
      const among = newest([
        ...listed({ ...filter, kind: 'metric' }, spanMs),
        ...listed({ metric: 'score', ...filter, kind: 'score' }, spanMs),
      ]);
      const nowMs = now();
      const mostPoints = pointsFor(among.length);
      const found: Trend[] = [];
      // One after the other: each waits for the store, and others have their turn between them.
      for (const one of among) {
        const points = await spreadPoints(history, one, { nowMs, spanMs, mostPoints });
        const series = trendSeries(options, one, { points, level });
        found.push(...detectTrends([series], { mostPoints, nowMs }));
      }
      return found;
    },
  };
}

/** Values up to two hours back or so; minutes or hours where a step holds some of them, each at its middle. */
async function spreadPoints(
  history: Pick<SeriesHistory, 'range'>,
  series: SeriesListing,
  { nowMs, spanMs, mostPoints }: { nowMs: number; spanMs: number; mostPoints: number },
): Promise<TrendSeries['points']> {
  const fromMs = Math.max(nowMs - spanMs, series.firstAt ?? 0);
  const stepMs = Math.max(1, Math.ceil((nowMs - fromMs) / mostPoints));
  const unitMs = unitOf(stepMs);
  const { points, resolution } = await history.range({
    series,
    fromMs,
    toMs: nowMs + 1,
    ...(unitMs > 0 && { stepMs: unitMs }),
  });
  const lengthMs = Math.max(unitMs, RESOLUTION_MS[resolution]);
  // Of the first and the last unit only a part has been.
  const middleOf = (at: number) => (Math.max(at, fromMs) + Math.min(at + lengthMs, nowMs)) / 2;
  const placed = points.map(({ at, mean, count }) => ({
    at: lengthMs === 0 ? at : middleOf(at),
    value: mean,
    count,
  }));
  return placed.length <= mostPoints ? placed : stepMeans(placed, stepMs);
}

/** What is read for steps of this length: 0 is each value. */
function unitOf(stepMs: number): number {
  if (stepMs < MINUTE_MS) return 0;
  if (stepMs < HOUR_MS) return MINUTE_MS;
  return HOUR_MS * Math.max(1, Math.floor(stepMs / (MOST_UNITS * HOUR_MS)));
}

function pointsFor(series: number): number {
  return series <= A_FEW ? POINTS_OF_A_FEW : POINTS_OF_ONE_AMONG_MANY;
}

function newest(listed: readonly SeriesListing[]): SeriesListing[] {
  return [...listed].sort((a, b) => (b.lastAt ?? 0) - (a.lastAt ?? 0)).slice(0, MOST_SERIES);
}

function trendSeries(
  options: MetricTrendsOptions,
  listed: SeriesListing,
  { points, level }: { points: TrendSeries['points']; level: number | undefined },
): TrendSeries {
  const { kind, subject, metric } = listed;
  return {
    ...(kind === 'score' ? {} : { ...goalOf(options, listed), metric }),
    subject,
    points,
    ...(level === undefined ? {} : { level }),
  };
}

/** Better and worse as the subsystem's own indicator of this metric says. */
function goalOf(
  { manifest }: MetricTrendsOptions,
  { subject, metric }: SeriesListing,
): Pick<TrendSeries, 'goal'> {
  const indicator = manifest(subject)?.indicators?.find((one) => one.metric === metric);
  return indicator === undefined ? {} : { goal: { good: indicator.good, bad: indicator.bad } };
}
