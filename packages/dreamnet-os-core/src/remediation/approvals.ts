import type { RecoveryAction, RemedyAnswer } from '@dreamnet/contracts';
import type { AuditDraft } from '../audit/audit-chain.js';
import { createExpiries, type Expiries } from './expiries.js';
import type { GuardrailRefusal } from './guardrails.js';
import { auditRemedy, type PipelineDeps, type RemedyDesk } from './remedy-desk.js';
import type { RemedyRun } from './remedy-run.js';
import { isWaiting } from './remedy-states.js';

/** What people decide about remedies. */
export interface Approvals {
  /** Asks for a person's word; void after the policy's time. */
  ask(remedy: RecoveryAction, why: string): void;
  approve(remedyId: string, who: string): RemedyAnswer;
  reject(remedyId: string, who: string): RemedyAnswer;
  readonly expiries: Expiries;
}

interface ApprovalParts {
  desk: RemedyDesk;
  run: RemedyRun;
  /** The hard guardrails, which hold for people too. */
  judge(remedy: RecoveryAction): GuardrailRefusal | undefined;
}

/** Makes the deciding half of the pipeline. */
export function createApprovals(deps: PipelineDeps, parts: ApprovalParts): Approvals {
  const { clock, remedies, keeper, inFlight } = deps;
  const { desk, run } = parts;
  const expiries = createExpiries(clock, (id) => {
    const step = remedies.step(id, 'expire', { outcome: 'nobody approved it in time' });
    if (!step.ok) return;
    desk.tell(step.remedy, {
      stage: 'rejected',
      summary: `${step.remedy.description}: nobody approved it in time`,
    });
    desk.finish(step.remedy);
  });
  return {
    expiries,
    ask: (remedy, why) => {
      const expiresAt = clock.now() + deps.policy.approvalTtlMs;
      remedies.step(remedy.id, 'ask', { expiresAt });
      desk.tell(remedy, { stage: 'needs_approval', summary: why, evidence: { expiresAt } });
      expiries.arm(remedy.id, expiresAt);
      keeper.commitSoon();
    },
    approve: (remedyId, who) => {
      const remedy = remedies.get(remedyId);
      if (!remedy) return { ok: false, because: `there is no remedy '${remedyId}'` };
      const refusal = objectionTo(remedy, expiries);
      if (refusal !== undefined) return { ok: false, because: refusal };
      // Time has passed since it was proposed: what is well again by now is not touched.
      const seen = deps.overBecause(remedy) ?? deps.lookAgain(remedy);
      if (typeof seen === 'string') return { ok: false, because: desk.withdraw(remedy, seen) };
      const objection = parts.judge(remedy);
      if (objection) return { ok: false, because: objection.reason };
      const step = remedies.step(remedyId, 'approve', { decidedBy: who });
      if (!step.ok) return step;
      desk.tell(remedy, {
        stage: 'approved',
        summary: `${who} approved: ${remedy.description}`,
        evidence: { who },
      });
      const audit = auditRemedy(remedy, who, 'approve');
      inFlight.track(
        seen ? carryOutUnless(deps, parts, { remedy, audit, seen }) : run.carryOut(remedyId, audit),
      );
      return { ok: true, state: 'approved', remedyId };
    },
    reject: (remedyId, who) => {
      const step = remedies.step(remedyId, 'reject', { decidedBy: who, outcome: `rejected by ${who}` });
      if (!step.ok) return step;
      desk.tell(step.remedy, {
        stage: 'rejected',
        summary: `${who} rejected: ${step.remedy.description}`,
        evidence: { who },
      });
      inFlight.track(keeper.commit(auditRemedy(step.remedy, who, 'reject')));
      desk.finish(step.remedy);
      return { ok: true, state: step.remedy.state, remedyId };
    },
  };
}

/** The person's word is kept before anybody is asked: it stands, whatever the answer. */
async function carryOutUnless(
  { keeper }: PipelineDeps,
  { desk, run }: ApprovalParts,
  approved: { remedy: RecoveryAction; audit: AuditDraft; seen: Promise<string | undefined> },
): Promise<void> {
  const { remedy, audit, seen } = approved;
  await keeper.commit(audit);
  const over = await seen;
  if (over === undefined) await run.carryOut(remedy.id);
  else desk.withdraw(remedy, over);
}

/** It waits for nobody's word any more; how it ended is told first, whatever time has passed since. */
function notPossible({ state, outcome }: RecoveryAction): string {
  const end = outcome === undefined ? '' : `: ${outcome}`;
  return `'approve' is not possible in state '${state}'${end}`;
}

function objectionTo(remedy: RecoveryAction, expiries: Expiries): string | undefined {
  if (!isWaiting(remedy.state)) return notPossible(remedy);
  if (remedy.executor === 'person') return `this is for a person to do: ${remedy.description}`;
  if (remedy.executor === 'supervisor') return 'the supervisor carries this out by itself';
  if (!expiries.isOver(remedy.expiresAt)) return undefined;
  expiries.expire(remedy.id);
  return `its approval was void after ${new Date(remedy.expiresAt ?? 0).toISOString()}`;
}
