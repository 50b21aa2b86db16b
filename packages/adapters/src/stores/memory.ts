import type { JournalEntry, JournalRange, ScanOptions, Store, StoredRecord } from '@dreamnet/contracts';
import { adaptersError } from '../errors.js';
import { compareKeys } from './key-order.js';
import {
  fromData,
  type PreparedWrite,
  prepareWrites,
  readLimit,
  type StoredData,
  sequenceBound,
} from './limits.js';

interface Collection {
  dataOf: Map<string, StoredData>;
  /** The keys in order; undefined after a key came or went, made again by the next scan. */
  sortedKeys: string[] | undefined;
}

interface Journal {
  entries: { sequence: number; at: number; json: string }[];
  lastSequence: number;
}

interface Memory {
  collections: Map<string, Collection>;
  journals: Map<string, Journal>;
}

/**
 * A store that keeps everything in memory and forgets it with the process: for OS Core inside an application, and
 * for tests. Values are copied in and out, as with a real database.
 */
export function createMemoryStore(): Store {
  const memory: Memory = { collections: new Map(), journals: new Map() };
  let isClosed = false;
  const ask = async <T>(operation: string, question: () => T): Promise<T> => {
    if (isClosed) throw adaptersError('DN_STORE_CLOSED', { operation });
    return question();
  };
  return {
    commit: (writes) =>
      ask('commit', () => {
        for (const write of prepareWrites(writes)) applyWrite(memory, write);
      }),
    read: (collection, key) =>
      ask('read', () => {
        const data = memory.collections.get(collection)?.dataOf.get(key);
        return data === undefined ? undefined : copyOf(data);
      }),
    scan: (collection, options) =>
      ask('scan', () => scanRecords(memory.collections.get(collection), options ?? {})),
    readJournal: (journal, range) =>
      ask('readJournal', () => readEntries(memory.journals.get(journal), range ?? {})),
    trimJournal: (journal, beforeSequence) =>
      ask('trimJournal', () => trim(memory.journals.get(journal), beforeSequence)),
    close: async () => {
      isClosed = true;
    },
  };
}

function applyWrite(memory: Memory, write: PreparedWrite): void {
  if (write.op === 'append') {
    append(memory, write);
    return;
  }
  const collection = obtain(memory.collections, write.collection, () => ({
    dataOf: new Map<string, StoredData>(),
    sortedKeys: undefined,
  }));
  if (collection.dataOf.has(write.key) !== (write.op === 'put')) collection.sortedKeys = undefined;
  if (write.op === 'put') collection.dataOf.set(write.key, write.data);
  else collection.dataOf.delete(write.key);
}

function append(memory: Memory, write: PreparedWrite & { op: 'append' }): void {
  const journal = obtain(memory.journals, write.journal, () => ({ entries: [], lastSequence: 0 }));
  journal.lastSequence += 1;
  journal.entries.push({ sequence: journal.lastSequence, at: write.at, json: write.json });
}

function scanRecords(collection: Collection | undefined, options: ScanOptions): StoredRecord[] {
  const limit = readLimit(options.limit);
  if (!collection) return [];
  collection.sortedKeys ??= [...collection.dataOf.keys()].sort(compareKeys);
  const { after, prefix = '' } = options;
  const found: StoredRecord[] = [];
  for (const key of collection.sortedKeys) {
    if (found.length >= limit) break;
    if (!key.startsWith(prefix) || (after !== undefined && compareKeys(key, after) <= 0)) continue;
    found.push({ key, value: options.isKeysOnly ? undefined : copyOf(collection.dataOf.get(key) ?? 'null') });
  }
  return found;
}

function copyOf(data: StoredData): unknown {
  return fromData(typeof data === 'string' ? data : new Uint8Array(data));
}

function readEntries(journal: Journal | undefined, range: JournalRange): JournalEntry[] {
  const limit = readLimit(range.limit);
  const after = sequenceBound('after', range.after ?? 0);
  const entries = journal?.entries ?? [];
  // Sequences have no holes, so the place of one follows from the first.
  const start = Math.max(0, after + 1 - (entries[0]?.sequence ?? 1));
  const chosen = range.isReversed
    ? entries.slice(Math.max(start, entries.length - limit)).reverse()
    : entries.slice(start, start + limit);
  return chosen.map(({ sequence, at, json }) => ({ sequence, at, value: JSON.parse(json) }));
}

function trim(journal: Journal | undefined, beforeSequence: number): number {
  const bound = sequenceBound('beforeSequence', beforeSequence);
  if (!journal) return 0;
  const kept = journal.entries.filter(({ sequence }) => sequence >= bound);
  const dropped = journal.entries.length - kept.length;
  journal.entries = kept;
  return dropped;
}

function obtain<V>(map: Map<string, V>, key: string, create: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const created = create();
  map.set(key, created);
  return created;
}
