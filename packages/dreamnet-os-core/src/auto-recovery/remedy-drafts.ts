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

/** What a remedy is for. */
export interface RemedyTarget {
  subsystem: string;
  findingId: string;
  incident: Incident | undefined;
}

/** The next remedy on the ladder; one for a person when the subsystem offers nothing (more). */
export function draftNextRemedy(
  deps: RecoveryDeps,
  target: RemedyTarget,
): { draft: RemedyDraft; choice: RungChoice } {
  const { subsystem: name } = target;
  const subsystem = deps.health.subsystem(name);
  const brokenConnection = deps.gaps.missingConnection(name);
  const choice = chooseRung({ name, subsystem, tried: triedIn(deps, target), brokenConnection });
  const { plan } = choice;
  const isRestart = plan?.effect.power === 'restart';
  const common = {
    ...ownership(target),
    subsystem: name,
    reason: choice.reason,
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

/** What failed since anything last succeeded; what a person turned down counts as tried. */
export function triedIn(
  deps: RecoveryDeps,
  { subsystem, incident }: Pick<RemedyTarget, 'subsystem' | 'incident'>,
): ReadonlySet<RecoveryActionType> {
  if (!incident) return new Set();
  const own = deps.remedies.ofIncident(incident.id).filter((remedy) => remedy.subsystem === subsystem);
  const since = own.findLastIndex((remedy) => remedy.state === 'succeeded');
  return new Set(
    own
      .slice(since + 1)
      .filter(wasTried)
      .map((remedy) => remedy.type),
  );
}

function wasTried({ state }: RecoveryAction): boolean {
  return state === 'failed' || state === 'rejected' || state === 'expired';
}

function healthEvidence({ health }: RecoveryDeps, name: string): Evidence {
  const state = health.read(name);
  return state ? { status: state.status, rule: state.rule, reason: state.reason, axes: state.axes } : {};
}
