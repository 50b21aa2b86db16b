import type { PublishEvent, Store, StoreWrite } from '@dreamnet/contracts';
import { commitStorable, DreamnetError, nameOfWrite } from '@dreamnet/kit';

/** Puts changes into the store in their order, many at a time. */
export interface AlertWriter {
  /** @param then Called when the write is on disk; at once without a store; also after a failure, which is published. */
  write(write: StoreWrite, then?: () => void): void;
  /** Resolves when what has been written until now is on disk, or was refused, which is published. */
  written(): Promise<void>;
  settled(): Promise<void>;
}

/** A write, or without one a place in the order. */
interface Job {
  write: StoreWrite | undefined;
  onWritten: (() => void) | undefined;
}

/** A writer over the given store; without one everything lives in memory and is done at once. */
export function createAlertWriter(store: Store | undefined, publish: PublishEvent): AlertWriter {
  let jobs: Job[] = [];
  let running: Promise<void> | undefined;
  const drain = async (into: Store): Promise<void> => {
    // What is written in the same moment goes in one commit: an alert is often detected and active at once.
    await Promise.resolve();
    while (jobs.length > 0) {
      const batch = jobs;
      jobs = [];
      try {
        const writes = batch.flatMap(({ write }) => write ?? []);
        if (writes.length > 0)
          await commitStorable(into, writes, ({ message }, write) =>
            publish('store.failed', 'alerts', { operation: `write ${nameOfWrite(write)}`, error: message }),
          );
      } catch (thrown) {
        // Repair matters more than the record of it: the change goes on, and the failure is told.
        const { message } = DreamnetError.from(thrown);
        publish('store.failed', 'alerts', { operation: 'commit alerts', error: message });
      }
      for (const { onWritten } of batch) onWritten?.();
    }
    running = undefined;
  };
  return {
    write: (write, then) => {
      if (store === undefined) {
        then?.();
        return;
      }
      jobs.push({ write, onWritten: then });
      running ??= drain(store);
    },
    // Its turn comes in the batch of what was written just before it, or in the next.
    written: () =>
      new Promise((resolve) => {
        if (running === undefined) resolve();
        else jobs.push({ write: undefined, onWritten: resolve });
      }),
    settled: async () => {
      while (running !== undefined) await running;
    },
  };
}
