import { createRequire } from 'node:module';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';

/** The part of Node's `node:sqlite` API that the store uses; two providers have it. */
export interface SqliteDatabase {
  exec(sql: string): void;
  prepare(sql: string): SqliteStatement;
  close(): void;
}

export interface SqliteStatement {
  run(...values: SqliteValue[]): { changes: number | bigint };
  get(...values: SqliteValue[]): unknown;
  all(...values: SqliteValue[]): unknown[];
}

export type SqliteValue = string | number | null | Uint8Array;

export interface SqliteEngine {
  /** Which provider it is, for `doctor` and tests. */
  readonly provider: 'node:sqlite' | '@photostructure/sqlite';
  open(path: string): SqliteDatabase;
}

type DatabaseConstructor = new (path: string, options?: { timeout?: number }) => SqliteDatabase;

/**
 * Loads SQLite when it is first needed: Node's own where it is there without a flag (22.13 and newer), else the
 * package with the same API.
 *
 * @throws DN_STORE_DRIVER when neither can be loaded.
 */
export async function loadSqliteEngine(): Promise<SqliteEngine> {
  const builtin = builtinDatabase();
  if (builtin) return { provider: 'node:sqlite', open: (path) => new builtin(path) };
  try {
    // Not by import(): the program's bundle, whose compiled code is kept, has nobody to answer one.
    const { DatabaseSync: Database } = createRequire(import.meta.url)('@photostructure/sqlite') as {
      DatabaseSync: DatabaseConstructor;
    };
    return { provider: '@photostructure/sqlite', open: (path) => new Database(path) };
  } catch (thrown) {
    const { message } = DreamnetError.from(thrown);
    throw adaptersError('DN_STORE_DRIVER', { version: process.version, message }, thrown);
  }
}

function builtinDatabase(): DatabaseConstructor | undefined {
  const loaded: unknown = withoutSqliteWarning(() => process.getBuiltinModule?.('node:sqlite'));
  if (typeof loaded !== 'object' || loaded === null || !('DatabaseSync' in loaded)) return undefined;
  return loaded.DatabaseSync as DatabaseConstructor;
}

/**
 * Node announces on standard error that its SQLite is experimental, which a user of `--json` must not see. Only that
 * one warning is held back, and only during this synchronous call.
 */
function withoutSqliteWarning<T>(load: () => T): T {
  const original = process.emitWarning;
  const filtered = (warning: string | Error, ...rest: unknown[]): void => {
    if (!String(warning).startsWith('SQLite is an experimental feature'))
      Reflect.apply(original, process, [warning, ...rest]);
  };
  process.emitWarning = filtered as typeof process.emitWarning;
  try {
    return load();
  } finally {
    process.emitWarning = original;
  }
}
