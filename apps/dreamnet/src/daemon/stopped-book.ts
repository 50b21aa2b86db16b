import type { Store } from '@dreamnet/contracts';
import { z } from 'zod';
import type { LateWrites } from './late-writes.js';

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

/**
 * Who was stopped, and stays so through the death of the daemon. A change is on disk before it is seen here, but for a stop: that
 * stands from the moment it is noted, whatever the store says.
 */
export interface StoppedBook {
  /**
   * Once, before anything else.
   *
   * @returns Whose record cannot be read: they stay stopped, for somebody wanted that, and nobody knows who and when.
   */
  load(): Promise<readonly string[]>;
  get(agent: string): StoppedAgentRecord | undefined;
  list(): readonly StoppedAgentRecord[];
  /**
   * Stands at once. Who is noted already stays noted as it is.
   *
   * @returns why it would not outlive the daemon; undefined: it is on disk
   */
  note(records: readonly StoppedAgentRecord[]): Promise<string | undefined>;
  /** As `note`, and takes the place of what was noted. */
  replace(record: StoppedAgentRecord): Promise<void>;
  remove(agents: readonly string[]): Promise<void>;
}

/**
 * An empty book over a store.
 *
 * @param late What the store does not take goes there.
 * @param noted Told of who is newly stopped, at the moment it stands.
 */
export function createStoppedBook(
  store: Store,
  late: Pick<LateWrites, 'keep'>,
  noted: (agents: readonly string[]) => void = () => undefined,
): StoppedBook {
  const records = new Map<string, StoppedAgentRecord>();
  /** Being removed: a stop that comes meanwhile is a new one. */
  const leaving = new Set<string>();
  const put = (wanted: readonly StoppedAgentRecord[]) =>
    store.commit(wanted.map((value) => ({ op: 'put', collection: COLLECTION, key: value.agent, value })));
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
    note: async (wanted) => {
      const added = wanted.filter(({ agent }) => !records.has(agent) || leaving.has(agent));
      if (added.length === 0) return undefined;
      for (const record of added) records.set(record.agent, record);
      noted(added.map(({ agent }) => agent));
      return late.keep({
        what: `the stop of ${added.map(({ agent }) => agent).join(', ')}`,
        write: async () => {
          // Who was started meanwhile is not stopped any more.
          const standing = added.filter((record) => records.get(record.agent) === record);
          if (standing.length > 0) await put(standing);
        },
      });
    },
    replace: async (record) => {
      await put([record]);
      records.set(record.agent, record);
    },
    remove: async (agents) => {
      const known = agents.filter((agent) => records.has(agent));
      if (known.length === 0) return;
      const before = new Map(known.map((agent) => [agent, records.get(agent)]));
      for (const agent of known) leaving.add(agent);
      try {
        await store.commit(known.map((key) => ({ op: 'delete', collection: COLLECTION, key })));
        for (const agent of known) if (records.get(agent) === before.get(agent)) records.delete(agent);
      } finally {
        for (const agent of known) leaving.delete(agent);
      }
    },
  };
}
