import type { RecoveryAction } from '@dreamnet/contracts';
import { sleep } from '@dreamnet/kit';
import type { AuditDraft } from '../audit/audit-chain.js';
import { auditRemedy, type PipelineDeps, type RemedyDesk } from './remedy-desk.js';

/** Tells the end of the program from a verification that failed. */
export const STOPPED = Symbol('stopped');

/** How often a store that refused an intent is asked again. */
const INTENT_RETRY_MS = 2000;

/** `needless`: it was over before, so nothing is done; `stopped`: the program ends. */
export type IntentOutcome = 'stored' | 'stopped' | 'needless';

/** A remedy about to be carried out, with what is announced together with it. */
export interface Intent {
  remedy: RecoveryAction;
  announced: readonly AuditDraft[];
  /** Aborted with `STOPPED` when the program ends, otherwise when the remedy is given up. */
  signal: AbortSignal;
}

/** Stores what is about to be done before it is done; asks a store that refuses again and again. */
export async function storeIntent(
  deps: PipelineDeps,
  desk: RemedyDesk,
  { remedy, announced, signal }: Intent,
): Promise<IntentOutcome> {
  const { clock, keeper } = deps;
  const intent = auditRemedy(remedy, remedy.decidedBy ?? 'pipeline', 'execute');
  if (await keeper.commit(...announced, intent)) return 'stored';
  desk.tell(remedy, {
    stage: 'note',
    summary: `${remedy.description}: the intent could not be stored, so nothing is done until it can be`,
  });
  for (;;) {
    await sleep(clock, INTENT_RETRY_MS, signal);
    if (signal.aborted) return signal.reason === STOPPED ? 'stopped' : 'needless';
    // Time passes while the store is away: what has mended itself meanwhile is not touched.
    if ((await deps.condition(remedy).read()).isGone) return 'needless';
    if (await keeper.commit(...announced, intent)) return 'stored';
  }
}
