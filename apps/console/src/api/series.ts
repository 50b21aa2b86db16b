import type { AnomalyPoint, SeriesAnswer, SeriesName, Trend } from '@dreamnet/contracts';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import type { Range } from '../chart/ranges.js';
import { ApiError, request } from './http.js';
import { pace } from './queries.js';

/** A stretch of a series with the times it was asked for, epoch ms. */
export interface SeriesStretch extends SeriesAnswer {
  fromMs: number;
  toMs: number;
  stepMs: number;
}

/** The scores of a stretch with the times it was asked for, epoch ms. */
export interface AnomalyStretch {
  scored: AnomalyPoint[];
  fromMs: number;
  toMs: number;
  stepMs: number;
}

/** Faster than this a chart is not worth asking for again. */
const SHORTEST_INTERVAL_MS = 5_000;

/** The last stretch of one series, kept up to date as far as its points are apart. */
export function useSeries(name: SeriesName, range: Range): UseQueryResult<SeriesStretch> {
  const seriesKey = ['range', name.kind, name.subject, name.metric] as const;
  return useQuery({
    queryKey: [...seriesKey, range.id],
    queryFn: () => pace.time('range', () => askSeries(name, range, Date.now())),
    refetchInterval: () => pace.intervalMs('range', Math.max(SHORTEST_INTERVAL_MS, range.stepMs)),
    // Another range of the same series may be seen until the new one is there; another series may not.
    placeholderData: (before, query) =>
      query && seriesKey.every((part, index) => query.queryKey[index] === part) ? before : undefined,
  });
}

/** How unusual each point of the stretch was; asked for with the same steps as the values. */
export function useAnomalies(name: SeriesName, range: Range): UseQueryResult<AnomalyStretch> {
  return useQuery({
    queryKey: ['scored', name.kind, name.subject, name.metric, range.id],
    queryFn: () => pace.time('scored', () => askAnomalies(name, range, Date.now())),
    refetchInterval: () => pace.intervalMs('scored', Math.max(SHORTEST_INTERVAL_MS, range.stepMs)),
  });
}

/**
 * How one series moves within the range; null while it has too few points to tell. Of counts and statuses only what is
 * in the table of all trends is known.
 */
export function useTrendOf(name: SeriesName, range: Range): UseQueryResult<Trend | null> {
  const { kind, subject, metric } = name;
  return useQuery({
    queryKey: ['trend', kind, subject, metric, range.id],
    queryFn: async () => {
      const query = new URLSearchParams({ subject, metric, since: `${range.spanMs / 1_000}s` });
      const asked = () => request<{ trends: Trend[] }>(`api/trends?${query}`);
      const { trends } = await pace.time('trend', asked);
      const found = kind === 'score' ? undefined : metric;
      return trends.find((trend) => trend.metric === found) ?? null;
    },
    enabled: kind === 'metric' || (kind === 'score' && metric === 'score'),
    refetchInterval: () => pace.intervalMs('trend', Math.max(SHORTEST_INTERVAL_MS, range.stepMs)),
  });
}

async function askAnomalies(name: SeriesName, range: Range, now: number): Promise<AnomalyStretch> {
  const { query, ...stretch } = stretchOf(name, range, now);
  const answer = await orEmpty(request<{ points: AnomalyPoint[] }>(`api/series/anomalies?${query}`));
  return { scored: answer?.points ?? [], ...stretch };
}

async function askSeries(name: SeriesName, range: Range, now: number): Promise<SeriesStretch> {
  const { query, ...stretch } = stretchOf(name, range, now);
  const answer = await orEmpty(request<SeriesAnswer>(`api/series/range?${query}`));
  return { ...(answer ?? { points: [], resolution: 'raw' }), ...stretch };
}

/** Whole steps, so that a point does not change its value while time goes on. */
function stretchOf({ kind, subject, metric }: SeriesName, { spanMs, stepMs }: Range, now: number) {
  const toMs = Math.ceil(now / stepMs) * stepMs;
  const fromMs = toMs - spanMs;
  const times = { from: String(fromMs), to: String(toMs), step: String(stepMs) };
  return { query: new URLSearchParams({ kind, subject, metric, ...times }), fromMs, toMs, stepMs };
}

/** A series nobody has written yet is empty, not wrong. */
async function orEmpty<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'DN_CORE_SERIES_UNKNOWN') return undefined;
    throw error;
  }
}
