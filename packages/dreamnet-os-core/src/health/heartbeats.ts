import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import { type HealthCore, noteOutcome, readinessSource } from './health-core.js';
import { type Beats, createBeats, type HealthRecord } from './health-record.js';
import { judgeReport } from './heartbeat-intake.js';
import { addInterval, createArrivalWindow, phi, silenceLimitMs } from './phi-accrual.js';
import { identityOf } from './process-lives.js';
import { applyTold, condemnIfDue, noteLife } from './readiness.js';
import { followWork, noteReportedWork } from './work-watch.js';

/** A sender that declares no time to live and is too new to be known may be silent this long. */
const UNDECLARED_TTL_MS = 60_000;
/** When our own timer comes later than this, the reports may still be waiting to be read: look again. */
const OWN_STALL_MS = 1000;

/** Takes one report. O(1) whatever the size of the fleet. */
export function takeHeartbeat(
  core: HealthCore,
  record: HealthRecord,
  seen: { report: HealthReport; steadyNow: number },
): HeartbeatOutcome {
  const { report } = seen;
  const nowMs = core.clock.monotonic();
  const isNew = record.beats === undefined;
  record.beats ??= createBeats(nowMs);
  const { beats } = record;
  const identity = identityOf(record) ?? record.identity;
  const outcome = judgeReport(beats, report, {
    now: core.clock.now(),
    steadyNow: seen.steadyNow,
    nowMs,
    identity,
    silenceLimitMs: () => limitMs(core, record, beats),
  });
  if (!outcome.accepted) {
    beats.refused += 1;
    if (isNew) record.beats = undefined;
    return outcome;
  }
  accept(beats, report, { nowMs, identity });
  takeReport(core, record, report);
  queueCheck(core, record, beats);
  return outcome;
}

/** Begins to wait for the heartbeats that the manifest declares. */
export function expectHeartbeats(core: HealthCore, record: HealthRecord): void {
  if (record.beats === undefined && record.manifest.heartbeat === undefined) return;
  const nowMs = core.clock.monotonic();
  record.beats ??= createBeats(nowMs);
  // While nobody listened, silence was no fault of the sender.
  if (!record.beats.isOverdue) record.beats.lastSeenMs = nowMs;
  queueCheck(core, record, record.beats);
}

/** Time to look whether the sender is silent for too long; most often it is not. */
export function onBeatDue(
  core: HealthCore,
  record: HealthRecord,
  due: { beats: Beats; dueMs: number; lateMs: number },
): void {
  const { beats } = due;
  if (record.beats !== beats || beats.checkMs !== due.dueMs) return;
  beats.checkMs = undefined;
  if (record.liveness.state === 'dead') return;
  const nowMs = core.clock.monotonic();
  if (due.lateMs > OWN_STALL_MS) pushCheck(core, record, nowMs + OWN_STALL_MS);
  else checkSilence(core, record);
}

/** Marks a sender overdue when its silence passed the limit; otherwise waits on. */
export function checkSilence(core: HealthCore, record: HealthRecord): void {
  const { beats } = record;
  if (beats === undefined || beats.isOverdue) return;
  const silentMs = core.clock.monotonic() - beats.lastSeenMs;
  const limit = limitMs(core, record, beats);
  if (silentMs < limit) {
    queueCheck(core, record, beats);
    return;
  }
  beats.isOverdue = true;
  const suspicion = beats.arrivals && phi(beats.arrivals, silentMs);
  beats.overdueReason = beats.hasArrived
    ? `no heartbeat for more than ${Math.round(limit)} ms`
    : `no heartbeat has come within ${Math.round(limit)} ms`;
  if (beats.refused > 0) beats.overdueReason += ` (${beats.refused} reports were refused)`;
  beats.overdueEvidence = {
    silentMs: Math.round(silentMs),
    limitMs: Math.round(limit),
    ...(suspicion === undefined ? {} : { phi: Math.round(suspicion * 100) / 100 }),
  };
  followWork(core, record);
  condemnIfDue(core, record);
  core.judge(record);
}

function accept(
  beats: Beats,
  report: HealthReport,
  moment: { nowMs: number; identity: string | undefined },
): void {
  const isNewSender = report.seq !== undefined && beats.lastSeq !== undefined && report.seq < beats.lastSeq;
  // The gap of an outage says nothing about how regular the sender is.
  if (beats.hasArrived && !beats.isOverdue && !isNewSender) {
    beats.arrivals ??= createArrivalWindow();
    addInterval(beats.arrivals, moment.nowMs - beats.lastSeenMs);
  }
  beats.hasArrived = true;
  beats.isOverdue = false;
  beats.lastSeenMs = moment.nowMs;
  beats.lastSeq = report.seq;
  beats.lastSentAt = report.at;
  beats.identity = moment.identity;
  beats.restartRun = 0;
  if (report.ttlMs !== undefined) beats.ttlMs = report.ttlMs;
}

function takeReport(core: HealthCore, record: HealthRecord, report: HealthReport): void {
  record.told = { status: report.status, by: 'heartbeat', details: report.details };
  if (report.metrics !== undefined) core.metrics.take(record, report.metrics, report.at);
  noteReportedWork(core, record, report);
  noteOutcome(record, report.status === 'error');
  // A report may have waited in a socket of a process stopped since: it never ends a suspension.
  noteLife(core, record, Number.NEGATIVE_INFINITY);
  if (readinessSource(record) === undefined && record.liveness.state !== 'dead') applyTold(core, record);
  followWork(core, record);
  core.judge(record);
}

function limitMs(core: HealthCore, record: HealthRecord, beats: Beats): number {
  const ttlMs = beats.ttlMs ?? record.manifest.heartbeat?.ttlMs;
  if (!beats.hasArrived) return Math.max(ttlMs ?? UNDECLARED_TTL_MS, core.settings.startGraceMs);
  const learnedMs = beats.arrivals && silenceLimitMs(beats.arrivals, core.settings.phiThreshold);
  return ttlMs === undefined ? (learnedMs ?? UNDECLARED_TTL_MS) : Math.min(ttlMs, learnedMs ?? ttlMs);
}

/**
 * Queues a look at the silence. One is always queued, and most reports leave it where it is: only every eighth asks
 * whether the sender is known better by now, so that it is looked at earlier.
 */
function queueCheck(core: HealthCore, record: HealthRecord, beats: Beats): void {
  if (!core.isRunning) return;
  const isSettled = (beats.arrivals?.count ?? 1) % 8 !== 0;
  if (beats.checkMs !== undefined && isSettled) return;
  const dueMs = beats.lastSeenMs + limitMs(core, record, beats);
  if (beats.checkMs === undefined || dueMs < beats.checkMs) pushCheck(core, record, dueMs);
}

function pushCheck(core: HealthCore, record: HealthRecord, dueMs: number): void {
  const { beats } = record;
  if (beats === undefined) return;
  beats.checkMs = dueMs;
  core.queue.push(dueMs, { kind: 'beat', record, beats, dueMs });
}
