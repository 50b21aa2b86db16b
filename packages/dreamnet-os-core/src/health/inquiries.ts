import type { ProbeResult, StatusAnswer, SubsystemStatus } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { foundKind } from '../found-text.js';
import { cutEvidence, cutTold } from '../told-text.js';
import {
  type HealthCore,
  hasJustBegun,
  hasProcess,
  isStarting,
  noteOutcome,
  readinessSource,
} from './health-core.js';
import type { Flight, HealthRecord, Inquiry } from './health-record.js';
import { noticeIdentity, scheduleAsk, scheduleQuick } from './process-lives.js';
import { applyReadiness, noteLife } from './readiness.js';
import { toldStatus } from './told-status.js';
import { followWork, noteAnsweredWork } from './work-watch.js';

/** A question open for this long makes us look whether the process works. */
const LATE_AFTER_MS = 250;
/** When our own timer comes later than this, we stood still ourselves and blame nobody. */
const OWN_STALL_MS = 1000;
const STATUS_WORDS: readonly unknown[] = ['ok', 'warn', 'error', 'unknown'] satisfies SubsystemStatus[];

/**
 * Asks once; a question under way is shared, so there is never more than one to the same subsystem.
 *
 * @returns The answer; `ok: false` also when time was up, it threw, or the process was replaced meanwhile.
 */
export function ask(core: HealthCore, record: HealthRecord, inquiry: Inquiry): Promise<ProbeResult> {
  if (inquiry.flight !== undefined) return inquiry.flight.promise;
  noticeIdentity(core, record);
  const startedMs = core.clock.monotonic();
  const controller = new AbortController();
  let given: unknown;
  try {
    given = put(record, inquiry, controller.signal);
  } catch (thrown) {
    const result = failureOf(core, thrown);
    take(core, record, { inquiry, result, startedMs });
    return Promise.resolve(result);
  }
  if (!isPromiseLike(given)) {
    const result = {
      ...read({ core, record }, inquiry, given),
      latencyMs: core.clock.monotonic() - startedMs,
    };
    take(core, record, { inquiry, result, startedMs });
    return Promise.resolve(result);
  }
  const flight = launch(core, record, { inquiry, startedMs, controller });
  given.then(
    (value) => flight.finish(flight.isDone ? undefined : read({ core, record }, inquiry, value)),
    (thrown: unknown) => flight.finish(failureOf(core, thrown)),
  );
  return flight.promise;
}

/** The time of one question is up, even if the probe ignores its signal. */
export function onDeadline(
  core: HealthCore,
  record: HealthRecord,
  due: { flight: Flight; lateMs: number; inquiry: Inquiry },
): void {
  const { flight, inquiry } = due;
  if (flight.isDone) return;
  const { timeoutMs } = inquiry.schedule;
  if (due.lateMs > OWN_STALL_MS && !flight.isExtended) {
    flight.isExtended = true;
    const dueMs = core.clock.monotonic() + timeoutMs;
    core.queue.push(dueMs, { kind: 'deadline', record, inquiry, flight });
    return;
  }
  flight.finish({ ok: false, reason: `no answer within ${timeoutMs} ms`, evidence: { timeoutMs } });
  flight.controller.abort();
}

/** A question is open suspiciously long: look early whether the process works, so that the verdict need not wait. */
export function onLate(
  core: HealthCore,
  record: HealthRecord,
  due: { flight: Flight; inquiry: Inquiry },
): void {
  if (due.flight.isDone) return;
  due.inquiry.isLate = true;
  followWork(core, record);
}

/** The schedule says: ask. */
export function onAskDue(
  core: HealthCore,
  record: HealthRecord,
  due: { inquiry: Inquiry; dueMs: number },
): void {
  const { inquiry } = due;
  const isReplaced = record.probe !== inquiry && record.poll !== inquiry;
  if (isReplaced || inquiry.dueMs !== due.dueMs || inquiry.flight !== undefined) return;
  noticeIdentity(core, record);
  const isGone = record.liveness.state === 'dead' && record.subsystem.identity !== undefined;
  // Whoever knows of the next process will say so; a question to the one that is gone would only cost.
  if (isGone)
    scheduleAsk(core, record, { inquiry, dueMs: core.clock.monotonic() + inquiry.schedule.everyMs });
  else void ask(core, record, inquiry);
}

