import type { HealthReport, HeartbeatOutcome } from '@dreamnet/contracts';
import type { MetricColumns } from '../boundary.js';
import { type HealthCore, noteOutcome, readinessSource } from './health-core.js';
import type { HealthRecord } from './health-record.js';
import { judgeReport } from './heartbeat-intake.js';
import { forgetSilence, leftSilenceMs, silenceEndMs } from './kept-silence.js';
import { noteArrival, phi } from './phi-accrual.js';
import { identityOf } from './process-lives.js';
import { applyTold, condemnIfDue, noteLife } from './readiness.js';
import { TAKEN, takeRepeated } from './repeated-heartbeats.js';
import { checkReport } from './report-check.js';
import { longestSilenceMs, UNDECLARED_TTL_MS } from './silence-limit.js';
import { toldStatus } from './told-status.js';
import { followWork, noteReportedWork } from './work-watch.js';

/** When our own timer comes later than this, the reports may still be waiting to be read: look again. */
const OWN_STALL_MS = 1000;
/** A smaller delay of ours is allowed for as well, unless the silence is past what it could explain. */
const OWN_DELAY_MS = 100;

interface TakenReport {
  report: HealthReport;
  /** Its metrics, when they are not in the report itself. */
  columns?: MetricColumns | undefined;
  /** Epoch ms; undefined is now. */
  arrivedAt?: number | undefined;
}

/**
 * Takes one report. O(1) whatever the size of the fleet.
 *
 * @throws DN_CORE_REPORT_INVALID
 */
export function takeHeartbeat(
  core: HealthCore,
  record: HealthRecord,
  seen: TakenReport & { offsetMs: number },
): HeartbeatOutcome {
  const { report } = seen;
  const nowMs = core.clock.monotonic();
  if (takeRepeated(core, record, { report, nowMs })) {
    queueCheck(core, record);
    return takeMetrics(core, record, seen);
  }
  checkReport(report);
  const identity = identityOf(record) ?? record.identity;
  const outcome = judgeReport(record, report, {
    now: core.clock.now(),
    steadyNow: seen.offsetMs + nowMs,
    nowMs,
    identity,
    silenceLimitMs: () => longestSilenceMs(core, record),
  });
  if (!outcome.accepted) {
    noteRefused(core, record, report);
    return outcome;
  }
  if (!record.hasBeaten) forgetSilence(core, record);
  const isOtherTtl = !Object.is(report.ttlMs ?? Number.NaN, record.ttlMs);
  accept(record, report, { nowMs, identity });
  const taken = takeReport(core, record, seen);
  queueCheck(core, record, isOtherTtl);
  return taken;
}

/** Begins to wait for the heartbeats that the manifest declares. */
export function expectHeartbeats(core: HealthCore, record: HealthRecord): void {
  if (!record.hasBeats && record.manifest.heartbeat === undefined) return;
  const nowMs = core.clock.monotonic();
  const silentMs = leftSilenceMs(core, record);
  // While nobody listened, silence was no fault of the sender.
  if (!record.hasBeats || record.overdue === undefined) record.lastSeenMs = nowMs - silentMs;
  record.hasBeats = true;
  queueCheck(core, record);
}

/** Time to look whether the sender is silent for too long; most often it is not. */
export function onBeatDue(
  core: HealthCore,
  record: HealthRecord,
  due: { dueMs: number; lateMs: number },
): void {
  if (record.checkMs !== due.dueMs) return;
  record.checkMs = Number.NaN;
  if (record.liveness.state === 'dead') return;
  const nowMs = core.clock.monotonic();
  const isExplained = nowMs - record.lastSeenMs < longestSilenceMs(core, record) + 2 * OWN_STALL_MS;
  if (due.lateMs > OWN_STALL_MS) pushCheck(core, record, nowMs + OWN_STALL_MS);
  else if (due.lateMs > OWN_DELAY_MS && isExplained) pushCheck(core, record, nowMs + OWN_DELAY_MS);
  else checkSilence(core, record);
}

/** Marks a sender overdue when its silence passed the limit; otherwise waits on. */
export function checkSilence(core: HealthCore, record: HealthRecord): void {
  if (!record.hasBeats || record.overdue !== undefined) return;
  const silentMs = core.clock.monotonic() - record.lastSeenMs;
  const limit = longestSilenceMs(core, record);
  if (core.clock.monotonic() < silenceEndMs(core, record, limit)) {
    queueCheck(core, record);
    return;
  }
  const suspicion = record.arrivalCount > 0 ? phi(record, silentMs) : undefined;
  const silence = record.hasBeaten
    ? `no heartbeat for more than ${Math.round(limit)} ms`
    : `no heartbeat has come within ${Math.round(limit)} ms${isOfStart(record, limit) ? ', the time that a start may take' : ''}`;
  record.overdue = {
    reason: `${silence}${refusedText(record)}`,
    evidence: {
      silentMs: Math.round(silentMs),
      limitMs: Math.round(limit),
      ...(suspicion === undefined ? {} : { phi: Math.round(suspicion * 100) / 100 }),
    },
  };
  followWork(core, record);
  condemnIfDue(core, record);
  core.judge(record);
}

