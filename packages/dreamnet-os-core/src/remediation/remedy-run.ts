import type { RecoveryAction } from '@dreamnet/contracts';
import type { AuditDraft } from '../audit/audit-chain.js';
import { perform } from './powers.js';
import type { RemedyPatch } from './remedy-book.js';
import type { PipelineDeps, RemedyDesk } from './remedy-desk.js';
import { STOPPED, storeIntent } from './store-intent.js';
import { renewPlan, verifyRemedy } from './verification.js';

/** Carries remedies out and verifies them. */
export interface RemedyRun {
  /** Stores the intent, then has the effect, then verifies. Only for an approved remedy. */
  carryOut(id: string, ...announced: AuditDraft[]): Promise<void>;
  /** @param beginAt Epoch ms from which the deadline counts. */
  verify(id: string, beginAt: number): Promise<void>;
  /** Ends the wait for a store or for checks. An effect that was begun goes on, as nothing can call it back. */
  abandon(id: string, because: string): void;
  /** Is it being carried out or verified by this program right now? */
  isActive(id: string): boolean;
  stop(): void;
}

/** Makes the executing half of the pipeline. */
export function createRemedyRun(deps: PipelineDeps, desk: RemedyDesk): RemedyRun {
  const { clock, remedies, keeper } = deps;
  const running = new Map<string, AbortController>();
  const acting = new Set<string>();

  const verify = async (id: string, beginAt: number): Promise<void> => {
    const remedy = remedies.get(id);
    if (remedy?.state !== 'verifying') return;
    const controller = new AbortController();
    running.set(id, controller);
    const options = { condition: deps.condition(remedy), beginAt, signal: controller.signal };
    const outcome = await verifyRemedy(deps, remedy, options);
    running.delete(id);
    if (controller.signal.reason === STOPPED) return;
    if (!outcome.passed) return desk.fail(id, outcome.because, outcome.checks);
    const step = remedies.step(id, 'passed', { outcome: outcome.because, checks: outcome.checks });
    if (!step.ok) return;
    if (remedy.executor === 'supervisor') tellSupervisorsWork(deps, desk, remedy);
    desk.tell(remedy, {
      stage: 'verified',
      summary: `${remedy.description}: ${outcome.because}`,
      evidence: { checks: outcome.checks },
    });
    desk.finish(step.remedy);
  };

  const carryOut = async (id: string, ...announced: AuditDraft[]): Promise<void> => {
    const step = remedies.step(id, 'execute', { executedAt: clock.now(), ...planOf(deps, id) });
    if (!step.ok) return;
    acting.add(id);
    const controller = new AbortController();
    running.set(id, controller);
    const intent = await storeIntent(deps, desk, {
      remedy: step.remedy,
      announced,
      signal: controller.signal,
    });
    running.delete(id);
    // The intent may have been long in coming: it counts who runs now.
    const plan = planOf(deps, id);
    const mayHaveHappened = intent === 'stored' && (await haveEffect(deps, desk, step.remedy));
    acting.delete(id);
    if (intent === 'needless')
      desk.fail(id, 'it was over before the intent could be stored: nothing was done');
    if (!mayHaveHappened) return;
    remedies.step(id, 'executed', plan);
    keeper.commitSoon();
    await verify(id, clock.now());
  };

  return {
    carryOut,
    verify,
    isActive: (id) => acting.has(id) || running.has(id),
    abandon: (id, because) => running.get(id)?.abort(because),
    stop: () => {
      for (const controller of running.values()) controller.abort(STOPPED);
    },
  };
}

/** What is verified against the process that runs now; nothing for a remedy that is not there. */
function planOf({ remedies, health }: PipelineDeps, id: string): RemedyPatch {
  const remedy = remedies.get(id);
  return remedy ? { verification: renewPlan(remedy, health.subsystem(remedy.subsystem)) } : {};
}

/** The supervisor acts before anybody is told: its part is written down when the new process has been seen. */
function tellSupervisorsWork({ health }: PipelineDeps, desk: RemedyDesk, remedy: RecoveryAction): void {
  const { liveness } = health.read(remedy.subsystem)?.axes ?? {};
  if (liveness?.state !== 'alive') return;
  const identity = health.subsystem(remedy.subsystem)?.identity?.() ?? null;
  desk.tell(remedy, {
    stage: 'executed',
    summary: `the supervisor started it anew: ${liveness.reason}`,
    evidence: {
      identity,
      before: remedy.verification.newIdentity?.not ?? null,
      startedAt: liveness.since,
    },
  });
}

/** @returns Whether the effect happened or may have happened, and somebody still waits for it. */
async function haveEffect(deps: PipelineDeps, desk: RemedyDesk, remedy: RecoveryAction): Promise<boolean> {
  const { id, effect, reason, description } = remedy;
  const isGivenUp = (): boolean => deps.remedies.get(id)?.state !== 'executing';
  if (isGivenUp()) return false;
  const subsystem = deps.health.subsystem(remedy.subsystem);
  if (!subsystem || !effect) {
    desk.fail(id, subsystem ? 'it names nothing that could be called' : 'it is not watched any more');
    return false;
  }
  const outcome = await perform(deps.clock, subsystem, { effect, reason, timeoutMs: deps.policy.deadlineMs });
  if (isGivenUp()) return false;
  const evidence = { effect, result: outcome.result, ...outcome.evidence };
  desk.tell(remedy, { stage: 'executed', summary: `${description}: ${outcome.details}`, evidence });
  if (outcome.result === 'refused') desk.fail(id, outcome.details);
  return outcome.result !== 'refused';
}
