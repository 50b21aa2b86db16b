import type { Evidence, RecoveryAction, RemedyAnswer } from '@dreamnet/contracts';
import { createApprovals } from './approvals.js';
import { type GuardrailFacts, type GuardrailRefusal, judgeRemedy } from './guardrails.js';
import type { RemedyBook, RemedyDraft } from './remedy-book.js';
import { createRemedyDesk, type PipelineDeps, type RemedyDesk } from './remedy-desk.js';
import { createRemedyRun, type RemedyRun } from './remedy-run.js';
import { isWaiting } from './remedy-states.js';
import { resumeRemedy } from './resume.js';

export type StartAnswer = { ok: true; remedy: RecoveryAction } | { ok: false; refusal: GuardrailRefusal };

/** Approves, executes and verifies remedies of both kinds of finding. */
export interface Pipeline {
  /** Judges a remedy and, if nothing stands against it, carries it out; a refused one is not kept. */
  start(draft: RemedyDraft): StartAnswer;
  /** What stands against a remedy that nobody has approved; asking changes nothing. */
  objection(draft: RemedyDraft): GuardrailRefusal | undefined;
  /** Follows a remedy that the supervisor carries out: only verified, from `beginAt` (epoch ms) on. */
  follow(draft: RemedyDraft, beginAt: number): void;
  approve(remedyId: string, who: string): RemedyAnswer;
  reject(remedyId: string, who: string): RemedyAnswer;
  /** Ends the verification of a remedy as failed, e.g. because the process exited again. */
  abandon(remedyId: string, because: string): void;
  /** Drops a remedy that waits for a person and is not needed any more. */
  supersede(remedyId: string, because: string): void;
  /** Ends a remedy under way of which nobody can say any more whether it helped; idempotent. What runs is not heard any more. */
  giveUp(remedyId: string, because: string): void;
  /** Why nothing needs to be done any more about what a remedy is for; undefined while it does. Asking changes nothing. */
  overBecause(remedy: RecoveryAction): string | undefined;
  /** Drops one that waits when what it was for is over; does nothing while it is not. */
  withdraw(remedyId: string): void;
  /** Takes up a remedy found unfinished in the store: executed at most once, verified always. */
  resume(remedy: RecoveryAction): void;
  onFinished(listener: (remedy: RecoveryAction) => void): void;
  stop(): void;
}

/** Makes the pipeline over the given books. */
export function createPipeline(deps: PipelineDeps): Pipeline {
  const { remedies, keeper, inFlight } = deps;
  const desk = createRemedyDesk(deps);
  const run = createRemedyRun(deps, desk);
  const judge = (remedy: RecoveryAction, isApproved: boolean): GuardrailRefusal | undefined =>
    judgeRemedy(gatherFacts(deps, remedy), isApproved);
  const approvals = createApprovals(deps, { desk, run, judge: (remedy) => judge(remedy, true) });
  const objection = (draft: RemedyDraft): GuardrailRefusal | undefined =>
    judge({ ...draft, id: '', state: 'proposed', checks: [], createdAt: 0 }, false);
  const plan = (draft: RemedyDraft): RecoveryAction => {
    const remedy = remedies.add(draft);
    desk.tell(remedy, { stage: 'planned', summary: remedy.description, evidence: planEvidence(remedy) });
    return remedy;
  };
  return {
    start: (draft) => {
      const refusal = objection(draft);
      if (refusal && refusal.verdict !== 'ask') return { ok: false, refusal };
      const remedy = plan(draft);
      if (refusal) approvals.ask(remedy, refusal.reason);
      else {
        remedies.step(remedy.id, 'approve', { decidedBy: 'pipeline' });
        inFlight.track(run.carryOut(remedy.id));
      }
      return { ok: true, remedy: remedies.get(remedy.id) ?? remedy };
    },
    objection,
    follow: (draft, beginAt) => {
      const { id } = plan(draft);
      remedies.step(id, 'adopt', { executedAt: beginAt });
      keeper.commitSoon();
      inFlight.track(run.verify(id, beginAt));
    },
    approve: approvals.approve,
    reject: approvals.reject,
    abandon: run.abandon,
    supersede: (remedyId, because) => {
      if (remedies.step(remedyId, 'supersede', { outcome: because }).ok) keeper.commitSoon();
    },
    giveUp: (remedyId, because) => giveUp(remedies, { desk, run }, { remedyId, because }),
    overBecause: deps.overBecause,
    withdraw: (remedyId) => {
      const remedy = remedies.get(remedyId);
      const over = remedy && isWaiting(remedy.state) ? deps.overBecause(remedy) : undefined;
      if (remedy && over !== undefined) desk.withdraw(remedy, over);
    },
    resume: ({ id }) => {
      const remedy = remedies.get(id);
      if (remedy && !run.isActive(id)) inFlight.track(resumeRemedy(deps, { desk, run, approvals }, remedy));
    },
    onFinished: desk.onFinished,
    stop: () => {
      approvals.expiries.stop();
      run.stop();
    },
  };
}

function giveUp(
  remedies: RemedyBook,
  { desk, run }: { desk: RemedyDesk; run: RemedyRun },
  { remedyId, because }: { remedyId: string; because: string },
): void {
  const state = remedies.get(remedyId)?.state;
  const step = remedies.step(remedyId, 'supersede', { outcome: because });
  if (!step.ok) return;
  run.abandon(remedyId, because);
  const when = state === 'executing' ? 'while it was being carried out' : 'before it was verified';
  const summary = `${step.remedy.description}: given up ${state === 'approved' ? 'before it was begun' : when}: ${because}`;
  desk.tell(step.remedy, { stage: 'note', summary });
  desk.finish(step.remedy);
}

function gatherFacts(deps: PipelineDeps, remedy: RecoveryAction): GuardrailFacts {
  return {
    now: deps.clock.now(),
    policy: deps.policy,
    remedy,
    ...deps.findingFacts(remedy),
    remedies: deps.remedies.about(remedy.subsystem),
    othersUnderWay: deps.remedies.othersUnderWay(remedy.subsystem),
    fleetSize: deps.health.names().length,
    stallAfterMs: deps.health.manifest(remedy.subsystem).stallAfterMs,
    isBusy: deps.health.isBusy(remedy.subsystem),
  };
}

function planEvidence({ reason, verification, risk, executor, rung }: RecoveryAction): Evidence {
  return { reason, executor, risk, rung, verification };
}