function put(record: HealthRecord, inquiry: Inquiry, signal: AbortSignal): unknown {
  return inquiry.kind === 'probe' ? record.subsystem.probe?.(signal) : record.subsystem.status?.();
}

function launch(
  core: HealthCore,
  record: HealthRecord,
  start: { inquiry: Inquiry; startedMs: number; controller: AbortController },
): Flight {
  const { inquiry, startedMs } = start;
  let resolve: (result: ProbeResult) => void = () => undefined;
  const promise = new Promise<ProbeResult>((settle) => {
    resolve = settle;
  });
  const finish = (answer: ProbeResult | undefined): void => {
    if (flight.isDone) return;
    flight.isDone = true;
    inquiry.flight = undefined;
    inquiry.isLate = false;
    resolve(settleFlight(core, record, { inquiry, flight, answer }));
    if (answer === undefined) flight.controller.abort();
    core.landed();
  };
  const { epoch, identity } = record;
  const flight: Flight = {
    epoch,
    identity,
    startedMs,
    controller: start.controller,
    promise,
    finish,
    isDone: false,
    isExtended: false,
  };
  inquiry.flight = flight;
  core.flights += 1;
  const { timeoutMs } = inquiry.schedule;
  core.queue.push(startedMs + timeoutMs, { kind: 'deadline', record, inquiry, flight });
  if (record.subsystem.activity !== undefined && core.isRunning) {
    const lateMs = startedMs + Math.min(LATE_AFTER_MS, timeoutMs / 2);
    core.queue.push(lateMs, { kind: 'late', record, inquiry, flight });
  }
  return flight;
}

function settleFlight(
  core: HealthCore,
  record: HealthRecord,
  end: { inquiry: Inquiry; flight: Flight; answer: ProbeResult | undefined },
): ProbeResult {
  const { inquiry, flight, answer } = end;
  if (answer !== undefined) noticeIdentity(core, record);
  if (answer === undefined || flight.epoch !== record.epoch || !record.isRegistered)
    return { ok: false, reason: 'the process was replaced or its watch ended while it was asked' };
  const latencyMs = answer.latencyMs ?? core.clock.monotonic() - flight.startedMs;
  const result = { ...answer, latencyMs };
  take(core, record, { inquiry, result, startedMs: flight.startedMs });
  return result;
}

function take(
  core: HealthCore,
  record: HealthRecord,
  asked: { inquiry: Inquiry; result: ProbeResult; startedMs: number },
): void {
  const { inquiry, result } = asked;
  count(core, record, asked);
  scheduleNext(core, record, asked);
  if (result.ok || result.isAnswered === true) noteLife(core, record, asked.startedMs);
  if (inquiry === readinessSource(record)) applyReadiness(core, record, result);
  followWork(core, record);
  core.judge(record);
}

function count(
  core: HealthCore,
  record: HealthRecord,
  { inquiry, result }: { inquiry: Inquiry; result: ProbeResult },
): void {
  const hasAnswered = inquiry.kind === 'status' ? !isSilence(result) : result.ok;
  inquiry.successes = hasAnswered ? inquiry.successes + 1 : 0;
  inquiry.failures = hasAnswered ? 0 : inquiry.failures + 1;
  inquiry.lastFailure = hasAnswered ? undefined : result;
  // A process that boots, or was never there, is not failing yet.
  if (result.ok || (hasLived(record) && !isStarting(core, record))) noteOutcome(record, !result.ok);
  if (!result.ok || result.latencyMs === undefined) return;
  const share = Math.min(1, result.latencyMs / inquiry.schedule.timeoutMs);
  // Smoothed over about the last five answers.
  record.latencyShare = Number.isNaN(record.latencyShare) ? share : 0.7 * record.latencyShare + 0.3 * share;
}

