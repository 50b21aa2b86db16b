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

/** A full disk can still hold a smaller batch, and a refused statement says nothing about the others. */
const ABOUT_ONE_BATCH: readonly string[] = ['DN_STORE_FULL', 'DN_STORE_FAILED'];

export interface SqlitePlace {
  path: string;
  timeoutMs: number;
}

/** What SQLite threw, as one of our errors. */
export function sqliteFailure(thrown: unknown, place: SqlitePlace): DreamnetError {
  if (DreamnetError.is(thrown)) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  const details = { ...place, message, found: message };
  return adaptersError(CODE_OF_RESULT[resultCode(thrown)] ?? 'DN_STORE_FAILED', details, thrown);
}

/** Would every other write fail for the same reason now? */
export function isAboutWholeDatabase(error: unknown): boolean {
  return !(DreamnetError.is(error) && ABOUT_ONE_BATCH.includes(error.code));
}

function resultCode(thrown: unknown): number {
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return -1;
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : -1;
}
