import type { LivenessSignal } from '@dreamnet/contracts';
import { cutEvidence, cutTold } from '../told-text.js';
import { setLiveness, setReadiness } from './axis-states.js';
import { type HealthCore, isStarting, startGraceMs } from './health-core.js';
import type { HealthRecord, Inquiry } from './health-record.js';
import { forgetSilence } from './kept-silence.js';

/** Between two questions to a process that has not answered yet, ms; spread so that a fleet does not ask in step. */
const QUICK_MS = { least: 50, spread: 50 };

/** What is booted already opens its port in this time. */
const WARM_MS = 10;

/** Old processes whose late signals are still recognised; a crash loop makes a few. */
const REMEMBERED_IDENTITIES = 8;

/** Queues the next question. An earlier entry for the same inquiry becomes void. */
export function scheduleAsk(
  core: HealthCore,
  record: HealthRecord,
  next: { inquiry: Inquiry; dueMs: number },
): void {
  if (!core.isRunning || !record.isRegistered) return;
  next.inquiry.dueMs = next.dueMs;
  core.queue.push(next.dueMs, { kind: 'ask', record, ...next });
}

/** Asks again in 50 to 100 ms: readiness after a start is seen at once. */
export function scheduleQuick(core: HealthCore, record: HealthRecord, inquiry: Inquiry): void {
  const dueMs = core.clock.monotonic() + QUICK_MS.least + QUICK_MS.spread * core.random();
  scheduleAsk(core, record, { inquiry, dueMs });
}

/** Ends every question under way as if it had never been asked. */
export function voidFlights(record: HealthRecord): void {
  record.probe?.flight?.finish(undefined);
  record.poll?.flight?.finish(undefined);
}

/**
 * Takes what the watcher of the process says. A signal for a process that is no longer the one behind the name is
 * ignored.
 *
 * @returns Whether it was taken.
 */
export function takeSignal(core: HealthCore, record: HealthRecord, signal: LivenessSignal): boolean {
  if (isStale(record, signal)) return false;
  record.isWatched = true;
  record.signalledMs = core.clock.monotonic();
  record.recovery = signal.recovery ?? null;
  const isNew = signal.identity !== undefined && signal.identity !== record.identity;
  const wasDead = record.liveness.state === 'dead';
  if (signal.state === 'dead') endLife(record, signal);
  else if (signal.state === 'alive' && (isNew || wasDead)) beginLife(core, record, signal.identity);
  else learnIdentity(record, signal.identity);
  if (signal.isAdopted) record.isAdopted = true;
  if (signal.isWarm) askWarm(core, record);
  const evidence = signal.evidence && { evidence: cutEvidence(signal.evidence) };
  setLiveness(record, signal.state, { ...signal, reason: cutTold(signal.reason), ...evidence });
  if (signal.state === 'alive' && !isStarting(core, record)) askSoon(core, record);
  core.judge(record);
  return true;
}

/** Looks whether another process stands behind the name than the one known, and if so begins a new life. */
export function noticeIdentity(core: HealthCore, record: HealthRecord): void {
  const identity = identityOf(record);
  if (identity === undefined || identity === record.identity) return;
  const isFirst = record.identity === undefined && record.liveness.state !== 'dead';
  if (isFirst) {
    learnIdentity(record, identity);
    return;
  }
  beginLife(core, record, identity);
  const at = core.clock.now();
  record.recovery = null;
  setLiveness(record, 'alive', { reason: 'a new process was seen', at });
}

/** What `identity()` says now; undefined also when it throws. */
export function identityOf(record: HealthRecord): string | undefined {
  try {
    return record.subsystem.identity?.();
  } catch {
    return undefined;
  }
}

/** Forgets what an earlier process did and asks the new one in quick succession until it answers. */
export function beginLife(core: HealthCore, record: HealthRecord, identity: string | undefined): void {
  const nowMs = core.clock.monotonic();
  record.epoch += 1;
  record.isSettled = false;
  record.isAdopted = false;
  learnIdentity(record, identity);
  voidFlights(record);
  record.work = undefined;
  record.told = undefined;
  resetBeats(core, record, nowMs);
  forgetReadiness(record, core.clock.now());
  for (const inquiry of [record.probe, record.poll]) {
    if (inquiry === undefined) continue;
    Object.assign(inquiry, { successes: 0, failures: 0, lastFailure: undefined, isLate: false });
    scheduleQuick(core, record, inquiry);
  }
  openGrace(core, record);
}

/** Opens the time in which a process may still be booting, when there is anything that could tell that it is done. */
export function openGrace(core: HealthCore, record: HealthRecord): void {
  const isAsked = record.probe !== undefined || record.poll !== undefined;
  if (!isAsked && !record.hasBeats && record.manifest.heartbeat === undefined) return;
  record.startingUntilMs = core.clock.monotonic() + startGraceMs(core, record);
  if (!core.isRunning) return;
  core.queue.push(record.startingUntilMs, { kind: 'start-over', record, epoch: record.epoch });
}

function endLife(record: HealthRecord, signal: LivenessSignal): void {
  record.epoch += 1;
  learnIdentity(record, signal.identity);
  voidFlights(record);
  record.work = undefined;
  record.startingUntilMs = 0;
  // A plain command that nothing asks stays unknown here: its liveness says enough.
  if (record.probe !== undefined || record.poll !== undefined || record.hasBeats)
    setReadiness(record, 'not_ready', { reason: 'there is no process', at: signal.at });
}

/** Signals come in order, but a slow one may be about a process that has been replaced meanwhile. */
function isStale(record: HealthRecord, { identity, isReplaced = false }: LivenessSignal): boolean {
  if (isReplaced) return false;
  return identity !== undefined && identity !== record.identity && record.pastIdentities.includes(identity);
}

function learnIdentity(record: HealthRecord, identity: string | undefined): void {
  if (identity === undefined || identity === record.identity) return;
  if (record.identity !== undefined)
    record.pastIdentities = [...record.pastIdentities.slice(1 - REMEMBERED_IDENTITIES), record.identity];
  record.identity = identity;
}

function forgetReadiness(record: HealthRecord, at: number): void {
  const { state } = record.readiness;
  if (state === 'unknown') return;
  const next = state === 'ready' ? 'unknown' : state;
  setReadiness(record, next, { reason: 'a new process has not answered yet', at });
}

function askSoon(core: HealthCore, record: HealthRecord): void {
  if (record.readiness.state === 'ready') return;
  for (const inquiry of [record.probe, record.poll]) {
    if (inquiry !== undefined && inquiry.flight === undefined) scheduleQuick(core, record, inquiry);
  }
}

function askWarm(core: HealthCore, record: HealthRecord): void {
  const dueMs = core.clock.monotonic() + WARM_MS;
  for (const inquiry of [record.probe, record.poll])
    if (inquiry !== undefined && inquiry.flight === undefined) scheduleAsk(core, record, { inquiry, dueMs });
}

function resetBeats(core: HealthCore, record: HealthRecord, nowMs: number): void {
  if (!record.hasBeats) return;
  forgetSilence(core, record);
  record.lastSeenMs = nowMs;
  record.hasBeaten = false;
  record.lastSeq = Number.NaN;
  record.lastSentAt = Number.NaN;
  record.beatIdentity = undefined;
  record.arrivalCount = 0;
  record.overdue = undefined;
  record.restart = undefined;
  record.refusedError = undefined;
  record.checkMs = Number.NaN;
  if (!core.isRunning) return;
  record.checkMs = nowMs;
  core.queue.push(nowMs, record);
}
