import type { MetricPoint, MetricType } from './exposition.js';
import { readNumber } from './scan-point.js';

/** A family while its lines are read. */
export interface OpenFamily {
  readonly name: string;
  readonly type: MetricType;
}

/** The names a family's points may have. @source OpenMetrics 1.0, Supported Metric Types */
export const TYPE_SUFFIXES: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  histogram: ['_count', '_sum', '_bucket', '_created'],
  gaugehistogram: ['_gcount', '_gsum', '_bucket'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
  stateset: [''],
  unknown: [''],
};

interface PointRule {
  readonly why: string;
  readonly isBroken: (point: MetricPoint, family: OpenFamily, suffix: string) => boolean;
}

const COUNTS: ReadonlySet<string> = new Set(['_bucket', '_count', '_gcount']);
const COUNTER_LIKE: ReadonlySet<string> = new Set([...COUNTS, '_total', '_sum']);

/** What a single point must be, by its family's type. */
const POINT_RULES: readonly PointRule[] = [
  {
    why: 'a state of a stateset is told by the label that is named like the metric',
    isBroken: ({ labels }, { type, name }) => type === 'stateset' && !(name in labels),
  },
  {
    why: 'a state is 0 or 1',
    isBroken: ({ value }, { type }) => type === 'stateset' && value !== 0 && value !== 1,
  },
  { why: 'an info metric is always 1', isBroken: ({ value }, { type }) => type === 'info' && value !== 1 },
  {
    why: "a bucket needs the label 'le' with a number",
    isBroken: ({ labels }, { type }, suffix) =>
      suffix === '_bucket' && isHistogram(type) && !isNumber(labels.le),
  },
  {
    why: "a summary's value needs the label 'quantile' from 0 to 1",
    isBroken: ({ labels }, { type }, suffix) =>
      type === 'summary' && suffix === '' && !isQuantile(labels.quantile),
  },
  {
    why: 'a quantile is not negative',
    isBroken: ({ value }, { type }, suffix) => type === 'summary' && suffix === '' && value < 0,
  },
  {
    why: 'what counts is no fraction',
    isBroken: ({ value }, _family, suffix) =>
      COUNTS.has(suffix) && Number.isFinite(value) && !Number.isInteger(value),
  },
  {
    why: 'what counts is not NaN',
    isBroken: ({ value }, _family, suffix) =>
      (COUNTER_LIKE.has(suffix) || suffix === '_gsum') && Number.isNaN(value),
  },
  {
    why: 'what counts is not negative',
    isBroken: ({ value }, _family, suffix) => COUNTER_LIKE.has(suffix) && value < 0,
  },
  {
    why: "only a histogram's buckets and a counter's total have exemplars",
    isBroken: ({ exemplar }, { type }, suffix) =>
      exemplar !== undefined &&
      !(suffix === '_bucket' && isHistogram(type)) &&
      !(suffix === '_total' && type === 'counter'),
  },
];

/** The rule a point breaks; undefined when it breaks none. */
export function pointProblem(point: MetricPoint, family: OpenFamily): string | undefined {
  const suffix = point.name.slice(family.name.length);
  // Most points are plain: nothing but a missing exemplar is asked of them.
  if (suffix === '' && point.exemplar === undefined && (family.type === 'gauge' || family.type === 'unknown'))
    return undefined;
  return POINT_RULES.find(({ isBroken }) => isBroken(point, family, suffix))?.why;
}

/** The labels that tell apart things measured, without those that tell apart the values of one thing. */
export function groupKey(point: MetricPoint, { name, type }: OpenFamily): string {
  // One thing may have several infos.
  if (type === 'info') return '';
  const left = innerLabel(point, { name, type });
  const names = Object.keys(point.labels);
  if (names.length > 1) names.sort();
  let key = '';
  for (const label of names) if (label !== left) key += `${label}\u0000${point.labels[label]}\u0000`;
  return key;
}

function innerLabel(point: MetricPoint, { name, type }: OpenFamily): string | undefined {
  if (type === 'stateset') return name;
  if (type === 'summary') return point.name === name ? 'quantile' : undefined;
  return isHistogram(type) && point.name === `${name}_bucket` ? 'le' : undefined;
}

/** Does this type have buckets? */
export function isHistogram(type: MetricType): boolean {
  return type === 'histogram' || type === 'gaugehistogram';
}

function isNumber(text: string | undefined): boolean {
  const value = text === undefined ? undefined : readNumber(text);
  return value !== undefined && !Number.isNaN(value);
}

function isQuantile(text: string | undefined): boolean {
  const value = text === undefined ? undefined : readNumber(text);
  return value !== undefined && value >= 0 && value <= 1;
}
