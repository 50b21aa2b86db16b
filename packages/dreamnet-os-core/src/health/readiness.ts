import type { Evidence, ProbeResult } from '@dreamnet/contracts';
import { setLiveness, setReadiness } from './axis-states.js';
import { type HealthCore, isAnswering, isStarting, readinessSource } from './health-core.js';
import type { HealthRecord } from './health-record.js';

/** The longest a verdict waits for the first sample window to say whether the process works. */
const ASSESSMENT_LIMIT_MS = 1000;

const SAYS = { ok: 'it says ok', warn: 'it says warn', error: 'it says error', unknown: 'it says unknown' };

/** Takes the newest answer of the question readiness rests on. */
export function applyReadiness(core: HealthCore, record: HealthRecord, result: ProbeResult): void {
  const source = readinessSource(record);
  if (source === undefined) return;
  if (source.failures > 0) condemnIfDue(core, record);
  else if (source.kind === 'status') applyTold(core, record, result.evidence);
  else if (record.readiness.state === 'ready' || source.successes >= source.schedule.rise)
    setReady(core, record, { reason: result.reason, evidence: result.evidence });
}

/** Takes readiness from what it says about itself, when nothing better is there to ask. */
export function applyTold(core: HealthCore, record: HealthRecord, evidence?: Evidence): void {
  const { told } = record;
  if (told === undefined) return;
  const at = core.clock.now();
  const reason = told.details ?? SAYS[told.status];
  if (told.status === 'ok' || told.status === 'warn') setReady(core, record, { reason, evidence });
  else {
    const state = told.status === 'error' ? 'not_ready' : 'unknown';
    setReadiness(record, state, { reason, at, evidence });
    record.startingUntilMs = 0;
  }
}

/**
 * Declares a subsystem not ready when enough answers failed in a row or its heartbeats stopped. A verdict waits, at
 * most a second, for the first sample window of a process whose counters can be read: otherwise a working process
 * would look broken for a moment, and be restarted.
 */
export function condemnIfDue(core: HealthCore, record: HealthRecord): void {
  if (record.liveness.state === 'dead') return;
  const fault = faultOf(record);
  if (fault === undefined || isStarting(core, record)) {
    sayWhatCame(core, record, fault);
    return;
  }
  if (record.readiness.state !== 'not_ready' && !isAssessed(core, record)) return;
  setReadiness(record, 'not_ready', { ...fault, at: core.clock.now() });
  forgetLife(core, record);
}

/** An answer shows that the process lives, unless its watcher knows better. */
export function noteLife(core: HealthCore, record: HealthRecord, askedMs: number): void {
  const { state } = record.liveness;
  const at = core.clock.now();
  if (!record.isWatched) setLiveness(record, 'alive', { reason: 'it answers', at });
  // A stopped process cannot answer what it was asked after it had stopped.
  else if (state === 'suspended' && askedMs >= record.signalledMs)
    setLiveness(record, 'alive', { reason: 'it answers again', at });
}

/** Without a watcher, life is only known from answers. */
function forgetLife(core: HealthCore, record: HealthRecord): void {
  if (record.isWatched || record.liveness.state !== 'alive' || isAnswering(record)) return;
  const reason = 'it does not answer and nobody watches its process';
  setLiveness(record, 'unknown', { reason, at: core.clock.now() });
}

function setReady(
  core: HealthCore,
  record: HealthRecord,
  seen: { reason: string; evidence: Evidence | undefined },
): void {
  record.startingUntilMs = 0;
  setReadiness(record, 'ready', { ...seen, at: core.clock.now() });
}

/** Nothing is held against it yet, but it was asked, and this is what came of it. */
function sayWhatCame(core: HealthCore, record: HealthRecord, fault: { reason: string } | undefined): void {
  const seen = fault ?? readinessSource(record)?.lastFailure;
  const { state } = record.readiness;
  if (seen === undefined || state === 'ready') return;
  const reason = isStarting(core, record) ? `starting: ${seen.reason}` : seen.reason;
  setReadiness(record, state, { reason, at: core.clock.now() });
}

function faultOf(record: HealthRecord): { reason: string; evidence?: Evidence | undefined } | undefined {
  const source = readinessSource(record);
  if (source === undefined) return record.overdue;
  const failure = source.lastFailure;
  if (failure === undefined || source.failures < source.schedule.fall) return undefined;
  return { reason: failure.reason, evidence: { ...failure.evidence, failures: source.failures } };
}

function isAssessed(core: HealthCore, record: HealthRecord): boolean {
  // A bad answer is judged as it is: no work explains it.
  if (isAnswering(record)) return true;
  if (!core.isRunning || record.subsystem.activity === undefined) return true;
  if (record.liveness.state === 'suspended') return true;
  const { work } = record;
  if (work?.samplingSinceMs === undefined) return false;
  return work.isAssessed || core.clock.monotonic() - work.samplingSinceMs > ASSESSMENT_LIMIT_MS;
}
