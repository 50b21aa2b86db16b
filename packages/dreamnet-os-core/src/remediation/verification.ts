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
  const { stableForMs, deadlineMs } = options.policy;
  const roundTrip = typeof subsystem?.probe === 'function' || typeof subsystem?.status === 'function';
  if (!isRestart || typeof subsystem?.identity !== 'function') return { roundTrip, stableForMs, deadlineMs };
  const not = options.identity ?? subsystem.identity() ?? '';
  return { newIdentity: { not }, roundTrip, stableForMs, deadlineMs };
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
function createLook(deps: VerificationDeps, remedy: RecoveryAction, options: LookOptions) {
  const { clock, health } = deps;
  const plan = remedy.verification;
  let identity: string | undefined;
  let trip: VerificationCheck | undefined;
  let goneSinceMs: number | undefined;

  return async (): Promise<Look> => {
    const checks: VerificationCheck[] = [];
    const add = (check: VerificationCheck['check'], passed: boolean, evidence: Evidence): boolean => {
      checks.push({ check, passed, at: clock.now(), evidence });
      return passed;
    };
    const current = health.subsystem(remedy.subsystem)?.identity?.();
    if (current !== identity) {
      identity = current;
      trip = undefined;
      goneSinceMs = undefined;
    }
    if (plan.newIdentity) {
      const isNew = current !== undefined && current !== plan.newIdentity.not;
      const evidence = { was: plan.newIdentity.not, is: current ?? null };
      if (!add('new_identity', isNew, evidence)) return { checks, missing: 'no new process appeared' };
    }
    if (plan.roundTrip) {
      if (!trip?.passed) trip = toCheck(await ask(deps, remedy.subsystem, options), clock.now());
      checks.push(trip);
      if (!trip.passed) return { checks, missing: 'no round trip succeeded' };
    }
    const reading = await options.condition.read();
    if (!reading.isGone) goneSinceMs = undefined;
    if (!add('condition_gone', reading.isGone, reading.evidence))
      return { checks, missing: 'the finding did not go away' };
    goneSinceMs ??= clock.monotonic();
    const forMs = clock.monotonic() - goneSinceMs;
    const isStable = add('stable', forMs >= plan.stableForMs, { forMs, neededMs: plan.stableForMs });
    return { checks, missing: isStable ? undefined : `it did not stay good for ${plan.stableForMs} ms` };
  };
}

/** A round trip begun after the action; one that hangs is given up at the deadline. */
function ask({ clock, health }: VerificationDeps, name: string, options: LookOptions): Promise<ProbeResult> {
  const leftMs = Math.max(0, options.deadlineAtMs - clock.monotonic());
  const nothing = { ok: false, reason: 'no answer before the deadline' };
  return withDeadline(
    clock,
    leftMs,
    async () => (await health.probeNow(name, { notBeforeMs: options.startMs })) ?? nothing,
    () => nothing,
  );
}

function toCheck(result: ProbeResult, at: number): VerificationCheck {
  const latency = result.latencyMs === undefined ? {} : { latencyMs: result.latencyMs };
  const evidence = { ...result.evidence, ...latency, reason: result.reason };
  return { check: 'round_trip', passed: result.ok, at, evidence };
}
