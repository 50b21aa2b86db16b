import type { SeriesListing, SeriesName } from '@dreamnet/contracts';
import type { Series, SeriesBook } from './series-book.js';

/** Which series to list; what is left out is all. */
export interface SeriesFilter {
  kind?: SeriesName['kind'];
  subject?: string;
  metric?: string;
  /** Of the series left, which to list. */
  isWanted?: (name: SeriesName) => boolean;
  /** Default 1000, at most 10 000. */
  limit?: number;
}

const DEFAULT_LIMIT = 1000;
const LARGEST_LIMIT = 10_000;

/** Series with their newest values, by subject, then metric. */
export function listSeries(book: SeriesBook, filter: SeriesFilter): SeriesListing[] {
  const { kind, subject, metric, isWanted } = filter;
  const limit = Math.max(0, Math.min(filter.limit ?? DEFAULT_LIMIT, LARGEST_LIMIT));
  const found: Series[] = [];
  for (const series of book.all()) {
    const { name } = series;
    if (kind !== undefined && name.kind !== kind) continue;
    if (subject !== undefined && name.subject !== subject) continue;
    if (metric !== undefined && name.metric !== metric) continue;
    if (isWanted === undefined || isWanted(name)) found.push(series);
  }
  return found
    .sort((a, b) => compare(a.name.subject, b.name.subject) || compare(a.name.metric, b.name.metric))
    .slice(0, limit)
    .map(toListing);
}

function toListing({ name, firstAt, lastAt, lastValue }: Series): SeriesListing {
  return { ...name, firstAt: orNull(firstAt), lastAt: orNull(lastAt), lastValue: orNull(lastValue) };
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