/** Is it longer than what the sender has declared? */
function isOfStart({ manifest }: HealthRecord, limit: number): boolean {
  return limit > (manifest.heartbeat?.ttlMs ?? UNDECLARED_TTL_MS);
}

function noteRefused(core: HealthCore, record: HealthRecord, { status, details }: HealthReport): void {
  if (record.hasBeats) record.refused += 1;
  if (status === 'error') record.refusedError = core.mask(details ?? 'it says it is in error');
}

function refusedText({ refused, refusedError }: HealthRecord): string {
  if (refused === 0) return '';
  const error = refusedError === undefined ? '' : `, of which the last error was: ${refusedError}`;
  return ` (${refused} reports were refused${error})`;
}

function accept(
  record: HealthRecord,
  report: HealthReport,
  moment: { nowMs: number; identity: string | undefined },
): void {
  const isNewSender = report.seq !== undefined && report.seq < record.lastSeq;
  // The gap of an outage says nothing about how regular the sender is.
  if (record.hasBeaten && record.overdue === undefined && !isNewSender && report.isIrregular !== true)
    noteArrival(record, moment.nowMs);
  else record.countedMs = moment.nowMs;
  record.isIrregular = report.isIrregular === true;
  record.hasBeats = true;
  record.hasBeaten = true;
  record.overdue = undefined;
  record.lastSeenMs = moment.nowMs;
  record.lastSeq = report.seq ?? Number.NaN;
  record.lastSentAt = report.at ?? Number.NaN;
  record.beatIdentity = moment.identity;
  record.restart = undefined;
  record.refusedError = undefined;
  record.ttlMs = report.ttlMs ?? Number.NaN;
}

function takeReport(
  core: HealthCore,
  record: HealthRecord,
  { report: sent, columns, arrivedAt }: TakenReport,
): HeartbeatOutcome {
  const report = maskSaid(core, sent);
  record.told = toldStatus('heartbeat', report.status, report.details);
  const outcome = takeMetrics(core, record, { report, columns, arrivedAt });
  noteReportedWork(core, record, report);
  noteOutcome(record, report.status === 'error');
  // A report may have waited in a socket of a process stopped since: it never ends a suspension.
  noteLife(core, record, Number.NEGATIVE_INFINITY);
  if (readinessSource(record) === undefined && record.liveness.state !== 'dead') applyTold(core, record);
  followWork(core, record);
  core.judge(record);
  record.isSettled = isSettled(record);
  return outcome;
}

/** The report with the secrets hidden in what is text of it. */
function maskSaid(core: HealthCore, report: HealthReport): HealthReport {
  const { details, openToolCall, calls } = report;
  if (details === undefined && openToolCall === undefined && calls === undefined) return report;
  return {
    ...report,
    ...(details !== undefined && { details: core.mask(details) }),
    ...(openToolCall && { openToolCall: core.mask(openToolCall) }),
    ...(calls && { calls: core.mask(calls) }),
  };
}

function takeMetrics(
  core: HealthCore,
  record: HealthRecord,
  { report, columns, arrivedAt }: TakenReport,
): HeartbeatOutcome {
  const { metrics, at = arrivedAt } = report;
  if (metrics === undefined && columns === undefined) return TAKEN;
  const droppedMetrics =
    columns === undefined
      ? core.metrics.take(record, metrics ?? {}, at)
      : core.metrics.takeColumns(record, columns, at);
  return droppedMetrics === 0 ? TAKEN : { accepted: true, droppedMetrics };
}

/** Does all that is known of it rest on its reports, and do they say that nothing is under way? */
function isSettled(record: HealthRecord): boolean {
  return (
    readinessSource(record) === undefined &&
    record.subsystem.identity === undefined &&
    record.identity === undefined &&
    record.liveness.state === 'alive' &&
    !record.isWatched &&
    record.work === undefined &&
    record.startingUntilMs === 0
  );
}

/**
 * Queues a look at the silence. One is always queued, and most reports leave it where it is: only every eighth, and one
 * that declares another time to live, asks whether it should be looked at earlier. A look that comes a little late is
 * one all the same: entries that bring it forward by less than an eighth would pile up, one after another.
 */
function queueCheck(core: HealthCore, record: HealthRecord, isOtherTtl = false): void {
  if (!core.isRunning) return;
  const isQueued = !Number.isNaN(record.checkMs);
  if (isQueued && !isOtherTtl && !isBetterKnown(record)) return;
  const silenceMs = longestSilenceMs(core, record);
  const dueMs = silenceEndMs(core, record, silenceMs);
  if (dueMs === Number.POSITIVE_INFINITY) return;
  const slackMs = isOtherTtl ? 0 : silenceMs / 8;
  if (!isQueued || dueMs < record.checkMs - slackMs) pushCheck(core, record, dueMs);
}

/** At every eighth report that counted for its rhythm. */
function isBetterKnown({ arrivalCount, countedMs, lastSeenMs }: HealthRecord): boolean {
  return arrivalCount > 0 && (arrivalCount & 7) === 0 && countedMs === lastSeenMs;
}

function pushCheck(core: HealthCore, record: HealthRecord, dueMs: number): void {
  record.checkMs = dueMs;
  core.queue.push(dueMs, record);
}
