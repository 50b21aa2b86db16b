import type { RecoveryAction, Severity } from '@dreamnet/contracts';
import { policyFor, type RemediationPolicy } from './remediation-policy.js';
import { isUnderWay } from './remedy-states.js';

/** Everything a guardrail may look at; gathered once for one decision. */
export interface GuardrailFacts {
  /** Epoch ms. */
  now: number;
  policy: RemediationPolicy;
  remedy: RecoveryAction;
  /** Of the worst finding behind the remedy. */
  severity: Severity;
  /** Those known of its subsystem, oldest first, the one judged among them. */
  remedies: readonly RecoveryAction[];
  /** Other subsystems that have a remedy under way. */
  othersUnderWay: number;
  fleetSize: number;
  /** After what time its work that does not move is stuck, ms; undefined where its manifest does not say. */
  stallAfterMs: number | undefined;
  /** Silent but working. */
  isBusy: boolean;
  isRestartedBySupervisor: boolean;
  /** Name of the subsystem whose failure explains this one's. */
  causedBy: string | undefined;
}

/** What stands against a remedy: it may not be, not yet, or not without a person. */
export interface GuardrailRefusal {
  guardrail: string;
  verdict: 'refuse' | 'wait' | 'ask';
  reason: string;
  /** Epoch ms at which it is worth asking again. */
  retryAt?: number;
}

/** So many repairs in a row that did not last are enough: the next will not last either. */
const RECURRENCES = 3;
/** Being stuck again so soon after a repair is the same trouble; with a long stall time, within so many of it. */
const RECURS_WITHIN = { leastMs: 600_000, stalls: 5 };

export interface Guardrail {
  readonly name: string;
  /** Holds even when a person has approved. */
  readonly isHard: boolean;
  judge(facts: GuardrailFacts): Omit<GuardrailRefusal, 'guardrail'> | undefined;
}

/** In the order in which they are asked; the first refusal counts. */
export const GUARDRAILS: readonly Guardrail[] = [
  { name: 'policy-off', isHard: false, judge: policyIsOff },
  { name: 'busy', isHard: true, judge: isSilentButBusy },
  { name: 'caused-by-another', isHard: true, judge: isCausedByAnother },
  { name: 'already-being-remedied', isHard: true, judge: isBeingRemedied },
  { name: 'maintenance', isHard: false, judge: isInMaintenance },
  { name: 'cooldown', isHard: false, judge: isCoolingDown },
  { name: 'intensity', isHard: false, judge: isTooOften },
  { name: 'recurrence', isHard: false, judge: keepsComingBack },
  { name: 'blast-radius', isHard: true, judge: isTooWide },
  { name: 'severity', isHard: false, judge: isNotSevere },
  { name: 'policy', isHard: false, judge: needsApproval },
];

/**
 * Asks the guardrails in their order.
 *
 * @param isApproved With a person's approval only the hard ones are asked.
 * @returns The first refusal; undefined when nothing stands against the remedy.
 */
export function judgeRemedy(facts: GuardrailFacts, isApproved = false): GuardrailRefusal | undefined {
  for (const guardrail of GUARDRAILS) {
    if (isApproved && !guardrail.isHard) continue;
    const refusal = guardrail.judge(facts);
    if (refusal) return { guardrail: guardrail.name, ...refusal };
  }
  return undefined;
}

type Judgement = ReturnType<Guardrail['judge']>;

function policyIsOff({ policy, remedy }: GuardrailFacts): Judgement {
  return policyFor(policy, remedy.subsystem) === 'off'
    ? { verdict: 'refuse', reason: `recovery of '${remedy.subsystem}' is switched off by policy` }
    : undefined;
}

function isSilentButBusy({ remedy, isBusy }: GuardrailFacts): Judgement {
  return isBusy && remedy.effect?.power === 'restart'
    ? { verdict: 'wait', reason: `'${remedy.subsystem}' does not answer but works: it is left alone` }
    : undefined;
}

function isCausedByAnother({ remedy, causedBy }: GuardrailFacts): Judgement {
  return causedBy === undefined || causedBy === remedy.subsystem
    ? undefined
    : { verdict: 'wait', reason: `'${causedBy}' is the cause: nothing is done to '${remedy.subsystem}'` };
}

function isBeingRemedied({ remedy, remedies, isRestartedBySupervisor }: GuardrailFacts): Judgement {
  if (isRestartedBySupervisor)
    return { verdict: 'wait', reason: `the supervisor is restarting '${remedy.subsystem}'` };
  const other = remedies.find(({ id, state }) => id !== remedy.id && isUnderWay(state));
  return other
    ? { verdict: 'wait', reason: `remedy ${other.id} is under way for '${remedy.subsystem}'` }
    : undefined;
}

