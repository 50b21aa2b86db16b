import { type Buckets, mergedBuckets, quantileOf } from './histogram-figures.js';

/** What one process tells of a metric, and how several tell of it together. */
export type Figure =
  | { readonly how: 'sum' | 'mean' | 'highest'; readonly value: number }
  | { readonly how: 'bucketMean'; readonly buckets: Buckets }
  | { readonly how: 'quantile'; readonly buckets: Buckets; readonly share: number };

/** Figures by the names of the metrics they become. */
export type NamedFigures = Map<string, Figure>;

/**
 * One value of what the processes of a service tell under one name: counts and rates are added; gauges, which by their
 * definition do not add up, are averaged; of histograms it is the mean or the quantile of all values together. A
 * summary's quantiles cannot be put together: the highest one stands for them.
 *
 * @param figures Of one name, so of one kind; at least one.
 * @returns NaN for none.
 * @source opentelemetry-specification, metrics API: which instruments are additive
 */
export function together(figures: readonly Figure[]): number {
  const [first] = figures;
  if (first === undefined) return Number.NaN;
  if (first.how === 'quantile')
    return quantileOf(mergedBuckets(bucketsOfAll(figures)), first.share) ?? Number.NaN;
  if (first.how === 'bucketMean') {
    const all = bucketsOfAll(figures);
    return sumOf(all.map(({ sum }) => sum)) / sumOf(all.map(({ count }) => count));
  }
  const values = figures.flatMap((figure) => ('value' in figure ? [figure.value] : []));
  if (first.how === 'highest') return Math.max(...values);
  return first.how === 'sum' ? sumOf(values) : sumOf(values) / values.length;
}

function bucketsOfAll(figures: readonly Figure[]): Buckets[] {
  return figures.flatMap((figure) => ('buckets' in figure ? [figure.buckets] : []));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
