import type { SeriesAnswer, SeriesName } from '@dreamnet/contracts';
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

/** Asks for whole steps, so that a point does not change its value while time goes on. */
async function askSeries(
  { kind, subject, metric }: SeriesName,
  { spanMs, stepMs }: Range,
  now: number,
): Promise<SeriesStretch> {
  const toMs = Math.ceil(now / stepMs) * stepMs;
  const fromMs = toMs - spanMs;
  const query = new URLSearchParams({
    kind,
    subject,
    metric,
    from: String(fromMs),
    to: String(toMs),
    step: String(stepMs),
  });
  return { ...(await answerOf(query)), fromMs, toMs, stepMs };
}

/** A series nobody has written yet is empty, not wrong. */
async function answerOf(query: URLSearchParams): Promise<SeriesAnswer> {
  try {
    return await request<SeriesAnswer>(`api/series/range?${query}`);
  } catch (error) {
    if (error instanceof ApiError && error.code === 'DN_CORE_SERIES_UNKNOWN')
      return { points: [], resolution: 'raw' };
    throw error;
  }
}
