import type { HealthHistoryEntry, Store } from '@dreamnet/contracts';

const JOURNAL = 'health-history';
const PAGE = 1000;

/** The journal in which versions before 0.2 kept the health history. */
export interface OldHealthJournal {
  /** Oldest first; what is no entry is left out. */
  entries: HealthHistoryEntry[];
  /** Empties it: what it held is elsewhere now. */
  drop(): Promise<void>;
}

/** @returns undefined when there is nothing in it, or the store could not drop it afterwards. */
export async function readOldJournal(store: Store): Promise<OldHealthJournal | undefined> {
  if (store.trimJournal === undefined) return undefined;
  const entries: HealthHistoryEntry[] = [];
  let after = 0;
  for (;;) {
    const page = await store.readJournal(JOURNAL, { after, limit: PAGE });
    entries.push(...page.map(({ value }) => value).filter(isEntry));
    after = page.at(-1)?.sequence ?? after;
    if (page.length < PAGE) break;
  }
  if (after === 0) return undefined;
  entries.sort((a, b) => a.at - b.at);
  return {
    entries,
    drop: async () => {
      await store.trimJournal?.(JOURNAL, after + 1);
    },
  };
}

function isEntry(value: unknown): value is HealthHistoryEntry {
  if (typeof value !== 'object' || value === null) return false;
  const { at, globalHealth, subsystems } = value as Partial<HealthHistoryEntry>;
  return typeof at === 'number' && typeof globalHealth === 'object' && typeof subsystems === 'object';
}
