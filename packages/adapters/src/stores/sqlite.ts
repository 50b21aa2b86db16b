import { chmod, mkdir, open, realpath } from 'node:fs/promises';
import { dirname } from 'node:path';
import type {
  Clock,
  JournalEntry,
  JournalRange,
  ScanOptions,
  Store,
  StoredRecord,
} from '@dreamnet/contracts';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import { logOf, restoreKeptLog } from './kept-log.js';
import { endOfPrefix } from './key-order.js';
import {
  fromData,
  type PreparedWrite,
  prepareWrites,
  readLimit,
  type StoredData,
  sequenceBound,
} from './limits.js';
import { createLogMover, type LogMover } from './log-mover.js';
import { beginLogAnew, copyLog, moveBySqlite, moveLogIntoFile } from './log-steps.js';
import { createLogSync, type LogSync } from './log-sync.js';
import { type OpenedFile, rememberOpened } from './opened-file.js';
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
 * @throws DN_STORE_OPEN, DN_STORE_LOG_KEPT, DN_STORE_FOREIGN, DN_STORE_NEWER, DN_STORE_CORRUPT, DN_STORE_BUSY, DN_STORE_DRIVER
 */
export async function createSqliteStore(options: SqliteStoreOptions): Promise<Store> {
  const engine = await loadSqliteEngine();
  const path = await preparePrivateFile(options.path);
  await restoreKeptLog(engine, path);
  // After it: whether the file was changed since a log was kept is told by its times.
  await makePrivate(path);
  const place: SqlitePlace = { path, timeoutMs: options.busyTimeoutMs ?? 1000 };
  const database = attempt(place, () => engine.open(path));
  try {
    const log = attempt(place, () => configure(database, { ...options, path }, place));
    return createStore(database, { place, log, clock: options.clock, opened: rememberOpened(path) });
  } catch (error) {
    database.close();
    throw error;
  }
}

function createStore(
  database: SqliteDatabase,
  { place, log, clock, opened }: { place: SqlitePlace; log: Log; clock: Clock; opened: OpenedFile },
): Store {
  const statements = prepareStatements(database);
  const group = createWriteGroup<PreparedWrite | Trim>({
    clock,
    write: (writes) => {
      log.mover?.check();
      attempt(place, opened.check);
      attempt(place, () => inTransaction(database, () => applyWrites(statements, writes)));
      const characters = writes.reduce((sum, write) => sum + lengthOf(write), 0);
      log.mover?.wrote(writes.length, characters);
    },
    sync: async () => {
      await log.sync?.sync();
      // Again: what is confirmed is there for whoever opens the file next.
      attempt(place, opened.check);
    },
    afterwards: async () => log.mover?.moveGrown(),
    isAboutAll: isAboutWholeDatabase,
  });
  let isClosed = false;
  const checkOpen = (operation: string) => {
    if (isClosed) throw adaptersError('DN_STORE_CLOSED', { operation });
  };
  const ask = async <T>(operation: string, question: () => T): Promise<T> => {
    checkOpen(operation);
    return attempt(place, question);
  };
  return {
    commit: async (writes) => {
      checkOpen('commit');
      const prepared = prepareWrites(writes);
      if (prepared.length > 0) await group.add(prepared);
    },
    read: (collection, key) => ask('read', () => readRecord(statements, collection, key)),
    scan: (collection, options) => ask('scan', () => scanRecords(statements, collection, options ?? {})),
    readJournal: (journal, range) => ask('readJournal', () => readEntries(statements, journal, range ?? {})),
    trimJournal: async (journal, beforeSequence) => {
      checkOpen('trimJournal');
      const bound = sequenceBound('beforeSequence', beforeSequence);
      const trim: Trim = { op: 'trim', journal, bound, removed: 0 };
      await group.add([trim]);
      return trim.removed;
    },
    close: async () => {
      if (isClosed) return;
      isClosed = true;
      await group.drain();
      try {
        await log.sync?.close();
        attempt(place, () => closeDatabase(database, log));
      } finally {
        await log.mover?.close();
      }
    },
  };
}

/** A removal among the writes: nobody writes past the group. */
interface Trim {
  readonly op: 'trim';
  readonly journal: string;
  readonly bound: number;
  removed: number;
}

