import type { AxisReading, Evidence, Liveness, Progress, Readiness } from '@dreamnet/contracts';
import type { HealthRecord } from './health-record.js';

/** State of an axis and why; shared by all subsystems of which the same is said. When it was seen is in the record's row. */
export interface AxisState<S extends string> {
  readonly state: S;
  readonly reason: string;
  readonly evidence?: Evidence | undefined;
}

/** What was seen of an axis. `at` is epoch ms. */
export interface Seen {
  reason: string;
  at: number;
  evidence?: Evidence | undefined;
}

/** Most reasons are one of a few sentences; those with figures in them come and go. */
const MOST_SHARED = 500;
const SHARED = new Map<string, AxisState<string>>();

/** The one object for this state and reason, so that a hundred thousand quiet subsystems share it. */
export function axisState<S extends string>(state: S, reason: string, evidence?: Evidence): AxisState<S> {
  if (evidence !== undefined) return { state, reason, evidence };
  const key = `${state} ${reason}`;
  const known = SHARED.get(key);
  if (known !== undefined) return known as AxisState<S>;
  const made = { state, reason };
  if (SHARED.size >= MOST_SHARED) SHARED.clear();
  SHARED.set(key, made);
  return made;
}

/** Sets the liveness; `since` stays while the state does. */
export function setLiveness(record: HealthRecord, state: Liveness, seen: Seen): void {
  if (record.liveness.state !== state) record.livenessSince = seen.at;
  record.livenessAt = seen.at;
  record.liveness = sameOr(record.liveness, state, seen);
}

/** Sets the readiness; `since` stays while the state does. */
export function setReadiness(record: HealthRecord, state: Readiness, seen: Seen): void {
  if (record.readiness.state !== state) record.readinessSince = seen.at;
  record.readinessAt = seen.at;
  record.readiness = sameOr(record.readiness, state, seen);
}

/** Sets the progress; `since` stays while the state does. */
export function setProgress(record: HealthRecord, state: Progress, seen: Seen): void {
  if (record.progress.state !== state) record.progressSince = seen.at;
  record.progressAt = seen.at;
  record.progress = sameOr(record.progress, state, seen);
}

/** The three axes as they are shown. */
export function axesOf(record: HealthRecord): {
  liveness: AxisReading<Liveness>;
  readiness: AxisReading<Readiness>;
  progress: AxisReading<Progress>;
} {
  return {
    liveness: reading(record.liveness, record.livenessAt, record.livenessSince),
    readiness: reading(record.readiness, record.readinessAt, record.readinessSince),
    progress: reading(record.progress, record.progressAt, record.progressSince),
  };
}

function sameOr<S extends string>(before: AxisState<S>, state: S, { reason, evidence }: Seen): AxisState<S> {
  const isSame = before.state === state && before.reason === reason && before.evidence === evidence;
  return isSame ? before : axisState(state, reason, evidence);
}

function reading<S extends string>(
  { state, reason, evidence }: AxisState<S>,
  at: number,
  since: number,
): AxisReading<S> {
  return evidence === undefined ? { state, reason, at, since } : { state, reason, at, since, evidence };
}
