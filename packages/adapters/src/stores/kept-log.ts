import type { Stats } from 'node:fs';
import { rename, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { adaptersError } from '../errors.js';
import type { SqliteEngine } from './sqlite-engine.js';

/** Where SQLite keeps the log of a database. */
export const logOf = (path: string) => `${path}-wal`;
const keptLogOf = (path: string) => `${path}-wal-kept`;

/**
 * Puts the log of a database aside whose file could not be brought to disk: under this name nobody overwrites or deletes it.
 *
 * @returns what is to be done now, in words
 */
export async function keepLog(path: string): Promise<string> {
  try {
    await rename(logOf(path), keptLogOf(path));
    return `What was acknowledged is safe in '${keptLogOf(path)}'. Check the disk and start again: the next start takes it from there`;
  } catch (thrown) {
    const why = DreamnetError.from(thrown).message;
    return `Its log could not be put aside (${why}): copy '${logOf(path)}' before anything ends this program, then check the disk`;
  }
}

/**
 * Takes a log that was kept into the file again, synced, before anybody else opens that. SQLite reads a log anew only while nobody has
 * the database open, else it goes by what it remembers: that all of it was copied.
 *
 * @throws DN_STORE_LOG_KEPT when the file was changed since, or another program has it open; then nothing was changed
 */
export async function restoreKeptLog(engine: SqliteEngine, path: string): Promise<void> {
  const [file, log, kept] = await Promise.all([path, logOf(path), keptLogOf(path)].map(find));
  if (!kept) return;
  const refuse = (why: string) =>
    adaptersError('DN_STORE_LOG_KEPT', { path, log: keptLogOf(path), name: basename(logOf(path)), why });
  if (log) throw refuse('somebody has begun another log since');
  // Renaming it was the last thing that happened to either.
  if (!file || file.ctimeMs > kept.ctimeMs) throw refuse('the database was changed or replaced since');
  await rename(keptLogOf(path), logOf(path));
  const problem = moveAlone(engine, path);
  const isLeft = ((await find(logOf(path)))?.size ?? 0) > 0;
  if (problem === undefined && !isLeft) return;
  await rename(logOf(path), keptLogOf(path));
  throw refuse(problem ?? 'not all of it was taken in');
}

/** By no prepared statement: on one provider it would keep the lock until it is collected. @returns what was in the way */
function moveAlone(engine: SqliteEngine, path: string): string | undefined {
  const database = engine.open(path);
  try {
    // Before the first look at the file: then the index of the log is made anew in memory of our own.
    database.exec('PRAGMA locking_mode = EXCLUSIVE');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('SELECT count(*) FROM sqlite_schema');
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    return undefined;
  } catch (thrown) {
    return DreamnetError.from(thrown).message;
  } finally {
    database.close();
  }
}

async function find(path: string): Promise<Stats | undefined> {
  try {
    return await stat(path);
  } catch {
    return undefined;
  }
}
