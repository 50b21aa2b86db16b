import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import { type HealthCore, noteOutcome } from './health-core.js';
import type { HealthRecord } from './health-record.js';
import { AGE_LIMIT_MS, AHEAD_LIMIT_MS } from './heartbeat-intake.js';
import { noteArrival } from './phi-accrual.js';

/** The answer to nearly every report. */
export const TAKEN: HeartbeatOutcome = Object.freeze({ accepted: true });

/**
 * Takes a report that says what the one before it said, from a subsystem of which nothing but its reports is known:
 * nearly all of them. Only times and figures change then, and none of the rules need be asked again.
 *
 * @returns False when it is not such a one, or the least is odd about it: it then goes the long way, which decides alike.
 */
export function takeRepeated(
  core: HealthCore,
  record: HealthRecord,
  { report, nowMs }: { report: HealthReport; nowMs: number },
): boolean {
  if (!record.isSettled || !isRepetition(record, report)) return false;
  const now = core.clock.now();
  if (!isInOrder(record, report, now)) return false;
  if (record.isIrregular) record.countedMs = nowMs;
  else noteArrival(record, nowMs);
  record.lastSeenMs = nowMs;
  record.lastSeq = report.seq ?? Number.NaN;
  record.lastSentAt = report.at ?? Number.NaN;
  record.livenessAt = now;
  record.readinessAt = now;
  record.updatedAt = now;
  noteOutcome(record, report.status === 'error');
  core.mark(record);
  return true;
}

function isRepetition({ told, ttlMs, isIrregular }: HealthRecord, report: HealthReport): boolean {
  return (
    told !== undefined &&
    report.status === told.status &&
    report.details === told.details &&
    report.inFlight === undefined &&
    report.progress === undefined &&
    report.openToolCall === undefined &&
    report.calls === undefined &&
    (report.isIrregular === true) === isIrregular &&
    (report.ttlMs === undefined ? Number.isNaN(ttlMs) : report.ttlMs === ttlMs) &&
    (report.metrics === undefined || (typeof report.metrics === 'object' && report.metrics !== null))
  );
}

function isInOrder(
  { lastSeq, lastSentAt, restart }: HealthRecord,
  report: HealthReport,
  now: number,
): boolean {
  const { seq, at } = report;
  if (restart !== undefined) return false;
  if (at !== undefined && !(at - now <= AHEAD_LIMIT_MS && now - at <= AGE_LIMIT_MS)) return false;
  if (seq !== undefined) return Number.isSafeInteger(seq) && seq > lastSeq;
  if (!Number.isNaN(lastSeq)) return false;
  return at === undefined ? Number.isNaN(lastSentAt) : at > lastSentAt;
}
