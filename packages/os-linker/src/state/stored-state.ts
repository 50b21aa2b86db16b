import type { Store, StoreWrite } from '@dreamnet/contracts';
import { scanAll } from '@dreamnet/kit';
import { z } from 'zod';
import { type RecordedChange, recordedChangeSchema } from '../changes/recorded-change.js';
import { type CheckedBinding, environmentBindingSchema } from '../environment-bindings/schema.js';
import { type ProcessChange, processChangeSchema } from '../process-descriptors/process-history.js';
import { type ProcessRecord, processRecordSchema } from '../process-descriptors/process-record.js';
import { describeProblems, parseData } from '../validation/parse.js';

/** Names in the store; changing one loses what older versions wrote. */
const COLLECTIONS = { processes: 'processes', bindings: 'bindings', capabilities: 'capability-map' } as const;
const HISTORY_JOURNAL = 'process-history';
const CHANGES_JOURNAL = 'linker-changes';
/** Older changes are dropped when a daemon starts. */
const CHANGES_STORED = 50_000;
/** As many changes as a new daemon shows of the time before it. */
const CHANGES_LOADED = 2000;

const capabilityRecordSchema = z.strictObject({ providers: z.array(z.string()) });

/** A stored record that is not what it should be. It is left where it is, and not used. */
export interface UnreadableRecord {
  collection: string;
  key: string;
  problem: string;
}

/** What the store held. */
export interface StoredState {
  processes: readonly ProcessRecord[];
  bindings: readonly CheckedBinding[];
  capabilities: ReadonlyMap<string, readonly string[]>;
  /** Oldest first. */
  changes: readonly ProcessChange[];
  /** Oldest first. */
  recorded: readonly RecordedChange[];
  unreadable: readonly UnreadableRecord[];
}

/** Reads everything the linker stored. */
export async function loadState(store: Store): Promise<StoredState> {
  const unreadable: UnreadableRecord[] = [];
  const load = async <T>(collection: string, schema: z.ZodType<T>): Promise<readonly [string, T][]> => {
    const good: [string, T][] = [];
    for await (const { key, value } of scanAll(store, collection)) {
      const outcome = parseData(schema, value);
      if (outcome.ok) good.push([key, outcome.value]);
      else unreadable.push({ collection, key, problem: describeProblems(outcome.problems) });
    }
    return good;
  };
  const processes = await load<ProcessRecord>(COLLECTIONS.processes, processRecordSchema);
  const bindings = await load<CheckedBinding>(COLLECTIONS.bindings, environmentBindingSchema);
  const capabilities = await load(COLLECTIONS.capabilities, capabilityRecordSchema);
  return {
    processes: processes.map(([, record]) => record),
    bindings: bindings.map(([, binding]) => binding),
    capabilities: new Map(capabilities.map(([name, { providers }]) => [name, providers])),
    changes: await loadJournal<ProcessChange>(store, HISTORY_JOURNAL, processChangeSchema),
    recorded: await loadRecorded(store),
    unreadable,
  };
}

/** The write that stores a process as it stands. */
export function putProcess(record: ProcessRecord): StoreWrite {
  return { op: 'put', collection: COLLECTIONS.processes, key: record.descriptor.id, value: record };
}

/** The write that forgets a process. */
export function deleteProcess(processId: string): StoreWrite {
  return { op: 'delete', collection: COLLECTIONS.processes, key: processId };
}

/** The write that stores a binding. */
export function putBinding(binding: CheckedBinding): StoreWrite {
  return { op: 'put', collection: COLLECTIONS.bindings, key: binding.id, value: binding };
}

/** The write that forgets a binding. */
export function deleteBinding(bindingId: string): StoreWrite {
  return { op: 'delete', collection: COLLECTIONS.bindings, key: bindingId };
}

/** The write that stores who serves a capability; nobody removes it. */
export function putCapability(capability: string, providers: readonly string[]): StoreWrite {
  const place = { collection: COLLECTIONS.capabilities, key: capability };
  return providers.length === 0 ? { op: 'delete', ...place } : { op: 'put', ...place, value: { providers } };
}

/** The write that adds a change to the history. */
export function appendChange(change: ProcessChange): StoreWrite {
  return { op: 'append', journal: HISTORY_JOURNAL, at: change.at, value: change };
}

/** The write that adds what somebody changed. */
export function appendRecordedChange(change: RecordedChange): StoreWrite {
  return { op: 'append', journal: CHANGES_JOURNAL, at: change.at, value: change };
}

async function loadRecorded(store: Store): Promise<readonly RecordedChange[]> {
  const [newest] = await store.readJournal(CHANGES_JOURNAL, { isReversed: true, limit: 1 });
  if (newest && newest.sequence > CHANGES_STORED)
    await store.trimJournal?.(CHANGES_JOURNAL, newest.sequence - CHANGES_STORED);
  return loadJournal<RecordedChange>(store, CHANGES_JOURNAL, recordedChangeSchema);
}

async function loadJournal<T>(store: Store, journal: string, schema: z.ZodType<T>): Promise<readonly T[]> {
  const entries = await store.readJournal(journal, { isReversed: true, limit: CHANGES_LOADED });
  const good = entries.flatMap(({ value }) => {
    const outcome = parseData<T>(schema, value);
    return outcome.ok ? [outcome.value] : [];
  });
  return good.reverse();
}
