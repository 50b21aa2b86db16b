import { type HistogramPoint, numberOf } from './otlp-messages.js';

/** Counts between bounds: `counts[i]` lie above `bounds[i - 1]` and up to `bounds[i]`; the last has no upper bound. */
export interface Buckets {
  bounds: number[];
  counts: number[];
  count: number;
  sum: number;
}

/** The buckets of a point, explicit or exponential. */
export function bucketsOf(point: HistogramPoint): Buckets {
  const explicit = (point.bucketCounts ?? []).map(numberOf);
  const isExplicit = explicit.length > 0 || point.scale === undefined;
  const { bounds, counts } = isExplicit
    ? { bounds: point.explicitBounds ?? [], counts: explicit }
    : exponentialBuckets(point, point.scale ?? 0);
  return { bounds, counts, count: numberOf(point.count) || 0, sum: point.sum ?? Number.NaN };
}

/** Bounds are powers of 2^(2^-scale). @source opentelemetry-proto, ExponentialHistogramDataPoint */
function exponentialBuckets({ zeroCount, positive, negative }: HistogramPoint, scale: number) {
  const base = 2 ** (2 ** -scale);
  const bounds: number[] = [];
  const counts: number[] = [];
  const below = (negative?.bucketCounts ?? []).map(numberOf);
  const above = (positive?.bucketCounts ?? []).map(numberOf);
  for (let index = below.length - 1; index >= 0; index -= 1) {
    bounds.push(-(base ** ((negative?.offset ?? 0) + index)));
    counts.push(below[index] ?? 0);
  }
  bounds.push(base ** (positive?.offset ?? 0));
  counts.push(numberOf(zeroCount) || 0);
  for (let index = 0; index < above.length; index += 1) {
    bounds.push(base ** ((positive?.offset ?? 0) + index + 1));
    counts.push(above[index] ?? 0);
  }
  counts.push(0);
  return { bounds, counts };
}

/** What came since an earlier state of the same histogram; all of it when it began anew or its bounds changed. */
export function bucketsSince(now: Buckets, before: Buckets | undefined): Buckets {
  if (before === undefined || now.count < before.count || now.counts.length !== before.counts.length)
    return now;
  if (now.bounds.some((bound, index) => bound !== before.bounds[index])) return now;
  return {
    bounds: now.bounds,
    counts: now.counts.map((count, index) => count - (before.counts[index] ?? 0)),
    count: now.count - before.count,
    sum: now.sum - before.sum,
  };
}

/**
 * The value below which a share of all lies, as if they lay evenly within their bucket; the last bound for what lies
 * beyond it. Undefined without values or bounds.
 */
export function quantileOf({ bounds, counts }: Buckets, share: number): number | undefined {
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total <= 0 || bounds.length === 0) return undefined;
  const wanted = share * total;
  let below = 0;
  for (const [index, count] of counts.entries()) {
    if (below + count < wanted || count === 0) {
      below += count;
      continue;
    }
    const upper = bounds[index];
    if (upper === undefined) return bounds.at(-1);
    const lower = index === 0 ? Math.min(0, upper) : (bounds[index - 1] ?? upper);
    return lower + ((wanted - below) / count) * (upper - lower);
  }
  return bounds.at(-1);
}
