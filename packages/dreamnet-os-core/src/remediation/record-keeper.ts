import type { StoreWrite } from '@dreamnet/contracts';
import type { AuditDraft } from '../audit/audit-chain.js';
import type { AuditLog } from '../audit/audit-log.js';

/** A book whose changes wait to be stored. */
export interface Drainable {
  drain(): StoreWrite[];
}

/** Brings the books' changes to the store, together with the audit entry that announces them. */
export interface RecordKeeper {
  /**
   * Commits every waiting change in one transaction.
   *
   * @returns False when the store refused; then the changes wait on and no effect may follow.
   */
  commit(...drafts: AuditDraft[]): Promise<boolean>;
  /** Commits soon, for changes that no effect depends on; many calls in one turn are one commit. */
  commitSoon(): void;
  /**
   * Commits whatever waits.
   *
   * @returns Whether all that was changed so far is on disk; false when the store refused some of it.
   */
  kept(): Promise<boolean>;
  settled(): Promise<void>;
}

/** Makes the keeper of the given books. */
export function createRecordKeeper(audit: AuditLog, books: readonly Drainable[]): RecordKeeper {
  let refused: StoreWrite[] = [];
  let soon: Promise<unknown> | undefined;

  const commit = async (...drafts: AuditDraft[]): Promise<boolean> => {
    const writes = [...refused, ...books.flatMap((book) => book.drain())];
    refused = [];
    if (writes.length + drafts.length === 0) return true;
    return audit.record(drafts, writes).then(
      () => true,
      () => {
        refused = newestPerKey([...writes, ...refused]);
        return false;
      },
    );
  };
  return {
    commit,
    commitSoon: () => {
      soon ??= Promise.resolve().then(() => {
        soon = undefined;
        return commit();
      });
    },
    kept: async () => {
      await commit();
      // What was under way before this one: a refusal of that is known when it has settled.
      await audit.settled();
      return refused.length === 0;
    },
    settled: async () => {
      await soon;
      await audit.settled();
    },
  };
}

/** A store that is away for long must not make the list of waiting writes grow without end. */
function newestPerKey(writes: readonly StoreWrite[]): StoreWrite[] {
  const newest = new Map<string, StoreWrite>();
  for (const write of writes)
    if (write.op !== 'append') newest.set(`${write.collection}/${write.key}`, write);
  return [...newest.values()];
}
