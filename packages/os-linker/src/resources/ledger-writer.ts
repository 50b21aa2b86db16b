import type { Store, StoreWrite } from '@dreamnet/contracts';

/** Names one record of the ledger. */
export interface LedgerKey {
  collection: string;
  key: string;
}

/**
 * Brings records to disk as they are when a commit begins. Everybody who asks meanwhile shares the next commit: a
 * thousand reservations at once are a handful of commits.
 */
export interface LedgerWriter {
  /** Resolves when a commit that began after this call is on disk. @throws the store's error; the next commit tries again */
  keep(keys: readonly LedgerKey[]): Promise<void>;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
}

interface Waiter {
  resolve: () => void;
  reject: (thrown: unknown) => void;
}

/** @param recordOf The record as it is now; undefined when it is gone, then it is deleted. */
export function createLedgerWriter(store: Store, recordOf: (key: LedgerKey) => unknown): LedgerWriter {
  let dirty = new Map<string, LedgerKey>();
  let waiting: Waiter[] = [];
  let running: Promise<void> | undefined;
  const mark = (keys: Iterable<LedgerKey>) => {
    for (const one of keys) dirty.set(`${one.collection}/${one.key}`, one);
  };
  const drain = async () => {
    // What is asked for in one turn of the event loop shares a commit.
    await Promise.resolve();
    while (waiting.length > 0) {
      const [keys, waiters] = [dirty, waiting];
      [dirty, waiting] = [new Map(), []];
      try {
        await store.commit([...keys.values()].map((key) => toWrite(key, recordOf(key))));
        for (const { resolve } of waiters) resolve();
      } catch (thrown) {
        // Whether it reached the disk is not known: it is written again with whatever comes next.
        mark(keys.values());
        for (const { reject } of waiters) reject(thrown);
      }
    }
    running = undefined;
  };
  return {
    keep: (keys) =>
      new Promise((resolve, reject) => {
        mark(keys);
        waiting.push({ resolve, reject });
        running ??= drain();
      }),
    flush: async () => {
      while (running) await running;
    },
  };
}

function toWrite({ collection, key }: LedgerKey, value: unknown): StoreWrite {
  return value === undefined ? { op: 'delete', collection, key } : { op: 'put', collection, key, value };
}
