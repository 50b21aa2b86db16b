import type { Clock, Store, TimerHandle } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { AlertBook } from '../../boundary.js';
import { SELF } from './receiver-watch.js';

export interface StoreWatchOptions {
  clock: Clock;
  store?: Store;
  book: Pick<AlertBook, 'raise' | 'clear'>;
  /** The store takes writes again: what was not kept meanwhile is kept now. */
  onRecovered: () => void;
}

/** Knows whether the store takes writes, and raises an alert while it does not. */
export interface StoreWatch {
  /** A write failed somewhere; the store is asked itself before anything is said. */
  suspect(): void;
  /** Why the store takes no writes now; undefined while it does, as far as is known. */
  problem(): string | undefined;
  settled(): Promise<void>;
  start(): void;
  stop(): void;
}

/** While it fails, it is tried again this often. */
const LOOK_MS = 2_000;
const FINGERPRINT = 'store/writes';

/** A watch over a store that works so far; without a store it never says anything. */
export function createStoreWatch(options: StoreWatchOptions): StoreWatch {
  const { clock, store, book, onRecovered } = options;
  let problem: string | undefined;
  let looking: Promise<void> | undefined;
  let timer: TimerHandle | undefined;
  let isRunning = false;
  const look = (into: Store): void => {
    timer = undefined;
    looking ??= tryWrite(into, clock).then((found) => {
      looking = undefined;
      if (!isRunning) return;
      const wasFailing = problem !== undefined;
      problem = found;
      if (found !== undefined) {
        book.raise(failing(found));
        timer ??= clock.setTimeout(() => look(into), LOOK_MS);
      } else if (wasFailing) {
        book.clear(FINGERPRINT);
        onRecovered();
      }
    });
  };
  return {
    suspect: () => {
      if (store !== undefined && timer === undefined && isRunning) look(store);
    },
    problem: () => problem,
    settled: async () => {
      await looking;
    },
    start: () => {
      isRunning = true;
      // One that was open when the process before ended: a write that fails raises it again.
      book.clear(FINGERPRINT);
    },
    stop: () => {
      isRunning = false;
      if (timer !== undefined) clock.clearTimeout(timer);
      timer = undefined;
    },
  };
}

async function tryWrite(store: Store, clock: Clock): Promise<string | undefined> {
  try {
    await store.commit([{ op: 'put', collection: 'os-status', key: 'write-check', value: clock.now() }]);
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown).message;
  }
}

function failing(error: string) {
  return {
    fingerprint: FINGERPRINT,
    type: 'error' as const,
    severity: 'critical' as const,
    subsystem: SELF,
    about: 'program' as const,
    message: `the store takes no writes, health goes on in memory: ${error}`,
    labels: { rule: 'store_failing' },
    evidence: { error },
    keepFiringForMs: 0,
  };
}
