import { type HistogramPoint, numberOf } from './otlp-messages.js';

/** Counts between bounds: `counts[i]` lie above `bounds[i - 1]` and up to `bounds[i]`; the last has no upper bound. */
export interface Buckets {
  bounds: number[];
  counts: number[];
  count: number;
  sum: number;
}

/** The buckets of a point, explicit or exponential; of one that `problemOfBuckets` has nothing against. */
export function bucketsOf(point: HistogramPoint): Buckets {
  const { bounds, counts } = isExplicit(point)
    ? { bounds: numbersOf(point.explicitBounds), counts: numbersOf(point.bucketCounts) }
    : exponentialBuckets(point, point.scale ?? 0);
  return { bounds, counts, count: numberOf(point.count) || 0, sum: numberOf(point.sum) };
}

/**
 * What makes the buckets of a point none; undefined for nothing. A histogram may have no buckets at all.
 *
 * @source opentelemetry-proto, HistogramDataPoint and ExponentialHistogramDataPoint
 */
export function problemOfBuckets(point: HistogramPoint): string | undefined {
  const { count, zeroCount, positive, negative, bucketCounts, explicitBounds } = point;
  const lists = [bucketCounts, explicitBounds, positive?.bucketCounts, negative?.bucketCounts];
  if (lists.some((list) => list !== undefined && list !== null && !Array.isArray(list)))
    return 'a histogram whose buckets are no list';
  const counts = isExplicit(point)
    ? numbersOf(bucketCounts)
    : [...numbersOf(positive?.bucketCounts), ...numbersOf(negative?.bucketCounts)];
  if (![count, zeroCount].every(isCountOrNone) || !counts.every(isCount))
    return 'a histogram whose counts are no whole numbers from 0';
  return isExplicit(point) ? problemOfBounds(numbersOf(explicitBounds), counts) : problemOfScale(point);
}

function problemOfBounds(bounds: readonly number[], counts: readonly number[]): string | undefined {
  const isEmpty = bounds.length + counts.length === 0;
  if (!isEmpty && counts.length !== bounds.length + 1)
    return 'a histogram that has not one bucket more than bounds';
  const isRising = bounds.every(
    (bound, index) => Number.isFinite(bound) && bound > (bounds[index - 1] ?? Number.NEGATIVE_INFINITY),
  );
  return isRising ? undefined : 'a histogram whose bounds do not rise';
}

function problemOfScale({ scale, positive, negative }: HistogramPoint): string | undefined {
  return [scale ?? 0, positive?.offset ?? 0, negative?.offset ?? 0].every(Number.isInteger)
    ? undefined
    : 'a histogram whose scale and offsets are no whole numbers';
}

/** A scale of 0 is not on the wire: what has buckets of either side is exponential all the same. */
function isExplicit({ bucketCounts, explicitBounds, scale, positive, negative }: HistogramPoint): boolean {
  if ((bucketCounts?.length ?? 0) + (explicitBounds?.length ?? 0) > 0) return true;
  return (scale ?? positive ?? negative ?? undefined) === undefined;
}

function isCount(count: number): boolean {
  return Number.isInteger(count) && count >= 0;
}

function isCountOrNone(count: number | string | null | undefined): boolean {
  return count === undefined || count === null || isCount(numberOf(count));
}

function numbersOf(list: readonly (number | string)[] | null | undefined): number[] {
  return (list ?? []).map(numberOf);
}

/** Bounds are powers of 2^(2^-scale). @source opentelemetry-proto, ExponentialHistogramDataPoint */
function exponentialBuckets({ zeroCount, positive, negative }: HistogramPoint, scale: number) {
  const base = 2 ** (2 ** -scale);
  const bounds: number[] = [];
  const counts: number[] = [];
  const below = numbersOf(negative?.bucketCounts);
  const above = numbersOf(positive?.bucketCounts);
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
  if (before === undefined || now.count < before.count || !hasSameBounds(now, before)) return now;
  return {
    bounds: now.bounds,
    counts: now.counts.map((count, index) => count - (before.counts[index] ?? 0)),
    count: now.count - before.count,
    sum: now.sum - before.sum,
  };
}

/**
 * Several histograms as one. Where their bounds differ, the values of a bucket are spread over the finer ones within it as
 * if they lay evenly in it; those beyond the last bound stay next to it.
 */
export function mergedBuckets(all: readonly Buckets[]): Buckets {
  const [first, ...rest] = all;
  if (first === undefined || rest.length === 0) return first ?? { bounds: [], counts: [], count: 0, sum: 0 };
  const count = all.reduce((sum, one) => sum + one.count, 0);
  const sum = all.reduce((total, one) => total + one.sum, 0);
  if (rest.every((one) => hasSameBounds(one, first))) {
    const counts = first.counts.map((_own, index) =>
      all.reduce((sum, one) => sum + (one.counts[index] ?? 0), 0),
    );
    return { bounds: first.bounds, counts, count, sum };
  }
  const bounds = [...new Set(all.flatMap((one) => one.bounds))].sort((a, b) => a - b);
  const upTo = all.map((one) => countsUpTo(one, bounds));
  const counts = [...bounds, Number.POSITIVE_INFINITY].map((_bound, index) =>
    upTo.reduce((sum, counted) => sum + (counted[index] ?? 0) - (counted[index - 1] ?? 0), 0),
  );
  return { bounds, counts, count, sum };
}

/** How many lie up to each of these bounds, and at last how many there are. */
function countsUpTo({ bounds: own, counts }: Buckets, bounds: readonly number[]): number[] {
  let index = 0;
  let below = 0;
  const all = counts.reduce((sum, count) => sum + count, 0);
  const counted = bounds.map((bound) => {
    for (; index < own.length && (own[index] ?? bound) <= bound; index += 1) below += counts[index] ?? 0;
    const upper = own[index];
    if (upper === undefined) return own.at(-1) === bound ? below : all;
    const lower = lowerOf(own, index);
    return bound <= lower ? below : below + ((counts[index] ?? 0) * (bound - lower)) / (upper - lower);
  });
  return [...counted, all];
}

/** Of the first bucket nothing says how low its values lie: 0, unless it lies below that. */
function lowerOf(bounds: readonly number[], index: number): number {
  const upper = bounds[index] ?? 0;
  return index === 0 ? Math.min(0, upper) : (bounds[index - 1] ?? upper);
}

function hasSameBounds(one: Buckets, other: Buckets): boolean {
  if (one.counts.length !== other.counts.length || one.bounds.length !== other.bounds.length) return false;
  return one.bounds.every((bound, index) => bound === other.bounds[index]);
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
    const lower = lowerOf(bounds, index);
    return lower + ((wanted - below) / count) * (upper - lower);
  }
  return bounds.at(-1);
}
