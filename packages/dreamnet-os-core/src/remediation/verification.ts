import type {
  Clock,
  Evidence,
  ProbeResult,
  RecoveryAction,
  Subsystem,
  VerificationCheck,
  VerificationPlan,
} from '@dreamnet/contracts';
import { sleep, withDeadline } from '@dreamnet/kit';
import type { HealthEngine } from '../boundary.js';
import type { RemediationPolicy } from './remediation-policy.js';

/** How often the checks are looked at: small against the 500 ms a finding must stay gone. */
const LOOK_EVERY_MS = 50;

/** Is the finding still there? `canFail` is false when nothing could ever tell. */
export interface FindingCondition {
  canFail: boolean;
  read(): ConditionReading | Promise<ConditionReading>;
}

export interface ConditionReading {
  isGone: boolean;
  evidence: Evidence;
}

export interface VerificationDeps {
  clock: Clock;
  health: HealthEngine;
}

export interface VerificationOutcome {
  passed: boolean;
  because: string;
  checks: VerificationCheck[];
}

/** States the checks before the remedy runs, from what the subsystem can be asked. */
export function planVerification(
  subsystem: Subsystem | undefined,
  isRestart: boolean,
  options: { policy: RemediationPolicy; identity?: string },
): VerificationPlan {
  const { stableForMs } = options.policy;
  // Who is still allowed to boot has not failed.
  const bootMs = isRestart ? (subsystem?.probeSchedule?.readyWithinMs ?? 0) + stableForMs : 0;
  const deadlineMs = Math.max(options.policy.deadlineMs, bootMs);
  const roundTrip = typeof subsystem?.probe === 'function' || typeof subsystem?.status === 'function';
  if (!isRestart || typeof subsystem?.identity !== 'function') return { roundTrip, stableForMs, deadlineMs };
  const not = options.identity ?? subsystem.identity() ?? '';
  return { newIdentity: { not }, roundTrip, stableForMs, deadlineMs };
}

/**
 * The plan of a remedy that is carried out now: others may have replaced the process since it was made.
 * With no process there now, the one it was planned for must not come back.
 */
export function renewPlan(
  { verification }: Pick<RecoveryAction, 'verification'>,
  subsystem: Subsystem | undefined,
): VerificationPlan {
  const not = subsystem?.identity?.();
  return verification.newIdentity && not !== undefined
    ? { ...verification, newIdentity: { not } }
    : verification;
}

/**
 * Looks until every stated check has held for `stableForMs`, the deadline passes or the signal aborts.
 * A new process in between starts all checks over.
 *
 * @param beginAt Epoch ms from which the deadline counts: the end of the action, or the supervisor's next attempt.
 */
export async function verifyRemedy(
  deps: VerificationDeps,
  remedy: RecoveryAction,
  options: { condition: FindingCondition; beginAt: number; signal: AbortSignal },
): Promise<VerificationOutcome> {
  const { clock } = deps;
  const plan = remedy.verification;
  if (!plan.newIdentity && !plan.roundTrip && !options.condition.canFail)
    return { passed: false, because: 'cannot be verified: nothing here could tell a failure', checks: [] };
  const startMs = clock.monotonic();
  const deadlineAtMs = startMs + Math.max(0, options.beginAt - clock.now()) + plan.deadlineMs;
  const look = createLook(deps, remedy, { ...options, startMs, deadlineAtMs });
  for (;;) {
    const seen = await look();
    if (seen.missing === undefined)
      return { passed: true, because: 'every stated check passed', checks: seen.checks };
    if (options.signal.aborted)
      return { passed: false, because: String(options.signal.reason), checks: seen.checks };
    if (clock.monotonic() >= deadlineAtMs)
      return { passed: false, because: `${seen.missing} within ${plan.deadlineMs} ms`, checks: seen.checks };
    await sleep(clock, LOOK_EVERY_MS, options.signal);
  }
}

