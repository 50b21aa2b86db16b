import type { Alert, Evidence, IntegrationGap, LivenessSignal } from '@dreamnet/contracts';
import type { SubsystemHealth } from '../boundary.js';
import { isHealthAlert } from '../heartbeat-alerts/health-rules.js';

type SupervisorRestart = Extract<NonNullable<LivenessSignal['recovery']>, { by: 'supervisor' }>;

/** Everything the next step of one incident depends on; gathered anew each time. Times are epoch ms. */
export interface IncidentFacts {
  now: number;
  /** The cause was unwatched on purpose. */
  isForgotten: boolean;
  /** It was given to us to look after, not only to look at. */
  isManaged: boolean;
  health: SubsystemHealth | undefined;
  isBusy: boolean;
  /** A remedy for the cause is being carried out or verified. */
  isUnderWay: boolean;
  isAwaitingApproval: boolean;
  /** One of this incident waits for a word about a cause that is well and has no alert. */
  isWordNeedless: boolean;
  /** Open alerts of the cause itself, and of those it broke. */
  ownAlerts: readonly Alert[];
  dependentAlerts: readonly Alert[];
  /** This attempt of the supervisor is followed already. */
  isFollowed: boolean;
  /** Handed to a person since it last fell ill, and nothing is to be tried without one now. */
  isEscalated: boolean;
  /** From then on it may be tried again without the person who is asked. */
  againAt: number | undefined;
  /** From then on it has been quiet long enough. */
  quietAt: number;
  /** From then on the dependents are on their own. */
  graceAt: number;
  /** Until then the supervisor's attempt is waited for. */
  attemptEndsAt: number;
  /** It ended for want of something of which it can be given more, and that was not tried since anything last succeeded. */
  isShort: boolean;
  /** The gap behind the cause's integration alert. */
  gap: IntegrationGap | undefined;
}

/** What is to be done next about an incident. `wakeAt`: look again then, if nothing happens before. */
export type IncidentStep =
  | { kind: 'wait'; because: string; wakeAt?: number }
  | { kind: 'settle'; because: string; wakeAt: number }
  | { kind: 'note'; summary: string; evidence: Evidence }
  | { kind: 'resolve'; because: string }
  | { kind: 'withdraw' }
  | { kind: 'release'; alerts: readonly Alert[] }
  | { kind: 'follow'; recovery: SupervisorRestart }
  | { kind: 'escalate'; because: string; evidence: Evidence }
  | { kind: 'fix-gap'; gap: IntegrationGap }
  | { kind: 'remedy' };

const ONLY_LOOKED_AT = 'it is only looked at: run() or watch() gives it into our care';

/** How often an alert that only waits out its time is looked at. */
const SETTLE_LOOK_MS = 100;

/** Asked in this order; the first that answers decides. */
const DECISIONS: readonly ((facts: IncidentFacts) => IncidentStep | undefined)[] = [
  whenForgotten,
  whenUnderWay,
  whenNoWordIsNeeded,
  whenOver,
  whenSupervisorRestarts,
  whenNobodyRestarts,
  whenOnlyDependentsAreLeft,
  whenAlertsAreClearing,
  whenAPersonIsAsked,
  whenOnlyAPersonCanMend,
  whenOnlyWiringIsWrong,
  whenNothingIsKnownYet,
  whenItStillWorks,
  whenItIsOnlyLookedAt,
];

/** The next step of an incident; pure. */
export function nextStep(facts: IncidentFacts): IncidentStep {
  for (const decide of DECISIONS) {
    const step = decide(facts);
    if (step) return step;
  }
  return { kind: 'remedy' };
}

/** Is it in a state that a remedy could end? Booting is not. */
export function isFailing(health: SubsystemHealth | undefined): boolean {
  return health?.status === 'error' && health.rule !== 'starting';
}

type Decision = IncidentStep | undefined;

/** Whoever it broke is still broken, and nobody else's any more. */
function whenForgotten({ isForgotten, dependentAlerts }: IncidentFacts): Decision {
  if (!isForgotten) return undefined;
  return dependentAlerts.length > 0
    ? { kind: 'release', alerts: dependentAlerts }
    : { kind: 'resolve', because: 'it is not watched any more' };
}

function whenUnderWay({ isUnderWay }: IncidentFacts): Decision {
  return isUnderWay ? { kind: 'wait', because: 'a remedy is under way' } : undefined;
}

function whenNoWordIsNeeded({ isWordNeedless, ownAlerts }: IncidentFacts): Decision {
  return isWordNeedless && ownAlerts.length === 0 ? { kind: 'withdraw' } : undefined;
}

