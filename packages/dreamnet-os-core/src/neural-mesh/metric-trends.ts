import type { SeriesListing, SubsystemManifest, Trend } from '@dreamnet/contracts';
import type { SeriesHistory } from '../os-store/series/series-history.js';
import { detectTrends, type TrendSeries } from './trends.js';

/** All pairs of so many points of so many series are some tens of milliseconds. */
const MOST_SERIES = 200;
/** Those with the newest values are found among so many. */
const MOST_LISTED = 10_000;
const POINTS_OF_ONE_AMONG_MANY = 60;
const POINTS_OF_A_FEW = 120;
const A_FEW = 20;
const DEFAULT_SPAN_MS = 3_600_000;

/** Which metrics' trends to look for, and how. */
export interface TrendQuery {
  subject?: string;
  metric?: string;
  /** Of the metrics left, which to look at. */
  isWanted?: (name: { subject: string; metric: string }) => boolean;
  /** How far back. Default 1 h. */
  spanMs?: number;
  /** Forecast when this is crossed, in the metric's unit. */
  level?: number;
}

export interface MetricTrendsOptions {
  history: Pick<SeriesHistory, 'list' | 'points'>;
  manifest: (subject: string) => SubsystemManifest | undefined;
  now: () => number;
}

/**
 * Trends of the metrics that are asked for, from what is in memory of their history.
 *
 * @returns Of the 200 with the newest values at most; those with fewer than 10 points in the span are left out.
 */
export function metricTrends(options: MetricTrendsOptions, query: TrendQuery = {}): Trend[] {
  const { subject, metric, isWanted, spanMs = DEFAULT_SPAN_MS, level } = query;
  const nowMs = options.now();
  const listed = options.history.list({
    kind: 'metric',
    ...(subject === undefined ? {} : { subject }),
    ...(metric === undefined ? {} : { metric }),
    ...(isWanted === undefined ? {} : { isWanted, limit: MOST_LISTED }),
  });
  const recent = listed
    .filter(({ lastAt }) => lastAt !== null && lastAt >= nowMs - spanMs)
    .sort((a, b) => (b.lastAt ?? 0) - (a.lastAt ?? 0))
    .slice(0, MOST_SERIES);
  const series = recent.map(
    (one): TrendSeries => ({
      ...goalOf(options, one),
      subject: one.subject,
      metric: one.metric,
      points: options.history.points(one, nowMs - spanMs, nowMs + 1),
      ...(level === undefined ? {} : { level }),
    }),
  );
  return detectTrends(series, series.length <= A_FEW ? POINTS_OF_A_FEW : POINTS_OF_ONE_AMONG_MANY);
}

/** Better and worse as the subsystem's own indicator of this metric says. */
function goalOf(
  { manifest }: MetricTrendsOptions,
  { subject, metric }: SeriesListing,
): Pick<TrendSeries, 'goal'> {
  const indicator = manifest(subject)?.indicators?.find((one) => one.metric === metric);
  return indicator === undefined ? {} : { goal: { good: indicator.good, bad: indicator.bad } };
}
