/** OTLP as its JSON form writes it; every field may be missing. @source opentelemetry-proto 1.x, OTLP/JSON mapping */
export interface OtlpValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: number | string;
  doubleValue?: number;
}
export interface OtlpAttribute {
  key?: string;
  value?: OtlpValue;
}
export interface OtlpResource {
  attributes?: OtlpAttribute[];
}

export interface NumberPoint {
  flags?: number;
  attributes?: OtlpAttribute[];
  startTimeUnixNano?: number | string;
  timeUnixNano?: number | string;
  asDouble?: number | string;
  asInt?: number | string;
}
export interface HistogramPoint {
  flags?: number;
  attributes?: OtlpAttribute[];
  startTimeUnixNano?: number | string;
  timeUnixNano?: number | string;
  count?: number | string;
  sum?: number | string;
  bucketCounts?: (number | string)[];
  explicitBounds?: (number | string)[];
  scale?: number;
  zeroCount?: number | string;
  positive?: { offset?: number; bucketCounts?: (number | string)[] };
  negative?: { offset?: number; bucketCounts?: (number | string)[] };
}
export interface SummaryPoint {
  flags?: number;
  attributes?: OtlpAttribute[];
  timeUnixNano?: number | string;
  count?: number | string;
  sum?: number | string;
  quantileValues?: { quantile?: number | string; value?: number | string }[];
}
export interface OtlpMetric {
  name?: string;
  gauge?: { dataPoints?: NumberPoint[] };
  sum?: { dataPoints?: NumberPoint[]; aggregationTemporality?: number | string; isMonotonic?: boolean };
  histogram?: { dataPoints?: HistogramPoint[]; aggregationTemporality?: number | string };
  exponentialHistogram?: { dataPoints?: HistogramPoint[]; aggregationTemporality?: number | string };
  summary?: { dataPoints?: SummaryPoint[] };
}
/** The library that measures. */
export interface OtlpScope {
  name?: string;
  version?: string;
  attributes?: OtlpAttribute[];
}
export interface OtlpScopeMetrics {
  scope?: OtlpScope;
  metrics?: OtlpMetric[];
}
export interface MetricsRequest {
  resourceMetrics?: { resource?: OtlpResource; scopeMetrics?: OtlpScopeMetrics[] }[];
}

export interface OtlpSpan {
  traceId?: string | Uint8Array;
  spanId?: string | Uint8Array;
  parentSpanId?: string | Uint8Array;
  name?: string;
  kind?: number | string;
  startTimeUnixNano?: number | string;
  endTimeUnixNano?: number | string;
  attributes?: OtlpAttribute[];
  status?: { code?: number | string };
  flags?: number;
}
export interface TracesRequest {
  resourceSpans?: { resource?: OtlpResource; scopeSpans?: { spans?: OtlpSpan[] }[] }[];
}

/**
 * A 64-bit number comes as text in JSON, and so do NaN and the infinities. Past 2^53 it is rounded, which no figure here
 * minds. NaN for what is no number or not there.
 */
export function numberOf(value: number | string | undefined): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN;
}

/** Epoch ms; undefined when it is not told. */
export function msOf(nanos: number | string | undefined): number | undefined {
  const ms = numberOf(nanos) / 1e6;
  return ms > 0 ? ms : undefined;
}

/** An id as text. */
export function idOf(id: string | Uint8Array | undefined): string {
  return typeof id === 'string' ? id : Buffer.from(id ?? []).toString('hex');
}

/** Attributes by key; lists and maps within them are left out. */
export function attributesOf(list: readonly OtlpAttribute[] = []): Map<string, string | number | boolean> {
  const found = new Map<string, string | number | boolean>();
  for (const { key, value } of list) {
    if (typeof key !== 'string' || value === undefined) continue;
    if (typeof value.stringValue === 'string') found.set(key, value.stringValue);
    else if (value.intValue !== undefined && value.intValue !== null)
      found.set(key, numberOf(value.intValue));
    else if (typeof value.doubleValue === 'number') found.set(key, value.doubleValue);
    else if (typeof value.boolValue === 'boolean') found.set(key, value.boolValue);
  }
  return found;
}
