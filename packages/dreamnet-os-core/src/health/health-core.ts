import type { Clock, ProbeSchedule } from '@dreamnet/contracts';
import type { DueQueue } from '@dreamnet/kit';
import type { HeardBook } from '../os-store/heard-book.js';
import type { Flight, HealthRecord, Inquiry, Work } from './health-record.js';
import type { MetricIntake } from './metric-intake.js';
import type { RowPool } from './packed-rows.js';

/**
 * What the queue of the engine holds: a record alone means that its silence is looked at. An item whose inquiry or work
 * was replaced meanwhile is void.
 */
export type DueItem =
  | HealthRecord
  | { kind: 'ask'; record: HealthRecord; inquiry: Inquiry; dueMs: number }
  | { kind: 'late'; record: HealthRecord; inquiry: Inquiry; flight: Flight }
  | { kind: 'deadline'; record: HealthRecord; inquiry: Inquiry; flight: Flight }
  | { kind: 'stale'; record: HealthRecord }
  | { kind: 'work'; record: HealthRecord; work: Work }
  | { kind: 'start-over'; record: HealthRecord; epoch: number };

/** Settings of the engine; every field has a default. */
export interface HealthSettings {
  probe: ProbeSchedule;
  /** Schedule of `status()` of a subsystem without a probe. */
  poll: ProbeSchedule;
  /** Suspicion at which a silent sender of heartbeats counts as missing. */
  phiThreshold: number;
  /** Work in flight that does not move for so long is stuck. */
  stallAfterMs: number;
  /** The same call made so many times in a row is a loop; 0: never. */
  loopAfter: number;
  /** A new process may fail to answer for this long, where its schedule says nothing else. */
  startGraceMs: number;
}

/** Defaults of `HealthSettings`. */
export const HEALTH_DEFAULTS: HealthSettings = {
  probe: { everyMs: 2000, timeoutMs: 1000, rise: 1, fall: 2 },
  // What a subsystem says of itself needs no second opinion, so one failure to say anything is enough.
  poll: { everyMs: 5000, timeoutMs: 5000, rise: 1, fall: 1 },
  phiThreshold: 8,
  stallAfterMs: 60_000,
  loopAfter: 10,
  startGraceMs: 10_000,
};

/** A new process is asked in quick succession for this long: most are booted by then, and those that are not are no more in a hurry. */
const QUICK_FOR_MS = 10_000;

/** What the parts of the engine share. */
export interface HealthCore {
  readonly clock: Clock;
  readonly random: () => number;
  readonly settings: HealthSettings;
  readonly queue: DueQueue<DueItem>;
  readonly records: Map<string, HealthRecord>;
  readonly rows: RowPool;
  readonly metrics: MetricIntake;
  /** Hides secrets in what a subsystem says, before it is kept or shown. */
  readonly mask: <T>(said: T) => T;
  /** What earlier lives heard last. */
  readonly heard: Pick<HeardBook, 'silentMs' | 'take'> | undefined;
  isRunning: boolean;
  /** Monotonic ms of the last start. */
  startedMs: number;
  /** Questions under way. */
  flights: number;
  /** Something about its scores or its summary changed. */
  mark(record: HealthRecord): void;
  /** Derives progress and status anew and tells who listens. */
  judge(record: HealthRecord): void;
  /** A question ended. */
  landed(): void;
}

/** May it still be booting, so that its not answering means nothing yet? */
export function isStarting(core: HealthCore, record: HealthRecord): boolean {
  return core.clock.monotonic() < record.startingUntilMs;
}

/** How long a new process of it may fail to answer, ms. */
export function startGraceMs({ settings }: HealthCore, { subsystem }: HealthRecord): number {
  return subsystem.probeSchedule?.readyWithinMs ?? settings.startGraceMs;
}

/** Has it been starting for less than `QUICK_FOR_MS`? */
export function hasJustBegun(core: HealthCore, record: HealthRecord): boolean {
  const beganMs = record.startingUntilMs - startGraceMs(core, record);
  return isStarting(core, record) && core.clock.monotonic() < beganMs + QUICK_FOR_MS;
}

/** Stands a process behind the name, as far as anybody has said? */
export function hasProcess({ subsystem, identity, isWatched }: HealthRecord): boolean {
  return subsystem.identity !== undefined || identity !== undefined || isWatched;
}

/** The question readiness rests on: the probe, else `status()`; undefined when only heartbeats tell. */
export function readinessSource(record: HealthRecord): Inquiry | undefined {
  return record.probe ?? record.poll;
}

/** Are its questions answered, be it badly (or its heartbeats there), as far as anything is expected of it? */
export function isAnswering(record: HealthRecord): boolean {
  const source = readinessSource(record);
  if (source === undefined) return record.overdue === undefined;
  return source.failures === 0 || source.lastFailure?.isAnswered === true;
}

/** Notes one answer or report in the window of the last 32. */
export function noteOutcome(record: HealthRecord, isFailure: boolean): void {
  // Signed on purpose: as an unsigned number the upper half of them would be objects.
  record.outcomes = (record.outcomes << 1) | (isFailure ? 1 : 0);
  if (record.outcomeCount < 32) record.outcomeCount += 1;
}
