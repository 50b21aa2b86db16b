import type { SqliteDatabase } from './sqlite-engine.js';

/**
 * Runs `body` between BEGIN and COMMIT; a throw undoes all of it and is thrown on.
 */
export function inTransaction(database: SqliteDatabase, body: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    body();
    database.exec('COMMIT');
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** SQLite has already rolled back by itself after some errors (a full disk); then ROLLBACK is refused, which is fine. */
function rollBack(database: SqliteDatabase): void {
  try {
    database.exec('ROLLBACK');
  } catch (thrown) {
    const isOverAlready = thrown instanceof Error && thrown.message.includes('no transaction is active');
    if (!isOverAlready) throw thrown;
  }
}
