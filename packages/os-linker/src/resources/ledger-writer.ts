import type { Store, StoreWrite } from '@dreamnet/contracts';
import { unstorableOf } from '@dreamnet/kit';

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
  /**
   * Resolves when a commit that began after this call is on disk.
   *
   * @throws The store's error; the next commit tries again. For a record that can never be stored only who asked for it is
   * refused, and it is not tried again before it is asked for anew.
   */
  keep(keys: readonly LedgerKey[]): Promise<void>;
  /** Resolves when nothing waits any more. */
  flush(): Promise<void>;
}

interface Waiter {
  keys: readonly LedgerKey[];
  resolve: () => void;
  reject: (thrown: unknown) => void;
}

/** @param recordOf The record as it is now; undefined when it is gone, then it is deleted. */
export function createLedgerWriter(store: Store, recordOf: (key: LedgerKey) => unknown): LedgerWriter {
  let dirty = new Map<string, LedgerKey>();
  let waiting: Waiter[] = [];
  let running: Promise<void> | undefined;
  const mark = (keys: Iterable<LedgerKey>) => {
    for (const one of keys) dirty.set(nameOf(one), one);
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
        const bad = new Set(unstorableOf(thrown).map(({ place }) => [...keys.keys()][place]));
        if (bad.size > 0) {
          const isBad = ({ keys: asked }: Waiter) => asked.some((key) => bad.has(nameOf(key)));
          for (const one of waiters) if (isBad(one)) one.reject(thrown);
          mark([...keys].filter(([name]) => !bad.has(name)).map(([, key]) => key));
          waiting = [...waiters.filter((one) => !isBad(one)), ...waiting];
          continue;
        }
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
        waiting.push({ keys, resolve, reject });
        running ??= drain();
      }),
    flush: async () => {
      while (running) await running;
    },
  };
}

function nameOf({ collection, key }: LedgerKey): string {
  return `${collection}/${key}`;
}

function toWrite({ collection, key }: LedgerKey, value: unknown): StoreWrite {
  return value === undefined ? { op: 'delete', collection, key } : { op: 'put', collection, key, value };
}
