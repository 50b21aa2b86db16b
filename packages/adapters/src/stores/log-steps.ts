import type { SqliteDatabase } from './sqlite-engine.js';
import { rewriteFirstPage } from './sqlite-schema.js';

/** Pages in the log after which SQLite moves it by itself and waits for the disk: only when it could not be moved by us. */
const LONGEST_LOG_PAGES = 4000;

/**
 * NORMAL: where SQLite moves the log into the file, or begins it anew, by itself, it syncs. Each commit is synced by us.
 *
 * @throws when SQLite could not be told so
 */
export function moveBySqlite(database: SqliteDatabase): void {
  database.exec(`PRAGMA wal_autocheckpoint = ${LONGEST_LOG_PAGES}`);
  database.exec('PRAGMA synchronous = NORMAL');
}

/**
 * Synced, all of it, if nobody reads. When closing, too: where statements are only freed by the garbage collector, closing alone
 * would leave the log beside the file, and a copy of the file would lack the newest writes. What cannot be moved, e.g. on a full
 * disk, stays in the log.
 */
export function moveLogIntoFile(database: SqliteDatabase): void {
  tryTo(() => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
}

/**
 * Into the file and not to disk; what other programs are still reading, or a full disk does not take, stays for the next time.
 *
 * @throws when from now on SQLite would not sync what it must
 */
export function copyLog(database: SqliteDatabase): void {
  withoutSync(database, () => tryTo(() => database.exec('PRAGMA wal_checkpoint(PASSIVE)')));
}

/**
 * By one frame, not synced. Where it cannot be, because of a lock or a full disk, SQLite does it before the next write, and syncs.
 *
 * @throws when from now on SQLite would not sync what it must
 */
export function beginLogAnew(database: SqliteDatabase): void {
  withoutSync(database, () => tryTo(() => rewriteFirstPage(database)));
}

/** Of a log that could not be copied for long a commit would move it: that must not be unsynced, too. */
function withoutSync(database: SqliteDatabase, work: () => void): void {
  database.exec('PRAGMA wal_autocheckpoint = 0');
  database.exec('PRAGMA synchronous = OFF');
  work();
  moveBySqlite(database);
}

function tryTo(work: () => void): void {
  try {
    work();
  } catch {
    return; // nothing is lost then: the log is there
  }
}
