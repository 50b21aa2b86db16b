import type { ActivitySample, CarriedCalls, HealthReport, ProbeResult } from '@dreamnet/contracts';
import { setProgress } from './axis-states.js';
import { createCallRun, loopEvidence, noteCalls } from './call-loops.js';
import { type HealthCore, isAnswering, readinessSource } from './health-core.js';
import { createWork, type HealthRecord, type Work } from './health-record.js';
import { deriveProgress, markMoved, TOOL_CALL_DEADLINE_MS, takeSample } from './progress-rules.js';
import { condemnIfDue } from './readiness.js';
import { longestSilenceMs } from './silence-limit.js';

/** Between two looks: while it does not answer, while it answers but has work in flight, and when it has no counters. */
const LOOK_MS = { silent: 250, answering: 500, blind: 1000 };

/** Takes what a report tells of work in flight. */
export function noteReportedWork(core: HealthCore, record: HealthRecord, report: HealthReport): void {
  const { inFlight, progress, openToolCall, calls } = report;
  if (
    record.work === undefined &&
    inFlight === undefined &&
    progress === undefined &&
    openToolCall === undefined &&
    calls === undefined
  )
    return;
  record.work ??= createWork();
  const { work } = record;
  const nowMs = core.clock.monotonic();
  if (inFlight !== undefined) {
    takeInFlight(work, inFlight, { nowMs, isSameSource: work.reported !== undefined });
    work.reported = { atMs: nowMs, isIrregular: report.isIrregular === true };
  }
  if (progress !== undefined) {
    if (work.counter !== undefined && progress > work.counter)
      markMoved(work, nowMs, 'its progress counter grows');
    work.counter = progress;
  }
  if (calls !== undefined && calls.length > 0) {
    work.calls ??= createCallRun();
    noteCalls(work.calls, calls, nowMs);
    markMoved(work, nowMs, 'it makes calls');
  }
  noteToolCall(core, work, openToolCall);
}

/** Takes what the answer to a probe tells of work in flight. */
export function noteAnsweredWork(
  core: HealthCore,
  record: HealthRecord,
  told: NonNullable<ProbeResult['work']>,
): void {
  record.work ??= createWork();
  const { work } = record;
  const nowMs = core.clock.monotonic();
  work.answered = told.isBusy ? 1 : 0;
  outdateReport(core, record, work);
  if (work.reported === undefined) takeInFlight(work, work.answered, { nowMs, isSameSource: true });
  const { movedAt } = told;
  if (movedAt === undefined || !Number.isFinite(movedAt)) return;
  if (told.isBusy && work.answeredMovedAt !== undefined && movedAt > work.answeredMovedAt)
    markMoved(work, nowMs, 'it says that its work moved');
  work.answeredMovedAt = Math.max(movedAt, work.answeredMovedAt ?? movedAt);
}

/**
 * Begins, goes on or ends looking at the work of a subsystem: only one that does not answer, or has work in flight,
 * is looked at. Called after whatever may change that.
 */
export function followWork(core: HealthCore, record: HealthRecord): void {
  if (record.work !== undefined) outdateReport(core, record, record.work);
  const isPending = !isAnswering(record) || (record.work?.inFlight ?? 0) > 0;
  const isLate = readinessSource(record)?.isLate ?? false;
  const isDecaying = record.progress.state === 'moving' || record.progress.state === 'looping';
  if (record.work !== undefined) record.work.carried = carriedBy(record);
  const isDoubted = isLeavingCalls(core, record);
  const isWanted = record.liveness.state !== 'dead' && (isPending || isLate || isDecaying || isDoubted);
  if (!isWanted) {
    endLooking(record);
    return;
  }
  record.work ??= createWork();
  const { work } = record;
  work.pendingSinceMs = isPending ? (work.pendingSinceMs ?? core.clock.monotonic()) : undefined;
  const isSampled = isPending || isLate || isDoubted;
  if (!isSampled) endSampling(work);
  if (!core.isRunning || work.isTickQueued) return;
  if (isSampled) sample(core, record, work);
  queueLook(core, record, work);
}

/** Takes that calls to it ended without an answer, or that one was answered after that. */
export function noteCarriedCalls(core: HealthCore, record: HealthRecord): void {
  record.work ??= createWork();
  followWork(core, record);
  core.judge(record);
}

/** Time to look again. */
export function onWorkDue(core: HealthCore, record: HealthRecord, work: Work): void {
  if (record.work !== work) return;
  work.isTickQueued = false;
  followWork(core, record);
  condemnIfDue(core, record);
  core.judge(record);
}

/** The progress axis as of now. */
export function updateProgress(core: HealthCore, record: HealthRecord): void {
  const { work } = record;
  const nowMs = core.clock.monotonic();
  if (work !== undefined) {
    outdateReport(core, record, work);
    work.carried = carriedBy(record);
  }
  const next = deriveProgress({
    work,
    liveness: record.liveness.state,
    isAnswering: isAnswering(record),
    isReady: record.readiness.state === 'ready',
    hasCounters: record.subsystem.activity !== undefined,
    stallAfterMs: stallAfterMsOf(core, record),
    loopAfter: record.manifest.loopAfter ?? core.settings.loopAfter,
    nowMs,
  });
  if (next.state === record.progress.state && next.reason === record.progress.reason) return;
  setProgress(record, next.state, {
    reason: next.reason,
    at: core.clock.now(),
    evidence: next.loop ? loopEvidence(next.loop, core.clock.now() - nowMs) : work?.evidence,
  });
}

