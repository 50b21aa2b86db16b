import type { Clock, MetricSample } from '@dreamnet/contracts';
import type { HealthRecord } from './health-record.js';

/** Where all metrics of all subsystems pass by. */
export interface MetricIntake {
  add(listener: (sample: MetricSample) => void): () => void;
  /** Keeps them for the scores and tells who listens. */
  take(record: HealthRecord, metrics: Readonly<Record<string, number>>, at?: number): void;
  /** Listeners that threw; the others were told all the same. */
  readonly failed: number;
}

/** An intake nobody listens to yet. */
export function createMetricIntake(clock: Clock): MetricIntake {
  const listeners = new Set<(sample: MetricSample) => void>();
  let failed = 0;
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
    take: (record, metrics, at = clock.now()) => {
      record.metrics = metrics;
      if (listeners.size === 0) return;
      for (const metric of Object.keys(metrics)) {
        const value = metrics[metric];
        if (typeof value === 'number' && Number.isFinite(value))
          tell({ subsystem: record.name, metric, value, at });
      }
    },
    get failed() {
      return failed;
    },
  };
}
