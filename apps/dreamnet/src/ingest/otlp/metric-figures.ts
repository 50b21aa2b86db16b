import { type Buckets, bucketsOf, bucketsSince, quantileOf } from './histogram-figures.js';
import {
  attributesOf,
  type HistogramPoint,
  msOf,
  type NumberPoint,
  numberOf,
  type OtlpAttribute,
  type OtlpMetric,
  type SummaryPoint,
} from './otlp-messages.js';

/** The last state of what is told as a sum since a start. */
type Memory = { value: number; atMs: number } | { buckets: Buckets; atMs: number };

/** Turns the points of one service into figures, with what is known of their last state. */
export interface MetricFigures {
  /** Adds to `into`. @returns points that could not be taken */
  take(metric: OtlpMetric, into: Record<string, number>): number;
}

/** Cumulative series remembered per service; what is beyond has no rates. */
const MOST_REMEMBERED = 500;
/** SDKs make some 20, or 160 a side; each is remembered while its series is. */
const MOST_BUCKETS = 1000;
const LONGEST_NAME = 200;
const CUMULATIVE = new Set<unknown>([2, 'AGGREGATION_TEMPORALITY_CUMULATIVE']);

/** Nothing remembered yet. */
export function createMetricFigures(): MetricFigures {
  const memory = new Map<string, Memory>();
  const remember = (name: string, state: Memory): void => {
    if (memory.has(name) || memory.size < MOST_REMEMBERED) memory.set(name, state);
  };
  return {
    take: (metric, into) => {
      const put = (name: string, suffix: string, value: number | undefined): void => {
        if (value !== undefined && Number.isFinite(value)) into[withSuffix(name, suffix)] = value;
      };
      const tools = { put, remember, memory };
      const { gauge, sum, histogram = metric.exponentialHistogram, summary } = metric;
      const isCumulative = CUMULATIVE.has((sum ?? histogram)?.aggregationTemporality);
      let rejected = 0;
      const each = <P extends { attributes?: OtlpAttribute[] }>(
        points: readonly P[] = [],
        takePoint: (point: P, name: string) => void,
      ): void => {
        for (const point of points) {
          const name = nameOf(metric.name, point.attributes);
          if (name === undefined) rejected += 1;
          else takePoint(point, name);
        }
      };
      each(gauge?.dataPoints, (point, name) => put(name, '', pointValue(point)));
      each(sum?.dataPoints, (point, name) =>
        takeSum(point, { name, isCumulative, isMonotonic: sum?.isMonotonic === true }, tools),
      );
      each(histogram?.dataPoints, (point, name) => {
        if (bucketCountOf(point) > MOST_BUCKETS) rejected += 1;
        else takeHistogram(point, { name, isCumulative }, tools);
      });
      each(summary?.dataPoints, (point, name) => takeSummary(point, name, put));
      return rejected;
    },
  };
}

interface Tools {
  put: (name: string, suffix: string, value: number | undefined) => void;
  remember: (name: string, state: Memory) => void;
  memory: ReadonlyMap<string, Memory>;
}

function takeSum(
  point: NumberPoint,
  { name, isCumulative, isMonotonic }: { name: string; isCumulative: boolean; isMonotonic: boolean },
  { put, remember, memory }: Tools,
): void {
  const value = pointValue(point);
  const atMs = msOf(point.timeUnixNano) ?? Number.NaN;
  if (isCumulative || !isMonotonic) put(name, '', value);
  if (!isMonotonic) return;
  if (!isCumulative) {
    put(name, '.rate', perSecond(value, atMs - (msOf(point.startTimeUnixNano) ?? Number.NaN)));
    return;
  }
  const before = memory.get(name);
  // A smaller value than before: it began anew, and what it counts now came since.
  if (before !== undefined && 'value' in before)
    put(name, '.rate', perSecond(value < before.value ? value : value - before.value, atMs - before.atMs));
  remember(name, { value, atMs });
}

function takeHistogram(
  point: HistogramPoint,
  { name, isCumulative }: { name: string; isCumulative: boolean },
  { put, remember, memory }: Tools,
): void {
  const buckets = bucketsOf(point);
  const atMs = msOf(point.timeUnixNano) ?? Number.NaN;
  const before = memory.get(name);
  const known = before !== undefined && 'buckets' in before ? before : undefined;
  const news = isCumulative ? bucketsSince(buckets, known?.buckets) : buckets;
  if (isCumulative) {
    put(name, '.count', buckets.count);
    put(name, '.sum', buckets.sum);
    remember(name, { buckets, atMs });
  }
  const sinceMs = isCumulative ? known?.atMs : msOf(point.startTimeUnixNano);
  put(name, '.rate', perSecond(news.count, atMs - (sinceMs ?? Number.NaN)));
  if (news.count === 0) return;
  put(name, '.mean', news.sum / news.count);
  put(name, '.p50', quantileOf(news, 0.5));
  put(name, '.p95', quantileOf(news, 0.95));
}

function bucketCountOf({ bucketCounts, explicitBounds, positive, negative }: HistogramPoint): number {
  return [bucketCounts, explicitBounds, positive?.bucketCounts, negative?.bucketCounts].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0,
  );
}

function takeSummary(point: SummaryPoint, name: string, put: Tools['put']): void {
  put(name, '.count', numberOf(point.count));
  put(name, '.sum', point.sum);
  for (const { quantile = 0, value } of point.quantileValues ?? [])
    put(name, `.p${Math.round(quantile * 1000) / 10}`, value);
}

function pointValue({ asDouble, asInt }: NumberPoint): number {
  return numberOf(asDouble ?? asInt);
}

function perSecond(amount: number, overMs: number): number | undefined {
  return overMs > 0 ? (amount * 1000) / overMs : undefined;
}

/** `name{key="value"}`, keys in order; undefined when that is no name a metric can have. */
function nameOf(name: string | undefined, attributes: OtlpAttribute[] | undefined): string | undefined {
  if (name === undefined || name === '') return undefined;
  const labels = [...attributesOf(attributes)]
    .map(([key, value]) => `${key}=${JSON.stringify(String(value))}`)
    .sort();
  const whole = labels.length === 0 ? name : `${name}{${labels.join(',')}}`;
  return whole.length > LONGEST_NAME || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(whole) ? undefined : whole;
}

/** The suffix belongs to the name, not to the labels. */
function withSuffix(name: string, suffix: string): string {
  const brace = name.indexOf('{');
  return brace < 0 ? name + suffix : name.slice(0, brace) + suffix + name.slice(brace);
}
