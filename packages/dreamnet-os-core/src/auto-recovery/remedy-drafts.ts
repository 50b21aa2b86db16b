import type {
  Evidence,
  Incident,
  LivenessSignal,
  RecoveryAction,
  RecoveryActionType,
} from '@dreamnet/contracts';
import { chooseRung, type RungChoice } from '../remediation/ladder.js';
import type { RemedyDraft } from '../remediation/remedy-book.js';
import { planVerification } from '../remediation/verification.js';
import type { RecoveryDeps } from './recovery-deps.js';

const TRIED = 'tried in this incident';

/** What a remedy is for. */
export interface RemedyTarget {
  subsystem: string;
  findingId: string;
  incident: Incident | undefined;
  /** A person asks what could be done: what was not approved before is offered again. Default false. */
  isAsked?: boolean;
}

/** The next remedy on the ladder; one for a person when the subsystem offers nothing (more). */
export function draftNextRemedy(
  deps: RecoveryDeps,
  target: RemedyTarget,
): { draft: RemedyDraft; choice: RungChoice } {
  const { subsystem: name } = target;
  const subsystem = deps.health.subsystem(name);
  const brokenConnection = deps.gaps.missingConnection(name);
  const spoken = lastWords(deps, target);
  const passedOver = new Map([...spoken].filter(([, word]) => !target.isAsked || word === TRIED));
  const choice = chooseRung({ name, subsystem, passedOver, brokenConnection });
  const { plan } = choice;
  const before = plan && spoken.get(plan.type);
  const isRestart = plan?.effect.power === 'restart';
  const common = {
    ...ownership(target),
    subsystem: name,
    reason: before === undefined ? choice.reason : `${choice.reason}; before: ${before}`,
    evidence: healthEvidence(deps, name),
    verification: planVerification(subsystem, isRestart, { policy: deps.policy }),
  };
  const draft: RemedyDraft = plan
    ? { ...common, ...plan, executor: 'pipeline' }
    : {
        ...common,
        type: 'service_restart',
        rung: 4,
        risk: 'high',
        executor: 'person',
        description: `Mend '${name}' by hand: ${deps.health.read(name)?.reason ?? 'it has an alert'}`,
      };
  return { draft, choice };
}

/** A restart that the supervisor makes: nothing is executed by us, everything is verified. */
export function draftSupervisorRestart(
  deps: RecoveryDeps,
  target: RemedyTarget,
  seen: { recovery: { attempt: number; nextAttemptAt: number }; fault: LivenessSignal | undefined },
): RemedyDraft {
  const { subsystem: name } = target;
  const { attempt, nextAttemptAt } = seen.recovery;
  return {
    ...ownership(target),
    type: 'service_restart',
    subsystem: name,
    description: `The supervisor restarts '${name}', attempt ${attempt}`,
    risk: 'low',
    executor: 'supervisor',
    rung: 0,
    reason: 'its restart policy says so',
    evidence: { attempt, nextAttemptAt },
    // By now the new process may be there already: only the signal knows which one the old was.
    verification: planVerification(deps.health.subsystem(name), true, {
      policy: deps.policy,
      identity: seen.fault?.identity ?? '',
    }),
  };
}

function ownership({ findingId, incident }: RemedyTarget): Pick<RemedyDraft, 'findingId' | 'incidentId'> {
  return incident ? { findingId, incidentId: incident.id } : { findingId };
}

/**
 * What became of each type of remedy since anything last succeeded, in words: it failed, somebody rejected it, nobody approved it.
 * By itself none of these is begun again.
 */
export function lastWords(
  deps: RecoveryDeps,
  { subsystem, incident }: Pick<RemedyTarget, 'subsystem' | 'incident'>,
): ReadonlyMap<RecoveryActionType, string> {
  if (!incident) return new Map();
  const own = deps.remedies.ofIncident(incident.id).filter((remedy) => remedy.subsystem === subsystem);
  const since = own.findLastIndex((remedy) => remedy.state === 'succeeded');
  return new Map(
    own.slice(since + 1).flatMap((remedy) => {
      const word = wordOf(remedy);
      return word === undefined ? [] : [[remedy.type, word] as const];
    }),
  );
}

function wordOf({ state, outcome }: RecoveryAction): string | undefined {
  if (state === 'failed') return TRIED;
  return state === 'rejected' || state === 'expired' ? (outcome ?? state) : undefined;
}

function healthEvidence({ health }: RecoveryDeps, name: string): Evidence {
  const state = health.read(name);
  return state ? { status: state.status, rule: state.rule, reason: state.reason, axes: state.axes } : {};
}
