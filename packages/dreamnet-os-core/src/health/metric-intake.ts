import type { Clock, MetricSample } from '@dreamnet/contracts';
import type { HealthRecord } from './health-record.js';
import { createMetricShelf, metricOf, placeOf } from './metric-shelf.js';

/** A metric that has not come for this long says nothing about now, unless reports come more seldom than that. */
const STALE_AFTER_MS = 300_000;
/** Of the time to live: so many reports may leave a metric out before it counts as gone. */
const TTLS_OF_STALENESS = 3;

/** Where all metrics of all subsystems pass by. */
export interface MetricIntake {
  add(listener: (sample: MetricSample) => void): () => void;
  /**
   * Keeps them for the scores and tells who listens. Those that came before and are not among these stay.
   *
   * @returns How many were dropped: no finite number, no possible name, or one name too many.
   */
  take(record: HealthRecord, metrics: Readonly<Record<string, number>>, at?: number): number;
  /** Listeners that threw; the others were told all the same. */
  readonly failed: number;
  readonly dropped: number;
}

/** @param onIndicator Called when a metric has come that one of the subsystem's indicators reads. */
export function createMetricIntake(clock: Clock, onIndicator: (record: HealthRecord) => void): MetricIntake {
  const listeners = new Set<(sample: MetricSample) => void>();
  let failed = 0;
  let dropped = 0;
  const tell = (sample: MetricSample): void => {
    for (const listener of listeners) {
      try {
        listener(sample);
      } catch {
        failed += 1;
      }
    }
  };
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    take: (record, metrics, at) => {
      const taken = keep(record, metrics, { nowMs: clock.monotonic(), hasListeners: listeners.size > 0 });
      dropped += taken.dropped;
      if (record.manifest.indicators !== undefined) onIndicator(record);
      const sentAt = at ?? clock.now();
      for (const { metric, value } of taken.samples)
        tell({ subsystem: record.name, metric, value, at: sentAt });
      return taken.dropped;
    },
    get failed() {
      return failed;
    },
    get dropped() {
      return dropped;
    },
  };
}

/** The newest value of each metric, the stale ones left out. */
export function freshSamples(clock: Clock, record: HealthRecord): readonly MetricSample[] {
  const { metrics, name } = record;
  const nowMs = clock.monotonic();
  const limitMs = staleAfterMs(record);
  return (metrics?.names ?? []).flatMap((metric, index) => {
    const ageMs = nowMs - (metrics?.seenMs[index] ?? Number.NEGATIVE_INFINITY);
    const value = metrics?.values[index];
    if (value === undefined || ageMs > limitMs) return [];
    return { subsystem: name, metric, value, at: clock.now() - ageMs };
  });
}

/** After this long without a value, in ms, a metric of this subsystem is no data. */
export function staleAfterMs(record: HealthRecord): number {
  const ttlMs = Number.isNaN(record.ttlMs) ? (record.manifest.heartbeat?.ttlMs ?? 0) : record.ttlMs;
  return Math.max(STALE_AFTER_MS, TTLS_OF_STALENESS * ttlMs);
}

/** When the first of the metrics that its indicators read is no data any more, monotonic ms; undefined when none is fresh. */
export function nextStaleMs(record: HealthRecord, nowMs: number): number | undefined {
  const limitMs = staleAfterMs(record);
  let next: number | undefined;
  for (const { metric } of record.manifest.indicators ?? []) {
    const dueMs = (metricOf(record.metrics, metric)?.seenMs ?? Number.NEGATIVE_INFINITY) + limitMs;
    if (dueMs > nowMs && (next === undefined || dueMs < next)) next = dueMs;
  }
  return next;
}

interface Kept {
  metric: string;
  value: number;
}
const NONE: readonly Kept[] = [];

function keep(
  record: HealthRecord,
  metrics: Readonly<Record<string, number>>,
  { nowMs, hasListeners }: { nowMs: number; hasListeners: boolean },
): { dropped: number; samples: readonly Kept[] } {
  record.metrics ??= createMetricShelf();
  const shelf = record.metrics;
  const isWanted = (name: string) =>
    record.manifest.indicators?.some(({ metric }) => metric === name) ?? false;
  const samples: Kept[] = [];
  let dropped = 0;
  let hint = 0;
  for (const metric of Object.keys(metrics)) {
    const value: unknown = metrics[metric];
    const isNumber = typeof value === 'number' && Number.isFinite(value);
    const place = isNumber ? placeOf(shelf, metric, { hint, isWanted }) : -1;
    if (place < 0 || typeof value !== 'number') {
      dropped += 1;
      continue;
    }
    hint = place + 1;
    // A negative zero would be shown as one.
    shelf.values[place] = value + 0;
    shelf.seenMs[place] = nowMs;
    if (hasListeners) samples.push({ metric, value: value + 0 });
  }
  return { dropped, samples: hasListeners ? samples : NONE };
}
