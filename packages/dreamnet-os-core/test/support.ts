import type { JournalEntry, Store, StoredRecord, StoreWrite } from '@dreamnet/contracts';

/** A store in memory for tests: what it holds survives the rooms built on it, and it can be told to fail. */
export function createTestStore() {
  const collections = new Map<string, Map<string, unknown>>();
  const journals = new Map<string, JournalEntry[]>();
  const state = { isBroken: false, commits: 0 };
  const of = (collection: string): Map<string, unknown> => {
    const found = collections.get(collection) ?? new Map<string, unknown>();
    collections.set(collection, found);
    return found;
  };
  const apply = (write: StoreWrite): void => {
    if (write.op === 'put') of(write.collection).set(write.key, structuredClone(write.value));
    else if (write.op === 'delete') of(write.collection).delete(write.key);
    else {
      const journal = journals.get(write.journal) ?? [];
      journals.set(write.journal, journal);
      journal.push({
        sequence: (journal.at(-1)?.sequence ?? 0) + 1,
        at: write.at,
        value: structuredClone(write.value),
      });
    }
  };
  const store: Store = {
    commit: async (writes) => {
      await Promise.resolve();
      if (state.isBroken) throw new TypeError('the disk is gone');
      state.commits += 1;
      writes.forEach(apply);
    },
    read: async (collection, key) => structuredClone(of(collection).get(key)),
    scan: async (collection, options = {}): Promise<readonly StoredRecord[]> =>
      [...of(collection)]
        .filter(([key]) => key.startsWith(options.prefix ?? ''))
        .filter(([key]) => options.after === undefined || key > options.after)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .slice(0, options.limit ?? 1000)
        .map(([key, value]) => ({ key, value: structuredClone(value) })),
    readJournal: async (journal, range = {}) => {
      const entries = (journals.get(journal) ?? []).filter(({ sequence }) => sequence > (range.after ?? 0));
      return (range.isReversed ? entries.reverse() : entries).slice(0, range.limit ?? 1000);
    },
    trimJournal: async (journal, beforeSequence) => {
      const entries = journals.get(journal) ?? [];
      const kept = entries.filter(({ sequence }) => sequence >= beforeSequence);
      journals.set(journal, kept);
      return entries.length - kept.length;
    },
    close: async () => undefined,
  };
  return { store, state, collection: of };
}
