import type { Clock, PublishEvent } from '@dreamnet/contracts';
import type { HealthChange, SubsystemHealth } from '../boundary.js';
import { axesOf } from './axis-states.js';
import { type HealthCore, isAnswering, isStarting, readinessSource } from './health-core.js';
import type { HealthRecord, ShownStates } from './health-record.js';
import { deriveStatus, type StatusInputs, type StatusRule, troublesOf } from './status-rules.js';
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
  record.isSettled = false;
  updateProgress(core, record);
  const { liveness, readiness, progress, shown } = record;
  const { status, rule, reason } = deriveStatus(inputsOf(core, record));
  record.reason = reason;
  record.updatedAt = core.clock.now();
  const isEvent =
    shown.status !== status || shown.liveness !== liveness.state || shown.readiness !== readiness.state;
  if (!isEvent && shown.rule === rule && shown.progress === progress.state) return;
  record.shown = shownStates({
    status,
    rule,
    liveness: liveness.state,
    readiness: readiness.state,
    progress: progress.state,
  });
  if (isEvent)
    tellers.publish('health.changed', record.name, {
      from: shown.status,
      to: status,
      axes: axesOf(record),
      because: reason,
    });
  tellers.listeners.tell(record, shown.status);
}

/** All that troubles it as of its last evidence, also what the status word passes over. */
export function troublesOfRecord(core: HealthCore, record: HealthRecord): readonly StatusRule[] {
  return troublesOf(inputsOf(core, record));
}

function inputsOf(core: HealthCore, record: HealthRecord): StatusInputs {
  const { liveness, readiness, progress } = record;
  return {
    axes: { liveness, readiness, progress },
    told: record.told,
    isStarting: isStarting(core, record),
    hasFailed: (readinessSource(record)?.failures ?? 0) > 0,
    isAnswering: isAnswering(record),
    isHeartbeatOverdue: record.overdue !== undefined,
  };
}

const SHOWN = new Map<string, ShownStates>();

/** There are a few hundred combinations at most, and all subsystems in the same states share one object. */
function shownStates(states: ShownStates): ShownStates {
  const key = Object.values(states).join(' ');
  const known = SHOWN.get(key);
  if (known === undefined) SHOWN.set(key, states);
  return known ?? states;
}

/** What the boundary shows of a record. */
export function healthOf(record: HealthRecord): SubsystemHealth {
  const { name, domain, status, reason, rule, updatedAt } = record;
  const recovery = record.recovery ?? null;
  const inFlight = record.work?.reported ? record.work.inFlight : undefined;
  return {
    name,
    domain,
    status,
    reason,
    rule,
    axes: axesOf(record),
    ...(inFlight !== undefined && { inFlight }),
    lastUpdatedAt: Number.isNaN(updatedAt) ? null : updatedAt,
    recovery,
  };
}
