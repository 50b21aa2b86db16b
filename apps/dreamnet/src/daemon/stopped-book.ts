import type { Store } from '@dreamnet/contracts';
import { z } from 'zod';

const COLLECTION = 'stopped-agents';
const UNKNOWN = 'unknown';

const stopped = z.object({
  agent: z.string(),
  at: z.number(),
  by: z.string(),
  freeze: z.string().nullable(),
});

/** An agent that nothing starts by itself. */
export interface StoppedAgentRecord {
  readonly agent: string;
  /** Epoch ms. */
  readonly at: number;
  readonly by: string;
  /** The freeze whose end brings it back; null when somebody stopped it, and somebody starts it again. */
  readonly freeze: string | null;
}

/** Who was stopped, and stays so through the death of the daemon. A change is on disk before it is seen here. */
export interface StoppedBook {
  /**
   * Once, before anything else.
   *
   * @returns Whose record cannot be read: they stay stopped, for somebody wanted that, and nobody knows who and when.
   */
  load(): Promise<readonly string[]>;
  get(agent: string): StoppedAgentRecord | undefined;
  list(): readonly StoppedAgentRecord[];
  /** Who is noted already stays noted as it is. */
  note(records: readonly StoppedAgentRecord[]): Promise<void>;
  /** As `note`, and takes the place of what was noted. */
  replace(record: StoppedAgentRecord): Promise<void>;
  remove(agents: readonly string[]): Promise<void>;
}

/** An empty book over a store. */
export function createStoppedBook(store: Store): StoppedBook {
  const records = new Map<string, StoppedAgentRecord>();
  const write = async (wanted: readonly StoppedAgentRecord[]) => {
    if (wanted.length === 0) return;
    await store.commit(
      wanted.map((value) => ({ op: 'put', collection: COLLECTION, key: value.agent, value })),
    );
    for (const record of wanted) records.set(record.agent, record);
  };
  return {
    load: async () => {
      const unreadable: string[] = [];
      for (const { key, value } of await store.scan(COLLECTION)) {
        const parsed = stopped.safeParse(value);
        if (!parsed.success) unreadable.push(key);
        records.set(key, parsed.data ?? { agent: key, at: 0, by: UNKNOWN, freeze: null });
      }
      return unreadable;
    },
    get: (agent) => records.get(agent),
    list: () => [...records.values()],
    note: (wanted) => write(wanted.filter(({ agent }) => !records.has(agent))),
    replace: (record) => write([record]),
    remove: async (agents) => {
      const known = agents.filter((agent) => records.has(agent));
      if (known.length === 0) return;
      await store.commit(known.map((key) => ({ op: 'delete', collection: COLLECTION, key })));
      for (const agent of known) records.delete(agent);
    },
  };
}
