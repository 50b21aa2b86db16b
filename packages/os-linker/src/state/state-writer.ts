import type { Clock, PublishEvent, Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError, tellInTurns } from '@dreamnet/kit';
import { linkerError } from '../errors.js';

/** Writes state one commit at a time, in the order it was given; what waits meanwhile goes into one commit. */
export interface StateWriter {
  /** Resolves when the writes are on disk. @throws DN_LINKER_STORE_FAILED */
  commit(operation: string, writes: readonly StoreWrite[]): Promise<void>;
  /** Returns at once. A failure is published as `store.failed`; the next news of the same record make it good. */
  writeLater(operation: string, writes: readonly StoreWrite[]): void;
  /** Is the store behind, because the last write of this record failed? */
  isUnsaved(write: StoreWrite): boolean;
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
  const unsaved = new Set<string>();
  const drain = async () => {
    // Writes given in one turn of the event loop share a commit.
    await Promise.resolve();
    while (waiting.length > 0) {
      const batch = waiting;
      waiting = [];
      const writes = batch.flatMap((one) => one.writes);
      const failure = await tryCommit(store, writes);
      noteUnsaved(unsaved, writes, failure !== undefined);
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
    writeLater: (operation, writes) => {
      if (writes.length === 0) return;
      const done = (failure?: DreamnetError) => {
        if (failure) publish('store.failed', 'os-linker', { operation, error: failure.message });
      };
      enqueue({ operation, writes, done });
    },
    isUnsaved: (write) => unsaved.has(placeOf(write)),
    flush: async () => {
      while (running) await running;
    },
  };
}

function noteUnsaved(unsaved: Set<string>, writes: readonly StoreWrite[], hasFailed: boolean): void {
  if (hasFailed) for (const write of writes) unsaved.add(placeOf(write));
  else if (unsaved.size > 0) for (const write of writes) unsaved.delete(placeOf(write));
}

/** Entries of journals are not written again. */
function placeOf(write: StoreWrite): string {
  return write.op === 'append' ? write.journal : `${write.collection}/${write.key}`;
}

async function tryCommit(store: Store, writes: readonly StoreWrite[]): Promise<DreamnetError | undefined> {
  try {
    await store.commit(writes);
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown);
  }
}
