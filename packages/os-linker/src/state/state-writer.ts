import type { Clock, PublishEvent, Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError, tellInTurns, unstorableOf } from '@dreamnet/kit';
import { linkerError } from '../errors.js';

/**
 * Writes state one commit at a time, in the order it was given; what waits meanwhile goes into one commit. Who gives a record
 * that can never be stored fails alone, with all that was given together with it.
 */
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
      const given = waiting;
      waiting = [];
      for (let batch = given; batch.length > 0; ) {
        const failure = await tryCommit(store, writesOf(batch));
        const alone = failure ? whoseAreUnstorable(batch, failure) : [];
        const settled = alone.length > 0 ? alone : batch;
        noteUnsaved(unsaved, writesOf(settled), failure !== undefined);
        await tellInTurns(clock, settled, (one) => one.done(failure));
        batch = settled === batch ? [] : batch.filter((one) => !alone.includes(one));
      }
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

function writesOf(batch: readonly Waiting[]): StoreWrite[] {
  return batch.flatMap((one) => one.writes);
}

function whoseAreUnstorable(batch: readonly Waiting[], failure: DreamnetError): Waiting[] {
  const places = new Set(unstorableOf(failure).map(({ place }) => place));
  if (places.size === 0) return [];
  let next = 0;
  return batch.filter(({ writes }) => {
    const first = next;
    next += writes.length;
    return writes.some((_, at) => places.has(first + at));
  });
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
