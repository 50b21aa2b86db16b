import type { Clock } from '@dreamnet/contracts';
import { adaptersError } from '../errors.js';
import type { SqliteDatabase } from './sqlite-engine.js';
import { inTransaction } from './sqlite-transaction.js';

/** "DNOS" in ASCII, kept in the file's header: tells our files from those of other programs. */
const APPLICATION_ID = 0x444e4f53;

interface Migration {
  /** What it changes, kept in `schema_version` for whoever looks into the file. */
  name: string;
  sql: string;
}

/**
 * Forward only: a published one is never edited. Position + 1 is its version.
 * `journal_head` keeps the last number given, so that a journal trimmed to nothing goes on counting.
 */
const MIGRATIONS: readonly Migration[] = [
  {
    name: 'records and journals',
    sql: `
      CREATE TABLE record (
        collection TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (collection, key)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE journal_entry (
        journal TEXT NOT NULL, sequence INTEGER NOT NULL, at REAL NOT NULL, value TEXT NOT NULL,
        PRIMARY KEY (journal, sequence)
      ) STRICT, WITHOUT ROWID;
      CREATE TABLE journal_head (
        journal TEXT NOT NULL PRIMARY KEY, last_sequence INTEGER NOT NULL
      ) STRICT, WITHOUT ROWID;`,
  },
  {
    // ANY keeps what it is given as it is: TEXT is JSON, BLOB is bytes.
    name: 'records may be bytes',
    sql: `
      CREATE TABLE record_any (
        collection TEXT NOT NULL, key TEXT NOT NULL, value ANY NOT NULL,
        PRIMARY KEY (collection, key)
      ) STRICT, WITHOUT ROWID;
      INSERT INTO record_any SELECT collection, key, value FROM record;
      DROP TABLE record;
      ALTER TABLE record_any RENAME TO record;`,
  },
];

/**
 * Refuses a file that is not ours, then brings ours up to date. Idempotent; each migration is one transaction.
 *
 * @throws DN_STORE_FOREIGN, DN_STORE_NEWER
 */
export function migrateSchema(database: SqliteDatabase, path: string, clock: Clock): void {
  const isEmpty = readNumber(database, 'SELECT count(*) AS n FROM sqlite_schema') === 0;
  if (!isEmpty) checkOwner(database, path);
  else
    inTransaction(database, () => {
      database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
      database.exec(
        'CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL, applied_at REAL NOT NULL) STRICT',
      );
    });
  const found = readNumber(database, 'SELECT coalesce(max(version), 0) AS n FROM schema_version');
  if (found > MIGRATIONS.length)
    throw adaptersError('DN_STORE_NEWER', { path, found, known: MIGRATIONS.length });
  for (const [index, migration] of MIGRATIONS.entries()) {
    if (index < found) continue;
    inTransaction(database, () => {
      database.exec(migration.sql);
      database
        .prepare('INSERT INTO schema_version (version, name, applied_at) VALUES (?, ?, ?)')
        .run(index + 1, migration.name, clock.now());
    });
  }
}

/** Writes the first page of our file as it is: the smallest transaction there is. */
export function rewriteFirstPage(database: SqliteDatabase): void {
  database.exec(`PRAGMA application_id = ${APPLICATION_ID}`);
}

function checkOwner(database: SqliteDatabase, path: string): void {
  const id = readNumber(database, 'SELECT application_id AS n FROM pragma_application_id');
  if (id !== APPLICATION_ID)
    throw adaptersError('DN_STORE_FOREIGN', { path, found: `application id ${id} in its header` });
}

function readNumber(database: SqliteDatabase, sql: string): number {
  const row = database.prepare(sql).get() as { n: number };
  return Number(row.n);
}
