import { type Figure, type NamedFigures, putFigure } from './figures.js';
import { type Buckets, bucketsOf, bucketsSince, problemOfBuckets } from './histogram-figures.js';
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
import type { MetricScope } from './otlp-scopes.js';

/** The newest state of what is told as a sum since a start; of deltas that name no start only the time. */
type Memory = { atMs: number; startedAtMs: number } & (
  | { value: number }
  | { buckets: Buckets }
  | { isDelta: true }
);

/** Turns the points of one process into figures, with what is known of their last state. */
export interface MetricFigures {
  take(metric: OtlpMetric, how: TakeMetric): void;
}

/** Where a metric comes from, and where it goes. */
export interface TakeMetric {
  scope: MetricScope;
  /** Gets its figures. */
  into: NamedFigures;
  /** What the process told last: it stays where a point is older than that. */
  lastTold: (name: string, scope: string) => Figure | undefined;
  /** Told of each point that could not be taken. */
  onRejected: (why: string) => void;
}

/** Cumulative series remembered per process; what is beyond has no rates. */
const MOST_REMEMBERED = 500;
/** Names of which it is remembered which scope told them first. */
const MOST_OWNED = 1000;
/** SDKs make some 20, or 160 a side; each is remembered while its series is. */
const MOST_BUCKETS = 1000;
/** Of all histograms of a process together: half a megabyte. */
export const MOST_BUCKETS_KEPT = 50_000;
const LONGEST_NAME = 200;
/** Senders try again for some minutes. What is older by more was told by a clock that has been set back since. */
const LATEST_MS = 600_000;
/** Of what sums and histograms become. */
const SUFFIXES = ['', '.rate', '.count', '.sum', '.mean', '.p50', '.p95'];
/** The series is there and has no value now: legal, and no figure. */
const NO_RECORDED_VALUE = 1;
const NOT_FINITE = 'a value that is no finite number';
const BAD_NAME = `no name, or one longer than ${LONGEST_NAME} characters with its attributes or with control characters`;
const CUMULATIVE = new Set<unknown>([2, 'AGGREGATION_TEMPORALITY_CUMULATIVE']);

/** Nothing remembered yet. */
export function createMetricFigures(): MetricFigures {
  const memory = createMemory();
  const owners = createOwners();
  return {
    take: (metric, { scope, into, lastTold, onRejected }) => {
      const put: Put = (name, suffix, figure) => {
        if ('value' in figure && !Number.isFinite(figure.value)) return;
        putFigure(into, withSuffix(name, suffix), { scope: scope.key, figure });
      };
      const tools: Tools = {
        put,
        remember: (name, state) => memory.remember(`${scope.key}\n${name}`, state),
        keep: (name) => {
          for (const suffix of SUFFIXES) {
            const whole = withSuffix(name, suffix);
            const figure = into.get(whole)?.get(scope.key) ?? lastTold(whole, scope.key);
            if (figure !== undefined) putFigure(into, whole, { scope: scope.key, figure });
          }
        },
        remembered: (name) => memory.get(`${scope.key}\n${name}`),
      };
      const { gauge, sum, histogram = metric.exponentialHistogram, summary } = metric;
      const isCumulative = CUMULATIVE.has((sum ?? histogram)?.aggregationTemporality);
      const each = <P extends Point>({ kind, points = [], problemOf, takePoint }: PointsOfKind<P>): void => {
        for (const point of points) {
          const name = owners.nameOf(metric.name, point.attributes, { scope, kind });
          const problem = name === undefined ? BAD_NAME : problemOf(point);
          if (problem !== undefined) onRejected(problem);
          else if (name !== undefined && !hasNoValue(point)) takePoint(point, name);
        }
      };
      each({
        kind: 'gauge',
        points: gauge?.dataPoints,
        problemOf: problemOfNumber,
        takePoint: (point, name) => put(name, '', { how: 'mean', value: pointValue(point) }),
      });
      each({
        kind: 'sum',
        points: sum?.dataPoints,
        problemOf: problemOfNumber,
        takePoint: (point, name) =>
          takeSum(point, { name, isCumulative, isMonotonic: sum?.isMonotonic === true }, tools),
      });
      each({
        kind: 'histogram',
        points: histogram?.dataPoints,
        problemOf: problemOfHistogram,
        takePoint: (point, name) => takeHistogram(point, { name, isCumulative }, tools),
      });
      each({
        kind: 'summary',
        points: summary?.dataPoints,
        problemOf: problemOfSummary,
        takePoint: (point, name) => takeSummary(point, name, put),
      });
    },
  };
}

