import type { Incident, LivenessSignal, RecoveryAction } from '@dreamnet/contracts';
import { shortageOf } from '../remediation/powers.js';
import { isUnderWay, isWaiting } from '../remediation/remedy-states.js';
import type { IncidentFacts } from './next-step.js';
import { openAlertsOf, type RecoveryDeps } from './recovery-deps.js';
import { lastWords } from './remedy-drafts.js';

/** What flaps must stay quiet longer each time, but nobody waits more than this for the end of an incident. */
const LONGEST_QUIET_MS = 5_000;
/** An illness that follows the end of an incident this closely shows that it was no end. */
const COMES_BACK_WITHIN_MS = 10_000;

/** Gathers what the next step of an incident depends on. */
export function gatherIncidentFacts(
  deps: RecoveryDeps,
  incident: Incident,
  care: Pick<IncidentFacts, 'isForgotten' | 'isManaged'>,
): IncidentFacts {
  const { health, policy } = deps;
  const cause = incident.cause.subsystem;
  const state = health.read(cause);
  const open = openAlertsOf(deps, incident);
  const ownAlerts = open.filter((alert) => alert.subsystem === cause);
  const remedies = deps.remedies.about(cause);
  const attempt = state?.recovery?.by === 'supervisor' ? state.recovery : undefined;
  const readySince = state?.axes.readiness.state === 'ready' ? state.axes.readiness.since : 0;
  return {
    now: deps.clock.now(),
    ...care,
    health: state,
    isBusy: health.isBusy(cause),
    isUnderWay: remedies.some((remedy) => isUnderWay(remedy.state)),
    isAwaitingApproval: remedies.some((remedy) => remedy.state === 'needs_approval'),
    isWordNeedless: waitingOf(deps, incident).some(
      (remedy) => deps.pipeline.overBecause(remedy) !== undefined,
    ),
    ownAlerts,
    dependentAlerts: open.filter((alert) => alert.subsystem !== cause),
    isFollowed: deps.remedies.ofIncident(incident.id).some((remedy) => isAttempt(remedy, attempt)),
    ...escalationOf(incident, deps.clock.now()),
    quietAt: quietSince(deps, incident) + quietForMs(deps, incident),
    graceAt:
      latestOf([readySince, lastAt(incident, 'verified'), incident.openedAt], deps.clock.now()) +
      policy.graceMs,
    attemptEndsAt: (attempt?.nextAttemptAt ?? 0) + policy.deadlineMs,
    isShort: isShortOf(deps, incident, cause),
    gap: ownAlerts.map((alert) => deps.gaps.gapOf(alert)).find((gap) => gap !== undefined),
  };
}

/** The remedies for the cause of an incident that wait for somebody's word. */
export function waitingOf(
  { remedies }: Pick<RecoveryDeps, 'remedies'>,
  incident: Incident,
): RecoveryAction[] {
  return remedies
    .ofIncident(incident.id)
    .filter(({ state, subsystem }) => isWaiting(state) && subsystem === incident.cause.subsystem);
}

/** One that cannot be asked, or says nothing, is short of nothing. */
function isShortOf(deps: RecoveryDeps, incident: Incident, cause: string): boolean {
  const isTried = lastWords(deps, { subsystem: cause, incident }).has('resource_scaling');
  return !isTried && shortageOf(deps.health.subsystem(cause))?.more !== undefined;
}

/** Has the timeline this stage after its cause last fell ill? */
export function isAfterLastIllness(incident: Incident, stage: 'escalated' | 'verified'): boolean {
  const at = incident.stages.findLastIndex((entry) => entry.stage === stage);
  return at >= 0 && at > (illnessesOf(incident).at(-1) ?? -1);
}

/** Handed to a person: for good, or until it may be tried again by itself. */
function escalationOf(incident: Incident, now: number): Pick<IncidentFacts, 'isEscalated' | 'againAt'> {
  if (!isAfterLastIllness(incident, 'escalated')) return { isEscalated: false, againAt: undefined };
  const againAt = incident.stages.findLast(({ stage }) => stage === 'escalated')?.evidence.againAt;
  return typeof againAt === 'number'
    ? { isEscalated: now < againAt, againAt }
    : { isEscalated: true, againAt: undefined };
}

/**
 * The places in the timeline at which the cause fell ill: each fault, and each finding about it while it counted as well, that is
 * at first and after a repair that was verified. What stops answering leaves no fault, for its process goes on.
 */
function illnessesOf({ cause, stages }: Pick<Incident, 'cause' | 'stages'>): number[] {
  let isIll = false;
  return stages.flatMap(({ stage, subsystem }, place) => {
    const isFound = stage === 'detected' && !isIll;
    if (subsystem !== cause.subsystem) return [];
    if (stage === 'verified') isIll = false;
    if (stage !== 'fault' && !isFound) return [];
    isIll = true;
    return [place];
  });
}

function isAttempt(remedy: RecoveryAction, recovery: LivenessSignal['recovery']): boolean {
  return (
    recovery?.by === 'supervisor' &&
    remedy.executor === 'supervisor' &&
    remedy.evidence.attempt === recovery.attempt &&
    remedy.evidence.nextAttemptAt === recovery.nextAttemptAt
  );
}

function quietSince({ clock, seen }: RecoveryDeps, incident: Incident): number {
  const resolved = incident.alertIds.map((id) => seen.get(id)?.resolvedAt ?? 0);
  return latestOf([lastAt(incident, 'fault'), ...resolved], clock.now());
}

/**
 * The latest of moments that have all passed. One that lies ahead is from before the clock was set back: to wait until it comes
 * again would be to wait for as long as the clock was set back.
 */
function latestOf(moments: readonly number[], now: number): number {
  return Math.max(0, ...moments.filter((at) => at <= now));
}

/**
 * Each illness within an incident doubles the time it must stay quiet: what flaps is not over. So does the incident before, when
 * what it was about came back: else what lives for two seconds at a time would be a new incident each time.
 */
export function quietForMs(
  { incidents, policy }: Pick<RecoveryDeps, 'incidents' | 'policy'>,
  incident: Pick<Incident, 'cause' | 'openedAt' | 'stages'>,
): number {
  const { stableForMs } = policy;
  const illnesses = illnessesOf(incident).length;
  if (illnesses === 0) return stableForMs;
  const last = incidents.lastResolvedFor(incident.cause.subsystem);
  // By the wall clock, which may have been set back in between.
  const isBack =
    last !== undefined && Math.abs(incident.openedAt - (last.resolvedAt ?? 0)) <= COMES_BACK_WITHIN_MS;
  const atFirst = isBack ? Math.max(stableForMs, 2 * quietBefore(last)) : stableForMs;
  const wanted = atFirst * 2 ** (illnesses - 1);
  return Math.min(wanted, Math.max(stableForMs, LONGEST_QUIET_MS));
}

/** How long an incident that is over had been quiet, counted from when its cause last fell ill. */
function quietBefore(incident: Incident): number {
  const last = incident.stages[illnessesOf(incident).at(-1) ?? -1];
  return (incident.resolvedAt ?? 0) - (last?.at ?? incident.openedAt);
}

function lastAt(incident: Incident, stage: 'fault' | 'verified'): number {
  return incident.stages.findLast((entry) => entry.stage === stage)?.at ?? 0;
}