/** What one look saw: the checks so far and the first one that does not hold yet, in words. */
interface Look {
  checks: VerificationCheck[];
  missing: string | undefined;
}

interface LookOptions {
  condition: FindingCondition;
  startMs: number;
  deadlineAtMs: number;
}

/** The looks of one verification: what passed is remembered until the process behind it is another. */
function createLook(
  deps: VerificationDeps,
  remedy: RecoveryAction,
  options: LookOptions,
): () => Promise<Look> {
  const { clock, health } = deps;
  const plan = remedy.verification;
  const name = remedy.subsystem;
  let identity: string | undefined;
  let trip: VerificationCheck | undefined;
  let goodSinceMs: number | undefined;
  const startOver = (): void => {
    trip = undefined;
    goodSinceMs = undefined;
  };
  const roundTrip = async (notBeforeMs: number): Promise<VerificationCheck> =>
    toCheck(await ask(deps, name, { ...options, notBeforeMs }), clock.now());

  return async () => {
    const checks: VerificationCheck[] = [];
    const current = health.subsystem(name)?.identity?.();
    if (current !== identity) startOver();
    identity = current;
    if (plan.newIdentity) checks.push(checkIdentity(plan.newIdentity.not, current, clock.now()));
    if (checks.some(hasFailed)) return { checks, missing: 'no new process appeared' };
    if (plan.roundTrip) {
      if (!trip?.passed) trip = await roundTrip(options.startMs);
      checks.push(trip);
      if (!trip.passed) return { checks, missing: 'no round trip succeeded' };
    }
    const reading = await options.condition.read();
    checks.push({
      check: 'condition_gone',
      passed: reading.isGone,
      at: clock.now(),
      evidence: reading.evidence,
    });
    if (!reading.isGone) goodSinceMs = undefined;
    if (!reading.isGone) return { checks, missing: 'the finding did not go away' };
    goodSinceMs ??= clock.monotonic();
    const forMs = clock.monotonic() - goodSinceMs;
    const missing = `it did not stay good for ${plan.stableForMs} ms`;
    const evidence: Evidence = { forMs, neededMs: plan.stableForMs };
    const stable: VerificationCheck = {
      check: 'stable',
      passed: forMs >= plan.stableForMs,
      at: clock.now(),
      evidence,
    };
    if (!stable.passed) return { checks: [...checks, stable], missing };
    // Its own probes may come seconds apart: that nothing bad was heard meanwhile proves nothing, so it is asked again.
    const last = plan.roundTrip ? await roundTrip(clock.monotonic()) : stable;
    const isStill = last.passed && (await options.condition.read()).isGone;
    if (!isStill) startOver();
    const isStable = { ...stable, passed: isStill, evidence: { ...evidence, last: last.evidence } };
    return { checks: [...checks, isStable], missing: isStill ? undefined : missing };
  };
}

function hasFailed({ passed }: VerificationCheck): boolean {
  return !passed;
}

function checkIdentity(was: string, is: string | undefined, at: number): VerificationCheck {
  return {
    check: 'new_identity',
    passed: is !== undefined && is !== was,
    at,
    evidence: { was, is: is ?? null },
  };
}

/** A round trip begun after the action; one that hangs is given up at the deadline. */
function ask(
  { clock, health }: VerificationDeps,
  name: string,
  options: LookOptions & { notBeforeMs: number },
): Promise<ProbeResult> {
  const leftMs = Math.max(0, options.deadlineAtMs - clock.monotonic());
  const nothing = { ok: false, reason: 'no answer before the deadline' };
  return withDeadline(
    clock,
    leftMs,
    async () => (await health.probeNow(name, { notBeforeMs: options.notBeforeMs })) ?? nothing,
    () => nothing,
  );
}

function toCheck(result: ProbeResult, at: number): VerificationCheck {
  const latency = result.latencyMs === undefined ? {} : { latencyMs: result.latencyMs };
  const evidence = { ...result.evidence, ...latency, reason: result.reason };
  return { check: 'round_trip', passed: result.ok, at, evidence };
}