interface Point {
  flags?: number;
  attributes?: OtlpAttribute[];
}

type Kind = 'gauge' | 'sum' | 'histogram' | 'summary';

interface PointsOfKind<P extends Point> {
  kind: Kind;
  points: readonly P[] | undefined;
  problemOf: (point: P) => string | undefined;
  takePoint: (point: P, name: string) => void;
}

/** Bounded: what is beyond is not remembered. */
function createMemory() {
  const memory = new Map<string, Memory>();
  let bucketsKept = 0;
  const remember = (name: string, state: Memory): void => {
    const before = memory.get(name);
    const grown = sizeOf(state) - sizeOf(before);
    const isFull = before === undefined && memory.size >= MOST_REMEMBERED;
    if (isFull || (grown > 0 && bucketsKept + grown > MOST_BUCKETS_KEPT)) {
      bucketsKept -= sizeOf(before);
      memory.delete(name);
      return;
    }
    bucketsKept += grown;
    memory.set(name, state);
  };
  return { remember, get: (name: string) => memory.get(name) };
}

/**
 * Names of series. What adds up has one name in every scope; a gauge, or another kind of metric, whose name another
 * scope told first is marked with its scope. So who is alone with a name keeps it as it is.
 */
function createOwners() {
  const owners = new Map<string, { scope: string; kind: Kind }>();
  return {
    nameOf: (
      metric: string | undefined,
      attributes: OtlpAttribute[] | undefined,
      { scope, kind }: { scope: MetricScope; kind: Kind },
    ): string | undefined => {
      const name = nameOf(metric, attributes);
      if (name === undefined) return undefined;
      const owner = owners.get(name);
      if (owner === undefined) {
        if (owners.size < MOST_OWNED) owners.set(name, { scope: scope.key, kind });
        return name;
      }
      const isAlike = owner.scope === scope.key || (kind === owner.kind && kind !== 'gauge');
      return isAlike ? name : nameOf(metric, [...(attributes ?? []), ...scope.labels]);
    },
  };
}

function hasNoValue({ flags = 0 }: Point): boolean {
  return (flags & NO_RECORDED_VALUE) !== 0;
}

function problemOfNumber(point: NumberPoint): string | undefined {
  return hasNoValue(point) || Number.isFinite(pointValue(point)) ? undefined : NOT_FINITE;
}

function problemOfHistogram(point: HistogramPoint): string | undefined {
  if (hasNoValue(point)) return undefined;
  if (bucketCountOf(point) > MOST_BUCKETS) return `a histogram of more than ${MOST_BUCKETS} buckets`;
  return problemOfBuckets(point) ?? problemOfTold(point.sum);
}

/** Its quantiles are not asked: they are no numbers while nothing was observed. */
function problemOfSummary(point: SummaryPoint): string | undefined {
  return hasNoValue(point) ? undefined : (problemOfTold(point.count) ?? problemOfTold(point.sum));
}

function problemOfTold(value: number | string | null | undefined): string | undefined {
  const isTold = value !== undefined && value !== null;
  return isTold && !Number.isFinite(numberOf(value)) ? NOT_FINITE : undefined;
}

/** A rate without time that passed, or a figure that was not told, is left out. */
type Put = (name: string, suffix: string, figure: Figure) => void;

interface Tools {
  put: Put;
  /** What was told last of a series stays: this is older. */
  keep: (name: string) => void;
  remember: (name: string, state: Memory) => void;
  remembered: (name: string) => Memory | undefined;
}

interface Series {
  name: string;
  isCumulative: boolean;
}

function takeSum(
  point: NumberPoint,
  { name, isCumulative, isMonotonic }: Series & { isMonotonic: boolean },
  tools: Tools,
): void {
  const value = pointValue(point);
  const add = (suffix: string, amount: number): void =>
    tools.put(name, suffix, { how: 'sum', value: amount });
  if (!isMonotonic) {
    add('', value);
    return;
  }
  const { atMs, startedAtMs } = timesOf(point);
  if (!isCumulative) {
    add('.rate', perSecond(value, atMs - sinceOfDelta(point, name, tools)));
    return;
  }
  const before = tools.remembered(name);
  if (before !== undefined && 'value' in before) {
    if (isLate({ amount: value, atMs, startedAtMs }, { ...before, amount: before.value })) {
      tools.keep(name);
      return;
    }
    // A smaller value than before, or a later start: it began anew, and what it counts now came since.
    const isAnew = value < before.value || startedAtMs > before.atMs;
    add('.rate', perSecond(isAnew ? value : value - before.value, atMs - before.atMs));
  }
  add('', value);
  tools.remember(name, { value, atMs, startedAtMs });
}

