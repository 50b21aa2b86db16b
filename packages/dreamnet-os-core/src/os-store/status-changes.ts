import type { SeriesName, SubsystemStatus } from '@dreamnet/contracts';
import type { HealthEngine } from '../boundary.js';
import type { SeriesHistory } from './series/series-history.js';

/** `unknown` is no value: the series has a gap until something is known. */
const VALUE: Record<SubsystemStatus, number> = { ok: 1, warn: 0.5, error: 0, unknown: Number.NaN };

/**
 * Keeps every change of a subsystem's status as a series. One that has never changed since it became known has none,
 * so that a quiet subsystem costs nothing.
 *
 * @returns Ends it.
 */
export function keepStatusChanges(
  engine: Pick<HealthEngine, 'onChange'>,
  series: Pick<SeriesHistory, 'record' | 'has'>,
): () => void {
  return engine.onChange(({ before, after, at }) => {
    if (before === after.status) return;
    const name: SeriesName = { kind: 'status', subject: after.name, metric: 'status' };
    if (!series.has(name)) {
      if (before === 'unknown') return;
      series.record(name, at - 1, VALUE[before]);
    }
    series.record(name, at, VALUE[after.status]);
  });
}
