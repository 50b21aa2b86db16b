import { chmod, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  Clock,
  JournalEntry,
  JournalRange,
  ScanOptions,
  Store,
  StoredRecord,
} from '@dreamnet/contracts';
import { adaptersError } from '../errors.js';
import { endOfPrefix } from './key-order.js';
import {
  fromData,
  type PreparedWrite,
  prepareWrites,
  readLimit,
  type StoredData,
  sequenceBound,
} from './limits.js';
import { createLogSync, type LogSync } from './log-sync.js';
import { loadSqliteEngine, type SqliteDatabase } from './sqlite-engine.js';
import { isAboutWholeDatabase, type SqlitePlace, sqliteFailure } from './sqlite-failure.js';
import { migrateSchema } from './sqlite-schema.js';
import { inTransaction } from './sqlite-transaction.js';
import { createWriteGroup } from './write-group.js';

export interface SqliteStoreOptions {
  /** The database file; it and its folder are made when they are not there, readable by their owner only. */
  path: string;
  clock: Clock;
  /** How long one call waits for a lock of another program, ms; it blocks meanwhile. Default 1000. */
  busyTimeoutMs?: number;
  /** The file is not to grow beyond this; a write that would fails with DN_STORE_FULL. Default: the disk's limit. */
  limitBytes?: number;
}

/** SQLite's page size on every file we make; `limitBytes` is counted in it. */
const PAGE_BYTES = 4096;
/** Pages that SQLite keeps for itself; the system keeps them, too. Its default is four times as much. */
const CACHE_KIB = 512;

/**
 * Opens a store in one SQLite file. A commit resolves when it is synced to disk: what was acknowledged survives
 * `kill -9` and, as far as the disk keeps its word, a power cut. Commits of one turn of the event loop, and those that
 * come while another is synced, share transactions and a sync; the event loop does not wait for the disk.
 *
 * @throws DN_STORE_OPEN, DN_STORE_FOREIGN, DN_STORE_NEWER, DN_STORE_CORRUPT, DN_STORE_BUSY, DN_STORE_DRIVER
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const place: SqlitePlace = { path: options.path, timeoutMs: options.busyTimeoutMs ?? 1000 };
  const engine = await loadSqliteEngine();
  await preparePrivateFile(options.path);
  const database = attempt(place, () => engine.open(options.path));
  try {
    const log = attempt(place, () => configure(database, options, place));
    return createStore(database, { place, log, clock: options.clock });
  } catch (error) {
    database.close();
    throw error;
  }
}

function createStore(
  database: SqliteDatabase,
  { place, log, clock }: { place: SqlitePlace; log: LogSync; clock: Clock },
): Store {
  const statements = prepareStatements(database);
  const group = createWriteGroup<PreparedWrite>({
    clock,
    write: (writes) =>
      attempt(place, () =>
        inTransaction(database, () => {
          for (const write of writes) applyWrite(statements, write);
        }),
      ),
    sync: log.sync,
    isAboutAll: isAboutWholeDatabase,
  });
  let isClosed = false;
  const ask = async <T>(operation: string, question: () => T): Promise<T> => {
    if (isClosed) throw adaptersError('DN_STORE_CLOSED', { operation });
    return attempt(place, question);
  };
  return {
    commit: async (writes) => {
      if (isClosed) throw adaptersError('DN_STORE_CLOSED', { operation: 'commit' });
      const prepared = prepareWrites(writes);
      if (prepared.length > 0) await group.add(prepared);
    },
    read: (collection, key) => ask('read', () => readRecord(statements, collection, key)),
    scan: (collection, options) => ask('scan', () => scanRecords(statements, collection, options ?? {})),
    readJournal: (journal, range) => ask('readJournal', () => readEntries(statements, journal, range ?? {})),
    trimJournal: (journal, beforeSequence) =>
      ask('trimJournal', () => {
        const bound = sequenceBound('beforeSequence', beforeSequence);
        return Number(statements.trim.run(journal, bound).changes);
      }),
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await group.drain();
      await log.close();
      attempt(place, () => closeDatabase(database));
    },
  };
}

function closeDatabase(database: SqliteDatabase): void {
  moveLogIntoFile(database);
  database.close();
}

/**
 * Where statements are only freed by the garbage collector, closing alone would leave the log beside the file, and a
 * copy of the file would lack the newest writes.
 *
 * @returns false when it could not, e.g. on a full disk: nothing is lost then, the next opening reads the log.
 */
function moveLogIntoFile(database: SqliteDatabase): boolean {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return true;
  } catch {
    return false;
  }
}

async function preparePrivateFile(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    await file.close();
    await chmod(path, 0o600);
  } catch (thrown) {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    throw adaptersError('DN_STORE_OPEN', { path, message }, thrown);
  }
}