function closeDatabase(database: SqliteDatabase, { mover }: Log): void {
  if (!mover?.hasFailed()) moveLogIntoFile(database);
  database.close();
}

/**
 * What a killed program has copied from the log may not be on disk yet, and an index that another program keeps alive
 * calls it moved: so the file is synced first. So is the log, which it may have begun anew.
 *
 * @returns where it really is: SQLite keeps its log beside that, not beside a link to it.
 */
async function preparePrivateFile(path: string): Promise<string> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, 'a', 0o600);
    await file.datasync().finally(() => file.close());
    const place = await realpath(path);
    await syncIfThere(logOf(place));
    return place;
  } catch (thrown) {
    throw cannotOpen(path, thrown);
  }
}

async function syncIfThere(path: string): Promise<void> {
  try {
    const file = await open(path, 'r+');
    await file.datasync().finally(() => file.close());
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ENOENT') throw thrown;
  }
}

async function makePrivate(path: string): Promise<void> {
  try {
    await chmod(path, 0o600);
  } catch (thrown) {
    throw cannotOpen(path, thrown);
  }
}

function cannotOpen(path: string, thrown: unknown): DreamnetError {
  const { message } = DreamnetError.from(thrown);
  return adaptersError('DN_STORE_OPEN', { path, message }, thrown);
}

function configure(database: SqliteDatabase, options: SqliteStoreOptions, place: SqlitePlace): Log {
  database.exec(`PRAGMA busy_timeout = ${sequenceBound('busyTimeoutMs', place.timeoutMs)}`);
  migrateSchema(database, options.path, options.clock);
  // After the check of the owner: switching to WAL writes into the file.
  database.exec(`PRAGMA cache_size = -${CACHE_KIB}`);
  const mode = database.prepare('PRAGMA journal_mode = WAL').get() as { journal_mode: string };
  if (options.limitBytes !== undefined)
    database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(options.limitBytes / PAGE_BYTES))}`);
  if (mode.journal_mode !== 'wal') {
    database.exec('PRAGMA synchronous = FULL');
    return {};
  }
  moveBySqlite(database);
  const moveIntoFile = () => attempt(place, () => moveLog(database, place));
  const sync = createLogSync({ path: logOf(options.path), moveIntoFile });
  const mover = createLogMover({
    path: options.path,
    copy: () => copyLog(database),
    beginAnew: () => beginLogAnew(database),
    syncLog: () => sync.sync(),
  });
  return { sync, mover };
}

/** On a file system that cannot share memory there is none, and SQLite syncs each commit itself. */
interface Log {
  readonly sync?: LogSync;
  readonly mover?: LogMover;
}

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
    head: database.prepare('SELECT last_sequence FROM journal_head WHERE journal = ?'),
    putHead: database.prepare(
      'INSERT INTO journal_head (journal, last_sequence) VALUES (?, ?) ON CONFLICT DO UPDATE SET last_sequence = excluded.last_sequence',
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

/** Within a transaction: where a journal ends is asked for once and written once, however many entries it is given. */
function applyWrites(statements: Statements, writes: readonly (PreparedWrite | Trim)[]): void {
  const heads = new Map<string, number>();
  for (const write of writes) {
    if (write.op === 'put') statements.put.run(write.collection, write.key, write.data);
    else if (write.op === 'trim')
      write.removed = Number(statements.trim.run(write.journal, write.bound).changes);
    else if (write.op === 'delete') statements.delete.run(write.collection, write.key);
    else {
      const sequence = (heads.get(write.journal) ?? readHead(statements, write.journal)) + 1;
      statements.append.run(write.journal, sequence, write.at, write.json);
      heads.set(write.journal, sequence);
    }
  }
  for (const [journal, sequence] of heads) statements.putHead.run(journal, sequence);
}

function readHead(statements: Statements, journal: string): number {
  const row = statements.head.get(journal) as { last_sequence: number } | undefined;
  return row?.last_sequence ?? 0;
}

/** Of its value: characters of JSON, or bytes. */
function lengthOf(write: PreparedWrite | Trim): number {
  return write.op === 'put' ? write.data.length : write.op === 'append' ? write.json.length : 0;
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