function whenOver({ now, health, ownAlerts, dependentAlerts, quietAt }: IncidentFacts): Decision {
  if (ownAlerts.length + dependentAlerts.length > 0 || health?.status === 'error') return undefined;
  return now < quietAt
    ? { kind: 'settle', because: 'it must stay quiet', wakeAt: quietAt }
    : { kind: 'resolve', because: 'every alert is over and nothing came back' };
}

function whenSupervisorRestarts({ now, health, isFollowed, attemptEndsAt }: IncidentFacts): Decision {
  const recovery = health?.recovery;
  if (recovery?.by !== 'supervisor') return undefined;
  if (!isFollowed) return { kind: 'follow', recovery };
  return now < attemptEndsAt
    ? { kind: 'wait', because: 'the supervisor restarts it', wakeAt: attemptEndsAt }
    : undefined;
}

/** A crash loop: the supervisor has stopped trying, and we do not restart on top of that. More of what it lacks may mend it. */
function whenNobodyRestarts({ health, isEscalated, isShort }: IncidentFacts): Decision {
  const recovery = health?.recovery;
  if (recovery?.by !== 'nobody' || isShort) return undefined;
  if (isEscalated) return { kind: 'wait', because: 'a person is asked' };
  const evidence = recovery.retryAt === undefined ? {} : { retryAt: recovery.retryAt };
  return { kind: 'escalate', because: recovery.because, evidence };
}

function whenOnlyDependentsAreLeft(facts: IncidentFacts): Decision {
  const { now, health, ownAlerts, dependentAlerts, graceAt } = facts;
  if (ownAlerts.length > 0 || dependentAlerts.length === 0 || health?.status === 'error') return undefined;
  return now < graceAt
    ? { kind: 'wait', because: 'its dependents are coming back', wakeAt: graceAt }
    : { kind: 'release', alerts: dependentAlerts };
}

function whenAlertsAreClearing({ now, health, ownAlerts, gap }: IncidentFacts): Decision {
  const isClearing = (alert: Alert): boolean =>
    alert.type === 'integration' ? gap === undefined : isHealthAlert(alert) && health?.status === 'ok';
  return ownAlerts.length > 0 && ownAlerts.every(isClearing)
    ? { kind: 'settle', because: 'its alerts are clearing', wakeAt: now + SETTLE_LOOK_MS }
    : undefined;
}

function whenAPersonIsAsked({ isAwaitingApproval, isEscalated, againAt }: IncidentFacts): Decision {
  if (!isAwaitingApproval && !isEscalated) return undefined;
  const isTriedAgain = isEscalated && againAt !== undefined;
  return { kind: 'wait', because: 'a person is asked', ...(isTriedAgain && { wakeAt: againAt }) };
}

/** What cannot start for want of, say, a secret would only be restarted in vain. */
function whenOnlyAPersonCanMend({ health, gap }: IncidentFacts): Decision {
  const isBlocked = gap?.type === 'configuration_issue' && gap.severity === 'critical' && !gap.fix;
  return gap && isBlocked && health?.axes.liveness.state !== 'alive' ? askForHands(gap) : undefined;
}

function whenOnlyWiringIsWrong({ ownAlerts, gap, health, isManaged }: IncidentFacts): Decision {
  if (!gap || isFailing(health) || ownAlerts.some(({ type }) => type !== 'integration')) return undefined;
  if (!isManaged) return { kind: 'wait', because: ONLY_LOOKED_AT };
  return gap.fix && gap.state === 'open' ? { kind: 'fix-gap', gap } : askForHands(gap);
}

function whenNothingIsKnownYet({ health }: IncidentFacts): Decision {
  const isKnown = health !== undefined && health.lastUpdatedAt !== null && health.rule !== 'starting';
  return isKnown && health.rule !== 'nothing_known'
    ? undefined
    : { kind: 'wait', because: 'there is no fresh evidence yet' };
}

function whenItStillWorks({ health, isBusy }: IncidentFacts): Decision {
  if (isFailing(health)) return undefined;
  return {
    kind: 'note',
    summary: isBusy
      ? 'it does not answer but works: it is left alone'
      : 'it is not in error: recorded, nothing is done',
    evidence: {
      status: health?.status ?? 'unknown',
      reason: health?.reason ?? '',
      progress: health?.axes.progress,
    },
  };
}

/** Asking what could be done must not do it. */
function whenItIsOnlyLookedAt({ isManaged }: IncidentFacts): Decision {
  return isManaged ? undefined : { kind: 'wait', because: ONLY_LOOKED_AT };
}

function askForHands(gap: IntegrationGap): IncidentStep {
  const because = gap.remedyHint ? `${gap.description} — ${gap.remedyHint}` : gap.description;
  return {
    kind: 'escalate',
    because,
    evidence: { gapId: gap.id, expected: gap.expected, observed: gap.observed },
  };
}