/** Whether silence of the subsystem is explained by work that moves now: it must be left alone. */
export function isSilentButBusy(core: HealthCore, record: HealthRecord): boolean {
  updateProgress(core, record);
  if (record.liveness.state === 'dead' || record.liveness.state === 'suspended') return false;
  return record.readiness.state === 'not_ready' && !isAnswering(record) && record.progress.state === 'moving';
}

function carriedBy(record: HealthRecord): CarriedCalls | undefined {
  try {
    return record.subsystem.carriedCalls?.();
  } catch {
    return undefined;
  }
}

/** Were calls left unanswered, lately? Then whether anything moves is worth knowing before anything is held against it. */
function isLeavingCalls(core: HealthCore, record: HealthRecord): boolean {
  const run = record.work?.carried?.unanswered;
  return run !== undefined && run.agoMs <= stallAfterMsOf(core, record);
}

function stallAfterMsOf(core: HealthCore, { manifest }: HealthRecord): number {
  return manifest.stallAfterMs ?? core.settings.stallAfterMs;
}

/** Two sources that count differently are no movement: only one that says something else than before is. */
function takeInFlight(work: Work, inFlight: number, by: { nowMs: number; isSameSource: boolean }): void {
  if (by.isSameSource && work.inFlight !== undefined && work.inFlight !== inFlight)
    markMoved(work, by.nowMs, 'work came or went');
  work.inFlight = inFlight;
}

/** Once the reports of work have stopped, what the answers say counts: they are of now. */
function outdateReport(core: HealthCore, record: HealthRecord, work: Work): void {
  const { reported, answered } = work;
  if (reported === undefined || answered === undefined) return;
  if (core.clock.monotonic() - reported.atMs < reportHoldsMs(core, record, work)) return;
  work.reported = undefined;
  work.inFlight = answered;
}

/**
 * A report counts until the next one is late, and for less than a stall: else one that was never repeated would make a stall by
 * itself. What comes only when there is something to tell, as spans do, has told of work until it tells of its end.
 */
function reportHoldsMs(core: HealthCore, record: HealthRecord, { reported, inFlight }: Work): number {
  if (reported?.isIrregular && Number.isNaN(record.ttlMs) && (inFlight ?? 0) > 0)
    return Number.POSITIVE_INFINITY;
  return Math.min(longestSilenceMs(core, record), stallAfterMsOf(core, record));
}

function noteToolCall(core: HealthCore, work: Work, call: HealthReport['openToolCall']): void {
  const before = work.toolCall;
  if (call === undefined) {
    work.toolCall = undefined;
    return;
  }
  if (before !== undefined && before.name === call.name && before.startedAt === call.startedAt) return;
  const nowMs = core.clock.monotonic();
  // The sender's clock is believed once, for the age at the first report; from then on ours counts.
  const deadlineMs = call.deadlineMs ?? TOOL_CALL_DEADLINE_MS;
  const ageMs = Math.min(Math.max(0, core.clock.now() - call.startedAt), deadlineMs);
  const { name, startedAt } = call;
  work.toolCall = { name, startedAt, startedMs: nowMs - ageMs, untilMs: nowMs - ageMs + deadlineMs };
}

function endLooking(record: HealthRecord): void {
  const { work } = record;
  if (work === undefined) return;
  work.pendingSinceMs = undefined;
  endSampling(work);
}

function endSampling(work: Work): void {
  work.samplingSinceMs = undefined;
  work.isAssessed = false;
  work.anchor = undefined;
  work.evidence = undefined;
}

function queueLook(core: HealthCore, record: HealthRecord, work: Work): void {
  work.isTickQueued = true;
  const afterMs = LOOK_MS[paceOf(record)];
  core.queue.push(core.clock.monotonic() + afterMs, { kind: 'work', record, work });
}

function paceOf(record: HealthRecord): keyof typeof LOOK_MS {
  if (record.subsystem.activity === undefined) return 'blind';
  const isSilent = !isAnswering(record) || (readinessSource(record)?.isLate ?? false);
  return isSilent ? 'silent' : 'answering';
}

function sample(core: HealthCore, record: HealthRecord, work: Work): void {
  if (record.subsystem.activity === undefined || work.isSampling) return;
  work.samplingSinceMs ??= core.clock.monotonic();
  let given: ActivitySample | undefined | Promise<ActivitySample | undefined>;
  try {
    given = record.subsystem.activity();
  } catch {
    given = undefined;
  }
  if (given === undefined) return;
  if (!('then' in given)) {
    takeReading(core, work, given);
    return;
  }
  work.isSampling = true;
  given.then(
    (value) => {
      work.isSampling = false;
      if (value !== undefined && record.work === work) takeReading(core, work, value);
    },
    () => {
      work.isSampling = false;
    },
  );
}

function takeReading(core: HealthCore, work: Work, value: ActivitySample): void {
  if (takeSample(work, value, core.clock.monotonic())) work.isAssessed = true;
}
