import type { RecoveryAction } from '@dreamnet/contracts';
import type { Approvals } from './approvals.js';
import type { PipelineDeps, RemedyDesk } from './remedy-desk.js';
import type { RemedyRun } from './remedy-run.js';

interface ResumeParts {
  desk: RemedyDesk;
  run: RemedyRun;
  approvals: Approvals;
}

/**
 * Takes up one remedy found unfinished in the store. What was only approved is carried out; what was being carried
 * out may have happened, so it is never done again but verified.
 */
export async function resumeRemedy(
  deps: PipelineDeps,
  parts: ResumeParts,
  remedy: RecoveryAction,
): Promise<void> {
  const { expiries } = parts.approvals;
  switch (remedy.state) {
    case 'needs_approval':
      return expiries.arm(remedy.id, remedy.expiresAt ?? deps.clock.now());
    case 'approved':
      return expiries.isOver(remedy.expiresAt)
        ? expiries.expire(remedy.id)
        : resumeApproved(deps, parts, remedy);
    case 'executing':
    case 'verifying':
      return resumeVerification(deps, parts, remedy);
    default:
      return undefined;
  }
}

async function resumeVerification(
  deps: PipelineDeps,
  { desk, run }: ResumeParts,
  remedy: RecoveryAction,
): Promise<void> {
  const wasExecuting = remedy.state === 'executing';
  if (wasExecuting) deps.remedies.step(remedy.id, 'executed');
  const what = wasExecuting
    ? 'it may or may not have happened, verification decides'
    : 'verification goes on';
  desk.tell(remedy, {
    stage: 'note',
    summary: `taken up again after an interruption: ${what}`,
    evidence: { was: remedy.state },
  });
  deps.keeper.commitSoon();
  const dueAt = remedy.executor === 'supervisor' ? (remedy.executedAt ?? 0) : 0;
  await run.verify(remedy.id, Math.max(deps.clock.now(), dueAt));
}

/** Approved but never begun. Time has passed: what answers by now is not touched. */
async function resumeApproved(
  deps: PipelineDeps,
  { desk, run }: ResumeParts,
  remedy: RecoveryAction,
): Promise<void> {
  const answer = remedy.verification.roundTrip ? await deps.health.probeNow(remedy.subsystem) : undefined;
  if (answer?.ok && remedy.effect?.power === 'restart') {
    const outcome = 'it answers again: nothing was done';
    const step = deps.remedies.step(remedy.id, 'supersede', { outcome });
    if (!step.ok) return;
    desk.tell(remedy, { stage: 'note', summary: outcome, evidence: { reason: answer.reason } });
    return desk.finish(step.remedy);
  }
  const over = await deps.lookAgain(remedy);
  if (over !== undefined) {
    desk.withdraw(remedy, over);
    return;
  }
  desk.tell(remedy, { stage: 'note', summary: 'taken up again after an interruption: approved, not begun' });
  await run.carryOut(remedy.id);
}