/** Of what is no process nothing else could be known. */
function hasLived({ subsystem, identity }: HealthRecord): boolean {
  return subsystem.identity === undefined || identity !== undefined;
}

function scheduleNext(
  core: HealthCore,
  record: HealthRecord,
  asked: { inquiry: Inquiry; startedMs: number },
): void {
  const { inquiry, startedMs } = asked;
  // Of what runs elsewhere nobody knows that it boots: it may be down for good, and is somebody else's.
  const hasNotAnsweredYet = hasProcess(record) && hasJustBegun(core, record) && inquiry.failures > 0;
  const isRising = inquiry.successes > 0 && inquiry.successes < inquiry.schedule.rise;
  if (hasNotAnsweredYet || isRising) scheduleQuick(core, record, inquiry);
  else {
    const dueMs = Math.max(startedMs + inquiry.schedule.everyMs, core.clock.monotonic());
    scheduleAsk(core, record, { inquiry, dueMs });
  }
}

/** Evidence key that tells a `status()` which gave no answer from one that answered "error". */
const SILENCE = 'noAnswer';

function isSilence(result: ProbeResult): boolean {
  return !result.ok && (result.evidence?.[SILENCE] === true || result.evidence?.timeoutMs !== undefined);
}

function failureOf(core: HealthCore, thrown: unknown): ProbeResult {
  const { message, code } = DreamnetError.from(thrown);
  return { ok: false, reason: cutTold(core.mask(message)), evidence: { code, [SILENCE]: true } };
}

interface Asked {
  core: HealthCore;
  record: HealthRecord;
}

function read({ core, record }: Asked, inquiry: Inquiry, given: unknown): ProbeResult {
  if (inquiry.kind === 'status') return readStatus({ core, record }, given);
  if (typeof given === 'object' && given !== null && 'ok' in given) {
    const result = given as ProbeResult;
    const isAnswered = result.ok === true || result.isAnswered === true;
    if (typeof result.metrics === 'object' && result.metrics !== null)
      core.metrics.take(record, result.metrics);
    if (typeof result.work === 'object' && result.work !== null) noteAnsweredWork(core, record, result.work);
    const reason = cutTold(core.mask(reasonOf(result)));
    const evidence = result.evidence && { evidence: cutEvidence(core.mask(result.evidence)) };
    return { ...result, ok: result.ok === true, isAnswered, reason, ...evidence };
  }
  return { ok: false, reason: 'the probe gave no result with `ok` and `reason`' };
}

/** Programs without types answer what they like. */
function reasonOf({ ok, reason }: { ok: unknown; reason?: unknown }): string {
  if (typeof ok !== 'boolean') return `the probe's \`ok\` is ${foundKind(ok)}; expected true or false`;
  const told = String(reason ?? '');
  if (told !== '') return told;
  return ok ? 'the probe said ok' : 'the probe said not ok, and no reason';
}

function readStatus({ core, record }: Asked, given: unknown): ProbeResult {
  const answer = core.mask(toAnswer(given));
  if (answer === undefined) {
    const reason = 'status() answered something that is not a status';
    record.told = toldStatus('status', 'unknown', reason);
    return { ok: false, reason };
  }
  const { status, metrics } = answer;
  const details = answer.details === undefined ? undefined : cutTold(String(answer.details));
  const evidence = answer.evidence && cutEvidence(answer.evidence);
  record.told = toldStatus('status', status, details);
  if (metrics !== undefined) core.metrics.take(record, metrics);
  const reason = details ?? `status() said ${status}`;
  const isGood = status === 'ok' || status === 'warn';
  return evidence === undefined ? { ok: isGood, reason } : { ok: isGood, reason, evidence };
}

function toAnswer(given: unknown): Exclude<StatusAnswer, string> | undefined {
  if (STATUS_WORDS.includes(given)) return { status: given as SubsystemStatus };
  if (typeof given !== 'object' || given === null || !('status' in given)) return undefined;
  return STATUS_WORDS.includes(given.status) ? (given as Exclude<StatusAnswer, string>) : undefined;
}

function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
