import type { Clock, PublishEvent, Store } from '@dreamnet/contracts';
import { DreamnetError, scanAll } from '@dreamnet/kit';

/** Names that nobody declared and that are watched from their first export on, kept for the next start. */
export interface KeptServices {
  /** Those that have exported within a week; the others are forgotten. @throws the store's error */
  load(): Promise<readonly string[]>;
  /** It exported now; costs a write an hour at most. */
  note(name: string): void;
  /** Resolves when what was noted is on disk, or was refused, which is published. */
  settled(): Promise<void>;
}

export interface KeptServicesOptions {
  clock: Clock;
  store: Store;
  publish: PublishEvent;
}

const COLLECTION = 'watched-services';
const NOTED_EVERY_MS = 3_600_000;
/** A service that is gone for good is not to be shown for ever. */
const KEPT_MS = 7 * 86_400_000;

/** Nothing is read before `load`. */
export function createKeptServices({ clock, store, publish }: KeptServicesOptions): KeptServices {
  /** Monotonic ms of the last note, by name. */
  const noted = new Map<string, number>();
  let writing: Promise<void> = Promise.resolve();
  const put = async (name: string): Promise<void> => {
    try {
      await store.commit([{ op: 'put', collection: COLLECTION, key: name, value: { at: clock.now() } }]);
    } catch (thrown) {
      noted.delete(name);
      const { message } = DreamnetError.from(thrown);
      publish('store.failed', COLLECTION, { operation: 'keep the name of a service', error: message });
    }
  };
  return {
    load: async () => {
      const names: string[] = [];
      const gone: string[] = [];
      for await (const { key, value } of scanAll(store, COLLECTION))
        (isWithin(value, clock.now() - KEPT_MS) ? names : gone).push(key);
      if (gone.length > 0)
        await store.commit(gone.map((key) => ({ op: 'delete', collection: COLLECTION, key })));
      return names;
    },
    note: (name) => {
      const nowMs = clock.monotonic();
      if (nowMs - (noted.get(name) ?? Number.NEGATIVE_INFINITY) < NOTED_EVERY_MS) return;
      noted.set(name, nowMs);
      writing = writing.then(() => put(name));
    },
    settled: () => writing,
  };
}

function isWithin(value: unknown, since: number): boolean {
  const at = typeof value === 'object' && value !== null && 'at' in value ? value.at : undefined;
  return typeof at === 'number' && at >= since;
}
