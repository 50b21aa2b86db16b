import type { Store } from '@dreamnet/contracts';
import { deleteReplicas, loadReplicas, putReplicas, type ReplicaRecord } from '@dreamnet/os-linker';

/** How many processes each agent has. A change is on disk before it is seen here. */
export interface ReplicaBook {
  /** Once, before anything else. @returns Agents whose stored record could not be read. */
  load(): Promise<readonly string[]>;
  get(agent: string): ReplicaRecord | undefined;
  /**
   * Changes one record; changes of one agent come one after another. Nothing is stored when `change` gives back what it
   * was given, or undefined.
   */
  change(
    agent: string,
    change: (
      before: ReplicaRecord | undefined,
    ) => ReplicaRecord | undefined | Promise<ReplicaRecord | undefined>,
  ): Promise<ReplicaRecord | undefined>;
  remove(agent: string): Promise<void>;
  /** Every port that was given to a process. */
  ports(): ReadonlySet<number>;
}

/** An empty book over a store. @param changed Told of each change, when it is on disk and before anything follows from it. */
export function createReplicaBook(store: Store, changed: (agent: string) => void): ReplicaBook {
  const records = new Map<string, ReplicaRecord>();
  const turns = new Map<string, Promise<unknown>>();
  const inTurn = <T>(agent: string, act: () => Promise<T>): Promise<T> => {
    const mine = (turns.get(agent) ?? Promise.resolve()).then(act);
    const settled = mine.catch(() => undefined);
    turns.set(agent, settled);
    void settled.then(() => {
      if (turns.get(agent) === settled) turns.delete(agent);
    });
    return mine;
  };
  return {
    load: async () => {
      const stored = await loadReplicas(store);
      for (const record of stored.records) records.set(record.agent, record);
      return stored.unreadable;
    },
    get: (agent) => records.get(agent),
    change: (agent, change) =>
      inTurn(agent, async () => {
        const before = records.get(agent);
        const after = await change(before);
        if (!after || after === before) return before;
        await store.commit([putReplicas(after)]);
        records.set(agent, after);
        changed(agent);
        return after;
      }),
    remove: (agent) =>
      inTurn(agent, async () => {
        if (!records.has(agent)) return;
        await store.commit([deleteReplicas(agent)]);
        records.delete(agent);
      }),
    ports: () =>
      new Set(
        [...records.values()].flatMap(({ replicas }) =>
          replicas.flatMap(({ port }) => (port === null ? [] : [port])),
        ),
      ),
  };
}