function takeHistogram(point: HistogramPoint, { name, isCumulative }: Series, tools: Tools): void {
  const { put, remember, remembered, keep } = tools;
  const buckets = bucketsOf(point);
  const { atMs, startedAtMs } = timesOf(point);
  if (!isCumulative) {
    putNews(buckets, name, { put, overMs: atMs - sinceOfDelta(point, name, tools) });
    return;
  }
  const before = remembered(name);
  const known = before !== undefined && 'buckets' in before ? before : undefined;
  const now = { amount: buckets.count, atMs, startedAtMs };
  if (known !== undefined && isLate(now, { ...known, amount: known.buckets.count })) {
    keep(name);
    return;
  }
  const isAnew = known !== undefined && startedAtMs > known.atMs;
  put(name, '.count', { how: 'sum', value: buckets.count });
  put(name, '.sum', { how: 'sum', value: buckets.sum });
  remember(name, { buckets, atMs, startedAtMs });
  const news = isAnew ? buckets : bucketsSince(buckets, known?.buckets);
  putNews(news, name, { put, overMs: atMs - (known?.atMs ?? Number.NaN) });
}

function putNews(news: Buckets, name: string, { put, overMs }: { put: Put; overMs: number }): void {
  put(name, '.rate', { how: 'sum', value: perSecond(news.count, overMs) });
  if (news.count === 0) return;
  put(name, '.mean', { how: 'bucketMean', buckets: news });
  put(name, '.p50', { how: 'quantile', buckets: news, share: 0.5 });
  put(name, '.p95', { how: 'quantile', buckets: news, share: 0.95 });
}

/** A delta need not say when it began: it did when the one before it ended. NaN while that is not known. */
function sinceOfDelta(point: NumberPoint | HistogramPoint, name: string, tools: Tools): number {
  const { atMs, startedAtMs } = timesOf(point);
  if (!Number.isNaN(startedAtMs)) return startedAtMs;
  const before = tools.remembered(name);
  const sinceMs = before !== undefined && 'isDelta' in before ? before.atMs : Number.NaN;
  const isOlder = sinceMs - atMs > 0 && sinceMs - atMs <= LATEST_MS;
  if (!isOlder) tools.remember(name, { isDelta: true, atMs, startedAtMs });
  return sinceMs;
}

interface Counted {
  amount: number;
  atMs: number;
  startedAtMs: number;
}

/** Whether this was counted before what is known already, as when an export is tried again. */
function isLate(now: Counted, known: Counted): boolean {
  const isOlder = now.atMs < known.atMs && known.atMs - now.atMs <= LATEST_MS;
  if (!isOlder || now.startedAtMs > known.startedAtMs) return false;
  return now.startedAtMs < known.startedAtMs || now.amount <= known.amount;
}

/** Epoch ms; NaN for what is not told. */
function timesOf({ timeUnixNano, startTimeUnixNano }: NumberPoint | HistogramPoint) {
  return { atMs: msOf(timeUnixNano) ?? Number.NaN, startedAtMs: msOf(startTimeUnixNano) ?? Number.NaN };
}

function sizeOf(state: Memory | undefined): number {
  return state !== undefined && 'buckets' in state ? state.buckets.counts.length : 0;
}

function bucketCountOf({ bucketCounts, explicitBounds, positive, negative }: HistogramPoint): number {
  return [bucketCounts, explicitBounds, positive?.bucketCounts, negative?.bucketCounts].reduce(
    (sum, list) => sum + (list?.length ?? 0),
    0,
  );
}

function takeSummary(point: SummaryPoint, name: string, put: Put): void {
  put(name, '.count', { how: 'sum', value: numberOf(point.count) });
  put(name, '.sum', { how: 'sum', value: numberOf(point.sum) });
  for (const { quantile, value } of point.quantileValues ?? [])
    put(name, `.p${Math.round(numberOf(quantile ?? 0) * 1000) / 10}`, {
      how: 'highest',
      value: numberOf(value),
    });
}

function pointValue({ asDouble, asInt }: NumberPoint): number {
  return numberOf(asDouble ?? asInt);
}

/** NaN without time that passed. */
function perSecond(amount: number, overMs: number): number {
  return overMs > 0 ? (amount * 1000) / overMs : Number.NaN;
}

/** `name{key="value"}`, keys in order; undefined when that is no name a metric can have. */
function nameOf(name: string | undefined, attributes: OtlpAttribute[] | undefined): string | undefined {
  if (typeof name !== 'string' || name === '') return undefined;
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
