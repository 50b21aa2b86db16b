import type { InstanceTimes } from './otlp-instances.js';
import { msOf, type OtlpMetric, type OtlpSpan } from './otlp-messages.js';

/** When these metrics began to be counted, and their newest time. */
export function timesOfMetrics(metrics: readonly OtlpMetric[]): InstanceTimes {
  const span = newSpan();
  for (const { gauge, sum, histogram, exponentialHistogram, summary } of metrics)
    for (const data of [gauge, sum, histogram, exponentialHistogram, summary])
      for (const point of data?.dataPoints ?? [])
        span.add('startTimeUnixNano' in point ? point.startTimeUnixNano : undefined, point.timeUnixNano);
  return span.times();
}

/** When the first of these spans began, and when the last one ended. */
export function timesOfSpans(spans: readonly OtlpSpan[]): InstanceTimes {
  const span = newSpan();
  for (const { startTimeUnixNano, endTimeUnixNano } of spans) span.add(startTimeUnixNano, endTimeUnixNano);
  return span.times();
}

type Nanos = number | string | undefined;

function newSpan() {
  let first = Number.POSITIVE_INFINITY;
  let last = Number.NEGATIVE_INFINITY;
  return {
    add: (start: Nanos, end: Nanos): void => {
      first = Math.min(first, msOf(start) ?? first);
      last = Math.max(last, msOf(end) ?? last);
    },
    times: (): InstanceTimes => ({
      startedAt: Number.isFinite(first) ? first : undefined,
      toldAt: Number.isFinite(last) ? last : undefined,
    }),
  };
}
