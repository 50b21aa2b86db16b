import { createHash } from 'node:crypto';
import type { Store } from '@dreamnet/contracts';
import { z } from 'zod';

const COLLECTION = 'watched-bindings';

const kept = z.object({
  agent: z.string(),
  path: z.string(),
  fingerprint: z.string(),
  behind: z.array(z.string()),
});

/** What a watched path was like when it was looked at last. */
export interface SeenPath {
  readonly agent: string;
  readonly path: string;
  readonly fingerprint: string;
  /** Identities of processes that are yet to be restarted or signalled because of it. */
  readonly behind: readonly string[];
}

/** What watched paths were like, and who has not taken that over yet, through the death of the daemon. */
export interface BindingMemory {
  /** Once, before anything else. What cannot be read is not known. */
  load(): Promise<void>;
  /** Undefined when it was never kept. */
  find(agent: string, path: string): SeenPath | undefined;
  /** Idempotent. */
  keep(seen: SeenPath): Promise<void>;
  /** Forgets whoever is not among these. @param isWanted Is it watched for this agent? */
  prune(isWanted: (agent: string, path: string) => boolean): Promise<void>;
}

/** An empty memory over a store. */
export function createBindingMemory(store: Store): BindingMemory {
  const known = new Map<string, SeenPath>();
  return {
    load: async () => {
      for (const { key, value } of await store.scan(COLLECTION)) {
        const parsed = kept.safeParse(value);
        if (parsed.success) known.set(key, parsed.data);
      }
    },
    find: (agent, path) => known.get(keyOf(agent, path)),
    keep: async ({ agent, path, fingerprint, behind }) => {
      const key = keyOf(agent, path);
      const value = { agent, path, fingerprint, behind: [...behind] };
      if (JSON.stringify(known.get(key)) === JSON.stringify(value)) return;
      await store.commit([{ op: 'put', collection: COLLECTION, key, value }]);
      known.set(key, value);
    },
    prune: async (isWanted) => {
      const gone = [...known].flatMap(([key, { agent, path }]) => (isWanted(agent, path) ? [] : [key]));
      if (gone.length === 0) return;
      await store.commit(gone.map((key) => ({ op: 'delete', collection: COLLECTION, key })));
      for (const key of gone) known.delete(key);
    },
  };
}

/** A path may be longer than the key of a store. */
function keyOf(agent: string, path: string): string {
  return createHash('sha256').update(`${agent} ${path}`).digest('hex');
}
