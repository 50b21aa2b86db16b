import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { DreamnetError } from '@dreamnet/kit';
import { type ADAPTERS_ERRORS, adaptersError } from '../errors.js';

/** Primary result codes (the low byte of the extended one). @source https://www.sqlite.org/rescode.html */
const CODE_OF_RESULT: Readonly<Record<number, keyof typeof ADAPTERS_ERRORS>> = {
  5: 'DN_STORE_BUSY',
  6: 'DN_STORE_BUSY',
  8: 'DN_STORE_READONLY',
  10: 'DN_STORE_IO',
  11: 'DN_STORE_CORRUPT',
  13: 'DN_STORE_FULL',
  14: 'DN_STORE_OPEN',
  26: 'DN_STORE_FOREIGN',
};

/**
 * SQLite's own fixed wording. `all()` of @photostructure/sqlite 1.2.1 gives no result code with it, so a read has
 * nothing else to go by.
 */
const RESULT_OF_TEXT: Readonly<Record<string, number>> = {
  'database is locked': 5,
  'disk I/O error': 10,
  'database disk image is malformed': 11,
  'database or disk is full': 13,
  'file is not a database': 26,
};

/** A full disk can still hold a smaller batch, and a refused statement says nothing about the others. */
const ABOUT_ONE_BATCH: readonly string[] = ['DN_STORE_FULL', 'DN_STORE_FAILED'];

/** What the index of the log takes at first. @source https://www.sqlite.org/walformat.html#the_wal_index_file_format */
const INDEX_BYTES = 32 * 1024;

export interface SqlitePlace {
  path: string;
  timeoutMs: number;
}

/** What SQLite threw, as one of our errors. */
export function sqliteFailure(thrown: unknown, place: SqlitePlace): DreamnetError {
  if (DreamnetError.is(thrown)) return thrown;
  // Every value was written by JSON.stringify: text that is no JSON was changed on the disk.
  if (thrown instanceof SyntaxError)
    return adaptersError('DN_STORE_CORRUPT', { ...place, message: 'a value is no JSON' }, thrown);
  const { message } = DreamnetError.from(thrown);
  const details = { ...place, message, found: message };
  const code = CODE_OF_RESULT[resultCode(thrown)] ?? 'DN_STORE_FAILED';
  const isFull = code === 'DN_STORE_IO' && hasNoSpace(place.path);
  return adaptersError(isFull ? 'DN_STORE_FULL' : code, details, thrown);
}

/** Where the log's index cannot be made or grown, SQLite says no more than that the disk failed. */
function hasNoSpace(path: string): boolean {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dirname(path));
    return bavail * bsize < INDEX_BYTES || (files > 0 && ffree === 0);
  } catch {
    return false;
  }
}

/** Would every other write fail for the same reason now? */
export function isAboutWholeDatabase(error: unknown): boolean {
  return !(DreamnetError.is(error) && ABOUT_ONE_BATCH.includes(error.code));
}

function resultCode(thrown: unknown): number {
  if (!(thrown instanceof Error)) return -1;
  if ('errcode' in thrown && typeof thrown.errcode === 'number') return thrown.errcode & 0xff;
  return RESULT_OF_TEXT[thrown.message] ?? -1;
}
