import { createHash } from 'node:crypto';
import { attributesOf, type OtlpAttribute, type OtlpScope } from './otlp-messages.js';

/** The library that measures: two of them may use one name for different things. */
export interface MetricScope {
  /** Tells it from the others; at most `LONGEST_KEY` characters. Empty for none. */
  readonly key: string;
  /** What a series of it is marked with where its name alone would not do. */
  readonly labels: readonly OtlpAttribute[];
}

/** It is kept with every series. */
const LONGEST_KEY = 100;

/** @source https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/#instrumentation-scope-1 */
export function scopeOf({ name, version, attributes }: OtlpScope = {}): MetricScope {
  const labels = [
    { key: 'otel_scope_name', value: { stringValue: String(name ?? '') } },
    { key: 'otel_scope_version', value: { stringValue: String(version ?? '') } },
  ].filter(({ value }) => value.stringValue !== '');
  const own = [...attributesOf(attributes)].sort(([a], [b]) => (a < b ? -1 : 1));
  if (labels.length + own.length === 0) return { key: '', labels };
  const text = JSON.stringify([name, version, own]);
  const isShort = text.length <= LONGEST_KEY;
  return { key: isShort ? text : createHash('sha256').update(text).digest('hex'), labels };
}