function isInMaintenance({ now, policy, remedy }: GuardrailFacts): Judgement {
  const window = policy.maintenance.find(
    ({ subsystem, startsAt, endsAt }) =>
      (subsystem ?? remedy.subsystem) === remedy.subsystem && startsAt <= now && now < endsAt,
  );
  return window
    ? { verdict: 'wait', reason: `'${remedy.subsystem}' is in maintenance`, retryAt: window.endsAt }
    : undefined;
}

/**
 * The next rung within one incident is not held up: the cooldown lies between incidents. An end that lies ahead is from before the clock
 * was set back, and holds up nothing.
 */
function isCoolingDown({ now, policy, remedy, remedies }: GuardrailFacts): Judgement {
  const last = remedies.findLast((other) => isOurs(other) && other.finishedAt !== undefined);
  if (last?.finishedAt === undefined || last.finishedAt > now || isSameCase(last, remedy)) return undefined;
  const retryAt = last.finishedAt + policy.cooldownMs;
  return now < retryAt
    ? { verdict: 'wait', reason: `'${remedy.subsystem}' was remedied a moment ago`, retryAt }
    : undefined;
}

function isTooOften({ now, policy, remedy, remedies }: GuardrailFacts): Judgement {
  const { limit, periodMs } = policy.intensity;
  const isRecent = (at = 0) => now - periodMs < at && at <= now;
  const recent = remedies.filter((other) => isOurs(other) && isRecent(other.executedAt));
  const oldest = recent[recent.length - limit];
  if (!oldest) return undefined;
  return {
    verdict: 'wait',
    reason: `'${remedy.subsystem}' had ${recent.length} remedies within ${periodMs} ms, the limit is ${limit}`,
    retryAt: (oldest.executedAt ?? now) + periodMs,
  };
}

/**
 * Being stuck takes the stall time to show, so each repair looks as if it had helped and the intensity is never reached. One try that is
 * made after a person was asked does not begin the count anew: hence three times the span.
 */
function keepsComingBack({ now, remedy, remedies, stallAfterMs = 0 }: GuardrailFacts): Judgement {
  if (remedy.evidence.rule !== 'stuck') return undefined;
  const { leastMs, stalls } = RECURS_WITHIN;
  const withinMs = Math.max(leastMs, stalls * stallAfterMs);
  const same = remedies.filter(
    (other) =>
      isOurs(other) &&
      other.state === 'succeeded' &&
      other.evidence.rule === 'stuck' &&
      other.effect?.power === remedy.effect?.power,
  );
  const firstAt = same.at(-RECURRENCES)?.executedAt;
  const lastAt = same.at(-1)?.executedAt;
  if (firstAt === undefined || lastAt === undefined) return undefined;
  if (lastAt <= now - withinMs || firstAt <= now - 3 * withinMs) return undefined;
  return {
    verdict: 'wait',
    reason: `'${remedy.subsystem}' was stuck again after each of its last ${RECURRENCES} repairs, though all had succeeded`,
    retryAt: lastAt + withinMs,
  };
}

function isTooWide({ policy, othersUnderWay, fleetSize }: GuardrailFacts): Judgement {
  const allowed = Math.max(1, Math.floor(fleetSize * policy.largestShare));
  return othersUnderWay >= allowed
    ? {
        verdict: 'wait',
        reason: `${othersUnderWay} of ${fleetSize} subsystems are under recovery, at most ${allowed} may be`,
      }
    : undefined;
}

function isNotSevere({ severity }: GuardrailFacts): Judgement {
  return severity === 'critical'
    ? undefined
    : { verdict: 'wait', reason: `the finding is only ${severity}: it is recorded, nothing is done` };
}

function needsApproval({ policy, remedy }: GuardrailFacts): Judgement {
  const inForce = policyFor(policy, remedy.subsystem);
  if (inForce === 'full' || (inForce === 'low-risk' && remedy.risk === 'low')) return undefined;
  return { verdict: 'ask', reason: `policy '${inForce}' leaves a remedy of ${remedy.risk} risk to a person` };
}

function isOurs({ executor, executedAt }: RecoveryAction): boolean {
  return executor === 'pipeline' && executedAt !== undefined;
}

function isSameCase(last: RecoveryAction, next: RecoveryAction): boolean {
  return last.incidentId === undefined
    ? last.findingId === next.findingId && last.effect?.power !== next.effect?.power
    : last.incidentId === next.incidentId;
}
