import type { PublishEvent, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError, droppedRecord, nameOfWrite, unstorableOf } from '@dreamnet/kit';
import type { AuditDraft } from '../audit/audit-chain.js';
import type { AuditLog } from '../audit/audit-log.js';

/** A book whose changes wait to be stored. */
export interface Drainable {
  drain(): StoreWrite[];
}

/** Brings the books' changes to the store, together with the audit entry that announces them. */
export interface RecordKeeper {
  /**
   * Commits every waiting change in one transaction. A waiting change that can never be stored is left out and told once.
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
export function createRecordKeeper(
  audit: AuditLog,
  books: readonly Drainable[],
  publish: PublishEvent,
): RecordKeeper {
  let refused: StoreWrite[] = [];
  let soon: Promise<unknown> | undefined;

  const commit = async (...drafts: AuditDraft[]): Promise<boolean> => {
    const writes = [...refused, ...books.flatMap((book) => book.drain())];
    refused = [];
    if (writes.length + drafts.length === 0) return true;
    return record(drafts, writes);
  };
  const record = async (drafts: readonly AuditDraft[], writes: readonly StoreWrite[]): Promise<boolean> => {
    try {
      await audit.record(drafts, writes);
      return true;
    } catch (thrown) {
      const { left, hasOwn } = withoutUnstorable(drafts.length, writes, DreamnetError.from(thrown));
      // What was ordered is announced by its own entries: without them it is not done, without others' records it is.
      if (left.length < writes.length && !hasOwn) return record(drafts, left);
      refused = newestPerKey([...left, ...refused]);
      return false;
    }
  };
  /** The entries of the order come first, then the writes. */
  const withoutUnstorable = (entries: number, writes: readonly StoreWrite[], failure: DreamnetError) => {
    const reasons = new Map(unstorableOf(failure).map(({ place, because }) => [place - entries, because]));
    const left = writes.filter((write, at) => {
      const because = reasons.get(at);
      if (because !== undefined) tellDropped(publish, nameOfWrite(write), because);
      return because === undefined;
    });
    return { left, hasOwn: [...reasons.keys()].some((at) => at < 0) };
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

function tellDropped(publish: PublishEvent, name: string, because: string): void {
  const { message } = droppedRecord(name, because);
  publish('store.failed', name, { operation: `write ${name}`, error: message });
}

/** A store that is away for long must not make the list of waiting writes grow without end. */
function newestPerKey(writes: readonly StoreWrite[]): StoreWrite[] {
  const newest = new Map<string, StoreWrite>();
  for (const write of writes)
    if (write.op !== 'append') newest.set(`${write.collection}/${write.key}`, write);
  return [...newest.values()];
}
