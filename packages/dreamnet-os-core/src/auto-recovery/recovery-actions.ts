import type { RecoveryAction } from '@dreamnet/contracts';
import type { RemedyDraft } from '../remediation/remedy-book.js';
import { isFinished, isUnderWay } from '../remediation/remedy-states.js';
import { examineKnown } from './examination.js';
import { ongoingRecovery } from './past-recovery.js';
import { incidentOf, type RecoveryDeps } from './recovery-deps.js';
import { draftNextRemedy } from './remedy-drafts.js';

/**
 * The recovery actions that are called for now, from what is known: at most one per root cause, and none twice.
 * A new one is only proposed: `executeRecovery` or `approve` carries it out. What somebody rejected or nobody approved is proposed again.
 *
 * @param names The subsystems to look at.
 */
export function proposeRecoveryActions(deps: RecoveryDeps, names: readonly string[]): RecoveryAction[] {
  const ailing = names.filter((name) => isAiling(deps, name));
  const causes = new Set(ailing.map((name) => causeOf(deps, name)));
  dropOutdated(deps, names, causes);
  return [...causes].map((cause) => currentAction(deps, cause) ?? propose(deps, cause));
}

function isAiling({ health }: RecoveryDeps, name: string): boolean {
  const state = health.read(name);
  return (state?.status === 'error' || state?.status === 'warn') && state.rule !== 'starting';
}

function causeOf(deps: RecoveryDeps, name: string): string {
  const recoveryOf = (other: string): string | undefined => ongoingRecovery(deps.incidents, other);
  return examineKnown({ health: deps.health, recoveryOf }, name)?.cause.name ?? name;
}

function dropOutdated(deps: RecoveryDeps, names: readonly string[], causes: ReadonlySet<string>): void {
  for (const { id, state, subsystem } of deps.remedies.unfinished())
    if (state === 'proposed' && names.includes(subsystem) && !causes.has(subsystem))
      deps.pipeline.supersede(id, `'${subsystem}' does not need it any more`);
}

/** What is under way or waits for a person comes before any new proposal. */
function currentAction({ remedies }: RecoveryDeps, subsystem: string): RecoveryAction | undefined {
  const unfinished = remedies.about(subsystem).filter(({ state }) => !isFinished(state));
  return unfinished.find(({ state }) => isUnderWay(state)) ?? unfinished[0];
}

function propose(deps: RecoveryDeps, subsystem: string): RecoveryAction {
  const incident = incidentOf(deps, subsystem);
  const alert = deps.alerts.open().find((open) => open.about === undefined && open.subsystem === subsystem);
  const findingId = alert?.id ?? incident?.id ?? `health/${subsystem}`;
  const { draft } = draftNextRemedy(deps, { subsystem, findingId, incident, isAsked: true });
  const remedy = deps.remedies.add(withObjection(deps, draft));
  deps.keeper.commitSoon();
  return remedy;
}

/** Beside what a person may have stands why it is not done without one, as it was when it was proposed. */
function withObjection({ pipeline }: RecoveryDeps, draft: RemedyDraft): RemedyDraft {
  const refusal = draft.executor === 'pipeline' ? pipeline.objection(draft) : undefined;
  if (!refusal) return draft;
  return {
    ...draft,
    reason: `${draft.reason}; by itself nothing is done: ${refusal.reason}`,
    evidence: { ...draft.evidence, guardrail: refusal.guardrail },
  };
}
