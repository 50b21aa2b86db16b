import type { Clock, PublishEvent, Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError, tellInTurns } from '@dreamnet/kit';
import { linkerError } from '../errors.js';

/** Writes state one commit at a time, in the order it was given; what waits meanwhile goes into one commit. */
export interface StateWriter {
  /** Resolves when the writes are on disk. @throws DN_LINKER_STORE_FAILED */
  commit(operation: string, writes: readonly StoreWrite[]): Promise<void>;
  /** Returns at once. A failure is published as `store.failed`; the next write of the same record makes it good. */
  writeLater(operation: string, writes: readonly StoreWrite[]): void;
  /** Resolves when everything given so far was tried. */
  flush(): Promise<void>;
}

interface Waiting {
  operation: string;
  writes: readonly StoreWrite[];
  done: (failure?: DreamnetError) => void;
}

/** A writer on the given store. */
export function createStateWriter(
  store: Store,
  { clock, publish }: { clock: Pick<Clock, 'monotonic'>; publish: PublishEvent },
): StateWriter {
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  const drain = async () => {
    // Writes given in one turn of the event loop share a commit.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const failure = await tryCommit(store, batch);
      await tellInTurns(clock, batch, (one) => one.done(failure));
    }
    running = undefined;
  };
  const enqueue = (one: Waiting) => {
    waiting.push(one);
    running ??= drain();
  };
  return {
    commit: (operation, writes) =>
      new Promise((resolve, reject) => {
        const done = (failure?: DreamnetError) => {
          if (!failure) return resolve();
          reject(linkerError('DN_LINKER_STORE_FAILED', { operation, reason: failure.message }, failure));
        };
        enqueue({ operation, writes, done });
      }),
    writeLater: (operation, writes) =>
      enqueue({
        operation,
        writes,
        done: (failure) => {
          if (failure) publish('store.failed', 'os-linker', { operation, error: failure.message });
        },
      }),
    flush: async () => {
      while (running) await running;
    },
  };
}

async function tryCommit(store: Store, batch: readonly Waiting[]): Promise<DreamnetError | undefined> {
  try {
    await store.commit(batch.flatMap((one) => one.writes));
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown);
  }
}
