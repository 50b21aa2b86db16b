import { protocolsError } from '../errors.js';
import type { MetricFamily } from './exposition.js';

/** A metric by its name and those labels that matter: `http_errors_total{route="/pay"}`. */
export interface MetricSelector {
  readonly text: string;
  readonly name: string;
  readonly labels: readonly (readonly [name: string, value: string])[];
}

/** A selector compared with a number: `queue_up == 1`. */
export interface MetricCondition {
  readonly text: string;
  readonly selector: MetricSelector;
  readonly holds: (value: number) => boolean;
}

const SELECTOR = /^([A-Za-z_:][A-Za-z0-9_:]*)(?:\{([\s\S]*)\})?$/;
const LABEL = /^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)/;
const CONDITION =
  /^([\s\S]*?[A-Za-z0-9_:}])\s*(==|!=|<=|>=|<|>)\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)$/i;
const COMPARE: Readonly<Record<string, (value: number, limit: number) => boolean>> = {
  '==': (value, limit) => value === limit,
  '!=': (value, limit) => value !== limit,
  '<=': (value, limit) => value <= limit,
  '>=': (value, limit) => value >= limit,
  '<': (value, limit) => value < limit,
  '>': (value, limit) => value > limit,
};

/** @throws DN_METRIC_SELECTOR */
export function parseSelector(text: string): MetricSelector {
  const [, name, inside = ''] = SELECTOR.exec(text.trim()) ?? [];
  if (name === undefined) throw bad(text, 'expected a metric name, maybe with {label="value"}');
  const labels: [string, string][] = [];
  for (let rest = inside.trim(); rest !== ''; ) {
    const [whole, label, value] = LABEL.exec(rest) ?? [];
    if (whole === undefined || label === undefined || value === undefined)
      throw bad(text, 'expected label="value" between the braces');
    labels.push([label, value.replace(/\\(["\\n])/g, (_, what: string) => (what === 'n' ? '\n' : what))]);
    rest = rest.slice(whole.length);
  }
  return { text, name, labels };
}

/** @throws DN_METRIC_SELECTOR */
export function parseCondition(text: string): MetricCondition {
  const [, selector, sign = '', number] = CONDITION.exec(text.trim()) ?? [];
  const compare = COMPARE[sign];
  if (selector === undefined || compare === undefined)
    throw bad(text, 'expected METRIC, one of == != < <= > >=, and a number');
  const limit = Number(number);
  return { text, selector: parseSelector(selector), holds: (value) => compare(value, limit) };
}

/**
 * What a selector selects from an exposition.
 *
 * @returns The value; of several points that match their sum; undefined when none does.
 */
export function selectValue(
  families: readonly MetricFamily[],
  { name, labels }: MetricSelector,
): number | undefined {
  let sum: number | undefined;
  for (const { points } of families)
    for (const point of points) {
      if (point.name !== name || !labels.every(([label, value]) => point.labels[label] === value)) continue;
      sum = (sum ?? 0) + point.value;
    }
  return sum;
}

function bad(text: string, why: string): Error {
  return protocolsError('DN_METRIC_SELECTOR', { text, why });
}
