import type { AuditEntry, Clock, PublishEvent, Store, StoreWrite } from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import {
  AUDIT_GENESIS,
  type AuditDraft,
  type AuditHead,
  type AuditVerdict,
  linkAuditEntry,
  verifyAuditChain,
} from './audit-chain.js';

/** Name of the journal in the store. */
export const AUDIT_JOURNAL = 'audit';

/** Entries kept at hand when there is no store to read them from. */
const KEPT_IN_MEMORY = 1000;

export interface AuditLogOptions {
  clock: Clock;
  publish: PublishEvent;
  store?: Store;
}

/** The record of every change of state: who, what, when, tied into a hash chain. */
export interface AuditLog {
  /**
   * Commits entries and, with them, the writes they announce: all or nothing, one after another.
   *
   * @throws The store's error as a DreamnetError; then nothing was recorded and nothing may be done.
   */
  record(drafts: readonly AuditDraft[], writes?: readonly StoreWrite[]): Promise<void>;
  /** The newest entries, oldest first. */
  entries(limit?: number): Promise<readonly AuditEntry[]>;
  /** Checks every link of what is stored. */
  verify(): Promise<AuditVerdict>;
  /** Resolves when everything recorded so far is on disk or refused. */
  settled(): Promise<void>;
}

/** Makes the audit log; it reads the end of the stored chain before its first entry. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { clock, publish, store } = options;
  const memory: AuditEntry[] = [];
  let head: AuditHead | undefined;
  let tail: Promise<unknown> = Promise.resolve();

  const write = async (drafts: readonly AuditDraft[], writes: readonly StoreWrite[]): Promise<void> => {
    let last = head ?? (await readHead(store));
    const at = clock.now();
    const linked = drafts.map((draft) => {
      const entry = linkAuditEntry(last, draft, at);
      last = entry;
      return entry;
    });
    await commit(store, linked, writes);
    head = last;
    if (!store) remember(memory, linked);
    for (const { action, actor, target, details } of linked)
      publish('audit.recorded', target, { action, actor, target, details });
  };

  return {
    record: (drafts, writes = []) => {
      const done = tail.then(() => write(drafts, writes));
      tail = done.catch((thrown: unknown) => {
        const error = DreamnetError.from(thrown);
        publish('store.failed', AUDIT_JOURNAL, { operation: 'record audit', error: error.message });
      });
      return done;
    },
    entries: async (limit = 100) => {
      await tail;
      if (!store) return memory.slice(-limit);
      const newest = await store.readJournal(AUDIT_JOURNAL, { isReversed: true, limit });
      return newest.map((entry) => entry.value as AuditEntry).reverse();
    },
    verify: async () => {
      await tail;
      return store ? verifyStored(store) : verifyAuditChain(memory);
    },
    settled: async () => {
      await tail;
    },
  };
}

/** Entries read at once while the whole chain is checked. */
const PAGE = 1000;

async function verifyStored(store: Store): Promise<AuditVerdict> {
  let head = AUDIT_GENESIS;
  let after = 0;
  for (let checked = 0; ; ) {
    const page = await store.readJournal(AUDIT_JOURNAL, { after, limit: PAGE });
    const last = page.at(-1);
    if (!last) return { ok: true, entries: checked };
    const entries = page.map(({ value }) => value as AuditEntry);
    const verdict = verifyAuditChain(entries, checked === 0 ? undefined : head);
    if (!verdict.ok) return verdict;
    checked += entries.length;
    after = last.sequence;
    head = last.value as AuditEntry;
  }
}

async function readHead(store: Store | undefined): Promise<AuditHead> {
  const [newest] = (await store?.readJournal(AUDIT_JOURNAL, { isReversed: true, limit: 1 })) ?? [];
  return newest === undefined ? AUDIT_GENESIS : (newest.value as AuditEntry);
}

async function commit(
  store: Store | undefined,
  linked: readonly AuditEntry[],
  writes: readonly StoreWrite[],
): Promise<void> {
  const appends = linked.map(
    (value): StoreWrite => ({ op: 'append', journal: AUDIT_JOURNAL, at: value.at, value }),
  );
  if (store && appends.length + writes.length > 0) await store.commit([...appends, ...writes]);
}

function remember(memory: AuditEntry[], linked: readonly AuditEntry[]): void {
  memory.push(...linked);
  memory.splice(0, Math.max(0, memory.length - KEPT_IN_MEMORY));
}
