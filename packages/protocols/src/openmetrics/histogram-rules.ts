import type { MetricPoint } from './exposition.js';
import { groupKey, type OpenFamily } from './point-rules.js';
import { readNumber } from './scan-point.js';

/** The points of one histogram at one moment. */
interface Tally {
  key: string;
  timestamp: number | undefined;
  bucket: number | undefined;
  value: number;
  count: number | undefined;
  hasSum: boolean;
  hasNegativeBucket: boolean;
  hasNegativeGaugeSum: boolean;
  hasGaugeSum: boolean;
}

/** Are the buckets of every histogram of a family complete, in order, and in line with count and sum? */
export function histogramProblem(points: readonly MetricPoint[], family: OpenFamily): string | undefined {
  let tally: Tally | undefined;
  for (const point of points) {
    const key = groupKey(point, family);
    if (tally === undefined || key !== tally.key || point.timestamp !== tally.timestamp) {
      const why = tally && wholeProblem(tally);
      if (why !== undefined) return why;
      tally = createTally(key, point.timestamp);
    }
    const why = addPoint(tally, point, point.name.slice(family.name.length));
    if (why !== undefined) return why;
  }
  return tally && wholeProblem(tally);
}

function createTally(key: string, timestamp: number | undefined): Tally {
  return {
    key,
    timestamp,
    bucket: undefined,
    value: 0,
    count: undefined,
    hasSum: false,
    hasNegativeBucket: false,
    hasNegativeGaugeSum: false,
    hasGaugeSum: false,
  };
}

function addPoint(tally: Tally, { value, labels }: MetricPoint, suffix: string): string | undefined {
  if (suffix === '_count' || suffix === '_gcount') tally.count = value;
  else if (suffix === '_sum') tally.hasSum = true;
  else if (suffix === '_gsum') {
    tally.hasGaugeSum = true;
    if (value < 0) tally.hasNegativeGaugeSum = true;
  } else if (suffix === '_bucket') return addBucket(tally, readNumber(labels.le ?? '') ?? Number.NaN, value);
  return undefined;
}

function addBucket(tally: Tally, bound: number, value: number): string | undefined {
  if (tally.bucket !== undefined && bound <= tally.bucket) return 'buckets come in the order of their bounds';
  if (value < tally.value) return 'a bucket holds what the ones before it hold';
  if (bound < 0) tally.hasNegativeBucket = true;
  tally.bucket = bound;
  tally.value = value;
  return undefined;
}

function wholeProblem(tally: Tally): string | undefined {
  const { bucket, count, value, hasSum, hasGaugeSum } = tally;
  if (bucket !== Number.POSITIVE_INFINITY) return 'the bucket with le="+Inf" is missing';
  if (count !== undefined && count !== value) return 'the count is not what the last bucket holds';
  const hasAnySum = hasSum || hasGaugeSum;
  if (hasAnySum && count === undefined) return 'a sum needs a count';
  if (!hasAnySum && count !== undefined) return 'a count needs a sum';
  if (tally.hasNegativeBucket && hasSum) return 'with negative buckets there is no sum';
  if (!tally.hasNegativeBucket && tally.hasNegativeGaugeSum) return 'a negative sum needs negative buckets';
  return undefined;
}
