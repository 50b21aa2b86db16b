import type { SeriesListing, Trend } from '@dreamnet/contracts';
import type { MetricTrends } from './metric-trends.js';

/** So many series are looked at in one go; where there are more they take turns. */
const BATCH = 200;

/** What somebody wants to be told of. */
export interface WatchedMetrics {
  /** Stands for whoever asks: the same object each time. */
  owner: object;
  isWanted(name: { subject: string; metric: string }): boolean;
  level?: number;
}

/** A trend, and the time of its series' newest value, epoch ms. */
export interface WatchedTrend extends Trend {
  lastAt: number;
}

/** What is known of one asker's series. */
interface Known {
  trends: Map<string, Trend>;
  /** Where the next turn begins. */
  next: number;
}

/**
 * Trends of metrics for those who ask again and again, such as alert rules: each call looks at up to 200 series anew and
 * answers for all of them.
 *
 * @param trends Reads the series.
 * @returns Gives the newest trend of every wanted series that has values of the last hour and at least 10 points.
 */
export function createWatchedTrends(
  trends: Pick<MetricTrends, 'of' | 'moving'>,
): (wanted: WatchedMetrics) => readonly WatchedTrend[] {
  const known = new WeakMap<object, Known>();
  return ({ owner, isWanted, level }) => {
    const listed = trends.moving(isWanted);
    const mine = known.get(owner) ?? { trends: new Map<string, Trend>(), next: 0 };
    known.set(owner, mine);
    const batch = takeTurn(mine, listed);
    for (const one of batch) mine.trends.delete(keyOf(one.subject, one.metric));
    for (const trend of trends.of(batch, level)) mine.trends.set(keyOf(trend.subject, trend.metric), trend);
    const newest = new Map(
      listed.map(({ subject, metric, lastAt }) => [keyOf(subject, metric), lastAt ?? 0]),
    );
    const found: WatchedTrend[] = [];
    for (const [key, trend] of mine.trends) {
      const lastAt = newest.get(key);
      if (lastAt === undefined) mine.trends.delete(key);
      else found.push({ ...trend, lastAt });
    }
    return found;
  };
}

function takeTurn(mine: Known, listed: readonly SeriesListing[]): readonly SeriesListing[] {
  if (listed.length <= BATCH) return listed;
  const from = mine.next < listed.length ? mine.next : 0;
  mine.next = from + BATCH;
  return listed.slice(from, from + BATCH);
}

/** No name holds a NUL. */
function keyOf(subject: string, metric: string | undefined): string {
  return `${subject}\u0000${metric ?? ''}`;
}
