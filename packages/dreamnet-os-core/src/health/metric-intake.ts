import type { Clock, MetricSample } from '@dreamnet/contracts';
import type { MetricColumns, SampleTap } from '../boundary.js';
import type { HealthRecord } from './health-record.js';
import { createMetricShelf, type MetricShelf, metricOf, placeOf } from './metric-shelf.js';

/** A metric that has not come for this long says nothing about now, unless reports come more seldom than that. */
export const STALE_AFTER_MS = 300_000;
/** Of the time to live: so many reports may leave a metric out before it counts as gone. */
const TTLS_OF_STALENESS = 3;

/** Where all metrics of all subsystems pass by. */
export interface MetricIntake {
  add(listener: (sample: MetricSample) => void): () => void;
  addTap<Handle extends object>(tap: SampleTap<Handle>): void;
  /**
   * Keeps them for the scores and tells who listens. Those that came before and are not among these stay.
   *
   * @returns How many were dropped: no finite number, no possible name, or one name too many.
   */
  take(record: HealthRecord, metrics: Readonly<Record<string, number>>, at?: number): number;
  /** The same of metrics in columns. */
  takeColumns(record: HealthRecord, columns: MetricColumns, at?: number): number;
  /** Listeners that threw; the others were told all the same. */
  readonly failed: number;
  readonly dropped: number;
}

/** @param onIndicator Called when a metric has come that one of the subsystem's indicators reads. */
export function createMetricIntake(clock: Clock, onIndicator: (record: HealthRecord) => void): MetricIntake {
  const ears: Ears = { taps: [], listeners: new Set(), failed: 0 };
  let dropped = 0;
  let spare: Columns | undefined = createColumns();
  const takeColumns = (record: HealthRecord, columns: MetricColumns, at = clock.now()): number => {
    const lost = keep(record, columns, { nowMs: clock.monotonic(), at, ears });
    dropped += lost;
    if (record.manifest.indicators !== undefined) onIndicator(record);
    return lost;
  };
  return {
    add: (listener) => {
      ears.listeners.add(listener);
      return () => ears.listeners.delete(listener);
    },
    addTap: (tap) => void ears.taps.push(tap),
    take: (record, metrics, at) => {
      // Who is told of a sample may report something itself.
      const columns = spare ?? createColumns();
      spare = undefined;
      const lost = takeColumns(record, toColumns(columns, metrics), at);
      spare = columns.names.length > LARGEST_SPARE ? createColumns() : columns;
      return lost;
    },
    takeColumns,
    get failed() {
      return ears.failed;
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

interface Columns {
  names: string[];
  values: number[];
  count: number;
}

/** Columns of more places are not kept for the next report. */
const LARGEST_SPARE = 256;

function createColumns(): Columns {
  return { names: [], values: [], count: 0 };
}

/** Used for one report after another: a list each would be more garbage than all else of a report. */
function toColumns(columns: Columns, metrics: Readonly<Record<string, number>>): Columns {
  let count = 0;
  for (const metric of Object.keys(metrics)) {
    columns.names[count] = metric;
    columns.values[count] = metrics[metric] as number;
    count += 1;
  }
  columns.count = count;
  return columns;
}

/** Who is told of samples. */
interface Ears {
  readonly taps: SampleTap<object>[];
  readonly listeners: Set<(sample: MetricSample) => void>;
  failed: number;
}

/** @returns how many were dropped */
function keep(
  record: HealthRecord,
  { names, values, count }: MetricColumns,
  { nowMs, at, ears }: { nowMs: number; at: number; ears: Ears },
): number {
  record.metrics ??= createMetricShelf();
  const shelf = record.metrics;
  let dropped = 0;
  let hint = 0;
  for (let index = 0; index < count; index += 1) {
    const metric = names[index] as string;
    const given: unknown = values[index];
    // Not finite, or no number at all: the difference to itself is not zero.
    const isNumber = typeof given === 'number' && given - given === 0;
    const place = !isNumber
      ? -1
      : shelf.names[hint] === metric
        ? hint
        : placeOf(shelf, metric, { hint, isWanted: (name) => isRead(record, name) });
    if (place < 0) {
      dropped += 1;
      continue;
    }
    hint = place + 1;
    // A negative zero would be shown as one.
    const value = (given as number) + 0;
    shelf.values[place] = value;
    shelf.seenMs[place] = nowMs;
    pour(ears, { record, shelf, place }, { value, at });
    if (ears.listeners.size > 0) tell(ears, { subsystem: record.name, metric, value, at });
  }
  return dropped;
}

function isRead({ manifest }: HealthRecord, name: string): boolean {
  return manifest.indicators?.some(({ metric }) => metric === name) ?? false;
}

/** Hands a sample to the taps, by what they gave for its series before. */
function pour(
  ears: Ears,
  { record, shelf, place }: { record: HealthRecord; shelf: MetricShelf; place: number },
  { value, at }: { value: number; at: number },
): void {
  const { taps } = ears;
  const first = place * taps.length;
  for (let index = 0; index < taps.length; index += 1) {
    const tap = taps[index] as SampleTap<object>;
    try {
      const known = shelf.handles[first + index];
      if (known !== undefined && tap.take(known, value, at)) continue;
      const opened = tap.open(record.name, shelf.names[place] as string);
      shelf.handles[first + index] = opened;
      if (opened !== undefined) tap.take(opened, value, at);
    } catch {
      ears.failed += 1;
    }
  }
}

function tell(ears: Ears, sample: MetricSample): void {
  for (const listener of ears.listeners) {
    try {
      listener(sample);
    } catch {
      ears.failed += 1;
    }
  }
}
