import { meanOf } from '@dreamnet/kit';
import { type Buckets, mergedBuckets, quantileOf } from './histogram-figures.js';

/** What one process tells of a metric, and how several tell of it together. */
export type Figure =
  | { readonly how: 'sum' | 'mean' | 'highest'; readonly value: number }
  | { readonly how: 'bucketMean'; readonly buckets: Buckets }
  | { readonly how: 'quantile'; readonly buckets: Buckets; readonly share: number };

/** Figures by the names of the metrics they become, and of each by the scope that tells it. */
export type NamedFigures = Map<string, Map<string, Figure>>;

/** Adds a figure; one of the same name and scope makes room for it. */
export function putFigure(
  into: NamedFigures,
  name: string,
  { scope, figure }: { scope: string; figure: Figure },
): void {
  const known = into.get(name);
  if (known === undefined) into.set(name, new Map([[scope, figure]]));
  else known.set(scope, figure);
}

/**
 * One value of what the processes of a service, and the scopes within them, tell under one name: counts and rates are
 * added; gauges, which by their definition do not add up, are averaged; of histograms it is the mean or the quantile of
 * all values together. A summary's quantiles cannot be put together: the highest one stands for them.
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
  return first.how === 'sum' ? sumOf(values) : meanOf(values);
}

function bucketsOfAll(figures: readonly Figure[]): Buckets[] {
  return figures.flatMap((figure) => ('buckets' in figure ? [figure.buckets] : []));
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
