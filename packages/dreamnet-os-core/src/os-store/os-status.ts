import type { DreamNetOSStatus, DreamNetVersionInfo, Store } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import type { HealthEngine, RoomOptions } from '../boundary.js';

/** The status of DreamNet OS and its snapshots. */
export interface OSStatusBoard {
  /** A snapshot costs what changed since the last one; its list of subsystems is shared and never changed. */
  status(): DreamNetOSStatus;
  /** Notes that a run took place now. */
  markRun(): void;
  load(): Promise<void>;
  /** Resolves when the last run is in the store. */
  settled(): Promise<void>;
}

export interface OSStatusOptions extends RoomOptions {
  engine: Pick<HealthEngine, 'scores' | 'summaries'>;
  version: DreamNetVersionInfo;
}

const COLLECTION = 'os-status';
const KEY = 'last-run';

/** A status board over an engine; `lastRunAt` outlives the process when there is a store. */
export function createOSStatus(options: OSStatusOptions): OSStatusBoard {
  const { clock, engine, version, store } = options;
  let lastRunAt: number | null = null;
  let writing: Promise<void> = Promise.resolve();
  return {
    status: () => ({
      lastRunAt,
      snapshot: {
        version: { ...version },
        heartbeatAt: clock.now(),
        globalHealth: engine.scores(),
        // Never changed by the engine once given out, so a snapshot may keep it.
        subsystems: engine.summaries() as DreamNetOSStatus['snapshot']['subsystems'],
      },
    }),
    markRun: () => {
      lastRunAt = clock.now();
      if (store !== undefined) writing = writing.then(() => save(store, options, lastRunAt));
    },
    load: async () => {
      const value = await store?.read(COLLECTION, KEY);
      if (typeof value === 'number') lastRunAt = Math.max(value, lastRunAt ?? 0);
    },
    settled: () => writing,
  };
}

async function save(store: Store, { publish }: OSStatusOptions, value: number | null): Promise<void> {
  try {
    await store.commit([{ op: 'put', collection: COLLECTION, key: KEY, value }]);
  } catch (thrown) {
    publish('store.failed', COLLECTION, {
      operation: 'store the last run',
      error: DreamnetError.from(thrown).message,
    });
  }
}
