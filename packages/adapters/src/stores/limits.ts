import type { StoreWrite } from '@dreamnet/contracts';
import { DreamnetError, type Unstorable } from '@dreamnet/kit';
import { type ADAPTERS_ERRORS, adaptersError } from '../errors.js';

/** Entries a read gives when nothing is said, and the most it may be asked for (the `Store` port's figures). */
const DEFAULT_READ_LIMIT = 1000;
const LARGEST_READ_LIMIT = 10_000;
/** Long enough for any name we make; short enough that an index page holds several. */
const LONGEST_NAME_CHARACTERS = 512;
/** One value: far above any record of ours, far below what a read could not hold in memory. */
const LARGEST_VALUE_LENGTH = 16 * 1024 * 1024;
/** SQLite cuts a text at NUL on some drivers, and a lone surrogate has no UTF-8 form: such a key would not be found again. */
const UNSTORABLE = /\0|\p{Surrogate}/u;

/** A value as it is kept: JSON text, or the bytes that were given. */
export type StoredData = string | Uint8Array;

/** A write checked and with its value already text or copied, so that later changes of the object do not matter. */
export type PreparedWrite =
  | { op: 'put'; collection: string; key: string; data: StoredData }
  | { op: 'delete'; collection: string; key: string }
  | { op: 'append'; journal: string; at: number; json: string };

/**
 * Checks every write of a batch and turns the values into JSON; bytes are copied.
 *
 * @throws DN_STORE_NAME, DN_STORE_VALUE, DN_STORE_LIMIT for the first write that can never be stored, all of them in
 * `details.unstorable`
 */
export function prepareWrites(writes: readonly StoreWrite[]): PreparedWrite[] {
  const prepared: PreparedWrite[] = [];
  const unstorable: Unstorable[] = [];
  let first: DreamnetError | undefined;
  for (const [place, write] of writes.entries()) {
    try {
      prepared.push(prepareWrite(write));
    } catch (thrown) {
      const error = DreamnetError.from(thrown);
      unstorable.push({ place, because: error.message });
      first ??= error;
    }
  }
  if (first === undefined) return prepared;
  const { code, details } = first;
  throw adaptersError(code as keyof typeof ADAPTERS_ERRORS, { ...details, unstorable }, first.cause);
}

/**
 * @returns The number of entries to read.
 * @throws DN_STORE_LIMIT when it is not a whole number from 0 to 10000.
 */
export function readLimit(limit: number | undefined): number {
  return inRange('limit', limit ?? DEFAULT_READ_LIMIT, LARGEST_READ_LIMIT);
}

/** The value of a record as it was put; bytes are not copied. */
export function fromData(data: StoredData): unknown {
  return typeof data === 'string' ? JSON.parse(data) : data;
}

/** @throws DN_STORE_LIMIT when it is not a whole number from 0. */
export function sequenceBound(what: string, sequence: number): number {
  return inRange(what, sequence, Number.MAX_SAFE_INTEGER);
}

function prepareWrite(write: StoreWrite): PreparedWrite {
  if (write.op === 'append') {
    checkName('journal', write.journal);
    if (!Number.isFinite(write.at))
      throw adaptersError('DN_STORE_VALUE', { name: write.journal, message: `'at' is ${String(write.at)}` });
    return { op: 'append', journal: write.journal, at: write.at, json: toJson(write.journal, write.value) };
  }
  checkName('collection', write.collection);
  checkName('key', write.key);
  if (write.op === 'delete') return { op: 'delete', collection: write.collection, key: write.key };
  const data = toData(`${write.collection}/${write.key}`, write.value);
  return { op: 'put', collection: write.collection, key: write.key, data };
}

function checkName(what: string, name: string): void {
  const problem =
    name.length === 0
      ? 'it is empty'
      : name.length > LONGEST_NAME_CHARACTERS
        ? `it is longer than ${LONGEST_NAME_CHARACTERS} characters`
        : UNSTORABLE.test(name)
          ? 'it contains a NUL character or half of a surrogate pair'
          : null;
  if (problem !== null)
    throw adaptersError('DN_STORE_NAME', { what, name: name.slice(0, 80), message: problem });
}

function toData(name: string, value: unknown): StoredData {
  if (!(value instanceof Uint8Array)) return toJson(name, value);
  checkLength(`'${name}' in bytes`, value.length);
  // Not slice(): that of a Buffer shares the memory.
  return new Uint8Array(value);
}

function toJson(name: string, value: unknown): string {
  if (value instanceof Uint8Array)
    throw adaptersError('DN_STORE_VALUE', { name, message: 'a journal keeps JSON, not bytes' });
  const json = stringify(name, value);
  if (json === undefined)
    throw adaptersError('DN_STORE_VALUE', { name, message: `${typeof value} has no JSON form` });
  checkLength(`'${name}' as JSON`, json.length);
  return json;
}

function checkLength(what: string, length: number): void {
  if (length <= LARGEST_VALUE_LENGTH) return;
  throw adaptersError('DN_STORE_LIMIT', {
    what: `The length of ${what}`,
    value: length,
    lowest: 0,
    highest: LARGEST_VALUE_LENGTH,
  });
}

function stringify(name: string, value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (thrown) {
    const { message } = DreamnetError.from(thrown);
    throw adaptersError('DN_STORE_VALUE', { name, message }, thrown);
  }
}

function inRange(what: string, value: number, highest: number): number {
  if (!Number.isInteger(value) || value < 0 || value > highest)
    throw adaptersError('DN_STORE_LIMIT', { what, value, lowest: 0, highest });
  return value;
}
