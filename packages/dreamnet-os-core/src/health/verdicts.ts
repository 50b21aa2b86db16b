import type { Clock, PublishEvent } from '@dreamnet/contracts';
import type { HealthChange, SubsystemHealth } from '../boundary.js';
import { type HealthCore, isAnswering, isStarting } from './health-core.js';
import type { HealthRecord } from './health-record.js';
import { deriveStatus } from './status-rules.js';
import { updateProgress } from './work-watch.js';

/** Those who want to know of changes. */
export interface ChangeListeners {
  add(listener: (change: HealthChange) => void): () => void;
  tell(record: HealthRecord, before: SubsystemHealth['status']): void;
  /** Listeners that threw; the others were told all the same. */
  readonly failed: number;
}

/** An empty set of listeners. */
export function createListeners(clock: Clock): ChangeListeners {
  const listeners = new Set<(change: HealthChange) => void>();
  let failed = 0;
  return {
    add: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell: (record, before) => {
      const change = { before, after: healthOf(record), at: clock.now() };
      for (const listener of [...listeners]) {
        try {
          listener(change);
        } catch {
          failed += 1;
        }
      }
    },
    get failed() {
      return failed;
    },
  };
}

/**
 * Derives the status word of one subsystem anew and tells of what changed. Progress comes and goes with every piece
 * of work: a change of that axis alone is told to listeners but is no event.
 */
export function judgeRecord(
  core: HealthCore,
  record: HealthRecord,
  tellers: { publish: PublishEvent; listeners: ChangeListeners },
): void {
  updateProgress(core, record);
  const { liveness, readiness, progress, shown } = record;
  const axes = { liveness, readiness, progress };
  const { status, rule, reason } = deriveStatus({
    axes,
    told: record.told,
    isStarting: isStarting(core, record),
    isAnswering: isAnswering(record),
    isHeartbeatOverdue: record.beats?.isOverdue ?? false,
  });
  Object.assign(record, { status, rule, reason, lastUpdatedAt: core.clock.now() });
  const isEvent =
    shown.status !== status || shown.liveness !== liveness.state || shown.readiness !== readiness.state;
  if (!isEvent && shown.rule === rule && shown.progress === progress.state) return;
  record.shown = {
    status,
    rule,
    liveness: liveness.state,
    readiness: readiness.state,
    progress: progress.state,
  };
  if (isEvent)
    tellers.publish('health.changed', record.name, { from: shown.status, to: status, axes, because: reason });
  tellers.listeners.tell(record, shown.status);
}

/** What the boundary shows of a record. */
export function healthOf(record: HealthRecord): SubsystemHealth {
  const { name, domain, status, reason, rule, liveness, readiness, progress, lastUpdatedAt } = record;
  const recovery = record.recovery ?? null;
  return {
    name,
    domain,
    status,
    reason,
    rule,
    axes: { liveness, readiness, progress },
    lastUpdatedAt,
    recovery,
  };
}