function configure(database: SqliteDatabase, options: SqliteStoreOptions, place: SqlitePlace): LogSync {
  database.exec(`PRAGMA busy_timeout = ${sequenceBound('busyTimeoutMs', place.timeoutMs)}`);
  migrateSchema(database, options.path, options.clock);
  // After the check of the owner: switching to WAL writes into the file.
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  const mode = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
  if (options.limitBytes !== undefined)
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.limitBytes / PAGE_BYTES))}`);
  const isLogged = mode.journal_mode === 'wal';
  // NORMAL: SQLite syncs when it moves the log into the file and keeps the order of the log; each commit is synced by us.
  database.exec(`PRAGMA synchronous = ${isLogged ? 'NORMAL' : 'FULL'}`);
  if (!isLogged) return SYNCED_ALREADY;
  const moveIntoFile = () => attempt(place, () => moveLog(database, place));
  return createLogSync({ path: `${options.path}-wal`, moveIntoFile });
}

/** On a file system that cannot share memory there is no log, and SQLite syncs each commit itself. */
const SYNCED_ALREADY: LogSync = { sync: async () => undefined, close: async () => undefined };

/** @throws when not all of it could be moved */
function moveLog(database: SqliteDatabase, place: SqlitePlace): void {
  const { busy } = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)').get() as { busy: number };
  if (busy !== 0) throw adaptersError('DN_STORE_BUSY', { ...place });
}

type Statements = ReturnType<typeof prepareStatements>;

function prepareStatements(database: SqliteDatabase) {
  const entries = 'SELECT sequence, at, value FROM journal_entry WHERE journal = ? AND sequence > ?';
  return {
    put: database.prepare(
      'INSERT INTO record (collection, key, value) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET value = excluded.value',
    ),
    delete: database.prepare('DELETE FROM record WHERE collection = ? AND key = ?'),
    nextSequence: database.prepare(
      `INSERT INTO journal_head (journal, last_sequence) VALUES (?, 1)
       ON CONFLICT DO UPDATE SET last_sequence = last_sequence + 1 RETURNING last_sequence`,
    ),
    append: database.prepare('INSERT INTO journal_entry (journal, sequence, at, value) VALUES (?, ?, ?, ?)'),
    read: database.prepare('SELECT value FROM record WHERE collection = ? AND key = ?'),
    scan: database.prepare(scanSql('key, value', '')),
    scanBelow: database.prepare(scanSql('key, value', 'AND key < ?')),
    scanKeys: database.prepare(scanSql('key', '')),
    scanKeysBelow: database.prepare(scanSql('key', 'AND key < ?')),
    oldest: database.prepare(`${entries} ORDER BY sequence LIMIT ?`),
    newest: database.prepare(`${entries} ORDER BY sequence DESC LIMIT ?`),
    trim: database.prepare('DELETE FROM journal_entry WHERE journal = ? AND sequence < ?'),
  };
}

/** In a table without rowid a scan of keys does not touch the pages of large values. */
function scanSql(columns: string, below: string): string {
  return `SELECT ${columns} FROM record WHERE collection = ? AND key > ? AND key >= ? ${below} ORDER BY key LIMIT ?`;
}

function applyWrite(statements: Statements, write: PreparedWrite): void {
  if (write.op === 'put') statements.put.run(write.collection, write.key, write.data);
  else if (write.op === 'delete') statements.delete.run(write.collection, write.key);
  else {
    const head = statements.nextSequence.get(write.journal) as { last_sequence: number };
    statements.append.run(write.journal, head.last_sequence, write.at, write.json);
  }
}

function readRecord(statements: Statements, collection: string, key: string): unknown {
  const row = statements.read.get(collection, key) as { value: StoredData } | undefined;
  return row === undefined ? undefined : fromData(row.value);
}

function scanRecords(statements: Statements, collection: string, options: ScanOptions): StoredRecord[] {
  const limit = readLimit(options.limit);
  const prefix = options.prefix ?? '';
  const end = endOfPrefix(prefix);
  const after = options.after ?? '';
  const { isKeysOnly = false } = options;
  const [open, bounded] = isKeysOnly
    ? [statements.scanKeys, statements.scanKeysBelow]
    : [statements.scan, statements.scanBelow];
  const rows =
    end === undefined
      ? open.all(collection, after, prefix, limit)
      : bounded.all(collection, after, prefix, end, limit);
  return (rows as { key: string; value: StoredData }[]).map(({ key, value }) => ({
    key,
    value: isKeysOnly ? undefined : fromData(value),
  }));
}

function readEntries(statements: Statements, journal: string, range: JournalRange): JournalEntry[] {
  const statement = range.isReversed ? statements.newest : statements.oldest;
  const rows = statement.all(journal, sequenceBound('after', range.after ?? 0), readLimit(range.limit));
  return (rows as { sequence: number; at: number; value: string }[]).map(({ sequence, at, value }) => ({
    sequence,
    at,
    value: JSON.parse(value),
  }));
}

function attempt<T>(place: SqlitePlace, call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw sqliteFailure(thrown, place);
  }
}
